"""Words broken into even lines, and where those lines stand in the frame."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from reelforge.domain.phrasing import joiner
from reelforge.domain.timeline import Timeline
from reelforge.render.text.shape import Line, Voice, base_level, set_line
from reelforge.render.text.sprite import Box, Placed

LEADING: Final = 1.16
"""Baseline to baseline, in ems."""
_AIR: Final = 0.12
"""The least room between the ink of two lines, in ems."""
_STUB: Final = 2.6
"""Ems: a word narrower than this, alone on its line, looks lost beside other lines,"""
_LOST: Final = 2.0
"""and lines may be so many ems more uneven for it to have company,"""
_NEARLY: Final = 0.86
"""or letters so much smaller, where one line then holds two words."""

WHOLE: Final = 6.0
"""Ems: what wants to stand together this strongly is one word, parted only where it is wider than a line by itself."""


class Block(Struct, frozen=True):
    """Lines of one text, ``pitch`` px from baseline to baseline, ``cap`` px the height of its capitals.

    ``starts`` holds the index of each line's first word. The block's height is from the top of the first line's
    capitals to the last baseline, so that texts with and without descenders stand alike.
    """

    lines: tuple[Line, ...]
    starts: tuple[int, ...]
    pitch: float
    cap: float
    right_to_left: bool

    @property
    def width(self) -> float:
        return max(line.width for line in self.lines)

    @property
    def height(self) -> float:
        return self.cap + self.pitch * (len(self.lines) - 1)

    def placed(self, left: float, top: float, width: float, align: Literal["centre", "start"]) -> tuple[Placed, ...]:
        """The lines with the block's top-left corner at (``left``, ``top``), within ``width`` px."""
        found = []
        for number, (line, word) in enumerate(zip(self.lines, self.starts, strict=True)):
            spare = width - line.width
            shift = spare / 2 if align == "centre" else spare if self.right_to_left else 0.0
            found.append(Placed(line, left + shift, round(top + self.cap + number * self.pitch), word))
        return tuple(found)


def set_block(
    words: Sequence[str],
    voice: Voice,
    width: float,
    *,
    stroke: float = 0.0,
    least: float = 1.0,
    leading: float = LEADING,
    scales: Sequence[float] = (),
    together: Sequence[float] = (),
) -> Block:
    """Set words on as few lines of ``width`` px as they need, as even as can be, no short word alone on one where it
    can have company. Letters become smaller only when a single word is wider than that, or, down to ``least`` of their
    size, when that makes two lines do, or a little, when a short word and another then share one. ``stroke`` px are
    kept free around letters. ``scales`` are how many times as large each word is, ``together`` how strongly each wants
    the next one on its line: so many ems uneven may lines become for it.
    """
    base = base_level(words, voice.language)
    scales = scales or [1.0] * len(words)
    space = set_line(["n", "n"], voice).width - 2 * set_line(["n"], voice).width
    gaps = [space if joiner(a, b) else 0.0 for a, b in pairwise(words)]
    widths = [set_line([word], voice, base, [size]).width for word, size in zip(words, scales, strict=True)]
    scale, starts = _fitted(_Row(widths, gaps, voice.size, together or [0.0] * len(gaps)), width, least)
    voice = replace(voice, size=voice.size * scale)
    ends = [*starts[1:], len(words)]
    lines = tuple(
        set_line(words[start:end], voice, base, scales[start:end]) for start, end in zip(starts, ends, strict=True)
    )
    pitch = leading * voice.size
    for above, below in pairwise(lines):
        pitch = max(pitch, above.ink[3] - below.ink[1] + _AIR * voice.size + stroke)
    return Block(lines, tuple(starts), pitch, voice.face.cap_height * voice.size, bool(base))


