"""Word times from band energies: near the truth without any dictionary, honest where there is nothing to hear."""

from collections.abc import Sequence

import anyio
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelforge.engines.align import confidence
from reelforge.engines.align.energy import find, usual_seconds
from reelforge.engines.align.energy_table import SOUNDS
from reelforge.engines.align.pronounce import pronounced
from reelforge.engines.align.said import HOP, RATE, Said, Samples
from reelforge.engines.voice.phonemes.client import EspeakProcess
from reelforge.engines.voice.spoken import spoken
from reelforge.sound.resample import resample

TEXT = "The culprit is the tide, and nobody has to worry about it."


@pytest.fixture(scope="module")
def speech() -> tuple[Samples, tuple[Said, ...], list[float]]:
    """espeak's voice, the words, and the starts it told in seconds."""

    async def main() -> tuple[Samples, tuple[Said, ...], list[float]]:
        espeak = EspeakProcess()
        take = await espeak.speak(TEXT, "en-us", 160, 50)
        words = await pronounced(espeak, spoken(TEXT), "en")
        await espeak.aclose()
        samples = resample(take.pcm.astype(np.float32) / 32768, take.rate, RATE)
        return samples, words, [sample / take.rate for _, _, sample in take.words]

    return anyio.run(main)


def errors(words: Sequence[float], truth: Sequence[float]) -> list[float]:
    return [abs(found - told) for found, told in zip(words, truth, strict=True)]


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_words_begin_where_the_voice_says_they_do(
    noise: float, speech: tuple[Samples, tuple[Said, ...], list[float]]
) -> None:
    samples, words, truth = speech
    quiet = np.zeros(RATE // 2, np.float32)
    sound = np.concatenate([quiet, samples, quiet])
    sound += np.random.default_rng(1).normal(0, noise, len(sound)).astype(np.float32)
    found = find(sound, words)
    assert found is not None
    off = errors([place.first * HOP / RATE - 0.5 for place in found.places], truth)
    assert np.median(off) < 0.02
    assert max(off) < 0.1
    assert confidence.by_energy(found.range_db) > 0.9


def test_with_an_open_end_the_text_is_followed_as_far_as_the_sound_goes(
    speech: tuple[Samples, tuple[Said, ...], list[float]],
) -> None:
    samples, words, truth = speech
    half = samples[: round((truth[5] - 0.05) * RATE)]
    found = find(half, words, open_end=True)
    assert found is not None
    assert len(found.places) == 5


def test_there_is_no_opinion_on_silence_on_unknown_sounds_or_without_room() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    word = Said("moon", ("M", "UW", "N"))
    assert find(np.zeros(RATE, np.float32), [word]) is None
    assert find(np.zeros(0, np.float32), [word]) is None
    assert find(noise, [Said("moon", ())]) is None
    assert find(noise[: RATE // 10], [word] * 20) is None


def test_a_noisy_room_is_admitted() -> None:
    assert confidence.by_energy(5) < confidence.by_energy(15) < confidence.by_energy(30) < 1


def test_more_sounds_take_longer_to_say() -> None:
    assert usual_seconds([Said("a", ("AH",))]) < usual_seconds([Said("moon", ("M", "UW", "N"))]) < 1


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from(sorted(SOUNDS)), min_size=1, max_size=5), st.sampled_from(["", ","])),
        min_size=1,
        max_size=8,
    ),
    st.integers(0, 3),
)
def test_places_are_one_a_word_in_order_and_inside(words: list[tuple[list[str], str]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    sound = (rng.normal(0, 0.1, RATE * 2) * np.repeat(rng.random(20) > 0.4, RATE // 10)).astype(np.float32)
    found = find(sound, [Said("x", tuple(phones), pause) for phones, pause in words])
    if found is not None:
        edges = [edge for place in found.places for edge in (place.first, place.end)]
        assert len(found.places) == len(words)
        assert edges == sorted(edges)
        assert 0 <= edges[0] <= edges[-1] <= len(sound) // HOP
