"""Reading and writing sound files."""

import os
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from reelforge.errors import InputError
from reelforge.sound import files
from reelforge.sound.files import FloatWav, Sound, read, write


def tone(count: int = 24_000, channels: int = 1) -> files.Samples:
    wave = 0.5 * np.sin(np.arange(count) * 0.05)
    return np.stack([wave] * channels, axis=1).astype(np.float32) if channels > 1 else wave.astype(np.float32)


@pytest.mark.parametrize(
    ("name", "subtype", "error"),
    [("a.wav", None, 0), ("a.wav", "PCM_16", 2**-15), ("a.wav", "PCM_24", 2**-23), ("a.flac", None, 2**-23)],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_what_is_written_is_read_again(
    tmp_path: Path, name: str, subtype: files.Subtype | None, error: float, channels: int
) -> None:
    samples = tone(channels=channels)
    write(tmp_path / name, samples, 48_000, subtype)
    again, rate = read(tmp_path / name)
    assert rate == 48_000
    assert again.dtype == np.float32
    assert again.shape == samples.shape
    assert np.abs(again - samples).max() <= error


@pytest.mark.parametrize("kind", [("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"), ("FLAC", "PCM_16")])
def test_compressed_files_are_read_whatever_they_are_called(tmp_path: Path, kind: tuple[str, str]) -> None:
    path = tmp_path / "asset"
    soundfile.write(path, tone(), 48_000, format=kind[0], subtype=kind[1])
    samples, rate = read(path)
    assert (samples.shape, rate) == ((24_000,), 48_000)


def test_float_files_keep_what_is_louder_than_full_scale(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", 3 * tone(), 48_000)
    assert np.array_equal(read(tmp_path / "a.wav")[0], 3 * tone())


def chunks(data: bytes) -> dict[bytes, int]:
    """Names and sizes of a RIFF file's chunks."""
    found, at = {}, 12
    while at + 8 <= len(data):
        name, size = struct.unpack("<4sI", data[at : at + 8])
        found[name] = size
        at += 8 + size + size % 2
    return found


def test_a_float_wav_holds_format_and_samples_and_no_time_of_writing(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", tone(1000, 2), 48_000)
    data = (tmp_path / "a.wav").read_bytes()
    assert chunks(data) == {b"fmt ": 18, b"fact": 4, b"data": 8000}
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8


def test_a_wav_past_four_gigabytes_gets_64_bit_lengths() -> None:
    frames = 4 * 3600 * 48_000 + 1
    header = files._header(48_000, 2, frames)
    assert header[:4] == b"RF64"
    riff, data, count = struct.unpack("<QQQ", header[20:44])
    assert (data, count) == (frames * 8, frames)
    assert riff == len(header) - 8 + data


def test_libsndfile_reads_our_64_bit_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_LARGEST_RIFF", 100)
    write(tmp_path / "a.wav", tone(1001, 2), 48_000)
    assert soundfile.info(tmp_path / "a.wav").format == "RF64"
    assert np.array_equal(read(tmp_path / "a.wav")[0], tone(1001, 2))


def test_blocks_are_the_file_in_order(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", tone(10_007, 2), 44_100)
    with Sound(tmp_path / "a.wav") as sound:
        blocks = list(sound.blocks(1_000))
    assert [len(block) for block in blocks] == [1_000] * 10 + [7]
    assert np.array_equal(np.concatenate(blocks), tone(10_007, 2))


def missing(path: Path) -> None:
    assert not path.exists()


def folder(path: Path) -> None:
    path.mkdir()


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("not a sound, " * 100)


def no_frames(path: Path) -> None:
    write(path, tone(0), 48_000)


def cut_wav(path: Path) -> None:
    write(path, tone(), 48_000)
    os.truncate(path, 30_000)


def cut_flac(path: Path) -> None:
    soundfile.write(path, np.random.default_rng(0).standard_normal(48_000) * 0.1, 48_000, format="FLAC")
    os.truncate(path, 40_000)


def cut_mp3(path: Path) -> None:
    soundfile.write(path, tone(480_000), 48_000, format="MP3")
    os.truncate(path, path.stat().st_size // 2)


def not_numbers(path: Path) -> None:
    write(path, np.full(100, np.nan, np.float32), 48_000)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (missing, "No such file"),
        (folder, "directory"),
        (nothing, "not a sound file"),
        (text, "not a sound file"),
        (no_frames, "is empty"),
        (cut_wav, "cut short"),
        (cut_flac, "cut short"),
        (cut_mp3, "cut short"),
        (not_numbers, "not numbers"),
    ],
)
@pytest.mark.parametrize("name", ["voice.wav", "voice.raw", "voice"])
def test_a_file_that_cannot_be_used_gets_one_sentence_that_names_it(
    tmp_path: Path, make: Callable[[Path], None], says: str, name: str
) -> None:
    made = tmp_path / "made.wav"
    make(made)
    path = tmp_path / name
    if made.exists() and path != made:
        made.rename(path)
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(path) in caught.value.message
    assert says in caught.value.message or (name == "voice.raw" and "not a sound file" in caught.value.message)


def test_a_file_of_five_hours_is_refused_before_it_is_read(tmp_path: Path) -> None:
    frames = 5 * 3600 * 8_000
    with (tmp_path / "long.wav").open("wb") as file:
        file.write(files._header(8_000, 1, frames))
        file.truncate(len(files._header(8_000, 1, frames)) + 4 * frames)
    with pytest.raises(InputError, match=r"5\.0 hours"):
        Sound(tmp_path / "long.wav")


def test_a_wav_written_into_a_pipe_is_read_although_its_length_is_unknown(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", tone(1_000), 48_000)
    data = bytearray((tmp_path / "a.wav").read_bytes())
    data[4:8] = b"\xff" * 4
    data[data.index(b"data") + 4 : data.index(b"data") + 8] = b"\xff" * 4
    (tmp_path / "a.wav").write_bytes(data)
    assert len(read(tmp_path / "a.wav")[0]) == 1_000


def test_an_unfinished_float_wav_is_removed(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), FloatWav(tmp_path / "a.wav", 48_000, 2, 100):
        raise ZeroDivisionError
    with pytest.raises(ValueError, match="40 frames are missing"), FloatWav(tmp_path / "a.wav", 48_000, 1, 100) as file:
        file.write(tone(60))
    assert not list(tmp_path.iterdir())
