"""Overlays: templates filled in and set as layers over the picture, with captions and cards in between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from reelforge.domain.timeline import Overlay, Timeline
from reelforge.errors import InputError, NeedsPersonError
from reelforge.render.layer import AnyLayer, Layer
from reelforge.render.overlays.images import Mark, mark
from reelforge.render.overlays.stage import Stage
from reelforge.render.overlays.template import Filled, filled
from reelforge.render.sources import Sources
from reelforge.render.text.layers import Standing, text_layers
from reelforge.render.text.shelf import shelf
from reelforge.render.text.sprite import Box


def layers(timeline: Timeline, sources: Sources) -> tuple[AnyLayer, ...]:
    """Everything over a timeline's picture, in the order in which it is drawn: captions and cards, then the overlays in
    theirs.

    What has a fixed place (a logo, a progress bar) gets it first; cards keep off it; the other overlays keep off
    captions, cards and one another, those without words off those with. Nothing is rasterised yet. Raises InputError
    with the place in the timeline, or with the template's file and line, and NeedsPersonError when a character has no
    font.
    """
    looks = [filled(overlay, f"overlays[{at}]", sources) for at, overlay in enumerate(timeline.overlays)]
    made: dict[int, list[AnyLayer]] = {}
    standing: list[Standing] = []
    for turn in range(3):
        for at, look in enumerate(looks):
            if _turn(look) == turn:
                made[at] = [_of(f"overlays[{at}]", layer) for layer in _made(timeline, at, look, sources, standing)]
                standing += _standing(made[at], timeline)
        if turn == 0:
            text = text_layers(timeline, standing)
            standing += _standing(text, timeline)
    return (*text, *(layer for at in range(len(looks)) for layer in made[at]))


def _of(place: str, layer: AnyLayer) -> AnyLayer:
    return replace(layer, place=place) if isinstance(layer, Layer) else layer


def _turn(look: Filled) -> int:
    """When an overlay finds its place: before all text, after captions and cards, or, as mere ornament, at last."""
    return 0 if look.kind.fixed else 1 if look.kind.texts else 2


def _made(timeline: Timeline, at: int, look: Filled, sources: Sources, standing: Sequence[Standing]) -> list[AnyLayer]:
    overlay, where = timeline.overlays[at], f"overlays[{at}]"
    span = _span(overlay, where, timeline.frames)
    _check_texts(overlay, look, where)
    shown = _image(overlay, look, where, sources)
    stage = Stage.of(timeline, where, span, overlay.text, shown, shelf(), standing)
    try:
        return look.kind.layers(look.options, stage)
    except (InputError, NeedsPersonError) as error:
        if error.message.startswith(where):
            raise
        raise type(error)(f"{where}: {error.message[:1].lower()}{error.message[1:]}", remedy=error.remedy) from error


def _span(overlay: Overlay, where: str, frames: int) -> tuple[int, int]:
    last = frames if overlay.last is None else overlay.last
    if overlay.first >= last:
        raise InputError(f"{where}: it ends at frame {last}, not after its first frame {overlay.first}.")
    if last > frames:
        raise InputError(
            f"{where}: it ends at frame {last}, beyond the timeline’s {frames} frames.",
            remedy="Shorten it, or leave its last frame out.",
        )
    return overlay.first, last


def _check_texts(overlay: Overlay, look: Filled, where: str) -> None:
    known = look.kind.texts
    for name in overlay.text:
        if name not in known:
            shows = f"It shows: {', '.join(known)}." if known else "It shows no text."
            raise InputError(f"{where}.text.{name}: a {look.kind.title} has no text of that name.", remedy=shows)
    if known and not overlay.text.get(known[0], "").strip():
        raise InputError(f"{where}.text.{known[0]}: a {look.kind.title} needs this text.", remedy="Give it.")


def _image(overlay: Overlay, look: Filled, where: str, sources: Sources) -> Mark | None:
    place = f"{where}.image"
    if overlay.image is None:
        if look.kind.image == "must":
            raise InputError(f"{place}: a {look.kind.title} needs a picture.", remedy="Name a PNG or WebP file.")
        return None
    if look.kind.image == "none":
        raise InputError(f"{place}: a {look.kind.title} shows no picture.", remedy="Leave it out.")
    return mark(sources.path(overlay.image, place), sources.digest(overlay.image, place), place)


def _standing(found: Sequence[AnyLayer], timeline: Timeline) -> Iterator[Standing]:
    """Where layers stand; what covers most of the frame keeps nothing off."""
    for layer in found:
        if 0 < layer.width * layer.height < timeline.size.width * timeline.size.height / 2:
            yield layer.first, layer.last, Box(layer.x, layer.y, layer.x + layer.width, layer.y + layer.height)
