"""The timeline cut into parts that are rendered by themselves, and the key of each: a hash of just what it shows.

A cut lies at every shot's start, where its transition has ended (what follows no longer depends on the shot before),
and, in a long shot, about once per group of pictures, where the encoder would begin anew anyway. So a change renders
again no more than what looks different, and the parts keep all cores busy to the end.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import av
import cv2
import PIL
from msgspec import Struct

from reelforge.domain.timeline import Timeline
from reelforge.render.display import Displays, blended
from reelforge.render.layer import AnyLayer

RENDERER_VERSION = 5
"""Raise it when the same display gives other pixels: every clip kept so far is then made again."""


class Segment(Struct, frozen=True):
    """Frames ``[first, last)`` of the timeline, which begin in shot ``shot``; ``key`` names what they show."""

    shot: int
    first: int
    last: int
    key: str

    @property
    def frames(self) -> int:
        return self.last - self.first

    def shows(self, layer: AnyLayer) -> bool:
        """Whether a layer is seen in any of its frames."""
        return layer.first < self.last and layer.last > self.first


def cut(displays: Displays, encoder: dict[str, Any], longest: int, least: int = 1) -> tuple[Segment, ...]:
    """The segments of a timeline, in order, each at most ``longest`` frames where no transition is longer. Those of
    fewer than ``least`` frames are joined with what follows, in other shots too, as far as that goes.

    ``encoder`` says which encoder with which settings. A key covers the displays of the segment's frames and nothing
    else, so a shot that only moves along the timeline keeps its keys.
    """
    timeline = displays.timeline
    whole = {
        "size": [timeline.size.width, timeline.size.height],
        "rate": [timeline.rate.num, timeline.rate.den],
        "encoder": encoder,
        "renderer": RENDERER_VERSION,
        # Another version of what decodes and scales pictures may give other pixels.
        "libraries": [cv2.__version__, PIL.__version__, av.__version__],
    }
    found = []
    for shot, first, last in _joined(list(_stretches(displays, longest)), longest, least):
        digest = hashlib.sha256(json.dumps(whole, sort_keys=True).encode())
        for frame in displays.between(first, last):
            digest.update(json.dumps(frame.told()).encode())
        found.append(Segment(shot, first, last, digest.hexdigest()))
    return tuple(found)


Stretch = tuple[int, int, int]
"""A shot, and frames ``[first, last)`` of the timeline."""


def _stretches(displays: Displays, longest: int) -> Iterator[Stretch]:
    for shot, start in enumerate(displays.starts):
        for first, last in _parts(displays.timeline, shot, longest):
            yield shot, start + first, start + last


def _joined(stretches: Sequence[Stretch], longest: int, least: int) -> list[Stretch]:
    found: list[Stretch] = []
    for shot, first, last in stretches:
        if found and found[-1][2] - found[-1][1] < least and last - found[-1][1] <= longest:
            found[-1] = (*found[-1][:2], last)
        else:
            found.append((shot, first, last))
    return found


def _parts(timeline: Timeline, index: int, longest: int) -> Iterator[tuple[int, int]]:
    """Frames of a shot, counted from its start: its transition, then equal parts of what is left."""
    overlap = blended(timeline, index)
    if overlap:
        yield 0, overlap
    rest = timeline.shots[index].frames - overlap
    count = -(-rest // longest)
    for part in range(count):
        yield overlap + rest * part // count, overlap + rest * (part + 1) // count
