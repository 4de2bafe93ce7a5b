"""What a picture shows, as values; and the arithmetic between a network's numbers and these."""

import io
import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from reelforge.domain.asset import AssetRef, Provenance
from reelforge.domain.sight import MIDDLE, Box, Face, Sight, Subject, sighted
from reelforge.engines.picture.decode import read_reduced
from reelforge.engines.vision import apple, blazeface
from reelforge.engines.vision.cutout import cut_out, mask_png
from reelforge.errors import InputError, NeverWorksError
from reelforge.jobs.keys import asset_refs
from reelforge.store.assets import FileAssets

MASK = AssetRef(sha256="a" * 64, media_type="image/png", size=9)
anywhere = st.floats(-0.5, 1.5)


def face(x: float, y: float, side: float, confidence: float = 0.9) -> Face:
    box = Box.between(x - side / 2, y - side / 2, x + side / 2, y + side / 2)
    return Face(box=box, confidence=confidence, eyes=(x, y))


def subject(x: float = 0.3, y: float = 0.6) -> Subject:
    return Subject(box=Box.between(0.2, 0.5, 0.4, 0.7), centre=(x, y), area=0.04, confidence=0.9, mask=MASK)


def soft_disc(centre: tuple[float, float] = (0.5, 0.5), radius: float = 0.25, top: float = 1.0) -> np.ndarray:
    y, x = np.mgrid[0:320, 0:320].astype(np.float32) / 320
    far = np.hypot(x - centre[0], y - centre[1])
    return (np.clip((radius - far) / 0.02 + 0.5, 0, 1) * top).astype(np.float32)


@given(anywhere, anywhere, anywhere, anywhere)
def test_a_box_is_the_part_of_a_rectangle_within_the_picture(a: float, b: float, c: float, d: float) -> None:
    left, right = sorted((a, c))
    top, bottom = sorted((b, d))
    box = Box.between(left, top, right, bottom)
    assert 0 <= box.x <= box.right <= 1.0001
    assert 0 <= box.y <= box.bottom <= 1.0001
    if left >= 0 and right <= 1:
        assert (box.x, box.right) == pytest.approx((left, right), abs=2e-4)


def test_a_head_is_the_faces_box_with_hair_ears_and_chin() -> None:
    head = face(0.5, 0.5, 0.2).head
    assert (head.x, head.y, head.right, head.bottom) == pytest.approx((0.35, 0.29, 0.65, 0.64))
    assert face(0.5, 0.05, 0.1).head.y == 0


def test_the_focus_is_between_the_eyes_of_the_faces_and_nearest_to_the_large_and_sure() -> None:
    sight = sighted("x", [face(0.2, 0.3, 0.1), face(0.8, 0.5, 0.2)], subject())
    assert sight.focus == pytest.approx((0.2 * 0.2 + 0.8 * 0.8, 0.2 * 0.3 + 0.8 * 0.5))
    assert sight.focus_on == "faces"
    even = sighted("x", [face(0.2, 0.3, 0.1, 0.9), face(0.8, 0.3, 0.1, 0.6)], None)
    assert even.focus == pytest.approx((0.44, 0.3))


def test_faces_are_sorted_by_how_much_they_matter() -> None:
    small, large, unsure = face(0.1, 0.5, 0.1), face(0.5, 0.5, 0.3), face(0.9, 0.5, 0.1, 0.6)
    assert sighted("x", [unsure, small, large], None).faces == (large, small, unsure)


def test_without_faces_the_focus_is_the_subjects_centre_and_without_either_the_middle() -> None:
    assert sighted("x", [], subject()).focus == (0.3, 0.6)
    assert sighted("x", [], subject()).focus_on == "subject"
    assert sighted("x", [], None) == Sight(focus=MIDDLE, focus_on="nothing", engine="x")


def test_a_sight_survives_json_and_names_its_mask_as_an_asset() -> None:
    sight = sighted("x", [face(0.3, 0.3, 0.2)], subject())
    assert Sight.model_validate_json(sight.model_dump_json()) == sight
    assert list(asset_refs(sight)) == [MASK]
    assert sight.mask == MASK
    assert sighted("x", [], None).mask is None


def test_places_outside_the_picture_are_no_values() -> None:
    with pytest.raises(ValidationError):
        Box(x=-0.1, y=0, width=0.5, height=0.5)
    with pytest.raises(ValidationError):
        Sight(focus=(0.5, 1.2), engine="x")


