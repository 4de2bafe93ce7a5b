"""Looking over a take: silence, cuts, doubling, trimming, and whose time is whose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelforge.engines.voice import takes
from reelforge.engines.voice.spoken import Token

RATE = 24_000


def tone(*parts: tuple[float, float]) -> takes.Samples:
    """A 200 Hz tone of (seconds, amplitude) parts."""
    amplitude = np.concatenate([np.full(round(seconds * RATE), level, np.float32) for seconds, level in parts])
    wave = np.sin(2 * np.pi * 200 * np.arange(len(amplitude)) / RATE)
    return (amplitude * wave).astype(np.float32)


SENTENCE = tone((0.3, 0.0), (1.0, 0.5), (0.3, 0.0))


def test_a_good_take_has_no_flaw() -> None:
    assert takes.flaw(SENTENCE, RATE, 12, spans=[(7200, 12000), (12000, 31000)]) == ""


@pytest.mark.parametrize(
    ("samples", "spans", "expected"),
    [
        (np.zeros(RATE, np.float32), [], "is silent"),
        (np.zeros(0, np.float32), [], "is silent"),
        (tone((0.3, 0.0), (0.1, 0.5), (0.3, 0.0)), [], "is too short"),
        (tone((0.3, 0.0), (1.0, 0.5)), [], "is cut off at its end"),
        (tone((1.5, 0.5), (1.5, 0.5), (0.1, 0.0)), [], "is too long"),
        (tone((0.5, 0.5), (0.5, 0.0), (0.2, 0.5), (0.2, 0.0)), [(0, 12000), (14000, 21000)], "no sound where word 2"),
    ],
)
def test_a_bad_take_is_told_by_its_flaw(samples: takes.Samples, spans: list[takes.Span], expected: str) -> None:
    assert expected in takes.flaw(samples, RATE, 12, spans=spans)


def test_a_sentence_said_twice_is_too_long_for_its_sounds() -> None:
    once = tone((3.0, 0.5), (0.2, 0.0))
    assert takes.flaw(once, RATE, 36, pauses=1) == ""
    assert "too long" in takes.flaw(np.concatenate([once, once]), RATE, 36, pauses=1)


def test_trimming_leaves_the_same_small_silence_at_either_end() -> None:
    kept, cut = takes.trimmed(SENTENCE, RATE)
    assert cut == round(0.27 * RATE)
    assert len(kept) == round((1.0 + 0.03 + 0.09) * RATE)
    assert kept[0] == 0
    assert kept[-1] == 0


def test_a_take_that_begins_at_once_is_given_its_silence() -> None:
    kept, cut = takes.trimmed(tone((1.0, 0.5)), RATE)
    assert cut == -round(0.03 * RATE)
    assert len(kept) == round(1.12 * RATE)
    assert np.abs(kept[:700]).max() == 0


def test_a_take_that_begins_at_full_strength_begins_without_a_click() -> None:
    wave = 0.5 * np.cos(2 * np.pi * 200 * np.arange(RATE) / RATE).astype(np.float32)
    kept, _ = takes.trimmed(wave, RATE)
    assert np.abs(np.diff(kept)).max() < 0.06


def test_trimming_keeps_a_faint_last_consonant() -> None:
    kept, _ = takes.trimmed(tone((0.5, 0.5), (0.1, 0.004), (0.5, 0.0)), RATE)
    assert len(kept) >= 0.6 * RATE


def test_a_token_spans_its_first_to_its_last_word() -> None:
    tokens = [Token("a", ("a",), ("",)), Token("3.8", ("three", "point", "eight"), ("", "", ""))]
    assert takes.written_times(tokens, [(0, 5), (6, 9), (10, 14), (15, 20)], 30) == [(0, 5), (6, 20)]


def test_a_token_without_words_gets_the_gap_it_stands_in() -> None:
    silent, word = Token("🚀"), Token("a", ("a",), ("",))
    assert takes.written_times([silent, word, silent, silent, word, silent], [(4, 6), (9, 12)], 20) == [
        (0, 4),
        (4, 6),
        (6, 9),
        (9, 9),
        (9, 12),
        (12, 20),
    ]


@given(
    st.lists(st.integers(0, 3), max_size=8),
    st.lists(st.tuples(st.integers(-5, 120), st.integers(-5, 120)), min_size=24, max_size=24),
)
def test_written_times_are_monotone_and_inside_whatever_an_engine_says(
    counts: list[int], spans: list[tuple[int, int]]
) -> None:
    tokens = [Token("x", ("y",) * count, ("",) * count) for count in counts]
    times = takes.written_times(tokens, spans[: sum(counts)], 100)
    edges = [edge for span in times for edge in span]
    assert len(times) == len(tokens)
    assert edges == sorted(edges)
    assert all(0 <= edge <= 100 for edge in edges)


def test_the_first_word_begins_with_the_sound_and_none_before_it() -> None:
    assert takes.from_onset([(0, 40), (30, 90), (95, 120)], 60, 10) == [(60, 70), (60, 90), (95, 120)]
    assert takes.from_onset([(80, 100)], 60, 10) == [(60, 100)]
    assert takes.from_onset([], 60, 10) == []


def test_words_end_where_their_sound_ends() -> None:
    samples = tone((0.5, 0.5), (0.3, 0.0), (0.5, 0.5), (0.2, 0.0))
    assert takes.ends_from_sound(samples, RATE, [0, round(0.8 * RATE)]) == [(0, 12000), (19200, 31200)]
