"""The point of a picture that the eye goes to first, estimated without a model.

Spectral residual saliency (Hou and Zhang, CVPR 2007) on a small grey copy, weighted towards the middle, then the
centroid of its strongest part. It is cheap (a few milliseconds), the same for the same pixels, and kept away from the
edges: motion towards a wrongly chosen corner looks worse than motion towards the middle.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from PIL import Image

SIDE: Final = 96
BOUNDS: Final = ((0.25, 0.75), (0.25, 0.70))
"""Least and greatest x and y of a focus."""
MIDDLE: Final = (0.5, 0.45)


def find_focus(image: Image.Image) -> tuple[float, float]:
    """The focus of an RGB image as fractions of width and height, to 0.01; :data:`MIDDLE` when nothing stands out."""
    scale = SIDE / max(image.size)
    size = (max(8, round(image.width * scale)), max(8, round(image.height * scale)))
    small = np.asarray(image.resize(size, Image.Resampling.BOX, reducing_gap=2.0), dtype=np.float32)
    strength = _residual(small.mean(axis=2)) * 0.6 + _colour_contrast(small) * 0.4
    height, width = strength.shape
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    ys, xs = (ys + 0.5) / height, (xs + 0.5) / width
    strength = strength * np.exp(-(((xs - MIDDLE[0]) / 0.4) ** 2 + ((ys - MIDDLE[1]) / 0.4) ** 2) / 2)
    strength = np.clip(strength - np.quantile(strength, 0.8), 0, None)
    total = float(strength.sum())
    if total < 1e-6:
        return MIDDLE
    x, y = float((strength * xs).sum() / total), float((strength * ys).sum() / total)
    (left, right), (top, bottom) = BOUNDS
    return (round(min(right, max(left, x)), 2), round(min(bottom, max(top, y)), 2))


def _residual(grey: np.ndarray) -> np.ndarray:
    """What the log spectrum has beyond its local mean, back in the picture; 0–1."""
    if float(grey.std()) < 0.5:
        return np.zeros_like(grey)
    spectrum = np.fft.fft2(grey)
    logs = np.log(np.abs(spectrum) + 1e-6).astype(np.float32)
    residual = logs - cv2.blur(logs, (3, 3))
    back = np.abs(np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum)))) ** 2
    return _unit(cv2.GaussianBlur(back.astype(np.float32), (0, 0), 3.0))


def _colour_contrast(pixels: np.ndarray) -> np.ndarray:
    """How far each colour is from the picture's mean (Achanta and others, CVPR 2009, in RGB); 0–1."""
    blurred = cv2.GaussianBlur(pixels, (0, 0), 2.0)
    return _unit(np.linalg.norm(blurred - pixels.mean(axis=(0, 1)), axis=2).astype(np.float32))


def _unit(values: np.ndarray) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    return (values - low) / (high - low) if high - low > 1e-3 * max(1.0, abs(high)) else np.zeros_like(values)
