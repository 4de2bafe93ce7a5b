"""One timeline in other formats: every time stays, text stays where it may stand, pictures stay on their subject."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from reelforge.domain.formats import SHAPES, frame_size
from reelforge.domain.timeline import (
    CaptionStyle,
    Card,
    CardStyle,
    Cue,
    CueWord,
    Encode,
    Motion,
    Overlay,
    Rate,
    SafeArea,
    Shot,
    Size,
    Source,
    Timeline,
    Transition,
)
from reelforge.errors import NeverWorksError
from reelforge.render import document, encoders
from reelforge.render.evidence import texts
from reelforge.render.ffmpeg import discover
from reelforge.render.limits import WORST_CRF, most_bytes, tightened
from reelforge.render.material import Drawing, Material
from reelforge.render.planes import Planes, rgb_from_planes
from reelforge.render.reshape import at_rate, nearest_shape, preview, reshaped
from reelforge.render.sources import Sources
from reelforge.render.sprites import SpriteShelf
from reelforge.render.text.layers import text_layers
from reelforge.render.text.layout import Field
from reelforge.settings.shipped import platforms, qualities

RATES = [Rate(num=num, den=den) for num, den in ((24, 1), (24_000, 1_001), (25, 1), (30, 1), (30_000, 1_001), (60, 1))]
PICTURE = Source(path="a.png")


def _said(count=8):
    """A timeline whose captions and cards stand where a channel's do."""
    words = tuple(CueWord(text=text, first=10 + 5 * at, last=15 + 5 * at) for at, text in enumerate(("Money", "tips")))
    return Timeline(
        shots=tuple(
            Shot(picture=PICTURE, frames=30, transition=Transition(frames=6, name="dissolve")) for _ in range(count)
        ),
        cues=(Cue(first=10, last=30, words=words),),
        cards=(
            Card(text="Five ways to save", first=0, last=60, kind="hook"),
            Card(text="One more", first=90, last=130),
        ),
        overlays=(Overlay(template="progress_bar"), Overlay(template="logo", first=30, last=60)),
    )


@st.composite
def timelines(draw):
    """Any valid timeline's numbers: shots down to one frame, cues in order, cards and overlays anywhere."""
    lengths = draw(st.lists(st.integers(1, 90), min_size=1, max_size=12))
    shots = []
    for length in lengths:
        overlap = draw(st.integers(0, min(length, shots[-1].frames if shots else length, 60)))
        shots.append(Shot(picture=PICTURE, frames=length, transition=Transition(name="dissolve", frames=overlap)))
    frames = sum(lengths)
    edges = sorted(draw(st.sets(st.integers(0, frames), max_size=12)))
    cues = []
    for first, last in list(pairwise(edges))[::2]:
        middle = draw(st.integers(first, last))
        words = (CueWord(text="a", first=first, last=middle), CueWord(text="b", first=middle, last=last))
        cues.append(Cue(first=first, last=last, words=words))
    cards, overlays = [], [Overlay(template="progress_bar", first=draw(st.integers(0, frames - 1)))]
    for _ in range(draw(st.integers(0, 3))):
        first = draw(st.integers(0, frames - 1))
        last = draw(st.integers(first + 1, frames))
        cards.append(Card(text="c", first=first, last=last))
        overlays.append(Overlay(template="logo", first=first, last=last))
    rate = draw(st.sampled_from(RATES))
    return Timeline(shots=shots, cues=cues, cards=cards, overlays=overlays, rate=rate)


def _exact(frame, rate):
    return Fraction(frame * rate.den, rate.num)


def _near(old, new, before, after, frames=1):
    """Two frame numbers of two rates stand for the same time, to half of the new rate's frame (``frames`` halves)."""
    return abs(_exact(old, before) - _exact(new, after)) <= Fraction(frames, 2) * _exact(1, after)


