"""Clips as shots: the right frame of the file at the right frame of the timeline, in any order and any fit."""

import json
import subprocess
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
import soundfile
from msgspec.structs import replace
from PIL import Image

from reelforge.domain.timeline import AudioPlan, Clip, Effect, Motion, Rate, Shot, Size, Source, Timeline, Transition
from reelforge.errors import InputError
from reelforge.render.clips.info import open_clip_info
from reelforge.render.clips.sound import ClipSound, extract
from reelforge.render.ffmpeg import discover
from reelforge.render.material import Drawing, Material
from reelforge.render.mix import mix
from reelforge.render.reshape import preview
from reelforge.render.sources import Sources
from reelforge.store.assets import FileAssets

SIZE = Size(width=64, height=96)
LEVELS = [40 + 5 * number for number in range(30)]
"""The luma of each of the clip's frames."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A clip of 30 frames at 30 a second, each of one grey with a white bar on the left; and a grey picture."""
    folder = tmp_path_factory.mktemp("clips")
    wide = np.zeros((30, 96 * 3 // 2, 128), np.uint8)
    for number, level in enumerate(LEVELS):
        wide[number, :96] = level
        wide[number, :96, :16] = 235
        wide[number, 96:] = 128
    line = [discover().path, "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "128x96", "-r", "30"]
    line += ["-i", "-", "-c:v", "libx264", "-qp", "1", "-g", "12", "-bf", "2", folder / "clip.mp4"]
    subprocess.run([str(word) for word in line], input=wide.tobytes(), check=True)
    Image.fromarray(np.full((96, 64, 3), 128, np.uint8)).save(folder / "grey.png")
    return folder


def _clip(frames, **more):
    given = {key: more.pop(key) for key in ("fit", "transition", "effects", "motion") if key in more}
    return Shot.model_validate({"clip": Clip(source=Source(path="clip.mp4"), **more), "frames": frames, **given})


def _drawing(folder, *shots):
    timeline = Timeline(size=SIZE, shots=shots)
    return Drawing(Material.gather(timeline, Sources(FileAssets(folder / "assets"), folder)))


def _levels(drawing, numbers):
    """The middle's luma in each frame."""
    try:
        return [int(np.median(drawing.frame(number).y[40:56, 24:40])) for number in numbers]
    finally:
        drawing.close()


def test_each_frame_shows_the_clips_own_frame_of_that_time(folder):
    assert np.allclose(_levels(_drawing(folder, _clip(30)), range(30)), LEVELS, atol=1)


def test_frames_asked_for_in_any_order_are_the_same(folder):
    numbers = [29, 3, 17, 4, 0, 28]
    assert np.allclose(_levels(_drawing(folder, _clip(30)), numbers), [LEVELS[number] for number in numbers], atol=1)


def test_start_and_speed_count_in_the_clips_own_time(folder):
    shown = _levels(_drawing(folder, _clip(10, start=0.2, speed=2.0)), range(10))
    assert np.allclose(shown, LEVELS[6:26:2], atol=1)


@pytest.mark.parametrize(("end", "last"), [("hold", [29] * 5), ("loop", [10, 11, 12, 13, 14])])
def test_a_clip_that_is_over_holds_its_last_frame_or_begins_again(folder, end, last):
    shown = _levels(_drawing(folder, _clip(25, start=1 / 3, end=end)), range(20, 25))
    assert np.allclose(shown, [LEVELS[number] for number in last], atol=1)


def test_a_clip_that_is_too_short_for_its_shot_and_the_transition_after_it_is_refused_with_its_place(folder):
    after = Shot(picture=Source(path="grey.png"), frames=9, transition=Transition(name="dissolve", frames=6))
    _drawing(folder, _clip(24), after).close()
    with pytest.raises(InputError, match=r"shots\[0\]\.clip: the clip has 1\.00 s, but its shot needs 1\.03 s"):
        _drawing(folder, _clip(26), after)


def test_a_clip_shown_to_its_end_can_be_previewed_with_fewer_frames(folder):
    whole = Timeline(size=SIZE, shots=(_clip(121),), rate=Rate(num=120))
    sources = Sources(FileAssets(folder / "assets"), folder)
    Material.gather(whole, sources)
    made = preview(whole)
    assert (made.rate.num, made.frames) == (30, 31)
    shown = _levels(Drawing(Material.gather(made, sources)), [0, 29, 30])
    assert np.allclose(shown, [LEVELS[0], LEVELS[29], LEVELS[29]], atol=1)


def test_a_clip_goes_on_beneath_the_transition_to_the_next_shot(folder):
    after = Shot(picture=Source(path="grey.png"), frames=9, transition=Transition(name="dissolve", frames=4))
    shown = _levels(_drawing(folder, _clip(20), after), range(20, 24))
    grey, moments = 126, [1 / 5, 2 / 5, 3 / 5, 4 / 5]
    due = [(1 - time) * LEVELS[20 + number] + time * grey for number, time in enumerate(moments)]
    assert np.allclose(shown, due, atol=2)


def test_a_clip_covers_the_frame_or_is_shown_whole_over_its_own_blur(folder):
    covered, whole = _drawing(folder, _clip(5)), _drawing(folder, _clip(5, fit="blur"))
    assert covered.frame(0).y[48, :8].max() < 60, "the bar on the left is cut off"
    frame = whole.frame(0).y
    assert frame[48, 2] > 200, "the bar is seen"
    assert abs(int(frame[48, 32]) - LEVELS[0]) <= 1
    assert frame[4, 40] < LEVELS[0] - 3, "above it the picture's blur is darker"
    covered.close()
    whole.close()


def test_effects_and_motion_work_on_clips_too(folder):
    ramp = Effect(name="speed_ramp", settings={"ramp": "in", "amount": 0.6})
    slow = _levels(_drawing(folder, _clip(28, effects=(ramp,))), range(28))
    assert slow[0] == pytest.approx(LEVELS[0], abs=1)
    assert slow[8] < LEVELS[8] - 5
    assert all(a <= b + 1 for a, b in pairwise(slow))
    noir = Effect(name="grade", settings={"lut": "noir", "strength": 1.0})
    near = _clip(5, effects=(noir,), motion=Motion(zoom=(1.0, 2.0)))
    drawing = _drawing(folder, near)
    assert int(drawing.frame(4).u.max()) - int(drawing.frame(4).u.min()) <= 4
    drawing.close()


def test_a_clip_stands_still_where_no_motion_is_given():
    shot = Shot.model_validate_json(json.dumps({"clip": {"source": {"path": "a.mp4"}}, "frames": 3}))
    assert shot.motion.name == "still"
    assert Shot(picture=Source(path="a.png"), frames=3).motion.name == "ken_burns"


RATE = 48_000


@pytest.fixture(scope="module")
def ticking(folder):
    """A clip of 4 s that ticks at each half second: 1 kHz for 20 ms, the whole seconds louder."""
    times = np.arange(4 * RATE) / RATE
    ticks = np.sin(2 * np.pi * 1000 * times) * ((times % 0.5) < 0.02) * np.where(times % 1 < 0.5, 0.8, 0.4)
    soundfile.write(folder / "ticks.wav", ticks, RATE)
    line = [discover().path, "-loglevel", "error", "-f", "lavfi", "-i", "color=gray:s=64x96:r=30:d=4"]
    line += ["-i", folder / "ticks.wav", "-c:v", "libx264", "-c:a", "aac", "-b:a", "192k", folder / "ticking.mp4"]
    subprocess.run([str(word) for word in line], check=True)
    return folder / "ticking.mp4"


def _heard(path, tmp_path, seconds, **more):
    clip = Clip(source=Source(path=str(path)), volume_db=0, **more)
    sound = ClipSound(path, "shots[0].clip", clip, open_clip_info(path, ""), 0, round(seconds * RATE), 0.0)
    extract(sound, tmp_path / "heard.wav", lambda: None)
    samples, _ = soundfile.read(tmp_path / "heard.wav")
    assert samples.shape == (round(seconds * RATE), 2)
    return samples[:, 0]


def _ticks(samples):
    """When ticks begin, in seconds."""
    loud = np.flatnonzero(np.abs(samples) > 0.12)
    return loud[np.flatnonzero(np.diff(loud, prepend=-RATE) > RATE // 10)] / RATE


@pytest.mark.parametrize(
    ("more", "seconds", "due"),
    [
        ({}, 2.0, [0.0, 0.5, 1.0, 1.5]),
        ({"start": 1.25}, 1.5, [0.25, 0.75, 1.25]),
        ({"start": 0.9, "speed": 2.0}, 1.0, [0.05, 0.3, 0.55, 0.8]),
        ({"start": 3.25, "end": "hold"}, 2.0, [0.25]),
        ({"start": 3.25, "end": "loop"}, 2.0, [0.25, 1.0, 1.75]),
    ],
    ids=["from the start", "later", "twice as fast", "held", "looped"],
)
def test_a_clips_sound_is_in_step_with_its_pictures(ticking, tmp_path, more, seconds, due):
    assert _ticks(_heard(ticking, tmp_path, seconds, **more)) == pytest.approx(
        due, abs=0.015
    )  # stretched sound is put together in pieces of some 20 ms


def test_a_clip_is_heard_only_when_it_is_given_a_volume_and_only_during_its_own_shot(ticking, tmp_path):
    def mixed(volume):
        clip = Clip(source=Source(path=str(ticking)), volume_db=volume)
        sound = ClipSound(ticking, "", clip, open_clip_info(ticking, ""), RATE, RATE, -6.0)
        clips = [] if volume is None else [sound]
        out, wav = tmp_path / "mix.m4a", tmp_path / "mix.wav"
        mix(AudioPlan(), 3 * RATE, lambda _source: ticking, out, lambda: None, clips=clips, uncoded=wav)
        return soundfile.read(wav)[0][:, 0]

    assert not mixed(None).any()
    assert _ticks(mixed(-6.0)) == pytest.approx([1.0, 1.5], abs=0.012)


def test_a_cut_takes_nothing_of_the_clip_before_it_however_many_frames_it_names(folder):
    whole, shots = _clip(30), None
    for frames in (0, 15):
        cut = _clip(30).model_copy(update={"transition": Transition(name="cut", frames=frames)})
        drawing = _drawing(folder, whole, cut)
        shots = shots or _levels(drawing, (0, 29, 30))
        assert _levels(drawing, (0, 29, 30)) == shots


def test_a_sound_far_shorter_than_its_file_says_costs_no_memory(ticking, tmp_path):
    lying = replace(open_clip_info(ticking, ""), seconds=100_000.0)
    clip = Clip(source=Source(path=str(ticking)), volume_db=0)
    tracemalloc.start()
    extract(ClipSound(ticking, "", clip, lying, 0, 5 * RATE, 0.0), tmp_path / "heard.wav", lambda: None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16_000_000
    assert not soundfile.read(tmp_path / "heard.wav")[0][4 * RATE + 2000 :].any()


def _joined(folder, rate):
    """A broadcast of 2 s whose sound is mono and, from 1 s on, stereo at ``rate``: two streams, one behind another."""
    parts = []
    for at, (channels, hertz) in enumerate([("mono", RATE), ("stereo", rate)]):
        line = [discover().path, "-loglevel", "error", "-f", "lavfi", "-i", "color=gray:s=64x96:r=30:d=1"]
        line += ["-f", "lavfi", "-i", f"sine=440:d=1:r={hertz},aformat=flt,volume=4,aformat=channel_layouts={channels}"]
        line += ["-c:v", "libx264", "-c:a", "aac", "-muxdelay", "0", "-output_ts_offset", str(at), "-f", "mpegts", "-"]
        parts.append(subprocess.run([str(word) for word in line], check=True, capture_output=True).stdout)
    (folder / "joined.ts").write_bytes(b"".join(parts))
    return folder / "joined.ts"


def test_sound_whose_channels_change_midway_is_heard_to_the_end(tmp_path):
    heard = _heard(_joined(tmp_path, RATE), tmp_path, 1.9)
    for second in (0.2, 1.3):
        part = heard[round(second * RATE) :][: RATE // 2]
        assert np.argmax(np.abs(np.fft.rfft(part))) == 220  # in half a second
        assert part.std() > 0.2


def test_sound_whose_rate_changes_midway_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"^shots\[0\]\.clip: the clip .* from 48,000 to 44,100 Hz midway"):
        _heard(_joined(tmp_path, 44_100), tmp_path, 1.9)
