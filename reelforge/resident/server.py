"""The resident itself: one question at a time, in the main thread, as a command of its own would be run."""

from __future__ import annotations

import ast
import fcntl
import os
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from queue import Empty, SimpleQueue
from threading import Lock, Thread, main_thread
from types import ModuleType
from typing import Any, NamedTuple

from reelforge import lean
from reelforge.resident.client import FILES, LONGEST, NUMBER_BYTES, PATIENCE, code_seen, idle_seconds

_NEEDED = (
    "reelforge.frames",
    "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin",
    "reelforge.render.overlays",
    "reelforge.rendering",
    "reelforge.desk",
    "reelforge.reports",
    "reelforge.progress",
)
"""What a frame needs, and then what a preview needs besides."""
_SOON = 0.3
"""Seconds after which most frames are done: who asks before waits, which is less than it would take by itself."""
_MOST_WAITING = 5
"""Questions: on two cores, more of them are sooner done by processes of their own."""


class _Question(NamedTuple):
    telling: _Telling
    files: list[int]
    asked: dict[str, Any]


def stay(path: str) -> None:
    """Be the resident that listens at ``path``, until nobody asks any more; end at once if there is one already."""
    lean.starting()
    os.setsid()
    for number in map(int, os.listdir("/dev/fd")):
        if number > 2:
            with suppress(OSError):  # that of the listing is closed already
                os.close(number)
    os.chdir("/")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with socket.socket(socket.AF_UNIX) as listening:
        if not _bound(listening, path):
            return
        own = os.stat(path).st_ino
        try:
            _answer(listening)
        except KeyboardInterrupt:
            pass
        finally:
            with suppress(OSError):
                if os.stat(path).st_ino == own:
                    os.unlink(path)


def _bound(listening: socket.socket, path: str) -> bool:
    """Whether nobody else listens at the path, and this does now. What killed ones left beside it is cleared away."""
    place = os.path.dirname(path)
    folder = os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        for name in os.listdir(place):
            if name.startswith("frame-") and not _alive(f"{place}/{name}"):
                with suppress(FileNotFoundError):
                    os.unlink(f"{place}/{name}")
        if os.path.exists(path):
            return False
        listening.bind(path)
        listening.listen()
        return True
    finally:
        os.close(folder)


