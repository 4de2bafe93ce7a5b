"""Kokoro-82M: the voice that is always there. English, embedded, no key and no network; word times of its own."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import anyio
import anyio.to_thread
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from reelforge import resources
from reelforge.domain.asset import Provenance
from reelforge.domain.cues import SAMPLE_RATE, Utterance
from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext, step
from reelforge.domain.value import Value
from reelforge.engines.voice import kokoro_mlx, takes
from reelforge.engines.voice.kokoro_model import (
    MODEL_SHA256,
    RATE,
    KokoroModel,
    Sounds,
    default_threads,
    missing_parts,
    read_style,
    read_vocabulary,
)
from reelforge.engines.voice.kokoro_symbols import kokoro_symbols
from reelforge.engines.voice.lettering import word_spans
from reelforge.engines.voice.phonemes.client import EspeakProcess, espeak_finding, espeak_version
from reelforge.engines.voice.spoken import VERSION, Token, sayable
from reelforge.errors import InputError

_CONFIDENCE: Final = 0.97
"""Every start measured lay within 100 ms of the truth; a little is kept back for texts nobody measured."""
_ESPEAK: Final = 'Use the espeak voice for it: `engine = "espeak"`, `voice` = its language tag.'


class Options(Value):
    """``voice``: a file of ``config/voices`` (first letter a: American, b: British). ``speed``: 1 is natural.

    ``threads``: cores for one sentence; 0 takes a quarter of them, up to four. ``backend``: ``onnx`` runs everywhere;
    ``mlx`` is mlx-audio on an Apple chip's GPU; ``auto`` takes mlx where it is installed with its weights, else onnx.
    """

    voice: str = "af_heart"
    backend: Literal["auto", "onnx", "mlx"] = "auto"
    speed: float = Field(default=1.0, ge=0.5, le=2.0)
    threads: int = Field(default=0, ge=0, le=64)


def voices() -> dict[str, Path]:
    """The voices there are, by name."""
    return {path.stem: path for path in sorted((resources.folder("config") / "voices").glob("[ab]*.bin"))}


def _voice_file(name: str) -> Path:
    known = voices()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known)}."
    raise InputError(f"Kokoro has no voice called {name!r}.", remedy=hint)


class Engine:
    """Fulfils :class:`reelforge.engines.voice.VoiceEngine`. Raises InputError for a voice that is not there."""

    name = "kokoro"

    def __init__(self, options: Options) -> None:
        self.voice = options.voice
        self._options = options
        self._style_file = _voice_file(options.voice)
        self._british = options.voice.startswith("b")
        self._vocabulary = read_vocabulary(self._style_file.parent / "vocab.json")
        self._model = KokoroModel(self._vocabulary, options.threads or default_threads())
        self._espeak = EspeakProcess()
        self._backend = kokoro_mlx.backend_for(options.backend, options.voice)
        self._mlx = kokoro_mlx.KokoroMlx(options.voice, options.speed)
        self._doubts = takes.Doubts("Kokoro")

    @property
    def identity(self) -> Mapping[str, Any]:
        if self._backend == "mlx":
            shape = {"voice": self.voice, "speed": self._options.speed, "spoken": VERSION}
            return {"name": self.name, "backend": "mlx", "model": kokoro_mlx.REPOSITORY, **shape}
        return {
            "name": self.name,
            "model": MODEL_SHA256[:16],
            "voice": self.voice,
            "speed": self._options.speed,
            "spoken": VERSION,
            "espeak": espeak_version(),
        }

    @step(slot="voice", version=3)
    async def speak(self, context: StepContext, sentence: str, language: str = "en") -> Utterance:
        _refuse_other_languages(language)
        _refuse_other_letters(sentence)
        tokens = takes.words_to_say(sentence, "en-GB" if self._british else "en")
        if self._backend == "mlx":
            by_mlx: Utterance = await context.in_thread(self._say_by_mlx, context, sentence, tokens)
            return by_mlx
        words = [word for token in tokens for word in token.words]
        pauses = [pause for token in tokens for pause in token.pauses]
        ipa = await self._espeak.phonemes(words, pauses, "en-gb" if self._british else "en-us")
        sounds = [
            Sounds(kokoro_symbols(part, self._vocabulary, british=self._british), pause)
            for part, pause in zip(ipa, pauses, strict=True)
        ]
        utterance: Utterance = await context.in_thread(self._say, context, sentence, tokens, sounds)
        return utterance

    def check(self, language: str = "en") -> Iterable[Finding]:
        try:
            _refuse_other_languages(language)
        except InputError as error:
            yield Finding(subject="Kokoro's language", ok=False, sentence=error.message, remedy=error.remedy)
        if self._backend == "mlx":
            yield from kokoro_mlx.findings(self.voice)
            return
        missing = missing_parts()
        yield Finding(
            subject="Kokoro's model",
            ok=not missing,
            sentence=f"{', '.join(missing)} is not installed." if missing else "Kokoro-82M is installed.",
            remedy=f"Install it: `pip install {' '.join(part.replace('_', '-') for part in missing)}`."
            if missing
            else "",
        )
        yield espeak_finding("Kokoro's phonemes")
        yield Finding(subject="Kokoro's voice", ok=True, sentence=f"The voice {self.voice} is there.")

    async def aclose(self) -> None:
        await self._espeak.aclose()
        self._model.close()
        await anyio.to_thread.run_sync(self._mlx.close)

    def _say(self, context: StepContext, sentence: str, tokens: tuple[Token, ...], sounds: list[Sounds]) -> Utterance:
        context.check_cancelled()
        style: NDArray[np.float32] = read_style(self._style_file)
        speed = self._options.speed
        speech = self._model.speak(sounds, style, speed)
        context.check_cancelled()
        phonemes = sum(symbol.isalpha() for word in sounds for symbol in word.symbols)
        audible = [span for span, word in zip(speech.spans, sounds, strict=True) if word.symbols]
        pauses = sum(bool(word.pause) for word in sounds)
        found = takes.flaw(speech.samples, RATE, phonemes, pauses=pauses, speed=speed, spans=audible)
        self._doubts.settle(sentence, found)
        return self._kept(context, sentence, tokens, speech.samples, speech.spans)

    def _say_by_mlx(self, context: StepContext, sentence: str, tokens: tuple[Token, ...]) -> Utterance:
        context.check_cancelled()
        speech = self._mlx.speak(sayable(tokens))
        context.check_cancelled()
        found = takes.flaw(
            speech.samples,
            RATE,
            takes.sounds_in(tokens),
            pauses=takes.pauses_in(tokens),
            speed=self._options.speed,
        )
        self._doubts.settle(sentence, found)
        words = [word for token in tokens for word in token.words]
        times = word_spans(words, speech.marks, len(speech.samples) / RATE) or ()
        spans = [(round(start * RATE), round(end * RATE)) for start, end in times]
        onset = takes.heard(speech.samples, RATE)[0]
        return self._kept(context, sentence, tokens, speech.samples, takes.from_onset(spans, onset, RATE // 40))

    def _kept(
        self,
        context: StepContext,
        sentence: str,
        tokens: tuple[Token, ...],
        samples: NDArray[np.float32],
        spans: Sequence[takes.Span],
    ) -> Utterance:
        """``spans`` of the spoken words in samples of the whole take; none when their times are not known."""
        kept, cut = takes.trimmed(samples, RATE)
        total = round(len(kept) * SAMPLE_RATE / RATE)
        words = takes.native_words(tokens, takes.at_48k(spans, RATE, cut), total, _CONFIDENCE) if spans else ()
        provenance = Provenance(
            source=self.name, title="Narration", licence="Apache-2.0", model=f"Kokoro-82M v1.0, voice {self.voice}"
        )
        return takes.keep(context.assets, sentence, kept, RATE, words, provenance)


def _refuse_other_languages(language: str) -> None:
    if language.lower().split("-")[0] != "en":
        raise InputError(f"Kokoro speaks English only, and the script's language is {language!r}.", remedy=_ESPEAK)


def _refuse_other_letters(sentence: str) -> None:
    letters = [sign for sign in sentence if sign.isalpha()]
    foreign = [sign for sign in letters if not unicodedata.name(sign, "").startswith(("LATIN", "GREEK"))]
    if len(foreign) * 2 > len(letters):
        raise InputError(f"Kokoro speaks English only and cannot read “{sentence}”.", remedy=_ESPEAK)
