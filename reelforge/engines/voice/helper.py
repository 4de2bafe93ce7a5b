"""A helper program that answers questions: started when needed, started again when it died, ended with its engine.

It reads one JSON request a line on standard input and writes one JSON answer a line on standard output. What may not be
loaded into our own process (programs under the GPL, libraries that crash) is asked through it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.abc
from anyio.streams.buffered import BufferedByteReceiveStream

import reelforge
from reelforge.errors import NeedsPersonError, TryLaterError

_LONGEST_ANSWER: Final = 256 * 1024 * 1024
_COMPLAINTS_KEPT: Final = 2000


def own_environment() -> dict[str, str]:
    """The environment for a helper of our own: this process's, and in ``PYTHONPATH`` first where this very package
    lies, so that a checkout runs its own helpers from any folder.
    """
    home = str(Path(reelforge.__file__).resolve().parent.parent)
    known = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(part for part in (home, known) if part)}


class HelperProgram:
    """One program, called ``name`` in sentences. Requests from many tasks are answered one after another.

    A request that is cancelled, times out (``timeout`` seconds) or finds the program dead kills the whole process
    group; the next one starts a fresh program. Then TryLaterError is raised, ending in ``remedy``.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        timeout: float,
        remedy: str,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._name = name
        self._command = list(command)
        self._timeout = timeout
        self._remedy = remedy
        self._environment = environment
        self._turn = anyio.Lock()
        self._process: anyio.abc.Process | None = None
        self._answers: BufferedByteReceiveStream | None = None
        self._complaints = b""

    async def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one request. Raises NeedsPersonError when the program is not there."""
        async with self._turn:
            if self._process is not None and self._process.returncode is not None:
                await self._end()
            answered = False
            try:
                with anyio.fail_after(self._timeout):
                    answer = await self._exchange(json.dumps(request).encode("ascii") + b"\n")
                answered = True
            except TimeoutError:
                raise TryLaterError(
                    f"The {self._name} did not answer within {self._timeout:g} seconds and was stopped.",
                    remedy="It is started afresh at the next try.",
                ) from None
            except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.IncompleteRead):
                raise TryLaterError(
                    f"The {self._name} died while it was asked.{await self._last_words()}",
                    remedy=f"It is started afresh at the next try. If this goes on: {self._remedy}",
                ) from None
            finally:
                if not answered:
                    await self._end()
        return answer

    async def aclose(self) -> None:
        """End the program. Safe to call twice, and when it never ran."""
        async with self._turn:
            await self._end()

    async def _exchange(self, line: bytes) -> dict[str, Any]:
        process, answers = await self._started()
        assert process.stdin is not None
        answer = b""
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._drain, process)
                await process.stdin.send(line)
                answer = await answers.receive_until(b"\n", _LONGEST_ANSWER)
                tasks.cancel_scope.cancel()
        except* (anyio.EndOfStream, anyio.BrokenResourceError, anyio.IncompleteRead) as dead:
            raise dead.exceptions[0] from None
        try:
            parsed: dict[str, Any] = json.loads(answer)
        except ValueError:
            told = answer[:80].decode("utf-8", "replace")
            raise TryLaterError(
                f"The {self._name} answered with something else: {told!r}.", remedy=self._remedy
            ) from None
        return parsed

    async def _drain(self, process: anyio.abc.Process) -> None:
        assert process.stderr is not None
        async for block in process.stderr:
            self._complaints = (self._complaints + block)[-_COMPLAINTS_KEPT:]

    async def _started(self) -> tuple[anyio.abc.Process, BufferedByteReceiveStream]:
        if self._process is None or self._answers is None:
            self._complaints = b""
            try:
                self._process = await anyio.open_process(self._command, env=self._environment, start_new_session=True)
            except (FileNotFoundError, PermissionError) as problem:
                why = problem.strerror or problem
                raise NeedsPersonError(f"The {self._name} cannot be run: {why}.", remedy=self._remedy) from problem
            except OSError as problem:
                raise TryLaterError(f"The {self._name} could not be started: {problem}.") from problem
            assert self._process.stdout is not None
            self._answers = BufferedByteReceiveStream(self._process.stdout)
        return self._process, self._answers

    async def _end(self) -> None:
        process, self._process, self._answers = self._process, None, None
        if process is None:
            return
        with anyio.CancelScope(shield=True):
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):  # it ended between the look and the kill
                    os.killpg(process.pid, signal.SIGKILL)
            await process.aclose()

    async def _last_words(self) -> str:
        """What a dead program left on its standard error, as the end of a sentence."""
        if self._process is not None:
            with anyio.move_on_after(1):
                await self._drain(self._process)
        said = self._complaints.decode("utf-8", "replace").strip().splitlines()
        return f" It said: {said[-1]}." if said else ""
