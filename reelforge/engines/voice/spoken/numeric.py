"""Rules for tokens that hold digits: amounts, dates, times, ranges, fractions.

A rule is a pattern for the whole token and a function of its match and its neighbours that gives the spoken words, or
``None`` when the token turns out to be something else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from reelforge.engines.voice.spoken.numbers import (
    Words,
    cardinal,
    decade,
    digits,
    fraction,
    listed,
    number,
    ordinal,
    year,
)
from reelforge.engines.voice.spoken.tables import (
    CURRENCIES,
    CURRENCY,
    MONTHS,
    NUMBER,
    SCALE_WORDS,
    SCALES,
    UNITS,
)


@dataclass(frozen=True)
class Around:
    """A token's neighbours without their punctuation (empty at the ends), and whether the whole text is in capitals."""

    before: str = ""
    after: str = ""
    shouted: bool = False


Rule = tuple[re.Pattern[str], Callable[[re.Match[str], Around], Words | None]]

VULGAR_FRACTIONS: Final = "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_SIGNS: Final = {
    "-": "minus",
    "−": "minus",
    "–": "minus",
    "+": "plus",
    "±": "plus or minus",
    "~": "about",
    "≈": "about",
}
_COMPARED: Final = {"<": "less than", ">": "more than", "≤": "at most", "≥": "at least"}
_LOOSE_SCALES: Final = frozenset({"k", "M", "mn", "bn", "tn"})
"""Scales that are understood without a currency before the number."""
_YEAR_CUES: Final = frozenset(
    listed(
        "in since by of year from until till after before during around circa late early mid summer winter spring fall "
        "autumn and between to"
    )
) | frozenset(MONTHS)
_COUNTED: Final = frozenset(
    listed("people years times miles meters metres kilometers kilometres feet dollars euros men")
)
_ERAS: Final = frozenset({"AD", "BC", "BCE", "CE", "A.D", "B.C"})
_AMOUNT: Final = re.compile(
    rf"(?P<sign>[-−–+±~≈<>≤≥]?)(?P<currency>{CURRENCY})?(?P<number>{NUMBER})(?P<suffix>[^\d\s+]*[²³23]?)(?P<plus>\+?)"
)


def is_number(text: str) -> bool:
    """Whether a token is a plain number such as ``3.8``, ``2,500`` or ``-4``."""
    return re.fullmatch(rf"[-−–+~]?{NUMBER}", text) is not None


def unit(name: str, amount: str) -> Words:
    """The words of a unit after an amount as written."""
    one, many = UNITS[name]
    return tuple((one if amount.lstrip("-−–+~") == "1" else many).split())


def amount(text: str, around: Around) -> Words | None:
    """A number with what is written against it: sign, currency, scale, unit, percent, a final plus."""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return None
    sign = {**_SIGNS, **_COMPARED}.get(match["sign"], "").split()
    if match["currency"]:
        body = _money(match["currency"], match["number"], match["suffix"], around)
    else:
        body = _measured(match["number"], match["suffix"], around)
    if body is None:
        return None
    return (*sign, *body, *(("plus",) if match["plus"] else ()))


def _measured(text: str, suffix: str, around: Around) -> Words | None:
    if not suffix:
        return _bare(text, around)
    if suffix in {"%", "‰"}:
        return (*number(text), *("percent" if suffix == "%" else "per mille").split())
    if suffix in UNITS:
        return (*number(text), *unit(suffix, text))
    if suffix in _LOOSE_SCALES:
        return (*number(text), SCALES[suffix])
    return (*number(text), "times") if suffix in {"x", "×"} else None


def _money(symbol: str, text: str, suffix: str, around: Around) -> Words | None:
    scale, _, each = suffix.partition("/")
    if (scale and scale not in SCALES) or (each and not each.isalpha()):
        return None
    per = ("per", each) if each else ()
    one, many, cent, cents = CURRENCIES[symbol]
    if scale:
        return (*number(text), SCALES[scale], *many.split(), *per)
    if around.after.lower() in SCALE_WORDS:
        return number(text)
    whole, _, part = text.replace(",", "").partition(".")
    if len(part) != 2:
        return (*number(text), *(one if text == "1" else many).split(), *per)
    coins = (*cardinal(int(part)), cent if int(part) == 1 else cents) if int(part) else ()
    notes = (*cardinal(int(whole)), *(one if int(whole) == 1 else many).split()) if int(whole or 0) else ()
    return (*notes, *(("and",) if notes and coins else ()), *coins, *per) or ("zero", *many.split())


def _bare(text: str, around: Around) -> Words:
    """A number alone: the day of a month, a year, or just a number."""
    if text.isdigit() and not (len(text) > 1 and text.startswith("0")):
        value = int(text)
        if 1 <= value <= 31 and _month(around.before):
            return ordinal(value)
        if 1 <= value <= 31 and around.after[:1].isupper() and _month(around.after):
            return (*(() if around.before.lower() == "the" else ("the",)), *ordinal(value), "of")
        if len(text) == 4 and _is_year(value, around):
            return year(value)
    return number(text)


def _month(word: str) -> bool:
    """A month's name or its three letters, capitalised."""
    name = word.rstrip(".").lower()
    return word[:1].isupper() and (name in MONTHS or name in {"sept", *(month[:3] for month in MONTHS)})


def _is_year(value: int, around: Around) -> bool:
    after = around.after
    if not 1000 < value < 2100 or after in UNITS or after.lower() in _COUNTED | SCALE_WORDS:
        return False
    if value >= 1900 or around.before.lower() in _YEAR_CUES or after in _ERAS:
        return True
    return value >= 1100 and not (after.islower() and after.endswith("s"))


