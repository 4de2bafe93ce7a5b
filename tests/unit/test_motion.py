from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelforge.domain.timeline import Motion, Rate, Shot, Size, Source, Timeline, Transition
from reelforge.errors import InputError
from reelforge.render import motions, still
from reelforge.render.display import Displays, Known
from reelforge.render.easing import EASINGS, find
from reelforge.render.moment import Moment
from reelforge.render.motion import Extent
from reelforge.render.planes import Planes
from reelforge.render.still import Scratch, Still

FRAME = Size(width=270, height=480)


def views_at(motion, picture, time, seconds=4.0):
    return motions.find(motion.name)(motion, picture, FRAME, Moment(time * seconds, seconds))


def view_at(motion, picture, time):
    return views_at(motion, picture, time)[0]


def prepared(motion, rgb, picture):
    views = [view for step in range(61) for view in views_at(motion, picture, step / 60)]
    return Still.prepare(rgb, picture, Extent.of(views), FRAME)


unit = st.floats(0, 1)
zooms = st.floats(1, 8)


def _lively(name):
    return name.split("_")[0] in {"back", "elastic", "bounce"}


@pytest.mark.parametrize("name", EASINGS)
def test_every_easing_goes_from_0_to_1_and_only_the_lively_ones_turn_back_or_go_beyond(name):
    curve = EASINGS[name]
    steps = [curve(step / 200) for step in range(201)]
    assert steps[0] == pytest.approx(0, abs=1e-12)
    assert steps[-1] == pytest.approx(1, abs=1e-12)
    assert all(-0.4 <= step <= 1.4 for step in steps)
    assert max(abs(b - a) for a, b in pairwise(steps)) < 0.15
    assert _lively(name) or all(-1e-9 <= a <= b + 1e-9 <= 1 + 2e-9 for a, b in pairwise(steps))


@pytest.mark.parametrize("family", sorted({name.split("_")[0] for name in EASINGS} - {"linear"}))
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
    name=st.sampled_from(sorted(motions.names())),
    picture=st.tuples(st.integers(20, 4000), st.integers(20, 4000)),
    zoom=st.tuples(zooms, zooms),
    start=st.tuples(unit, unit),
    end=st.tuples(unit, unit),
    easing=st.sampled_from(sorted(EASINGS)),
    amount=st.floats(0, 4),
    seed=st.integers(0, 9),
    time=unit,
)
def test_the_frame_is_covered_at_every_moment_of_every_motion(
    name, picture, zoom, start, end, easing, amount, seed, time
):
    motion = Motion(name=name, zoom=zoom, start=start, end=end, easing=easing, amount=amount, seed=seed)
    slack = 1e-6 * max(picture)
    for view in views_at(motion, picture, time):
        (x, y), (across, down) = view.centre, view.reach
        assert min(view.width, view.height) > 0
        assert min(x - across, y - down) >= -slack
        assert x + across <= picture[0] + slack
        assert y + down <= picture[1] + slack
        assert view.width / view.height == pytest.approx(FRAME.width / FRAME.height, rel=1e-6)


