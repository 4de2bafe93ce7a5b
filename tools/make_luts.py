"""Writes the four colour grades of config/luts/: `python tools/make_luts.py [FOLDER]`.

The grades are designed in Oklab (Björn Ottosson, “A perceptual color space for image processing”, 2020), where
lightness, chroma and hue can be changed one at a time; colours that leave sRGB come back without a change of hue. Each
is written as a 3-D table in Adobe's Cube LUT format.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Colours = NDArray[np.float64]
"""(…, 3)."""

SIZE: Final = 25
_TO_CONES: Final = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB: Final = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_SKIN = 52.0
"""The hue of skin of any colour in Oklab, in degrees; faces lie within some 20 of it."""


def linear(rgb: Colours) -> Colours:
    """Light from sRGB values, IEC 61966-2-1."""
    return np.where(rgb <= 0.04045, rgb / 12.92, ((np.maximum(rgb, 0) + 0.055) / 1.055) ** 2.4)


def coded(light: Colours) -> Colours:
    """SRGB values from light."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)


def oklab(rgb: Colours) -> Colours:
    """Lightness (0–1), green–red and blue–yellow of sRGB values."""
    return np.asarray(np.cbrt(linear(rgb) @ _TO_CONES.T) @ _TO_LAB.T)


def srgb(lab: Colours) -> Colours:
    """The sRGB values of Oklab colours, beyond 0–1 where there are none."""
    return coded((lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_CONES).T)


def within(lab: Colours) -> Colours:
    """The sRGB values of colours, those beyond sRGB drawn towards a middle grey until they are in it.

    (“Project to 0.5” of Ottosson's “sRGB gamut clipping”, 2021: the purest colours stay pure, at the cost of a little
    lightness; keeping the lightness would turn a slightly lighter yellow nearly white.)
    """
    grey = np.array([0.5, 0.0, 0.0])
    least, most = np.zeros(lab.shape[:-1]), np.ones(lab.shape[:-1])
    for _ in range(30):
        middle = (least + most) / 2
        inside = legal(srgb(grey + (lab - grey) * middle[..., None]))
        least, most = np.where(inside, middle, least), np.where(inside, most, middle)
    kept = np.where(legal(srgb(lab)), 1.0, least)
    return np.clip(srgb(grey + (lab - grey) * kept[..., None]), 0, 1)


def legal(rgb: Colours) -> NDArray[np.bool_]:
    return np.asarray(((rgb >= -1e-6) & (rgb <= 1 + 1e-6)).all(-1))


def smooth(values: NDArray[Any]) -> NDArray[np.float64]:
    done = np.clip(values, 0, 1)
    return np.asarray(done * done * (3 - 2 * done))


def contrast(light: NDArray[np.float64], amount: float, pivot: float) -> NDArray[np.float64]:
    """An S of two parabolas that keeps black, white and the pivot.

    Its slope is 1 + amount at the pivot and 1 − amount at the ends: what is nearly black or white keeps its detail.
    """
    low, high = light / pivot, (1 - light) / (1 - pivot)
    return np.where(
        light < pivot,
        pivot * (low - amount * low * (1 - low)),
        1 - (1 - pivot) * (high - amount * high * (1 - high)),
    )


def lit(lab: Colours, light: NDArray[np.float64]) -> Colours:
    """Colours at another lightness; those made darker lose chroma in proportion, or they would leave sRGB."""
    ratio = np.minimum(light / np.maximum(lab[..., 0], 1e-6), 1.0)
    return np.stack([light, lab[..., 1] * ratio, lab[..., 2] * ratio], -1)


def skin(lab: Colours) -> NDArray[np.float64]:
    """How much a colour may be skin: 1 at its hue, 0 from 60 degrees away on, and 0 in greys, which have no hue."""
    away = np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) - _SKIN
    return smooth(1.3 - np.abs((away + 180) % 360 - 180) / 46) * smooth(np.hypot(lab[..., 1], lab[..., 2]) / 0.02)


