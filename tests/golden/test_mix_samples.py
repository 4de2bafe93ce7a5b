"""The mix, looked at sample by sample."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import butter, hilbert, sosfiltfilt

from reelforge.domain.timeline import AudioPlan, Ducking, MusicBed, SoundEffect, Source, Span
from reelforge.errors import InputError
from reelforge.render.ducking import ducking_gain
from reelforge.render.mix import Mixed, mix
from reelforge.sound import files
from reelforge.sound.containers import open_sound
from reelforge.sound.dynamics import speech_chain
from reelforge.sound.loudness import integrated, true_peak
from reelforge.testing.compressed import compressed

RATE = 48_000
Wave = NDArray[np.float32]


def tone(seconds: float, pitch: float = 440, rate: int = RATE, level: float = 0.25) -> Wave:
    return (level * np.sin(2 * np.pi * pitch * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def voice(seconds: float, seed: int = 0) -> Wave:
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(130 + 20 * np.sin(2 * np.pi * 0.7 * t)) / RATE
    points = np.arange(0, seconds + 1, 0.12)
    syllables = np.interp(t, points, rng.random(len(points)) ** 2)
    return speech_chain(
        np.asarray(0.3 * syllables * sum(np.sin(k * phase) / k for k in range(1, 20)), dtype=np.float32), RATE
    )


def drums(seconds: float, seed: int = 0) -> Wave:
    """Stereo, with hard attacks."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    beat = np.exp(-(t % 0.5) * 20) * np.sin(2 * np.pi * 60 * t) + 0.5 * np.exp(
        -((t + 0.25) % 0.5) * 70
    ) * rng.standard_normal(len(t))
    return np.stack([beat, np.roll(beat, 97)], axis=1).astype(np.float32) * 0.4


def run(place: Path, plan: AudioPlan, samples: int, **more: Any) -> tuple[Mixed, Wave]:
    out, wav = place / "out.m4a", place / "uncoded.wav"
    mixed = mix(plan, samples, lambda source: place / (source.path or ""), out, lambda: None, uncoded=wav, **more)
    assert not list(place.glob("out.m4a.*"))
    sound, rate = files.read(wav)
    assert (sound.shape, rate) == ((samples, 2), RATE)
    return mixed, sound


def heard(place: Path) -> Wave:
    """What a player makes of the result."""
    with av.open(str(place / "out.m4a"), options={"ignore_editlist": "1"}) as file:
        return np.concatenate([frame.to_ndarray() for frame in file.decode(audio=0)], axis=1).T


def music(track: str, *spans: tuple[float, float], **more: Any) -> MusicBed:
    chosen = tuple(Span(start=round(a * RATE), end=round(b * RATE)) for a, b in spans)
    return MusicBed(track=Source(path=track), spans=chosen, **more)


def spoken(*pairs: tuple[float, float]) -> tuple[Span, ...]:
    return tuple(Span(start=round(a * RATE), end=round(b * RATE)) for a, b in pairs)


def high(sound: Wave) -> Wave:
    """What is above 6 kHz, where a steady 440 Hz tone has nothing and a click has much."""
    return np.abs(sosfiltfilt(butter(4, 6_000, "highpass", fs=RATE, output="sos"), sound[:, 0]))


def test_a_plan_without_sound_is_digital_silence_of_exact_length(tmp_path: Path) -> None:
    mixed, sound = run(tmp_path, AudioPlan(), 100_001)
    assert not sound.any()
    assert mixed == Mixed(loudness=-70, true_peak=-120)


@pytest.mark.parametrize("samples", [1, 7, 65_536, 65_537, 144_000])
def test_the_file_has_exactly_the_timelines_samples(tmp_path: Path, samples: int) -> None:
    files.write(tmp_path / "voice.wav", voice(2), RATE)
    files.write(tmp_path / "track.wav", drums(2), RATE)
    run(tmp_path, AudioPlan(speech=Source(path="voice.wav"), music=music("track.wav", (0, 2))), samples)


