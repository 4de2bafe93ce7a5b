"""How smooth a zoom is: the motion of a patch from frame to frame against the smooth course it should have.

    python bench/jitter.py VIDEO.mp4 [FIRST] [COUNT]

The motion is measured to a hundredth of a pixel by the phase of the patches' cross-spectrum (phase correlation; Kuglin
and Hines 1975, in the least-squares form of Stone et al. 2001); a parabola is fitted to it, and what is left over is
the jitter, in pixels rms.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

PATCH, LEFT, TOP = 256, 60, 300


def jitter(video: Path, first: int = 106, count: int = 50) -> tuple[float, float]:
    """The rms jitter across and down over ``count`` frames from ``first`` on, in pixels."""
    patches = _patches(video, first, count)
    moves = np.array([_moved(*pair) for pair in pairwise(patches)])
    steps = np.arange(len(moves))
    left = [moves[:, axis] - np.polyval(np.polyfit(steps, moves[:, axis], 2), steps) for axis in (0, 1)]
    return float(left[0].std()), float(left[1].std())


def _patches(video: Path, first: int, count: int) -> list[NDArray[np.float64]]:
    found: list[NDArray[np.float64]] = []
    with av.open(str(video)) as file:
        for number, frame in enumerate(file.decode(video=0)):
            if number >= first + count:
                break
            if number >= first:
                luma = frame.to_ndarray()[: frame.height, : frame.width]
                found.append(luma[TOP : TOP + PATCH, LEFT : LEFT + PATCH].astype(np.float64))
    return found


def _moved(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[Any]:
    window = np.outer(np.hanning(PATCH), np.hanning(PATCH))
    spectra = [np.fft.fft2((patch - patch.mean()) * window) for patch in (before, after)]
    cross = spectra[1] * np.conj(spectra[0])
    down, across = np.meshgrid(np.fft.fftfreq(PATCH), np.fft.fftfreq(PATCH), indexing="ij")
    band = (np.hypot(down, across) < 0.12) & (np.hypot(down, across) > 0.004)
    weight = np.sqrt(np.abs(cross[band]))
    slopes = np.stack([across[band], down[band]], 1) * -2 * np.pi
    return np.linalg.lstsq(slopes * weight[:, None], np.angle(cross[band]) * weight, rcond=None)[0]


if __name__ == "__main__":
    across, down = jitter(Path(sys.argv[1]), *map(int, sys.argv[2:]))
    print(f"jitter {across:.3f} px across, {down:.3f} px down (rms)")
