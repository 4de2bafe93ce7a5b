"""What is read is what is heard: in a finished MP4, every word lights up in the frame in which its sound begins.

The voice hums every word at a pitch of its own, so that the decoded sound itself says which word is being spoken. What
is on screen is found by comparing the frame with drawings of all captions of the script, each with each word lit.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import anyio
import av
import cv2
import numpy as np
import pytest
from PIL import Image
from scipy.signal import oaconvolve

from reelforge.domain.asset import Provenance
from reelforge.domain.caption_style import CaptionEnter, CaptionStyle
from reelforge.domain.cues import SAMPLE_RATE, Utterance, Word
from reelforge.domain.job import step
from reelforge.domain.look import Look
from reelforge.domain.picture import Picture
from reelforge.domain.script import Scene, Script
from reelforge.domain.timeline import Encode, Size, Timeline
from reelforge.engines.align.aligner import Aligner
from reelforge.engines.voice.narrator import Narrator
from reelforge.jobs.plain import PlainContext
from reelforge.recipes.compose import compose
from reelforge.render import encoders
from reelforge.render.clip_cache import ClipCache
from reelforge.render.ffmpeg import discover
from reelforge.render.planes import yuv_from_rgb
from reelforge.render.studio import Studio
from reelforge.render.text.cues import set_cue
from reelforge.render.text.layout import Field
from reelforge.render.text.shelf import shelf
from reelforge.render.text.sprite import colour
from reelforge.sound.files import write
from reelforge.store.assets import FileAssets
from reelforge.testing.drift import later

SCENES = ("The old moon pulls.", "Every sea answers, slowly rising.", "Then it turns back.")
WORDS = " ".join(SCENES).split()
LATE = SCENES[1]
"""The sentence before which the voice waits so long that the captions go away."""
PITCHES = {text: 440.0 + 130.0 * place for place, text in enumerate(WORDS)}
SIZE = Size(width=270, height=480)

SAME = 0.99
"""Likeness of a frame to what it shows; what comes nearest otherwise is the same caption with another word lit."""
ABSENT = 0.5
"""What a frame without a caption never reaches."""
EDGE = SAMPLE_RATE * 4 // 1000
"""A tone swells and fades for 4 ms; in the middle of that it has half its strength."""
HEARD_WITHIN = SAMPLE_RATE // 1000
"""How well a tone's ends can be told in compressed sound: 1 ms, a thirtieth of a frame."""

pytestmark = pytest.mark.slow


class Hum:
    """Fulfils :class:`reelforge.engines.voice.VoiceEngine`: each word is a tone of its own pitch."""

    name = "hum"
    voice = "sine"
    identity = {"name": "hum"}  # noqa: RUF012  # a property in the contract; nobody changes it

    @step(slot="voice")
    async def speak(self, context, sentence, language="en"):  # noqa: ARG002  # the contract has it
        at = SAMPLE_RATE * (9 if sentence == LATE else 1) // 10
        parts, words = [np.zeros(at, np.float32)], []
        for place, text in enumerate(sentence.split()):
            length = SAMPLE_RATE * (19 + 7 * (len(text) % 4)) // 100
            gap = SAMPLE_RATE * (3 + 2 * place) // 100
            time = np.arange(length)
            edge = np.clip(np.minimum(time, time[::-1]) / EDGE, 0, 1)
            tone = 0.2 * edge * np.sin(2 * math.pi * PITCHES[text] * time / SAMPLE_RATE)
            parts += [tone.astype(np.float32), np.zeros(gap, np.float32)]
            words.append(Word(text=text, start=at, end=at + length, confidence=1.0, source="native"))
            at += length + gap
        with context.assets.temporary(".wav") as path:
            write(path, np.concatenate(parts), SAMPLE_RATE)
            audio = context.assets.add_file(path, "audio/wav", Provenance(source=self.name))
        return Utterance(text=sentence, audio=audio, samples=at, words=tuple(words))


