"""Rules only English has: ``St.``, ``No.``, ordinals, decades, ``5'10"``."""

from __future__ import annotations

import re
from typing import Final

from reelforge.engines.voice.spoken.language import Language, Rule
from reelforge.engines.voice.spoken.languages.en import tables
from reelforge.engines.voice.spoken.languages.en.numbers import cardinal, decade, ordinal, padded
from reelforge.engines.voice.spoken.vocabulary import LONGEST_NUMBER, Around, Words


def _before_figures(match: re.Match[str], around: Around, _language: Language) -> Words | None:
    meaning = tables.BEFORE_FIGURES.get(match[0].lower())
    if meaning is None or not (around.after[:1].isdigit() or around.after.lower().rstrip(".") in tables.MONTHS_SHORT):
        return ("no",) if match[0].lower() == "no." else None
    return (meaning,)


def _saint_or_street(match: re.Match[str], around: Around, _language: Language) -> Words | None:
    if not match[0].endswith(".") and not (match[0] == "St" and around.after[:1].isupper()):
        return None
    named = around.after[:1].isupper() and not around.closed
    return ("saint",) if named and (around.parted or not around.before[:1].isdigit()) else ("street",)


def _fort(_match: re.Match[str], around: Around, _language: Language) -> Words | None:
    return ("fort",) if around.after[:1].isupper() and not around.before[-1:].isdigit() else None


def _half_day(match: re.Match[str], around: Around, language: Language) -> Words | None:
    timed = around.before[:1].isdigit() or "." in match[0] or match[0].lower().startswith("p")
    return language.spell(match[0]) if timed and not match[0].istitle() else None


def _short_month(match: re.Match[str], around: Around, _language: Language) -> Words | None:
    """``Dec 5``, ``5 Dec``; ``May`` and words like ``mar`` without a number stay."""
    month = tables.MONTHS_SHORT.get(match[0].lower())
    beside = around.after[:1].isdigit() or (around.before[:1].isdigit() and not around.parted)
    return (month,) if month and match[0][:1].isupper() and beside else None


def _ordinal(match: re.Match[str], _around: Around, _language: Language) -> Words | None:
    figures = match[1].replace(",", "")
    return ordinal(int(figures)) if len(figures) <= LONGEST_NUMBER else None


def _decade(match: re.Match[str], _around: Around, _language: Language) -> Words | None:
    value = int(match[1])
    return decade(value) if value % 10 == 0 and (value >= 1000 or 10 < value < 100) else None


def _many(match: re.Match[str], _around: Around, _language: Language) -> Words | None:
    """``1,000s of them``."""
    name = {"10": "tens", "100": "hundreds", "1000": "thousands", "1000000": "millions"}.get(match[1].replace(",", ""))
    return (name,) if name else None


def _feet_and_inches(match: re.Match[str], _around: Around, _language: Language) -> Words:
    return (*cardinal(int(match[1])), "foot", *cardinal(int(match[2])))


def _lines(match: re.Match[str], _around: Around, _language: Language) -> Words:
    """``1080p``: pairs of figures, as years are said."""
    return (*_paired(match[1]), match[2].upper())


def _paired(figures: str) -> Words:
    """``747`` is ``seven forty seven``, ``1080`` ``ten eighty``, ``720`` ``seven twenty``."""
    front, back = int(figures[:-2]), int(figures[-2:])
    return (*cardinal(front), *(padded(back) if back else ("hundred",)))


def _by_name(match: re.Match[str], around: Around, language: Language) -> Words | None:
    """``Boeing 747``, ``call 911``."""
    before = around.before.lower()
    if before in tables.PLANES:
        return _paired(match[0])
    return language.digits(match[0]) if before in tables.CALLED or match[0] == "911" else None


def _inches(_match: re.Match[str], around: Around, _language: Language) -> Words | None:
    """``6 ft 2 in``, ``a screen of 5 in``."""
    counted = around.before[-1:].isdigit() and not around.parted
    return ("inches",) if counted and (around.earlier in {"ft", "feet", "foot"} or not around.after) else None


RULES: Final[tuple[Rule, ...]] = (
    (re.compile(r"[A-Za-z]{1,4}\."), _before_figures),
    (re.compile(r"[Ss]t\.?"), _saint_or_street),
    (re.compile(r"Ft\."), _fort),
    (re.compile(r"in"), _inches),
    (re.compile(r"[ap]\.?m\.?", re.IGNORECASE), _half_day),
    (re.compile(r"[A-Z][a-z]{2,3}"), _short_month),
    (re.compile(r"([\d,]*\d)(?:st|nd|rd|th)", re.IGNORECASE), _ordinal),
    (re.compile(r"(1[0,]{1,8})['’]?s"), _many),
    (re.compile(r"(\d{2}|\d{4})['’]?s"), _decade),
    (re.compile(r"(\d)['′’](\d{1,2})(?:[\"″”]|'')?"), _feet_and_inches),
    (re.compile(r"(\d{3,4})([pi])"), _lines),
    (re.compile(r"\d{3}"), _by_name),
)
