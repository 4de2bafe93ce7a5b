"""The file is an MP4 whose header comes before the media, so that it plays while it is still being loaded.

Box order: ISO/IEC 14496-12; platforms ask for “moov” in front (Instagram content publishing, “faststart”).
"""

from __future__ import annotations

from typing import Final

from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence, judged

NAME: Final = "container"


def check(evidence: Evidence) -> Check:
    """Passed when the file begins with ftyp, and moov stands before mdat."""
    names = evidence.boxes
    order = b"moov" in names and b"mdat" in names and names.index(b"moov") < names.index(b"mdat")
    return judged(
        NAME,
        names[:1] == (b"ftyp",) and order,
        "It is an MP4 with its header first.",
        "It is not an MP4 with its header (moov) before the media; render it again.",
    )
