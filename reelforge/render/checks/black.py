"""There is a picture to see: neither the whole nor a part of it is black without the timeline's saying so."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence, judged, runs, warned
from reelforge.render.looks import Looks, Record

NAME: Final = "black"
_BLACK: Final = 32
"""A part of the picture below this luma is black (black itself is 16, a dark grey that still shows something 40)."""
_BRIGHT: Final = 0.005
"""A frame of which no more than this share is brighter shows nothing."""
_LONGEST: Final = 0.5
"""Seconds."""


def check(evidence: Evidence) -> Check:
    """Passed when some frame shows something and, with a record of all frames, no stretch of more than 0.5 s is black.

    Frames of a transition do not count: the timeline asks for what they do. A clip that is black for a while is but a
    warning: what it shows may be so.
    """
    if not evidence.keys:
        return judged(NAME, False, "", "No frame of the video can be decoded; render it again.")
    looks = evidence.looks or Looks.joined(key.look for key in evidence.keys)
    black = _black(looks.y[: looks.count])
    decoded = np.array([_black(key.look.y).all() for key in evidence.keys], np.bool_)
    if black.all() or decoded.all():
        return judged(NAME, False, "", "The whole video is black; check the pictures of its shots.")
    long: list[tuple[int, int]] = []
    if evidence.looks:
        black &= ~_blended(evidence)
        long = [stretch for stretch in runs(black) if stretch[1] - stretch[0] > evidence.frames(_LONGEST)]
    good, wrong = "There is a picture throughout.", [stretch for stretch in long if _pictured(evidence, *stretch)]
    if wrong:
        remedy = "give the shot a picture that shows something, or leave it out"
        return judged(NAME, False, good, f"The picture is black {_told(evidence, wrong)}; {remedy}.")
    return warned(NAME, not long, good, f"The clip is black {_told(evidence, long)}; see whether it should.")


def _told(evidence: Evidence, stretches: list[tuple[int, int]]) -> str:
    times = ", ".join(f"{evidence.seconds(first):.1f} to {evidence.seconds(last):.1f} s" for first, last in stretches)
    shots = ", ".join(f"shots[{index}]" for index in sorted({evidence.shot(first) for first, _ in stretches}))
    return f"from {times} ({shots})"


def _pictured(evidence: Evidence, first: int, last: int) -> bool:
    """Whether a picture is shown in a stretch of frames, and not only clips."""
    shown = range(evidence.shot(first), evidence.shot(last - 1) + 1)
    return any(evidence.timeline.shots[index].picture for index in shown)


def _black(luma: Record) -> NDArray[np.bool_]:
    """Which of (frames, rows, columns) show nothing."""
    bright = np.array([np.count_nonzero(frame >= _BLACK) for frame in luma])
    return np.asarray(bright <= _BRIGHT * luma[0].size)


def _blended(evidence: Evidence) -> NDArray[np.bool_]:
    flags = np.zeros(evidence.timeline.frames, np.bool_)
    for first, shot in zip(evidence.starts, evidence.timeline.shots, strict=True):
        flags[first : first + shot.transition.frames] = True
    return flags
