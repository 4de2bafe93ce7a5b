"""What libav is let do with a person's file: read that file alone, and give its sound in one format throughout."""

from __future__ import annotations

from typing import Any, BinaryIO, Final

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer

_BLOCK: Final = 1 << 18
_ALSO_CALLED: Final = {"mov": "mov,mp4,m4a,3gp,3g2,mj2", "matroska": "matroska,webm"}


def open_alone(file: BinaryIO, kind: str, **options: str) -> InputContainer:
    """Open a file with the demuxer ``kind`` (told from the content, not from the name) and every way to open anything
    else closed: libav takes a path such as ``concat:a.m4a`` for an address, and guesses formats that name other files.

    ``options`` are more of libav's. The caller closes ``file`` after the container. Raises what PyAV does: FFmpegError,
    OSError, ValueError or OverflowError.
    """
    return av.open(
        file,
        "r",
        format=kind,
        # Belt and braces: `_open_nothing` already refuses whatever these would let through.
        options={"protocol_whitelist": "file", "format_whitelist": _ALSO_CALLED.get(kind, kind), **options},
        buffer_size=_BLOCK,
        metadata_errors="replace",
        io_open=_open_nothing,
    )


def _open_nothing(url: str, flags: int, options: dict[str, str]) -> Any:
    """What libav is answered when a file asks it to open another one."""
    raise PermissionError(f"{url} is not opened (flags {flags}, {len(options)} options)")


class Resampler:
    """Decoded frames as packed floats at one rate, whatever they are and even where they change midway, as in streams
    that were joined: of one ``layout``, or without it mono where they are mono and stereo where they are more.
    """

    def __init__(self, rate: int, layout: str = "") -> None:
        self._rate, self._layout = rate, layout
        self._from: tuple[str, str, int] | None = None
        self._now: AudioResampler | None = None

    def resample(self, frame: AudioFrame | None) -> list[AudioFrame]:
        """What comes of the next frame, or with ``None`` at the end: what is still held. Raises FFmpegError or
        ValueError for sound that libav cannot convert.
        """
        comes = (frame.format.name, frame.layout.name, frame.sample_rate) if frame else None
        held: list[AudioFrame] = []
        if self._now and comes != self._from:
            held = [last for last in self._now.resample(None) if last is not None]
            self._now = None
        if frame is None:
            return held
        if self._now is None:
            layout = self._layout or ("mono" if frame.layout.nb_channels == 1 else "stereo")
            self._now, self._from = AudioResampler(format="flt", layout=layout, rate=self._rate), comes
        return [*held, *self._now.resample(frame)]
