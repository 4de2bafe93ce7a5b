"""What is a flash that can trigger seizures, and what is none: composed frames looked at without a file."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelforge.domain.timeline import Motion, Rate, Shot, Size, Source, Timeline
from reelforge.render.checks.flash import _LEAST_RED, _calm, _Flicker, _followed, _luminance, _reddish, _redness, check
from reelforge.render.evidence import Evidence
from reelforge.render.looks import Looks
from reelforge.render.planes import Planes, yuv_from_rgb

SIZE, RATE = Size(width=144, height=256), Rate()
GREY, LIGHT = (90, 90, 90), (160, 160, 160)


def _flash(draw, frames=120, rate=RATE):
    """The names of the checks that fail for frames drawn so."""
    looks, planes = Looks.room(SIZE, frames), Planes.black(SIZE)
    for number in range(frames):
        draw(planes, number)
        looks.add(planes)
    shot = Shot(picture=Source(path="a.png"), frames=frames, motion=Motion())
    timeline = Timeline(size=SIZE, rate=rate, shots=(shot,))
    found = check(Evidence(timeline=timeline, size=0, boxes=(), picture=None, sound=None, keys=(), looks=looks))
    return {each.name for each in found if not each.passed}


def _flashing(every, one, other, share=1.0):
    """The upper part of a grey screen goes from one colour to the other and back, each for ``every`` frames."""

    def draw(out, number):
        kept = round(share * SIZE.height / 2) * 2
        y, u, v = yuv_from_rgb(np.array([[one if number // every % 2 else other]], np.uint8))[0, 0]
        out.y[:], out.u[:], out.v[:] = 100, 128, 128
        out.y[:kept], out.u[: kept // 2], out.v[: kept // 2] = y, u, v

    return draw


@pytest.mark.parametrize(
    ("draw", "why"),
    [
        (_flashing(5, GREY, LIGHT), "three flashes a second"),
        (_flashing(3, GREY, LIGHT, share=0.22), "less than a quarter of the screen"),
        (_flashing(3, (150, 150, 150), (160, 160, 160)), "less than 20 cd/m²"),
        (_flashing(3, (236, 236, 236), (255, 255, 255)), "the darker is above 160 cd/m²"),
        (_flashing(1, GREY, GREY), "none at all"),
        (_flashing(40, GREY, LIGHT), "now and then"),
    ],
)
def test_what_stays_within_the_limits_is_no_flash(draw, why):
    assert _flash(draw) == set(), why


@pytest.mark.parametrize("share", [0.26, 0.5, 1.0])
def test_a_quarter_of_the_screen_suffices(share):
    assert _flash(_flashing(3, (0, 0, 0), (110, 110, 110), share)) == {"flash"}


@pytest.mark.parametrize("every", [1, 2, 3, 4])
def test_every_rate_above_three_a_second_is_found(every):
    assert _flash(_flashing(every, GREY, LIGHT)) == {"flash"}
    assert _flash(_flashing(2 * every, GREY, LIGHT), rate=Rate(num=60)) == {"flash"}


def test_halves_that_take_turns_flash_and_what_flickers_at_random_or_is_shaken_does_not():
    def turns(out, number):
        top = number // 3 % 2 == 0
        out.y[: SIZE.height // 2], out.y[SIZE.height // 2 :] = (90, 160) if top else (160, 90)

    def rain(out, number):
        cells = np.random.default_rng(number).integers(40, 220, (64, 36), np.uint8)
        out.y[:] = cv2.resize(cells, (SIZE.width, SIZE.height), interpolation=cv2.INTER_NEAREST)

    def shaken(out, number):
        texture = np.tile(np.kron([[40, 220], [220, 40]], np.ones((16, 16), np.uint8)), (10, 5))
        at = round(4 + 4 * np.sin(2 * np.pi * 8 * number / 30))
        out.y[:] = texture[at : at + SIZE.height, : SIZE.width]

    assert _flash(turns) == {"flash"}
    assert _flash(rain) == set()
    assert _flash(shaken) == set()


@pytest.mark.parametrize(
    ("draw", "found"),
    [
        (_flashing(3, (220, 0, 0), (47, 47, 47)), {"red flash"}),
        (_flashing(6, (220, 0, 0), (47, 47, 47)), set()),
        (_flashing(3, (150, 110, 110), (120, 120, 120)), set()),
        (_flashing(3, (220, 0, 0), (47, 47, 47), share=0.2), set()),
    ],
)
def test_red_counts_when_it_is_saturated_fast_and_large(draw, found):
    assert _flash(draw) == found


@given(st.data())
@settings(max_examples=60)
def test_what_is_taken_for_calm_at_a_glance_flashes_nowhere(data):
    second, frames = data.draw(st.integers(4, 12)), data.draw(st.integers(1, 60))
    looks = Looks.room(SIZE, frames)
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    step, share = data.draw(st.integers(1, 60)), data.draw(st.floats(0.2, 0.4))
    cells = rng.random(looks.y.shape[1:]) < share
    way = np.repeat(rng.integers(0, 2, frames), data.draw(st.integers(1, 3)))[:frames]
    looks.y[:] = np.where(cells, 100 + step * way[:, None, None], 100)
    looks.u[:] = looks.v[:] = 128
    looks.count = frames
    if _calm(looks, _luminance, second):
        assert (_followed(looks, _luminance, _Flicker(second, about=False)) < 0).all()


def test_a_cell_without_the_least_red_holds_none_that_counts():
    u, v = (
        plane.reshape(1, 16, -1) for plane in np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(_LEAST_RED - 1))
    )
    u, v = u.astype(np.uint8), v.astype(np.uint8)
    for level in range(256):
        y = np.full((1, 4 * u.shape[1], 4 * u.shape[2]), level, np.uint8)
        assert _redness(y, u, v).max() < 20 * 100


@given(st.data())
@settings(max_examples=60)
def test_red_that_is_taken_for_calm_at_a_glance_flashes_nowhere(data):
    second, frames = data.draw(st.integers(4, 12)), data.draw(st.integers(1, 60))
    looks = Looks.room(SIZE, frames)
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    share, reddest = data.draw(st.floats(0.1, 0.4)), data.draw(st.integers(130, 240))
    shape = looks.v.shape[1:] if data.draw(st.booleans()) else looks.v.shape
    cells = rng.random(shape) < share
    way = np.repeat(rng.integers(0, 2, frames), data.draw(st.integers(1, 3)))[:frames]
    looks.y[:], looks.u[:] = 63, 102
    looks.v[:] = np.where(cells & (way[:, None, None] > 0), reddest, 128)
    looks.count = frames
    if _calm(looks, _redness, second, _reddish):
        assert (_followed(looks, _redness, _Flicker(second, about=False)) < 0).all()
    else:
        assert not _calm(looks, _redness, second)


def test_a_second_in_which_one_part_of_the_screen_flashes_red_after_another_is_not_taken_for_calm():
    looks = Looks.room(SIZE, 60)
    looks.y[:], looks.u[:], looks.v[:] = 63, 102, 128
    looks.count = 60
    columns = 2
    looks.v[14:28:2, :, :columns] = 240
    looks.v[31:45:2, :, -columns:] = 240
    assert columns / looks.v.shape[2] < 0.25
    assert (_followed(looks, _redness, _Flicker(30, about=False)) >= 0).any()
    assert not _calm(looks, _redness, 30, _reddish)
    looks.v[31:45:2] = 128
    assert _calm(looks, _redness, 30, _reddish)


@pytest.mark.parametrize("size", [(16, 4096), (100, 2400), (2400, 100)])
def test_frames_of_any_shape_are_looked_at(size):
    looks = Looks.room(Size(width=size[0], height=size[1]), 60)
    looks.y[:], looks.u[:], looks.v[:] = 63, 102, 128
    looks.v[14:28:2] = 240
    looks.count = 60
    assert (_followed(looks, _redness, _Flicker(30, about=True)) >= 0).any()


def test_the_least_that_flashes_too_often_is_not_taken_for_calm_and_a_slow_change_is():
    light = _luminance(np.arange(256, dtype=np.uint8), None, None)
    step = int(np.argmax(light >= light[100] + 20 * 100)) - 100
    looks = Looks.room(SIZE, 90)
    looks.u[:] = looks.v[:] = 128
    looks.count = 90
    looks.y[:] = (100 + step * (np.clip(np.arange(90) // 4 - 8, 0, 7) % 2))[:, None, None]
    assert (_followed(looks, _luminance, _Flicker(30, about=False)) >= 0).any()
    assert not _calm(looks, _luminance, 30)
    looks.y[:] = (100 + np.arange(90) // 2)[:, None, None]
    assert _calm(looks, _luminance, 30)
