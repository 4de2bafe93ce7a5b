"""What is heard in a sound track when it is decoded as a player would: measured once, and known again by its packets.

The renderer listens to the sound as soon as it is encoded, to know its loudness and peaks, while pictures still are
encoded; the check of the joined video, in which the very same packets stand, finds it heard.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Discard

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.render.evidence import HEARD_VERSION, SoundTrack
from reelforge.render.join import sound_packets
from reelforge.render.keys import Remembered
from reelforge.render.listening import Listener


class Fingerprint:
    """The SHA-256 of what decides how a stream of a length (s) sounds; its packets and their times belong to it."""

    def __init__(self, audio: AudioStream, seconds: Fraction) -> None:
        context = audio.codec_context
        about = (context.name, context.sample_rate, context.channels, context.extradata)
        self._hash = hashlib.sha256(repr((HEARD_VERSION, av.__version__, *about, seconds)).encode())

    def add(self, packet: Packet[Any]) -> None:
        """The next packet, as it stands in the file."""
        self._hash.update(repr((packet.pts, packet.time_base, packet.size)).encode())
        self._hash.update(packet)

    @property
    def name(self) -> str:
        return self._hash.hexdigest()


def length(audio: AudioStream) -> Fraction:
    """How long the stream says it is, in seconds."""
    return Fraction((audio.duration or 0) * (audio.time_base or 0))


def heard(path: Path, stop: Callable[[], None]) -> SoundTrack:
    """The sound of a file, decoded while it is read. ``stop`` is called for each packet and may raise."""
    with av.open(str(path)) as file:
        audio = file.streams.audio[0]
        for stream in file.streams:
            stream.discard = Discard.default if stream is audio else Discard.all
        whole = (packet for packet in file.demux(audio) if packet.size and packet.pts is not None)
        return _listened(audio, (packet for packet in whole if packet.dts is not None), length(audio), stop)


def ahead(path: Path, samples: int, stop: Callable[[], None]) -> SoundTrack:
    """Listen to a sound track as it will stand in a video of ``samples`` samples."""
    with av.open(str(path)) as file:
        packets = (_bare(packet) for packet in sound_packets(file, samples))
        return _listened(file.streams.audio[0], packets, Fraction(samples, SAMPLE_RATE), stop)


def remember(heard: SoundTrack, path: Path, samples: int, remembered: Remembered) -> None:
    """Let what was heard :func:`ahead` of a sound track be known to the check of the video it will stand in."""
    with av.open(str(path)) as file:
        fingerprint = Fingerprint(file.streams.audio[0], Fraction(samples, SAMPLE_RATE))
        for packet in sound_packets(file, samples):
            fingerprint.add(packet)
    remembered(fingerprint.name, heard.to_bytes)


def _bare(packet: Packet[Any]) -> Packet[Any]:
    """The packet without what the track's own file says of priming: a video's says nothing of it."""
    bare: Packet[Any] = Packet(bytes(packet))
    bare.pts, bare.dts, bare.time_base, bare.duration = packet.pts, packet.dts, packet.time_base, packet.duration
    return bare


def _listened(
    audio: AudioStream, packets: Iterable[Packet[Any]], seconds: Fraction, stop: Callable[[], None]
) -> SoundTrack:
    context = audio.codec_context
    listener = Listener(context.sample_rate, context.channels)
    for packet in packets:
        stop()
        listener.hear(audio.decode(packet))
    listener.hear(audio.decode(None))
    levels, loudness, peak = listener.finish()
    return SoundTrack(
        codec=context.name,
        rate=context.sample_rate,
        channels=context.channels,
        seconds=float(seconds),
        start=listener.start,
        wander=listener.wander,
        wander_at=listener.wander_at,
        samples=listener.samples,
        levels=levels,
        loudness=loudness,
        true_peak=peak,
        clipped=tuple(listener.clipped),
        clips=listener.clips,
    )
