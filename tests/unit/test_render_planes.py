import cv2
import numpy as np
import pytest

from reelforge.domain.timeline import Size
from reelforge.render.motion import Extent, View
from reelforge.render.parallax import Layered
from reelforge.render.planes import Planes, rgb_from_planes, small_rgb, yuv_from_rgb
from reelforge.render.still import Scratch, Still
from reelforge.render.surround import surrounded_planes


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


COLOURS = np.array([(255, 255, 255), (0, 0, 0), (255, 0, 0), (0, 255, 255), (0, 0, 255), (255, 255, 0)], np.uint8)


def _checkered(cells):
    return COLOURS[np.random.default_rng(4).integers(0, len(COLOURS), (cells, cells))].repeat(4, 0).repeat(4, 1)


def _beyond_limits(frame):
    """By how many levels."""
    chroma = np.stack([frame.u, frame.v]).astype(int)
    return max(0, 16 - int(frame.y.min()), int(frame.y.max()) - 235, 16 - chroma.min(), chroma.max() - 240)


def test_a_picture_with_hard_edges_stays_within_the_limits_of_video_when_it_is_enlarged():
    frame = Planes.empty(Size(width=128, height=128))
    for cells in (8, 12, 20):
        _draw(_checkered(cells), View(1.0, 1.0, 4.0 * cells - 2, 4.0 * cells - 2), frame)
        assert _beyond_limits(frame) == 0


def test_so_it_does_in_layers_and_so_does_a_clip_on_its_blurred_surround():
    size, view = Size(width=128, height=128), View(1.0, 1.0, 46.0, 46.0)
    frame, mask = Planes.empty(size), np.zeros((48, 48), np.uint8)
    mask[12:36, 12:36] = 255
    layered = Layered.prepare(_checkered(12), mask, (48, 48), Extent.of([view]), size)
    layered.draw(view, view, frame, Scratch(size))
    assert _beyond_limits(frame) <= 1  # both layers are rounded
    clip = Planes.empty(Size(width=48, height=32))
    yuv = yuv_from_rgb(_checkered(12))[:32]
    clip.y[:], clip.u[:], clip.v[:] = yuv[..., 0], yuv[::2, ::2, 1], yuv[::2, ::2, 2]
    surrounded_planes(clip, frame)
    assert _beyond_limits(frame) == 0


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
