"""The stream says how its numbers are to be read as colours; without it players guess, and differ."""

from __future__ import annotations

from typing import Final

from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence, judged

NAME: Final = "colours"
_BT709: Final = (1, 1, 1, 1)
"""Primaries, transfer, matrix (ISO/IEC 23091-2) and limited range (libavutil's AVCOL_RANGE_MPEG)."""


def check(evidence: Evidence) -> Check:
    """Passed when primaries, transfer, matrix and range are marked as BT.709, limited range."""
    return judged(
        NAME,
        evidence.picture.colours == _BT709,
        "Its colours are marked BT.709, limited range.",
        "Its colours are not marked as BT.709, limited range; render it again, with another encoder if it stays so.",
    )
