"""Drawn pictures look as they were designed: repeatable, varied, calm where captions stand, and quickly made."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from reelforge.domain.picture import PictureRequest
from reelforge.engines.picture.backdrop import Options, draw
from reelforge.engines.picture.designs import DESIGNS

PALETTE = ("#101820", "#1f4e5f", "#f2aa4c")
SIZE = (270, 480)

FINGERPRINTS = {
    "ridges": "3c423c3e443f283638a89b7ca89e8274807a6479787d88805a7073162a34172c361a313b0912180a131a0c171e",
    "contours": "1221290b151c0b141b1628321b313b27434e0c171f1d35402947540d19200e1b221629320c171e0c171f14242d",
    "planet": "121f270d171e0b131a3541413c4a4a1a282e616d6932474f19272d131e240c161e14242c0d161c111d25122028",
    "mesh": "182a33293b422b49544b61676e6e60736f5c6b7a77c69755ce96467f8780958261806a46908e7f4f5b5a233942",
    "waves": "d6a769e2b275d8b58bb3a082b8a688a99c844f6b7164797b637778213e4a2443502545520f1b220d18200f1b22",
    "halftone": "5559545c605a454946c0a174e0b67e636861837c61908361656e6a616f6d6674724d6062324f5936545e2b4a56",
    "bokeh": "242a2a141d222226263646493544494b54513d50564955542e3d42293f48273b421e2e35223a441f38441b323c",
    "tiles": "5e4b28203c492b3c4214252e2c414518282f4d4f434d402857523b4a3f283141451f2a2e4a4737122229333d3e",
}
"""Mean colours of 3 × 5 fields as bytes, taken from drawings that were looked at."""


def drawn(design: str, narration: str = "The tide.", **values: object) -> NDArray[np.uint8]:
    request = PictureRequest(**{"scene": 0, "narration": narration, "palette": PALETTE, "size": SIZE, **values})
    return draw(request, Options(designs=(design,)))[0]


def fingerprint(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The mean colours of 3 × 5 fields, in levels of 255."""
    rows = np.array_split(pixels.astype(np.float64), 5, axis=0)
    cells = [cell.mean(axis=(0, 1)) for row in rows for cell in np.array_split(row, 3, axis=1)]
    return np.round(np.array(cells)).astype(np.int64).ravel()


@pytest.mark.parametrize("design", DESIGNS)
def test_each_design_is_drawn_as_it_was_approved(design: str) -> None:
    approved = np.frombuffer(bytes.fromhex(FINGERPRINTS[design]), np.uint8).astype(np.int64)
    assert np.abs(fingerprint(drawn(design)) - approved).max() <= 2


@pytest.mark.parametrize("design", DESIGNS)
def test_the_same_words_draw_the_same_pixels_and_others_draw_others(design: str) -> None:
    first = drawn(design)
    assert np.array_equal(first, drawn(design))
    assert np.abs(first.astype(int) - drawn(design, "Another scene.")).mean() > 3


@pytest.mark.parametrize("design", DESIGNS)
def test_the_channels_palette_colours_the_picture(design: str) -> None:
    green = drawn(design, palette=("#04140c", "#0b6b3a", "#39d98a")).reshape(-1, 3).mean(axis=0)
    red = drawn(design, palette=("#1a0505", "#8c1c13", "#ff6b5e")).reshape(-1, 3).mean(axis=0)
    assert green[1] > green[0] + 3
    assert red[0] > red[1] + 3


@pytest.mark.parametrize("design", DESIGNS)
def test_a_picture_is_neither_flat_nor_blown_out(design: str) -> None:
    grey = drawn(design).mean(axis=2)
    assert grey.std() > 8
    assert (grey > 250).mean() < 0.02
    assert 12 < grey.mean() < 190


def test_a_picture_is_a_fifth_larger_than_the_frame_and_has_its_shape() -> None:
    for size in ((1080, 1920), (1920, 1080), (1080, 1080)):
        pixels = draw(PictureRequest(scene=6, narration="x", size=size), Options())[0]
        assert pixels.shape == (size[1] * 6 // 5, size[0] * 6 // 5, 3)


def test_neighbouring_scenes_never_have_the_same_design() -> None:
    designs = [draw(PictureRequest(scene=n, narration="x", size=(90, 160)), Options())[1] for n in range(16)]
    assert all(one != two for one, two in pairwise(designs))
    assert set(designs) == set(DESIGNS)


def test_every_design_can_be_drawn_in_any_shape_and_for_any_seed() -> None:
    for seed in range(12):
        for number, design in enumerate(DESIGNS):
            size = ((108, 192), (192, 108), (128, 128), (64, 240))[(seed + number) % 4]
            pixels = drawn(design, f"seed {seed}", size=size, seed=seed, palette=PALETTE[: seed % 4])
            assert pixels.dtype == np.uint8
            assert pixels.std() > 4


def test_a_design_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ValueError, match="ridges"):
        Options(designs=("ridge",))
