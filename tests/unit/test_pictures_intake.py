"""Any picture file becomes an upright, opaque sRGB still, or is refused in a sentence that names it."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import anyio
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from reelforge.engines.picture.credits import read_credit
from reelforge.engines.picture.decode import LONG_SIDE, read_still
from reelforge.engines.picture.focus import BOUNDS, find_focus
from reelforge.engines.picture.intake import fetch_named, settle
from reelforge.errors import InputError
from reelforge.jobs.plain import PlainContext
from reelforge.store.assets import FileAssets


def scenic(width: int = 480, height: int = 640) -> Image.Image:
    """Red above, blue below, a green mark top left: orientation and colours can be told from any corner."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2] = (200, 40, 40)
    pixels[height // 2 :] = (40, 40, 200)
    pixels[: height // 8, : width // 8] = (40, 200, 40)
    return Image.fromarray(pixels)


def saved(path: Path, image: Image.Image, kind: str, **options: object) -> Path:
    image.save(path, kind, **options)
    return path


def colours(image: Image.Image) -> list[tuple[int, ...]]:
    """The colours near the top left, right and bottom left corners, in steps of 40."""
    w, h = image.size
    spots = ((w // 16, h // 16), (w - w // 16, h // 16), (w // 16, h - h // 16))
    return [tuple(round(value / 40) * 40 for value in image.getpixel(spot)) for spot in spots]


UPRIGHT = colours(scenic())


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_still(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP", "MPO"])
def test_every_usual_format_is_read_by_its_content_whatever_it_is_called(tmp_path: Path, kind: str) -> None:
    still = read_still(saved(tmp_path / "wrong.txt", scenic(), kind))
    assert (still.image.mode, still.image.size) == ("RGB", (480, 640))
    assert colours(still.image) == UPRIGHT


def test_a_jpeg_that_needs_no_change_keeps_its_own_bytes(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.jpg", scenic(), "JPEG", quality=80)
    assets = FileAssets(tmp_path / "assets")
    picture = settle(assets, path, "person")
    assert assets.path(picture.asset).read_bytes() == path.read_bytes()
    assert picture.asset.media_type == "image/jpeg"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_is_put_upright(tmp_path: Path, orientation: int) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = scenic().transpose(undo[orientation]) if orientation > 1 else scenic()
    exif = Image.Exif()
    exif[0x0112] = orientation
    still = read_still(saved(tmp_path / "a.jpg", stored, "JPEG", exif=exif))
    assert still.image.size == (480, 640)
    assert colours(still.image) == UPRIGHT
    assert (still.original is None) == (orientation > 1)


@pytest.mark.parametrize(
    ("mode", "kind"), [("L", "JPEG"), ("1", "PNG"), ("P", "PNG"), ("CMYK", "JPEG"), ("CMYK", "TIFF"), ("YCbCr", "JPEG")]
)
def test_every_colour_mode_becomes_rgb(tmp_path: Path, mode: str, kind: str) -> None:
    image = scenic().convert(mode)
    still = read_still(saved(tmp_path / "a", image, kind))
    assert still.image.mode == "RGB"
    expected = np.asarray(image.convert("RGB"), dtype=int)
    assert np.abs(np.asarray(still.image, dtype=int) - expected).mean() < 4


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_become_eight_without_clipping(tmp_path: Path, kind: str) -> None:
    ramp = np.tile(np.linspace(0, 65_535, 400, dtype=np.uint16), (400, 1))
    still = read_still(saved(tmp_path / "a", Image.fromarray(ramp), kind))
    values = np.asarray(still.image)[0, :, 0].astype(int)
    assert (values[0], values[-1]) == (0, 255)
    assert abs(values[200] - 128) <= 2


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_laid_over_a_ground_and_what_is_opaque_keeps_its_colour(tmp_path: Path, mode: str) -> None:
    image = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    image.paste((200, 200, 200, 255), (100, 100, 300, 300))
    if mode == "P":
        image = image.quantize(8)
    still = read_still(saved(tmp_path / "a.png", image.convert(mode), "PNG"))
    assert still.image.mode == "RGB"
    assert still.image.getpixel((200, 200)) == pytest.approx((200, 200, 200), abs=3)
    ground = still.image.getpixel((10, 10))
    assert max(ground) < 120
    assert still.original is None


def test_a_picture_that_is_wholly_transparent_is_refused(tmp_path: Path) -> None:
    assert "wholly transparent" in refused(saved(tmp_path / "a.png", Image.new("RGBA", (400, 400)), "PNG"))


def test_a_wide_gamut_photo_is_converted_by_its_profile(tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    image = ImageCms.profileToProfile(scenic(), srgb, lab, outputMode="LAB")
    still = read_still(saved(tmp_path / "a.tif", image, "TIFF"))
    assert np.abs(np.asarray(still.image, dtype=int) - np.asarray(scenic(), dtype=int)).mean() < 4


def test_a_profile_other_than_srgb_is_applied_and_one_that_is_broken_is_passed_over(tmp_path: Path) -> None:
    gamma_one = linear_profile()
    converted = read_still(
        saved(tmp_path / "linear.png", Image.new("RGB", (400, 400), (55, 55, 55)), "PNG", icc_profile=gamma_one)
    )
    assert converted.image.getpixel((9, 9))[0] == pytest.approx(128, abs=4)
    broken = read_still(saved(tmp_path / "b.jpg", scenic(), "JPEG", icc_profile=b"no profile at all" * 20))
    assert colours(broken.image) == UPRIGHT


def linear_profile() -> bytes:
    """An RGB profile with sRGB's primaries and a linear curve (ICC.1:2010), built by hand."""
    base = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    count = struct.unpack(">I", base[128:132])[0]
    tags = [struct.unpack(">4sII", base[132 + 12 * i : 144 + 12 * i]) for i in range(count)]
    parts = {name: base[at : at + size] for name, at, size in tags}
    curve = b"curv" + bytes(8)
    parts |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    parts[b"desc"] = b"desc" + bytes(4) + struct.pack(">I", 7) + b"Linear\0" + bytes(79)
    body, table, at = b"", struct.pack(">I", len(parts)), 132 + 12 * len(parts)
    for name, data in parts.items():
        table += struct.pack(">4sII", name, at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    whole = base[:128] + table + body
    return struct.pack(">I", len(whole)) + whole[4:]


def test_an_animation_shows_its_first_frame(tmp_path: Path) -> None:
    frames = [scenic(), Image.new("RGB", (480, 640), (255, 255, 0))]
    for kind in ("GIF", "WEBP", "PNG"):
        path = tmp_path / kind
        frames[0].save(path, kind, save_all=True, append_images=frames[1:])
        assert colours(read_still(path).image) == UPRIGHT


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF"])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, kind: str) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (500, 500, 3), dtype=np.uint8))
    whole = saved(tmp_path / "whole", noise, kind).read_bytes()
    for part in (2, 10):
        path = tmp_path / f"cut{part}"
        path.write_bytes(whole[: len(whole) * (part - 1) // part])
        said = refused(path)
        assert "damaged" in said or "not a picture" in said


def huge_png(path: Path, width: int, height: int) -> Path:
    """A PNG whose header says what its few bytes do not hold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )
    return path


@pytest.mark.parametrize(
    ("width", "height"), [(20_000, 10_000), (12_000, 10_000), (9_500, 9_500), (9_440, 9_440), (300_000, 300_000)]
)
def test_two_hundred_megapixels_are_refused_before_they_are_decoded(tmp_path: Path, width: int, height: int) -> None:
    assert "more than 89 megapixels" in refused(huge_png(tmp_path / "a.png", width, height))


def test_a_large_photo_is_made_smaller_while_it_is_decoded(tmp_path: Path) -> None:
    still = read_still(saved(tmp_path / "a.jpg", scenic(7_000, 6_000), "JPEG", quality=50))
    assert max(still.image.size) <= LONG_SIDE
    assert still.original is None
    assert still.image.width / still.image.height == pytest.approx(7 / 6, rel=0.01)
    assert colours(still.image) == UPRIGHT


@pytest.mark.parametrize(("width", "height"), [(1, 1), (319, 2_000), (2_000, 10)])
def test_a_picture_too_small_to_show_is_refused_with_the_size_it_needs(tmp_path: Path, width: int, height: int) -> None:
    said = refused(saved(tmp_path / "a.png", scenic(width, height), "PNG"))
    assert f"{width} × {height}" in said
    assert "320 pixels" in said


def test_a_strip_is_cut_to_its_middle_before_it_is_made_smaller(tmp_path: Path) -> None:
    still = read_still(saved(tmp_path / "a.png", scenic(12_000, 400), "PNG"))
    assert still.image.size == (1_600, 400)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no bytes"),
        (b"Hello, I am a text.", "not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), "HEIC"),
        (b"\xff\xd8\xff\xe0" + bytes(300), "not a picture"),
    ],
)
def test_what_is_no_picture_is_refused(tmp_path: Path, data: bytes, told: str) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)
    assert told in refused(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert "There is no picture" in refused(tmp_path / "gone.jpg")
    assert "There is no picture" in refused(tmp_path)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_damage_to_a_file_escapes_as_anything_but_a_sentence(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kind = data.draw(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"]))
    buffer = io.BytesIO()
    scenic(330, 340).save(buffer, kind)
    broken = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.bin"
    path.write_bytes(broken)
    try:
        mode = read_still(path).image.mode
    except InputError as error:
        mode = "RGB" if str(path) in str(error) else "nameless"
    assert mode == "RGB"


@pytest.mark.parametrize("spot", [(0.3, 0.3), (0.7, 0.6), (0.5, 0.45)])
def test_the_focus_is_near_the_one_thing_in_the_picture(spot: tuple[float, float]) -> None:
    pixels = np.full((960, 540, 3), 30, np.uint8)
    x, y = round(spot[0] * 540), round(spot[1] * 960)
    pixels[y - 60 : y + 60, x - 60 : x + 60] = (250, 180, 60)
    found = find_focus(Image.fromarray(pixels))
    assert found == pytest.approx(spot, abs=0.12)


def test_the_focus_never_leaves_the_middle_and_is_the_same_each_time() -> None:
    rng = np.random.default_rng(7)
    for _ in range(20):
        image = Image.fromarray(rng.integers(0, 255, (64, 36, 3), dtype=np.uint8)).resize((360, 640))
        x, y = find_focus(image)
        (left, right), (top, bottom) = BOUNDS
        assert left <= x <= right
        assert top <= y <= bottom
        assert find_focus(image) == (x, y)


def test_an_empty_picture_has_its_focus_in_the_middle() -> None:
    assert find_focus(Image.new("RGB", (400, 700), (9, 9, 9))) == (0.5, 0.45)


CREDIT = 'title = "Earth"\nauthor = "NASA"\nlicence = "CC0-1.0"\nurl = "https://example.org"\n'


@pytest.mark.parametrize(
    "write",
    [
        lambda folder: (folder / "a.jpg.toml").write_text(CREDIT),
        lambda folder: (folder / "a.toml").write_text(CREDIT),
        lambda folder: (folder / "credits.toml").write_text(f'["a.jpg"]\n{CREDIT}["*"]\nauthor = "x"'),
        lambda folder: (folder / "credits.toml").write_text(f'["*"]\n{CREDIT.replace("licence", "license")}'),
    ],
)
def test_who_made_a_picture_goes_along_with_it(tmp_path: Path, write: Callable[[Path], object]) -> None:
    write(tmp_path)
    path = saved(tmp_path / "a.jpg", scenic(), "JPEG")
    found = settle(FileAssets(tmp_path / "assets"), path, "folder").asset.provenance
    assert found is not None
    assert (found.source, found.title, found.author, found.licence) == ("folder", "Earth", "NASA", "CC0-1.0")


def test_a_licence_file_in_reuse_form_is_understood(tmp_path: Path) -> None:
    (tmp_path / "a.jpg.license").write_text("SPDX-FileCopyrightText: 2020 Ann\nSPDX-License-Identifier: CC-BY-4.0\n")
    credit = read_credit(tmp_path / "a.jpg")
    assert (credit.author, credit.licence) == ("2020 Ann", "CC-BY-4.0")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("title = ", "a.toml line 1, at the end of the file: a value is missing"),
        ("titel = 'x'", "no 'titel'"),
        ("title = 3", "must be a text"),
    ],
)
def test_a_credit_that_cannot_be_understood_is_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(InputError, match=told):
        read_credit(tmp_path / "a.jpg")


def test_a_picture_named_by_a_script_is_taken_in_as_a_persons(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", scenic(), "PNG")
    picture = anyio.run(fetch_named, PlainContext(FileAssets(tmp_path / "assets")), str(path))
    assert picture.engine == "person"
    assert (picture.width, picture.height) == (480, 640)