def _time(match: re.Match[str], around: Around) -> Words | None:
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if hour > 24 or minute > 59:
        return None
    half = tuple(letter.upper() for letter in match["half"] or "" if letter.isalpha())
    named = half or around.after.lower().replace(".", "") in {"am", "pm"}
    if minute:
        return (*cardinal(hour), *(("oh",) if minute < 10 else ()), *cardinal(minute), *half)
    if named or match["minute"] is None:
        return (*cardinal(hour), *half)
    return (*cardinal(hour), "o'clock" if hour <= 12 else "hundred")


def _iso_date(match: re.Match[str], _around: Around) -> Words | None:
    return _date(int(match[1]), int(match[2]), int(match[3]))


def _slashed_date(match: re.Match[str], _around: Around) -> Words | None:
    """Month first, as in the United States, unless only day first makes sense."""
    first, second, the_year = int(match[1]), int(match[2]), int(match[3])
    month, day = (first, second) if first <= 12 else (second, first)
    return _date(the_year, month, day)


def _date(the_year: int, month: int, day: int) -> Words | None:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return (MONTHS[month - 1].capitalize(), *ordinal(day), *year(the_year))


def _range(match: re.Match[str], around: Around) -> Words | None:
    left, dash, right = match["left"], match["dash"], match["right"]
    if dash == "-" and re.fullmatch(r"\d{3}", left) and re.fullmatch(r"\d{4}", right):
        return (*digits(left), *digits(right))
    symbol = re.match(CURRENCY, left)
    if re.fullmatch(r"\d{4}", left) and re.fullmatch(r"\d{4}|\d{2}", right) and 1000 < int(left) < 2100:
        return (*year(int(left)), "to", *(year(int(right)) if len(right) == 4 else cardinal(int(right))))
    if symbol and not re.match(CURRENCY, right):
        right = symbol[0] + right
    ending = amount(right, around)
    starting = number(left[symbol.end() :]) if symbol else amount(left, Around())
    return None if ending is None or starting is None else (*starting, "to", *ending)


def _phone(match: re.Match[str], _around: Around) -> Words:
    return ("plus", *digits(match[0])) if match[0].startswith("+") else digits(match[0])


def _fraction(match: re.Match[str], around: Around) -> Words:
    words = fraction(int(match[1]), int(match[2]))
    return ("and", *words) if around.before.isdigit() and words[-2:-1] != ("over",) else words


def _vulgar_fraction(match: re.Match[str], around: Around) -> Words | None:
    """``½`` and its kin are decomposed by Unicode itself (NFKD: 1⁄2)."""
    top, slash, bottom = unicodedata.normalize("NFKD", match[2]).partition("⁄")
    if not (slash and top and bottom):
        return None
    part = fraction(int(top), int(bottom))
    follows_whole = match[1] or around.before.isdigit()
    return (*(cardinal(int(match[1])) if match[1] else ()), *(("and",) if follows_whole else ()), *part)


def _version(match: re.Match[str], around: Around) -> Words:
    spoken = [cardinal(int(part)) for part in match[2].split(".")]
    joined = [word for part in spoken for word in ("point", *part)][1:]
    return (*(("version",) if match[1] and around.before.lower() != "version" else ()), *joined)


def _decade(match: re.Match[str], _around: Around) -> Words | None:
    value = int(match[1])
    return decade(value) if value % 10 == 0 and (value >= 1000 or 10 < value < 100) else None


def _between(word: str) -> Callable[[re.Match[str], Around], Words]:
    return lambda match, _around: (*number(match[1]), *word.split(), *number(match[2]))


_PART: Final = rf"(?:{CURRENCY})?{NUMBER}"

RULES: Final[tuple[Rule, ...]] = (
    (re.compile(r"(\d{4})-(\d{2})-(\d{2})"), _iso_date),
    (re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})"), _slashed_date),
    (re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?P<half>[ap]\.?m\.?)?", re.IGNORECASE), _time),
    (re.compile(r"(?P<hour>\d{1,2})(?P<minute>)?(?P<half>[ap]\.?m\.?)", re.IGNORECASE), _time),
    (re.compile(r"\+?\d+(?:-\d+){2,}"), _phone),
    (re.compile(rf"(?P<left>{_PART})(?P<dash>[-–−—])(?P<right>{_PART}[^\d\s–—-]*)"), _range),
    (re.compile(r"(\d{1,3})/(\d{1,3})"), _fraction),
    (re.compile(rf"(\d*)([{VULGAR_FRACTIONS}])"), _vulgar_fraction),
    (re.compile(r"([\d,]*\d)(?:st|nd|rd|th)", re.IGNORECASE), lambda m, _a: ordinal(int(m[1].replace(",", "")))),
    (re.compile(r"(\d{2}|\d{4})['’]?s"), _decade),
    (re.compile(r"(v?)(\d+(?:\.\d+){2,})", re.IGNORECASE), _version),
    (re.compile(rf"({NUMBER})[x×]({NUMBER})"), _between("by")),
    (re.compile(rf"({NUMBER}):({NUMBER})"), _between("to")),
    (re.compile(rf"({NUMBER})\^([-−]?{NUMBER})"), _between("to the power of")),
    (re.compile(rf"#({NUMBER})"), lambda m, _a: ("number", *number(m[1]))),
    (_AMOUNT, lambda match, around: amount(match[0], around)),
)
"""Tried in order; the first that gives words has the token."""
