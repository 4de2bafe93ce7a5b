"""Where a picture's subject is, by U²-Net's small version (Qin and others, Pattern Recognition 2020)."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from reelforge.engines.vision.weights import Network, Weights

WEIGHTS: Final = Weights("u2netp.onnx", "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8")

_SIDE: Final = 320
_MEAN: Final = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION: Final = np.array([0.229, 0.224, 0.225], np.float32)
_INPUT: Final = "input.1"
_FUSED: Final = "1959"
"""The exported graph's first output: the fused map. The other six, of its stages, only help in training."""


class SubjectFinder:
    """Finds what stands out in RGB pixels; safe to call from several threads, which wait for each other: a run takes
    220 MB for as long as it lasts.
    """

    def __init__(self) -> None:
        self._network = Network(WEIGHTS, frugal=True)

    def find(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """How likely each place of a (height, width, 3) picture belongs to its subject: (320, 320) values of 0–1.

        Prepared as the authors' own test does (``RescaleT(320)`` to a square, ``ToTensorLab``: divided by the greatest
        value, then ImageNet's mean and deviation). Their stretching of the result to 0–1 is left out: where nothing
        stands out, it would make a subject of noise. Blocking: about 600 ms of one core.
        """
        square = cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
        values = (square / max(float(square.max()), 1e-6) - _MEAN) / _DEVIATION
        (fused,) = self._network.run((_FUSED,), {_INPUT: np.ascontiguousarray(values.transpose(2, 0, 1)[None])})
        return np.asarray(np.clip(fused[0, 0], 0, 1))

    def close(self) -> None:
        self._network.close()
