"""What the numbers of a decoded frame mean, and the change of YCbCr matrices.

A frame says its matrix, range, primaries and transfer curve (ITU-T H.273) or leaves them out; then we take what players
take: BT.601 for pictures below 720 lines and 1280 columns, else BT.709; limited range except for RGB and JPEG's
formats.
"""

from __future__ import annotations

from typing import Final, Literal

import cv2
import numpy as np
from av.video.frame import VideoFrame
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.render.planes import Plane, Planes

Transfer = Literal["sdr", "pq", "hlg"]
Matrix = Literal["bt601", "bt709", "bt2020", "fcc", "smpte240m"]
Primaries = Literal["bt709", "bt2020", "p3"]

# ITU-T H.273, tables 2–4
_MATRICES: Final[dict[int, Matrix]] = {
    1: "bt709",
    4: "fcc",
    5: "bt601",
    6: "bt601",
    7: "smpte240m",
    9: "bt2020",
    10: "bt2020",
}
_PRIMARIES: Final[dict[int, Primaries]] = {9: "bt2020", 11: "p3", 12: "p3"}
_TRANSFERS: Final[dict[int, Transfer]] = {16: "pq", 18: "hlg"}
_FULL_RANGE = 2

# (red, blue) in luma: BT.601 2.5.1, BT.709 3.2, BT.2020 table 4, FCC 73.682, SMPTE 240M
_LUMA: Final[dict[Matrix, tuple[float, float]]] = {
    "bt601": (0.299, 0.114),
    "bt709": (0.2126, 0.0722),
    "bt2020": (0.2627, 0.0593),
    "fcc": (0.30, 0.11),
    "smpte240m": (0.212, 0.087),
}
_DELTA = 3.0
"""Steps per luma level in which the luma's correction is kept; the largest, 37 levels, then fits a byte."""


class Meaning(Struct, frozen=True):
    """How a frame's samples are to be understood."""

    matrix: Matrix
    full: bool
    transfer: Transfer
    primaries: Primaries
    rgb: bool
    alpha: bool
    bits: int

    @classmethod
    def of(cls, frame: VideoFrame) -> Meaning:
        kind = frame.format
        guess: Matrix = "bt601" if frame.height < 720 and frame.width < 1280 else "bt709"
        matrix = _MATRICES.get(frame.colorspace, guess)
        transfer = _TRANSFERS.get(frame.color_trc, "sdr")
        wide: Primaries = "bt2020" if matrix == "bt2020" or transfer != "sdr" else "bt709"
        # 2 is “unspecified” in H.273
        primaries = wide if frame.color_primaries in {0, 2} else _PRIMARIES.get(frame.color_primaries, "bt709")
        return cls(
            matrix=matrix,
            full=frame.color_range == _FULL_RANGE or kind.name.startswith("yuvj"),
            transfer=transfer,
            primaries=primaries,
            rgb=kind.is_rgb or kind.name == "pal8",
            bits=max(kind.components[0].bits, 8),
            alpha=any(part.is_alpha for part in kind.components) or kind.name == "pal8",
        )

    @property
    def by_rgb(self) -> bool:
        """Whether it has to go through RGB."""
        return self.rgb or self.alpha or self.mapped or self.deep

    @property
    def deep(self) -> bool:
        """Full range of more than 8 bits: libav halves it in two ways, half a level apart, but its RGB is right."""
        return self.full and self.bits > 8 and not self.rgb

    @property
    def mapped(self) -> bool:
        """Whether its colours go through a table: high dynamic range, or primaries wider than BT.709's."""
        return self.transfer != "sdr" or self.primaries != "bt709"


def transfer_of(number: int) -> Transfer:
    """The kind of transfer curve of an H.273 number."""
    return _TRANSFERS.get(number, "sdr")


def _ycbcr(matrix: Matrix) -> NDArray[np.float64]:
    """3 × 3, from R′G′B′ 0–1 to Y′ 0–1 and Cb, Cr ±½."""
    red, blue = _LUMA[matrix]
    luma = np.array([red, 1 - red - blue, blue])
    to_blue = (np.array([0.0, 0.0, 1.0]) - luma) / (2 * (1 - blue))
    to_red = (np.array([1.0, 0.0, 0.0]) - luma) / (2 * (1 - red))
    return np.vstack([luma, to_blue, to_red])


class Recoding:
    """From a YCbCr matrix and range to BT.709's, limited, in place on 8-bit 4:2:0 planes, without a detour over RGB.

    All matrices turn greys into (Y, 128, 128), so the change is ``Y = g·Y + a·U + b·V`` and a 2 × 2 mixture of U and V.
    It is linear: done on the halved chroma it gives what it would on the whole, to the rounding. libav's own change of
    range leaves chroma half a level too high.
    """

    def __init__(self, matrix: Matrix, *, full: bool) -> None:
        white, colour = (255.0, 255.0) if full else (219.0, 224.0)
        change = np.diag([219.0, 224.0, 224.0]) @ _ycbcr("bt709") @ np.linalg.inv(_ycbcr(matrix))
        change = change @ np.diag([1 / white, 1 / colour, 1 / colour])
        self._gain = float(change[0, 0])
        self._black = 16.0 - self._gain * (0.0 if full else 16.0)
        self._luma = change[0, 1:]
        self._chroma = change[1:, 1:]
        # The left-sited chroma's place of each luma sample.
        self._place = np.array([[0.5, 0.0, 0.0], [0.0, 0.5, -0.25]])

    def apply(self, planes: Planes) -> None:
        """Change planes in place."""
        if np.abs(self._luma).max() < 1e-6:
            cv2.addWeighted(planes.y, self._gain, planes.y, 0.0, self._black, dst=planes.y)
        else:
            height, width = planes.y.shape
            delta = cv2.warpAffine(
                self._mixture(planes, self._luma * _DELTA),
                self._place,
                (width, height),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )
            cv2.addWeighted(planes.y, self._gain, delta, 1 / _DELTA, self._black - 128 / _DELTA, dst=planes.y)
        u, v = self._mixture(planes, self._chroma[0]), self._mixture(planes, self._chroma[1])
        np.copyto(planes.u, u)
        np.copyto(planes.v, v)

    @staticmethod
    def _mixture(planes: Planes, weights: NDArray[np.float64]) -> Plane:
        """128 where both are; nothing else is lost than what lies outside 0–255."""
        of_u, of_v = float(weights[0]), float(weights[1])
        return np.asarray(cv2.addWeighted(planes.u, of_u, planes.v, of_v, 128.0 * (1.0 - of_u - of_v)), np.uint8)
