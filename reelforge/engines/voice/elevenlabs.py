"""ElevenLabs: hosted voices that tell when each character is said (``/text-to-speech/{voice}/with-timestamps``).

Limits: 5,000 characters at once suit every model; calls at a time are bounded by the plan, so set ``voice`` in
``[slots]`` to what it allows. Every call is charged by the character.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from pydantic import Field

from reelforge.domain.asset import Provenance
from reelforge.domain.cues import Utterance
from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext, step
from reelforge.engines.remote import (
    Address,
    BrokenAnswerError,
    Connection,
    Server,
    answer_of,
    maybe_paid,
    read_all,
)
from reelforge.engines.voice import Terms
from reelforge.engines.voice.hosted import (
    HostedOptions,
    House,
    Recording,
    Sentence,
    kept_recording,
    said_by,
    speech_cost,
)
from reelforge.engines.voice.lettering import Mark
from reelforge.engines.voice.spoken import VERSION
from reelforge.errors import NeedsPersonError, ReelForgeError

Form = Literal[
    "mp3_22050_32", "mp3_44100_64", "mp3_44100_96", "mp3_44100_128", "mp3_44100_192",
    "pcm_16000", "pcm_22050", "pcm_24000", "pcm_44100", "pcm_48000",
]  # fmt: skip
_LISTED_VOICES: Final = 12
_SEEDS: Final = 2**32
_LIST_BYTES: Final = 4_194_304
_CHARGED: Final = "character-cost"
"""The header that tells how many characters a call was charged for."""


class Options(HostedOptions):
    """``voice`` is the voice's id, and the price your plan's.

    ``form`` is codec, rate and bit rate; some need a larger plan. The four values of 0–1 and ``speed`` (0.7–1.2) are
    the voice's own unless given. A ``seed`` makes takes repeatable as far as the server can. ``continuity`` tells the
    server the sentences around each, for a smoother melody; the price is that an edited sentence has its neighbours
    recorded, and paid, anew. ``tell_language`` sends the script's language, which not every model takes.
    """

    voice: str = Field(
        min_length=1,
        pattern=r"^[A-Za-z0-9_-]+$",
        json_schema_extra={"allowed": 'the id of one of your voices, such as "JBFqnCBsd6RMkjVDRZzb"'},
    )
    model: str = Field(default="eleven_multilingual_v2", min_length=1)
    base_url: Address = "https://api.elevenlabs.io/v1"
    key_env: str = Field(default="ELEVENLABS_API_KEY", min_length=1)
    form: Form = "mp3_44100_128"
    stability: float | None = Field(default=None, ge=0, le=1)
    similarity_boost: float | None = Field(default=None, ge=0, le=1)
    style: float | None = Field(default=None, ge=0, le=1)
    speed: float | None = Field(default=None, ge=0.7, le=1.2)
    seed: int | None = Field(default=None, ge=0, le=4_294_967_295)
    continuity: bool = False
    tell_language: bool = False
    most_characters: int = Field(default=5_000, ge=50, le=40_000)


class _NoVoiceError(Exception):
    """The server does not know the voice; ``str`` is what it said."""


class _Recorder:
    """Asks for one recording, which is charged whatever it turns out to be."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._connection = Connection()

    @property
    def identity(self) -> Mapping[str, Any]:
        decisive = {
            *("base_url", "voice", "model", "form", "stability", "similarity_boost", "style", "speed", "seed"),
            "tell_language",
        }
        return {"engine": "elevenlabs", "part": "record", **self._options.model_dump(mode="json", include=decisive)}

    @step(slot="voice", version=1, tries=4, paid="unclear")
    async def record(
        self,
        context: StepContext,
        text: str,
        language: str,
        before: str,
        after: str,
        take: int,
    ) -> Recording:
        """Each ``take`` has a seed of its own. Raises as :func:`reelforge.engines.remote.answer_of` does;
        NeedsPersonError that lists the voices when this one is not known, MaybePaidError when the answer breaks off or
        makes no sense.
        """
        options = self._options
        server = options.server(f"model {options.model!r}", "the voice's model and base_url")
        try:
            document, charged = await self._ask(context, server, self._body(text, language, before, after, take))
            sound = _sound(document, server)
        except _NoVoiceError as refused:
            raise await self._no_voice(server, str(refused), context.clock.now()) from None
        except BrokenAnswerError as error:
            raise maybe_paid(error, context.job) from error
        characters = charged or len(text)
        what = f"speech by {options.model}, voice {options.voice}"
        context.spend(speech_cost("elevenlabs", what, characters, options.price_per_million_characters))
        codec, rate = options.form.split("_")[:2]
        return await kept_recording(context, sound, codec, int(rate), characters, _marks(document))

    def _body(self, text: str, language: str, before: str, after: str, take: int) -> dict[str, Any]:
        options = self._options
        shape = options.model_dump(include={"stability", "similarity_boost", "style", "speed"}, exclude_none=True)
        body = {
            "text": text,
            "model_id": options.model,
            "voice_settings": shape,
            "seed": None if options.seed is None else (options.seed + take - 1) % _SEEDS,
            "previous_text": before,
            "next_text": after,
            "language_code": language.split("-", maxsplit=1)[0].lower() if options.tell_language else None,
        }
        return {key: value for key, value in body.items() if value not in (None, "", {})}

    async def _ask(self, context: StepContext, server: Server, body: Mapping[str, Any]) -> tuple[Any, int]:
        path = f"text-to-speech/{self._options.voice}/with-timestamps?output_format={self._options.form}"
        headers = {
            "Accept": "application/json",
            "Idempotency-Key": context.idempotency_key,
            "xi-api-key": server.key or "",
        }
        asked = answer_of(self._connection.open(), server, path, body, headers, context.clock.now(), _voice_refused)
        async with asked as response:
            if response.content_type != "application/json":
                raise server.wrong_type(response)
            charged = response.headers.get(_CHARGED, "")
            data = await read_all(response, server, server.max_answer_bytes)
        document = await context.in_thread(_decoded, data, server)
        return document, int(charged) if charged.isascii() and charged.isdecimal() else 0

    async def _no_voice(self, server: Server, said: str, now: float) -> NeedsPersonError:
        """The refusal with the account's own voices, which cost nothing to ask for."""
        try:
            headers = {"Accept": "application/json", "xi-api-key": server.key or ""}
            async with answer_of(self._connection.open(), server, "voices", None, headers, now) as response:
                listed = _voices(_decoded(await read_all(response, server, _LIST_BYTES), server))
        except ReelForgeError:
            listed = ""  # the refusal itself is what there is to tell
        return NeedsPersonError(
            f"ElevenLabs has no voice {self._options.voice!r} ({said}).",
            remedy=f"Your account has these: {listed}." if listed else "Copy the voice's id from its page.",
        )

    async def aclose(self) -> None:
        await self._connection.aclose()


