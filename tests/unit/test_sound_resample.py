"""Sample-rate conversion."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelforge.sound.resample import length, resample, resample_blocks

RATES = [(rate, 48_000) for rate in (44_100, 24_000, 22_050, 16_000, 96_000)] + [(48_000, 44_100)]
ODD = (44_050, 48_000)
"""Hardly a common divisor."""


@pytest.mark.parametrize(("before", "after"), [*RATES, ODD])
def test_a_tone_keeps_its_place_in_time_and_its_level(before: int, after: int) -> None:
    pitch = 0.4 * min(before, after)
    made = np.sin(2 * np.pi * pitch * np.arange(before) / before).astype(np.float32)
    result = resample(made, before, after)
    assert len(result) == after
    true = np.sin(2 * np.pi * pitch * np.arange(after) / after)
    assert np.abs(result - true)[1_000:-1_000].max() < 1e-4


@pytest.mark.parametrize(("before", "after"), [*RATES, ODD])
def test_a_click_stays_where_it_is(before: int, after: int) -> None:
    made = np.zeros(before, np.float32)
    made[before // 50 * 13] = 1
    assert int(np.abs(resample(made, before, after)).argmax()) == after // 50 * 13


def test_what_lies_above_the_new_band_does_not_fold_back() -> None:
    high = np.sin(2 * np.pi * 30_000 * np.arange(96_000) / 96_000).astype(np.float32)
    assert np.abs(resample(high, 96_000, 48_000))[1_000:-1_000].max() < 1e-4


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([*RATES, ODD]),
    st.integers(0, 9_000),
    st.lists(st.integers(1, 3_000), min_size=1, max_size=6),
    st.sampled_from([1, 2]),
)
def test_in_blocks_of_any_size_it_is_the_same_and_of_exact_length(
    rates: tuple[int, int], count: int, sizes: list[int], channels: int
) -> None:
    x = np.random.default_rng(count).standard_normal((count, channels)).astype(np.float32)
    edges = np.minimum(np.cumsum([0, *sizes]), count)
    blocks = [x[a:b] for a, b in zip(edges, [*edges[1:], count], strict=True)]
    parts = list(resample_blocks(blocks, *rates))
    joined = np.concatenate(parts) if parts else np.zeros((0, channels), np.float32)
    whole = resample(x, *rates)
    assert len(joined) == len(whole) == length(count, *rates)
    assert np.abs(joined - whole).max(initial=0) < 1e-5


def test_the_same_rate_changes_nothing() -> None:
    x = np.arange(5, dtype=np.float32)
    assert resample(x, 48_000, 48_000) is x


def test_a_part_of_a_sample_counts_as_a_whole_one() -> None:
    assert [length(count, 48_000, 44_100) for count in (0, 1, 160, 161)] == [0, 1, 147, 148]
