"""A speech server for tests and for trying things out: real HTTP, tones for words, faults on request.

    python -m reelforge.testing.speech_server --port 8098 --plan '["rate_limited=2", "silent"]'

prints one JSON line with its ``base_url`` and serves two protocols until it is stopped: ``/v1/audio/speech`` as OpenAI
has it and ``/v1/text-to-speech/{voice}/with-timestamps`` as ElevenLabs has it, with a time for each character. The plan
says what each call meets, in order; after its end every call is answered well. An entry is a fault's name, some with
``=VALUE``. What it would have charged for is written down.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Final

import anyio
import numpy as np
import soundfile
from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from reelforge.testing import planned
from reelforge.testing.planned import PlannedServer, abort, moved, page, run_as_program, standing

VOICES: Final = {"nora1": "Nora", "otto2": "Otto"}
"""The voices there are: id and name."""
RATE: Final = 24_000
_LETTER_SECONDS: Final = 0.075
_GAP_SECONDS: Final = 0.07
_PAUSE_SECONDS: Final = 0.25
_LEAD_SECONDS: Final = 0.12
_EDGE_SECONDS: Final = 0.005
_MEDIA: Final = {"wav": "audio/wav", "flac": "audio/flac", "mp3": "audio/mpeg", "pcm": "application/octet-stream"}

Times = list[tuple[str, float, float]]


@dataclass
class SpeechServer(PlannedServer):
    """A running speech server; ``charged`` are the texts it spoke, however the answer then fared."""

    charged: list[str] = field(default_factory=list)
    voice_lists: int = 0


class Answer(Struct, frozen=True):
    """What a call is answered with: 16-bit-able samples at ``rate``, its format, and each character's time."""

    protocol: str
    samples: NDArray[np.float32]
    form: str
    rate: int
    times: Times | None
    key: str

    @property
    def document(self) -> dict[str, Any]:
        """As ElevenLabs has it."""
        times = self.times
        alignment = None
        if times is not None:
            alignment = {
                "characters": [sign for sign, _, _ in times],
                "character_start_times_seconds": [start for _, start, _ in times],
                "character_end_times_seconds": [end for _, _, end in times],
            }
        coded = base64.b64encode(self.sound).decode()
        return {"audio_base64": coded, "alignment": alignment, "normalized_alignment": alignment}

    @property
    def sound(self) -> bytes:
        if self.form == "pcm":
            return np.rint(self.samples * 32_767).astype("<i2").tobytes()
        buffer = io.BytesIO()
        soundfile.write(buffer, self.samples, self.rate, format=self.form.upper())
        return buffer.getvalue()

    @property
    def body(self) -> bytes:
        return json.dumps(self.document).encode() if self.timed else self.sound

    @property
    def timed(self) -> bool:
        return self.protocol == "elevenlabs"

    @property
    def media_type(self) -> str:
        return "application/json" if self.timed else _MEDIA[self.form]


def tones(text: str, rate: int = RATE) -> tuple[NDArray[np.float32], Times]:
    """Speech that is none: a tone for each word, as long as its letters need, and the true time of every character."""
    parts, times, at = [np.zeros(round(_LEAD_SECONDS * rate), np.float32)], [], round(_LEAD_SECONDS * rate)
    for number, word in enumerate(text.split(" ")):
        if number:
            times.append((" ", at / rate, at / rate))
        count = max(1, sum(6 if sign.isdigit() else 1 for sign in word if sign.isalnum()))
        length = round(max(0.16, count * _LETTER_SECONDS) * rate)
        times += [
            (sign, (at + length * place / len(word)) / rate, (at + length * (place + 1) / len(word)) / rate)
            for place, sign in enumerate(word)
        ]
        pause = round((_GAP_SECONDS if word[-1:].isalnum() else _PAUSE_SECONDS) * rate)
        parts += [_tone(word, length, rate), np.zeros(pause, np.float32)]
        at += length + pause
    return np.concatenate(parts), times


def _tone(word: str, length: int, rate: int) -> NDArray[np.float32]:
    pitch = 180 + hashlib.sha256(word.encode()).digest()[0]
    place = np.arange(length)
    edge = np.clip(np.minimum(place, place[::-1]) / (_EDGE_SECONDS * rate), 0, 1)
    return (0.3 * edge * np.sin(2 * np.pi * pitch * place / rate)).astype(np.float32)


Respond = Callable[[web.Request, SpeechServer, Answer, str], Awaitable[web.StreamResponse]]


async def _send(_request: web.Request, _server: SpeechServer, answer: Answer, _value: str) -> web.StreamResponse:
    headers = {"Content-Type": answer.media_type}
    if answer.timed:
        headers["character-cost"] = str(len(answer.times or ()))
    return web.Response(body=answer.body, headers=headers)


