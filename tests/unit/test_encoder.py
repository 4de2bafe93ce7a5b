import hashlib
import os
import signal
import stat
import sys
import threading
import time
from pathlib import Path

import pytest

from reelforge.domain.timeline import Encode, Rate, Size
from reelforge.errors import NeedsPersonError
from reelforge.render import encoders, ffmpeg
from reelforge.render.ffmpeg import EncoderDiedError, Ffmpeg, FrameStream, discover
from reelforge.render.join import open_clip
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


@pytest.mark.parametrize("body", ["import sys; sys.exit(1)", "print('ffmpeg version 1')", "raise SystemExit"])
def test_an_ffmpeg_on_the_path_that_does_not_work_is_passed_over(tmp_path, monkeypatch, body):
    _script(tmp_path, body)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("REELFORGE_FFMPEG", raising=False)
    assert discover().path.parent != tmp_path


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


def test_a_preferred_encoder_is_the_only_hardware_tried(program, monkeypatch):
    everything = Ffmpeg(program.path, program.version, frozenset(encoder.name for encoder in encoders.ENCODERS))
    tried = []
    monkeypatch.setattr(
        encoders, "works", lambda _, encoder, _scratch: tried.append(encoder.name) or encoder.name == "libx264"
    )
    assert encoders.choose(everything, prefer="h264_qsv").name == "libx264"
    assert tried == ["h264_qsv", "libx264"]


def test_software_encoding_works_by_the_same_trial_as_hardware(program):
    assert encoders.works(program, encoders.named("libx264"))


def test_an_encoder_this_machine_cannot_run_is_found_out(program):
    broken = encoders.Encoder("libx264", lambda *_: ["-profile:v", "no such profile"])
    assert not encoders.works(program, broken)


def test_no_encoder_that_works_is_told(program, monkeypatch):
    monkeypatch.setattr(encoders, "works", lambda *_: False)
    with pytest.raises(NeedsPersonError, match=r"No H.264 encoder"):
        encoders.choose(program)


@pytest.mark.parametrize("encoder", encoders.ENCODERS, ids=lambda encoder: encoder.name)
def test_every_encoders_settings_ask_for_closed_groups_high_profile_and_the_bitrate(encoder):
    ask = Encode(bitrate=5_000_000, max_bitrate=7_000_000, keyframe_seconds=1.5)
    told = encoders.options(encoder, ask, Rate(num=60_000, den=1_001))
    assert told[:2] == ["-c:v", encoder.name]
    assert told[told.index("-g") + 1] == "90"
    assert told[told.index("-profile:v") + 1] == "high"
    assert told[told.index("-maxrate") + 1] == "7000000"
    assert "+cgop" in told
    if encoder.name != "libx264":
        assert told[told.index("-b:v") + 1] == "5000000"
        assert told[told.index("-bf") + 1] == "0" or encoder.name == "h264_vaapi"


def test_videotoolbox_is_told_what_it_needs():
    told = " ".join(encoders.options(encoders.named("h264_videotoolbox"), Encode(), Rate()))
    assert told == (
        "-c:v h264_videotoolbox -profile:v high -b:v 8000000 -maxrate 12000000 -bufsize 24000000 "
        "-g 60 -bf 0 -flags:v +cgop -allow_sw 1 -pix_fmt nv12"
    )


def _stream(program, out, check=_nothing):
    command = encoders.command(program, encoders.named("libx264"), Encode(preset="ultrafast"), SIZE, RATE, out)
    return FrameStream(command, "shots[1]", check)


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
    body = "import sys\nsys.stderr.write('noise\\n' * 200_000)\nsys.stdin.buffer.read()\nsys.exit('the last word')"
    with (  # noqa: PT012  # the error comes in a loop or at the end of the block
        pytest.raises(EncoderDiedError, match=r"ended with code 1.*“the last word”"),
        FrameStream([_script(tmp_path, body)], "shots[0]", _nothing) as stream,
    ):
        for _ in range(50):
            stream.write(memoryview(bytes(100_000)))
        stream.finish()


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
size, out = int(sys.argv[1]), sys.argv[2]
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
