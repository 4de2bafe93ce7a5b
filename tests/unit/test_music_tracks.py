"""The shipped tracks, listened to by measuring."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d
from scipy.signal import stft

from reelforge import resources
from reelforge.domain.music import Track, publishable
from reelforge.engines.music.cutting import bar_line
from reelforge.engines.music.tracks import read_track, sidecars
from reelforge.sound.loudness import integrated, true_peak

RATE = 48_000
HOP = 240
"""Samples between two values of the onset strength (5 ms)."""
SIDECARS = sidecars(resources.folder("music"))
every_track = pytest.mark.parametrize("sidecar", SIDECARS, ids=[path.stem for path in SIDECARS])


class Heard(NamedTuple):
    track: Track
    path: Path
    sound: NDArray[np.float32]
    flux: NDArray[np.float64]


@cache
def heard(sidecar: Path) -> Heard:
    shelved = read_track(sidecar, shipped=True)
    sound, rate = soundfile.read(shelved.path, dtype="float32", always_2d=True)
    assert rate == RATE
    return Heard(shelved.track, shelved.path, sound, onsets(sound))


def onsets(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Spectral flux: how much louder each band has become since the step before, summed; round the loop."""
    window = 512
    circle = np.concatenate([sound[-HOP - window // 2 :], sound, sound[: window // 2]]).mean(axis=1)
    _, _, spectrum = stft(circle, RATE, nperseg=window, noverlap=window - HOP, boundary=None, padded=False)
    level = np.log1p(1_000 * np.abs(spectrum))
    return np.asarray(np.maximum(np.diff(level, axis=1), 0).sum(axis=0))


def strength(flux: NDArray[np.float64], seconds: NDArray[np.float64]) -> float:
    """The mean onset strength within 10 ms of the given times."""
    near = maximum_filter1d(flux, 5, mode="wrap")
    return float(near[np.round(seconds * RATE / HOP).astype(int) % len(flux)].mean())


def bar_lines(track: Track) -> list[int]:
    return [bar_line(track, bar) for bar in range(track.bars + 1)]


def test_every_mood_has_two_tracks_or_more_of_its_tempo() -> None:
    found = [(heard(path).track.mood, heard(path).track.bpm) for path in SIDECARS]
    for mood in (("upbeat", 128), ("chill", 90), ("dramatic", 100), ("gaming", 140)):
        assert found.count(mood) >= 2


@every_track
def test_a_track_is_a_minute_to_a_minute_and_a_half_long_and_its_last_bar_ends_with_the_file(sidecar: Path) -> None:
    track, _, sound, _ = heard(sidecar)
    assert 60 <= track.seconds <= 90
    assert len(sound) == bar_line(track, track.bars) == round(track.seconds * RATE)


@every_track
def test_ffmpegs_decoder_gives_the_same_samples(sidecar: Path) -> None:
    _, path, sound, _ = heard(sidecar)
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    decoded = np.concatenate(blocks, axis=1).T
    assert decoded.shape == sound.shape
    assert np.abs(decoded - sound).max() < 1e-3


@every_track
def test_a_track_is_as_loud_as_its_sidecar_says_and_leaves_headroom(sidecar: Path) -> None:
    track, _, sound, _ = heard(sidecar)
    assert integrated(sound, RATE) == pytest.approx(track.loudness, abs=0.5)
    assert track.loudness == pytest.approx(-16, abs=0.5)
    assert true_peak(sound, RATE) <= -1.0


@every_track
def test_beats_fall_where_tempo_and_first_beat_put_them(sidecar: Path) -> None:
    track, _, _, flux = heard(sidecar)
    numbers = np.arange(track.bars * track.beats_per_bar)
    beats = track.first_beat + numbers * 60 / track.bpm
    exact = strength(flux, beats)
    assert exact > 1.5 * flux.mean()
    for error in (-0.03, -0.01, -0.002, 0.002, 0.01, 0.03):
        assert exact > strength(flux, beats * (1 + error)), f"{error:+.1%} of the tempo fits better"
    for late in (-0.1, -0.05, -0.03, 0.03, 0.05, 0.1):
        assert exact > strength(flux, beats + late), f"{late:+.2f} s fits better"


@every_track
def test_the_strongest_onsets_stand_on_the_grid_of_sixteenths(sidecar: Path) -> None:
    track, _, _, flux = heard(sidecar)
    peaks = np.flatnonzero((flux == maximum_filter1d(flux, 11, mode="wrap")) & (flux > np.quantile(flux, 0.985)))
    sixteenths = (peaks * HOP / RATE - track.first_beat) * track.bpm / 60 * 4
    late = (sixteenths - np.round(sixteenths)) * 15 / track.bpm
    swung = np.where(np.round(sixteenths) % 2 == 1, 0.04, 0.015)
    assert np.mean((late >= -0.015) & (late <= swung)) >= 0.8


@every_track
def test_the_tempo_is_the_period_with_which_onsets_repeat(sidecar: Path) -> None:
    track, _, _, flux = heard(sidecar)
    centred = flux - flux.mean()
    spectrum = np.abs(np.fft.rfft(centred)) ** 2
    repeats = np.fft.irfft(spectrum, len(flux))
    bar = track.beats_per_bar * 60 / track.bpm * RATE / HOP
    around = np.arange(round(bar * 0.9), round(bar * 1.1))
    assert abs(around[np.argmax(repeats[around])] - bar) <= 1


@every_track
def test_the_end_flows_into_the_beginning_as_any_bar_into_the_next(sidecar: Path) -> None:
    track, _, sound, flux = heard(sidecar)
    assert (track.loop_start_bar, track.loop_end_bar) == (0, track.bars)
    steps = np.abs(np.diff(sound, axis=0, append=sound[:1])).max(axis=1)
    middle = [steps[line - 24 : line + 24].max() for line in bar_lines(track)[1:-1]]
    assert steps[-1] <= max(middle)
    assert max(steps[-24:].max(), steps[:24].max()) <= 1.5 * max(middle)
    across = [flux[line // HOP + np.arange(-2, 3)].max() for line in bar_lines(track)[1:-1]]
    assert flux[[-2, -1, 0, 1, 2]].max() <= 1.1 * max(across)


@every_track
def test_a_track_is_an_arrangement_and_not_one_bar_looped(sidecar: Path) -> None:
    track, _, sound, _ = heard(sidecar)
    size = int(60 * RATE * track.beats_per_bar / track.bpm)
    bars = np.stack([sound[line : line + size].mean(axis=1) for line in bar_lines(track)[:-1]])
    alike = np.corrcoef(bars)
    for distance in range(1, 9):
        assert np.diagonal(alike, distance).mean() < 0.9
    assert np.mean(alike[np.triu_indices(len(bars), 1)] > 0.97) < 0.02
    fours = [integrated(sound[line : line + 4 * size], RATE) for line in bar_lines(track)[:-4:2]]
    assert 2 <= max(fours) - min(fours) <= 12


@every_track
def test_a_track_leaves_room_for_speech_and_is_wide_but_safe_in_mono(sidecar: Path) -> None:
    _, _, sound, _ = heard(sidecar)
    power = np.abs(np.fft.rfft(sound, axis=0)) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    speech = power[(hertz >= 1_000) & (hertz < 4_000)].sum() / power.sum()
    assert 0.005 < speech < 0.15
    middle, side = sound.mean(axis=1), (sound[:, 0] - sound[:, 1]) / 2
    assert 0.01 < (side**2).mean() / (middle**2).mean() < 0.6


@every_track
def test_a_track_is_small_and_says_whose_it_is(sidecar: Path) -> None:
    track, path, _, _ = heard(sidecar)
    assert path.stat().st_size <= 1_500_000
    assert (track.author, track.licence) == ("ReelForge", "CC0-1.0")
    assert track.rights == "cc0"
    assert "music/LICENSE" in track.terms
    assert publishable(track) is None


def test_the_licence_of_the_soundfont_stands_beside_the_tracks() -> None:
    text = (resources.folder("music") / "LICENSE").read_text(encoding="utf-8")
    assert "CC0" in text
    assert "Frank Wen" in text
    assert "The above copyright notice and this permission notice shall be" in text
