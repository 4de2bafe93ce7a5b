"""One call to a server that somebody else runs: its session, its key, its answer, and each failure as a sentence."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator

from reelforge.domain.doctor import Finding
from reelforge.errors import MaybePaidError, NeedsPersonError, NeverWorksError, ReelForgeError, TryLaterError

if TYPE_CHECKING:
    import aiohttp

ERROR_LIMIT: Final = 4_096
LONGEST_WAIT: Final = 3_600.0
_NOTHING_DONE: Final = frozenset({409, 425, 429, 500, 503})
"""Statuses by which a server says that it has not answered. A gateway that gave up waiting (408, 502, 504) cannot know
what the server behind it went on to do, and charge."""
_NO_CREDIT: Final = re.compile(r"insufficient_quota|quota_exceeded")


def _bare_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an address such as http://127.0.0.1:11434/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("must be a bare address; the key goes into the environment variable key_env names")
    return value.rstrip("/")


Address = Annotated[str, AfterValidator(_bare_address)]
"""A server's address up to ``/v1``, without a key, a query or a slash at its end."""


@dataclass(frozen=True)
class Server:
    """Where to ask, how long to wait (seconds), and what things are called when it fails.

    ``role`` is the setting it belongs to (``writer``), ``kind`` what it should be (``language model server``),
    ``asked`` what it may not have (``model 'm'``), ``options`` where to look then, ``work`` what an answer is (``a
    script``). ``key`` is never shown: not in errors, not in ``repr``.
    """

    base_url: str
    role: str
    kind: str
    asked: str
    work: str
    options: str
    key: str | None = field(default=None, repr=False)
    timeout: float = 300.0
    stall_timeout: float = 60.0
    max_answer_bytes: int = 262_144

    def hide(self, text: str) -> str:
        """``text`` on one line, without the key and not longer than an error should be."""
        shown = text.replace(self.key, "•••") if self.key else text
        shown = re.sub(r"\bsk[-_][\w*-]{4,}", "•••", shown)
        return " ".join(shown.split())[:300]

    def too_large(self) -> NeverWorksError:
        return NeverWorksError(
            f"{self.base_url} answered with more than {self.max_answer_bytes:,} bytes.",
            remedy=f"Choose another model, or raise the {self.role}'s max_answer_bytes.",
        )

    def wrong_type(self, response: aiohttp.ClientResponse) -> NeedsPersonError:
        return NeedsPersonError(
            f"{response.url} answered with {self.hide(response.content_type)}, which no {self.kind} does.",
            remedy=f"Check the {self.role}'s base_url; it usually ends in /v1.",
        )


class BrokenAnswerError(TryLaterError):
    """The question had been sent when the answer broke off: a server that charges may have charged for it."""


class UnreachableError(TryLaterError):
    """Nothing answers at the server's address; nothing was sent."""


Judge = Callable[[int, str], Exception | None]
"""An engine's own reading of a refusal, by its status and what the server said; None leaves it to the usual one."""


