"""The record of composed frames that the quality check goes by."""

import tracemalloc

import numpy as np
import pytest

from reelforge.domain.timeline import Size
from reelforge.render.looks import Looks
from reelforge.render.planes import Planes

SIZE = Size(width=144, height=256)


@pytest.fixture
def looks():
    chance = np.random.default_rng(0)
    planes = Planes.black(SIZE)
    found = Looks.room(SIZE, 9)
    for _ in range(7):
        planes.flat[:] = chance.integers(0, 256, planes.flat.shape, np.uint8)
        found.add(planes)
    return found


def test_a_record_of_frames_survives_being_kept_and_joined(looks):
    parts = [Looks.from_bytes(looks.to_bytes()) for _ in range(2)]
    joined = Looks.joined(parts)
    assert joined.count == 2 * looks.count
    assert np.array_equal(joined.y[looks.count :], looks.y[: looks.count])
    assert np.array_equal(joined.v[: looks.count], looks.v[: looks.count])


def _parts(looks):
    return [Looks.from_bytes(looks.to_bytes()) for _ in range(3)]


def test_records_of_a_whole_video_read_from_a_file_are_those_that_were_joined(looks, tmp_path):
    parts = _parts(looks)
    mapped, joined = Looks.mapped(iter(parts), 21, tmp_path / "looks"), Looks.joined(parts)
    assert mapped.to_bytes() == joined.to_bytes()
    assert mapped.count == 21
    other = Looks.of(Planes.black(Size(width=256, height=144)))
    for wrong, frames in (([*parts, other], 22), (parts, 20), (parts, 22)):
        with pytest.raises(ValueError, match=r"does not fit|21 frames were noted, where there are 22"):
            Looks.mapped(wrong, frames, tmp_path / "wrong")


def test_the_records_of_hours_need_no_more_memory_than_those_of_minutes(tmp_path):
    def peak(frames):
        part = Looks.room(Size(), 60)
        part.count = 60
        tracemalloc.start()
        try:
            looks = Looks.mapped((part for _ in range(frames // 60)), frames, tmp_path / str(frames))
            assert looks.y.shape == (frames, 64, 36)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(12_000) < peak(600) + 100_000


@pytest.mark.parametrize(("size", "most"), [((1080, 1920), 2_592), ((3840, 2160), 2_592), ((16, 8192), 4_896)])
def test_a_frame_is_recorded_in_a_few_kilobytes_whatever_its_size(size, most):
    room = Looks.room(Size(width=size[0], height=size[1]), 1)
    assert room.y.nbytes + room.u.nbytes + room.v.nbytes == most


@pytest.mark.parametrize("spoil", [lambda data: data[:-1], lambda data: b"x" + data[1:], lambda data: data[:5]])
def test_a_damaged_record_is_refused(looks, spoil):
    with pytest.raises(ValueError, match="record of frames"):
        Looks.from_bytes(spoil(looks.to_bytes()))


@pytest.mark.parametrize(
    ("width", "height", "grid"),
    [(1080, 1920, (64, 36)), (1920, 1080, (36, 64)), (1080, 1080, (48, 48)), (16, 16, (48, 48))],
)
def test_a_record_is_the_means_of_cells_in_the_shape_of_the_frame(width, height, grid):
    planes = Planes.black(Size(width=width, height=height))
    planes.y[: height // 2] = 200
    planes.u[:, width // 4 :] = 90
    looks = Looks.of(planes)
    assert looks.y.shape == (1, *grid)
    assert looks.u.shape == (1, grid[0] // 4, grid[1] // 4)
    assert looks.y[0, 0, 0] == 200
    assert looks.y[0, -1, 0] == 16
    assert (looks.u[0, 0, 0], looks.u[0, 0, -1]) == (128, 90)


def test_no_more_frames_are_noted_than_there_is_room_for(looks):
    looks.add(Planes.black(SIZE))
    looks.add(Planes.black(SIZE))
    with pytest.raises(IndexError):
        looks.add(Planes.black(SIZE))
