"""Easing curves: how far a motion has come (0–1) at a normalised time (0–1).

The curves are Robert Penner's, in the polynomial and trigonometric form of the CSS easing collection; each maps 0 to 0
and 1 to 1. ``back`` and ``elastic`` go a little beyond on the way: whoever uses a curve holds what may not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from reelforge.render.naming import unknown

Easing = Callable[[float], float]


def _sine(t: float) -> float:
    return 1.0 - math.cos(t * math.pi / 2)


def _expo(t: float) -> float:
    return 0.0 if t <= 0 else (2.0 ** (10 * t) - 1.0) / 1023.0


def _circ(t: float) -> float:
    return 1.0 - math.sqrt(max(0.0, 1.0 - t * t))


def _back(t: float) -> float:
    return 2.70158 * t**3 - 1.70158 * t * t


def _elastic(t: float) -> float:
    if t <= 0.0 or t >= 1.0:
        return 0.0 if t <= 0.0 else 1.0
    return -math.exp2(10 * t - 10) * math.sin((10 * t - 10.75) * 2 * math.pi / 3)


def _bounce(t: float) -> float:
    """The out curve, mirrored: four hops of a ball that each reach a quarter as high."""
    t = 1.0 - t
    for start, height in ((1.0, 0.0), (2.0, 0.75), (2.5, 0.9375)):
        if t < start / 2.75:
            t -= {1.0: 0.0, 2.0: 1.5, 2.5: 2.25}[start] / 2.75
            return 1.0 - (7.5625 * t * t + height)
    t -= 2.625 / 2.75
    return 1.0 - (7.5625 * t * t + 0.984375)


def _power(exponent: int) -> Easing:
    return lambda t: t**exponent


def _out(curve: Easing) -> Easing:
    return lambda t: 1.0 - curve(1.0 - t)


def _in_out(curve: Easing) -> Easing:
    return lambda t: curve(2 * t) / 2 if t < 0.5 else 1.0 - curve(2 - 2 * t) / 2


def _table() -> Mapping[str, Easing]:
    families = {
        "sine": _sine,
        "quad": _power(2),
        "cubic": _power(3),
        "quart": _power(4),
        "quint": _power(5),
        "expo": _expo,
        "circ": _circ,
        "back": _back,
        "elastic": _elastic,
        "bounce": _bounce,
    }
    curves: dict[str, Easing] = {"linear": lambda t: t}
    for name, curve in families.items():
        curves |= {f"{name}_in": curve, f"{name}_out": _out(curve), f"{name}_in_out": _in_out(curve)}
    return MappingProxyType(curves)


EASINGS = _table()


def find(name: str, where: str = "easing") -> Easing:
    """The curve of that name. Raises InputError, with the nearest spelling, when there is none."""
    try:
        return EASINGS[name]
    except KeyError:
        raise unknown("easing", name, EASINGS, where) from None
