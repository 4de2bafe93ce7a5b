"""A look at the finished file: what it holds is gathered packet by packet; every check of ``render/checks/`` judges."""

from __future__ import annotations

import hashlib
import struct
from array import array
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import av.error
import numpy as np
from av.stream import Discard

from reelforge.domain.post import Check
from reelforge.domain.timeline import Size, Timeline
from reelforge.render import checks
from reelforge.render.evidence import HEARD_VERSION, Bare, Evidence, KeyFrame, PictureTrack, SoundTrack, Text
from reelforge.render.listening import Listener
from reelforge.render.looks import Looks
from reelforge.render.mp4 import boxes
from reelforge.render.planes import Planes

_MOST_KEYS: Final = 12
_LINES: Final = 128
"""Of how many lines of a key frame's luma, each way, the full length is kept."""


Remembered = Callable[[str, Callable[[], bytes]], bytes]
"""Gives what was made under a name (a SHA-256) before, or makes it."""


def _made_anew(_name: str, make: Callable[[], bytes]) -> bytes:
    return make()


def probe(
    path: Path,
    timeline: Timeline,
    stop: Callable[[], None],
    looks: Looks | None = None,
    texts: Sequence[Text] | None = None,
    remembered: Remembered = _made_anew,
    bare: Bare | None = None,
    contents: Sequence[str] | None = None,
) -> tuple[Check, ...]:
    """Every check of a rendition, passed or not. ``stop`` is called now and then and raises to end the work.

    ``looks`` is the record of every composed frame, ``texts`` what stands over the pictures, ``bare`` shows the
    pictures by themselves, ``contents`` are the hashes of what the shots show; without them the checks that need them
    say less, or nothing. ``remembered`` gives again what was heard of the very same sound before. Raises ValueError
    when ``looks`` are not of this timeline.
    """
    if looks and looks.count != timeline.frames:
        raise ValueError(f"{looks.count} frames were composed, where the timeline has {timeline.frames}")
    try:
        evidence = gather(path, timeline, stop, looks, texts, remembered, bare, contents)
    except (av.error.FFmpegError, ValueError, struct.error, OSError) as error:
        return (Check(name="readable", passed=False, sentence=f"The video cannot be read ({error})."),)
    return checks.judge(evidence, stop)


def gather(
    path: Path,
    timeline: Timeline,
    stop: Callable[[], None],
    looks: Looks | None = None,
    texts: Sequence[Text] | None = None,
    remembered: Remembered = _made_anew,
    bare: Bare | None = None,
    contents: Sequence[str] | None = None,
) -> Evidence:
    """All that the checks look at. The sound is decoded whole once, if it is not remembered, of the picture at most
    twelve key frames. The file is read packet by packet: 16 bytes are kept of each frame (1.7 MB an hour at 30 a
    second), 4 of each 1/10 s of sound (0.15 MB an hour), and two dozen key frames as they are encoded.

    Raises FFmpegError, ValueError, struct.error or OSError when the file cannot be read as a video with sound.
    """
    names = tuple(name for name, _, _ in boxes(path))
    with av.open(str(path)) as file:
        if not file.streams.video or not file.streams.audio:
            raise ValueError("it lacks a picture or a sound track")
        video, audio = file.streams.video[0], file.streams.audio[0]
        shown, decoded, keys, sound = array("q"), array("q"), _Spread(), _digest(audio)
        for packet in file.demux(video, audio):
            if not packet.size or packet.pts is None or packet.dts is None:
                continue
            if packet.stream is audio:
                sound.update(repr((packet.pts, packet.time_base, packet.size)).encode())
                sound.update(packet)
                continue
            stop()
            shown.append(packet.pts)
            decoded.append(packet.dts)
            if packet.is_keyframe:
                keys.add(packet)
        chosen = keys.chosen()
        with ThreadPoolExecutor(1) as pool:  # libavcodec decodes outside Python's lock
            heard = pool.submit(remembered, sound.hexdigest(), lambda: _heard(path, stop).to_bytes())
            pictures = _keys(video, chosen, timeline, stop)
        return Evidence(
            timeline=timeline,
            size=path.stat().st_size,
            boxes=names,
            picture=_picture(video, shown, decoded, opens=bool(chosen) and chosen[0].pts == 0),
            sound=SoundTrack.from_bytes(heard.result()),
            keys=pictures,
            looks=looks,
            texts=None if texts is None else tuple(texts),
            bare=bare,
            contents=None if contents is None else tuple(contents),
        )


