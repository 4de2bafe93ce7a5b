import threading

import numpy as np
import pytest

from reelforge.domain.timeline import Size
from reelforge.errors import InputError
from reelforge.render import transitions
from reelforge.render.layer import Layer
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
    drops = [state.drop for state in states]
    assert drops[0] > drops[1] > drops[2] >= drops[3] >= 0
    assert all(drop % 2 == 0 for drop in drops)
    assert states[4] == Showing(1.0, 0)


def _sprite(colour, size=(20, 30)):
    rgba = np.zeros((*size, 4), np.uint8)
    rgba[4:-4, 6:-6] = colour
    return rgba


@pytest.mark.parametrize("opacity", [1.0, 0.5])
@pytest.mark.parametrize("alpha", [255, 128])
def test_a_sprite_covers_the_picture_by_its_alpha_and_opacity(alpha, opacity):
    frame = Planes.black(SIZE)
    Sprite.from_rgba(_sprite((240, 120, 40, alpha))).blend(frame, 10, 20, opacity)
    share = alpha / 255 * opacity
    shown = rgb_from_planes(frame).astype(int)
    inside, outside = shown[28:34, 22:30], shown[60:, :]
    assert np.abs(inside - np.array([240, 120, 40]) * share).max() <= 4
    assert np.abs(outside).max() == 0


def test_a_sprite_stands_exactly_where_its_layer_says():
    frame = Planes.black(SIZE)
    Sprite.from_rgba(_sprite((255, 255, 255, 255))).blend(frame, 10, 20, 1.0)
    rows, columns = np.nonzero(frame.y > 16)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (24, 35, 16, 33)


def test_a_sprites_chroma_is_sited_on_the_even_luma_columns():
    rgba = np.full((16, 64, 4), 255, np.uint8)
    rgba[..., 0], rgba[..., 1:3] = np.arange(64) * 4, 0
    frame = Planes.black(SIZE)
    Sprite.from_rgba(rgba).blend(frame, 0, 0, 1.0)
    columns = np.arange(6, 58, 2)
    reds = (frame.v[2:6, columns // 2].mean(axis=0) - 128) / (224 * 0.7874 / 1.5748 / 255)
    assert abs((reds / 4 - columns).mean()) < 0.15  # in luma columns; siting in the middle would give 0.5


@pytest.mark.parametrize("place", [(-20, -10), (50, 90), (-200, 0), (0, 500)])
def test_a_sprite_beyond_the_edge_is_clipped(place):
    rgba = np.full((20, 30, 4), 255, np.uint8)
    frame = Planes.black(SIZE)
    Sprite.from_rgba(rgba).blend(frame, *place, 1.0)
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
    transitions.find("dissolve")(below, above, above, 0.25)
    assert above.y.min() == above.y.max() == 80
    assert above.u.min() == 128


def test_a_cut_shows_only_the_new_shot():
    below, above, out = Planes.black(SIZE), Planes.black(SIZE), Planes.black(SIZE)
    above.y[:] = 99
    transitions.find("cut")(below, above, out, 0.5)
    assert out.y.min() == 99


def test_every_transition_is_found_by_its_files_name():
    assert transitions.names() >= {"cut", "dissolve"}
    for name in transitions.names():
        assert callable(transitions.find(name))


def test_a_misspelt_transition_is_answered_with_the_nearest_one():
    with pytest.raises(InputError, match=r"shots\[1\].transition.name.*“disolve”.*Did you mean “dissolve”"):
        transitions.find("disolve", "shots[1].transition.name")
