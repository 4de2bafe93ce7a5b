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
_DARK: Final = 48
"""A picture below this luma is itself as good as black: what darkens its edges or its colours leaves nothing of it."""
_BRIGHT: Final = 0.005
"""A frame of which no more than this share is brighter shows nothing."""
_LONGEST: Final = 0.5
"""Seconds."""
_NOTHING: Final = "No frame of the video can be decoded; render it again."


def check(evidence: Evidence) -> Check:
    """Passed when some frame shows something and, with a record of all frames, no stretch of more than 0.5 s is black.

    Frames of a transition do not count: the timeline asks for what they do. A clip that is black for a while is but a
    warning: what it shows may be so. So is a picture (a whole video of pictures, too) whose part that is seen is as
    dark itself: a night sky, a black card. Black that something made of a brighter picture fails, and so does a video
    that was composed of something brighter than what is decoded.
    """
    if not evidence.keys:
        return judged(NAME, False, "", _NOTHING)
    looks = evidence.looks or Looks.joined(key.look for key in evidence.keys)
    black = _black(looks.y[: looks.count])
    if black.all():
        return _all_black(evidence)
    composed = black[: evidence.looks.count] if evidence.looks else np.ones(1, np.bool_)
    dark = [key.number for key in evidence.keys if _black(key.look.y).all()]
    if lost := [number for number in dark if not composed[min(number, len(composed) - 1)]]:
        told = ", ".join(f"{evidence.seconds(number):.1f} s" for number in lost[:3])
        return judged(NAME, False, "", f"What was shown at {told} came out of the encoder black; render it again.")
    long: list[tuple[int, int]] = []
    if evidence.looks:
        black &= ~_blended(evidence)
        long = [stretch for stretch in runs(black) if stretch[1] - stretch[0] > evidence.frames(_LONGEST)]
    good, wrong = "There is a picture throughout.", [stretch for stretch in long if _blackened(evidence, *stretch)]
    if wrong:
        remedy = "give the shot a picture that shows something, or leave it out"
        return judged(NAME, False, good, f"The picture is black {_told(evidence, wrong)}; {remedy}.")
    doubt = f"The video is black {_told(evidence, long)}, as what it shows is; see whether it should be."
    return warned(NAME, not long, good, doubt)


def _all_black(evidence: Evidence) -> Check:
    shots = evidence.timeline.shots
    if all(shot.picture for shot in shots) and not _blackened(evidence, 0, evidence.timeline.frames):
        doubt = "The whole video is black, as the pictures of its shots are; see whether it should be."
        return warned(NAME, False, "", doubt)
    return judged(NAME, False, "", "The whole video is black; check the pictures of its shots.")


def _told(evidence: Evidence, stretches: list[tuple[int, int]]) -> str:
    times = ", ".join(f"{evidence.seconds(first):.1f} to {evidence.seconds(last):.1f} s" for first, last in stretches)
    shots = ", ".join(f"shots[{index}]" for index in sorted({evidence.shot(first) for first, _ in stretches}))
    return f"from {times} ({shots})"


def _blackened(evidence: Evidence, first: int, last: int) -> bool:
    """Whether a stretch of frames is black though a picture seen in it is not, as far as can be told."""
    for index in range(evidence.shot(first), evidence.shot(last - 1) + 1):
        start, shot = evidence.starts[index], evidence.timeline.shots[index]
        if not shot.picture:
            continue
        if evidence.bare is None:
            return True
        bare = evidence.bare(max(first, start), min(last, start + shot.frames))
        if not _black(bare[np.newaxis], _DARK).all():
            return True
    return False


def _black(luma: Record, below: int = _BLACK) -> NDArray[np.bool_]:
    """Which of (frames, rows, columns) show nothing."""
    bright = np.array([np.count_nonzero(frame >= below) for frame in luma])
    return np.asarray(bright <= _BRIGHT * luma[0].size)


def _blended(evidence: Evidence) -> NDArray[np.bool_]:
    flags = np.zeros(evidence.timeline.frames, np.bool_)
    for first, shot in zip(evidence.starts, evidence.timeline.shots, strict=True):
        flags[first : first + shot.transition.frames] = True
    return flags
