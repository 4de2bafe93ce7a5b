import errno
import io
import os
import shutil
import sys
import wave
from itertools import pairwise
from pathlib import Path
from unittest.mock import Mock

import anyio
import av
import cv2
import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from reelforge.domain.timeline import (
    AudioPlan,
    Card,
    CardStyle,
    Cue,
    CueWord,
    Effect,
    Encode,
    Motion,
    Overlay,
    Rate,
    SafeArea,
    Shot,
    Size,
    Source,
    Span,
    Timeline,
    Transition,
)
from reelforge.errors import InputError, NeverWorksError, TryLaterError
from reelforge.jobs.plain import PlainContext
from reelforge.render import aac, encoders, ffmpeg, hearing, inside, production, sprites, studio
from reelforge.render.clip_cache import ClipCache
from reelforge.render.ffmpeg import EncoderDiedError, FrameStream, discover
from reelforge.render.file import render_file
from reelforge.render.material import Drawing, Material
from reelforge.render.memory import Room
from reelforge.render.mp4 import read_clip
from reelforge.render.planes import Planes, rgb_from_planes
from reelforge.render.sheet import contact_sheet, cover, cover_frame, sheet_frames, thumbnail
from reelforge.render.sources import Sources
from reelforge.render.studio import Studio
from reelforge.store.assets import FileAssets

SIZE = Size(width=180, height=320)


