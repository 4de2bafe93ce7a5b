import numpy as np
import pytest
from PIL import Image

from reelforge.errors import InputError
from reelforge.render.pictures import decode, upright_size


def _full(*_):
    return 1.0


def _read(path, scale=_full):
    return decode(path, "shots[3].picture", scale)


def _save(tmp_path, picture, name="a.png", **settings):
    path = tmp_path / name
    picture.save(path, **settings)
    return path


def test_a_rotated_photo_stands_upright(tmp_path):
    picture = Image.new("RGB", (40, 20), "blue")
    picture.paste("red", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter clockwise for showing: the left edge becomes the top
    found = _read(_save(tmp_path, picture, "a.jpg", exif=exif, quality=95))
    assert found.size == (20, 40)
    assert found.rgb.shape == (40, 20, 3)
    assert found.rgb[5, 10, 0] > 200
    assert found.rgb[35, 10, 0] < 60


def test_alpha_is_laid_over_black(tmp_path):
    half = Image.new("RGBA", (4, 4), (200, 100, 50, 128))
    assert _read(_save(tmp_path, half)).rgb[0, 0].tolist() == pytest.approx([100, 50, 25], abs=1)


def test_a_palette_with_transparency_is_laid_over_black(tmp_path):
    picture = Image.new("P", (4, 4), 1)
    picture.putpalette([255, 255, 255, 10, 20, 30])
    path = _save(tmp_path, picture, "a.gif", transparency=1)
    assert _read(path).rgb.max() == 0


def test_cmyk_becomes_rgb(tmp_path):
    found = _read(_save(tmp_path, Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "a.jpg"))
    assert found.rgb[0, 0, 0] > 180
    assert found.rgb[0, 0, 1] < 100


def test_sixteen_bit_grey_keeps_its_tones(tmp_path):
    ramp = np.linspace(0, 65535, 64, dtype=np.uint16).reshape(8, 8)
    found = _read(_save(tmp_path, Image.fromarray(ramp)))
    assert np.array_equal(found.rgb[..., 1], ramp >> 8)


def test_an_animation_shows_its_first_frame(tmp_path):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    path = _save(tmp_path, frames[0], "a.gif", save_all=True, append_images=frames[1:])
    assert _read(path).rgb[0, 0].tolist() == [255, 0, 0]


def test_a_name_that_lies_about_the_format_does_not_matter(tmp_path):
    path = _save(tmp_path, Image.new("RGB", (8, 8), "red"), "a.png")
    wrong = path.rename(tmp_path / "a.jpg")
    assert _read(wrong).size == (8, 8)


def test_a_large_jpeg_is_decoded_at_a_fraction_and_keeps_its_own_size(tmp_path):
    found = _read(_save(tmp_path, Image.new("RGB", (800, 400), "red"), "a.jpg"), lambda *_: 0.24)
    assert found.size == (800, 400)
    assert found.rgb.shape == (100, 200, 3)


def _truncated(path):
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    Image.fromarray(noise).save(path, "JPEG")
    path.write_bytes(path.read_bytes()[:3000])


def _text(path):
    path.write_text("not a picture")


def _unknown_pixels(path):
    """A DDS header that names no pixel format there is."""
    Image.new("RGB", (8, 8)).save(path, "DDS")
    data = bytearray(path.read_bytes())
    data[80:84] = bytes(4)
    path.write_bytes(data)


def _undecodable(path):
    """An AVIF whose picture is nothing but zeros."""
    Image.linear_gradient("L").convert("RGB").save(path, "AVIF")
    data = path.read_bytes()
    at = data.index(b"mdat") + 4
    path.write_bytes(data[:at] + bytes(len(data) - at))


def _gigantic(path):
    """A PNG header that claims 20000 × 10000 pixels."""
    Image.new("L", (8, 8)).save(path, "PNG")
    data = bytearray(path.read_bytes())
    data[16:24] = (20_000).to_bytes(4, "big") + (10_000).to_bytes(4, "big")
    import zlib

    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda _: None, "there is no picture"),
        (_truncated, "is damaged"),
        (_unknown_pixels, "is damaged"),
        (_undecodable, "is damaged"),
        (_text, "is not a picture"),
        (lambda path: path.write_bytes(b""), "is not a picture"),
        (_gigantic, "more than 100 million pixels"),
        (lambda path: path.mkdir(), "is damaged|is not a picture"),
    ],
)
def test_a_picture_that_cannot_be_shown_is_told_in_a_sentence_with_its_place(tmp_path, make, says):
    path = tmp_path / "photo.jpg"
    make(path)
    with pytest.raises(InputError, match=says) as error:
        _read(path)
    assert error.value.message.startswith("shots[3].picture: ")
    assert str(path) in error.value.message
    assert error.value.exit_code == 2


def test_a_jpeg_of_a_few_columns_is_decoded_at_a_fraction_too(tmp_path):
    found = _read(_save(tmp_path, Image.new("RGB", (2, 900), "red"), "a.jpg"), lambda *_: 0.1)
    assert found.size == (2, 900)
    assert found.rgb[0, 0, 0] > 200


def test_an_orientation_that_is_no_number_turns_nothing(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = _save(tmp_path, Image.new("RGB", (40, 20)), "a.jpg", exif=exif)
    number, text = (b"\x12\x01" + kind + b"\x00\x01\x00\x00\x00" for kind in (b"\x03", b"\x07"))
    little = path.read_bytes().replace(number, text)
    big = little.replace(b"\x01\x12\x00\x03\x00\x00\x00\x01", b"\x01\x12\x00\x07\x00\x00\x00\x01")
    assert big != path.read_bytes()
    path.write_bytes(big)
    assert _read(path).size == upright_size(path, "") == (40, 20)
