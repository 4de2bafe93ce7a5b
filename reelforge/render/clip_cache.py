"""Files kept by what they show: clips, thumbnails, sound. Bounded in size; shared by processes; safe to kill."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from reelforge.errors import InputError

_BEING_MADE = ".new"
_MAKING_SECONDS = 60.0
"""A folder is made and locked within this time; older unfinished ones belong to nobody."""
_NAME = re.compile(r"^(?P<key>[0-9a-f]{64})\.(?P<sum>[0-9a-f]{32})$")


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]


class ClipCache:
    """Files under ``root``, each named by its key and the checksum of its content, so that one rename settles both; in
    a folder for the first two digits of the key, so that few files lie beside it.

    At most ``most_bytes`` are kept, the longest unused going first (by several processes at once, each may add a
    sixteenth more before it looks again). Temporary files lie in a folder of their own per
    use, which holds a lock that the system lets go when its process dies; what dead ones left is swept at the start.
    Raises InputError when ``root`` cannot be a folder to write in.
    """

    def __init__(self, root: Path, most_bytes: int = 4 << 30) -> None:
        self._clips = root / "clips"
        self._temporary = root / "tmp"
        self._most = most_bytes
        self._room = 0
        self._counting = threading.Lock()
        try:
            self._clips.mkdir(parents=True, exist_ok=True)
            self._temporary.mkdir(parents=True, exist_ok=True)
            self.sweep()
        except OSError as error:
            raise InputError(
                f"ReelForge cannot keep its cache in {root} ({error.strerror}).",
                remedy="Give yourself the right to write there, or move away what is in the way.",
            ) from error

    @property
    def root(self) -> Path:
        return self._clips.parent

    def sweep(self) -> None:
        """Remove the temporary folders of processes that no longer live, and files of an older arrangement."""
        for path in self._clips.iterdir():
            if not path.is_dir():
                path.unlink(missing_ok=True)
        for folder in self._temporary.iterdir():
            if not folder.is_dir():  # no work of ours, such as what a file browser leaves behind
                folder.unlink(missing_ok=True)
                continue
            if folder.suffix == _BEING_MADE and _age(folder) < _MAKING_SECONDS:
                continue
            with suppress(FileNotFoundError), (folder / "lock").open("ab") as lock:
                if _locked(lock):
                    shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def use(self) -> Iterator[CacheUse]:
        """A working folder on the cache's volume and the way to its files, for one render; emptied at the end."""
        folder = self._temporary / secrets.token_hex(8)
        making = self._temporary / f"{folder.name}{_BEING_MADE}"
        making.mkdir()
        with (making / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            making.rename(folder)
            try:
                yield CacheUse(self, folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def find(self, key: str) -> Path | None:
        """The kept file of a key, its checksum verified; a damaged one is removed."""
        for path in self._of(key):
            match = _NAME.match(path.name)
            try:
                if match and _checksum(path) == match["sum"]:
                    os.utime(path)
                    return path
                path.unlink(missing_ok=True)
            except FileNotFoundError:  # another process trimmed it just now
                continue
        return None

    def has(self, key: str) -> bool:
        """Whether a file of that key is there; it may be damaged."""
        return bool(self._of(key))

    def forget(self, key: str) -> None:
        """Remove what is kept under a key, if anything is."""
        for path in self._of(key):
            path.unlink(missing_ok=True)

    def _of(self, key: str) -> list[Path]:
        return list((self._clips / key[:2]).glob(f"{key}.*"))

    def keep(self, key: str, path: Path) -> None:
        """Take in a copy of a file (a hard link where the volume can)."""
        # Nothing is synced: what a power cut leaves in pieces does not go with its checksum, and is made again.
        place = self._clips / key[:2] / f"{key}.{_checksum(path)}"
        place.parent.mkdir(exist_ok=True)
        with suppress(FileExistsError):  # another process kept the same
            _link(path, place)
        with self._counting:
            self._room -= path.stat().st_size
            if self._room < 0:
                self._room = min(self.trim(), self._most // 16)

    def trim(self) -> int:
        """Remove the longest unused files until the rest fits; how many bytes more would fit."""
        kept = []
        for path in self._clips.glob("*/*"):
            with suppress(FileNotFoundError):
                status = path.stat()
                kept.append((status.st_mtime_ns, status.st_size, path))
        total = sum(size for _, size, _ in kept)
        for _, size, path in sorted(kept):
            if total <= self._most:
                break
            path.unlink(missing_ok=True)
            total -= size
        return self._most - total


def _age(folder: Path) -> float:
    try:
        return time.time() - folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _link(source: Path, target: Path) -> None:
    """A hard link, or a copy where the volume has none; the copy appears whole or not at all."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EXDEV}:
            raise
        copy = source.with_name(secrets.token_hex(8))
        try:
            shutil.copyfile(source, copy)
            copy.replace(target)
        finally:
            copy.unlink(missing_ok=True)


def _locked(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class CacheUse:
    """One render's view of the cache: what it takes from it stays whole though another process trims it away."""

    def __init__(self, cache: ClipCache, folder: Path) -> None:
        self._cache = cache
        self.folder = folder

    def fresh(self, suffix: str = "") -> Path:
        """A path nobody else uses, gone when the use ends."""
        return self.folder / f"{secrets.token_hex(8)}{suffix}"

    def has(self, key: str) -> bool:
        """Whether something is kept under a key, whole or not."""
        return self._cache.has(key)

    def get(self, key: str, suffix: str = "") -> Path | None:
        """A file of this use's own holding what is kept under a key, or None."""
        found = self._cache.find(key)
        if not found:
            return None
        own = self.fresh(suffix)
        try:
            _link(found, own)
        except FileNotFoundError:
            return None
        return own

    def forget(self, key: str) -> None:
        """Keep no longer what is under a key."""
        self._cache.forget(key)

    def put(self, key: str, path: Path) -> None:
        """Keep a finished file, which lies in this use's folder, for later renders."""
        self._cache.keep(key, path)
