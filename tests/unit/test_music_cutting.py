from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelforge.domain.music import Track
from reelforge.engines.music.cutting import bar_line, bar_samples, bars_for, loops_for, spans_for

RATE = 48_000


def track(bpm: float, first: float, beats: int, bars: int, loop: tuple[int, int]) -> Track:
    seconds = float(first + bars * beats * 60 / Fraction(str(bpm))) + 0.25
    return Track(
        title="Test",
        file="test.ogg",
        mood="chill",
        bpm=bpm,
        first_beat=first,
        beats_per_bar=beats,
        bars=bars,
        seconds=seconds,
        loudness=-16,
        loop_start_bar=loop[0],
        loop_end_bar=loop[1],
    )


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    bars = draw(st.integers(1, 64))
    end = draw(st.integers(1, bars))
    return track(
        bpm=draw(st.integers(4_000, 24_000)) / 100,
        first=draw(st.integers(0, 4_000)) / 1_000,
        beats=draw(st.integers(2, 7)),
        bars=bars,
        loop=(draw(st.integers(0, end - 1)), end),
    )


def nearest(lines: dict[int, int], sample: int) -> int:
    """The bar whose line is nearest to a sample."""
    return lines[min(lines, key=lambda line: abs(line - sample))]


def length(of: Track, tail: int) -> int:
    """A file that ends at its last bar line or ``tail`` samples later."""
    return bar_line(of, of.bars) + tail


@given(tracks(), st.integers(1, 300 * RATE), st.integers(0, 5_000))
def test_every_cut_lies_within_a_sample_of_a_bar_line_and_inside_the_file(one: Track, samples: int, tail: int) -> None:
    end = length(one, tail)
    lines = [bar_line(one, bar) for bar in range(one.bars + 1)]
    for span in spans_for(one, samples, end):
        assert min(abs(span.start - line) for line in lines) <= 1
        assert min(abs(span.end - line) for line in lines) <= 1
        assert 0 <= span.start < span.end <= end


@given(tracks(), st.integers(1, 300 * RATE))
def test_the_bed_covers_the_reel_and_ends_at_the_first_bar_line_after_it(one: Track, samples: int) -> None:
    spans = spans_for(one, samples, length(one, 2))
    total = sum(span.end - span.start for span in spans)
    assert total >= samples - 1
    assert total < samples + bar_samples(one) + 1


@given(tracks(), st.integers(1, 600 * RATE))
def test_beats_never_drift_however_often_the_loop_comes_round(one: Track, samples: int) -> None:
    lines = {bar_line(one, bar): bar for bar in range(one.bars + 1)}
    played = bars = 0
    for span in spans_for(one, samples, length(one, 2)):
        played += span.end - span.start
        bars += nearest(lines, span.end) - nearest(lines, span.start)
        assert played == round(bars * bar_samples(one))


@given(tracks(), st.integers(1, 600 * RATE))
def test_a_file_without_a_sample_to_spare_loses_less_than_one_a_round(one: Track, samples: int) -> None:
    spans = spans_for(one, samples, length(one, 0))
    exact = bars_for(one, samples) * bar_samples(one)
    assert abs(sum(span.end - span.start for span in spans) - exact) <= len(spans)


def test_what_a_file_lacks_at_its_end_is_made_up_before_the_start_of_its_loop() -> None:
    one = track(101.64, 0.5, 3, 6, (0, 6))
    spans = spans_for(one, 30 * int(bar_samples(one)), length(one, 0))
    assert sum(span.end - span.start for span in spans) == round(30 * bar_samples(one))
    assert {span.start for span in spans} == {24_000, 23_999}


@given(tracks(), st.integers(1, 300 * RATE))
def test_a_bed_begins_with_the_first_bar_and_goes_back_only_to_the_start_of_the_loop(one: Track, samples: int) -> None:
    spans = spans_for(one, samples, length(one, 2))
    assert spans[0].start == bar_line(one, 0)
    assert {span.start for span in spans[1:]} <= {bar_line(one, one.loop_start_bar)}
    assert len(spans) == 1 + loops_for(one, samples)


def test_a_reel_shorter_than_the_track_gets_one_span_trimmed_to_a_bar_line() -> None:
    one = track(128, 0, 4, 40, (0, 40))
    (span,) = spans_for(one, 31 * RATE, length(one, 0))
    assert (span.start, span.end) == (0, 17 * 90_000)


def test_a_reel_longer_than_the_loop_but_not_than_the_track_plays_on_to_the_tracks_own_ending() -> None:
    one = track(120, 0, 4, 12, (2, 8))
    assert len(spans_for(one, 12 * 96_000, length(one, 0))) == 1
    assert [(s.start // 96_000, s.end // 96_000) for s in spans_for(one, 15 * 96_000, length(one, 0))] == [
        (0, 8),
        (2, 8),
        (2, 3),
    ]


def test_bars_of_140_bpm_are_counted_as_fractions() -> None:
    one = track(140, 0, 4, 42, (0, 42))
    assert bar_samples(one) == Fraction(576_000, 7)
    assert bar_line(one, 7) == 576_000
    assert bars_for(one, 576_000) == 7
    assert bars_for(one, 576_001) == 8


def test_a_tempo_is_taken_as_it_is_written() -> None:
    one = track(97.3, 0, 4, 8, (0, 8))
    assert bar_samples(one) == Fraction(4 * 60 * RATE * 10, 973)


@pytest.mark.parametrize("samples", [0, -1])
def test_nothing_to_fill_is_refused(samples: int) -> None:
    one = track(128, 0, 4, 40, (0, 40))
    with pytest.raises(ValueError, match="samples was asked for"):
        spans_for(one, samples, length(one, 0))


def test_a_file_that_ends_before_its_last_bar_is_refused() -> None:
    one = track(128, 0, 4, 40, (0, 40))
    with pytest.raises(ValueError, match="ends before its bar 40"):
        spans_for(one, RATE, 1_000_000)
