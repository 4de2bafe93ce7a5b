"""TOML that a person wrote, as tables; or what is wrong with it, in words for a person and with its place."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

from reelforge.errors import InputError

_AT: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_PLAINLY: Final = (
    ("Cannot overwrite a value", "this key is set twice"),
    ("Cannot declare", "this table is there twice"),
    ("Cannot mutate immutable namespace", "this table was closed by its braces and cannot get another key"),
    ("Invalid value", "a value is missing or not written as TOML has it (texts need quotation marks)"),
    ("Expected '=' after a key", 'a key needs "=" and a value after it'),
    ("Invalid statement", "this is neither a key, a table nor a comment"),
    ("Unterminated string", "a text has no closing quotation mark"),
    ("Illegal character", "a text has no closing quotation mark, or holds a character it may not"),
    ("Expected \"'", "a text has no closing quotation mark"),
    ("Duplicate inline table key", "this key is set twice"),
    ("Expected ']]'", 'the name of a list of tables has no closing "]]"'),
    ("Unclosed array", 'a list has no closing "]"'),
    ("Unclosed inline table", 'a table has no closing "}"'),
    ("Expected newline or end of document", "something follows a value on its line"),
    ("Expected ']' at the end of a table declaration", 'a table\'s name has no closing "]"'),
    ("Unescaped '\\'", r"a backslash in a text must be doubled, or the text put in single quotation marks"),
)


def decoded(data: bytes, named: str) -> str:
    """The text of a file (a byte order mark may come first). Raises InputError for what is not UTF-8, with its line."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{named} line {line}: byte {error.object[error.start]:#04x} is not UTF-8 text.",
            remedy="Save the file as UTF-8.",
        ) from error


def parsed(text: str, named: str) -> dict[str, Any]:
    """The tables of a text, which messages call ``named``. Raises InputError for what is no TOML, with its place."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{named} {_fault(text, str(error))}.") from error
    except RecursionError as error:
        raise InputError(f"{named} is nested too deeply.") from error
    except ValueError as error:  # of int() and the like, which say no place
        raise InputError(f"{named} holds a number that cannot be read: {error}.") from error


def read(path: Path) -> dict[str, Any]:
    """The tables of a file. Raises OSError when it cannot be read, and InputError when it is no TOML in UTF-8."""
    return parsed(decoded(path.read_bytes(), str(path)), str(path))


def _fault(text: str, message: str) -> str:
    """What tomllib complains about, and where."""
    match = _AT.search(message)
    said = _AT.sub("", message)
    plain = next((words for start, words in _PLAINLY if said.startswith(start)), said[:1].lower() + said[1:])
    if match and match.group(1):
        return f"line {match.group(1)}, column {match.group(2)}: {plain}"
    return f"line {max(1, len(text.splitlines()))}, at the end of the file: {plain}"
