"""Orders as a person gives them, checked as far as can be before a job exists."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from reelforge import resources
from reelforge.domain.job import Order
from reelforge.engines.writer import verbatim
from reelforge.errors import InputError
from reelforge.settings import Settings

DEMO_CHANNEL: Final = "tech_explained"


def order(
    settings: Settings,
    channel: str,
    *,
    topic: str | None,
    script: Path | None,
    out: Path | None,
    narration: Path | None = None,
    trim_silence: bool = False,
    by_person: bool = True,
) -> Order:
    """An order as a person gave it. Raises InputError."""
    chosen = settings.channel(channel)
    if topic is None and script is None:
        raise InputError("A Reel needs a topic or a script.", remedy='Give --topic "…" or --script FILE.')
    if topic is not None and script is not None:
        raise InputError("A Reel is made from a topic or from a script, and both were given.", remedy="Give only one.")
    if topic is not None and not topic.strip():
        raise InputError("The topic is empty.", remedy='Say what the Reel is about, as in --topic "…".')
    if topic is not None and chosen.writer is None:
        raise InputError(
            f"The channel {channel!r} has no writer, so it cannot make a Reel from a topic.",
            remedy="Set one up as [engines.writer.openai], or give a text with --script.",
        )
    if out is not None and not (there := _nearest(out)).is_dir():
        raise InputError(f"--out names {out}, but {there} is not a folder.", remedy="Name a folder.")
    if out is not None and not os.access(there, os.W_OK | os.X_OK):
        raise InputError(f"--out names {out}, but you may not write in {there}.", remedy="Name another folder.")
    _check_narration(script, narration, trim_silence=trim_silence)
    text = verbatim.read_text(script) if script is not None else None
    given = Order(
        channel=channel,
        topic=topic.strip() if topic else None,
        text=text,
        text_path=str(script.resolve()) if script else None,
        narration=str(narration.resolve()) if narration else None,
        trim_silence=trim_silence,
        out=str(out.resolve()) if out else None,
        by_person=by_person,
    )
    if text is not None:
        verbatim.read_script(text, Path(given.text_path) if given.text_path else None, chosen.brief)
    return given


def _check_narration(script: Path | None, narration: Path | None, *, trim_silence: bool) -> None:
    if trim_silence and narration is None:
        raise InputError("--trim-silence shortens a recording, and none was given.", remedy="Give --narration FILE.")
    if narration is None:
        return
    if script is None:
        raise InputError(
            "A recording needs the text that it speaks.", remedy="Give the text with --script FILE, as it was spoken."
        )
    if narration.is_dir():
        raise InputError(f"{narration} is a folder, not a recording.", remedy="Name the sound file in it.")
    if not narration.is_file():
        raise InputError(f"There is no recording {narration}.", remedy="Correct the path after --narration.")


def _nearest(path: Path) -> Path:
    """The path itself, or the nearest of its parents that exists."""
    path = path.absolute()
    return next((place for place in (path, *path.parents) if os.path.lexists(place)), path)


def demo_order(settings: Settings, *, out: Path | None) -> Order:
    """The order for the demo Reel, "The Moon is leaving us"."""
    channel = DEMO_CHANNEL if DEMO_CHANNEL in settings.names else next(iter(settings.names), DEMO_CHANNEL)
    return order(settings, channel, topic=None, script=resources.folder("demo") / "script.md", out=out)
