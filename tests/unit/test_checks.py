"""Real videos, each with one thing wrong: the check for it fails, and no other."""

import tracemalloc
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reelforge.domain.picture import PictureRequest
from reelforge.domain.post import Check
from reelforge.domain.timeline import (
    AudioPlan,
    CaptionStyle,
    Card,
    Clip,
    Cue,
    CueWord,
    Encode,
    Motion,
    Rate,
    Shot,
    Size,
    Source,
    Span,
    Timeline,
    Transition,
)
from reelforge.engines.picture.backdrop import Options
from reelforge.engines.picture.backdrop import draw as draw_backdrop
from reelforge.render import aac, checks, encoders
from reelforge.render.checks import banding
from reelforge.render.evidence import Composed, Text, texts
from reelforge.render.ffmpeg import discover
from reelforge.render.join import join
from reelforge.render.keys import Spread, look
from reelforge.render.layer import Layer
from reelforge.render.listening import Listener
from reelforge.render.looks import Looks
from reelforge.render.mp4 import open_clip
from reelforge.render.planes import Planes, yuv_from_rgb
from reelforge.render.probe import gather, probe
from reelforge.render.sprites import SpriteShelf
from reelforge.render.staircases import staircases
from reelforge.render.text.layers import text_layers

SIZE, RATE, FRAMES = Size(width=144, height=256), Rate(), 120
SAMPLES = RATE.sample_at(FRAMES)


def _nothing():
    pass


def _texture():
    noise = np.random.default_rng(1).integers(0, 256, (256, 480, 3), np.uint8)
    soft = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 5), None, 0, 255, cv2.NORM_MINMAX)
    return yuv_from_rgb(soft)


TEXTURE = _texture()


def _textured(out, number):
    """A soft texture that moves by two pixels a frame."""
    part = TEXTURE[:, 2 * number : 2 * number + SIZE.width]
    out.y[:], out.u[:], out.v[:] = part[..., 0], part[::2, ::2, 1], part[::2, ::2, 2]


def _plain(out, rgb):
    y, u, v = yuv_from_rgb(np.array([[rgb]], np.uint8))[0, 0]
    out.y[:], out.u[:], out.v[:] = y, u, v


class Film:
    """Composed frames, their record and their clip."""

    def __init__(self, program, folder, draw, frames=FRAMES, size=SIZE, keyframe_seconds=0.5):
        self.looks = Looks.room(size, frames)
        self.path = folder / "clip.mp4"
        planes = Planes.black(size)
        ask = Encode(preset="ultrafast", keyframe_seconds=keyframe_seconds)
        task = encoders.Task(ask, size, RATE, self.path, "a test")
        with encoders.stream(program, encoders.named("libx264"), task, _nothing) as stream:
            for number in range(frames):
                draw(planes, number)
                self.looks.add(planes)
                stream.write(planes.flat.data.cast("B"))
            stream.finish()
        self.frames = frames


def _noise(samples=SAMPLES):
    return np.random.default_rng(3).normal(0, 0.124, samples)


def _sound(folder, mono):
    aac.encode([np.stack([mono, mono], 1).astype(np.float32)], folder / "sound.m4a", 128_000)
    return folder / "sound.m4a"


def _join(folder, film, sound):
    out = folder / "whole.mp4"
    join([open_clip(film.path, film.frames)], sound, out, RATE, RATE.sample_at(film.frames), _nothing)
    return out


@pytest.fixture(scope="module")
def program():
    return discover()


@pytest.fixture(scope="module")
def textured(program, tmp_path_factory):
    return Film(program, tmp_path_factory.mktemp("textured"), _textured)


@pytest.fixture(scope="module")
def noise(tmp_path_factory):
    return _sound(tmp_path_factory.mktemp("noise"), _noise())


@pytest.fixture(scope="module")
def clean(textured, noise, tmp_path_factory):
    return _join(tmp_path_factory.mktemp("clean"), textured, noise)


def _timeline(frames=FRAMES, **more):
    shot = Shot(picture=Source(path="a.png"), frames=frames, motion=Motion(zoom=(1.0, 1.4)))
    plan = AudioPlan(speech=Source(path="s.wav"), spoken=(Span(start=0, end=RATE.sample_at(frames)),))
    return Timeline(**{"size": SIZE, "shots": (shot,), "audio": plan, **more})


