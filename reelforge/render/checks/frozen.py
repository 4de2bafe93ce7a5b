"""What should move moves: no picture stands still that the timeline sets in motion."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from reelforge.domain.post import Check
from reelforge.domain.timeline import Shot
from reelforge.render import motions
from reelforge.render.evidence import Evidence, judged, runs, warned
from reelforge.render.looks import Looks
from reelforge.render.moment import Moment

NAME: Final = "frozen"
_LONGEST: Final = 3.0
"""Seconds."""
_SAME: Final = 0.25
"""Two decoded frames whose records differ by less than this mean luma are the same."""
_PLAIN: Final = 2.0
"""A picture whose levels deviate by less shows no motion, however it is moved."""
_MOVES: Final = 0.01
"""Of the frame's width: a motion that goes less far in a stretch need not be seen in cells of a 36th of it."""
_LEAST_SEEN: Final = 0.1


def check(evidence: Evidence) -> Check:
    """Passed when, outside the texts, no stretch of more than 3 s is one and the same picture that the timeline moves
    or changes. A clip that stands still is but a warning: what it shows may do so.

    Without a record of all frames only the decoded key frames are compared.
    """
    looks = evidence.looks
    if looks is None:
        return _by_key_frames(evidence)
    still = _still(looks, _unwritten(evidence, looks))
    stretches = [(first - 1, last) for first, last in runs(still) if last - first >= evidence.frames(_LONGEST)]
    shown = [stretch for stretch in stretches if looks.y[stretch[0]].std() >= _PLAIN]
    wrong = [stretch for stretch in shown if _should_move(evidence, *stretch)]
    if wrong:
        return judged(
            NAME,
            False,
            "",
            f"The picture stands still from {_told(evidence, wrong)} though the timeline moves or changes it; "
            "check that its pictures differ, or render it again.",
        )
    clips = [stretch for stretch in shown if evidence.timeline.shots[evidence.shot(stretch[0])].clip]
    doubt = f"The clip stands still from {_told(evidence, clips)}; see whether it should." if clips else ""
    return warned(NAME, not clips, "The picture moves as the timeline says.", doubt)


def _told(evidence: Evidence, stretches: list[tuple[int, int]]) -> str:
    return ", ".join(
        f"{evidence.seconds(first):.1f} to {evidence.seconds(last):.1f} s (shots[{evidence.shot(first)}])"
        for first, last in stretches[:3]
    )


def _by_key_frames(evidence: Evidence) -> Check:
    shots = evidence.timeline.shots
    changing = len({(evidence.shows(index), shot.motion) for index, shot in enumerate(shots)}) > 1
    moved = [float(cv2.absdiff(one.look.y[0], other.look.y[0]).mean()) for one, other in pairwise(evidence.keys)]
    return judged(
        NAME,
        not changing or any(change > _SAME for change in moved) or not moved,
        "The picture changes as the timeline says.",
        "The picture stands still though the timeline has several shots; check their pictures.",
    )


def _unwritten(evidence: Evidence, looks: Looks) -> NDArray[np.bool_]:
    """The cells over which no text ever stands; all of them when that leaves hardly any."""
    rows, columns = looks.y.shape[1:]
    size = evidence.timeline.size
    free = np.ones((rows, columns), np.bool_)
    for text in evidence.texts or ():
        top, bottom = text.top * rows // size.height, -(-text.bottom * rows // size.height)
        left, right = text.left * columns // size.width, -(-text.right * columns // size.width)
        # One more cell each way: soft shadows, and text that comes up from below.
        free[max(0, top - 1) : max(0, bottom + 2), max(0, left - 1) : max(0, right + 1)] = False
    return free if np.count_nonzero(free) >= _LEAST_SEEN * free.size else np.ones_like(free)


def _still(looks: Looks, free: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which frames look exactly like the one before: composing is repeatable, so what stands still is the same."""
    coarse = free.reshape(free.shape[0] // 4, 4, free.shape[1] // 4, 4).all(axis=(1, 3))
    still = np.zeros(looks.count, np.bool_)
    for number in range(1, looks.count):
        still[number] = (
            not np.any((looks.y[number] != looks.y[number - 1]) & free)
            and not np.any((looks.u[number] != looks.u[number - 1]) & coarse)
            and not np.any((looks.v[number] != looks.v[number - 1]) & coarse)
        )
    return still


def _should_move(evidence: Evidence, first: int, last: int) -> bool:
    """Whether the timeline has something else on screen at the end of a stretch of frames than at its start."""
    timeline = evidence.timeline
    one, other = evidence.shot(first), evidence.shot(last - 1)
    if one == other:
        return _moves(evidence, one, first, last - 1)
    shown = {evidence.shows(index) for index in range(one, other + 1)}
    return len(shown) > 1 or any(
        _moves(evidence, index, max(first, start), min(last, start + shot.frames) - 1)
        for index, (start, shot) in enumerate(zip(evidence.starts, timeline.shots, strict=True))
        if one <= index <= other
    )


def _moves(evidence: Evidence, index: int, first: int, last: int) -> bool:
    """Whether a shot's motion goes far enough between two frames to be seen, in a picture of the frame's own shape:
    in any other there is more room to move.
    """
    shot: Shot = evidence.timeline.shots[index]
    if shot.effects:
        return False
    size, start = evidence.timeline.size, evidence.starts[index]
    length = evidence.seconds(shot.frames)
    views = motions.find(shot.motion.name)
    moments = (Moment(evidence.seconds(frame - start), length) for frame in (first, last))
    one, other = (views(shot.motion, (size.width, size.height), size, now)[0] for now in moments)
    edges = (one.x - other.x, one.y - other.y, one.x + one.width - other.x - other.width)
    return max(map(abs, edges)) > _MOVES * size.width
