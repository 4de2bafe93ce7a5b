"""The cover and the contact sheet, drawn from composed frames."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from reelforge.domain.timeline import Size, Timeline
from reelforge.render.display import starts
from reelforge.render.planes import Planes, Rgb, rgb_from_planes, small_rgb

VERSION = 2
"""Raise it when the same frames give another thumbnail, cover or sheet."""
_SIZE = struct.Struct("<HH")
_THUMBNAIL_PIXELS = 270 * 480
_ACROSS = 6
_GAP = 12
_LABEL = 30
_GROUND = (16, 18, 22)
_INK = (222, 226, 232)


def cover_frame(timeline: Timeline) -> int:
    """A frame that tells what the Reel is about: the middle of the hook's card, else of the first card or caption, else
    of the first shot; never in a transition.
    """
    hooks = [card for card in timeline.cards if card.kind == "hook"]
    said = [(card.first, card.last) for card in (*hooks, *timeline.cards)]
    said += [(cue.first, cue.last) for cue in timeline.cues]
    if not said:
        return timeline.shots[0].frames // 2
    wanted = sum(said[0]) // 2
    for first, shot in zip(starts(timeline), timeline.shots, strict=True):
        if first <= wanted < first + shot.transition.frames:
            wanted = min(first + shot.transition.frames, first + shot.frames - 1)
    return min(wanted, timeline.frames - 1)


def sheet_frames(timeline: Timeline, count: int = 12) -> tuple[int, ...]:
    """Frames spread evenly over the timeline, each in the middle of its part, at most ``count``."""
    count = min(count, timeline.frames)
    return tuple((2 * number + 1) * timeline.frames // (2 * count) for number in range(count))


def thumbnail_size(size: Size) -> tuple[int, int]:
    """(width, height) of a contact sheet's picture, the frame's proportions on about the area of 270×480."""
    factor = (_THUMBNAIL_PIXELS / (size.width * size.height)) ** 0.5
    return max(1, round(size.width * factor)), max(1, round(size.height * factor))


def thumbnail(frame: Planes) -> bytes:
    """A frame at :func:`thumbnail_size`, for :func:`contact_sheet`: width and height, then sRGB as it is. To pack it
    would take longer than all the rest, and the file is soon gone.
    """
    height, width = frame.y.shape
    target = thumbnail_size(Size(width=width, height=height))
    return _SIZE.pack(*target) + small_rgb(frame, target).tobytes()


def cover(frame: Planes) -> bytes:
    """A JPEG of a frame in its own size."""
    return _jpeg(rgb_from_planes(frame))


def contact_sheet(thumbnails: Sequence[bytes], times: Sequence[float]) -> bytes:
    """A JPEG with thumbnails, all of one size, in rows of six, the time of each (seconds) beneath it."""
    width, height = _SIZE.unpack_from(thumbnails[0])
    across = min(_ACROSS, len(thumbnails))
    down = -(-len(thumbnails) // across)
    sheet = Image.new("RGB", (across * (width + _GAP) + _GAP, down * (height + _LABEL + _GAP) + _GAP), _GROUND)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(18)
    for number, (thumbnail, time) in enumerate(zip(thumbnails, times, strict=True)):
        x = _GAP + number % across * (width + _GAP)
        y = _GAP + number // across * (height + _LABEL + _GAP)
        sheet.paste(Image.frombytes("RGB", (width, height), thumbnail[_SIZE.size :]), (x, y))
        label = f"{int(time // 60)}:{time % 60:04.1f}"
        draw.text((x + width / 2, y + height + _LABEL / 2), label, fill=_INK, font=font, anchor="mm")
    return _jpeg(np.asarray(sheet))


def _jpeg(rgb: Rgb) -> bytes:
    # Pillow's optimising encoder gives up on pictures that need more than a byte a pixel: noise, grain, leaves.
    asked = [cv2.IMWRITE_JPEG_QUALITY, 92, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    asked += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    done, data = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), asked)
    assert done
    return data.tobytes()
