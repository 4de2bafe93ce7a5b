"""Laying spans of a track out on the timeline."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelforge.domain.timeline import Span
from reelforge.render.bed import SHORTEST_FADE, Piece, lay_out


def spans(*pairs: tuple[int, int]) -> tuple[Span, ...]:
    return tuple(Span(start=a, end=b) for a, b in pairs)


def test_one_span_is_one_piece() -> None:
    assert lay_out(spans((100, 5_000)), 480, 9_000) == (Piece(0, 100, 4_900),)


def test_spans_that_follow_each_other_in_the_track_just_go_on() -> None:
    assert lay_out(spans((0, 1_000), (1_000, 3_000), (3_000, 4_000)), 480, 9_000) == (Piece(0, 0, 4_000),)


def test_the_crossfade_lies_before_the_join_so_that_the_first_beat_keeps_its_attack() -> None:
    first, second = lay_out(spans((0, 10_000), (5_000, 9_000)), 480, 20_000)
    assert first == Piece(0, 0, 10_000, 0, 480)
    assert second == Piece(10_000 - 480, 5_000 - 480, 4_000 + 480, 480, 0)


def test_without_anything_before_the_next_span_the_one_before_goes_on_over_the_join() -> None:
    first, second = lay_out(spans((2_000, 10_000), (0, 9_000)), 480, 20_000)
    assert first == Piece(0, 2_000, 8_000 + 480, 0, 480)
    assert second == Piece(8_000, 0, 9_000, 480, 0)


def test_a_whole_track_that_loops_dips_at_the_join_instead_of_clicking() -> None:
    first, second = lay_out(spans((0, 10_000), (0, 10_000)), 480, 10_000)
    assert first == Piece(0, 0, 10_000, 0, SHORTEST_FADE)
    assert second == Piece(10_000, 0, 10_000, SHORTEST_FADE, 0)


def test_too_little_beyond_the_join_for_a_crossfade_is_not_used() -> None:
    first, second = lay_out(spans((0, 10_000), (0, 10_000)), 480, 10_010)
    assert (first.count, first.fall) == (10_000, SHORTEST_FADE)
    assert (second.at, second.rise) == (10_000, SHORTEST_FADE)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 100)), min_size=1, max_size=6),
    st.integers(0, 200),
)
def test_every_span_begins_where_the_one_before_ends_and_no_piece_leaves_the_track(
    pairs: list[tuple[int, int]], crossfade: int
) -> None:
    chosen = spans(*((start, start + count) for start, count in pairs))
    pieces = lay_out(chosen, crossfade, 1_000)
    total = sum(span.end - span.start for span in chosen)
    assert pieces[0].at == 0
    assert pieces[-1].at + pieces[-1].count == total
    for piece in pieces:
        assert piece.source >= 0
        assert piece.source + piece.count <= 1_000
        assert piece.rise + piece.fall <= piece.count
    at = 0
    starts = {0} | {at := at + span.end - span.start for span in chosen}
    for piece, before in zip(pieces[1:], pieces, strict=False):
        overlap = before.at + before.count - piece.at
        assert overlap in {0, piece.rise}
        assert piece.rise == before.fall
        assert any(piece.at <= start <= piece.at + piece.rise for start in starts)


def test_overlapping_pieces_have_equal_power() -> None:
    places = (np.arange(480) + 0.5) / 480
    power = np.sin(np.pi / 2 * places) ** 2 + np.sin(np.pi / 2 * (1 - places)) ** 2
    assert power == pytest.approx(1)
