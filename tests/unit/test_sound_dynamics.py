"""Compressor, limiter, levelling and the chain for speech."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from reelforge.sound.dynamics import SIBILANCE_DB, compress, de_ess, high_pass, speech_chain
from reelforge.sound.levelling import _limited, level, limit, solve
from reelforge.sound.loudness import integrated, true_peak

RATE = 48_000


def voice(seconds: float = 6.0, seed: int = 0) -> NDArray[np.float32]:
    """Syllables of a gliding voice, some much louder than others, with pauses."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(120 + 20 * np.sin(2 * np.pi * 0.7 * t)) / RATE
    tone = sum(np.sin(k * phase) / k**1.2 for k in range(1, 25))
    points = np.arange(0, seconds + 1, 0.12)
    syllables = np.interp(t, points, rng.random(len(points)) ** 3)
    return np.asarray(0.4 * tone * syllables * (np.sin(2 * np.pi * t / 3) > -0.7), dtype=np.float32)


def tone(pitch: float, level_db: float, seconds: float = 1.0) -> NDArray[np.float32]:
    return (10 ** (level_db / 20) * np.sin(2 * np.pi * pitch * np.arange(round(seconds * RATE)) / RATE)).astype(
        np.float32
    )


def rms_db(x: NDArray[np.float32]) -> float:
    return float(10 * np.log10(np.mean(np.square(x, dtype=np.float64))))


def test_the_high_pass_takes_hum_and_leaves_the_voice() -> None:
    def change(pitch: float) -> float:
        return rms_db(high_pass(tone(pitch, -6), RATE)[12_000:-12_000]) - rms_db(tone(pitch, -6)[12_000:-12_000])

    assert change(20) < -20
    assert change(80) == pytest.approx(-3, abs=0.1)
    assert abs(change(300)) < 0.1


