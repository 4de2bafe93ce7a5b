"""The files a timeline names: in the asset store, or beside the timeline's own file."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

from reelforge.domain.job import Assets
from reelforge.domain.timeline import Source
from reelforge.errors import InputError


class Sources:
    """Finds each source once and knows its content's hash. ``base`` is the folder that relative paths count from."""

    def __init__(self, assets: Assets, base: Path) -> None:
        self._assets = assets
        self._base = base
        self._lock = threading.Lock()
        self._found: dict[Source, tuple[Path, str]] = {}

    def path(self, source: Source, where: str) -> Path:
        """The source's file. Raises InputError beginning with ``where`` (a place in the timeline) when there is none,
        or when a path's content is not what its hash says.
        """
        return self._find(source, where)[0]

    def digest(self, source: Source, where: str) -> str:
        """The SHA-256 of the source's content; raises as :meth:`path` does."""
        return self._find(source, where)[1]

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
        path = self._base / Path(source.path).expanduser()
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError as error:
            raise InputError(
                f"{where}: there is no file {path}.", remedy="Correct the path or bring the file back."
            ) from error
        except OSError as error:
            raise InputError(f"{where}: {path} cannot be read ({error.strerror}).") from error
        if source.sha256 and digest != source.sha256:
            raise InputError(
                f"{where}: {path} is not the file that was meant, its content has another hash.",
                remedy="Bring the right file back, or leave the hash out.",
            )
        return path, digest
