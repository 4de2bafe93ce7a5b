"""One timeline in other formats: of another shape, size, frame rate, quality or platform. Documents in, documents out.

Nothing is letterboxed. Views are zooms about points of the picture, so a picture is cropped anew about the same point
of interest in a frame of any shape; only a shot whose ``fit`` says so is shown whole. Lengths of text and margins count
in a frame whose shorter side is 1080, so they need no change; where text stands is carried over in the safe area.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from reelforge.domain.caption_style import CaptionStyle
from reelforge.domain.formats import MARGINS, SHAPES, Platform, Quality, Shape, frame_size
from reelforge.domain.timeline import (
    DRAFT,
    Card,
    CardStyle,
    Cue,
    CueWord,
    Encode,
    Overlay,
    Rate,
    SafeArea,
    Shot,
    Size,
    Timeline,
)

_PREVIEW_SIDE: Final = 360
_LIVELY_RATE: Final = 48
"""Half of such a rate is still a film's."""
_PREVIEW_KEYFRAME_SECONDS: Final = 5.0
"""Few enough for few segments, which take longer to begin than to encode, and to jump about in."""
_LONGEST_TRANSITION: Final = 240
"""Frames; the document's own bound on :attr:`Transition.frames`."""
T = TypeVar("T", Card, Overlay)


def reshaped(
    timeline: Timeline,
    to: Shape | Size | None = None,
    *,
    platform: Platform | None = None,
    quality: Quality | None = None,
    rate: Rate | None = None,
) -> Timeline:
    """The timeline for a frame of another shape (or of an exact size), for a platform, in another quality.

    What is left out stays: without a shape it is the platform's, or as it was; without a quality the shorter side, the
    rate and the encoder's figures are as they were; ``rate`` goes before the quality's. Margins are the platform's for
    that shape; without a platform they stay while the shape does. Every time stays as it was, to half a frame.
    """
    size = _size(timeline, to, platform, quality)
    margins = _margins(timeline, size, platform)
    retimed = at_rate(timeline, rate or (quality.rate if quality else timeline.rate))
    heights = (timeline.size.height, timeline.safe_area), (size.height, margins)
    return retimed.model_copy(
        update={
            "size": size,
            "safe_area": margins,
            "caption_style": _stood(timeline.caption_style, timeline.size, size, heights),
            "card_style": _stood(timeline.card_style, timeline.size, size, heights),
            "encode": _encode(timeline.encode, platform, quality),
        }
    )


def preview(timeline: Timeline) -> Timeline:
    """A quick look at the same video: in the same shape, its shorter side 360 pixels (its own when it has fewer), with
    every other frame of 48 or more a second; coarsely encoded.
    """
    timeline = at_rate(timeline, _calm(timeline))
    size = timeline.size
    shape, side = nearest_shape(size), min(size.width, size.height)
    small = frame_size(shape, _PREVIEW_SIDE)
    if side <= _PREVIEW_SIDE:
        small = size
    elif frame_size(shape, side) != size:
        share = _PREVIEW_SIDE / side
        small = Size(width=2 * round(size.width * share / 2), height=2 * round(size.height * share / 2))
    coarse = {"codec": "h264", "preset": DRAFT, "crf": 28, "bitrate": 1_000_000, "max_bitrate": 2_000_000}
    far = {"keyframe_seconds": _PREVIEW_KEYFRAME_SECONDS, "max_bytes": None, "max_average": None}
    encode = timeline.encode.model_copy(update={**coarse, **far})
    return timeline.model_copy(update={"size": small, "encode": encode})


