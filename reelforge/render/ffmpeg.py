"""The ffmpeg that encodes: found, known by what it is, and run with frames streamed into it."""

from __future__ import annotations

import errno
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import imageio_ffmpeg
from msgspec import Struct

from reelforge.errors import NeedsPersonError, NeverWorksError, ReelForgeError, TryLaterError
from reelforge.render.pipe import Pipe

_STALLED_SECONDS = 120.0
_LOOK_UP_SECONDS = 0.25
_REPORT_SECONDS = 0.05
_AHEAD = 13
_WAITING_BYTES = 40_000_000
"""What :data:`_AHEAD` frames of 1080×1920 hold."""
_REPORT = ("-progress", "pipe:1", "-stats_period", str(_REPORT_SECONDS))
_MISSING = "Install ffmpeg (`brew install ffmpeg` or your system's package), or install ReelForge's packages again."


class Ffmpeg(Struct, frozen=True):
    """A program that works: its path, its first version line, and the names of the encoders built into it."""

    path: Path
    version: str
    encoders: frozenset[str]

    @property
    def stamp(self) -> str:
        """Changes when the program's file does."""
        status = self.path.stat()
        return f"{self.path}|{status.st_size}|{status.st_mtime_ns}|{self.version}"


def discover(path: Path | None = None) -> Ffmpeg:
    """The ffmpeg to use, the first that works and can encode H.264.

    ``path`` or ``REELFORGE_FFMPEG`` names one and then no other is tried; else the system's is taken, else the one that
    comes with the imageio-ffmpeg package. Raises NeedsPersonError when there is none.
    """
    named = path or (Path(given) if (given := os.environ.get("REELFORGE_FFMPEG")) else None)
    if named:
        found = _examine(named)
        if found is None:
            raise NeedsPersonError(
                f"The ffmpeg named in the settings, {named}, does not run or cannot encode H.264.",
                remedy="Correct its path or remove the setting.",
            )
        return found
    for candidate in _candidates():
        if found := _examine(candidate):
            return found
    raise NeedsPersonError("No working ffmpeg was found.", remedy=_MISSING)


def _candidates() -> list[Path]:
    folders = os.environ.get("PATH", os.defpath)
    if sys.platform == "darwin":
        folders = os.pathsep.join([folders, "/opt/homebrew/bin", "/usr/local/bin"])
    found = [Path(system)] if (system := shutil.which("ffmpeg", path=folders)) else []
    if given := os.environ.get("IMAGEIO_FFMPEG_EXE"):
        return [*found, Path(given)]
    return [*found, *sorted(Path(imageio_ffmpeg.__file__).with_name("binaries").glob("ffmpeg-*"))]


def _examine(path: Path) -> Ffmpeg | None:
    try:
        listed = _asked(path, "-encoders")
        # The banner stands among what the loader or a wrapper says, or is hidden by one.
        banner = _banner(listed.stderr) or _banner(_asked(path, "-version").stdout)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    names = frozenset(line.split()[1] for line in listed.stdout.splitlines() if len(line.split()) > 1)
    if not banner or not names & {"libx264", "h264_videotoolbox"}:
        return None
    return Ffmpeg(path, banner, names)


def _asked(path: Path, what: str) -> subprocess.CompletedProcess[str]:
    # Its environment is a copy: a thread that changes the process's own at that moment (OpenCV does, while it is being
    # loaded) would keep the program from starting, with a bad address.
    own = dict(os.environ)
    return subprocess.run([path, "-nostdin", what], capture_output=True, timeout=30, text=True, check=True, env=own)


def _banner(said: str) -> str:
    return next((line for line in said.splitlines() if line.startswith("ffmpeg version")), "")


FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL = tuple(os.strerror(code) for code in FULL_DISK)
_PASSING = (
    *(os.strerror(code) for code in (errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.EIO, errno.ENOENT)),
    *("malloc", "received signal"),
)
"""What ffmpeg, x264 and x265 say when it is the machine's fault and not that of what they were asked for."""


class EncoderDiedError(TryLaterError):
    """An encoder ended before its work was done, or could not begin it for want of memory, files or the like."""


class EncoderRefusedError(NeverWorksError):
    """An encoder ended by itself before the first frame was encoded: it does not take what it is asked for."""


