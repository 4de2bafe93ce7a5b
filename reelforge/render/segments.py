"""The timeline cut into parts that are rendered by themselves, and the key of each: a hash of just what it shows.

A cut lies at every shot's start, where its transition has ended (what follows no longer depends on the shot before),
and, in a long shot, about once per group of pictures, where the encoder would begin anew anyway. So a change renders
again no more than what looks different, and the parts keep all cores busy to the end.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import av
import cv2
import PIL

from reelforge.domain.timeline import Timeline
from reelforge.render.display import Displays, blended
from reelforge.render.layer import AnyLayer

RENDERER_VERSION = 2
"""Raise it when the same display gives other pixels: every clip kept so far is then made again."""


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

    def shows(self, layer: AnyLayer) -> bool:
        """Whether a layer is seen in any of its frames."""
        return layer.first < self.last and layer.last > self.first


def cut(displays: Displays, encoder: dict[str, Any], longest: int) -> tuple[Segment, ...]:
    """The segments of a timeline, in order, each at most ``longest`` frames where no transition is longer.

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
    for index, start in enumerate(displays.starts):
        for first, last in _parts(timeline, index, longest):
            digest = hashlib.sha256(json.dumps(whole, sort_keys=True).encode())
            for frame in displays.between(start + first, start + last):
                digest.update(json.dumps(frame.told()).encode())
            found.append(Segment(index, start + first, start + last, digest.hexdigest()))
    return tuple(found)


def _parts(timeline: Timeline, index: int, longest: int) -> Iterator[tuple[int, int]]:
    """Frames of a shot, counted from its start: its transition, then equal parts of what is left."""
    overlap = blended(timeline, index)
    if overlap:
        yield 0, overlap
    rest = timeline.shots[index].frames - overlap
    count = -(-rest // longest)
    for part in range(count):
        yield overlap + rest * part // count, overlap + rest * (part + 1) // count