def test_speech_alone_is_the_speech_on_both_sides_at_its_place(tmp_path: Path) -> None:
    said = voice(3)
    files.write(tmp_path / "voice.wav", said, RATE)
    mixed, sound = run(tmp_path, AudioPlan(speech=Source(path="voice.wav"), speech_start=12_345), 4 * RATE)
    assert not sound[:12_345].any()
    assert not sound[12_345 + len(said) :].any()
    assert np.array_equal(sound[:, 0], sound[:, 1])
    heard = sound[12_345 : 12_345 + len(said), 0]
    factor = float(heard @ said / (said @ said))
    assert np.abs(heard - factor * said).max() < 1e-5
    assert mixed.loudness == pytest.approx(-14, abs=0.1)


def test_the_tone_beneath_speech_is_ducked_just_as_the_envelope_says(tmp_path: Path) -> None:
    files.write(tmp_path / "tone.wav", tone(9), RATE)
    times = spoken((2, 3), (3.4, 4), (5.6, 6.2))
    plan = AudioPlan(music=music("tone.wav", (0, 8), fade_in=0, fade_out=0), spoken=times, true_peak=0, loudness=-24)
    _, sound = run(tmp_path, plan, 8 * RATE)
    envelope = np.abs(hilbert(sound[:, 0]))[4_800:-4_800]
    wanted = ducking_gain(times, 8 * RATE, Ducking())[4_800:-4_800]
    assert np.abs(20 * np.log10(envelope / envelope[0] / wanted)).max() < 0.1


def test_music_is_as_far_below_the_speech_as_its_gain_says(tmp_path: Path) -> None:
    files.write(tmp_path / "voice.wav", voice(6), RATE)
    files.write(tmp_path / "tone.wav", 0.01 * tone(13), RATE)
    bed = music("tone.wav", (0, 12), fade_in=0, fade_out=0, gain_db=-9)
    plan = AudioPlan(speech=Source(path="voice.wav"), spoken=spoken((0, 6)), music=bed, ducking=Ducking(depth_db=-40))
    _, sound = run(tmp_path, plan, 12 * RATE)
    said, played = integrated(sound[: 6 * RATE], RATE), integrated(sound[8 * RATE : 11 * RATE], RATE)
    assert played - said == pytest.approx(-9, abs=0.3)


@pytest.mark.parametrize(
    "pairs",
    [
        [(0.0, 1.003), (0.5, 1.507)],
        [(0.5, 1.507), (0.0, 1.0)],
        [(0.0, 1.9), (0.0, 1.9)],
        [(0.3, 0.9), (1.3, 1.9), (0.1, 0.7)],
    ],
)
def test_no_join_clicks(tmp_path: Path, pairs: list[tuple[float, float]]) -> None:
    files.write(tmp_path / "tone.wav", tone(1.9), RATE)
    length = round(sum(b - a for a, b in pairs) * RATE)
    _, sound = run(tmp_path, AudioPlan(music=music("tone.wav", *pairs), true_peak=-3), length)
    assert high(sound).max() < 0.002 * np.abs(sound).max()


def test_a_hard_cut_would_have_been_noticed(tmp_path: Path) -> None:
    del tmp_path
    cut = np.concatenate([tone(1.003), tone(1)[1_300:]])
    assert high(np.stack([cut, cut], axis=1)).max() > 0.02 * np.abs(cut).max()


def test_the_crossfade_keeps_the_power_of_unlike_sounds(tmp_path: Path) -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(4 * RATE).astype(np.float32)
    files.write(tmp_path / "noise.wav", noise, RATE)
    bed = music("noise.wav", (0, 1), (2.5, 3.5), crossfade=9_600, fade_in=0, fade_out=0)
    _, sound = run(tmp_path, AudioPlan(music=bed, loudness=-24), 2 * RATE)
    power = np.array([np.mean(sound[at : at + 4_800] ** 2) for at in range(0, 2 * RATE, 4_800)])
    joined, apart = power[8:10], power[2:7]
    assert 10 * np.log10(joined.mean() / apart.mean()) == pytest.approx(0, abs=0.3)


