import cv2
import numpy as np
import pytest

from reelforge.domain.timeline import Size
from reelforge.render.motion import Extent, View
from reelforge.render.planes import Planes, rgb_from_planes, small_rgb, yuv_from_rgb
from reelforge.render.still import Scratch, Still


def _draw(rgb, view, frame):
    """A picture drawn into a square frame from one view."""
    height, width = rgb.shape[:2]
    size = Size(width=frame.y.shape[1], height=frame.y.shape[0])
    Still.prepare(rgb, (width, height), Extent.of([view]), size).draw(view, frame, Scratch(size))


def _reference(rgb):
    """ITU-R BT.709-6 items 3.2 and 3.4–3.5, in plain arithmetic."""
    red, green, blue = (rgb[..., channel].astype(float) / 255 for channel in range(3))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return np.stack([16 + 219 * luma, 128 + 224 * (blue - luma) / 1.8556, 128 + 224 * (red - luma) / 1.5748], -1)


def test_srgb_becomes_bt709_limited_range_to_the_nearest_value():
    levels = np.array(np.meshgrid(*[range(0, 256, 15)] * 3)).reshape(3, -1).T.astype(np.uint8)
    assert (
        np.abs(yuv_from_rgb(levels[None]).astype(float) - _reference(levels[None])).max() <= 0.7
    )  # OpenCV's matrix has ten bits


@pytest.mark.parametrize(
    ("rgb", "yuv"),
    [
        ((255, 255, 255), (235, 128, 128)),
        ((0, 0, 0), (16, 128, 128)),
        ((255, 0, 0), (63, 102, 240)),
        ((0, 255, 0), (173, 42, 26)),
        ((0, 0, 255), (32, 240, 118)),
    ],
)
def test_the_primaries_have_their_standard_codes(rgb, yuv):
    assert tuple(yuv_from_rgb(np.array([[rgb]], np.uint8))[0, 0]) == yuv


def test_a_drawn_still_keeps_its_colours_within_2():
    size = Size(width=64, height=64)
    for colour in ((255, 0, 0), (12, 200, 90), (250, 240, 10), (128, 128, 128)):
        frame = Planes.empty(size)
        _draw(np.full((64, 64, 3), colour, np.uint8), View(3.0, 4.0, 57.3, 57.3), frame)
        assert np.abs(rgb_from_planes(frame).astype(int) - colour).max() <= 2


def test_the_three_planes_lie_one_after_another_for_the_encoder():
    frame = Planes.empty(Size(width=16, height=32))
    frame.y[:], frame.u[:], frame.v[:] = 1, 2, 3
    assert bytes(frame.flat.data.cast("B")) == b"\1" * 512 + b"\2" * 128 + b"\3" * 128


def test_chroma_is_sited_on_the_even_luma_columns():
    """Red grows by 4 a column: the chroma sample of column c has the value of luma column 2c, not of the middle between
    2c and 2c + 1.
    """
    size, slope = Size(width=64, height=64), 224 * 0.7874 / 1.5748 / 255
    ramp = np.zeros((64, 64, 3), np.uint8)
    ramp[..., 0] = np.arange(64) * 4
    frame = Planes.empty(size)
    _draw(ramp, View(0.0, 0.0, 64.0, 64.0), frame)
    columns = np.arange(10, 54, 2)
    reds = (frame.v[16:48, columns // 2].mean(axis=0) - 128) / slope
    offset = reds / 4 - columns
    assert abs(offset.mean()) < 0.1  # in luma columns; siting in the middle would give 0.5


def test_a_thumbnail_looks_like_its_frame():
    size = Size(width=128, height=128)
    rgb = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 256, (128, 128, 3), np.uint8), (0, 0), 9)
    frame = Planes.empty(size)
    _draw(rgb, View(0.0, 0.0, 128.0, 128.0), frame)
    wanted = cv2.resize(rgb, (32, 32), interpolation=cv2.INTER_AREA)
    assert np.abs(small_rgb(frame, (32, 32)).astype(int) - wanted).max() <= 6