def test_a_networks_numbers_become_boxes_around_their_cells() -> None:
    """A width of 8 cells: place 9 is the second cell of the second row, its middle at (6, 6)."""
    boxes, scores = np.zeros((16, 16), np.float32), np.full(16, -9, np.float32)
    boxes[9, :8] = [1, -1, 10, 20, -3, -4, 3, -4]
    scores[9] = 2
    (row,) = blazeface.decoded(boxes, scores, 32, 0.5)
    assert row[:8] == pytest.approx([2, -5, 12, 15, 3, 2, 9, 2])
    assert row[8] == pytest.approx(1 / (1 + np.exp(-2)))


def test_boxes_of_one_face_become_their_weighted_mean_and_others_stay() -> None:
    def row(left: float, confidence: float) -> list[float]:
        return [left, 0, left + 10, 10, left + 3, 4, left + 7, 4, confidence]

    together = blazeface.merged(np.array([row(1, 0.3), row(50, 0.5), row(0, 0.9)]), 0.3)
    assert together[:, 8].tolist() == [0.9, 0.5]
    assert together[:, 0] == pytest.approx([(0 * 0.9 + 1 * 0.3) / 1.2, 50])
    assert blazeface.merged(np.empty((0, 9)), 0.3).shape == (0, 9)


@pytest.mark.parametrize("size", [(1080, 1920), (1920, 1080), (300, 300), (8000, 500), (500, 8000), (1, 1)])
def test_a_picture_is_shown_at_rising_sizes_up_to_one_that_fits_the_memory(size: tuple[int, int]) -> None:
    sizes = blazeface.scales(*size, 0.03)
    assert list(sizes) == sorted(sizes)
    assert size[0] * size[1] * sizes[-1] ** 2 <= 1_500_001
    assert sizes[0] * max(size) <= 97


@given(st.floats(1, 4000))
def test_tiles_cover_a_side_and_share_enough_for_the_smallest_faces(length: float) -> None:
    tiles = blazeface.tiles(length)
    assert all(side % 32 == 0 and 192 <= side <= 384 for _, side in tiles)
    assert tiles[0][0] <= 0
    assert tiles[-1][0] + tiles[-1][1] >= length - 1e-6
    shared = [start + side - after for (start, side), (after, _) in itertools.pairwise(tiles)]
    assert all(share >= 64 - 1e-6 for share in shared)


def test_a_view_holds_the_part_asked_for_and_nothing_beyond_the_picture() -> None:
    picture = np.full((100, 200, 3), 255, np.uint8)
    picture[:, :100] = 0
    shown = blazeface.view(picture, 50, -50, 0.5, (100, 100))
    assert shown.shape == (100, 100, 3)
    assert (shown[:24] == 0).all()
    assert (shown[76:] == 0).all()
    assert shown[50, 10, 0] == -1
    assert shown[50, 60, 0] == 1
    assert (shown[50, 77:] == 0).all()
    assert (blazeface.view(picture, 500, 500, 1, (32, 32)) == 0).all()


def test_a_mask_has_the_pictures_shape_and_keeps_its_soft_edge() -> None:
    with Image.open(io.BytesIO(mask_png(soft_disc(), (1080, 1920)))) as mask:
        assert (mask.mode, mask.size) == ("L", (288, 512))
        values = np.asarray(mask)
    assert values[256, 144] == 255
    assert values[5, 5] == 0
    assert len(np.unique(values)) > 20
    with Image.open(io.BytesIO(mask_png(soft_disc(), (64, 40)))) as small:
        assert small.size == (64, 40)


def test_a_subject_has_its_box_its_centre_and_its_area(tmp_path: Path) -> None:
    assets = FileAssets(tmp_path)
    found = cut_out(assets, soft_disc((0.6, 0.4), 0.2), (500, 500), Provenance(source="x"))
    assert found is not None
    assert found.centre == pytest.approx((0.6, 0.4), abs=0.005)
    assert found.area == pytest.approx(np.pi * 0.04, rel=0.02)
    assert (found.box.x, found.box.right) == pytest.approx((0.4, 0.8), abs=0.01)
    assert assets.has(found.mask)


