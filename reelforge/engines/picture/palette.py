"""A channel's colours made into a scheme that any drawing looks harmonious in.

Colours are mixed in OKLab (Björn Ottosson, 2020), where equal steps look equal, and held as gamma-coded sRGB, 0–1.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Colour = NDArray[np.floating[Any]]
"""(3,) sRGB, 0–1."""
Field = NDArray[np.floating[Any]]
"""(height, width)."""
Pixels = NDArray[np.floating[Any]]
"""(height, width, 3) sRGB, 0–1."""

STEPS: Final = 1_024
DARKEST: Final = 0.15
LIGHTEST: Final = 0.90

OWN: Final = (
    ("#0b1d3a", "#1f4e79", "#4fa3a5", "#f2c57c", "#ff8c61"),
    ("#1a1333", "#4a2c6d", "#a23e6b", "#ee7752", "#ffd39b"),
    ("#0c2321", "#17524a", "#4c956c", "#c9d99e", "#ffb84c"),
    ("#161a2b", "#31407b", "#6d83f2", "#b9c6ff", "#ff7aa2"),
    ("#2b0f1c", "#6b1d35", "#b8404a", "#f08a5d", "#f9ed69"),
    ("#10151c", "#2c3e50", "#5d7b93", "#c7d3dd", "#f4a259"),
)
"""Palettes for channels that have none, dark to light with an accent."""

_TO_LMS: Final = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
_TO_LAB: Final = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip


def to_oklab(colours: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """(…, 3) sRGB 0–1 as (…, 3) OKLab."""
    srgb = np.asarray(colours, dtype=np.float64)
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T, dtype=np.float64)


def to_srgb(lab: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """(…, 3) OKLab as (…, 3) sRGB 0–1, clipped to the gamut."""
    linear = (np.asarray(lab, dtype=np.float64) @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T
    linear = np.clip(linear, 0, 1)
    srgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(srgb, dtype=np.float32)


def parse(colour: str) -> NDArray[np.float64]:
    """``#rrggbb`` (an alpha after it is passed over) as sRGB 0–1."""
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def _with_lightness(lab: NDArray[np.float64], lightness: float, chroma: float = 1.0) -> NDArray[np.float64]:
    """The same hue at another lightness; chroma fades towards black and white, where the gamut is narrow."""
    room = min(1.0, 4.0 * lightness * (1.05 - lightness) + 0.25)
    return np.array([lightness, lab[1] * chroma * room, lab[2] * chroma * room])


def _turned(lab: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array([lab[0], lab[1] * cos - lab[2] * sin, lab[1] * sin + lab[2] * cos])


class Scheme(Struct, frozen=True):
    """A ramp from a deep dark to a soft light through the channel's colours, and one accent."""

    table: NDArray[np.float32]
    accent: Colour

    def at(self, value: float) -> Colour:
        """The ramp's colour at 0 (darkest) to 1 (lightest)."""
        return np.asarray(self.table[int(min(1.0, max(0.0, value)) * (STEPS - 1))])

    def over(self, values: Field) -> Pixels:
        """The ramp's colours for a whole field of values 0–1."""
        index = np.clip(values * (STEPS - 1), 0, STEPS - 1).astype(np.int32)
        return np.asarray(np.take(self.table, index, axis=0), dtype=np.float32)


def scheme(palette: tuple[str, ...], rng: np.random.Generator) -> Scheme:
    """The scheme of a channel's palette; one colour is joined by its neighbours, none takes a palette of our own."""
    chosen = palette or OWN[int(rng.integers(len(OWN)))]
    labs = [to_oklab(parse(colour)) for colour in chosen]
    chroma = [float(math.hypot(lab[1], lab[2])) for lab in labs]
    vivid = labs[max(range(len(labs)), key=lambda i: chroma[i] * (0.4 + labs[i][0]))]
    if len(labs) < 3:
        labs = [*labs, _turned(labs[0], 28.0), _turned(labs[0], -24.0)]
    labs.sort(key=lambda lab: float(lab[0]))
    spread = np.linspace(DARKEST, LIGHTEST, len(labs))
    stops = [_with_lightness(lab, float(0.55 * level + 0.45 * lab[0])) for lab, level in zip(labs, spread, strict=True)]
    stops[0] = _with_lightness(labs[0], DARKEST)
    stops[-1] = _with_lightness(labs[-1], LIGHTEST, 0.8)
    at = np.linspace(0, 1, STEPS)
    knots = np.linspace(0, 1, len(stops))
    ramp = np.stack([np.interp(at, knots, [stop[i] for stop in stops]) for i in range(3)], axis=1)
    accent = vivid if math.hypot(vivid[1], vivid[2]) > 0.05 else np.array([0.8, 0.03, 0.12])
    return Scheme(to_srgb(ramp), to_srgb(_with_lightness(accent, max(0.72, float(accent[0])), 1.1)))
