"""A look at the finished file: what it holds is gathered in one pass, every check of ``render/checks/`` judges it."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import av.error
import numpy as np

from reelforge.domain.post import Check
from reelforge.domain.timeline import Size, Timeline
from reelforge.render import checks
from reelforge.render.evidence import HEARD_VERSION, Evidence, KeyFrame, PictureTrack, SoundTrack, Text
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
) -> tuple[Check, ...]:
    """Every check of a rendition, passed or not. ``stop`` is called now and then and raises to end the work.

    ``looks`` is the record of every composed frame, ``texts`` what stands over the pictures; without them the checks
    that need them say nothing. ``remembered`` gives again what was heard of the very same sound before. Raises
    ValueError when ``looks`` are not of this timeline.
    """
    if looks and looks.count != timeline.frames:
        raise ValueError(f"{looks.count} frames were composed, where the timeline has {timeline.frames}")
    try:
        evidence = gather(path, timeline, stop, looks, texts, remembered)
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
) -> Evidence:
    """All that the checks look at. The sound is decoded whole once, of the picture at most twelve key frames.

    Raises FFmpegError, ValueError, struct.error or OSError when the file cannot be read as a video with sound.
    """
    names = tuple(name for name, _, _ in boxes(path))
    with av.open(str(path)) as file:
        if not file.streams.video or not file.streams.audio:
            raise ValueError("it lacks a picture or a sound track")
        video, audio = file.streams.video[0], file.streams.audio[0]
        heard, shown, decoded, keys = [], [], [], []
        for packet in file.demux(video, audio):
            if not packet.size or packet.pts is None or packet.dts is None:
                continue
            if packet.stream is audio:
                heard.append(packet)
                continue
            stop()
            shown.append(packet.pts)
            decoded.append(packet.dts)
            if packet.is_keyframe:
                keys.append(packet)
        with ThreadPoolExecutor(1) as pool:  # libavcodec decodes outside Python's lock
            sound = pool.submit(_sound, audio, heard, stop, remembered)
            pictures = _keys(video, keys, timeline, stop)
        return Evidence(
            timeline=timeline,
            size=path.stat().st_size,
            boxes=names,
            picture=_picture(video, shown, decoded, opens=bool(keys) and keys[0].pts == 0),
            sound=sound.result(),
            keys=pictures,
            looks=looks,
            texts=None if texts is None else tuple(texts),
        )


def _picture(video: Any, shown: list[int], decoded: list[int], *, opens: bool) -> PictureTrack:
    context = video.codec_context
    return PictureTrack(
        codec=context.name,
        format=str(context.pix_fmt),
        size=(context.width, context.height),
        colours=(context.color_primaries, context.color_trc, context.colorspace, context.color_range),
        seconds=_seconds(video),
        tick=video.time_base,
        shown=np.array(shown, np.int64),
        decoded=np.array(decoded, np.int64),
        opens_with_key=opens,
    )


def _sound(audio: Any, packets: list[Any], stop: Callable[[], None], remembered: Remembered) -> SoundTrack:
    """What is heard of a stream; the same packets at the same times are the same sound."""
    context = audio.codec_context
    about = (HEARD_VERSION, av.__version__, context.name, context.sample_rate, context.channels, context.extradata)
    digest = hashlib.sha256(repr((*about, audio.duration, audio.time_base)).encode())
    for packet in packets:
        digest.update(repr((packet.pts, packet.time_base, packet.size)).encode())
        digest.update(packet)
    told = remembered(digest.hexdigest(), lambda: _heard(audio, packets, stop).to_bytes())
    return SoundTrack.from_bytes(told)


def _heard(audio: Any, packets: list[Any], stop: Callable[[], None]) -> SoundTrack:
    listener = Listener(audio.codec_context.sample_rate, audio.codec_context.channels)
    for packet in [*packets, None]:
        stop()
        listener.hear(audio.decode(packet))
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
    for packet in [*packets[:: max(1, -(-len(packets) // _MOST_KEYS))], None]:
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
