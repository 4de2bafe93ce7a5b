"""The aligner: a narration in, the time of every written word out, each with how it was found and how sure that is."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, Final

from reelforge.domain.asset import AssetRef
from reelforge.domain.cues import SAMPLE_RATE, Alignment, Narration, SceneWords, SpokenScene, Utterance, Word
from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext, step
from reelforge.domain.script import Scene, Script
from reelforge.domain.tokens import tokens
from reelforge.engines.align.crosscheck import Opinions, apart, resolved
from reelforge.engines.align.finder import Finder
from reelforge.engines.align.notes import stray_notes
from reelforge.engines.align.pronounce import pronounced
from reelforge.engines.align.said import RATE, Samples
from reelforge.engines.align.sphinx.client import pocketsphinx_finding, pocketsphinx_version, sphinx_workers
from reelforge.engines.align.written import FoundWords, found_words
from reelforge.engines.voice.phonemes.client import EspeakProcess, espeak_version
from reelforge.engines.voice.spoken import VERSION, spoken
from reelforge.errors import NeverWorksError
from reelforge.sound.files import Sound
from reelforge.sound.resample import resample

Part = tuple[int, Utterance]
"""An utterance and the sample of the narration that it begins at."""

LOST_WORKERS: Final = (
    "The word finder stopped working {count} times, so those words are placed by the energy of the sound, less exactly."
)


class Aligner:
    """Takes the times a voice gave and checks them; finds the others in the sound.

    ``workers`` bounds how many word finders run at once; by default one for each core.
    """

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers

    @property
    def identity(self) -> Mapping[str, Any]:
        return finder_identity("aligner")

    @step(version=3)
    async def align(self, context: StepContext, script: Script, narration: Narration) -> Alignment:
        """One :class:`Word` for every whitespace-separated token of each scene's narration, as written and in order.

        Words are monotone and lie inside their scene. Every utterance is a nested step; those whose voice tells other
        times than its sound are heard once more, thoroughly. Raises NeverWorksError when the narration speaks another
        text.
        """
        _refuse_mismatch(script, narration)
        parts = [part for scene in narration.scenes for part in scene.utterances]
        async with AsyncExitStack() as stack:
            finder = Finder(await stack.enter_async_context(sphinx_workers(self._workers)))
            espeak = EspeakProcess()
            stack.push_async_callback(espeak.aclose)
            listener = UtteranceFinder(finder, espeak)
            asked = {n: not part.words for n, (_, part) in enumerate(parts) if finder.exact or not part.words}
            found = await _heard(context, listener, narration.audio, script.language, parts, asked)
            doubted = [n for scene in _numbered(narration) if apart(_opinions(parts, found, scene)) for n in scene]
            again = {n: True for n in doubted if parts[n][1].words}
            found |= await _heard(context, listener, narration.audio, script.language, parts, again)
        scenes = [
            _scene(number, said, [found.get(n) for n in numbers])
            for number, (said, numbers) in enumerate(zip(narration.scenes, _numbered(narration), strict=True), 1)
        ]
        notes = (LOST_WORKERS.format(count=finder.lost),) if finder.lost else ()
        return Alignment(samples=narration.samples, scenes=tuple(scenes), notes=notes)

    def check(self) -> Iterable[Finding]:
        yield pocketsphinx_finding()


def finder_identity(name: str) -> dict[str, Any]:
    """What changes the words' times: the spoken text's rules and the programs that know how words sound."""
    return {"name": name, "spoken": VERSION, "pocketsphinx": pocketsphinx_version(), "espeak": espeak_version()}


class UtteranceFinder:
    """Finds the words of one utterance in its stretch of the narration."""

    def __init__(self, finder: Finder, espeak: EspeakProcess) -> None:
        self._finder = finder
        self._espeak = espeak

    @property
    def identity(self) -> Mapping[str, Any]:
        return finder_identity("words")

    @step(version=2)
    async def find(
        self, context: StepContext, part: Utterance, at: int, audio: AssetRef, language: str, judged: bool
    ) -> FoundWords:
        """Times are in samples from the utterance's start; ``judged`` also says how well they fit, and what is missing.
        Raises NeverWorksError when the sound speaks of something else and the voice told no times.
        """
        said = spoken(part.text, language)
        words = await pronounced(self._espeak, said, language)
        samples: Samples = await context.in_thread(stretch, context, audio, at, part.samples)
        found = await self._finder.find(context, samples, words, judge=judged)
        if found.another_text and not part.words:
            raise NeverWorksError(
                f"The recording of “{part.text}” says something else.", remedy="Record it again, or correct the text."
            )
        return found_words(said, found, part.samples)


async def _heard(
    context: StepContext,
    listener: UtteranceFinder,
    audio: AssetRef,
    language: str,
    parts: Sequence[Part],
    asked: Mapping[int, bool],
) -> dict[int, FoundWords]:
    """The words of the utterances asked for, by number, judged or not; all at the same time."""
    width = max(2, len(str(len(parts))))
    async with context.together() as group:
        handles = {
            number: group.step(
                listener.find,
                parts[number][1],
                parts[number][0],
                audio,
                language,
                judged,
                name=f"words-{number + 1:0{width}}{'-judged' if judged else ''}",
            )
            for number, judged in asked.items()
        }
    return {number: handle.value for number, handle in handles.items()}


def _numbered(narration: Narration) -> list[range]:
    """The numbers of each scene's utterances."""
    ends = list(itertools.accumulate((len(scene.utterances) for scene in narration.scenes), initial=0))
    return [range(first, end) for first, end in itertools.pairwise(ends)]


