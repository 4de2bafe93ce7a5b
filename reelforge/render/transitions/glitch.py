"""The signal breaks up: torn lines, blocks of the wrong shot and colours out of register, then the next one stands."""

from __future__ import annotations

import cv2
import numpy as np

from reelforge.render.planes import Plane, Planes
from reelforge.render.warp import Way, keep_legal, layers, smooth, strip

EASING = "linear"
_STEPS = 11
"""How often the pattern changes: in steps of time, so that it is the same at any frame rate."""
_TEARS, _BLOCKS = 9, 12
_REGISTER = 0.022
"""How far the colours part at most, as a share of the frame's width."""
_TALLEST, _WIDEST, _FARTHEST = 0.11, 0.45, 0.22
"""The largest height and width of a block and the farthest it lies from its place, as shares of the frame."""
_FOREIGN = 0.45
"""How much of it comes from the other shot."""
_KR, _KB = 0.2126, 0.0722  # ITU-R BT.709-6, item 3.2
_RED, _BLUE = 2 * (1 - _KR) * 255 / 224, 2 * (1 - _KB) * 255 / 224
_TO_YUV = (
    np.array(
        [
            [_KR, 0.0, _KB],
            [-_KR / (2 * (1 - _KB)), 0.0, 0.5],
            [0.5, 0.0, -_KB / (2 * (1 - _KR))],
        ]
    )
    * np.array([[219.0], [224.0], [224.0]])
    / 255.0
)
"""What a level more of red, green (not needed) or blue changes in luma and chroma."""
_MASK = (1 << 64) - 1


def blend(below: Planes, above: Planes, out: Planes, time: float, direction: str) -> None:  # noqa: ARG001  # noise has none
    step = min(int(time * _STEPS), _STEPS - 1)
    strength = smooth(min(time, 1.0 - time), 0.0, 0.3)
    for one in layers(below, above, out):
        shown, other = (one.below, one.above) if 2 * step + 1 < _STEPS else (one.above, one.below)
        np.copyto(one.out, _broken(shown, other, 2 if one.black == 16 else 1, step, strength))
    shift = _REGISTER * strength * (0.35 + 0.65 * _chance(step, 0)) * out.u.shape[1]
    _part_colours(out, shift if step % 2 else -shift)
    for one in layers(below, above, out):
        keep_legal(one)


def _broken(shown: Plane, other: Plane, unit: int, step: int, strength: float) -> Plane:
    """A plane with torn lines and misplaced blocks; places are drawn in chroma samples, of ``unit`` of its own."""
    rows, columns = shown.shape[0] // unit, shown.shape[1] // unit
    torn = shown.copy()
    for number in range(_TEARS + _BLOCKS):
        seen, top, tall, left, wide, far, whose = (_chance(step, 16 * number + draw) for draw in range(1, 8))
        if seen >= strength:
            continue
        start = int(top * rows)
        lines = slice(unit * start, unit * (start + 1 + int(tall**2 * _TALLEST * rows)))
        source = other if whose < _FOREIGN else shown
        moved = unit * int((2 * far - 1) * _FARTHEST * strength * columns)
        if number < _TEARS:
            torn[lines] = np.roll(source[lines], moved, axis=1)
        else:
            first = int(left * columns)
            across = slice(unit * first, unit * (first + 1 + int(wide * _WIDEST * columns)))
            torn[lines, across] = np.roll(source[lines], moved, axis=1)[:, across]
    return torn


def _part_colours(frame: Planes, shift: float) -> None:
    """Move red and blue apart by ``shift`` chroma samples each; green stays.

    Only what that changes is added to the planes.
    """
    height, width = frame.u.shape
    luma = cv2.resize(frame.y, (width, height), interpolation=cv2.INTER_AREA)
    across = Way.of("right")
    changes = []
    for chroma, share, first in ((frame.v, _RED, shift), (frame.u, _BLUE, -shift)):
        colour = cv2.addWeighted(luma, 255 / 219, chroma, share, -16 * 255 / 219 - 128 * share)
        moved = strip(np.asarray(colour, np.uint8), across, first, width)
        changes.append(cv2.subtract(moved, colour, dtype=cv2.CV_32F))
    for plane, (red, blue) in zip((frame.y, frame.u, frame.v), _TO_YUV[:, (0, 2)], strict=True):
        change = cv2.addWeighted(changes[0], float(red), changes[1], float(blue), 0.0, dtype=cv2.CV_16S)
        if plane.shape != change.shape:
            change = cv2.resize(change, (plane.shape[1], plane.shape[0]), interpolation=cv2.INTER_LINEAR)
        cv2.add(plane, change, dst=plane, dtype=cv2.CV_8U)


def _chance(step: int, number: int) -> float:
    """A number of 0–1 that looks random and is always the same (SplitMix64, Steele et al. 2014)."""
    mixed = (step * 1_000_003 + number + 1) * 0x9E3779B97F4A7C15 & _MASK
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _MASK
    return (mixed ^ mixed >> 31) / float(1 << 64)
