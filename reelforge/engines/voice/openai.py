"""Speech by any OpenAI-compatible server (``POST /audio/speech``): the hosted one, Kokoro-FastAPI, LocalAI and others.

The protocol tells no word times, so the aligner finds them. It takes 4,096 characters at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from pydantic import Field

from reelforge.domain.asset import Provenance
from reelforge.domain.cues import Utterance
from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext, StepPolicy, step
from reelforge.engines.remote import (
    Address,
    BrokenAnswerError,
    Connection,
    answer_of,
    is_here,
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
from reelforge.engines.voice.spoken import VERSION

_HEARD: Final = ("audio/", "application/octet-stream", "binary/octet-stream")


class Options(HostedOptions):
    """``speed`` 0.25–4 and ``instructions`` (how to speak) are taken by some models and passed over by others. ``form``
    is the sound's format; ``pcm`` is 16-bit mono at ``pcm_rate``. With a price, or with a key for a server that is not
    this machine, a call counts as paid, and one whose answer was lost waits for a person.
    """

    voice: str = Field(min_length=1, json_schema_extra={"allowed": 'one of the server\'s voices, such as "alloy"'})
    model: str = Field(default="gpt-4o-mini-tts", min_length=1)
    base_url: Address = "https://api.openai.com/v1"
    instructions: str = Field(default="", max_length=4_096)
    speed: float = Field(default=1.0, ge=0.25, le=4.0)
    form: Literal["wav", "pcm", "flac", "mp3"] = "wav"
    pcm_rate: int = Field(default=24_000, ge=8_000, le=96_000)

    @property
    def paid(self) -> bool:
        return self.price_per_million_characters > 0 or (self.key_env is not None and not is_here(self.base_url))


class _Recorder:
    """Asks for one recording. It has a policy of its own: whether a call costs money depends on the options."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._connection = Connection()
        self.policy = StepPolicy(slot="voice", version=1, tries=4, paid="unclear" if options.paid else "free")

    @property
    def identity(self) -> Mapping[str, Any]:
        decisive = {"base_url", "model", "voice", "speed", "instructions", "form"}
        if self._options.form == "pcm":
            decisive.add("pcm_rate")
        return {"engine": "openai", "part": "record", **self._options.model_dump(mode="json", include=decisive)}

    @step(slot="voice", version=1)
    async def record(
        self,
        context: StepContext,
        text: str,
        language: str,  # noqa: ARG002  # the protocol has no place for it; it belongs to the key
        before: str,  # noqa: ARG002  # likewise
        after: str,  # noqa: ARG002  # likewise
        take: int,  # noqa: ARG002  # it belongs to the key: another take is another call
    ) -> Recording:
        """Raises as :func:`reelforge.engines.remote.answer_of` does; a paid answer that breaks off needs a person."""
        options = self._options
        try:
            sound = await self._ask(context, text)
        except BrokenAnswerError as error:
            if not options.paid:
                raise
            raise maybe_paid(error, context.job) from error
        if options.paid:
            what = f"speech by {options.model}, voice {options.voice}"
            context.spend(speech_cost("openai", what, len(text), options.price_per_million_characters))
        return await kept_recording(context, sound, options.form, options.pcm_rate, len(text))

    async def _ask(self, context: StepContext, text: str) -> bytes:
        options = self._options
        asked = f"model {options.model!r}, no voice {options.voice!r}"
        server = options.server(asked, "the voice, its model and base_url")
        body: dict[str, Any] = {
            "model": options.model,
            "voice": options.voice,
            "input": text,
            "response_format": options.form,
            "speed": options.speed,
        }
        if options.instructions:
            body["instructions"] = options.instructions
        headers = {"Accept": "audio/*, application/octet-stream", "Idempotency-Key": context.idempotency_key}
        if server.key:
            headers["Authorization"] = f"Bearer {server.key}"
        session = self._connection.open()
        async with answer_of(session, server, "audio/speech", body, headers, context.clock.now()) as response:
            if not response.content_type.startswith(_HEARD):
                raise server.wrong_type(response)
            sound = await read_all(response, server, server.max_answer_bytes)
        if not sound:
            raise BrokenAnswerError(f"{options.base_url} answered with no sound at all.")
        return sound

    async def aclose(self) -> None:
        await self._connection.aclose()


class Engine:
    """Fulfils :class:`reelforge.engines.voice.VoiceEngine`."""

    name = "openai"

    def __init__(self, options: Options) -> None:
        self.voice = options.voice
        self.terms = Terms(most_characters=options.most_characters, paid=options.paid)
        self._options = options
        self._recorder = _Recorder(options)
        model = f"{options.model}, voice {options.voice}"
        self._house = House(
            name=options.base_url,
            record=self._recorder.record,
            provenance=Provenance(source=self.name, title="Narration", url=options.base_url, model=model),
            paid=options.paid,
            speed=options.speed,
        )

    @property
    def identity(self) -> Mapping[str, Any]:
        return {**self._recorder.identity, "name": self.name, "part": "speak", "spoken": VERSION}

    @step(slot="voice", version=1)
    async def speak(self, context: StepContext, sentence: str, language: str = "en") -> Utterance:
        return await said_by(self._house, context, Sentence(sentence, language))

    def check(self, language: str = "en") -> Iterable[Finding]:  # noqa: ARG002 - the server knows
        yield self._options.finding(f"voice openai ({self.voice})")

    async def aclose(self) -> None:
        await self._recorder.aclose()
