"""Writing Ogg Vorbis that is the same file every time.

libsndfile draws the stream's serial number at random; it is replaced by one from the content, and the pages' checksums
(RFC 3533: CRC-32, polynomial 0x04c11db7, no reflection) are made anew.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Final

import soundfile

from music.sampler import RATE, Stereo

BLOCK: Final = 65_536


def _table() -> tuple[int, ...]:
    entries = []
    for index in range(256):
        value = index << 24
        for _ in range(8):
            value = (value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)
        entries.append(value & 0xFFFFFFFF)
    return tuple(entries)


TABLE: Final = _table()


def write(path: Path, sound: Stereo, *, quality: float, tags: dict[str, str]) -> None:
    """``quality`` is 0–1 (1 is best). In pieces: libsndfile's Vorbis encoder takes all it is given on the stack."""
    with soundfile.SoundFile(path, "w", RATE, 2, format="OGG", subtype="VORBIS", compression_level=1 - quality) as file:
        for name, value in tags.items():
            setattr(file, name, value)
        for start in range(0, len(sound), BLOCK):
            file.write(sound[start : start + BLOCK])
    path.write_bytes(renumbered(path.read_bytes(), zlib.crc32(path.stem.encode())))


def renumbered(data: bytes, serial: int) -> bytes:
    """The same Ogg stream with another serial number."""
    pages, at = [], 0
    while at < len(data):
        if data[at : at + 4] != b"OggS":
            raise ValueError(f"no Ogg page at byte {at}")
        segments = data[at + 26]
        size = 27 + segments + sum(data[at + 27 : at + 27 + segments])
        page = bytearray(data[at : at + size])
        struct.pack_into("<I", page, 14, serial)
        struct.pack_into("<I", page, 22, 0)
        struct.pack_into("<I", page, 22, _checksum(page))
        pages.append(bytes(page))
        at += size
    return b"".join(pages)


def _checksum(page: bytes | bytearray) -> int:
    value = 0
    for byte in page:
        value = ((value << 8) & 0xFFFFFFFF) ^ TABLE[(value >> 24) ^ byte]
    return value
