"""A clip's key says just what its frames show: the cache never gives what the timeline does not say."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from reelforge.domain.timeline import Timeline
from reelforge.errors import ReelForgeError
from reelforge.render import document
from reelforge.render.material import Drawing, Material
from reelforge.render.segments import cut
from reelforge.render.sources import Sources
from reelforge.store.assets import FileAssets

TIMELINE = {
    "title": "Keys",
    "size": {"width": 48, "height": 80},
    "shots": [
        {
            "picture": {"path": "a.png"},
            "frames": 5,
            "motion": {"name": "ken_burns", "zoom": [1.0, 1.4], "end": [0.4, 0.6]},
            "effects": [{"name": "vignette", "settings": {"strength": 0.5}}],
        },
        {
            "picture": {"path": "b.png"},
            "frames": 6,
            "mask": {"path": "mask.png"},
            "motion": {"name": "parallax", "zoom": [1.0, 1.5], "amount": 2.0},
            "transition": {"name": "slide", "frames": 3, "direction": "left"},
        },
        {
            "picture": {"path": "a.png"},
            "frames": 6,
            "fit": "blur",
            "motion": {"name": "handheld", "zoom": [1.0, 1.2], "seed": 3},
            "transition": {"name": "dissolve", "frames": 2},
            "effects": [{"name": "zoom_pulse", "settings": {"strength": 0.2}}],
        },
    ],
    "cues": [
        {"first": 2, "last": 9, "words": [{"text": "to", "first": 2, "last": 5}, {"text": "be", "first": 5, "last": 9}]}
    ],
    "cards": [{"text": "Or not", "first": 10, "last": 16}],
    "audio": {"beats": [16_000, 20_000], "energy": {"step": 8000, "values": [0.1, 0.9, 0.4]}},
}
NAMES = {
    "name": ["still", "pan", "drift", "cut", "push", "wipe", "grain", "zoom_pulse", "shake"],
    "path": ["a.png", "b.png", "mask.png"],
    "text": ["to", "be", "Or not"],
    "direction": ["left", "right", "up", "down"],
    "fit": ["cover", "blur"],
    "title": ["Other"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("material")
    for number, name in enumerate(("a.png", "b.png")):
        noise = np.random.default_rng(number).integers(0, 256, (90, 70, 3), np.uint8)
        Image.fromarray(noise).save(folder / name)
    mask = np.zeros((90, 70), np.uint8)
    mask[20:70, 20:50] = 255
    Image.fromarray(mask).save(folder / "mask.png")
    return folder


def _shown(folder: Path, document_: dict) -> list[tuple[str, bytes]]:
    """Each segment's key with the pixels of its frames."""
    timeline = Timeline.model_validate_json(json.dumps(document_))
    document.check(timeline)
    material = Material.gather(timeline, Sources(FileAssets(folder / "assets"), folder))
    drawing = Drawing(material)
    segments = cut(material.displays, {}, 4)
    return [
        (part.key, b"".join(bytes(drawing.frame(number).flat) for number in range(part.first, part.last)))
        for part in segments
    ]


def _leaves(node, path=()):
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(value, (*path, key))
    elif isinstance(node, list):
        for key, value in enumerate(node):
            yield from _leaves(value, (*path, key))
    else:
        yield path


LEAVES = sorted(_leaves(Timeline.model_validate(TIMELINE).model_dump(mode="json")), key=str)


def _changed(path, value):
    """The timeline with another value in one place, or None when that cannot be."""
    changed = Timeline.model_validate(TIMELINE).model_dump(mode="json")
    node = changed
    for key in path[:-1]:
        node = node[key]
    if node[path[-1]] == value:
        return None
    node[path[-1]] = value
    return changed


@pytest.fixture(scope="module")
def original(folder):
    return dict(_shown(folder, TIMELINE))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(LEAVES), data=st.data())
def test_whatever_is_changed_a_key_that_stays_still_shows_the_same_pixels(folder, original, path, data):
    given_ = copy.deepcopy(TIMELINE)
    node = Timeline.model_validate(given_).model_dump(mode="json")
    for key in path:
        node = node[key]
    if isinstance(node, bool) or node is None:
        value = data.draw(st.sampled_from([None, True, False]))
    elif isinstance(node, int):
        value = node + data.draw(st.sampled_from([-2, -1, 1, 2, 8]))
    elif isinstance(node, float):
        value = node + data.draw(st.sampled_from([-0.3, -0.1, 0.01, 0.1, 0.3]))
    else:
        value = data.draw(st.sampled_from(NAMES.get(path[-1], ["linear", "#10ff80", "bounce_out"])))
    changed = _changed(path, value)
    assume(changed is not None)
    try:
        shown = _shown(folder, changed)
    except (ReelForgeError, ValidationError):
        return
    for key, pixels in shown:
        assert original.get(key, pixels) == pixels


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("title",), "Other"),
        (("audio", "loudness"), -16.0),
        (("audio", "ducking", "depth_db"), -3.0),
        (("audio", "energy", "values"), [0.9]),
        (("encode", "audio_bitrate"), 96_000),
        (("safe_area", "left"), 61),
        (("shots", 2, "transition", "direction"), "up"),
        (("shots", 0, "motion", "seed"), 7),
        (("shots", 0, "motion", "amount"), 2.0),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_what_shows_in_no_frame_changes_no_key(folder, original, path, value):
    shown = dict(_shown(folder, _changed(path, value)))
    assert list(shown.values()) == list(original.values())
    if path[-1] != "direction":  # which way a dissolve moves is for the dissolve to know
        assert list(shown) == list(original)


@pytest.mark.parametrize(
    ("path", "value", "touched"),
    [
        (("shots", 0, "picture", "path"), "b.png", {0, 1, 2}),
        (("shots", 0, "motion", "zoom", 1), 1.2, {0, 1, 2}),
        (("shots", 0, "effects", 0, "settings", "strength"), 0.9, {0, 1, 2}),
        (("shots", 1, "mask"), None, {2, 3, 4}),
        (("shots", 1, "transition", "direction"), "up", {2}),
        (("shots", 2, "fit"), "cover", {4, 5}),
        (("audio", "beats"), [18_000, 20_000], {4, 5}),
        (("cues", 0, "words", 0, "text"), "so", {1, 2, 3}),
        (("cues", 0, "words", 1, "last"), 8, {3}),
        (("cards", 0, "text"), "Is not", {3, 4, 5}),
        (("caption_style", "highlight"), "#00ff00", {1, 2, 3}),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_a_change_gives_new_keys_and_new_pixels_to_the_same_segments(folder, original, path, value, touched):
    before, after = list(original.items()), _shown(folder, _changed(path, value))
    assert len(before) == len(after)
    keys = {number for number, pair in enumerate(zip(before, after, strict=True)) if pair[0][0] != pair[1][0]}
    pixels = {number for number, pair in enumerate(zip(before, after, strict=True)) if pair[0][1] != pair[1][1]}
    assert pixels <= keys
    assert keys == touched
