import json

import cv2
import numpy as np
import pytest
from PIL import Image

from reelforge.domain.timeline import Card, Cue, CueWord, Overlay, Shot, Size, Source, Timeline
from reelforge.errors import InputError
from reelforge.frames import ENDINGS, save_frame
from reelforge.render.material import Drawing, Material
from reelforge.render.planes import rgb_from_planes
from reelforge.render.sources import Sources


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
