"""A person's own recording: their voice in, a narration and the time of every written word out.

It takes the place of a voice engine and of the aligner. Nothing is cut from it unless asked; scenes change in the
pauses between their texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Any, Final

from reelforge.domain.asset import AssetRef, Provenance
from reelforge.domain.cues import SAMPLE_RATE, Alignment, Narration, SceneWords, SpokenScene, Word
from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext, step
from reelforge.domain.script import Script
from reelforge.domain.sentences import sentence_tokens, sentences
from reelforge.domain.value import Value
from reelforge.engines.align.aligner import LOST_WORKERS, finder_identity, inside
from reelforge.engines.align.finder import Finder
from reelforge.engines.align.follow import Followed, Listener, another_text, follow
from reelforge.engines.align.intake import Taken, take_in
from reelforge.engines.align.notes import clock, stray_notes
from reelforge.engines.align.sphinx.client import pocketsphinx_finding, sphinx_workers
from reelforge.engines.align.trimming import Kept, Span, trim, write_kept
from reelforge.engines.align.written import FoundWords
from reelforge.engines.voice.narrator import CEILING_DBTP, LOUDNESS_LUFS, SCENE_LEAD_MS
from reelforge.engines.voice.phonemes.client import EspeakProcess
from reelforge.engines.voice.spoken import spoken
from reelforge.errors import InputError
from reelforge.sound.narration import master
from reelforge.sound.tape import Tape

ENGINE: Final = "recording"
_SILENT_LUFS: Final = -65.0
_HEARD_SHARE: Final = 0.5
_NOT_HEARD: Final = 0.05
_SCENE_LEAD: Final = SCENE_LEAD_MS * SAMPLE_RATE // 1000


class TakenIn(Value):
    """A recording as mono 48 kHz FLAC at the narration's loudness, and what is to be said about it."""

    audio: AssetRef
    samples: int
    notes: tuple[str, ...] = ()


class Recorded(Value):
    """What a voice and the aligner would have given. The narration's scenes have no utterances."""

    narration: Narration
    alignment: Alignment


class Recording:
    """``trim_silence`` shortens silences at the ends and between words; ``loudness`` is the narration's, in LUFS."""

    def __init__(
        self, *, trim_silence: bool = False, loudness: float = LOUDNESS_LUFS, workers: int | None = None
    ) -> None:
        self._trim = trim_silence
        self._loudness = loudness
        self._workers = workers

    @property
    def identity(self) -> Mapping[str, Any]:
        return {**finder_identity(ENGINE), "trim": self._trim, "lufs": self._loudness, "peak": CEILING_DBTP}

    def check(self) -> Iterable[Finding]:
        yield pocketsphinx_finding()

    @step(version=1, scope="job")
    async def take(self, context: StepContext, path: str) -> TakenIn:
        """Bring a WAV, FLAC, MP3, Ogg, M4A or other file into the store, up to four hours long.

        Raises InputError for one that is missing, damaged, silent or no sound.
        """
        taken: TakenIn = await context.in_thread(self._take, context, Path(path))
        return taken

    @step(version=3)
    async def align(self, context: StepContext, script: Script, taken: TakenIn) -> Recorded:
        """Every written word in the recording; each window of some 40 s is a nested step.

        Words that are not heard have empty spans and next to no confidence, and are told in the notes, as is speech
        that is not in the text. Raises InputError when the recording speaks of something else, or a scene is not in it.
        """
        _refuse_silent_scenes(script)
        texts = [scene.narration for scene in script.scenes]
        parts = [sentence for text in texts for sentence in sentences(text, script.language, unspaced=True)]
        async with AsyncExitStack() as stack:
            finder = Finder(await stack.enter_async_context(sphinx_workers(self._workers)))
            espeak = EspeakProcess()
            stack.push_async_callback(espeak.aclose)
            followed = await follow(
                context, Listener(finder, espeak), taken.audio, taken.samples, parts, script.language
            )
        _refuse_unheard(script, followed)
        notes = [*taken.notes, *([LOST_WORKERS.format(count=finder.lost)] if finder.lost else [])]
        audio, samples = taken.audio, taken.samples
        if self._trim:
            audio, kept = await context.in_thread(_trimmed, context, taken, followed)
            samples, followed = kept.samples, _moved(followed, kept)
        return _recorded(script, audio, samples, followed, notes)

    def _take(self, context: StepContext, path: Path) -> TakenIn:
        check = context.check_cancelled
        with context.assets.temporary(".raw") as raw, context.assets.temporary(".flac") as out, Tape(raw) as tape:
            taken = take_in(path, tape, check)
            if not isfinite(taken.loudness) or taken.loudness < _SILENT_LUFS:
                raise InputError(
                    f"The recording {path} is silent.", remedy="Check the microphone, and record it again."
                )
            master(tape, out, SAMPLE_RATE, taken.loudness, target=self._loudness, ceiling=CEILING_DBTP, check=check)
            provenance = Provenance(source="person", title=f"Recording {path.name}")
            audio = context.assets.add_file(out, "audio/flac", provenance)
        return TakenIn(audio=audio, samples=taken.samples, notes=_notes(path, taken))


async def align_recording(context: StepContext, script: Script, path: Path, *, trim_silence: bool = False) -> Recorded:
    """Take in a recording and align it: both steps of :class:`Recording`."""
    recording = Recording(trim_silence=trim_silence)
    taken = await context.step(recording.take, str(path))
    return await context.step(recording.align, script, taken)


