"""Shortening silences: only silence goes, words keep their sound, and times are moved with it."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.engines.align.trimming import INNER, LEAD, TAIL, Kept, trim, write_kept
from reelforge.sound.files import read, write

SECOND = SAMPLE_RATE


def nothing() -> None:
    """Nobody cancels."""


def recording(path: Path, noise: float = 1e-4) -> tuple[Path, list[tuple[int, int]]]:
    """Two seconds of silence, speech, three of silence with a breath in the middle, speech, two of silence."""
    rng = np.random.default_rng(0)
    sound = rng.normal(0, noise, 9 * SECOND)
    spans = [(2 * SECOND, 3 * SECOND), (6 * SECOND, 7 * SECOND)]
    for start, end in spans:
        sound[start:end] += rng.normal(0, 0.1, end - start)
    sound[round(4.4 * SECOND) : round(4.6 * SECOND)] += rng.normal(0, 0.01, round(0.2 * SECOND))
    write(path / "sound.flac", sound.astype(np.float32), SAMPLE_RATE)
    return path / "sound.flac", spans


def test_silences_are_shortened_and_breaths_and_words_left_alone(tmp_path: Path) -> None:
    for noise in (1e-4, 1e-3):
        audio, spans = recording(tmp_path, noise)
        kept = trim(audio, spans, 9 * SECOND, nothing)
        write_kept(audio, kept, tmp_path / "kept.flac", nothing)
        before, _ = read(audio)
        after, rate = read(tmp_path / "kept.flac")
        assert (len(after), rate) == (kept.samples, SAMPLE_RATE)
        expected = LEAD + 2 * SECOND + 2 * INNER + round(0.2 * SECOND) + TAIL
        assert abs(kept.samples - expected) < SECOND // 20
        for start, end in [*spans, (round(4.41 * SECOND), round(4.59 * SECOND))]:
            moved = kept.moved(start)
            assert kept.moved(end) - moved == end - start
            assert np.allclose(after[moved : moved + end - start], before[start:end], atol=1e-6)


def test_a_recording_without_silence_stays_as_it_is(tmp_path: Path) -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, SECOND).astype(np.float32)
    write(tmp_path / "sound.flac", sound, SAMPLE_RATE)
    assert trim(tmp_path / "sound.flac", [(0, SECOND)], SECOND, nothing).spans == ((0, SECOND),)


@given(
    st.lists(st.integers(0, 1000), min_size=2, max_size=10, unique=True).filter(lambda edges: len(edges) % 2 == 0),
    st.lists(st.integers(0, 1000), min_size=2, max_size=20),
)
def test_moved_times_keep_their_order_and_stay_inside(edges: list[int], times: list[int]) -> None:
    ordered = sorted(edges)
    kept = Kept(tuple(zip(ordered[::2], ordered[1::2], strict=True)))
    moved = [kept.moved(time) for time in sorted(times)]
    assert moved == sorted(moved)
    assert 0 <= moved[0] <= moved[-1] <= kept.samples
