"""Light without objects: a mesh of melting colours, and lamps out of focus."""

from __future__ import annotations

import math

import cv2
import numpy as np

from reelforge.engines.picture.designs.sheet import Sheet, blend, glow, smooth
from reelforge.engines.picture.palette import Pixels, to_oklab, to_srgb


def mesh(sheet: Sheet) -> Pixels:
    """Colours that melt into each other along warped borders, under panes of glass."""
    x, y = sheet.grid(6)
    warp_x = x + 0.22 * (sheet.swell(0.5, 1.6, 10) - 0.5)
    warp_y = y + 0.30 * (sheet.swell(0.5, 1.6, 10) - 0.5)
    total = np.zeros((*warp_x.shape, 3))
    weight = np.full(warp_x.shape, 1e-6)
    start = int(sheet.rng.integers(2))
    levels = sheet.rng.permutation(np.linspace(0.05, 0.80, 7))
    for number, level in enumerate(levels):
        colour = to_oklab(sheet.scheme.accent if number == 3 else sheet.scheme.at(float(level)))
        cx, cy = (
            sheet.uniform(-0.1, 0.4) + 0.7 * ((number + start) % 2),
            (number + sheet.uniform(0.2, 0.8)) / len(levels) * sheet.tall,
        )
        share = np.exp(-((warp_x - cx) ** 2 + (warp_y - cy) ** 2) / (2 * sheet.uniform(0.17, 0.27) ** 2))
        total += share[..., None] * colour
        weight += share
    picture = sheet.enlarge(to_srgb(total / weight[..., None]))
    _panes(sheet, picture)
    return picture


def _panes(sheet: Sheet, picture: Pixels) -> None:
    """Large discs of glass: slightly lighter inside, a bright rim on one side, a shadow below."""
    x, y = sheet.grid()
    for _ in range(3):
        cx, cy = sheet.uniform(0.05, 0.95), sheet.uniform(0.1, 0.9) * sheet.tall
        radius = sheet.uniform(0.16, 0.42)
        dx, dy = x - cx, y - cy
        distance = np.sqrt(dx * dx + dy * dy)
        inside = np.clip((radius - distance) * sheet.width + 0.5, 0, 1)
        low = np.sqrt(dx * dx + (dy - 0.03) ** 2)
        picture *= (1 - 0.22 * np.exp(-((low - radius).clip(0) / 0.05)) * (1 - inside))[..., None]
        facing = 0.5 + 0.5 * (-0.6 * dx - 0.8 * dy) / (distance + 1e-4)
        glow(picture, sheet.scheme.at(0.95), inside * (0.07 + 0.16 * facing * smooth(radius * 0.3, radius, distance)))
        rim = inside * np.clip((distance - radius) * sheet.width / 3 + 1, 0, 1)
        glow(picture, np.ones(3, np.float32), 0.55 * rim * facing**2)


def bokeh(sheet: Sheet) -> Pixels:
    """City lamps far out of focus: soft-edged discs at several depths over a dark gradient."""
    x, y = sheet.grid(2)
    slope = y / sheet.tall + 0.25 * (x - 0.5) * sheet.uniform(-1, 1)
    picture = np.array(sheet.scheme.over(0.04 + 0.26 * smooth(0.1, 1.0, slope) ** 1.5))
    band = sheet.uniform(0.35, 0.65) * sheet.tall
    glow(picture, sheet.scheme.at(0.55), 0.38 * np.exp(-(((y - band) / 0.38) ** 2)) * np.ones_like(x))
    for depth, count in ((0, 9), (1, 26), (2, 60)):
        light = np.zeros_like(picture)
        for _ in range(count):
            _lamp(sheet, light, depth, band)
        soft = cv2.GaussianBlur(light, (0, 0), (10.0, 3.0, 1.2)[depth] * sheet.width / 1296)
        picture += (1 - picture) * np.clip(soft, 0, 1)
    return sheet.enlarge(picture)


def _lamp(sheet: Sheet, light: Pixels, depth: int, band: float) -> None:
    """One lamp, added to ``light`` within its own square."""
    h, w = light.shape[:2]
    radius = sheet.uniform(0.6, 1.4) * (0.17, 0.07, 0.018)[depth] * w
    cx = sheet.uniform(-0.05, 1.05) * w
    cy = (band + float(sheet.rng.normal(0, 0.42))) * w
    colour = sheet.scheme.accent if sheet.rng.random() < 0.4 else sheet.scheme.at(sheet.uniform(0.5, 1.0))
    opacity = sheet.uniform(0.10, 0.34) + 0.10 * depth
    x0, x1 = max(0, math.floor(cx - radius)), min(w, math.ceil(cx + radius) + 1)
    y0, y1 = max(0, math.floor(cy - radius)), min(h, math.ceil(cy + radius) + 1)
    if x0 >= x1 or y0 >= y1:
        return
    ys, xs = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    distance = np.sqrt((xs - cx) ** 2 + (ys - cy) ** 2)
    disc = np.clip(radius - distance + 0.5, 0, 1) * (0.72 + 0.28 * smooth(radius * 0.7, radius, distance))
    blend(light[y0:y1, x0:x1], colour * opacity + light[y0:y1, x0:x1], disc)