class Engine:
    """Fulfils :class:`reelforge.engines.voice.VoiceEngine`."""

    name = "elevenlabs"

    def __init__(self, options: Options) -> None:
        self.voice = options.voice
        self.terms = Terms(most_characters=options.most_characters, paid=True, continuity=options.continuity)
        self._options = options
        self._recorder = _Recorder(options)
        self._house = House(
            name="ElevenLabs",
            record=self._recorder.record,
            provenance=Provenance(
                source=self.name,
                title="Narration",
                url="https://elevenlabs.io",
                model=f"ElevenLabs {options.model}, voice {options.voice}",
            ),
            paid=True,
            speed=options.speed or 1.0,
        )

    @property
    def identity(self) -> Mapping[str, Any]:
        return {**self._recorder.identity, "name": self.name, "part": "speak", "spoken": VERSION}

    @step(slot="voice", version=1)
    async def speak(
        self, context: StepContext, sentence: str, language: str = "en", before: str = "", after: str = ""
    ) -> Utterance:
        return await said_by(self._house, context, Sentence(sentence, language, before, after))

    def check(self, language: str = "en") -> Iterable[Finding]:  # noqa: ARG002 - its models speak many
        options = self._options
        subject = f"voice elevenlabs ({options.voice})"
        yield options.finding(subject)
        if not options.price_per_million_characters:
            yield Finding(
                subject=subject,
                ok=False,
                sentence="ElevenLabs charges by the character; receipts will count characters but no money.",
                remedy="Set price_per_million_characters to your plan's price in [engines.voice.elevenlabs].",
                optional=True,
            )

    async def aclose(self) -> None:
        await self._recorder.aclose()


def _voice_refused(status: int, said: str) -> _NoVoiceError | None:
    return _NoVoiceError(said) if status in {400, 404} and "voice_not_found" in said else None


def _decoded(data: bytes, server: Server) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BrokenAnswerError(f"{server.base_url} answered with something that is not JSON.") from error
    if not isinstance(document, dict):
        raise BrokenAnswerError(f"{server.base_url} answered with something of an unknown form.")
    return document


def _sound(document: Mapping[str, Any], server: Server) -> bytes:
    coded = document.get("audio_base64")
    if not isinstance(coded, str) or not coded:
        raise BrokenAnswerError(f"{server.base_url} answered without a recording.")
    try:
        return base64.b64decode(coded, validate=True)
    except binascii.Error as error:
        raise BrokenAnswerError(f"{server.base_url} answered with a recording that cannot be decoded.") from error


def _marks(document: Mapping[str, Any]) -> list[Mark]:
    """The characters' times, or none when there are none that hang together: the sound is what was paid for."""
    alignment = document.get("alignment")
    if not isinstance(alignment, dict):
        return []
    columns = [
        alignment.get(key) for key in ("characters", "character_start_times_seconds", "character_end_times_seconds")
    ]
    if not all(isinstance(column, list) for column in columns):
        return []
    signs, starts, ends = (column or [] for column in columns)
    sound = len(signs) == len(starts) == len(ends) and all(isinstance(sign, str) for sign in signs)
    if not sound or not all(isinstance(time, int | float) and math.isfinite(time) for time in [*starts, *ends]):
        return []
    return [Mark(sign, float(start), float(end)) for sign, start, end in zip(signs, starts, ends, strict=True)]


def _voices(document: Mapping[str, Any]) -> str:
    found = document.get("voices")
    known = [voice for voice in found if isinstance(voice, dict)] if isinstance(found, list) else []
    names = [f"{voice.get('name')} ({voice.get('voice_id')})" for voice in known]
    more = f" and {len(names) - _LISTED_VOICES} more" if len(names) > _LISTED_VOICES else ""
    return ", ".join(names[:_LISTED_VOICES]) + more