@settings(max_examples=150, deadline=None)
@given(timelines(), st.sampled_from(RATES))
def test_at_another_rate_every_time_stays_and_all_sums_hold(timeline, rate):
    made = at_rate(timeline, rate)
    document.check(Timeline.model_validate(made.model_dump()))
    assert made.rate == rate
    assert len(made.shots) == len(timeline.shots)
    crowd = len(timeline.shots) + 1  # shots of less than a frame push their neighbours by one each, at most
    was, now = ([0, *accumulate(shot.frames for shot in one.shots)] for one in (timeline, made))
    crowded = any(_exact(shot.frames, timeline.rate) < _exact(1, rate) for shot in timeline.shots)
    for old, new in zip(was[:-1], now[:-1], strict=True):
        assert _near(old, new, timeline.rate, rate, 2 * crowd if crowded else 1)
    assert _near(was[-1], now[-1], timeline.rate, rate, 2 * crowd if crowded else 2)
    for old, new in zip(timeline.shots, made.shots, strict=True):
        assert bool(old.transition.frames) == bool(new.transition.frames)
        assert new.transition.frames <= new.frames
    shown = [cue for cue in timeline.cues if _exact(cue.last - cue.first, timeline.rate) >= _exact(1, rate)]
    assert len(shown) <= len(made.cues) <= len(timeline.cues)
    if len(made.cues) == len(timeline.cues):
        for old, new in zip(timeline.cues, made.cues, strict=True):
            pairs = [(old.first, new.first), (old.last, new.last)]
            pairs += [(a.first, b.first) for a, b in zip(old.words, new.words, strict=True)]
            assert all(_near(a, b, timeline.rate, rate) for a, b in pairs)
    for old, new in zip((*timeline.cards, *timeline.overlays), (*made.cards, *made.overlays), strict=True):
        assert _near(old.first, new.first, timeline.rate, rate, 2)
        assert 0 <= new.first < (new.last or made.frames) <= made.frames


@settings(max_examples=60, deadline=None)
@given(timelines())
def test_twice_as_many_frames_and_back_is_where_one_began(timeline):
    doubled = Rate(num=2 * timeline.rate.num, den=timeline.rate.den)
    assert at_rate(at_rate(timeline, doubled), timeline.rate) == timeline


def test_shots_of_less_than_a_frame_keep_one_each():
    lengths = (1, 1, 1, 20, 1, 1)
    timeline = Timeline(shots=tuple(Shot(picture=PICTURE, frames=each) for each in lengths), rate=Rate(num=60))
    assert [shot.frames for shot in at_rate(timeline, Rate(num=24)).shots] == [1, 1, 1, 5, 1, 1]


def test_a_transition_lasts_as_long_at_any_rate():
    shot = Shot(picture=PICTURE, frames=200, transition=Transition(name="dissolve", frames=60))
    made = at_rate(Timeline(shots=(shot, shot)), Rate(num=60))
    assert [one.transition.frames for one in made.shots] == [120, 120]
    assert [one.frames for one in made.shots] == [400, 400]


def test_a_caption_shorter_than_a_frame_is_left_out_and_no_other():
    cues = tuple(
        Cue(first=first, last=last, words=(CueWord(text="a", first=first, last=last),))
        for first, last in ((0, 9), (9, 10), (10, 20))
    )
    made = at_rate(Timeline(shots=(Shot(picture=PICTURE, frames=60),), cues=cues, rate=Rate(num=60)), Rate(num=24))
    assert [(cue.first, cue.last) for cue in made.cues] == [(0, 4), (4, 8)]


@pytest.mark.parametrize(
    ("shape", "size"),
    [("9:16", (1080, 1920)), ("16:9", (1920, 1080)), ("1:1", (1080, 1080)), ("4:5", (1080, 1350))],
)
def test_each_shape_has_its_frame(shape, size):
    made = reshaped(_said(), shape)
    assert (made.size.width, made.size.height) == size
    assert made.shots == _said().shots
    assert made.cues == _said().cues


def test_an_exact_size_is_taken_as_it_is():
    assert reshaped(_said(), Size(width=1000, height=1778)).size == Size(width=1000, height=1778)


def test_a_quality_sets_size_rate_and_figures_and_a_platform_its_limits():
    ultra, tiktok = qualities()["ultra"], platforms()["tiktok"]
    made = reshaped(_said(), platform=tiktok, quality=ultra)
    assert made.size == Size(width=2160, height=3840)
    assert made.rate == Rate(num=60)
    assert made.frames == 2 * _said().frames
    assert made.safe_area == tiktok.safe_area
    assert (made.encode.quality, made.encode.crf, made.encode.bitrate) == ("ultra", 22, 15_000_000)
    assert (made.encode.max_bytes, made.encode.max_average) == (287_600_000, 20_000_000)
    assert reshaped(_said(), "16:9", quality=ultra).size == Size(width=3840, height=2160)


