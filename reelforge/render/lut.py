"""Colour tables in .cube files: read, and looked up for 8-bit pictures.

The format is Adobe's “Cube LUT Specification 1.0” (2013): a title, the size of a 1-D or a 3-D table, the domain of its
input, and then the table, red changing fastest. The input range that DaVinci Resolve writes (``LUT_3D_INPUT_RANGE``)
is read as a domain of three equal channels. Between the entries of a 3-D table colours are interpolated in tetrahedra
about the grey diagonal, so that greys depend on greys alone (trilinearly, the saturated corners of each cell would bend
them); input beyond the domain is clamped to it, and the result is clipped to 0–1.

For pictures a 3-D table is laid out anew: blue at each of its 256 values, red and green at every fourth. A
look-up is then one bilinear ``cv2.remap`` in a tall image of 256 red-green squares, whose quarters its fixed-point
fractions hold exactly.
"""

from __future__ import annotations

import hashlib
import re
import stat
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from reelforge import resources
from reelforge.errors import InputError
from reelforge.render.naming import unknown
from reelforge.render.planes import Rgb

_LARGEST_3D = 129
_LARGEST_1D = 65_536
_AGAIN: Final = "Export the table again."
_MOST_BYTES = 128 << 20
_SIZES: Final = {"LUT_1D_SIZE": _LARGEST_1D, "LUT_3D_SIZE": _LARGEST_3D}
_DOMAINS: Final = {"DOMAIN_MIN": 3, "DOMAIN_MAX": 3, "LUT_1D_INPUT_RANGE": 2, "LUT_3D_INPUT_RANGE": 2}
"""How many numbers follow each."""
_KEYWORDS: Final = ("TITLE", *_SIZES, *_DOMAINS)
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_STEP = 4
_NODES = 256 // _STEP + 1
_FINE, _LIFT = 64, 256
_ROWS = 64
"""How many rows of a picture are looked up at a time: their places stay in the processor's cache."""
_PLACES: Final = np.stack([np.arange(256) / _STEP, np.arange(256) / _STEP, np.arange(256) * _NODES], -1).astype(
    np.float32
)[None]
"""Where each red, green and blue leads to in :attr:`Grading.levels`: columns, rows within a square, first rows."""

Triple = tuple[float, float, float]


class Lut(Struct, frozen=True):
    """A colour table: input from ``low`` to ``high`` (red, green, blue) to output, 1.0 being full light.

    ``table`` is (N, 3) for a 1-D table and (N, N, N, 3), indexed by blue, green, red, for a 3-D one; N from 2.
    """

    table: NDArray[np.float32]
    low: Triple = (0.0, 0.0, 0.0)
    high: Triple = (1.0, 1.0, 1.0)
    title: str = ""

    @property
    def size(self) -> int:
        return int(self.table.shape[0])

    @property
    def solid(self) -> bool:
        """Whether it is a 3-D table."""
        return self.table.ndim == 4

    def at(self, rgb: NDArray[np.float32]) -> NDArray[np.float32]:
        """The colours, (…, 3), of input in the units of the domain."""
        low, high = np.array(self.low, np.float32), np.array(self.high, np.float32)
        place = np.clip((rgb - low) / (high - low), 0.0, 1.0) * np.float32(self.size - 1)
        first = np.minimum(place.astype(np.intp), self.size - 2)
        share = place - first
        if not self.solid:
            channels = np.arange(3)
            return np.asarray(self.table[first, channels] * (1 - share) + self.table[first + 1, channels] * share)
        across, up, far = 1, self.size, self.size**2
        red, green, blue = np.moveaxis(share, -1, 0)
        most, least = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
        middle = red + green + blue - most - least
        corner = first @ np.array([across, up, far])
        one = corner + np.where(red == most, across, np.where(green == most, up, far))
        last = corner + (across + up + far)
        # the other way round, so that of equal shares two different axes are taken
        two = last - np.where(blue == least, far, np.where(green == least, up, across))
        entries = self.table.reshape(-1, 3)
        found = entries[corner] * (1 - most)[..., None]
        for place_of, weight in ((one, most - middle), (two, middle - least), (last, least)):
            found += entries[place_of] * weight[..., None]
        return np.asarray(found)


