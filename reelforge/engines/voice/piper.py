"""Piper: fast neural voices in many languages, from a Piper that a person installed themselves.

Piper is under the GPL, version 3, and its voices have licences of their own, so ReelForge ships neither. It runs in a
Python of its own (``python -m venv ~/piper && ~/piper/bin/pip install "piper-tts[alignment]"``) as a helper program.
Limits: none in length; a sentence at a time. Word times are the model's own durations where the voice has them.
"""

from __future__ import annotations

import base64
import difflib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import Field

from reelforge.domain.asset import Provenance
from reelforge.domain.cues import SAMPLE_RATE, Utterance, Word
from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext, step
from reelforge.domain.value import Value
from reelforge.engines.voice import takes
from reelforge.engines.voice.helper import HelperProgram
from reelforge.engines.voice.phonemes.mapping import boundaries
from reelforge.engines.voice.spoken import VERSION, Token
from reelforge.errors import InputError, NeedsPersonError, NeverWorksError

_PROGRAM: Final = Path(__file__).parent / "piper_program"
_CONFIDENCE: Final = 0.9
_INSTALL: Final = (
    'Install it beside ReelForge: `python3 -m venv ~/piper && ~/piper/bin/pip install "piper-tts[alignment]"`, '
    'and set python_path = "~/piper/bin/python".'
)
_SILENT: Final = frozenset("^$_")
"""Piper's signs for a stretch's beginning and end, and between phonemes."""


class Options(Value):
    """``python_path``: the Python that has ``piper-tts``. ``voice``: the name of an ``.onnx`` file in
    ``voices_folder``, whose ``.onnx.json`` lies beside it. ``speed``: 1 is natural. ``speaker``: which of several.

    ``noise`` (liveliness) and ``rhythm_noise`` are the voice's own unless given. ``timeout``: seconds for a sentence.
    """

    voice: str = Field(
        min_length=1,
        pattern=r"^[^/\\-][^/\\]*$",
        json_schema_extra={"allowed": 'the name of a voice\'s file without its ending, such as "en_US-ryan-medium"'},
    )
    voices_folder: str = Field(default="~/piper/voices", min_length=1)
    python_path: str = Field(default="~/piper/bin/python", min_length=1)
    speed: float = Field(default=1.0, ge=0.5, le=2.0)
    speaker: int | None = Field(default=None, ge=0)
    noise: float | None = Field(default=None, ge=0, le=2)
    rhythm_noise: float | None = Field(default=None, ge=0, le=2)
    timeout: float = Field(default=120, gt=0, le=3_600)


