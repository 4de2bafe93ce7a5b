"""Where results may be written: never over what they are made from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reelforge.domain.timeline import Timeline
from reelforge.errors import InputError


def refuse_sources(timeline: Timeline, base: Path, out: Path) -> None:
    """Raise InputError when ``out`` is a file that the timeline shows or plays, whatever name it goes by.

    ``base`` is the folder that the timeline's paths count from.
    """
    if not out.exists():
        return
    for text in _texts(timeline.model_dump(mode="json", exclude_defaults=True)):
        try:
            same = (base / Path(text).expanduser()).samefile(out)
        except (OSError, ValueError, RuntimeError):  # most texts are no files' names
            continue
        if same:
            raise InputError(f"{out} is a part of the timeline itself.", remedy="Give the result another name.")


def unwritable(out: Path, error: OSError) -> InputError:
    """The error for a file that the system lets nobody write."""
    return InputError(f"{out} cannot be written ({error.strerror}).", remedy="Choose another place.")


def refuse_nowhere(out: Path) -> None:
    """Raise InputError when ``out`` lies in a folder that there is not, or is one itself."""
    try:
        folder, beneath = out.is_dir(), out.parent.is_dir()
    except OSError as error:
        raise unwritable(out, error) from error
    if folder:
        raise InputError(f"{out} is a folder.", remedy="Name a file.")
    if not beneath:
        raise InputError(f"There is no folder {out.parent}.", remedy="Make it, or choose another.")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