class Grading(Struct, frozen=True):
    """A colour table made ready for 8-bit sRGB pictures. Immutable; shared by threads."""

    levels: NDArray[Any]
    """Of a 1-D table (1, 256, 3) bytes. Of a 3-D table (256 · 65, 65, 3) 16-bit integers, 64 times the level above
    −256 (nodes beyond white may lie outside 0–255): a square for each blue, green down and red across.
    """

    @classmethod
    def of(cls, lut: Lut, strength: float = 1.0) -> Grading:
        """The table mixed with what was there, from none of it (0) to nothing else (1)."""
        every = np.arange(256) / 255
        if not lut.solid:
            greys = np.asarray(np.repeat(every[:, None], 3, 1), np.float32)
            mixed = strength * np.clip(lut.at(greys), 0, 1) + (1 - strength) * greys
            return cls(np.asarray(np.rint(255 * mixed), np.uint8)[None])
        nodes = np.minimum(np.arange(_NODES) * _STEP / 255, 1.0)
        blue, green, red = np.meshgrid(every, nodes, nodes, indexing="ij")
        own = np.asarray(np.stack([red, green, blue], -1), np.float32)
        mixed = np.concatenate([strength * np.clip(lut.at(part), 0, 1) + (1 - strength) * part for part in own])
        mixed = mixed.reshape(own.shape)
        mixed[:, -1] = _beyond(mixed[:, -2], mixed[:, -1])
        mixed[:, :, -1] = _beyond(mixed[:, :, -2], mixed[:, :, -1])
        return cls(np.asarray(np.rint((mixed * 255 + _LIFT) * _FINE), np.uint16).reshape(256 * _NODES, _NODES, 3))

    def apply(self, rgb: Rgb) -> Rgb:
        """The picture, (height, width, 3), in its new colours."""
        if self.levels.dtype == np.uint8:
            return np.asarray(cv2.LUT(rgb, self.levels), np.uint8)
        out = np.empty_like(rgb)
        for top in range(0, len(rgb), _ROWS):
            part = slice(top, top + _ROWS)
            red, green, blue = cv2.split(cv2.LUT(rgb[part], _PLACES))
            found = cv2.remap(self.levels, red, cv2.add(green, blue), cv2.INTER_LINEAR)
            cv2.convertScaleAbs(found, dst=out[part], alpha=1 / _FINE, beta=-_LIFT)
        return out


def _beyond(before: NDArray[Any], white: NDArray[Any]) -> NDArray[Any]:
    """The node at 256 on a line through the one at 252 and white, which so keeps its exact colour."""
    return np.asarray(before + (white - before) * (_STEP / (_STEP - 1)))


def parse(data: bytes, where: str) -> Lut:
    """The colour table of a .cube file's content.

    Raises InputError, beginning with ``where`` and the line, for what the specification does not allow: a table too
    short or too long or of a size beyond 2–129 (3-D) or 2–65536 (1-D), lines that are not three finite numbers, unknown
    or repeated keywords, an empty domain.
    """
    if len(data) > _MOST_BYTES or b"\0" in data[:4096]:
        raise InputError(f"{where}: this is no .cube file, which is a text of at most {_MOST_BYTES >> 20} MB.")
    text = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    head = _Head(where)
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if not words[0][0].isalpha():
            return head.lut(_table(lines, number, head))
        head.take(number, words, line)
    raise InputError(f"{where}, line {len(lines)}: the file ends before its table begins.", remedy=_AGAIN)


@dataclass
class _Head:
    """What the lines before the table say."""

    where: str
    title: str = ""
    seen: dict[str, int] = field(default_factory=dict)
    size: int = 0
    axes: int = 0
    low: Triple = (0.0, 0.0, 0.0)
    high: Triple = (1.0, 1.0, 1.0)

    def wrong(self, number: int, what: str, remedy: str = "") -> InputError:
        return InputError(f"{self.where}, line {number}: {what}", remedy=remedy)

    def take(self, number: int, words: list[str], line: str) -> None:
        keyword, values = words[0], words[1:]
        if keyword not in _KEYWORDS:
            near = get_close_matches(keyword.upper(), _KEYWORDS, n=1)
            remedy = f"Did you mean {near[0]}?" if near else ""
            raise self.wrong(number, f"“{keyword[:40]}” is no keyword of a .cube file.", remedy)
        if keyword in self.seen:
            raise self.wrong(number, f"{keyword} stands already on line {self.seen[keyword]}.")
        self.seen[keyword] = number
        if keyword == "TITLE":
            self.title = line.strip()[len("TITLE") :].strip().strip('"')
        elif keyword in _SIZES:
            self._size(number, keyword, values)
        else:
            self._domain(number, keyword, values)

    def _size(self, number: int, keyword: str, values: list[str]) -> None:
        if self.size:
            raise self.wrong(number, "a second table in one file is not supported.", "Export the 3-D table alone.")
        most = _SIZES[keyword]
        if len(values) != 1 or not values[0].isdecimal() or not 2 <= int(values[0][:9]) <= most:
            raise self.wrong(number, f"{keyword} must be a whole number from 2 to {most}.")
        self.size = int(values[0])
        self.axes = 3 if keyword == "LUT_3D_SIZE" else 1

    def _domain(self, number: int, keyword: str, values: list[str]) -> None:
        numbers = [float(value) for value in values if _NUMBER.fullmatch(value)]
        count = _DOMAINS[keyword]
        if len(numbers) != count or len(values) != count or not np.isfinite(numbers).all():
            raise self.wrong(number, f"{keyword} must be followed by {'three' if count == 3 else 'two'} numbers.")
        if keyword == "DOMAIN_MIN":
            self.low = (numbers[0], numbers[1], numbers[2])
        elif keyword == "DOMAIN_MAX":
            self.high = (numbers[0], numbers[1], numbers[2])
        else:
            self.low, self.high = (numbers[0],) * 3, (numbers[1],) * 3

    def lut(self, rows: NDArray[np.float32]) -> Lut:
        if not all(low < high for low, high in zip(self.low, self.high, strict=True)):
            number = max(line for keyword, line in self.seen.items() if keyword in _DOMAINS)
            raise self.wrong(number, "the domain must end above where it begins, for each of the three colours.")
        return Lut(rows.reshape(*[self.size] * self.axes, 3), self.low, self.high, self.title)


