"""Layers one behind the other: mountain ridges in haze, and waves cut from paper."""

from __future__ import annotations

import numpy as np

from reelforge.engines.picture.designs.sheet import Sheet, blend, glow, smooth
from reelforge.engines.picture.palette import Pixels


def ridges(sheet: Sheet) -> Pixels:
    """Mountain ridges that fade into haze under a large low sun."""
    x, y = sheet.grid()
    tall = sheet.tall
    horizon = sheet.uniform(0.44, 0.54) * tall
    sky = 0.16 + 0.70 * smooth(0.0, horizon * 1.05, y) ** 1.3
    picture = np.repeat(sheet.scheme.over(sky), sheet.width, axis=1)
    sun_x, sun_y, radius = sheet.uniform(0.25, 0.75), horizon - sheet.uniform(0.08, 0.34), sheet.uniform(0.10, 0.17)
    distance = np.sqrt((x - sun_x) ** 2 + (y - sun_y) ** 2)
    glow(picture, sheet.scheme.accent, 0.55 * np.exp(-(((distance - radius).clip(0)) / 0.28)))
    blend(
        picture,
        0.35 * sheet.scheme.accent + 0.65 * sheet.scheme.at(1.0),
        0.94 * smooth(radius, radius - 0.003, distance),
    )
    layers = int(sheet.rng.integers(5, 8))
    for layer in range(layers):
        near = layer / (layers - 1)
        crest = horizon + (tall * 0.90 - horizon) * near**1.15 * 0.86
        crest = crest + sheet.line(0.7, 60.0, 0.72 + 0.1 * near, 12) * (0.035 + 0.075 * near)
        _ridge(sheet, picture, crest, near)
    return picture


def _ridge(sheet: Sheet, picture: Pixels, crest: np.ndarray, near: float) -> None:
    """One ridge below ``crest`` (in widths, for each column), lighter towards its foot, where mist lies."""
    top = max(0, int(crest.min() * sheet.width) - 2)
    y = sheet.grid()[1][top:]
    inside = np.clip((y - crest[None, :]) * sheet.width + 0.5, 0, 1)
    depth = y - float(crest.mean())
    level = 0.62 * (1 - near) ** 1.4 + 0.015
    mist = level + 0.17 * (1 - 0.6 * near) * smooth(-0.05, 0.30, depth)
    blend(picture[top:], sheet.scheme.over(mist), inside)


def waves(sheet: Sheet) -> Pixels:
    """Sheets of coloured paper with wavy edges, each throwing a soft shadow on the one behind."""
    y = sheet.grid()[1]
    x = sheet.grid()[0]
    tall = sheet.tall
    picture = np.repeat(sheet.scheme.over(0.97 - 0.12 * y / tall), sheet.width, axis=1)
    sun = np.sqrt((x - sheet.uniform(0.3, 0.7)) ** 2 + (y - sheet.uniform(0.12, 0.22) * tall) ** 2)
    radius = sheet.uniform(0.13, 0.2)
    _paper_disc(sheet, picture, sun, radius)
    layers = int(sheet.rng.integers(6, 9))
    for layer in range(layers):
        near = layer / (layers - 1)
        middle = tall * (0.24 + 0.66 * near)
        edge = middle + sheet.line(0.6, 2.4, 0.6, 4) * sheet.uniform(0.05, 0.085)
        top = max(0, int((float(edge.min()) - 0.12) * sheet.width))
        above = (edge[None, :] - y[top:]).astype(np.float32)
        picture[top:] *= (1 - 0.42 * np.exp(-above.clip(0) / 0.028) * (above > -0.002))[..., None]
        inside = np.clip(-above * sheet.width + 0.5, 0, 1)
        level = 0.86 - 0.82 * near**0.9
        blend(picture[top:], sheet.scheme.over(level + 0.05 * smooth(0.14, 0.0, -above)), inside)
        rim = inside * np.clip(1.0 - (-above) * sheet.width / 3.0, 0, 1)
        glow(picture[top:], sheet.scheme.at(0.95), 0.16 * rim)
    return picture


def _paper_disc(sheet: Sheet, picture: Pixels, distance: np.ndarray, radius: float) -> None:
    shadow = np.exp(-((distance - radius).clip(0) / 0.03)) * 0.22
    picture *= (1 - shadow)[..., None]
    blend(picture, sheet.scheme.accent, np.clip((radius - distance) * sheet.width + 0.5, 0, 1))
