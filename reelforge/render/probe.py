"""A look at the finished file: does it keep the platforms' specification, and is there something to see and hear?"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import cv2
import numpy as np

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.post import Check
from reelforge.domain.timeline import Timeline
from reelforge.render.mp4 import boxes

_MOST_BYTES = 300_000_000
_MOST_BITS = 25_000_000
_LOOKS = 12
_BLACK = 32
"""A frame whose brightest half percent stays below this luma is black."""
_SAME = 0.25
"""Two frames whose thumbnails differ by less than this mean luma are the same."""
_SILENT = 1e-3
"""−60 dBFS: below it, nothing is heard."""


@dataclass
class _Found:
    """What one pass over the file has shown."""

    boxes: list[bytes]
    times: list[Fraction] = field(default_factory=list)
    decoding: list[Fraction] = field(default_factory=list)
    key_first: bool = False
    looks: list[np.ndarray[Any, np.dtype[np.uint8]]] = field(default_factory=list)
    picture: dict[str, Any] = field(default_factory=dict)
    sound: dict[str, Any] = field(default_factory=dict)
    seconds: tuple[float, float] = (0.0, 0.0)
    loudest: float = 0.0


def probe(path: Path, timeline: Timeline, stop: Callable[[], None]) -> tuple[Check, ...]:
    """Every check of a rendition, passed or not. ``stop`` is called now and then and raises to end the work."""
    try:
        found = _look(path, stop)
    except (av.error.FFmpegError, IndexError, ValueError, struct.error, OSError) as error:
        return (Check(name="readable", passed=False, sentence=f"The video cannot be read ({error})."),)
    return (*_file(path, found, timeline), *_pictures(found, timeline), *_sound(found, timeline))


def _look(path: Path, stop: Callable[[], None]) -> _Found:
    found = _Found([name for name, _, _ in boxes(path)])
    with av.open(str(path)) as file:
        video, audio = file.streams.video[0], file.streams.audio[0]
        context = video.codec_context
        found.picture = {
            "codec": context.name,
            "format": context.pix_fmt,
            "size": (context.width, context.height),
            "colours": (context.color_primaries, context.color_trc, context.colorspace, context.color_range),
        }
        found.sound = {"codec": audio.codec_context.name, "rate": audio.codec_context.sample_rate}
        found.sound["channels"] = audio.codec_context.channels
        found.seconds = (_seconds(video), _seconds(audio))
        keys = []
        for packet in file.demux(video, audio):
            if not packet.size or packet.pts is None or packet.dts is None or packet.time_base is None:
                continue
            if packet.stream is audio:
                found.loudest = max([found.loudest, *map(_loudness, packet.decode())])
                continue
            stop()
            found.times.append(packet.pts * packet.time_base)
            found.decoding.append(packet.dts * packet.time_base)
            if packet.is_keyframe:
                keys.append(packet)
        found.key_first = bool(keys) and keys[0].pts == 0
        _decode(found, context, keys)
    return found


def _loudness(frame: Any) -> float:
    """Root mean square of a block of decoded samples, 1 = full scale."""
    return float(np.sqrt(np.mean(np.square(frame.to_ndarray()))))


def _seconds(stream: Any) -> float:
    return float((stream.duration or 0) * (stream.time_base or 0))


def _decode(found: _Found, context: Any, keys: list[Any]) -> None:
    """Thumbnails of up to twelve key frames, spread over the video; only these are decoded."""
    context.thread_type = "NONE"
    step = max(1, -(-len(keys) // _LOOKS))
    frames = [frame for packet in keys[::step] for frame in context.decode(packet)]
    frames += context.decode(None)
    for frame in frames:
        luma = frame.to_ndarray()[: frame.height, : frame.width]
        found.looks.append(cv2.resize(luma, (72, 128), interpolation=cv2.INTER_AREA))


def _check(name: str, passed: bool, good: str, bad: str) -> Check:
    return Check(name=name, passed=passed, sentence=good if passed else bad)


def _file(path: Path, found: _Found, timeline: Timeline) -> Iterator[Check]:
    names, size = found.boxes, path.stat().st_size
    order = b"moov" in names and b"mdat" in names and names.index(b"moov") < names.index(b"mdat")
    yield _check(
        "container",
        names[:1] == [b"ftyp"] and order,
        "It is an MP4 with its header first.",
        "It is not an MP4 with its header (moov) before the media.",
    )
    yield _check(
        "edit lists", b"edts" not in names, "It has no edit lists.", "It has an edit list, which platforms refuse."
    )
    seconds = timeline.rate.seconds(timeline.frames)
    rate = size * 8 / seconds
    yield _check(
        "size",
        size <= _MOST_BYTES and rate <= _MOST_BITS,
        f"It has {size / 1e6:.1f} MB, {rate / 1e6:.1f} Mbit/s.",
        f"It has {size / 1e6:.1f} MB at {rate / 1e6:.1f} Mbit/s; 300 MB and 25 Mbit/s are allowed.",
    )
    picture, sound = found.seconds
    apart = max(abs(picture - seconds), abs(sound - seconds), abs(picture - sound))
    yield _check(
        "length",
        apart <= 0.025,
        f"Picture and sound both last {seconds:.3f} s.",
        f"The picture lasts {picture:.3f} s and the sound {sound:.3f} s, where the timeline says {seconds:.3f} s.",
    )


def _pictures(found: _Found, timeline: Timeline) -> Iterator[Check]:
    wanted = {"codec": "h264", "format": "yuv420p", "size": (timeline.size.width, timeline.size.height)}
    got = {name: found.picture[name] for name in wanted}
    told = "{codec} {format} {size[0]}×{size[1]}".format
    yield _check(
        "picture",
        got == wanted,
        f"The picture is {told(**got)}.",
        f"The picture is {told(**got)}, not {told(**wanted)}.",
    )
    yield _check(
        "colours",
        found.picture["colours"] == (1, 1, 1, 1),
        "Its colours are marked BT.709, limited range.",
        "Its colours are not marked as BT.709, limited range.",
    )
    spacing = Fraction(timeline.rate.den, timeline.rate.num)
    even = sorted(found.times) == [number * spacing for number in range(timeline.frames)]
    rising = all(a < b for a, b in zip(found.decoding, found.decoding[1:], strict=False))
    yield _check(
        "frames",
        even and rising,
        f"It has {len(found.times)} frames at an even {float(1 / spacing):g} a second.",
        f"It has {len(found.times)} frames, or unevenly spaced ones, where {timeline.frames} evenly spaced are due.",
    )
    yield _check(
        "opening",
        found.key_first,
        "It opens with a key frame at time 0.",
        "It does not open with a key frame at time 0.",
    )
    bright = [np.percentile(look, 99.5) for look in found.looks]
    yield _check(
        "black",
        any(level >= _BLACK for level in bright),
        f"There is a picture in {sum(level >= _BLACK for level in bright)} of {len(bright)} frames looked at.",
        "The whole video is black.",
    )
    changing = len({(shot.source, shot.motion) for shot in timeline.shots}) > 1
    moved = [cv2.absdiff(a, b).mean() for a, b in zip(found.looks, found.looks[1:], strict=False)]
    yield _check(
        "frozen",
        not changing or any(change > _SAME for change in moved) or not moved,
        "The picture changes as the timeline says.",
        "The picture stands still though the timeline has several shots.",
    )


def _sound(found: _Found, timeline: Timeline) -> Iterator[Check]:
    got = (found.sound["codec"], found.sound["rate"], found.sound["channels"])
    said = f"The sound is {got[0].upper()}, {got[1]} Hz, {got[2]} channels"
    yield _check(
        "sound", got == ("aac", SAMPLE_RATE, 2), f"{said}.", f"{said}, where AAC, {SAMPLE_RATE} Hz, 2 channels are due."
    )
    meant = bool(timeline.audio.speech or timeline.audio.music)
    yield _check(
        "silence",
        not meant or found.loudest > _SILENT,
        "There is something to hear." if meant else "It is silent, as the timeline says.",
        "It is silent though the timeline has speech or music.",
    )
