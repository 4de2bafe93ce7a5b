"""Every motion, transition, effect, card animation and overlay as a short video, with a page to compare them.

    python tools/gallery.py [FOLDER]

Made of the demo's pictures at a third of the usual size. ``make gallery`` puts it into out/gallery.
"""

from __future__ import annotations

import html
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import anyio
import cv2
import numpy as np
from PIL import Image

from reelforge import resources
from reelforge.domain.timeline import (
    AudioPlan,
    Card,
    CardStyle,
    Cue,
    CueWord,
    Effect,
    Encode,
    Envelope,
    Motion,
    Overlay,
    Shot,
    Size,
    Source,
    Timeline,
    Transition,
)
from reelforge.jobs.plain import PlainContext
from reelforge.render import animations, effects, motions, transitions
from reelforge.render.clip_cache import ClipCache
from reelforge.render.overlays import template
from reelforge.render.studio import Studio
from reelforge.settings.effects import presets
from reelforge.settings.shipped import caption_styles
from reelforge.store.assets import FileAssets

SIZE = Size(width=360, height=640)
RATE = 30
BEAT = RATE // 2
"""A beat every half second: 120 a minute."""
WITH_WAY = frozenset({"slide", "push", "wipe", "cover", "whip_pan", "page_turn", "cube"})
TEXTS = {
    "lower_third": {"name": "Ada Lovelace", "title": "First programmer"},
    "title_card": {"title": "The Moon", "kicker": "Chapter one", "subtitle": "is leaving us"},
    "end_card": {"title": "More tomorrow", "action": "Follow along", "handle": "@reelforge"},
}


class Piece(NamedTuple):
    """One video: the heading it stands under, its name, and what is shown."""

    part: str
    name: str
    timeline: Timeline


def pieces(pictures: Sequence[Path], mask: Path, logo: Path) -> Iterator[Piece]:
    yield from _motions(pictures, mask)
    yield from _transitions(pictures)
    yield from _effects(pictures)
    yield from _overlays(pictures, logo)


def _shot(picture: Path, frames: int, **more: object) -> Shot:
    return Shot.model_validate({"picture": {"path": str(picture)}, "frames": frames, **more})


def _timeline(*shots: Shot, **more: object) -> Timeline:
    return Timeline.model_validate(
        {"size": SIZE, "shots": shots, "encode": Encode(crf=20, preset="veryfast"), "audio": _pulse(shots), **more}
    )


