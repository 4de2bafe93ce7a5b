"""Colours from a picture's file to what a player shows: within two levels of what they should be, on every way."""

from __future__ import annotations

import struct

import av
import numpy as np
import pytest
from PIL import Image, ImageCms

from reelforge.domain.timeline import Encode, Motion, Shot, Size, Source, Timeline
from reelforge.engines.picture.decode import read_still
from reelforge.render import encoders, inside
from reelforge.render.ffmpeg import discover
from reelforge.render.material import Drawing, Material
from reelforge.render.planes import rgb_from_planes
from reelforge.render.sources import Sources

CHART = (
    "735244c29682627a9d576c438580b167bdaad67e2c505ba6c15a635e3c6c9dbc40e0a32e"
    "383d96469449af363ce7c71fbb56950885a1f3f3f2c8c8c8a0a0a07a7a79555555343434"
)
"""The 24 patches of a ColorChecker in sRGB, as its maker published them."""
CORNERS = "000000ffffffff000000ff000000ffffff0000ffffff00ff"
GREYS = "".join(f"{value:02x}" * 3 for value in range(0, 256, 17))
COLOURS = np.frombuffer(bytes.fromhex(CHART + CORNERS + GREYS), np.uint8).reshape(-1, 3)
ACROSS, DOWN, PATCH = 6, 8, 60
SIZE = Size(width=ACROSS * PATCH, height=DOWN * PATCH)
FRAMES = 9
OFF = 2.0

# CIE 1931 xy of red, green and blue; all with the white of D65.
SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
DISPLAY_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
ADOBE_RGB = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
D65 = np.array([0.95047, 1.0, 1.08883])
D50 = np.array([0.9642, 1.0, 0.8249])
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def _chart(colours, patch=PATCH):
    return np.kron(colours.reshape(DOWN, ACROSS, -1), np.ones((patch, patch, 1), np.uint8)).astype(np.uint8)


def _patches(rgb, edge=15):
    cells = rgb.astype(np.float64).reshape(DOWN, PATCH, ACROSS, PATCH, 3)
    return cells[:, edge:-edge, :, edge:-edge].mean(axis=(1, 3)).reshape(-1, 3)


def _worst(got, wanted):
    return float(np.abs(got - wanted).max())


def _drawing(folder, name, *, motion=None, frames=FRAMES):
    motion = motion or Motion(name="still", zoom=(1.0, 1.0))
    timeline = Timeline(size=SIZE, shots=(Shot(picture=Source(path=name), frames=frames, motion=motion),))
    return Drawing(Material.gather(timeline, Sources(None, folder)))


def _shown(frame):
    """What BT.709, limited range, says that a decoded frame shows, by the standard's own formulae (item 3)."""
    planes = frame.to_ndarray(format="yuv420p").astype(np.float64)
    height, width = frame.height, frame.width
    luma = (planes[:height] - 16) / 219
    chroma = planes[height:].reshape(2, height // 2, width // 2).repeat(2, axis=1).repeat(2, axis=2)
    blue, red = (chroma - 128) / 224
    red_light, blue_light = luma + 1.5748 * red, luma + 1.8556 * blue
    green_light = (luma - 0.2126 * red_light - 0.0722 * blue_light) / 0.7152
    return np.clip(255 * np.stack([red_light, green_light, blue_light], -1), 0, 255)


def _encoded(program, encoder, drawing, out):
    """The decoded frames of a clip of the drawing."""
    rate = Timeline.model_fields["rate"].default
    task = encoders.Task(Encode(codec=encoder.codec), SIZE, rate, out, "shots[0]")
    with encoders.stream(program, encoder, task, lambda: None) as stream:
        for number in range(FRAMES):
            stream.write(drawing.frame(number).flat.data.cast("B"))
        stream.finish()
    with av.open(str(out)) as clip:
        return list(clip.decode(video=0))


@pytest.fixture(scope="module")
def program():
    return discover()


@pytest.fixture(scope="module")
def chart(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chart")
    Image.fromarray(_chart(COLOURS)).save(folder / "chart.png")
    return folder


@pytest.mark.parametrize("encoder", encoders.ENCODERS, ids=lambda encoder: encoder.name)
def test_patches_and_greys_come_out_of_every_encoder_as_they_went_in(tmp_path, program, chart, encoder):
    if encoder.name not in program.encoders or not encoders.works(program, encoder):
        pytest.skip(f"{encoder.name} does not work on this machine")
    frames = _encoded(program, encoder, _drawing(chart, "chart.png"), tmp_path / "a.mp4")
    assert len(frames) == FRAMES
    for frame in frames:
        assert _worst(_patches(_shown(frame)), COLOURS) <= OFF
    # A player's own conversion, which follows the tags and rounds twice.
    assert _worst(_patches(frames[-1].to_ndarray(format="rgb24")), COLOURS) <= OFF + 1


def test_x264_of_ffmpeg_gives_the_colours_that_x264_within_the_process_does(tmp_path, program, chart, monkeypatch):
    monkeypatch.setattr(inside, "has", lambda _name: False)
    frames = _encoded(program, encoders.named("libx264"), _drawing(chart, "chart.png"), tmp_path / "a.mp4")
    assert all(_worst(_patches(_shown(frame)), COLOURS) <= OFF for frame in frames)


@pytest.mark.parametrize("name", ["libx264", "libx265"])
def test_the_file_says_that_its_colours_are_bt709_in_limited_range(tmp_path, program, chart, name):
    _encoded(program, encoders.named(name), _drawing(chart, "chart.png"), tmp_path / "a.mp4")
    with av.open(str(tmp_path / "a.mp4")) as clip:
        context = clip.streams.video[0].codec_context
        assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (1, 1, 1, 1)
        assert (context.pix_fmt, context.profile) == ("yuv420p", "High" if name == "libx264" else "Main")
        frame = next(clip.decode(video=0))
        assert (frame.colorspace, frame.color_range) == (1, 1)


def test_motion_changes_no_colour(chart):
    """The view closes in on the middle by a fifteenth: the middle of each patch stays within it."""
    drawing = _drawing(chart, "chart.png", motion=Motion(zoom=(1.0, 1.07)), frames=40)
    for number in (0, 7, 20, 39):
        assert _worst(_patches(rgb_from_planes(drawing.frame(number)), edge=25), COLOURS) <= OFF


def _light(primaries):
    """Linear RGB to CIE XYZ under D65."""
    columns = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in primaries]).T
    return columns * np.linalg.solve(columns, D65)


