"""The narrator: a script in, its whole speech out, sentence by sentence and levelled as one recording."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import anyio
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.domain.asset import Provenance
from reelforge.domain.cues import SAMPLE_RATE, Narration, SpokenScene, Utterance
from reelforge.domain.job import StepContext, step
from reelforge.domain.script import Script
from reelforge.domain.sentences import sentences
from reelforge.engines.voice import VoiceEngine, terms_of
from reelforge.engines.voice.clauses import clauses
from reelforge.engines.voice.spoken import spoken
from reelforge.errors import InputError, NeedsPersonError, NeverWorksError, ReelForgeError
from reelforge.sound.files import read
from reelforge.sound.narration import master, voice_loudness
from reelforge.sound.tape import Tape

LOUDNESS_LUFS: Final = -16.0
CEILING_DBTP: Final = -1.0

# Silences in milliseconds. An utterance itself begins with 30 and ends with 90 ms of near-silence.
LEAD_IN_MS: Final = 90
TAIL_MS: Final = 350
SENTENCE_PAUSE_MS: Final = 170
QUESTION_PAUSE_MS: Final = 260
PARAGRAPH_PAUSE_MS: Final = 380
SCENE_PAUSE_MS: Final = 260
SCENE_LEAD_MS: Final = 90
"""A scene begins this long before its first utterance, so that its picture is there when the voice is."""
CLAUSE_PAUSES_MS: Final = {",": 60, "—": 110, ":": 110, ";": 130}
"""Within a sentence that was too long to be said at once; where it was cut without any mark there is no pause."""
_CLOSERS: Final = "\"'”’»)]}*_"


class Line(Struct, frozen=True):
    """What is said at once, and the silence after it in milliseconds when its scene goes on."""

    text: str
    pause: int


class Narrator:
    """Gives a script its voice; ``engine`` speaks the sentences."""

    def __init__(self, engine: VoiceEngine, loudness: float = LOUDNESS_LUFS) -> None:
        self._engine = engine
        self._loudness = loudness

    @property
    def identity(self) -> Mapping[str, Any]:
        pauses = [LEAD_IN_MS, TAIL_MS, SENTENCE_PAUSE_MS, QUESTION_PAUSE_MS, PARAGRAPH_PAUSE_MS, SCENE_PAUSE_MS]
        pauses += [SCENE_LEAD_MS, *CLAUSE_PAUSES_MS.values()]
        return {"engine": dict(self._engine.identity), "pauses": pauses, "lufs": self._loudness, "peak": CEILING_DBTP}

    @step(version=4)
    async def narrate(self, context: StepContext, script: Script) -> Narration:
        """One nested step a sentence; then joined with pauses and levelled, peaks under −1 dBTP.

        Raises InputError naming the scene that has nothing to say, and whatever the engine raises.
        """
        most = terms_of(self._engine).most_characters
        scenes = [
            script_lines(number, scene.narration, script.language, most)
            for number, scene in enumerate(script.scenes, 1)
        ]
        said = await self._say(context, [line.text for scene in scenes for line in scene], script.language)
        takes = [[said.pop(0) for _ in scene] for scene in scenes]
        pauses = [[line.pause for line in scene] for scene in scenes]
        narration: Narration = await context.in_thread(self._join, context, script, takes, pauses)
        return narration

    async def _say(self, context: StepContext, texts: Sequence[str], language: str) -> list[Utterance]:
        """All lines at the same time, each a nested step. The first failure ends the others, unless they cost money:
        those are finished and kept before it is told.
        """
        terms = terms_of(self._engine)
        width = max(2, len(str(len(texts))))
        asked: list[tuple[str, ...]] = []
        for number, text in enumerate(texts):
            around = (" ".join(texts[max(0, number - 1) : number]), " ".join(texts[number + 1 : number + 2]))
            asked.append((text, language, *(around if terms.continuity else ())))
        names = [f"sentence-{number:0{width}}" for number in range(1, len(texts) + 1)]
        if terms.paid:
            return await self._say_all(context, asked, names)
        async with context.together() as group:
            handles = [
                group.step(self._engine.speak, *values, name=name) for values, name in zip(asked, names, strict=True)
            ]
        return [handle.value for handle in handles]

    async def _say_all(
        self, context: StepContext, asked: Sequence[tuple[str, ...]], names: Sequence[str]
    ) -> list[Utterance]:
        said: dict[str, Utterance] = {}
        failures: list[ReelForgeError] = []

        async def one(values: tuple[str, ...], name: str) -> None:
            try:
                said[name] = await context.step(self._engine.speak, *values, name=name)
            except ReelForgeError as error:
                failures.append(error)

        async with anyio.create_task_group() as tasks:
            for values, name in zip(asked, names, strict=True):
                tasks.start_soon(one, values, name)
        if failures:
            raise min(failures, key=_urgency)
        return [said[name] for name in names]

    def _join(
        self,
        context: StepContext,
        script: Script,
        takes: Sequence[Sequence[Utterance]],
        pauses: Sequence[Sequence[int]],
    ) -> Narration:
        scenes, total = lay_out(takes, pauses)
        check = context.check_cancelled
        spoken_by = takes[0][0].audio.provenance or Provenance(source=self._engine.name)
        with context.assets.temporary(".raw") as raw, context.assets.temporary(".flac") as path, Tape(raw) as tape:
            for start, utterance in (one for scene in scenes for one in scene.utterances):
                check()
                tape.silence(start)
                tape.append(_recorded(context, utterance))
            tape.silence(total)
            loudness = voice_loudness(tape, SAMPLE_RATE, check)
            master(tape, path, SAMPLE_RATE, loudness, target=self._loudness, ceiling=CEILING_DBTP, check=check)
            audio = context.assets.add_file(
                path, "audio/flac", spoken_by.model_copy(update={"title": f"Narration of {script.title}"})
            )
        return Narration(audio=audio, samples=total, scenes=scenes, engine=self._engine.name, voice=self._engine.voice)


def _urgency(error: ReelForgeError) -> int:
    """What a person must mend goes first, then what will never work; a busy server says least."""
    return 0 if isinstance(error, NeedsPersonError) else 1 if isinstance(error, NeverWorksError) else 2


def script_lines(number: int, narration: str, language: str, most: int | None = None) -> list[Line]:
    """What a scene says, line by line: its sentences, those over ``most`` characters of spoken text cut into clauses.

    The written tokens of all lines are the narration's. Raises InputError naming the scene that has nothing to say.
    """
    if not any(token.words for token in spoken(narration, language)):
        raise InputError(f"Scene {number} has nothing that can be said: {narration!r}.", remedy="Give it words.")
    lines: list[Line] = []
    for paragraph in _paragraphs(narration):
        for sentence in sentences(paragraph, language, unspaced=True):
            *heads, last = clauses(sentence, language, most)
            lines += [Line(text, _clause_pause(text)) for text in heads]
            lines.append(Line(last, _pause_after(last)))
        lines[-1] = Line(lines[-1].text, PARAGRAPH_PAUSE_MS)
    return lines


def _paragraphs(narration: str) -> list[str]:
    """Parts between blank lines; one that says nothing goes with the part before it, or else after it."""
    found: list[str] = []
    for part in re.split(r"\n\s*\n", narration):
        silent = not any(sign.isalnum() for sign in part)
        if found and (silent or not any(sign.isalnum() for sign in found[-1])):
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return found


def _recorded(context: StepContext, utterance: Utterance) -> NDArray[np.float32]:
    samples, rate = read(context.assets.path(utterance.audio))
    if rate != SAMPLE_RATE or samples.shape != (utterance.samples,):
        raise NeverWorksError(
            f"The recording of “{utterance.text}” is not the one that was made: it has {len(samples)} samples "
            f"at {rate} Hz, not {utterance.samples} at {SAMPLE_RATE} Hz.",
            remedy="Run the job again from its start.",
        )
    return samples


def lay_out(
    takes: Sequence[Sequence[Utterance]], pauses: Sequence[Sequence[int]] | None = None
) -> tuple[tuple[SpokenScene, ...], int]:
    """Where each utterance stands, and the narration's length in samples; scenes tile it. Pure.

    ``takes`` holds at least one utterance for every scene; ``pauses`` the milliseconds after each within its scene, by
    default what the last mark of its text asks for.
    """
    pauses = pauses or [[_pause_after(utterance.text) for utterance in row] for row in takes]
    position = _samples(LEAD_IN_MS)
    placed: list[tuple[tuple[int, Utterance], ...]] = []
    for number, row in enumerate(takes):
        scene: list[tuple[int, Utterance]] = []
        for index, utterance in enumerate(row):
            if index:
                position += _samples(pauses[number][index - 1])
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
    return QUESTION_PAUSE_MS if sentence.rstrip(_CLOSERS).endswith(("?", "…", "...")) else SENTENCE_PAUSE_MS


def _clause_pause(clause: str) -> int:
    last = clause.rstrip(_CLOSERS)[-1:].replace("–", "—")
    return CLAUSE_PAUSES_MS.get(last, 0)


def _samples(milliseconds: int) -> int:
    return milliseconds * SAMPLE_RATE // 1000
