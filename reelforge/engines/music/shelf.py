"""The tracks there are: those whose sidecars say everything, and those that were listened to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import anyio
import anyio.to_thread
import structlog

from reelforge.domain.asset import AssetRef
from reelforge.domain.music import Analysis, Bed, Track
from reelforge.engines.music.archive import Archive
from reelforge.engines.music.hearing.listener import Listener, listening
from reelforge.engines.music.moods import Mood
from reelforge.engines.music.tracks import Entry, Shelved, entries, entry_of, retold, shelved, sounds
from reelforge.errors import InputError, TryLaterError

SETTLED_SECONDS: Final = 2.0
"""A file that was written more recently may still be arriving."""

log = structlog.get_logger(__name__)
Progress = Callable[[float, float, str], None]


class Folder(NamedTuple):
    """A music folder; one that is ``expected`` is an error when it is not there."""

    path: Path
    shipped: bool
    expected: bool


class Listing(NamedTuple):
    """What lies in the folders: ``ready`` tracks, files ``unheard`` so far, and why others are none."""

    ready: tuple[Shelved, ...]
    unheard: tuple[Entry, ...]
    refused: tuple[InputError, ...]


class Shelf:
    """The tracks of some folders. Files are listened to one after another, in a process that ends with the last."""

    def __init__(self, folders: Sequence[Folder], archive: Archive, compiled: Path, moods: Mapping[str, Mood]) -> None:
        self.folders = tuple(folders)
        self._archive = archive
        self._compiled = compiled
        self._moods = moods
        self._turn = anyio.Lock()
        self._told: set[str] = set()

    def listing(self) -> Listing:
        """Everything as it is now. Blocking. Raises InputError when a folder that was named cannot be read."""
        ready: list[Shelved] = []
        unheard: list[Entry] = []
        refused: list[InputError] = []
        for folder in self.folders:
            if not folder.expected and not folder.path.is_dir():
                continue
            found, broken = entries(folder.path, shipped=folder.shipped)
            refused += broken
            for entry in found:
                try:
                    known = None if entry.complete else self._archive.recall(entry.path)
                    if isinstance(known, InputError):
                        refused.append(known)
                    elif known is None and not entry.complete:
                        unheard.append(entry)
                    else:
                        ready.append(shelved(entry, known, self._moods))
                except InputError as error:
                    refused.append(error)
        return Listing(tuple(ready), tuple(unheard), tuple(refused))

    def described(self, bed: Bed) -> Track | None:
        """A bed's track with what is said of it now; None when its file is in no folder any more. Blocking.

        Raises InputError when its sidecar is broken.
        """
        for folder in self.folders:
            if not folder.path.is_dir():
                continue
            paths = sorted(sounds(folder.path), key=lambda path: path.name != bed.track.file)
            for path in paths:
                if self._holds(path, bed.asset):
                    return retold(bed.track, entry_of(path, shipped=folder.shipped))
        return None

    def _holds(self, path: Path, asset: AssetRef) -> bool:
        try:
            return path.stat().st_size == asset.size and self._archive.digest(path) == asset.sha256
        except (OSError, InputError):  # gone meanwhile
            return False

    async def learn(self, *, now: float | None = None, progress: Progress | None = None) -> Listing:
        """Listen to all that was never heard; the listing afterwards. What cannot be used is logged, once.

        ``now`` (Unix seconds) leaves out files that were written just before. Raises as :meth:`listing` does.
        """
        async with self._turn:
            listing = await anyio.to_thread.run_sync(self.listing)
            waiting = await anyio.to_thread.run_sync(_settled, listing.unheard, now)
            if waiting:
                await self._hear_all(waiting, progress)
                listing = await anyio.to_thread.run_sync(self.listing)
        self._tell(listing.refused)
        return listing

    async def _hear_all(self, waiting: Sequence[Entry], progress: Progress | None) -> None:
        async with listening(self._compiled) as listener:
            for number, entry in enumerate(waiting):
                if progress is not None:
                    progress(number, len(waiting), "tracks heard")
                try:
                    await self._hear(entry.path, listener)
                except InputError as gone:
                    log.info("track_gone", file=str(entry.path), reason=str(gone))

    async def _hear(self, path: Path, listener: Listener) -> None:
        """Listen and remember, unless the file changed meanwhile. Raises InputError when it is gone."""
        before = await anyio.to_thread.run_sync(self._archive.digest, path)
        lasting = True
        outcome: Analysis | InputError
        try:
            outcome = await listener.hear(path)
            log.info("track_heard", file=str(path), bpm=outcome.bpm, bars=outcome.bars, key=outcome.key)
        except InputError as error:
            outcome = error
        except TryLaterError as error:  # the listener died over it; perhaps of something else
            outcome, lasting = InputError(f"The track {path} could not be listened to: {error.message}"), False
        if await anyio.to_thread.run_sync(self._archive.digest, path) == before:
            await anyio.to_thread.run_sync(lambda: self._archive.keep(before, outcome, lasting=lasting))

    def _tell(self, refused: Iterable[InputError]) -> None:
        for error in refused:
            if error.message not in self._told:
                self._told.add(error.message)
                log.warning("track_passed_over", reason=str(error))


def _settled(unheard: Sequence[Entry], now: float | None) -> list[Entry]:
    """Those that nobody is writing any more, as far as their times tell; gone ones are left out."""
    found = []
    for entry in unheard:
        try:
            age = None if now is None else now - entry.path.stat().st_mtime
        except OSError:
            continue
        if age is None or not 0 <= age < SETTLED_SECONDS:
            found.append(entry)
    return found
