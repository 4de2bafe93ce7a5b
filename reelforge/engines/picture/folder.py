"""Pictures from a folder of the channel's own: the one whose name and title share most words with the scene.

A scene that fits none takes an unused one in an order drawn from the seed. Files that cannot be read are passed over
with a warning; :meth:`Engine.check` names them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import structlog
from pydantic import Field

from reelforge.domain.doctor import Finding
from reelforge.domain.job import Assets, StepContext, step
from reelforge.domain.picture import Picture, PictureRequest
from reelforge.domain.value import Value
from reelforge.engines.picture import Found
from reelforge.engines.picture.credits import read_credit
from reelforge.engines.picture.intake import settle
from reelforge.engines.picture.words import fit, stems, weigh
from reelforge.errors import InputError

SUFFIXES: Final = frozenset(
    ".jpg .jpeg .jpe .jfif .png .webp .avif .gif .tif .tiff .bmp .mpo .heic".split()  # noqa: SIM905 - easier to read
)
FILES: Final = 5_000
"""Most files looked at; a folder with more is a library, not a channel's."""

log = structlog.get_logger(__name__)


class Options(Value):
    """``folder`` is an absolute path (the settings make it so, from the place of ``reelforge.toml``)."""

    folder: str = Field(min_length=1)
    recursive: bool = False


class _Candidate(NamedTuple):
    path: Path
    words: frozenset[str]


class Engine:
    """Finds pictures in one folder; see the module."""

    name = "folder"

    def __init__(self, options: Options) -> None:
        self._options = options
        self._folder = Path(options.folder).expanduser()
        self._taken: dict[tuple[str, int, int], Picture] = {}

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"engine": self.name, "version": 1, **self._options.model_dump(mode="json")}

    @step(slot="fetch", version=1, scope="job")
    async def find(self, context: StepContext, request: PictureRequest) -> Found:
        for path, suits in await context.in_thread(self._ranked, request):
            try:
                picture: Picture = await context.in_thread(self._take, context.assets, path)
            except InputError as error:
                log.warning("picture_passed_over", channel=context.channel, file=str(path), reason=str(error))
                continue
            if picture.asset.sha256 not in request.avoid:
                return Found(picture=picture, fit=suits)
        return Found()

    def _take(self, assets: Assets, path: Path) -> Picture:
        """Take a file in, or remember that this very file was taken in before."""
        try:
            status = path.stat()
        except OSError as error:
            raise InputError(f"The picture {path} cannot be read: {error.strerror}.") from error
        key = (str(path), status.st_size, status.st_mtime_ns)
        known = self._taken.get(key)
        if known is None or not assets.has(known.asset):
            known = self._taken[key] = settle(assets, path, self.name)
        return known

    def _ranked(self, request: PictureRequest) -> list[tuple[Path, float]]:
        """All files and how well they fit, best first; equals in an order drawn from the seed and the scene's words."""
        candidates = [_Candidate(path, self._words(path)) for path in self._files()]
        weights = weigh(candidate.words for candidate in candidates)
        narration, visual = stems(request.narration), stems(request.visual)

        def rank(entry: tuple[Path, float]) -> tuple[float, bytes]:
            name = entry[0].relative_to(self._folder).as_posix()
            drawn = hashlib.sha256(f"{request.seed}\n{request.narration}\n{name}".encode()).digest()
            return -entry[1], drawn

        entries = [(one.path, fit(one.words, narration, visual, weights)) for one in candidates]
        return sorted(entries, key=rank)

    def _words(self, path: Path) -> frozenset[str]:
        try:
            credit = read_credit(path)
        except InputError:
            return stems(path.stem)
        return stems(f"{path.stem} {credit.title} {credit.words}")

    def _files(self) -> list[Path]:
        """The folder's picture files in the order of their names; none when there is no folder."""
        found: list[Path] = []
        for folder, folders, names in os.walk(self._folder):
            folders[:] = sorted(name for name in folders if not name.startswith(".")) if self._options.recursive else []
            found += [
                Path(folder, name)
                for name in sorted(names)
                if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES
            ]
            if len(found) >= FILES:
                break
        return found[:FILES]

    def check(self) -> Iterable[Finding]:
        subject = f"pictures in {self._folder}"
        if not self._folder.is_dir():
            remedy = "Make it and put pictures into it, or correct the channel's folder."
            yield Finding(subject=subject, ok=False, sentence="There is no such folder.", remedy=remedy, optional=True)
            return
        count = len(self._files())
        if count:
            yield Finding(subject=subject, ok=True, sentence=f"{count} picture files.")
            return
        yield Finding(
            subject=subject,
            ok=False,
            sentence="The folder holds no picture files.",
            remedy="Put JPEG, PNG, WebP, AVIF, GIF, TIFF or BMP files into it.",
            optional=True,
        )

    async def aclose(self) -> None:
        """Nothing is held open."""
