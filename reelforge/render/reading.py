"""JSON files that a person may have written, read with care: whatever the file is, it ends in a document or a sentence.

Nothing here knows what a timeline is, but for how large one can be.
"""

from __future__ import annotations

import codecs
import json
import math
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from reelforge.errors import InputError
from reelforge.render.refusals import place, shown

MOST_BYTES: Final = 32 << 20
MOST_ITEMS: Final = 100_000
"""In one list."""
MOST_DEPTH: Final = 32
MOST_CHARACTERS: Final = 4096
"""In one text: as long as a path may be."""
_MOST_DIGITS: Final = 15
"""Of a whole number: up to there JSON's numbers are exact everywhere (RFC 8259, section 6)."""

_SYNTAX: Final = (
    ("Expecting value", "a value is missing or misspelt"),
    ("Expecting property name", "a name in double quotes is missing"),
    ("Expecting ',' delimiter", "a comma is missing"),
    ("Expecting ':' delimiter", "a colon is missing"),
    ("Unterminated string", "this text has no closing quote"),
    ("Invalid control character", "a line break, a tab or the like stands within a text"),
    ("Invalid \\", "a backslash begins nothing that JSON knows"),
    ("Extra data", "the document has ended already"),
)


_TRAILING: Final = re.compile(r",\s*([\]}])")


class _Unusable(Struct, frozen=True):
    """Stands in a document for what JSON's grammar lets pass and nobody can use; ``key`` is where within it."""

    said: str
    key: str | None = None
    remedy: str = ""


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file of UTF-8 text (a byte order mark may come first).

    Raises InputError, a sentence that begins with the line or the place (``shots[3].frames``) where there is one: for
    what is no file or cannot be read, no JSON, or too large; for NaN, infinities and numbers beyond all use, keys that
    stand twice, texts that hold half a character; for too deep a nesting. It waits for nothing (a pipe), and reads no
    more than :data:`MOST_BYTES` of a file that grows.
    """
    document = _parse(_text(_content(path)))
    if not isinstance(document, dict | _Unusable):
        raise InputError("a timeline is a JSON object, { … }.")
    _refuse_unusable(document)
    assert isinstance(document, dict)
    return document


def _content(path: Path) -> bytes:
    try:
        # Without blocking, a pipe that nobody writes to opens at once, and is then seen to be one.
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise InputError("there is no such file.", remedy="Correct the path.") from error
    except OSError as error:
        raise InputError(f"it cannot be read ({error.strerror}).", remedy="Correct the path.") from error
    except ValueError as error:
        raise InputError(f"it is no path ({error}).", remedy="Correct the path.") from error
    try:
        mode = os.fstat(opened).st_mode
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
            raise InputError(f"it is {kind}.", remedy="Name a file.")
        with os.fdopen(opened, "rb", closefd=False) as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"it cannot be read ({error.strerror}).") from error
    finally:
        os.close(opened)
    if len(content) > MOST_BYTES:
        raise InputError(f"it is too large to be a timeline, which has {MOST_BYTES >> 20} MiB at most.")
    return content


def _text(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError("it is UTF-16 text.", remedy="Save it as UTF-8.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"line {line} is not UTF-8 text.", remedy="A timeline is a JSON file in UTF-8; save it as such."
        ) from error
    if not text.strip():
        raise InputError("it is empty.", remedy="A timeline needs at least one shot.")
    return text


def _parse(text: str) -> Any:
    try:
        return json.loads(
            text,
            parse_int=_whole,
            parse_float=_number,
            parse_constant=lambda name: _Unusable(f"{name} is not a number that JSON knows"),
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        if extra := _extra_comma(text, error):
            line = text.count("\n", 0, extra.start()) + 1
            column = extra.start() - text.rfind("\n", 0, extra.start())
            raise InputError(
                f"line {line}, column {column} is not JSON: this comma is one too many, “{extra[1]}” comes after it.",
                remedy="Take it out.",
            ) from error
        said = next((ours for theirs, ours in _SYNTAX if error.msg.startswith(theirs)), error.msg)
        raise InputError(f"line {error.lineno}, column {error.colno} is not JSON: {said}.") from error
    except RecursionError as error:
        raise InputError("it is nested too deeply to be a timeline.") from error


def _extra_comma(text: str, error: json.JSONDecodeError) -> re.Match[str] | None:
    """A comma and the closing bracket after it, where they are what is wrong: some parsers give up at the one, some at
    the other.
    """
    comma = text.rfind(",", 0, error.pos + 1)
    found = _TRAILING.match(text, comma) if comma >= 0 else None
    told = error.msg.startswith(("Expecting", "Illegal"))
    return found if found and told and found.end() > error.pos else None


def _whole(digits: str) -> int | _Unusable:
    if len(digits.removeprefix("-")) > _MOST_DIGITS:
        return _Unusable(f"{_cut(digits)} is too large a number")
    return int(digits)


def _number(digits: str) -> float | _Unusable:
    value = float(digits)
    return value if math.isfinite(value) else _Unusable(f"{_cut(digits)} is too large a number")


def _cut(digits: str) -> str:
    return digits if len(digits) <= 24 else f"{digits[:24]}…"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Unusable:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # None is wanted
    return _Unusable("this stands twice in the same object", twice, "Remove one of them.")


def _refuse_unusable(document: Any) -> None:
    """Look at every value, in the order in which they stand."""
    loc: list[int | str] = []
    levels: list[Iterator[tuple[int | str, Any]]] = [iter([("", document)])]
    while levels:
        part, value = next(levels[-1], (None, None))
        if part is None:
            levels.pop()
            if loc:
                loc.pop()
            continue
        here = [*loc, part][1:]
        inner = _entries(here, value)
        if inner is not None:
            if len(levels) > MOST_DEPTH:
                raise InputError(f"{place(here[:4])}: it is nested more than {MOST_DEPTH} deep.")
            loc.append(part)
            levels.append(inner)


def _entries(loc: list[int | str], value: Any) -> Iterator[tuple[int | str, Any]] | None:
    """What a value holds, by key or number; None for one that holds nothing. Raises InputError for an unusable one."""
    if isinstance(value, dict):
        for key in value:
            _refuse_text(key, loc, "a name here")
        return iter(value.items())
    if isinstance(value, list):
        if len(value) > MOST_ITEMS:
            raise InputError(f"{place(loc)}: it has {len(value):,} entries; {MOST_ITEMS:,} are the most.")
        return iter(enumerate(value))
    if isinstance(value, str):
        _refuse_text(value, loc, "this text")
    if isinstance(value, _Unusable):
        where = [*loc, value.key] if value.key is not None else loc
        raise InputError(f"{place(where)}: {value.said}.", remedy=value.remedy)
    return None


def _refuse_text(text: str, loc: list[int | str], what: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise InputError(f"{place(loc)}: {what} has {len(text):,} characters; {MOST_CHARACTERS:,} are the most.")
    if text.isascii() and "\0" not in text:
        return
    bad = next((sign for sign in text if sign == "\0" or "\ud800" <= sign <= "\udfff"), None)
    if bad is not None:
        raise InputError(
            f"{place(loc)}: {what}, {shown(text.encode('ascii', 'backslashreplace').decode())}, holds what is no "
            f"character (\\u{ord(bad):04x})."
        )
