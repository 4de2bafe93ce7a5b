"""No staircases where dark should run evenly into less dark: steps of one or two levels over wide, flat stretches.

Eyes see steps of a level in the dark on good displays (they are above Barten's contrast threshold there; ITU-R
BT.2246), and encoders make them worse. Grain or dither hides them, and so breaks the flat stretches looked for here.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence, KeyFrame, warned
from reelforge.render.planes import Plane

NAME: Final = "banding"
_DARK: Final = 96
"""Luma below which steps are looked for."""
_LARGEST_STEP: Final = 6
_NARROWEST, _WIDEST = 1 / 60, 1 / 5
"""Of a line's length: how long a flat stretch of a staircase is. Shorter is texture, longer a plain surface."""
_SHARE: Final = 0.5
"""Of the lines of a frame. Encoders alone flatten a smooth, dark picture with grain into up to 0.4, in patches that no
eye sees; a gradient that was rounded without grain has about 0.9.
"""


def check(evidence: Evidence) -> Check:
    """A warning when more than half of a decoded key frame is such staircases, across or down."""
    banded = sorted(key.number for key in evidence.keys if share(key) > _SHARE)
    told = ", ".join(f"{evidence.seconds(number):.1f} s" for number in banded[:4])
    return warned(
        NAME,
        not banded,
        "No dark gradient shows bands.",
        f"Dark gradients show bands at {told}; film grain hides them: write `effects = {{ grain = {{}} }}` for the "
        'channel, or put `{"name": "grain"}` among the effects of the shot.',
    )


def share(key: KeyFrame) -> float:
    """How much of a frame's lines is staircases: 0–1, of the worse direction."""
    return max(_stairs(key.across), _stairs(key.down))


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