class _Row(Struct, frozen=True):
    """Words to be broken into lines: how wide each is and what lies between them, in px; ``size`` is an em,
    ``together`` how many ems uneven lines may become for each word to have the next one on its line.
    """

    widths: Sequence[float]
    gaps: Sequence[float]
    size: float
    together: Sequence[float]

    def line(self, start: int, end: int) -> float:
        """How wide the words from ``start`` to before ``end`` are on one line."""
        return sum(self.widths[start:end]) + sum(self.gaps[start : max(start, end - 1)])

    def lost(self, start: int, end: int) -> bool:
        """Whether these words are a single one that looks lost on a line of its own."""
        return end - start == 1 and self.widths[start] < _STUB * self.size

    def breaks(self, width: float) -> list[int]:
        """Where lines begin: the fewest that fit, then those whose widest is narrowest, but for what is worth being
        uneven: words that want to stand together, and none left alone.
        """
        best: list[tuple[int, float, float, list[int]]] = [(0, 0.0, 0.0, [])]
        for end in range(1, len(self.widths) + 1):
            options = []
            for start in range(end):
                line = self.line(start, end)
                if line <= width or end - start == 1:
                    lines, widest, parted, starts = best[start]
                    parted += self.size * self.together[start - 1] if start else 0.0
                    lines += start > 0 and self.together[start - 1] >= WHOLE
                    parted += self.size * _LOST if self.lost(start, end) else 0.0
                    options.append((lines + 1, max(widest, line), parted, [*starts, start]))
            best.append(min(options, key=lambda option: (option[0], option[1] + option[2])))
        return best[-1][3]


def _fitted(row: _Row, width: float, least: float) -> tuple[float, list[int]]:
    """How small letters become (1: as they are) and where lines then begin."""
    count = len(row.widths)
    cuts = [cut for cut in range(1, count) if row.together[cut - 1] < WHOLE]
    two = min(max(row.line(0, cut), row.line(cut, count)) for cut in (*cuts, count))
    scale = min(1.0, width / max(1.0, *row.widths))
    if two * scale > width and width / two >= least:
        scale = width / two
    starts = row.breaks((width + 1) / scale)
    whole = width / max(1.0, row.line(0, count))
    alone = len(starts) == count == 2 and (row.lost(0, 1) or row.lost(1, 2))
    if alone and whole >= max(least, _NEARLY * scale):
        return whole, [0]
    return scale, starts


class Field(Struct, frozen=True):
    """Where text may stand, in output pixels; ``scale`` is how many make one of a frame whose shorter side is 1080."""

    scale: float
    width: int
    height: int
    top: float
    bottom: float
    side: float
    asked: bool = True
    """Whether these are the timeline's own margins; others take the place of those that leave hardly any room."""

    @classmethod
    def of(cls, timeline: Timeline) -> Field:
        """The timeline's safe area, made even left and right so that centred text stands in the frame's middle."""
        size, safe = timeline.size, timeline.safe_area
        scale = min(size.width, size.height) / 1080
        side = max(safe.left, safe.right) * scale
        top, bottom = safe.top * scale, size.height - safe.bottom * scale
        low, narrow = bottom - top < size.height / 8, size.width - 2 * side < size.width / 4
        if low:  # margins meant for another shape of frame
            top, bottom = size.height * 0.05, size.height * 0.95
        if narrow:
            side = size.width * 0.05
        return cls(scale, size.width, size.height, top, bottom, side, not (low or narrow))

    @property
    def room(self) -> float:
        """The width text may take."""
        return self.width - 2 * self.side

    def held(self, top: float, bottom: float) -> float:
        """How far to move something that spans ``top`` to ``bottom`` so that it is inside, its top first."""
        if bottom - top > self.bottom - self.top or top < self.top:
            return self.top - top
        return min(0.0, self.bottom - bottom)


def clear(wanted: Box, field: Field, others: Sequence[Box], gap: float) -> int:
    """How far (px, even) to move a box up or down so that it keeps ``gap`` px from all ``others``, inside the field;
    0 when it does already, or when there is no room anywhere.
    """
    blocking = [box for box in others if box.left < wanted.right and wanted.left < box.right]

    def free(shift: float) -> bool:
        top, bottom = wanted.top + shift, wanted.bottom + shift
        return all(bottom + gap <= box.top or top >= box.bottom + gap for box in blocking)

    if free(0):
        return 0
    shifts = [box.top - gap - wanted.bottom for box in blocking] + [box.bottom + gap - wanted.top for box in blocking]
    even = [int(-(-shift // 2) * 2) if shift > 0 else int(shift // 2 * 2) for shift in shifts]
    inside = [
        shift
        for shift in even
        if wanted.top + shift >= field.top and wanted.bottom + shift <= field.bottom and free(shift)
    ]
    return min(inside, key=abs, default=0)