def _alive(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as other:
        try:
            other.settimeout(PATIENCE)
            other.connect(path)
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            pass
    return True


def _answer(listening: socket.socket) -> None:
    questions: SimpleQueue[_Question] = SimpleQueue()
    turns = _Turns()
    Thread(target=_listen_or_die, args=(listening, questions, turns), daemon=True).start()
    seen, idle = code_seen(), idle_seconds()
    from reelforge.__main__ import answered
    from reelforge.render.memory import give_back_free

    for question in _asked(questions, idle):
        if code_seen() != seen:  # loaded while it was being changed
            return
        code = _run(question, answered)
        turns.done()
        question.telling.tell(code)
        give_back_free()


def _asked(questions: SimpleQueue[_Question], idle: float) -> Iterator[_Question]:
    """The questions, until there is none for so many seconds. Nobody waits for what may be loaded later."""
    for name in _NEEDED:
        import_module(name)
        with suppress(Empty):
            yield questions.get_nowait()
    lean.staying()
    with suppress(Empty):
        while True:
            yield questions.get(timeout=idle)


class _Turns:
    """Who may ask: one at a time, and a few more while a frame is drawn that was begun just now."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken, self._begun, self._long = 0, 0.0, False

    def take(self) -> bool:
        """Whether another question may be asked now; it counts until it is :meth:`done`."""
        with self._lock:
            soon = not self._long and time.monotonic() - self._begun < _SOON
            if self._taken > (_MOST_WAITING if soon else 0):
                return False
            self._begun = self._begun if self._taken else time.monotonic()
            self._taken += 1
            return True

    def asked(self, command: str) -> None:
        """What takes longer than a frame is not waited for."""
        with self._lock:
            self._long = self._long or command != "frame"

    def done(self) -> None:
        """The one that was begun first is."""
        with self._lock:
            self._taken -= 1
            self._begun, self._long = time.monotonic(), self._long and self._taken > 0


def _listen_or_die(listening: socket.socket, questions: SimpleQueue[_Question], turns: _Turns) -> None:
    try:
        _listen(listening, questions, turns)
    except BaseException:  # noqa: BLE001 - one that can take no question must not stay: everybody would wait for it
        if listening.fileno() >= 0:
            os._exit(1)


def _listen(listening: socket.socket, questions: SimpleQueue[_Question], turns: _Turns) -> None:
    """Take a question when none is being answered, or those that are may soon be done; hang up on every other."""
    while listening.fileno() >= 0:
        try:
            line, _ = listening.accept()
        except ConnectionAbortedError:
            continue
        if turns.take():
            question = _heard(line)
            if question is None:
                line.close()
                turns.done()
            else:
                turns.asked(question.asked["arguments"][1])
                questions.put(question)
        else:
            line.close()


def _heard(line: socket.socket) -> _Question | None:
    files: list[int] = []
    try:
        line.settimeout(PATIENCE)
        told, files, _, _ = socket.recv_fds(line, 65536, FILES)
        while len(told) < 4 + int.from_bytes(told[:4], "big") <= 4 + LONGEST:
            more = line.recv(65536)
            if not more:
                break
            told += more
        asked = ast.literal_eval(told[4:].decode())
        if len(files) == FILES:
            line.settimeout(None)
            return _Question(_Telling(line), files, asked)
    except (OSError, ValueError, SyntaxError):
        pass
    for file in files:
        os.close(file)
    return None


def _run(question: _Question, run: Callable[[], int]) -> int:
    """Run a command as if it were a process of its own; gives its exit code. Raises what the command raised."""
    _become(question)
    try:
        code = run() if question.telling.begin() else 1
        question.telling.end()
        sys.stdout.flush()
        sys.stderr.flush()
    except SystemExit as ended:  # of typer's, when nobody reads what is printed
        question.telling.tell(ended.code if isinstance(ended.code, int) else 1)
        raise
    except Exception:
        traceback.print_exc()
        question.telling.tell(1)
        raise
    with open(os.devnull, "r+b", buffering=0) as nothing:
        for number in (1, 2):
            os.dup2(nothing.fileno(), number)
    os.chdir("/")
    return code


def _become(question: _Question) -> None:
    """Take over from who asks, and forget what this process would else remember of those before."""
    from reelforge.render.text.shelf import shelf

    out, err, folder = question.files
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.fchdir(folder)
    for file in question.files:
        os.close(file)
    os.umask(question.asked["umask"])
    os.environ.clear()
    os.environ.update(question.asked["environment"])
    sys.argv[:] = question.asked["arguments"]
    tempfile.tempdir = None
    shelf.cache_clear()
    for module in [*sys.modules.values()]:
        if isinstance(module, ModuleType):
            vars(module).pop("__warningregistry__", None)


class _Telling:
    """The line to who asked: a command under way whose caller goes away is interrupted, one that is done is not."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._lock = Lock()
        self._gone = self._under_way = self._told = False
        Thread(target=self._watch, daemon=True).start()

    def begin(self) -> bool:
        """Tell the caller, who waits no longer than for so long, that it is its turn. Whether it is still there."""
        with self._lock:
            with suppress(OSError):
                self._line.sendall(os.getpid().to_bytes(NUMBER_BYTES, "big"))
                self._under_way = not self._gone
            return self._under_way

    def _watch(self) -> None:
        with suppress(OSError):
            while self._line.recv(1024):
                pass
        with self._lock:
            self._gone = True
            if self._told:
                self._line.close()
            elif self._under_way:
                signal.pthread_kill(main_thread().ident or 0, signal.SIGINT)

    def end(self) -> None:
        """The command is done: who goes away now interrupts nothing."""
        with self._lock:
            self._under_way = False

    def tell(self, code: int) -> None:
        with self._lock:
            self._told, self._under_way = True, False
            with suppress(OSError):
                self._line.sendall(bytes([code]))
                self._line.shutdown(socket.SHUT_RDWR)  # wakes the watcher
            if self._gone:
                self._line.close()
