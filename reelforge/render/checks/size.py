"""The file is no larger, and its rate no higher, than the timeline allows, or else than every platform takes."""

from __future__ import annotations

from typing import Final

from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence, judged, warned

NAME: Final = "size"
_MOST_BYTES: Final = 300_000_000
_MOST_BITS: Final = 25_000_000
"""Bit/s. Both are Instagram's limits for Reels; they hold where the timeline has none of its own."""


def check(evidence: Evidence) -> Check:
    """Passed up to the timeline's own limits. Where it has none, more than 300 MB or 25 Mbit/s is but a warning: a long
    video may well be so large.
    """
    encode, size = evidence.timeline.encode, evidence.size
    rate = size * 8 / evidence.seconds(evidence.timeline.frames)
    most, fastest = encode.max_bytes or _MOST_BYTES, encode.max_average or _MOST_BITS
    good = f"It has {size / 1e6:.1f} MB, {rate / 1e6:.1f} Mbit/s."
    told = f"It has {size / 1e6:.1f} MB at {rate / 1e6:.1f} Mbit/s; {most / 1e6:g} MB and {fastest / 1e6:g} Mbit/s are"
    broken = size > (encode.max_bytes or size) or rate > (encode.max_average or rate)
    if broken:
        return judged(NAME, False, good, f"{told} allowed. Lower the encoder's bitrate or raise its crf.")
    doubt = f"{told} what every platform takes. Name the platform, or raise the encoder's crf, where that matters."
    return warned(NAME, size <= most and rate <= fastest, good, doubt)
