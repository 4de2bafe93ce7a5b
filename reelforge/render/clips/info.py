"""What a clip is, from its headers and its first frame."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Final

from msgspec import Struct

from reelforge.errors import InputError
from reelforge.render.clips.colour import Transfer, transfer_of
from reelforge.render.clips.frames import Frames, frames_of
from reelforge.render.clips.opening import refuse_size
from reelforge.render.clips.upright import Turn

_USUAL_RATE: Final = Fraction(30)
_FASTEST: Final = Fraction(1000)


class ClipInfo(Struct, frozen=True):
    """``width`` and ``height`` are of the upright picture in square pixels; ``seconds`` is how long it is shown, from
    its first picture on; ``rate`` the average frames per second. ``begins`` is that first picture's time by the file's
    own clock: a sound sample stamped ``s`` seconds belongs to second ``s - begins`` of the clip.
    """

    width: int
    height: int
    seconds: float
    rate: Fraction
    has_sound: bool
    transfer: Transfer
    codec: str
    begins: float = 0.0


def open_clip_info(path: Path, where: str) -> ClipInfo:
    """Read a clip's headers and decode its first frame. Raises InputError beginning with ``where``, as
    :class:`~reelforge.render.clips.reader.ClipReader` does.
    """
    frames = frames_of(path, where)
    try:
        return info_of(frames)
    finally:
        frames.video.close()


def info_of(frames: Frames) -> ClipInfo:
    """What a clip is, its first frame just decoded. More may be read, so :meth:`Frames.begin` has to come next."""
    video, first = frames.video, frames.first.frame
    width, height = upright_size(frames)
    rate = video.stream.average_rate or video.stream.base_rate or _USUAL_RATE
    return ClipInfo(
        width=width,
        height=height,
        seconds=_seconds(frames),
        rate=rate if 0 < rate <= _FASTEST else _USUAL_RATE,
        has_sound=video.has_sound,
        transfer=transfer_of(first.color_trc),
        codec=video.stream.codec_context.name,
        begins=frames.first.start * video.tick,
    )


def upright_size(frames: Frames) -> tuple[int, int]:
    """(width, height) of the picture with square pixels, turned upright. Raises InputError when it cannot be drawn."""
    width, height = square_size(frames)
    size = Turn.of(frames.first.frame).size(width, height)
    refuse_size(*size, frames.video.what)
    return size


def square_size(frames: Frames) -> tuple[int, int]:
    """The stored (width, height) with square pixels: the width as the sample aspect ratio says."""
    first, aspect = frames.first.frame, frames.video.stream.sample_aspect_ratio
    return (round(first.width * aspect) if aspect and aspect > 0 else first.width), first.height


def _seconds(frames: Frames) -> float:
    """How long the pictures last: as the stream's header says, else as its packets say."""
    stream, first = frames.video.stream, frames.first.start
    if stream.duration and stream.duration > 0:
        begin = stream.start_time if stream.start_time is not None else first
        ticks = begin + stream.duration - first
    else:
        tagged = _tagged(stream.metadata.get("DURATION", ""))
        ticks = round(tagged / frames.video.tick) - first if tagged else frames.last_end() - first
    seconds = ticks * frames.video.tick
    if not (math.isfinite(seconds) and 0 < seconds < 1e7):
        raise InputError(f"{frames.video.what} does not say how long it is.", remedy="Export it again as MP4.")
    return seconds


def _tagged(text: str) -> float:
    """Seconds of Matroska's DURATION tag, “hours:minutes:seconds”; 0 when there is none."""
    try:
        hours, minutes, seconds = (float(part) for part in text.split(":"))
    except ValueError:
        return 0.0
    found = hours * 3600 + minutes * 60 + seconds
    return found if math.isfinite(found) and found > 0 else 0.0
