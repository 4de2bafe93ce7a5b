"""The first thing in the file is a picture that stands on its own, at time 0: no grey or late start."""

from __future__ import annotations

from typing import Final

from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence, judged

NAME: Final = "opening"


def check(evidence: Evidence) -> Check:
    """Passed when the first key frame is shown at time 0."""
    return judged(
        NAME,
        evidence.picture.opens_with_key,
        "It opens with a key frame at time 0.",
        "It does not open with a key frame at time 0; render it again.",
    )