class Pace:
    """How many frames an encoder may be behind, so that its program does not fill dozens of places with waiting ones
    (a quarter of its memory). Shared by streams of the same encoder: what one has found, the others know.

    Encoders look some frames ahead before they give the first one back. One that stands still for want of frames is
    allowed more.
    """

    def __init__(self, frames: int = _AHEAD) -> None:
        self.frames = frames

    @classmethod
    def of(cls, frame_bytes: int) -> Pace:
        """For frames of so many bytes: of small ones more may wait, or a quick encoder would wait for us, since it is
        only now and then that ffmpeg says how far it is.
        """
        return cls(max(_AHEAD, _WAITING_BYTES // frame_bytes))

    def widen(self, frames: int) -> None:
        """It was too narrow for an encoder that had ``frames``."""
        self.frames = max(self.frames, frames + 8)


class FrameStream:
    """An ffmpeg fed with raw frames through a pipe; a context manager that leaves no process behind.

    ``check`` is called several times a second while ffmpeg keeps us waiting, and raises when the work was cancelled.
    Its error output is read all along. When it dies, stalls for two minutes, or the block is left by an exception, its
    whole process group is killed.
    """

    def __init__(
        self, command: Sequence[str | Path], what: str, check: Callable[[], None], pace: Pace | None = None
    ) -> None:
        program, *rest = (str(part) for part in command)
        self._command = [program, *_REPORT, *rest]
        self._what = what
        self._check = check
        self._pace = pace or Pace()
        self._errors: deque[bytes] = deque(maxlen=64)
        self._sent = self._encoded = 0
        self._line = b""

    def __enter__(self) -> Self:
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise NeedsPersonError(f"ffmpeg could not be started ({error}).", remedy=_MISSING) from error
        assert self._process.stdin
        assert self._process.stdout
        assert self._process.stderr
        self._in = self._process.stdin.fileno()
        self._pipe = Pipe(self._in)
        self._selector = selectors.DefaultSelector()
        os.set_blocking(self._in, False)
        for said, hear in ((self._process.stderr, self._complaint), (self._process.stdout, self._report)):
            os.set_blocking(said.fileno(), False)
            self._selector.register(said.fileno(), selectors.EVENT_READ, hear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kill()
        self._process.wait()
        self._selector.close()
        for end in (self._process.stdin, self._process.stdout, self._process.stderr):
            if end and not end.closed:
                end.close()

    def write(self, frame: memoryview) -> None:
        """Send one frame, whose memory must stay as it is until the next one is sent.

        Raises TryLaterError (EncoderDiedError) when ffmpeg has died or hangs, NeverWorksError (EncoderRefusedError)
        when it will not encode such frames with such settings, and NeedsPersonError when the disk is full.
        """
        self._hold_back()
        left = frame
        waiting = time.monotonic()
        while left:
            try:
                sent = self._pipe.send(left, len(frame))
            except BlockingIOError:
                self._selector.register(self._in, selectors.EVENT_WRITE)
                self._wait(waiting)
                self._selector.unregister(self._in)
                continue
            except BrokenPipeError:
                raise self._died() from None
            left = left[sent:]
            waiting = time.monotonic()
        self._sent += 1

    @property
    def behind(self) -> int:
        """How many frames were sent that have not left the encoder."""
        return self._sent - self._encoded

    def _hold_back(self) -> None:
        """Wait while ffmpeg has as many frames as keep its encoder busy."""
        waiting = time.monotonic()
        while self.behind >= self._pace.frames and self._selector.get_map():
            before = self._encoded
            self._wait(waiting)
            if self._encoded == before and time.monotonic() - waiting > 2 * _LOOK_UP_SECONDS:
                self._pace.widen(self.behind)

    def finish(self) -> None:
        """Close the pipe and wait until ffmpeg has written its file. Raises as :meth:`write` does."""
        assert self._process.stdin
        self._process.stdin.close()
        waiting, before = time.monotonic(), self._encoded
        while self._selector.get_map():
            self._wait(waiting)
            if self._encoded != before:
                waiting, before = time.monotonic(), self._encoded
        while (code := self._ended()) is None:
            self._look_up(waiting)
        if code != 0:
            raise self._died()

    def _ended(self) -> int | None:
        """The exit code, or None when a quarter of a second is over."""
        try:
            return self._process.wait(timeout=_LOOK_UP_SECONDS)
        except subprocess.TimeoutExpired:
            return None

    def _wait(self, since: float) -> None:
        """Until ffmpeg takes or says something, or a quarter of a second is over."""
        self._listen()
        self._look_up(since)

    def _look_up(self, since: float) -> None:
        """Whether the work was cancelled, or ffmpeg has stood still for too long."""
        self._check()
        if time.monotonic() - since > _STALLED_SECONDS:
            raise EncoderDiedError(
                f"ffmpeg stood still for {_STALLED_SECONDS:.0f} s while encoding {self._what}.",
                remedy="It will be tried again.",
            )

    def _listen(self) -> None:
        for key, _ in self._selector.select(_LOOK_UP_SECONDS):
            if key.data:
                if said := os.read(key.fd, 65_536):
                    key.data(said)
                else:
                    self._selector.unregister(key.fd)

    def _complaint(self, said: bytes) -> None:
        self._errors.append(said[-4096:])

    def _report(self, said: bytes) -> None:
        """Lines of ``key=value``; ``frame`` is how many have left the encoder."""
        *lines, self._line = (self._line + said).split(b"\n")
        for line in lines:
            name, _, value = line.partition(b"=")
            if name == b"frame" and value.strip().isdigit():
                self._encoded = int(value)

    def _died(self) -> ReelForgeError:
        code = self._end()
        said = b"".join(self._errors).decode(errors="replace").strip().splitlines()
        if _says(said, _FULL):
            return NeedsPersonError(
                f"The disk is full: {self._what} could not be written.", remedy="Free some space and retry."
            )
        # The first words are the cause, the last ones what came of it.
        words = dict.fromkeys((said[0], said[-1])) if said else {}
        because = f" ({' … '.join(f'“{each}”' for each in words)})" if words else ""
        if code > 0 and not self._encoded and not _says(said, _PASSING):
            return EncoderRefusedError(
                f"ffmpeg ended with code {code} before it had encoded a frame of {self._what}{because}.",
                remedy="Change what encode asks for in the timeline, or use another ffmpeg.",
            )
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        return EncoderDiedError(f"ffmpeg {how} while encoding {self._what}{because}.", remedy="It will be tried again.")

    def _end(self) -> int:
        """Give a dying process a moment to finish its last words and its last count, then its exit code."""
        until = time.monotonic() + 2.0
        while self._selector.get_map() and time.monotonic() < until:
            self._listen()
        self._kill()
        return self._process.wait()

    def _kill(self) -> None:
        """End the whole process group, if its leader still runs."""
        if self._process.poll() is None:
            # It may end in this very moment; macOS calls that a lack of permission.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def _says(lines: Sequence[str], words: Sequence[str]) -> bool:
    return any(word in line for line in lines for word in words)
