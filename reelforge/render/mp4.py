"""The boxes of an MP4 file (ISO/IEC 14496-12), read without a demuxer: opening one for each of dozens of clips would
decode a picture every time.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import accumulate, chain
from pathlib import Path
from typing import Final

from msgspec import Struct

from reelforge.errors import TryLaterError

AGAIN: Final = "It will be rendered again."
_WITHIN = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
_SAMPLE_ENTRY = 86
"""Bytes of a visual sample entry before the boxes in it."""
_CONFIGURATIONS = {b"avc1": b"avcC", b"hvc1": b"hvcC"}
"""Sample entries whose parameter sets stand in them and nowhere else, and the boxes that hold those."""


def boxes(path: Path) -> Iterator[tuple[bytes, int, int]]:
    """(name, start, end) of each box's content, in order, those within the movie's containers included.

    Raises ValueError when a box ends outside the file.
    """
    with path.open("rb") as file:
        whole = file.seek(0, 2)
        ends = [whole]
        at = 0
        while at + 8 <= whole:
            file.seek(at)
            size, name = struct.unpack(">I4s", file.read(8))
            content = at + 8
            if size == 1:
                size, content = struct.unpack(">Q", file.read(8))[0], at + 16
            elif size == 0:
                size = ends[-1] - at
            if size < 8 or at + size > whole:
                raise ValueError(f"the box {name!r} at {at} ends outside the file")
            yield name, content, at + size
            at = content if name in _WITHIN else at + size


class Clip(Struct, frozen=True):
    """The one track of a clip without sound.

    ``codec`` is its sample entry's name (avc1 or hvc1, ISO/IEC 14496-15), ``header`` the decoder's configuration (avcC
    or hvcC); ``samples`` are (offset, size) in decoding order and ``numbers`` their frame numbers in showing order;
    ``keys`` the places of key frames in decoding order.
    """

    path: Path
    codec: str
    header: bytes
    samples: tuple[tuple[int, int], ...]
    numbers: tuple[int, ...]
    keys: frozenset[int]


class DamagedClipError(TryLaterError):
    """A clip does not hold the frames it should."""


def open_clip(path: Path, frames: int) -> Clip:
    """A clip's tables. Raises DamagedClipError unless it has so many evenly spaced frames, beginning with a key frame
    that is shown first.
    """
    try:
        clip = read_clip(path)
    except (ValueError, OSError, struct.error) as error:
        raise DamagedClipError(f"A rendered clip could not be read ({error}).", remedy=AGAIN) from error
    if len(clip.numbers) != frames or clip.numbers[0] != 0 or 0 not in clip.keys:
        raise DamagedClipError(f"A rendered clip has {len(clip.numbers)} frames, where {frames} are due.", remedy=AGAIN)
    return clip


def read_clip(path: Path) -> Clip:
    """Read a clip's tables. Raises ValueError or OSError when it is damaged, or its frames are not evenly spaced."""
    with path.open("rb") as file:

        def content(start: int, end: int) -> bytes:
            file.seek(start)
            return file.read(end - start)

        wanted = {b"stsd", b"stts", b"ctts", b"stss", b"stsc", b"stsz", b"stco", b"co64"}
        tables = {name: content(start, end) for name, start, end in boxes(path) if name in wanted}
    missing = {b"stsd", b"stts", b"stsc", b"stsz"} - tables.keys()
    if missing or not ({b"stco", b"co64"} & tables.keys()):
        raise ValueError("its tables are not there")
    sizes = _sizes(tables[b"stsz"])
    keys = frozenset(place - 1 for (place,) in _rows(tables[b"stss"], ">I")) if b"stss" in tables else None
    return Clip(
        path,
        *_entry(tables[b"stsd"]),
        tuple(_places(tables, sizes)),
        _numbers(tables, len(sizes)),
        keys if keys is not None else frozenset(range(len(sizes))),
    )


def _rows(table: bytes, row: str) -> list[tuple[int, ...]]:
    count = struct.unpack_from(">I", table, 4)[0]
    if len(table) < 8 + count * struct.calcsize(row):
        raise ValueError("a table is cut short")
    return list(struct.iter_unpack(row, table[8 : 8 + count * struct.calcsize(row)]))


def _entry(table: bytes) -> tuple[str, bytes]:
    """The sample entry's name, and its decoder's configuration."""
    kind = table[12:16]
    wanted = _CONFIGURATIONS.get(kind)
    at = 8 + _SAMPLE_ENTRY
    while at + 8 <= len(table):
        size, name = struct.unpack_from(">I4s", table, at)
        if name == wanted:
            return kind.decode(), table[at + 8 : at + size]
        at += max(size, 8)
    raise ValueError("it has no H.264 or HEVC header")


def _sizes(table: bytes) -> list[int]:
    if len(table) < 12:
        raise ValueError("a table is cut short")
    alike, count = struct.unpack_from(">II", table, 4)
    if alike:
        return [alike] * count
    return [size for (size,) in _rows(table[4:], ">I")]


def _places(tables: dict[bytes, bytes], sizes: list[int]) -> Iterator[tuple[int, int]]:
    wide = b"co64" in tables
    chunks = [at for (at,) in _rows(tables[b"co64" if wide else b"stco"], ">Q" if wide else ">I")]
    runs = _rows(tables[b"stsc"], ">III")
    edges = [first - 1 for first, _, _ in runs] + [len(chunks)]
    counts = chain.from_iterable([run[1]] * (edges[place + 1] - edges[place]) for place, run in enumerate(runs))
    left = iter(sizes)
    for start, count in zip(chunks, counts, strict=True):
        at = start
        for _ in range(count):
            size = next(left, None)
            if size is None:
                raise ValueError("its tables do not fit each other")
            yield at, size
            at += size


def _numbers(tables: dict[bytes, bytes], count: int) -> tuple[int, ...]:
    spacings = [delta for run, delta in _rows(tables[b"stts"], ">II") for _ in range(run)]
    offsets = [0] * count
    if b"ctts" in tables:
        offsets = [offset for run, offset in _rows(tables[b"ctts"], ">Ii") for _ in range(run)]
    if not count or len(spacings) != count or len(offsets) != count:
        raise ValueError("its tables do not fit each other")
    times = [at + offset for at, offset in zip(accumulate(spacings[:-1], initial=0), offsets, strict=True)]
    first, spacing = min(times), max(1, spacings[0])
    numbers = tuple((time - first) // spacing for time in times)
    if sorted(numbers) != list(range(count)) or any((time - first) % spacing for time in times):
        raise ValueError("its frames are not evenly spaced")
    return numbers
