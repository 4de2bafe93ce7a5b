"""Filters by matrix products against SciPy's, which they stand in for."""

import subprocess
import sys

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, signal

from reelforge.sound.filters import Recursive, butterworth, highest_around, low_pass, product, smoothed, windows
from reelforge.sound.levelling import Levels
from reelforge.sound.loudness import HighestPeak, PeakMeter, _k_weighting, integrated, true_peak

RATES = [8_000, 22_050, 24_000, 44_100, 48_000, 96_000, 192_000]


def noise(count: int, channels: int, seed: int = 0) -> np.ndarray:
    return (0.2 * np.random.default_rng(seed).standard_normal((count, channels))).astype(np.float32)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("sizes", [[100_003], [1, 63, 64, 65, 1_000, 30_000, 68_810]])
def test_a_recursive_filter_is_the_recursion_whatever_the_blocks(rate: int, sizes: list[int]) -> None:
    sections = _k_weighting(rate)
    x = noise(sum(sizes), 2).T + np.float32(0.1)
    passing = Recursive(sections)
    state, parts, at = passing.start(2), [], 0
    for size in sizes:
        part, state = passing.run(np.ascontiguousarray(x[:, at : at + size]), state)
        parts.append(part)
        at += size
    wanted = signal.sosfilt(sections, x.astype(np.float64), axis=1)
    assert np.abs(np.concatenate(parts, axis=1) - wanted).max() < 10 ** (-100 / 20)


@pytest.mark.parametrize(("kind", "name"), [("high", "highpass"), ("low", "lowpass")])
@pytest.mark.parametrize("corner", [64.0, 5_000.0])
def test_butterworth_filters_are_those_of_the_textbook(kind: str, name: str, corner: float) -> None:
    assert np.allclose(butterworth(corner, 48_000, kind), signal.butter(2, corner, name, fs=48_000, output="sos"))


def test_low_passes_are_those_of_the_window_method() -> None:
    wanted = signal.firwin(97, 0.25, window=("kaiser", 5.0))
    assert np.allclose(low_pass(48, 0.25, 5.0), wanted, atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 300), st.integers(1, 12))
def test_neighbourhoods_are_those_of_scipy(count: int, reach: int) -> None:
    x = np.random.default_rng(count).standard_normal(count)
    wanted = ndimage.maximum_filter1d(x, 2 * reach + 1, mode="nearest")
    assert np.array_equal(highest_around(x, reach), wanted)
    window = np.hanning(2 * reach + 3)[1:-1]
    wanted = ndimage.convolve1d(x, window / window.sum(), mode="nearest")
    assert np.allclose(smoothed(x, 2 * reach + 1), wanted, atol=1e-12)


@pytest.mark.parametrize("count", [0, 1, 19, 400, 2_049])
def test_products_in_pieces_are_products(count: int) -> None:
    rows, matrix = noise(2 * count * 50, 1).reshape(2, count, 50), noise(50, 70)
    assert np.allclose(product(rows, matrix), rows @ matrix, atol=1e-5)


def test_windows_are_as_many_as_fit() -> None:
    found = windows(np.arange(20, dtype=np.float32).reshape(2, 10), 4, 3)
    assert found.tolist() == [[[a, a + 1, a + 2, a + 3] for a in (b, b + 3, b + 6)] for b in (0, 10)]


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000, 44_100, 48_000, 96_000])
def test_loudness_is_that_of_another_meter_within_a_hundredth(rate: int) -> None:
    x = (
        noise(7 * rate + 311, 2)
        * np.repeat(np.random.default_rng(1).random(80), rate // 10 + 1)[: 7 * rate + 311, None]
    )
    other = pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(x.astype(np.float64))
    assert integrated(x.astype(np.float32), rate) == pytest.approx(other, abs=0.01)


@pytest.mark.parametrize(("rate", "up"), [(44_100, 4), (48_000, 4), (96_000, 2)])
def test_true_peaks_are_those_of_oversampling_everything(rate: int, up: int) -> None:
    x = noise(40_001, 2)
    taps = signal.firwin(24 * up + 1, 1 / up, window=("kaiser", 5.0)) * up
    fine = np.abs(signal.upfirdn(taps, x.T.astype(np.float64), up, axis=-1)[:, 12 * up :][:, : len(x) * up])
    assert true_peak(x, rate) == pytest.approx(20 * np.log10(fine.max()), abs=0.01)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 20_000), st.lists(st.integers(1, 3_000), max_size=5), st.sampled_from([1, 2]))
def test_the_highest_peak_is_the_highest_of_all_peaks_however_it_comes(
    count: int, sizes: list[int], channels: int
) -> None:
    x = noise(count, channels, count) * np.exp(-np.arange(count) / 3_000)[:, None].astype(np.float32)
    every, highest, at = PeakMeter(48_000, 32), HighestPeak(48_000), 0
    for size in [*sizes, count]:
        every.add(x[at : at + size])
        highest.add(x[at : at + size])
        at += size
    peaks = every.finish()
    assert len(peaks) == -(-count // 32)
    assert highest.finish() == pytest.approx(float(peaks.max()), rel=1e-5)


def test_what_a_gain_will_give_is_known_without_applying_it() -> None:
    t = np.arange(4 * 48_000) / 48_000
    beats = (0.6 * np.exp(-(t % 0.5) * 20) * np.sin(2 * np.pi * 60 * t))[:, None] + noise(len(t), 2) * 0.5
    levels = Levels(48_000)
    levels.add(beats.astype(np.float32))
    for target in (-20.0, -14.0, -9.0):
        gain = levels.gain(target, -1.0)
        made = gain.apply(beats.astype(np.float32), 0)
        assert gain.loudness == pytest.approx(target, abs=0.05)
        assert integrated(made, 48_000) == pytest.approx(gain.loudness, abs=0.05)
        assert true_peak(made, 48_000) <= -1.0 + 0.05


def test_what_is_heard_is_measured_and_mixed_without_loading_scipy() -> None:
    program = (
        "import sys, reelforge.render.mix, reelforge.render.listening, reelforge.sound.dynamics as d, numpy;"
        "d.speech_chain(numpy.sin(numpy.arange(48000, dtype='f4') / 20), 48000);"
        "sys.exit('scipy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
