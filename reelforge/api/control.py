"""The control socket: a command hands its job to the process that holds the work folder, and follows it.

HTTP over a Unix domain socket that only its owner may open. It carries the same values the journal holds.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import aiohttp
import pydantic
import structlog
from aiohttp import web

from reelforge.domain.events import AnyEvent, JobCancelled, JobFailed, JobFinished
from reelforge.domain.job import JobRecord, Order
from reelforge.domain.material import Material
from reelforge.domain.value import Value
from reelforge.errors import InputError, NeedsPersonError, ReelForgeError, TryLaterError
from reelforge.private import private_folder

log = structlog.get_logger("reelforge.control")

V = TypeVar("V", bound=Value)

LONGEST_SOCKET_PATH: Final = 100
"""macOS allows 103 bytes, Linux 107 (sockaddr_un)."""
MOST_BYTES: Final = 64 << 20
"""Of a request: the material of hours of speech."""
FINAL: Final = (JobFinished, JobFailed, JobCancelled)
_EVENT: Final[pydantic.TypeAdapter[AnyEvent]] = pydantic.TypeAdapter(AnyEvent)


def socket_path(home: Path) -> Path:
    """Where the socket of a work folder is: inside it, or, when that path is too long for a socket, in /tmp."""
    direct = home / "control.sock"
    if len(os.fsencode(direct)) <= LONGEST_SOCKET_PATH:
        return direct
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path(private_folder()) / f"{name}.sock"


class _Submission(Value):
    order: Order
    job: str | None = pydantic.Field(default=None, pattern=r"^[0-9a-z]{1,32}$")


class _Amendment(Value):
    material: Material
    known: int


class Desk(Protocol):
    """What the socket offers; the running app fulfils it."""

    async def submit(self, order: Order, job: str | None = None) -> JobRecord: ...
    async def cancel(self, job: str) -> JobRecord: ...
    async def retry(self, job: str) -> JobRecord: ...
    async def amend(self, job: str, material: Material, known: int) -> JobRecord:
        """Go on with a job from what a person made of its words; ``known`` is how many versions of them there were."""

    def follow(self, job: str) -> AsyncIterator[AnyEvent]:
        """Everything that happened to a job so far and happens until it ends."""


@asynccontextmanager
async def serve(desk: Desk, home: Path) -> AsyncIterator[Path]:
    """Listen on the work folder's socket. The caller holds the folder's lock, so a leftover socket is nobody's."""
    path = socket_path(home)
    path.unlink(missing_ok=True)
    runner = web.AppRunner(_application(desk), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        before = os.umask(0o177)
        try:
            await web.UnixSite(runner, path).start()
        finally:
            os.umask(before)
        yield path
    finally:
        await runner.cleanup()
        path.unlink(missing_ok=True)


def _application(desk: Desk) -> web.Application:
    async def submit(request: web.Request) -> web.StreamResponse:
        asked = await _read(request, _Submission)
        return _record(await desk.submit(asked.order, asked.job))

    async def cancel(request: web.Request) -> web.StreamResponse:
        return _record(await desk.cancel(request.match_info["job"]))

    async def retry(request: web.Request) -> web.StreamResponse:
        return _record(await desk.retry(request.match_info["job"]))

    async def amend(request: web.Request) -> web.StreamResponse:
        asked = await _read(request, _Amendment)
        return _record(await desk.amend(request.match_info["job"], asked.material, asked.known))

    async def follow(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await answer.prepare(request)
        async for event in desk.follow(request.match_info["job"]):
            await answer.write(event.model_dump_json().encode() + b"\n")
        await answer.write_eof()
        return answer

    application = web.Application(middlewares=[_sentences], client_max_size=MOST_BYTES)
    application.add_routes(
        [
            web.post("/jobs", submit),
            web.post("/jobs/{job}/cancel", cancel),
            web.post("/jobs/{job}/retry", retry),
            web.post("/jobs/{job}/amend", amend),
            web.get("/jobs/{job}/events", follow),
        ]
    )
    return application


@web.middleware
async def _sentences(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except ReelForgeError as error:
        kinds = ((InputError, 400), (NeedsPersonError, 409), (TryLaterError, 503))
        status = next((status for kind, status in kinds if isinstance(error, kind)), 500)
        return web.json_response({"message": error.message, "remedy": error.remedy}, status=status)


async def _read(request: web.Request, kind: type[V]) -> V:
    try:
        return kind.model_validate_json(await request.read())
    except ValueError as error:
        raise InputError(f"The request is not understood: {error}") from error


def _record(record: JobRecord) -> web.Response:
    return web.Response(text=record.model_dump_json(), content_type="application/json")


class Control:
    """The other end of the socket, for commands."""

    def __init__(self, home: Path) -> None:
        self._path = socket_path(home)

    async def submit(self, order: Order, job: str | None = None) -> JobRecord:
        """Hand an order in. ``job`` names its job, so that it stays one job if this is asked again."""
        return await self._post("/jobs", {"order": order.model_dump(mode="json"), "job": job})

    async def cancel(self, job: str) -> JobRecord:
        return await self._post(f"/jobs/{job}/cancel", {})

    async def retry(self, job: str) -> JobRecord:
        return await self._post(f"/jobs/{job}/retry", {})

    async def amend(self, job: str, material: Material, known: int) -> JobRecord:
        """Go on with a job from what a person made of its words. Doing it again changes nothing."""
        return await self._post(f"/jobs/{job}/amend", {"material": material.model_dump(mode="json"), "known": known})

    async def follow(self, job: str) -> AsyncIterator[AnyEvent]:
        """The job's events until it ends. Raises TryLaterError when the other process stops before that."""
        ended = False
        try:
            async with self._session() as session, session.get(f"http://reelforge/jobs/{job}/events") as answer:
                if answer.status != web.HTTPOk.status_code:
                    raise ReelForgeError(f"Job {job} cannot be followed: {await answer.text()}")
                async for line in answer.content:
                    event = _EVENT.validate_json(line)
                    ended = isinstance(event, FINAL)
                    yield event
        except aiohttp.ClientError as error:
            log.debug("follow cut", reason=str(error))
        if not ended:
            raise TryLaterError(
                f"The process making job {job} stopped; nothing is lost.",
                remedy="Start it again with `reelforge run`: the job goes on from its last finished step.",
            )

    async def _post(self, path: str, body: dict[str, Any]) -> JobRecord:
        try:
            async with self._session() as session, session.post(f"http://reelforge{path}", json=body) as answer:
                text = await answer.text()
                if answer.status == web.HTTPOk.status_code:
                    return JobRecord.model_validate_json(text)
                problem = await answer.json() if answer.content_type == "application/json" else {"message": text}
                kinds = {400: InputError, 409: NeedsPersonError, 503: TryLaterError}
                raise kinds.get(answer.status, ReelForgeError)(problem["message"], remedy=problem.get("remedy", ""))
        except aiohttp.ClientError as error:
            raise TryLaterError(
                "ReelForge is starting or stopping and does not answer yet.", remedy="Try again in a moment."
            ) from error

    def _session(self) -> aiohttp.ClientSession:
        timeout = aiohttp.ClientTimeout(total=None, connect=10)
        connector = aiohttp.UnixConnector(path=str(self._path))
        return aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False, read_bufsize=1 << 20)
