"""Picture and sound end together, where the timeline ends."""

from __future__ import annotations

from typing import Final

from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence, judged

NAME: Final = "length"
_APART: Final = 0.025
"""Seconds. Below the 45 ms by which sound may lead (ITU-R BT.1359-1, detectability)."""


def check(evidence: Evidence) -> Check:
    """Passed when picture, sound and timeline end within 25 ms of each other."""
    due = evidence.seconds(evidence.timeline.frames)
    picture, sound = evidence.picture.seconds, evidence.sound.seconds
    apart = max(abs(picture - due), abs(sound - due), abs(picture - sound))
    return judged(
        NAME,
        apart <= _APART,
        f"Picture and sound both last {due:.3f} s.",
        f"The picture lasts {picture:.3f} s and the sound {sound:.3f} s, where the timeline says {due:.3f} s; "
        "render it again.",
    )
