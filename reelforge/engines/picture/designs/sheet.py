"""What a design draws on, and the few strokes that all designs share. Lengths are in widths of the sheet."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.engines.picture.palette import Colour, Field, Pixels, Scheme


class Sheet(Struct, frozen=True):
    """A sheet of ``width`` × ``height`` pixels, its colours, and the only source of chance."""

    rng: np.random.Generator
    scheme: Scheme
    width: int
    height: int

    @property
    def tall(self) -> float:
        """The height in widths."""
        return self.height / self.width

    def grid(self, scale: int = 1) -> tuple[Field, Field]:
        """The x as (1, w) and y as (h, 1) of pixel centres, at ``1/scale`` of the resolution."""
        w, h = max(2, self.width // scale), max(2, self.height // scale)
        x = ((np.arange(w, dtype=np.float32) + 0.5) / w)[None, :]
        y = ((np.arange(h, dtype=np.float32) + 0.5) / h * self.tall)[:, None]
        return x, y.astype(np.float32)

    def uniform(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def enlarge(self, picture: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
        """A smooth low-resolution field or picture at full size."""
        size = (self.width, self.height)
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), dtype=np.float32)

    def swell(self, lowest: float, highest: float, count: int = 20, scale: int = 6) -> Field:
        """A smooth random landscape of ``count`` waves of ``lowest`` to ``highest`` cycles a width; 0–1, low-res."""
        x, y = self.grid(scale)
        total = np.zeros((y.shape[0], x.shape[1]), np.float32)
        for _ in range(count):
            cycles = math.exp(self.uniform(math.log(lowest), math.log(highest)))
            angle, phase = self.uniform(0, 2 * math.pi), self.uniform(0, 2 * math.pi)
            k = 2 * math.pi * cycles
            total += np.cos(k * math.cos(angle) * x + k * math.sin(angle) * y + phase) / cycles
        low, high = float(total.min()), float(total.max())
        return (total - low) / (high - low)

    def line(self, lowest: float, highest: float, roughness: float = 1.0, count: int = 9) -> NDArray[np.floating[Any]]:
        """A random curve over the width: about -1 to 1 for each pixel column; less ``roughness`` is smoother."""
        x = (np.arange(self.width, dtype=np.float32) + 0.5) / self.width
        total = np.zeros(self.width, np.float32)
        weight = 0.0
        for cycles in np.geomspace(lowest, highest, count):
            amplitude = cycles ** (roughness - 2)
            total += amplitude * np.sin(2 * math.pi * cycles * x * self.uniform(0.9, 1.1) + self.uniform(0, 6.283))
            weight += amplitude**2
        return total / math.sqrt(weight)


def smooth(low: float, high: float, values: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Hermite's step from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)


def blend(picture: Pixels, colour: Colour | Pixels, opacity: Field | NDArray[np.floating[Any]]) -> None:
    """Lay a colour over ``picture``, in place."""
    picture += (colour - picture) * opacity[..., None]


def glow(picture: Pixels, colour: Colour, strength: Field) -> None:
    """Add light in place, as a screen does: never beyond white."""
    picture += (1.0 - picture) * colour * np.clip(strength, 0, 1)[..., None]


def shade(picture: Pixels, strength: Field) -> None:
    """Darken in place by 0–1."""
    picture *= (1.0 - strength)[..., None]
