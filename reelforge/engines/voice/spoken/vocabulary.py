"""The values rules and languages share: spoken words, written numbers, units, currencies and a token's neighbours."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

Words = tuple[str, ...]

LONGEST_NUMBER: Final = 36
"""Digits of the longest number said as one (the words end there in every language); longer ones digit by digit."""
LONGEST_ROW: Final = 64
"""Digits of the longest row read one by one; of a longer one only the first :data:`ROW_SHOWN`, and that it goes on."""
ROW_SHOWN: Final = 20

NUMBER: Final = r"(?:\d+(?:[.,'’]\d+)*|[.,]\d+)"
"""Whatever looks like a number in any language; :func:`read_number` judges it by the language's own signs."""
SIGNS: Final = "-−–+±~≈<>≤≥"
VULGAR_FRACTIONS: Final = "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
LETTER: Final = rf"[^\W\d_²³ªº{VULGAR_FRACTIONS}]"

_GROUPED_BY_APOSTROPHE: Final = re.compile(r"\d{1,3}(?:['’]\d{3})+(?![\d'’])")


def listed(text: str) -> Words:
    """The words of a line, for tables."""
    return tuple(text.split())


class Number(Struct, frozen=True):
    """A number without sign and grouping: digits before and after the sign written between them (``point``)."""

    whole: str
    part: str = ""
    point: str = ""

    @property
    def is_one(self) -> bool:
        return self.whole == "1" and not self.part


class Unit(Struct, frozen=True):
    """What is said after one and after any other number. ``gender`` is the language's own (``m``, ``f``, ``n``)."""

    one: str
    many: str
    gender: str = ""


def unit_table(text: str) -> dict[str, Unit]:
    """A line a unit: its symbols, its gender (left out in a language without), its word after one, after other numbers.

    An empty last column is the same word again.
    """
    units: dict[str, Unit] = {}
    for line in text.strip().splitlines():
        symbols, *gender, one, many = (part.strip() for part in line.split("|"))
        units |= dict.fromkeys(symbols.split(), Unit(one, many or one, gender[0] if gender else ""))
    return units


class Currency(Struct, frozen=True):
    """A currency's unit and its hundredth (``None``: amounts in it are never said in hundredths)."""

    unit: Unit
    cent: Unit | None = None


class Around(Struct, frozen=True):
    """A token's neighbours without their punctuation, empty at the ends of the text.

    The second ones (``earlier``, ``later``) are those of the same phrase: empty beyond a mark.
    ``parted`` and ``closed``: a mark stands between this token and the one before, after; ``tail`` is the mark after.
    ``shouted``: the whole text is in capitals.
    """

    before: str = ""
    after: str = ""
    earlier: str = ""
    later: str = ""
    parted: bool = False
    tail: str = ""
    shouted: bool = False

    @property
    def closed(self) -> bool:
        return bool(self.tail)


def read_number(text: str, decimal: str) -> Number | None:
    """A number as written, ``decimal`` (``.`` or ``,``) being its language's decimal sign; None when it is none.

    Groups are those of three digits of ISO 31-0 with the other sign or apostrophes, and Indian ones of two; where a
    text mixes both signs, the last one is decimal. A single group that cannot be one (``3.5`` in German) is a decimal
    written the foreign way, which is told by ``point``; with a comma, in a language of decimal dots, it is no number.
    """
    plain = _GROUPED_BY_APOSTROPHE.sub(lambda found: re.sub("['’]", "", found[0]), text)
    group = re.escape("," if decimal == "." else ".")
    point = re.escape(decimal)
    if found := re.fullmatch(rf"(\d{{1,3}}(?:{group}\d{{3}})+)(?:{point}(\d+))?", plain):
        return Number(re.sub(group, "", found[1]), found[2] or "", decimal if found[2] else "")
    if found := re.fullmatch(rf"(\d*)(?:{point}(\d+))?", plain):
        return Number(found[1], found[2] or "", decimal if found[2] else "") if found[0] else None
    if found := re.fullmatch(r"(\d{1,3}(?:,\d{3})+)\.(\d+)|(\d{1,3}(?:\.\d{3})+),(\d+)", plain):
        whole, part = (found[1], found[2]) if found[1] else (found[3], found[4])
        return Number(re.sub("[.,]", "", whole), part, "." if found[1] else ",")
    if re.fullmatch(r"\d{1,3}(?:(?:,\d{3}){2,}|(?:\.\d{3}){2,})|\d{1,2}(?:,\d{2})+,\d{3}", plain):
        return Number(re.sub("[.,]", "", plain))
    if decimal == "," and (found := re.fullmatch(r"(\d*)\.(\d+)", plain)):
        return Number(found[1], found[2], ".")
    return None