def _opinions(parts: Sequence[Part], found: Mapping[int, FoundWords], scene: Iterable[int]) -> list[Opinions]:
    return [(parts[number][1].words, found[number].words if number in found else ()) for number in scene]


def stretch(context: StepContext, audio: AssetRef, start: int, count: int) -> Samples:
    """Part of a mono 48 kHz asset, at 16 kHz."""
    with Sound(context.assets.path(audio)) as sound:
        sound.seek(start)
        return resample(sound.read(count)[:, 0].copy(), SAMPLE_RATE, RATE)


def _scene(number: int, said: SpokenScene, found: Sequence[FoundWords | None]) -> SceneWords:
    words: list[Word] = []
    notes: list[str] = []
    pairs = list(zip(said.utterances, found, strict=True))
    chosen, disputes = resolved(number, [(part.words, heard.words if heard else ()) for (_, part), heard in pairs])
    for ((start, _), heard), mine in zip(pairs, chosen, strict=True):
        words += [word.model_copy(update={"start": word.start + start, "end": word.end + start}) for word in mine]
        notes += stray_notes(number, start, heard) if heard else []
    return SceneWords(start=said.start, end=said.end, words=tuple(inside(said, words)), notes=(*disputes, *notes))


def inside(scene: SpokenScene, words: Sequence[Word]) -> list[Word]:
    """The words held inside their scene, none beginning before the one before it ends."""
    floor = scene.start
    held: list[Word] = []
    for word in words:
        start = min(max(word.start, floor), scene.end)
        floor = min(max(word.end, start), scene.end)
        held.append(word.model_copy(update={"start": start, "end": floor}))
    return held


def _refuse_mismatch(script: Script, narration: Narration) -> None:
    if len(script.scenes) != len(narration.scenes):
        raise _another_text(f"it has {len(narration.scenes)} scenes, the script {len(script.scenes)}")
    for number, (scene, said) in enumerate(zip(script.scenes, narration.scenes, strict=True), 1):
        _refuse_other_words(number, scene, said)


def _refuse_other_words(number: int, scene: Scene, said: SpokenScene) -> None:
    written = tokens(scene.narration)
    given = [word for _, part in said.utterances for word in tokens(part.text)]
    if "".join(written) != "".join(given):  # a sentence cut in two for its length may have other tokens
        pairs = itertools.zip_longest(written, given, fillvalue="")
        wanted, spoken_word = next(pair for pair in pairs if pair[0] != pair[1])
        detail = f"reads {wanted!r} where {spoken_word!r} is spoken" if wanted and spoken_word else "is longer"
        raise _another_text(f"scene {number} {detail}")


def _another_text(detail: str) -> NeverWorksError:
    return NeverWorksError(
        f"The narration was made for another script: {detail}.", remedy="Make the narration again from this script."
    )
