"""The picture is what the timeline asks for: its codec and its size, 8 bits, 4:2:0."""

from __future__ import annotations

from typing import Final

from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence, judged

NAME: Final = "picture"


def check(evidence: Evidence) -> Check:
    """Passed when codec, pixel format and size are as they should be."""
    size = evidence.timeline.size
    track = evidence.picture
    wanted = (evidence.timeline.encode.codec, "yuv420p", (size.width, size.height))
    got = (track.codec, track.format, track.size)
    return judged(
        NAME,
        got == wanted,
        f"The picture is {_told(*got)}.",
        f"The picture is {_told(*got)}, not {_told(*wanted)}; render it again.",
    )


def _told(codec: str, pixels: str, size: tuple[int, int]) -> str:
    return f"{codec} {pixels} {size[0]}×{size[1]}"
