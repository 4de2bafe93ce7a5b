import json

import cv2
import numpy as np
import pytest
from PIL import Image

from reelforge.domain.timeline import Card, Cue, CueWord, Shot, Size, Source, Timeline
from reelforge.frames import save_frame
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
