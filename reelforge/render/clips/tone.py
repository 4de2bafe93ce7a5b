"""High dynamic range and wide gamut brought down to BT.709, as a table of colours.

The display's light is found first: PQ codes are absolute (SMPTE ST 2084); HLG codes are the scene's light, shown on a
1000 cd/m² display with the system gamma 1.2 (ITU-R BT.2100-2, table 5). Graphics white, 203 cd/m² (ITU-R BT.2408-7),
becomes about SDR's white: the largest of R, G and B is brought from 0–1000 to 0–203 cd/m² by the EETF of ITU-R
BT.2390-11, 5.4.1, which leaves all below 90 cd/m² as it is and rolls off smoothly above; the three keep their ratios,
so hues stay. Colours outside BT.709 are mixed with the grey of their luminance until they are within. The light is then
coded for a BT.1886 display (gamma 2.4). 18 % grey, 26 cd/m², comes out at 42 % of the signal.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reelforge.render.clips.colour import Primaries, Transfer

Light = NDArray[np.float64]
"""(…, 3) R, G, B."""

POINTS: Final = 65
"""Of the table, on each axis. Between them colours are within a level of what they should be, greys within a third;
only where one of R, G and B is near nothing and gives no light to speak of may that one be ten levels off.
"""

WHITE: Final = 203.0
"""cd/m² of graphics white (BT.2408) and of our own display's white."""

PEAK: Final = 1000.0
"""cd/m² above which nothing is told apart: the mastering display's of nearly all material."""

_GAMMA = 2.4
_CHROMATICITIES: Final[dict[Primaries, tuple[tuple[float, float], ...]]] = {
    "bt709": ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    "bt2020": ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    "p3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
_D65 = (0.3127, 0.3290)

# SMPTE ST 2084
_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32


def pq_light(code: Light) -> Light:
    """cd/m² of PQ codes 0–1."""
    root = np.power(np.clip(code, 0, 1), 1 / _M2)
    return np.asarray(10_000 * np.power(np.maximum(root - _C1, 0) / (_C2 - _C3 * root), 1 / _M1))


def pq_code(light: Light | float) -> Light:
    """PQ codes 0–1 of cd/m²."""
    power = np.power(np.maximum(light, 0) / 10_000, _M1)
    return np.asarray(np.power((_C1 + _C2 * power) / (1 + _C3 * power), _M2))


def hlg_light(code: Light, luma: NDArray[np.float64]) -> Light:
    """cd/m² on a 1000 cd/m² display of HLG codes 0–1; ``luma`` are the weights of R, G, B in luminance."""
    a = 0.17883277
    b, c = 1 - 4 * a, 0.5 - a * np.log(4 * a)
    code = np.clip(code, 0, 1)
    scene = np.where(code <= 0.5, code * code / 3, (np.exp((code - c) / a) + b) / 12)
    luminance = np.maximum(scene @ luma, 1e-12)
    return np.asarray(PEAK * scene * np.power(luminance, 0.2)[..., None])


def rolled_off(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """0–1000 cd/m² to 0–203 cd/m² by the EETF of BT.2390, black staying black."""
    most = float(pq_code(PEAK))
    largest = float(pq_code(WHITE)) / most
    knee = 1.5 * largest - 0.5
    code = np.minimum(pq_code(light) / most, 1.0)
    t = np.maximum(code - knee, 0) / (1 - knee)
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * largest
    return pq_light(np.where(code < knee, code, spline) * most)


def _to_xyz(primaries: Primaries) -> Light:
    """3 × 3 from linear R, G, B to CIE XYZ with white at Y = 1 (SMPTE RP 177)."""
    columns = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in _CHROMATICITIES[primaries]]).T
    x, y = _D65
    white = np.array([x / y, 1.0, (1 - x - y) / y])
    return np.asarray(columns * np.linalg.solve(columns, white))


def _within(light: Light) -> Light:
    """BT.709 light, 1 = white, brought into 0–1 by mixing with the grey of the same luminance."""
    luma = _to_xyz("bt709")[1]
    grey = np.clip(light @ luma, 0, 1)[..., None]
    away = light - grey
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(away > 0, (1 - grey) / away, np.where(away < 0, -grey / away, np.inf))
    share = np.minimum(reach.min(axis=-1, keepdims=True), 1.0)
    return np.asarray(np.clip(grey + share * away, 0, 1))


def standard(code: Light, transfer: Transfer, primaries: Primaries) -> Light:
    """BT.709 codes 0–1 of R′G′B′ codes 0–1, (…, 3) both."""
    weights = _to_xyz(primaries)
    if transfer == "sdr":
        shown = np.power(np.clip(code, 0, 1), _GAMMA)
    else:
        light = pq_light(code) if transfer == "pq" else hlg_light(code, weights[1])
        brightest = light.max(axis=-1)
        share = rolled_off(brightest) / np.maximum(brightest, 1e-9)
        shown = light * share[..., None] / WHITE
    change = np.linalg.inv(_to_xyz("bt709")) @ weights
    return np.asarray(np.power(_within(shown @ change.T), 1 / _GAMMA))


def table(transfer: Transfer, primaries: Primaries) -> Light:
    """:func:`standard` of an even grid, (blue, green, red, 3)."""
    axis = np.linspace(0, 1, POINTS)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    return standard(np.stack([red, green, blue], axis=-1), transfer, primaries)


@cache
def _cube(transfer: Transfer, primaries: Primaries) -> bytes:
    """The table as the text of a .cube file."""
    values = table(transfer, primaries).ravel().tolist()
    return (f"LUT_3D_SIZE {POINTS}\n" + "%.5f %.5f %.5f\n" * POINTS**3 % tuple(values)).encode()


class CubeFile:
    """A table as a .cube file (Adobe Cube LUT 1.0), which libav reads; it exists within the ``with``."""

    def __init__(self, transfer: Transfer, primaries: Primaries) -> None:
        self._transfer: Transfer = transfer
        self._primaries: Primaries = primaries

    def __enter__(self) -> Path:
        with tempfile.NamedTemporaryFile(suffix=".cube", prefix="reelforge-", delete=False) as file:
            self._path = Path(file.name)
            file.write(_cube(self._transfer, self._primaries))
        return self._path

    def __exit__(self, *_: object) -> None:
        self._path.unlink(missing_ok=True)
