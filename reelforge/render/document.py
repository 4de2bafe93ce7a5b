"""Timelines as files people may edit: read, and checked so that each mistake is one sentence with its place."""

from __future__ import annotations

import json
from collections.abc import Iterable
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from reelforge.domain.timeline import Timeline
from reelforge.errors import InputError
from reelforge.render import easing, transitions
from reelforge.render.motion import LARGEST_ZOOM

_MOST_BYTES = 64 << 20


def load(path: Path) -> Timeline:
    """Read a timeline. Raises InputError naming the file and the place in it (``shots[3].motion.zoom``) when it is not
    there, no JSON, of an unknown version, breaks the format, or contradicts itself (:func:`check`).
    """
    try:
        document = _parse(path)
        timeline = _validated(document)
        check(timeline)
    except InputError as error:
        raise InputError(f"{path}: {error.message}", remedy=error.remedy) from error
    return timeline


def _parse(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError("this file is too large to be a timeline.")
        document = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except OSError as error:
        raise InputError(f"it cannot be read ({error.strerror}).", remedy="Correct the path.") from error
    except UnicodeDecodeError as error:
        raise InputError("it is not UTF-8 text.", remedy="A timeline is a JSON file in UTF-8.") from error
    except json.JSONDecodeError as error:
        raise InputError(f"line {error.lineno}, column {error.colno} is not JSON: {error.msg}.") from error
    except RecursionError as error:
        raise InputError("it is nested too deeply to be a timeline.") from error
    if not isinstance(document, dict):
        raise InputError("a timeline is a JSON object, { … }.")
    return document


def _no_constant(name: str) -> NoReturn:
    raise InputError(f"{name} is not a number that JSON or a timeline knows.")


def _validated(document: dict[str, Any]) -> Timeline:
    version = document.get("version", 1)
    if version != 1:
        raise InputError(f"version: {version!r} is not a version of the format known here; it knows 1.")
    try:
        return Timeline.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InputError(_sentence(first), remedy=_spelling(first)) from error


def _sentence(error: Any) -> str:
    place = _place(error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{place}: this is no setting of a timeline."
    if error["type"] == "missing":
        return f"{place}: this is missing."
    said = error["msg"].removeprefix("Value error, ").rstrip(".")
    given = error["input"]
    shown = f", not {json.dumps(given)}" if isinstance(given, str | int | float | bool) else ""
    return f"{place}: {said[:1].lower()}{said[1:]}{shown}."


def _spelling(error: Any) -> str:
    """For a key nobody knows: the nearest one that stands in the same place."""
    if error["type"] != "extra_forbidden":
        return ""
    model: Any = Timeline
    for part in error["loc"][:-1]:
        if isinstance(part, str):
            model = _inner(model.model_fields[part].annotation)
    known = list(model.model_fields)
    near = get_close_matches(str(error["loc"][-1]), known, n=1)
    return f"Did you mean “{near[0]}”?" if near else f"Known here are: {', '.join(known)}."


def _inner(annotation: Any) -> Any:
    """The model within ``Model``, ``Model | None`` or ``tuple[Model, ...]``."""
    for part in (annotation, *getattr(annotation, "__args__", ())):
        if hasattr(part, "model_fields"):
            return part
    return annotation


def _place(loc: Iterable[int | str]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".") or "the document"


def check(timeline: Timeline) -> None:
    """Raise InputError, beginning with the place, for the first thing in a timeline that cannot be shown or heard."""
    _check_shots(timeline)
    _check_cues(timeline)
    for index, card in enumerate(timeline.cards):
        _check_span(f"cards[{index}]", card.first, card.last, timeline.frames)
    for index, span in enumerate(timeline.audio.spoken):
        if span.start >= span.end:
            raise InputError(f"audio.spoken[{index}]: it ends at sample {span.end}, not after its start {span.start}.")
    if timeline.audio.music:
        for index, span in enumerate(timeline.audio.music.spans):
            if span.start >= span.end:
                raise InputError(
                    f"audio.music.spans[{index}]: it ends at {span.end}, before it starts at {span.start}."
                )


def _check_shots(timeline: Timeline) -> None:
    for index, shot in enumerate(timeline.shots):
        place = f"shots[{index}]"
        easing.find(shot.motion.easing, f"{place}.motion.easing")
        transitions.find(shot.transition.name, f"{place}.transition.name")
        for which, zoom in enumerate(shot.motion.zoom):
            if not 1.0 <= zoom <= LARGEST_ZOOM:
                raise InputError(
                    f"{place}.motion.zoom[{which}]: {zoom:g} is not between 1 (the picture just covers the frame) "
                    f"and {LARGEST_ZOOM:g}."
                )
        if shot.transition.frames > shot.frames:
            raise InputError(
                f"{place}.transition.frames: a transition of {shot.transition.frames} frames does not fit into a "
                f"shot of {shot.frames}.",
                remedy="Shorten the transition or lengthen the shot.",
            )


def _check_cues(timeline: Timeline) -> None:
    for index, cue in enumerate(timeline.cues):
        _check_span(f"cues[{index}]", cue.first, cue.last, timeline.frames)
        for number, word in enumerate(cue.words):
            if word.last < word.first:
                raise InputError(f"cues[{index}].words[{number}]: it ends at frame {word.last}, before {word.first}.")
            if not cue.first <= word.first <= cue.last:
                raise InputError(
                    f"cues[{index}].words[{number}]: frame {word.first} is outside its cue’s frames "
                    f"{cue.first}–{cue.last}."
                )
    for index, (before, after) in enumerate(pairwise(timeline.cues)):
        if after.first < before.last:
            raise InputError(
                f"cues[{index + 1}]: it starts at frame {after.first}, before the cue before it ends at {before.last}.",
                remedy="Cues stand in order and do not overlap.",
            )


def _check_span(place: str, first: int, last: int, frames: int) -> None:
    if first >= last:
        raise InputError(f"{place}: it ends at frame {last}, not after its first frame {first}.")
    if last > frames:
        raise InputError(
            f"{place}: it ends at frame {last}, beyond the timeline’s {frames} frames.",
            remedy="Shorten it or lengthen a shot.",
        )