@pytest.fixture
def folder(tmp_path):
    for name in range(3):
        noise = np.random.default_rng(name).integers(0, 256, (500, 300, 3), np.uint8)
        soft = cv2.GaussianBlur(noise, (0, 0), 6 - name)
        Image.fromarray(cv2.normalize(soft, None, 0, 255, cv2.NORM_MINMAX)).save(tmp_path / f"{name}.png")
    with wave.open(str(tmp_path / "speech.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes((np.random.default_rng(9).normal(0, 2000, 120_000)).astype("<i2").tobytes())
    return tmp_path


def _timeline(pictures="012", **more):
    shots = tuple(
        Shot(
            picture=Source(path=f"{picture}.png"),
            frames=25,
            motion=Motion(zoom=(1.0, 1.2)),
            transition=Transition(name="dissolve", frames=6 if place else 0),
        )
        for place, picture in enumerate(pictures)
    )
    words = tuple(CueWord(text=text, first=5 + 10 * place, last=15 + 10 * place) for place, text in enumerate("ab"))
    sound = AudioPlan(speech=Source(path="speech.wav"), spoken=(Span(start=0, end=120_000),))
    given = {"size": SIZE, "shots": shots, "audio": sound, "encode": Encode(preset="superfast", crf=18)}
    given["cues"] = (Cue(first=5, last=25, words=words),)
    return Timeline(**{**given, **more})


class Rig:
    def __init__(self, folder):
        self.folder = folder
        self.assets = FileAssets(folder / "work" / "assets")
        self.cache = ClipCache(folder / "work" / "cache")
        self.studio = Studio(self.cache, discover(), encoders.named("libx264"), folder)
        self.told = []

    def context(self):
        limits = {"segment": anyio.CapacityLimiter(2)}
        return PlainContext(self.assets, limits=limits, on_progress=lambda *told: self.told.append(told))

    def render(self, timeline):
        return anyio.run(self.context().step, self.studio.render, timeline)

    def video(self, rendition):
        return self.assets.path(rendition.video)

    def left(self):
        return [path for folder in self.folder.glob("work/*/tmp") for path in folder.rglob("*")]


@pytest.fixture
def rig(folder):
    return Rig(folder)


def _decoded(path):
    with av.open(str(path)) as file:
        return [frame.to_ndarray() for frame in file.decode(video=0)]


def _unheeded(rig, **shot):
    shots = (Shot(**{"picture": Source(path="0.png"), "frames": 25, **shot}),)
    given = _timeline(shots=shots, cues=(), audio=AudioPlan(), overlays=(Overlay(template="progress_bar"),))
    return next(check for check in rig.render(given).checks if check.name == "unheeded")


@pytest.mark.parametrize(
    ("shot", "told"),
    [
        ({"motion": Motion(name="tilt", zoom=(1.0, 1.3), start=(0.5, 0.1), end=(0.5, 0.9))}, "the tilt stands still"),
        ({"motion": Motion(name="tilt", zoom=(1.3, 1.3), start=(0.5, 0.1), end=(0.5, 0.9))}, ""),
        ({"motion": Motion(name="pan", zoom=(1.0, 1.0), start=(0.1, 0.5), end=(0.9, 0.5))}, ""),
        ({"motion": Motion(name="pan", zoom=(1.3, 1.3), start=(0.9, 0.5), end=(1.0, 0.5))}, "its edge is in the way"),
        ({"motion": Motion(name="tilt", zoom=(1.0, 1.3)), "mask": Source(path="1.png")}, "the tilt stands still"),
        ({"motion": Motion(name="tilt", zoom=(1.0, 1.3)), "frames": 5}, ""),
        ({"motion": Motion(name="still")}, ""),
        ({"motion": Motion(name="parallax")}, "the shot has no mask"),
        ({"motion": Motion(name="parallax"), "mask": Source(path="1.png")}, ""),
        ({"motion": Motion(name="parallax"), "mask": Source(path="1.png"), "fit": "blur"}, "it is shown whole"),
        ({"transition": Transition(name="iris", direction="up", frames=4)}, "iris has no direction, so “up” is unseen"),
        ({"transition": Transition(name="wipe", direction="up", frames=4)}, ""),
        ({"transition": Transition(name="iris", frames=4)}, ""),
    ],
)
def test_what_a_shot_asks_for_and_does_not_get_is_told(rig, shot, told):
    judged = _unheeded(rig, **shot)
    assert judged.level == ("warning" if told else "fine")
    assert told in judged.sentence
    assert ("shots[0]." in judged.sentence) == bool(told)


def test_of_many_things_that_are_not_seen_eight_are_told(rig):
    wipe = Transition(name="iris", direction="up", frames=2)
    for count, more in ((8, False), (9, True)):
        shots = tuple(Shot(picture=Source(path="0.png"), frames=4, transition=wipe) for _ in range(count))
        given = _timeline(shots=shots, cues=(), audio=AudioPlan())
        said = next(check.sentence for check in rig.render(given).checks if check.name == "unheeded")
        assert (said.count("shots["), "There is more of the kind." in said) == (8, more)


TITLE = Overlay(template="title_card", text={"title": "A title"}, first=10, last=40)
LOWER = Overlay(template="lower_third", text={"name": "A name", "title": "and what it stands for"})


END = Overlay(template="end_card", text={"title": "The end"}, first=10, last=70)


def _cues(*edges):
    words = [CueWord(text="a", first=a, last=b) for a, b in pairwise(edges)]
    return tuple(Cue(first=word.first, last=word.last, words=(word,), y=0.5) for word in words)


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ({}, []),
        ({"overlays": (LOWER,)}, []),
        ({"overlays": (TITLE, TITLE)}, []),
        ({"overlays": (END, END), "cues": ()}, ["From 0.3 to 2.3 s overlays[0] and overlays[1] stand"]),
        ({"overlays": (END.model_copy(update={"last": 30}), END.model_copy(update={"first": 25})), "cues": ()}, []),
        (
            {"overlays": (END,), "cues": _cues(10, 30, 50)},
            ["From 0.3 to 1.7 s cues[0] “a” and overlays[0] stand over each other. Make one"],
        ),
        ({"overlays": (TITLE,), "cards": (Card(text="Never " * 20, first=40, last=60),), "cues": ()}, []),
        ({"overlays": (TITLE, LOWER), "cards": (Card(text="Never", first=20, last=50),)}, []),
        ({"cards": (Card(text="Never " * 20, first=20, last=50),), "cues": ()}, []),
        (
            {"cards": (Card(text="Never " * 20, first=20, last=50),), "overlays": (TITLE,), "cues": ()},
            ["From 0.7 to 1.3 s", "overlays[0] and cards[0] “Never Never Never Never Never Never…”"],
        ),
    ],
)
def test_what_stands_over_something_else_is_told(rig, shown, told):
    judged = next(check for check in rig.render(_timeline(**shown)).checks if check.name == "overlap")
    assert judged.level == ("warning" if told else "fine")
    assert all(part in judged.sentence for part in told), judged.sentence


def test_a_card_without_room_is_refused_before_anything_is_rendered(rig):
    with pytest.raises(InputError, match=r"cards\[0\]: its text is too long to stand in the safe area of a frame of"):
        rig.render(_timeline(cards=(Card(text="Never " * 49, first=0, last=20),)))
    assert rig.told == []


