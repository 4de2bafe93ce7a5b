"""The content-addressed asset store: files named by the SHA-256 of what they hold."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from reelforge.domain.asset import AssetRef, Provenance
from reelforge.errors import InputError, NeedsPersonError
from reelforge.store.space import FULL, disk_full

_BLOCK: Final = 1 << 20
_FULL_SYNC: Final = getattr(fcntl, "F_FULLFSYNC", None)
"""On macOS fsync leaves data in the drive's own memory; this command does not."""


class FileAssets:
    """Assets under ``root/ab/cdef…``; fulfils :class:`reelforge.domain.job.Assets`.

    A file is written under ``root/tmp``, synced, renamed to its hash, and its folder synced: it is there whole or not
    at all, whatever stops the machine. Safe from any thread; the same content put twice at once is one file.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._temporary = root / "tmp"
        self._making = threading.Lock()
        try:
            self._temporary.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._explain(error) from error

    @property
    def root(self) -> Path:
        return self._root

    def add_file(self, path: Path, media_type: str, provenance: Provenance | None = None) -> AssetRef:
        """Take a copy of a file; a file in the store's own temporary folder is moved."""
        if path.parent == self._temporary:
            with self._writing():
                digest, size = _digest(path)
                return self._settle(path, digest, size, media_type, provenance)
        with self.temporary() as copy, self._writing():
            digest, size = _copy(path, copy)
            return self._settle(copy, digest, size, media_type, provenance)

    def add_bytes(self, data: bytes, media_type: str, provenance: Provenance | None = None) -> AssetRef:
        digest = hashlib.sha256(data).hexdigest()
        with self.temporary() as fresh, self._writing():
            if not self._holds(digest, len(data)):
                fresh.write_bytes(data)
            return self._settle(fresh, digest, len(data), media_type, provenance)

    def path(self, ref: AssetRef | str) -> Path:
        """The file of a reference. Raises NeedsPersonError when it is gone."""
        digest = ref if isinstance(ref, str) else ref.sha256
        found = self._place(digest)
        if not found.is_file():
            raise NeedsPersonError(
                f"The asset {digest[:12]} is missing from {self._root}.",
                remedy="Run the job again with `reelforge retry`.",
            )
        return found

    def has(self, ref: AssetRef | str) -> bool:
        """True when the file is there; for a whole reference, also of the right size."""
        if isinstance(ref, str):
            return self._place(ref).is_file()
        return self._holds(ref.sha256, ref.size)

    def verify(self, ref: AssetRef | str) -> bool:
        """True when the file is there and still holds what its name says. Reads all of it."""
        place = self._place(ref if isinstance(ref, str) else ref.sha256)
        return place.is_file() and _digest(place)[0] == place.parent.name + place.name

    @contextmanager
    def temporary(self, suffix: str = "") -> Iterator[Path]:
        """A fresh path (for a file or a folder) on the store's volume, removed afterwards if it is still there."""
        path = self._temporary / f"{secrets.token_hex(8)}{suffix}"
        try:
            yield path
        finally:
            _remove(path)

    def sweep(self) -> int:
        """Remove what an earlier process left unfinished; says how many things that were.

        Only the work folder's runner may do this, before it runs anything.
        """
        left = list(self._temporary.iterdir())
        for path in left:
            _remove(path)
        return len(left)

    def _place(self, digest: str) -> Path:
        return self._root / digest[:2] / digest[2:]

    def _holds(self, digest: str, size: int) -> bool:
        try:
            return self._place(digest).stat().st_size == size
        except FileNotFoundError:
            return False

    def _settle(self, path: Path, digest: str, size: int, media_type: str, provenance: Provenance | None) -> AssetRef:
        place = self._place(digest)
        if not self._holds(digest, size):
            _sync(path)
            with self._making:
                if not place.parent.is_dir():
                    place.parent.mkdir()
                    _sync(self._root)
            path.replace(place)
            _sync(place.parent)
        else:
            path.unlink(missing_ok=True)
        return AssetRef(sha256=digest, media_type=media_type, size=size, provenance=provenance)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in FULL:
                raise disk_full(self._root) from error
            raise

    def _explain(self, error: OSError) -> NeedsPersonError | InputError:
        if error.errno in FULL:
            return disk_full(self._root)
        return InputError(
            f"ReelForge may not write its assets in {self._root} ({error.strerror}).",
            remedy="Give yourself the right to, or choose another work folder with REELFORGE_HOME.",
        )


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()


def _copy(path: Path, target: Path) -> tuple[str, int]:
    """Copy and hash in one pass, so that the name is right even if the source changes meanwhile."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, target.open("wb") as file:
        while block := source.read(_BLOCK):
            digest.update(block)
            size += file.write(block)
    return digest.hexdigest(), size


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _FULL_SYNC is None:
            os.fsync(descriptor)
            return
        try:
            fcntl.fcntl(descriptor, _FULL_SYNC)
        except OSError as error:  # some network and foreign file systems do not know it
            if error.errno not in {errno.ENOTSUP, errno.EINVAL, errno.ENOTTY}:
                raise
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