def test_crumbs_do_not_widen_a_subjects_box_but_equal_parts_all_count(tmp_path: Path) -> None:
    crumbs = soft_disc((0.6, 0.4), 0.2)
    crumbs[300:306, 4:10] = 1
    found = cut_out(FileAssets(tmp_path), crumbs, (500, 500), Provenance(source="x"))
    assert found is not None
    assert found.box.x > 0.3
    many = np.zeros((320, 320), np.float32)
    for corner in range(25):
        y, x = 20 + 60 * (corner // 5), 20 + 60 * (corner % 5)
        many[y : y + 10, x : x + 10] = 1
    spread = cut_out(FileAssets(tmp_path), many, (500, 500), Provenance(source="x"))
    assert spread is not None
    assert spread.box.area > 0.6


@pytest.mark.parametrize(
    ("what", "likelihood"),
    [
        ("a speck", soft_disc(radius=0.05)),
        ("all of it", soft_disc(radius=0.9)),
        ("nothing", np.zeros((320, 320), np.float32)),
        ("something unsure", soft_disc(top=0.7)),
    ],
)
def test_what_is_no_sure_subject_has_no_mask(tmp_path: Path, what: str, likelihood: np.ndarray) -> None:
    assert cut_out(FileAssets(tmp_path), likelihood, (500, 500), Provenance(source="x")) is None, what
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_reduced_picture_is_whole_upright_and_small(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "turned.jpg"
    wide = Image.new("RGB", (4000, 500), "red")
    wide.paste("blue", (0, 0, 2000, 500))
    wide.save(path, exif=exif)
    seen = read_reduced(path, 500_000)
    assert seen.width * 8 == pytest.approx(seen.height, rel=0.02)
    assert 400_000 < seen.width * seen.height < 510_000
    assert seen.getpixel((seen.width // 2, 10))[2] > 200
    wide.save(tmp_path / "wide.png")
    assert read_reduced(tmp_path / "wide.png", 50_000).size == (632, 79)
    tiny = tmp_path / "tiny.png"
    Image.new("L", (5, 3), 90).save(tiny)
    assert (read_reduced(tiny, 500_000).size, read_reduced(tiny, 500_000).mode) == ((5, 3), "RGB")
    with pytest.raises(InputError, match="There is no picture"):
        read_reduced(tmp_path / "gone.jpg", 1)


def test_apples_boxes_are_counted_from_the_bottom_and_ours_from_the_top() -> None:
    found = apple.face_at(0.1, 0.6, 0.2, 0.3, 1.0)
    assert (found.box.x, found.box.y, found.box.right, found.box.bottom) == pytest.approx((0.1, 0.1, 0.3, 0.4))
    assert found.eyes == pytest.approx((0.2, 0.22))


@pytest.mark.parametrize(
    ("code", "kind", "one"), [(0x4C303066, "<f4", 1.0), (0x4C303068, "<f2", 1.0), (0x4C303038, "|u1", 255)]
)
def test_apples_masks_are_read_row_by_row_without_their_padding(code: int, kind: str, one: float) -> None:
    padded = np.full((2, 8), one / 5, kind)
    padded[0, :3] = [0, one, one / 5]
    read = apple.plane(padded.tobytes(), code, 3, 2, padded.strides[0])
    assert read.shape == (2, 3)
    assert read[0].tolist() == pytest.approx([0, 1, 0.2], abs=1e-3)
    with pytest.raises(NeverWorksError, match="format"):
        apple.plane(padded.tobytes(), 0x42475241, 3, 2, padded.strides[0])


@pytest.mark.parametrize(
    ("system", "version", "words"),
    [("linux", "", "only on macOS"), ("darwin", "13.6.1", "needs macOS 14; this is 13.6.1"), ("darwin", "", "unknown")],
)
def test_apples_engine_says_what_it_lacks(system: str, version: str, words: str) -> None:
    sentence, remedy = apple.lack(system, version)
    assert words in sentence
    assert 'engine = "onnx"' in remedy


@pytest.mark.skipif(bool(apple.importlib.util.find_spec("Vision")), reason="the package is installed")
def test_apples_engine_names_the_package_to_install() -> None:
    assert apple.lack("darwin", "15.2") == (
        "The package pyobjc-framework-Vision is not installed.",
        "Install it: `pip install pyobjc-framework-Vision`.",
    )
