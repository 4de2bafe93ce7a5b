"""A speech server that takes money, for tests: ``python -m reelforge.testing.paid_server --log FILE [--plan JSON]``.

It prints its address as its first line and serves until it is stopped. ``POST /speech`` with ``{"text": …}`` and an
``Idempotency-Key`` charges once per key, writes the charge to the log (one JSON line, synced) before it answers, and
gives the same answer again for the same key: the promise of draft-ietf-httpapi-idempotency-key-header. It forgets
nothing when it is started again with the same log. What goes wrong on the way is its plan.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import random
import sys
import wave
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import numpy as np
from aiohttp import web
from pydantic import Field

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.value import Value

KEY_HEADER = "Idempotency-Key"


class FaultPlan(Value):
    """How often what goes wrong, as shares of requests (0 to 1) drawn from ``seed``.

    ``delay`` (seconds) comes before every answer. ``refuse`` answers 500 before charging, ``busy`` 429 with
    ``Retry-After``, ``cut`` closes the connection after charging, ``hang`` never answers after charging, ``broken``
    answers half a file after charging.
    """

    seed: int = 0
    delay: float = Field(default=0.0, ge=0)
    refuse: float = Field(default=0.0, ge=0, le=1)
    busy: float = Field(default=0.0, ge=0, le=1)
    cut: float = Field(default=0.0, ge=0, le=1)
    hang: float = Field(default=0.0, ge=0, le=1)
    broken: float = Field(default=0.0, ge=0, le=1)
    retry_after: float = Field(default=0.01, ge=0)


class PaidServer:
    """The server's state: what was charged, by key."""

    def __init__(self, log: Path, plan: FaultPlan) -> None:
        self._log = log
        self._plan = plan
        self._dice = random.Random(plan.seed)  # noqa: S311  # which faults, not a secret
        self._charged = {charge["key"]: charge["body"] for charge in charges(log)}

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_post("/speech", self._speech)
        return application

    async def _speech(self, request: web.Request) -> web.StreamResponse:
        plan = self._plan
        raw = await request.read()
        await anyio.sleep(plan.delay)
        fault = self._draw()
        if fault == "refuse":
            return web.json_response({"error": "no voice is free"}, status=500)
        if fault == "busy":
            return web.json_response({"error": "slow down"}, status=429, headers={"Retry-After": str(plan.retry_after)})
        key = request.headers.get(KEY_HEADER)
        if not key:
            return web.json_response({"error": f"{KEY_HEADER} is missing"}, status=400)
        body = hashlib.sha256(raw).hexdigest()
        text = json.loads(raw)["text"]
        if key not in self._charged:
            self._charge(key, body, text)
        if self._charged[key] != body:
            return web.json_response({"error": "this key was used for another request"}, status=422)
        return await self._answer(request, fault, text)

    async def _answer(self, request: web.Request, fault: str, text: str) -> web.StreamResponse:
        if fault == "hang":
            await anyio.sleep_forever()
        sound = tone(text)
        if fault in {"cut", "broken"} and request.transport is not None:
            half = web.StreamResponse(headers={"Content-Type": "audio/wav", "Content-Length": str(len(sound))})
            if fault == "broken":
                await half.prepare(request)
                await half.write(sound[: len(sound) // 2])
            request.transport.close()
            return half
        return web.Response(body=sound, content_type="audio/wav")

    def _draw(self) -> str:
        drawn = self._dice.random()
        for name in ("refuse", "busy", "cut", "hang", "broken"):
            drawn -= getattr(self._plan, name)
            if drawn < 0:
                return name
        return ""

    def _charge(self, key: str, body: str, text: str) -> None:
        with self._log.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, "body": body, "text": text}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._charged[key] = body


def charges(log: Path) -> list[dict[str, str]]:
    """Every charge in a server's log, in order."""
    if not log.exists():
        return []
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


def tone(text: str) -> bytes:
    """A WAV file (mono, 48 kHz, 16 bit) that stands for the text spoken: always the same for the same text."""
    digest = hashlib.sha256(text.encode()).digest()
    times = np.arange(max(1, len(text.split())) * SAMPLE_RATE // 50) / SAMPLE_RATE
    samples = np.rint(8_000 * np.sin(2 * np.pi * (200 + digest[0]) * times)).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()


@asynccontextmanager
async def serving(log: Path, plan: FaultPlan | None = None) -> AsyncIterator[str]:
    """Serve in this event loop, on a free port of the loopback; gives the address."""
    runner = web.AppRunner(PaidServer(log, plan or FaultPlan()).application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def _serve(log: Path, plan: FaultPlan) -> None:
    async with serving(log, plan) as address:
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        await anyio.sleep_forever()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description="A paid speech server for tests.")
    parser.add_argument("--log", type=Path, required=True, help="where each charge is written down")
    parser.add_argument("--plan", type=FaultPlan.model_validate_json, default=FaultPlan(), help="a FaultPlan as JSON")
    asked = parser.parse_args(arguments)
    anyio.run(_serve, asked.log, asked.plan)


if __name__ == "__main__":
    main()
