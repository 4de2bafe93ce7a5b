"""Numbers as English words, in lower case and without ``and`` or hyphens: ``105`` is ``one hundred five``."""

from __future__ import annotations

from typing import Final

Words = tuple[str, ...]


def listed(text: str) -> Words:
    """The words of a line, for tables."""
    return tuple(text.split())


_SMALL: Final = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS: Final = ["", "", *listed("twenty thirty forty fifty sixty seventy eighty ninety")]
_SCALES: Final = ["", *listed("thousand million billion trillion quadrillion quintillion")]
_LARGEST: Final = 10 ** (3 * len(_SCALES))
_ORDINALS: Final = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def digits(text: str) -> Words:
    """Each digit by itself; other characters are passed over."""
    return tuple(_SMALL[int(digit)] for digit in text if digit in "0123456789")


def cardinal(number: int) -> Words:
    """Any integer; beyond the quintillions digit by digit."""
    if number < 0:
        return ("minus", *cardinal(-number))
    if number >= _LARGEST:
        return digits(str(number))
    if number < 1000:
        return _below_thousand(number) or ("zero",)
    words: Words = ()
    for scale in _SCALES:
        number, part = divmod(number, 1000)
        if part:
            words = (*_below_thousand(part), *((scale,) if scale else ()), *words)
    return words


def _below_thousand(number: int) -> Words:
    hundreds, rest = divmod(number, 100)
    words: Words = (_SMALL[hundreds], "hundred") if hundreds else ()
    if 0 < rest < 20:
        return (*words, _SMALL[rest])
    tens, ones = divmod(rest, 10)
    return (*words, *((_TENS[tens],) if tens else ()), *((_SMALL[ones],) if ones else ()))


def ordinal(number: int) -> Words:
    """``22`` is ``twenty second``."""
    *front, last = cardinal(number)
    if last in _ORDINALS:
        return (*front, _ORDINALS[last])
    return (*front, f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")


def year(number: int) -> Words:
    """A year as it is said: ``1999`` nineteen ninety nine, ``1805`` eighteen oh five, ``2007`` two thousand seven."""
    century, rest = divmod(number, 100)
    if not 1000 < number < 10_000 or (century % 10 == 0 and rest < 10):
        return cardinal(number)
    if rest == 0:
        return (*cardinal(century), "hundred")
    return (*cardinal(century), *(("oh",) if rest < 10 else ()), *cardinal(rest))


def decade(number: int) -> Words:
    """``1990`` is ``nineteen nineties``, ``80`` ``eighties``, ``1900`` ``nineteen hundreds``."""
    *front, last = year(number) if number >= 100 else cardinal(number)
    return (*front, f"{last[:-1]}ies" if last.endswith("y") else f"{last}s")


def number(text: str) -> Words:
    """A written number: thousands commas, a decimal point, a leading sign; ``007`` digit by digit."""
    if text[:1] in {"-", "−", "–"}:
        return ("minus", *number(text[1:]))
    if text[:1] == "+":
        return ("plus", *number(text[1:]))
    whole, point, part = text.replace(",", "").partition(".")
    front = digits(whole) if len(whole) > 1 and whole.startswith("0") else cardinal(int(whole)) if whole else ()
    return (*front, "point", *digits(part)) if point and part else front


def fraction(top: int, bottom: int) -> Words:
    """``3/4`` is ``three quarters``, ``1/2`` ``one half``; a bottom over one hundred is said ``over``."""
    if not 2 <= bottom <= 100:
        return (*cardinal(top), "over", *cardinal(bottom))
    *front, last = {2: ("half",), 4: ("quarter",)}.get(bottom) or ordinal(bottom)
    many = "halves" if bottom == 2 else f"{last}s"
    return (*cardinal(top), *front, last if top == 1 else many)
