"""Rules for dates, times of day and their ranges."""

from __future__ import annotations

import re
from typing import Final

from reelforge.engines.voice.spoken.amounts import CURRENCY, amount
from reelforge.engines.voice.spoken.language import Language, Rule
from reelforge.engines.voice.spoken.vocabulary import NUMBER, Around, Words

_UPRIGHT: Final = "9:16"
"""The shape of a phone's picture, more often than a minute of the morning."""
_HALF: Final = r"(?P<half>[ap]\.?m\.?)?"
_TIME: Final = re.compile(
    rf"(?P<hour>\d{{1,2}})(?:(?P<mark>[:.h])(?P<minute>\d{{2}}))?(?::(?P<second>\d{{2}}))?{_HALF}", re.IGNORECASE
)


def _said(language: Language, year: str | None, month: int, day: int, around: Around) -> Words | None:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return language.date(int(year) if year else None, month, day, around)


def _iso_date(match: re.Match[str], around: Around, language: Language) -> Words | None:
    return _said(language, match[1], int(match[2]), int(match[3]), around)


def _slashed_date(match: re.Match[str], around: Around, language: Language) -> Words | None:
    """In the region's own order, unless only the other makes sense; two figures are a year of this century."""
    first, second, year = int(match[1]), int(match[2]), match[3]
    day_first = language.day_first if max(first, second) <= 12 else first > 12
    day, month = (first, second) if day_first else (second, first)
    return _said(language, year if len(year) == 4 else f"20{year}", month, day, around)


def _cued_date(match: re.Match[str], around: Around, language: Language) -> Words | None:
    """``on 12/25``."""
    if around.before.lower() not in language.date_cues or language.unit(around.after):
        return None
    first, second = int(match[1]), int(match[2])
    day, month = (first, second) if language.day_first else (second, first)
    return _said(language, None, month, day, around)


def _dotted_date(match: re.Match[str], around: Around, language: Language) -> Words | None:
    """``24.12.2024``; a year of two figures, or none, only where dates are written so."""
    year = match[3] or ""
    if len(year) < 4 and not language.dotted_dates:
        return None
    return _said(language, f"20{year}" if len(year) == 2 else year, int(match[2]), int(match[1]), around)


def clock_time(text: str, around: Around, language: Language) -> Words | None:
    """A time of day: ``3:30``, ``3.30 pm`` where pm or its like follows, ``15h30``, ``9am``."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    second = int(match["second"]) if match["second"] else None
    if hour > 24 or minute > 59 or (second or 0) > 59 or (second is not None and match["mark"] != ":"):
        return None
    if match["mark"] == "." and not (match["half"] or language.is_clock(around.after)):
        return None
    half = language.spell(match["half"] or "")
    return language.clock(hour, minute, second, half, around)


def _time(match: re.Match[str], around: Around, language: Language) -> Words | None:
    upright = match[0] == _UPRIGHT and not language.is_clock(around.after)
    return clock_time(match[0], around, language) if (match["half"] or match["mark"]) and not upright else None


def _half_day(match: re.Match[str], around: Around, language: Language) -> Words | None:
    """``pm`` apart from its time."""
    return language.spell(match[0]) if around.before[:1].isdigit() and not around.parted else None


def _time_range(match: re.Match[str], around: Around, language: Language) -> Words | None:
    left, right = match["left"], match["right"]
    if not re.search(r"[:mM]", left + right) and not language.is_clock(around.after):
        return None
    ending = clock_time(right, around, language)
    bare = left.isdigit() or language.is_clock(around.after)
    starting = language.whole(left) if left.isdigit() else clock_time(left, around if bare else Around(), language)
    return None if ending is None or starting is None else (*starting, language.says["to"], *ending)


def _range(match: re.Match[str], around: Around, language: Language) -> Words | None:
    """Two numbers with a dash: years, or amounts of which the last tells what is counted."""
    left, right = match["left"], match["right"]
    if re.fullmatch(r"\d{4}", left) and re.fullmatch(r"\d{4}|\d{2}", right) and 1000 < int(left) < 2100:
        ending = language.year(int(right)) if len(right) == 4 else language.cardinal(int(right))
        return (*language.year(int(left)), language.says["to"], *ending)
    symbol = re.match(CURRENCY, left)
    if symbol and not re.match(CURRENCY, right):
        right = symbol[0] + right
    spelled_out = language.range_end(left, right, around)
    if spelled_out is not None:
        return spelled_out
    said = amount(right, around, language)
    number = language.read(left[symbol.end() :] if symbol else left)
    starting = language.number(number) if number else amount(left, Around(), language)
    return None if said is None or starting is None else (*starting, language.says["to"], *said)


_SIDE: Final = r"\d{1,2}(?:[:.]\d{2})?(?:[ap]\.?m\.?)?"
_PART: Final = rf"(?:{CURRENCY})?{NUMBER}"

RULES: Final[tuple[Rule, ...]] = (
    (re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T[\d:.]+Z?)?"), _iso_date),
    (re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})"), _slashed_date),
    (re.compile(r"(\d{1,2})/(\d{1,2})"), _cued_date),
    (re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})?"), _dotted_date),
    (_TIME, _time),
    (re.compile(r"[ap]\.?m\.?", re.IGNORECASE), _half_day),
    (re.compile(rf"(?P<left>{_SIDE})[-–—](?P<right>{_SIDE})", re.IGNORECASE), _time_range),
)
RANGE_RULES: Final[tuple[Rule, ...]] = (
    (re.compile(rf"(?P<left>{_PART}[%°]?)[-–−—](?P<right>{_PART}[^\d\s–—-]*[23]?)"), _range),
)
