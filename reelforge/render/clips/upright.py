"""How a clip is to be turned to stand upright: the display matrix of MP4 (ISO/IEC 14496-12, 8.3.2) as libav hands it
on, taken to the nearest quarter turn.
"""

from __future__ import annotations

import math
import struct
from typing import Any, Final, Self

import cv2
import numpy as np
from av.video.frame import VideoFrame
from msgspec import Struct

from reelforge.render.planes import Plane, Planes, Rgb

_ROTATIONS: Final = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}
_SITING: Final = -0.25
"""Where a left-sited chroma sample lies from the middle of its four luma samples, in chroma samples."""


class Turn(Struct, frozen=True):
    """``mirror`` exchanges left and right first, then the picture is turned by ``quarters`` × 90° clockwise."""

    quarters: int = 0
    mirror: bool = False

    @classmethod
    def of(cls, frame: VideoFrame) -> Self:
        """What a decoded frame says of itself."""
        data: Any = frame.side_data.get("DISPLAYMATRIX")
        return cls.of_matrix(struct.unpack("9i", bytes(data)[:36])) if data else cls()

    @classmethod
    def of_matrix(cls, matrix: tuple[int, ...]) -> Self:
        """Of a 3 × 3 display matrix (a, b, u, c, d, v, x, y, w): a point (p, q) goes to (ap + cq, bp + dq)."""
        a, b, _, c, d, *_ = matrix
        if not any((a, b, c, d)):
            return cls()
        mirror = a * d - b * c < 0
        if mirror:
            a, b = -a, -b
        angle = math.atan2(b - c, a + d)
        return cls(round(angle / (math.pi / 2)) % 4, mirror)

    @property
    def sideways(self) -> bool:
        return self.quarters % 2 == 1

    def size(self, width: int, height: int) -> tuple[int, int]:
        """The upright (width, height) of a picture stored with these."""
        return (height, width) if self.sideways else (width, height)

    def picture(self, rgb: Rgb) -> Rgb:
        """An upright (height, width, 3) picture."""
        return self._turned(rgb)

    def planes(self, y: Plane, u: Plane, v: Plane, out: Planes) -> None:
        """Turn a left-sited 4:2:0 picture into ``out``, moving the chroma samples back to the left."""
        if self == Turn():
            np.copyto(out.y, y)
            np.copyto(out.u, u)
            np.copyto(out.v, v)
            return
        np.copyto(out.y, self._turned(y))
        across, down = self._sited()
        place = np.array([[1.0, 0.0, _SITING - across], [0.0, 1.0, -down]])
        for plane, to in ((u, out.u), (v, out.v)):
            turned = self._turned(plane)
            if across == _SITING and down == 0.0:
                np.copyto(to, turned)
                continue
            cv2.warpAffine(
                turned,
                place,
                (to.shape[1], to.shape[0]),
                dst=to,
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )

    def _turned(self, array: Plane) -> Plane:
        mirrored = cv2.flip(array, 1) if self.mirror else array
        return np.asarray(cv2.rotate(mirrored, _ROTATIONS[self.quarters]) if self.quarters else mirrored, np.uint8)

    def _sited(self) -> tuple[float, float]:
        """Where left-sited chroma samples come to lie."""
        x, y = (-_SITING if self.mirror else _SITING), 0.0
        for _ in range(self.quarters):
            x, y = -y, x
        return x + 0.0, y + 0.0
