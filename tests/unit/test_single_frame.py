import json
import os
import re
import subprocess
import sys

import cv2
import numpy as np
import pytest
from PIL import Image

from reelforge.domain.formats import SHAPES
from reelforge.domain.timeline import Card, Cue, CueWord, Overlay, Rate, Shot, Size, Source, Timeline
from reelforge.errors import InputError
from reelforge.frames import ENDINGS, frame_at, save_frame
from reelforge.render import sources
from reelforge.render.document import load
from reelforge.render.material import Drawing, Material
from reelforge.render.planes import rgb_from_planes
from reelforge.render.sources import Sources
from reelforge.wishes import Wish, changed


class NoAssets:
    def has(self, _ref):
        return False

    def path(self, _ref):
        raise AssertionError


def _cue(text, first, last):
    return Cue(first=first, last=last, words=(CueWord(text=text, first=first, last=last),))


@pytest.fixture
def document(tmp_path):
    Image.effect_mandelbrot((640, 1136), (-3, -2.5, 2, 2.5), 100).convert("RGB").save(tmp_path / "a.png")
    timeline = Timeline(
        size=Size(width=360, height=640),
        shots=(Shot(picture=Source(path="a.png"), frames=90),),
        cues=tuple(_cue(text, 15 * number, 15 * number + 15) for number, text in enumerate(("a", "bb", "Many words"))),
        cards=(
            Card(text="First", first=5, last=40),
            Card(text="Second", first=30, last=60),
            Card(text="Third", first=55, last=80),
        ),
    )
    path = tmp_path / "timeline.json"
    path.write_text(timeline.model_dump_json())
    return path


@pytest.mark.parametrize("number", [0, 10, 35, 50, 58, 70, 89])
def test_a_single_frame_is_that_of_the_whole_though_only_its_own_text_is_set(document, number):
    timeline = Timeline.model_validate(json.loads(document.read_text()))
    drawing = Drawing(Material.gather(timeline, Sources(NoAssets(), document.parent)))
    whole = rgb_from_planes(drawing.frame(number))
    out = document.parent / "frame.png"
    assert save_frame(document, timeline.rate.seconds(number), out, lambda: document.parent) == number
    assert np.array_equal(cv2.imread(str(out))[..., ::-1], whole)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_frame_is_written_in_each_format_without_a_word(document, capfd, ending):
    out = document.with_name(f"frame{ending}")
    save_frame(document, 0.0, out, lambda: document.parent)
    assert cv2.imread(str(out)).shape == (640, 360, 3)
    assert tuple(capfd.readouterr()) == ("", "")


@pytest.mark.parametrize("number", [10, 22, 44, 70])
def test_a_single_frame_has_overlays_where_the_whole_has_them(document, number):
    """An overlay keeps off the captions of all its time, not of one frame alone."""
    timeline = Timeline.model_validate(json.loads(document.read_text()))
    overlay = Overlay(template="lower_third", first=0, last=90, text={"name": "Ada"})
    cues = tuple(cue.model_copy(update={"y": 0.8}) for cue in timeline.cues[1:2])
    timeline = timeline.model_copy(update={"overlays": (overlay,), "cues": cues, "cards": ()})
    document.write_text(timeline.model_dump_json())
    whole = rgb_from_planes(Drawing(Material.gather(timeline, Sources(NoAssets(), document.parent))).frame(number))
    out = document.parent / "frame.png"
    save_frame(document, timeline.rate.seconds(number), out, lambda: document.parent)
    assert np.array_equal(cv2.imread(str(out))[..., ::-1], whole)


def test_a_picture_that_the_timeline_shows_is_never_written_over(document):
    before = (document.parent / "a.png").read_bytes()
    (document.parent / "b.png").symlink_to("a.png")
    for name in ("a.png", "b.png"):
        with pytest.raises(InputError, match=r"is a part of the timeline itself\. Give the result another name\."):
            save_frame(document, 0.0, document.parent / name, lambda: document.parent)
    assert (document.parent / "a.png").read_bytes() == before


@pytest.mark.parametrize("wish", [*(Wish(shape=shape) for shape in SHAPES), Wish(platform="youtube", quality="low")])
def test_a_frame_of_another_shape_is_that_of_the_whole_rendered_so(document, wish):
    timeline = changed(wish)(Timeline.model_validate(json.loads(document.read_text())))
    drawing = Drawing(Material.gather(timeline, Sources(NoAssets(), document.parent)))
    number = timeline.rate.frame_at(48_000 * 35 // 30)
    whole = rgb_from_planes(drawing.frame(number))
    out = document.parent / "frame.png"
    assert save_frame(document, timeline.rate.seconds(number), out, lambda: document.parent, wish) == number
    shown = cv2.imread(str(out))[..., ::-1]
    assert shown.shape[:2] == (timeline.size.height, timeline.size.width)
    assert np.array_equal(shown, whole)


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(shape=""), r"^--shape: there is no shape called “”\. There are: 9:16, "),
        (Wish(shape="9x16"), r"^--shape: there is no shape called “9x16”\. Did you mean “9:16”\? There are: 9:16, "),
        (Wish(platform="Instagramm"), r"called “Instagramm”\. Did you mean “instagram”\? There are: instagram, "),
        (
            Wish(quality="best"),
            r"^--quality: there is no quality called “best”\. There are: low, medium, high, ultra",
        ),
    ],
)
def test_a_shape_platform_or_quality_there_is_not_is_told_with_those_there_are(document, wish, said):
    with pytest.raises(InputError, match=said):
        save_frame(document, 0.0, document.parent / "frame.png", lambda: document.parent, wish)


