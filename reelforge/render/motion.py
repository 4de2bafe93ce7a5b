"""Which part of a still is on screen at a moment of its shot. Pure: a motion, two sizes and a time give a view."""

from __future__ import annotations

import math
from dataclasses import dataclass

from reelforge.domain.timeline import Motion, Size
from reelforge.render.easing import find

LARGEST_ZOOM = 16.0


@dataclass(frozen=True, slots=True)
class View:
    """A rectangle of the picture, in picture pixels, shown over the whole frame; it has the frame's proportions."""

    x: float
    y: float
    width: float
    height: float


def _view(zoom: float, centre: tuple[float, float], picture: tuple[int, int], frame: Size) -> View:
    cover = max(frame.width / picture[0], frame.height / picture[1])
    scale = cover * min(max(zoom, 1.0), LARGEST_ZOOM)
    width, height = min(frame.width / scale, picture[0]), min(frame.height / scale, picture[1])
    x = min(max(centre[0] * picture[0] - width / 2, 0.0), picture[0] - width)
    y = min(max(centre[1] * picture[1] - height / 2, 0.0), picture[1] - height)
    return View(x, y, width, height)


def ends(motion: Motion, picture: tuple[int, int], frame: Size) -> tuple[View, View]:
    """The first and the last view, each clamped so that the frame is covered. Sizes are (width, height) in pixels."""
    first = _view(motion.zoom[0], motion.start, picture, frame)
    if motion.name == "still":
        return first, first
    return first, _view(motion.zoom[1], motion.end, picture, frame)


def view_at(motion: Motion, picture: tuple[int, int], frame: Size, time: float) -> View:
    """The view at a normalised time (0–1).

    The zoom is exponential (equal times, equal ratios), and the edges go from one view to the other in step with the
    width. Each view between two that cover the frame therefore covers it too, nothing needs clamping on the way, and a
    zoom closes in on one fixed point of the picture: no drift, no kink. (The path for a shared centre is that of
    van Wijk and Nuij, “Smooth and efficient zooming and panning”, 2003, without their zooming out in between.)
    """
    first, last = ends(motion, picture, frame)
    done = find(motion.easing)(min(max(time, 0.0), 1.0))
    ratio = last.width / first.width
    if abs(ratio - 1.0) > 1e-9:
        done = (math.exp(done * math.log(ratio)) - 1.0) / (ratio - 1.0)
    rest = 1.0 - done
    return View(
        rest * first.x + done * last.x,
        rest * first.y + done * last.y,
        rest * first.width + done * last.width,
        rest * first.height + done * last.height,
    )
