"""Captions and cards that keep off faces and subjects. Pure: a timeline and what was seen in, a timeline out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from reelforge.domain.picture import Picture
from reelforge.domain.sight import Box
from reelforge.domain.timeline import Card, Shot, Timeline
from reelforge.render import motions
from reelforge.render.moment import Moment
from reelforge.render.motion import View, canvas_size

CAPTION_PLACES: Final = (0.76, 0.56, 0.84, 0.46, 0.36)
CARD_PLACES: Final = (0.16, 0.34, 0.46, 0.84)
"""Where text may go instead, as fractions of the frame's height, the ones preferred first."""
_SIDES: Final = (0.1, 0.9)
_TOUCHING: Final = 0.03
"""Text may lie over so small a part of a head."""
_HIDING: Final = 0.2
"""It may hide so much of a subject, which is known by then; and never mind one that fills more than this:"""
_LARGE: Final = 0.5
_TIMES: Final = (0.0, 0.5, 0.98)
_GLIMPSE: Final = 0.5
"""Seconds: a shot that a text is seen over for less, as captions linger until the next, is not worth moving it for."""


class Rect(NamedTuple):
    """Fractions of the frame."""

    left: float
    top: float
    right: float
    bottom: float


_FRAME: Final = Rect(0.0, 0.0, 1.0, 1.0)


class _Reach(NamedTuple):
    """How far a text reaches above and below its middle, and where the safe area that it is held in begins and ends, as
    fractions of the frame's height.
    """

    above: float
    below: float
    top: float
    bottom: float

    def span(self, y: float) -> tuple[float, float]:
        """The top and bottom of a text whose middle is wanted at a height."""
        middle = max(min(y, self.bottom - self.below), self.top + self.above)
        return middle - self.above, middle + self.below


class _Shown(NamedTuple):
    """What is on screen in a shot at one moment: its heads, and its subject if that is not most of what there is."""

    heads: tuple[Rect, ...]
    subjects: tuple[Rect, ...]


def keep_clear(timeline: Timeline, pictures: Mapping[str, Picture]) -> Timeline:
    """The timeline with captions and cards moved off the heads that are on screen with them, and off the subject.

    ``pictures`` are known by their content's hash. All captions of one shot stand at one height, which is the style's
    wherever that covers no head and hides little of the subject; only one that is seen in the next shot as well, and
    covers something there, goes elsewhere. A head goes before a subject; a subject so large that text must lie on it is
    let be.
    """
    shown = [_shown(timeline, shot, pictures) for shot in timeline.shots]
    if not any(moment.heads or moment.subjects for moments in shown for moment in moments):
        return timeline
    starts = list(accumulate((shot.frames for shot in timeline.shots), initial=0))
    glimpse = round(_GLIMPSE * timeline.rate.num / timeline.rate.den)

    def seen(first: int, last: int) -> list[int]:
        """The shots that a text is seen over, the one it is seen over longest first."""
        spans = zip(range(len(shown)), starts, starts[1:], strict=False)
        found = [(min(end, last) - max(start, first), -index) for index, start, end in spans]
        home, *others = sorted(found, reverse=True)
        return [-index for frames, index in (home, *others) if frames >= glimpse or (frames, index) == home]

    usual, reach = timeline.caption_style.y, _reach(timeline)
    heights = [_place(moments, usual, CAPTION_PLACES, reach) for moments in shown]
    cues = []
    for cue in timeline.cues:
        home, *others = seen(cue.first, cue.last)
        moments = [moment for index in (home, *others) for moment in shown[index]]
        y = _place(moments, usual, CAPTION_PLACES, reach) if others else heights[home]
        cues.append(cue if y == usual else cue.model_copy(update={"y": y}))
    usual, cards = timeline.card_style.y, []
    for card in timeline.cards:
        moments = [moment for index in seen(card.first, card.last) for moment in shown[index]]
        y = _place(moments, usual, CARD_PLACES, _reach(timeline, card))
        cards.append(card if y == usual else card.model_copy(update={"y": y}))
    return timeline.model_copy(update={"cues": tuple(cues), "cards": tuple(cards)})


def _reach(timeline: Timeline, card: Card | None = None) -> _Reach:
    """That of the timeline's captions, or of a card, in two lines."""
    from reelforge.render.text import cards, cues  # noqa: PLC0415  # fonts are opened only where there is a face
    from reelforge.render.text.layout import Field  # noqa: PLC0415  # likewise
    from reelforge.render.text.shelf import shelf  # noqa: PLC0415  # likewise

    field = Field.of(timeline)
    if card is None:
        above, below = cues.two_lines(timeline.caption_style, field.scale, shelf())
    else:
        above = below = cards.two_lines(timeline.card_style, card.kind, field.scale, shelf())
    return _Reach(*(each / field.height for each in (above, below, field.top, field.bottom)))


def _shown(timeline: Timeline, shot: Shot, pictures: Mapping[str, Picture]) -> list[_Shown]:
    """What a shot shows at its beginning, middle and end."""
    picture = pictures.get(shot.picture.sha256 or "") if shot.picture else None
    if picture is None or picture.sight is None:
        return []
    length, found = timeline.rate.seconds(shot.frames), []
    sight, size = picture.sight, (picture.width, picture.height)
    canvas = canvas_size(size, timeline.size) if shot.fit == "blur" else size
    place = (canvas[0] - size[0]) / 2, (canvas[1] - size[1]) / 2, *size
    for time in _TIMES:
        view = motions.find(shot.motion.name)(shot.motion, canvas, timeline.size, Moment(time * length, length))[-1]
        heads = tuple(_on_screen(face.head, place, view) for face in sight.faces)
        subject = _on_screen(sight.subject.box, place, view) if sight.subject else None
        small = subject is not None and 0 < _area(subject, _FRAME) <= _LARGE
        found.append(_Shown(heads, (subject,) if subject is not None and small else ()))
    return found


def _on_screen(box: Box, picture: tuple[float, float, float, float], view: View) -> Rect:
    """Where a part of a picture is in the frame; of the picture the left, the top, the width and the height count, in
    what the view counts in.
    """
    left, top, width, height = picture
    return Rect(
        (left + box.x * width - view.x) / view.width,
        (top + box.y * height - view.y) / view.height,
        (left + box.right * width - view.x) / view.width,
        (top + box.bottom * height - view.y) / view.height,
    )


def _place(shown: Sequence[_Shown], usual: float, others: Sequence[float], reach: _Reach) -> float:
    """The height that covers least of any head, and among those that cover none, least of a subject; the first of them
    where several do, ``usual`` before the ``others``.
    """

    def cost(y: float) -> tuple[float, float]:
        head = _covered((rect for moment in shown for rect in moment.heads), y, reach)
        subject = _covered((rect for moment in shown for rect in moment.subjects), y, reach)
        return (head if head > _TOUCHING else 0.0, subject if subject > _HIDING else 0.0)

    return min((usual, *others), key=cost)


def _covered(things: Iterable[Rect], y: float, reach: _Reach) -> float:
    """The largest part of any one thing, as far as it is in the frame, that text at a height covers."""
    top, bottom = reach.span(y)
    text = Rect(_SIDES[0], top, _SIDES[1], bottom)
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
