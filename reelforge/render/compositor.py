"""The drawing of displays: pictures, transitions, effects and layers into planes, whatever was drawn before."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
from msgspec import Struct
from PIL import Image

from reelforge.domain.timeline import Size
from reelforge.render import display, effects, transitions
from reelforge.render.display import Display, Plate
from reelforge.render.kept import Kept
from reelforge.render.layer import Layer, Showing
from reelforge.render.looks import grid
from reelforge.render.motion import Extent
from reelforge.render.pictures import decode
from reelforge.render.planes import Plane, Planes, Rgb, yuv_from_rgb
from reelforge.render.sprites import SpriteShelf
from reelforge.render.still import Ground, Scratch, Still, largest_scale, part_of, resample, usual_bytes
from reelforge.render.surround import surrounded, surrounded_planes

if TYPE_CHECKING:
    from reelforge.render.clips.reader import ClipReader
    from reelforge.render.parallax import Layered

_MOST_STILLS: Final = 1 + 2 * (os.cpu_count() or 1)
"""As many pictures are kept as workers, each in a transition, look at, and one that comes next."""
_LEAST_BYTES: Final = 32 << 20
"""So much of them is kept however small the frames are."""
_MOST_CLIPS: Final = 3
_SAMPLES_A_CELL: Final = 4
"""As many pixels across a cell are enough to know how dark it is."""


class File(Struct, frozen=True):
    """A file that shots show, and the place in the timeline to name when it cannot be used."""

    path: Path
    where: str


def kept_stills(most_bytes: int) -> Kept[Still | Layered]:
    """Room for prepared pictures."""
    return Kept(most_bytes, lambda still: still.bytes)


class StillShelf:
    """The prepared pictures of one render. ``files`` are known by their content's SHA-256. ``kept`` are those of
    renders before, of which this one's become a part.
    """

    def __init__(self, files: Mapping[str, File], size: Size, kept: Kept[Still | Layered] | None = None) -> None:
        self._files = files
        self._size = size
        usual = max(_LEAST_BYTES, _MOST_STILLS * usual_bytes(size))
        self._kept = kept_stills(usual) if kept is None else kept

    def file(self, digest: str) -> File:
        return self._files[digest]

    def still(self, asked: display.Still) -> Still:
        """A picture, ready for its shot. Raises InputError naming the shot when it cannot be read."""
        made = self._kept.get((asked, self._size), lambda: self._prepare(asked))
        assert isinstance(made, Still)
        return made

    def layered(self, asked: display.Still, mask: str) -> Layered:
        """The same in two layers, divided by a mask."""
        made = self._kept.get((asked, self._size, mask), lambda: self._divide(asked, mask))
        assert not isinstance(made, Still)
        return made

    def bare(self, plates: Sequence[Plate]) -> Plane:
        """The luma of the part of a picture that the plates of one shot show, as it is before any effect, in as many
        (rows, columns) as a :class:`Looks` has. With a blurred surround, which is made of it, the whole picture.
        """
        asked, cells = plates[0].still, grid(self._size)
        file, views = self._files[asked.digest], [view for plate in plates for view in (plate.view, plate.near) if view]
        extent = Extent.of(views)
        scale = cells[1] * _SAMPLES_A_CELL / self._size.width * largest_scale(extent, self._size)
        found = decode(file.path, file.where, lambda _width, _height: min(1.0, scale))
        part = found.rgb if asked.blurred else part_of(found.rgb, found.size, extent)[0]
        small = cv2.resize(part, cells[::-1], interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(yuv_from_rgb(np.asarray(small))[..., 0])

    def _prepare(self, asked: display.Still) -> Still:
        rgb = self._picture(asked)
        if asked.blurred:
            rgb = surrounded(rgb, asked.size, largest_scale(asked.extent, self._size))
        return Still.prepare(rgb, asked.size, asked.extent, self._size, asked.only)

    def _divide(self, asked: display.Still, mask: str) -> Layered:
        from reelforge.render.parallax import Layered  # noqa: PLC0415  # loaded for masks alone

        near = _read_mask(self._files[mask])
        return Layered.prepare(self._picture(asked), near, asked.size, asked.extent, self._size)

    def _picture(self, asked: display.Still) -> Rgb:
        file, scale = self._files[asked.digest], largest_scale(asked.extent, self._size)
        return coloured(asked.colours, decode(file.path, file.where, lambda _width, _height: scale).rgb)


def _read_mask(file: File) -> Plane:
    rgb = decode(file.path, file.where, lambda _width, _height: 1.0).rgb
    return np.asarray(Image.fromarray(rgb).convert("L"), np.uint8)


class Composer:
    """Draws displays for one worker: its buffers are allocated here and used for every frame."""

    def __init__(self, size: Size, stills: StillShelf, sprites: SpriteShelf) -> None:
        self._size = size
        self._stills = stills
        self._sprites = sprites
        self._scratch = Scratch(size)
        self._room: dict[str, Any] = {}
        self._clips: OrderedDict[display.Still, ClipReader] = OrderedDict()
        self._below = Planes.empty(size)
        self.out, self._other = Planes.empty(size), Planes.empty(size)

    def draw(self, frame: Display) -> Planes:
        """The frame, in :attr:`out`, valid until the call after the next."""
        self.out, self._other = self._other, self.out
        self._plate(frame.plates[-1], self.out)
        if frame.blend:
            name, time, direction = frame.blend
            if len(frame.plates) > 1:
                self._plate(frame.plates[0], self._below)
            else:
                self._below.take(Planes.black(self._size))
            transitions.find(name).blend(self._below, self.out, self.out, time, direction)
        for over in frame.over:
            if isinstance(over.layer, Layer):
                assert isinstance(over.now, Showing)
                if sprite := self._sprites.sprite(over.layer):
                    sprite.draw(self.out, over.layer.x, over.layer.y, over.now)
            else:
                assert isinstance(over.now, tuple)
                over.layer.draw(over.now, self.out, self._room)
        return self.out

    def _plate(self, plate: Plate, out: Planes) -> None:
        if plate.seconds is not None:
            self._clip(plate, plate.seconds, out)
        elif plate.near is not None:
            self._stills.layered(plate.still, plate.mask).draw(plate.view, plate.near, out, self._scratch)
        else:
            self._stills.still(plate.still).draw(plate.view, out, self._scratch)
        for name, state in plate.finish:
            draw = effects.find(name).draw
            assert draw
            draw(state, out, self._room)

    def _clip(self, plate: Plate, seconds: float, out: Planes) -> None:
        asked, size = plate.still, self._size
        planes = self._reader(asked).at(seconds)
        if asked.blurred:
            planes = self._canvas(asked, planes)
        width, height = planes.y.shape[1], planes.y.shape[0]
        ground = Ground(0.0, 0.0, width / asked.size[0], height / asked.size[1], pad=0, sited=True)
        luma = ground.luma(plate.view, (size.width, size.height))
        chroma = ground.chroma(plate.view, (size.width, size.height))
        for source, plane, place in ((planes.y, out.y, luma), (planes.u, out.u, chroma), (planes.v, out.v, chroma)):
            resample(source, plane, place, self._scratch)

    def _reader(self, asked: display.Still) -> ClipReader:
        """The clip, open; of those opened the last few stay so."""
        from reelforge.render.clips import reader  # noqa: PLC0415  # libav is loaded for clips alone

        if asked not in self._clips:
            while len(self._clips) >= _MOST_CLIPS:
                self._clips.popitem(last=False)[1].close()
            file, scale = self._stills.file(asked.digest), min(1.0, largest_scale(asked.extent, self._size))

            def most(size: tuple[int, int]) -> tuple[int, int]:
                return max(2, round(size[0] * scale)), max(2, round(size[1] * scale))

            colour = partial(coloured, asked.colours) if asked.colours else None
            self._clips[asked] = reader.ClipReader(file.path, file.where, most, colour=colour)
        self._clips.move_to_end(asked)
        return self._clips[asked]

    def _canvas(self, asked: display.Still, planes: Planes) -> Planes:
        shrink = min(1.0, largest_scale(asked.extent, self._size))
        width, height = (max(2, 2 * round(side * shrink / 2)) for side in asked.size)
        name = f"canvas {width}×{height}"
        if name not in self._room:
            self._room[name] = Planes.empty(Size.model_construct(width=width, height=height))
        canvas: Planes = self._room[name]
        surrounded_planes(planes, canvas)
        return canvas

    def close(self) -> None:
        """Close the clips that were opened."""
        while self._clips:
            self._clips.popitem()[1].close()


def coloured(colours: tuple[tuple[str, effects.State], ...], rgb: Rgb) -> Rgb:
    """A picture with its effects on colour."""
    for name, state in colours:
        colour = effects.find(name).colour
        assert colour
        rgb = colour(state, rgb)
    return rgb