def _linear(value):
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)  # IEC 61966-2-1


def _coded(light):
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def _fixed(number):
    return struct.pack(">i", round(number * 65_536))


def _profile(space, tags):
    """An ICC profile (ICC.1:2001-04) of a display with these tags."""
    whole = {b"wtpt": b"XYZ \0\0\0\0" + b"".join(map(_fixed, D50)), **tags}
    text = b"a profile made by hand\0"
    whole[b"desc"] = b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78)
    whole[b"cprt"] = b"text\0\0\0\0none\0"
    table, data, at = struct.pack(">I", len(whole)), b"", 128 + 4 + 12 * len(whole)
    for name, content in whole.items():
        table += name + struct.pack(">II", at + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    head = struct.pack(">I4sI4s4s4s", at + len(data), b"none", 0x02400000, b"mntr", space, b"XYZ ") + bytes(12)
    head += b"acsp" + bytes(28) + b"".join(map(_fixed, D50))
    return head + bytes(128 - len(head)) + table + data


def _gamma(exponent):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(exponent * 256)) + b"\0\0"


def _srgb_curve():
    values = np.rint(65_535 * _linear(np.linspace(0, 1, 1024))).astype(">u2")
    return b"curv\0\0\0\0" + struct.pack(">I", len(values)) + values.tobytes()


def _rgb_profile(primaries, curve):
    adapt = np.linalg.inv(BRADFORD) @ np.diag((BRADFORD @ D50) / (BRADFORD @ D65)) @ BRADFORD
    columns = (adapt @ _light(primaries)).T
    names = (b"rXYZ", b"gXYZ", b"bXYZ")
    tags = {name: b"XYZ \0\0\0\0" + b"".join(map(_fixed, column)) for name, column in zip(names, columns, strict=True)}
    return _profile(b"RGB ", {**tags, b"rTRC": curve, b"gTRC": curve, b"bTRC": curve})


def _in_srgb(values, primaries, linear):
    light = linear(values / 255) @ _light(primaries).T @ np.linalg.inv(_light(SRGB)).T
    return 255 * _coded(light)


def _wide(primaries, linear, coded):
    """The chart's colours in another space, in whole levels, and what these are in sRGB."""
    light = _linear(COLOURS / 255) @ _light(SRGB).T @ np.linalg.inv(_light(primaries)).T
    values = np.rint(255 * coded(np.clip(light, 0, 1)))
    return values.astype(np.uint8), _in_srgb(values, primaries, linear)


def _display_p3(path):
    values, wanted = _wide(DISPLAY_P3, _linear, _coded)
    Image.fromarray(_chart(values)).save(path, "PNG", icc_profile=_rgb_profile(DISPLAY_P3, _srgb_curve()))
    return wanted


def _adobe_rgb(path):
    """What the JPEG lost is not to be found again: its own numbers count."""
    exponent = 563 / 256  # Adobe RGB (1998), 4.3.1.2
    values, _ = _wide(ADOBE_RGB, lambda value: value**exponent, lambda light: light ** (1 / exponent))
    profile = _rgb_profile(ADOBE_RGB, _gamma(exponent))
    Image.fromarray(_chart(values)).save(path, "JPEG", quality=98, subsampling=0, icc_profile=profile)
    return _in_srgb(_patches(np.asarray(Image.open(path))), ADOBE_RGB, lambda value: value**exponent)


