"""Transitions as they were when a person looked at them, and what each of them promises at any time.

After a change that is meant, look again and write the strips anew:

REELFORGE_NEW_FRAMES=1 python -m pytest tests/golden/test_transitions.py
"""

import os
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from reelforge.domain.timeline import Size
from reelforge.render import easing, transitions
from reelforge.render.planes import Planes
from reelforge.render.transitions import cube
from reelforge.render.warp import Grid, Way

STRIPS = Path(__file__).parent / "data" / "transitions"
SIZE = Size(width=108, height=192)
TIMES = (0.001, 0.25, 0.5, 0.75, 0.999)
NAMES = sorted(transitions.names())
DIRECTED = ["cover", "cube", "light_leak", "page_turn", "push", "slide", "whip_pan", "wipe"]
SHADED = {"cover": 60, "cube": 60, "page_turn": 60, "light_leak": 150}
"""The darkest luma that shadows and coloured light leave of a white frame."""


def _scene(kind, size=SIZE):
    """A frame with edges in all directions in luma and slow waves in chroma; drawn by arithmetic alone."""
    frame = Planes.empty(size)
    down, across = np.mgrid[0 : size.height, 0 : size.width].astype(np.float64)
    cell = 9 + 4 * kind
    squares = (across // cell + down // (cell + 2)) % 2
    disc = np.hypot(across - 0.4 * size.width, down - 0.55 * size.height) < 0.3 * size.width
    slant = (across + down * (1 - 2 * kind)) % 60 < 22
    frame.y[:] = np.rint(34 + 50 * kind + 60 * squares + 45 * disc + 34 * slant)
    for plane, turn in ((frame.u, 0.4), (frame.v, 2.2)):
        rows, columns = np.mgrid[0 : plane.shape[0], 0 : plane.shape[1]]
        wave = np.sin(columns / 17 + turn + 2 * kind) + np.cos(rows / 23 - turn * (1 + kind))
        plane[:] = np.rint(128 + 34 * wave)
    return frame


def _flat(luma, size=SIZE, chroma=128):
    frame = Planes.empty(size)
    frame.y[:], frame.u[:], frame.v[:] = luma, chroma, chroma
    return frame


def _copy(frame):
    copied = Planes.empty(Size(width=frame.y.shape[1], height=frame.y.shape[0]))
    copied.take(frame)
    return copied


def _blended(name, below, above, time, direction="left"):
    out = _copy(above)
    transitions.find(name).blend(_copy(below), out, out, time, direction)
    return out


def _mirrored(frame):
    """Left and right exchanged; chroma is resampled to the left site that the other side's samples leave empty."""
    out = _copy(frame)
    out.y[:] = frame.y[:, ::-1]
    for plane, source in ((out.u, frame.u), (out.v, frame.v)):
        turned = source[:, ::-1].astype(int)
        plane[:] = (turned + np.concatenate((turned[:, :1], turned[:, :-1]), 1) + 1) // 2
    return out


def _apart(one, other):
    return np.abs(one.astype(int) - other.astype(int))


def _strip(name):
    """The five frames of a transition, each as the encoder gets it: luma, beneath it both chroma planes."""
    frames = [_blended(name, _scene(0), _scene(1), time) for time in TIMES]
    return np.hstack([np.vstack((frame.y, np.hstack((frame.u, frame.v)))) for frame in frames])


def _close(one, other):
    """Whether two strips are the same but for rounding: in each frame by itself."""
    apart = np.stack(np.hsplit(_apart(one, other), len(TIMES)))
    return bool((apart.mean(axis=(1, 2)) < 0.2).all() and (np.percentile(apart, 99.5, axis=(1, 2)) <= 3).all())


@pytest.fixture(scope="module")
def strips():
    return {name: _strip(name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_transition_looks_as_it_did(strips, name):
    path = STRIPS / f"{name}.png"
    if os.environ.get("REELFORGE_NEW_FRAMES"):
        path.parent.mkdir(exist_ok=True, parents=True)
        Image.fromarray(strips[name]).save(path, optimize=True)
    golden = np.asarray(Image.open(path))
    assert _close(strips[name], golden), _apart(strips[name], golden).mean()


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("name", NAMES)
def test_the_comparison_notices_a_shift_of_one_pixel_in_every_single_frame(strips, name, axis):
    width = SIZE.width
    for number in range(len(TIMES)):
        shifted = strips[name].copy()
        tile = shifted[: SIZE.height, number * width : (number + 1) * width]
        tile[:] = np.roll(tile, 1, axis)
        assert not _close(strips[name], shifted), TIMES[number]


def test_the_comparison_notices_other_colours(strips):
    changed = strips["dissolve"].copy()
    chroma = changed[SIZE.height :]
    chroma[:] = 128 + (chroma.astype(int) - 128) * 0.97
    assert not _close(strips["dissolve"], changed)


@pytest.mark.parametrize("name", NAMES)
def test_the_result_depends_on_nothing_drawn_before_nor_on_where_it_is_drawn(name):
    kind, out = transitions.find(name), _flat(77)
    for time in (0.2, 0.5, 0.9):
        above = _scene(1)
        kind.blend(_scene(0), above, out, time, "right")
        np.testing.assert_array_equal(above.flat, _scene(1).flat, "the frame that comes was changed")
        _blended(name, _flat(200, Size(width=64, height=36)), _flat(30, Size(width=64, height=36)), 0.6, "up")
        np.testing.assert_array_equal(out.flat, _blended(name, _scene(0), _scene(1), time, "right").flat)


@pytest.mark.parametrize("name", NAMES)
def test_a_direction_is_seen_in_those_that_say_so_and_in_no_other(name):
    left, up = (_blended(name, _scene(0), _scene(1), 0.4, direction).flat for direction in ("left", "up"))
    assert np.array_equal(left, up) == (not transitions.find(name).directed)


@pytest.mark.parametrize("direction", ["left", "right", "up", "down"])
@pytest.mark.parametrize("name", [name for name in NAMES if name != "cut"])
def test_a_transition_begins_as_the_one_shot_and_ends_as_the_other(name, direction):
    below, above = _scene(0), _scene(1)
    for time, expected in ((0.0, below), (1e-6, below), (1 - 1e-6, above), (1.0, above)):
        assert _apart(_blended(name, below, above, time, direction).flat, expected.flat).max() <= 2, time


@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"cut", "glitch"}])
def test_a_transition_has_no_jumps(name):
    below, above = _scene(0), _scene(1)
    for start in np.linspace(0.004, 0.99, 40):
        near = [_blended(name, below, above, float(start) + step, "down").flat for step in (0.0, 2e-4)]
        assert _apart(*near).mean() < 1.0, start


