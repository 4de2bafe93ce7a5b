"""What a timeline needs to be drawn: its files found and measured, its text set, its frames worked out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reelforge.domain.timeline import Encode, Size, Source, Timeline
from reelforge.render.compositor import Composer, File, StillShelf, kept_stills
from reelforge.render.display import Displays, Known, visible
from reelforge.render.layer import AnyLayer, Layer
from reelforge.render.pictures import upright_size
from reelforge.render.planes import Planes
from reelforge.render.sources import Sources
from reelforge.render.sprites import SpriteShelf
from reelforge.render.strength import heard
from reelforge.render.text.layers import is_text, text_layers

if TYPE_CHECKING:
    from reelforge.render.clips.info import ClipInfo


class Material(Struct, frozen=True):
    """What a production shows, gathered before any frame is drawn."""

    timeline: Timeline
    displays: Displays
    texts: tuple[Layer, ...]
    overlaid: tuple[Layer, ...]
    files: Mapping[str, File]
    clips: Mapping[int, ClipInfo]
    """What is known of the shots that show clips, by their index."""

    @classmethod
    def gather(cls, timeline: Timeline, sources: Sources, check: Callable[[], None] = lambda: None) -> Material:
        """Find every file, look at its size, and set the text. Raises InputError with the place of what is missing or
        cannot be used. ``check`` is called now and then while sound is measured and may raise.
        """
        timeline = heard(timeline, sources, check)
        files: dict[str, File] = {}
        known = [_known(timeline, index, sources, files) for index in range(len(timeline.shots))]
        over = _over(timeline, sources)
        sprites = [layer for layer in over if isinstance(layer, Layer)]
        texts = tuple(layer for layer in sprites if is_text(layer))
        overlaid = tuple(layer for layer in sprites if _is_overlaid(layer, timeline.size))
        clips = {index: one.clip for index, one in enumerate(known) if one.clip}
        return cls(timeline, Displays(timeline, known, over), texts, overlaid, files, clips)

    def encoded(self, encode: Encode) -> Material:
        """The same pictures, to be encoded otherwise."""
        return replace(self, timeline=self.timeline.model_copy(update={"encode": encode}))


def _is_overlaid(layer: Layer, size: Size) -> bool:
    """Whether a layer is a part of an overlay; what covers most of the frame lies beneath the rest of it."""
    return layer.place.startswith("overlays") and layer.width * layer.height < size.width * size.height / 2


def _over(timeline: Timeline, sources: Sources) -> tuple[AnyLayer, ...]:
    if not timeline.overlays:
        return text_layers(timeline)
    from reelforge.render.overlays import layers  # noqa: PLC0415  # not loaded where there are none

    return layers(timeline, sources)


def _known(timeline: Timeline, index: int, sources: Sources, files: dict[str, File]) -> Known:
    shot, place, frames = timeline.shots[index], f"shots[{index}]", visible(timeline, index)

    def file(source: Source, where: str) -> str:
        digest = sources.digest(source, where)
        files.setdefault(digest, File(sources.path(source, where), where))
        return digest

    where = f"{place}.picture" if shot.picture else f"{place}.clip.source"
    digest = file(shot.source, where)
    mask = file(shot.mask, f"{place}.mask") if shot.mask else ""
    if shot.clip is None:
        return Known(digest, upright_size(files[digest].path, where), mask)
    from reelforge.render.clips.info import open_clip_info  # noqa: PLC0415  # libav is loaded for clips alone
    from reelforge.render.clips.retime import refuse_too_short  # noqa: PLC0415  # for clips alone

    info = open_clip_info(files[digest].path, where)
    last = timeline.rate.seconds(frames - 1)
    refuse_too_short(shot.clip, info, last, f"{place}.clip", beneath_next=frames > shot.frames)
    return Known(digest, (info.width, info.height), mask, info)


class Parts:
    """What was made to be drawn, for whoever draws of one timeline and then of it as it has become."""

    def __init__(self, most_bytes: int) -> None:
        self.stills = kept_stills(most_bytes)
        self.sprites = SpriteShelf()


class Drawing:
    """``frame(timeline, n)``: what is on screen in one frame, whatever was drawn before it. For one thread.

    What is found among the ``parts`` is not made again: all of them are known by what decides their pixels.
    """

    def __init__(self, material: Material, parts: Parts | None = None) -> None:
        self._displays = material.displays
        size = material.timeline.size
        stills = StillShelf(material.files, size, parts.stills if parts else None)
        self._composer = Composer(size, stills, parts.sprites if parts else SpriteShelf())

    def frame(self, number: int) -> Planes:
        """The frame of that number (from 0), valid until the call after the next."""
        return self._composer.draw(self._displays.display(number))

    def close(self) -> None:
        self._composer.close()
