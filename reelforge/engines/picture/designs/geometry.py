"""Lines, dots and tiles: a map's contours, a printed sun, and quarter circles."""

from __future__ import annotations

import math

import numpy as np

from reelforge.engines.picture.designs.sheet import Sheet, blend, glow, smooth
from reelforge.engines.picture.palette import Pixels


def contours(sheet: Sheet) -> Pixels:
    """Height lines of a landscape, every fifth one bold, tinted by height."""
    height = sheet.swell(0.45, 2.4, 22, scale=4)
    peak_x, peak_y = sheet.uniform(0.25, 0.75), sheet.uniform(0.3, 0.6) * sheet.tall
    x, y = sheet.grid(4)
    height = height * 0.62 + 0.55 * np.exp(-((x - peak_x) ** 2 + (y - peak_y) ** 2) / (2 * 0.30**2)).astype(np.float32)
    field = sheet.enlarge(height)
    picture = sheet.scheme.over(0.03 + 0.50 * smooth(0.1, 1.15, field))
    levels = field * sheet.uniform(20, 27)
    slope_y, slope_x = np.gradient(levels)
    slope = np.sqrt(slope_x**2 + slope_y**2) + 1e-6
    nearest = np.round(levels)
    distance = np.abs(levels - nearest) / slope
    bold = (nearest.astype(np.int32) % 5) == 0
    half = np.where(bold, 2.4, 1.0).astype(np.float32) * sheet.width / 1296
    stroke = np.clip(half - distance + 0.5, 0, 1) * np.clip(0.02 / slope * 40, 0.3, 1)
    blend(picture, sheet.scheme.over(0.35 + 0.6 * smooth(0.2, 1.0, field)), stroke * np.where(bold, 0.85, 0.42))
    peak = smooth(0.80, 1.1, field)
    glow(picture, sheet.scheme.accent, stroke * bold * peak + 0.30 * peak)
    return picture


def halftone(sheet: Sheet) -> Pixels:
    """A large sun printed in dots over a gradient, with bars across its lower half."""
    x, y = sheet.grid()
    tall = sheet.tall
    picture = np.repeat(sheet.scheme.over(0.06 + 0.34 * smooth(0, tall, y)), sheet.width, axis=1)
    cx, cy, radius = sheet.uniform(0.35, 0.65), sheet.uniform(0.36, 0.5) * tall, sheet.uniform(0.30, 0.38)
    distance = np.sqrt((x - cx) ** 2 + (y - cy) ** 2)
    glow(picture, sheet.scheme.at(0.6), 0.5 * np.exp(-((distance - radius).clip(0) / 0.22)))
    _sun(sheet, picture, distance, (cy, radius))
    angle = sheet.uniform(0.25, 0.6)
    pitch = 1 / sheet.uniform(44, 56)
    u = (x * math.cos(angle) + y * math.sin(angle)) / pitch
    v = (y * math.cos(angle) - x * math.sin(angle)) / pitch
    away = np.sqrt((u - np.round(u)) ** 2 + (v - np.round(v)) ** 2) * pitch
    ring = np.exp(-(((distance - radius * 1.55) / 0.30) ** 2))
    dot = pitch * 0.46 * np.sqrt(np.clip(ring * smooth(radius * 1.02, radius * 1.25, distance), 0, 1))
    blend(picture, sheet.scheme.at(0.80), 0.75 * np.clip((dot - away) * sheet.width + 0.5, 0, 1) * (dot > 1e-3))
    return picture


def _sun(sheet: Sheet, picture: Pixels, distance: np.ndarray, place: tuple[float, float]) -> None:
    """A disc that turns from light to the accent, cut by bars that grow wider downwards."""
    cy, radius = place
    y = sheet.grid()[1]
    down = (y - cy) / radius
    inside = np.clip((radius - distance) * sheet.width + 0.5, 0, 1)
    bars = np.ones_like(y)
    bottom = 0.05
    for number in range(7):
        thick = 0.022 + 0.017 * number
        edge = np.minimum(down - bottom, bottom + thick - down) * radius * sheet.width
        bars *= 1 - np.clip(edge + 0.5, 0, 1)
        bottom += thick + 0.10 - 0.006 * number
    t = smooth(-1.0, 1.0, down)[..., None]
    colour = sheet.scheme.at(0.97) * (1 - t) + sheet.scheme.accent * t
    blend(picture, colour, inside * bars)


def tiles(sheet: Sheet) -> Pixels:
    """A wall of square tiles with quarter circles, half circles and rings, softly lit from a corner."""
    columns = int(sheet.rng.integers(3, 5))
    side = math.ceil(sheet.width / columns)
    rows = math.ceil(sheet.height / side)
    at = (np.arange(side, dtype=np.float32) + 0.5) / side
    picture = np.zeros((rows * side, columns * side, 3), np.float32)
    shades = [sheet.scheme.at(level) for level in (0.06, 0.16, 0.28, 0.44, 0.64, 0.88)]
    before = -1
    for row in range(rows):
        for column in range(columns):
            ground = int(sheet.rng.choice([i for i in range(4) if i != before]))
            before = ground
            front = (
                sheet.scheme.accent
                if sheet.rng.random() < 0.16
                else shades[(ground + int(sheet.rng.integers(2, 4))) % 6]
            )
            tile = np.broadcast_to(shades[ground], (side, side, 3)).copy()
            _figure(sheet, tile, at, front)
            picture[row * side : (row + 1) * side, column * side : (column + 1) * side] = tile
    picture = picture[: sheet.height, : sheet.width]
    x, y = sheet.grid()
    light = 1.12 - 0.55 * np.sqrt(((x - 0.15) / 1.3) ** 2 + ((y - 0.1) / (1.25 * sheet.tall)) ** 2)
    return np.clip(picture * light[..., None], 0, 1)


def _figure(sheet: Sheet, tile: Pixels, at: np.ndarray, front: np.ndarray) -> None:
    """One figure on a tile, turned by chance."""
    side = at.size
    turn = int(sheet.rng.integers(4))
    u, v = (at[None, :], at[:, None]) if turn % 2 else (1 - at[None, :], at[:, None])
    v = v if turn < 2 else 1 - v
    kind = int(sheet.rng.integers(6))
    corner = np.sqrt(u * u + v * v)
    middle = np.sqrt((u - 0.5) ** 2 + (v - 0.5) ** 2)
    if kind == 0:
        inside = (1.0 - corner) * side
    elif kind == 1:
        inside = np.minimum(1.0 - corner, corner - 0.5) * side
    elif kind == 2:
        inside = (0.5 - np.sqrt((u - 0.5) ** 2 + v**2)) * side
    elif kind == 3:
        inside = np.minimum(0.40 - middle, middle - 0.22) * side
    elif kind == 4:
        inside = (0.5 - np.abs(corner % 0.25 - 0.125) / 0.25 - 0.25) * 0.25 * side * (corner < 1.0) - (corner >= 1.0)
    else:
        inside = (1.0 - u - v) * side * 0.7
    blend(tile, front, np.clip(inside + 0.5, 0, 1))
