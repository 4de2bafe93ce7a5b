"""Word times from the sound alone: pauses anchor, lengths share out the rest, confidence says which."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reelforge.engines.align.estimate import Samples, Unit, estimate, speech_weight

RATE = 48_000


def recording(*parts: tuple[float, bool]) -> Samples:
    """Noise (speech) and near-silence by (seconds, sounding)."""
    noise = np.random.default_rng(7)
    return np.concatenate(
        [noise.normal(0, 0.1 if loud else 1e-4, round(seconds * RATE)) for seconds, loud in parts]
    ).astype(np.float32)


def test_a_word_after_a_pause_begins_where_the_sound_does() -> None:
    sound = recording((0.1, False), (0.6, True), (0.3, False), (0.6, True), (0.1, False))
    guesses = estimate(sound, RATE, [Unit(3), Unit(3, ","), Unit(3), Unit(3, ".")])
    assert abs(guesses[0].start / RATE - 0.1) <= 0.02
    assert abs(guesses[2].start / RATE - 1.0) <= 0.02
    assert abs(guesses[1].end / RATE - 0.7) <= 0.02
    assert guesses[2].confidence > guesses[1].confidence
    assert {guess.source for guess in guesses} == {"energy"}


def test_a_pause_is_matched_to_punctuation_rather_than_to_even_pace() -> None:
    sound = recording((0.74, True), (0.3, False), (0.76, True))
    guesses = estimate(sound, RATE, [Unit(3), Unit(3), Unit(3, ","), Unit(3), Unit(3, ".")])
    assert abs(guesses[3].start / RATE - 1.04) <= 0.02


def test_the_closure_of_a_consonant_is_no_pause_between_words() -> None:
    sound = recording((0.5, True), (0.09, False), (0.5, True))
    guesses = estimate(sound, RATE, [Unit(3), Unit(3), Unit(3), Unit(3, ".")])
    assert [guess.confidence for guess in guesses] == [guesses[0].confidence, *[guesses[1].confidence] * 3]
    assert guesses[2].confidence < guesses[0].confidence


def test_longer_words_get_more_time() -> None:
    guesses = estimate(recording((1.0, True)), RATE, [Unit(1), Unit(3)])
    assert abs((guesses[0].end - guesses[0].start) * 3 - (guesses[1].end - guesses[1].start)) < RATE * 0.05


def test_without_sound_the_guess_admits_it() -> None:
    guesses = estimate(np.zeros(RATE, np.float32), RATE, [Unit(1), Unit(1)])
    assert [(guess.start, guess.source) for guess in guesses] == [(0, "estimate"), (RATE // 2, "estimate")]
    assert all(guess.confidence < 0.3 for guess in guesses)


def test_more_pauses_than_words_still_give_every_word_a_place() -> None:
    sound = recording(*[(0.2, loud) for _ in range(9) for loud in (True, False)])
    assert len(estimate(sound, RATE, [Unit(2), Unit(2, ".")])) == 2


def test_syllables_weigh_more_than_letters() -> None:
    assert speech_weight(["banana"]) > speech_weight(["strength"]) > speech_weight(["a"]) > speech_weight([]) == 0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0.0, 1.0, 4.0]), st.sampled_from(["", ",", "."])), min_size=1, max_size=12),
    st.lists(st.tuples(st.sampled_from([0.02, 0.1, 0.4]), st.booleans()), max_size=8),
)
def test_times_are_monotone_inside_and_one_for_each_token(
    units: list[tuple[float, str]], parts: list[tuple[float, bool]]
) -> None:
    sound = recording(*parts) if parts else np.zeros(0, np.float32)
    guesses = estimate(sound, RATE, [Unit(weight, pause) for weight, pause in units])
    edges = [edge for guess in guesses for edge in (guess.start, guess.end)]
    assert len(guesses) == len(units)
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(sound) for edge in edges)
