from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from reelforge.domain.timeline import Motion, Rate, Shot, Size, Source, Timeline, Transition
from reelforge.render.compositor import Composer, File, StillShelf
from reelforge.render.display import Displays, Known
from reelforge.render.layer import Layer
from reelforge.render.segments import cut
from reelforge.render.sprites import SpriteShelf

SIZE = Size(width=32, height=48)
MOTIONS = (
    Motion(name="still"),
    Motion(zoom=(1.0, 1.3), easing="linear"),
    Motion(zoom=(1.3, 1.0), end=(0.2, 0.9)),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for name in range(3):
        noise = np.random.default_rng(name).integers(0, 256, (60, 40, 3), np.uint8)
        Image.fromarray(noise).save(folder / f"{name}.png")
    return folder


def _layer(first, last, kind, fade):
    def draw():
        return np.full((8, 12, 4), 60 + 80 * kind, np.uint8)

    return Layer(first, last, 4, 6, f"kind {kind}", draw, fade_in=fade, fade_out=0, rise=4 if fade else 0)


shots = st.builds(
    lambda picture, frames, motion, name, blended: Shot(
        picture=Source(path=str(picture)),
        frames=frames,
        motion=MOTIONS[motion],
        transition=Transition(name=name, frames=min(blended, frames)),
    ),
    st.integers(0, 2),
    st.integers(1, 7),
    st.integers(0, 2),
    st.sampled_from(["cut", "dissolve"]),
    st.integers(0, 3),
)
layers = st.builds(
    lambda first, length, kind, fade: _layer(first, first + length, kind, fade),
    st.integers(0, 20),
    st.integers(1, 12),
    st.integers(0, 1),
    st.integers(0, 2),
)
scenes = st.tuples(st.lists(shots, min_size=1, max_size=3), st.lists(layers, max_size=2))


def _displays(timeline, layers):
    known = [Known(shot.picture.path * 64, (40, 60)) for shot in timeline.shots]
    return Displays(timeline, known, layers)


def _segments(scene, longest=4, encoder=None):
    timeline = Timeline(size=SIZE, shots=tuple(scene[0]))
    return timeline, cut(_displays(timeline, scene[1]), encoder or {"encoder": "x"}, longest)


def _frames(folder: Path, scene, timeline, numbers):
    files = {shot.picture.path * 64: File(folder / f"{shot.picture.path}.png", "") for shot in timeline.shots}
    composer = Composer(timeline.size, StillShelf(files, timeline.size), SpriteShelf())
    displays = _displays(timeline, scene[1])
    return [bytes(composer.draw(displays.display(number)).flat) for number in numbers]


def _pixels(folder: Path, scene, timeline, segment):
    return b"".join(_frames(folder, scene, timeline, range(segment.first, segment.last)))


@given(scene=scenes)
def test_the_segments_are_the_timeline_without_gap_or_overlap(scene):
    timeline, segments = _segments(scene)
    assert [number for part in segments for number in range(part.first, part.last)] == list(range(timeline.frames))
    assert all(part.frames >= 1 for part in segments)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(one=scenes, other=scenes)
def test_segments_with_the_same_key_show_the_same_pixels(folder, one, other):
    seen = {}
    for scene in (one, other):
        timeline, segments = _segments(scene)
        for segment in segments:
            pixels = _pixels(folder, scene, timeline, segment)
            assert seen.setdefault(segment.key, pixels) == pixels


def _scene(**changes):
    """Three shots of moving pictures with a dissolve between them, and a caption in the middle one."""
    given = {"pictures": "012", "frames": (6, 9, 6), "motion": 1, "blended": 2, "layer": (8, 12, 0, 0)}
    given |= changes
    made = [
        Shot(
            picture=Source(path=picture),
            frames=frames,
            motion=MOTIONS[given["motion"]],
            transition=Transition(name="dissolve", frames=given["blended"] if place else 0),
        )
        for place, (picture, frames) in enumerate(zip(given["pictures"], given["frames"], strict=True))
    ]
    return made, [_layer(*given["layer"])]


def _keys(scene, longest=100, **more):
    return [segment.key for segment in _segments(scene, longest, **more)[1]]


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        ({"pictures": "112"}, {0, 1}),
        ({"pictures": "002"}, {1, 2, 3}),
        ({"pictures": "010"}, {3, 4}),
        ({"layer": (8, 12, 1, 0)}, {2}),
        ({"layer": (8, 13, 0, 0)}, {2}),
        ({"layer": (7, 12, 0, 0)}, {1}),
        ({"layer": (8, 12, 0, 2)}, {2}),
        ({"motion": 2}, {0, 1, 2, 3, 4}),
    ],
)
def test_a_change_gives_new_keys_to_just_the_segments_it_shows_in(change, changed):
    """Parts: 0 the first shot, 1 the dissolve into the second, 2 its rest, 3 and 4 the third's."""
    before, after = _keys(_scene()), _keys(_scene(**change))
    assert {place for place in range(5) if before[place] != after[place]} == changed


def test_a_shot_that_only_moves_along_the_timeline_keeps_its_keys():
    before = _keys(_scene())
    later = _scene(frames=(10, 9, 6), layer=(12, 16, 0, 0))
    assert _keys(later)[2:] == before[2:]


def test_the_encoders_settings_belong_to_every_key():
    before, after = _keys(_scene()), _keys(_scene(), encoder={"encoder": "y"})
    assert not set(before) & set(after)


@pytest.mark.parametrize("change", [{"size": Size(width=32, height=50)}, {"rate": Rate(num=25)}])
def test_size_and_rate_belong_to_every_key(change):
    scene = _scene()
    keys = []
    for more in ({}, change):
        timeline = Timeline(**{"size": SIZE, "shots": tuple(scene[0]), **more})
        keys += [part.key for part in cut(_displays(timeline, scene[1]), {}, 100)]
    assert len(set(keys)) == len(keys)


def test_a_layer_that_has_long_faded_in_has_no_part_in_later_keys():
    one, other = _scene(layer=(0, 40, 0, 2)), _scene(layer=(0, 40, 0, 0))
    assert _keys(one)[0] != _keys(other)[0]
    assert _keys(one)[1:] == _keys(other)[1:]


def test_the_frames_of_a_timeline_are_the_same_in_any_order(folder):
    scene = _scene()
    timeline = Timeline(size=SIZE, shots=tuple(scene[0]))
    numbers = range(timeline.frames)
    forwards, backwards = (_frames(folder, scene, timeline, order) for order in (numbers, reversed(numbers)))
    assert forwards == backwards[::-1]


def test_the_shot_beneath_a_transition_goes_on_moving(folder):
    scene = _scene(pictures="000", blended=4)
    timeline = Timeline(size=SIZE, shots=tuple(scene[0]))
    seen = _frames(folder, ([], []), timeline, range(4, 10))
    assert len(set(seen)) == len(seen)


@given(scenes, st.integers(1, 12))
def test_short_segments_are_joined_with_what_follows_and_all_frames_stay(scene, least):
    timeline = Timeline(size=SIZE, shots=tuple(scene[0]))
    found = cut(_displays(timeline, scene[1]), {}, 12, least)
    assert [segment.first for segment in found] == [0, *(segment.last for segment in found[:-1])]
    assert found[-1].last == timeline.frames
    for one, following in pairwise(found):
        assert one.frames >= least or one.frames + following.frames > 12
