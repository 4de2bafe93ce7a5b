"""The file is no larger, and its rate no higher, than every platform takes."""

from __future__ import annotations

from typing import Final

from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence, judged

NAME: Final = "size"
_MOST_BYTES: Final = 300_000_000
_MOST_BITS: Final = 25_000_000
"""Bit/s. Both are Instagram's limits for Reels, the strictest of the platforms published to."""


def check(evidence: Evidence) -> Check:
    """Passed up to 300 MB and 25 Mbit/s over the timeline's length."""
    size = evidence.size
    rate = size * 8 / evidence.seconds(evidence.timeline.frames)
    return judged(
        NAME,
        size <= _MOST_BYTES and rate <= _MOST_BITS,
        f"It has {size / 1e6:.1f} MB, {rate / 1e6:.1f} Mbit/s.",
        f"It has {size / 1e6:.1f} MB at {rate / 1e6:.1f} Mbit/s; 300 MB and 25 Mbit/s are allowed. "
        "Lower the encoder's bitrate or raise its crf.",
    )