def sibilants(level_db: float) -> tuple[NDArray[np.float32], slice]:
    """A voice at −20 LUFS and a hiss between its syllables, above 6 kHz, of that effective value; where the hiss is."""
    x = voice(4)
    x *= 10 ** ((-20 - integrated(x, RATE)) / 20)
    hiss = np.random.default_rng(1).standard_normal(len(x))
    spectrum = np.fft.rfft(hiss)
    spectrum[np.fft.rfftfreq(len(x), 1 / RATE) < 6_000] = 0
    hiss = np.fft.irfft(spectrum, len(x))
    part = slice(RATE, RATE + RATE // 8)
    fade = np.hanning(RATE // 8) ** 0.25
    x[part] = (fade * hiss[part] * 10 ** (level_db / 20) / hiss.std()).astype(np.float32)
    return x, part


def test_sibilants_that_do_not_stick_out_are_left_exactly_as_they_are() -> None:
    x, _ = sibilants(-20 + SIBILANCE_DB - 3)
    assert np.array_equal(de_ess(x, RATE, loudness=-20), x)


@pytest.mark.parametrize(("above", "reduction"), [(4, 3.0), (8, 6.0), (20, 10.0)])
def test_of_what_sticks_out_a_quarter_is_left_and_the_voice_around_it_untouched(above: float, reduction: float) -> None:
    x, part = sibilants(-20 + SIBILANCE_DB + above)
    made = de_ess(x, RATE, loudness=-20)
    middle = slice(part.start + 1_500, part.stop - 1_500)
    assert rms_db(x[middle]) - rms_db(made[middle]) == pytest.approx(reduction, abs=0.8)
    far = RATE // 3
    assert np.array_equal(made[: part.start - far], x[: part.start - far])
    assert np.abs(made[part.stop + far :] - x[part.stop + far :]).max() < 1e-4


def test_under_a_sibilant_that_is_held_back_the_low_tones_stay() -> None:
    x, part = sibilants(-20 + SIBILANCE_DB + 8)
    low = tone(400, -26, len(x) / RATE)
    change = de_ess(x + low, RATE, loudness=-20) - (x + low)
    middle = change[part][1_500:-1_500]
    beat = np.exp(2j * np.pi * 400 * np.arange(len(middle)) / RATE)
    assert 20 * np.log10(2 * abs(np.mean(middle * beat))) < -26 - 40


def test_a_voice_recorded_at_a_low_rate_has_no_sibilants_to_hold_back() -> None:
    x = voice(1)
    assert de_ess(x, 16_000, loudness=-30) is x


@pytest.mark.parametrize(("above", "reduction"), [(-20, 0.0), (-4, 0.0), (4, 2.67), (10, 6.67), (16, 10.67)])
def test_the_compressor_turns_three_decibels_above_its_threshold_into_one(above: float, reduction: float) -> None:
    steady = tone(997, -20 + 3.01 + above)
    pressed = compress(steady, RATE, threshold=-20, ratio=3, knee=8)
    got = rms_db(steady[20_000:40_000]) - rms_db(pressed[20_000:40_000])
    assert got == pytest.approx(reduction, abs=0.2)


def test_the_compressor_is_down_when_a_loud_syllable_begins_and_back_soon_after() -> None:
    x = np.concatenate([tone(500, -40), tone(500, -6, 0.5), tone(500, -40)])
    gain = compress(x, RATE, threshold=-20)
    quiet = x != 0

    def change(start: float, stop: float) -> float:
        part = slice(round(start * RATE), round(stop * RATE))
        return rms_db(gain[part][quiet[part]]) - rms_db(x[part][quiet[part]])

    assert abs(change(0.1, 0.97)) < 0.1
    assert change(1.005, 1.05) == pytest.approx(change(1.2, 1.4), abs=1.0)
    assert abs(change(1.9, 2.4)) < 0.1


def test_a_sound_below_the_ceiling_passes_the_limiter_unchanged() -> None:
    x = tone(440, -6)
    assert np.array_equal(limit(x, RATE, -1), x)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 10_000),
    st.floats(-12, 0),
    st.floats(-10, 20),
    st.sampled_from([1, 2]),
    st.sampled_from(["noise", "clicks", "tone", "voice"]),
)
def test_no_true_peak_leaves_the_limiter_above_the_ceiling(
    seed: int, ceiling: float, drive: float, channels: int, kind: str
) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 30_000))
    t = np.arange(count) / RATE
    made = {
        "noise": rng.standard_normal(count),
        "clicks": (rng.random(count) < 0.0005) * rng.standard_normal(count) * 4,
        "tone": np.sin(2 * np.pi * rng.uniform(20, 20_000) * t + 0.7),
        "voice": voice(1.0, seed)[:count] if count < RATE else voice(1.0, seed),
    }[kind]
    x = (made * 10 ** (drive / 20)).astype(np.float32)
    x = x if channels == 1 else np.stack([x, 0.3 * x[::-1]], axis=1)
    limited = limit(x, RATE, ceiling)
    assert limited.shape == x.shape
    assert true_peak(limited, RATE) <= ceiling + 1e-3


def test_the_limiter_changes_only_what_is_near_a_peak() -> None:
    x = tone(440, -12, 3)
    x[RATE : RATE + 48] *= 8
    limited = limit(x, RATE, -3)
    assert np.array_equal(limited[: RATE - 480], x[: RATE - 480])
    assert np.abs(limited[2 * RATE :] - x[2 * RATE :]).max() < 1e-6
    assert true_peak(limited, RATE) <= -3


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 8), min_size=1, max_size=200), st.floats(-6, 20))
def test_at_both_edges_of_every_hop_the_limiter_is_down_far_enough_for_its_peak(
    peaks: list[float], gain: float
) -> None:
    hops = np.array(peaks, np.float32)
    factors = _limited(hops, gain, -1.0, RATE)
    most = 10 ** (-1 / 20) * (1 + 1e-6)
    assert (hops * factors[:-1]).max() <= most
    assert (hops * factors[1:]).max() <= most
    assert factors.max() <= 10 ** (gain / 20) * (1 + 1e-9)