def _table(lines: list[str], first: int, head: _Head) -> NDArray[np.float32]:
    """The table's rows, (size or its cube, 3), which begin on line ``first``."""
    if not head.size:
        raise head.wrong(first, "the table begins before LUT_3D_SIZE or LUT_1D_SIZE has said how large it is.")
    wanted = head.size**head.axes
    try:
        rows = np.loadtxt(lines[first - 1 :], dtype=np.float32, comments="#", ndmin=2)
    except ValueError as error:
        raise _fault(lines, first, head) or head.wrong(first, f"the table cannot be read ({error}).", _AGAIN) from error
    if rows.shape != (wanted, 3) or not np.isfinite(rows).all():
        raise _fault(lines, first, head) or head.wrong(first, "the table cannot be read.", _AGAIN)
    return np.asarray(rows, np.float32)


def _fault(lines: list[str], first: int, head: _Head) -> InputError | None:
    """The first line of a table that is not as it must be."""
    wanted, found = head.size**head.axes, 0
    for number, line in enumerate(lines[first - 1 :], first):
        words = line.split("#")[0].split()
        if not words:
            continue
        if len(words) != 3 or not all(_NUMBER.fullmatch(word) and abs(float(word)) < 1e38 for word in words):
            return head.wrong(number, f"“{line.strip()[:60]}” are not three numbers.")
        found += 1
        if found > wanted:
            return head.wrong(number, f"the table goes on after its {wanted} lines.", _AGAIN)
    if found < wanted:
        return head.wrong(len(lines), f"the file ends after {found} of the table’s {wanted} lines.", _AGAIN)
    return None


def names() -> tuple[str, ...]:
    """The shipped tables, by the names of their files in ``config/luts/``."""
    return tuple(sorted(path.stem for path in (resources.folder("config") / "luts").glob("*.cube")))


def digest(name: str, where: str = "lut") -> str:
    """The SHA-256 of the table that ``name`` means: a shipped one, or the path of a .cube file (``~`` is one's home).

    Raises InputError, beginning with ``where``, when there is none, or it is not as it must be.
    """
    data = _content(name, where)
    found = hashlib.sha256(data).hexdigest()
    _check(name, found, where)
    return found


@lru_cache(maxsize=64)
def _check(name: str, wanted: str, where: str) -> None:
    """A file once found right is not parsed again."""
    _lut(name, wanted, where)


@lru_cache(maxsize=4)
def grading(name: str, wanted: str, strength: float) -> Grading:
    """The table ``name`` ready for use; the few used last are kept (6.5 MB each).

    Raises InputError when its content has another SHA-256 than ``wanted`` by now.
    """
    return Grading.of(_lut(name, wanted, "lut"), strength)


def _lut(name: str, wanted: str, where: str) -> Lut:
    data = _content(name, where)
    if hashlib.sha256(data).hexdigest() != wanted:
        raise InputError(f"{where}: “{name}” was changed while it was in use.", remedy="Render again.")
    return parse(data, f"{where}: “{name}”")


def _content(name: str, where: str) -> bytes:
    path = resources.folder("config") / "luts" / f"{name}.cube"
    if name not in names():
        path = Path(name)
        if path.suffix.lower() != ".cube":
            raise unknown("colour table", name, names(), where)
    try:
        path = path.expanduser()
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{where}: “{name}” is a folder, a pipe or a device.", remedy="Name a file.")
        if status.st_size > _MOST_BYTES:
            raise InputError(f"{where}: “{name}” is too large to be a colour table.")
        return path.read_bytes()
    except FileNotFoundError as error:
        own = f"Correct the path, or name one of {', '.join(sorted(names()))}."
        raise InputError(f"{where}: there is no file “{name}”.", remedy=own) from error
    except (OSError, RuntimeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{where}: “{name}” cannot be read ({reason}).", remedy="Correct the path.") from error