def _judged(path, looks, timeline=None, found_texts=(), overlaid=()):
    composed = Composed(looks=looks, texts=found_texts, overlaid=overlaid)
    return {check.name: check for check in probe(path, timeline or _timeline(), _nothing, composed)}


def _failed(judged):
    return {name for name, check in judged.items() if not check.passed}


def _warned(judged):
    return {name for name, check in judged.items() if check.level == "warning"}


def _shown(program, noise, folder, draw, timeline=None):
    """What the checks say of a video of frames that are drawn so."""
    film = Film(program, folder, draw)
    return _judged(_join(folder, film, noise), film.looks, timeline)


def _heard(textured, folder, mono, **more):
    return _judged(_join(folder, textured, _sound(folder, mono)), textured.looks, _timeline(**more))


def test_a_clean_video_passes_every_check_there_is(clean, textured):
    judged = _judged(clean, textured.looks)
    assert [check for check in judged.values() if check.level != "fine"] == []
    made = {module.replace("_", " ") for module in checks.names()}
    assert set(judged) == made | {"red flash", "true peak"}


def test_without_a_record_of_the_frames_only_the_file_is_judged(clean):
    names = {check.name for check in probe(clean, _timeline(), _nothing)}
    assert {"black", "frozen", "loudness", "frames"} <= names
    assert not {"flash", "red flash", "encoded", "safe zones"} & names


def test_a_black_video_fails(program, noise, tmp_path):
    judged = _shown(program, noise, tmp_path, lambda out, _: _plain(out, (2, 2, 2)))
    assert _failed(judged) == {"black"}
    assert "whole video is black" in judged["black"].sentence


def _black_between(first, last):
    def draw(out, number):
        _plain(out, (0, 0, 0)) if first <= number < last else _textured(out, number)

    return draw


def test_a_black_stretch_fails_with_its_time_and_shot(program, noise, tmp_path):
    judged = _shown(program, noise, tmp_path, _black_between(60, 80))
    assert _failed(judged) == {"black"}
    assert "from 2.0 to 2.7 s (shots[0])" in judged["black"].sentence


def test_a_black_stretch_of_a_clip_is_a_warning_for_what_it_shows_may_be_so(program, noise, tmp_path):
    film = Film(program, tmp_path, _black_between(0, 80))
    path = _join(tmp_path, film, noise)
    clip, picture = Shot(clip=Clip(source=Source(path="a.mp4")), frames=60), Shot(picture=Source(path="a"), frames=60)
    judged = _judged(path, film.looks, _timeline(shots=(clip, clip)))
    assert (_failed(judged), _warned(judged) & {"black"}) == (set(), {"black"})
    assert "from 0.0 to 2.7 s (shots[0])" in judged["black"].sentence
    assert _failed(_judged(path, film.looks, _timeline(shots=(clip, picture)))) == {"black"}


DARK, BRIGHT = np.full((64, 36), 40, np.uint8), np.full((64, 36), 90, np.uint8)


def _bare(dark_until):
    """Pictures by themselves: dark ones in frames before that, a bright one then."""
    return lambda _first, last: DARK if last <= dark_until else BRIGHT


def _with_bare(path, film, dark_until, **more):
    given = _timeline(shots=(Shot(picture=Source(path="a"), frames=60), Shot(picture=Source(path="b"), frames=60)))
    composed = Composed(looks=film.looks, texts=(), bare=_bare(dark_until))
    found = probe(path, given.model_copy(update=more), _nothing, composed)
    return {check.name: check for check in found}


def test_black_that_a_picture_is_itself_is_a_warning_and_black_made_of_another_fails(program, noise, tmp_path):
    film = Film(program, tmp_path, _black_between(30, 90))
    path = _join(tmp_path, film, noise)
    dark = _with_bare(path, film, dark_until=90)
    assert (_failed(dark), _warned(dark) & {"black"}) == (set(), {"black"})
    assert "from 1.0 to 3.0 s (shots[0])" in dark["black"].sentence
    assert _failed(_with_bare(path, film, dark_until=60)) == {"black"}


def test_a_wholly_black_video_passes_only_when_all_its_pictures_are_black(program, noise, tmp_path):
    film = Film(program, tmp_path, lambda out, _: _plain(out, (2, 2, 2)))
    path = _join(tmp_path, film, noise)
    dark = _with_bare(path, film, dark_until=120)
    assert (_failed(dark), _warned(dark) & {"black"}) == (set(), {"black"})
    assert "as the pictures of its shots are" in dark["black"].sentence
    assert _failed(_with_bare(path, film, dark_until=60)) == {"black"}
    shots = (Shot(picture=Source(path="a"), frames=60), Shot(clip=Clip(source=Source(path="b")), frames=60))
    assert _failed(_with_bare(path, film, dark_until=120, shots=shots)) == {"black"}


