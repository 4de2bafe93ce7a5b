"""Captions and cards that keep off faces and subjects. Pure: a timeline and what was seen in, a timeline out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from reelforge.domain.picture import Picture
from reelforge.domain.sight import Box
from reelforge.domain.timeline import Shot, Timeline
from reelforge.render import motions
from reelforge.render.moment import Moment
from reelforge.render.motion import View

CAPTION_PLACES: Final = (0.76, 0.56, 0.84, 0.46, 0.36)
CARD_PLACES: Final = (0.16, 0.34, 0.46, 0.84)
"""Where text may go instead, as fractions of the frame's height, the ones preferred first."""
_REACH: Final = 0.065
"""Half the height of a text of two lines, as a fraction of a tall frame's height."""
_SIDES: Final = (0.1, 0.9)
_TOUCHING: Final = 0.03
"""Text may lie over so small a part of a head."""
_HIDING: Final = 0.2
"""It may hide so much of a subject, which is known by then; and never mind one that fills more than this:"""
_LARGE: Final = 0.5
_TIMES: Final = (0.0, 0.5, 0.98)


class Rect(NamedTuple):
    """Fractions of the frame."""

    left: float
    top: float
    right: float
    bottom: float


_FRAME: Final = Rect(0.0, 0.0, 1.0, 1.0)


class _Shown(NamedTuple):
    """What is on screen in a shot at one moment: its heads, and its subject if that is not most of what there is."""

    heads: tuple[Rect, ...]
    subjects: tuple[Rect, ...]


def keep_clear(timeline: Timeline, pictures: Mapping[str, Picture]) -> Timeline:
    """The timeline with captions and cards moved off the heads that are on screen with them, and off the subject.

    ``pictures`` are known by their content's hash. All captions of one shot stand at one height, which is the style's
    wherever that covers no head and hides little of the subject. A head goes before a subject; a subject so large that
    text must lie on it is let be.
    """
    starts = list(accumulate((shot.frames for shot in timeline.shots), initial=0))
    shown = [_shown(timeline, shot, pictures) for shot in timeline.shots]
    if not any(moment.heads or moment.subjects for moments in shown for moment in moments):
        return timeline

    def place(first: int, last: int, usual: float, others: Sequence[float]) -> float | None:
        spans = zip(shown, starts, starts[1:], strict=False)
        seen = [moment for moments, start, end in spans if start < last and first < end for moment in moments]
        return _place(seen, usual, others, _reach(timeline))

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


def _shown(timeline: Timeline, shot: Shot, pictures: Mapping[str, Picture]) -> list[_Shown]:
    """What a shot shows at its beginning, middle and end."""
    picture = pictures.get(shot.picture.sha256 or "") if shot.picture else None
    if picture is None or picture.sight is None:
        return []
    length, found = timeline.rate.seconds(shot.frames), []
    sight, size = picture.sight, (picture.width, picture.height)
    for time in _TIMES:
        view = motions.find(shot.motion.name)(shot.motion, size, timeline.size, Moment(time * length, length))[-1]
        heads = tuple(_on_screen(face.head, size, view) for face in sight.faces)
        subject = _on_screen(sight.subject.box, size, view) if sight.subject else None
        small = subject is not None and 0 < _area(subject, _FRAME) <= _LARGE
        found.append(_Shown(heads, (subject,) if subject is not None and small else ()))
    return found


def _on_screen(box: Box, size: tuple[int, int], view: View) -> Rect:
    return Rect(
        (box.x * size[0] - view.x) / view.width,
        (box.y * size[1] - view.y) / view.height,
        (box.right * size[0] - view.x) / view.width,
        (box.bottom * size[1] - view.y) / view.height,
    )


def _place(shown: Sequence[_Shown], usual: float, others: Sequence[float], reach: float) -> float | None:
    """The height that covers least of any head, and among those that cover none, least of a subject; None for the usual
    one.
    """

    def cost(y: float) -> tuple[float, float]:
        head = _covered((rect for moment in shown for rect in moment.heads), y, reach)
        subject = _covered((rect for moment in shown for rect in moment.subjects), y, reach)
        return (head if head > _TOUCHING else 0.0, subject if subject > _HIDING else 0.0)

    best = min((usual, *others), key=cost)
    return None if best == usual else best


def _covered(things: Iterable[Rect], y: float, reach: float) -> float:
    """The largest part of any one thing, as far as it is in the frame, that text at a height covers."""
    text = Rect(_SIDES[0], y - reach, _SIDES[1], y + reach)
    shares = [0.0]
    for thing in things:
        inside = _area(thing, _FRAME)
        if inside > 0:
            shares.append(_area(thing, text) / inside)
    return max(shares)


def _area(one: Rect, other: Rect) -> float:
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(0.0, width) * max(0.0, height)
