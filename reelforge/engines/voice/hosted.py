"""Voices behind a network: what was sent is a recording, kept as it came; what is made of it costs nothing.

A call to such a server is a step of its own, keyed by the spoken text, the voice and what shapes the sound. So the same
sentence is paid for once, whichever job says it and however often our own rules change. A recording that turns out to
be silent or cut is not asked for again by itself: it was answered, and charged. A person's retry allows one more take.
"""

from __future__ import annotations

import wave
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import structlog
from msgspec import Struct
from pydantic import Field

from reelforge.domain.asset import AssetRef, Provenance
from reelforge.domain.cues import SAMPLE_RATE, Utterance, Word
from reelforge.domain.doctor import Finding
from reelforge.domain.job import Cost, StepContext
from reelforge.domain.value import Value
from reelforge.engines.remote import Address, Server, key_missing, key_of, listening
from reelforge.engines.voice import takes
from reelforge.engines.voice.lettering import Mark, word_spans
from reelforge.engines.voice.spoken import Token, sayable
from reelforge.errors import InputError, NeedsPersonError, NeverWorksError
from reelforge.sound.files import read

_CONFIDENCE: Final = 0.9
"""Of times that a server told and the sound does not contradict; nobody has measured how exact they are."""
_FREE_TAKES: Final = 2

MEDIA_TYPES: Final = {"mp3": "audio/mpeg", "wav": "audio/wav", "flac": "audio/flac", "pcm": "audio/wav"}


class HostedOptions(Value):
    """What every voice behind a network may be told.

    ``base_url`` is the address up to ``/v1``; ``key_env`` names the environment variable that holds the key. The price
    counts for receipts. ``timeout`` bounds one whole answer and ``stall_timeout`` each silence in it, in seconds.
    """

    base_url: Address
    key_env: str | None = None
    price_per_million_characters: float = Field(default=0, ge=0)
    most_characters: int = Field(default=4_096, ge=50, le=100_000)
    timeout: float = Field(default=120, gt=0, le=3_600)
    stall_timeout: float = Field(default=60, gt=0, le=600)
    max_answer_bytes: int = Field(default=67_108_864, ge=1_024, le=1_073_741_824)

    def server(self, asked: str, options: str) -> Server:
        """The server with its key; ``asked`` and ``options`` as in :class:`Server`. Raises NeedsPersonError without."""
        return Server(
            base_url=self.base_url,
            role="voice",
            kind="speech server",
            asked=asked,
            work="a recording",
            options=options,
            key=key_of(self.key_env, self.base_url),
            timeout=self.timeout,
            stall_timeout=self.stall_timeout,
            max_answer_bytes=self.max_answer_bytes,
        )

    def finding(self, subject: str) -> Finding:
        """Whether the key is there and, on this machine, the server."""
        missing = key_missing(subject, self.key_env, self.base_url)
        found = missing or listening(subject, self.base_url)
        if found.ok or missing:
            return found
        return found.model_copy(update={"remedy": "Start the server, or correct the voice's base_url."})


class Recording(Value):
    """What a server sent for one text: the sound file, and, if it told, when each piece of the text is said (seconds).

    ``characters`` is how many were charged for.
    """

    audio: AssetRef
    marks: tuple[tuple[str, float, float], ...] = ()
    characters: int = Field(default=0, ge=0)


Record = Callable[..., Awaitable[Recording]]
"""A step ``(context, text, language, before, after, take) -> Recording``; ``take`` belongs to the key."""


class Sentence(Struct, frozen=True):
    """One sentence to be said, with what stands around it (empty when the voice is not told)."""

    written: str
    language: str
    before: str = ""
    after: str = ""


class House(Struct, frozen=True):
    """The server's ``name`` in sentences, its step that records, and what its recordings are."""

    name: str
    record: Record
    provenance: Provenance
    paid: bool
    speed: float = 1.0


async def said_by(house: House, context: StepContext, sentence: Sentence) -> Utterance:
    """The sentence as the server says it. Raises what the recording raises; InputError for a sentence without words,
    NeedsPersonError for a paid recording that cannot be used, NeverWorksError for a free one.
    """
    tokens = takes.words_to_say(sentence.written, sentence.language)
    text = sayable(tokens)
    found = ""
    for number in range(1, context.requeues + (1 if house.paid else _FREE_TAKES) + 1):
        asked = (text, sentence.language, sentence.before, sentence.after, number)
        recording = await context.step(house.record, *asked, name=f"take-{number}")
        taken = await context.in_thread(_taken, context, house, sentence.written, tokens, recording)
        if isinstance(taken, Utterance):
            return taken
        found = str(taken)
        if house.paid and await _made_now(context, number):
            break  # the takes a person's earlier retries left unused are not spent unasked
    raise _useless(house, context, sentence.written, found)