def test_margins_that_leave_text_no_room_are_told_to_be_left_aside(rig):
    for margins, told in ((SafeArea(left=500, right=500), True), (SafeArea(), False)):
        judged = next(check for check in rig.render(_timeline(safe_area=margins)).checks if check.name == "safe zones")
        assert (judged.level == "warning", "leaves too little" in judged.sentence) == (told, told)


def _noise_ratio(one, other):
    return 10 * np.log10(255**2 / max(np.mean((one.astype(float) - other) ** 2), 1e-9))


def _composed(folder, timeline):
    drawing = Drawing(Material.gather(timeline, Sources(FileAssets(folder / "work" / "assets"), folder)))
    for number in range(timeline.frames):
        yield drawing.frame(number).flat.reshape(SIZE.height * 3 // 2, SIZE.width).copy()


def test_a_rendered_video_shows_the_composed_frames_and_passes_its_checks(rig):
    timeline = _timeline()
    rendition = rig.render(timeline)
    assert all(check.passed for check in rendition.checks)
    assert rendition.frames == 75
    assert rendition.encoder == "libx264"
    assert rendition.loudness == pytest.approx(-14, abs=0.3)
    shown = _decoded(rig.video(rendition))
    assert len(shown) == 75
    composed = list(_composed(rig.folder, timeline))
    ratios = [_noise_ratio(*pair) for pair in zip(shown, composed, strict=True)]
    assert min(ratios) > 33
    others = [_noise_ratio(one, other) for one, other in zip(shown[1:30], composed[:29], strict=True)]
    assert np.mean(others) < np.mean(ratios) - 2


def test_progress_counts_every_frame_and_nothing_is_left_over(rig):
    rig.render(_timeline())
    frames = [done for path, done, total, unit in rig.told if unit == "frames" and total == 75]
    assert frames == sorted(frames)
    assert frames[-1] == 75
    assert rig.left() == []


def test_the_same_timeline_gives_the_same_bytes_with_or_without_the_cache(rig, tmp_path_factory):
    once, again = rig.render(_timeline()), rig.render(_timeline())
    rig.cache = ClipCache(tmp_path_factory.mktemp("other"))
    rig.studio = Studio(rig.cache, discover(), encoders.named("libx264"), rig.folder)
    afresh = rig.render(_timeline())
    assert once.video == again.video == afresh.video
    assert once.cover == afresh.cover
    assert once.contact_sheet == again.contact_sheet == afresh.contact_sheet


def _count_encodes(monkeypatch):
    encoded, stream = [], encoders.stream

    def counted(program, encoder, task, *more):
        encoded.append(task.what)
        return stream(program, encoder, task, *more)

    monkeypatch.setattr(encoders, "stream", counted)
    return encoded


def test_a_second_render_encodes_nothing_and_an_edit_only_what_it_changes(rig, monkeypatch):
    encoded = _count_encodes(monkeypatch)
    rig.render(_timeline())
    assert len(encoded) == 5
    encoded.clear()
    rig.render(_timeline())
    assert encoded == []
    rig.render(_timeline("002"))
    assert sorted(encoded) == ["shots[1]", "shots[1]", "shots[2]"]
    encoded.clear()
    rig.render(_timeline(cards=(Card(text="New", first=60, last=70),)))
    assert encoded == ["shots[2]"]


def test_a_second_render_listens_to_no_sound_and_draws_no_text_again(rig, monkeypatch):
    first = rig.render(_timeline())
    work = []
    monkeypatch.setattr(sprites.SpriteShelf, "_drawn", lambda *_: work.append("drawn"))
    monkeypatch.setattr(hearing, "_listened", lambda *_: work.append("heard"))
    again = rig.render(_timeline())
    assert work == []
    assert again == first


def test_the_sound_is_listened_to_as_it_is_encoded_and_not_again_in_the_video(rig, monkeypatch):
    order, listened, finish = [], hearing._listened, studio._finish
    encoded = Mock(side_effect=aac.encode)
    monkeypatch.setattr(aac, "encode", encoded)
    monkeypatch.setattr(hearing, "_listened", lambda *told: order.append("heard") or listened(*told))
    monkeypatch.setattr(studio, "_finish", lambda *told: order.append("finish") or finish(*told))
    rig.render(_timeline())
    assert order == ["heard"] * encoded.call_count + ["finish"]


def test_what_was_heard_need_not_be_kept_when_the_disk_is_full(rig, monkeypatch):
    def full(_use, _key, _path):
        raise OSError(28, "No space left on device")

    with rig.cache.use() as use:
        monkeypatch.setattr(type(use), "put", full)
        material = Material.gather(_timeline(), Sources(rig.assets, rig.folder))
        made = production.Production(
            material, Sources(rig.assets, rig.folder), discover(), encoders.named("libx264"), use, print, Room()
        )
        assert made.remembered("ab" * 32, lambda: b"heard") == b"heard"


def test_what_is_kept_is_taken_first_and_long_segments_are_begun_before_short_ones(rig, monkeypatch):
    rig.render(_timeline("002"))
    begun, order = [], production.Production.order

    def noted(self):
        begun.extend(self.segments[index] for index in order(self))
        return order(self)

    monkeypatch.setattr(production.Production, "order", noted)
    encoded = _count_encodes(monkeypatch)
    rig.render(_timeline())
    assert len(encoded) == 3
    new = [segment.frames for segment in begun[-3:]]
    assert new == sorted(new, reverse=True)
    assert {segment.shot for segment in begun[:-3]} == {0, 2}


def test_a_damaged_clip_in_the_cache_is_made_again(rig):
    first = rig.render(_timeline())
    for path in (rig.folder / "work" / "cache" / "clips").glob("*/*"):
        path.write_bytes(path.read_bytes()[:-20])
    assert rig.render(_timeline()).video == first.video


def _first_clip(folder, frames):
    clips = (path for path in sorted(folder.glob("*/*")) if b"avcC" in path.read_bytes())
    return next(path for path in clips if len(read_clip(path).numbers) == frames)


def test_a_kept_clip_that_does_not_go_with_the_others_is_made_again_at_the_next_try(rig):
    first = rig.render(_timeline())
    software = encoders.named("libx264")
    other = encoders.Encoder("libx264", lambda ask, group: [*software.settings(ask, group), "-coder", "0"])
    rig.studio = Studio(ClipCache(rig.folder / "other"), discover(), other, rig.folder)
    rig.render(_timeline())
    rig.studio = Studio(rig.cache, discover(), software, rig.folder)
    mine, theirs = (_first_clip(rig.folder / place / "clips", frames=25) for place in ("work/cache", "other"))
    mine.unlink()
    with rig.cache.use() as use:
        copy = use.fresh(".mp4")
        copy.write_bytes(theirs.read_bytes())
        use.put(mine.name.split(".")[0], copy)
    with pytest.raises(TryLaterError, match="rendered again"):
        rig.render(_timeline())
    assert rig.render(_timeline()).video == first.video


def test_a_hardware_encoder_that_fails_in_the_middle_is_replaced_by_software(rig):
    flawed = encoders.Encoder("h264_nvenc", lambda *_: ["-profile:v", "no such profile"])
    rig.studio = Studio(rig.cache, discover(), flawed, rig.folder)
    rendition = rig.render(_timeline())
    assert rendition.encoder == "libx264"
    assert all(check.passed for check in rendition.checks)


class _FullAssets(FileAssets):
    """A store on a disk that has room for so many files."""

    def __init__(self, root, room):
        super().__init__(root)
        self.room = room

    def temporary(self, suffix=""):
        self.room -= 1
        if self.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().temporary(suffix)


@pytest.mark.parametrize("room", [0, 1, 2])
def test_a_disk_that_is_full_at_the_end_leaves_no_asset(rig, room):
    rig.assets = _FullAssets(rig.assets.root, room)
    with pytest.raises(OSError, match="No space"):
        rig.render(_timeline("0", audio=AudioPlan(), cues=()))
    assert [path for path in rig.assets.root.rglob("*") if path.is_file()] == []
    assert rig.left() == []


def test_software_that_refuses_its_settings_never_works_and_says_what_to_do(rig):
    for name, codec, said in (
        ("libx264", "h264", r"libx264 refused to encode shots\[\d\] \(Invalid argument\)\. Change"),
        ("libx265", "hevc", r"ffmpeg ended with code .*“.*profile.*” … “.*”\)\. Change what encode"),
    ):
        dead = encoders.Encoder(name, lambda *_: ["-profile:v", "no such profile"])
        rig.studio = Studio(rig.cache, discover(), dead, rig.folder)
        with pytest.raises(NeverWorksError, match=said):
            rig.render(_timeline(encode=Encode(codec=codec)))
        assert rig.left() == []


def test_a_program_that_dies_in_the_middle_may_be_tried_again_and_leaves_nothing(rig, monkeypatch):
    class Killed(FrameStream):
        def finish(self):
            self._process.kill()
            super().finish()

    monkeypatch.setattr(encoders, "FrameStream", Killed)
    rig.studio = Studio(rig.cache, discover(), encoders.named("libx265"), rig.folder)
    with pytest.raises(TryLaterError, match="ffmpeg was killed by signal 9"):
        rig.render(_timeline(encode=Encode(codec="hevc", preset="ultrafast")))
    assert rig.left() == []


def test_an_encoder_that_fails_in_the_middle_may_be_tried_again_and_leaves_nothing(rig, monkeypatch):
    class Failing(inside.LibavStream):
        def finish(self):
            raise self._told(OSError(errno.EIO, "it gave up"))

    monkeypatch.setattr(inside, "LibavStream", Failing)
    with pytest.raises(TryLaterError, match=r"libx264 failed while encoding shots\[\d\] \(.*it gave up"):
        rig.render(_timeline("0", audio=AudioPlan(), cues=(), encode=Encode(preset="ultrafast")))
    assert rig.left() == []


@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), lambda path: path.write_bytes(b"x" * 100)])
def test_a_picture_that_cannot_be_shown_is_told_with_its_place(rig, spoil):
    spoil(rig.folder / "1.png")
    with pytest.raises(InputError, match=r"^shots\[1\].picture: "):
        rig.render(_timeline())
    assert rig.left() == []


