"""Captions and cards that keep off the faces in the pictures. Pure: a timeline and what was seen in, a timeline out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from reelforge.domain.picture import Picture
from reelforge.domain.timeline import Shot, Timeline
from reelforge.render import motions
from reelforge.render.moment import Moment

CAPTION_PLACES: Final = (0.76, 0.56, 0.84, 0.46, 0.36)
CARD_PLACES: Final = (0.16, 0.34, 0.46, 0.84)
"""Where text may go instead, as fractions of the frame's height, the ones preferred first."""
_REACH: Final = 0.065
"""Half the height of a text of two lines, as a fraction of a tall frame's height."""
_SIDES: Final = (0.1, 0.9)
_TOUCHING: Final = 0.03
"""Text may lie over so small a part of a head."""
_TIMES: Final = (0.0, 0.5, 0.98)


class Rect(NamedTuple):
    """Fractions of the frame."""

    left: float
    top: float
    right: float
    bottom: float


def keep_off_faces(timeline: Timeline, pictures: Mapping[str, Picture]) -> Timeline:
    """The timeline with captions and cards moved off the heads that are on screen with them.

    ``pictures`` are known by their content's hash. All captions of one shot stand at one height, which is the style's
    wherever that covers nobody.
    """
    starts = list(accumulate((shot.frames for shot in timeline.shots), initial=0))
    heads = [_heads(timeline, shot, pictures) for shot in timeline.shots]
    if not any(heads):
        return timeline

    def seen(first: int, last: int) -> list[Rect]:
        spans = zip(heads, starts, starts[1:], strict=False)
        return [head for found, start, end in spans if start < last and first < end for head in found]

    def place(first: int, last: int, usual: float, others: Sequence[float]) -> float | None:
        return _place(seen(first, last), usual, others, _reach(timeline))

    cues = []
    for cue in timeline.cues:
        shot = max(index for index, start in enumerate(starts[:-1]) if start <= max(cue.first, 0))
        y = place(starts[shot], max(starts[shot + 1], cue.last), timeline.caption_style.y, CAPTION_PLACES)
        cues.append(cue if y is None else cue.model_copy(update={"y": y}))
    cards = []
    for card in timeline.cards:
        y = place(card.first, card.last, timeline.card_style.y, CARD_PLACES)
        cards.append(card if y is None else card.model_copy(update={"y": y}))
    return timeline.model_copy(update={"cues": tuple(cues), "cards": tuple(cards)})


def _reach(timeline: Timeline) -> float:
    size = timeline.size
    return _REACH * (min(size.width, size.height) / size.height) * 16 / 9


def _heads(timeline: Timeline, shot: Shot, pictures: Mapping[str, Picture]) -> list[Rect]:
    """Where a shot's heads are on screen: at its beginning, middle and end."""
    picture = pictures.get(shot.picture.sha256 or "") if shot.picture else None
    if picture is None or picture.sight is None or not picture.sight.faces:
        return []
    length, found = timeline.rate.seconds(shot.frames), []
    for time in _TIMES:
        size = (picture.width, picture.height)
        view = motions.find(shot.motion.name)(shot.motion, size, timeline.size, Moment(time * length, length))[-1]
        for face in picture.sight.faces:
            head = face.head
            found.append(
                Rect(
                    (head.x * size[0] - view.x) / view.width,
                    (head.y * size[1] - view.y) / view.height,
                    (head.right * size[0] - view.x) / view.width,
                    (head.bottom * size[1] - view.y) / view.height,
                )
            )
    return found


def _place(heads: Iterable[Rect], usual: float, others: Sequence[float], reach: float) -> float | None:
    """The height that covers least of any head; None for the usual one."""
    heads = list(heads)
    covered = {y: _covered(heads, y, reach) for y in (usual, *others)}
    if covered[usual] <= _TOUCHING:
        return None
    best = min(covered, key=lambda y: (covered[y] > _TOUCHING, covered[y] if covered[y] > _TOUCHING else 0.0))
    return None if best == usual else best


def _covered(heads: Iterable[Rect], y: float, reach: float) -> float:
    """The largest part of any one head, as far as it is in the frame, that text at a height covers."""
    text = Rect(_SIDES[0], y - reach, _SIDES[1], y + reach)
    shares = [0.0]
    for head in heads:
        inside = _area(head, Rect(0.0, 0.0, 1.0, 1.0))
        if inside > 0:
            shares.append(_area(head, text) / inside)
    return max(shares)


def _area(one: Rect, other: Rect) -> float:
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(0.0, width) * max(0.0, height)
