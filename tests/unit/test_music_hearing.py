"""What is heard in a track besides its beats: steady bars, key, ending, loop."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from reelforge import resources
from reelforge.domain.music import Analysis
from reelforge.engines.music.hearing.analysis import analyse
from reelforge.engines.music.hearing.grid import grid_of
from reelforge.engines.music.hearing.key import key_of
from reelforge.engines.music.hearing.meter import Bars
from reelforge.engines.music.hearing.sections import sections_of
from reelforge.engines.music.hearing.spectra import Analyser, read_spectra
from reelforge.engines.music.moods import nearest_mood, read_moods
from reelforge.engines.music.tracks import read_track
from reelforge.errors import InputError
from reelforge.sound import files
from reelforge.testing.rhythms import Played, band

MUSIC = resources.folder("music")


@cache
def shipped(name: str) -> Analysis:
    return analyse(MUSIC / f"{name}.ogg")


def heard(folder: Path, played: Played) -> Analysis:
    files.write(folder / "played.wav", played.sound, played.rate)
    return analyse(folder / "played.wav")


@pytest.mark.parametrize("name", ["boss-door", "good-company", "paper-lanterns", "undertow"])
def test_a_shipped_track_is_heard_as_its_sidecar_describes_it(name: str) -> None:
    track, found = read_track(MUSIC / f"{name}.toml").track, shipped(name)
    assert (found.bpm, found.first_beat, found.beats_per_bar) == (track.bpm, 0.0, 4)
    assert (found.bars, found.beats) == (track.bars, ())
    assert found.seconds == pytest.approx(track.seconds, abs=1e-5)
    assert found.loudness == pytest.approx(track.loudness, abs=0.2)
    assert found.outro_bar is None
    assert nearest_mood(read_moods(), found.bpm, found.drive) == track.mood


def test_a_steady_tempo_is_told_exactly_though_the_music_begins_later(tmp_path: Path) -> None:
    found = heard(tmp_path, band(117, 24, lead=0.6))
    assert (found.bpm, found.beats) == (117.0, ())
    assert found.first_beat == pytest.approx(0.6, abs=0.01)


def test_a_tempo_that_is_not_whole_is_not_made_so(tmp_path: Path) -> None:
    found = heard(tmp_path, band(92.5, 30))
    assert found.bpm == pytest.approx(92.5, abs=0.02)


def test_a_tempo_that_wanders_keeps_each_beat(tmp_path: Path) -> None:
    played = band(104, 20, wander=0.04)
    found = heard(tmp_path, played)
    assert len(found.beats) == found.bars * found.beats_per_bar + 1
    errors = [np.abs(played.beats - beat / 48_000).min() for beat in found.beats[:-1]]
    assert max(errors) < 0.02
    assert found.first_beat == pytest.approx(found.beats[0] / 48_000, abs=1e-4)


def test_a_missed_beat_does_not_shift_the_grid() -> None:
    times = np.delete(np.arange(0.5, 60, 0.5), [10, 40, 41])
    grid = grid_of(times, Bars(4, 0), 60.0)
    assert grid is not None
    assert (grid.bpm, grid.first, grid.bars, grid.beats) == (120.0, 0.5, 29, ())


def test_bars_before_the_first_beat_that_was_heard_are_counted() -> None:
    grid = grid_of(np.arange(4.1, 60, 0.5), Bars(4, 1), 60.0)
    assert grid is not None
    assert grid.first == pytest.approx(0.6)


def test_the_last_bar_line_is_never_beyond_the_file() -> None:
    for late in (0.0, 0.004, 0.012):
        grid = grid_of(np.arange(0, 60, 0.5) + late, Bars(4, 0), 60.0)
        assert grid is not None
        assert grid.bars == 30
        assert grid.line(grid.bars) <= 60.0


def test_a_tempo_that_sways_by_less_than_one_can_hear_in_a_beat_is_still_not_steady() -> None:
    times = np.arange(0.5, 60, 0.5)
    grid = grid_of(times + 0.015 * np.sin(times / 6), Bars(4, 0), 61.0)
    assert grid is not None
    assert len(grid.beats) == 4 * grid.bars + 1


def test_no_whole_bar_is_no_grid() -> None:
    assert grid_of(np.array([0.5, 1.5, 2.5, 3.5]), Bars(4, 2), 4.0) is None


def test_a_track_with_an_ending_of_its_own_says_where_it_begins_and_has_died_away(tmp_path: Path) -> None:
    played = band(120, 24)
    found = heard(tmp_path, played)
    assert found.outro_bar is not None
    assert found.ends is not None
    last = played.beats[-1]
    assert 2 <= 24 - found.outro_bar <= 8
    assert last + 1 < found.ends <= len(played.sound) / played.rate


def test_a_track_that_just_stops_has_no_ending(tmp_path: Path) -> None:
    found = heard(tmp_path, band(120, 24, ending=False))
    assert (found.outro_bar, found.ends) == (None, None)


def test_a_loop_goes_back_to_a_bar_that_sounds_like_the_one_it_leaves_for(tmp_path: Path) -> None:
    found = heard(tmp_path, band(120, 32, ending=False))
    length = found.loop_end_bar - found.loop_start_bar
    assert length >= 8
    assert length % 4 == 0, "the chords come round every four bars"


def test_a_quiet_start_is_an_intro(tmp_path: Path) -> None:
    played = band(120, 24, lead=0.0)
    sound = played.sound.copy()
    sound[: 4 * 2 * played.rate] *= 0.2
    assert heard(tmp_path, played._replace(sound=sound)).intro_bars == 4


@pytest.mark.parametrize(
    ("scale", "key"),
    [([0, 2, 4, 5, 7, 9, 11], "C major"), ([9, 11, 0, 2, 4, 5, 8], "A minor"), ([3, 7, 10], "E♭ major")],
)
def test_a_key_is_named_by_the_notes_that_sound(scale: list[int], key: str) -> None:
    chroma = np.full((10, 12), 1e-4, np.float32)
    chroma[:, scale] = 0.3
    chroma[:, scale[0]] = 1.0
    chroma[:, (scale[0] + 7) % 12] = 0.6
    assert key_of(chroma) == key


def test_all_notes_alike_are_no_key() -> None:
    assert key_of(np.ones((10, 12), np.float32)) == ""


def test_a_band_in_a_minor_is_heard_in_that_key_or_its_parallel(tmp_path: Path) -> None:
    assert heard(tmp_path, band(110, 16)).key in {"A minor", "C major"}


def test_a_note_counts_for_its_own_pitch_class_in_every_octave(tmp_path: Path) -> None:
    time = np.arange(6 * 44_100) / 44_100
    for hertz in (220.0, 440.0, 880.0):
        files.write(tmp_path / "note.wav", (0.3 * np.sin(2 * np.pi * hertz * time)).astype(np.float32), 44_100)
        assert int(read_spectra(tmp_path / "note.wav").chroma.mean(axis=0).argmax()) == 9


@pytest.mark.parametrize("size", [1, 7, 100, 1_000])
def test_blocks_of_any_size_are_heard_without_a_seam(size: int) -> None:
    sound = np.random.default_rng(3).standard_normal(3_000).astype(np.float32)
    filters = np.random.default_rng(4).random((5, 129)).astype(np.float32)
    whole, pieces = Analyser(256, 100, filters, lead=200), Analyser(256, 100, filters, lead=200)
    whole.add(sound)
    for first in range(0, len(sound), size):
        pieces.add(sound[first : first + size])
    assert np.allclose(whole.finish(), pieces.finish(), rtol=1e-4)


def test_a_recording_of_hours_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path, rate, hours = tmp_path / "mix.wav", 8_000, 3
    size = hours * 3_600 * rate
    with path.open("wb") as file:
        file.write(b"RIFF" + (36 + size).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little"))
        file.write(b"\1\0\1\0" + rate.to_bytes(4, "little") * 2 + b"\1\0\x08\0data" + size.to_bytes(4, "little"))
        file.truncate(44 + size)
    with pytest.raises(InputError, match="is 180 minutes long; the most is 20"):
        analyse(path)


def test_sections_need_no_more_bars_than_there_are(tmp_path: Path) -> None:
    played = band(120, 3, ending=False, lead=0.0)
    files.write(tmp_path / "short.wav", played.sound, played.rate)
    grid = grid_of(played.beats[:-1], Bars(4, 0), len(played.sound) / played.rate)
    assert grid is not None
    sections = sections_of(read_spectra(tmp_path / "short.wav"), grid)
    assert 0 <= sections.loop_start < sections.loop_end <= grid.bars