def test_a_picture_is_found_by_its_hash_and_a_path_must_keep_the_one_it_names(rig):
    asset = rig.assets.add_file(rig.folder / "0.png", "image/png")
    shots = [Shot(picture=Source(sha256=asset.sha256), frames=10)]
    assert rig.render(_timeline(shots=shots, cues=(), audio=AudioPlan())).frames == 10
    (rig.folder / "0.png").write_bytes((rig.folder / "1.png").read_bytes())
    wrong = Source(sha256="0" * 64, path="0.png")
    with pytest.raises(InputError, match=r"shots\[0\].picture: .* another hash"):
        rig.render(_timeline(shots=[Shot(picture=wrong, frames=10)], cues=()))
    with pytest.raises(InputError, match=r"shots\[0\].picture: the asset 000000000000 is not in the store"):
        rig.render(_timeline(shots=[Shot(picture=Source(sha256="0" * 64), frames=10)], cues=()))


def test_a_timeline_that_contradicts_itself_is_told_before_anything_is_drawn(rig, monkeypatch):
    encoded = _count_encodes(monkeypatch)
    with pytest.raises(InputError, match=r"cards\[0\]: it ends at frame 99"):
        rig.render(_timeline(cards=(Card(text="a", first=0, last=99),)))
    assert encoded == []


