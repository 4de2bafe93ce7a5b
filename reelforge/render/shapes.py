"""Plain shapes as masks: coverage from the distance to an outline, pixel by pixel, so that every edge is smooth."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from reelforge.render.text.sprite import Box, Mask


def rounded(box: Box, edges: tuple[float, float, float, float], radius: float) -> Mask:
    """A rectangle with round corners over a box: left, top, right, bottom and radius in the box's pixels; 0–255."""
    left, top, right, bottom = edges
    radius = min(radius, (right - left) / 2, (bottom - top) / 2)
    x = np.arange(box.left, box.right, dtype=np.float32) + np.float32(0.5)
    y = np.arange(box.top, box.bottom, dtype=np.float32) + np.float32(0.5)
    aside = np.abs(x - np.float32((left + right) / 2)) - np.float32((right - left) / 2 - radius)
    above = np.abs(y - np.float32((top + bottom) / 2)) - np.float32((bottom - top) / 2 - radius)
    corner = cv2.magnitude(*np.broadcast_arrays(np.maximum(aside, 0)[None, :], np.maximum(above, 0)[:, None]))
    inside = np.minimum(np.maximum(aside[None, :], above[:, None]), 0)
    distance = corner + inside - np.float32(radius)
    return np.asarray(np.clip(np.float32(0.5) - distance, 0, 1) * 255 + np.float32(0.5), np.uint8)


def bars(height: int, columns: NDArray[np.float32], halves: NDArray[np.float32]) -> Mask:
    """Upright bars with round ends about the middle row of a mask ``height`` px high: (height, bars × width), 0–255.

    ``columns`` is (bars, width): how far a bar's round end reaches beyond its straight part in each of its columns, in
    px, minus infinity between bars; ``halves`` is (bars,): half the length of each straight part.
    """
    reach = (columns + halves[:, None]).reshape(1, -1)
    away = np.abs(np.arange((height + 1) // 2, dtype=np.float32) + np.float32(0.5 - height / 2))[:, None]
    upper = np.clip((reach - away + np.float32(0.5)) * np.float32(255), 0, 255).astype(np.uint8)
    return np.concatenate([upper, upper[: height // 2][::-1]])
