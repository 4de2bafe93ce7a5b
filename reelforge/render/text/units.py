"""A cue whose words move or change one by one: each word, or letter, as layers of its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from reelforge.render.layer import AnyLayer, Layer, Rgba, Showing
from reelforge.render.text import bidi
from reelforge.render.text.cues import SetCue
from reelforge.render.text.glide import Glide
from reelforge.render.text.identity import described, identity_of
from reelforge.render.text.moving import Pose, grown
from reelforge.render.text.parts import Part, parts
from reelforge.render.text.sprite import Box, Canvas, Ink, Placed, Rgb, colour, fills, ink_box, surrounds

_BARE: Final = Ink()


class Sheet(Struct, frozen=True):
    """What is drawn of a part in frames ``[first, last)``: what surrounds it (``shade`` None), or its letters in a
    colour; set ``scale`` times as large. ``window``: of a word that is being filled, the part that has been (True) or
    has not (False); None shows all.
    """

    part: Part
    first: int
    last: int
    shade: Rgb | None = None
    scale: float = 1.0
    window: bool | None = None


def unit_layers(made: SetCue) -> list[AnyLayer]:
    """The layers of a cue, the lowest first: the box, what surrounds letters, letters; spoken words over the others."""
    return [layer for _, layer in sorted(_layers(made), key=lambda one: one[0])]


def _layers(made: SetCue) -> Iterator[tuple[int, AnyLayer]]:
    if made.style.spoken.name == "box":
        yield 0, Glide(made).layer
    for part in parts(made):
        for sheet in _sheets(made, part):
            beneath = sheet.shade is None
            lit = sheet.scale != 1.0
            layer = _layer(made, sheet)
            if layer:
                yield (1 if beneath else 3) + lit, layer


def _sheets(made: SetCue, part: Part) -> Iterator[Sheet]:
    """Everything that is drawn of a part, frame by frame one thing beneath and one or two over it."""
    style, motion, end = made.style, made.motion, made.cue.last
    word, scale = made.cue.words[part.word], part.scale
    start = made.cue.first if style.waiting else part.shown
    plain, lit = made.plain(part.word), colour(style.highlight)
    over = motion.ends(part.word)
    spans = [(start, word.first, 1.0), (max(start, word.first), over, scale), (max(start, over), end, 1.0)]
    if scale == 1.0:
        spans = [(start, end, 1.0)]
    yield from (Sheet(part, *span[:2], None, span[2]) for span in spans)
    if style.spoken.name == "none":
        yield from (Sheet(part, *span[:2], plain, span[2]) for span in spans)
        return
    begun = max(start, word.first)
    yield Sheet(part, start, word.first, plain)
    if style.spoken.name != "karaoke":
        yield Sheet(part, begun, over, lit, scale)
        yield Sheet(part, max(start, over), end, plain)
        return
    for window, shade in ((False, plain), (True, lit)):
        yield Sheet(part, begun, over, shade, scale, window)
    yield Sheet(part, max(start, over), end, lit if style.spoken.keep else plain)


def _layer(made: SetCue, sheet: Sheet) -> Layer | None:
    part, motion = sheet.part, made.motion
    ink = made.ink if sheet.shade is None else _BARE
    if sheet.first >= sheet.last or (sheet.shade is None and not (ink.stroke_width or ink.shadow)):
        return None
    standing = part.scaled(sheet.scale)
    box = ink_box([standing], ink)
    about = complex(box.left + box.width / 2, box.top + box.height / 2)
    undone = grown(1 / sheet.scale, part.middle)

    def moves(frame: int) -> Showing | None:
        pose = _pose(made, part, frame)
        if not pose.opacity:
            return None
        now = undone.then(pose).showing(box.left, box.top, about)
        if sheet.window is None:
            return now
        return _windowed(now, box, pose, made, sheet, motion.filled(part.word, frame))

    kind = "caption" if sheet.shade is None or not made.ink.stroke_width else "caption letters"
    numbers = {**described([standing], box), "colour": sheet.shade, "ink": made.inked if sheet.shade is None else None}
    return Layer(
        sheet.first,
        sheet.last,
        box.left,
        box.top,
        identity_of(kind, box, numbers),
        partial(_draw, standing, box, ink, sheet.shade),
        width=box.width,
        height=box.height,
        moves=moves,
    )


def _draw(standing: Placed, box: Box, ink: Ink, shade: Rgb | None) -> Rgba:
    canvas = Canvas(box)
    if shade is None:
        surrounds(canvas, [standing], ink)
    else:
        fills(canvas, [standing], lambda _word: shade)
    return canvas.rgba()


def _pose(made: SetCue, part: Part, frame: int) -> Pose:
    """How a part stands in a frame, all that moves it taken together."""
    motion = made.motion
    pose = motion.word(part.word, part.middle, part.scale, frame, part.shown)
    if made.style.wave.amplitude:
        pose = pose.then(motion.wave(part.place, frame))
    return pose.then(motion.whole(frame))


def _windowed(now: Showing, box: Box, pose: Pose, made: SetCue, sheet: Sheet, done: float) -> Showing | None:
    """As much as has, or has not, been filled: the edge goes along with the letters."""
    left, right = sheet.part.edges
    backwards = bidi.rightward(made.cue.words[sheet.part.word].text) == 1  # a number in Hebrew is read to the right
    filled = 1 - done if backwards else done
    edge = pose.at(complex(left + filled * (right - left), sheet.part.middle.imag)).real
    share = round((edge - box.left) / box.width, 4)
    before = sheet.window != backwards
    windowed = replace(now, left=-1.0 if before else share, right=share if before else 2.0, top=-1.0, bottom=2.0)
    return None if windowed.left >= windowed.right else windowed