def _changed(change: Callable[[Answer], Answer]) -> Respond:
    async def respond(request: web.Request, server: SpeechServer, answer: Answer, value: str) -> web.StreamResponse:
        return await _send(request, server, change(answer), value)

    return respond


def _documented(change: Callable[[dict[str, Any]], Any]) -> Respond:
    """A fault of the JSON around the sound; a protocol without any is answered well."""

    async def respond(request: web.Request, server: SpeechServer, answer: Answer, value: str) -> web.StreamResponse:
        if not answer.timed:
            return await _send(request, server, answer, value)
        return web.json_response(change(answer.document))

    return respond


def _refused(status: int, message: str, code: str) -> Respond:
    async def respond(_request: web.Request, server: SpeechServer, answer: Answer, value: str) -> web.StreamResponse:
        server.charged.pop()
        headers = {"Retry-After": value} if value else {}
        said = message.replace("{key}", answer.key)
        if answer.timed:
            document = {"detail": {"status": code, "message": said}}
        else:
            document = {"error": {"message": said, "code": code}}
        return web.json_response(document, status=status, headers=headers)

    return respond


async def _slow(request: web.Request, server: SpeechServer, answer: Answer, value: str) -> web.StreamResponse:
    with anyio.move_on_after(float(value or 1)):
        await server.stopping.wait()
    return await _send(request, server, answer, value)