@pytest.mark.parametrize("rate", [(1, 1), (24, 1), (24_000, 1001), (30, 1), (30_000, 1001), (60, 1), (240, 1)])
@pytest.mark.parametrize("frames", [1, 7, 100, 12_345, 33_333, 999_999])
def test_a_time_beyond_the_end_is_refused_with_one_that_shows_the_last_frame(rate, frames):
    shot = Shot(picture=Source(path="a.png"), frames=frames)
    timeline = Timeline(shots=(shot,), rate=Rate(num=rate[0], den=rate[1]))
    with pytest.raises(InputError) as caught:
        frame_at(timeline, timeline.rate.seconds(frames) + 0.1)
    found = re.search(r"its last frame begins at (\S+) s\.", str(caught.value))
    assert found
    assert frame_at(timeline, float(found[1])) == frames - 1


@pytest.mark.parametrize(
    ("out", "said"),
    [("none/a.png", "There is no folder"), ("made.png", "is a folder"), (f"{'a' * 300}.png", "cannot be written")],
)
def test_a_place_that_holds_no_picture_is_refused(document, out, said):
    (document.parent / "made.png").mkdir()
    with pytest.raises(InputError, match=said):
        save_frame(document, 0.0, document.parent / out, lambda: document.parent)


def test_a_frame_of_what_a_platform_would_not_take_is_drawn_as_it_would_be(document):
    timeline = json.loads(document.read_text())
    timeline["shots"] = [{**timeline["shots"][0], "frames": 30}]
    document.write_text(json.dumps({"shots": timeline["shots"]}))
    with pytest.raises(InputError, match="YouTube takes videos of"):
        changed(Wish(platform="youtube"))(load(document))
    save_frame(document, 0.0, document.parent / "frame.png", lambda: document.parent, Wish(platform="youtube"))
    with Image.open(document.parent / "frame.png") as picture:
        assert picture.width > picture.height


def test_a_frame_needs_no_sound(document):
    timeline = json.loads(document.read_text())
    timeline["audio"] = {"speech": {"path": "not-there.wav"}}
    document.write_text(json.dumps(timeline))
    save_frame(document, 0.0, document.parent / "frame.png", lambda: document.parent)
    assert (document.parent / "frame.png").exists()


def test_a_frame_loads_nothing_that_only_videos_jobs_and_settings_need(document):
    asked = [str(document), "--at", "0", "-o", str(document.parent / "frame.png"), "--shape", "1:1"]
    code = (
        "import sys; from reelforge.cli import app; app(['frame', *sys.argv[1:]], standalone_mode=False); "
        "print([name for name in sys.modules if name in "
        "{'anyio', 'av', 'scipy', 'aiohttp', 'reelforge.settings', 'reelforge.jobs', 'reelforge.render.studio'}])"
    )
    done = subprocess.run([sys.executable, "-c", code, *asked], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("address", ["https://example.org/a.jpg", "HTTP://example.org/b", "s3://bucket/c.png"])
def test_an_address_in_place_of_a_file_is_told_to_be_downloaded_first(document, address):
    timeline = json.loads(document.read_text())
    timeline["shots"][0]["picture"] = {"path": address}
    document.write_text(json.dumps(timeline))
    with pytest.raises(InputError) as caught:
        save_frame(document, 0.0, document.parent / "frame.png", lambda: document.parent)
    assert str(caught.value) == (
        f"{document}: shots[0].picture: {address} is an address, and nothing is fetched while rendering. Download it, "
        "and give the file's path."
    )


def test_a_frame_drawn_after_others_shows_what_has_changed_since(document, monkeypatch):
    """A process that draws several keeps pictures, text and hashes of files for the next."""
    out, picture = document.with_name("frame.png"), document.with_name("a.png")
    monkeypatch.setattr(sources, "_SETTLED_NS", -1)  # hashes of files just written are kept too

    def drawn():
        save_frame(document, 1.0, out, lambda: document.parent)
        timeline = load(document)
        whole = Drawing(Material.gather(timeline, Sources(NoAssets(), document.parent)))
        shown = cv2.imread(str(out))[..., ::-1]
        assert np.array_equal(shown, rgb_from_planes(whole.frame(30)))
        return shown

    def show(extent):
        Image.effect_mandelbrot((640, 1136), extent, 100).convert("RGB").save(picture)
        os.truncate(picture, 1_000_000)  # the same number of bytes, and, as of a copy that keeps it, the same time
        os.utime(picture, ns=(1, 1))

    show((-3, -2.5, 2, 2.5))
    before = drawn()
    show((-2, -1.5, 1, 1.5))
    other_picture = drawn()
    timeline = load(document)
    document.write_text(
        timeline.model_copy(update={"cards": (Card(text="Fourth", first=5, last=60),)}).model_dump_json()
    )
    other_text = drawn()
    document.write_text(timeline.model_copy(update={"size": Size(width=720, height=1280)}).model_dump_json())
    larger = drawn()
    assert (before != other_picture).any()
    assert (other_picture != other_text).any()
    assert larger.shape == (1280, 720, 3)