def _pulse(shots: Sequence[Shot]) -> AudioPlan:
    """Beats and a strength that swells, for the effects that follow music; there is nothing to hear."""
    samples = sum(shot.frames for shot in shots) * 48_000 // RATE
    beats = tuple(range(0, samples, BEAT * 48_000 // RATE))
    swell = tuple(0.5 - 0.5 * math.cos(place / 12) for place in range(samples // 1_600 + 2))
    return AudioPlan(beats=beats, energy=Envelope(step=1_600, values=swell))


def _motions(pictures: Sequence[Path], mask: Path) -> Iterator[Piece]:
    for name in sorted(motions.names()):
        flat = name in {"pan", "tilt", "drift"}
        motion = Motion(name=name, zoom=(1.2, 1.2) if flat else (1.0, 1.25), end=(0.5, 0.42), amount=1.5, seed=2)
        behind = Source(path=str(mask)) if name == "parallax" else None
        picture = pictures[7] if name == "parallax" else pictures[3]
        yield Piece("Motions", name, _timeline(_shot(picture, 90, motion=motion, mask=behind)))
    yield Piece("Motions", "fit: blur", _timeline(_shot(pictures[5], 90, fit="blur", motion=Motion(zoom=(1.0, 1.1)))))


def _transitions(pictures: Sequence[Path]) -> Iterator[Piece]:
    for name in sorted(transitions.names()):
        for way in ("left", "up") if name in WITH_WAY else ("left",):
            transition = Transition(name=name, frames=14, direction=way)
            shots = (
                _shot(pictures[2], 30),
                _shot(pictures[4], 40, transition=transition),
                _shot(pictures[9], 40, transition=transition),
            )
            yield Piece("Transitions", f"{name}, {way}" if name in WITH_WAY else name, _timeline(*shots))


def _effects(pictures: Sequence[Path]) -> Iterator[Piece]:
    for name in sorted(effects.names()):
        settings = [{}]
        if name == "grade":
            settings = [{"lut": lut} for lut in ("clean_punch", "noir", "teal_orange", "warm_film")]
        for setting in settings:
            shot = _shot(pictures[4], 75, effects=(Effect(name=name, settings=setting),))
            yield Piece("Effects", " ".join([name, *setting.values()]), _timeline(shot))
    for name, preset in presets().items():
        motion = Motion(name=preset.motion.name, zoom=(1.0, 1.0 + preset.motion.amount))
        overlap = round(preset.transition.seconds * RATE)
        transition = Transition(name=preset.transition.name, frames=overlap, direction=preset.transition.direction)
        shots = [
            _shot(pictures[number], 50, motion=motion, effects=preset.effects, transition=transition if place else {})
            for place, number in enumerate((2, 4, 9))
        ]
        yield Piece("Presets", name, _timeline(*shots))


def _overlays(pictures: Sequence[Path], logo: Path) -> Iterator[Piece]:
    for name in sorted(animations.ANIMATIONS):
        style = CardStyle(enter=name, enter_seconds=0.4, leave=name, leave_seconds=0.4)
        card = Card(text="Look at this", first=8, last=66)
        yield Piece("Cards", name, _timeline(_shot(pictures[3], 75), cards=(card,), card_style=style))
    for name in template.names():
        text = TEXTS.get(name, {})
        image = Source(path=str(logo)) if name in {"logo", "end_card"} else None
        overlay = Overlay(template=name, first=6, last=84, text=text, image=image)
        yield Piece("Overlays", name, _timeline(_shot(pictures[5], 90), overlays=(overlay,)))
    yield from _captions(pictures)


def _captions(pictures: Sequence[Path]) -> Iterator[Piece]:
    for name, style in caption_styles().items():
        words = []
        for place, word in enumerate(("Words", "come", "alive,", "100%")):
            at = 6 + 15 * place
            words.append(CueWord(text=word, first=at, last=at + 15, said=at + 12, emphasis=word == "100%"))
        cue = Cue(first=6, last=78, words=(*words[:-1], words[-1].model_copy(update={"last": 78})))
        yield Piece("Captions", name, _timeline(_shot(pictures[4], 90), cues=(cue,), caption_style=style))


async def make(folder: Path) -> list[tuple[Piece, str]]:
    """Render all of them into a folder; gives each with its file's name."""
    pictures = sorted(resources.folder("demo").glob("*.jpg"))
    mask, logo = folder / "mask.png", folder / "logo.png"
    _write_mask(pictures[7], mask)
    _write_logo(logo)
    studio = await Studio.open(ClipCache(folder / "cache"), base=folder)
    limits = {"segment": anyio.CapacityLimiter(2)}
    context = PlainContext(FileAssets(folder / "assets"), limits=limits)
    made = []
    for number, piece in enumerate(pieces(pictures, mask, logo)):
        rendition = await context.step(studio.render, piece.timeline, name=f"piece-{number}")
        name = f"{number:03d}.mp4"
        (folder / name).write_bytes(context.assets.path(rendition.video).read_bytes())
        print(f"{piece.part}: {piece.name}")
        made.append((piece, name))
    return made


def _write_mask(picture: Path, out: Path) -> None:
    """What is not black counts as near."""
    grey = np.asarray(Image.open(picture).convert("L"))
    Image.fromarray(cv2.GaussianBlur((grey > 24).astype(np.uint8) * 255, (0, 0), 4)).save(out)


def _write_logo(out: Path) -> None:
    """A ring with a soft edge."""
    down, across = np.mgrid[0:200, 0:200]
    ring = np.clip(40 - abs(np.hypot(across - 100, down - 100) - 60) * 1.6, 0, 1)
    rgba = np.zeros((200, 200, 4), np.uint8)
    rgba[..., :3] = (255, 225, 77)
    rgba[..., 3] = (ring * 255).astype(np.uint8)
    Image.fromarray(rgba).save(out)


PAGE = """<!doctype html>
<meta charset="utf-8">
<title>ReelForge: what it can show</title>
<style>
body {{ background: #14171c; color: #e8eaed; font: 15px/1.4 system-ui, sans-serif; margin: 2rem; }}
h2 {{ margin: 2rem 0 .6rem; }}
section {{ display: grid; grid-template-columns: repeat(auto-fill, 180px); gap: 14px; }}
figure {{ margin: 0; }}
video {{ width: 180px; height: 320px; border-radius: 8px; background: #000; }}
</style>
<h1>ReelForge: what it can show</h1>
{parts}
"""


def page(made: Sequence[tuple[Piece, str]]) -> str:
    parts: dict[str, list[str]] = {}
    for piece, name in made:
        video = f'<video src="{name}" autoplay loop muted playsinline></video>'
        figure = f"<figure>{video}<figcaption>{html.escape(piece.name)}</figcaption></figure>"
        parts.setdefault(piece.part, []).append(figure)
    sections = [
        f"<h2>{html.escape(part)}</h2>\n<section>\n" + "\n".join(all_) + "\n</section>" for part, all_ in parts.items()
    ]
    return PAGE.format(parts="\n".join(sections))


def main(arguments: Sequence[str]) -> None:
    folder = Path(arguments[0] if arguments else "out/gallery").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    made = anyio.run(make, folder)
    (folder / "index.html").write_text(page(made), "utf-8")
    print(folder / "index.html")


if __name__ == "__main__":
    main(sys.argv[1:])
