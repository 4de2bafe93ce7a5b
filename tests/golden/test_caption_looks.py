"""Captions as they were when a person looked at them: each animation at five times (0, ¼, ½, ¾ and 1 of its run), and
each style of ``config/captions.toml`` with one word spoken.

After a change that is meant, look again and write them anew:

REELFORGE_NEW_FRAMES=1 python -m pytest tests/golden/test_caption_looks.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reelforge.domain.caption_style import CaptionStyle
from reelforge.domain.timeline import Cue, CueWord, Shot, Size, Source, Timeline
from reelforge.render.layer import DrawnLayer
from reelforge.render.planes import Planes, rgb_from_planes
from reelforge.render.sprites import SpriteShelf, showing
from reelforge.render.text.layers import text_layers
from reelforge.settings.shipped import caption_styles
from reelforge.testing.golden import alike, looks_as_kept

GOLDEN = Path(__file__).parent / "captions"
SIZE = Size(width=640, height=480)
FIRST, EACH = 10, 16
STILL = {"enter": {"name": "none"}, "spoken": {"name": "none"}, "y": 0.5}
ENTERS = ["fade", "rise", "fall", "slide", "pop", "scale", "settle", "swing", "bounce"]
WORD = FIRST + EACH
"""The first frame of the second word."""
ANIMATIONS = {
    **{f"enter_{name}": ({"enter": {"name": name, "seconds": 0.5, "distance": 0.6}}, FIRST, 16) for name in ENTERS},
    "enter_bounce": ({"enter": {"name": "bounce", "distance": 0.6}}, FIRST, 19),
    "word_slide": (
        {"enter": {"name": "slide", "by": "word", "seconds": 0.4, "distance": 0.8, "side": "right"}, "waiting": 0},
        WORD,
        13,
    ),
    "word_bounce": ({"enter": {"name": "bounce", "by": "word", "distance": 0.6}, "waiting": 0}, WORD, 19),
    "word_fade": ({"enter": {"name": "fade", "by": "word", "seconds": 0.3}, "waiting": 0.4}, WORD - 1, 10),
    "typewriter": ({"enter": {"name": "typewriter", "seconds": 0.07}, "waiting": 0}, WORD, 11),
    "karaoke": ({"spoken": {"name": "karaoke"}, "highlight": "#2ee6a8"}, WORD, EACH - 1),
    "box": ({"spoken": {"name": "box", "seconds": 0.25}, "highlight": "#ffffff", "spacing": 0.06}, WORD, 8),
    "grown": ({"spoken": {"name": "colour", "scale": 1.2, "seconds": 0.25}, "spacing": 0.1}, WORD, 8),
    "wave": ({"wave": {"amplitude": 0.12, "frequency": 1.0, "delay": 0.06}}, FIRST, 30),
    "leave_fade": ({"leave": {"name": "fade", "seconds": 0.4}}, FIRST + 4 * EACH, 11),
}
"""What of a style that stands still is changed, the first frame looked at, and how many later the last one is."""


def timeline(style: CaptionStyle, texts: tuple[str, ...] = ("Every", "year", "*3.8* cm")) -> Timeline:
    words = []
    for number, text in enumerate(" ".join(texts).split()):
        at = FIRST + EACH * number
        marked = text.startswith("*")
        words.append(CueWord(text=text.strip("*"), first=at, last=at + EACH, said=at + EACH - 4, emphasis=marked))
    last = words[-1].last
    words[-1] = words[-1].model_copy(update={"last": last + 12})
    shots = (Shot(picture=Source(path="moon.png"), frames=last + 30),)
    return Timeline(
        size=SIZE, shots=shots, caption_style=style, cues=(Cue(first=FIRST, last=last + 12, words=tuple(words)),)
    )


def drawn(made: Timeline, numbers: list[int]) -> np.ndarray:
    """The middle of frames over plain grey, one below another."""
    layers, shelf, shown = text_layers(made), SpriteShelf(), []
    for number in numbers:
        frame = Planes.black(made.size)
        frame.y[:] = 110
        for layer in layers:
            if isinstance(layer, DrawnLayer):
                if (state := layer.state(number)) is not None:
                    layer.draw(state, frame, {})
            elif (now := showing(layer, number)) and (sprite := shelf.sprite(layer)):
                sprite.draw(frame, layer.x, layer.y, now)
        shown.append(rgb_from_planes(frame)[180:300])
    return np.concatenate(shown, axis=0)


def moving(name: str) -> np.ndarray:
    changes, first, run = ANIMATIONS[name]
    style = CaptionStyle.model_validate({**STILL, **changes})
    return drawn(timeline(style), [first + round(part * run / 4) for part in range(5)])


@pytest.mark.parametrize("name", ANIMATIONS)
def test_an_animation_looks_as_it_did_at_five_times(name: str) -> None:
    assert looks_as_kept(GOLDEN / f"{name}.png", moving(name))


@pytest.mark.parametrize("name", caption_styles())
def test_a_style_looks_as_it_did(name: str) -> None:
    style = caption_styles()[name].model_copy(update={"y": 0.5})
    assert looks_as_kept(GOLDEN / f"style_{name}.png", drawn(timeline(style), [WORD + 9]))


@pytest.mark.parametrize("move", [(1, 0), (0, 1), (-1, 0), (0, -1)])
@pytest.mark.parametrize("name", ["enter_pop", "karaoke", "box", "typewriter", "wave", "word_fade"])
def test_the_comparison_notices_a_shift_of_one_pixel(name: str, move: tuple[int, int]) -> None:
    shown = moving(name)
    assert not alike(shown, np.roll(shown, move, axis=(0, 1)))


@pytest.mark.parametrize("name", ["enter_pop", "karaoke", "box", "typewriter", "wave"])
def test_the_comparison_notices_a_frame_too_late(name: str) -> None:
    changes, first, run = ANIMATIONS[name]
    made = timeline(CaptionStyle.model_validate({**STILL, **changes}))
    numbers = [first + round(part * run / 4) for part in range(5)]
    assert not alike(drawn(made, numbers), drawn(made, [number + 1 for number in numbers]))
