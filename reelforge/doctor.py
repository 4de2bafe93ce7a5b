"""``reelforge check``: everything a configured channel needs, each with the one thing to do when it is not there."""

from __future__ import annotations

import math
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.to_thread

from reelforge import resources
from reelforge.domain.doctor import Finding
from reelforge.engines.align.sphinx.client import pocketsphinx_finding
from reelforge.errors import ReelForgeError
from reelforge.render import encoders, ffmpeg
from reelforge.settings import adapters, shipped
from reelforge.settings.model import GIGABYTE, ChannelSettings, EngineSettings, Settings

Tool = Callable[[Settings], Iterable[Finding]]

PYTHONS: Final = ((3, 11), (3, 13))
SQLITE: Final = (3, 51, 3)
"""The first version without the fault in restarting the write-ahead log that 3.7.0 brought (sqlite.org/wal.html)."""
AT_ONCE: Final = 4


def python(_: Settings) -> Iterable[Finding]:
    """Whether this Python is one that ReelForge is tested with."""
    ok = PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]
    sentence = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}."
    yield Finding(subject="Python", ok=ok, sentence=sentence, remedy="" if ok else "Install Python 3.13.")


def database(_: Settings) -> Iterable[Finding]:
    """Whether SQLite is free of a fault that needs two writers, of which ReelForge has one."""
    ok = sqlite3.sqlite_version_info >= SQLITE
    rare = " has a rare fault with several writers at once; ReelForge has only one"
    yield Finding(
        subject="SQLite",
        ok=ok,
        sentence=f"SQLite {sqlite3.sqlite_version}{'' if ok else rare}.",
        remedy="" if ok else "Nothing must be done; a newer Python brings SQLite 3.51.3, which is free of it.",
        optional=True,
    )


def work_folder(settings: Settings) -> Iterable[Finding]:
    """Whether files can be made in the work folder, or the folder itself, and how much room its disk has."""
    standing = next(place for place in (settings.home, *settings.home.parents) if place.exists())
    remedy = "Allow it there, or name another folder as `home` in [reelforge] or as REELFORGE_HOME."
    sentence = f"Everything is kept in {settings.home}."
    try:
        with tempfile.TemporaryFile(dir=standing):
            pass
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        yield Finding(subject="work folder", ok=False, sentence=f"{standing} cannot be written: {why}.", remedy=remedy)
        return
    yield Finding(subject="work folder", ok=True, sentence=sentence)
    free, wanted = shutil.disk_usage(standing).free, settings.min_free_bytes
    ok = free >= wanted
    room = f"{math.floor(free / GIGABYTE * 10) / 10:g} GB are free on the disk of {standing}"
    yield Finding(
        subject="disk",
        ok=ok,
        sentence=f"{room}." if ok else f"{room}, and jobs wait until there are {wanted / GIGABYTE:g} GB.",
        remedy="" if ok else "Delete what is not needed, or lower `min_free_gb` in [reelforge].",
    )


def video(settings: Settings) -> Iterable[Finding]:
    """Which ffmpeg and which encoder work here, found by encoding a few frames."""
    program = ffmpeg.discover(settings.render.program)
    yield Finding(subject="ffmpeg", ok=True, sentence=f"{program.version.split(' Copyright')[0]}: {program.path}.")
    wanted = None if settings.render.encoder == "auto" else settings.render.encoder
    chosen = encoders.choose(program, prefer=wanted)
    ok = wanted in {None, chosen.name}
    yield Finding(
        subject="encoder",
        ok=ok,
        sentence=f"Videos are encoded by {chosen.name}{'' if ok else f', because {wanted} does not work here'}.",
        remedy="" if ok else 'Set `encoder = "auto"` in [render].',
        optional=True,
    )


def words(_: Settings) -> Iterable[Finding]:
    """Whether words can be found by what is said, or by the sound's energy alone."""
    yield pocketsphinx_finding()


MACHINE: Final[tuple[Tool, ...]] = (python, work_folder, database, video, words)


