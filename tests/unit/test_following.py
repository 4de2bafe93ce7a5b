"""What follows the music in a timeline that says nothing of its beats and strength."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from reelforge.domain.timeline import AudioPlan, Effect, Envelope, MusicBed, Overlay, Shot, Source, Span, Timeline
from reelforge.errors import InputError
from reelforge.render.checks.following import check
from reelforge.render.material import Material
from reelforge.render.sources import Sources
from reelforge.render.strength import heard
from reelforge.sound.files import FloatWav

RATE = 48_000
MUSIC = MusicBed(track=Source(path="music.wav"), spans=(Span(start=0, end=2 * RATE),))
WAVEFORM = Overlay(template="waveform")


class NoAssets:
    def has(self, _ref: str) -> bool:
        return False

    def path(self, _ref: str) -> Path:
        raise AssertionError


def timeline(*effects: str, overlays: tuple[Overlay, ...] = (), audio: AudioPlan | None = None) -> Timeline:
    shot = Shot(picture=Source(path="a.png"), frames=60, effects=tuple(Effect(name=name) for name in effects))
    return Timeline(shots=(shot,), overlays=overlays, audio=audio or AudioPlan())


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    """Half a second of noise, then silence, then noise again, in ``music.wav``; ``template.toml`` beside it."""
    noise = np.random.default_rng(1).normal(0, 0.1, (2 * RATE, 2)).astype(np.float32)
    noise[RATE // 2 : RATE] = 0
    with FloatWav(tmp_path / "music.wav", RATE, 2, len(noise)) as wav:
        wav.write(noise)
    (tmp_path / "own.toml").write_text('kind = "waveform"\nbars = 9\n')
    return Sources(NoAssets(), tmp_path)


@pytest.mark.parametrize(
    "asked",
    [
        {"overlays": (WAVEFORM,)},
        {"overlays": (Overlay(template="own.toml"),)},
        {"effects": ("shake",)},
    ],
)
@pytest.mark.parametrize("audio", [AudioPlan(music=MUSIC), AudioPlan(speech=Source(path="music.wav"))])
def test_the_strength_of_the_sound_itself_is_measured_where_something_follows_it(
    sources: Sources, audio: AudioPlan, asked: dict[str, tuple[Overlay, ...]]
) -> None:
    made = timeline(*asked.get("effects", ()), overlays=asked.get("overlays", ()), audio=audio)  # type: ignore[arg-type]  # names in one, overlays in the other
    values = heard(made, sources).audio.energy.values
    assert min(values[:14]) > 0.7
    assert max(values[16:29]) == 0
    assert min(values[31:59]) > 0.7


def test_speech_that_begins_later_is_followed_from_then_on(sources: Sources) -> None:
    late = AudioPlan(speech=Source(path="music.wav"), speech_start=RATE)
    values = heard(timeline("shake", audio=late), sources).audio.energy.values
    assert max(values[:30]) == 0
    assert min(values[31:44]) > 0.7


def test_a_strength_that_is_given_stays_and_none_is_measured_that_nothing_follows(sources: Sources) -> None:
    given = timeline("shake", audio=AudioPlan(music=MUSIC, energy=Envelope(values=(0.5, 0.5))))
    plain = timeline("zoom_pulse", "vignette", audio=AudioPlan(music=MUSIC))
    assert heard(given, sources) is given
    assert heard(plain, sources) is plain


def test_a_track_that_is_not_there_is_told_with_its_place(tmp_path: Path) -> None:
    made = timeline(overlays=(WAVEFORM,), audio=AudioPlan(music=MUSIC))
    with pytest.raises(InputError, match=r"^audio\.music\.track: there is no file "):
        heard(made, Sources(NoAssets(), tmp_path))


class Stopped(BaseException):
    pass


@pytest.mark.parametrize("audio", [AudioPlan(music=MUSIC), AudioPlan(speech=Source(path="music.wav"))])
def test_measuring_a_long_sound_ends_when_the_work_is_cancelled(sources: Sources, audio: AudioPlan) -> None:
    def cancelled() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        Material.gather(timeline("shake", audio=audio), sources, cancelled)


def judged(made: Timeline) -> tuple[str, str]:
    found = check(SimpleNamespace(timeline=made))  # type: ignore[arg-type]  # it looks at the timeline alone
    assert found.passed
    return found.level, found.sentence


def test_an_effect_with_nothing_to_follow_is_told_once_with_its_place_and_what_is_lacking() -> None:
    level, sentence = judged(timeline("grain", "zoom_pulse", "zoom_pulse", audio=AudioPlan(music=MUSIC)))
    assert level == "warning"
    assert sentence == (
        "shots[0].effects[1]: the effect “zoom_pulse” stands still, for audio.beats names no beat; give the beats’ "
        "samples there."
    )
    assert "the effect “shake” stands still" in judged(timeline("shake"))[1]
    assert judged(timeline(overlays=(WAVEFORM,)))[1].startswith("overlays[0]: the waveform stands still")


def test_nothing_is_told_of_what_has_its_music() -> None:
    sound = AudioPlan(music=MUSIC, beats=(0,), energy=Envelope(values=(1.0,)))
    assert judged(timeline("zoom_pulse", "shake", overlays=(WAVEFORM,), audio=sound))[0] == "fine"
    assert judged(timeline("vignette"))[0] == "fine"
