"""Beats against sound whose beats are known."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from reelforge import resources
from reelforge.domain.music import STRENGTH_STEP, BeatTrack
from reelforge.engines.music.hearing.beats import beats
from reelforge.errors import InputError
from reelforge.sound import files
from reelforge.testing.rhythms import Feel, Played, band, clicks

Seconds = NDArray[np.float64]
TOLERANCE = 0.03
SHIPPED = ("neon-alley", "first-light", "long-shadow", "slow-tide")


def heard(folder: Path, played: Played) -> BeatTrack:
    files.write(folder / "played.wav", played.sound, played.rate)
    return beats(folder / "played.wav")


def seconds(samples: tuple[int, ...]) -> Seconds:
    return np.array(samples) / 48_000


def f_measure(found: Seconds, truth: Seconds) -> float:
    hits = sum(bool(np.abs(found - one).min() <= TOLERANCE) for one in truth)
    return 2 * hits / (len(found) + len(truth))


def bias(found: Seconds, truth: Seconds) -> float:
    errors = np.array([found[np.abs(found - one).argmin()] - one for one in truth])
    return float(np.median(errors[np.abs(errors) <= TOLERANCE]))


@pytest.mark.parametrize("bpm", [60, 128, 200])
@pytest.mark.parametrize("feel", ["swing", "drift", "wander"])
def test_clicks_of_any_tempo_and_feel_are_found_where_they_are(tmp_path: Path, feel: Feel, bpm: int) -> None:
    played = clicks(bpm, feel, 30, seed=bpm)
    found = seconds(heard(tmp_path, played).beats)
    assert f_measure(found, played.beats) >= 0.97
    assert abs(bias(found, played.beats)) <= 0.010


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_tracks_have_their_beats_and_bars_where_their_sidecars_put_them(name: str) -> None:
    sidecar = resources.folder("music") / f"{name}.toml"
    table = tomllib.loads(sidecar.read_text("utf-8"))
    truth = table["first_beat"] + np.arange(table["bars"] * 4) * 60 / table["bpm"]
    track = beats(sidecar.with_suffix(".ogg"))
    assert f_measure(seconds(track.beats), truth) >= 0.97
    assert abs(bias(seconds(track.beats), truth)) <= 0.010
    assert f_measure(seconds(track.downbeats), truth[::4]) >= 0.95
    assert track.tempo == pytest.approx(table["bpm"], rel=0.005)


@pytest.mark.parametrize(("beats_per_bar", "bpm"), [(3, 84), (4, 92.5), (4, 117)])
def test_bars_of_three_and_four_beats_begin_where_the_harmony_changes(
    tmp_path: Path, beats_per_bar: int, bpm: float
) -> None:
    played = band(bpm, 20, beats_per_bar=beats_per_bar)
    track = heard(tmp_path, played)
    assert track.beats_per_bar == beats_per_bar
    assert f_measure(seconds(track.downbeats), played.beats[::beats_per_bar]) >= 0.95


def test_each_downbeat_is_a_beat_and_beats_rise(tmp_path: Path) -> None:
    track = heard(tmp_path, band(104, 16, wander=0.05))
    assert set(track.downbeats) <= set(track.beats)
    assert list(track.beats) == sorted(set(track.beats))


def test_the_energy_curve_covers_the_file_and_is_low_where_it_is_quiet(tmp_path: Path) -> None:
    played = band(120, 16)
    loud = played.sound.copy()
    half = len(loud) // 2
    loud[half:] *= 0.1
    track = heard(tmp_path, played._replace(sound=loud))
    moments = -(-len(loud) * 48_000 // played.rate // STRENGTH_STEP)
    assert abs(len(track.energy) - moments) <= 1
    assert np.mean(track.energy[: moments // 2]) > 5 * np.mean(track.energy[moments // 2 + 30 :])


def test_a_beat_that_stands_out_has_more_confidence_than_noise(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).standard_normal(30 * 48_000).astype(np.float32) / 10
    plain = heard(tmp_path, clicks(120, "plain", 30)).confidence
    music = heard(tmp_path, band(96, 12)).confidence
    assert heard(tmp_path, Played(noise, 48_000, np.zeros(0))).confidence < 0.1
    assert music > 0.6
    assert plain > 0.9


def test_a_beat_on_the_first_sample_is_found(tmp_path: Path) -> None:
    played = band(120, 12, lead=0.0)
    assert seconds(heard(tmp_path, played).beats)[0] <= 0.010


@pytest.mark.parametrize("rate", [8_000, 96_000])
def test_any_rate_is_heard_alike(tmp_path: Path, rate: int) -> None:
    played = band(110, 10, rate=rate)
    found = seconds(heard(tmp_path, played).beats)
    assert f_measure(found, played.beats) >= 0.97
    assert abs(bias(found, played.beats)) <= 0.010


def test_stereo_is_heard_as_what_both_channels_say_together(tmp_path: Path) -> None:
    played = band(110, 10)
    both = np.stack([played.sound, np.roll(played.sound, 0) * 0.3], axis=1)
    assert heard(tmp_path, played._replace(sound=both)).beats == heard(tmp_path, played).beats


def test_the_same_file_is_always_heard_the_same(tmp_path: Path) -> None:
    played = band(133, 12)
    assert heard(tmp_path, played) == heard(tmp_path, played)


@pytest.mark.parametrize(
    ("sound", "sentence"),
    [
        (np.zeros(10 * 48_000, np.float32), "is silent"),
        (np.full(10 * 48_000, 0.3, np.float32), "No beat can be heard"),
        (np.ones(48_000, np.float32), "has only 1.0 seconds"),
    ],
    ids=["silence", "a constant", "too short"],
)
def test_what_has_no_beat_is_refused_in_a_sentence(tmp_path: Path, sound: NDArray[np.float32], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        heard(tmp_path, Played(sound, 48_000, np.zeros(0)))
