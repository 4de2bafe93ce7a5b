"""Text stands where no platform's own controls cover it."""

from __future__ import annotations

from typing import Final

from reelforge.domain.post import Check
from reelforge.domain.timeline import Timeline
from reelforge.render.evidence import Evidence, Text, judged, named, warned
from reelforge.render.text.layout import Field

NAME: Final = "safe zones"
_OVER: Final = 4 / 1080
"""Of the frame's shorter side: soft edges of letters may reach so far out. Panels stand on whole pixels: one more."""


def check(evidence: Evidence) -> Check | tuple[Check, ...]:
    """Passed when the ink of every caption and card, taken from its real pixels where it comes to rest, is inside the
    safe area.
    """
    if evidence.texts is None:
        return ()
    timeline = evidence.timeline
    area, texts = safe_area(timeline), evidence.texts
    outside = [(text, sides) for text in texts if (sides := _sides(text, area))]
    told = "; ".join(
        f"from {evidence.seconds(text.first):.1f} to {evidence.seconds(text.last):.1f} s {name} stands {sides}"
        for text, sides in outside[:3]
        for name in [named(timeline, text)]
    )
    more = f", and {len(outside) - 3} more" if len(outside) > 3 else ""
    if texts and not outside and not Field.of(timeline).asked:
        told = "The safe area leaves too little of the frame for text, which keeps off its edges instead; "
        return warned(NAME, False, "", f"{told}make safe_area’s margins smaller.")
    return judged(
        NAME,
        not outside,
        f"All {len(texts)} texts stand inside the safe area." if texts else "There is no text.",
        f"{told[:1].upper()}{told[1:]}{more}, outside the safe area; make the text shorter or smaller, or move it.",
    )


def safe_area(timeline: Timeline) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) in output pixels: the timeline's margins, or those that take their place in a frame of
    another shape, and the width of soft edges.
    """
    field, size = Field.of(timeline), timeline.size
    over = 1 + _OVER * min(size.width, size.height)
    left = min(timeline.safe_area.left * field.scale, field.side)
    right = min(timeline.safe_area.right * field.scale, field.side)
    return left - over, field.top - over, size.width - right + over, field.bottom + over


def _sides(text: Text, area: tuple[float, float, float, float]) -> str:
    """Over which edges a text reaches, and how far."""
    over = {
        "left": area[0] - text.left,
        "top": area[1] - text.top,
        "right": text.right - area[2],
        "bottom": text.bottom - area[3],
    }
    return ", ".join(f"{pixels:.0f} px too far to the {side}" for side, pixels in over.items() if pixels > 0)
