"""Clips and sound into one MP4, without encoding any picture again.

Nothing in the file needs an edit list. Picture: reordered frames (B-frames) get composition offsets that may be
negative (ISO/IEC 14496-12, ctts version 1), so the first frame stands at 0. Sound: an AAC encoder's output begins with
1024 samples of priming; the first 1024 samples of the mix are left out of what is encoded, so every sample after them
is heard exactly where it was mixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from heapq import merge
from operator import itemgetter
from pathlib import Path
from typing import Any

import av
from av.packet import Packet
from av.video.stream import VideoStream

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.timeline import Rate
from reelforge.render import aac
from reelforge.render.mp4 import AGAIN, Clip, DamagedClipError

_BT709 = 1  # ISO/IEC 23091-2: primaries, transfer and matrix of BT.709 are all 1
_LIMITED = 1  # libavutil's AVCOL_RANGE_MPEG
_TICKS = 10_000


def join(clips: Sequence[Clip], sound: Path, out: Path, rate: Rate, samples: int, check: Callable[[], None]) -> None:
    """Write one MP4: header first, no edit lists, BT.709 tags, no dates; the same clips give the same bytes.

    ``samples`` is the sound's length; its last packet is marked shorter, so that sound and picture end together.
    Raises DamagedClipError when clips were not encoded alike.
    """
    if any((clip.codec, clip.header) != (clips[0].codec, clips[0].header) for clip in clips):
        raise DamagedClipError("Two clips were encoded in different ways.", remedy=AGAIN)
    ticks = -(-_TICKS // rate.num) * rate.num
    settings = {
        "movflags": "faststart+negative_cts_offsets+write_colr",
        "use_editlist": "0",
        "video_track_timescale": str(ticks),
        "fflags": "bitexact",
        "avoid_negative_ts": "disabled",
    }
    with (
        av.open(str(clips[0].path)) as template,
        av.open(str(sound)) as audio,
        av.open(str(out), "w", format="mp4", options=settings) as file,
    ):
        pictures = file.add_stream_from_template(template.streams.video[0])
        _tag(pictures, clips[0].codec)
        heard = file.add_stream_from_template(audio.streams.audio[0])
        for at, packet in merge(_pictures(clips, rate, ticks), _sounds(audio, rate, samples), key=itemgetter(0)):
            if at[1]:
                packet.stream = heard
            else:
                packet.stream = pictures
                check()
            file.mux(packet)


def _tag(stream: VideoStream, codec: str) -> None:
    context = stream.codec_context
    context.codec_tag = codec
    context.color_primaries = context.color_trc = context.colorspace = _BT709
    context.color_range = _LIMITED


Timed = tuple[tuple[int, int], "Packet[Any]"]
"""(decoding time, 0 for picture or 1 for sound), packet. The time is in units that frames and samples are whole numbers
of: the rate's numerator times 48,000 in a second.
"""


def _pictures(clips: Sequence[Clip], rate: Rate, ticks: int) -> Iterator[Timed]:
    """Every clip's frames, one clip after another; each is decoded one frame interval after the one before it, and the
    whole as much ahead of showing as its most reordered frame needs.
    """
    step, base, first = ticks * rate.den // rate.num, Fraction(1, ticks), 0
    unit = rate.den * SAMPLE_RATE
    delay = max(place - number for clip in clips for place, number in enumerate(clip.numbers))
    for clip in clips:
        with clip.path.open("rb") as file:
            for place, (number, (offset, size)) in enumerate(zip(clip.numbers, clip.samples, strict=True)):
                file.seek(offset)
                packet = Packet(file.read(size))
                packet.time_base, packet.duration = base, step
                packet.pts, packet.dts = (first + number) * step, (first + place - delay) * step
                packet.is_keyframe = place in clip.keys
                yield ((first + place - delay) * unit, 0), packet
        first += len(clip.numbers)


def _sounds(audio: av.container.InputContainer, rate: Rate, samples: int) -> Iterator[Timed]:
    for number, packet in enumerate(sound_packets(audio, samples)):
        yield (number * aac.FRAME * rate.num, 1), packet


def sound_packets(audio: av.container.InputContainer, samples: int) -> Iterator[Packet[Any]]:
    """The packets of a sound track with their times in a video of ``samples`` samples, which end with it."""
    position = 0
    for packet in audio.demux(audio.streams.audio[0]):
        if not packet.size or position >= samples:
            continue
        packet.time_base = Fraction(1, SAMPLE_RATE)
        packet.pts = packet.dts = position
        packet.duration = min(aac.FRAME, samples - position)
        yield packet
        position += aac.FRAME