def test_the_codec_stays_through_a_change_of_quality():
    hevc = _said().model_copy(update={"encode": Encode(codec="hevc", max_bytes=5_000_000)})
    made = reshaped(hevc, quality=qualities()["low"])
    assert (made.encode.codec, made.encode.max_bytes, made.encode.crf) == ("hevc", 5_000_000, 26)
    only = platforms()["tiktok"].model_copy(update={"codecs": ("h264",)})
    assert reshaped(hevc, platform=only).encode.codec == "h264"
    assert reshaped(hevc, platform=platforms()["tiktok"]).encode.codec == "hevc"


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(SHAPES)),
    st.floats(0.2, 0.8),
    st.floats(0.2, 0.8),
    st.sampled_from(["instagram", "tiktok", "youtube_shorts"]),
)
def test_text_stands_at_the_same_part_of_the_safe_area_in_every_shape_and_back(shape, caption, card, name):
    platform = platforms()[name]
    start = reshaped(
        Timeline(
            shots=(Shot(picture=PICTURE, frames=30),),
            caption_style=CaptionStyle(y=caption),
            card_style=CardStyle(y=card),
            safe_area=platform.safe_area,
        ),
        platform=platform,
    )
    made = reshaped(start, shape, platform=platform)

    def parts(timeline):
        scale = min(timeline.size.width, timeline.size.height) / 1080
        top, bottom = timeline.safe_area.top * scale, timeline.size.height - timeline.safe_area.bottom * scale
        return [
            (style.y * timeline.size.height - top) / (bottom - top)
            for style in (timeline.caption_style, timeline.card_style)
        ]

    wanted = parts(start)
    if all(0.05 < part < 0.95 for part in wanted):
        assert parts(made) == pytest.approx(wanted, abs=0.01)
        back = reshaped(made, "9:16", platform=platform)
        assert back.caption_style.y == pytest.approx(start.caption_style.y, abs=1e-4)
        assert back.safe_area == start.safe_area


@pytest.mark.parametrize("name", ["instagram", "youtube_shorts", "youtube", "tiktok"])
@pytest.mark.parametrize("shape", sorted(SHAPES))
@pytest.mark.parametrize("side", [360, 1080])
def test_in_every_shape_all_text_is_inside_the_safe_area_and_texts_keep_apart(shape, name, side):
    long = "Compound interest is astonishing"
    said = _said()
    made = reshaped(
        said.model_copy(update={"cards": (Card(text=long, first=0, last=60),)}),
        frame_size(shape, side),
        platform=platforms()[name],
    )
    shelf = SpriteShelf()
    found = texts(text_layers(made), shelf.ink)
    field = Field.of(made)
    assert len(found) >= 2
    for text in found:
        assert text.left >= field.side - 2
        assert text.right <= field.width - field.side + 2
        assert text.top >= field.top - 2
        assert text.bottom <= field.bottom + 2
    for one, other in pairwise(sorted(found, key=lambda text: text.top)):
        if one.first < other.last and other.first < one.last:
            assert one.bottom <= other.top


def test_letters_are_as_large_against_the_shorter_side_in_every_shape():
    assert {Field.of(reshaped(_said(), shape)).scale for shape in SHAPES} == {1.0}
    assert Field.of(preview(_said())).scale == pytest.approx(1 / 3)