class Connection:
    """An engine's HTTP session, opened by its first call. No proxy and no password file of the environment is used."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    def open(self) -> aiohttp.ClientSession:
        import aiohttp  # noqa: PLC0415  # a tenth of a second, which settings that only read options do without

        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(trust_env=False, headers={"User-Agent": "ReelForge"})
        return self._session

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


@asynccontextmanager
async def answer_of(
    session: aiohttp.ClientSession,
    server: Server,
    path: str,
    body: Mapping[str, Any] | None,
    headers: Mapping[str, str],
    now: float,
    judge: Judge = lambda _status, _said: None,
) -> AsyncIterator[aiohttp.ClientResponse]:
    """The answer (status 200) to one POST of ``body`` as JSON to ``base_url/path`` (without a body: to a GET), to be
    read inside the block.

    ``now`` is Unix time, to read a Retry-After that is a date. Whatever happens while it is sent or read becomes
    TryLaterError (busy), UnreachableError, BrokenAnswerError (stalled, cut), NeedsPersonError (key, address, quota),
    NeverWorksError (refused), or what ``judge`` says.
    """
    import aiohttp  # noqa: PLC0415  # a tenth of a second, which settings that only read options do without

    address = f"{server.base_url}/{path}"
    sent = {"Accept-Encoding": "identity", **headers}
    waits = aiohttp.ClientTimeout(total=server.timeout, sock_connect=15, sock_read=server.stall_timeout)
    try:
        asking = session.request(
            "GET" if body is None else "POST", address, json=body, headers=sent, timeout=waits, allow_redirects=False
        )
        async with asking as response:
            if response.status != 200:
                said = await _said(response, server)
                raise judge(response.status, said) or _refusal(response, server, said, now)
            yield response
    except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError) as error:
        raise NeedsPersonError(
            f"{server.base_url} could not be trusted: {server.hide(str(error))}.",
            remedy="Check address and certificate.",
        ) from error
    except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
        raise UnreachableError(
            f"{server.base_url} could not be reached: {_why(error)}.",
            remedy=f"Start the server, or correct the {server.role}'s base_url.",
        ) from error
    except TimeoutError as error:
        raise BrokenAnswerError(f"{server.base_url} stopped answering in the middle of {server.work}.") from error
    except aiohttp.ClientError as error:
        why = server.hide(str(error) or type(error).__name__)
        raise BrokenAnswerError(f"{server.base_url} broke off its answer: {why}.") from error


async def read_all(response: aiohttp.ClientResponse, server: Server, most: int) -> bytes:
    """The whole body. Raises NeverWorksError once it is longer than ``most`` bytes, without reading on."""
    data = bytearray()
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > most:
            raise server.too_large()
    return bytes(data)


def maybe_paid(error: BrokenAnswerError, job: str) -> MaybePaidError:
    """What a broken answer is when answers cost money: nothing to try again without a person."""
    return MaybePaidError(
        f"{error.message} It may have charged for the answer.",
        remedy=f"`reelforge retry {job}` asks, and pays, once more; `reelforge cancel {job}` lets go of it.",
    )


def key_of(variable: str | None, base_url: str) -> str | None:
    """The key that an environment variable holds. Raises NeedsPersonError when it holds none."""
    if variable is None:
        return None
    key = os.environ.get(variable, "").strip()
    if not key:
        raise NeedsPersonError(
            f"The key for {base_url} is missing.", remedy=f"Set the environment variable {variable}."
        )
    if not (key.isascii() and key.isprintable()):
        raise NeedsPersonError(
            f"The environment variable {variable} does not hold a key.", remedy="Copy the key again."
        )
    return key


def key_missing(subject: str, variable: str | None, base_url: str) -> Finding | None:
    """What ``reelforge check`` says when the variable holds no key."""
    if not variable or os.environ.get(variable, "").strip():
        return None
    return Finding(
        subject=subject,
        ok=False,
        sentence=f"The environment variable {variable} holds no key for {base_url}.",
        remedy=f"Set {variable}, for example with `export {variable}=…`.",
    )


def listening(subject: str, base_url: str) -> Finding:
    """Whether a server on this machine listens. A hosted one is not asked: a check tells nobody."""
    if not is_here(base_url):
        return Finding(subject=subject, ok=True, sentence=f"Asks {base_url}.")
    parts = urlsplit(base_url)
    try:
        with socket.create_connection((parts.hostname, parts.port or 80), timeout=2):
            return Finding(subject=subject, ok=True, sentence=f"Asks {base_url}, which answers.")
    except OSError as error:
        why = (error.strerror or "it does not answer").lower()
        return Finding(subject=subject, ok=False, sentence=f"Nothing answers at {base_url} ({why}).")


def is_here(base_url: str) -> bool:
    """Whether an address is this machine's own."""
    host = urlsplit(base_url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def _why(error: Exception) -> str:
    import aiohttp  # noqa: PLC0415  # a tenth of a second, which settings that only read options do without

    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "no such host is known"
    if isinstance(error, aiohttp.ClientConnectorError) and error.os_error.errno:
        return os.strerror(error.os_error.errno).lower()
    return "it does not answer in time"


def _refusal(response: aiohttp.ClientResponse, server: Server, said: str, now: float) -> Exception:
    """The error that an HTTP status other than 200 means."""
    status, who = response.status, server.base_url
    because = f" ({status}{f': {said}' if said else ''})"
    if status in {400, 401, 402, 403, 429} and _NO_CREDIT.search(said):
        return NeedsPersonError(f"The account at {who} has no credit left{because}.", remedy="Add credit, then retry.")
    needs_person = {
        401: ("refused the key", f"Put a valid key into the environment variable the {server.role}'s key_env names."),
        402: ("wants to be paid first", "Settle the account, then retry the job."),
        403: ("does not allow this", "Check the key's rights and the model's terms."),
        404: (f"has no {server.asked} or no such address", f"Check {server.options}."),
    }
    if status in needs_person:
        what, remedy = needs_person[status]
        return NeedsPersonError(f"{who} {what}{because}.", remedy=remedy)
    if 300 <= status < 400:
        target = server.hide(response.headers.get("Location", "elsewhere"))
        remedy = f"Put that address into the {server.role}'s base_url."
        return NeedsPersonError(f"{who} has moved to {target}.", remedy=remedy)
    if status in {408, 409, 425, 429} or status >= 500:
        after = retry_after(response.headers.get("Retry-After"), now)
        what = "is too busy" if status == 429 else "failed"
        kind = TryLaterError if status in _NOTHING_DONE else BrokenAnswerError
        return kind(f"{who} {what}{because}.", retry_after=after)
    return _never(f"{who} refused the question{because}.", server)


def _never(message: str, server: Server) -> ReelForgeError:
    return NeverWorksError(message, remedy=f"Check the {server.role}'s options against what this server takes.")


async def _said(response: aiohttp.ClientResponse, server: Server) -> str:
    """What the server says about its refusal, short and without secrets."""
    data = b""
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > ERROR_LIMIT:
            break
    text = data[:ERROR_LIMIT].decode("utf-8", "replace")
    try:
        document = json.loads(text)
        error = document.get("error") or document.get("detail") or text
    except (ValueError, AttributeError, RecursionError):
        return "" if text.lstrip().startswith("<") else server.hide(text)
    if isinstance(error, dict):
        error = " ".join(str(error[key]) for key in ("message", "code", "status") if error.get(key))
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
