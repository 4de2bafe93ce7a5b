"""A timeline's captions and cards as layers over the picture.

A cue is set once and stands still; each of its highlight states is a layer with the same glyphs in the same places, one
word in another colour. What decides a layer's pixels is spelt out in its identity, the hashes of its fonts included.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, Final

from reelforge.domain.timeline import CaptionStyle, Card, Cue, Rate, Timeline
from reelforge.render import animations
from reelforge.render.animations import Extent
from reelforge.render.layer import AnyLayer, Layer, Rgba
from reelforge.render.text.cards import SetCard, set_card
from reelforge.render.text.clusters import clean
from reelforge.render.text.face import ENGINE
from reelforge.render.text.layout import Field, clear, set_block
from reelforge.render.text.shape import Voice
from reelforge.render.text.shelf import Shelf, shelf
from reelforge.render.text.sprite import Box, Canvas, Ink, Placed, Rgb, colour, ink_box, letters

VERSION: Final = 1
"""Raised when the same timeline gives other pixels than before."""
_GAP: Final = 24
"""Pixels of a frame whose shorter side is 1080 between a card and a caption."""


Standing = tuple[int, int, Box]
"""What stands in the frame already: from its first frame to before its last, within a box."""


def text_layers(timeline: Timeline, taken: Sequence[Standing] = ()) -> tuple[Layer, ...]:
    """Every caption and card of a timeline, in the order in which they are drawn; cards keep off what is ``taken``.

    Nothing is rasterised yet: each layer's ``draw`` does that. Raises NeedsPersonError when a character has no font,
    InputError when a style names a font, an animation or an easing that is not there.
    """
    books = shelf()
    _demand(timeline, books)
    field = Field.of(timeline)
    cues = [_set_cue(cue, timeline, field, books) for cue in timeline.cues]
    found = [layer for cue in cues for layer in _cue_layers(cue, timeline)]
    standing: list[Standing] = [*taken, *((cue.cue.first, cue.cue.last, cue.box) for cue in cues)]
    for card in timeline.cards:
        if not clean(card.text):
            continue
        made = set_card(card, timeline.card_style, field, _voice(books, timeline.card_style.font, timeline.language))
        others = [box for first, last, box in standing if first < card.last and card.first < last]
        made = made.moved(clear(made.panel, field, others, _GAP * field.scale))
        standing.append((card.first, card.last, made.panel))
        found.append(_card_layer(card, made, timeline))
    return tuple(found)


def is_text(layer: AnyLayer) -> bool:
    """Whether a layer is a caption or a card, which belong inside the safe area."""
    return isinstance(layer, Layer) and any(f'"kind":"{kind}"' in layer.identity for kind in ("caption", "card"))


def identity() -> dict[str, Any]:
    """What decides how text is drawn besides the timeline: this code, the shaper, the shipped fonts."""
    return {"version": VERSION, "engine": ENGINE, "fonts": shelf().identity}


def missing(text: str, *, font: str = "Montserrat ExtraBold", language: str = "en") -> str:
    """What of a text no font here has, as a sentence for a person with what to install; empty when all can be set."""
    found = shelf().missing(text, family=font, language=language)
    return " ".join(f"{one.sentence} {one.remedy}" for one in found)


def _demand(timeline: Timeline, books: Shelf) -> None:
    style = timeline.caption_style
    spoken = " ".join(_written(word.text, style, timeline.language) for cue in timeline.cues for word in cue.words)
    books.demand(spoken, family=style.font, language=timeline.language)
    shown = " ".join(card.text for card in timeline.cards)
    books.demand(shown, family=timeline.card_style.font, language=timeline.language)


def _voice(books: Shelf, family: str, language: str, size: float = 1.0) -> Voice:
    return Voice(books, books.face(family), size, language)


@dataclass(frozen=True)
class _SetCue:
    """A cue with its lines in place; ``box`` holds all its ink."""

    cue: Cue
    lines: tuple[Placed, ...]
    ink: Ink
    box: Box

    def draw(self, plain: Rgb, lit: Rgb, word: int | None) -> Rgba:
        canvas = Canvas(self.box)
        letters(canvas, self.lines, lambda number: lit if number == word else plain, self.ink)
        return canvas.rgba()


def _set_cue(cue: Cue, timeline: Timeline, field: Field, books: Shelf) -> _SetCue:
    style = timeline.caption_style
    size = style.size * field.scale
    stroke = style.stroke_width * field.scale
    ink = Ink(colour(style.stroke), stroke, style.shadow, 0.07 * size, 0.05 * size)
    words = [_written(word.text, style, timeline.language) for word in cue.words]
    room = field.room - 2 * stroke
    block = set_block(words, _voice(books, style.font, timeline.language, size), room, stroke=stroke)
    middle = style.y if cue.y is None else cue.y
    top = middle * field.height - block.height / 2
    left = (field.width - room) / 2
    lines = block.placed(left, top, room, "centre")
    edges = [(placed.y + placed.line.ink[1] - stroke, placed.y + placed.line.ink[3] + stroke) for placed in lines]
    shift = round(field.held(min(edge[0] for edge in edges), max(edge[1] for edge in edges)))
    lines = tuple(Placed(placed.line, placed.x, placed.y + shift, placed.word) for placed in lines)
    return _SetCue(cue, lines, ink, ink_box(lines, ink))


def _cue_layers(made: _SetCue, timeline: Timeline) -> list[Layer]:
    """One layer a highlight state; only the first comes up softly, so that a change of colour is only that."""
    style = timeline.caption_style
    plain, lit = colour(style.colour), colour(style.highlight)
    layers: list[Layer] = []
    for first, last, word in _states(made.cue, lit != plain):
        rise = _frames(style.pop, timeline.rate) if not layers else 0
        rise = min(rise, last - first - 1)
        numbers = {
            **described(made.lines, made.box),
            "colours": [plain, lit, word],
            "ink": [made.ink.stroke, made.ink.stroke_width, made.ink.shadow, made.ink.blur, made.ink.fall],
        }
        layers.append(
            Layer(
                first,
                last,
                made.box.left,
                made.box.top,
                identity_of("caption", made.box, numbers),
                partial(made.draw, plain, lit, word),
                fade_in=rise,
                rise=round(0.12 * style.size * Field.of(timeline).scale) if rise else 0,
                width=made.box.width,
                height=made.box.height,
            )
        )
    return layers


def _states(cue: Cue, lit: bool) -> list[tuple[int, int, int | None]]:
    """Stretches (first frame, last frame + 1, index of the word highlighted) that fill the cue."""
    if not lit:
        return [(cue.first, cue.last, None)]
    edges = {cue.first, cue.last}
    edges |= {frame for word in cue.words for frame in (word.first, word.last) if cue.first < frame < cue.last}
    ordered = sorted(edges)
    states: list[tuple[int, int, int | None]] = []
    for first, last in pairwise(ordered):
        spoken = [number for number, word in enumerate(cue.words) if word.first <= first < word.last]
        word = max(spoken, key=lambda number: (cue.words[number].first, number), default=None)
        if states and states[-1][2] == word:
            states[-1] = (states[-1][0], last, word)
        else:
            states.append((first, last, word))
    return states


def _card_layer(card: Card, made: SetCard, timeline: Timeline) -> Layer:
    style, whole = timeline.card_style, card.last - card.first
    fade_in = min(_frames(style.enter_seconds, timeline.rate), whole // 3)
    fade_out = min(_frames(style.leave_seconds, timeline.rate), whole // 3)
    identity = identity_of("card", made.box, {**described(made.lines, made.box), **made.numbers()})
    rise = round(36 * Field.of(timeline).scale)
    middle = (
        made.panel.left + made.panel.width / 2 - made.box.left,
        made.panel.top + made.panel.height / 2 - made.box.top,
    )
    extent = Extent(made.box.width, made.box.height, middle, 2 * rise)
    animations.find(style.enter, "card_style.enter")
    animations.find(style.leave, "card_style.leave")
    plain = style.enter == "rise", style.leave == "fade"
    return Layer(
        card.first,
        card.last,
        made.box.left,
        made.box.top,
        identity,
        made.draw,
        fade_in if plain[0] else 0,
        fade_out if plain[1] else 0,
        rise if plain[0] and fade_in else 0,
        made.box.width,
        made.box.height,
        None if plain[0] else animations.course(style.enter, "", fade_in, extent),
        None if plain[1] else animations.course(style.leave, "", fade_out, extent),
    )


def described(lines: Sequence[Placed], box: Box) -> dict[str, object]:
    """The fonts' hashes, and every glyph with its font's number and its place in the sprite."""
    fonts: dict[str, int] = {}
    glyphs = [
        [
            fonts.setdefault(glyph.face.digest, len(fonts)),
            glyph.number,
            round(glyph.size, 4),
            round(placed.x + glyph.x - box.left, 3),
            round(placed.y + glyph.y - box.top, 3),
            placed.word + glyph.word,
        ]
        for placed in lines
        for glyph in placed.line.glyphs
    ]
    return {"fonts": list(fonts), "glyphs": glyphs}


def identity_of(kind: str, box: Box, numbers: dict[str, object]) -> str:
    """A layer's identity: what it is, how large, and every number that decides its pixels."""
    whole = {"kind": kind, "version": VERSION, "engine": ENGINE, "size": [box.width, box.height], **numbers}
    return json.dumps(whole, separators=(",", ":"), sort_keys=True)


def _frames(seconds: float, rate: Rate) -> int:
    return round(seconds * rate.num / rate.den)


def _written(text: str, style: CaptionStyle, language: str) -> str:
    """A word as it is drawn; Turkish and Azeri have their own capital i."""
    cleaned = clean(text)
    if not style.uppercase:
        return cleaned
    if language[:2].lower() in ("tr", "az"):
        cleaned = cleaned.replace("i", "İ")
    return cleaned.upper()