def _notes(path: Path, taken: Taken) -> tuple[str, ...]:
    if not taken.clipped:
        return ()
    return (
        f"The recording {path.name} is clipped: its loudest parts are cut off and sound rough. Record less loudly.",
    )


def _refuse_silent_scenes(script: Script) -> None:
    for number, scene in enumerate(script.scenes, 1):
        if not any(token.words for token in spoken(scene.narration, script.language)):
            raise InputError(
                f"Scene {number} has nothing that can be said: {scene.narration!r}.", remedy="Give it words."
            )


def _refuse_unheard(script: Script, followed: Followed) -> None:
    if sum(word is not None for word in followed.words) < _HEARD_SHARE * len(followed.words):
        raise another_text()
    for number, words in enumerate(_by_scene(script, followed.words), 1):
        if not any(word and word.end > word.start for word in words):
            raise InputError(
                f"Scene {number} is not in the recording: “{script.scenes[number - 1].narration[:60]}”.",
                remedy="Record it, or take it out of the text.",
            )


def _by_scene(script: Script, words: Sequence[Word | None]) -> list[list[Word | None]]:
    scenes: list[list[Word | None]] = []
    at = 0
    for scene in script.scenes:
        count = len(sentence_tokens(scene.narration, script.language))
        scenes.append(list(words[at : at + count]))
        at += count
    return scenes


def _trimmed(context: StepContext, taken: TakenIn, followed: Followed) -> tuple[AssetRef, Kept]:
    path = context.assets.path(taken.audio)
    heard = [(word.start, word.end) for word in followed.words if word and word.end > word.start]
    speech = _joined(sorted([*heard, *((start, end) for start, end, _ in followed.extra)]))
    kept = trim(path, speech, taken.samples, context.check_cancelled)
    with context.assets.temporary(".flac") as out:
        write_kept(path, kept, out, context.check_cancelled)
        return context.assets.add_file(out, "audio/flac", taken.audio.provenance), kept


def _joined(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _moved(followed: Followed, kept: Kept) -> Followed:
    return Followed(
        [
            word and word.model_copy(update={"start": kept.moved(word.start), "end": kept.moved(word.end)})
            for word in followed.words
        ],
        [(kept.moved(start), kept.moved(end), token) for start, end, token in followed.extra],
        kept.moved(followed.end),
        followed.given_up,
    )


def _recorded(script: Script, audio: AssetRef, samples: int, followed: Followed, notes: Sequence[str]) -> Recorded:
    scenes = _by_scene(script, followed.words)
    bounds = _bounds(scenes, samples)
    said: list[SpokenScene] = []
    written: list[SceneWords] = []
    first = 0
    for number, (scene, words) in enumerate(zip(script.scenes, scenes, strict=True), 1):
        stretch = SpokenScene(start=bounds[number - 1], end=bounds[number], utterances=())
        texts = sentence_tokens(scene.narration, script.language)
        placed = inside(stretch, _placed(texts, words, stretch.start))
        stray = FoundWords(
            words=tuple(placed),
            missing=tuple(index for index, word in enumerate(words) if word is None and _says(texts[index], script)),
            extra=tuple(
                (start, end, token - first)
                for start, end, token in followed.extra
                if first <= token < first + len(words) or (number == len(scenes) and token >= first)
            ),
        )
        said.append(stretch)
        written.append(
            SceneWords(
                start=stretch.start, end=stretch.end, words=tuple(placed), notes=tuple(stray_notes(number, 0, stray))
            )
        )
        first += len(words)
    narration = Narration(audio=audio, samples=samples, scenes=tuple(said), engine=ENGINE, voice="own")
    told = (*notes, *_rest(samples, followed))
    return Recorded(narration=narration, alignment=Alignment(samples=samples, scenes=tuple(written), notes=told))


def _rest(samples: int, followed: Followed) -> list[str]:
    """What is to be said of the recording's end, when not all of it was listened to."""
    unheard = samples - followed.end
    if unheard <= 2 * SAMPLE_RATE:
        return []
    last = f"The recording's last {unheard / SAMPLE_RATE:.0f} seconds, from {clock(followed.end)} on,"
    if followed.given_up:
        return [f"{last} were not listened to: none of the text's words had been heard for an hour."]
    return [f"{last} come after the text."]


def _says(text: str, script: Script) -> bool:
    return any(token.words for token in spoken(text, script.language))


def _bounds(scenes: Sequence[Sequence[Word | None]], samples: int) -> list[int]:
    """Where scenes begin and the last ends: just before the first word, within the pause that precedes it."""
    bounds = [0]
    for before, after in pairwise(scenes):
        end = max(word.end for word in before if word)
        start = next(word.start for word in after if word and word.end > word.start)
        bounds.append(start - min(_SCENE_LEAD, max(0, start - end) // 2))
    return [*bounds, samples]


def _placed(texts: Sequence[str], words: Sequence[Word | None], floor: int) -> list[Word]:
    """The words, those not heard put where the one before them ends."""
    placed: list[Word] = []
    for text, word in zip(texts, words, strict=True):
        at = placed[-1].end if placed else floor
        placed.append(word or Word(text=text, start=at, end=at, confidence=_NOT_HEARD, source="aligned"))
    return placed
