"""x264 within this process, through libav: no program to start for every segment, and no frames through a pipe.

To start an ffmpeg, to hand it the frames and to end it takes a tenth of what encoding itself does. Hardware encoders,
whose drivers hang and die, stay in a process of their own, and so does x265 (:mod:`reelforge.render.ffmpeg`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import av
import av.error
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from reelforge.domain.timeline import Rate, Size
from reelforge.errors import NeedsPersonError, ReelForgeError
from reelforge.render.ffmpeg import FULL_DISK, EncoderDiedError, EncoderRefusedError

ENCODERS: Final = frozenset({"libx264"})
_BT709, _LIMITED = 1, 1
"""ISO/IEC 23091-2's number for BT.709's primaries, transfer and matrix; libavutil's for the limited range."""


@cache
def has(name: str) -> bool:
    """Whether an encoder of that name is used within the process: libav may have been built without it."""
    return name in ENCODERS and name in av.codecs_available


def identity() -> str:
    """Changes when the encoders may give other bytes."""
    return f"libav {av.__version__}"


class LibavStream:
    """A silent clip written to ``out`` as an MP4, frame by frame; a context manager.

    ``options`` are the encoder's, as libav names them. ``check`` is called at every frame that goes in and every one
    that comes out, and raises when the work was cancelled: an encoder that looks far ahead does most of its work when
    there is no more to come. ``aside`` encodes in a thread of its own, while the next frame is made.
    """

    def __init__(
        self,
        name: str,
        options: Mapping[str, str],
        size: Size,
        rate: Rate,
        out: Path,
        what: str,
        check: Callable[[], None],
        *,
        aside: bool = False,
    ) -> None:
        self._name = name
        self._options = {key: value for key, value in options.items() if key != "pix_fmt"}
        self._size, self._rate = size, rate
        self._out = out
        self._what = what
        self._check = check
        self._aside = aside
        self._sent = 0
        self._going: Future[None] | None = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        rate = Fraction(self._rate.num, self._rate.den)
        try:
            # libav keeps a file open that it could write no header to; this one is ours to close.
            file = self._open.enter_context(self._out.open("wb"))
            self._file = self._open.enter_context(av.open(file, "w", format="mp4", options={"fflags": "bitexact"}))
            stream = self._file.add_stream(self._name, rate=rate, options=self._options)
            assert isinstance(stream, VideoStream)
            stream.width, stream.height, stream.pix_fmt = self._size.width, self._size.height, "yuv420p"
            context = stream.codec_context
            context.time_base, context.color_range = 1 / rate, _LIMITED
            context.color_primaries = context.color_trc = context.colorspace = _BT709
            context.thread_type = "FRAME"  # as ffmpeg has it: PyAV's own choice cuts every frame into slices
            context.open()
        except (av.error.FFmpegError, OSError, ValueError) as error:
            self._close()
            raise self._told(error, refused=isinstance(error, av.error.ArgumentError)) from error
        self._stream, self._tick = stream, 1 / rate
        if self._aside:
            self._encode_next = self._open.enter_context(ThreadPoolExecutor(1)).submit
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def write(self, frame: memoryview) -> None:
        """Encode one planar 4:2:0 frame, whose memory must stay as it is until the next one is sent.

        Raises EncoderDiedError when the encoder fails, and NeedsPersonError when the disk is full.
        """
        self._check()
        rows = np.frombuffer(frame, np.uint8).reshape(self._size.height * 3 // 2, self._size.width)
        # The encoder itself copies what it is given. PyAV finds the last plane only where its rows come out even.
        lend = VideoFrame.from_numpy_buffer if self._size.height % 4 == 0 else VideoFrame.from_ndarray
        picture = lend(rows, "yuv420p")
        picture.pts, picture.time_base = self._sent, self._tick
        self._sent += 1
        if self._aside:
            self._settle()
            self._going = self._encode_next(self._encode, picture)
        else:
            self._encode(picture)

    def finish(self) -> None:
        """Encode what is left and end the file. Raises as :meth:`write` does."""
        self._settle()
        self._encode(None)
        try:
            self._open.close()
        except (av.error.FFmpegError, OSError) as error:
            del self._stream, self._file
            raise self._told(error) from error

    def _settle(self) -> None:
        """Wait for what the other thread encodes."""
        going, self._going = self._going, None
        if going:
            going.result()

    def _encode(self, picture: VideoFrame | None) -> None:
        packet = None
        try:
            for packet in self._stream.codec_context.encode_lazy(picture):
                self._check()
                packet.stream = self._stream
                self._file.mux(packet)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            # libav's file keeps the error, and the error this frame: all of the encoder would stay with them.
            del self._stream, self._file, packet
            raise self._told(error) from error

    def _told(self, error: Exception, *, refused: bool = False) -> ReelForgeError:
        if getattr(error, "errno", None) in FULL_DISK:
            return NeedsPersonError(
                f"The disk is full: {self._what} could not be written.", remedy="Free some space and retry."
            )
        why = getattr(error, "strerror", None) or str(error)
        if refused:
            return EncoderRefusedError(
                f"{self._name} refused to encode {self._what} ({why}).",
                remedy="Change what encode asks for in the timeline.",
            )
        return EncoderDiedError(
            f"{self._name} failed while encoding {self._what} ({why}).", remedy="It will be tried again."
        )

    def _close(self) -> None:
        """Let go of the file, which is nobody's any more."""
        with suppress(av.error.FFmpegError, OSError):  # what is left cannot be written either
            self._open.close()