async def _made_now(context: StepContext, number: int) -> bool:
    """Whether a take was recorded in this run of the job, and not found from an earlier one."""
    name = f"{context.path}/take-{number}".strip("/")
    return any(step.name == name and not step.cached for step in (await context.account()).steps)


def _useless(house: House, context: StepContext, written: str, found: str) -> NeedsPersonError | NeverWorksError:
    what = f"{house.name}'s recording of “{written}” {found}"
    if not house.paid:
        return NeverWorksError(f"{what}.", remedy="Put the sentence another way.")
    return NeedsPersonError(
        f"{what}, and it was charged.",
        remedy=f"Put the sentence another way, or pay for another take with `reelforge retry {context.job}`.",
    )


def _taken(
    context: StepContext, house: House, written: str, tokens: Sequence[Token], recording: Recording
) -> Utterance | str:
    """The utterance, or what is wrong with the recording as the end of a sentence."""
    context.check_cancelled()
    try:
        samples, rate = _mono(context.assets.path(recording.audio))
    except InputError:
        return "is no sound that can be read, or is cut short"
    if found := _flaw(samples, rate, tokens, house.speed):
        return found
    kept, cut = takes.trimmed(samples, rate)
    total = len(kept) * SAMPLE_RATE // rate
    words = _words(tokens, recording, samples, rate, cut, total)
    return takes.keep(context.assets, written, kept, rate, words, house.provenance)


def _mono(path: Path) -> tuple[takes.Samples, int]:
    samples, rate = read(path)
    return (samples if samples.ndim == 1 else samples.mean(axis=1, dtype=np.float32)), rate


def _flaw(samples: takes.Samples, rate: int, tokens: Sequence[Token], speed: float) -> str:
    """A server may take no notice of the speed it is asked for: only what is wrong at either pace is wrong."""
    sounds, pauses = takes.sounds_in(tokens), takes.pauses_in(tokens)
    found = [takes.flaw(samples, rate, sounds, pauses=pauses, speed=pace) for pace in (speed, 1.0)]
    return found[0] if all(found) else ""


def _words(
    tokens: Sequence[Token], recording: Recording, samples: takes.Samples, rate: int, cut: int, total: int
) -> list[Word]:
    """The written words' times by what the server told; none when it told nothing that fits the text and the sound."""
    if not recording.marks:
        return []
    words = [word for token in tokens for word in token.words]
    spans = word_spans(words, [Mark(*mark) for mark in recording.marks], len(samples) / rate)
    if spans is None or _unheard(samples, rate, spans):
        structlog.get_logger("reelforge.voice").warning(
            "The voice's word times do not fit what it said; the words are found in the sound instead.",
            sentence=" ".join(words)[:80],
        )
        return []
    return takes.native_words(tokens, takes.at_48k(spans, 1.0, cut / rate), total, _CONFIDENCE)


def _unheard(samples: takes.Samples, rate: int, spans: Sequence[tuple[float, float]]) -> bool:
    at = [(round(start * rate), round(end * rate)) for start, end in spans if end > start]
    return bool(takes.silent_span(samples, rate, at))


async def kept_recording(
    context: StepContext, sound: bytes, form: str, rate: int, characters: int, marks: Sequence[Mark] = ()
) -> Recording:
    """Store what came. ``form`` is ``mp3``, ``wav``, ``flac`` or ``pcm`` (16-bit little-endian mono at ``rate`` Hz),
    which is given a WAV header so that any player opens it.
    """

    def store() -> AssetRef:
        if form != "pcm":
            return context.assets.add_bytes(sound, MEDIA_TYPES[form])
        with context.assets.temporary(".wav") as path:
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(rate)
                file.writeframes(sound[: len(sound) // 2 * 2])
            return context.assets.add_file(path, MEDIA_TYPES[form])

    audio = await context.in_thread(store)
    return Recording(audio=audio, marks=tuple(tuple(mark) for mark in marks), characters=characters)


def speech_cost(engine: str, what: str, characters: int, price_per_million: float) -> Cost:
    price = characters * price_per_million / 1_000_000
    return Cost(engine=engine, what=what, units=characters, unit="characters", price=price)
