"""Numbers as English words, in lower case and without ``and`` or hyphens: ``105`` is ``one hundred five``."""

from __future__ import annotations

from typing import Final

from reelforge.engines.voice.spoken.vocabulary import Words, listed

SMALL: Final = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS: Final = ("", "", *listed("twenty thirty forty fifty sixty seventy eighty ninety"))
_SCALES: Final = (
    "",
    *listed(
        "thousand million billion trillion quadrillion quintillion sextillion septillion octillion nonillion decillion"
    ),
)
_ORDINALS: Final = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def cardinal(value: int) -> Words:
    """From 0 to 10**36 - 1."""
    if value < 1000:
        return _below_thousand(value) or ("zero",)
    words: Words = ()
    for scale in _SCALES:
        value, part = divmod(value, 1000)
        if part:
            words = (*_below_thousand(part), *((scale,) if scale else ()), *words)
    return words


def _below_thousand(value: int) -> Words:
    hundreds, rest = divmod(value, 100)
    words: Words = (SMALL[hundreds], "hundred") if hundreds else ()
    if 0 < rest < 20:
        return (*words, SMALL[rest])
    tens, ones = divmod(rest, 10)
    return (*words, *((_TENS[tens],) if tens else ()), *((SMALL[ones],) if ones else ()))


def ordinal(value: int) -> Words:
    """``22`` is ``twenty second``."""
    *front, last = cardinal(value)
    if last in _ORDINALS:
        return (*front, _ORDINALS[last])
    return (*front, f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")


def year(value: int) -> Words:
    """``1999`` nineteen ninety nine, ``1805`` eighteen oh five, ``2007`` two thousand seven."""
    century, rest = divmod(value, 100)
    if not 1000 < value < 10_000 or (century % 10 == 0 and rest < 10):
        return cardinal(value)
    if rest == 0:
        return (*cardinal(century), "hundred")
    return (*cardinal(century), *(("oh",) if rest < 10 else ()), *cardinal(rest))


def decade(value: int) -> Words:
    """``1990`` is ``nineteen nineties``, ``80`` ``eighties``, ``1900`` ``nineteen hundreds``."""
    *front, last = year(value) if value >= 100 else cardinal(value)
    return (*front, f"{last[:-1]}ies" if last.endswith("y") else f"{last}s")


def fraction(top: int, bottom: int) -> Words:
    """``3/4`` is ``three quarters``, ``1/2`` ``one half``; a bottom over one hundred is said ``over``."""
    if not 2 <= bottom <= 100:
        return (*cardinal(top), "over", *cardinal(bottom))
    *front, last = {2: ("half",), 4: ("quarter",)}.get(bottom) or ordinal(bottom)
    many = "halves" if bottom == 2 else f"{last}s"
    return (*cardinal(top), *front, last if top == 1 else many)


def padded(value: int) -> Words:
    """Minutes and seconds: ``05`` is ``oh five``."""
    if value >= 10:
        return cardinal(value)
    return ("oh", *cardinal(value)) if value else ("zero", "zero")