def towards(hue: float, amount: NDArray[np.float64]) -> Colours:
    """A shift of colour (no change of lightness) in the direction of a hue."""
    turn = np.radians(hue)
    return np.stack([np.zeros_like(amount), np.cos(turn) * amount, np.sin(turn) * amount], -1)


def clean_punch(rgb: Colours) -> Colours:
    """Clearer contrast, and more colour where there is little; greys stay grey, skin gains least."""
    lab = oklab(rgb)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    gain = 1 + 0.30 * (1 - smooth(chroma / 0.26)) * (1 - 0.6 * skin(lab))
    found = lit(lab, contrast(lab[..., 0], 0.22, 0.56))
    return within(found * np.stack([np.ones_like(gain), gain, gain], -1))


def teal_orange(rgb: Colours) -> Colours:
    """The cinema's pair: all colours lean to the axis from orange to teal, shadows cool, lights warm."""
    lab = oklab(rgb)
    axis = np.radians(56.0)
    along = np.cos(axis) * lab[..., 1] + np.sin(axis) * lab[..., 2]
    across = -np.sin(axis) * lab[..., 1] + np.cos(axis) * lab[..., 2]
    along, across = 1.08 * along, 0.62 * across
    light = contrast(lab[..., 0], 0.26, 0.55)
    turned = [np.cos(axis) * along - np.sin(axis) * across, np.sin(axis) * along + np.cos(axis) * across]
    found = lit(np.stack([lab[..., 0], *turned], -1), light)
    cool = smooth(light / 0.36) * (1 - smooth((light - 0.25) / 0.35)) * (1 - skin(lab))
    warm = smooth((light - 0.5) / 0.3) * (1 - smooth((light - 0.8) / 0.2))
    return within(found + towards(212, 0.026 * cool) + towards(68, 0.016 * warm))


def warm_film(rgb: Colours) -> Colours:
    """A print of negative film: blacks a little faded, lights creamy and soft, middle tones warm, colours quiet."""
    lab = oklab(rgb)
    light = contrast(lab[..., 0], 0.2, 0.5)
    strong = np.hypot(lab[..., 1], lab[..., 2])
    quiet = 0.95 - 0.15 * smooth(strong / 0.25)
    found = lit(lab, light) * np.stack([np.ones_like(quiet), quiet, quiet], -1)
    # The fade is a veil of light over the print, not a change of its tones: it does not raise the noise of the blacks.
    veil = np.array([0.035, 0.040, 0.037])
    return veil + (np.array([1.0, 0.989, 0.968]) - veil) * within(found + towards(72, 0.010 * smooth(light / 0.6)))


def noir(rgb: Colours) -> Colours:
    """Black and white as through an orange filter: skies dark, skin luminous, blacks deep."""
    light = np.cbrt(linear(rgb) @ np.array([0.42, 0.50, 0.08]))
    light = contrast(light, 0.46, 0.58)
    return np.repeat(within(np.stack([light, 0 * light, 0 * light], -1)).mean(-1, keepdims=True), 3, -1)


GRADES: Final[dict[str, Callable[[Colours], Colours]]] = {
    one.__name__: one for one in (clean_punch, noir, teal_orange, warm_film)
}


def cube(name: str) -> str:
    """The .cube file of a grade."""
    steps = np.linspace(0, 1, SIZE)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    rows = GRADES[name](np.stack([red, green, blue], -1)).reshape(-1, 3)
    head = ["# ReelForge, Apache-2.0; made by tools/make_luts.py", f'TITLE "{name}"', f"LUT_3D_SIZE {SIZE}", ""]
    # + 0.0 makes −0 a plain 0
    return "\n".join([*head, *(" ".join(f"{value + 0.0:.5f}" for value in row) for row in rows)]) + "\n"


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent / "config" / "luts"
    for name in GRADES:
        (folder / f"{name}.cube").write_text(cube(name), encoding="ascii")
        print(folder / f"{name}.cube")


if __name__ == "__main__":
    main()
