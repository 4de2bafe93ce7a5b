"""Every frame is there once, at its time: none dropped, none doubled."""

from __future__ import annotations

from typing import Final

import numpy as np

from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence, judged

NAME: Final = "frames"


def check(evidence: Evidence) -> Check:
    """Passed when frames are shown at exactly even times from 0 on, as many as the timeline has, and are decoded in
    rising order.
    """
    track, rate, due = evidence.picture, evidence.timeline.rate, evidence.timeline.frames
    # Both sides in units that make them whole numbers: no rounding hides an uneven frame.
    shown = np.sort(track.shown) * (track.tick.numerator * rate.num)
    wanted = np.arange(due, dtype=np.int64) * (rate.den * track.tick.denominator)
    same = min(len(shown), due)
    wrong = np.flatnonzero(shown[:same] != wanted[:same])
    rising = bool(np.all(np.diff(track.decoded) > 0))
    good = f"It has {due} frames at an even {rate.num / rate.den:g} a second."
    if len(wrong):
        where = (
            f" from {evidence.seconds(int(wrong[0])):.2f} s on they are not where they should be (dropped or doubled)"
        )
    elif len(shown) != due:
        where = f" they end at {evidence.seconds(len(shown)):.2f} s"
    else:
        where = " they are not decoded in order"
    bad = f"It has {len(shown)} frames where {due} evenly spaced ones are due:{where}; render it again."
    return judged(NAME, not len(wrong) and len(shown) == due and rising, good, bad)