@dataclass(frozen=True)
class Film:
    """A decoded MP4: luma planes with the samples at which they come up, and the left channel as a player hears it."""

    luma: tuple[np.ndarray, ...]
    starts: tuple[int, ...]
    sound: np.ndarray
    sound_start: int

    @classmethod
    def read(cls, path):
        with av.open(str(path)) as file:
            frames = [(frame.to_ndarray()[: SIZE.height], frame.time) for frame in file.decode(video=0)]
        with av.open(str(path)) as file:
            blocks = [(block.to_ndarray()[0], block.time) for block in file.decode(audio=0)]
        return cls(
            tuple(luma for luma, _ in frames),
            tuple(round(time * SAMPLE_RATE) for _, time in frames),
            np.concatenate([samples for samples, _ in blocks]),
            round(blocks[0][1] * SAMPLE_RATE),
        )

    def heard(self, pitch):
        """The first sample and the end of the longest stretch in which there is a tone of this pitch."""
        turned = self.sound * np.exp(-2j * math.pi * pitch * np.arange(len(self.sound)) / SAMPLE_RATE)
        strength = np.abs(oaconvolve(turned, np.hanning(SAMPLE_RATE // 50), "same"))
        loud = np.flatnonzero(strength > np.median(np.sort(strength)[-SAMPLE_RATE // 8 :]) / 2)
        stretches = np.split(loud, np.flatnonzero(np.diff(loud) > 1) + 1)
        longest = max(stretches, key=len) + self.sound_start
        return longest[0] - EDGE // 2, longest[-1] + EDGE // 2


@dataclass(frozen=True)
class Drawing:
    """A caption with one word lit, as luma where it is opaque, in its place in the frame."""

    cue: int
    luma: np.ndarray
    solid: np.ndarray
    place: tuple[slice, slice]

    def likeness(self, luma):
        """Normalised correlation with a frame: 1 = the very same drawing, whatever its opacity."""
        return float(np.corrcoef(luma[self.place][self.solid], self.luma[self.solid])[0, 1])


def _drawings(timeline):
    style = timeline.caption_style
    found = []
    for number, cue in enumerate(timeline.cues):
        made = set_cue(cue, timeline, Field.of(timeline), shelf())
        for word in range(len(cue.words)):
            rgba = made.draw(colour(style.colour), colour(style.highlight), word)
            box = made.box
            place = (slice(box.top, box.bottom), slice(box.left, box.right))
            found.append(Drawing(number, yuv_from_rgb(rgba[..., :3])[..., 0].astype(float), rgba[..., 3] > 250, place))
    return found


async def _narrated(assets):
    script = Script(title="Tides", scenes=tuple(Scene(narration=text) for text in SCENES))
    context = PlainContext(assets)
    narration = await context.step(Narrator(Hum()).narrate, script)
    alignment = await context.step(Aligner().align, script, narration)
    pictures = []
    for number in range(len(SCENES)):
        noise = np.random.default_rng(number).integers(0, 256, (640, 360, 3), np.uint8)
        soft = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 5), None, 20, 235, cv2.NORM_MINMAX)
        with assets.temporary(".png") as path:
            Image.fromarray(soft).save(path)
            asset = assets.add_file(path, "image/png")
        pictures.append(Picture(asset=asset, width=360, height=640, engine="noise"))
    standing = CaptionStyle(enter=CaptionEnter(name="none"))  # a drawing is compared with what does not move
    look = Look(size=SIZE, captions=standing, encode=Encode(preset="ultrafast", crf=20))
    return alignment.words, compose(script, narration, alignment, pictures, None, look)


class Cinema:
    """The narrated timeline with its words' times, and films of it."""

    def __init__(self, folder: Path):
        self._assets = FileAssets(folder / "assets")
        self._studio = Studio(ClipCache(folder / "cache"), discover(), encoders.named("libx264"), folder)
        self.words, self.timeline = anyio.run(_narrated, self._assets)
        self.drawings = _drawings(self.timeline)

    def film(self, timeline: Timeline) -> Film:
        rendition = anyio.run(PlainContext(self._assets).step, self._studio.render, timeline)
        return Film.read(self._assets.path(rendition.video))

    def misheard(self, film: Film) -> list[str]:
        """The words that do not sound when they should, as samples early or late."""
        found = []
        for word in self.words:
            start, end = film.heard(PITCHES[word.text])
            if max(abs(start - word.start), abs(end - word.end)) > HEARD_WITHIN:
                found.append(f"{word.text}: {start - word.start:+d} … {end - word.end:+d}")
        return found

    def mistakes(self, film: Film) -> list[tuple[int, str, str]]:
        """Frames that show another word than the last one begun: (frame, that word, what was seen).

        Once a word has ended and no other begun, nothing may be shown as well.
        """
        found = []
        for number, (luma, at) in enumerate(zip(film.luma, film.starts, strict=True)):
            begun = [place for place, word in enumerate(self.words) if word.start <= at]
            due = begun[-1] if begun else None
            likeness = [drawing.likeness(luma) for drawing in self.drawings]
            seen = int(np.argmax(likeness)) if max(likeness) > ABSENT else None
            if due is None or (seen is None and self.words[due].end <= at):
                right = seen is None
            elif seen is None:
                right = False
            else:
                right = seen == due and likeness[due] > SAME
            if not right:
                found.append((number, "" if due is None else WORDS[due], "" if seen is None else WORDS[seen]))
        return found


@pytest.fixture(scope="module")
def cinema(tmp_path_factory):
    return Cinema(tmp_path_factory.mktemp("cinema"))


def _lit_in_turn(timeline):
    """The same with every caption's words standing, and lit, in each other's stead."""
    cues = []
    for cue in timeline.cues:
        others = [{"text": word.text} for word in (*cue.words[1:], cue.words[0])]
        words = [word.model_copy(update=other) for word, other in zip(cue.words, others, strict=True)]
        cues.append(cue.model_copy(update={"words": tuple(words)}))
    return timeline.model_copy(update={"cues": tuple(cues)})


def test_each_frame_shows_the_word_that_is_heard_and_none_before_it_is(cinema):
    assert [word.text for word in cinema.words] == WORDS
    assert [word.text for cue in cinema.timeline.cues for word in cue.words] == WORDS
    assert all(len(cue.words) > 1 for cue in cinema.timeline.cues)
    film = cinema.film(cinema.timeline)
    assert len(film.luma) == cinema.timeline.frames
    assert cinema.misheard(film) == []
    assert cinema.mistakes(film) == []


@pytest.mark.parametrize("frames", [-3, 1, 3])
def test_captions_that_are_early_or_late_are_noticed_at_every_word(cinema, frames):
    mistakes = cinema.mistakes(cinema.film(later(cinema.timeline, frames)))
    assert len(mistakes) >= abs(frames) * len(WORDS)
    assert {due if frames > 0 else seen for _, due, seen in mistakes} >= set(WORDS)


def test_a_wrong_word_lit_is_noticed_at_every_word(cinema):
    mistakes = cinema.mistakes(cinema.film(_lit_in_turn(cinema.timeline)))
    assert {due for _, due, _ in mistakes} == set(WORDS)


def test_speech_that_is_late_is_noticed_at_every_word(cinema):
    late = cinema.timeline.audio.model_copy(update={"speech_start": SAMPLE_RATE // 10})
    assert len(cinema.misheard(cinema.film(cinema.timeline.model_copy(update={"audio": late})))) == len(WORDS)
