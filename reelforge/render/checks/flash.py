"""No flashing that can trigger seizures in people with photosensitive epilepsy.

The limits are those of ITU-R BT.1702-3 and of Ofcom's guidance (“Technical guidance for broadcasters on flashing images
and regular patterns in television”, annex 1), which Harding's test made common: a flash is a pair of opposing changes
in luminance of 20 cd/m² or more where the darker image is below 160 cd/m², or a pair of transitions to and from a
saturated red; no more than three flashes within one second are allowed when they take a quarter of the screen. Luma
becomes luminance by ITU-R BT.1886 on a display of 200 cd/m². A saturated red has R/(R+G+B) ≥ 0.8 in linear light, and
(R − G − B)·320 changes by more than 20 (Harding and Binnie 2002; W3C, WCAG 2 “general flash and red flash thresholds”).

Each cell of the record of composed frames is followed on its own. What only moves (a shaken or quickly panned picture,
rain, confetti) flickers in its cells too, but evens out between neighbours: a cell counts when what is about it flashes
with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence, judged, runs
from reelforge.render.looks import Looks, Record

NAME: Final = "flash"
RED_NAME: Final = "red flash"
_PEAK: Final = 200.0
"""cd/m² of white."""
_DARKER: Final = 160.0
_CHANGE: Final = 20
_UNIT: Final = 100
"""Luminance is counted in 1/100 cd/m², so that whole numbers do."""
_AREA: Final = 0.25
_TURNS: Final = 6
"""Changes, up or down, that make three flashes."""
_CHANGE_ABOUT: Final = 10
"""By how much what is about a cell must change with it: half as much, since half of it is outside at a flash's edge."""
_ABOUT: Final = 2
"""What is about a cell: a square with this part of the frame's shorter side. In half of it a picture shaken by 60 px at
1080 still evens out, while a flash on a quarter of the screen does not.
"""
_CHUNK: Final = 256
_LEAST_RED: Final = 140
"""Less of V has no red that counts: 20 units of it need R − G − B ≥ 1/16 beside R ≥ 0.8·(R + G + B), in linear light;
of these the ones about R = 1/12, G = 1/48 have the least, a little more than 147.
"""

Levels = NDArray[np.int16]
"""(frames, rows, columns) in 1/100 cd/m², or as many 1/100 of Harding's units of red."""
Row = NDArray[np.int16]
"""The cells of one frame."""
Measure = Callable[[Record, Record, Record], Levels]
May = Callable[[Record, Record, Record], NDArray[np.bool_]]
"""Gives (rows, columns) of all that :data:`Measure` would."""


def check(evidence: Evidence) -> tuple[Check, ...]:
    """Two checks, of luminance and of red: passed when no second of the composed frames has more than three flashes."""
    if evidence.looks is None:
        return ()
    looks, second = evidence.looks, evidence.frames(1.0)
    return (
        _judge(evidence, NAME, _flashing(looks, _luminance, second), "flashes"),
        _judge(evidence, RED_NAME, _flashing(looks, _redness, second, _reddish), "flashes in saturated red"),
    )


def _judge(evidence: Evidence, name: str, began: NDArray[np.int64], what: str) -> Check:
    seconds = np.zeros(len(began), np.bool_)
    for last in np.flatnonzero(began >= 0):
        seconds[began[last] : last + 1] = True
    stretches = list(runs(seconds))
    told = ", ".join(
        f"{evidence.seconds(first):.1f} to {evidence.seconds(last):.1f} s" for first, last in stretches[:3]
    )
    ends = dict.fromkeys((evidence.shot(first), evidence.shot(last - 1)) for first, last in stretches)
    shots = [f"shots[{one}]" if one == other else f"shots[{one}] to shots[{other}]" for one, other in ends]
    return judged(
        name,
        not stretches,
        f"Nothing {what} more than three times a second.",
        f"The picture {what} more than three times a second from {told}, which can trigger seizures; make the "
        f"pictures, cuts and effects there ({', '.join(shots[:3])}) calmer.",
    )


def _luminance(y: Record, _u: Record, _v: Record) -> Levels:
    """Luminance, cut off 20 cd/m² above the limit for the darker image: what is left changes by 20 only where the
    darker one is below that limit.
    """
    light = _PEAK * np.clip((np.arange(256) - 16) / 219, 0, 1) ** 2.4
    table = np.rint(np.minimum(light, _DARKER + _CHANGE) * _UNIT).astype(np.int16)
    return np.asarray(cv2.LUT(y.reshape(len(y), -1), table), np.int16).reshape(y.shape)


def _reddish(_y: Record, _u: Record, v: Record) -> NDArray[np.bool_]:
    """The cells that may hold a saturated red in some frame."""
    return np.asarray(v.max(axis=0) >= _LEAST_RED)


def _redness(y: Record, u: Record, v: Record) -> Levels:
    """(R − G − B)·320 of saturated reds, 0 of everything else."""
    mean = y.reshape(len(y), u.shape[1], 4, u.shape[2], 4).mean(axis=(2, 4), dtype=np.float32)
    luma = (mean - 16) / 219
    blue, red = ((plane.astype(np.float32) - 128) / 224 for plane in (u, v))
    # ITU-R BT.709-6, item 3: the inverse of its matrix.
    rgb = np.stack([luma + 1.5748 * red, luma - 0.1873 * blue - 0.4681 * red, luma + 1.8556 * blue])
    linear = np.clip(rgb, 0, 1) ** np.float32(2.4)
    strong = linear[0] >= 0.8 * linear.sum(axis=0)
    scale = np.where(strong, np.clip(linear[0] - linear[1] - linear[2], 0, 1) * 320, 0)
    return np.asarray(np.rint(scale * _UNIT), np.int16)