def test_the_limiter_moves_its_gain_without_a_step() -> None:
    x = tone(50, -1, 1)
    x[24_000:24_010] = 1.9
    steady = np.ones(RATE, np.float32)
    gain = solve(lambda: [x], RATE, target=None, ceiling=-1).apply(steady, 0)
    assert gain.min() < 0.6
    assert np.abs(np.diff(gain)).max() < 0.01


@pytest.mark.parametrize("target", [-30.0, -20.0, -16.0, -14.0])
def test_a_voice_reaches_its_loudness_without_passing_the_ceiling(target: float) -> None:
    levelled = level(voice(), RATE, target, -1)
    assert integrated(levelled, RATE) == pytest.approx(target, abs=0.1)
    assert true_peak(levelled, RATE) <= -1


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1_000), st.floats(-30, 12))
def test_any_voice_at_any_level_comes_out_at_minus_sixteen(seed: int, gain: float) -> None:
    made = speech_chain((voice(3, seed) * 10 ** (gain / 20)).astype(np.float32), RATE)
    assert integrated(made, RATE) == pytest.approx(-16, abs=0.3)
    assert true_peak(made, RATE) <= -1


def test_the_chain_brings_peaks_nearer_to_the_rest_of_the_voice() -> None:
    raw, made = voice(), speech_chain(voice(), RATE)
    crest = true_peak(raw, RATE) - integrated(raw, RATE)
    assert true_peak(made, RATE) - integrated(made, RATE) < crest - 1.5


def test_the_chain_does_not_move_words_in_time() -> None:
    x = np.zeros(RATE, np.float32)
    x[20_000:24_000] = tone(400, -6, 4_000 / RATE)
    loud = np.abs(speech_chain(x, RATE)) > 0.25 * np.abs(x).max()
    assert abs(int(loud.argmax()) - 20_000) < RATE // 1_000
    assert abs(len(loud) - int(loud[::-1].argmax()) - 24_000) < RATE // 1_000


def test_even_a_sound_of_hard_beats_reaches_its_loudness_in_a_few_passes() -> None:
    t = np.arange(4 * RATE) / RATE
    hats = np.random.default_rng(0).standard_normal(len(t)) * np.exp(-((t + 0.25) % 0.5) * 70)
    beats = (0.2 * hats + 0.4 * np.exp(-(t % 0.5) * 20) * np.sin(2 * np.pi * 60 * t)).astype(np.float32)
    passes: list[int] = []

    def blocks() -> list[NDArray[np.float32]]:
        passes.append(1)
        return [beats]

    gain = solve(blocks, RATE, target=-17, ceiling=-1)
    assert gain.loudness == pytest.approx(-17, abs=0.05)
    assert integrated(gain.apply(beats, 0), RATE) == pytest.approx(gain.loudness, abs=0.01)
    assert gain.peak <= -1
    assert len(passes) <= 7


def test_the_ceiling_is_held_where_a_loudness_cannot_be_had() -> None:
    clicks = (np.arange(96_000) % 9_600 == 0).astype(np.float32)
    made = level(clicks, RATE, -14, -1)
    assert true_peak(made, RATE) <= -1


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 1_000])
def test_silence_and_very_short_sounds_come_back_as_long_as_they_were(count: int) -> None:
    silence = np.zeros(count, np.float32)
    for made in (level(silence, RATE, -14), speech_chain(silence, RATE), limit(silence, RATE)):
        assert np.array_equal(made, silence)
    assert len(speech_chain(tone(500, -20)[:count], RATE)) == count


def test_a_very_quiet_recording_is_brought_up_all_the_way_although_its_parts_lie_below_the_gate() -> None:
    made = level(np.concatenate([tone(500, -56, 2), tone(500, -69.5, 2)]), RATE, -16)
    assert integrated(made, RATE) == pytest.approx(-16, abs=0.1)
