"""The content-addressed asset store: files named by the SHA-256 of what they hold."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reelforge.domain.asset import AssetRef, Provenance
from reelforge.errors import NeedsPersonError


class FileAssets:
    """Assets under ``root/ab/cdef…``; fulfils :class:`reelforge.domain.job.Assets`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._temporary = root / "tmp"
        self._temporary.mkdir(parents=True, exist_ok=True)

    def add_file(self, path: Path, media_type: str, provenance: Provenance | None = None) -> AssetRef:
        """Take a copy of a file; a file in the store's own temporary folder is moved."""
        if path.parent == self._temporary:
            return self._settle(path, media_type, provenance)
        with self.temporary() as copy:
            with path.open("rb") as source, copy.open("wb") as target:
                while block := source.read(1 << 20):
                    target.write(block)
            return self._settle(copy, media_type, provenance)

    def add_bytes(self, data: bytes, media_type: str, provenance: Provenance | None = None) -> AssetRef:
        with self.temporary() as fresh:
            fresh.write_bytes(data)
            return self._settle(fresh, media_type, provenance)

    def path(self, ref: AssetRef | str) -> Path:
        """The file of a reference. Raises NeedsPersonError when it is gone."""
        digest = ref if isinstance(ref, str) else ref.sha256
        found = self._place(digest)
        if not found.is_file():
            raise NeedsPersonError(
                f"The asset {digest[:12]} is missing from {self._root}.", remedy="Run the job again with `reelforge retry`."
            )
        return found

    def has(self, ref: AssetRef | str) -> bool:
        return self._place(ref if isinstance(ref, str) else ref.sha256).is_file()

    @contextmanager
    def temporary(self, suffix: str = "") -> Iterator[Path]:
        """A fresh path on the store's volume, removed afterwards if it is still there."""
        path = self._temporary / f"{secrets.token_hex(8)}{suffix}"
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _place(self, digest: str) -> Path:
        return self._root / digest[:2] / digest[2:]

    def _settle(self, path: Path, media_type: str, provenance: Provenance | None) -> AssetRef:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        size = path.stat().st_size
        place = self._place(digest)
        place.parent.mkdir(exist_ok=True)
        path.replace(place)
        return AssetRef(sha256=digest, media_type=media_type, size=size, provenance=provenance)
