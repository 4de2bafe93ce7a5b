"""The commands: parse, call, print; no logic. Results go to standard output, everything else to standard error."""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional

import typer

if TYPE_CHECKING:
    from reelforge.domain.job import JobRecord
    from reelforge.domain.material import Material
    from reelforge.errors import UnprintedError
    from reelforge.settings import Settings
    from reelforge.wording import Wording

app = typer.Typer(
    name="reelforge",
    help="Turns a topic into a finished, published short video, unattended.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

# typer reads these annotations at run time, and does not know `Path | None` with postponed evaluation everywhere.
OptionalPath = Optional[Path]  # noqa: UP045 - see above
OptionalText = Optional[str]  # noqa: UP045 - see above
OptionalNumber = Optional[int]  # noqa: UP045 - see above
Config = Annotated[
    OptionalPath,
    typer.Option(
        "--config",
        help="The settings file; else ./reelforge.toml, the work folder's, the shipped one.",
        show_default=False,
    ),
]
Shaped = Annotated[OptionalText, typer.Option("--shape", help="9:16, 16:9, 1:1 or 4:5.", show_default=False)]
ForPlatform = Annotated[
    OptionalText, typer.Option("--platform", help="instagram, youtube_shorts, youtube, tiktok or one of your own.")
]
OfQuality = Annotated[OptionalText, typer.Option("--quality", help="low, medium, high or ultra.")]


def _moment(text: str) -> float:
    """A time in seconds: ``67.5``, or with minutes ``1:07.5``."""
    with suppress(ValueError):
        if found := re.fullmatch(r"([0-9]{1,6}):([0-5]?[0-9](?:\.[0-9]*)?)", text):
            return 60 * int(found[1]) + float(found[2])
        return float(text)
    raise typer.BadParameter("give the seconds, as 67.5, or the minutes too, as 1:07.5")


Moment = Annotated[
    float,
    typer.Option(
        "--at", metavar="SECONDS", help="The time of the frame, as 67.5 or 1:07.5.", parser=_moment, show_default=False
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
Job = Annotated[str, typer.Argument(metavar="ID", help="The job, as `reelforge jobs` lists it.", show_default=False)]


@app.callback(invoke_without_command=True)
def root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Turns a topic into a finished, published short video, unattended."""
    if version:
        from reelforge import __version__

        _say(__version__)
        raise typer.Exit


@app.command()
def run(
    config: Config = None,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="Stop when no job is left to do.")] = False,
) -> None:
    """Be the daemon: make the jobs of the queue, until SIGTERM."""
    import anyio

    from reelforge import desk

    anyio.run(partial(desk.daemon, _settings(config), until_idle=until_idle))


@app.command()
def make(
    channel: Annotated[str, typer.Argument(help="A channel of the settings file.", show_default=False)],
    topic: Annotated[OptionalText, typer.Option("--topic", help="What the Reel is about.", show_default=False)] = None,
    script: Annotated[
        OptionalPath, typer.Option("--script", help="A text to be spoken as it is.", show_default=False)
    ] = None,
    narration: Annotated[
        OptionalPath, typer.Option("--narration", help="Your own recording of the script.", show_default=False)
    ] = None,
    trim_silence: Annotated[bool, typer.Option("--trim-silence", help="Shorten the recording's silences.")] = False,
    out: Annotated[OptionalPath, typer.Option("--out", help="Put the files here too.", show_default=False)] = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Make one Reel from a topic or a script."""
    from reelforge import orders

    with _Answering(as_json):
        settings = _settings(config)
        order = orders.order(
            settings, channel, topic=topic, script=script, out=out, narration=narration, trim_silence=trim_silence
        )
        _make(settings, order, as_json=as_json)


@app.command()
def demo(
    out: Annotated[OptionalPath, typer.Option("--out", help="Put the files here too.", show_default=False)] = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Make the demo Reel: a real one, with no key and no network."""
    from reelforge import orders

    with _Answering(as_json):
        settings = _settings(config)
        _make(settings, orders.demo_order(settings, out=out), as_json=as_json)


@app.command()
def render(
    timeline: Annotated[Path, typer.Argument(metavar="TIMELINE.json", help="The timeline.", show_default=False)],
    out: Annotated[Path, typer.Option("-o", "--output", metavar="OUT.mp4", help="The video.", show_default=False)],
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Render every frame anew.")] = False,
    preview: Annotated[bool, typer.Option("--preview", help="A quick look: small and coarse.")] = False,
    shape: Shaped = None,
    platform: ForPlatform = None,
    quality: OfQuality = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Render a timeline to a video."""
    import anyio

    from reelforge import desk, reports
    from reelforge.progress import bars
    from reelforge.resident.client import idle_seconds
    from reelforge.wishes import Wish

    with _Answering(as_json):
        if preview:
            idle_seconds()  # raises for what is no number of seconds
        settings = _settings(config, channels=False)
        with bars() as listener:
            wish = Wish(preview=preview, shape=shape, platform=platform, quality=quality)
            work = partial(desk.render, settings, timeline, out, wish, cached=not no_cache, listener=listener)
            rendition = anyio.run(work)
        if as_json:
            _print_json(reports.rendered(out, rendition))
        else:
            for doubt in reports.doubts(check.model_dump() for check in rendition.checks):
                typer.echo(f"Note: {doubt}", err=True)
            _say(str(out))


@app.command()
def frame(
    timeline: Annotated[Path, typer.Argument(metavar="TIMELINE.json", help="The timeline.", show_default=False)],
    at: Moment,
    out: Annotated[Path, typer.Option("-o", "--output", metavar="OUT.png", help="The picture.", show_default=False)],
    shape: Shaped = None,
    platform: ForPlatform = None,
    quality: OfQuality = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Draw one frame of a timeline."""
    from reelforge.frames import save_frame
    from reelforge.resident.client import idle_seconds
    from reelforge.wishes import Wish

    with _Answering(as_json):
        idle_seconds()  # as above
        if config:
            _settings(config, channels=False)
        wish = Wish(shape=shape, platform=platform, quality=quality)
        number = save_frame(timeline, at, out, lambda: _settings(config, channels=False).home, wish)
        if as_json:
            _print_json({"picture": str(out), "frame": number})
        else:
            _say(str(out))


@app.command()
def check(as_json: Json = False, config: Config = None) -> None:
    """Say what each channel needs and lacks."""
    import anyio

    from reelforge import doctor

    with _Answering(as_json):
        findings = anyio.run(doctor.examine, _settings(config))
        if as_json:
            _print_json([finding.model_dump(mode="json") for finding in findings])
        else:
            _say(doctor.report(findings))
        if any(not finding.ok and not finding.optional for finding in findings):
            raise typer.Exit(1)


@app.command()
def jobs(as_json: Json = False, config: Config = None) -> None:
    """List the jobs, newest first."""
    from reelforge import desk, reports

    with _Answering(as_json):
        found = desk.jobs(_settings(config, channels=False))
        if as_json:
            _print_json([record.model_dump(mode="json", exclude={"steps", "result"}) for record in found])
        else:
            _say(reports.table(found))


@app.command()
def job(identifier: Job, as_json: Json = False, config: Config = None) -> None:
    """Tell all about a job: its steps, their seconds, what went wrong."""
    from reelforge import desk, reports

    with _Answering(as_json):
        record = desk.job(_settings(config, channels=False), identifier)
        if as_json:
            _print_json(record.model_dump(mode="json") | {"notes": reports.notes(record)})
        else:
            _say(reports.story(record))


@app.command()
def words(
    identifier: Job,
    export: Annotated[
        OptionalPath, typer.Option("--export", metavar="FILE", help="Write them: .srt, .vtt or .json.")
    ] = None,
    edit: Annotated[
        OptionalPath, typer.Option("--import", metavar="FILE", help="Make the Reel anew with the words of a file.")
    ] = None,
    restore: Annotated[
        OptionalNumber, typer.Option("--restore", metavar="N", help="Make it anew with version N; 0: as found.")
    ] = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Show when each word of a job is spoken, or change words and times.

    Only what they change is rendered again.
    """
    from reelforge import desk, reports, wording
    from reelforge.errors import InputError

    with _Answering(as_json):
        if sum(given is not None for given in (export, edit, restore)) > 1:
            raise InputError("--export, --import and --restore do different things.", remedy="Give one of them.")
        settings = _settings(config)
        known = wording.find(settings.home, desk.job(settings, identifier))
        if export is not None:
            wording.export(known, export)
            if as_json:
                _print_json({"job": known.record.id, "file": str(export), "words": len(known.now.alignment.words)})
            else:
                _say(str(export))
        elif edit is not None or restore is not None:
            material = wording.imported(known, edit) if edit is not None else wording.restored(known, restore or 0)
            _amend(settings, known, material, as_json=as_json)
        elif as_json:
            _print_json(reports.words(known))
        else:
            _say(reports.words_table(known))


def _amend(settings: Settings, known: Wording, material: Material, *, as_json: bool) -> None:
    """Go on with a job from an edit of its words, and tell what became of it."""
    import anyio

    from reelforge import desk, reports
    from reelforge.progress import bars

    record = known.record
    if material.edit != known.now.edit or record.state != "done":
        with bars() as listener:
            record = anyio.run(
                partial(desk.amend, settings, record, material, known.known, listener, aloud=_aloud(settings))
            )
    if as_json:
        _print_json(reports.made(record) | {"edit": material.edit})
    elif record.state == "done":
        _say(reports.amended(record, known, material))
    _exit(record)


@app.command()
def retry(identifier: Job, as_json: Json = False, config: Config = None) -> None:
    """Queue a failed or cancelled job again.

    It goes on from its last finished step.
    """
    _change("retry", identifier, as_json=as_json, config=config)


@app.command()
def cancel(identifier: Job, as_json: Json = False, config: Config = None) -> None:
    """Stop a job and end its programs."""
    _change("cancel", identifier, as_json=as_json, config=config)


def _change(what: Literal["retry", "cancel"], identifier: str, *, as_json: bool, config: Path | None) -> None:
    import anyio

    from reelforge import desk, reports

    with _Answering(as_json):
        record = anyio.run(desk.change, _settings(config), what, identifier)
        if as_json:
            _print_json(record.model_dump(mode="json", exclude={"steps", "result"}))
        else:
            _say(reports.changed(record))


def _make(settings: Settings, order: Any, *, as_json: bool) -> None:
    import anyio

    from reelforge import desk, reports
    from reelforge.progress import bars

    with bars() as listener:
        record = anyio.run(partial(desk.make, settings, order, listener, aloud=_aloud(settings)))
    if as_json:
        _print_json(reports.made(record))
    elif record.state == "done":
        _say(reports.summary(record))
    _exit(record)


def _aloud(settings: Settings) -> Literal["warning", "debug"]:
    """How much of the log a person reads on standard error: on a terminal there are bars to look at, and whoever pipes
    it wants to hear of trouble; all of it is for those who ask, and in the files.
    """
    return "debug" if settings.log.level == "debug" and not sys.stderr.isatty() else "warning"


def _exit(record: JobRecord) -> None:
    if record.state == "done":
        return
    if record.error:
        named = "" if record.id in record.error else f" (job {record.id})"
        typer.echo(f"reelforge: {record.error}{named}", err=True)
    else:
        hint = f" `reelforge run` goes on with it; `reelforge job {record.id}` tells how it stands."
        unfinished = hint if record.state in {"queued", "running"} else ""
        typer.echo(f"reelforge: job {record.id} is {record.state}.{unfinished}", err=True)
    raise typer.Exit(2 if record.mistake or record.state == "needs_person" else 1)


def print_refusal(error: str) -> None:
    """Print the JSON document of what was refused, where it can be: standard error says it too."""
    from reelforge.errors import UnprintedError

    with suppress(UnprintedError):
        _print_json({"state": "refused", "error": error})


class _Answering:
    """With ``--json`` a refusal is a JSON document too, so that standard output always holds exactly one."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        from reelforge.errors import ReelForgeError, UnprintedError

        if not self._as_json or not isinstance(error, Exception):
            return
        if isinstance(error, ReelForgeError):
            print_refusal(str(error))
        elif not isinstance(error, typer.Exit):
            with suppress(UnprintedError):
                _print_json({"state": "failed", "error": f"ReelForge made a mistake: {type(error).__name__}: {error}"})


def _settings(config: Path | None, *, channels: bool = True) -> Settings:
    from reelforge.settings import load

    return load(config, channels=channels)


def _print_json(document: Any) -> None:
    _say(json.dumps(document, ensure_ascii=False, indent=2))


def _say(text: str) -> None:
    """Print what was asked for. Raises UnprintedError when it cannot be written; a reader that has gone (EPIPE) is
    typer's to answer.
    """
    try:
        typer.echo(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unprinted(error) from error


def unprinted(error: OSError) -> UnprintedError:
    """The error for standard output that takes nothing, of which no more is expected then."""
    from reelforge.errors import UnprintedError

    with Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())  # what it still holds would fail again as Python ends
    why = (error.strerror or type(error).__name__).lower()
    return UnprintedError(
        f"What this command prints cannot be written ({why}).", remedy="Make room for it, or send it elsewhere."
    )