def _calm(timeline: Timeline) -> Rate:
    """A rate of 48 frames a second or more halved until it is less, as long as every shot keeps a frame of its own."""
    rate, least = timeline.rate, min(shot.frames for shot in timeline.shots)
    while rate.num >= _LIVELY_RATE * rate.den and rate.num % 2 == 0 and least >= 2:
        rate, least = Rate(num=rate.num // 2, den=rate.den), least // 2
    return rate


def nearest_shape(size: Size) -> Shape:
    """The shape whose proportions are nearest to a frame's."""

    def far(shape: Shape) -> float:
        across, down = SHAPES[shape]
        ratio = size.width * down / (size.height * across)
        return max(ratio, 1 / ratio)

    return min(SHAPES, key=far)


def at_rate(timeline: Timeline, rate: Rate) -> Timeline:
    """The same video at another frame rate: each frame number becomes that of the same time (halves round up).

    Shots keep at least one frame each; a caption that is over before the slower rate shows a frame of it is left out.
    """
    if rate == timeline.rate:
        return timeline
    up, down = rate.num * timeline.rate.den, rate.den * timeline.rate.num

    def at(frame: int) -> int:
        return (2 * frame * up + down) // (2 * down)

    edges = _edges(timeline, at, -(-timeline.frames * up // down))
    frames = edges[-1]
    return timeline.model_copy(
        update={
            "rate": rate,
            "shots": tuple(_shots(timeline, edges, at)),
            "cues": tuple(_cues(timeline, at)),
            "cards": tuple(_span(card, at, frames) for card in timeline.cards),
            "overlays": tuple(_span(overlay, at, frames) for overlay in timeline.overlays),
        }
    )


def _size(timeline: Timeline, to: Shape | Size | None, platform: Platform | None, quality: Quality | None) -> Size:
    if isinstance(to, Size):
        return to
    side = quality.short_side if quality else min(timeline.size.width, timeline.size.height)
    shape = to or (platform.shape if platform else None)
    if shape is None:
        if side == min(timeline.size.width, timeline.size.height):
            return timeline.size
        shape = nearest_shape(timeline.size)
    return frame_size(shape, side)


def _margins(timeline: Timeline, size: Size, platform: Platform | None) -> SafeArea:
    shape = nearest_shape(size)
    if platform:
        return platform.margins(shape)
    if shape == nearest_shape(timeline.size):
        return timeline.safe_area
    return SafeArea() if shape == "9:16" else MARGINS


def _encode(encode: Encode, platform: Platform | None, quality: Quality | None) -> Encode:
    """The quality's figures within the platform's limits; the codec stays while the platform takes it."""
    codec = encode.codec
    if quality:
        limits = {"codec": codec, "max_bytes": encode.max_bytes, "max_average": encode.max_average}
        encode = quality.encode.model_copy(update=limits)
    if not platform:
        return encode
    asked = platform.asked(encode)
    return asked.model_copy(update={"codec": codec}) if codec in platform.codecs else asked


Styled = TypeVar("Styled", CaptionStyle, CardStyle)
_Height = tuple[int, SafeArea]


def _stood(style: Styled, old: Size, new: Size, heights: tuple[_Height, _Height]) -> Styled:
    """A style whose texts stand at the same part of the safe area's height as before."""
    (old_height, old_margins), (new_height, new_margins) = heights
    top, room = _room(old, old_margins)
    new_top, new_room = _room(new, new_margins)
    if (top, room, old_height) == (new_top, new_room, new_height):
        return style
    part = (style.y * old_height - top) / room
    y = (new_top + part * new_room) / new_height
    return style.model_copy(update={"y": round(min(max(y, 0.0), 1.0), 6)})


def _room(size: Size, margins: SafeArea) -> tuple[float, float]:
    """Where the safe area begins, and how high it is, in output pixels; the whole frame where margins leave nothing."""
    scale = min(size.width, size.height) / 1080
    top, room = margins.top * scale, size.height - (margins.top + margins.bottom) * scale
    return (top, room) if room > 0 else (0.0, float(size.height))


def _edges(timeline: Timeline, at: Callable[[int], int], end: int) -> list[int]:
    """Where shots begin at the new rate, and where the last ends: at ``end``, which no sound comes after, or as many
    frames later as no two of these need to be different.
    """
    count, found, frame = len(timeline.shots), [0], 0
    for shot in timeline.shots:
        frame += shot.frames
        found.append(max(at(frame), found[-1] + 1))
    last = max(end, count)
    return [*(min(edge, last - (count - number)) for number, edge in enumerate(found[:-1])), last]


def _shots(timeline: Timeline, edges: list[int], at: Callable[[int], int]) -> Iterator[Shot]:
    start, before = 0, edges[1]
    for number, shot in enumerate(timeline.shots):
        frames, overlap = edges[number + 1] - edges[number], shot.transition.frames
        if overlap:
            wanted = max(1, at(start + overlap) - at(start))
            overlap = min(wanted, frames, before, _LONGEST_TRANSITION)
        transition = shot.transition.model_copy(update={"frames": overlap})
        yield shot.model_copy(update={"frames": frames, "transition": transition})
        start, before = start + shot.frames, frames


def _cues(timeline: Timeline, at: Callable[[int], int]) -> Iterator[Cue]:
    for cue in timeline.cues:
        first, last = at(cue.first), at(cue.last)
        if first == last:
            continue
        yield cue.model_copy(update={"first": first, "last": last, "words": tuple(_words(cue, at))})


def _words(cue: Cue, at: Callable[[int], int]) -> Iterator[CueWord]:
    for word in cue.words:
        said = None if word.said is None else at(word.said)
        yield word.model_copy(update={"first": at(word.first), "last": at(word.last), "said": said})


def _span(shown: T, at: Callable[[int], int], frames: int) -> T:
    """A card or overlay, shown for at least one frame, within the timeline."""
    first = min(at(shown.first), frames - 1)
    if shown.last is None:
        return shown.model_copy(update={"first": first})
    return shown.model_copy(update={"first": first, "last": min(max(at(shown.last), first + 1), frames)})
