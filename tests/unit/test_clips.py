import subprocess
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from msgspec.structs import replace

from reelforge.domain.timeline import Clip, Source
from reelforge.errors import InputError
from reelforge.render.clips.frames import Frames, _Course
from reelforge.render.clips.info import ClipInfo, open_clip_info
from reelforge.render.clips.reader import ClipReader
from reelforge.render.clips.retime import refuse_too_short, retimed
from reelforge.render.clips.tone import pq_code
from reelforge.render.ffmpeg import discover
from reelforge.render.planes import rgb_from_planes

WHERE = "shots[0].clip"
WIDTH, HEIGHT, RATE, COUNT = 128, 96, 30, 40
"""COUNT frames, each with its number in the luma of eight blocks in its upper half."""

H264 = "-c:v libx264 -preset veryfast -g 12 -keyint_min 12 -sc_threshold 0 -bf 3 -pix_fmt yuv420p".split()  # noqa: SIM905  # a command line reads best as one
HEVC = "log-level=none:keyint=12:open-gop=1:bframes=3"
TAGGED = ["-vf", "setparams=colorspace=bt709:range=tv"]
KINDS = {
    "h264.mp4": H264,
    "h264-open.mkv": [*H264, "-x264-params", "open-gop=1:b-pyramid=normal:scenecut=0"],
    "h264-open.mp4": [*H264, "-x264-params", "open-gop=1:b-pyramid=normal:scenecut=0"],
    "h264.ts": H264,
    "h264.avi": [*H264, "-bf", "0"],
    "fragments.mp4": [*H264, "-movflags", "frag_keyframe+empty_moov"],
    "late.mp4": [*H264, "-output_ts_offset", "3.7"],
    "late.mkv": [*H264, "-output_ts_offset", "3.7"],
    "hevc.mp4": [
        "-c:v",
        "libx265",
        "-preset",
        "ultrafast",
        "-x265-params",
        "log-level=none:keyint=12:open-gop=1:bframes=3",
    ],
    "vp9.webm": ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "12", "-b:v", "400k"],
    "av1.mkv": ["-c:v", "libsvtav1", "-preset", "12", "-g", "12", "-crf", "30", "-svtav1-params", "lp=1"],
    "prores.mov": ["-c:v", "prores_ks", "-profile:v", "1"],
    "mpeg2.ts": ["-c:v", "mpeg2video", "-g", "12", "-bf", "2", "-q:v", "3"],
    "animation.gif": [],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="module")
def program():
    return str(discover().path)


@pytest.fixture(scope="module")
def make(folder, program):
    """Encode raw frames, or run ffmpeg on a file that was made before; each name once."""

    def run(name, arguments, frames=None, size=(WIDTH, HEIGHT), pixels="yuv420p", rate=RATE):
        out = folder / name
        if not out.exists():
            given = []
            if frames is not None:
                shape = f"{size[0]}x{size[1]}"
                given = ["-f", "rawvideo", "-s", shape, "-pix_fmt", pixels, "-r", str(rate), "-i", "-"]
            line = [program, "-v", "error", "-y", *given, *arguments, str(out)]
            done = subprocess.run(line, input=frames, capture_output=True, check=False)
            assert done.returncode == 0, done.stderr.decode()
        return out

    return run


