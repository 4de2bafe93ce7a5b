"""Frames as they were when a person looked at them. After a change that is meant, look again and write them anew:

REELFORGE_NEW_FRAMES=1 python -m pytest tests/golden/test_frames.py
"""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from reelforge.domain.timeline import Motion, Shot, Size, Source, Timeline, Transition
from reelforge.render.compositor import Composer, File, StillShelf
from reelforge.render.display import Displays, Known
from reelforge.render.layer import Layer
from reelforge.render.planes import rgb_from_planes
from reelforge.render.sprites import SpriteShelf

GOLDEN = Path(__file__).parent / "frames"
SIZE = Size(width=216, height=384)
FRAMES = {
    "first": 0,
    "zooming": 17,
    "dissolve": 32,
    "panning": 45,
    "layer-rising": 49,
    "layer": 60,
    "layer-leaving": 68,
    "last": 79,
}


def _scene(kind):
    """A picture with edges in all directions, fine and coarse, and every hue; drawn by arithmetic alone."""
    down, across = np.mgrid[0:600, 0:400].astype(np.float64)
    rings = np.hypot(across - 150 - 90 * kind, down - 260) / (14 + 8 * kind)
    hue = np.stack([np.sin(across / 60 + turn) + np.cos(down / 80 - turn) for turn in (0.0, 2.1, 4.2)], -1)
    stripes = ((across + down) // 40 % 2)[..., None]
    return np.clip(120 + 55 * hue + 40 * np.sign(np.sin(rings))[..., None] + 18 * stripes, 0, 255).astype(np.uint8)


def _label():
    """A white disc with a soft edge on a half transparent red panel."""
    down, across = np.mgrid[0:60, 0:140]
    disc = np.clip(22 - np.hypot(across - 70, down - 30), 0, 1)[..., None]
    colour = np.array([200.0, 30.0, 40.0]) * (1 - disc) + 255 * disc
    alpha = 140 * (1 - disc) + 255 * disc
    return np.rint(np.concatenate([colour, alpha], -1)).astype(np.uint8)


@pytest.fixture(scope="module")
def composer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenes")
    paths = [folder / f"{kind}.png" for kind in range(2)]
    for kind, path in enumerate(paths):
        Image.fromarray(_scene(kind)).save(path)
    timeline = Timeline(
        size=SIZE,
        shots=(
            Shot(picture=Source(path="0"), frames=28, motion=Motion(zoom=(1.0, 1.3), end=(0.3, 0.4))),
            Shot(
                picture=Source(path="1"),
                frames=52,
                motion=Motion(zoom=(1.2, 1.2), start=(0.4, 0.4), end=(0.6, 0.6), easing="linear"),
                transition=Transition(name="dissolve", frames=9),
            ),
        ),
    )
    layers = (Layer(48, 70, 38, 250, "label", _label, fade_in=4, fade_out=3, rise=16),)
    displays = Displays(timeline, [Known(str(kind), (400, 600)) for kind in range(2)], layers)
    files = {str(kind): File(path, "") for kind, path in enumerate(paths)}
    drawing = Composer(SIZE, StillShelf(files, SIZE), SpriteShelf())
    return lambda number: drawing.draw(displays.display(number))


def _distance(one, other):
    """The mean absolute difference in levels, and that of the worst 1 % of pixels."""
    apart = np.abs(one.astype(int) - other).max(axis=2)
    return apart.mean(), np.percentile(apart, 99)


def _close(one, other):
    mean, worst = _distance(one, other)
    return mean < 1.0 and worst < 6


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_looks_as_it_did(composer, name):
    shown = rgb_from_planes(composer(FRAMES[name]))
    path = GOLDEN / f"{name}.png"
    if os.environ.get("REELFORGE_NEW_FRAMES"):
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(shown).save(path, optimize=True)
    golden = np.asarray(Image.open(path))
    assert _close(shown, golden), _distance(shown, golden)


@pytest.mark.parametrize("move", [(1, 0), (0, 1), (0.34, 0)])
def test_the_comparison_notices_a_shift_of_a_pixel_and_even_of_a_third(composer, move):
    shown = rgb_from_planes(composer(17))
    place = np.array([[1.0, 0, move[0]], [0, 1, move[1]]])
    shifted = cv2.warpAffine(shown, place, (SIZE.width, SIZE.height), borderMode=cv2.BORDER_REPLICATE)
    assert not _close(shown, shifted)


def test_the_comparison_notices_other_colours(composer):
    shown = rgb_from_planes(composer(17)).astype(int)
    assert not _close(shown, np.clip(shown * [1.03, 1, 1], 0, 255))
    assert not _close(shown, shown[..., ::-1])