@pytest.mark.parametrize("shift", [0, 48, 24])
def test_the_crossfade_keeps_the_power_of_like_sounds_too(tmp_path: Path, shift: int) -> None:
    """A tone of 1 kHz that goes on in phase, in phase a period later, and in opposite phase."""
    files.write(tmp_path / "tone.wav", tone(6, 1_000), RATE)
    spans = ((0, 1), (2.5 + shift / RATE, 4))
    bed = music("tone.wav", *spans, crossfade=9_600, fade_in=0, fade_out=0)
    _, sound = run(tmp_path, AudioPlan(music=bed, loudness=-24), 2 * RATE)
    power = np.array([np.mean(sound[at : at + 480] ** 2) for at in range(RATE // 2, 3 * RATE // 2, 480)])
    change = 10 * np.log10(power / power[0])
    if shift == 24:
        assert change.max() < 0.1  # what cancels itself cannot be kept, but it must not be blown up
    else:
        assert np.abs(change).max() < 0.1


def test_a_beat_after_the_join_stands_on_its_sample(tmp_path: Path) -> None:
    clicks = np.zeros(4 * RATE, np.float32)
    clicks[:: RATE // 2] = 0.5
    files.write(tmp_path / "clicks.wav", clicks, RATE)
    bed = music("clicks.wav", (0, 1), (2, 3), (1, 2), fade_in=0, fade_out=0)
    _, sound = run(tmp_path, AudioPlan(music=bed, loudness=-40), 3 * RATE)
    found = np.flatnonzero(sound[:, 0] > 0.5 * sound[:, 0].max())
    assert found.tolist() == list(range(RATE // 2, 3 * RATE, RATE // 2))


@pytest.mark.parametrize(("have", "end"), [(4.0, 3.0), (2.0, 2.0)])
def test_music_ends_in_a_fade_at_the_timelines_end_or_at_its_own(tmp_path: Path, have: float, end: float) -> None:
    files.write(tmp_path / "tone.wav", tone(5), RATE)
    _, sound = run(tmp_path, AudioPlan(music=music("tone.wav", (0, have), fade_out=RATE)), 3 * RATE)
    envelope = np.abs(hilbert(sound[:, 0]))
    last = round(end * RATE)
    assert not sound[last:].any()
    assert envelope[last - RATE // 2] / envelope[last - RATE - 4_800] == pytest.approx(0.5, abs=0.02)
    assert envelope[last - 240 : last].max() < 0.01 * envelope.max()


def test_music_fades_even_when_the_plan_asks_for_no_fade(tmp_path: Path) -> None:
    files.write(tmp_path / "tone.wav", tone(5), RATE)
    _, sound = run(tmp_path, AudioPlan(music=music("tone.wav", (0.5011, 4), fade_in=0, fade_out=0)), 2 * RATE + 100)
    padded = np.concatenate([np.zeros((4_800, 2), np.float32), sound, np.zeros((4_800, 2), np.float32)])
    assert high(padded).max() < 0.002 * np.abs(sound).max()


@pytest.mark.parametrize("rate", [44_100, 22_050, 96_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_track_of_another_rate_keeps_pitch_and_place(tmp_path: Path, rate: int, channels: int) -> None:
    wave = tone(4, 1_000, rate)
    soundfile.write(tmp_path / "track", np.stack([wave] * channels, axis=1), rate, format="FLAC", subtype="PCM_24")
    _, sound = run(tmp_path, AudioPlan(music=music("track", (1, 3), fade_in=0, fade_out=0)), 2 * RATE)
    middle = sound[RATE // 2 : RATE + RATE // 2, 0]
    wanted = np.sin(2 * np.pi * 1_000 * np.arange(len(middle)) / RATE)
    assert float(middle @ wanted) / np.linalg.norm(middle) / np.linalg.norm(wanted) > 0.99999


def test_vorbis_and_opus_tracks_are_mixed(tmp_path: Path) -> None:
    for subtype in ("VORBIS", "OPUS"):
        soundfile.write(tmp_path / subtype, drums(3), RATE, format="OGG", subtype=subtype)
        mixed, _ = run(tmp_path, AudioPlan(music=music(subtype, (0.5, 3))), 2 * RATE)
        assert mixed.loudness == pytest.approx(-14, abs=0.3)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, 99),
    st.floats(-30, 6),
    st.floats(-20, 0),
    st.sampled_from([-14.0, -16.0, -23.0]),
    st.sampled_from([-1.0, -2.0]),
)
def test_every_mix_has_its_loudness_and_stays_below_its_ceiling_even_after_aac(
    tmp_path: Path, seed: int, speech_db: float, music_db: float, loudness: float, ceiling: float
) -> None:
    files.write(tmp_path / "voice.wav", (voice(3, seed) * 10 ** (speech_db / 20)).astype(np.float32), RATE)
    files.write(tmp_path / "track.wav", drums(5, seed), RATE)
    plan = AudioPlan(
        speech=Source(path="voice.wav"),
        speech_start=24_000,
        spoken=spoken((0.5, 3.5)),
        music=music("track.wav", (1, 3), (0, 3), gain_db=music_db),
        loudness=loudness,
        true_peak=ceiling,
    )
    mixed, sound = run(tmp_path, plan, 5 * RATE - 123)
    played = heard(tmp_path)
    assert integrated(played, RATE) == pytest.approx(mixed.loudness, abs=0.02)
    assert true_peak(played, RATE) == pytest.approx(mixed.true_peak, abs=0.02)
    assert mixed.loudness == pytest.approx(loudness, abs=0.2)
    assert true_peak(sound, RATE) <= ceiling
    assert mixed.true_peak <= ceiling


def crackle(seconds: float) -> Wave:
    """Random steps from rail to rail: what a lossy encoder overshoots most."""
    rng = np.random.default_rng(5)
    steps = np.repeat(rng.choice([-0.3, 0.3], (round(seconds * RATE / 3), 2)), 3, axis=0)
    return steps.astype(np.float32)


def test_an_encoder_that_adds_decibels_to_peaks_is_allowed_for(tmp_path: Path) -> None:
    files.write(tmp_path / "track.wav", crackle(4), RATE)
    mixed, sound = run(tmp_path, AudioPlan(music=music("track.wav", (0, 4))), 4 * RATE, audio_bitrate=48_000)
    assert mixed.true_peak > true_peak(sound, RATE) + 0.5
    assert mixed.true_peak <= -1
    assert mixed.loudness == pytest.approx(-14, abs=0.3)


def test_peaks_that_only_the_encoder_puts_over_the_ceiling_are_brought_down(tmp_path: Path) -> None:
    """Of a sound that is as loud as it should be at the first try."""
    files.write(tmp_path / "voice.wav", voice(5), RATE)
    plan = AudioPlan(speech=Source(path="voice.wav"), loudness=-12)
    mixed, sound = run(tmp_path, plan, 6 * RATE, audio_bitrate=32_000)
    assert integrated(sound, RATE) == pytest.approx(-12, abs=0.1)
    assert true_peak(heard(tmp_path), RATE) == pytest.approx(mixed.true_peak, abs=0.02)
    assert mixed.true_peak <= -1


def test_an_encoder_that_leaves_out_what_is_high_is_allowed_for(tmp_path: Path) -> None:
    hiss = (0.05 * np.random.default_rng(1).standard_normal((4 * RATE, 2))).astype(np.float32)
    files.write(tmp_path / "track.wav", hiss, RATE)
    mixed, sound = run(tmp_path, AudioPlan(music=music("track.wav", (0, 4)), loudness=-20), 4 * RATE)
    assert integrated(sound, RATE) > -20 + 0.8
    assert integrated(heard(tmp_path), RATE) == pytest.approx(-20, abs=0.2)
    assert mixed.loudness == pytest.approx(-20, abs=0.2)


def test_a_loudness_that_peaks_leave_no_room_for_is_given_up_and_the_ceiling_held(tmp_path: Path) -> None:
    files.write(tmp_path / "clicks.wav", (np.arange(4 * RATE) % 9_600 == 0).astype(np.float32), RATE)
    mixed, _ = run(tmp_path, AudioPlan(music=music("clicks.wav", (0, 4))), 4 * RATE)
    assert mixed.loudness < -20
    assert true_peak(heard(tmp_path), RATE) <= -1


def test_what_is_heard_stands_on_the_sample_it_was_mixed_to_from_beginning_to_end(tmp_path: Path) -> None:
    samples = 16 * RATE + 567
    files.write(tmp_path / "drums.wav", drums(17), RATE)
    _, sound = run(tmp_path, AudioPlan(music=music("drums.wav", (0, 17), fade_out=0), loudness=-20), samples)
    played = heard(tmp_path)
    assert 0 <= len(played) - samples < 1024
    for at in (2_000, 8 * RATE, samples - RATE - 500):
        part, other = (each[at : at + RATE, 0].astype(float) for each in (sound, played))
        fits = np.fft.irfft(np.fft.rfft(part, 2 * RATE).conj() * np.fft.rfft(other, 2 * RATE))
        assert int(fits.argmax()) == 0


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path) -> None:
    files.write(tmp_path / "voice.wav", voice(2), RATE)
    soundfile.write(tmp_path / "track.ogg", drums(3), 44_100, format="OGG", subtype="VORBIS")
    plan = AudioPlan(speech=Source(path="voice.wav"), spoken=spoken((0, 2)), music=music("track.ogg", (1, 2), (0, 2)))
    run(tmp_path, plan, 3 * RATE)
    first = [(tmp_path / name).read_bytes() for name in ("out.m4a", "uncoded.wav")]
    run(tmp_path, plan, 3 * RATE)
    assert [(tmp_path / name).read_bytes() for name in ("out.m4a", "uncoded.wav")] == first


def test_sound_effects_are_as_loud_beside_the_speech_as_the_plan_says(tmp_path: Path) -> None:
    files.write(tmp_path / "voice.wav", 0.3 * voice(3), RATE)
    plan = AudioPlan(
        speech=Source(path="voice.wav"),
        spoken=spoken((0, 3)),
        effects=(SoundEffect(name="whoosh", at=round(4.5 * RATE), gain_db=-4),),
    )
    _, sound = run(tmp_path, plan, 6 * RATE)
    said, air = integrated(sound[: 3 * RATE], RATE), integrated(sound[4 * RATE : round(4.9 * RATE)], RATE)
    assert air - said == pytest.approx(-4, abs=1)
    assert not sound[round(3.1 * RATE) : 4 * RATE].any()


def test_silent_speech_over_silent_music_stays_silent(tmp_path: Path) -> None:
    files.write(tmp_path / "zero.wav", np.zeros(RATE, np.float32), RATE)
    plan = AudioPlan(speech=Source(path="zero.wav"), music=music("zero.wav", (0, 1)))
    mixed, sound = run(tmp_path, plan, RATE)
    assert not sound.any()
    assert mixed == Mixed(loudness=-70, true_peak=-120)


def test_speech_that_goes_on_in_silence_beyond_the_pictures_is_faded_and_not_refused(tmp_path: Path) -> None:
    files.write(tmp_path / "tone.wav", tone(3), RATE)
    plan = AudioPlan(speech=Source(path="tone.wav"), spoken=spoken((0, 2)))
    _, sound = run(tmp_path, plan, 2 * RATE + 57)
    assert high(np.concatenate([sound, np.zeros((4_800, 2), np.float32)])).max() < 0.002 * np.abs(sound).max()


def nothing(place: Path) -> None:
    del place


def no_sound(place: Path) -> None:
    (place / "a.wav").write_text("words")


def six_channels(place: Path) -> None:
    files.write(place / "a.wav", np.zeros((100, 6), np.float32), RATE)


def short(place: Path) -> None:
    files.write(place / "a.wav", tone(1), RATE)


@pytest.mark.parametrize("make", [nothing, no_sound, six_channels])
@pytest.mark.parametrize("part", ["audio.speech", "audio.music.track"])
def test_sound_that_cannot_be_used_is_named_with_its_place_and_leaves_nothing(
    tmp_path: Path, make: Callable[[Path], None], part: str
) -> None:
    make(tmp_path)
    plan = AudioPlan(speech=Source(path="a.wav")) if part == "audio.speech" else AudioPlan(music=music("a.wav", (0, 1)))
    before = set(tmp_path.iterdir())
    with pytest.raises(InputError) as caught:
        run(tmp_path, plan, RATE)
    assert caught.value.message.startswith(f"{part}: ")
    assert "a.wav" in caught.value.message
    assert set(tmp_path.iterdir()) == before


def test_speech_from_a_container_is_what_the_same_samples_are_as_wav(tmp_path: Path) -> None:
    said = np.repeat(voice(1.5)[:, None], 2, axis=1)
    with open_sound(compressed(tmp_path / "said.m4a", said, RATE)) as sound:
        files.write(tmp_path / "said.wav", np.concatenate(list(sound.blocks())), RATE, "FLOAT")
    mixes = [
        run(tmp_path, AudioPlan(speech=Source(path=name), speech_start=RATE // 4), 2 * RATE)
        for name in ("said.m4a", "said.wav")
    ]
    assert mixes[0][0] == mixes[1][0]
    assert np.array_equal(mixes[0][1], mixes[1][1])
    assert np.abs(mixes[0][1][RATE // 4 :]).max() > 0.1


def test_a_span_beyond_the_track_is_named(tmp_path: Path) -> None:
    short(tmp_path)
    with pytest.raises(InputError, match=r"audio\.music\.spans\[1\]: it asks for samples 24000 to 96000"):
        run(tmp_path, AudioPlan(music=music("a.wav", (0, 0.5), (0.5, 2))), RATE)


def test_speech_that_the_pictures_would_cut_off_is_refused(tmp_path: Path) -> None:
    short(tmp_path)
    with pytest.raises(InputError, match=r"until 0\.95 s, but the pictures end at 0\.50 s"):
        run(tmp_path, AudioPlan(speech=Source(path="a.wav"), spoken=spoken((0, 0.95))), RATE // 2)


class Stopped(BaseException):
    pass


def test_a_mix_stopped_at_any_moment_leaves_nothing_behind(tmp_path: Path) -> None:
    """While it is read, mixed, encoded as AAC and listened to."""
    files.write(tmp_path / "track.wav", drums(1), RATE)
    plan, asked = AudioPlan(music=music("track.wav", (0, 1))), 0

    def stopped_at(last: int) -> None:
        nonlocal asked
        asked = 0

        def check() -> None:
            nonlocal asked
            asked += 1
            if asked > last:
                raise Stopped

        mix(plan, RATE, lambda source: tmp_path / (source.path or ""), tmp_path / "out.m4a", check)

    stopped_at(10**9)
    (tmp_path / "out.m4a").unlink()
    assert asked > 40
    for last in range(asked):
        with pytest.raises(Stopped):
            stopped_at(last)
        assert [path.name for path in tmp_path.iterdir()] == ["track.wav"]


def test_memory_does_not_grow_with_the_sounds_length(tmp_path: Path) -> None:
    def peak(seconds: int) -> int:
        files.write(tmp_path / "a.wav", tone(seconds), RATE)
        plan = AudioPlan(music=music("a.wav", (0, seconds)))
        tracemalloc.start()
        try:
            mix(plan, seconds * RATE, lambda _: tmp_path / "a.wav", tmp_path / "out.m4a", lambda: None)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(24) - peak(4) < 1_500_000
