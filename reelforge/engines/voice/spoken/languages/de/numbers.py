"""Numbers as German words, apart where German joins them: ``2044`` is ``zwei tausend vier und vierzig``.

So they are said as espeak-ng says figures; the joined word it mispronounces (``vierundwierzig``).
"""

from __future__ import annotations

from typing import Final

from reelforge.engines.voice.spoken.vocabulary import Words, listed

SMALL: Final = listed(
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn"
)
_TENS: Final = ("", "", *listed("zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig"))
_SCALES: Final = (
    ("Million", "Millionen"),
    ("Milliarde", "Milliarden"),
    ("Billion", "Billionen"),
    ("Billiarde", "Billiarden"),
    ("Trillion", "Trillionen"),
    ("Trilliarde", "Trilliarden"),
    ("Quadrillion", "Quadrillionen"),
    ("Quadrilliarde", "Quadrilliarden"),
    ("Quintillion", "Quintillionen"),
    ("Quintilliarde", "Quintilliarden"),
)
_ONE: Final = {"m": "ein", "n": "ein", "f": "eine"}
_ORDINALS: Final = {1: "erst", 3: "dritt", 7: "siebt", 8: "acht"}
_PARTS: Final = {2: "Halbe", 3: "Drittel", 7: "Siebtel", 8: "Achtel"}


def cardinal(value: int, gender: str = "") -> Words:
    """From 0 to 10**36 - 1. A final one is ``eins`` alone and ``ein``, ``eine`` before a noun of that gender."""
    if value == 0:
        return ("null",)
    above, below = divmod(value, 1_000_000)
    words: Words = ()
    for one, many in _SCALES:
        above, part = divmod(above, 1000)
        if part:
            words = (*_thousands(part, "f"), one if part == 1 else many, *words)
    return (*words, *_thousands(below, gender)) if below else words


def _thousands(value: int, gender: str) -> Words:
    thousands, rest = divmod(value, 1000)
    front = (*(_hundreds(thousands, "m") if thousands > 1 else ()), "tausend") if thousands else ()
    return (*front, *(_hundreds(rest, gender) if rest else ()))


def _hundreds(value: int, gender: str) -> Words:
    hundreds, rest = divmod(value, 100)
    front = (*(_small(hundreds, "m") if hundreds > 1 else ()), "hundert") if hundreds else ()
    return (*front, *(_small(rest, gender) if rest else ()))


def _small(value: int, gender: str) -> Words:
    if value == 1:
        return (_ONE.get(gender, "eins"),)
    if value < 20:
        return (SMALL[value],)
    tens, ones = divmod(value, 10)
    return (*((*_small(ones, "m"), "und") if ones else ()), _TENS[tens])


def ordinal(value: int, ending: str) -> Words:
    """``dritte``, ``zwanzigster``; ``ending`` is what declension adds (``e``, ``er``, ``en`` …)."""
    *front, last = cardinal(value)
    rest = value % 100
    if rest in _ORDINALS:
        stem = last.removesuffix(SMALL[rest]) + _ORDINALS[rest]
    else:
        stem = last + ("t" if 0 < rest < 20 else "st")
    return (*front, stem + ending)


def year(value: int) -> Words:
    """``1999`` is ``neunzehn hundert neun und neunzig``, ``2024`` ``zwei tausend vier und zwanzig``."""
    century, rest = divmod(value, 100)
    if 1100 <= value < 2000:
        return (SMALL[century], "hundert", *(_small(rest, "") if rest else ()))
    return cardinal(value)


def fraction(top: int, bottom: int) -> Words:
    """``3/4`` is ``drei Viertel``, ``1/2`` ``ein halb``."""
    if bottom < 2 or bottom > 100:
        return (*cardinal(top), "durch", *cardinal(bottom))
    if bottom == 2:
        return ("ein", "halb") if top == 1 else (*cardinal(top), "Halbe")
    *front, last = cardinal(bottom)
    part = _PARTS.get(bottom) or last.capitalize() + ("tel" if bottom < 20 else "stel")
    return (*cardinal(top, "n"), *front, part)
