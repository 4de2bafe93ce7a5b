from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelforge.domain.timeline import Motion, Size
from reelforge.errors import InputError
from reelforge.render import still
from reelforge.render.easing import EASINGS, find
from reelforge.render.motion import view_at
from reelforge.render.planes import Planes
from reelforge.render.still import Scratch, Still

FRAME = Size(width=270, height=480)
unit = st.floats(0, 1)
zooms = st.floats(1, 8)


@pytest.mark.parametrize("name", EASINGS)
def test_every_easing_goes_from_0_to_1_without_turning_back(name):
    curve = EASINGS[name]
    steps = [curve(step / 200) for step in range(201)]
    assert steps[0] == pytest.approx(0, abs=1e-12)
    assert steps[-1] == pytest.approx(1, abs=1e-12)
    assert all(-1e-9 <= a <= b + 1e-9 <= 1 + 2e-9 for a, b in pairwise(steps))


@pytest.mark.parametrize("family", ["sine", "quad", "cubic", "quart", "quint", "expo", "circ"])
def test_in_and_out_mirror_each_other(family):
    into, out, both = (EASINGS[f"{family}_{way}"] for way in ("in", "out", "in_out"))
    for step in range(21):
        time = step / 20
        assert into(time) == pytest.approx(1 - out(1 - time))
        assert both(time) == pytest.approx(1 - both(1 - time))


def test_a_misspelt_easing_is_answered_with_the_nearest_one():
    with pytest.raises(InputError, match=r"shots\[2\].*sine_in_uot.*Did you mean “sine_in_out”"):
        find("sine_in_uot", "shots[2].motion.easing")


@given(
    picture=st.tuples(st.integers(20, 4000), st.integers(20, 4000)),
    zoom=st.tuples(zooms, zooms),
    start=st.tuples(unit, unit),
    end=st.tuples(unit, unit),
    easing=st.sampled_from(sorted(EASINGS)),
    time=unit,
)
def test_the_frame_is_covered_at_every_moment_of_every_motion(picture, zoom, start, end, easing, time):
    view = view_at(Motion(zoom=zoom, start=start, end=end, easing=easing), picture, FRAME, time)
    slack = 1e-6 * max(picture)
    assert view.width > 0
    assert view.height > 0
    assert -slack <= view.x
    assert -slack <= view.y
    assert view.x + view.width <= picture[0] + slack
    assert view.y + view.height <= picture[1] + slack
    assert view.width / view.height == pytest.approx(FRAME.width / FRAME.height, rel=1e-6)


def test_a_zoom_closes_in_on_one_fixed_point():
    motion = Motion(zoom=(1.0, 2.0), start=(0.5, 0.5), end=(0.8, 0.1), easing="linear")
    views = [view_at(motion, (1000, 2000), FRAME, step / 10) for step in range(11)]
    first, last = views[0], views[-1]
    fixed = (first.x * last.width - last.x * first.width) / (last.width - first.width)
    share = [(fixed - view.x) / view.width for view in views]
    assert max(share) - min(share) < 1e-9
    assert np.ptp([b.width / a.width for a, b in pairwise(views)]) < 1e-9


def _picture(width=700, height=1100):
    rng = np.random.default_rng(7)
    noise = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 3), None, 0, 255, cv2.NORM_MINMAX)


def test_the_fast_way_of_drawing_gives_the_same_picture_as_the_exact_one(monkeypatch):
    motion, rgb = Motion(zoom=(1.0, 1.2), end=(0.3, 0.6)), _picture()
    ready, scratch = Still.prepare(rgb, (700, 1100), motion, FRAME), Scratch(FRAME)
    fast, exact = Planes.empty(FRAME), Planes.empty(FRAME)
    for time in (0.0, 0.21, 0.5, 0.77, 1.0):
        monkeypatch.setattr(still, "_NEAR", 0.03)
        ready.draw(time, fast, scratch)
        monkeypatch.setattr(still, "_NEAR", -1.0)
        ready.draw(time, exact, scratch)
        difference = np.abs(fast.flat.astype(int) - exact.flat)
        assert difference.max() <= 4
        assert difference.mean() < 0.4


@given(step=st.floats(1, 1.6), offset=st.floats(100, 4000))
def test_an_offset_is_reached_to_three_hundredths_of_a_pixel_or_not_that_way(step, offset):
    phase = Scratch(FRAME).phase(still._Axis(step, offset))
    if phase:
        assert abs(phase.whole + phase.early * step - offset) <= 0.03
        assert 0 <= phase.early <= 64


def test_an_offset_between_pixels_is_not_reached_in_whole_steps():
    assert Scratch(FRAME).phase(still._Axis(1.0, 200.5)) is None


def _moved(before, after):
    """Sub-pixel shift between two patches, by the phase of their cross-spectrum."""
    size = len(before)
    window = np.outer(np.hanning(size), np.hanning(size))
    spectra = [np.fft.fft2((patch - patch.mean()) * window) for patch in (before, after)]
    cross = spectra[1] * np.conj(spectra[0])
    down, across = np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size), indexing="ij")
    band = (np.hypot(down, across) < 0.12) & (np.hypot(down, across) > 0.004)
    weight = np.sqrt(np.abs(cross[band]))
    slopes = np.stack([across[band], down[band]], 1) * -2 * np.pi
    return np.linalg.lstsq(slopes * weight[:, None], np.angle(cross[band]) * weight, rcond=None)[0]


@pytest.mark.parametrize(
    "motion",
    [
        Motion(zoom=(1.0, 1.15), easing="linear"),
        Motion(zoom=(1.25, 1.25), start=(0.45, 0.45), end=(0.52, 0.5), easing="linear"),
    ],
)
def test_motion_is_smooth_to_a_twentieth_of_a_pixel(motion):
    ready, scratch, frame = Still.prepare(_picture(), (700, 1100), motion, FRAME), Scratch(FRAME), Planes.empty(FRAME)
    patches = []
    for step in range(31):
        ready.draw(step / 60, frame, scratch)
        patches.append(frame.y[100:228, 20:148].astype(float))
    moves = np.array([_moved(*pair) for pair in pairwise(patches)])
    steps = np.arange(len(moves))
    for axis in (0, 1):
        assert abs(moves[:, axis].mean()) > 0.05
        residue = moves[:, axis] - np.polyval(np.polyfit(steps, moves[:, axis], 2), steps)
        assert residue.std() < 0.05


def test_a_frame_does_not_depend_on_what_was_drawn_before():
    motion = Motion(zoom=(1.0, 3.0))
    ready, scratch = Still.prepare(_picture(), (700, 1100), motion, FRAME), Scratch(FRAME)
    alone, after = Planes.empty(FRAME), Planes.empty(FRAME)
    ready.draw(0.4, alone, Scratch(FRAME))
    for time in (0.9, 0.1, 0.4):
        ready.draw(time, after, scratch)
    assert np.array_equal(alone.flat, after.flat)


def test_a_picture_smaller_than_the_frame_is_enlarged_to_cover_it():
    ready = Still.prepare(np.full((9, 12, 3), 200, np.uint8), (12, 9), Motion(), FRAME)
    frame = Planes.black(FRAME)
    ready.draw(0.5, frame, Scratch(FRAME))
    assert frame.y.min() == frame.y.max() == round(16 + 219 * 200 / 255)
