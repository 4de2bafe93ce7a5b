import subprocess
from fractions import Fraction

import numpy as np
import pytest

from reelforge.domain.timeline import AudioPlan, Encode, Motion, Rate, Shot, Size, Source, Timeline
from reelforge.render import aac, encoders, hearing, mp4
from reelforge.render.ffmpeg import FrameStream, discover
from reelforge.render.join import join
from reelforge.render.mp4 import DamagedClipError, open_clip
from reelforge.render.planes import Planes
from reelforge.render.probe import probe

SIZE, RATE = Size(width=128, height=192), Rate()
LENGTHS = (9, 1, 14, 2)
WHOLE = sum(LENGTHS)


@pytest.fixture(scope="module")
def program():
    return discover()


def _nothing():
    pass


def _encode(program, out, levels, rate=RATE):
    """A clip whose frames are plain, each of the brightness given (with a brighter bar, so that none counts black)."""
    frame = Planes.black(SIZE)
    task = encoders.Task(Encode(preset="veryfast"), SIZE, rate, out, "a test")
    with encoders.stream(program, encoders.named("libx264"), task, _nothing) as stream:
        for level in levels:
            frame.y[:], frame.y[:, :20] = level, min(level + 20, 235)
            stream.write(frame.flat.data.cast("B"))
        stream.finish()
    return out


def _noise(samples):
    mono = np.random.default_rng(3).normal(0, 0.124, samples)
    return np.stack([mono, mono], 1).astype(np.float32)


def _levels():
    return [40 + 3 * number for number in range(WHOLE)]


@pytest.fixture(scope="module")
def made(program, tmp_path_factory):
    """A joined video of four clips, with noise for sound; and the clips."""
    folder = tmp_path_factory.mktemp("made")
    levels, clips, first = _levels(), [], 0
    for number, length in enumerate(LENGTHS):
        path = _encode(program, folder / f"{number}.mp4", levels[first : first + length])
        clips.append(open_clip(path, length))
        first += length
    samples = RATE.sample_at(first)
    sound = folder / "sound.m4a"
    aac.encode([_noise(samples)], sound, 128_000)
    join(clips, sound, folder / "whole.mp4", RATE, samples, _nothing)
    return folder, clips, samples


def _timeline(frames=WHOLE, **more):
    sound = AudioPlan(speech=Source(path="s.wav"))
    shots = (Shot(picture=Source(path="a.png"), frames=frames, motion=Motion(name="still")),)
    return Timeline(**{"size": SIZE, "shots": shots, "audio": sound, **more})


def _failed(path, timeline):
    return {check.name for check in probe(path, timeline, _nothing) if not check.passed}


def test_a_joined_video_passes_every_check(made):
    checks = probe(made[0] / "whole.mp4", _timeline(), _nothing)
    assert [check.sentence for check in checks if not check.passed] == []
    assert {check.name for check in checks} >= {"container", "edit lists", "frames", "colours", "sound", "length"}


def test_joined_clips_show_every_frame_once_in_order(made):
    import av

    with av.open(str(made[0] / "whole.mp4")) as file:
        shown = [(frame.pts * frame.time_base, frame.to_ndarray()[100, 100]) for frame in file.decode(video=0)]
    assert [time for time, _ in shown] == [Fraction(number, 30) for number in range(WHOLE)]
    assert np.abs(np.array([int(level) for _, level in shown]) - _levels()).max() <= 2


def test_decoded_sound_is_aligned_to_the_sample(made):
    import av

    folder, _, samples = made
    with av.open(str(folder / "whole.mp4")) as file:
        assert file.streams.audio[0].start_time == 0
        assert file.streams.audio[0].duration == samples
        heard = np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)])
    mixed = _noise(samples)[:, 0]
    scores = [np.dot(heard[4096 + lag : 30_000 + lag], mixed[4096:30_000]) for lag in range(-1500, 1501)]
    assert int(np.argmax(scores)) - 1500 == 0


def test_what_is_heard_ahead_in_the_sound_track_is_what_is_heard_in_the_video(made):
    folder, _, samples = made
    known = {}

    def remembered(name, make):
        return known.setdefault(name, known.get(name) or make())

    hearing.remember(hearing.ahead(folder / "sound.m4a", samples, _nothing), folder / "sound.m4a", samples, remembered)
    ahead = dict(known)
    probe(folder / "whole.mp4", _timeline(), _nothing, remembered=remembered)
    assert len(ahead) == 1
    assert known.items() >= ahead.items()
    assert not any(b"aac" in told for name, told in known.items() if name not in ahead), "it was listened to again"
    assert ahead.popitem()[1] == hearing.heard(folder / "whole.mp4", _nothing).to_bytes()


def test_listening_ahead_ends_as_soon_as_it_is_told_to(made):
    calls = []

    def stop():
        calls.append(None)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        hearing.ahead(made[0] / "sound.m4a", made[2], stop)
    assert len(calls) == 1


def test_the_same_clips_give_the_same_bytes(made):
    folder, clips, samples = made
    join(clips, folder / "sound.m4a", folder / "again.mp4", RATE, samples, _nothing)
    assert (folder / "again.mp4").read_bytes() == (folder / "whole.mp4").read_bytes()


