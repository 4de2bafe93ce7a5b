"""Rules only Spanish has: ``1.º``, ``EE. UU.``, ``los 80``, ``siglo XX``."""

from __future__ import annotations

import re
from typing import Final

from reelforge.engines.voice.spoken.language import Language, Rule
from reelforge.engines.voice.spoken.languages.es import tables
from reelforge.engines.voice.spoken.languages.es.numbers import cardinal, ordinal
from reelforge.engines.voice.spoken.vocabulary import Around, Words


def gender_of(noun: str) -> str:
    """A noun's gender as far as its form tells it; masculine where it tells nothing."""
    word = noun.lower()
    if word in tables.MASCULINE:
        return "m"
    return "f" if word in tables.FEMININE or re.fullmatch(tables.FEMININE_ENDINGS, word) else "m"


def _ordinal(match: re.Match[str], _around: Around, _language: Language) -> Words:
    ending = match[2].lower()
    return ordinal(int(match[1]), "f" if ending in {"ª", "a", "ra", "da", "ta"} else "m", short="er" in ending)


def _pair(match: re.Match[str], around: Around, _language: Language) -> Words | None:
    """Short forms in two tokens, the dot of the second of which may be the sentence's."""
    token, after, before = (f"{word.lower().rstrip('.')}." for word in (match[0], around.after, around.before))
    if (token, after) in tables.PAIRS:
        return tuple(tables.PAIRS[token, after][0].split())
    if (before, token) in tables.PAIRS and not around.parted:
        return tuple(tables.PAIRS[before, token][1].split())
    meaning = tables.BEFORE_FIGURES.get(match[0].lower())
    numbered = around.after[:1].isdigit() or re.fullmatch("[IVXLC]+", around.after)
    return (meaning,) if meaning and numbered else None


def _hour_word(_match: re.Match[str], around: Around, _language: Language) -> Words | None:
    """``15:30 h``."""
    return ("horas",) if re.fullmatch(r"\d{1,2}[:.]\d{2}", around.before) and not around.parted else None


def _mobile(match: re.Match[str], _around: Around, language: Language) -> Words:
    return language.digits(match[0])


def _hours(match: re.Match[str], around: Around, language: Language) -> Words | None:
    """``15:30 h``, ``a las 15 h``: feminine hours."""
    first = match[0][0].isdigit() and around.before.lower() in {"las", "la"} and not around.closed
    follows = around.after.lower().rstrip(".")
    if not first or follows in language.units or follows in language.currencies or int(match[0]) > 24:
        return None
    return cardinal(int(match[0]), "f")


RULES: Final[tuple[Rule, ...]] = (
    (re.compile(r"(\d{1,4})\.?(º|ª|er|ero|do|to|mo|vo|no|ra|da|ta|a|o)(?<!\da)(?<!\do)", re.IGNORECASE), _ordinal),
    (re.compile(r"[^\W\d]{1,3}\.?"), _pair),
    (re.compile(r"hs?|hrs"), _hour_word),
    (re.compile(r"[679]\d{8}"), _mobile),
    (re.compile(r"\d{1,2}"), _hours),
)
