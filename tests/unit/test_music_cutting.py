from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelforge.domain.music import Track
from reelforge.domain.timeline import Span
from reelforge.engines.music.cutting import bar_line, bar_samples, bars_for, beats_within, cut, loops_for, spans_for

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


def uneven(bars: int, loop: tuple[int, int], *, seed: int = 0, beats_per_bar: int = 4) -> Track:
    """A track whose beats come between 0.4 and 0.6 seconds apart, the first at a quarter of a second."""
    steps = np.random.default_rng(seed).integers(19_200, 28_800, bars * beats_per_bar)
    beats = tuple(int(beat) for beat in 12_000 + np.concatenate([[0], np.cumsum(steps)]))
    changed = {"beats": beats, "seconds": beats[-1] / RATE + 3, "first_beat": 0.25}
    return track(120, 0.25, beats_per_bar, bars, loop).model_copy(update=changed)


@given(st.integers(4, 40), st.integers(1, 200 * RATE), st.integers(0, 99))
def test_a_track_that_is_not_steady_is_cut_on_its_own_bar_lines_to_the_sample(
    bars: int, samples: int, seed: int
) -> None:
    one = uneven(bars, (1, bars - 1), seed=seed)
    spans = spans_for(one, samples, one.beats[-1] + 100)
    lines = set(one.beats[::4])
    assert all({span.start, span.end} <= lines for span in spans)
    assert spans[0].start == bar_line(one, 0)
    assert {span.start for span in spans[1:]} <= {bar_line(one, 1)}
    total = sum(span.end - span.start for span in spans)
    assert samples <= total < samples + 4 * 28_800
    assert len(spans) == 1 + loops_for(one, samples)


def test_the_beats_of_a_track_that_is_not_steady_are_those_that_were_heard() -> None:
    one = uneven(8, (0, 8))
    span = Span(start=bar_line(one, 2), end=bar_line(one, 4))
    assert beats_within(one, span) == list(one.beats[8:16])


def ended(one: Track, bar: int, seconds: float) -> Track:
    """With an ending of its own from a bar on, which has died away so many seconds after the last bar line."""
    return one.model_copy(update={"outro_bar": bar, "ends": bar_line(one, one.bars) / RATE + seconds})


@given(st.booleans(), st.integers(12, 40), st.integers(20 * RATE, 300 * RATE))
def test_a_tracks_own_ending_ends_with_the_reel_and_begins_on_its_bar_line(
    steady: bool, bars: int, samples: int
) -> None:
    one = track(117.3, 0.2, 4, bars, (2, bars)) if steady else uneven(bars, (2, bars))
    one = ended(one, bars - 4, 2.0)
    length = bar_line(one, bars) + 3 * RATE
    parts = cut(one, samples, length, made_to_loop=False)
    assert sum(span.end - span.start for span in parts.spans) == pytest.approx(samples, abs=1)
    *body, ending = parts.spans
    assert ending.start == bar_line(one, one.outro_bar or 0)
    whole = round((one.ends or 0) * RATE)
    assert 0 <= whole - ending.end <= 28_800, "less than a beat of what rings is lost"
    lines = [bar_line(one, bar) for bar in range(bars + 1)]
    assert all(min(abs(span.end - line) for line in lines) <= 1 for span in body)
    assert beats_within(one, body[0])[0] == pytest.approx(body[0].start, abs=1), "it begins on a beat"
    assert body[0].start <= lines[1]
    assert parts.crossfade == 2_400


def test_a_reel_too_short_for_the_tracks_own_ending_fades_over_its_last_bar() -> None:
    one = ended(track(120, 0, 4, 16, (0, 16)), 12, 1.0)
    parts = cut(one, 10 * RATE, length(one, 2 * RATE), made_to_loop=False)
    assert len(parts.spans) == 1
    assert parts.fade_out == 96_000


def test_a_track_without_an_ending_fades_over_the_reels_last_bar_and_loops_as_it_was_made_to() -> None:
    one = track(140, 0, 4, 42, (0, 42))
    parts = cut(one, 60 * RATE, length(one, 0), made_to_loop=True)
    assert parts.spans == spans_for(one, 60 * RATE, length(one, 0))
    assert parts.fade_out == pytest.approx(82_286, abs=1)
    assert parts.crossfade == 480


def test_a_fade_is_no_longer_than_half_the_reel() -> None:
    one = track(60, 0, 4, 8, (0, 8))
    assert cut(one, RATE, length(one, 0), made_to_loop=True).fade_out == RATE // 2
