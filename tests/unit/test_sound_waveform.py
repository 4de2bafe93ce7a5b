"""The outline of a sound as data and as a picture."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reelforge.errors import InputError
from reelforge.sound import files
from reelforge.sound.waveform import WIDEST, draw, waveform

BLUE, RED, CLEAR = (0, 0, 255, 255), (255, 0, 0, 255), (0, 0, 0, 0)


def written(folder: Path, samples: NDArray[np.float32], rate: int = 48_000) -> Path:
    files.write(folder / "sound.wav", samples, rate)
    return folder / "sound.wav"


def pixels(png: bytes) -> NDArray[np.uint8]:
    """(rows, columns, RGBA)."""
    read = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    return np.asarray(read, np.uint8)[:, :, [2, 1, 0, 3]]


def test_each_column_has_the_extremes_and_the_power_of_its_own_samples(tmp_path: Path) -> None:
    samples = np.array([0.1, -0.2, 0.3, 0.3, -0.5, 0.5, 0.0, 0.0], np.float32)
    wave = waveform(written(tmp_path, samples), 4)
    assert wave.low == (-0.2, 0.3, -0.5, 0.0)
    assert wave.high == (0.1, 0.3, 0.5, 0.0)
    assert wave.rms == pytest.approx((0.1581, 0.3, 0.5, 0.0), abs=1e-4)
    assert (wave.rate, wave.frames, wave.samples_a_column) == (48_000, 8, 2.0)


def test_columns_across_blocks_are_whole(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).uniform(-1, 1, (3 * files.BLOCK + 17, 2)).astype(np.float32)
    columns = 7
    wave = waveform(written(tmp_path, samples), columns)
    edges = np.round(np.arange(columns + 1) * len(samples) / columns).astype(int)
    parts = [samples[a:b] for a, b in pairwise(edges)]
    assert wave.low == pytest.approx([part.min() for part in parts], abs=1e-4)
    assert wave.high == pytest.approx([part.max() for part in parts], abs=1e-4)
    assert wave.rms == pytest.approx([np.sqrt(np.mean(part.astype(float) ** 2)) for part in parts], abs=1e-4)


@pytest.mark.parametrize("columns", [1, 2, 999, 1_000])
def test_any_number_of_columns_is_measured(tmp_path: Path, columns: int) -> None:
    samples = np.linspace(-1, 1, 1_000).astype(np.float32)
    wave = waveform(written(tmp_path, samples), columns)
    assert len(wave.rms) == columns
    assert (min(wave.low), max(wave.high)) == (-1.0, 1.0)


def test_no_sound_has_more_columns_than_samples(tmp_path: Path) -> None:
    assert len(waveform(written(tmp_path, np.zeros(5, np.float32)), 100).low) == 5


@pytest.mark.parametrize("columns", [0, -1, WIDEST + 1])
def test_a_width_that_cannot_be_drawn_is_refused(tmp_path: Path, columns: int) -> None:
    with pytest.raises(InputError, match=rf"of {columns} columns was asked for; it can have 1 to 20000"):
        waveform(written(tmp_path, np.zeros(5, np.float32)), columns)


def test_a_square_that_fills_one_half_and_then_a_quarter_is_drawn_so(tmp_path: Path) -> None:
    signs = np.tile(np.array([1, -1], np.float32), 200)
    samples = np.concatenate([0.8 * signs, 0.4 * signs, 0 * signs])
    picture = pixels(draw(waveform(written(tmp_path, samples), 6), 41, swing=RED, body=BLUE))
    assert picture.shape == (41, 6, 4)
    filled = picture[:, :, 3] > 127
    assert filled.sum(axis=0).tolist() == pytest.approx([40, 40, 20, 20, 1, 1], abs=1)
    assert (filled == filled[::-1]).all(), "it stands about the middle"
    assert tuple(picture[20, 0]) == BLUE, "a square's root mean square is its peak"


def test_peaks_beyond_the_power_have_their_own_colour(tmp_path: Path) -> None:
    samples = np.zeros(1_000, np.float32)
    samples[::100], samples[50::100] = 1.0, -1.0
    picture = pixels(draw(waveform(written(tmp_path, samples), 1), 100, swing=RED, body=BLUE))
    column = [tuple(pixel) for pixel in picture[:, 0]]
    assert column[10] == column[90] == RED
    assert column[50] == BLUE


def test_the_power_is_drawn_only_where_the_sound_swings(tmp_path: Path) -> None:
    wave = waveform(written(tmp_path, np.full(100, 0.5, np.float32)), 1)
    column = pixels(draw(wave, 100, fill=False))[:, 0, 3]
    assert (column[:50] > 127).sum() <= 2
    assert (column[52:] > 127).sum() == 0


def test_see_through_colours_are_laid_over_the_ground(tmp_path: Path) -> None:
    samples = np.tile(np.array([1, -1], np.float32), 100)
    wave = waveform(written(tmp_path, samples), 2)
    over = pixels(draw(wave, 20, swing=CLEAR, body=(255, 0, 0, 128), ground=(0, 0, 255, 255)))
    assert tuple(over[10, 0]) == pytest.approx((128, 0, 127, 255), abs=1)
    alone = pixels(draw(wave, 20, swing=CLEAR, body=(255, 0, 0, 128)))
    assert tuple(alone[10, 0]) == pytest.approx((255, 0, 0, 128), abs=1)


def test_without_filling_a_quiet_sound_stays_small(tmp_path: Path) -> None:
    wave = waveform(written(tmp_path, 0.1 * np.tile(np.array([1, -1], np.float32), 100)), 1)
    high = (pixels(draw(wave, 100))[:, 0, 3] > 127).sum()
    low = (pixels(draw(wave, 100, fill=False))[:, 0, 3] > 127).sum()
    assert (high, low) == pytest.approx((99, 10), abs=1)


@pytest.mark.parametrize("height", [1, 4_001])
def test_a_height_that_cannot_be_drawn_is_refused(tmp_path: Path, height: int) -> None:
    with pytest.raises(InputError, match=f"{height} pixels high was asked for"):
        draw(waveform(written(tmp_path, np.zeros(5, np.float32)), 1), height)