@pytest.mark.parametrize("name", NAMES)
def test_legal_frames_stay_legal(name):
    noise = np.random.default_rng(3)
    below, above = _flat(16, chroma=240), _flat(235, chroma=16)
    for frame, (low, high) in ((below, (16, 60)), (above, (190, 236))):
        frame.y[:80] = noise.integers(low, high, (80, SIZE.width))
        frame.y[80:100] = noise.choice([16, 235], (20, SIZE.width))
        for plane in (frame.u, frame.v):
            plane[20:70] = noise.choice([16, 240], (50, SIZE.width // 2))
    for time in np.linspace(0.02, 0.98, 13):
        for one, other in ((below, above), (above, below)):
            out = _blended(name, one, other, float(time), "right")
            assert out.y.min() >= 16
            assert out.y.max() <= 235
            assert min(out.u.min(), out.v.min()) >= 16
            assert max(out.u.max(), out.v.max()) <= 240


@pytest.mark.parametrize("direction", ["left", "right", "up", "down"])
@pytest.mark.parametrize("name", NAMES)
def test_no_gap_opens_anywhere(name, direction):
    white = _flat(235)
    for time in np.linspace(0.01, 0.99, 15):
        out = _blended(name, white, white, float(time), direction)
        assert out.y.min() >= SHADED.get(name, 234), time
        if name != "light_leak":
            assert _apart(out.u, white.u).max() <= 1
            assert _apart(out.v, white.v).max() <= 1


@pytest.mark.parametrize("shape", [(192, 108), (108, 192), (100, 100)])
@pytest.mark.parametrize("axis", [0, 1])
def test_the_sides_of_the_cube_fill_the_frame_without_stretching_their_borders(shape, axis):
    grid, way = Grid(shape, shape, 0.0), Way(axis, grows=False)
    for time in np.linspace(0.002, 0.998, 60):
        angle = float(time) * np.pi / 2
        cover = cube._past_edge(grid, way, angle)
        sides = ((way, angle, cover < 0.5), (Way(axis, grows=True), np.pi / 2 - angle, cover > 0.5))
        for side, turn, seen in sides:
            matrix = cube._place(shape, side, turn)
            for along in np.flatnonzero(seen)[[0, -1]] if seen.any() else ():
                for across in (0, shape[1 - axis] - 1):
                    place = np.array([across, along, 1.0] if axis == 0 else [along, across, 1.0])
                    column, row, scale = matrix @ place
                    assert -0.51 <= column / scale <= shape[1] - 0.49
                    assert -0.51 <= row / scale <= shape[0] - 0.49


@pytest.mark.parametrize("direction", ["left", "right", "up", "down"])
def test_no_seam_shows_where_the_page_begins_to_bend(direction):
    for time in np.linspace(0.1, 0.26, 9):
        luma = _blended("page_turn", _flat(235), _flat(16), float(time), direction).y
        closed = cv2.morphologyEx(luma, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        page = cv2.erode(luma, np.ones((9, 9), np.uint8)) > 60
        assert ((closed - luma) * page)[4:-4, 4:-4].max() <= 6, time


@pytest.mark.parametrize("time", [0.12, 0.5, 0.81])
@pytest.mark.parametrize("name", DIRECTED)
def test_right_is_the_mirror_image_of_left(name, time):
    below, above = _scene(0), _scene(1)
    left = _mirrored(_blended(name, below, above, time, "left"))
    right = _blended(name, _mirrored(below), _mirrored(above), time, "right")
    assert _apart(left.y, right.y).mean() < 0.25
    assert np.percentile(_apart(left.y, right.y), 99.5) <= 4
    for one, other in ((left.u, right.u), (left.v, right.v)):
        assert _apart(one, other)[:, 2:-2].mean() < 1.5


@pytest.mark.parametrize("name", [name for name in NAMES if name not in DIRECTED])
def test_what_has_no_direction_ignores_it(name):
    results = [_blended(name, _scene(0), _scene(1), 0.4, way).flat for way in ("left", "right", "up", "down")]
    assert all(np.array_equal(one, other) for one, other in pairwise(results))


@pytest.mark.parametrize("direction", ["left", "right", "up", "down"])
@pytest.mark.parametrize("name", DIRECTED)
def test_the_next_shot_comes_in_from_the_side_that_things_move_away_from(name, direction):
    time = 0.5
    luma = _blended(name, _flat(40), _flat(200), time, direction).y.astype(float)
    luma = luma.T if direction in {"up", "down"} else luma
    half = luma.shape[1] // 2
    came, left = luma[:, :half].mean(), luma[:, half:].mean()
    assert came > left + 15 if direction in {"right", "down"} else left > came + 15


@pytest.mark.parametrize("name", ["slide", "push", "wipe"])
def test_an_edge_moves_evenly_between_pixels(name):
    steps = np.linspace(0.3, 0.32, 41)
    means = [_blended(name, _flat(16), _flat(235), float(time), "right").y.mean() for time in steps]
    moved = np.diff(means)
    assert moved.min() > 0.0
    assert moved.max() < 2.2 * moved.mean()


@pytest.mark.parametrize("size", [(16, 16), (18, 40), (64, 16), (360, 202)])
@pytest.mark.parametrize("name", NAMES)
def test_any_even_size_will_do(name, size):
    shape = Size(width=size[0], height=size[1])
    below, above = _scene(0, shape), _scene(1, shape)
    for time, direction in ((0.001, "left"), (0.3, "up"), (0.6, "right"), (0.999, "down")):
        out = _blended(name, below, above, time, direction)
        assert out.y.min() >= 16
        assert out.y.max() <= 235


@pytest.mark.parametrize("name", NAMES)
def test_a_transition_names_an_easing_there_is(name):
    assert easing.find(transitions.find(name).easing)(1.0) == pytest.approx(1.0)
