"""The aligner: a narration in, the time of every written word out, each with how it was found and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelforge.domain.cues import SAMPLE_RATE, Alignment, Narration, SceneWords, SpokenScene, Utterance, Word
from reelforge.domain.job import StepContext, step
from reelforge.domain.script import Scene, Script
from reelforge.engines.align.estimate import Unit, estimate, speech_weight
from reelforge.engines.voice.spoken import VERSION, spoken
from reelforge.errors import NeverWorksError
from reelforge.sound.files import Sound


class Aligner:
    """Takes the times a voice gave; finds the others in the sound."""

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"name": "aligner", "spoken": VERSION}

    @step(version=1)
    async def align(self, context: StepContext, script: Script, narration: Narration) -> Alignment:
        """One :class:`Word` for every whitespace-separated token of each scene's narration, as written and in order.

        Words are monotone and lie inside their scene. Raises NeverWorksError when the narration speaks another text.
        """
        alignment: Alignment = await context.in_thread(_align, context, script, narration)
        return alignment


def _align(context: StepContext, script: Script, narration: Narration) -> Alignment:
    if len(script.scenes) != len(narration.scenes):
        raise _another_text(f"it has {len(narration.scenes)} scenes, the script {len(script.scenes)}")
    scenes: list[SceneWords] = []
    for number, (scene, said) in enumerate(zip(script.scenes, narration.scenes, strict=True), 1):
        context.check_cancelled()
        words = [word for start, part in said.utterances for word in _words(context, start, part, narration, script)]
        _refuse_mismatch(number, scene, words)
        scenes.append(SceneWords(start=said.start, end=said.end, words=tuple(_inside(said, words))))
    return Alignment(samples=narration.samples, scenes=tuple(scenes))


def _words(context: StepContext, start: int, part: Utterance, narration: Narration, script: Script) -> Sequence[Word]:
    """One utterance's words in the narration's time."""
    if part.words:
        return [word.model_copy(update={"start": word.start + start, "end": word.end + start}) for word in part.words]
    units = [Unit(speech_weight(token.words), token.pause) for token in spoken(part.text, script.language)]
    sound = _stretch(context, narration, start, part.samples)
    return [
        Word(
            text=text,
            start=start + guess.start,
            end=start + guess.end,
            confidence=guess.confidence,
            source=guess.source,
        )
        for text, guess in zip(part.text.split(), estimate(sound, SAMPLE_RATE, units), strict=True)
    ]


def _stretch(context: StepContext, narration: Narration, start: int, count: int) -> NDArray[np.float32]:
    with Sound(context.assets.path(narration.audio)) as sound:
        sound.seek(start)
        return sound.read(count)[:, 0].copy()


def _inside(scene: SpokenScene, words: Sequence[Word]) -> list[Word]:
    """The words held inside their scene, none beginning before the one before it ends."""
    floor = scene.start
    held: list[Word] = []
    for word in words:
        start = min(max(word.start, floor), scene.end)
        floor = min(max(word.end, start), scene.end)
        held.append(word.model_copy(update={"start": start, "end": floor}))
    return held


def _refuse_mismatch(number: int, scene: Scene, words: Sequence[Word]) -> None:
    written = scene.narration.split()
    given = [word.text for word in words]
    if written != given:
        at = next((index for index, pair in enumerate(zip(written, given, strict=False)) if pair[0] != pair[1]), -1)
        detail = (
            f"scene {number} reads {written[at]!r} where {given[at]!r} is spoken"
            if at >= 0
            else f"scene {number} is longer"
        )
        raise _another_text(detail)


def _another_text(detail: str) -> NeverWorksError:
    return NeverWorksError(
        f"The narration was made for another script: {detail}.", remedy="Make the narration again from this script."
    )
