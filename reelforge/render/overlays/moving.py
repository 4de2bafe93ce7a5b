"""Plain shapes that are drawn anew in every frame: a dimming, a bar that fills, bars that follow the music."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np
from msgspec import Struct
from msgspec.structs import astuple
from numpy.typing import NDArray

from reelforge.domain.timeline import Envelope
from reelforge.render.covers import Tint
from reelforge.render.layer import DrawnLayer, Showing, State, posed
from reelforge.render.overlays.options import Coming
from reelforge.render.overlays.pieces import inside
from reelforge.render.overlays.stage import Stage
from reelforge.render.planes import Planes
from reelforge.render.shapes import bars, rounded
from reelforge.render.sprites import Sprite
from reelforge.render.text.identity import identity_of
from reelforge.render.text.sprite import Box, Mask, colour, soften

_VERSION: Final = 1
"""Raised when the same state gives other pixels than before."""
_FINE: Final = 16
"""Steps per pixel in which a filling bar grows and bars rise."""
_SAMPLE_RATE: Final = 48_000


def _layer(
    stage: Stage,
    ways: tuple[Coming, Coming],
    box: Box,
    identity: str,
    states: Callable[[Showing, int], State],
    paint: Callable[[State, Planes, dict[str, Any]], None],
) -> DrawnLayer:
    """A drawn layer whose state is how it stands and what ``states`` adds to that."""
    extents = stage.extent(ways[0], box, box), stage.extent(ways[1], box, box)
    first, last, enter, leave = stage.courses(ways, extents, 0, 1)

    def state(frame: int) -> State | None:
        now = posed(first, last, enter, leave, frame)
        return states(now, frame) if now else None

    return DrawnLayer(first, last, box.left, box.top, box.width, box.height, identity, state, paint)


def dim(stage: Stage, shade: str, ways: tuple[Coming, Coming]) -> DrawnLayer:
    """The whole frame covered by a colour, which fades in and out in the time of these ways."""
    tint = Tint.of(colour(shade))
    fades = (
        Coming(animation="fade", seconds=ways[0].seconds),
        Coming(animation="fade", seconds=ways[1].seconds),
    )
    box = Box(0, 0, stage.size.width, stage.size.height)
    identity = identity_of("dim", box, {"version": _VERSION, "tint": astuple(tint)})

    def paint(state: State, planes: Planes, room: dict[str, Any]) -> None:  # noqa: ARG001  # the protocol's signature
        alpha = tint.alpha * state[0]
        for plane, value in ((planes.y, tint.y), (planes.u, tint.u), (planes.v, tint.v)):
            cv2.convertScaleAbs(plane, dst=plane, alpha=1 - alpha, beta=value * alpha)

    return _layer(stage, fades, box, identity, lambda now, _frame: (now.opacity,), paint)


class Bar(Struct, frozen=True):
    """A bar that fills: left, top, right and bottom in output pixels (whole rows), colours, its soft shadow."""

    edges: tuple[float, float, float, float]
    fill: str
    track: str
    shadow: float
    blur: float


def progress(stage: Stage, look: Bar, span: tuple[int, int], ways: tuple[Coming, Coming]) -> DrawnLayer:
    """A bar that is empty before frame ``span[0]`` and full in frame ``span[1] - 1``."""
    left, top, right, bottom = look.edges
    edge = 3 * look.blur if look.shadow else 0.0
    box = Box.around(left - edge, top - edge, right + edge, bottom + edge)
    numbers = {
        "version": _VERSION,
        "edges": inside(look.edges, box),
        "colours": [colour(look.fill), colour(look.track)],
        "shadow": [look.shadow, look.blur],
    }
    beneath = _track(look, box)
    tight = Box.around(left, top, right, bottom)
    tint, thick = Tint.of(colour(look.fill)), bottom - top

    def states(now: Showing, frame: int) -> State:
        share = min(1.0, max(0.0, (frame - span[0] + 1) / (span[1] - span[0])))
        return (round((thick + share * (right - left - thick)) * _FINE), *astuple(now))

    def paint(state: State, planes: Planes, room: dict[str, Any]) -> None:  # noqa: ARG001  # the protocol's signature
        now, end = Showing(*state[1:]), left + state[0] / _FINE
        beneath.draw(planes, box.left, box.top, now)
        part = Box.around(tight.left, tight.top, end, tight.bottom)
        mask = rounded(part, (left, top, end, bottom), thick / 2)
        filled = Sprite.from_masks([(mask, tint)]).within(
            part.left - box.left, part.top - box.top, box.width, box.height
        )
        filled.draw(planes, box.left, box.top, now)

    return _layer(stage, ways, box, identity_of("progress", box, numbers), states, paint)


def _track(look: Bar, box: Box) -> Sprite:
    """What lies beneath the fill."""
    mask = rounded(box, look.edges, (look.edges[3] - look.edges[1]) / 2)
    shapes: list[tuple[Mask, Tint]] = [(mask, Tint.of(colour(look.track)))]
    if look.shadow:
        shapes.insert(0, (soften(mask, look.blur, 0), Tint.of((0, 0, 0, round(255 * look.shadow)))))
    return Sprite.from_masks(shapes)


class Bars(Struct, frozen=True):
    """A row of upright bars with round ends: its top-left corner, all else in whole output pixels too. ``ripple``: the
    present is in the middle, and runs to both sides; else at the right, and runs to the left. ``taper`` is how much
    lower the oldest bar is.
    """

    left: int
    top: int
    height: int
    count: int
    bar: int
    gap: int
    colour: str
    shadow: float
    ripple: bool
    taper: float

    @property
    def times(self) -> NDArray[np.float64]:
        """How old what each bar shows is, from 0 to 1."""
        at = np.arange(self.count, dtype=np.float64)
        if self.ripple:
            return np.asarray(np.abs(at - (self.count - 1) / 2) / max(1.0, (self.count - 1) / 2), np.float64)
        return np.asarray(1 - at / max(1, self.count - 1), np.float64)

    def columns(self, grown: float) -> NDArray[np.float32]:
        """How far the round ends reach in each column, of bars ``grown`` px larger; half a gap stands on each side."""
        radius = self.bar / 2
        across = np.arange(self.bar + self.gap, dtype=np.float64) + 0.5 - self.gap // 2 - radius
        inside = np.clip((radius + grown) ** 2 - across**2, 0, None)
        reach = np.where(np.abs(across) < radius + grown, np.sqrt(inside), -np.inf)
        return np.tile(reach.astype(np.float32), (self.count, 1))


def waveform(stage: Stage, look: Bars, seconds: float, smooth: float, ways: tuple[Coming, Coming]) -> DrawnLayer:
    """Bars as high as the music was strong, up to ``seconds`` ago; where there is no music they are dots."""
    grown = min(look.gap // 2, max(1, look.bar // 3)) if look.shadow else 0
    start, cell = 2 * ((look.left - look.gap // 2) // 2), look.bar + look.gap
    lead = look.left - look.gap // 2 - start
    box = Box.around(start, look.top - grown, start + lead + look.count * cell, look.top + look.height + grown)
    numbers = {
        "version": _VERSION,
        "bars": [look.count, look.bar, look.gap, look.height, lead, grown],
        "colours": [colour(look.colour), look.shadow],
    }
    levels, longest = _levels(stage.audio.energy, smooth), (look.height - look.bar) / 2
    ages, weights = look.times * seconds * _SAMPLE_RATE, 1 - look.taper * look.times
    shapes = [(look.columns(0), Tint.of(colour(look.colour)))]
    if grown:
        shapes.insert(0, (look.columns(grown), Tint.of((0, 0, 0, round(255 * look.shadow)))))

    def states(now: Showing, frame: int) -> State:
        at = (stage.rate.sample_at(frame) - ages) / stage.audio.energy.step
        found = (
            np.interp(at, np.arange(len(levels)), levels, left=0.0, right=0.0) if len(levels) else np.zeros(len(ages))
        )
        halves = np.rint(found * weights * longest * _FINE).astype(int)
        return (tuple(halves.tolist()), *astuple(now))

    def paint(state: State, planes: Planes, room: dict[str, Any]) -> None:  # noqa: ARG001  # the protocol's signature
        halves = np.array(state[0], np.float32) / np.float32(_FINE)
        masks = [(_even(bars(box.height, columns, halves), lead, box.width), tint) for columns, tint in shapes]
        Sprite.from_masks(masks).draw(planes, box.left, box.top, Showing(*state[1:]))

    return _layer(stage, ways, box, identity_of("waveform", box, numbers), states, paint)


def _even(mask: Mask, lead: int, width: int) -> Mask:
    """A mask ``lead`` columns further right, ``width`` columns wide."""
    if not lead and mask.shape[1] == width:
        return mask
    return np.pad(mask, ((0, 0), (lead, width - lead - mask.shape[1])))


def _levels(energy: Envelope, smooth: float) -> NDArray[np.float64]:
    """The envelope, 0–1, each value the mean of those ``smooth`` seconds around it, the nearer the weightier."""
    values = np.clip(np.array(energy.values, np.float64), 0, 1)
    reach = round(smooth * _SAMPLE_RATE / energy.step)
    if not len(values) or reach < 1:
        return values
    window = np.bartlett(2 * reach + 1)[1:-1] if reach > 1 else np.array([0.25, 0.5, 0.25])
    window /= window.sum()
    padded = np.pad(values, len(window) // 2, mode="edge")
    return np.asarray(np.convolve(padded, window, mode="valid"), np.float64)
