"""Nothing over the pictures stands over something else there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from reelforge.domain.post import Check
from reelforge.domain.timeline import Timeline
from reelforge.render.evidence import Evidence, Text, named, warned

NAME: Final = "overlap"
_MOST: Final = 3
_OVER: Final = 4 / 1080
"""Of the frame's shorter side: soft edges may reach so far into one another."""


def check(evidence: Evidence) -> Check | tuple[Check, ...]:
    """A warning when a caption, a card or an overlay that stands in its place covers part of another, by its ink."""
    if evidence.texts is None:
        return ()
    found = islice(_pairs(evidence.texts, evidence.timeline), _MOST + 1)
    told = [_told(evidence, one, other) for one, other in islice(found, _MOST)]
    more = "There is more of the kind." if next(found, None) else ""
    return warned(
        NAME,
        not told,
        "Nothing over the pictures stands over something else there.",
        " ".join([*told, "Make one smaller or shorter, move it, or show it at another time.", more]).rstrip(),
    )


def _pairs(texts: tuple[Text, ...], timeline: Timeline) -> Iterator[tuple[Text, Text]]:
    """Those that are on screen at a time, and touch; of two owners, once each. Captions never are at a time."""
    least, seen = _OVER * min(timeline.size.width, timeline.size.height), set()
    standing: list[Text] = []
    for text in sorted(texts):
        standing = [one for one in standing if one.last > text.first]
        for one in standing:
            owners = one.place or "cues", text.place or "cues"
            wide = min(one.right, text.right) - max(one.left, text.left)
            high = min(one.bottom, text.bottom) - max(one.top, text.top)
            if owners[0] != owners[1] and owners not in seen and wide > least and high > least:
                seen.add(owners)
                yield one, text
        standing.append(text)


def _told(evidence: Evidence, one: Text, other: Text) -> str:
    first, last = max(one.first, other.first), min(one.last, other.last)
    names = " and ".join(named(evidence.timeline, text) for text in (one, other))
    return f"From {evidence.seconds(first):.1f} to {evidence.seconds(last):.1f} s {names} stand over each other."
