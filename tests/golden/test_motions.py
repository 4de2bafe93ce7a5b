"""Every motion at five of its moments, as they were when a person looked at them. After a change that is meant, look
again and write them anew:

REELFORGE_NEW_FRAMES=1 python -m pytest tests/golden/test_motions.py
"""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reelforge.domain.timeline import Motion, Shot, Size, Source, Timeline
from reelforge.render import motions
from reelforge.render.material import Drawing, Material
from reelforge.render.planes import rgb_from_planes
from reelforge.render.sources import Sources
from reelforge.store.assets import FileAssets

GOLDEN = Path(__file__).parent / "motions"
SIZE = Size(width=108, height=192)
FRAMES = 40
FITS = ("cover", "blur")


def _scene():
    """Rings, stripes and every hue behind a subject with a hard edge."""
    down, across = np.mgrid[0:400, 0:420].astype(np.float64)
    hue = np.stack([np.sin(across / 60 + turn) + np.cos(down / 80 - turn) for turn in (0.0, 2.1, 4.2)], -1)
    rings = np.sign(np.sin(np.hypot(across - 150, down - 260) / 12))[..., None]
    scene = np.clip(120 + 55 * hue + 40 * rings, 0, 255).astype(np.uint8)
    subject = np.hypot((across - 230) / 60, (down - 170) / 90) < 1
    scene[subject] = [240, 235, 60]
    scene[subject & ((across // 10 + down // 10) % 2 == 0)] = [30, 20, 90]
    return scene, subject.astype(np.uint8) * 255


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scene")
    for name, picture in zip(("scene.png", "mask.png"), _scene(), strict=True):
        Image.fromarray(picture).save(folder / name)
    return folder


def _strip(folder, motion, fit="cover"):
    """The frames at 0, a quarter, a half, three quarters and just before the end, side by side."""
    shot = Shot(
        picture=Source(path="scene.png"),
        frames=FRAMES,
        motion=motion,
        fit=fit,
        mask=Source(path="mask.png") if motion.name == "parallax" else None,
    )
    timeline = Timeline(size=SIZE, shots=(shot,))
    drawing = Drawing(Material.gather(timeline, Sources(FileAssets(folder / "assets"), folder)))
    return np.hstack([rgb_from_planes(drawing.frame(number)) for number in (0, 10, 20, 30, 39)])


def _distance(one, other):
    """The mean absolute difference in levels, and that of the worst 1 % of pixels."""
    apart = np.abs(one.astype(int) - other).max(axis=2)
    return apart.mean(), np.percentile(apart, 99)


def _close(one, other):
    mean, worst = _distance(one, other)
    return mean < 1.0 and worst < 8


def _compare(shown, name):
    path = GOLDEN / f"{name}.png"
    if os.environ.get("REELFORGE_NEW_FRAMES"):
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(shown).save(path, optimize=True)
    golden = np.asarray(Image.open(path))
    assert _close(shown, golden), _distance(shown, golden)
    for axis, by in ((0, 1), (1, 1)):
        assert not _close(np.roll(shown, by, axis), golden), "the comparison would not notice a pixel"


@pytest.mark.parametrize("name", sorted(motions.names()))
def test_a_motion_looks_as_it_did(folder, name):
    motion = Motion(name=name, zoom=(1.15, 1.5), start=(0.4, 0.5), end=(0.55, 0.42), amount=1.5, seed=2)
    _compare(_strip(folder, motion), name)


@pytest.mark.parametrize("fit", FITS)
def test_a_picture_of_another_shape_stands_in_the_frame_as_it_did(folder, fit):
    _compare(_strip(folder, Motion(zoom=(1.0, 1.2)), fit), f"fit-{fit}")