@pytest.mark.parametrize("shape", sorted(SHAPES))
@pytest.mark.parametrize("picture", [(900, 1600), (1600, 900), (1000, 1000)])
def test_the_subject_stays_in_the_crop_and_no_bars_are_left(tmp_path, shape, picture):
    """A red disc on light grey, near a corner: every shape's frame holds it, and nothing but the picture."""
    width, height = picture
    focus = (0.8, 0.25)
    pixels = np.full((height, width, 3), 200, np.uint8)
    cv2.circle(pixels, (int(focus[0] * width), int(focus[1] * height)), 60, (220, 30, 30), -1)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    motion = Motion(zoom=(1.0, 1.3), start=focus, end=focus)
    timeline = Timeline(shots=(Shot(picture=PICTURE, frames=20, motion=motion),), size=Size(width=216, height=384))
    made = reshaped(timeline, shape)
    drawing = Drawing(Material.gather(made, Sources(None, tmp_path)))
    for number in (0, 19):
        rgb = rgb_from_planes(drawing.frame(number)).astype(int)
        red = (rgb[..., 0] - rgb[..., 1]) > 80
        assert red.sum() > 200
        inside = ~red & (np.abs(rgb - 200).max(axis=2) > 60)
        assert inside.mean() < 0.02
        down, across = np.argwhere(red).mean(axis=0)
        assert 0 < across < made.size.width
        assert 0 < down < made.size.height
        assert number == 19 or not red[:, [0, -1]].any()


@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((1080, 1920), (360, 640)),
        ((2160, 3840), (360, 640)),
        ((1920, 1080), (640, 360)),
        ((1080, 1350), (360, 450)),
        ((1000, 1778), (360, 640)),
        ((180, 320), (180, 320)),
        ((8000, 200), (8000, 200)),
    ],
)
def test_a_preview_has_the_same_shape_and_rate_with_a_shorter_side_of_360_at_most(size, small):
    said = _said().model_copy(update={"size": Size(width=size[0], height=size[1]), "encode": Encode(max_bytes=10**6)})
    made = preview(said)
    assert (made.size.width, made.size.height) == small
    assert (made.rate, made.shots, made.cues) == (said.rate, said.shots, said.cues)
    assert (made.encode.preset, made.encode.crf, made.encode.codec, made.encode.max_bytes) == (
        "draft",
        28,
        "h264",
        None,
    )


@pytest.mark.parametrize(
    ("rate", "calm"),
    [
        ((60, 1), (30, 1)),
        ((120, 1), (30, 1)),
        ((50, 1), (25, 1)),
        ((60_000, 1_001), (30_000, 1_001)),
        ((34, 1), (34, 1)),
    ],
)
def test_a_preview_of_a_high_rate_has_every_other_frame_and_ends_at_the_same_time(rate, calm):
    said = at_rate(_said(), Rate(num=rate[0], den=rate[1]))
    made = preview(said)
    assert (made.rate.num, made.rate.den) == calm
    assert made.rate.seconds(made.frames) == pytest.approx(said.rate.seconds(said.frames), abs=1 / calm[0])


@pytest.mark.parametrize(("frames", "rate"), [(1, 240), (2, 120), (5, 60)])
def test_a_preview_leaves_no_shot_out_and_makes_none_longer(frames, rate):
    shots = tuple(Shot(picture=PICTURE, frames=frames) for _ in range(300))
    said = Timeline(shots=shots, rate=Rate(num=240))
    made = preview(said)
    assert made.rate.num == rate
    assert len(made.shots) == 300
    assert made.rate.seconds(made.frames) == pytest.approx(said.rate.seconds(said.frames), abs=1 / rate)


@given(st.integers(1, 500), st.sampled_from(RATES), st.sampled_from([*RATES, Rate(num=120), Rate(num=240)]))
def test_no_sound_of_a_timeline_comes_after_its_end_at_another_rate(frames, to, rate):
    said = Timeline(shots=(Shot(picture=PICTURE, frames=frames),), rate=rate)
    made = at_rate(said, to)
    assert made.samples >= said.samples - 1
    assert made.samples - said.samples <= to.sample_at(1) + 1, "and none is much longer"


def test_the_nearest_shape_is_by_proportion():
    sizes = ((1080, 1900), (2000, 1000), (1000, 990), (1000, 1200))
    found = [nearest_shape(Size(width=width, height=height)) for width, height in sizes]
    assert found == ["9:16", "16:9", "1:1", "4:5"]


def test_nothing_asked_changes_nothing():
    assert reshaped(_said()) == _said()
    odd = _said().model_copy(update={"size": Size(width=1002, height=1780), "safe_area": SafeArea(top=1)})
    assert reshaped(odd) == odd


