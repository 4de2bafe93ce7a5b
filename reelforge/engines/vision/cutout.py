"""A subject out of a map of likelihoods: its mask as a small picture, its box and its centre, or none that is sure."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from reelforge.domain.asset import AssetRef, Provenance
from reelforge.domain.job import Assets
from reelforge.domain.sight import DIGITS, Box, Subject
from reelforge.errors import NeverWorksError

LONG_SIDE: Final = 512
LEAST_AREA, MOST_AREA = 0.01, 0.9
"""A smaller subject is a speck, a larger one is the picture itself."""
LEAST_CONFIDENCE: Final = 0.8
"""The mean likelihood within the subject: 0.85–1 for what people would call one, below 0.7 for textures and text."""
_WITHIN: Final = 0.5
_HAZE: Final = 0.1
_PART: Final = 0.05
"""Parts smaller than this share of the subject do not widen its box."""


def cut_out(
    assets: Assets, likelihood: NDArray[np.float32], size: tuple[int, int], provenance: Provenance
) -> Subject | None:
    """The subject that a (rows, columns) map of 0–1 shows in a picture of ``size`` (width, height), its mask stored.

    None when the map shows none that is sure: less than 1 % or more than 90 % of the picture, or all too likely not.
    """
    within = likelihood > _WITHIN
    area = float(within.mean())
    if not LEAST_AREA <= area <= MOST_AREA:
        return None
    confidence = float(likelihood[within].mean())
    if confidence < LEAST_CONFIDENCE:
        return None
    mask: AssetRef = assets.add_bytes(mask_png(likelihood, size), "image/png", provenance)
    return Subject(
        box=_box(within),
        centre=_centre(likelihood),
        area=round(area, DIGITS),
        confidence=round(confidence, DIGITS),
        mask=mask,
    )


def mask_png(likelihood: NDArray[np.float32], size: tuple[int, int]) -> bytes:
    """The map as 8-bit greyscale PNG in the shape of a picture of ``size``, :data:`LONG_SIDE` pixels at most."""
    scale = min(1.0, LONG_SIDE / max(size))
    shape = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    smaller = shape[0] < likelihood.shape[1] and shape[1] < likelihood.shape[0]
    fitted = cv2.resize(likelihood, shape, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    done, data = cv2.imencode(".png", np.clip(fitted * 255 + 0.5, 0, 255).astype(np.uint8))
    if not done:
        raise NeverWorksError(f"A mask of {shape[0]} × {shape[1]} pixels cannot be written as PNG.")
    return bytes(data)


def _box(within: NDArray[np.bool_]) -> Box:
    """Around the subject's larger parts."""
    count, parts, figures, _ = cv2.connectedComponentsWithStats(within.astype(np.uint8))
    sizes = figures[1:count, cv2.CC_STAT_AREA]
    large = np.isin(parts, 1 + np.flatnonzero(sizes >= min(_PART * sizes.sum(), sizes.max())))
    rows, columns = np.flatnonzero(large.any(axis=1)), np.flatnonzero(large.any(axis=0))
    high, wide = within.shape
    return Box.between(columns[0] / wide, rows[0] / high, (columns[-1] + 1) / wide, (rows[-1] + 1) / high)


def _centre(likelihood: NDArray[np.float32]) -> tuple[float, float]:
    """The centre of gravity, without the haze around the subject."""
    weight = np.where(likelihood > _HAZE, likelihood, 0).astype(np.float64)
    high, wide = weight.shape
    x = float((weight.sum(axis=0) @ (np.arange(wide) + 0.5)) / weight.sum() / wide)
    y = float((weight.sum(axis=1) @ (np.arange(high) + 0.5)) / weight.sum() / high)
    return round(x, DIGITS), round(y, DIGITS)
