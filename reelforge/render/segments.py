"""The timeline cut into parts that are rendered by themselves, and the key of each: a hash of just what it shows.

A cut lies at every shot's start, where its transition has ended (what follows no longer depends on the shot before),
and, in a long shot, about once per group of pictures, where the encoder would begin anew anyway. So a change renders
again no more than what looks different, and the parts keep all cores busy to the end.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from reelforge.domain.timeline import Timeline
from reelforge.render.compositor import starts, visible
from reelforge.render.layer import Layer
from reelforge.render.sprites import showing

RENDERER_VERSION = 1
"""Raise it when the same timeline gives other pixels: every clip kept so far is then made again."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Frames ``[first, last)`` of the timeline, all within shot ``shot``; ``key`` names what they show."""

    shot: int
    first: int
    last: int
    key: str

    @property
    def frames(self) -> int:
        return self.last - self.first


def cut(
    timeline: Timeline, layers: Sequence[Layer], hashes: Sequence[str], encoder: dict[str, Any], longest: int
) -> tuple[Segment, ...]:
    """The segments of a timeline, in order, each at most ``longest`` frames where no transition is longer.

    ``hashes`` are the SHA-256 of each shot's picture; ``encoder`` says which encoder with which settings. Times are
    counted from the shot's start, so a shot that only moves along the timeline keeps its keys.
    """
    found = []
    for index, start in enumerate(starts(timeline)):
        for first, last in _parts(timeline, index, longest):
            shown = _shown(timeline, hashes, index, (first, last))
            shown["layers"] = _layers(layers, start + first, start + last)
            text = json.dumps({**shown, "encoder": encoder, "renderer": RENDERER_VERSION}, sort_keys=True)
            key = hashlib.sha256(text.encode()).hexdigest()
            found.append(Segment(index, start + first, start + last, key))
    return tuple(found)


def _blended(timeline: Timeline, index: int) -> int:
    """How many frames of a shot its transition changes."""
    transition = timeline.shots[index].transition
    return 0 if transition.name == "cut" else transition.frames


def _parts(timeline: Timeline, index: int, longest: int) -> Iterator[tuple[int, int]]:
    """Frames of a shot, counted from its start: its transition, then equal parts of what is left."""
    frames, blended = timeline.shots[index].frames, _blended(timeline, index)
    if blended:
        yield 0, blended
    rest = frames - blended
    count = -(-rest // longest)
    for part in range(count):
        yield blended + rest * part // count, blended + rest * (part + 1) // count


def _shown(timeline: Timeline, hashes: Sequence[str], index: int, part: tuple[int, int]) -> dict[str, Any]:
    shot = timeline.shots[index]
    shown: dict[str, Any] = {
        "size": [timeline.size.width, timeline.size.height],
        "rate": [timeline.rate.num, timeline.rate.den],
        "frames": part[1] - part[0],
        "picture": _picture(timeline, hashes, index, part[0]),
    }
    if part[0] < _blended(timeline, index):
        shown["transition"] = shot.transition.model_dump(mode="json")
        if index:
            shown["before"] = _picture(timeline, hashes, index - 1, timeline.shots[index - 1].frames)
    return shown


def _picture(timeline: Timeline, hashes: Sequence[str], index: int, since: int) -> list[Any]:
    """A shot's picture and how it moves from ``since`` frames after the shot's start on."""
    motion = timeline.shots[index].motion
    if motion.name == "still":
        return [hashes[index], motion.zoom[0], *motion.start]
    return [hashes[index], motion.model_dump(mode="json", exclude={"name"}), since, visible(timeline, index)]


def _layers(layers: Sequence[Layer], first: int, last: int) -> list[Any]:
    """Each layer seen in frames ``[first, last)``: what it is, where, and how it stands frame by frame, run by run."""
    found = []
    for layer in layers:
        if layer.last <= first or layer.first >= last:
            continue
        states = [(now.opacity, now.drop) if (now := showing(layer, frame)) else None for frame in range(first, last)]
        runs = [[state, len(list(run))] for state, run in groupby(states)]
        found.append([layer.identity, layer.x, layer.y, runs])
    return found
