"""From a decoded frame of any kind to the renderer's own planes: BT.709, limited range, 4:2:0, left-sited, upright."""

from __future__ import annotations

import mmap
from collections.abc import Callable

import cv2
import numpy as np
from av.video.frame import VideoFrame

from reelforge.render.clips.colour import Meaning, Recoding
from reelforge.render.clips.filters import Chain
from reelforge.render.clips.tone import CubeFile
from reelforge.render.clips.upright import Turn
from reelforge.render.planes import Plane, Planes, Rgb, yuv_from_rgb

Colour = Callable[[Rgb], Rgb]
"""Other colours for a picture, (height, width, 3) both: a grade."""

_NARROW = np.array([1.0, 2.0, 1.0]) / 4


def planes_of(width: int, height: int) -> Planes:
    """A frame of undefined contents of any even size, however small or large."""
    luma, chroma = width * height, width * height // 4
    # Memory of its own pages, as `Planes.empty` has.
    flat = np.frombuffer(mmap.mmap(-1, luma + 2 * chroma), np.uint8)[None]
    return Planes(
        flat,
        flat[0, :luma].reshape(height, width),
        flat[0, luma : luma + chroma].reshape(height // 2, width // 2),
        flat[0, luma + chroma :].reshape(height // 2, width // 2),
    )


def planes_from_rgb(rgb: Rgb, out: Planes) -> None:
    """Fill ``out`` from an sRGB picture of its size: chroma rows in pairs, columns by (1, 2, 1)/4 at each even one."""
    height, width = out.y.shape
    yuv = yuv_from_rgb(rgb)
    cv2.extractChannel(yuv, 0, out.y)
    halved = cv2.resize(yuv, (width, height // 2), interpolation=cv2.INTER_LINEAR)  # at ½: the mean of two
    sited = cv2.sepFilter2D(halved, -1, _NARROW, np.ones(1), borderType=cv2.BORDER_REPLICATE)
    np.copyto(out.u, sited[:, ::2, 1])
    np.copyto(out.v, sited[:, ::2, 2])


def plane_views(frame: VideoFrame) -> tuple[Plane, ...]:
    """The planes of an 8-bit planar frame as they lie in libav's memory, each (height, width)."""
    views = []
    for plane in frame.planes:
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, abs(plane.line_size))
        views.append(rows[:: 1 if plane.line_size > 0 else -1, : plane.width])
    return tuple(views)


class Conversion:
    """Converts the frames of one clip into one frame's room, which every call fills again.

    ``stored`` is the (width, height) to scale to before the picture is turned upright; ``colour`` is asked for each
    frame's other colours. ``threads`` is how many threads scaling takes, 0 as many as there are cores.
    """

    def __init__(self, stored: tuple[int, int], turn: Turn, colour: Colour | None, threads: int) -> None:
        self._stored = stored
        self._turn = turn
        self._colour = colour
        self._threads = threads
        self._even = (stored[0] & ~1, stored[1] & ~1)
        self._out = planes_of(*turn.size(*self._even))
        self._steps: _Steps | None = None

    def planes(self, frame: VideoFrame) -> Planes:
        """The frame converted; valid until the next call."""
        meaning = Meaning.of(frame)
        width, height = self._even
        if self._colour:
            whole = np.asarray(self._passed(frame, meaning).to_ndarray(), np.uint8)
            rgb = np.ascontiguousarray(whole[:height, :width])
            planes_from_rgb(self._colour(self._turn.picture(rgb)), self._out)
            return self._out
        plain = frame.format.name in {"yuv420p", "yuvj420p"} and (frame.width, frame.height) == self._stored
        if meaning.by_rgb or not plain:
            frame = self._passed(frame, meaning)
        y, u, v = plane_views(frame)
        half = (slice(height // 2), slice(width // 2))
        self._turn.planes(y[:height, :width], u[half], v[half], self._out)
        if not meaning.by_rgb and (meaning.full or meaning.matrix != "bt709"):
            Recoding(meaning.matrix, full=meaning.full).apply(self._out)
        return self._out

    def _passed(self, frame: VideoFrame, meaning: Meaning) -> VideoFrame:
        """A frame through libav's filters; they are set up anew when the frames' kind changes."""
        kind = (frame.width, frame.height, frame.format.name, meaning)
        if self._steps is None or self._steps.kind != kind:
            self._steps = _Steps(kind, self._stored, "rgb24" if self._colour else "yuv420p", self._threads)
        return self._steps.run(frame)


class _Steps:
    """libav's filters for one kind of frames."""

    def __init__(self, kind: tuple[int, int, str, Meaning], size: tuple[int, int], to: str, threads: int) -> None:
        self.kind = kind
        width, height, pixels, meaning = kind
        self._chain = Chain(width, height, pixels, threads)
        self._sized = {"w": str(size[0]), "h": str(size[1])}
        self._kernel = "bilinear" if (width, height) == size else "bicubic"
        self._read: dict[str, str] = {}
        if not meaning.rgb:
            self._read = {"in_color_matrix": meaning.matrix, "in_range": "full" if meaning.full else "limited"}
        self._to_rgb(meaning)
        self._end(meaning, to)

    def _to_rgb(self, meaning: Meaning) -> None:
        """With transparency, over black first; then, at the size wanted, through 16-bit RGB where more bits count
        and through the table of colours.
        """
        if meaning.alpha:
            self._scale("gbrap16" if meaning.bits > 8 else "gbrap", out_range="full")
            self._chain.add("premultiply", inplace="1")
        if meaning.mapped or meaning.deep:
            self._scale("gbrp16", out_range="full", **self._sized)
        if meaning.mapped:
            with CubeFile(meaning.transfer, meaning.primaries) as cube:
                self._chain.add("lut3d", file=str(cube), interp="tetrahedral")

    def _end(self, meaning: Meaning, to: str) -> None:
        """To the pixels wanted. YCbCr that need not go through RGB keeps its matrix and range, see Recoding."""
        if to == "rgb24":
            self._scale(to, out_range="full", **self._sized)
        elif meaning.by_rgb:
            self._scale(to, out_range="limited", out_color_matrix="bt709", out_chroma_loc="left", **self._sized)
        else:
            kept = {"out_range": self._read["in_range"], "out_color_matrix": meaning.matrix}
            self._chain.add(
                "scale", flags="bicubic+accurate_rnd", out_chroma_loc="left", **kept, **self._sized, **self._read
            )
            self._chain.add("format", pix_fmts=to)
        self._chain.end()

    def _scale(self, to: str, **settings: str) -> None:
        flags = f"{self._kernel}+accurate_rnd+full_chroma_int+full_chroma_inp"
        self._chain.add("scale", flags=flags, **settings, **self._read)
        self._chain.add("format", pix_fmts=to)
        self._read = {"in_range": "full"}

    def run(self, frame: VideoFrame) -> VideoFrame:
        self._chain.push(frame)
        return self._chain.pull()
