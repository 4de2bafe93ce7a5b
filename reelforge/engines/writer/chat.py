"""One call to an OpenAI-compatible ``/chat/completions``: sent, read as a stream, and every failure said in a sentence.

The stream is server-sent events (WHATWG HTML, section 9.2) whose data are chunks of the answer, ended by ``[DONE]``.
A server that answers with one JSON document instead is understood too.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp

from reelforge.errors import NeedsPersonError, NeverWorksError, ReelForgeError, TryLaterError

WIRE_FACTOR: Final = 64
"""A streamed token of some letters travels in a chunk of some hundred bytes."""
LINE_LIMIT: Final = 4_000_000
ERROR_LIMIT: Final = 4_096
LONGEST_WAIT: Final = 3_600.0
_NOTHING_DONE: Final = frozenset({409, 425, 429, 500, 503})
"""Statuses by which a server says that it has not answered. A gateway that gave up waiting (408, 502, 504) cannot know
what the server behind it went on to do, and charge."""


@dataclass(frozen=True)
class Server:
    """Where to ask and how long to wait (seconds). ``key`` is never shown: not in errors, not in ``repr``."""

    base_url: str
    model: str
    key: str | None = field(default=None, repr=False)
    timeout: float = 300.0
    stall_timeout: float = 60.0
    max_answer_bytes: int = 262_144

    def hide(self, text: str) -> str:
        """``text`` on one line, without the key and not longer than an error should be."""
        shown = text.replace(self.key, "•••") if self.key else text
        shown = re.sub(r"\bsk-[\w*-]{4,}", "•••", shown)
        return " ".join(shown.split())[:300]


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


class BrokenAnswerError(TryLaterError):
    """The question had been sent when the answer broke off: a server that charges may have charged for it."""


class UnreachableError(TryLaterError):
    """Nothing answers at the server's address; nothing was sent."""


def _why(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "no such host is known"
    if isinstance(error, aiohttp.ClientConnectorError) and error.os_error.errno:
        return os.strerror(error.os_error.errno).lower()
    return "it does not answer in time"


async def ask_server(
    session: aiohttp.ClientSession, server: Server, body: Mapping[str, Any], headers: Mapping[str, str], now: float
) -> Reply:
    """Send one question and read the whole answer. ``now`` is Unix time, to read a Retry-After that is a date.

    Raises TryLaterError (busy), UnreachableError, BrokenAnswerError (stalled, cut, garbled),
    NeedsPersonError (key, model, address, quota), NeverWorksError
    (refused or oversized), FormatRefusedError.
    """
    address = f"{server.base_url.rstrip('/')}/chat/completions"
    sent = {"Accept": "text/event-stream, application/json", "Accept-Encoding": "identity", **headers}
    if server.key:
        sent["Authorization"] = f"Bearer {server.key}"
    waits = aiohttp.ClientTimeout(total=server.timeout, sock_connect=15, sock_read=server.stall_timeout)
    try:
        async with session.post(address, json=body, headers=sent, timeout=waits, allow_redirects=False) as response:
            if response.status != 200:
                raise await _refusal(response, server, now)
            if response.content_type == "text/event-stream":
                return await _read_stream(response, server)
            if response.content_type == "application/json":
                return _from_document(await _read_all(response, server), server)
            raise NeedsPersonError(
                f"{address} answered with {server.hide(response.content_type)}, which no language model server does.",
                remedy="Check the writer's base_url; it usually ends in /v1.",
            )
    except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError) as error:
        raise NeedsPersonError(
            f"{server.base_url} could not be trusted: {server.hide(str(error))}.",
            remedy="Check address and certificate.",
        ) from error
    except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
        raise UnreachableError(
            f"{server.base_url} could not be reached: {_why(error)}.",
            remedy="Start the server, or correct the writer's base_url.",
        ) from error
    except TimeoutError as error:
        raise BrokenAnswerError(f"{server.base_url} stopped answering in the middle of a script.") from error
    except aiohttp.ClientError as error:
        why = server.hide(str(error) or type(error).__name__)
        raise BrokenAnswerError(f"{server.base_url} broke off its answer: {why}.") from error


async def _read_all(response: aiohttp.ClientResponse, server: Server) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > server.max_answer_bytes * 2:
            raise _too_large(server)
    return bytes(data)


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
                raise _too_large(server)
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
            raise _too_large(server)
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
        raise _too_large(server)
    reply.text = "".join(parts)
    reply.finish = reply.finish or "stop"
    return reply


def _too_large(server: Server) -> NeverWorksError:
    return NeverWorksError(
        f"{server.model} at {server.base_url} answered with more than {server.max_answer_bytes:,} bytes.",
        remedy="Choose another model, or raise the writer's max_answer_bytes.",
    )


async def _refusal(response: aiohttp.ClientResponse, server: Server, now: float) -> Exception:
    """The error that an HTTP status other than 200 means."""
    said = await _said(response, server)
    status, who = response.status, server.base_url
    because = f" ({status}{f': {said}' if said else ''})"
    needs_person = {
        401: ("refused the key", "Put a valid key into the environment variable the writer's key_env names."),
        402: ("wants to be paid first", "Settle the account, then retry the job."),
        403: ("does not allow this", "Check the key's rights and the model's terms."),
        404: (f"has no model {server.model!r} or no such address", "Check the writer's model and base_url."),
    }
    if status in needs_person:
        what, remedy = needs_person[status]
        return NeedsPersonError(f"{who} {what}{because}.", remedy=remedy)
    if 300 <= status < 400:
        target = server.hide(response.headers.get("Location", "elsewhere"))
        return NeedsPersonError(f"{who} has moved to {target}.", remedy="Put that address into the writer's base_url.")
    if status == 429 and "insufficient_quota" in said:
        return NeedsPersonError(f"The account at {who} has no credit left{because}.", remedy="Add credit, then retry.")
    if status in {408, 409, 425, 429} or status >= 500:
        after = retry_after(response.headers.get("Retry-After"), now)
        what = "is too busy" if status == 429 else "failed"
        kind = TryLaterError if status in _NOTHING_DONE else BrokenAnswerError
        return kind(f"{who} {what}{because}.", retry_after=after)
    if status in {400, 422} and re.search(r"response_format|json_schema|grammar", said):
        return FormatRefusedError(said)
    return _never(f"{who} refused the question{because}.")


def _never(message: str) -> ReelForgeError:
    return NeverWorksError(message, remedy="Check the writer's options against what this server takes.")


async def _said(response: aiohttp.ClientResponse, server: Server) -> str:
    """What the server says about its refusal, short and without secrets."""
    data = b""
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > ERROR_LIMIT:
            break
    text = data[:ERROR_LIMIT].decode("utf-8", "replace")
    try:
        error = json.loads(text).get("error", text)
    except (ValueError, AttributeError, RecursionError):
        return "" if text.lstrip().startswith("<") else server.hide(text)
    if isinstance(error, dict):
        error = " ".join(str(error[key]) for key in ("message", "code") if error.get(key))
    return server.hide(str(error)).rstrip(".")


def retry_after(header: str | None, now: float) -> float | None:
    """Seconds to wait by a Retry-After header (RFC 9110, section 10.2.3): a number or a date. At most an hour."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            moment = parsedate_to_datetime(header)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = (moment - datetime.fromtimestamp(now, UTC)).total_seconds()
    return min(LONGEST_WAIT, max(0.0, seconds)) if seconds == seconds else None  # noqa: PLR0124 - NaN is not itself