def test_a_video_that_comes_out_of_the_encoder_black_fails_whatever_its_pictures_are(
    program, textured, noise, tmp_path
):
    film = Film(program, tmp_path, lambda out, _: _plain(out, (2, 2, 2)))
    path = _join(tmp_path, film, noise)
    judged = _with_bare(path, textured, dark_until=120)
    assert _failed(judged) == {"black", "encoded"}


def test_a_video_whose_only_key_frame_is_a_moment_of_black_is_not_taken_for_black(program, noise, tmp_path):
    def draw(out, number):
        _plain(out, (0, 0, 0)) if number < 10 else _textured(out, number)

    film = Film(program, tmp_path, draw, frames=30, keyframe_seconds=5)
    timeline = _timeline(30)
    judged = _judged(_join(tmp_path, film, noise), film.looks, timeline)
    assert judged["black"].passed, judged["black"].sentence


def test_a_short_black_moment_or_one_in_a_transition_passes(program, noise, tmp_path):
    assert _failed(_shown(program, noise, tmp_path, _black_between(60, 75))) == set()
    shots = tuple(
        Shot(picture=Source(path=name), frames=60, transition=Transition(name="dissolve", frames=30)) for name in "ab"
    )
    assert _failed(_shown(program, noise, tmp_path, _black_between(62, 88), _timeline(shots=shots))) == set()


def _frozen_from(first):
    return lambda out, number: _textured(out, min(number, first))


def test_a_picture_that_stands_still_fails_where_the_timeline_moves_it(program, noise, tmp_path):
    judged = _shown(program, noise, tmp_path, _frozen_from(24))
    assert _failed(judged) == {"frozen"}
    assert "from 0.8 to 4.0 s (shots[0])" in judged["frozen"].sentence


def test_a_picture_may_stand_still_when_the_timeline_says_so_or_for_a_while(program, noise, tmp_path):
    still = (Shot(picture=Source(path="a"), frames=FRAMES, motion=Motion(name="still")),)
    film = Film(program, tmp_path, _frozen_from(0))
    path = _join(tmp_path, film, noise)
    assert _failed(_judged(path, film.looks, _timeline(shots=still))) == set()
    clip = (Shot(clip=Clip(source=Source(path="a.mp4")), frames=FRAMES),)
    judged = _judged(path, film.looks, _timeline(shots=clip))
    assert (_failed(judged), _warned(judged)) == (set(), {"frozen"})
    assert _failed(_shown(program, noise, tmp_path, _frozen_from(40))) == set()


def test_shots_that_show_the_same_picture_under_other_names_may_stand_still_and_other_pictures_may_not(
    program, noise, tmp_path
):
    film = Film(program, tmp_path, _frozen_from(0))
    path, still = _join(tmp_path, film, noise), Motion(name="still")
    given = _timeline(shots=tuple(Shot(picture=Source(path=name), frames=60, motion=still) for name in "ab"))
    for contents, failed in ((("0", "0"), set()), (("0", "1"), {"frozen"})):
        found = probe(path, given, _nothing, Composed(looks=film.looks, contents=contents))
        assert {check.name for check in found if not check.passed} == failed


def test_without_a_record_of_the_frames_too_pictures_are_told_apart_by_what_they_are(clean):
    still = Motion(name="still")
    given = _timeline(shots=tuple(Shot(picture=Source(path=name), frames=60, motion=still) for name in "ab"))
    found = gather(clean, given, _nothing, Composed(contents=("0", "0")))
    found = replace(found, keys=found.keys[:1] * 2)
    for contents, passed in ((("0", "0"), True), (("0", "1"), False)):
        judged = checks.judge(replace(found, contents=contents), _nothing)
        assert [check.passed for check in judged if check.name == "frozen"] == [passed]


