"""Taking in a person's recording: any format becomes a mono narration at its loudness; bad files are sentences."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.engines.align import intake
from reelforge.engines.align.intake import Taken, master, take_in
from reelforge.errors import InputError
from reelforge.sound.dynamics import speech_chain
from reelforge.sound.files import read, write
from reelforge.sound.loudness import integrated, true_peak

Sound = NDArray[np.float32]


def nothing() -> None:
    """Nobody cancels."""


def voice(seconds: float, rate: int) -> Sound:
    """A buzz in syllables."""
    time = np.arange(round(seconds * rate)) / rate
    tone = sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 12))
    return (0.1 * tone * (np.sin(2 * np.pi * 2.2 * time) > -0.3)).astype(np.float32)


def encoded(path: Path, sound: Sound, rate: int, codec: str, container: str) -> Path:
    """(n, 2) as a compressed file."""
    with av.open(str(path), "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.T), format="fltp", layout="stereo")
        frame.sample_rate = rate
        resampler = av.AudioResampler(format=stream.codec_context.format, layout="stereo", rate=rate)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return path


def taken(path: Path, folder: Path) -> tuple[Taken, Sound]:
    """What was decoded, before mastering."""
    result = take_in(path, folder / "raw", nothing)
    return result, np.fromfile(folder / "raw", np.float32)


@pytest.mark.parametrize(
    ("codec", "container", "rate"), [("aac", "mp4", 44_100), ("aac", "adts", 44_100), ("libopus", "webm", 48_000)]
)
def test_compressed_recordings_come_out_as_they_sounded(codec: str, container: str, rate: int, tmp_path: Path) -> None:
    sound = voice(2, rate)
    path = encoded(tmp_path / "in", np.stack([sound, sound], 1), rate, codec, container)
    result, samples = taken(path, tmp_path)
    assert len(samples) == result.samples == pytest.approx(2 * SAMPLE_RATE, abs=SAMPLE_RATE // 10)
    assert result.loudness == pytest.approx(integrated(sound, rate), abs=1)


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 96_000])
def test_every_rate_becomes_48_khz_of_the_same_length(rate: int, tmp_path: Path) -> None:
    write(tmp_path / "in.wav", voice(1, rate), rate)
    result, samples = taken(tmp_path / "in.wav", tmp_path)
    assert result.samples == len(samples) == SAMPLE_RATE


@pytest.mark.parametrize(("left", "right"), [(1, 1), (1, 0), (0, 1), (1, -1)])
def test_a_voice_in_one_channel_in_both_or_in_opposite_phase_is_heard(left: int, right: int, tmp_path: Path) -> None:
    sound = voice(1, SAMPLE_RATE)
    write(tmp_path / "in.wav", np.stack([left * sound, right * sound], 1), SAMPLE_RATE)
    result, _ = taken(tmp_path / "in.wav", tmp_path)
    assert result.loudness > integrated(sound, SAMPLE_RATE) - 7


def test_a_narration_is_made_of_it_as_of_a_voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "_PART", 32 * 6_000)
    monkeypatch.setattr(intake, "_CONTEXT", 32 * 1_500)
    sound = voice(11, SAMPLE_RATE)
    write(tmp_path / "in.wav", sound, SAMPLE_RATE)
    result, _ = taken(tmp_path / "in.wav", tmp_path)
    master(tmp_path / "raw", result, tmp_path / "out.flac", -16, -1, nothing)
    made, rate = read(tmp_path / "out.flac")
    assert (len(made), rate) == (len(sound), SAMPLE_RATE)
    assert integrated(made, rate) == pytest.approx(-16, abs=0.1)
    assert true_peak(made, rate) <= -1
    whole = speech_chain(sound, SAMPLE_RATE, -16, -1)
    assert float(np.abs(made - whole).max()) < 0.01


def test_clipping_is_noticed_and_loud_speech_is_not_called_clipped(tmp_path: Path) -> None:
    sound = voice(1, SAMPLE_RATE)
    sound *= np.linspace(0.2, 1, len(sound), dtype=np.float32)
    loud = sound / np.abs(sound).max()
    write(tmp_path / "loud.wav", loud, SAMPLE_RATE)
    write(tmp_path / "clipped.wav", np.clip(3 * loud, -1, 1), SAMPLE_RATE, "PCM_16")
    assert not taken(tmp_path / "loud.wav", tmp_path)[0].clipped
    assert taken(tmp_path / "clipped.wav", tmp_path)[0].clipped


def test_silence_has_no_loudness(tmp_path: Path) -> None:
    write(tmp_path / "in.wav", np.zeros(SAMPLE_RATE, np.float32), SAMPLE_RATE)
    result, _ = taken(tmp_path / "in.wav", tmp_path)
    assert result.loudness == float("-inf")


def truncated(data: bytes) -> bytes:
    return data[: len(data) // 2]


def overwritten(data: bytes) -> bytes:
    return data[:2000] + bytes(len(data) - 2000)


def junk(_data: bytes) -> bytes:
    return np.random.default_rng(0).bytes(50_000)


@pytest.mark.parametrize("damage", [truncated, overwritten, junk, lambda _data: b""])
def test_a_damaged_file_is_a_sentence_about_it(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    sound = voice(3, 44_100)
    path = encoded(tmp_path / "in.m4a", np.stack([sound, sound], 1), 44_100, "aac", "mp4")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match=r"in\.m4a"):
        take_in(path, tmp_path / "raw", nothing)


def test_a_missing_file_and_a_picture_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be opened: No such file"):
        take_in(tmp_path / "none.wav", tmp_path / "raw", nothing)
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(InputError, match="not a sound file"):
        take_in(tmp_path / "picture.png", tmp_path / "raw", nothing)


def test_a_film_without_sound_is_a_sentence(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "film.mp4"), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        out.mux(stream.encode(None))
    with pytest.raises(InputError, match="There is no sound"):
        take_in(tmp_path / "film.mp4", tmp_path / "raw", nothing)