def _sizes(amount, pace, peak_share, fixed):
    """A model of rate: each part of a video falls by half in ``pace`` steps of crf, or is held by the peak."""

    def size(encode):
        free = amount * 2 ** (-(encode.crf - 20) / pace)
        held = peak_share * encode.max_bitrate
        return int(min(free, held) + fixed)

    return size


@settings(max_examples=300, deadline=None)
@given(st.floats(2e5, 2e9), st.floats(3.5, 13.5), st.floats(0.1, 10.0), st.floats(0, 4e4), st.floats(0.12, 0.98))
def test_three_tries_at_most_bring_any_video_within_its_limit(amount, pace, peak_share, fixed, share):
    size = _sizes(amount, pace, peak_share, fixed)
    encode, seconds, before, tries = Encode(), 1.0, None, 0
    now = size(encode) + 16_000
    limit = int(now * share)
    if limit < 4 * (fixed + 16_000):
        return
    while now > limit:
        try:
            following = tightened(encode, now, limit, seconds, before)
        except NeverWorksError:
            worst = encode.model_copy(update={"crf": WORST_CRF, "max_bitrate": int(encode.max_bitrate * limit / now)})
            assert size(worst) + 16_000 > 0.8 * limit
            return
        tries += 1
        before, encode = (encode, now), following
        now = size(encode) + 16_000
        assert tries <= 3


def test_a_result_within_its_limit_needs_no_other_figures():
    assert tightened(Encode(), 999, 1_000, 10.0) == Encode()


def test_hardware_is_asked_for_the_share_of_its_bitrate_that_fits():
    made = tightened(Encode(), 10_000_000, 5_000_000, 10.0)
    assert 3_700_000 < made.bitrate < 4_000_000
    assert made.bitrate / 8_000_000 == pytest.approx(made.max_bitrate / 12_000_000, rel=1e-4)
    assert made.crf > 20


@pytest.mark.parametrize(
    ("now", "limit", "encode"),
    [(600_000_000, 1_000_000, Encode()), (2_000_000, 900_000, Encode(crf=WORST_CRF)), (2_000_000, 100_000, Encode())],
    ids=["far too long", "at the worst already", "no room but for the sound"],
)
def test_what_does_not_fit_at_any_quality_is_told_in_a_sentence(now, limit, encode):
    with pytest.raises(NeverWorksError, match=r"The video has .*[Mk]B, where .*[Mk]B are allowed.*Make it shorter"):
        tightened(encode, now, limit, 60.0)


def test_the_limit_is_the_smaller_of_size_and_average():
    assert most_bytes(Encode(), 10) is None
    assert most_bytes(Encode(max_bytes=1_000_000), 10) == 1_000_000
    assert most_bytes(Encode(max_bytes=10_000_000, max_average=4_000_000), 10) == 5_000_000


@pytest.mark.parametrize("name", ["libx264", "libx265"])
def test_a_noisy_clip_is_brought_under_a_limit(tmp_path, name):
    program, encoder, size, rate = discover(), encoders.named(name), Size(width=144, height=256), Rate()
    smooth = cv2.resize(np.random.default_rng(3).integers(16, 235, (40, 24)).astype(np.uint8), (300, 440))

    def encoded(ask):
        out, noise, frame = tmp_path / "a.mp4", np.random.default_rng(5), Planes.black(size)
        task = encoders.Task(ask, size, rate, out, "a clip", frames=90)
        with encoders.stream(program, encoder, task, lambda: None) as stream:
            for number in range(90):
                frame.y[:] = smooth[number : number + 256, number : number + 144]
                if number >= 45:
                    frame.y[:] = noise.integers(16, 235, frame.y.shape)
                stream.write(frame.flat.data.cast("B"))
            stream.finish()
        return out.stat().st_size + ask.audio_bitrate * 3 // 8

    encode, before = Encode(codec=encoder.codec, preset="ultrafast"), None
    now = encoded(encode)
    limit, tries = now * 35 // 100, 0
    while now > limit:
        following = tightened(encode, now, limit, 3.0, before)
        before, encode = (encode, now), following
        now, tries = encoded(encode), tries + 1
    assert tries <= 3
