"""Writing a Reel's files to where a person finds them, whole or not at all, without losing what a person changed.

Assets are copied, never linked: an editor that saves in place would otherwise change the store's own file.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from reelforge.domain.job import Assets
from reelforge.domain.post import Package
from reelforge.errors import NeedsPersonError
from reelforge.publish.contents import File, digest_of, file_name, files, recorded
from reelforge.publish.swap import settle, sync_folder

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})

Check = Callable[[], None]


def place_folder(package: Package, place: Path, part: Path, assets: Assets, check: Check) -> dict[str, str]:
    """Put the Reel at ``place`` as a folder of its own, built at ``part`` beside it; role → path.

    Files in an earlier folder there that we did not write, or that were changed since, are carried over.
    """
    wanted = files(package)
    with sentences(place), _made(place.parent):
        _remove(part)
        try:
            part.mkdir()
            for file in wanted:
                check()
                _write(part / file.name, file, assets)
            if place.is_dir():
                _carry_over(place, part, {file.name: file.digest for file in wanted})
            sync_folder(part)
            check()
            settle(part, place)
        finally:
            _remove(part)
    return {file.role: str(place / file.name) for file in wanted}


def place_flat(package: Package, folder: Path, stem: str, assets: Assets, check: Check) -> dict[str, str]:
    """Put the Reel's files into ``folder`` beside whatever is there, each named ``stem`` and an ending; role → path.

    All are written under hidden names first, then renamed one by one, the video last. A file in the way that we did
    not write, or that was changed since, is renamed.
    """
    wanted = files(package, stem)
    parts = {file.name: folder / f".{file.name}.part" for file in wanted}
    with sentences(folder), _made(folder):
        known = recorded(folder / file_name("metadata", stem))
        try:
            for file in wanted:
                check()
                _write(parts[file.name], file, assets)
            for file in wanted:
                path = folder / file.name
                if path.exists() and not _ours(path, known.get(file.name), file.digest):
                    path.rename(_free_name(path))
                parts[file.name].replace(path)
            sync_folder(folder)
        finally:
            for part in parts.values():
                part.unlink(missing_ok=True)
    return {file.role: str(folder / file.name) for file in wanted}


def _write(path: Path, file: File, assets: Assets) -> None:
    """Write and sync one file. Raises NeedsPersonError when the store's copy is not what it was."""
    if isinstance(file.content, bytes):
        path.write_bytes(file.content)
    else:
        shutil.copyfile(assets.path(file.content), path)
    with path.open("rb+") as written:
        if hashlib.file_digest(written, "sha256").hexdigest() != file.digest:
            raise NeedsPersonError(
                f"The {file.role.replace('_', ' ')} in the asset store is damaged ({file.digest[:12]}).",
                remedy="Check the disk, then run the job again with `reelforge retry`.",
            )
        os.fsync(written.fileno())


def _carry_over(old: Path, new: Path, digests: Mapping[str, str]) -> None:
    known = recorded(old / file_name("metadata"))
    for entry in sorted(old.iterdir()):
        target = new / entry.name
        if entry.is_symlink():
            _free_name(target).symlink_to(entry.readlink())
        elif entry.is_dir():
            shutil.copytree(entry, _free_name(target), symlinks=True, copy_function=_copy)
        elif entry.is_file() and digest_of(entry) not in {known.get(entry.name), digests.get(entry.name)}:
            _copy(entry, _free_name(target))


def _copy(source: str | Path, target: str | Path) -> None:
    shutil.copy2(source, target)
    with Path(target).open("rb") as copy:
        os.fsync(copy.fileno())


def _ours(path: Path, *digests: str | None) -> bool:
    return path.is_file() and digest_of(path) in digests


def _free_name(path: Path) -> Path:
    """The path itself when nothing stands there, else ``name.kept-1.ending``, ``name.kept-2.ending`` …"""
    free, number = path, 0
    while free.exists() or free.is_symlink():
        number += 1
        free = path.with_name(f"{path.stem}.kept-{number}{path.suffix}")
    return free


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder and those above it; take away again what was made here when the work within fails."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for place in missing:
            with suppress(OSError):  # something else has been put there meanwhile
                place.rmdir()
        raise


@contextmanager
def sentences(place: Path) -> Iterator[None]:
    """Turn what the system says about ``place`` into what a person can do about it."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise NeedsPersonError(
                f"The disk is full: the Reel could not be written to {place}.",
                remedy="Free some space, then run the job again with `reelforge retry`.",
            ) from error
        if error.errno in _FORBIDDEN:
            raise NeedsPersonError(
                f"ReelForge may not write to {place}.",
                remedy="Allow it there or choose another folder, then run the job again with `reelforge retry`.",
            ) from error
        raise NeedsPersonError(
            f"The Reel could not be written to {place}: {error.strerror or error}.",
            remedy="See to that, then run the job again with `reelforge retry`.",
        ) from error
