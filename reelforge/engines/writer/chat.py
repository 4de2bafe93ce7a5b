"""One call to an OpenAI-compatible ``/chat/completions``: sent, read as a stream, and every failure said in a sentence.

The stream is server-sent events (WHATWG HTML, section 9.2) whose data are chunks of the answer, ended by ``[DONE]``.
A server that answers with one JSON document instead is understood too.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from reelforge.engines.remote import BrokenAnswerError, Server, answer_of, read_all

if TYPE_CHECKING:
    import aiohttp

WIRE_FACTOR: Final = 64
"""A streamed token of some letters travels in a chunk of some hundred bytes."""
LINE_LIMIT: Final = 4_000_000


@dataclass
class Reply:
    """What came back: the text, why the model stopped, and the tokens it counted (``None`` when it did not say)."""

    text: str = ""
    finish: str = ""
    model: str = ""
    prompt_tokens: int | None = None
    answer_tokens: int | None = None


class FormatRefusedError(Exception):
    """The server does not know this ``response_format``; the same question can be asked without."""


async def ask_server(
    session: aiohttp.ClientSession, server: Server, body: Mapping[str, Any], headers: Mapping[str, str], now: float
) -> Reply:
    """Send one question and read the whole answer.

    Raises as :func:`reelforge.engines.remote.answer_of` does, NeverWorksError for an oversized answer,
    BrokenAnswerError for a garbled one, FormatRefusedError.
    """
    sent = {"Accept": "text/event-stream, application/json", **headers}
    if server.key:
        sent["Authorization"] = f"Bearer {server.key}"
    async with answer_of(session, server, "chat/completions", body, sent, now, _format_refused) as response:
        if response.content_type == "text/event-stream":
            return await _read_stream(response, server)
        if response.content_type == "application/json":
            return _from_document(await read_all(response, server, server.max_answer_bytes * 2), server)
        raise server.wrong_type(response)


def _format_refused(status: int, said: str) -> FormatRefusedError | None:
    if status in {400, 422} and re.search(r"response_format|json_schema|grammar", said):
        return FormatRefusedError(said)
    return None


async def _read_stream(response: aiohttp.ClientResponse, server: Server) -> Reply:
    reply = Reply()
    parts: list[str] = []
    size = 0
    async with aclosing(_events(response, server)) as events:
        async for data in events:
            if data == "[DONE]":
                reply.finish = reply.finish or "stop"
                break
            size += _take_chunk(_decoded(data, server), reply, parts, server)
            if size > server.max_answer_bytes:
                raise server.too_large()
    reply.text = "".join(parts)
    if not reply.finish:
        raise BrokenAnswerError(f"{server.base_url} broke off in the middle of a script.")
    return reply


async def _events(response: aiohttp.ClientResponse, server: Server) -> AsyncGenerator[str, None]:
    """The data of each server-sent event; comments and other fields are passed over."""
    buffer = b""
    received = 0
    data: list[str] = []
    async for chunk in response.content.iter_any():
        received += len(chunk)
        buffer += chunk
        if received > server.max_answer_bytes * WIRE_FACTOR or len(buffer) > LINE_LIMIT:
            raise server.too_large()
        *lines, buffer = buffer.split(b"\n")
        for raw in lines:
            line = raw.rstrip(b"\r").decode("utf-8", "replace")
            if line.startswith("data:"):
                data.append(line.removeprefix("data:").removeprefix(" "))
            elif not line and data:
                yield "\n".join(data)
                data = []
    tail = buffer.decode("utf-8", "replace").strip()
    if tail.startswith("data:"):
        data.append(tail.removeprefix("data:").strip())
    if data:
        yield "\n".join(data)


def _decoded(data: str, server: Server) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BrokenAnswerError(
            f"{server.base_url} sent a piece that is not JSON: {server.hide(data)[:80]!r}."
        ) from error
    if not isinstance(document, dict):
        raise BrokenAnswerError(f"{server.base_url} sent a piece of an unknown form: {server.hide(data)[:80]!r}.")
    return document


def _take_chunk(document: dict[str, Any], reply: Reply, parts: list[str], server: Server) -> int:
    """Take one chunk over; returns the bytes of text it brought."""
    _take_account(document, reply, server)
    choices = document.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    delta = choice.get("delta") or choice.get("message") or {}
    content = delta.get("content") if isinstance(delta, dict) else None
    if choice.get("finish_reason"):
        reply.finish = str(choice["finish_reason"])
    if not isinstance(content, str):
        return 0
    parts.append(content)
    return len(content.encode())


def _take_account(document: dict[str, Any], reply: Reply, server: Server) -> None:
    if error := document.get("error"):
        said = error.get("message") if isinstance(error, dict) else error
        raise BrokenAnswerError(f"{server.base_url} failed in the middle of an answer: {server.hide(str(said))}.")
    if isinstance(document.get("model"), str):
        reply.model = document["model"]
    usage = document.get("usage")
    if isinstance(usage, dict):
        reply.prompt_tokens = _count(usage.get("prompt_tokens"))
        reply.answer_tokens = _count(usage.get("completion_tokens"))


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _from_document(data: bytes, server: Server) -> Reply:
    reply, parts = Reply(), list[str]()
    if _take_chunk(_decoded(data.decode("utf-8", "replace"), server), reply, parts, server) > server.max_answer_bytes:
        raise server.too_large()
    reply.text = "".join(parts)
    reply.finish = reply.finish or "stop"
    return reply
