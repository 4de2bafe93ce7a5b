"""Sound stays with the picture from beginning to end, not only in total."""

from __future__ import annotations

from typing import Final

from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence, judged

NAME: Final = "drift"
_APART: Final = 0.010
"""Seconds: well within a frame. Viewers notice sound from 45 ms ahead or 125 ms behind (ITU-R BT.1359-1)."""


def check(evidence: Evidence) -> Check:
    """Passed when the sound's first sample is at 0 and its timestamps never part from its samples by over 10 ms."""
    sound = evidence.sound
    late = abs(sound.start) > _APART
    where = (
        f"The sound begins {abs(sound.start):.3f} s {'late' if sound.start > 0 else 'early'}"
        if late
        else f"At {sound.wander_at:.1f} s the sound is {sound.wander:.3f} s away from its own timestamps"
    )
    return judged(
        NAME,
        not late and sound.wander <= _APART,
        "Sound and picture stay together throughout.",
        f"{where}, so lips and captions are out of time; render it again.",
    )
