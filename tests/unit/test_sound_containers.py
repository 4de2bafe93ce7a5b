"""Sound in containers: read like any other, and told when it is not whole."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from reelforge.errors import InputError
from reelforge.sound.containers import ContainedSound, open_sound
from reelforge.sound.files import Sound, write
from reelforge.testing.compressed import compressed

RATE = 44_100


@pytest.fixture(scope="module")
def sweep() -> NDArray[np.float32]:
    time = np.arange(3 * RATE) / RATE
    return np.stack([0.3 * np.sin(2 * np.pi * (200 + 150 * time) * time)] * 2, 1).astype(np.float32)


@pytest.mark.parametrize("size", [1_000, 1 << 16, 10 * RATE])
def test_blocks_of_any_size_are_the_same_sound_in_its_own_rate(
    sweep: NDArray[np.float32], size: int, tmp_path: Path
) -> None:
    with open_sound(compressed(tmp_path / "in.m4a", sweep, RATE)) as sound:
        assert (sound.rate, sound.channels) == (RATE, 2)
        blocks = list(sound.blocks(size))
        assert all(len(block) == size for block in blocks[:-1])
        heard = np.concatenate(blocks)
        assert len(heard) == sound.frames
    assert len(heard) == pytest.approx(len(sweep), abs=2_048)
    assert float(np.abs(heard[2_000:100_000] - sweep[2_000:100_000]).max()) < 0.02


def test_what_libsndfile_reads_is_left_to_it(sweep: NDArray[np.float32], tmp_path: Path) -> None:
    write(tmp_path / "in.wav", sweep, RATE)
    (tmp_path / "in.wav").rename(tmp_path / "misnamed.m4a")
    with open_sound(tmp_path / "misnamed.m4a") as sound:
        assert isinstance(sound, Sound)
    with open_sound(compressed(tmp_path / "misnamed.wav", sweep, RATE)) as other:
        assert isinstance(other, ContainedSound)


def test_a_file_that_ends_between_packets_sooner_than_it_says_is_cut_short(
    sweep: NDArray[np.float32], tmp_path: Path
) -> None:
    path = compressed(tmp_path / "in.m4a", sweep, RATE, movflags="faststart")
    with av.open(str(path)) as container:
        ends = [packet.pos + packet.size for packet in container.demux(audio=0) if packet.pos]
    path.write_bytes(path.read_bytes()[: ends[len(ends) // 2]])
    with pytest.raises(InputError, match=r"in\.m4a is cut short"), open_sound(path) as sound:
        list(sound.blocks())


def zeroed(data: bytes) -> bytes:
    return data[: len(data) // 2] + bytes(len(data) - len(data) // 2)


@pytest.mark.parametrize("damage", [zeroed, lambda data: data[:12], lambda data: data[:400]])
def test_a_damaged_file_is_a_sentence_that_names_it(
    sweep: NDArray[np.float32], damage: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = compressed(tmp_path / "in.m4a", sweep, RATE, movflags="faststart")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match=r"in\.m4a is damaged"), open_sound(path) as sound:
        list(sound.blocks())


def test_a_tag_that_is_not_utf_8_is_no_hindrance(sweep: NDArray[np.float32], tmp_path: Path) -> None:
    path = compressed(tmp_path / "in.m4a", sweep, RATE)
    data = path.read_bytes()
    assert data.count(b"Lavf") == 1
    path.write_bytes(data.replace(b"Lavf", b"Caf\xe9"))
    with open_sound(path) as sound:
        assert sound.frames == pytest.approx(len(sweep), abs=2_048)


def tone(channels: int, rate: int) -> NDArray[np.float32]:
    wave = 0.3 * np.sin(2 * np.pi * 440 * np.arange(2 * rate) / rate)
    return np.repeat(wave[:, None], channels, 1).astype(np.float32)


@pytest.mark.parametrize(("channels", "rate"), [(1, RATE), (2, 22_050), (1, 48_000)])
@pytest.mark.parametrize("turned", [False, True])
def test_streams_joined_as_they_are_sound_alike_to_the_end(
    channels: int, rate: int, turned: bool, tmp_path: Path
) -> None:
    kinds = [(2, RATE), (channels, rate)][:: -1 if turned else 1]
    path = tmp_path / "joined.aac"
    path.write_bytes(
        b"".join(compressed(tmp_path / "part", tone(*kind), kind[1], "aac", "adts").read_bytes() for kind in kinds)
    )
    with open_sound(path) as sound:
        assert (sound.channels, sound.rate) == kinds[0]
        heard = np.concatenate(list(sound.blocks()))
    assert len(heard) / sound.rate == pytest.approx(4, abs=0.2)
    for second in (0.5, 3.0):
        part = heard[int(second * sound.rate) :][: sound.rate // 2]
        assert np.argmax(np.abs(np.fft.rfft(part[:, 0]))) == 220  # in half a second
        assert float(part.std()) == pytest.approx(0.3 / 2**0.5, rel=0.02)


def test_a_name_is_never_taken_for_an_address(
    sweep: NDArray[np.float32], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    compressed(tmp_path / "other.m4a", sweep, RATE)
    for name in ("take:2.m4a", "concat:other.m4a"):
        compressed(tmp_path / "own", sweep[:RATE], RATE).rename(tmp_path / name)
        with open_sound(Path(name)) as sound:
            assert sound.frames == pytest.approx(RATE, abs=2_048)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("#EXTM3U\n#EXTINF:3,\nother.m4a\n#EXT-X-ENDLIST\n", "is not a sound file that can be read"),
        ("ffconcat version 1.0\nfile other.m4a\n", "is not a sound file that can be read"),
        ("v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n", "is not a sound file that can be read"),
        ("v=0\nftyp=x\no=- 0 0 IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n", "is damaged"),
    ],
)
def test_a_text_that_names_other_sounds_is_none(
    text: str, told: str, sweep: NDArray[np.float32], tmp_path: Path
) -> None:
    compressed(tmp_path / "other.m4a", sweep, RATE)
    (tmp_path / "in.m4a").write_text(text)
    with pytest.raises(InputError, match=rf"in\.m4a {told}"):
        open_sound(tmp_path / "in.m4a")


@pytest.mark.parametrize("garbage", [bytes(3_000), b"LYRICSBEGIN " * 200, b"\x12\x34" * 500])
def test_an_mp3_is_read_in_silence_whatever_stands_around_its_frames(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], garbage: bytes
) -> None:
    path = tmp_path / "song.mp3"
    soundfile.write(path, 0.3 * np.sin(np.arange(480_000) / 20), 48_000, format="MP3")
    whole = path.read_bytes()
    tag = b"ID3\x04\x00\x00\x00\x00\x02\x00" + bytes(256)
    path.write_bytes(tag + whole[:6_000] + garbage[:80] + whole[6_000:] + garbage)
    with open_sound(path) as sound:
        assert abs(sum(map(len, sound.blocks())) - 480_000) < 6 * 1_152
    assert capfd.readouterr().err == ""


def test_half_an_mp3_that_counts_its_frames_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    soundfile.write(path, 0.3 * np.sin(np.arange(480_000) / 20), 48_000, format="MP3")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="cut short"), open_sound(path) as sound:
        list(sound.blocks())


@pytest.mark.parametrize("garbage", [b"\0", b"\x12\x34\xff"])
def test_an_mp3_with_a_hole_in_the_middle_is_damaged_and_not_shorter(tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "song.mp3"
    soundfile.write(path, 0.3 * np.sin(np.arange(480_000) / 20), 48_000, format="MP3")
    whole = path.read_bytes().replace(b"Xing", b"    ").replace(b"Info", b"    ")
    third = len(whole) // 3
    path.write_bytes(whole[:third] + (garbage * third)[: third // 2] + whole[third + third // 2 :])
    with pytest.raises(InputError, match="parts of it are no sound"), open_sound(path) as sound:
        list(sound.blocks())
