"""A language model server for tests and for trying things out: real HTTP, canned scripts, faults on request.

    python -m reelforge.testing.llm_server --port 8099 --plan '["bad_json", "rate_limited=2"]'

prints one JSON line with its ``base_url`` and serves ``/v1/chat/completions`` until it is stopped. The plan says what
each call meets, in order; after its end every call is answered well. An entry is a fault's name, some with ``=VALUE``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import anyio
from aiohttp import web

from reelforge.testing import planned
from reelforge.testing.planned import PlannedServer, abort, moved, page, run_as_program, standing

SENTENCES: Final = (
    "Almost everything you were told about {topic} is missing the best part.",
    "It begins with one small detail that most people walk past.",
    "For a long time nobody thought that it was worth a second look.",
    "Then somebody measured it, and the numbers refused to make sense.",
    "The first explanation was simple, elegant, and completely wrong.",
    "The second took years, and it needed better tools than anyone had.",
    "What they found about {topic} changed how the whole question is asked.",
    "The effect is tiny each day, yet it never stops adding up.",
    "You can see a trace of it yourself, if you know where to look.",
    "And that is why the experts still argue about it today.",
    "Look closely, and an ordinary thing turns out to be a story.",
    "So the next time somebody mentions {topic}, you know where to begin.",
)
VISUALS: Final = (
    "close-up of an old brass instrument on a wooden table, warm side light",
    "wide landscape at dawn with mist in the valley, one small figure",
    "hands turning the page of a worn notebook, soft window light",
    "night sky over a quiet ridge, long exposure, deep blue",
    "empty hall with rows of windows, dust in the sunbeams",
)


class LlmServer(PlannedServer):
    """A running language model server."""


def canned_script(question: str) -> dict[str, Any]:
    """A sensible script for a question that has lines ``Topic: …`` and ``Scenes: N``."""
    topic = (re.search(r"^Topic:\s*(.+)$", question, re.MULTILINE) or ["", "this"])[1].strip().rstrip(".!?")
    count = int((re.search(r"^Scenes:\s*(\d+)", question, re.MULTILINE) or ["", "10"])[1])
    order = [0, *(1 + i % (len(SENTENCES) - 2) for i in range(max(0, count - 2))), len(SENTENCES) - 1][: max(1, count)]
    scenes = [
        {
            "narration": SENTENCES[index].format(topic=topic),
            "visual": f"{VISUALS[number % len(VISUALS)]}, about {topic}",
            "card": "The numbers refused" if index == 3 else "",
        }
        for number, index in enumerate(order)
    ]
    return {
        "title": f"What nobody tells you about {topic}"[:100],
        "hook": "The best part is missing",
        "scenes": scenes,
        "hashtags": ["facts", "explained", "shorts"],
        "description": f"A short look at {topic}.",
    }


Respond = Callable[[web.Request, LlmServer, str, str], Awaitable[web.StreamResponse]]


def _piece(content: str | None, finish: str | None = None) -> bytes:
    delta = {} if content is None else {"content": content}
    chunk = {
        "object": "chat.completion.chunk",
        "model": "canned-1",
        "choices": [{"delta": delta, "finish_reason": finish}],
    }
    return f"data: {json.dumps(chunk)}\n\n".encode()


def _usage(text: str) -> dict[str, int]:
    return {"prompt_tokens": 900, "completion_tokens": len(text) // 4, "total_tokens": 900 + len(text) // 4}


async def _start(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    return response


async def _stream(request: web.Request, text: str, finish: str = "stop") -> web.StreamResponse:
    response = await _start(request)
    for start in range(0, len(text), 40):
        await response.write(_piece(text[start : start + 40]))
    await response.write(_piece(None, finish))
    await response.write(f"data: {json.dumps({'choices': [], 'usage': _usage(text)})}\n\ndata: [DONE]\n\n".encode())
    await response.write_eof()
    return response


def _text(change: Callable[[str], str]) -> Respond:
    async def respond(request: web.Request, _server: LlmServer, script: str, _value: str) -> web.StreamResponse:
        return await _stream(request, change(script))

    return respond


def _without_scenes(script: str) -> str:
    document = json.loads(script)
    del document["scenes"]
    return json.dumps(document)


def _status(status: int, message: str) -> Respond:
    async def respond(_request: web.Request, _server: LlmServer, _script: str, value: str) -> web.StreamResponse:
        headers = {"Retry-After": value} if value else {}
        return web.json_response({"error": {"message": message}}, status=status, headers=headers)

    return respond


async def _document(_request: web.Request, _server: LlmServer, script: str, _value: str) -> web.StreamResponse:
    choice = {"message": {"role": "assistant", "content": script}, "finish_reason": "stop"}
    return web.json_response({"model": "canned-1", "choices": [choice], "usage": _usage(script)})


async def _stall(request: web.Request, server: LlmServer, script: str, _value: str) -> web.StreamResponse:
    response = await _start(request)
    await response.write(_piece(script[:200]))
    await server.stopping.wait()
    return response


async def _slow(request: web.Request, _server: LlmServer, script: str, value: str) -> web.StreamResponse:
    await anyio.sleep(float(value or 1))
    try:
        return await _stream(request, script)
    except ConnectionResetError:
        return web.Response()  # whoever asked has gone meanwhile


async def _cut(request: web.Request, _server: LlmServer, script: str, _value: str) -> web.StreamResponse:
    response = await _start(request)
    await response.write(_piece(script[:200]))
    abort(request)
    return response


async def _unfinished(request: web.Request, _server: LlmServer, script: str, _value: str) -> web.StreamResponse:
    response = await _start(request)
    await response.write(_piece(script[:200]))
    await response.write_eof()
    return response


async def _huge(request: web.Request, _server: LlmServer, _script: str, value: str) -> web.StreamResponse:
    response = await _start(request)
    piece = _piece("all work and no play " * 2_000)
    for _ in range(int(value or 1_000)):
        await response.write(piece)
    await response.write_eof()
    return response


async def _page(_request: web.Request, _server: LlmServer, _script: str, _value: str) -> web.StreamResponse:
    return page()


async def _moved(_request: web.Request, _server: LlmServer, _script: str, value: str) -> web.StreamResponse:
    return moved(value)


async def _echoed_key(request: web.Request, _server: LlmServer, _script: str, _value: str) -> web.StreamResponse:
    key = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return web.json_response({"error": {"message": f"Incorrect API key provided: {key}."}}, status=401)


async def _no_format(request: web.Request, server: LlmServer, script: str, _value: str) -> web.StreamResponse:
    if "response_format" in server.requests[-1]:
        return web.json_response({"error": {"message": "response_format is not supported"}}, status=400)
    return await _stream(request, script)


async def _failed_inside(request: web.Request, _server: LlmServer, script: str, _value: str) -> web.StreamResponse:
    response = await _start(request)
    await response.write(_piece(script[:100]))
    await response.write(b'data: {"error": {"message": "out of memory"}}\n\n')
    await response.write_eof()
    return response


async def _length(request: web.Request, _server: LlmServer, script: str, _value: str) -> web.StreamResponse:
    return await _stream(request, script[: len(script) // 2], finish="length")


FAULTS: Final[dict[str, Respond]] = {
    "valid": _text(lambda script: script),
    "document": _document,
    "fenced": _text(lambda script: f"Sure! Here is your script:\n```json\n{script}\n```\nEnjoy."),
    "thinking": _text(lambda script: f"<think>Maybe {{this}}?</think>{script}"),
    "bad_json": _text(lambda script: script[:-40] + ",}"),
    "empty": _text(lambda _script: ""),
    "missing_fields": _text(_without_scenes),
    "too_short": _text(lambda script: json.dumps({**json.loads(script), "scenes": json.loads(script)["scenes"][:1]})),
    "truncated": _length,
    "rate_limited": _status(429, "Too many requests."),
    "no_credit": _status(429, "You exceeded your quota: insufficient_quota"),
    "server_error": _status(500, "Internal error."),
    "overloaded": _status(503, "Overloaded."),
    "gateway_timeout": _status(504, "The server behind did not answer in time."),
    "unauthorized": _echoed_key,
    "forbidden": _status(403, "Not allowed."),
    "no_model": _status(404, "The model does not exist."),
    "bad_request": _status(400, "Too many tokens."),
    "no_format": _no_format,
    "slow": _slow,
    "stall": _stall,
    "cut": _cut,
    "unfinished": _unfinished,
    "failed_inside": _failed_inside,
    "huge": _huge,
    "wrong_type": _page,
    "moved": _moved,
}
"""What a call may meet, by name."""


def _application(server: LlmServer) -> web.Application:
    async def complete(request: web.Request) -> web.StreamResponse:
        fault, value = await server.take(request)
        asked = server.requests[-1]["messages"]
        question = "\n".join(message["content"] for message in asked if message["role"] == "user")
        return await FAULTS[fault](request, server, json.dumps(canned_script(question)), value)

    async def models(_request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "canned-1", "object": "model"}]})

    application = web.Application(client_max_size=1 << 22)
    application.router.add_post("/v1/chat/completions", complete)
    application.router.add_get("/v1/models", models)
    return application


def check_plan(plan: Iterable[str]) -> list[str]:
    """The plan as a list. Raises ValueError for a fault that does not exist."""
    return planned.check_plan(plan, FAULTS)


def serving(plan: Sequence[str] = (), *, port: int = 0) -> AbstractAsyncContextManager[LlmServer]:
    """Serve on 127.0.0.1 while the block runs; port 0 takes a free one."""
    server = LlmServer(plan=check_plan(plan))
    return standing(server, _application(server), port)


def main() -> None:
    run_as_program("reelforge.testing.llm_server", __doc__, FAULTS, serving)


if __name__ == "__main__":
    main()
