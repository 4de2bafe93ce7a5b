"""What is heard is as loud as the timeline says, and its peaks leave room for players' converters.

Both are measured on the decoded sound, after ITU-R BS.1770-4.
"""

from __future__ import annotations

from math import isfinite
from typing import Final

from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence, judged, warned

NAME: Final = "loudness"
PEAK_NAME: Final = "true peak"
_OFF_LU: Final = 0.3
_OVER_DB: Final = 0.02
"""What another decoder's arithmetic may add."""
_NEAR_DB: Final = 1.5
"""With peaks so near the ceiling, a sound that is too quiet could not be made louder."""


def check(evidence: Evidence) -> tuple[Check, ...]:
    """Passed within ±0.3 LU of the timeline's loudness and below its ceiling. Too quiet is but a warning when the peaks
    leave no room to be louder. Silence is another check's affair.
    """
    plan, sound = evidence.timeline.audio, evidence.sound
    if not (plan.speech or plan.music) or not isfinite(sound.loudness):
        return ()
    off = sound.loudness - plan.loudness
    peaks = judged(
        PEAK_NAME,
        sound.true_peak <= plan.true_peak + _OVER_DB,
        f"Its true peak is {sound.true_peak:.1f} dBTP.",
        f"Its true peak is {sound.true_peak:.1f} dBTP, where the timeline allows {plan.true_peak:.1f}; lower "
        "audio.loudness or audio.true_peak.",
    )
    told = f"It is {sound.loudness:.1f} LUFS loud"
    asked = f"{told}, where the timeline asks for {plan.loudness:.1f}"
    full = sound.true_peak >= plan.true_peak - _NEAR_DB
    if off < -_OFF_LU and full:
        return warned(NAME, False, "", f"{asked}; its peaks leave no room for more."), peaks
    return judged(NAME, abs(off) <= _OFF_LU, f"{told}.", f"{asked}; use a source with a more even level."), peaks