def test_captions_that_change_do_not_hide_a_picture_that_stands_still(program, noise, tmp_path):
    def draw(out, number):
        _textured(out, 0)
        out.y[150:180, 20:120] = 40 + 5 * (number // 10)

    film = Film(program, tmp_path, draw)
    path = _join(tmp_path, film, noise)
    assert _failed(_judged(path, film.looks)) == set()
    caption = Text(0, FRAMES, 20, 150, 120, 180)
    assert _failed(_judged(path, film.looks, found_texts=(caption,))) == {"frozen"}
    overlay = caption._replace(place="overlays[0]")  # what changes beside its words is the picture
    assert _failed(_judged(path, film.looks, found_texts=(), overlaid=(overlay,))) == set()


def _flashing(one, other):
    """Five times a second."""
    return lambda out, number: _plain(out, one if number // 3 % 2 else other)


def test_flashes_five_times_a_second_fail_with_their_time(program, noise, tmp_path):
    def draw(out, number):
        _flashing((90, 90, 90), (160, 160, 160))(out, number) if number >= 60 else _textured(out, number)

    judged = _shown(program, noise, tmp_path, draw)
    assert _failed(judged) == {"flash"}
    assert "from 2.0 to 4.0 s" in judged["flash"].sentence
    assert "shots[0]" in judged["flash"].sentence


def test_flashes_in_saturated_red_fail_even_without_a_change_of_luma(program, noise, tmp_path):
    judged = _shown(program, noise, tmp_path, _flashing((220, 0, 0), (47, 47, 47)))
    assert _failed(judged) == {"red flash"}


def test_a_silent_video_fails(textured, tmp_path):
    judged = _heard(textured, tmp_path, np.zeros(SAMPLES))
    assert _failed(judged) == {"silence"}


def test_what_is_heard_without_any_sound_in_the_timeline_fails_but_not_what_clips_may_hold(textured, tmp_path):
    silence = _heard(textured, tmp_path, np.zeros(SAMPLES), audio=AudioPlan())
    assert "as the timeline says" in silence["silence"].sentence
    assert _failed(_heard(textured, tmp_path, _noise(), audio=AudioPlan())) == {"silence"}
    clip = Clip(source=Source(path="a.mp4"), volume_db=0)
    shots = (Shot(clip=clip, frames=FRAMES),)
    assert _failed(_heard(textured, tmp_path, _noise(), audio=AudioPlan(), shots=shots)) == set()
    quiet = _heard(textured, tmp_path, np.zeros(SAMPLES), audio=AudioPlan(), shots=shots)["silence"]
    assert (quiet.passed, quiet.level) == (True, "warning")


def test_silence_fails_only_where_someone_speaks(textured, tmp_path):
    mono = 1.3 * _noise()
    mono[24_000:-8_000] = 0
    judged = _heard(textured, tmp_path, mono)
    assert _failed(judged) == {"silence"}
    assert "from 0.6 to 3.8 s" in judged["silence"].sentence
    words = tuple(Span(start=at, end=at + 32_000) for at in range(0, SAMPLES, 40_000))
    speech = Source(path="s")
    assert _failed(_heard(textured, tmp_path, mono, audio=AudioPlan(speech=speech, spoken=words))) == {"silence"}
    speaks = (Span(start=0, end=24_000), Span(start=120_000, end=SAMPLES))
    assert _failed(_heard(textured, tmp_path, mono, audio=AudioPlan(speech=speech, spoken=speaks))) == set()


def test_clipped_waves_fail_with_their_time(textured, tmp_path):
    mono = _noise()
    mono[100_000:104_800] = 3 * np.sin(np.arange(4_800) * 2 * np.pi / 120)
    judged = _heard(textured, tmp_path, mono, audio=_plan(loudness=-11.0))
    assert _failed(judged) == {"clipping", "true peak"}
    assert "at 2.13 s, " in judged["clipping"].sentence


def test_a_peak_over_the_ceiling_fails(textured, tmp_path):
    mono = _noise()
    mono[100_000:100_400] += 0.85 * np.sin(np.arange(400) * 2 * np.pi / 100) * np.hanning(400)
    assert _failed(_heard(textured, tmp_path, mono, audio=_plan(true_peak=-6.0))) == {"true peak"}


def _plan(**more):
    return AudioPlan(speech=Source(path="s"), spoken=(Span(start=0, end=SAMPLES),), **more)


def test_a_sound_too_loud_or_too_quiet_fails(clean, textured):
    loud = _judged(clean, textured.looks, _timeline(audio=_plan(loudness=-24.0)))
    assert _failed(loud) == {"loudness"}
    assert "asks for -24.0" in loud["loudness"].sentence
    assert _failed(_judged(clean, textured.looks, _timeline(audio=_plan(loudness=-8.0, true_peak=0.0)))) == {"loudness"}
    for near in (-13.5, -14.5):
        judged = _judged(clean, textured.looks, _timeline(audio=_plan(loudness=near, true_peak=0.0)))
        assert _failed(judged) == {"loudness"}


def test_a_sound_too_quiet_for_its_peaks_is_only_a_warning(textured, tmp_path):
    mono = 0.3 * _noise()
    mono[100_000:100_010] = 0.75
    judged = _heard(textured, tmp_path, mono, audio=_plan(true_peak=-1.0))
    assert (_failed(judged), _warned(judged)) == (set(), {"loudness"})


def _remux(path, out, change):
    """A copy of a video whose packets are changed (or left out) on the way."""
    settings = {"movflags": "faststart+negative_cts_offsets+write_colr", "use_editlist": "0"}
    with av.open(str(path)) as file, av.open(str(out), "w", format="mp4", options=settings) as copy:
        streams = {stream.index: copy.add_stream_from_template(stream) for stream in file.streams}
        shown = 0
        for packet in file.demux():
            if not packet.size:
                continue
            video = packet.stream.type == "video"
            kept = change(packet, shown) if video else change(packet, None)
            shown += video
            if kept:
                packet.stream = streams[packet.stream.index]
                copy.mux(packet)
    return out


def test_a_dropped_frame_fails_with_its_time(clean, textured, tmp_path):
    path = _remux(clean, tmp_path / "o.mp4", lambda _, number: number != 47)
    judged = _judged(path, textured.looks)
    assert _failed(judged) == {"frames"}
    assert "119 frames where 120" in judged["frames"].sentence
    assert "1.57 s" in judged["frames"].sentence


def test_a_video_that_does_not_open_with_a_key_frame_fails(clean, textured, tmp_path):
    judged = _judged(_remux(clean, tmp_path / "o.mp4", lambda _, number: number != 0), textured.looks)
    assert {"opening", "frames"} <= _failed(judged)


def test_a_file_beyond_the_timelines_limits_fails_and_beyond_the_usual_ones_is_told(clean):
    found = gather(clean, _timeline(), _nothing)
    for size, frames in ((300_000_001, 10_000), (13_000_000, FRAMES)):
        for limits, passed in (({}, True), ({"max_bytes": 300_000_000, "max_average": 25_000_000}, False)):
            other = replace(found, size=size, timeline=_timeline(frames, encode=Encode(**limits)))
            (judged,) = (check for check in checks.judge(other, _nothing) if check.name == "size")
            assert (judged.passed, judged.level == "warning") == (passed, passed)
            assert f"{size / 1e6:.1f} MB" in judged.sentence


def test_a_frame_shown_at_the_wrong_time_fails(clean, textured, tmp_path):
    def late(packet, number):
        packet.pts += packet.duration // 2 if number == 30 else 0
        return True

    assert _failed(_judged(_remux(clean, tmp_path / "o.mp4", late), textured.looks)) == {"frames"}


def test_sound_that_wanders_away_from_the_picture_and_back_fails(clean, textured, tmp_path):
    def wander(packet, number):
        if number is None:
            away = min(packet.pts, SAMPLES - packet.pts) // 20
            packet.pts = packet.dts = packet.pts + away
        return True

    judged = _judged(_remux(clean, tmp_path / "o.mp4", wander), textured.looks)
    assert _failed(judged) == {"drift"}
    assert "At 2.0 s the sound is 0.1" in judged["drift"].sentence


def test_sound_of_another_length_fails(textured, noise, tmp_path):
    path = tmp_path / "o.mp4"
    join([open_clip(textured.path, FRAMES)], noise, path, RATE, SAMPLES - 4_800, _nothing)
    judged = _judged(path, textured.looks)
    assert _failed(judged) == {"length"}


def test_frames_that_are_not_what_was_composed_fail_with_their_time(clean, textured):
    other = Looks.from_bytes(textured.looks.to_bytes())
    other.y, other.u, other.v = (plane.copy() for plane in (other.y, other.u, other.v))
    other.y[55:65] = other.y[0]
    judged = _judged(clean, other)
    assert _failed(judged) == {"encoded"}
    assert "At 2.0 s" in judged["encoded"].sentence


def test_a_picture_in_another_range_or_matrix_is_not_what_was_composed(clean, textured):
    wide = Looks(*(plane.copy() for plane in (textured.looks.y, textured.looks.u, textured.looks.v)), FRAMES)
    wide.y[:] = np.clip((wide.y - 16.0) * 255 / 219, 0, 255)
    assert _failed(_judged(clean, wide)) == {"encoded"}


def _captioned(**style):
    words = tuple(CueWord(text=text, first=10 + 20 * n, last=30 + 20 * n) for n, text in enumerate(["Never", "again"]))
    return _timeline(
        size=Size(width=360, height=640),
        cues=(Cue(first=10, last=50, words=words),),
        caption_style=CaptionStyle(**style),
    )


def _texts(timeline):
    return texts(text_layers(timeline), SpriteShelf().ink)


def test_text_is_measured_by_its_ink_once_a_cue():
    (text,) = _texts(_captioned())
    assert (text.first, text.last) == (10, 50)
    assert 0 < text.left < 180 < text.right < 360
    assert text.top < 0.66 * 640 < text.bottom
    (soft,) = _texts(_captioned(shadow=0.0))
    assert abs(soft.bottom - text.bottom) <= 2


def test_text_that_is_all_transparent_is_no_text():
    layer = Layer(0, 10, 0, 0, "nothing", lambda: np.zeros((10, 10, 4), np.uint8))
    assert texts([layer], SpriteShelf().ink) == ()


def _zones(found, timeline):
    from reelforge.render.checks.safe_zones import check

    class Known:
        texts = found

        def __init__(self):
            self.timeline = timeline

        def seconds(self, frame):
            return timeline.rate.seconds(frame)

    return check(Known())


def test_laid_out_captions_are_inside_and_a_moved_one_is_told_with_its_time_and_edge():
    timeline = _captioned(y=0.95)
    found = _texts(timeline)
    assert _zones(found, timeline).passed
    for moved, edge in (((0, 40), "bottom"), ((-200, 0), "left"), ((160, 0), "right"), ((0, -470), "top")):
        x, y = moved
        (text,) = found
        away = text._replace(left=text.left + x, right=text.right + x, top=text.top + y, bottom=text.bottom + y)
        judged = _zones((away,), timeline)
        assert not judged.passed
        assert "0.3 to 1.7 s" in judged.sentence
        assert f"too far to the {edge}" in judged.sentence
        assert judged.sentence.startswith("From 0.3 to 1.7 s cues[0] “")


def test_a_card_that_stands_outside_is_named_with_its_first_words():
    card = Card(text="A very long text for a card that nobody could read in time", first=10, last=50)
    timeline = _captioned().model_copy(update={"cards": (card,)})
    judged = _zones((Text(10, 50, -90, 100, 130, 120, "cards[0]"),), timeline)
    assert "s cards[0] “A very long text for a card that nobody…” stands 108 px" in judged.sentence


def test_text_outside_the_safe_zones_fails(clean, textured):
    outside = Text(30, 60, 4, 100, 130, 120)
    judged = _judged(clean, textured.looks, found_texts=(outside,))
    assert _failed(judged) == {"safe zones"}


def _gradient(program, folder, dither):
    size = Size(width=288, height=512)
    ramp = np.linspace(20, 60, size.height)[:, None] + dither * np.random.default_rng(2).normal(0, 1, (512, 288))
    picture = np.clip(np.rint(ramp), 16, 235).astype(np.uint8)

    def draw(out, number):
        out.y[:] = np.roll(picture, number % 2, axis=1)
        out.y[:20, :20] = 40 + number

    film = Film(program, folder, draw, frames=30, size=size)
    sound = _sound(folder, _noise(RATE.sample_at(30)))
    return _judged(_join(folder, film, sound), film.looks, _timeline(30, size=size))


def test_bands_in_a_dark_gradient_are_a_warning_and_grain_hides_them(program, tmp_path):
    judged = _gradient(program, tmp_path, dither=0)
    assert (_failed(judged), _warned(judged)) == (set(), {"banding"})
    assert "0.0 s" in judged["banding"].sentence
    assert "effects = { grain = {} }" in judged["banding"].sentence
    assert _warned(_gradient(program, tmp_path, dither=3)) == set()


def test_the_grain_of_reelforges_own_dark_backdrops_is_enough(program, noise, tmp_path):
    size = Size(width=360, height=640)
    shown = []
    for design in ("planet", "bokeh", "mesh"):
        request = PictureRequest(scene=0, narration="x", palette=("#060a12", "#0b1c2c", "#12303f"), size=(360, 640))
        rgb = draw_backdrop(request, Options(designs=(design,)))[0]
        shown.append(yuv_from_rgb(cv2.resize(rgb, (size.width, size.height), interpolation=cv2.INTER_AREA)))

    def draw(out, number):
        picture = shown[number]
        out.y[:], out.u[:], out.v[:] = picture[..., 0], picture[::2, ::2, 1], picture[::2, ::2, 2]

    film = Film(program, tmp_path, draw, frames=3, size=size, keyframe_seconds=1 / 30)
    timeline = _timeline(3, size=size)
    found = gather(_join(tmp_path, film, noise), timeline, _nothing)
    assert [key.number for key in found.keys] == [0, 1, 2]
    assert banding.check(found).level == "fine"
    assert max(key.stairs for key in found.keys) > 0


def _times_over(folder, film, times):
    """A video of a film so many times, and of as much sound."""
    samples, out = times * SAMPLES, folder / f"{times}.mp4"
    folder.joinpath(f"{times}.m4a").write_bytes(_sound(folder, np.tile(_noise(), times)).read_bytes())
    clips = [open_clip(film.path, film.frames)] * times
    join(clips, folder / f"{times}.m4a", out, RATE, samples, _nothing)
    return out, times * film.frames


def _memory():
    """What remembers, and what it holds."""
    kept = {}

    def remembered(name, make):
        kept[name] = kept.get(name) or make()
        return kept[name]

    return remembered, kept


def test_a_long_video_is_looked_at_in_a_few_bytes_more_a_frame(textured, clean, tmp_path):
    heard = gather(clean, _timeline(), _nothing).sound.to_bytes()

    def peak(times):
        path, frames = _times_over(tmp_path, textured, times)
        remembered, kept = _memory()
        gather(path, _timeline(frames), _nothing, remembered=remembered)
        kept.update({name: heard for name, told in kept.items() if told.startswith(b"{")})
        tracemalloc.start()
        try:
            found = gather(path, _timeline(frames), _nothing, remembered=remembered)
            assert len(found.picture.shown) == len(found.picture.decoded) == frames
            assert len(found.keys) == 12
            return frames, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    (few, least), (many, most) = peak(2), peak(25)
    assert (most - least) / (many - few) < 24


def test_sound_that_is_known_by_its_packets_is_not_decoded_and_else_it_is_heard_as_it_is(textured, clean, tmp_path):
    remembered, kept = _memory()
    first = gather(clean, _timeline(), _nothing, remembered=remembered).sound
    (heard,) = (name for name, told in kept.items() if told == first.to_bytes())
    kept[heard] = replace(first, loudness=-99.0).to_bytes()
    assert gather(clean, _timeline(), _nothing, remembered=remembered).sound.loudness == -99
    other = _join(tmp_path, textured, _sound(tmp_path, 0.5 * _noise()))
    assert gather(other, _timeline(), _nothing, remembered=remembered).sound.loudness == pytest.approx(
        first.loudness - 6, abs=0.2
    )


@given(st.integers(1, 400), st.sets(st.integers(1, 400)), st.integers(0, 3))
def test_key_frames_that_are_looked_at_are_the_last_ones_up_to_frames_at_even_distances(frames, later, beyond):
    spread, numbers = Spread(frames, few=False), [0, *sorted(number for number in later if number < frames + beyond)]
    for number in numbers:
        spread.add(number, f"key {number}")
        assert len(spread._chosen) <= 12
    wanted = [frames * place // min(12, frames) for place in range(min(12, frames))]
    due = sorted({max(number for number in numbers if number <= each) for each in wanted})
    assert spread.chosen() == [(number, f"key {number}") for number in due]


@given(st.integers(1, 400), st.sets(st.integers(1, 400)))
def test_of_up_to_a_dozen_key_frames_none_is_passed_over(frames, later):
    """Those of short shots at the end too, which no even distance comes upon."""
    spread, strict = Spread(frames), Spread(frames, few=False)
    numbers = [0, *sorted(number for number in later if number < frames)]
    for number in numbers:
        spread.add(number, f"key {number}")
        strict.add(number, f"key {number}")
    every = [(number, f"key {number}") for number in numbers]
    assert spread.chosen() == (every if len(every) <= 12 else strict.chosen())


def test_key_frames_of_a_video_that_begins_without_one_are_looked_at_from_the_first_on():
    spread = Spread(120)
    spread.add(50, "late")
    assert spread.chosen() == [(50, "late")]


@pytest.mark.parametrize("times", [1, 3])
def test_key_frames_that_were_seen_in_their_clips_are_not_decoded_again_in_the_video(textured, tmp_path, times):
    path, frames = _times_over(tmp_path, textured, times)
    remembered, kept = _memory()
    asked, few = set(), times == 1

    def known(name, make):
        asked.add(name)
        told = kept.get(name) or make()
        assert name in kept or told.startswith(b"{"), "a key frame was decoded"
        return told

    clip = open_clip(textured.path, FRAMES)
    for first in range(0, frames, FRAMES):
        look(clip, None if few else first, frames, remembered, _nothing)
    again, anew = (gather(path, _timeline(frames), _nothing, remembered=how) for how in (known, lambda _, make: make()))
    every = range(0, frames, 15 if few else 30)
    assert [key.number for key in again.keys] == [*every]
    assert set(kept) < asked  # which holds the sound besides: none was looked at in vain
    for one, other in zip(again.keys, anew.keys, strict=True):
        assert (one.number, one.stairs) == (other.number, other.stairs)
        assert one.look.to_bytes() == other.look.to_bytes()


def test_a_record_of_another_timeline_is_refused(clean, textured):
    with pytest.raises(ValueError, match="120 frames were composed, where the timeline has 90"):
        probe(clean, _timeline(90), _nothing, Composed(looks=textured.looks))


@pytest.mark.parametrize(
    ("line", "banded"),
    [
        (20 + np.arange(1080) // 40, True),
        (90 - np.arange(1080) // 30 * 2, True),
        (20 + np.arange(1080) // 5 % 60, False),
        (20 + np.arange(1080) // 40 % 2, False),
        (120 + np.arange(1080) // 40, False),
        (np.full(1080, 20), False),
        (20 + np.arange(1080) // 500, False),
    ],
    ids=["dark steps", "steps down", "steep", "up and down", "bright", "plain", "two surfaces"],
)
def test_bands_are_wide_small_steps_in_one_direction_in_the_dark(line, banded):
    lines = np.tile(line.astype(np.uint8), (20, 1))
    for luma in (lines, np.ascontiguousarray(lines.T)):
        assert (staircases(luma) > 0.5) == banded


def test_frames_that_are_not_decoded_in_order_fail(clean):
    found = gather(clean, _timeline(), _nothing)
    decoded = found.picture.decoded.copy()
    decoded[[10, 11]] = decoded[[11, 10]]
    other = replace(found, picture=replace(found.picture, decoded=decoded))
    assert {check.name for check in checks.judge(other, _nothing) if not check.passed} == {"frames"}


def test_sound_is_measured_alike_however_it_is_cut_into_frames():
    mono = _noise(200_001).astype(np.float32)
    mono[65_530:65_540] = mono[100_000:100_003] = 1.0
    mono[150_000:150_002] = 1.0
    found = []
    for length in (1_024, 4_801, 65_536):
        listener = Listener(48_000, 2)
        for first in range(0, len(mono), length):
            block = np.stack([mono[first : first + length]] * 2)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = 48_000, first, Fraction(1, 48_000)
            listener.hear([frame])
        levels, loudness, peak = listener.finish()
        found.append((np.round(levels, 5).tolist(), round(loudness, 4), round(peak, 4)))
        assert (listener.clipped, listener.clips) == ([65_530, 100_000], 2)
        assert (listener.samples, listener.wander, listener.start) == (200_001, 0, 0)
    assert found[0] == found[1] == found[2]
    assert len(found[0][0]) == 42
    assert found[0][0][1] == pytest.approx(0.12, rel=0.05)


def test_a_check_keeps_its_old_form_and_its_level_fits_it():
    assert Check(name="a", passed=True, sentence="b").level == "fine"
    assert Check.model_validate({"name": "a", "passed": False, "sentence": "b"}).level == "error"
    assert Check(name="a", passed=True, sentence="b", level="warning").passed
    for passed, level in ((True, "error"), (False, "fine"), (False, "warning")):
        with pytest.raises(ValueError, match="level"):
            Check(name="a", passed=passed, sentence="b", level=level)