def test_an_ffmpeg_that_does_not_end_is_told_and_can_be_cancelled(tmp_path, monkeypatch):
    stays = tmp_path / "ffmpeg"
    stays.write_text(f"#!{sys.executable}\nimport os, time\nfor end in range(3): os.close(end)\ntime.sleep(60)")
    stays.chmod(0o700)
    for stalled, check, raised, said in (
        (0.5, lambda: None, EncoderDiedError, "stood still"),
        (60, _cancelled, StoppedError, None),
    ):
        monkeypatch.setattr(ffmpeg, "_STALLED_SECONDS", stalled)
        with pytest.raises(raised, match=said), FrameStream([stays], "a shot", check) as stream:
            stream.finish()


class StoppedError(Exception):
    pass


def _cancelled():
    raise StoppedError


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_cancelling_ends_the_encoders_and_leaves_nothing(rig, monkeypatch, codec):
    running, finished = [], []

    class Noted(FrameStream):
        def __enter__(self):
            running.append(super().__enter__()._process)
            return self

        def finish(self):
            super().finish()
            finished.append(self)

    class Within(inside.LibavStream):
        ended = None

        def __enter__(self):
            running.append(super().__enter__())
            return self

        def __exit__(self, *raised):
            super().__exit__(*raised)
            self.ended = 0

        def poll(self):
            return self.ended

        def finish(self):
            super().finish()
            finished.append(self)

    monkeypatch.setattr(encoders, "FrameStream", Noted)
    monkeypatch.setattr(inside, "LibavStream", Within)
    rig.studio = Studio(rig.cache, discover(), encoders.software(codec), rig.folder)

    async def go():
        async with anyio.create_task_group() as tasks:
            context = PlainContext(rig.assets, on_progress=lambda *_: running and tasks.cancel_scope.cancel())
            tasks.start_soon(context.step, rig.studio.render, _timeline("01" * 40, encode=Encode(codec=codec)))

    anyio.run(go)
    assert running
    assert all(encoder.poll() is not None for encoder in running)
    assert len(finished) < 80
    assert rig.left() == []


