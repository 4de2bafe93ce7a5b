"""The frame as an overlay sees it: where it may stand, how large a pixel of its template is, when it comes and goes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from reelforge.domain.captions import parts_of
from reelforge.domain.timeline import AudioPlan, Rate, Size, Timeline
from reelforge.errors import InputError
from reelforge.render import animations
from reelforge.render.animations import Extent
from reelforge.render.layer import Course, Layer, together
from reelforge.render.overlays.images import Mark
from reelforge.render.overlays.options import Coming, Lettering, Place
from reelforge.render.overlays.pieces import Piece
from reelforge.render.text.clusters import clean
from reelforge.render.text.layers import Standing
from reelforge.render.text.layout import Block, Field, clear, set_block
from reelforge.render.text.shape import Voice
from reelforge.render.text.shelf import Shelf
from reelforge.render.text.sprite import Box

_LEAST_WIDTH: Final = 2.0
"""Output pixels for a text; its letters are made so small that they fit."""
_SMALLEST: Final = 0.4
"""How small an overlay may become to fit into the safe area, and its letters for a word to fit into its width."""
_LEAST_LETTERS: Final = 18
"""Pixels of a frame whose shorter side is 1080: the size to which a word's letters may shrink."""
_GAP: Final = 8
"""Pixels of the template between an overlay and what stands already, shadows included."""


class _NarrowError(InputError):
    """A text that has no width to be set in, at this size of the overlay."""