def test_odd_rates_are_joined_exactly(program, tmp_path):
    rate = Rate(num=30_000, den=1_001)
    clips = [open_clip(_encode(program, tmp_path / f"{n}.mp4", [60 + n, 90, 120], rate), 3) for n in range(2)]
    samples = rate.sample_at(6)
    aac.encode([1.05 * _noise(samples)], tmp_path / "a.m4a", 128_000)
    join(clips, tmp_path / "a.m4a", tmp_path / "o.mp4", rate, samples, _nothing)
    assert _failed(tmp_path / "o.mp4", _timeline(6, rate=rate)) == set()


def test_clips_encoded_in_different_ways_are_not_joined(program, made, tmp_path):
    task = encoders.Task(Encode(preset="ultrafast"), SIZE, RATE, tmp_path / "a.mp4", "a test")
    line = encoders.command(program, encoders.named("libx264"), task)
    line[line.index("high")] = "baseline"
    with FrameStream(line, "a test", _nothing) as stream:
        stream.write(Planes.black(SIZE).flat.data.cast("B"))
        stream.finish()
    clips = [made[1][0], open_clip(tmp_path / "a.mp4", 1)]
    with pytest.raises(DamagedClipError, match="different ways"):
        join(clips, made[0] / "sound.m4a", tmp_path / "o.mp4", RATE, 10_000, _nothing)


def test_a_clip_cut_short_or_with_other_frames_is_noticed(made, tmp_path):
    whole = (made[0] / "0.mp4").read_bytes()
    for size in (0, 5, 40, len(whole) // 2, len(whole) - 3):
        (tmp_path / "cut.mp4").write_bytes(whole[:size])
        with pytest.raises(DamagedClipError):
            open_clip(tmp_path / "cut.mp4", LENGTHS[0])
    with pytest.raises(DamagedClipError, match="9 frames, where 10 are due"):
        open_clip(made[0] / "0.mp4", 10)


def test_the_boxes_of_a_file_are_read_in_order(made):
    names = [name for name, _, _ in mp4.boxes(made[0] / "whole.mp4")]
    assert names[0] == b"ftyp"
    assert names.index(b"moov") < names.index(b"mdat")


def _again(program, source, out, *options):
    subprocess.run([program.path, "-loglevel", "error", "-y", "-i", source, *options, out], check=True)
    return out


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (["-c", "copy"], "container"),
        (["-c", "copy", "-movflags", "+faststart", "-video_track_timescale", "30"], "edit lists"),
        (["-c", "copy", "-an"], "readable"),
        (["-c:v", "copy", "-c:a", "aac", "-ac", "1"], "sound"),
        (["-c:v", "copy", "-c:a", "aac", "-ar", "44100"], "sound"),
        (["-c:v", "copy", "-af", "volume=0"], "silence"),
        (["-c:a", "copy", "-vf", "scale=64:96"], "picture"),
        (["-c:a", "copy", "-pix_fmt", "yuv444p"], "picture"),
        (["-c:a", "copy", "-c:v", "mpeg4"], "picture"),
        (["-c:a", "copy", "-r", "15"], "frames"),
        (["-c:a", "copy", "-vf", "setparams=colorspace=smpte170m"], "colours"),
        (["-c:a", "copy", "-vf", "drawbox=color=black:t=fill"], "black"),
        (["-c:v", "copy", "-t", "0.5"], "length"),
    ],
)
def test_a_video_that_breaks_the_specification_fails_the_check_of_that_name(program, made, tmp_path, options, name):
    broken = _again(program, made[0] / "whole.mp4", tmp_path / "broken.mp4", *options)
    assert name in _failed(broken, _timeline())


def test_a_picture_that_stands_still_fails_when_the_timeline_has_several_shots(program, tmp_path):
    clip = open_clip(_encode(program, tmp_path / "a.mp4", [90] * 5), 5)
    samples = RATE.sample_at(10)
    aac.encode([_noise(samples)], tmp_path / "a.m4a", 128_000)
    join([clip, clip], tmp_path / "a.m4a", tmp_path / "o.mp4", RATE, samples, _nothing)
    shots = tuple(Shot(picture=Source(path=name), frames=5, motion=Motion(name="still")) for name in ("a", "b"))
    assert _failed(tmp_path / "o.mp4", _timeline(shots=shots)) == {"frozen"}
    assert _failed(tmp_path / "o.mp4", _timeline(10)) == set()


def test_a_file_that_is_no_video_fails(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"nothing of the kind")
    (check,) = probe(tmp_path / "a.mp4", _timeline(), _nothing)
    assert not check.passed
    assert check.name == "readable"


@pytest.mark.parametrize(("box", "at", "value"), [(b"stsc", 16, 5000), (b"stts", 16, 0)], ids=["samples", "spacing"])
def test_a_clip_whose_tables_contradict_each_other_is_noticed(made, tmp_path, box, at, value):
    data = bytearray((made[0] / "0.mp4").read_bytes())
    place = data.index(box) + at
    data[place : place + 4] = value.to_bytes(4, "big")
    (tmp_path / "lying.mp4").write_bytes(data)
    with pytest.raises(DamagedClipError):
        open_clip(tmp_path / "lying.mp4", LENGTHS[0])