async def _partly(request: web.Request, answer: Answer, promised: int) -> web.StreamResponse:
    """Half of the answer where ``promised`` bytes were told."""
    response = web.StreamResponse(headers={"Content-Type": answer.media_type, "Content-Length": str(promised)})
    await response.prepare(request)
    await response.write(answer.body[: len(answer.body) // 2])
    return response


async def _cut(request: web.Request, _server: SpeechServer, answer: Answer, _value: str) -> web.StreamResponse:
    response = await _partly(request, answer, len(answer.body))
    abort(request)
    return response


async def _lying_length(request: web.Request, _server: SpeechServer, answer: Answer, _value: str) -> web.StreamResponse:
    response = await _partly(request, answer, len(answer.body) * 3)
    await response.write(answer.body[len(answer.body) // 2 :])
    if request.transport is not None:
        request.transport.close()
    return response


async def _stall(request: web.Request, server: SpeechServer, answer: Answer, _value: str) -> web.StreamResponse:
    response = await _partly(request, answer, len(answer.body))
    await server.stopping.wait()
    return response


async def _huge(request: web.Request, _server: SpeechServer, answer: Answer, value: str) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": answer.media_type})
    await response.prepare(request)
    try:
        for _ in range(int(value or 4_096)):
            await response.write(b" " * 65_536)
    except ConnectionResetError:
        return response  # whoever asked has had enough
    await response.write_eof()
    return response


async def _page(_request: web.Request, server: SpeechServer, _answer: Answer, _value: str) -> web.StreamResponse:
    server.charged.pop()
    return page()


async def _moved(_request: web.Request, server: SpeechServer, _answer: Answer, value: str) -> web.StreamResponse:
    server.charged.pop()
    return moved(value)


async def _no_sound(_request: web.Request, _server: SpeechServer, answer: Answer, _value: str) -> web.StreamResponse:
    body = json.dumps({**answer.document, "audio_base64": ""}).encode() if answer.timed else b""
    return web.Response(body=body, headers={"Content-Type": answer.media_type})


async def _garbage(_request: web.Request, _server: SpeechServer, answer: Answer, _value: str) -> web.StreamResponse:
    noise = hashlib.sha256(b"garbage").digest() * 400
    coded = base64.b64encode(noise).decode()
    body = json.dumps({**answer.document, "audio_base64": coded}).encode() if answer.timed else noise
    return web.Response(body=body, headers={"Content-Type": answer.media_type})


async def _bad_json(request: web.Request, server: SpeechServer, answer: Answer, value: str) -> web.StreamResponse:
    if not answer.timed:
        return await _send(request, server, answer, value)
    return web.Response(body=answer.body[:-20] + b",}", content_type="application/json")


def _of_another_text(answer: Answer) -> Answer:
    return replace(answer, times=tones("A whole other story is told here.", answer.rate)[1])


FAULTS: Final[dict[str, Respond]] = {
    "valid": _send,
    "unauthorized": _refused(401, "Incorrect API key provided: {key}.", "invalid_api_key"),
    "no_credit": _refused(401, "You have no quota left.", "quota_exceeded"),
    "unpaid": _refused(402, "Payment is required.", "payment_required"),
    "forbidden": _refused(403, "Not allowed.", "missing_permissions"),
    "no_model": _refused(404, "The model does not exist.", "model_not_found"),
    "bad_request": _refused(400, "The text is too long.", "max_character_limit_exceeded"),
    "rate_limited": _refused(429, "Too many requests.", "too_many_concurrent_requests"),
    "server_error": _refused(500, "Internal error.", "internal_error"),
    "overloaded": _refused(503, "Overloaded.", "system_busy"),
    "gateway_timeout": _refused(504, "The server behind did not answer in time.", "timeout"),
    "slow": _slow,
    "stall": _stall,
    "cut": _cut,
    "lying_length": _lying_length,
    "huge": _huge,
    "wrong_type": _page,
    "moved": _moved,
    "no_sound": _no_sound,
    "garbage": _garbage,
    "bad_json": _bad_json,
    "bad_base64": _documented(lambda document: {**document, "audio_base64": "****" + document["audio_base64"][4:]}),
    "no_alignment": _documented(lambda document: {**document, "alignment": None}),
    "odd_alignment": _documented(lambda document: {**document, "alignment": {"characters": ["a"]}}),
    "not_numbers": _changed(
        lambda answer: replace(answer, times=[(sign, at, float("nan")) for sign, at, _ in answer.times or ()])
    ),
    "empty_alignment": _changed(lambda answer: replace(answer, times=[])),
    "other_alignment": _changed(_of_another_text),
    "late_alignment": _changed(
        lambda answer: replace(answer, times=[(sign, at + 9, end + 9) for sign, at, end in answer.times or ()])
    ),
    "still_alignment": _changed(
        lambda answer: replace(answer, times=[(sign, at / 1e3, end / 1e3) for sign, at, end in answer.times or ()])
    ),
    "silent": _changed(lambda answer: replace(answer, samples=np.zeros_like(answer.samples))),
    "truncated": _changed(lambda answer: replace(answer, samples=answer.samples[: len(answer.samples) // 5])),
    "doubled": _changed(lambda answer: replace(answer, samples=np.tile(answer.samples, 4))),
    "stereo": _changed(lambda answer: replace(answer, samples=np.stack([answer.samples, answer.samples], axis=1))),
}
"""What a call may meet, by name."""


def _application(server: SpeechServer) -> web.Application:
    async def openai(request: web.Request) -> web.StreamResponse:
        fault, value = await server.take(request)
        asked = server.requests[-1]
        if asked["voice"] not in VOICES.values():
            message = f"The voice {asked['voice']} does not exist. There are: {', '.join(VOICES.values())}."
            return web.json_response({"error": {"message": message}}, status=400)
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        samples, _ = tones(asked["input"])
        answer = Answer("openai", samples, asked["response_format"], RATE, None, key)
        server.charged.append(asked["input"])
        return await FAULTS[fault](request, server, answer, value)

    async def elevenlabs(request: web.Request) -> web.StreamResponse:
        fault, value = await server.take(request)
        text = server.requests[-1]["text"]
        if request.match_info["voice"] not in VOICES:
            document = {"detail": {"status": "voice_not_found", "message": "A voice of this id was not found."}}
            return web.json_response(document, status=404)
        codec, rate = request.query["output_format"].split("_")[:2]
        samples, times = tones(text, int(rate))
        answer = Answer("elevenlabs", samples, codec, int(rate), times, request.headers.get("xi-api-key", ""))
        server.charged.append(text)
        return await FAULTS[fault](request, server, answer, value)

    async def voices(_request: web.Request) -> web.Response:
        server.voice_lists += 1
        return web.json_response({"voices": [{"voice_id": key, "name": name} for key, name in VOICES.items()]})

    application = web.Application(client_max_size=1 << 22)
    application.router.add_post("/v1/audio/speech", openai)
    application.router.add_post("/v1/text-to-speech/{voice}/with-timestamps", elevenlabs)
    application.router.add_get("/v1/voices", voices)
    return application


def check_plan(plan: Iterable[str]) -> list[str]:
    """The plan as a list. Raises ValueError for a fault that does not exist."""
    return planned.check_plan(plan, FAULTS)


def serving(plan: Sequence[str] = (), *, port: int = 0) -> AbstractAsyncContextManager[SpeechServer]:
    """Serve on 127.0.0.1 while the block runs; port 0 takes a free one."""
    server = SpeechServer(plan=check_plan(plan))
    return standing(server, _application(server), port)


def main() -> None:
    run_as_program("reelforge.testing.speech_server", __doc__, FAULTS, serving)


if __name__ == "__main__":
    main()