class _Spread:
    """Packets from all over those that are added: every one is held at first, then every second, every fourth …, never
    more than twice :data:`_MOST_KEYS`.
    """

    def __init__(self) -> None:
        self._held: list[Any] = []
        self._seen, self._stride = 0, 1

    def add(self, packet: Any) -> None:
        if self._seen % self._stride == 0:
            self._held.append(packet)
        if len(self._held) > 2 * _MOST_KEYS:
            self._held, self._stride = self._held[::2], 2 * self._stride
        self._seen += 1

    def chosen(self) -> list[Any]:
        """At most :data:`_MOST_KEYS` of them, the first always."""
        count = min(_MOST_KEYS, len(self._held))
        return [self._held[place * len(self._held) // count] for place in range(count)]


def _digest(audio: Any) -> Any:
    """Begins the SHA-256 of what decides how a stream sounds; its packets and their times belong to it."""
    context = audio.codec_context
    about = (HEARD_VERSION, av.__version__, context.name, context.sample_rate, context.channels, context.extradata)
    return hashlib.sha256(repr((*about, audio.duration, audio.time_base)).encode())


def _picture(video: Any, shown: array[int], decoded: array[int], *, opens: bool) -> PictureTrack:
    context = video.codec_context
    return PictureTrack(
        codec=context.name,
        format=str(context.pix_fmt),
        size=(context.width, context.height),
        colours=(context.color_primaries, context.color_trc, context.colorspace, context.color_range),
        seconds=_seconds(video),
        tick=video.time_base,
        shown=np.asarray(shown, np.int64),
        decoded=np.asarray(decoded, np.int64),
        opens_with_key=opens,
    )


def _heard(path: Path, stop: Callable[[], None]) -> SoundTrack:
    """The sound of a file, decoded while it is read."""
    with av.open(str(path)) as file:
        audio = file.streams.audio[0]
        for stream in file.streams:
            stream.discard = Discard.default if stream is audio else Discard.all
        listener = Listener(audio.codec_context.sample_rate, audio.codec_context.channels)
        for packet in file.demux(audio):
            stop()
            if packet.size and packet.pts is not None and packet.dts is not None:
                listener.hear(audio.decode(packet))
        listener.hear(audio.decode(None))
        return _track(audio, listener)


def _track(audio: Any, listener: Listener) -> SoundTrack:
    levels, loudness, peak = listener.finish()
    return SoundTrack(
        codec=audio.codec_context.name,
        rate=audio.codec_context.sample_rate,
        channels=audio.codec_context.channels,
        seconds=_seconds(audio),
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


def _seconds(stream: Any) -> float:
    return float((stream.duration or 0) * (stream.time_base or 0))


def _keys(video: Any, packets: list[Any], timeline: Timeline, stop: Callable[[], None]) -> tuple[KeyFrame, ...]:
    """Key frames spread over the video; nothing else of the picture is decoded."""
    context = video.codec_context
    context.thread_type, context.thread_count = "FRAME", 2
    spacing = Fraction(timeline.rate.den, timeline.rate.num)
    found = []
    for packet in [*packets, None]:
        stop()
        for frame in context.decode(packet):
            number = round((frame.pts or 0) * video.time_base / spacing)
            found.append(_key(frame, number))
    return tuple(found)


def _key(frame: Any, number: int) -> KeyFrame:
    width, height = frame.width // 2 * 2, frame.height // 2 * 2
    planes = Planes.empty(Size(width=width, height=height))
    if (frame.format.name, frame.width, frame.height) != ("yuv420p", width, height):
        frame = frame.reformat(width=width, height=height, format="yuv420p")
    planes.flat[0] = frame.to_ndarray().reshape(-1)
    across = planes.y[:: max(1, height // _LINES)].copy()
    down = np.ascontiguousarray(planes.y[:, :: max(1, width // _LINES)].T)
    return KeyFrame(number, Looks.of(planes), across, down)
