"""How the music makes room for speech."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelforge.domain.timeline import Ducking, Span
from reelforge.render.ducking import Ducker, ducking_gain, merge

MS = 48
SECOND = 48_000


def spans(*pairs: tuple[float, float]) -> tuple[Span, ...]:
    return tuple(Span(start=round(a * SECOND), end=round(b * SECOND)) for a, b in pairs)


def decibels(*pairs: tuple[float, float], seconds: float = 6.0, ducking: Ducking | None = None) -> np.ndarray:
    return 20 * np.log10(ducking_gain(spans(*pairs), round(seconds * SECOND), ducking or Ducking()))


def test_the_envelope_of_one_stretch_is_exactly_as_written() -> None:
    level = decibels((2.0, 3.0))
    low, high = 2 * SECOND - 50 * MS, 3 * SECOND + 150 * MS
    assert np.abs(level[: low - 200 * MS]).max() < 1e-5
    assert level[low - 200 * MS : low + 1].tolist() == sorted(level[low - 200 * MS : low + 1], reverse=True)
    assert level[low - 100 * MS] == pytest.approx(-6, abs=0.01)
    assert np.abs(level[low : high + 1] + 12).max() < 1e-4
    assert level[high + 250 * MS] == pytest.approx(-6, abs=0.01)
    assert np.abs(level[high + 500 * MS :]).max() < 1e-5


def test_both_slopes_are_raised_cosines_in_decibels() -> None:
    level = decibels((2.0, 3.0))
    low, high = 2 * SECOND - 50 * MS, 3 * SECOND + 150 * MS
    fall = -12 * (0.5 - 0.5 * np.cos(np.pi * np.arange(200 * MS) / (200 * MS)))
    rise = -12 * (0.5 + 0.5 * np.cos(np.pi * np.arange(500 * MS) / (500 * MS)))
    assert np.abs(level[low - 200 * MS : low] - fall).max() < 1e-4
    assert np.abs(level[high : high + 500 * MS] - rise).max() < 1e-4


def test_a_short_gap_stays_ducked_and_a_long_one_comes_up() -> None:
    assert decibels((1.0, 2.0), (2.59, 3.0))[SECOND : 3 * SECOND].max() == pytest.approx(-12, abs=1e-4)
    assert decibels((1.0, 2.0), (3.5, 4.0))[SECOND : 4 * SECOND].max() == pytest.approx(0, abs=1e-4)


def test_where_slopes_meet_the_lower_one_counts_and_nothing_jumps() -> None:
    level = decibels((1.0, 2.0), (2.7, 3.0))
    gap = level[2 * SECOND : round(2.7 * SECOND)]
    assert -11.9 < gap.max() < -1
    assert np.abs(np.diff(level)).max() < 12 / (100 * MS)


def test_speech_at_the_very_start_finds_the_music_down_already() -> None:
    level = decibels((0.0, 1.0))
    assert level[0] == pytest.approx(-12, abs=1e-4)


def test_without_speech_and_without_depth_the_music_is_left_alone() -> None:
    assert np.all(ducking_gain((), SECOND, Ducking()) == 1)
    assert np.all(ducking_gain(spans((0.2, 0.5)), SECOND, Ducking(depth_db=0)) == 1)


def test_times_of_zero_give_steps_and_no_error() -> None:
    level = decibels((1, 2), ducking=Ducking(attack_ms=0, ahead_ms=0, hold_ms=0, release_ms=0), seconds=3)
    assert level[SECOND : 2 * SECOND].max() == pytest.approx(-12, abs=1e-4)
    assert np.abs(level[: SECOND - 2]).max() < 1e-4
    assert np.abs(level[2 * SECOND + 2 :]).max() < 1e-4


INTERVALS = st.lists(st.tuples(st.integers(0, 200_000), st.integers(1, 40_000)), max_size=8)


@settings(max_examples=40, deadline=None)
@given(INTERVALS, st.lists(st.integers(1, 250_000), max_size=4))
def test_asked_for_in_parts_the_envelope_is_the_same(pairs: list[tuple[int, int]], cuts: list[int]) -> None:
    spoken = tuple(Span(start=start, end=start + count) for start, count in pairs)
    whole = ducking_gain(spoken, 250_000, Ducking())
    edges = [0, *sorted(cuts), 250_000]
    ducker = Ducker(spoken, Ducking())
    parts = [ducker.gain(a, b) for a, b in pairwise(edges)]
    assert np.array_equal(np.concatenate(parts), whole)


@settings(max_examples=40, deadline=None)
@given(INTERVALS)
def test_every_spoken_sample_is_fully_ducked_and_no_gain_leaves_its_bounds(pairs: list[tuple[int, int]]) -> None:
    spoken = tuple(Span(start=start, end=start + count) for start, count in pairs)
    gain = ducking_gain(spoken, 250_000, Ducking())
    low = 10 ** (-12 / 20)
    assert gain.min() >= low - 1e-6
    assert gain.max() <= 1
    for span in spoken:
        assert np.allclose(gain[span.start : min(span.end, 250_000)], low, atol=1e-6)


def test_stretches_are_merged_in_order_whatever_order_they_come_in() -> None:
    spoken = [Span(start=900, end=950), Span(start=0, end=500), Span(start=100, end=200), Span(start=599, end=700)]
    assert merge(spoken, 100) == [(0, 700), (900, 950)]
