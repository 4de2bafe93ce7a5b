"""No clipped waves: what a player plays must not run against full scale."""

from __future__ import annotations

from typing import Final

from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence, judged

NAME: Final = "clipping"
_MOST_TOLD: Final = 3


def check(evidence: Evidence) -> Check:
    """Passed when the decoded sound has no run of three or more samples at full scale (a single one is a peak that just
    reaches it; three are a wave with its top cut off).
    """
    sound = evidence.sound
    times = ", ".join(f"{first / sound.rate:.2f} s" for first in sound.clipped[:_MOST_TOLD])
    more = " and later" if sound.clips > _MOST_TOLD else ""
    return judged(
        NAME,
        not sound.clips,
        "No sample run is clipped.",
        f"The sound is clipped in {sound.clips} places, at {times}{more}; lower the true peak that the timeline asks "
        "for, or use sources that are not clipped themselves.",
    )
