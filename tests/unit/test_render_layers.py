import json
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple

from reelforge.domain.timeline import Size
from reelforge.errors import InputError
from reelforge.render import transitions
from reelforge.render.covers import Tint
from reelforge.render.layer import Course, DrawnLayer, Layer
from reelforge.render.planes import Planes, rgb_from_planes
from reelforge.render.sprites import Showing, Sprite, SpriteShelf, showing

SIZE = Size(width=64, height=96)


def _layer(draw=lambda: np.zeros((2, 2, 4), np.uint8), **changes):
    given = {"first": 10, "last": 30, "x": 0, "y": 0, "identity": "a", "draw": draw}
    return Layer(**{**given, **changes})


def test_a_layer_shows_from_its_first_frame_up_to_its_last():
    layer = _layer()
    shown = [frame for frame in range(50) if showing(layer, frame)]
    assert shown == list(range(10, 30))


def test_a_layer_fades_in_while_it_rises_and_fades_out():
    layer = _layer(fade_in=4, fade_out=3, rise=20)
    states = [showing(layer, frame) for frame in range(10, 30)]
    opacities = [state.opacity for state in states]
    assert opacities[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert opacities[-4:] == pytest.approx([1.0, 0.75, 0.5, 0.25])
    drops = [state.y for state in states]
    assert drops[0] > drops[1] > drops[2] >= drops[3] >= 0
    assert all(drop % 2 == 0 for drop in drops)
    assert states[4] == Showing()


def _sprite(colour, size=(20, 30)):
    rgba = np.zeros((*size, 4), np.uint8)
    rgba[4:-4, 6:-6] = colour
    return rgba


@pytest.mark.parametrize("opacity", [1.0, 0.5])
@pytest.mark.parametrize("alpha", [255, 128])
def test_a_sprite_covers_the_picture_by_its_alpha_and_opacity(alpha, opacity):
    frame = Planes.black(SIZE)
    Sprite.from_rgba(_sprite((240, 120, 40, alpha))).draw(frame, 10, 20, Showing(opacity))
    share = alpha / 255 * opacity
    shown = rgb_from_planes(frame).astype(int)
    inside, outside = shown[28:34, 22:30], shown[60:, :]
    assert np.abs(inside - np.array([240, 120, 40]) * share).max() <= 4
    assert np.abs(outside).max() == 0


def test_a_sprite_stands_exactly_where_its_layer_says():
    frame = Planes.black(SIZE)
    Sprite.from_rgba(_sprite((255, 255, 255, 255))).draw(frame, 10, 20, Showing())
    rows, columns = np.nonzero(frame.y > 16)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (24, 35, 16, 33)


def test_a_sprites_chroma_is_sited_on_the_even_luma_columns():
    rgba = np.full((16, 64, 4), 255, np.uint8)
    rgba[..., 0], rgba[..., 1:3] = np.arange(64) * 4, 0
    frame = Planes.black(SIZE)
    Sprite.from_rgba(rgba).draw(frame, 0, 0, Showing())
    columns = np.arange(6, 58, 2)
    reds = (frame.v[2:6, columns // 2].mean(axis=0) - 128) / (224 * 0.7874 / 1.5748 / 255)
    assert abs((reds / 4 - columns).mean()) < 0.15  # in luma columns; siting in the middle would give 0.5


@pytest.mark.parametrize("place", [(-20, -10), (50, 90), (-200, 0), (0, 500)])
def test_a_sprite_beyond_the_edge_is_clipped(place):
    rgba = np.full((20, 30, 4), 255, np.uint8)
    frame = Planes.black(SIZE)
    Sprite.from_rgba(rgba).draw(frame, *place, Showing())
    rows, columns = max(0, min(96, place[1] + 20) - max(0, place[1])), max(0, min(64, place[0] + 30) - max(0, place[0]))
    assert np.count_nonzero(frame.y == 235) == rows * columns


def test_a_transparent_sprite_costs_nothing():
    assert Sprite.from_rgba(np.zeros((10, 10, 4), np.uint8)) is None


def test_a_layer_is_drawn_once_however_many_threads_ask():
    drawn = []

    def draw():
        drawn.append(threading.get_ident())
        return _sprite((255, 0, 0, 255))

    shelf, barrier = SpriteShelf(), threading.Barrier(8)

    def ask():
        barrier.wait()
        assert shelf.sprite(_layer(draw)) is not None

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drawn) == 1


def test_sprites_are_kept_within_a_bound_and_drawn_again_after():
    drawn = []
    shelf = SpriteShelf(most_bytes=1)
    for identity in ("a", "b", "a"):
        shelf.sprite(_layer(lambda: drawn.append(1) or _sprite((255, 0, 0, 255)), identity=identity))
    assert len(drawn) == 3


def test_a_dissolve_weighs_the_two_shots_by_time():
    below, above = Planes.black(SIZE), Planes.black(SIZE)
    below.y[:], above.y[:] = 40, 200
    transitions.find("dissolve").blend(below, above, above, 0.25, "left")
    assert above.y.min() == above.y.max() == 80
    assert above.u.min() == 128


def test_a_cut_shows_only_the_new_shot():
    below, above, out = Planes.black(SIZE), Planes.black(SIZE), Planes.black(SIZE)
    above.y[:] = 99
    transitions.find("cut").blend(below, above, out, 0.5, "left")
    assert out.y.min() == 99


def test_every_transition_is_found_by_its_files_name():
    assert transitions.names() >= {"cut", "dissolve"}
    for name in transitions.names():
        assert callable(transitions.find(name).blend)


def test_a_misspelt_transition_is_answered_with_the_nearest_one():
    with pytest.raises(InputError, match=r"shots\[1\].transition.name.*“disolve”.*Did you mean “dissolve”"):
        transitions.find("disolve", "shots[1].transition.name")


AREA = Size(width=200, height=160)
DISC = (80, 60)


def _disc():
    """A soft-edged disc, its middle in the middle of an 80 × 60 sprite."""
    down, across = np.mgrid[: DISC[1], : DISC[0]] + 0.5
    rgba = np.zeros((DISC[1], DISC[0], 4), np.uint8)
    rgba[..., :3] = (250, 60, 40)
    rgba[..., 3] = np.clip(255 * (21.2 - np.hypot(across - 40, down - 30)), 0, 255)
    return rgba


def _middles(now, rgba=None):
    """The centre of what is drawn, from luma and from chroma, in luma pixels from the frame's corner."""
    frame = Planes.black(AREA)
    Sprite.from_rgba(_disc() if rgba is None else rgba).draw(frame, 60, 50, now)
    found = []
    for plane, step, across, down in ((frame.y - 16.0, 1, 0.5, 0.5), (frame.v - 128.0, 2, 0.5, 1.0)):
        rows, columns = np.mgrid[: plane.shape[0], : plane.shape[1]]
        found.append(((columns * step + across) * plane).sum() / plane.sum())
        found.append(((rows * step + down) * plane).sum() / plane.sum())
    return np.array(found)


def test_a_sprite_moves_by_any_fraction_of_a_pixel_in_luma_and_chroma():
    steps = [(0.031 * step, 0.017 * step) for step in range(100)] + [(1, 0), (0, 3), (-5, 7), (-2, 4)]
    errors = np.array([_middles(Showing(x=x, y=y)) - _middles(Showing()) - (x, y, x, y) for x, y in steps])
    assert np.abs(errors).max() < 0.03


@pytest.mark.parametrize("anchor", [(40.0, 30.0), (0.0, 0.0), (-10.0, 55.5)])
def test_a_sprite_grows_and_turns_about_its_anchor(anchor):
    point = np.array([60, 50]) + anchor
    arm = np.array([100.0, 80.0]) - point
    grown = point + 1.2 * arm
    turned = point + np.array([[0.8, -0.6], [0.6, 0.8]]) @ arm
    about = {"anchor_x": anchor[0], "anchor_y": anchor[1]}
    assert _middles(Showing(scale=1.2, **about)) == pytest.approx([*grown, *grown], abs=0.05)
    turn = float(np.degrees(np.arcsin(0.6)))
    assert _middles(Showing(turn=turn, **about)) == pytest.approx([*turned, *turned], abs=0.05)


def test_the_window_stands_still_while_the_sprite_moves():
    white = np.full((40, 60, 4), 255, np.uint8)
    frame = Planes.black(AREA)
    Sprite.from_rgba(white).draw(frame, 60, 50, Showing(x=-20, left=0.25, right=0.75, top=0.5))
    rows, columns = np.nonzero(frame.y > 16)
    assert (columns.min(), columns.max() + 1) == (75, 100)  # the sprite ends at 100, the window at 105
    assert (rows.min(), rows.max() + 1) == (70, 90)


def test_a_windows_edge_moves_by_fractions_of_a_pixel():
    white = np.full((40, 60, 4), 255, np.uint8)
    for share in np.linspace(0.1, 0.9, 37):
        frame = Planes.black(AREA)
        Sprite.from_rgba(white).draw(frame, 60, 50, Showing(right=share))
        seen = (frame.y[60].astype(float) - 16) / 219
        assert seen[60] == 1
        assert seen.sum() == pytest.approx(60 * share, abs=0.02)


def test_whole_even_steps_and_the_same_resampled_are_alike():
    frames = Planes.black(AREA), Planes.black(AREA)
    sprite = Sprite.from_rgba(_disc())
    sprite.draw(frames[0], 60, 50, Showing(x=4, y=-6))
    sprite.draw(frames[1], 60, 50, Showing(x=4, y=-6, scale=1.0 + 1e-12))
    assert np.abs(frames[0].flat.astype(int) - frames[1].flat).max() <= 1


poses = st.builds(
    Showing,
    st.floats(0.01, 1),
    st.floats(-300, 300),
    st.floats(-300, 300),
    st.sampled_from([1.0, 0.5, 1.37]),
    st.sampled_from([0.0, 8.0, 90.0]),
    st.floats(0, 80),
    st.floats(0, 60),
    st.floats(0, 0.4),
    st.floats(0, 0.4),
    st.floats(0.6, 1),
    st.floats(0.6, 1),
)


@settings(max_examples=60, deadline=None)
@given(poses)
def test_any_pose_stays_within_the_range_of_what_is_there_and_is_repeatable(now):
    frames = [Planes.black(AREA) for _ in range(2)]
    for frame in frames:
        frame.y[:] = 90
        Sprite.from_rgba(_disc()).draw(frame, 60, 50, now)
    assert np.array_equal(*(frame.flat for frame in frames))
    assert 85 <= frames[0].y.min() <= frames[0].y.max() <= 112  # the disc's luma is 108
    assert json.loads(json.dumps(astuple(now))) == list(astuple(now))


def test_courses_at_both_ends_are_shown_together_and_nothing_hidden_is_shown():
    enter = Course(4, lambda time: Showing(opacity=time, x=10 * (1 - time)))
    leave = Course(3, lambda time: Showing(opacity=max(0.0, 2 * time - 1), left=1 - time))
    layer = _layer(enter=enter, leave=leave)
    assert showing(layer, 10) == Showing(opacity=0.2, x=8.0)
    assert showing(layer, 14) == Showing()
    assert showing(layer, 27) == Showing(opacity=0.5, left=0.25)
    assert showing(layer, 28) is None


def test_shapes_in_plain_colours_are_the_same_as_their_picture():
    rng = np.random.default_rng(4)
    masks = [rng.integers(0, 256, (20, 30), np.uint8) for _ in range(2)]
    colours = [(200, 40, 90, 128), (20, 220, 255, 255)]
    frames = Planes.black(SIZE), Planes.black(SIZE)
    sprite = Sprite.from_masks([(mask, Tint.of(colour)) for mask, colour in zip(masks, colours, strict=True)])
    sprite.draw(frames[0], 10, 20, Showing())
    for mask, colour in zip(masks, colours, strict=True):
        rgba = np.empty((20, 30, 4), np.uint8)
        rgba[...] = colour
        rgba[..., 3] = np.rint(mask * (colour[3] / 255.0))
        Sprite.from_rgba(rgba).draw(frames[1], 10, 20, Showing())
    assert np.abs(frames[0].flat.astype(int) - frames[1].flat).max() <= 3


def test_a_drawn_layer_has_no_state_outside_its_frames():
    layer = DrawnLayer(3, 6, 0, 0, 8, 8, "x", lambda frame: (frame,), lambda *_: None)
    assert [layer.state(frame) for frame in range(8)] == [None, None, None, (3,), (4,), (5,), None, None]
