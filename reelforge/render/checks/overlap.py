"""No text, logo or panel over the pictures stands over another."""

from __future__ import annotations

from typing import Final, NamedTuple

from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence, Text, named, warned
from reelforge.render.layer import together

NAME: Final = "overlap"
_MOST: Final = 8
_OVER: Final = 4 / 1080
"""Of the frame's shorter side: soft edges may reach so far into one another."""


class _Meeting(NamedTuple):
    """Two things that stand over each other in frames ``[first, last)``, or now and then in them."""

    first: int
    last: int
    names: str


def check(evidence: Evidence) -> Check | tuple[Check, ...]:
    """A warning when captions, cards and the parts of overlays cover one another where they come to rest: when the
    rectangles around their ink do. Bars and waves, which are drawn anew in every frame, are not looked at.
    """
    if evidence.texts is None:
        return ()
    found = _meetings(evidence)
    told = [
        f"From {evidence.seconds(first):.1f} to {evidence.seconds(last):.1f} s {names} stand over each other."
        for first, last, names in found[:_MOST]
    ]
    told += [f"So do {len(found) - _MOST} more."] if len(found) > _MOST else []
    return warned(
        NAME,
        not told,
        "No text, logo or panel stands over another.",
        " ".join([*told, "Make one smaller or shorter, move it, or show it at another time."]),
    )


def _meetings(evidence: Evidence) -> list[_Meeting]:
    """Of each two owners one, in the order in which they first meet. Captions are one owner: none is seen with another,
    but for the words of one.
    """
    found: dict[frozenset[str], _Meeting] = {}
    least = _OVER * min(evidence.timeline.size.width, evidence.timeline.size.height)
    standing: list[Text] = []
    for text in sorted((*(evidence.texts or ()), *evidence.overlaid)):
        standing = [one for one in standing if one.last > text.first]
        for one in standing:
            owners = frozenset((one.place or "cues", text.place or "cues"))
            if len(owners) == 1 or not _touch(one, text, least):
                continue
            if together((one.first, one.last), (text.first, text.last), evidence.timeline.rate):
                first, last = max(one.first, text.first), min(one.last, text.last)
                names = " and ".join(named(evidence.timeline, each) for each in (one, text))
                known = found.get(owners, _Meeting(first, last, names))
                found[owners] = known._replace(first=min(first, known.first), last=max(last, known.last))
        standing.append(text)
    return [*found.values()]


def _touch(one: Text, other: Text, least: float) -> bool:
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    return wide > least and high > least