def _flashing(looks: Looks, measure: Measure, second: int, may: May | None = None) -> NDArray[np.int64]:
    """For each frame up to which a second held more than three flashes the frame of their first change, else −1.

    ``may`` says at little cost which cells may change at all.
    """
    # What flickers nowhere needs no closer look, and what hardly changes none at all.
    if _calm(looks, measure, second, may):
        return np.full(looks.count, -1, np.int64)
    found = _followed(looks, measure, _Flicker(second, about=False))
    return found if (found < 0).all() else _followed(looks, measure, _Flicker(second, about=True))


def _calm(looks: Looks, measure: Measure, second: int, may: May | None = None) -> bool:
    """Whether no second can hold more than three flashes: between the first and the last of seven changes lie six of
    full height. All that changes in two stretches of a second bounds what does in any second that touches both.
    """
    parts = [slice(max(0, first - 1), min(first + second, looks.count)) for first in range(0, looks.count, second)]
    able = [may(looks.y[part], looks.u[part], looks.v[part]) if may else None for part in parts]
    before: NDArray[np.int32] | None = None
    for number, part in enumerate(parts):
        if not any(
            _enough(able[one], able[number]) for one in (number - 1, number, number + 1) if 0 <= one < len(able)
        ):
            before = None
            continue
        levels = measure(looks.y[part], looks.u[part], looks.v[part])
        moved = np.abs(np.diff(levels, axis=0)).sum(axis=0, dtype=np.int32)
        both = moved if before is None else before + moved
        if np.count_nonzero(both >= _TURNS * _CHANGE * _UNIT) >= _AREA * moved.size:
            return False
        before = moved
    return True


def _enough(one: NDArray[np.bool_] | None, other: NDArray[np.bool_] | None) -> bool:
    """Whether the cells that may change in either of two stretches are as many as a flash takes."""
    return one is None or other is None or bool(np.count_nonzero(one | other) >= _AREA * one.size)


def _followed(looks: Looks, measure: Measure, flicker: _Flicker) -> NDArray[np.int64]:
    found = np.empty(looks.count, np.int64)
    for first in range(0, looks.count, _CHUNK):
        part = slice(first, min(first + _CHUNK, looks.count))
        levels = measure(looks.y[part], looks.u[part], looks.v[part])
        found[part] = [flicker.see(each) for each in levels]
    return found


class _Course:
    """Levels followed frame by frame: where each turns from rising to falling, or back, by at least ``change``."""

    def __init__(self, first: Row, change: int, second: int) -> None:
        self._change = change
        self._high, self._low = first.copy(), first.copy()
        self._seen = 0
        self.way = np.zeros(len(first), np.int8)
        """1 after a change up, −1 after one down."""
        self.turned = np.zeros((second, len(first)), np.bool_)
        """Of each frame of the last second, going round: ``turned[n % second]``."""
        self.turns = np.zeros(len(first), np.int16)
        """How many changes the last second held."""

    def see(self, levels: Row) -> None:
        """The next frame's levels."""
        np.maximum(self._high, levels, out=self._high)
        np.minimum(self._low, levels, out=self._low)
        up = (levels - self._low >= self._change) & (self.way <= 0)
        down = (self._high - levels >= self._change) & (self.way >= 0)
        turned = up | down
        np.copyto(self._high, levels, where=turned)
        np.copyto(self._low, levels, where=turned)
        np.copyto(self.way, np.where(up, np.int8(1), np.int8(-1)), where=turned)
        place = self._seen % len(self.turned)
        self.turns -= self.turned[place]
        self.turns += turned
        self.turned[place] = turned
        self._seen += 1


class _Flicker:
    """Whether a quarter of the cells turns too often: each for itself, or (``about``) with what is about it as well."""

    def __init__(self, second: int, *, about: bool) -> None:
        self._second = second
        self._with_about = about
        self._seen = 0
        self._cells: _Course | None = None
        self._about: _Course | None = None

    def see(self, levels: NDArray[np.int16]) -> int:
        """The next frame's (rows, columns). Gives the number of the frame in which more than three flashes within the
        second up to it began, or −1.
        """
        self._cells = self._cells or _Course(levels.ravel(), _CHANGE * _UNIT, self._second)
        self._cells.see(levels.ravel())
        self._seen += 1
        often = self._cells.turns > _TURNS
        if self._with_about:
            mean = _mean_about(levels).ravel()
            self._about = self._about or _Course(mean, _CHANGE_ABOUT * _UNIT, self._second)
            self._about.see(mean)
            often = often & (self._about.turns > _TURNS)
        if np.count_nonzero(often) < _AREA * levels.size:
            return -1
        order = np.roll(np.arange(self._second), -(self._seen % self._second))
        some = self._cells.turned[order][:, often].mean(axis=1) >= _AREA
        return max(0, self._seen - self._second + int(np.argmax(some)))


def _mean_about(levels: NDArray[np.int16]) -> NDArray[np.int16]:
    """The mean of the square about each cell of (rows, columns); near the edges, of the last one that is all inside."""
    reach = max(1, min(levels.shape) // _ABOUT // 2)
    if min(levels.shape) <= 2 * reach:  # a frame so narrow has nothing about a cell but that cell
        return levels
    means = cv2.blur(levels, (2 * reach + 1, 2 * reach + 1))[reach:-reach, reach:-reach]
    return np.asarray(cv2.copyMakeBorder(means, reach, reach, reach, reach, cv2.BORDER_REPLICATE))
