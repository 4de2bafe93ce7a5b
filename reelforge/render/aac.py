"""The sound as players get it: AAC, in an MP4 of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Final

import av
import numpy as np
from av.audio.stream import AudioStream
from av.packet import Packet
from numpy.typing import NDArray

from reelforge.domain.cues import SAMPLE_RATE

Stereo = NDArray[np.float32]
OPTIONS: Final = MappingProxyType({"aac_coder": "fast"})
"""ffmpeg's fast coder: a fifth of the time of its default one, and at 128 kbit/s the smaller error."""
FRAME: Final = 1024
"""Samples in one AAC packet, and the native encoder's delay."""


def encode(blocks: Iterable[Stereo], out: Path, bitrate: int) -> None:
    """Write AAC-LC of consecutive (n, 2) blocks at 48 kHz, less the first 1024 samples. ``bitrate`` in bit/s.

    An encoder's output begins with 1024 samples of priming: so every sample after them is heard exactly where it was
    without an edit list.
    """
    with av.open(str(out), "w", format="mp4", options={"fflags": "bitexact"}) as file:
        stream = file.add_stream("aac", rate=SAMPLE_RATE, layout="stereo", bit_rate=bitrate, options=dict(OPTIONS))
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        for packets in _packets(stream, blocks):
            for packet in packets:
                file.mux(packet)


def _packets(stream: AudioStream, blocks: Iterable[Stereo]) -> Iterator[list[Packet[AudioStream]]]:
    skip, at = FRAME, 0
    for block in blocks:
        rest = block[skip:]
        skip -= len(block) - len(rest)
        if len(rest):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(rest.T), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, at, Fraction(1, SAMPLE_RATE)
            at += len(rest)
            yield stream.encode(frame)
    if not at:  # all of it lies within the priming, which an encoder that was given nothing does not write
        frame = av.AudioFrame.from_ndarray(np.zeros((2, FRAME), np.float32), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, 0, Fraction(1, SAMPLE_RATE)
        yield stream.encode(frame)
    yield stream.encode(None)


def planes(frame: av.AudioFrame) -> NDArray[np.float32]:
    """(channels, samples) of a decoded frame of planar floats."""
    return np.stack([np.frombuffer(memoryview(plane), np.float32, frame.samples) for plane in frame.planes])
