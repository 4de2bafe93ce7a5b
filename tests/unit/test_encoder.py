import errno
import hashlib
import os
import signal
import stat
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from reelforge.domain.timeline import Encode, Rate, Size
from reelforge.errors import NeedsPersonError
from reelforge.render import aac, encoders, ffmpeg, inside
from reelforge.render.ffmpeg import EncoderDiedError, EncoderRefusedError, Ffmpeg, FrameStream, Pace, discover
from reelforge.render.join import join
from reelforge.render.mp4 import DamagedClipError, open_clip
from reelforge.render.planes import Planes

SIZE, RATE = Size(width=128, height=128), Rate()


@pytest.fixture(scope="module")
def program():
    return discover()


def _script(tmp_path, body, name="ffmpeg"):
    path = tmp_path / name
    path.write_text(f"#!{sys.executable}\n{body}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def _nothing():
    pass


def test_the_ffmpeg_found_works_and_knows_its_version(program):
    assert program.version.startswith("ffmpeg version")
    assert program.encoders & {"libx264", "h264_videotoolbox"}


WRAPPER = """
import subprocess, sys
print("libx.so: no version information available", file=sys.stderr)
sys.exit(subprocess.call([{path!r}, *{more}, *sys.argv[1:]]))
"""


@pytest.mark.parametrize("more", [[], ["-hide_banner"]])
def test_the_version_is_found_beside_what_a_loader_says_and_behind_a_wrapper(tmp_path, program, more):
    wrapped = _script(tmp_path, WRAPPER.format(path=str(program.path), more=more))
    found = discover(wrapped)
    assert found.version == program.version
    assert found.encoders == program.encoders


@pytest.mark.parametrize("body", ["import sys; sys.exit(1)", "print('ffmpeg version 1')", "raise SystemExit"])
def test_an_ffmpeg_on_the_path_that_does_not_work_is_passed_over(tmp_path, monkeypatch, body):
    _script(tmp_path, body)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("REELFORGE_FFMPEG", raising=False)
    assert discover().path.parent != tmp_path


def test_an_ffmpeg_is_found_while_another_thread_changes_the_environment(monkeypatch):
    """As a library does that is being loaded meanwhile: POSIX lets ``environ`` move under a program that is started."""
    monkeypatch.delenv("REELFORGE_FFMPEG", raising=False)
    stop = threading.Event()
    names = [f"REELFORGE_TEST_{number}" for number in range(3000)]

    def change():
        while not stop.is_set():
            for name in names:
                os.putenv(name, "x")
            for name in names:
                os.unsetenv(name)

    with ThreadPoolExecutor(1) as pool:
        changing = pool.submit(change)
        try:
            found = {discover().version for _ in range(12)}
        finally:
            stop.set()
        changing.result()
    assert len(found) == 1


def test_a_named_ffmpeg_that_does_not_work_is_told(tmp_path, monkeypatch):
    with pytest.raises(NeedsPersonError, match=r"nowhere.*does not run or cannot encode"):
        discover(tmp_path / "nowhere")
    monkeypatch.setenv("REELFORGE_FFMPEG", str(tmp_path / "elsewhere"))
    with pytest.raises(NeedsPersonError, match="elsewhere"):
        discover()


def test_no_ffmpeg_at_all_is_told_with_what_to_install(monkeypatch):
    monkeypatch.delenv("REELFORGE_FFMPEG", raising=False)
    monkeypatch.setattr(ffmpeg, "_candidates", list)
    with pytest.raises(NeedsPersonError, match=r"No working ffmpeg was found.*Install ffmpeg"):
        discover()


def test_the_first_encoder_that_works_is_chosen_and_remembered(tmp_path, program, monkeypatch):
    everything = Ffmpeg(program.path, program.version, frozenset(encoder.name for encoder in encoders.ENCODERS))
    tried = []

    def works(_program, encoder, _scratch):
        tried.append(encoder.name)
        return encoder.name == "h264_vaapi"

    monkeypatch.setattr(encoders, "works", works)
    memory = tmp_path / "deep" / "encoder.json"
    assert encoders.choose(everything, memory).name == "h264_vaapi"
    assert tried == ["h264_videotoolbox", "h264_nvenc", "h264_vaapi"]
    assert encoders.choose(everything, memory).name == "h264_vaapi"
    assert len(tried) == 3
    memory.write_text("{damaged")
    assert encoders.choose(everything, memory).name == "h264_vaapi"
    assert len(tried) == 6
    monkeypatch.setattr(inside, "identity", lambda: "libav 99")
    assert encoders.choose(everything, memory).name == "h264_vaapi"
    assert len(tried) == 9


def test_a_preferred_encoder_is_the_only_hardware_tried(program, monkeypatch):
    everything = Ffmpeg(program.path, program.version, frozenset(encoder.name for encoder in encoders.ENCODERS))
    tried = []
    monkeypatch.setattr(
        encoders, "works", lambda _, encoder, _scratch: tried.append(encoder.name) or encoder.name == "libx264"
    )
    assert encoders.choose(everything, prefer="h264_qsv").name == "libx264"
    assert tried == ["h264_qsv", "libx264"]


def test_the_same_hardware_is_preferred_in_the_other_codec(program, monkeypatch):
    everything = Ffmpeg(program.path, program.version, frozenset(encoder.name for encoder in encoders.ENCODERS))
    tried = []
    monkeypatch.setattr(
        encoders, "works", lambda _, encoder, _scratch: tried.append(encoder.name) or encoder.name == "libx265"
    )
    assert encoders.choose(everything, prefer="h264_nvenc", codec="hevc").name == "libx265"
    assert tried == ["hevc_nvenc", "libx265"]
    tried.clear()
    assert encoders.choose(everything, prefer="libx264", codec="hevc").name == "libx265"
    assert tried == ["libx265"]
    tried.clear()
    encoders.choose(everything, codec="hevc")
    assert tried == ["hevc_videotoolbox", "hevc_nvenc", "hevc_vaapi", "hevc_qsv", "libx265"]


def test_each_codecs_encoder_is_remembered_beside_the_others(tmp_path, program, monkeypatch):
    everything = Ffmpeg(program.path, program.version, frozenset(encoder.name for encoder in encoders.ENCODERS))
    memory, tried = tmp_path / "encoder.json", []
    monkeypatch.setattr(
        encoders, "works", lambda _, encoder, _scratch: tried.append(encoder.name) or encoder.name.endswith("_qsv")
    )
    for _ in range(2):
        assert encoders.choose(everything, memory).name == "h264_qsv"
        assert encoders.choose(everything, memory, codec="hevc").name == "hevc_qsv"
    assert len(tried) == 8
    memory.write_text(memory.read_text().replace("hevc_qsv", "h264_qsv"))
    assert encoders.choose(everything, memory, codec="hevc").name == "hevc_qsv"
    memory.write_text('["an older form"]')
    assert encoders.choose(everything, memory).name == "h264_qsv"


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_software_encoding_works_by_the_same_trial_as_hardware(program, codec):
    encoder = encoders.software(codec)
    assert (encoder.codec, encoder.software) == (codec, True)
    assert encoders.works(program, encoder)


def test_an_encoder_this_machine_cannot_run_is_found_out(program):
    broken = encoders.Encoder("libx264", lambda *_: ["-profile:v", "no such profile"])
    assert not encoders.works(program, broken)


def test_no_encoder_that_works_is_told(program, monkeypatch):
    monkeypatch.setattr(encoders, "works", lambda *_: False)
    with pytest.raises(NeedsPersonError, match=r"No H.264 encoder.*has libx264"):
        encoders.choose(program)
    with pytest.raises(NeedsPersonError, match=r"No HEVC encoder.*has libx265, or choose H.264"):
        encoders.choose(program, codec="hevc")


@pytest.mark.parametrize("encoder", encoders.ENCODERS, ids=lambda encoder: encoder.name)
def test_every_encoders_settings_ask_for_closed_groups_the_usual_profile_and_the_bitrate(encoder):
    ask = Encode(codec=encoder.codec, bitrate=5_000_000, max_bitrate=7_000_000, keyframe_seconds=1.5)
    told = encoders.options(encoder, ask, Rate(num=60_000, den=1_001))
    assert told[:2] == ["-c:v", encoder.name]
    assert told[told.index("-g") + 1] == "90"
    assert told[told.index("-profile:v") + 1] == ("high" if encoder.codec == "h264" else "main")
    assert told[told.index("-maxrate") + 1] == "7000000"
    assert "+cgop" in told
    assert ("hvc1" in told) == (encoder.codec == "hevc")
    if not encoder.software:
        assert told[told.index("-b:v") + 1] == "5000000"
        assert told[told.index("-bf") + 1] == "0"


def test_either_codec_has_the_same_hardware_and_one_software_encoder():
    families = [
        [encoder.family for encoder in encoders.ENCODERS if encoder.codec == codec] for codec in ("h264", "hevc")
    ]
    assert families[0] == families[1] == ["videotoolbox", "nvenc", "vaapi", "qsv", "software"]


def test_what_an_encoder_holds_grows_with_the_frame():
    """As measured: 0.66 GB of libx264 and 1.29 GB of libx265 for 2160 × 3840, a quarter of it for 1080 × 1920."""
    large, usual = Size(width=2160, height=3840), Size()
    x264, x265 = encoders.software("h264"), encoders.software("hevc")
    assert 0.65e9 < x264.footprint(large) < 0.75e9
    assert 1.29e9 < x265.footprint(large) < 1.45e9
    assert 0.16e9 < x264.footprint(usual) < 0.21e9
    assert encoders.named("h264_nvenc").footprint(large) < x264.footprint(large)


def test_videotoolbox_is_told_what_it_needs():
    told = " ".join(encoders.options(encoders.named("h264_videotoolbox"), Encode(), Rate()))
    assert told == (
        "-c:v h264_videotoolbox -profile:v high -b:v 8000000 -maxrate 12000000 -bufsize 24000000 "
        "-g 60 -bf 0 -flags:v +cgop -allow_sw 1 -pix_fmt nv12"
    )


def test_videotoolbox_is_told_what_it_needs_for_hevc():
    told = " ".join(encoders.options(encoders.named("hevc_videotoolbox"), Encode(codec="hevc"), Rate()))
    assert told == (
        "-c:v hevc_videotoolbox -profile:v main -b:v 8000000 -maxrate 12000000 -bufsize 24000000 "
        "-g 60 -bf 0 -flags:v +cgop -allow_sw 1 -pix_fmt nv12 -tag:v hvc1"
    )


def _moving(number):
    """Soft blobs that wander, each frame unlike every other: a number in it says which."""
    frame = Planes.black(SIZE)
    down, across = np.mgrid[0 : SIZE.height, 0 : SIZE.width]
    frame.y[:] = 120 + 60 * np.sin((across + 3 * number) / 17) * np.cos((down - 2 * number) / 23)
    for bit in range(8):
        frame.y[:16, 16 * bit : 16 * bit + 16] = 200 if number >> bit & 1 else 40
    frame.u[:] = 100 + number % 60
    return frame


def _read(frame):
    """The number in a decoded frame, and its planes."""
    planes = frame.to_ndarray(format="yuv420p")
    bits = [planes[4:12, 16 * bit + 4 : 16 * bit + 12].mean() > 120 for bit in range(8)]
    return sum(1 << bit for bit, is_set in enumerate(bits) if is_set), planes


def _clip(program, encoder, first, last, out, rate=RATE):
    ask = Encode(codec=encoder.codec, keyframe_seconds=1.0)
    with encoders.stream(program, encoder, encoders.Task(ask, SIZE, rate, out, "a segment"), _nothing) as stream:
        for number in range(first, last):
            stream.write(_moving(number).flat.data.cast("B"))
        stream.finish()
    return open_clip(out, last - first)


@pytest.mark.parametrize("rate", [Rate(), Rate(num=30_000, den=1_001), Rate(num=60)], ids=["30", "29.97", "60"])
@pytest.mark.parametrize("name", ["libx264", "libx265"])
def test_segments_joined_are_frame_for_frame_what_each_was(tmp_path, program, name, rate):
    """Long and short ones, of one frame too; with reordered frames, which show in their places and times."""
    encoder, edges = encoders.named(name), (0, 40, 43, 44, 140)
    parts = list(pairwise(edges))
    clips = [_clip(program, encoder, first, last, tmp_path / f"{first}.mp4", rate) for first, last in parts]
    assert any(list(clip.numbers) != sorted(clip.numbers) for clip in clips)
    assert {clip.codec for clip in clips} == {"avc1" if encoder.codec == "h264" else "hvc1"}
    samples = rate.sample_at(edges[-1])
    aac.encode([np.zeros((samples, 2), np.float32)], tmp_path / "s.m4a", 64_000)
    join(clips, tmp_path / "s.m4a", tmp_path / "all.mp4", rate, samples, _nothing)

    alone = []
    for clip in clips:
        with av.open(str(clip.path)) as file:
            alone += [_read(frame) for frame in file.decode(video=0)]
    with av.open(str(tmp_path / "all.mp4")) as file:
        track = file.streams.video[0]
        assert track.codec_context.codec_tag == clips[0].codec
        tick, spacing = track.time_base, Fraction(rate.den, rate.num)
        joined = []
        for frame in file.decode(video=0):
            assert frame.pts * tick == len(joined) * spacing
            joined.append(_read(frame))
    assert [number for number, _ in joined] == list(range(edges[-1]))
    assert all(np.array_equal(one, other) for (_, one), (_, other) in zip(joined, alone, strict=True))
    worst = max(
        np.abs(planes.astype(int) - _moving(number).flat.reshape(planes.shape)).mean() for number, planes in joined
    )
    assert worst < 3
    assert b"elst" not in (tmp_path / "all.mp4").read_bytes()


@pytest.mark.parametrize(
    "size", [(130, 130), (144, 256), (90, 162), (1080, 1920)], ids=lambda size: "x".join(map(str, size))
)
def test_x264_within_the_process_takes_frames_of_any_even_size_from_memory_that_changes_at_once(tmp_path, size):
    width, height = size
    planes, out = Planes.empty(Size(width=width, height=height)), tmp_path / "a.mp4"
    ramp = np.add.outer(np.arange(height) % 64, np.arange(width) % 128).astype(np.uint8) + 30
    options = encoders.libav_options(encoders.named("libx264"), Encode(crf=1), RATE)
    with inside.LibavStream(
        "libx264", options, Size(width=width, height=height), RATE, out, "a clip", _nothing
    ) as stream:
        for number in range(12):
            planes.y[:], planes.u[:], planes.v[:] = np.roll(ramp, number, axis=1), 90 + 5 * number, 150 - 5 * number
            stream.write(planes.flat.data.cast("B"))
            planes.flat[:] = 0
        stream.finish()
    assert len(open_clip(out, 12).numbers) == 12
    with av.open(str(out)) as clip:
        for number, frame in enumerate(clip.decode(video=0)):
            shown = frame.to_ndarray(format="yuv420p").reshape(-1).astype(np.int16)
            luma, blue, red = np.split(shown, [width * height, width * height * 5 // 4])
            assert np.abs(luma.reshape(height, width) - np.roll(ramp, number, axis=1)).mean() < 2
            assert np.abs(blue - (90 + 5 * number)).max() <= 2
            assert np.abs(red - (150 - 5 * number)).max() <= 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
def test_a_clip_that_the_disk_has_no_room_for_is_told_as_such():
    options = encoders.libav_options(encoders.named("libx264"), Encode(), RATE)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for aside in (False, True):
        stream = inside.LibavStream(
            "libx264", options, SIZE, RATE, Path("/dev/full"), "shots[2]", _nothing, aside=aside
        )
        with pytest.raises(NeedsPersonError, match=r"disk is full: shots\[2\] could not be written"), stream:  # noqa: PT012  # as soon as something is written
            for number in range(60):
                stream.write(_moving(number).flat.data.cast("B"))
            stream.finish()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def _within(out, check=_nothing, ask=None, **more):
    options = encoders.libav_options(encoders.named("libx264"), ask or Encode(), RATE)
    return inside.LibavStream("libx264", options, SIZE, RATE, out, "shots[1]", check, **more)


def test_x264_within_the_process_gives_the_same_bytes_in_a_thread_of_its_own(tmp_path):
    """The two frames that are drawn in turn, as a composer has them."""
    buffers = [Planes.empty(SIZE), Planes.empty(SIZE)]
    for aside in (False, True):
        with _within(tmp_path / f"{aside}.mp4", aside=aside) as stream:
            for number in range(90):
                frame = buffers[number % 2]
                frame.take(_moving(number))
                stream.write(frame.flat.data.cast("B"))
            stream.finish()
    assert len(open_clip(tmp_path / "True.mp4", 90).numbers) == 90
    assert (tmp_path / "True.mp4").read_bytes() == (tmp_path / "False.mp4").read_bytes()


def test_what_x264_finds_wrong_in_a_thread_of_its_own_is_told_in_ours(tmp_path, monkeypatch):
    def broken(_stream, _picture):
        raise EncoderDiedError("It broke.")

    with _within(tmp_path / "a.mp4", aside=True) as stream:
        monkeypatch.setattr(inside.LibavStream, "_encode", broken)
        stream.write(_moving(0).flat.data.cast("B"))
        with pytest.raises(EncoderDiedError, match="It broke"):
            stream.write(_moving(1).flat.data.cast("B"))


def test_who_cancels_while_x264_does_what_it_had_put_off_need_not_wait_for_all_of_it(tmp_path):
    """The slowest presets look sixty frames ahead: nearly all of a segment is encoded after its last frame came."""
    asked, left = [], [None, None, None]

    def check():
        asked.append(1)
        if len(asked) > 40:
            left.pop()  # raises at the fourth

    with (  # noqa: PT012  # which of the calls it is, is told by the length
        pytest.raises(IndexError),
        _within(tmp_path / "a.mp4", check, Encode(preset="veryslow")) as stream,
    ):
        for number in range(40):
            stream.write(_moving(number).flat.data.cast("B"))
        assert len(asked) == 40
        stream.finish()
    assert len(asked) == 44


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENOMEM, errno.EIO, errno.EACCES])
def test_a_machine_that_has_no_more_of_something_may_have_it_later(tmp_path, monkeypatch, code):
    """It is not the fault of what was asked for."""

    def refuses(*_args, **_more):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(inside.av, "open", refuses)
    with (
        pytest.raises(EncoderDiedError, match=rf"encoding shots\[1\] \({os.strerror(code)}\)"),
        _within(tmp_path / "a.mp4"),
    ):
        pass
    with pytest.raises(EncoderDiedError, match="No such file"), _within(tmp_path / "none" / "a.mp4"):
        pass


def _slices(path, frames):
    """How many slices each picture has (NAL unit types 1 and 5; H.264, table 7-1)."""
    data, found = path.read_bytes(), []
    for offset, size in open_clip(path, frames).samples:
        at, count = offset, 0
        while at < offset + size:
            count += data[at + 4] & 0x1F in {1, 5}
            at += 4 + int.from_bytes(data[at : at + 4], "big")
        found.append(count)
    return found


def test_x264_with_several_threads_does_not_cut_pictures_into_slices(tmp_path, program):
    """Each costs bits; threads that work on frames do not."""
    task = encoders.Task(Encode(), Size(width=480, height=640), RATE, tmp_path / "a.mp4", "a shot", threads=2)
    frame = Planes.black(task.size)
    with encoders.stream(program, encoders.named("libx264"), task, _nothing) as stream:
        for number in range(12):
            frame.y[number * 8 : number * 8 + 60] = 200
            stream.write(frame.flat.data.cast("B"))
        stream.finish()
    assert _slices(tmp_path / "a.mp4", 12) == [1] * 12


@pytest.mark.parametrize("name", ["libx264", "libx265"])
def test_no_segment_of_noise_has_much_more_than_the_highest_bit_rate(tmp_path, program, name):
    """Each begins anew: what they save up must be little, or a video of short ones would have twice as much."""
    encoder, noise, frame = encoders.named(name), np.random.default_rng(1), Planes.black(SIZE)
    ask = Encode(codec=encoder.codec, crf=8, bitrate=1_000_000, max_bitrate=1_000_000)
    for frames in (39, 60):
        task = encoders.Task(ask, SIZE, RATE, tmp_path / f"{frames}.mp4", "a shot", frames=frames)
        with encoders.stream(program, encoder, task, _nothing) as stream:
            for _ in range(frames):
                frame.y[:] = noise.integers(16, 235, frame.y.shape)
                stream.write(frame.flat.data.cast("B"))
            stream.finish()
        bits = 8 * sum(size for _, size in open_clip(task.out, frames).samples)
        assert bits <= 1.35 * ask.max_bitrate * RATE.seconds(frames)


@pytest.mark.parametrize("name", ["libx264", "libx265"])
def test_the_same_frames_give_the_same_bytes_and_every_segment_the_same_header(tmp_path, program, name):
    encoder = encoders.named(name)
    one = _clip(program, encoder, 0, 50, tmp_path / "a.mp4")
    again = _clip(program, encoder, 0, 50, tmp_path / "b.mp4")
    other = _clip(program, encoder, 50, 53, tmp_path / "c.mp4")
    assert one.path.read_bytes() == again.path.read_bytes()
    assert one.header == other.header
    assert name == "libx264" or b"options: " not in one.path.read_bytes()


def test_every_key_frame_of_hevc_begins_anew(tmp_path, program):
    """All are IDR pictures (NAL unit types 19 and 20; H.265, table 7-1), and none looks back over one (8, 9)."""
    clip = _clip(program, encoders.named("libx265"), 0, 100, tmp_path / "a.mp4")
    data, kinds = clip.path.read_bytes(), []
    for offset, size in clip.samples:
        at, found = offset, set()
        while at < offset + size:
            found.add(data[at + 4] >> 1 & 0x3F)
            at += 4 + int.from_bytes(data[at : at + 4], "big")
        kinds.append(found)
    assert sorted(clip.keys) == [0, 30, 60, 90]
    assert all(kinds[key] & {19, 20} for key in clip.keys)
    assert not any(found & {8, 9, 21} for found in kinds)


def test_clips_of_two_codecs_are_not_joined(tmp_path, program):
    clips = [_clip(program, encoders.named(name), 0, 3, tmp_path / f"{name}.mp4") for name in ("libx264", "libx265")]
    with pytest.raises(DamagedClipError, match="encoded in different ways"):
        join(clips, tmp_path / "s.m4a", tmp_path / "all.mp4", RATE, 4_800, _nothing)


def _stream(program, out, check=_nothing):
    task = encoders.Task(Encode(preset="ultrafast"), SIZE, RATE, out, "shots[1]")
    return FrameStream(encoders.command(program, encoders.named("libx264"), task), task.what, check)


def _gone(pid):
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return True
    return False


def _await(happened):
    until = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < until


def test_frames_sent_come_out_as_a_clip(program, tmp_path):
    frame = Planes.black(SIZE)
    with _stream(program, tmp_path / "a.mp4") as stream:
        for _ in range(7):
            stream.write(frame.flat.data.cast("B"))
        stream.finish()
    assert len(open_clip(tmp_path / "a.mp4", 7).samples) == 7
    assert _gone(stream._process.pid)


def test_an_encoder_killed_in_the_middle_is_told_and_leaves_no_process(program, tmp_path):
    frame = Planes.black(SIZE)
    with (  # noqa: PT012  # the error comes in a loop or at the end of the block
        pytest.raises(EncoderDiedError, match=r"ffmpeg was killed by signal 9 while encoding shots\[1\]"),
        _stream(program, tmp_path / "a.mp4") as stream,
    ):
        for number in range(2000):
            if number == 5:
                os.kill(stream._process.pid, signal.SIGKILL)
            stream.write(frame.flat.data.cast("B"))
    assert _gone(stream._process.pid)


def test_cancelling_ends_the_encoder_even_while_it_takes_nothing(program, tmp_path):
    """ffmpeg is stopped (not ended), so its pipe fills and the writer waits; the cancellation comes then."""
    cancelled = threading.Event()

    class CancelledError(Exception):
        pass

    def check():
        if cancelled.is_set():
            raise CancelledError

    frame = Planes.black(Size(width=1024, height=1024))
    with pytest.raises(CancelledError), _stream(program, tmp_path / "a.mp4", check) as stream:  # noqa: PT012  # the error comes in a loop or at the end of the block
        os.kill(stream._process.pid, signal.SIGSTOP)
        threading.Timer(0.3, cancelled.set).start()
        while True:
            stream.write(frame.flat.data.cast("B"))
    assert _gone(stream._process.pid)


def test_an_encoder_that_stands_still_is_ended_and_told(tmp_path, monkeypatch):
    monkeypatch.setattr(ffmpeg, "_STALLED_SECONDS", 0.4)
    asleep = _script(tmp_path, "import time; time.sleep(60)")
    started = time.monotonic()
    with pytest.raises(EncoderDiedError, match="stood still"), FrameStream([asleep], "shots[0]", _nothing) as stream:  # noqa: PT012  # the error comes in a loop or at the end of the block
        while True:
            stream.write(memoryview(bytes(1 << 20)))
    assert time.monotonic() - started < 10
    assert _gone(stream._process.pid)


def test_children_of_the_encoder_end_with_it(tmp_path):
    body = f"import os, time\nif os.fork() == 0: open({str(tmp_path / 'born')!r}, 'w')\ntime.sleep(60)"
    parent = _script(tmp_path, body)
    with pytest.raises(ZeroDivisionError), FrameStream([parent], "shots[0]", _nothing) as stream:  # noqa: PT012  # the error comes in a loop or at the end of the block
        _await((tmp_path / "born").exists)
        raise ZeroDivisionError
    _await(lambda: _gone(stream._process.pid))  # the child is reaped by init, which may take a moment


def test_an_encoder_that_says_very_much_does_not_stop_and_its_last_words_are_told(tmp_path):
    body = "import sys\nsys.stderr.write('noise\\n' * 200_000)\nsys.stdin.buffer.read()\n"
    body += "print('frame=3', flush=True)\nsys.exit('the last word')"
    with (  # noqa: PT012  # the error comes in a loop or at the end of the block
        pytest.raises(EncoderDiedError, match=r"ended with code 1.*“the last word”"),
        FrameStream([_script(tmp_path, body)], "shots[0]", _nothing) as stream,
    ):
        for _ in range(50):
            stream.write(memoryview(bytes(100_000)))
        stream.finish()


@pytest.mark.parametrize(
    ("last", "raised"),
    [
        ("sys.exit('maybe incorrect parameters')", EncoderRefusedError),
        ("print('frame=0', flush=True); sys.exit('maybe incorrect parameters')", EncoderRefusedError),
        ("print('frame=7', flush=True); sys.exit('maybe incorrect parameters')", EncoderDiedError),
        ("os.kill(os.getpid(), 9)", EncoderDiedError),
        ("sys.exit('x264 [error]: malloc of size 12345678 failed')", EncoderDiedError),
        ("sys.exit('Error while opening encoder: Cannot allocate memory')", EncoderDiedError),
        ("sys.stderr.write('Exiting normally, received signal 15.'); sys.exit(255)", EncoderDiedError),
        ("sys.exit('Disk quota exceeded')", NeedsPersonError),
    ],
)
def test_what_ends_before_a_frame_is_encoded_refuses_and_what_ends_otherwise_may_be_tried_again(tmp_path, last, raised):
    script = _script(tmp_path, f"import os, sys\nsys.stdin.buffer.read(10)\n{last}")
    with pytest.raises(raised) as told, FrameStream([script], "shots[0]", _nothing) as stream:  # noqa: PT012  # the error comes in a loop or at the end of the block
        for _ in range(50):
            stream.write(memoryview(bytes(100_000)))
        stream.finish()
    assert "shots[0]" in str(told.value)


def test_a_full_disk_needs_a_person(tmp_path):
    body = "import sys\nsys.stdin.buffer.read(10)\nsys.exit('av_interleaved_write_frame(): No space left on device')"
    with (  # noqa: PT012  # the error comes in a loop or at the end of the block
        pytest.raises(NeedsPersonError, match=r"The disk is full: shots\[0\]"),
        FrameStream([_script(tmp_path, body)], "shots[0]", _nothing) as stream,
    ):
        for _ in range(50):
            stream.write(memoryview(bytes(1 << 20)))


def test_a_program_that_cannot_start_is_told(tmp_path):
    with (
        pytest.raises(NeedsPersonError, match="could not be started"),
        FrameStream([Path(tmp_path / "none")], "shots[0]", _nothing),
    ):
        pass


READER = """
import hashlib, os, sys
size, out = int(sys.argv[-2]), sys.argv[-1]
with open(out, "w") as told:
    while True:
        digest, left = hashlib.sha256(), size
        while left:
            got = os.read(0, min(left, 40_000))
            if not got:
                sys.exit(left != size)
            digest.update(got)
            left -= len(got)
        print(digest.hexdigest(), file=told)
"""


@pytest.mark.parametrize("size", [Size(width=128, height=64), Size(width=1080, height=1920)], ids=["small", "large"])
def test_frames_reach_a_slow_reader_unchanged_though_each_buffer_is_drawn_anew_after_the_next_frame(tmp_path, size):
    frames = [Planes.empty(size), Planes.empty(size)]
    reader, told = _script(tmp_path, READER), tmp_path / "told"
    sent = []
    with FrameStream([reader, str(frames[0].flat.nbytes), told], "shots[1]", _nothing) as stream:
        for number in range(24):
            frame = frames[number % 2].flat
            frame[:] = 10 * number
            sent.append(hashlib.sha256(frame.tobytes()).hexdigest())
            stream.write(frame.data.cast("B"))
        stream.finish()
    assert told.read_text().split() == sent


def test_as_many_small_frames_may_wait_as_hold_no_more_than_thirteen_of_full_hd():
    large = 1080 * 1920 * 3 // 2
    for size in (100 * 100 * 3 // 2, 360 * 640 * 3 // 2, 720 * 1280 * 3 // 2, large, 4 * large):
        frames = Pace.of(size).frames
        assert frames == Pace().frames if size >= large else Pace().frames < frames <= 13 * large / size


def test_an_encoder_is_given_no_more_frames_than_it_needs(tmp_path):
    program, pace, behind = discover(), Pace(), []
    task = encoders.Task(Encode(), SIZE, Rate(), tmp_path / "a.mp4", "shots[0]")
    line = encoders.command(program, encoders.named("libx264"), task)
    frame = Planes.black(SIZE).flat.data.cast("B")
    with FrameStream(line, "shots[0]", _nothing, pace) as stream:
        for _ in range(120):
            stream.write(frame)
            behind.append(stream.behind)
        stream.finish()
    assert max(behind) <= pace.frames == Pace().frames
    with av.open(str(tmp_path / "a.mp4")) as clip:
        assert sum(1 for _ in clip.decode(video=0)) == 120


def test_an_encoder_that_looks_far_ahead_is_given_what_it_waits_for(tmp_path):
    program, pace = discover(), Pace()
    task = encoders.Task(Encode(preset="slower"), SIZE, Rate(), tmp_path / "a.mp4", "shots[0]")
    line = encoders.command(program, encoders.named("libx264"), task)
    frame = Planes.black(SIZE).flat.data.cast("B")
    with FrameStream(line, "shots[0]", _nothing, pace) as stream:
        for _ in range(90):
            stream.write(frame)
        stream.finish()
    assert pace.frames > Pace().frames
    with av.open(str(tmp_path / "a.mp4")) as clip:
        assert sum(1 for _ in clip.decode(video=0)) == 90


def test_a_full_disk_is_not_taken_for_an_encoder_that_does_not_work(tmp_path):
    full = _script(tmp_path, "import sys\nsys.exit('error writing trailer: No space left on device')")
    with pytest.raises(NeedsPersonError, match="disk is full"):
        encoders.choose(Ffmpeg(full, "ffmpeg test", frozenset({"libx265"})), codec="hevc")


def test_the_best_quality_there_is_can_be_asked_for(tmp_path, program):
    """x264 takes 0 for lossless, which High profile does not have (H.264, A.2.4)."""
    task = encoders.Task(Encode(crf=0), SIZE, RATE, tmp_path / "a.mp4", "a shot")
    with encoders.stream(program, encoders.software("h264"), task, _nothing) as stream:
        stream.write(_moving(0).flat.data.cast("B"))
        stream.finish()
    assert len(open_clip(tmp_path / "a.mp4", 1).samples) == 1


def test_what_an_encoder_says_first_is_told_too_since_the_rest_comes_of_it(program, tmp_path):
    flawed = encoders.Encoder("libx264", lambda *_: ["-profile:v", "no such profile"])
    line = encoders.command(program, flawed, encoders.Task(Encode(), SIZE, RATE, tmp_path / "a.mp4", "x"))
    refused = pytest.raises(EncoderRefusedError, match=r"“.*profile")
    with refused, FrameStream(line, "x", _nothing) as stream:
        stream.write(_moving(0).flat.data.cast("B"))
        stream.finish()


def test_an_encoder_that_is_slow_to_end_but_goes_on_is_waited_for(tmp_path, monkeypatch):
    body = "import sys, time; sys.stdin.buffer.read()\n"
    body += "for n in range(8): print(f'frame={n}', flush=True); time.sleep(0.1)"
    monkeypatch.setattr(ffmpeg, "_STALLED_SECONDS", 0.35)
    with FrameStream([_script(tmp_path, body), "-x"], "a shot", _nothing) as stream:
        stream.finish()
    assert stream._process.returncode == 0
