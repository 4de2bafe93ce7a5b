"""The files a timeline names: in the asset store, or beside the timeline's own file."""

from __future__ import annotations

import hashlib
import os
import re
import threading
import time
from io import BufferedReader
from pathlib import Path
from typing import Final, Protocol

from reelforge.domain.timeline import Source
from reelforge.errors import InputError, TryLaterError

_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
Stamp = tuple[int, int, int, int]
"""A file's size, the time it was written (ns), its inode and device: while none of them changes, its content does not,
but for who sets times on purpose.
"""
Hashes = dict[tuple[int, int, int, int, int], str]
"""The SHA-256 of files by their stamps and the times they were last changed in any way (ns)."""
_SETTLED_NS: Final = 3_000_000_000
"""File systems count time in steps of up to two seconds."""


class Store(Protocol):
    """Where files lie by their hash; the asset store is one."""

    def has(self, ref: str, /) -> bool: ...
    def path(self, ref: str, /) -> Path: ...


class Sources:
    """Finds each source once and knows its content's hash. ``base`` is the folder that relative paths count from,
    ``hashes`` are those of files found before, by their stamps, which these are added to.
    """

    def __init__(self, assets: Store, base: Path, hashes: Hashes | None = None) -> None:
        self._assets = assets
        self._base = base
        self._hashes = {} if hashes is None else hashes
        self._lock = threading.Lock()
        self._found: dict[Source, tuple[Path, str]] = {}
        self._stamps: dict[Path, tuple[Stamp, str]] = {}

    def path(self, source: Source, where: str) -> Path:
        """The source's file. Raises InputError beginning with ``where`` (a place in the timeline) when there is none,
        or when a path's content is not what its hash says.
        """
        return self._find(source, where)[0]

    def digest(self, source: Source, where: str) -> str:
        """The SHA-256 of the source's content; raises as :meth:`path` does."""
        return self._find(source, where)[1]

    def refuse_changed(self) -> None:
        """Raise TryLaterError when a file beside the timeline was written to since it was hashed: what has been made of
        it may not show what its hash stands for. Costs a look at each file's stamp.
        """
        for path, (stamp, where) in self._stamps.copy().items():  # another thread may be adding to it
            try:
                same = _stamp(path.stat()) == stamp
            except OSError:
                same = False
            if not same:
                raise TryLaterError(
                    f"{where}: {path} was changed while it was being rendered.",
                    remedy="It will be rendered as it is then.",
                )

    def _find(self, source: Source, where: str) -> tuple[Path, str]:
        with self._lock:
            if source not in self._found:
                self._found[source] = self._look_up(source, where)
            return self._found[source]

    def _look_up(self, source: Source, where: str) -> tuple[Path, str]:
        if source.sha256 and self._assets.has(source.sha256):
            return self._assets.path(source.sha256), source.sha256
        if not source.path:
            raise InputError(
                f"{where}: the asset {(source.sha256 or '')[:12]} is not in the store.",
                remedy="Make it again, or give the file's path.",
            )
        if _ADDRESS.match(source.path):
            raise InputError(
                f"{where}: {source.path} is an address, and nothing is fetched while rendering.",
                remedy="Download it, and give the file's path.",
            )
        path = self._base / source.path
        try:
            path = self._base / Path(source.path).expanduser()
            if path.exists() and not path.is_file():
                raise InputError(f"{where}: {path} is a folder, a pipe or a device.", remedy="Name a file.")
            with path.open("rb") as file:
                status = os.fstat(file.fileno())
                self._stamps[path] = _stamp(status), where
                digest = self._digest(file, status)
        except FileNotFoundError as error:
            raise InputError(
                f"{where}: there is no file {path}.", remedy="Correct the path or bring the file back."
            ) from error
        except (OSError, RuntimeError, ValueError) as error:  # of the latter, ~nobody, and a path that is none
            reason = error.strerror if isinstance(error, OSError) else error
            raise InputError(f"{where}: {path} cannot be read ({reason}).", remedy="Correct the path.") from error
        if source.sha256 and digest != source.sha256:
            raise InputError(
                f"{where}: {path} is not the file that was meant, its content has another hash.",
                remedy="Bring the right file back, or leave the hash out.",
            )
        return path, digest

    def _digest(self, file: BufferedReader, status: os.stat_result) -> str:
        """The SHA-256 of a file's content: known from before when it has not been touched since, which its change time
        tells; that of one just written may be its next writer's too.
        """
        touched = *_stamp(status), status.st_ctime_ns
        digest = self._hashes.get(touched) or hashlib.file_digest(file, "sha256").hexdigest()
        if time.time_ns() - status.st_ctime_ns > _SETTLED_NS:
            self._hashes[touched] = digest
        return digest


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev
