"""Effects as they were when a person looked at them. After a change that is meant, look again and write them anew:

REELFORGE_NEW_FRAMES=1 python -m pytest tests/golden/test_effects.py
"""

import json
import math
import os
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from reelforge.domain.timeline import Effect, Size
from reelforge.render import effects, lut
from reelforge.render.effects._shade import Shade
from reelforge.render.moment import Moment
from reelforge.render.motion import View
from reelforge.render.planes import Planes, rgb_from_planes, yuv_from_rgb

GOLDEN = Path(__file__).parent / "data" / "effects"
SIZE = Size(width=96, height=160)
TIMES = (0.0, 0.25, 0.5, 0.75, 1.0)
LENGTH = 2.2

DRAWN = {
    "vignette": {"strength": 0.6, "radius": 0.3},
    "shadow": {"edge": "bottom", "strength": 0.6, "height": 0.6},
    "shadow-both": {"edge": "both", "strength": 0.5, "height": 0.3},
    "glow": {"strength": 0.8, "threshold": 0.5, "size": 0.06},
    "grain": {"strength": 0.8, "size": 6.0},
}
PAINTED = {f"grade-{name}": {"lut": name} for name in ("clean_punch", "noir", "teal_orange", "warm_film")}
MOVED = {
    "zoom_pulse": {"strength": 0.1, "decay": 0.6},
    "shake": {"strength": 0.04, "turn": 2.0, "hertz": 3.0, "seed": 7},
    "speed_ramp-in": {"ramp": "in"},
    "speed_ramp-out": {"ramp": "out"},
    "speed_ramp-in_out": {"ramp": "in_out"},
    "speed_ramp-punch": {"ramp": "punch", "amount": 0.9},
}
WHOLE = View(100.0, 40.0, 1200.0, 2000.0, 3.0)


def moment(time):
    """A beat every 0.7 s, ever louder."""
    seconds = time * LENGTH
    return Moment(seconds, LENGTH, since_beat=seconds % 0.7, energy=0.2 + 0.8 * time)


def scene():
    """An sRGB picture with edges in all directions, every hue, black, white and a bright spot; arithmetic alone."""
    down, across = np.mgrid[0:160, 0:96].astype(np.float64)
    hue = np.stack([np.sin(across / 15 + turn) + np.cos(down / 19 - turn) for turn in (0.0, 2.1, 4.2)], -1)
    rings = np.sign(np.sin(np.hypot(across - 30, down - 70) / 3.5))[..., None]
    spot = 220 * np.exp(-((across - 66) ** 2 + (down - 36) ** 2) / 60)[..., None]
    shade = np.where(down > 120, -90.0, 0.0)[..., None]
    return np.clip(105 + 50 * hue + 32 * rings + spot + shade, 0, 255).astype(np.uint8)


def planes_of(rgb):
    height, width = rgb.shape[:2]
    planes = Planes.empty(Size(width=width, height=height))
    yuv = yuv_from_rgb(rgb)
    planes.y[:] = yuv[..., 0]
    for plane, channel in ((planes.u, 1), (planes.v, 2)):
        plane[:] = cv2.resize(yuv[..., channel], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return planes


def stacked(planes):
    """A frame's planes as one grey picture: luma above, chroma below side by side."""
    return np.vstack([planes.y, np.hstack([planes.u, planes.v])])


def read(case, values):
    name = case.split("-")[0]
    return effects.find(name), effects.read(Effect(name=name, settings=values), case)


def drawn(case, values, time, room=None, base=None):
    """The frame after an effect and the state it was drawn from."""
    kind, options = read(case, values)
    frame = planes_of(scene()) if base is None else base
    state = kind.state(options, moment(time), SIZE)
    if state is not None:
        kind.draw(state, frame, {} if room is None else room)
    return state, frame


def close(one, other):
    apart = np.abs(one.astype(int) - other)
    return one.shape == other.shape and apart.mean() < 0.4 and np.percentile(apart, 99) <= 2


def golden_picture(name, shown):
    path = GOLDEN / f"{name}.png"
    if os.environ.get("REELFORGE_NEW_FRAMES"):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(shown).save(path, optimize=True)
    return np.asarray(Image.open(path))


def all_frames(case):
    """The frames at all times, those that look the same once."""
    frames = {}
    for time in TIMES:
        state, frame = drawn(case, DRAWN[case], time)
        frames.setdefault(state, stacked(frame))
    return np.hstack(list(frames.values()))


@pytest.mark.parametrize("case", DRAWN)
def test_a_frame_with_an_effect_looks_as_it_did(case):
    shown = all_frames(case)
    assert close(shown, golden_picture(case, shown))


@pytest.mark.parametrize("case", PAINTED)
def test_a_graded_picture_looks_as_it_did(case):
    kind, options = read(case, PAINTED[case])
    shown = kind.colour(kind.paint(options), scene())
    assert close(shown, golden_picture(case, shown))


@pytest.mark.parametrize("case", MOVED)
def test_views_and_times_are_what_they_were(case):
    kind, options = read(case, MOVED[case])
    found = []
    for time in TIMES:
        now = moment(time)
        if kind.time:
            found.append([kind.time(options, now)])
        else:
            view = kind.view(options, WHOLE, now, SIZE)
            found.append([view.x, view.y, view.width, view.height, view.angle])
    path = GOLDEN / "courses.json"
    if os.environ.get("REELFORGE_NEW_FRAMES"):
        known = json.loads(path.read_text()) if path.exists() else {}
        rounded = [[round(value, 6) for value in row] for row in found]
        path.write_text(json.dumps({**known, case: rounded}, indent=1, sort_keys=True) + "\n")
    expected = json.loads(path.read_text())[case]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("case", [*DRAWN, *PAINTED])
@pytest.mark.parametrize("axis", [0, 1])
def test_the_comparison_notices_a_shift_of_a_pixel(case, axis):
    golden = np.asarray(Image.open(GOLDEN / f"{case}.png"))
    assert not close(np.roll(golden, 1, axis), golden)


def test_the_comparison_notices_a_change_of_strength():
    shown = [stacked(drawn("vignette", {"strength": strength}, 0)[1]) for strength in (0.5, 0.53)]
    assert not close(*shown)


def test_every_effect_has_a_golden_case():
    assert {case.split("-")[0] for case in (*DRAWN, *PAINTED, *MOVED)} == effects.names()


def values_for(name):
    """Any settings an effect allows, from its own description of them."""
    properties = effects.find(name).options.model_json_schema()["properties"]
    made = {}
    for key, schema in properties.items():
        if key == "lut":
            made[key] = st.sampled_from(lut.names())
        elif "enum" in schema:
            made[key] = st.sampled_from(schema["enum"])
        elif schema["type"] == "integer":
            made[key] = st.integers(schema["minimum"], schema["maximum"])
        else:
            made[key] = st.floats(schema["minimum"], schema["maximum"])
    return st.fixed_dictionaries(made)


MOMENTS = st.builds(
    Moment,
    seconds=st.floats(0, 30),
    length=st.just(30.0),
    since_beat=st.floats(0, 3) | st.just(math.inf),
    energy=st.floats(0, 1),
)
DRAWING = sorted({case.split("-")[0] for case in DRAWN})


@st.composite
def legal_frames(draw):
    chance = np.random.default_rng(draw(st.integers(0, 1000)))
    frame = Planes.empty(SIZE)
    low, high = sorted((draw(st.integers(16, 235)), draw(st.integers(16, 235))))
    frame.y[:] = chance.integers(low, high + 1, frame.y.shape)
    frame.u[:] = chance.integers(16, 241, frame.u.shape)
    frame.v[:] = chance.integers(16, 241, frame.v.shape)
    return frame


@pytest.mark.parametrize("name", DRAWING)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_legal_values_stay_legal_and_grey_stays_grey(name, data):
    kind = effects.find(name)
    options = kind.options(**data.draw(values_for(name)))
    frame = data.draw(legal_frames())
    grey = Planes.empty(SIZE)
    grey.take(frame)
    grey.u[:] = grey.v[:] = 128
    state = kind.state(options, data.draw(MOMENTS), SIZE)
    if state is not None:
        for one in (frame, grey):
            kind.draw(state, one, {})
    assert 16 <= frame.y.min() <= frame.y.max() <= 235
    assert min(frame.u.min(), frame.v.min()) >= 16
    assert max(frame.u.max(), frame.v.max()) <= 240
    assert (grey.u == 128).all()
    assert (grey.v == 128).all()


@pytest.mark.parametrize("name", DRAWING)
def test_an_effect_of_strength_0_has_no_state_and_black_stays_black_in_the_others(name):
    kind = effects.find(name)
    assert kind.state(kind.options(strength=0.0), moment(0.5), SIZE) is None
    frame = Planes.black(SIZE)
    kind.draw(kind.state(kind.options(strength=1.0), moment(0.5), SIZE), frame, {})
    assert np.array_equal(frame.flat, Planes.black(SIZE).flat)


@pytest.mark.parametrize("name", DRAWING)
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_what_is_drawn_depends_on_the_state_alone_in_any_order(name, data):
    kind = effects.find(name)
    asked = data.draw(st.lists(st.tuples(values_for(name), MOMENTS), min_size=3, max_size=6))
    states = [kind.state(kind.options(**values), now, SIZE) for values, now in asked]
    states = [state for state in states if state is not None]
    alone = [planes_of(scene()) for _ in states]
    for state, frame in zip(states, alone, strict=True):
        kind.draw(tuple(json.loads(json.dumps(state))), frame, {})
    room = {}
    for index in data.draw(st.permutations(range(len(states)))):
        frame = planes_of(scene())
        kind.draw(states[index], frame, room)
        assert np.array_equal(frame.flat, alone[index].flat)


@pytest.mark.parametrize("name", DRAWING)
def test_a_threads_room_stays_small_whatever_is_drawn(name):
    kind = effects.find(name)
    room, sizes = {}, []
    for step in range(1, 30):
        kind.draw(kind.state(kind.options(strength=step / 40), moment(step / 30), SIZE), planes_of(scene()), room)
        sizes.append(sum(len(shelf) for shelf in room.values()))
    assert sizes[-1] == sizes[5]
    assert sizes[-1] <= 10


@pytest.mark.parametrize("name", ["zoom_pulse", "shake"])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_view_stays_within_the_view_it_is_made_of(name, data):
    kind = effects.find(name)
    options = kind.options(**data.draw(values_for(name)))
    width, height = data.draw(st.floats(20, 8000)), data.draw(st.floats(20, 8000))
    given_view = View(data.draw(st.floats(0, 5000)), 17.5, width, height, data.draw(st.floats(-30, 30)))
    view = kind.view(options, given_view, data.draw(MOMENTS), SIZE)
    assert view.width > 0
    assert view.width / view.height == pytest.approx(width / height)
    turn, own = math.radians(view.angle - given_view.angle), math.radians(given_view.angle)
    dx, dy = view.centre[0] - given_view.centre[0], view.centre[1] - given_view.centre[1]
    across = abs(dx * math.cos(own) + dy * math.sin(own))
    down = abs(dy * math.cos(own) - dx * math.sin(own))
    half_width = (view.width * math.cos(turn) + view.height * abs(math.sin(turn))) / 2
    half_height = (view.height * math.cos(turn) + view.width * abs(math.sin(turn))) / 2
    assert across + half_width <= width / 2 + 1e-6 * width
    assert down + half_height <= height / 2 + 1e-6 * height


def test_effects_of_strength_0_change_no_view_no_time_and_no_colour():
    for name in ("zoom_pulse", "shake"):
        kind = effects.find(name)
        assert kind.view(kind.options(strength=0.0), WHOLE, moment(0.0), SIZE) == WHOLE
    ramp = effects.find("speed_ramp")
    for time in (0.0, 0.3, 0.99):
        assert ramp.time(ramp.options(amount=0.0), Moment(time, 1.0)) == pytest.approx(time, abs=1e-15)
    grade = effects.find("grade")
    assert grade.paint(grade.options(strength=0.0)) is None


def test_the_pulse_is_strongest_on_the_beat_and_gone_after_its_decay_and_before_the_first_beat():
    kind = effects.find("zoom_pulse")
    options = kind.options(strength=0.1, decay=0.4)
    widths = [kind.view(options, WHOLE, Moment(1, 9, since_beat=0.05 * step), SIZE).width for step in range(10)]
    assert widths[0] == pytest.approx(WHOLE.width / 1.1)
    assert all(one < other for one, other in pairwise(widths[:9]))
    assert widths[8] == widths[9] == WHOLE.width
    assert kind.view(options, WHOLE, Moment(1, 9), SIZE) == WHOLE


def test_the_shake_follows_the_energy_and_never_jumps():
    kind = effects.find("shake")
    options = kind.options(strength=0.05, hertz=4.0, turn=1.0)
    still = [kind.view(options, WHOLE, Moment(second / 7, 9, energy=0.0), SIZE) for second in range(40)]
    assert len(set(still)) == 1
    loud = [kind.view(options, WHOLE, Moment(step / 240, 9, energy=1.0), SIZE) for step in range(2000)]
    assert {view.width for view in loud} == {still[0].width}
    centres = np.array([view.centre for view in loud])
    assert 0.3 < np.ptp(centres[:, 0]) / (2 * 0.05 * WHOLE.width) <= 1
    steps = np.diff(centres, axis=0)
    assert np.abs(steps).max() < 0.01 * WHOLE.width
    assert np.abs(np.diff(steps, axis=0)).max() < 0.2 * np.abs(steps).max()


@pytest.mark.parametrize("ramp", ["in", "out", "in_out", "punch"])
@given(amount=st.floats(0, 0.95), times=st.lists(st.floats(0, 1), min_size=2, max_size=20))
@settings(max_examples=50, deadline=None)
def test_time_never_runs_back_and_begins_and_ends_where_it_did(ramp, amount, times):
    kind = effects.find("speed_ramp")
    options = kind.options(ramp=ramp, amount=amount)
    shown = [kind.time(options, Moment(time, 1.0)) for time in sorted(times)]
    assert all(0 <= one <= other + 1e-15 for one, other in pairwise(shown))
    assert kind.time(options, Moment(0.0, 1.0)) == 0.0
    assert kind.time(options, Moment(1.0, 1.0)) == pytest.approx(1.0, abs=1e-12)


def test_ramps_are_slow_and_fast_where_their_names_say():
    kind = effects.find("speed_ramp")

    def speed(ramp, time):
        options = kind.options(ramp=ramp, amount=0.6)
        near = [kind.time(options, Moment(time + step, 1.0)) for step in (-1e-4, 1e-4)]
        return (near[1] - near[0]) / 2e-4

    assert [speed("in", 0.05), speed("in", 0.95)] == pytest.approx([0.4, 1.6], abs=0.02)
    assert [speed("out", 0.05), speed("out", 0.95)] == pytest.approx([1.6, 0.4], abs=0.02)
    assert speed("in_out", 0.5) == pytest.approx(1.6, abs=0.01)
    assert speed("punch", 0.5) == pytest.approx(0.4, abs=0.01)
    assert speed("punch", 0.03) > 1.9


@pytest.mark.parametrize(("rate", "held"), [(30, 2), (60, 4), (15, 1)])
def test_grain_holds_a_pattern_for_a_fifteenth_of_a_second_at_any_frame_rate(rate, held):
    kind = effects.find("grain")
    patterns = [kind.state(kind.options(), Moment(frame / rate, 9.0), SIZE) for frame in range(4 * rate)]
    assert patterns == [patterns[held * (frame // held)] for frame in range(4 * rate)]
    assert len(set(patterns)) == 60
    slow = [kind.state(kind.options(), Moment(frame / 15, 9.0), SIZE) for frame in range(60)]
    assert patterns[::held] == slow


def test_grain_changes_no_mean_and_spares_black_and_white():
    kind = effects.find("grain")
    spread = {}
    for luma in (16, 30, 100, 225, 235):
        frame = Planes.black(SIZE)
        frame.y[:] = luma
        kind.draw(kind.state(kind.options(strength=0.5), moment(0.0), SIZE), frame, {})
        assert frame.y.mean() == pytest.approx(luma, abs=0.3)
        spread[luma] = frame.y.std()
    assert spread[16] == spread[235] == 0
    assert spread[30] < 0.4 * spread[100]
    assert spread[225] < 0.4 * spread[100]
    assert spread[100] == pytest.approx(3.0, abs=0.4)


def test_a_vignette_darkens_the_corners_alike_and_leaves_the_middle():
    _, frame = drawn(
        "vignette", {"strength": 0.5, "radius": 0.4}, 0, base=planes_of(np.full((160, 96, 3), 200, np.uint8))
    )
    light = (frame.y.astype(float) - 16) / (planes_of(np.full((160, 96, 3), 200, np.uint8)).y[0, 0] - 16)
    assert light[80, 48] == 1.0
    assert light[[0, 0, -1, -1], [0, -1, 0, -1]] == pytest.approx([0.5] * 4, abs=0.02)
    assert np.array_equal(frame.y, frame.y[::-1])
    assert np.array_equal(frame.y, frame.y[:, ::-1])


@pytest.mark.parametrize("level", [4, 8, 15, 30, 200])
def test_a_vignette_over_a_plain_picture_has_no_rings(level):
    """From its edge to the middle no row is darker than the one before it."""
    _, after = drawn("vignette", {}, 0, base=planes_of(np.full((640, 96, 3), level, np.uint8)))
    column = after.y[:320, 48].astype(int)
    assert (np.diff(column) >= 0).all()
    assert level < 8 or column[0] < column[-1]


def test_shade_takes_as_much_colour_as_light_so_that_hues_stay():
    colour = np.full((160, 96, 3), (40, 110, 190), np.uint8)
    _, frame = drawn("shadow", {"edge": "bottom", "strength": 0.5, "height": 0.5}, 0, base=planes_of(colour))
    shaded = rgb_from_planes(frame)[-2, 48].astype(float)
    assert shaded == pytest.approx(colour[0, 0] * 0.5, abs=3)


def test_chroma_is_shaded_where_it_stands_on_the_even_columns_between_two_rows():
    for axis in (0, 1):
        frame = Planes.empty(SIZE)
        frame.y[:], frame.u[:], frame.v[:] = 235, 240, 16
        shade = Shade.of(
            lambda across, down, axis=axis: (across + 0 * down) if axis else (down + 0 * across), (160, 96)
        )
        shade.draw(frame)
        light = (frame.y.astype(float) - 16) / 219
        expected = light[0, ::2] if axis else (light[0::2, 0] + light[1::2, 0]) / 2
        for plane, most in ((frame.u, 112), (frame.v, -112)):
            found = (plane.astype(float) - 128) / most
            assert abs((found - (expected if axis else expected[:, None])).mean()) < 0.0012


def test_glow_lights_what_is_near_a_light_in_its_colour_and_leaves_a_dark_scene():
    picture = np.full((160, 96, 3), 20, np.uint8)
    dark = planes_of(picture)
    assert np.array_equal(drawn("glow", {"strength": 1.0}, 0, base=planes_of(picture))[1].flat, dark.flat)
    picture[70:90, 38:58] = (255, 220, 140)
    _, frame = drawn("glow", {"strength": 1.0, "size": 0.08}, 0, base=planes_of(picture))
    red, green, blue = rgb_from_planes(frame)[80, 64].astype(int)
    assert red > green > blue > 20
    assert np.abs(rgb_from_planes(frame)[5, 5].astype(int) - 20).max() <= 1
