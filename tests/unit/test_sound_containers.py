"""Sound in containers: read like any other, and told when it is not whole."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
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
