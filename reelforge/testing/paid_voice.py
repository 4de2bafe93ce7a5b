"""A voice that costs money, for tests: speaks through :mod:`reelforge.testing.paid_server`."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterable, Mapping
from typing import Any

import aiohttp

from reelforge.domain.cues import Utterance
from reelforge.domain.doctor import Finding
from reelforge.domain.job import Cost, StepContext, StepPolicy, step
from reelforge.domain.value import Value
from reelforge.errors import NeverWorksError, TryLaterError
from reelforge.testing.paid_server import KEY_HEADER

PRICE_PER_CHARACTER = 0.0001


class Options(Value):
    """``url`` of the server; ``seconds`` until a silent server counts as busy; ``tries`` before the job is put off."""

    url: str
    voice: str = "tone"
    seconds: float = 10.0
    tries: int = 4


class PaidVoice:
    """Fulfils :class:`reelforge.engines.voice.VoiceEngine` over a session that its maker closes."""

    name = "paid"

    def __init__(self, options: Options, session: aiohttp.ClientSession) -> None:
        self.voice = options.voice
        self.policy = StepPolicy(slot="voice", paid="idempotent", tries=options.tries)
        self._options = options
        self._session = session

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"name": self.name, "voice": self.voice}

    @step(slot="voice", paid="idempotent")
    async def speak(self, context: StepContext, sentence: str, language: str = "en") -> Utterance:  # noqa: ARG002  # a tone has none
        sound = await self._ask(context.idempotency_key, sentence)
        try:
            with wave.open(io.BytesIO(sound)) as file:
                samples = file.getnframes()
        except (wave.Error, EOFError) as error:
            raise TryLaterError("The paid voice sent a broken file.") from error
        context.spend(
            Cost(
                engine=self.name,
                what="speech",
                units=len(sentence),
                unit="characters",
                price=len(sentence) * PRICE_PER_CHARACTER,
            )
        )
        audio = await context.in_thread(context.assets.add_bytes, sound, "audio/wav")
        return Utterance(text=sentence, audio=audio, samples=samples)

    def check(self) -> Iterable[Finding]:
        yield Finding(subject="paid voice", ok=True, sentence=f"The paid voice answers at {self._options.url}.")

    async def aclose(self) -> None:
        """Nothing: the session is its maker's."""

    async def _ask(self, key: str, sentence: str) -> bytes:
        limit = aiohttp.ClientTimeout(total=self._options.seconds)
        try:
            async with self._session.post(
                f"{self._options.url}/speech", json={"text": sentence}, headers={KEY_HEADER: key}, timeout=limit
            ) as answer:
                if answer.status == 429:
                    wait = float(answer.headers.get("Retry-After", "1"))
                    raise TryLaterError("The paid voice is busy.", retry_after=wait)
                if answer.status >= 500:
                    raise TryLaterError(f"The paid voice answered {answer.status}.")
                if answer.status != 200:
                    raise NeverWorksError(f"The paid voice refused the text: {await answer.text()}.")
                return await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise TryLaterError(f"The paid voice could not be reached: {error!r}.") from error