def test_the_studio_says_what_decides_its_result(rig):
    before = rig.studio.identity
    assert before["encoder"] == "libx264"
    other = replace(discover(), version="ffmpeg version 99")
    assert Studio(rig.cache, other, encoders.named("libx264"), rig.folder).identity != before


def test_another_libav_is_another_studio_and_another_clip(rig, monkeypatch):
    encoded = _count_encodes(monkeypatch)
    rig.render(_timeline())
    before, count = rig.studio.identity, len(encoded)
    monkeypatch.setattr(inside, "identity", lambda: "libav 99")
    rig.render(_timeline())
    assert rig.studio.identity != before
    assert len(encoded) == 2 * count


def test_the_studio_opens_with_what_the_machine_has(folder):
    opened = anyio.run(Studio.open, ClipCache(folder / "cache"))
    assert opened.identity["encoder"] in {encoder.name for encoder in encoders.ENCODERS}
    assert (folder / "cache" / "encoder.json").is_file()


def test_the_cover_shows_the_hook_and_the_sheet_the_whole(rig):
    hook = Card(text="Look", first=10, last=20, kind="hook")
    timeline = _timeline(cards=(hook,), card_style=CardStyle(size=200))
    rendition = rig.render(timeline)
    assert 10 <= cover_frame(timeline) < 20
    cover = np.asarray(Image.open(io.BytesIO(rig.assets.path(rendition.cover).read_bytes())))
    composed = list(_composed(rig.folder, timeline))[cover_frame(timeline)]
    assert cover.shape == (320, 180, 3)
    luma = cover @ np.array([0.2126, 0.7152, 0.0722])
    assert np.corrcoef(luma.ravel(), composed[:320].ravel())[0, 1] > 0.99
    sheet = Image.open(io.BytesIO(rig.assets.path(rendition.contact_sheet).read_bytes()))
    assert sheet.width > sheet.height
    frames = sheet_frames(timeline)
    assert len(frames) == 12
    assert frames[0] < 4
    assert frames[-1] > 70


def test_a_frame_of_nothing_but_noise_has_a_cover_and_a_contact_sheet():
    planes = Planes.empty(SIZE)
    planes.flat[:] = np.random.default_rng(1).integers(0, 256, planes.flat.shape, np.uint8)
    shown = np.asarray(Image.open(io.BytesIO(cover(planes))), np.int16)
    assert np.abs(shown - rgb_from_planes(planes)).mean() < 6
    noise = [thumbnail(planes)] * 12
    assert Image.open(io.BytesIO(contact_sheet(noise, range(12)))).width > 6 * 270


@pytest.mark.parametrize("first", [0, 24, 30, 74])
def test_the_cover_is_never_taken_in_a_transition(first):
    timeline = _timeline(cards=(Card(text="a", first=first, last=min(first + 3, 75)),))
    assert cover_frame(timeline) % 25 >= (6 if cover_frame(timeline) >= 25 else 0)


def _black_shots(rig, picture, effects=()):
    """A picture for 50 frames, then a textured one."""
    Image.fromarray(picture).save(rig.folder / "black.png")
    dark = Shot(picture=Source(path="black.png"), frames=50, motion=Motion(name="still"), effects=effects)
    return (dark, Shot(picture=Source(path="0.png"), frames=25))


