"""A timeline's captions and cards as layers over the picture.

What decides a layer's pixels is spelt out in its identity, the hashes of its fonts included.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from reelforge.domain.timeline import Card, Rate, Timeline
from reelforge.errors import InputError
from reelforge.render import animations
from reelforge.render.animations import Extent
from reelforge.render.layer import AnyLayer, Layer
from reelforge.render.text.clusters import clean
from reelforge.render.text.cues import set_cue, whole_layers, written
from reelforge.render.text.face import ENGINE
from reelforge.render.text.identity import VERSION, described, identity_of
from reelforge.render.text.layout import Field, clear
from reelforge.render.text.shape import Voice
from reelforge.render.text.shelf import Shelf, shelf
from reelforge.render.text.sprite import Box
from reelforge.render.text.units import unit_layers

if TYPE_CHECKING:
    from reelforge.render.text.cards import SetCard

_GAP: Final = 24
"""Pixels of a frame whose shorter side is 1080 between a card and a caption."""


Standing = tuple[int, int, Box]
"""What stands in the frame already: from its first frame to before its last, within a box."""


def text_layers(timeline: Timeline, taken: Sequence[Standing] = ()) -> tuple[AnyLayer, ...]:
    """Every caption and card of a timeline, in the order in which they are drawn; cards keep off what is ``taken``.

    Nothing is rasterised yet: each layer's ``draw`` does that. Raises NeedsPersonError when a character has no font,
    InputError when a style names a font, an animation or an easing that is not there, or a card has no room.
    """
    books = shelf()
    _demand(timeline, books)
    field = Field.of(timeline)
    cues = [set_cue(cue, timeline, field, books) for cue in timeline.cues]
    found: list[AnyLayer] = []
    for cue in cues:
        found += whole_layers(cue) if cue.motion.still else unit_layers(cue)
    standing: list[Standing] = [*taken, *((cue.cue.first, cue.cue.last, cue.box) for cue in cues)]
    if timeline.cards:
        found += _cards(timeline, field, books, standing)
    return tuple(found)


def _cards(timeline: Timeline, field: Field, books: Shelf, standing: list[Standing]) -> Iterator[Layer]:
    """The cards, each clear of what is ``standing`` at its time, and added to that."""
    from reelforge.render.text.cards import set_card  # noqa: PLC0415  # not loaded where there are none

    for index, card in enumerate(timeline.cards):
        if not clean(card.text):
            continue
        made = set_card(card, timeline.card_style, field, _voice(books, timeline.card_style.font, timeline.language))
        if made.panel.height > field.bottom - field.top + 2:
            raise InputError(
                f"cards[{index}]: its text is too long to stand in the safe area of a frame of "
                f"{timeline.size.width} × {timeline.size.height}.",
                remedy="Shorten it, or make card_style.size smaller.",
            )
        others = [box for first, last, box in standing if first < card.last and card.first < last]
        made = made.moved(clear(made.panel, field, others, _GAP * field.scale))
        standing.append((card.first, card.last, made.panel))
        yield replace(_card_layer(card, made, timeline), place=f"cards[{index}]")


def is_text(layer: Layer) -> bool:
    """Whether a layer is a caption or a card, which belong inside the safe area."""
    return any(f'"kind":"{kind}"' in layer.identity for kind in ("caption", "card"))


def identity() -> dict[str, Any]:
    """What decides how text is drawn besides the timeline: this code, the shaper, the shipped fonts."""
    return {"version": VERSION, "engine": ENGINE, "fonts": shelf().identity}


def missing(text: str, *, font: str = "Montserrat ExtraBold", language: str = "en") -> str:
    """What of a text no font here has, as a sentence for a person with what to install; empty when all can be set."""
    found = shelf().missing(text, family=font, language=language)
    return " ".join(f"{one.sentence} {one.remedy}" for one in found)


def _demand(timeline: Timeline, books: Shelf) -> None:
    style = timeline.caption_style
    spoken = " ".join(written(word.text, style, timeline.language) for cue in timeline.cues for word in cue.words)
    books.demand(spoken, family=style.font, language=timeline.language)
    shown = " ".join(card.text for card in timeline.cards)
    books.demand(shown, family=timeline.card_style.font, language=timeline.language)


def _voice(books: Shelf, family: str, language: str, size: float = 1.0) -> Voice:
    return Voice(books, books.face(family), size, language)


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


def _frames(seconds: float, rate: Rate) -> int:
    return round(seconds * rate.num / rate.den)
