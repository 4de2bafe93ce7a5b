"""What the servers for tests have in common: a plan of faults, a place on the loopback, a command that runs them."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import anyio
from aiohttp import web


@dataclass
class PlannedServer:
    """A running server: its address, what it was asked (bodies and headers, in order), and what is still planned.

    An entry of the plan is a fault's name, some with ``=VALUE``; once the plan is used up every call is answered well.
    """

    base_url: str = ""
    plan: list[str] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    stopping: anyio.Event = field(default_factory=anyio.Event, repr=False)

    @property
    def calls(self) -> int:
        return len(self.requests)

    async def take(self, request: web.Request) -> tuple[str, str]:
        """Note a call; gives the fault it meets and the fault's value."""
        self.requests.append(await request.json())
        self.headers.append(dict(request.headers))
        fault, _, value = (self.plan.pop(0) if self.plan else "valid").partition("=")
        return fault, value


S = TypeVar("S", bound=PlannedServer)


class Serving(Protocol):
    """A server's own ``serving``: the plan in, the running server out."""

    def __call__(self, plan: list[str], *, port: int) -> AbstractAsyncContextManager[PlannedServer]: ...


def check_plan(plan: Iterable[str], faults: Collection[str]) -> list[str]:
    """The plan as a list. Raises ValueError for a fault that does not exist."""
    checked = list(plan)
    for entry in checked:
        if entry.partition("=")[0] not in faults:
            raise ValueError(f"there is no fault {entry!r}; there are: {', '.join(faults)}")
    return checked


@asynccontextmanager
async def standing(server: S, application: web.Application, port: int) -> AsyncIterator[S]:
    """Serve on 127.0.0.1 while the block runs; port 0 takes a free one. A call that waits in a fault is let go then."""
    runner = web.AppRunner(application, shutdown_timeout=1.0, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        server.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        yield server
    finally:
        server.stopping.set()
        with anyio.CancelScope(shield=True):
            await runner.cleanup()


def moved(value: str) -> web.Response:
    return web.Response(status=307, headers={"Location": value or "http://127.0.0.1:9/v1"})


def page() -> web.Response:
    return web.Response(text="<html><body>It works!</body></html>", content_type="text/html")


def abort(request: web.Request) -> None:
    """Cut the connection where it stands."""
    if request.transport is not None:
        request.transport.abort()


def run_as_program(module: str, about: str | None, faults: Collection[str], serve: Serving) -> None:
    """``python -m MODULE --port N --plan JSON``: prints the address as one JSON line, serves until it is stopped."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--plan", default="[]", help="JSON list of faults, one a call")
    arguments = parser.parse_args()
    plan = check_plan(json.loads(arguments.plan), faults)
    anyio.run(_run, lambda: serve(plan, port=arguments.port))


async def _run(serve: Callable[[], AbstractAsyncContextManager[PlannedServer]]) -> None:
    async with serve() as server:
        _say({"base_url": server.base_url})
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            async for _signal in signals:
                break
        _say({"calls": server.calls})


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
