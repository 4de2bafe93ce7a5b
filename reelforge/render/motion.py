"""Which part of a picture is on screen: views, and what every motion is made of. Pure: numbers in, numbers out."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from reelforge.domain.timeline import Size

LARGEST_ZOOM = 16.0


class View(Struct, frozen=True):
    """A rectangle of the picture, in picture pixels, shown over the whole frame; it has the frame's proportions.

    It is turned by ``angle`` degrees about its centre, clockwise on the picture.
    """

    x: float
    y: float
    width: float
    height: float
    angle: float = 0.0

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def reach(self) -> tuple[float, float]:
        """Half the width and half the height of the upright rectangle about it."""
        if not self.angle:
            return self.width / 2, self.height / 2
        turn = math.radians(self.angle)
        across, down = abs(math.cos(turn)), abs(math.sin(turn))
        return (self.width * across + self.height * down) / 2, (self.width * down + self.height * across) / 2

    def scaled(self, factor: float) -> View:
        """About its own centre; below 1 comes nearer."""
        x, y = self.centre
        width, height = self.width * factor, self.height * factor
        return replace(self, x=x - width / 2, y=y - height / 2, width=width, height=height)


class Extent(Struct, frozen=True):
    """What is shown of a picture at most: the box around all its views (left, top, right, bottom), in picture pixels,
    and the widths of the nearest and the widest view.
    """

    box: tuple[float, float, float, float]
    nearest: float
    widest: float

    @classmethod
    def of(cls, views: Iterable[View]) -> Extent:
        box, widths = [math.inf, math.inf, -math.inf, -math.inf], [math.inf, 0.0]
        for view in views:
            (x, y), (across, down) = view.centre, view.reach
            box = [min(box[0], x - across), min(box[1], y - down), max(box[2], x + across), max(box[3], y + down)]
            widths = [min(widths[0], view.width), max(widths[1], view.width)]
        return cls((box[0], box[1], box[2], box[3]), widths[0], widths[1])


def zoomed(zoom: float, centre: tuple[float, float], picture: tuple[int, int], frame: Size) -> View:
    """The view at a zoom (1 = the picture just covers the frame) about a centre in fractions of the picture, moved so
    that it lies within the picture.
    """
    return _zoomed(zoom, centre, picture, (frame.width, frame.height))


@lru_cache(maxsize=256)
def _zoomed(zoom: float, centre: tuple[float, float], picture: tuple[int, int], frame: tuple[int, int]) -> View:
    """Asked for in every frame of a shot, of its two ends."""
    cover = max(frame[0] / picture[0], frame[1] / picture[1])
    scale = cover * min(max(zoom, 1.0), LARGEST_ZOOM)
    width, height = min(frame[0] / scale, picture[0]), min(frame[1] / scale, picture[1])
    middle = centre[0] * picture[0], centre[1] * picture[1]
    return clamped(View(middle[0] - width / 2, middle[1] - height / 2, width, height), picture)


def clamped(view: View, picture: tuple[int, int]) -> View:
    """The view made no larger than fits and moved into the picture, so that the frame is always covered."""
    across, down = view.reach
    too_large = max(2 * across / picture[0], 2 * down / picture[1])
    if too_large > 1.0:
        view = view.scaled(1.0 / too_large)
        across, down = view.reach
    x = min(max(view.centre[0], across), picture[0] - across)
    y = min(max(view.centre[1], down), picture[1] - down)
    return View(x - view.width / 2, y - view.height / 2, view.width, view.height, view.angle)


def canvas_size(picture: tuple[int, int], frame: Size) -> tuple[int, int]:
    """The (width, height), in the picture's pixels, of a picture and its blurred surround: of the frame's shape, and
    just large enough for the whole picture, which lies in its middle. Views of such a shot count in it.
    """
    wide = max(picture[0], picture[1] * frame.width / frame.height)
    return round(wide), round(wide * frame.height / frame.width)


def between(first: View, last: View, done: float) -> View:
    """The view when so much (0–1, beyond for curves that overshoot) of the way from one to another is done.

    The zoom is exponential (equal times, equal ratios), and the edges go from one view to the other in step with the
    width. Each view between two that cover the frame therefore covers it too, and a zoom closes in on one fixed point
    of the picture: no drift, no kink. (The path for a shared centre is that of van Wijk and Nuij, “Smooth and efficient
    zooming and panning”, 2003, without their zooming out in between.)
    """
    ratio = last.width / first.width
    if abs(ratio - 1.0) > 1e-9:
        done = (math.exp(done * math.log(ratio)) - 1.0) / (ratio - 1.0)
    rest = 1.0 - done
    return View(
        rest * first.x + done * last.x,
        rest * first.y + done * last.y,
        rest * first.width + done * last.width,
        rest * first.height + done * last.height,
        rest * first.angle + done * last.angle,
    )


def wander(seconds: float, seed: int, hertz: float) -> float:
    """A smooth random course about 0, between −1 and 1: four sines near ``hertz`` whose ratios never repeat.

    A function of time alone, so that it is the same at any frame rate.
    """
    chance = random.Random(seed)  # noqa: S311  # a course to move along, no secret
    value = 0.0
    for ratio in (0.53, 0.89, 1.37, 2.11):
        turns = hertz * ratio * (0.9 + 0.2 * chance.random())
        value += math.sin(2 * math.pi * (turns * seconds + chance.random())) / (1.0 + ratio)
    return value / 2.2
