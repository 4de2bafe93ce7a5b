"""A still sprite over the picture, the common form of captions, cards and logos."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Rgba = NDArray[np.uint8]
"""(height, width, 4) straight-alpha sRGB, 0–255; height and width even."""


@dataclass(frozen=True)
class Layer:
    """Drawn over frames ``[first, last)`` with its top-left corner at (``x``, ``y``), both even, in output pixels.

    ``identity`` says everything that decides the sprite's pixels (text, font's hash, size, colours); with the numbers
    here it is this layer's part of a segment's key. ``draw`` makes the sprite; it is called at most once per identity.
    During the first ``fade_in`` frames opacity rises from 0 to 1 and the sprite comes up by ``rise`` pixels, eased
    (cubic out); during the last ``fade_out`` frames opacity falls to 0.
    """

    first: int
    last: int
    x: int
    y: int
    identity: str
    draw: Callable[[], Rgba] = field(compare=False, repr=False)
    fade_in: int = 0
    fade_out: int = 0
    rise: int = 0
