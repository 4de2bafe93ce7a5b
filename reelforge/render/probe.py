"""A look at the finished file: what it holds is gathered packet by packet; every check of ``render/checks/`` judges."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, Final

import av
import av.error
import numpy as np
from msgspec.structs import asdict

from reelforge.domain.post import Check
from reelforge.domain.timeline import Timeline
from reelforge.render import checks, keys
from reelforge.render.evidence import Composed, Evidence, KeyFrame, PictureTrack, SoundTrack
from reelforge.render.hearing import Fingerprint, heard, length
from reelforge.render.keys import Eyes, Remembered, made_anew
from reelforge.render.mp4 import boxes

NOTHING_KNOWN: Final = Composed()


def probe(
    path: Path,
    timeline: Timeline,
    stop: Callable[[], None],
    composed: Composed = NOTHING_KNOWN,
    remembered: Remembered = made_anew,
) -> tuple[Check, ...]:
    """Every check of a rendition, passed or not. ``stop`` is called now and then and raises to end the work.

    ``remembered`` gives again what was heard of the very same sound before, and seen of the very same key frames.
    Raises ValueError when the frames of ``composed`` are not of this timeline.
    """
    if composed.looks and composed.looks.count != timeline.frames:
        raise ValueError(f"{composed.looks.count} frames were composed, where the timeline has {timeline.frames}")
    try:
        evidence = gather(path, timeline, stop, composed, remembered)
    except (av.error.FFmpegError, ValueError, struct.error, OSError) as error:
        return (Check(name="readable", passed=False, sentence=f"The video cannot be read ({error})."),)
    return checks.judge(evidence, stop)


def gather(
    path: Path,
    timeline: Timeline,
    stop: Callable[[], None],
    composed: Composed = NOTHING_KNOWN,
    remembered: Remembered = made_anew,
) -> Evidence:
    """All that the checks look at. The sound is decoded whole once and of the picture a dozen key frames, as far as
    they are not remembered. The file is read packet by packet: 16 bytes are kept of each frame (1.7 MB an hour at 30 a
    second), 4 of each 1/10 s of sound (0.15 MB an hour), and the dozen key frames as they are encoded.

    Raises FFmpegError, ValueError, struct.error or OSError when the file cannot be read as a video with sound.
    """
    names = tuple(name for name, _, _ in boxes(path))
    with av.open(str(path)) as file:
        if not file.streams.video or not file.streams.audio:
            raise ValueError("it lacks a picture or a sound track")
        video, audio = file.streams.video[0], file.streams.audio[0]
        shown, decoded, sound = array("q"), array("q"), Fingerprint(audio, length(audio))
        spread: keys.Spread[bytes] = keys.Spread(timeline.frames)
        spacing, opens = Fraction(timeline.rate.den, timeline.rate.num), False
        for packet in file.demux(video, audio):
            if not packet.size or packet.pts is None or packet.dts is None:
                continue
            if packet.stream is audio:
                sound.add(packet)
                continue
            stop()
            if packet.is_keyframe:
                opens = opens or (not shown and packet.pts == 0)
                spread.add(round(packet.pts * (video.time_base or 0) / spacing), bytes(packet))
            shown.append(packet.pts)
            decoded.append(packet.dts)
        with ThreadPoolExecutor(1) as pool:  # libavcodec decodes outside Python's lock
            hearing = pool.submit(remembered, sound.name, lambda: heard(path, stop).to_bytes())
            pictures = _seen(video, spread.chosen(), remembered, stop)
        return Evidence(
            timeline=timeline,
            size=path.stat().st_size,
            boxes=names,
            picture=_picture(video, shown, decoded, opens=opens),
            sound=SoundTrack.from_bytes(hearing.result()),
            keys=pictures,
            **asdict(composed),
        )


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


def _seconds(stream: Any) -> float:
    return float((stream.duration or 0) * (stream.time_base or 0))


def _seen(
    video: Any, chosen: list[tuple[int, bytes]], remembered: Remembered, stop: Callable[[], None]
) -> tuple[KeyFrame, ...]:
    """What key frames look like; nothing else of the picture is decoded."""
    eyes, found = Eyes(video.codec_context.name, bytes(video.codec_context.extradata or b"")), []
    for number, key in chosen:
        stop()
        found.append(keys.seen(number, remembered(eyes.known(key), partial(eyes.see, key))))
    return tuple(found)
