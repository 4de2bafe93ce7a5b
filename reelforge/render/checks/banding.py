"""No staircases where dark should run evenly into less dark: steps of one or two levels over wide, flat stretches.

Eyes see steps of a level in the dark on good displays (they are above Barten's contrast threshold there; ITU-R
BT.2246), and encoders make them worse. Grain or dither hides them, and so breaks the flat stretches looked for here.
"""

from __future__ import annotations

from typing import Final

from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence, warned

NAME: Final = "banding"
_SHARE: Final = 0.5
"""Of the lines of a frame. Encoders alone flatten a smooth, dark picture with grain into up to 0.4, in patches that no
eye sees; a gradient that was rounded without grain has about 0.9.
"""


def check(evidence: Evidence) -> Check:
    """A warning when more than half of a decoded key frame is such staircases, across or down."""
    banded = sorted(key.number for key in evidence.keys if key.stairs > _SHARE)
    told = ", ".join(f"{evidence.seconds(number):.1f} s" for number in banded[:4])
    return warned(
        NAME,
        not banded,
        "No dark gradient shows bands.",
        f"Dark gradients show bands at {told}; film grain hides them: write `effects = {{ grain = {{}} }}` for the "
        'channel, or put `{"name": "grain"}` among the effects of the shot.',
    )