def _numbered(count=COUNT):
    frames = []
    for number in range(count):
        luma = np.full((HEIGHT, WIDTH), 90, np.uint8)
        for bit in range(8):
            luma[: HEIGHT // 2, bit * 16 : bit * 16 + 16] = 210 if number >> bit & 1 else 40
        frames.append(luma.tobytes() + bytes([128]) * (WIDTH * HEIGHT // 2))
    return b"".join(frames)


def _number(planes):
    return sum((planes.y[HEIGHT // 4, bit * 16 + 8] > 125) << bit for bit in range(8))


def _told(reader, times):
    return [_number(reader.at(time)) for time in times]


@pytest.fixture(scope="module")
def numbered(make):
    def of(kind):
        rate = 25 if kind.endswith("gif") else RATE
        return make(kind, KINDS[kind], _numbered(), rate=rate), rate

    return of


@pytest.mark.parametrize("kind", KINDS)
def test_each_moment_shows_its_own_frame(numbered, kind):
    path, rate = numbered(kind)
    with ClipReader(path, WHERE) as reader:
        assert _told(reader, [number / rate for number in range(COUNT)]) == list(range(COUNT))
        assert _told(reader, [(number + 0.9) / rate for number in range(COUNT)]) == list(range(COUNT))


@pytest.mark.parametrize("kind", KINDS)
def test_frames_are_the_same_bytes_in_any_order(numbered, kind):
    path, rate = numbered(kind)
    with ClipReader(path, WHERE) as reader:
        onwards = [reader.at(number / rate).flat.tobytes() for number in range(COUNT)]
    order = np.random.default_rng(5).permutation(COUNT)[:24]
    with ClipReader(path, WHERE) as reader:
        for number in order:
            assert reader.at(number / rate).flat.tobytes() == onwards[number], number
    with ClipReader(path, WHERE, threads=3) as reader:
        for number in order[:6]:
            assert reader.at(number / rate).flat.tobytes() == onwards[number], number


@pytest.mark.parametrize("kind", KINDS)
def test_the_header_says_what_a_clip_is(numbered, kind):
    path, rate = numbered(kind)
    info = open_clip_info(path, WHERE)
    assert (info.width, info.height, info.transfer, info.has_sound) == (WIDTH, HEIGHT, "sdr", False)
    assert info.seconds == pytest.approx(COUNT / rate, abs=1.01 / rate)
    if kind != "h264.avi":
        assert info.rate == pytest.approx(rate, rel=0.02)
    assert info.codec in {"h264", "hevc", "vp9", "av1", "libdav1d", "prores", "mpeg2video", "gif"}
    with ClipReader(path, WHERE) as reader:
        assert reader.info == info


def test_a_trimmed_mp4_starts_where_its_edit_list_says(make, numbered):
    path = make("trimmed.mp4", ["-ss", "0.55", "-i", str(numbered("h264.mp4")[0]), "-c", "copy"])
    with ClipReader(path, WHERE) as reader:
        first = _number(reader.at(0))
        assert 15 <= first <= 17  # 0.55 s lies between two frames; key frames are at 12 and 24
        found = _told(reader, [number / RATE for number in range(COUNT - first)])
        assert found == list(range(first, COUNT))
        assert _told(reader, [0.5, 0.0, 0.3]) == [first + 15, first, first + 9]


_SPREAD = "-vf settb=1/1000,setpts=N*N*1000/120 -enc_time_base 1:1000 -fps_mode passthrough"


def test_a_frame_stays_until_the_next_ones_time_at_a_variable_rate(make):
    path = make("variable.mkv", [*_SPREAD.split(), *H264], _numbered(12))
    with ClipReader(path, WHERE) as reader:
        starts = [number * number / 120 for number in range(12)]
        for number, (begin, end) in enumerate(pairwise(starts)):
            assert _told(reader, [begin + 0.001, (begin + end) / 2, end - 0.002]) == [number] * 3
        assert _told(reader, [0.6, 0.1, 0.9, 0.0]) == [8, 3, 10, 0]


def test_reading_on_decodes_each_frame_once_and_a_far_jump_only_its_group(numbered, monkeypatch):
    decoded = []
    following = Frames.next

    def count(self):
        found = following(self)
        decoded.append(found)
        return found

    path, _ = numbered("h264.mp4")
    with ClipReader(path, WHERE) as reader:
        monkeypatch.setattr(Frames, "next", count)
        _told(reader, [number / 90 for number in range(3 * 20)])
        assert len(decoded) <= 21
        decoded.clear()
        assert _told(reader, [0.1]) == [3]
        assert len(decoded) <= 6
        decoded.clear()
        assert _told(reader, [1.25]) == [37]
        assert len(decoded) <= 4  # the key frame before is 36


def test_frames_that_lean_on_the_group_before_are_left_out():
    course = _Course(None)
    frame = SimpleNamespace(is_corrupt=False, key_frame=False)
    packets = [(3, False), (6, True), (4, False)]
    taken = [course.take(SimpleNamespace(size=9, pts=pts, dts=None, is_keyframe=key)) for pts, key in packets]
    assert taken == [False, True, True]
    assert [course.keeps(frame, start) for start in (4, 5, 6, 7)] == [False, False, True, True]


ROTATIONS = [(0, []), (90, []), (180, []), (270, []), (0, ["-display_hflip"]), (0, ["-display_vflip"])] + [
    (angle, ["-display_hflip"]) for angle in (90, 180, 270)
]


@pytest.mark.parametrize(("angle", "flip"), ROTATIONS)
def test_pictures_stand_upright_as_players_show_them(make, program, angle, flip):
    ramp = np.linspace(20, 230, WIDTH).astype(np.uint8)
    picture = np.tile(ramp, (HEIGHT, 1))
    picture[:20] = 16
    chroma = np.tile(np.linspace(60, 200, WIDTH // 2), (HEIGHT // 2, 1)).astype(np.uint8)
    raw = picture.tobytes() + chroma.tobytes() + chroma.T.reshape(HEIGHT // 2, -1).tobytes()
    plain = make("plain.mp4", [*TAGGED, *H264, "-qp", "1"], raw * 3)
    name = f"turned-{angle}{''.join(flip)}.mp4"
    path = make(name, ["-display_rotation", str(angle), *flip, "-i", str(plain), "-c", "copy"])
    line = [program, "-v", "error", "-i", str(path), "-frames:v", "1", "-f", "rawvideo", "-"]
    with ClipReader(path, WHERE) as reader:
        shown = reader.at(0)
        expected = np.frombuffer(subprocess.run(line, capture_output=True, check=True).stdout, np.uint8)
        assert np.array_equal(shown.y.ravel(), expected[: shown.y.size])
        assert reader.size == (reader.info.width, reader.info.height)
        assert reader.size == ((HEIGHT, WIDTH) if angle in {90, 270} else (WIDTH, HEIGHT))


@pytest.mark.parametrize(("angle", "flip"), ROTATIONS)
def test_colours_keep_their_place_when_a_picture_is_turned(make, angle, flip):
    """Luma and chroma hold the same ramp; left-sited chroma samples stand on the even columns, between two rows."""
    across, down = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    luma = 40 + across * 0.75 + down * 0.75
    chroma = 40 + (2 * np.arange(WIDTH // 2)[None] * 0.75) + (2 * np.arange(HEIGHT // 2)[:, None] + 0.5) * 0.75
    raw = b"".join(np.rint(plane).astype(np.uint8).tobytes() for plane in (luma, chroma, chroma))
    name = f"sited-{angle}{''.join(flip)}.mov"
    plain = make("sited.mov", [*TAGGED, *H264, "-qp", "0"], raw * 2)
    path = make(name, ["-display_rotation", str(angle), *flip, "-i", str(plain), "-c", "copy"])
    with ClipReader(path, WHERE) as reader:
        shown = reader.at(0)
        y = shown.y.astype(float)
        expected = (y[0::2, 0::2] + y[1::2, 0::2]) / 2
        inner = (slice(2, -2), slice(2, -2))
        for plane in (shown.u, shown.v):
            assert np.abs(plane - expected)[inner].max() <= 1.1
            assert abs((plane - expected)[inner].mean()) <= 0.15


def test_anamorphic_pictures_get_square_pixels(make):
    path = make("wide.mp4", ["-vf", "setsar=64/45", *H264], _numbered(3))
    info = open_clip_info(path, WHERE)
    assert (info.width, info.height) == (182, 96)
    with ClipReader(path, WHERE) as reader:
        assert reader.at(0).y.shape == (96, 182)


@pytest.mark.parametrize("size", [(129, 97), (128, 97), (129, 96)])
def test_odd_sizes_lose_their_last_line(make, size):
    width, height = size
    half = ((width + 1) // 2) * ((height + 1) // 2)
    luma = np.tile(np.arange(width, dtype=np.uint8), (height, 1))
    raw = luma.tobytes() + bytes([100]) * half + bytes([150]) * half
    path = make(f"odd-{width}x{height}.mkv", [*TAGGED, "-c:v", "ffv1"], raw * 2, size=size)
    with ClipReader(path, WHERE) as reader:
        shown = reader.at(0)
        assert shown.y.shape == (height & ~1, width & ~1)
        assert np.array_equal(shown.y[0], luma[0, : width & ~1])
        assert (shown.u[0, 0], shown.v[-1, -1]) == (100, 150)
        assert reader.info.width == width


def test_a_large_clip_is_scaled_down_and_a_small_one_never_up(make):
    path, limits = (
        make("scaled.mp4", H264, _numbered(3)),
        [((64, 48), (64, 48)), ((32, 48), (64, 48)), (None, (128, 96))],
    )
    limits += [((1000, 100), (128, 96)), ((lambda size: (size[0] / 3, size[1] / 3)), (42, 32))]
    for most, size in limits:
        with ClipReader(path, WHERE, most) as reader:
            assert reader.size == size
            assert reader.at(0).y.shape == size[::-1]


# Red and blue in luma, each as its own standard says.
MATRICES = {
    "smpte170m": (0.299, 0.114),
    "bt470bg": (0.299, 0.114),
    "bt709": (0.2126, 0.0722),
    "smpte240m": (0.212, 0.087),
}
STEPS = (0, 64, 128, 200, 255)
PATCHES = np.array([[r, g, b] for r in STEPS for g in STEPS for b in (0, 128, 255)], float)


def _yuv(rgb, luma, full, bits):
    """(n, 3) Y′CbCr of R′G′B′ 0–255, as ITU-T H.273 defines them, 8.3."""
    red, blue = luma
    y = (rgb @ [red, 1 - red - blue, blue]) / 255
    u, v = (rgb[:, 2] / 255 - y) / (2 * (1 - blue)), (rgb[:, 0] / 255 - y) / (2 * (1 - red))
    unit, most = 1 << (bits - 8), (1 << bits) - 1
    spans = [most] * 3 if full else [219 * unit, 224 * unit, 224 * unit]
    found = np.stack([y, u, v], 1) * spans + np.array([0 if full else 16, 128, 128]) * unit
    return np.clip(np.rint(found), 0, most)


SUBSAMPLING = {"420": (2, 2), "422": (1, 2), "444": (1, 1)}


def _patches(yuv, pixels, side=16):
    """A raw frame, five patches wide, with a patch for each value."""
    whole = np.repeat(np.repeat(yuv.reshape(-1, 5, 3), side, 0), side, 1)
    down, across = SUBSAMPLING[pixels[3:6]]
    planes = (whole[..., 0], whole[::down, ::across, 1], whole[::down, ::across, 2])
    return b"".join(plane.astype("<u2" if "p10" in pixels else "u1").tobytes() for plane in planes)


def _seen(planes, side=16):
    """(n, 3): Y′CbCr in the middle of each patch."""
    half = side // 2
    return np.stack(
        [
            planes.y[half::side, half::side].ravel(),
            planes.u[half // 2 :: half, half // 2 :: half].ravel(),
            planes.v[half // 2 :: half, half // 2 :: half].ravel(),
        ],
        1,
    ).astype(float)


def _lossless(pixels, **values):
    """H.264 without loss, its colours tagged; ffmpeg must not convert on the way."""
    tags = ":".join(f"{name}={value}" for name, value in values.items())
    return ["-vf", f"setparams={tags}", "-color_range", values["range"], *H264, "-qp", "0", "-pix_fmt", pixels]


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le"])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", MATRICES)
def test_colours_come_out_right_from_every_matrix_and_range(make, matrix, full, pixels):
    given = _yuv(PATCHES, MATRICES[matrix], full, 10 if "p10" in pixels else 8)
    tags = _lossless(pixels, colorspace=matrix, range="pc" if full else "tv")
    path = make(f"{matrix}-{full}-{pixels}.mkv", tags, _patches(given, pixels), size=(80, 240), pixels=pixels)
    with ClipReader(path, WHERE) as reader:
        found = _seen(reader.at(0))
    wanted = _yuv(PATCHES, MATRICES["bt709"], full=False, bits=8)
    assert np.abs(found - wanted).max() <= 2
    assert np.abs((found - wanted).mean(0)).max() <= 0.3


@pytest.mark.parametrize(("size", "matrix"), [((80, 240), "smpte170m"), ((1280, 240), "bt709"), ((80, 720), "bt709")])
def test_untagged_colours_are_read_as_players_do(make, size, matrix):
    given = _yuv(PATCHES, MATRICES[matrix], full=False, bits=8)
    room = np.full((size[1], size[0]), 128, np.uint8)
    raw = b""
    for plane, side in zip(given.T, (16, 8, 8), strict=True):
        layer = room[:: 16 // side, :: 16 // side].copy()
        whole = np.repeat(np.repeat(plane.reshape(-1, 5), side, 0), side, 1)
        layer[: whole.shape[0], : whole.shape[1]] = whole
        raw += layer.tobytes()
    path = make(f"untagged-{size[0]}x{size[1]}.mkv", ["-c:v", "ffv1"], raw, size=size)
    with ClipReader(path, WHERE) as reader:
        shown = reader.at(0)
    shown = replace(shown, y=shown.y[:240, :80], u=shown.u[:120, :40], v=shown.v[:120, :40])
    assert np.abs(_seen(shown) - _yuv(PATCHES, MATRICES["bt709"], full=False, bits=8)).max() <= 2


def test_rgb_and_grey_clips_keep_their_colours(make):
    whole = np.repeat(np.repeat(PATCHES.reshape(15, 5, 3), 16, 0), 16, 1).astype(np.uint8)
    wanted = _yuv(PATCHES, MATRICES["bt709"], full=False, bits=8)
    path = make("rgb.mkv", ["-c:v", "ffv1", "-pix_fmt", "bgr0"], whole.tobytes(), size=(80, 240), pixels="rgb24")
    with ClipReader(path, WHERE) as reader:
        assert np.abs(_seen(reader.at(0)) - wanted).max() <= 2
    path = make("grey.mkv", ["-c:v", "ffv1"], whole[..., 1].tobytes(), size=(80, 240), pixels="gray")
    with ClipReader(path, WHERE) as reader:
        found = _seen(reader.at(0))
    assert np.abs(found[:, 0] - (16 + PATCHES[:, 1] * 219 / 255)).max() <= 1
    assert (found[:, 1:] == 128).all()


def test_transparent_parts_lie_over_black(make):
    rgba = np.zeros((96, 128, 4), np.uint8)
    rgba[..., :3] = 200, 100, 50
    rgba[:48, :, 3], rgba[48:, :64, 3] = 255, 128
    args = {
        "alpha.mov": "-c:v qtrle -pix_fmt argb",
        "alpha4444.mov": "-c:v prores_ks -profile:v 4 -pix_fmt yuva444p10le -vf scale=out_color_matrix=bt709",
        "alpha.webm": "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 2M -pix_fmt yuva420p",
    }
    for name, line in args.items():
        path = make(name, line.split(), rgba.tobytes() * 3, pixels="rgba")
        with ClipReader(path, WHERE) as reader:
            shown = rgb_from_planes(reader.at(0)).astype(int)
        tolerance = 3 if name == "alpha.mov" else 8
        assert np.abs(shown[24, 64] - [200, 100, 50]).max() <= tolerance, name
        assert np.abs(shown[72, 32] - [100, 50, 25]).max() <= tolerance, name
        assert shown[72, 96].max() <= tolerance, name


def _hdr(make, name, codes, transfer, primaries="bt2020"):
    """A 10-bit clip of R′G′B′ codes 0–1 (n, 3), five to a row, in BT.2020's matrix."""
    given = _yuv(codes * 255, (0.2627, 0.0593), full=False, bits=10)
    tags = _lossless("yuv444p10le", colorspace="bt2020nc", color_trc=transfer, color_primaries=primaries, range="tv")
    rows = len(codes) // 5
    raw = _patches(given, "yuv444p10le")
    return make(name, tags, raw, size=(80, 16 * rows), pixels="yuv444p10le")


def _hlg_code(light):
    """HLG's code 0–1 of a grey of so many cd/m² on a 1000 cd/m² display (BT.2100-2, table 5)."""
    scene = np.power(np.asarray(light) / 1000, 1 / 1.2)
    high = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), high)


@pytest.mark.parametrize(("transfer", "code"), [("smpte2084", pq_code), ("arib-std-b67", _hlg_code)])
def test_hdr_greys_stay_grey_and_in_order_with_white_and_middle_where_sdr_has_them(make, transfer, code):
    light = np.geomspace(0.05, 1000, 75)
    light[[0, 40, 60]] = 0, 26, 203
    light.sort()
    path = _hdr(make, f"greys-{transfer}.mkv", np.repeat(code(light)[:, None], 3, 1), transfer)
    assert open_clip_info(path, WHERE).transfer == {"smpte2084": "pq", "arib-std-b67": "hlg"}[transfer]
    with ClipReader(path, WHERE) as reader:
        found = _seen(reader.at(0))
    luma = found[:, 0]
    assert np.abs(found[:, 1:] - 128).max() <= 1
    assert (np.diff(luma) >= 0).all()
    assert luma[0] == 16
    assert luma[light == 26] == pytest.approx(16 + 219 * 0.42, abs=3)  # 18 % grey
    assert 16 + 219 * 0.86 <= luma[light == 203] <= 16 + 219 * 0.95  # graphics white, with room for highlights
    assert luma[-1] >= 233
    assert (np.diff(luma[light > 2]) >= 1).mean() > 0.9


def test_hdr_ramps_have_no_bands(make):
    codes = np.linspace(0.15, 0.7, 1024)
    luma = np.rint(codes * 876 + 64).astype("<u2")
    chroma = np.full((32, 512), 512, "<u2")
    raw = np.tile(luma, (64, 1)).tobytes() + chroma.tobytes() * 2
    tags = _lossless("yuv420p10le", colorspace="bt2020nc", color_trc="smpte2084", color_primaries="bt2020", range="tv")
    path = make("ramp.mkv", tags, raw, size=(1024, 64), pixels="yuv420p10le")
    with ClipReader(path, WHERE) as reader:
        shown = reader.at(0).y.astype(float)
    means = shown.mean(0).reshape(-1, 8).mean(1)
    rises = np.diff(means)
    assert rises.min() > 0
    assert np.abs(np.diff(rises)).max() < 0.7


def test_hdr_and_wide_colours_keep_their_hue_and_narrow_ones_are_exact(make):
    # BT.2087, table 1 (linear light from BT.709's primaries to BT.2020's).
    to_wide = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
    narrow = np.array([[r, g, b] for r in (60, 120, 220) for g in (60, 120, 220) for b in (60, 120, 220)][:25], float)
    light = np.power(narrow / 255, 2.4) @ to_wide.T
    path = _hdr(make, "wide.mkv", np.power(light, 1 / 2.4), "bt709")
    with ClipReader(path, WHERE) as reader:
        found = _seen(reader.at(0))
    assert np.abs(found - _yuv(narrow, MATRICES["bt709"], full=False, bits=8)).max() <= 2
    dark = light * 80  # cd/m², below the roll-off
    path = _hdr(make, "wide-pq.mkv", pq_code(dark), "smpte2084")
    with ClipReader(path, WHERE) as reader:
        found = _seen(reader.at(0))
    wanted = 255 * np.power(np.power(narrow / 255, 2.4) * 80 / 203, 1 / 2.4)
    assert np.abs(found - _yuv(wanted, MATRICES["bt709"], full=False, bits=8)).max() <= 4


def test_a_colour_function_sees_and_changes_the_upright_picture(make):
    whole = np.repeat(np.repeat(PATCHES.reshape(15, 5, 3), 16, 0), 16, 1).astype(np.uint8)
    plain = make("graded.mov", ["-c:v", "png", "-pix_fmt", "rgb24"], whole.tobytes(), size=(80, 240), pixels="rgb24")
    path = make("graded-90.mov", ["-display_rotation", "90", "-i", str(plain), "-c", "copy"])
    seen = []

    def inverted(rgb):
        seen.append(rgb.copy())
        return 255 - rgb

    with ClipReader(path, WHERE, colour=inverted) as reader:
        shown = reader.at(0)
        reader.at(0.01)
    assert len(seen) == 1
    upright = seen[0]
    assert upright.shape == (80, 240, 3)
    with ClipReader(path, WHERE) as reader:
        assert np.abs(upright.astype(int) - rgb_from_planes(reader.at(0)).astype(int))[4:-4:16, 4:-4:16].max() <= 4
    wanted = _yuv(255.0 - upright[8::16, 8::16].reshape(-1, 3), MATRICES["bt709"], full=False, bits=8)
    assert np.abs(_seen(shown) - wanted).max() <= 2


def test_interlaced_frames_are_made_whole(make):
    """A bright block that jumps between two fields leaves a comb; whole frames have none."""
    fields = []
    for number in range(40):
        luma = np.full((96, 128), 60, np.uint8)
        luma[20:76, 3 * number % 96 : 3 * number % 96 + 24] = 200
        fields.append(luma.tobytes() + bytes([128]) * 6144)
    filters = "tinterlace=interleave_top,fieldorder=tff"
    interlaced = [*H264, "-flags", "+ildct+ilme", "-x264-params", "tff=1:keyint=12", "-qp", "8"]
    combed = make("combed.mp4", ["-vf", filters, *interlaced], b"".join(fields), rate=60)

    def comb(planes):
        rows = planes.y.astype(int)
        return np.abs(2 * rows[1:-1] - rows[:-2] - rows[2:])[24:70].mean()

    with ClipReader(combed, WHERE) as reader:
        whole = [reader.at(number / 30).flat.tobytes() for number in range(20)]
        assert max(comb(reader.at(number / 30)) for number in range(2, 18)) < 4
    progressive = make("progressive.mp4", [*H264, "-qp", "8"], b"".join(fields), rate=60)
    with ClipReader(progressive, WHERE) as reader:
        assert comb(reader.at(0.2)) < 2
    with ClipReader(combed, WHERE) as reader:
        for number in (19, 0, 7, 13, 12, 1):
            assert reader.at(number / 30).flat.tobytes() == whole[number]


def test_sound_is_noticed_and_cover_art_is_not_a_clip(make, numbered):
    tone = ["-f", "lavfi", "-i", "sine=duration=1"]
    path = make("spoken.mp4", ["-i", str(numbered("h264.mp4")[0]), *tone, "-c:v", "copy", "-c:a", "aac"])
    info = open_clip_info(path, WHERE)
    assert info.has_sound
    assert info.seconds == pytest.approx(COUNT / RATE, abs=0.01)
    cover = make("cover.png", ["-frames:v", "1"], bytes(WIDTH * HEIGHT * 3 // 2))
    art = make("art.m4a", [*tone, "-i", str(cover), "-c:a", "aac", "-c:v", "copy", "-disposition:v", "attached_pic"])
    with pytest.raises(InputError, match=r"^shots\[0\]\.clip: .* holds sound and no video"):
        open_clip_info(art, WHERE)


def test_the_first_picture_is_second_nought_and_its_time_is_told(numbered):
    assert open_clip_info(numbered("late.mkv")[0], WHERE).begins == pytest.approx(3.7, abs=0.001)
    assert open_clip_info(numbered("h264.mp4")[0], WHERE).begins == 0
    with ClipReader(numbered("h264.mp4")[0], WHERE) as reader:
        assert _told(reader, [-1.0, 0.0]) == [0, 0]
        with pytest.raises(ValueError, match="no picture"):
            reader.at(float("nan"))


def test_a_closed_reader_leaves_no_open_file(numbered):
    path, _ = numbered("h264.mp4")
    before = len([*Path("/dev/fd").iterdir()])
    for _ in range(3):
        with ClipReader(path, WHERE) as reader:
            _told(reader, [1.2, 0.0])
        open_clip_info(path, WHERE)
    assert len([*Path("/dev/fd").iterdir()]) == before


INFO = ClipInfo(128, 96, 4.0, Fraction(30), has_sound=False, transfer="sdr", codec="h264")
SOURCE = Source(path="a.mp4")


def test_time_runs_from_the_start_at_the_speed_asked():
    clip = Clip(source=SOURCE, start=1.5, speed=0.5)
    assert [retimed(clip, INFO, second, WHERE) for second in (0, 1, 4)] == [1.5, 2.0, 3.5]
    fast = Clip(source=SOURCE, start=1.0, speed=4.0, end="hold")
    assert [retimed(fast, INFO, second, WHERE) for second in (0, 0.5, 0.75, 9)] == [1.0, 3.0, 4.0, 4.0]
    loop = Clip(source=SOURCE, start=1.0, speed=2.0, end="loop")
    assert [retimed(loop, INFO, second, WHERE) for second in (0, 1.25, 1.5, 1.75, 3.25)] == [1.0, 3.5, 1.0, 1.5, 1.5]


def test_a_clip_shorter_than_its_shot_is_refused_with_both_lengths_and_the_ways_out():
    clip = Clip(source=SOURCE, start=1.0, speed=2.0)
    refuse_too_short(clip, INFO, 1.5, WHERE)
    refuse_too_short(clip, INFO, 1.5 + 0.4 / 60, WHERE)
    with pytest.raises(InputError) as error:
        refuse_too_short(clip, INFO, 1.6, WHERE)
    said = str(error.value)
    assert said.startswith("shots[0].clip: ")
    assert "has 3.00 s after its start at 1.00 s" in said
    assert "needs 3.20 s of it at 2 times its speed" in said
    assert "`hold` or `loop`" in said
    with pytest.raises(InputError, match=r"speed, for it goes on beneath .* Shorten the shot or that transition, "):
        refuse_too_short(clip, INFO, 1.6, WHERE, beneath_next=True)
    for end in ("hold", "loop"):
        refuse_too_short(clip.model_copy(update={"end": end}), INFO, 99.0, WHERE)
    late = Clip(source=SOURCE, start=4.0, end="hold")
    for ask in (lambda: refuse_too_short(late, INFO, 1.0, WHERE), lambda: retimed(late, INFO, 0.0, WHERE)):
        with pytest.raises(InputError, match=r"starts at 4\.00 s of a file that is only 4\.00 s long"):
            ask()
