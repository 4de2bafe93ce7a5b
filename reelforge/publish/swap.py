"""Putting one folder in the place of another so that there is always a whole one."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from pathlib import Path

_AT_FDCWD = -100
_EXCHANGE = 2
"""RENAME_EXCHANGE of renameat2(2) on Linux; RENAME_SWAP of renamex_np(2) on macOS."""
_NOT_HERE = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM})


def settle(part: Path, place: Path) -> None:
    """Make the folder ``part`` stand at ``place``, in one step where the file system can; the folder that stood there
    is removed. ``part`` and ``place`` are siblings.
    """
    if not place.exists():
        part.rename(place)
    elif exchange(part, place):
        shutil.rmtree(part)
    else:
        aside = set_aside(place)
        place.rename(aside)
        try:
            part.rename(place)
        except OSError:
            aside.rename(place)
            raise
        shutil.rmtree(aside)
    sync_folder(place.parent)


def recover_all(folder: Path, ending: str) -> None:
    """Finish what a crash within :func:`settle` left of the folders whose names have this ending: put an old folder
    back where none stands, remove it where a new one does.
    """
    for aside in folder.glob(".*.old"):
        place = aside.with_name(aside.name[1:].removesuffix(".old"))
        if not place.name.endswith(ending):
            continue
        if place.exists():
            shutil.rmtree(aside)
        else:
            aside.rename(place)


def set_aside(place: Path) -> Path:
    """Where a folder waits for the moment between two renames, on file systems that cannot exchange."""
    return place.with_name(f".{place.name}.old")


def exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one step; false when this system or file system cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    try:
        if sys.platform == "darwin":
            failed = libc.renamex_np(first, second, _EXCHANGE)
        else:
            failed = libc.renameat2(_AT_FDCWD, first, _AT_FDCWD, second, _EXCHANGE)
    except AttributeError:  # a C library without the call
        return False
    if not failed:
        return True
    number = ctypes.get_errno()
    if number in _NOT_HERE:
        return False
    raise OSError(number, os.strerror(number), str(other))


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
