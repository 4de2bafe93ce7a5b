"""The key frames of a video that are decoded to see what an encoder made of what was composed.

All of them are looked at, or a dozen, spread over the video, where there are more. What was seen of one is known again
by its bytes: the renderer looks at each in its clip, while other segments are being encoded, and need not decode it
once more in the joined file.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, Generic, TypeVar

import av
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext

from reelforge.domain.timeline import Size
from reelforge.render.evidence import KeyFrame
from reelforge.render.looks import VERSION as LOOKS_VERSION
from reelforge.render.looks import Looks
from reelforge.render.mp4 import Clip
from reelforge.render.planes import Planes
from reelforge.render.staircases import staircases

VERSION: Final = f"{LOOKS_VERSION}.1"
"""Raise its last number when the same key frame gives other numbers."""
MOST: Final = 12
"""How many key frames of a video are looked at."""
_CODECS: Final = {"avc1": "h264", "hvc1": "hevc"}
_SHARE: Final = struct.Struct("<d")

Held = TypeVar("Held")

Remembered = Callable[[str, Callable[[], bytes]], bytes]
"""Gives what was made under a name (a SHA-256) before, or makes it."""


def made_anew(_name: str, make: Callable[[], bytes]) -> bytes:
    """Where nothing is remembered."""
    return make()


def spread(frames: int) -> list[int]:
    """Frames at even distances, the first always: of each, the last key frame up to it is looked at."""
    count = min(MOST, frames)
    return [frames * place // count for place in range(count)]


class Spread(Generic[Held]):
    """The key frames to look at, of all that are added in the order in which they are shown; few others are held.

    ``few`` says whether those added are all there are in the video: up to a dozen of them are then looked at.
    """

    def __init__(self, frames: int, *, few: bool = True) -> None:
        self._wanted = spread(frames)[::-1]
        self._last: tuple[int, Held] | None = None
        self._chosen: list[tuple[int, Held]] = []
        self._all: list[tuple[int, Held]] | None = [] if few else None

    def add(self, number: int, key: Held) -> None:
        """The next key frame, which is frame ``number`` of the video."""
        self._settle(number)
        self._last = number, key
        if self._all is not None:
            self._all = [*self._all, self._last] if len(self._all) < MOST else None

    def chosen(self) -> list[tuple[int, Held]]:
        """Those to look at, with their numbers, once all were added."""
        self._settle(None)
        return self._chosen if self._all is None else self._all

    def _settle(self, number: int | None) -> None:
        """Before key frame ``number`` comes: what was wanted before it is the last one."""
        passed = False
        while self._wanted and (number is None or self._wanted[-1] < number):
            self._wanted.pop()
            passed = True
        if passed and self._last:
            self._chosen.append(self._last)


class Eyes:
    """A decoder of key frames by themselves; ``name`` and ``header`` are the codec's and its configuration (avcC or
    hvcC). Used by one thread.
    """

    def __init__(self, name: str, header: bytes) -> None:
        self._name, self._header = name, header
        self._context: VideoCodecContext | None = None

    @classmethod
    def of(cls, clip: Clip) -> Eyes:
        return cls(_CODECS[clip.codec], clip.header)

    def known(self, key: bytes) -> str:
        """The SHA-256 by which what was seen of a key frame is known."""
        told = repr((VERSION, av.__version__, self._name, hashlib.sha256(self._header).hexdigest()))
        return hashlib.sha256(told.encode() + key).hexdigest()

    def see(self, key: bytes) -> bytes:
        """Decode a key frame and tell what it looks like, for :func:`seen`. Raises FFmpegError when it is damaged."""
        if self._context is None:
            context = VideoCodecContext.create(self._name, "r")
            assert isinstance(context, VideoCodecContext)
            context.extradata, context.thread_count = self._header, 1
            self._context = context
        shown = [*self._context.decode(Packet(key)), *self._context.decode(None)]
        self._context.flush_buffers()
        if not shown:
            raise ValueError("a key frame shows nothing")
        return _told(shown[0])


def seen(number: int, told: bytes) -> KeyFrame:
    """What :meth:`Eyes.see` told, of frame ``number``."""
    return KeyFrame(number, Looks.from_bytes(told[_SHARE.size :]), *_SHARE.unpack_from(told))


def look(clip: Clip, first: int | None, frames: int, remembered: Remembered, stop: Callable[[], None]) -> None:
    """Look at those key frames of a clip that will be looked at in a video of so many frames, where the clip begins at
    frame ``first``; at all of them when that is None, because the video has so few.
    """
    eyes = Eyes.of(clip)
    wanted = [clip.samples[place] for place in clip.keys] if first is None else _wanted(clip, first, frames)
    with clip.path.open("rb") as file:
        for offset, size in wanted:
            stop()
            file.seek(offset)
            key = file.read(size)
            remembered(eyes.known(key), partial(eyes.see, key))


def _wanted(clip: Clip, first: int, frames: int) -> Iterator[tuple[int, int]]:
    """Where the key frames stand that are looked at, by the same rule as in a whole video of many."""
    chosen: Spread[tuple[int, int] | None] = Spread(frames, few=False)
    for number, sample in sorted((clip.numbers[place], clip.samples[place]) for place in clip.keys):
        chosen.add(first + number, sample)
    chosen.add(first + len(clip.numbers), None)  # what is wanted from there on is the next clip's
    return (sample for _, sample in chosen.chosen() if sample)


def _told(frame: Any) -> bytes:
    width, height = frame.width // 2 * 2, frame.height // 2 * 2
    planes = Planes.empty(Size(width=width, height=height))
    if (frame.format.name, frame.width, frame.height) != ("yuv420p", width, height):
        frame = frame.reformat(width=width, height=height, format="yuv420p")
    planes.flat[0] = frame.to_ndarray().reshape(-1)
    return _SHARE.pack(staircases(planes.y)) + Looks.of(planes).to_bytes()
