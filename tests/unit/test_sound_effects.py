"""Sound effects: made anew for every render, and the same each time."""

import numpy as np
import pytest
from numpy.typing import NDArray

from reelforge.domain.timeline import AudioPlan, SoundEffect, Span
from reelforge.errors import InputError
from reelforge.render.sound_effects import refuse_unusable, with_effects
from reelforge.sound.effects import LOUDNESS, RATE, made, names
from reelforge.sound.loudness import integrated
from reelforge.sound.noise import swept

every_effect = pytest.mark.parametrize("name", sorted(names()))


def laid(*effects: SoundEffect, samples: int = 4 * RATE, size: int = 1 << 16, **plan: object) -> NDArray[np.float32]:
    silence = (np.zeros((min(size, samples - at), 2), np.float32) for at in range(0, samples, size))
    given = AudioPlan.model_validate({"effects": effects, **plan})
    return np.concatenate(list(with_effects(silence, given, LOUDNESS)))


def decibels(x: NDArray[np.float32]) -> float:
    return float(10 * np.log10(np.mean(np.square(x))))


@every_effect
def test_the_same_seed_gives_the_same_sound_and_another_another(name: str) -> None:
    (one, _), (same, _), (other, _) = made(name, 7), made(name, 7), made(name, 8)
    assert np.array_equal(one, same)
    assert one.shape == other.shape
    assert not np.array_equal(one, other)


@every_effect
def test_an_effect_is_short_begins_and_ends_without_a_click_and_has_the_loudness_of_speech(name: str) -> None:
    wave, heart = made(name, 3)
    assert 0 < heart < len(wave) < 2 * RATE
    assert integrated(wave, RATE) == pytest.approx(LOUDNESS, abs=0.01)
    assert np.abs(wave[:2]).max() < 0.01 * np.abs(wave).max()
    assert np.abs(wave[-2:]).max() < 0.01 * np.abs(wave).max()


@pytest.mark.parametrize("name", ["whoosh", "swish"])
def test_air_is_loudest_at_its_heart(name: str) -> None:
    wave, heart = made(name, 5)
    around = np.convolve(np.square(wave).sum(axis=1), np.ones(RATE // 50), "same")
    assert abs(int(around.argmax()) - heart) < 0.04 * RATE


@pytest.mark.parametrize("name", ["pop", "thud"])
def test_a_blow_begins_at_its_heart(name: str) -> None:
    wave, heart = made(name, 5)
    size = np.abs(wave).max(axis=1)
    assert abs(int((size > 0.25 * size.max()).argmax()) - heart) < 0.004 * RATE


def test_swept_noise_is_where_its_centre_is_and_of_one_strength() -> None:
    air = swept(np.random.default_rng(0), 2.0, lambda at: np.where(at < 1, 500.0, 4_000.0), octaves=0.5, channels=2)
    assert air.shape == (2 * RATE, 2)
    for part, centre in ((air[: RATE - 2_000], 500), (air[RATE + 2_000 :], 4_000)):
        power = np.square(np.abs(np.fft.rfft(part[:, 0])))
        pitches = np.fft.rfftfreq(len(part), 1 / RATE)
        middle = 2 ** (np.sum(power[1:] * np.log2(pitches[1:])) / power[1:].sum())
        assert centre / 1.4 < middle < centre * 1.4
        assert decibels(part) == pytest.approx(0, abs=1.5)
    assert abs(np.corrcoef(air.T)[0, 1]) < 0.1


def test_an_effect_stands_with_its_heart_on_its_sample_at_its_level() -> None:
    wave, heart = made("pop", 100_000)
    heard = laid(SoundEffect(name="pop", at=100_000, gain_db=-6))
    start = 100_000 - heart
    assert not heard[:start].any()
    assert not heard[start + len(wave) :].any()
    assert np.abs(heard[start : start + len(wave)] - wave * 10 ** (-6 / 20)).max() < 1e-6


def test_laid_into_blocks_of_any_size_they_are_the_same() -> None:
    effects = [SoundEffect(name=name, at=at) for at, name in ((0, "whoosh"), (70_000, "pop"), (190_000, "thud"))]
    whole = laid(*effects, size=1 << 20)
    for size in (997, 65_536):
        assert np.array_equal(laid(*effects, size=size), whole)
    assert np.abs(whole[:100]).max() > 0.001


def test_while_someone_speaks_an_effect_is_quieter_by_half_of_the_musics_ducking() -> None:
    effect = SoundEffect(name="whoosh", at=2 * RATE)
    spoken = (Span(start=2 * RATE - 12_000, end=3 * RATE),)
    assert decibels(laid(effect)) - decibels(laid(effect, spoken=spoken)) == pytest.approx(6, abs=0.01)
    just_before = (Span(start=3 * RATE, end=4 * RATE),)
    assert np.array_equal(laid(effect), laid(effect, spoken=just_before))


def test_panned_to_a_side_it_comes_from_there_alone_as_loud_as_from_the_middle() -> None:
    middle, left = (laid(SoundEffect(name="pop", at=RATE, pan=pan)) for pan in (0.0, -1.0))
    assert np.abs(left[:, 1]).max() < 1e-6
    assert np.sum(np.square(left)) == pytest.approx(np.sum(np.square(middle)), rel=1e-4)


def test_an_effect_nobody_has_and_one_after_the_end_are_named() -> None:
    good = SoundEffect(name="pop", at=5)
    with pytest.raises(
        InputError, match=r"audio\.effects\[1\]\.name: there is no sound effect called “woosh”. Did you"
    ):
        refuse_unusable([good, SoundEffect(name="woosh", at=5)], 100)
    with pytest.raises(InputError, match=r"audio\.effects\[1\]\.at: at sample 100 the video is over; it has 100"):
        refuse_unusable([good, SoundEffect(name="pop", at=100)], 100)
