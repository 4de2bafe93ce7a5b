"""A planet among stars."""

from __future__ import annotations

import math

import numpy as np

from reelforge.engines.picture.designs.sheet import Sheet, blend, glow, smooth
from reelforge.engines.picture.palette import Field, Pixels


def planet(sheet: Sheet) -> Pixels:
    """A banded globe lit from one side, with a thin atmosphere, orbits, and a smaller moon."""
    nebula = 0.05 + 0.20 * sheet.swell(0.5, 2.5, 18) ** 2
    picture = np.array(sheet.enlarge(sheet.scheme.over(nebula)))
    _stars(sheet, picture)
    cx, cy = sheet.uniform(0.25, 0.75), sheet.uniform(0.38, 0.58) * sheet.tall
    radius = sheet.uniform(0.27, 0.40)
    light = sheet.uniform(math.radians(200), math.radians(340))
    tilt = sheet.uniform(-0.5, 0.5)
    _orbits(sheet, picture, (cx, cy, radius), tilt)
    _globe(sheet, picture, (cx, cy, radius), light, tilt)
    angle = light + sheet.uniform(-0.9, 0.9)
    far = radius * sheet.uniform(1.45, 1.7)
    moon = (cx + far * math.cos(angle), cy + far * math.sin(angle), radius * sheet.uniform(0.10, 0.17))
    _globe(sheet, picture, moon, light, tilt)
    return picture


def _stars(sheet: Sheet, picture: Pixels) -> None:
    count = 700
    xs = sheet.rng.integers(2, sheet.width - 2, count)
    ys = sheet.rng.integers(2, sheet.height - 2, count)
    bright = sheet.rng.random(count) ** 4 * 0.9 + 0.1
    soft = np.exp(-(np.arange(-2, 3)[:, None] ** 2 + np.arange(-2, 3)[None, :] ** 2) / 2.4).astype(np.float32)
    for x, y, light in zip(xs, ys, bright, strict=True):
        glow(picture[y - 2 : y + 3, x - 2 : x + 3], sheet.scheme.at(1.0), soft * np.float32(light))


def _orbits(sheet: Sheet, picture: Pixels, globe: tuple[float, float, float], tilt: float) -> None:
    """Thin ellipses round the globe, fading along their length."""
    cx, cy, radius = globe
    x, y = sheet.grid()
    dx, dy = x - cx, y - cy
    along = dx * math.cos(tilt) + dy * math.sin(tilt)
    across = (dy * math.cos(tilt) - dx * math.sin(tilt)) / 0.30
    distance = np.sqrt(along**2 + across**2)
    for number in range(3):
        ring = radius * (1.4 + 0.42 * number + sheet.uniform(0, 0.2))
        stroke = np.clip(1.6 - np.abs(distance - ring) * sheet.width * 0.45, 0, 1)
        fade = 0.5 + 0.5 * np.cos(np.arctan2(across, along) - sheet.uniform(0, 6.28))
        glow(picture, sheet.scheme.accent, stroke * (0.10 + 0.55 * fade**2))


def _globe(sheet: Sheet, picture: Pixels, globe: tuple[float, float, float], light: float, tilt: float) -> None:
    cx, cy, radius = globe
    reach = radius * 1.6
    x0, x1 = max(0, int((cx - reach) * sheet.width)), min(sheet.width, int((cx + reach) * sheet.width))
    y0, y1 = max(0, int((cy - reach) * sheet.width)), min(sheet.height, int((cy + reach) * sheet.width))
    if x0 >= x1 or y0 >= y1:
        return
    part = picture[y0:y1, x0:x1]
    x, y = sheet.grid()
    dx, dy = (x[:, x0:x1] - cx) / radius, (y[y0:y1] - cy) / radius
    distance = np.sqrt(dx * dx + dy * dy)
    toward = dx * math.cos(light) + dy * math.sin(light)
    glow(part, sheet.scheme.accent, 0.45 * np.exp(-((distance - 1).clip(0) / 0.09)) * smooth(-0.5, 0.9, toward))
    inside = np.clip((1 - distance) * radius * sheet.width + 0.5, 0, 1)
    depth = np.sqrt(np.clip(1 - distance**2, 0, 1))
    lit = smooth(-0.25, 0.95, toward * 0.86 + depth * 0.5)
    surface = _bands(sheet, dx, dy, tilt)
    colour = sheet.scheme.over(0.02 + lit * (0.30 + 0.52 * surface))
    blend(part, colour, inside)
    glow(part, sheet.scheme.accent, inside * smooth(0.80, 1.0, distance) * lit * 0.55)


def _bands(sheet: Sheet, dx: Field, dy: Field, tilt: float) -> Field:
    """Bands of cloud along the tilted equator, bent a little; 0–1."""
    across = dy * math.cos(tilt) - dx * math.sin(tilt)
    along = dx * math.cos(tilt) + dy * math.sin(tilt)
    total = np.zeros_like(across)
    weight = 0.0
    for cycles in (1.3, 2.6, 4.9, 8.5, 14.0):
        bend = 0.05 * np.sin(along * sheet.uniform(2, 6) + sheet.uniform(0, 6.28))
        total += np.sin(math.pi * cycles * (across + bend) + sheet.uniform(0, 6.28)) / cycles**0.6
        weight += 1 / cycles**0.6
    return np.asarray(0.5 + 0.5 * total / weight * 1.6, np.float32).clip(0, 1)
