"""Overlays and animations as they were when a person looked at them, coming in (0, ¼, ½, ¾, 1) and going again.

After a change that is meant, look again and write them anew:

REELFORGE_NEW_FRAMES=1 python -m pytest tests/golden/test_overlays_golden.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reelforge.domain.timeline import AudioPlan, Card, CardStyle, Envelope, Overlay, Shot, Size, Source, Timeline
from reelforge.render.animations import ANIMATIONS
from reelforge.render.layer import DrawnLayer
from reelforge.render.overlays import layers
from reelforge.render.planes import Planes, rgb_from_planes
from reelforge.render.sources import Sources
from reelforge.render.sprites import SpriteShelf, showing
from reelforge.testing.golden import alike, looks_as_kept

GOLDEN = Path(__file__).parent / "overlays"
FRAMES, SPAN = 110, (10, 100)
COMING = {"lower_third": 0.9, "title_card": 1.2, "end_card": 1.1, "logo": 0.5, "progress_bar": 0.6, "waveform": 0.4}
OVERLAYS = {
    "lower_third": {"text": {"name": "Dr. Maya Fernandes", "title": "Planetary scientist, ESA"}},
    "lower_third_arabic": {"template": "lower_third", "text": {"name": "القمر يرحل", "title": "عالم الكواكب 2024"}},
    "title_card": {"text": {"title": "The Moon is leaving us", "kicker": "Part one", "subtitle": "And the tides too"}},
    "end_card": {
        "text": {"title": "Follow for more", "action": "Subscribe 🚀", "handle": "@orbit.daily"},
        "image": Source(path="logo.png"),
    },
    "logo": {"image": Source(path="logo.png")},
    "progress_bar": {"settings": {"counts": "overlay"}},
    "waveform": {},
}
SIZES = {"tall": Size(width=270, height=480), "wide": Size(width=480, height=270)}
BEATS = Envelope(step=1600, values=tuple((np.exp(-(np.arange(120) % 15) / 5)).tolist()))


class NoAssets:
    def has(self, sha256: str) -> bool:  # noqa: ARG002  # the protocol's signature
        return False

    def path(self, sha256: str) -> Path:
        raise KeyError(sha256)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a logo, drawn by arithmetic alone."""
    made = tmp_path_factory.mktemp("golden-overlays")
    down, across = np.mgrid[0:256, 0:256] - 127.5
    disc = np.clip(120 - np.hypot(across, down), 0, 1)
    bite = np.clip(70 - np.hypot(across - 40, down + 20), 0, 1)[..., None]
    rgb = np.array([255.0, 225, 77]) * (1 - bite) + np.array([16.0, 20, 26]) * bite
    Image.fromarray(np.rint(np.dstack([rgb, 255 * disc])).astype(np.uint8)).save(made / "logo.png")
    return made


def drawn(document: Timeline, base: Path, numbers: list[int]) -> np.ndarray:
    """Frames of what lies over the picture, over plain grey, side by side."""
    found, shelf, shown = layers(document, Sources(NoAssets(), base)), SpriteShelf(), []
    for number in numbers:
        frame = Planes.black(document.size)
        frame.y[:] = 90
        for layer in found:
            if isinstance(layer, DrawnLayer):
                state = layer.state(number)
                if state is not None:
                    layer.draw(state, frame, {})
            elif (now := showing(layer, number)) and (sprite := shelf.sprite(layer)):
                sprite.draw(frame, layer.x, layer.y, now)
        shown.append(rgb_from_planes(frame))
    return np.concatenate(shown, axis=1)


def timeline(size: Size, **fields: object) -> Timeline:
    shots = (Shot(picture=Source(path="moon.png"), frames=FRAMES),)
    return Timeline.model_validate({"size": size, "shots": shots, "audio": AudioPlan(energy=BEATS), **fields})


def moments(seconds: float) -> list[int]:
    """The first frame, ¼, ½, ¾ and the end of coming in; a third and two thirds of the last third of a second."""
    coming = [SPAN[0] + round(part * seconds * 30 / 4) for part in range(5)]
    return [*coming, SPAN[1] - 7, SPAN[1] - 4]


@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("name", OVERLAYS)
def test_an_overlay_looks_as_it_did(base: Path, name: str, shape: str) -> None:
    given = {"template": name, "first": SPAN[0], "last": SPAN[1], **OVERLAYS[name]}
    document = timeline(SIZES[shape], overlays=[given], language="ar" if "arabic" in name else "en")
    numbers = moments(COMING[str(given["template"])])
    shown = drawn(document, base, numbers if shape == "tall" else [numbers[2], numbers[4]])
    assert looks_as_kept(GOLDEN / f"{name}_{shape}.png", shown)


@pytest.mark.parametrize("name", sorted(set(ANIMATIONS) - {"none"}))
def test_an_animation_looks_as_it_did(base: Path, name: str) -> None:
    card = Card(text="Tides turn", first=SPAN[0], last=SPAN[1])
    style = CardStyle(enter=name, enter_seconds=0.5, leave=name, leave_seconds=0.3, y=0.5)
    document = timeline(Size(width=240, height=140), cards=[card], card_style=style, safe_area={"top": 0, "bottom": 0})
    assert looks_as_kept(GOLDEN / f"animation_{name}.png", drawn(document, base, moments(0.5)))


@pytest.mark.parametrize("move", [(1, 0), (0, 1), (-1, 0)])
@pytest.mark.parametrize("name", ["lower_third", "progress_bar", "waveform", "end_card", "logo"])
def test_the_comparison_notices_a_shift_of_one_pixel(base: Path, name: str, move: tuple[int, int]) -> None:
    given = Overlay.model_validate({"template": name, "first": SPAN[0], "last": SPAN[1], **OVERLAYS[name]})
    shown = drawn(timeline(SIZES["tall"], overlays=[given]), base, [60])
    assert not alike(shown, np.roll(shown, move, axis=(0, 1)))