def _palette_p3(path):
    values, _ = _wide(DISPLAY_P3, _linear, _coded)
    reduced = Image.fromarray(_chart(values)).quantize(256, method=Image.Quantize.MEDIANCUT)
    reduced.save(path, "PNG", icc_profile=_rgb_profile(DISPLAY_P3, _srgb_curve()))
    return _in_srgb(_patches(np.asarray(reduced.convert("RGB"))), DISPLAY_P3, _linear)


def _linear_light(path):
    """In name an sRGB, in its numbers light itself."""
    values = np.rint(255 * _linear(COLOURS / 255))
    profile = _rgb_profile(SRGB, _gamma(1.0)).replace(b"a profile made by hand", b"sRGB linear, by hand  ")
    Image.fromarray(_chart(values.astype(np.uint8))).save(path, "PNG", icc_profile=profile)
    return 255 * _coded(values / 255)


def _named_srgb(path):
    profile = _rgb_profile(SRGB, _srgb_curve())
    Image.fromarray(_chart(COLOURS)).save(path, "PNG", icc_profile=profile)
    return COLOURS


def _grey(path):
    greys = COLOURS.mean(axis=1).round().astype(np.uint8)
    Image.fromarray(_chart(greys[:, None])[..., 0]).save(path, "PNG")
    return np.repeat(greys[:, None], 3, axis=1)


def _grey_by_profile(path):
    greys = COLOURS.mean(axis=1).round().astype(np.uint8)
    profile = _profile(b"GRAY", {b"kTRC": _gamma(1.8)})
    Image.fromarray(_chart(greys[:, None])[..., 0]).save(path, "PNG", icc_profile=profile)
    return np.repeat(255 * _coded((greys[:, None] / 255) ** 1.8), 3, axis=1)


def _deep_grey(path):
    greys = (COLOURS.mean(axis=1) * 257).round().astype(np.uint16)
    Image.fromarray(np.kron(greys.reshape(DOWN, ACROSS), np.ones((PATCH, PATCH), np.uint16))).save(path, "PNG")
    return np.repeat(greys[:, None] / 257, 3, axis=1)


def _cmyk(path):
    """Without a profile, inks take away light evenly."""
    inks = np.concatenate([255 - COLOURS, np.full((len(COLOURS), 1), 30, np.uint8)], axis=1)
    Image.fromarray(_chart(inks), "CMYK").save(path, "JPEG", quality=98, subsampling=0)
    return COLOURS * (225 / 255)


def _lab(path):
    standard, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    ImageCms.profileToProfile(Image.fromarray(_chart(COLOURS)), standard, lab, outputMode="LAB").save(path, "TIFF")
    back = ImageCms.profileToProfile(Image.open(path), lab, standard, outputMode="RGB")
    return _patches(np.asarray(back))


FORMS = {
    "display-p3.png": _display_p3,
    "adobe-rgb.jpg": _adobe_rgb,
    "palette-p3.png": _palette_p3,
    "linear.png": _linear_light,
    "srgb.png": _named_srgb,
    "grey.png": _grey,
    "grey-profile.png": _grey_by_profile,
    "grey-16.png": _deep_grey,
    "cmyk.jpg": _cmyk,
    "lab.tif": _lab,
}


@pytest.mark.parametrize("name", FORMS)
def test_a_picture_of_any_kind_comes_out_as_what_it_is_in_srgb(tmp_path, program, name):
    wanted = FORMS[name](tmp_path / name)
    frame = _encoded(program, encoders.named("libx264"), _drawing(tmp_path, name), tmp_path / "a.mp4")[-1]
    assert _worst(_patches(_shown(frame)), wanted) <= OFF
    taken_in = np.asarray(read_still(tmp_path / name).image)
    assert _worst(_patches(taken_in), wanted) <= OFF


@pytest.mark.parametrize("wide", [False, True], ids=["srgb", "display-p3"])
def test_what_shines_through_an_alpha_is_black_and_the_rest_as_it_is(tmp_path, wide):
    values, wanted = _wide(DISPLAY_P3, _linear, _coded) if wide else (COLOURS, COLOURS)
    alphas = np.array([255, 128, 0] * (len(COLOURS) // 3), np.uint8)[:, None]
    extra = {"icc_profile": _rgb_profile(DISPLAY_P3, _srgb_curve())} if wide else {}
    Image.fromarray(_chart(np.concatenate([values, alphas], axis=1))).save(tmp_path / "a.png", **extra)
    got = _patches(rgb_from_planes(_drawing(tmp_path, "a.png").frame(0)))
    assert _worst(got, wanted * (alphas / 255)) <= OFF
