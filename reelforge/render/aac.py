"""What AAC does to a mix: a lossy encoder moves peaks, and what is heard is what comes out of the decoder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from types import MappingProxyType

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.packet import Packet
from numpy.typing import NDArray

from reelforge.domain.cues import SAMPLE_RATE

OPTIONS = MappingProxyType({"aac_coder": "fast"})
"""ffmpeg's fast coder: a fifth of the time of its default one, and at 128 kbit/s the smaller error."""
_FRAME = 1024


def through_aac(blocks: Iterable[NDArray[np.float32]], bitrate: int) -> Iterator[NDArray[np.float32]]:
    """Encode consecutive (n, 2) blocks at 48 kHz and ``bitrate`` bit/s, and give back what a player would play.

    It comes 1024 samples late, the encoder's own delay, and is that much longer.
    """
    encoder = AudioCodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = SAMPLE_RATE, "stereo", "fltp"
    encoder.bit_rate, encoder.time_base = bitrate, Fraction(1, SAMPLE_RATE)
    encoder.options = dict(OPTIONS)
    encoder.open()
    decoder = AudioCodecContext.create("aac", "r")
    decoder.extradata = encoder.extradata
    at = 0
    for frames in _frames(blocks):
        packets: list[Packet[AudioStream]] = []
        for frame in frames:
            sound = av.AudioFrame.from_ndarray(np.ascontiguousarray(frame.T), format="fltp", layout="stereo")
            sound.sample_rate, sound.pts = SAMPLE_RATE, at
            at += len(frame)
            packets += encoder.encode(sound)
        yield from _decoded(decoder, packets)
    yield from _decoded(decoder, [*encoder.encode(None), None])


def _decoded(
    decoder: AudioCodecContext, packets: Iterable[Packet[AudioStream] | None]
) -> Iterator[NDArray[np.float32]]:
    planes = [_planes(frame) for packet in packets for frame in decoder.decode(packet)]
    if planes:
        yield np.concatenate(planes)


def _planes(frame: av.AudioFrame) -> NDArray[np.float32]:
    return frame.to_ndarray().T.astype(np.float32, copy=False)


def _frames(blocks: Iterable[NDArray[np.float32]]) -> Iterator[list[NDArray[np.float32]]]:
    """Every block cut into frames of 1024 samples; what is left over goes before the next, the last filled up."""
    held = np.zeros((0, 2), np.float32)
    for block in blocks:
        held = np.concatenate([held, block])
        whole = len(held) // _FRAME * _FRAME
        yield [held[at : at + _FRAME] for at in range(0, whole, _FRAME)]
        held = held[whole:]
    if len(held):
        yield [np.concatenate([held, np.zeros((_FRAME - len(held), 2), np.float32)])]
