"""On which line of a TOML text each key stands; :mod:`tomllib` knows the values but not their places.

The grammar is TOML 1.0 (https://toml.io/en/v1.0.0), read as loosely as a text allows that tomllib has already accepted.
"""

from __future__ import annotations

import re
from typing import Final

Part = str | int
Place = tuple[Part, ...]

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR: Final = re.compile(r"[^,\]}#\r\n]+")
_BLANK: Final = re.compile(r"[ \t]+")
_GAP: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)+")
_ESCAPE: Final = re.compile(r'\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[btnfr"\\])')
_PLAIN: Final = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


class Lines:
    """The line of every key, table and list element of a valid TOML text, counted from 1.

    A place is a path of keys and list positions: ``("channels", "news", "palette", 2)``.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._table: Place = ()
        self._found: dict[Place, int] = {}
        self._arrays: dict[Place, int] = {}
        self._read()

    def of(self, place: Place) -> int:
        """The line of a place, or of the nearest table around it that is written down; 1 when there is none."""
        for length in range(len(place), 0, -1):
            if (line := self._found.get(place[:length])) is not None:
                return line
        return 1

    def has(self, place: Place) -> bool:
        """Whether the text itself holds this place."""
        return place in self._found

    def _read(self) -> None:
        self._skip(_GAP)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                self._header()
            else:
                self._statement(self._table)
            self._skip(_GAP)

    def _header(self) -> None:
        line = self._line()
        many = self._text.startswith("[[", self._at)
        self._at += 2 if many else 1
        keys = self._keys()
        self._at += 2 if many else 1
        place: Place = ()
        for key in keys[:-1]:
            place = self._inside((*place, key), line)
        place = (*place, keys[-1])
        if many:
            self._found.setdefault(place, line)
            number = self._arrays.get(place, -1) + 1
            self._arrays[place] = number
            place = (*place, number)
        self._found[place] = line
        self._table = place

    def _inside(self, place: Place, line: int) -> Place:
        """A place passed through on the way to a table; of a list of tables, its latest one."""
        self._found.setdefault(place, line)
        return (*place, self._arrays[place]) if place in self._arrays else place

    def _statement(self, table: Place) -> None:
        line = self._line()
        place = table
        for key in self._keys():
            place = (*place, key)
            self._found.setdefault(place, line)
        self._skip(_BLANK)
        self._at += 1
        self._skip(_BLANK)
        self._value(place)

    def _value(self, place: Place) -> None:
        opening = self._text[self._at : self._at + 1]
        if opening == "[":
            self._list(place)
        elif opening == "{":
            self._inline(place)
        elif opening in {'"', "'"}:
            self._string()
        elif match := _SCALAR.match(self._text, self._at):
            self._at = match.end()
        else:
            raise ValueError(f"not TOML at character {self._at}")

    def _list(self, place: Place) -> None:
        self._at += 1
        number = 0
        while True:
            self._skip(_GAP)
            if self._text[self._at] == "]":
                break
            self._found[(*place, number)] = self._line()
            self._value((*place, number))
            number += 1
            self._skip(_GAP)
            if self._text[self._at] == ",":
                self._at += 1
        self._at += 1

    def _inline(self, place: Place) -> None:
        self._at += 1
        while True:
            self._skip(_GAP)
            if self._text[self._at] == "}":
                break
            self._statement(place)
            self._skip(_GAP)
            if self._text[self._at] == ",":
                self._at += 1
        self._at += 1

    def _keys(self) -> list[str]:
        """A dotted key; what follows it, apart from blanks, is the current character afterwards."""
        keys = []
        while True:
            self._skip(_BLANK)
            if self._text[self._at] in "\"'":
                keys.append(self._string())
            elif match := _BARE.match(self._text, self._at):
                keys.append(match.group())
                self._at = match.end()
            else:
                raise ValueError(f"not TOML at character {self._at}")
            self._skip(_BLANK)
            if self._text[self._at] != ".":
                return keys
            self._at += 1

    def _string(self) -> str:
        """Pass over a string of any of the four forms; its text (unescaped only as keys need it)."""
        text, quote = self._text, self._text[self._at]
        long = text.startswith(quote * 3, self._at)
        start = self._at + (3 if long else 1)
        end = quote * 3 if long else quote
        at = start
        while not text.startswith(end, at):
            if at >= len(text):
                raise ValueError(f"a string without an end at character {self._at}")
            at += 2 if quote == '"' and text[at] == "\\" else 1
        while long and text.startswith(quote, at + 3):  # up to two more quotes belong to a long string's text
            at += 1
        self._at = at + len(end)
        inner = text[start:at]
        return _ESCAPE.sub(_unescape, inner) if quote == '"' else inner

    def _skip(self, what: re.Pattern[str]) -> None:
        if match := what.match(self._text, self._at):
            self._at = match.end()

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1)
    return chr(int(code[1:], 16)) if code[0] in "uU" else _PLAIN[code]