def test_a_black_picture_may_be_shown_and_is_told_of(rig):
    night = np.random.default_rng(5).integers(0, 26, (500, 300, 3), np.uint8)
    rendition = rig.render(_timeline(shots=_black_shots(rig, night), cues=()))
    (told,) = (check for check in rendition.checks if check.name == "black")
    assert (told.passed, told.level) == (True, "warning")
    assert "from 0.0 to 1.7 s (shots[0])" in told.sentence


def test_a_dark_part_of_a_picture_may_be_shown_and_the_bright_part_need_not(rig):
    picture = np.full((500, 300, 3), 4, np.uint8)
    picture[330:] = 220
    dark, bright = _black_shots(rig, picture)
    sky = dark.model_copy(update={"motion": Motion(zoom=(3.0, 3.0), start=(0.5, 0.0), end=(0.5, 0.1))})
    rendition = rig.render(_timeline(shots=(sky, bright), cues=()))
    assert [check.level for check in rendition.checks if check.name == "black"] == ["warning"]


def test_a_picture_that_an_effect_turns_black_fails(rig):
    table = "\n".join(["LUT_3D_SIZE 2", *["0 0 0"] * 8])
    (rig.folder / "black.cube").write_text(table)
    grade = Effect(name="grade", settings={"lut": str(rig.folder / "black.cube")})
    shots = _black_shots(rig, np.asarray(Image.open(rig.folder / "1.png")), (grade,))
    with pytest.raises(NeverWorksError, match=r"The picture is black from 0.0 to 1.7 s \(shots\[0\]\)"):
        rig.render(_timeline(shots=shots, cues=()))


def test_one_picture_under_two_names_and_by_its_hash_may_stand_still(rig):
    (rig.folder / "again.png").write_bytes((rig.folder / "0.png").read_bytes())
    asset = rig.assets.add_file(rig.folder / "0.png", "image/png")
    sources = (Source(path="0.png"), Source(path="again.png"), Source(sha256=asset.sha256))
    shots = tuple(Shot(picture=source, frames=45, motion=Motion(name="still")) for source in sources)
    assert rig.render(_timeline(shots=shots, cues=())).frames == 135


async def _to_file(rig, timeline, out):
    path = rig.folder / "timeline.json"
    path.write_text(timeline if isinstance(timeline, str) else timeline.model_dump_json())
    return await render_file(rig.context(), rig.studio, path, out)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux has a folder that takes no files from anybody")
def test_a_place_that_takes_no_file_is_told_before_anything_is_rendered(rig, monkeypatch):
    encoded = _count_encodes(monkeypatch)
    with pytest.raises(InputError, match=r"/proc/out\.mp4 cannot be written \("):
        anyio.run(_to_file, rig, _timeline(), Path("/proc/out.mp4"))
    assert encoded == []


def test_a_place_that_is_gone_when_the_video_is_done_is_told(rig, monkeypatch):
    out = rig.folder / "new" / "out.mp4"
    out.parent.mkdir()
    copy = shutil.copyfile

    def gone(video, fresh):
        out.parent.rmdir()
        return copy(video, fresh)

    monkeypatch.setattr(shutil, "copyfile", gone)
    with pytest.raises(InputError, match=r"out\.mp4 cannot be written \(No such file"):
        anyio.run(_to_file, rig, _timeline(), out)


def test_a_timeline_file_becomes_a_video_file(rig):
    out = rig.folder / "out.mp4"
    rendition = anyio.run(_to_file, rig, _timeline(), out)
    assert out.read_bytes() == rig.video(rendition).read_bytes()
    assert not list(rig.folder.glob("*.part")) + list(rig.folder.glob(".*"))


def test_a_video_may_have_the_longest_name_there_is(rig):
    out = rig.folder / f"{'é' * 125}.mp4"
    assert anyio.run(_to_file, rig, _timeline("0", audio=AudioPlan(), cues=()), out)
    assert out.stat().st_size


def test_what_fails_leaves_an_earlier_video_as_it_was(rig):
    out = rig.folder / "out.mp4"
    out.write_bytes(b"earlier")
    (rig.folder / "2.png").unlink()
    with pytest.raises(InputError):
        anyio.run(_to_file, rig, _timeline(), out)
    assert out.read_bytes() == b"earlier"