async def examine(
    settings: Settings,
    *,
    channel: str | None = None,
    environ: Mapping[str, str] | None = None,
    tools: Sequence[Tool] = MACHINE,
) -> list[Finding]:
    """Look at the machine, then at every channel, or at one. Each channel's findings follow each other, in the file's
    order. What several channels share is looked at once and told for each. Raises InputError for an unknown channel.
    """
    channels = settings.channels if channel is None else (settings.channel(channel),)
    environ = os.environ if environ is None else environ
    works: dict[str, Callable[[], Any]] = {}
    for tool in tools:
        works[f"tool {len(works)}"] = partial(_asked, tool, settings)
    of_channel: list[tuple[ChannelSettings, list[tuple[str, EngineSettings]]]] = []
    for one in channels:
        keys = [(_key(engine, one.language), engine) for engine in one.engines]
        works |= {key: partial(_engine, engine, one.language, settings.home, environ) for key, engine in keys}
        of_channel.append((one, keys))
    found = await _all(works)
    findings = [finding for key in works if key.startswith("tool ") for finding in found[key]]
    for one, keys in of_channel:
        mine = [*_fonts(one), *_platform(one), *_writer(one)]
        mine += [_told(finding, engine) for key, engine in keys for finding in found[key]]
        findings += [finding.model_copy(update={"channel": one.name}) for finding in mine]
    return findings


