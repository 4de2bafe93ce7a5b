"""The narrator: a script in, its whole speech out, sentence by sentence and levelled as one recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from reelforge.domain.asset import Provenance
from reelforge.domain.cues import SAMPLE_RATE, Narration, SpokenScene, Utterance
from reelforge.domain.job import StepContext, step
from reelforge.domain.script import Script
from reelforge.domain.sentences import sentences
from reelforge.engines.voice import VoiceEngine
from reelforge.engines.voice.spoken import spoken
from reelforge.errors import InputError, NeverWorksError
from reelforge.sound.dynamics import speech_chain
from reelforge.sound.files import read, write

LOUDNESS_LUFS: Final = -16.0
CEILING_DBTP: Final = -1.0

# Silences in milliseconds. An utterance itself begins with 30 and ends with 90 ms of near-silence.
LEAD_IN_MS: Final = 90
TAIL_MS: Final = 350
SENTENCE_PAUSE_MS: Final = 170
QUESTION_PAUSE_MS: Final = 260
SCENE_PAUSE_MS: Final = 260
SCENE_LEAD_MS: Final = 90
"""A scene begins this long before its first utterance, so that its picture is there when the voice is."""


class Narrator:
    """Gives a script its voice; ``engine`` speaks the sentences."""

    def __init__(self, engine: VoiceEngine, loudness: float = LOUDNESS_LUFS) -> None:
        self._engine = engine
        self._loudness = loudness

    @property
    def identity(self) -> Mapping[str, Any]:
        pauses = [LEAD_IN_MS, TAIL_MS, SENTENCE_PAUSE_MS, QUESTION_PAUSE_MS, SCENE_PAUSE_MS, SCENE_LEAD_MS]
        return {"engine": dict(self._engine.identity), "pauses": pauses, "lufs": self._loudness, "peak": CEILING_DBTP}

    @step(version=1)
    async def narrate(self, context: StepContext, script: Script) -> Narration:
        """One nested step a sentence; then joined with pauses and levelled, peaks under −1 dBTP.

        Raises InputError naming the scene that has nothing to say, and whatever the engine raises.
        """
        spoken_scenes = [
            _cut(number, scene.narration, script.language) for number, scene in enumerate(script.scenes, 1)
        ]
        width = max(2, len(str(sum(map(len, spoken_scenes)))))
        number = 0
        async with context.together() as group:
            handles = []
            for scene in spoken_scenes:
                row = []
                for sentence in scene:
                    number += 1
                    name = f"sentence-{number:0{width}}"
                    row.append(group.step(self._engine.speak, sentence, script.language, name=name))
                handles.append(row)
        takes = [[handle.value for handle in row] for row in handles]
        narration: Narration = await context.in_thread(self._join, context, script, takes)
        return narration

    def _join(self, context: StepContext, script: Script, takes: Sequence[Sequence[Utterance]]) -> Narration:
        scenes, total = lay_out(takes)
        voice = np.zeros(total, np.float32)
        for scene in scenes:
            for start, utterance in scene.utterances:
                context.check_cancelled()
                voice[start : start + utterance.samples] = _recorded(context, utterance)
        levelled = speech_chain(voice, SAMPLE_RATE, self._loudness, CEILING_DBTP)
        context.check_cancelled()
        spoken_by = takes[0][0].audio.provenance or Provenance(source=self._engine.name)
        with context.assets.temporary(".flac") as path:
            write(path, levelled, SAMPLE_RATE)
            audio = context.assets.add_file(
                path, "audio/flac", spoken_by.model_copy(update={"title": f"Narration of {script.title}"})
            )
        return Narration(audio=audio, samples=total, scenes=scenes, engine=self._engine.name, voice=self._engine.voice)


def _cut(number: int, narration: str, language: str) -> tuple[str, ...]:
    if not any(token.words for token in spoken(narration, language)):
        raise InputError(f"Scene {number} has nothing that can be said: {narration!r}.", remedy="Give it words.")
    return sentences(narration)


def _recorded(context: StepContext, utterance: Utterance) -> NDArray[np.float32]:
    samples, rate = read(context.assets.path(utterance.audio))
    if rate != SAMPLE_RATE or samples.shape != (utterance.samples,):
        raise NeverWorksError(
            f"The recording of “{utterance.text}” is not the one that was made: it has {len(samples)} samples "
            f"at {rate} Hz, not {utterance.samples} at {SAMPLE_RATE} Hz.",
            remedy="Run the job again from its start.",
        )
    return samples


def lay_out(takes: Sequence[Sequence[Utterance]]) -> tuple[tuple[SpokenScene, ...], int]:
    """Where each utterance stands, and the narration's length in samples; scenes tile it. Pure.

    ``takes`` holds at least one utterance for every scene.
    """
    position = _samples(LEAD_IN_MS)
    placed: list[tuple[tuple[int, Utterance], ...]] = []
    for number, row in enumerate(takes):
        scene: list[tuple[int, Utterance]] = []
        for index, utterance in enumerate(row):
            if index:
                position += _samples(_pause_after(row[index - 1].text))
            elif number:
                position += _samples(SCENE_PAUSE_MS)
            scene.append((position, utterance))
            position += utterance.samples
        placed.append(tuple(scene))
    total = position + _samples(TAIL_MS)
    starts = [0, *(scene[0][0] - _samples(SCENE_LEAD_MS) for scene in placed[1:])]
    return tuple(
        SpokenScene(start=start, end=end, utterances=scene)
        for start, end, scene in zip(starts, [*starts[1:], total], placed, strict=True)
    ), total


def _pause_after(sentence: str) -> int:
    return QUESTION_PAUSE_MS if sentence.rstrip("\"'”’»)").endswith(("?", "…", "...")) else SENTENCE_PAUSE_MS


def _samples(milliseconds: int) -> int:
    return milliseconds * SAMPLE_RATE // 1000
