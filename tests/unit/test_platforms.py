"""Platforms and qualities as the settings know them, and what a channel's look becomes by them."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from reelforge import resources
from reelforge.domain.formats import MARGINS, SHAPES, frame_size, shape_of
from reelforge.domain.timeline import Encode, Rate, SafeArea, Size
from reelforge.errors import InputError
from reelforge.settings import load
from reelforge.settings.shipped import platforms, qualities

NAMES = ["instagram", "tiktok", "youtube", "youtube_shorts"]


def _channel(folder: Path, text: str):
    path = folder / "reelforge.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, {"REELFORGE_HOME": str(folder / "home")}).channel("a")


def test_the_four_platforms_are_there_and_each_takes_every_quality_in_h264() -> None:
    assert sorted(platforms()) == NAMES
    for platform in platforms().values():
        assert platform.codecs[0] == "h264"
        assert platform.shape in SHAPES
        for quality in qualities().values():
            assert quality.encode.max_bitrate <= platform.max_bitrate
            assert platform.fps[0] <= quality.fps <= platform.fps[1]


def test_instagrams_figures_are_those_of_its_specification() -> None:
    reels = platforms()["instagram"]
    assert (reels.max_bytes, reels.max_bitrate, reels.seconds) == (300_000_000, 25_000_000, (3, 900))
    assert (reels.fps, reels.most_columns, reels.safe_area) == ((23, 60), 1920, SafeArea())


def test_every_figure_of_a_platform_says_where_it_is_from() -> None:
    text = (resources.folder("config") / "platforms.toml").read_text(encoding="utf-8")
    tables = text.split("\n[")[1:]
    assert len(tables) == len(NAMES)
    for table in tables:
        lines = table.splitlines()
        for before, line in pairwise(lines):
            if re.match(r"(shape|codecs|max_\w+|seconds|fps|most_\w+|safe_area) =", line):
                assert "#" in line or before.startswith("#"), line


@pytest.mark.parametrize(
    ("shape", "full", "ultra"),
    [
        ("9:16", (1080, 1920), (2160, 3840)),
        ("16:9", (1920, 1080), (3840, 2160)),
        ("1:1", (1080, 1080), (2160, 2160)),
        ("4:5", (1080, 1350), (2160, 2700)),
    ],
)
def test_a_channels_frame_is_its_quality_in_its_shape(tmp_path: Path, shape: str, full, ultra) -> None:
    for quality, size, fps in (("low", full, 30), ("medium", full, 30), ("high", full, 30), ("ultra", ultra, 60)):
        look = _channel(tmp_path, f'[render]\nquality = "{quality}"\n[channels.a]\nshape = "{shape}"\n').look
        assert (look.size.width, look.size.height) == size
        assert look.rate == Rate(num=fps)
        assert look.encode.quality == quality


def test_ultra_asks_for_fifteen_megabits() -> None:
    ultra = qualities()["ultra"]
    assert (ultra.short_side, ultra.fps, ultra.encode.bitrate) == (2160, 60, 15_000_000)


def test_a_channel_is_for_instagram_unless_it_says_otherwise(tmp_path: Path) -> None:
    channel = _channel(tmp_path, "[channels.a]\n")
    assert (channel.platform, channel.shape) == ("instagram", "9:16")
    assert channel.look.size == Size()
    assert channel.look.safe_area == SafeArea()


def test_a_platform_brings_its_shape_margins_and_limits(tmp_path: Path) -> None:
    channel = _channel(tmp_path, '[channels.a]\nplatform = "youtube"\n')
    assert (channel.shape, channel.look.size) == ("16:9", Size(width=1920, height=1080))
    assert channel.look.safe_area == platforms()["youtube"].safe_area
    assert (channel.look.encode.max_bytes, channel.look.encode.max_average) == (256_000_000_000, 68_000_000)


def test_a_channels_own_shape_and_margins_go_before_the_platforms(tmp_path: Path) -> None:
    text = '[defaults]\nplatform = "tiktok"\n[channels.a]\nshape = "1:1"\nsafe_area = { top = 77 }\n'
    look = _channel(tmp_path, text).look
    assert look.size == Size(width=1080, height=1080)
    assert look.safe_area == SafeArea(top=77, bottom=54, left=54, right=54)


@pytest.mark.parametrize(("said", "codec"), [("", "h264"), ('codec = "hevc"', "hevc"), ('codec = "h264"', "h264")])
def test_the_codec_is_the_platforms_unless_it_is_chosen(tmp_path: Path, said: str, codec: str) -> None:
    assert _channel(tmp_path, f"[render]\n{said}\n[channels.a]\n").look.encode.codec == codec


def test_a_codec_that_the_platform_does_not_take_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only = {name: one.model_copy(update={"codecs": ("h264",)}) for name, one in platforms().items()}
    monkeypatch.setattr("reelforge.settings.shipped.platforms", lambda: only)
    with pytest.raises(InputError, match=r'`channels.a.platform` takes "h264", where `render.codec` is "hevc"\.'):
        _channel(tmp_path, '[render]\ncodec = "hevc"\n[channels.a]\n')


def test_the_shipped_file_says_what_platforms_and_shapes_there_are() -> None:
    text = (resources.folder("config").parent / "reelforge.toml").read_text(encoding="utf-8")
    for name in (*NAMES, *SHAPES):
        assert f'"{name}"' in text
    assert re.search(r"^# safe_area = \{ top = 250, bottom = 300, left = 60, right = 120 \}", text, re.MULTILINE)


def test_margins_in_another_shape_are_no_larger_than_plain_ones() -> None:
    for platform in platforms().values():
        assert platform.margins(platform.shape) == platform.safe_area
        for shape in SHAPES:
            if shape != platform.shape:
                found = platform.margins(shape).model_dump()
                assert all(found[side] <= getattr(MARGINS, side) for side in found)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("side", [144, 360, 720, 1080, 1440, 2160])
def test_frames_are_even_and_known_again_by_their_shape(shape, side: int) -> None:
    size = frame_size(shape, side)
    across, down = SHAPES[shape]
    assert min(size.width, size.height) == side
    assert size.width / size.height == pytest.approx(across / down, rel=0.01)
    assert shape_of(size) == shape


def test_an_encoder_is_asked_for_no_more_than_a_platform_takes() -> None:
    tight = platforms()["instagram"].model_copy(update={"max_bitrate": 4_000_000})
    asked = tight.asked(Encode())
    assert (asked.bitrate, asked.max_bitrate, asked.max_average) == (4_000_000, 4_000_000, 4_000_000)


def test_what_a_platform_refuses_is_told_in_sentences() -> None:
    reels = platforms()["instagram"]
    assert reels.objections(Size(), Rate(), 30.0) == ()
    found = reels.objections(Size(width=2160, height=3840), Rate(num=20), 1_000.0)
    assert len(found) == 3
    assert found[0] == (
        "Instagram Reels takes frames of at most 1920 columns, and these have 2160.",
        "Choose a lower quality.",
    )
    assert "3 to 900 seconds, and one of 1000 is due" in found[1][0]
    assert found[1][1] == "Make it shorter."
    assert "23 to 60 frames a second, and these are 20" in found[2][0]