class Stage(Struct, frozen=True):
    """An overlay's frame: ``where`` names it in the timeline; it shows during frames ``[first, last)`` of ``frames``.

    ``field`` is the safe area as captions see it, ``edges`` its left, top, right and bottom in even pixels, ``scale``
    the output pixels of one of the template's, ``taken`` what else stands in the frame, and when.
    """

    where: str
    size: Size
    rate: Rate
    field: Field
    edges: tuple[int, int, int, int]
    scale: float
    books: Shelf
    language: str
    first: int
    last: int
    frames: int
    text: Mapping[str, str]
    image: Mark | None
    audio: AudioPlan
    taken: tuple[Standing, ...] = ()

    @classmethod
    def of(
        cls,
        timeline: Timeline,
        where: str,
        span: tuple[int, int],
        text: Mapping[str, str],
        image: Mark | None,
        books: Shelf,
        taken: Sequence[Standing],
    ) -> Stage:
        size, safe = timeline.size, timeline.safe_area
        field = Field.of(timeline)
        left, right = safe.left * field.scale, size.width - safe.right * field.scale
        if right - left < size.width / 4:
            left, right = field.side, size.width - field.side
        return cls(
            where,
            size,
            timeline.rate,
            field,
            (
                _even(left, math.ceil),
                _even(field.top, math.ceil),
                _even(right, math.floor),
                _even(field.bottom, math.floor),
            ),
            min(size.width, size.height) / 1080,
            books,
            timeline.language,
            *span,
            timeline.frames,
            text,
            image,
            timeline.audio,
            tuple(one for one in taken if together((one[0], one[1]), span, timeline.rate)),
        )

    def room(self, place: Place) -> tuple[float, float]:
        """The width and height that something standing there may take."""
        side = "left" in place.corner or "right" in place.corner
        left, top, right, bottom = self.edges
        width, height = (right - left if side else self.field.room), bottom - top
        return width - self.scale * place.margin_x, height - self.scale * place.margin_y

    def stand(self, place: Place, width: float, height: float, *, free: bool = True) -> tuple[int, int]:
        """The left and top (even) of something that large, inside the safe area; ``free``: moved up or down until it
        stands clear of what stands already, where there is room.
        """
        across, down = self.scale * place.margin_x, self.scale * place.margin_y
        left, top, right, bottom = self.edges
        x = (self.size.width - width) / 2
        if "left" in place.corner:
            x = left + across
        elif "right" in place.corner:
            x = right - across - width
        y = (top + bottom - height) / 2
        if "top" in place.corner:
            y = top + down
        elif "bottom" in place.corner:
            y = bottom - down - height
        column = _even(max(left, min(x, right - width)), math.floor)
        row = _even(max(top, min(y, bottom - height)), math.floor)
        if free:
            wanted = Box.around(column, row, column + width, row + height)
            others = [box for _, _, box in self.taken]
            row += clear(wanted, self.field, others, _GAP * self.scale) or clear(wanted, self.field, others, 0)
        return column, row

    def free(self, box: Box) -> list[tuple[int, int]]:
        """The stretches of the overlay's frames in which nothing else stands within a box, in order."""
        edges = [(first, last) for first, last, other in self.taken if _touch(box, other)]
        found, at = [], self.first
        for first, last in sorted(edges):
            if first > at:
                found.append((at, first))
            at = max(at, last)
        return [*found, (at, self.last)] if at < self.last else found

    def fitted(self, place: Place, measure: Callable[[Stage], tuple[float, float]]) -> Stage:
        """This stage, or one with smaller pixels, in which what ``measure`` finds (width, height) has room.

        Raises InputError when it would have to be too small to be seen.
        """
        stage = self
        while True:
            most = stage.room(place)
            try:
                width, height = measure(stage)
            except _NarrowError:
                if stage.scale < _SMALLEST * self.scale:
                    raise
                width, height = math.inf, math.inf
            if width <= most[0] + 1 and height <= most[1] + 1:
                return stage
            if stage.scale < _SMALLEST * self.scale:
                raise self.cramped(wordy=min(most) >= 2 and not self.image)
            stage = replace(stage, scale=stage.scale * 0.92)

    def cramped(self, *, wordy: bool = False) -> InputError:
        """The refusal of an overlay that has no room in the frame, ``wordy``: for its text alone."""
        what, remedy = "it has no room", "Make it or its margins smaller, or the frame larger."
        if wordy:
            what, remedy = "its text is too long to stand", "Shorten the text, or choose smaller letters."
        frame = f"{self.size.width} × {self.size.height}"
        return InputError(f"{self.where}: {what} in the safe area of a frame of {frame}.", remedy=remedy)

    def block(self, name: str, letters: Lettering, width: float, *, least: float = 0.8) -> Block | None:
        """A text of the overlay on lines of ``width`` px; None when it is not given."""
        text = clean(self.text.get(name, ""))
        if not text:
            return None
        if width < _LEAST_WIDTH:
            raise _NarrowError(
                f"{self.where}: its {name} has no room between what stands beside it.",
                remedy="Let the template be wider, or what it has on the left and right of its text narrower.",
            )
        if letters.uppercase:
            text = text.upper()
        words = [part for word in text.split() for part in parts_of(word)]
        voice = Voice(self.books, self.books.face(letters.font), letters.size * self.scale, self.language)
        block = set_block(words, voice, width, stroke=letters.stroke_width * self.scale, least=least)
        smallest = min(_SMALLEST * voice.size, _LEAST_LETTERS / 1080 * min(self.size.width, self.size.height))
        if block.cap < smallest * voice.face.cap_height:
            raise _NarrowError(
                f"{self.where}: its {name} has a word too long for its width.",
                remedy="Shorten the word, part it with a space, or let the template be wider.",
            )
        return block

    def number(self, seconds: float) -> int:
        """Seconds as a number of frames."""
        return round(seconds * self.rate.num / self.rate.den)

    def courses(
        self, ways: tuple[Coming, Coming], extents: tuple[Extent, Extent], nth: int, of: int
    ) -> tuple[int, int, Course | None, Course | None]:
        """First and last frame, and how the ``nth`` ``of`` an overlay's parts comes and goes. An overlay that is shown
        only briefly does both faster, so that it stands still for a third of its time at least.
        """
        length = self.last - self.first
        enter, leave = ways
        hurry = [
            min(1.0, length / 3 / max(1, self.number(way.seconds + way.stagger * (of - 1)))) for way in (enter, leave)
        ]
        first = self.first + int(hurry[0] * self.number(enter.stagger * nth))
        last = self.last - int(hurry[1] * self.number(leave.stagger * nth))
        coming = animations.course(
            enter.animation, enter.easing, int(hurry[0] * self.number(enter.seconds)), extents[0]
        )
        going = animations.course(leave.animation, leave.easing, int(hurry[1] * self.number(leave.seconds)), extents[1])
        return first, last, coming, going

    def extent(self, way: Coming, box: Box, group: Box) -> Extent:
        """What an animation must know of a box that moves with a group of others."""
        travel = way.travel * self.scale
        if not way.travel:
            travel = {
                "left": group.right,
                "right": self.size.width - group.left,
                "top": group.bottom,
                "bottom": self.size.height - group.top,
            }[way.side]
        middle = (group.left + group.right) / 2 - box.left, (group.top + group.bottom) / 2 - box.top
        return Extent(box.width, box.height, middle, travel, way.side)

    def layer(
        self, piece: Piece, ways: tuple[Coming, Coming], *, nth: int = 0, of: int = 1, group: Box | None = None
    ) -> Layer:
        """A piece as a layer: the ``nth`` ``of`` those of an overlay; it grows and turns about its group's middle."""
        around = group or piece.box
        extents = self.extent(ways[0], piece.box, around), self.extent(ways[1], piece.box, around)
        first, last, enter, leave = self.courses(ways, extents, nth, of)
        box = piece.box
        return Layer(
            first,
            last,
            box.left,
            box.top,
            piece.identity,
            piece.draw,
            width=box.width,
            height=box.height,
            enter=enter,
            leave=leave,
        )


def _touch(one: Box, other: Box) -> bool:
    return one.left < other.right and other.left < one.right and one.top < other.bottom and other.top < one.bottom


def _even(value: float, snap: Callable[[float], int]) -> int:
    """The next even pixel in the direction of ``snap``."""
    return 2 * snap(value / 2)
