"""Job A, the yardstick every renderer is given: a Reel of 30 s, as a timeline.

    python bench/job_a.py [INPUTS] [-o FILE]

1080×1920 at 30 fps, 900 frames: ten photos of 1620×2880 with a zoom from 1.0 to 1.15, nine dissolves of 0.4 s, 75 words
in captions of four with the spoken one highlighted, speech over music. ``INPUTS`` is a folder with the photos
(``photos/photo_00.jpg`` …), ``speech.wav``, ``music.wav`` and ``words.json``; without it, like ones are made in a
temporary folder: photos of the same texture and grain, words at an even pace, noise with the rhythm of speech.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from PIL import Image, ImageDraw, ImageFilter

from reelforge.domain.timeline import (
    AudioPlan,
    CaptionStyle,
    Cue,
    CueWord,
    Motion,
    MusicBed,
    Shot,
    Source,
    Span,
    Timeline,
    Transition,
)

PHOTOS = 10
SLOT, DISSOLVE, RATE = 90, 12, 30
SAMPLES_A_FRAME = 1_600
SEED = 20_240_611
WIDTH, HEIGHT = 1_620, 2_880


def timeline(inputs: Path) -> Timeline:
    """Job A over the inputs in a folder, which its paths are relative to."""
    words = json.loads((inputs / "words.json").read_text())
    spans = tuple(Span(start=round(48_000 * word["start"]), end=round(48_000 * word["end"])) for word in words)
    samples = PHOTOS * SLOT * SAMPLES_A_FRAME
    track = soundfile.info(str(inputs / "music.wav"))
    length = min(samples, track.frames * 48_000 // track.samplerate)
    return Timeline(
        title="Job A",
        shots=tuple(
            Shot(
                picture=Source(path=f"photos/photo_{number:02d}.jpg"),
                frames=SLOT,
                motion=Motion(zoom=(1.0, 1.15), easing="linear"),
                transition=Transition(name="dissolve", frames=DISSOLVE) if number else Transition(),
            )
            for number in range(PHOTOS)
        ),
        cues=_cues(words),
        caption_style=CaptionStyle(size=80, stroke_width=6, y=0.65, highlight="#ffe000", pop=0.0),
        audio=AudioPlan(
            speech=Source(path="speech.wav"),
            spoken=spans,
            music=MusicBed(track=Source(path="music.wav"), spans=(Span(start=0, end=length),)),
        ),
    )


def _cues(words: Sequence[dict[str, Any]]) -> tuple[Cue, ...]:
    found = []
    for _, phrase in groupby(words, key=lambda word: word["phrase"]):
        said = [
            CueWord(text=word["text"], first=round(RATE * word["start"]), last=round(RATE * word["end"]))
            for word in phrase
        ]
        found.append(Cue(first=said[0].first, last=said[-1].last, words=tuple(said)))
    return tuple(found)


def make_inputs(folder: Path) -> None:
    """Inputs like those of the yardstick, the same every time."""
    (folder / "photos").mkdir(parents=True)
    for number in range(PHOTOS):
        _photo(number).save(folder / "photos" / f"photo_{number:02d}.jpg", quality=90)
    text = [f"word{number}" for number in range(75)]
    length = 29.4 / len(text)
    words = [
        {"text": word, "start": round(0.1 + place * length, 3), "end": round(0.1 + (place + 1) * length, 3)}
        for place, word in enumerate(text)
    ]
    (folder / "words.json").write_text(json.dumps([{**word, "phrase": place // 4} for place, word in enumerate(words)]))
    rng = np.random.default_rng(SEED)
    seconds = np.arange(30 * 48_000) / 48_000
    voice = rng.normal(0, 0.1, len(seconds)) * np.clip(np.sin(np.pi * seconds / length), 0, 1)
    tune = sum(0.08 * np.sin(2 * np.pi * pitch * seconds) for pitch in (110.0, 220.0, 329.6, 440.0))
    soundfile.write(folder / "speech.wav", voice, 48_000)
    soundfile.write(folder / "music.wav", np.column_stack([tune, tune]), 48_000)


def _photo(number: int) -> Image.Image:
    """Four colours, five octaves of noise, shapes, fine lines and sensor grain: as hard to encode as a photograph."""
    rng = np.random.default_rng(SEED + number)
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    down, across = down[..., None] / HEIGHT, across[..., None] / WIDTH
    corners = rng.uniform(20, 235, (4, 3)).astype(np.float32)
    picture = (1 - down) * ((1 - across) * corners[0] + across * corners[1])
    picture += down * ((1 - across) * corners[2] + across * corners[3])
    for cells, strength in ((6, 34), (14, 24), (40, 16), (110, 10), (320, 7)):
        noise = rng.standard_normal((cells * 16 // 9 + 2, cells + 2, 3)).astype(np.float32)
        for channel in range(3):
            mixed = noise[..., channel] * 0.35 + noise.mean(axis=2) * 0.65
            large = Image.fromarray(mixed).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
            picture[..., channel] += strength * np.asarray(large)
    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image, "RGBA")
    for _ in range(26):
        x, y, radius = int(rng.integers(0, WIDTH)), int(rng.integers(0, HEIGHT)), int(rng.integers(40, 420))
        colour = (*(int(value) for value in rng.integers(0, 255, 3)), int(rng.integers(90, 235)))
        if rng.integers(0, 2):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
        else:
            draw.rectangle((x - radius, y - radius // 2, x + radius, y + radius // 2), fill=colour)
    for x in range(0, WIDTH, 90):
        draw.line((x, HEIGHT // 2 - 200, x + 140, HEIGHT // 2 - 60), fill=(255, 255, 255, 220), width=3)
    soft = np.asarray(image.filter(ImageFilter.GaussianBlur(1.1))).astype(np.float32)
    soft += rng.normal(0, 3.2, (HEIGHT, WIDTH, 1)) + rng.normal(0, 1.2, (HEIGHT, WIDTH, 3))
    return Image.fromarray(np.clip(soft, 0, 255).astype(np.uint8))


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", type=Path, nargs="?")
    parser.add_argument("-o", "--out", type=Path, help="default: timeline.json beside the inputs (job_a.json there)")
    asked = parser.parse_args(arguments)
    inputs = asked.inputs
    if inputs is None:
        inputs = Path(tempfile.mkdtemp(prefix="reelforge-job-a-"))
        make_inputs(inputs / "inputs")
        inputs = inputs / "inputs"
    out = asked.out or inputs / "job_a.json"
    made = timeline(inputs)
    if out.parent.resolve() != inputs.resolve():
        made = absolute(made, inputs.resolve())
    out.write_text(made.model_dump_json(indent=1, exclude_defaults=True))
    print(out)


def absolute(made: Timeline, inputs: Path) -> Timeline:
    """The same timeline with paths that hold from anywhere."""
    text = made.model_dump_json()
    for name in ("photos/", "speech.wav", "music.wav"):
        text = text.replace(f'"path":"{name}', f'"path":"{inputs / name}' + ("/" if name.endswith("/") else ""))
    return Timeline.model_validate_json(text)


if __name__ == "__main__":
    main(sys.argv[1:])
