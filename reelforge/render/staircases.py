"""How much of a picture is staircases: flat stretches where dark should run evenly into less dark, one step apart."""

from __future__ import annotations

from typing import Final

import numpy as np

from reelforge.render.planes import Plane

_DARK: Final = 96
"""Luma below which steps are looked for."""
_LARGEST_STEP: Final = 6
_NARROWEST, _WIDEST = 1 / 60, 1 / 5
"""Of a line's length: how long a flat stretch of a staircase is. Shorter is texture, longer a plain surface."""
_LINES: Final = 128
"""Of how many lines, each way, are looked at."""


def staircases(luma: Plane) -> float:
    """The share of a picture's lines that is staircases: 0–1, of the worse direction."""
    height, width = luma.shape
    across = luma[:: max(1, height // _LINES)]
    down = np.ascontiguousarray(luma[:, :: max(1, width // _LINES)].T)
    return max(_stairs(across), _stairs(down))


def _stairs(lines: Plane) -> float:
    """The share of (lines, length) that lies between two steps in one direction, each with flat stretches about it."""
    count, length = lines.shape
    step = np.diff(lines.astype(np.int16), axis=1)
    line, place = np.nonzero(step)
    if len(line) < 3:
        return 0.0
    height = step[line, place]
    gap = np.where(line[1:] == line[:-1], place[1:] - place[:-1], 0)
    flat = (gap >= max(6, _NARROWEST * length)) & (gap <= _WIDEST * length)
    small = (np.abs(height) <= _LARGEST_STEP) & (lines[line, place] < _DARK)
    stair = flat & small[1:] & small[:-1] & (np.sign(height[1:]) == np.sign(height[:-1]))
    return float(np.sum(gap[stair]) / (count * length))
