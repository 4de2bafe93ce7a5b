"""Taking in a person's recording: any format becomes a mono narration at its loudness; bad files are sentences."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.engines.align.intake import Taken, take_in
from reelforge.errors import InputError
from reelforge.sound.files import write
from reelforge.sound.loudness import integrated
from reelforge.sound.tape import Tape
from reelforge.testing.compressed import compressed

Sound = NDArray[np.float32]


def nothing() -> None:
    """Nobody cancels."""


def voice(seconds: float, rate: int) -> Sound:
    """A buzz in syllables."""
    time = np.arange(round(seconds * rate)) / rate
    tone = sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 12))
    return (0.1 * tone * (np.sin(2 * np.pi * 2.2 * time) > -0.3)).astype(np.float32)


def taken(path: Path, folder: Path) -> tuple[Taken, Sound]:
    """What was decoded, before mastering."""
    with Tape(folder / "raw") as tape:
        result = take_in(path, tape, nothing)
        return result, tape.read(0, len(tape))


@pytest.mark.parametrize(
    ("codec", "container", "rate"), [("aac", "mp4", 44_100), ("aac", "adts", 44_100), ("libopus", "webm", 48_000)]
)
def test_compressed_recordings_come_out_as_they_sounded(codec: str, container: str, rate: int, tmp_path: Path) -> None:
    sound = voice(2, rate)
    path = compressed(tmp_path / "in", np.stack([sound, sound], 1), rate, codec, container)
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
    path = compressed(tmp_path / "in.m4a", np.stack([sound, sound], 1), 44_100, "aac", "mp4")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match=r"in\.m4a"):
        taken(path, tmp_path)


def test_a_missing_file_and_a_picture_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be opened: No such file"):
        taken(tmp_path / "none.wav", tmp_path)
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(InputError, match="not a sound file"):
        taken(tmp_path / "picture.png", tmp_path)


def test_a_film_without_sound_is_a_sentence(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "film.mp4"), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        out.mux(stream.encode(None))
    with pytest.raises(InputError, match="There is no sound"):
        taken(tmp_path / "film.mp4", tmp_path)
