"""The outline of a sound: how far it swings and how strong it is in each column of a picture, and the picture."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from reelforge.domain.value import Value
from reelforge.errors import InputError
from reelforge.sound.files import Sound

WIDEST: Final = 20_000
HIGHEST: Final = 4_000
_DIGITS: Final = 4


class Waveform(Value):
    """``low`` and ``high`` are each column's smallest and largest sample and ``rms`` its root mean square, over all
    channels, full scale ±1. A column is ``samples_a_column`` samples long, to the nearest sample.
    """

    rate: int = Field(gt=0)
    frames: int = Field(gt=0)
    samples_a_column: float = Field(gt=0)
    low: tuple[float, ...]
    high: tuple[float, ...]
    rms: tuple[float, ...]

    @model_validator(mode="after")
    def _same_columns(self) -> Waveform:
        if not len(self.low) == len(self.high) == len(self.rms) > 0:
            raise ValueError("low, high and rms have a value for each column")
        return self


def waveform(path: Path, columns: int) -> Waveform:
    """Measure a file in ``columns`` columns (1 to :data:`WIDEST`; fewer when it has fewer samples), in bounded memory.

    Column c holds the samples from round(c · n / columns) on. Raises InputError for a file that cannot be read and for
    a number of columns that cannot be drawn.
    """
    if not 1 <= columns <= WIDEST:
        raise InputError(f"A waveform of {columns} columns was asked for; it can have 1 to {WIDEST}.")
    with Sound(path) as sound:
        columns = min(columns, sound.frames)
        edges = np.round(np.arange(columns + 1) * (sound.frames / columns)).astype(np.int64)
        low, high, power = np.full(columns, np.inf), np.full(columns, -np.inf), np.zeros(columns)
        at = 0
        for block in sound.blocks():
            exact = block.astype(np.float64)
            first = int(np.searchsorted(edges, at, side="right")) - 1
            last = int(np.searchsorted(edges, at + len(block), side="left"))
            cuts = np.maximum(edges[first:last] - at, 0)
            here = slice(first, last)
            low[here] = np.minimum(low[here], np.minimum.reduceat(exact.min(axis=1), cuts))
            high[here] = np.maximum(high[here], np.maximum.reduceat(exact.max(axis=1), cuts))
            power[here] += np.add.reduceat(np.einsum("ij,ij->i", exact, exact) / block.shape[1], cuts)
            at += len(block)
        return Waveform(
            rate=sound.rate,
            frames=sound.frames,
            samples_a_column=sound.frames / columns,
            low=_rounded(low),
            high=_rounded(high),
            rms=_rounded(np.sqrt(power / np.diff(edges))),
        )


def draw(
    wave: Waveform,
    height: int,
    *,
    swing: tuple[int, int, int, int] = (82, 130, 255, 150),
    body: tuple[int, int, int, int] = (82, 130, 255, 255),
    ground: tuple[int, int, int, int] = (0, 0, 0, 0),
    fill: bool = True,
) -> bytes:
    """A PNG, one pixel a column wide and ``height`` high: the swing in one colour and ±RMS over it in another, RGBA.

    With ``fill`` the loudest sample reaches the edges; silence is a line. Raises InputError for a height that cannot be
    drawn (2 to :data:`HIGHEST`).
    """
    import cv2  # noqa: PLC0415  # heavy, and only pictures need it

    if not 2 <= height <= HIGHEST:
        raise InputError(f"A waveform {height} pixels high was asked for; it can be 2 to {HIGHEST}.")
    low, high, rms = (np.asarray(values) for values in (wave.low, wave.high, wave.rms))
    loudest = max(float(np.abs(low).max()), float(np.abs(high).max())) if fill else 1.0
    scale = 1 / loudest if loudest > 0 else 1.0
    outer = _covered(low * scale, high * scale, height)
    inner = _covered(np.maximum(-rms, low) * scale, np.minimum(rms, high) * scale, height)
    picture = np.empty((height, len(low), 4))
    picture[:] = ground
    for cover, colour in ((outer, swing), (inner, body)):
        picture = _over(picture, cover, np.asarray(colour, np.float64))
    bgra = np.ascontiguousarray(np.round(picture).astype(np.uint8)[:, :, [2, 1, 0, 3]])
    done, data = cv2.imencode(".png", bgra)
    assert done
    return bytes(data.tobytes())


def _over(picture: NDArray[np.float64], cover: NDArray[np.float64], colour: NDArray[np.float64]) -> NDArray[np.float64]:
    """A colour laid over an RGBA picture (0–255, not premultiplied) where it is covered (Porter & Duff 1984)."""
    upper = cover * colour[3] / 255
    lower = picture[:, :, 3] / 255 * (1 - upper)
    alpha = upper + lower
    mixed = upper[:, :, None] * colour[:3] + lower[:, :, None] * picture[:, :, :3]
    mixed /= np.maximum(alpha, 1e-9)[:, :, None]
    return np.concatenate([mixed, alpha[:, :, None] * 255], axis=2)


def _covered(low: NDArray[np.float64], high: NDArray[np.float64], height: int) -> NDArray[np.float64]:
    """(height, columns): how much of each pixel lies between the two curves, 0–1; at least a pixel's height in all."""
    middle, half = height / 2, (height - 1) / 2
    top, bottom = middle - np.clip(high, -1, 1) * half, middle - np.clip(low, -1, 1) * half
    thin = np.maximum(0.0, 1.0 - (bottom - top)) / 2
    rows = np.arange(height)[:, None]
    covered: NDArray[np.float64] = np.clip(np.minimum(rows + 1, bottom + thin) - np.maximum(rows, top - thin), 0.0, 1.0)
    return covered


def _rounded(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(round(float(value), _DIGITS) for value in values)