class Engine:
    """Fulfils :class:`reelforge.engines.voice.VoiceEngine`."""

    name = "piper"

    def __init__(self, options: Options) -> None:
        self.voice = options.voice
        self._options = options
        self._folder = Path(options.voices_folder).expanduser()
        self._python = Path(options.python_path).expanduser()
        self._model = self._folder / f"{options.voice}.onnx"
        self._program = HelperProgram(
            "Piper helper",
            (str(self._python), str(_PROGRAM), str(self._model)),
            timeout=options.timeout,
            remedy=_INSTALL,
            environment={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )
        self._doubts = takes.Doubts("Piper")

    @property
    def identity(self) -> Mapping[str, Any]:
        places = {"voices_folder", "python_path", "timeout"}
        options = self._options.model_dump(mode="json", exclude=places)
        return {"name": self.name, "spoken": VERSION, "model": self._digest, **options}

    @step(slot="voice", version=1)
    async def speak(self, context: StepContext, sentence: str, language: str = "en") -> Utterance:
        """Raises InputError when the voice is not there or speaks another language, NeedsPersonError when Piper cannot
        be run; a flawed take is tried once more.
        """
        self._refuse_other_languages(language)
        tokens = takes.words_to_say(sentence, language)
        options = self._options
        answer = await self._program.ask(
            {
                "op": "speak",
                "words": [word for token in tokens for word in token.words],
                "pauses": [pause.replace("—", ",") for token in tokens for pause in token.pauses],
                "speed": options.speed,
                "speaker_id": options.speaker,
                "noise_scale": options.noise,
                "noise_w_scale": options.rhythm_noise,
            }
        )
        self._refuse_errors(answer)
        utterance: Utterance = await context.in_thread(self._take, context, sentence, tokens, answer)
        return utterance

    def check(self, language: str = "en") -> Iterable[Finding]:
        here = os.access(self._python, os.X_OK)
        yield Finding(
            subject="Piper's program",
            ok=here,
            sentence=f"Piper runs in {self._python}." if here else f"There is no Python for Piper at {self._python}.",
            remedy="" if here else _INSTALL,
        )
        try:
            self._refuse_other_languages(language)
            sentence = f"The voice {self.voice} ({self._language}) is there."
            yield Finding(subject="Piper's voice", ok=True, sentence=sentence)
        except InputError as error:
            yield Finding(subject="Piper's voice", ok=False, sentence=error.message, remedy=error.remedy)

    async def aclose(self) -> None:
        await self._program.aclose()

    @cached_property
    def _digest(self) -> str:
        """What tells two voice files of the same name apart. Raises InputError when there is none."""
        self._language  # noqa: B018  # it says which voices there are
        with self._model.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]

    @cached_property
    def _language(self) -> str:
        """The espeak voice that the voice's phonemes are made with, such as ``en-us``."""
        description = self._model.with_name(f"{self._model.name}.json")
        if not (self._model.is_file() and description.is_file()):
            raise InputError(f"There is no Piper voice {self.voice!r} in {self._folder}.", remedy=self._voices())
        try:
            return str(json.loads(description.read_text(encoding="utf-8"))["espeak"]["voice"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{description} does not describe a Piper voice.", remedy="Download the voice's two files again."
            ) from error

    def _voices(self) -> str:
        known = sorted(path.stem for path in self._folder.glob("*.onnx") if Path(f"{path}.json").is_file())
        near = difflib.get_close_matches(self.voice, known, n=1)
        if near:
            return f"Did you mean {near[0]!r}?"
        if known:
            return f"There are: {', '.join(known)}."
        return "Put a voice's .onnx and .onnx.json there, or set voices_folder."

    def _refuse_other_languages(self, language: str) -> None:
        if language.lower().split("-")[0] != self._language.lower().split("-")[0]:
            raise InputError(
                f"The Piper voice {self.voice!r} speaks {self._language!r}, and the script's language is {language!r}.",
                remedy="Choose a voice of that language.",
            )

    def _refuse_errors(self, answer: Mapping[str, Any]) -> None:
        problem = answer.get("error")
        if problem == "piper":
            raise NeedsPersonError(f"Piper is not installed in {self._python}: {answer['message']}.", remedy=_INSTALL)
        if problem == "voice":
            raise NeedsPersonError(
                f"The Piper voice {self._model} cannot be opened: {answer['message']}.",
                remedy="Download the voice's two files again.",
            )
        if problem:
            raise NeverWorksError(
                f"Piper could not say it: {answer['message']}.", remedy="Put the sentence another way."
            )

    def _take(
        self, context: StepContext, sentence: str, tokens: Sequence[Token], answer: Mapping[str, Any]
    ) -> Utterance:
        context.check_cancelled()
        rate = int(answer["rate"])
        whole = np.frombuffer(base64.b64decode(answer["pcm"]), "<i2").astype(np.float32) / np.float32(32_768)
        sounds, pauses = takes.sounds_in(tokens), takes.pauses_in(tokens)
        self._doubts.settle(sentence, takes.flaw(whole, rate, sounds, pauses=pauses, speed=self._options.speed))
        kept, cut = takes.trimmed(whole, rate)
        spans = _spans(answer["pieces"], answer["alone"])
        words: list[Word] = []
        if spans:
            spans = takes.from_onset(spans, takes.heard(whole, rate)[0], rate // 40)
            total = len(kept) * SAMPLE_RATE // rate
            words = takes.native_words(tokens, takes.at_48k(spans, rate, cut), total, _CONFIDENCE)
        provenance = Provenance(source=self.name, title="Narration", model=f"Piper, voice {self.voice}")
        return takes.keep(context.assets, sentence, kept, rate, words, provenance)


def _spans(pieces: Sequence[Sequence[Sequence[Any]]], alone: Sequence[str]) -> list[takes.Span]:
    """Each spoken word's span in samples by the phonemes' durations; empty when the voice has none.

    Where the sentence's phonemes come in as many groups as there are words, the groups are the words; else (``of the``
    runs together) the words' own pronunciations are laid over them.
    """
    sounds, groups = _sounds(pieces)
    if not sounds:
        return []
    if len(groups) == len(alone):
        ends = [*groups[1:], len(sounds)]
    else:
        heard = "".join(phoneme[0] for phoneme, _, _ in sounds)
        ends = boundaries(heard, [_bare(word) for word in alone])
    spans: list[takes.Span] = []
    for start, end in zip([0, *ends], ends, strict=False):
        here = spans[-1][1] if spans else sounds[0][1]
        spans.append((sounds[start][1], sounds[end - 1][2]) if end > start else (here, here))
    return spans


def _sounds(pieces: Sequence[Sequence[Sequence[Any]]]) -> tuple[list[tuple[str, int, int]], list[int]]:
    """Every phoneme that is heard with its span in samples, and which of them begin a group.

    The space between two words that flow into each other belongs to the second: there the mouth makes ready for it.
    Measured against forced alignment, starts lie 18 ms off at the median, p95 48 ms; without the space they were 54 ms
    late. After a pause the sound begins with the phoneme itself.
    """
    sounds: list[tuple[str, int, int]] = []
    groups: list[int] = []
    at = 0
    for piece in pieces:
        fresh, sounding, ready = True, False, None
        for phoneme, length in piece:
            if phoneme == " ":
                fresh, ready = True, at if sounding else None
            sounding = bool(_bare(phoneme)) and phoneme not in _SILENT
            if sounding:
                if fresh:
                    groups.append(len(sounds))
                sounds.append((phoneme, at if ready is None else ready, at + length))
                fresh, ready = False, None
            at += length
    return sounds, groups


def _bare(phonemes: str) -> str:
    return "".join(sign for sign in phonemes if sign.isalpha() or sign in "ˈˌː")
