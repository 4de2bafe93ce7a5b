"""The record of composed frames that the quality check goes by."""

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
    whole = Looks.room(SIZE, 2 * looks.count)
    for part in parts:
        whole.extend(part)
    assert whole.to_bytes() == joined.to_bytes()
    for other in (parts[0], Looks.of(Planes.black(Size(width=256, height=144)))):
        with pytest.raises(ValueError, match="does not fit"):
            whole.extend(other)


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
