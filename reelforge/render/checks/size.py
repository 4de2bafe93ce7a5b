"""The file is no larger, and its rate no higher, than every platform takes."""

from __future__ import annotations

from typing import Final

from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence, judged

NAME: Final = "size"
_MOST_BYTES: Final = 300_000_000
_MOST_BITS: Final = 25_000_000
"""Bit/s. Both are Instagram's limits for Reels; they hold where the timeline has none of its own."""


def check(evidence: Evidence) -> Check:
    """Passed up to the timeline's own limits, or 300 MB and 25 Mbit/s over its length."""
    encode, size = evidence.timeline.encode, evidence.size
    rate = size * 8 / evidence.seconds(evidence.timeline.frames)
    most, fastest = encode.max_bytes or _MOST_BYTES, encode.max_average or _MOST_BITS
    return judged(
        NAME,
        size <= most and rate <= fastest,
        f"It has {size / 1e6:.1f} MB, {rate / 1e6:.1f} Mbit/s.",
        f"It has {size / 1e6:.1f} MB at {rate / 1e6:.1f} Mbit/s; {most / 1e6:g} MB and {fastest / 1e6:g} Mbit/s are "
        "allowed. Lower the encoder's bitrate or raise its crf.",
    )
