"""What was heard in each file, kept by the file's content: a track is listened to once, whatever it is called."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Final

from reelforge.domain.music import Analysis
from reelforge.engines.music.keeping import read_kept, write_kept
from reelforge.errors import InputError

VERSION: Final = 1
"""Of how tracks are heard (``hearing/``); what an older one heard is heard again."""

Outcome = Analysis | InputError


class Archive:
    """Analyses, and refusals of files that cannot be used, in ``folder``, or in memory alone without one. Blocking."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._memory: dict[str, Outcome] = {}
        self._digests: dict[tuple[str, int, int], str] = {}

    def recall(self, path: Path) -> Outcome | None:
        """What is known of a file's content; None when it was never listened to. Raises InputError when it is gone."""
        digest = self.digest(path)
        if digest not in self._memory and (found := self._read(digest, path)) is not None:
            self._memory[digest] = found
        return self._memory.get(digest)

    def keep(self, digest: str, outcome: Outcome, *, lasting: bool = True) -> None:
        """Remember an outcome, also for the next process if it is a lasting one."""
        self._memory[digest] = outcome
        if self._folder is None or not lasting:
            return
        if isinstance(outcome, Analysis):
            table: dict[str, object] = {"analysis": outcome.model_dump(mode="json")}
        else:
            table = {"refused": outcome.message, "remedy": outcome.remedy}
        write_kept(self._file(digest), json.dumps({"version": VERSION, **table}, ensure_ascii=False))

    def digest(self, path: Path) -> str:
        """The SHA-256 of a file's content, taken once for each of its versions. Raises InputError when it is gone."""
        try:
            status = path.stat()
            key = (str(path), status.st_size, status.st_mtime_ns)
            if key not in self._digests:
                with path.open("rb") as file:
                    self._digests[key] = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise InputError(f"The track {path} cannot be read: {error.strerror}.") from error
        return self._digests[key]

    def _file(self, digest: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{digest}.json"

    def _read(self, digest: str, path: Path) -> Outcome | None:
        text = None if self._folder is None else read_kept(self._file(digest))
        try:
            table = json.loads(text or "{}")
            if table.get("version") != VERSION:
                return None
            if "refused" in table:
                return InputError(_about(path, table["refused"]), remedy=table["remedy"])
            return Analysis.model_validate(table["analysis"])
        except (ValueError, KeyError, AttributeError):  # damaged: the file is listened to again
            return None


def _about(path: Path, sentence: str) -> str:
    """A refusal that names this file, should the content have had another name when it was heard."""
    return sentence if str(path) in sentence else f"{path}: {sentence}"
