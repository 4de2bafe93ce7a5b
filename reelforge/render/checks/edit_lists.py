"""No edit lists: platforms refuse them, and players differ in how they follow them."""

from __future__ import annotations

from typing import Final

from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence, judged

NAME: Final = "edit lists"


def check(evidence: Evidence) -> Check:
    """Passed when no track has an edts box (ISO/IEC 14496-12, 8.6.5)."""
    return judged(
        NAME,
        b"edts" not in evidence.boxes,
        "It has no edit lists.",
        "It has an edit list, which platforms refuse; render it again.",
    )
