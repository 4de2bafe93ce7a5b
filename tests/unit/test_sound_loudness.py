"""Loudness and true peak against the signals of EBU Tech 3341 and ITU-R BS.1770-4."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from reelforge.sound.loudness import LoudnessMeter, PeakMeter, _k_weighting, decibels, integrated, true_peak


def sine(
    level: float, seconds: float, rate: int = 48_000, pitch: float = 1_000, phase: float = 0.0
) -> NDArray[np.float32]:
    """A stereo sine whose peak is at ``level`` dBFS."""
    wave = 10 ** (level / 20) * np.sin(2 * np.pi * pitch * np.arange(round(seconds * rate)) / rate + phase)
    return np.stack([wave, wave], axis=1).astype(np.float32)


def test_the_filters_are_the_table_of_the_standard_at_48_khz() -> None:
    table = [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241, 0.73248077421585],
        [1, -2, 1, 1, -1.99004745483398, 0.99007225036621],
    ]
    assert np.allclose(_k_weighting(48_000), table, atol=1e-8)


CASES = {
    "1": ([(-23, 20)], -23.0),
    "2": ([(-33, 20)], -33.0),
    "3": ([(-36, 10), (-23, 60), (-36, 10)], -23.0),
    "4": ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
    "5": ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),
}


@pytest.mark.parametrize("case", CASES)
def test_the_integrated_cases_of_ebu_tech_3341_are_met_within_a_tenth(case: str) -> None:
    parts, wanted = CASES[case]
    assert integrated(np.concatenate([sine(level, seconds) for level, seconds in parts]), 48_000) == pytest.approx(
        wanted, abs=0.1
    )


def test_the_channels_of_five_point_one_are_weighted_as_ebu_case_6_says() -> None:
    levels = [-28, -28, -24, -100, -30, -30]
    sound = np.concatenate([sine(level, 20)[:, :1] for level in levels], axis=1)
    assert integrated(sound, 48_000) == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("rate", [11_025, 22_050, 24_000, 44_100, 48_000, 96_000])
def test_a_full_scale_sine_in_one_channel_reads_minus_three_at_any_rate(rate: int) -> None:
    assert integrated(sine(0, 4, rate, 997)[:, 0], rate) == pytest.approx(-3.01, abs=0.1)


def test_mono_on_both_channels_is_three_decibels_louder() -> None:
    assert integrated(sine(-20, 3), 48_000) - integrated(sine(-20, 3)[:, 0], 48_000) == pytest.approx(3.01, abs=0.01)


def test_what_lies_below_the_absolute_gate_does_not_count() -> None:
    assert integrated(sine(-71, 3), 48_000) == float("-inf")
    assert integrated(sine(-69, 3), 48_000) == pytest.approx(-69, abs=0.1)


def test_silence_and_nothing_have_no_loudness() -> None:
    for sound in (np.zeros(48_000, np.float32), np.zeros(0, np.float32), np.zeros((100, 2), np.float32)):
        assert integrated(sound, 48_000) == float("-inf")
        assert true_peak(sound, 48_000) == float("-inf")


@pytest.mark.parametrize("seconds", [0.05, 0.2, 0.399])
def test_a_sound_shorter_than_a_gating_block_is_measured_as_a_whole(seconds: float) -> None:
    assert integrated(sine(-23, seconds), 48_000) == pytest.approx(-23, abs=0.3)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 9_000), min_size=1, max_size=8), st.sampled_from([44_100, 11_025, 48_000]))
def test_blocks_of_any_size_measure_the_same(sizes: list[int], rate: int) -> None:
    x = np.random.default_rng(len(sizes)).standard_normal((30_000, 2)).astype(np.float32) * 0.1
    loudness, peaks, at = LoudnessMeter(rate, 2), PeakMeter(rate), 0
    for size in [*sizes, 30_000]:
        loudness.add(x[at : at + size])
        peaks.add(x[at : at + size])
        at += size
    assert loudness.integrated() == pytest.approx(integrated(x, rate), abs=1e-4)
    assert decibels(float(peaks.finish().max())) == pytest.approx(true_peak(x, rate), abs=1e-4)


@pytest.mark.parametrize(
    ("divisor", "phase", "amplitude", "wanted"),
    [(4, 0, 0.5, -6.0), (4, 45, 0.5, -6.0), (6, 60, 0.5, -6.0), (8, 67.5, 0.5, -6.0), (4, 45, 1.41, 3.0)],
)
def test_the_true_peak_cases_of_ebu_tech_3341_are_met(
    divisor: int, phase: float, amplitude: float, wanted: float
) -> None:
    """Tolerance of cases 15–19: +0.2, −0.4 dB."""
    wave = amplitude * np.sin(2 * np.pi * np.arange(9_600) / divisor + np.radians(phase))
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.clip(np.arange(9_600) / 2_000, 0, 1))
    peak = true_peak((wave * ramp * ramp[::-1]).astype(np.float32), 48_000)
    assert wanted - 0.4 <= peak <= wanted + 0.2


def test_the_true_peak_is_never_below_the_samples_own() -> None:
    x = np.random.default_rng(3).uniform(-1, 1, (20_000, 2)).astype(np.float32)
    assert true_peak(x, 48_000) >= decibels(float(np.abs(x).max())) - 1e-4


def test_peaks_are_told_hop_by_hop() -> None:
    x = np.zeros(1_000, np.float32)
    x[700] = 0.5
    meter = PeakMeter(48_000, 64)
    meter.add(x[:333])
    meter.add(x[333:])
    peaks = meter.finish()
    assert len(peaks) == 16
    assert int(peaks.argmax()) == 700 // 64
    assert peaks.max() == pytest.approx(0.5, abs=1e-3)
    assert peaks[:8].max() < 0.02
