"""The command's side: find the resident, ask it, leave one behind. Nothing is loaded that this does not need."""

from __future__ import annotations

import os
import resource
import signal
import sys
from contextlib import suppress

from reelforge.errors import InputError
from reelforge.private import private_folder

TYPE_CHECKING = False  # as typing has it, which takes a tenth of what a command takes that the resident runs
if TYPE_CHECKING:
    import socket

NUMBER_BYTES = 4
"""Of its process's number, with which the resident begins."""
FILES = 3
"""Standard output, standard error and the folder: they are handed over with a question."""
LONGEST = 1 << 20
"""Bytes of a question."""
PATIENCE = 1.0
"""Seconds within which a question is told, and begun."""
_STOPPING = 10.0
"""Seconds within which a command that is interrupted should have ended."""
_STAYS = 60.0
# What decides how Python starts and how the libraries are loaded. A process that runs already cannot be told of these.
_EARLY = (
    "PYTHON",
    "TERM_PROGRAM",
    "__CF",
    "LC_",
    "LANG",
    "LD_",
    "DYLD_",
    "OPENCV_",
    "OPENBLAS_",
    "OMP_",
    "MALLOC_",
    "PYDANTIC_",
)
_UNUSUAL = ("optimize", "isolated", "ignore_environment", "no_user_site", "no_site", "safe_path", "dev_mode", "debug")
_START = "import sys; sys.path[:] = sys.argv[2:]; from reelforge.resident.server import stay; stay(sys.argv[1])"


def find_resident(arguments: list[str]) -> Resident | None:
    """The resident that may run this command: it must draw a frame or a preview and name no file that this process
    alone has open (``/dev/stdin``, a shell's ``<(…)``), and the person must not have said that there be none.
    """
    if arguments[1:2] != ["frame"] and (arguments[1:2] != ["render"] or "--preview" not in arguments):
        return None
    if any("/dev/" in part or "/proc/" in part or part == "--help" for part in arguments):
        return None
    if any(getattr(sys.flags, flag) for flag in _UNUSUAL) or sys.warnoptions or sys._xoptions:  # noqa: SLF001 - documented
        return None  # what Python was told on its own command line is not told to another
    with suppress(InputError, OSError):  # the command says what is wrong, when that is not of the resident alone
        return Resident() if idle_seconds() else None
    return None


def idle_seconds() -> float:
    """How long a resident waits for the next question: ``REELFORGE_RESIDENT``, else a minute; 0: there is none.

    Raises InputError when that is not a number of seconds.
    """
    given = os.environ.get("REELFORGE_RESIDENT", "")
    try:
        seconds = float(given or _STAYS)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86400:
        raise InputError(
            f"REELFORGE_RESIDENT is “{given}”.",
            remedy="Give the seconds that a process stays to draw the next frame, up to 86400, or 0 for none.",
        )
    return seconds


class Resident:
    """The one that does just what this process would. To be made before anything else is loaded: OpenCV changes the
    environment.

    Raises OSError when its name cannot be told, and InputError when the folder for sockets is not private.
    """

    def __init__(self) -> None:
        self._environment = dict(os.environ)
        self.path = _path()

    def asked(self, arguments: list[str]) -> int | None:
        """Let it run a command. Gives the exit code, or None when there is none that ran it to its end.

        When this process is interrupted, the resident stops drawing, and KeyboardInterrupt is raised.
        """
        import socket  # a fifth of what `reelforge --help` takes

        for output in (1, 2):  # one that is closed would be this socket's
            try:
                os.fstat(output)
            except OSError:
                return None
        folder, number = -1, b""
        with socket.socket(socket.AF_UNIX) as line:
            try:
                line.settimeout(PATIENCE)
                line.connect(self.path)
                folder = os.open(".", os.O_RDONLY)
                question = _question(arguments, self._environment)
                whole = len(question).to_bytes(4, "big") + question
                if rest := whole[socket.send_fds(line, [whole], [1, 2, folder]) :]:
                    line.sendall(rest)  # to send nothing would fail when the answer is there already
                number = line.recv(NUMBER_BYTES, socket.MSG_WAITALL)
                if len(number) < NUMBER_BYTES:
                    return None
                line.settimeout(None)
                code = line.recv(1)
            except OSError:
                return None
            except KeyboardInterrupt:
                _hang_up(line, int.from_bytes(number, "big"))
                raise
            finally:
                if folder >= 0:
                    os.close(folder)
        return code[0] if code else None

    def leave(self) -> int:
        """Leave one behind for the commands to come, with none of this process's files and not of its group; gives the
        number of its process. Raises OSError when the machine can start no process more.
        """
        nothing = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)]
        command = [sys.executable, "-c", _START, self.path, *map(os.path.abspath, sys.path)]
        usual = (signal.SIGCHLD, signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)
        return os.posix_spawn(
            sys.executable, command, self._environment, file_actions=nothing, setsigmask=(), setsigdef=usual
        )


def _question(arguments: list[str], environment: dict[str, str]) -> bytes:
    mask = os.umask(0o077)
    os.umask(mask)
    question = ascii({"arguments": arguments, "environment": environment, "umask": mask}).encode()
    if len(question) > LONGEST:
        raise OSError
    return question


def _hang_up(line: socket.socket, process: int) -> None:
    """Nothing of it may come after this process's end, so that of the resident is waited for; or made."""
    import socket  # as above

    try:
        line.shutdown(socket.SHUT_WR)
        line.settimeout(_STOPPING)
        while line.recv(NUMBER_BYTES):
            pass
    except TimeoutError:
        if process:
            with suppress(OSError):
                os.kill(process, 9)
    except OSError:
        pass


def _path() -> str:
    """The socket's: in its name are the code, the shipped material, the libraries, Python, and how it was started."""
    import hashlib  # as above

    early = sorted(one for one in os.environ.items() if one[0].startswith(_EARLY))
    told = (code_seen(), early, [*map(os.path.abspath, sys.path)], sys.executable, sys.version, sys.flags, _rights())
    return f"{private_folder()}/frame-{hashlib.sha256(ascii(told).encode()).hexdigest()[:24]}.sock"


def _rights() -> tuple[object, ...]:
    """What this process sees of the file system, and what the system lets it do."""
    root, names = os.stat("/"), ("FSIZE", "AS", "DATA", "CPU", "NOFILE", "NPROC")
    limits = [resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in names]
    mounts = ""
    with suppress(OSError):  # of Linux
        mounts = os.readlink("/proc/self/ns/mnt")
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    return root.st_dev, root.st_ino, mounts, limits, nice, os.getegid(), os.getgroups()


def code_seen() -> list[tuple[str, int, int]]:
    """The files of the code and the shipped material, and the folders of libraries: (path, bytes, nanoseconds of the
    last change). Raises OSError when one is not there.
    """
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    inside = os.path.join(package, "share")
    shipped = inside if os.path.isdir(inside) else os.path.dirname(package)
    found = [_seen(part) for part in sys.path if part.endswith("-packages") and os.path.isdir(part)]
    for folder in (package, os.path.join(shipped, "config"), os.path.join(shipped, "fonts")):
        found += _files(folder)
    return found


def _files(folder: str) -> list[tuple[str, int, int]]:
    found: list[tuple[str, int, int]] = []
    for entry in os.scandir(folder):
        if not entry.is_dir():
            found.append(_seen(entry.path))
        elif entry.name != "__pycache__":
            found += _files(entry.path)
    return sorted(found)


def _seen(path: str) -> tuple[str, int, int]:
    status = os.stat(path)
    return path, status.st_size, status.st_mtime_ns
