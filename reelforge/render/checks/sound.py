"""The sound is what every platform takes: AAC, 48 kHz, stereo."""

from __future__ import annotations

from typing import Final

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence, judged

NAME: Final = "sound"


def check(evidence: Evidence) -> Check:
    """Passed when codec, sample rate and channels are as they should be."""
    sound = evidence.sound
    got = (sound.codec, sound.rate, sound.channels)
    said = f"The sound is {sound.codec.upper()}, {sound.rate} Hz, {sound.channels} channels"
    return judged(
        NAME,
        got == ("aac", SAMPLE_RATE, 2),
        f"{said}.",
        f"{said}, where AAC, {SAMPLE_RATE} Hz, 2 channels are due; render it again.",
    )