@pytest.mark.parametrize("name", sorted(motions.names()))
def test_a_motion_is_the_same_at_any_frame_rate(name):
    motion = Motion(name=name, zoom=(1.1, 1.4), end=(0.3, 0.6), seed=3)
    seen = []
    for rate in (24, 48, 120):
        shots = (
            Shot(picture=Source(path="a"), frames=2 * rate, motion=motion),
            Shot(
                picture=Source(path="a"),
                frames=2 * rate,
                motion=motion,
                transition=Transition(name="dissolve", frames=rate // 4),
            ),
        )
        timeline = Timeline(size=FRAME, rate=Rate(num=rate), shots=shots)
        displays = Displays(timeline, [Known("a", (700, 1100), "m")] * 2, ())
        step = rate // 24
        plates = [displays.display(number * step).plates[-1] for number in range(4 * 24)]
        seen.append([(plate.view, plate.near) for plate in plates])
    assert seen[0] == seen[1] == seen[2]


def test_only_a_shot_with_a_mask_comes_apart_in_parallax():
    shot = Shot(picture=Source(path="a"), frames=30, motion=Motion(name="parallax"))
    timeline = Timeline(size=FRAME, shots=(shot,))
    flat, deep = (Displays(timeline, [Known("a", (700, 1100), mask)], ()).display(20) for mask in ("", "m"))
    assert flat.plates[0].near is None
    assert deep.plates[0].near not in {None, deep.plates[0].view}


def test_a_zoom_closes_in_on_one_fixed_point():
    motion = Motion(zoom=(1.0, 2.0), start=(0.5, 0.5), end=(0.8, 0.1), easing="linear")
    views = [view_at(motion, (1000, 2000), step / 10) for step in range(11)]
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
    ready, scratch = prepared(motion, rgb, (700, 1100)), Scratch(FRAME)
    fast, exact = Planes.empty(FRAME), Planes.empty(FRAME)
    for time in (0.0, 0.21, 0.5, 0.77, 1.0):
        monkeypatch.setattr(still, "_NEAR", 0.03)
        ready.draw(view_at(motion, (700, 1100), time), fast, scratch)
        monkeypatch.setattr(still, "_NEAR", -1.0)
        ready.draw(view_at(motion, (700, 1100), time), exact, scratch)
        difference = np.abs(fast.flat.astype(int) - exact.flat)
        assert difference.max() <= 4
        assert difference.mean() < 0.4


@given(step=st.floats(1, 1.6), offset=st.floats(100, 4000))
def test_an_offset_is_reached_to_three_hundredths_of_a_pixel_or_not_that_way(step, offset):
    phase = Scratch(FRAME).phase(step, offset)
    if phase:
        assert abs(phase.whole + phase.early * step - offset) <= 0.03
        assert 0 <= phase.early <= 64


def test_an_offset_between_pixels_is_not_reached_in_whole_steps():
    assert Scratch(FRAME).phase(1.0, 200.5) is None


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
        Motion(name="push_in", zoom=(1.1, 1.3), end=(0.55, 0.35), easing="linear"),
        Motion(name="drift", seed=4, amount=2),
        Motion(name="handheld", zoom=(1.1, 1.5), easing="linear", amount=0.5, end=(0.56, 0.4)),
    ],
    ids=lambda motion: motion.name,
)
def test_motion_is_smooth_to_a_twentieth_of_a_pixel(motion):
    ready, scratch, frame = prepared(motion, _picture(), (700, 1100)), Scratch(FRAME), Planes.empty(FRAME)
    patches = []
    for step in range(31):
        ready.draw(view_at(motion, (700, 1100), step / 60), frame, scratch)
        patches.append(frame.y[100:228, 20:148].astype(float))
    moves = np.array([_moved(*pair) for pair in pairwise(patches)])
    steps = np.arange(len(moves))
    degree = 6 if motion.name == "handheld" else 2  # it sways
    for axis in (0, 1):
        assert abs(moves[:, axis].mean()) > 0.05
        residue = moves[:, axis] - np.polyval(np.polyfit(steps, moves[:, axis], degree), steps)
        assert residue.std() < 0.05


def test_a_frame_does_not_depend_on_what_was_drawn_before():
    motion = Motion(zoom=(1.0, 3.0))
    ready, scratch = prepared(motion, _picture(), (700, 1100)), Scratch(FRAME)
    alone, after = Planes.empty(FRAME), Planes.empty(FRAME)
    ready.draw(view_at(motion, (700, 1100), 0.4), alone, Scratch(FRAME))
    for time in (0.9, 0.1, 0.4):
        ready.draw(view_at(motion, (700, 1100), time), after, scratch)
    assert np.array_equal(alone.flat, after.flat)


def test_a_picture_smaller_than_the_frame_is_enlarged_to_cover_it():
    ready = prepared(Motion(), np.full((9, 12, 3), 200, np.uint8), (12, 9))
    frame = Planes.black(FRAME)
    ready.draw(view_at(Motion(), (12, 9), 0.5), frame, Scratch(FRAME))
    assert frame.y.min() == frame.y.max() == round(16 + 219 * 200 / 255)