@pytest.mark.parametrize(("name", "says"), [("no/out.mp4", "no folder"), ("out.mov", "does not end in .mp4")])
def test_a_place_that_cannot_be_written_is_told_before_anything_is_drawn(rig, monkeypatch, name, says):
    encoded = _count_encodes(monkeypatch)
    with pytest.raises(InputError, match=says):
        anyio.run(_to_file, rig, _timeline(), rig.folder / name)
    assert encoded == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_told(rig):
    (rig.folder / "locked").mkdir(mode=0o500)
    with pytest.raises(InputError, match="may not write"):
        anyio.run(_to_file, rig, _timeline(), rig.folder / "locked" / "out.mp4")


def test_a_result_that_breaks_the_specification_fails_the_render(rig, monkeypatch):
    wrong = studio.Check(name="x", passed=False, sentence="It is black.")
    monkeypatch.setattr(studio, "probe", lambda *_: (wrong,))
    with pytest.raises(studio.NeverWorksError, match=r"It is black."):
        rig.render(_timeline())


def test_opencv_keeps_to_one_thread(rig):
    assert cv2.getNumThreads() == 1
    assert isinstance(rig.folder, Path)


def test_a_timeline_may_ask_for_hevc_and_gets_it_whole(rig):
    rendition = rig.render(_timeline(encode=Encode(codec="hevc", preset="ultrafast", crf=18)))
    assert rendition.encoder.startswith("hevc_") or rendition.encoder == "libx265"
    with av.open(str(rig.video(rendition))) as file:
        assert file.streams.video[0].codec_context.name == "hevc"
        shown = [frame.to_ndarray() for frame in file.decode(video=0)]
    composed = list(_composed(rig.folder, _timeline()))
    assert len(shown) == len(composed)
    assert min(_noise_ratio(*pair) for pair in zip(shown, composed, strict=True)) > 33


def test_a_result_above_its_limit_is_encoded_again_until_it_is_below(rig):
    whole = rig.video(rig.render(_timeline())).stat().st_size
    limit = whole // 2
    encode = Encode(preset="ultrafast", crf=18, max_bytes=limit)
    rendition = rig.render(_timeline(encode=encode))
    assert 0.3 * limit < rendition.video.size <= limit
    assert all(check.passed for check in rendition.checks)


def test_a_limit_that_no_quality_worth_showing_meets_is_a_sentence(rig):
    with pytest.raises(NeverWorksError, match="do not fit at any quality"):
        rig.render(_timeline(encode=Encode(preset="ultrafast", crf=18, max_bytes=100_000, audio_bitrate=512_000)))
    assert rig.left() == []


@pytest.mark.parametrize("rate", [60, 240])
def test_a_video_of_one_frame_shorter_than_an_encoders_delay_is_whole(rig, rate):
    """48,000 samples a second: such a frame has fewer than the 1,024 samples with which AAC begins."""
    shots = [Shot(picture=Source(path="0.png"), frames=1, motion=Motion(name="still"))]
    rendition = rig.render(_timeline(shots=shots, cues=(), audio=AudioPlan(), rate=Rate(num=rate)))
    assert rendition.frames == len(_decoded(rig.video(rendition))) == 1
    assert all(check.passed for check in rendition.checks)


def test_a_hardware_encoder_whose_clips_lack_frames_is_replaced_by_software(rig):
    halving = encoders.Encoder("h264_nvenc", lambda *_: ["-c:v", "libx264", "-preset", "ultrafast", "-r", "15"])
    rig.studio = Studio(rig.cache, discover(), halving, rig.folder)
    assert rig.render(_timeline()).encoder == "libx264"


def test_a_picture_that_changes_while_it_is_rendered_spoils_nothing_that_is_kept(rig, monkeypatch):
    timeline = _timeline("0", audio=AudioPlan(), cues=())
    own, other = ((rig.folder / f"{name}.png").read_bytes() for name in "01")

    class Changing(inside.LibavStream):
        def __enter__(self):
            (rig.folder / "0.png").write_bytes(other)
            return super().__enter__()

    monkeypatch.setattr(inside, "LibavStream", Changing)
    with pytest.raises(TryLaterError, match=r"^shots\[0\].picture: .*0.png was changed"):
        rig.render(timeline)
    monkeypatch.undo()
    (rig.folder / "0.png").write_bytes(own)
    shown = _decoded(rig.video(rig.render(timeline)))
    assert min(map(_noise_ratio, _composed(rig.folder, timeline), shown)) > 30
