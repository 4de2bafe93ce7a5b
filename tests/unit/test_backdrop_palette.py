"""Colours of drawn pictures: mixed so that they look even, taken from the channel, from dark to light."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelforge.engines.picture.palette import OWN, parse, scheme, to_oklab, to_srgb

colour = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


@given(st.lists(colour, min_size=1, max_size=12))
def test_a_colour_survives_the_way_to_oklab_and_back(colours: list[str]) -> None:
    given_colours = np.array([parse(one) for one in colours])
    assert to_srgb(to_oklab(given_colours)) == pytest.approx(given_colours, abs=1e-3)


def test_oklab_agrees_with_its_publication() -> None:
    white, red = to_oklab(np.array([[1.0, 1, 1], [1, 0, 0]]))
    assert white == pytest.approx([1, 0, 0], abs=1e-3)
    assert red == pytest.approx([0.62796, 0.22486, 0.12585], abs=1e-3)


@given(st.lists(colour, min_size=0, max_size=6), st.integers(0, 99))
def test_every_scheme_runs_from_dark_to_light_whatever_the_channels_colours(colours: list[str], seed: int) -> None:
    made = scheme(tuple(colours), np.random.default_rng(seed))
    lightness = to_oklab(made.table)[:, 0]
    assert lightness[0] < 0.3
    assert lightness[-1] > 0.7
    assert (np.diff(lightness[::64]) > -0.06).all()
    assert made.table.min() >= 0
    assert made.table.max() <= 1


def test_a_scheme_keeps_the_hues_of_its_channel() -> None:
    made = scheme(("#0b1f17", "#14532d", "#22c55e"), np.random.default_rng(0))
    middle = made.at(0.6)
    assert middle[1] == max(middle)
    assert made.accent[1] == max(made.accent)


@pytest.mark.parametrize("palette", OWN)
def test_the_palettes_of_our_own_are_colours(palette: tuple[str, ...]) -> None:
    assert all(parse(one).shape == (3,) for one in palette)