def grouped(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Findings by channel, in order; those about the machine under the empty name."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.channel, []).append(finding)
    return groups


def ready(findings: Iterable[Finding]) -> bool:
    """Whether nothing that is needed is missing."""
    return all(finding.ok or finding.optional for finding in findings)


def summary(findings: Sequence[Finding]) -> str:
    """The verdict in one sentence or two."""
    groups = grouped(findings)
    channels = [name for name in groups if name]
    stuck = [name for name in groups if not ready(groups[name])]
    hints = sum(not finding.ok and finding.optional for _, told in _sections(findings) for finding in told)
    if "" in stuck:
        verdict = "This machine lacks something that every channel needs."
    elif stuck:
        verdict = f"{_counted(len(stuck), 'channel')} of {len(channels)} cannot work yet: {', '.join(stuck)}."
    elif channels:
        verdict = "The channel can work." if len(channels) == 1 else f"All {len(channels)} channels can work."
    else:
        verdict = "This machine is ready, but there is no channel yet."
    return f"{verdict} {_counted(hints, 'hint')} could be followed." if hints else verdict


def report(findings: Sequence[Finding]) -> str:
    """Everything that was found as plain text: the machine, what is the same for every channel, then what each has
    besides, then the verdict.
    """
    lines = [line for name, told in _sections(findings) for line in (name, *map(_line, told), "")]
    return "\n".join([*lines, summary(findings)])


def _sections(findings: Iterable[Finding]) -> list[tuple[str, list[Finding]]]:
    """Headings with what is told below each, whichever channel it was found for."""
    told = {
        name: [finding.model_copy(update={"channel": ""}) for finding in group]
        for name, group in grouped(findings).items()
    }
    machine, channels = told.pop("", []), list(told)
    first, *others = told.values() if told else [[]]
    shared = [one for one in first if all(one in other for other in others)] if others else []
    sections = [("this machine", machine), (f"all {len(channels)} channels ({', '.join(channels)})", shared)]
    sections += [(name, [one for one in group if one not in shared]) for name, group in told.items()]
    return [section for section in sections if section[1]]


def _line(finding: Finding) -> str:
    state = "ok" if finding.ok else "hint" if finding.optional else "missing"
    return f"  {state:<8}{finding.subject}: {finding.sentence} {finding.remedy}".rstrip()


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


async def _all(works: Mapping[str, Callable[[], Any]]) -> dict[str, list[Finding]]:
    """Run everything, a few at a time, each in a thread of its own."""
    found: dict[str, list[Finding]] = {}
    limit = anyio.CapacityLimiter(AT_ONCE)

    async def run(key: str, work: Callable[[], Any]) -> None:
        found[key], close = await anyio.to_thread.run_sync(work, limiter=limit)
        if close:
            await close()

    async with anyio.create_task_group() as tasks:
        for key, work in works.items():
            tasks.start_soon(run, key, work)
    return found


def _asked(tool: Tool, settings: Settings) -> tuple[list[Finding], None]:
    return _findings(tool.__name__.replace("_", " "), partial(tool, settings)), None


def _engine(engine: EngineSettings, language: str, home: Path, environ: Mapping[str, str]) -> tuple[list[Finding], Any]:
    """What an engine says of itself, and how to close it. Blocking."""
    subject = f"{engine.kind} {engine.engine}"
    made: list[Any] = []

    def look() -> Iterable[Finding]:
        module = adapters.module(engine.kind, engine.engine)
        at_home = engine.kind in adapters.AT_HOME
        made.append(module.Engine(engine.options, home) if at_home else module.Engine(engine.options))
        asked = (language,) if engine.kind == "voice" else ()
        return made[0].check(*asked)  # type: ignore[no-any-return]  # the engine's module is only known at run time

    findings = _findings(subject, look)
    said = " ".join(finding.sentence for finding in findings)
    for variable in _variables(engine):
        if not environ.get(variable, "").strip() and variable not in said:
            findings.append(
                Finding(
                    subject=f"key of {subject}",
                    ok=False,
                    sentence=f"The environment variable {variable} is not set.",
                    remedy=f"Set {variable} to the key.",
                )
            )
    return findings, made[0].aclose if made else None


def _findings(subject: str, look: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """All findings; an error that stops the looking is one."""
    found: list[Finding] = []
    try:
        found.extend(look())
    except ReelForgeError as error:
        found.append(Finding(subject=subject, ok=False, sentence=error.message, remedy=error.remedy))
    except OSError as error:
        remedy = "Mend that and check again."
        found.append(Finding(subject=subject, ok=False, sentence=f"The system says: {error}.", remedy=remedy))
    return found


def _variables(engine: EngineSettings) -> list[str]:
    """The environment variables that an engine's options name (``key_env``)."""
    fields = engine.options.model_dump(mode="json")
    return [value for name, value in fields.items() if name.endswith("_env") and isinstance(value, str) and value]


def _key(engine: EngineSettings, language: str) -> str:
    """What is the same for channels that share an engine's findings; of voices, those of one language."""
    spoken = language if engine.kind == "voice" else ""
    return f"{engine.kind} {engine.engine} {spoken} {engine.options.model_dump_json()}"


def _told(finding: Finding, engine: EngineSettings) -> Finding:
    """A writer is only needed for topics, so that a missing one stops no Reel that a person wrote."""
    return finding.model_copy(update={"optional": True}) if engine.kind == "writer" else finding


def _writer(channel: ChannelSettings) -> Iterable[Finding]:
    if channel.writer is None:
        yield Finding(
            subject="writer",
            ok=False,
            sentence="No language model is set up, so Reels are made from your own texts only.",
            remedy="Add a table [engines.writer.openai] to write from topics.",
            optional=True,
        )


def _platform(channel: ChannelSettings) -> Iterable[Finding]:
    """What the platform would refuse in the channel's shortest and longest Reels."""
    platform, look = shipped.platforms()[channel.platform], channel.look
    said = [platform.objections(look.size, look.rate, seconds) for seconds in channel.seconds]
    found = list(dict.fromkeys(objection for objections in said for objection in objections))
    for sentence, remedy in found:
        yield Finding(subject=f"platform {platform.title}", ok=False, sentence=sentence, remedy=remedy, optional=True)
    if not found:
        sentence = f"Reels of {channel.seconds[0]:g} to {channel.seconds[1]:g} s, {look.size.width}×{look.size.height}."
        yield Finding(subject=f"platform {platform.title}", ok=True, sentence=sentence)


def _fonts(channel: ChannelSettings) -> Iterable[Finding]:
    folder = resources.folder("fonts")
    files = shipped.font_files()
    for family in dict.fromkeys((channel.look.captions.font, channel.look.cards.font)):
        path = folder / files[family] if family in files else None
        ok = path is not None and path.is_file()
        yield Finding(
            subject=f"font {family}",
            ok=ok,
            sentence="It is there." if ok else f"Its file is missing from {folder}.",
            remedy="" if ok else "Install ReelForge again, or choose another font.",
        )
