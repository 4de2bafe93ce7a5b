"""Rules only German has: ordinals with their endings, ``Uhr``, short forms in two tokens, ``20-jährig``."""

from __future__ import annotations

import re
from typing import Final

from reelforge.engines.voice.spoken.language import Language, Rule
from reelforge.engines.voice.spoken.languages.de import tables
from reelforge.engines.voice.spoken.languages.de.numbers import cardinal, ordinal, year
from reelforge.engines.voice.spoken.vocabulary import Around, Words

_WEAK: Final = re.compile(
    "am|im|vom|zum|zur|beim|dem|den|des|einem|einen|einer|eines|diesem|diesen|dieser|dieses|jedem|jeden|jeder|seinem|"
    "seinen|seiner|ihrem|ihren|ihrer|meinem|meinen|meiner|unserem|unseren|unserer|keinem|keinen|bis|alle|allen"
)
_ARTICLES: Final = frozenset({"der", "die", "das", "ins", "ans", "aufs", "fürs", "eine", "diese", "jede"})
_DATIVE: Final = frozenset(
    {"in", "mit", "nach", "bei", "von", "zu", "seit", "aus", "während", "wegen", "ab", "an", "auf"}
)
_STRONG_DATIVE: Final = frozenset({"ab", "seit", "nach", "vor", "mit"})
_HEAVY: Final = (
    r"jährig\w*|fach\w*|mal\w*|prozentig\w*|stündig\w*|tägig\w*|minütig\w*|köpfig\w*|stellig\w*|er|ern|teilig\w*"
)


def gender_of(noun: str) -> str:
    """A noun's gender as far as its form tells it; masculine where it tells nothing."""
    name = noun.lower().strip(".")
    if name in tables.NEUTER_WORDS or name.endswith(("chen", "lein", "ment", "tum")):
        return "n"
    if name in tables.FEMININE_WORDS:
        return "f"
    return "f" if re.fullmatch(tables.FEMININE, name) and name not in tables.MASCULINE_IN_E else "m"


def declined(value: int, around: Around, noun: str) -> Words:
    """An ordinal with the ending its neighbours ask for."""
    return ordinal(value, _ending(around.before.lower(), around.earlier.lower(), noun))


def _ending(before: str, earlier: str, noun: str) -> str:
    if _WEAK.fullmatch(before):
        return "en"
    if before in _ARTICLES:
        plural = before == "die" and noun.lower().endswith("en") and gender_of(noun) != "f"
        return "en" if (before == "der" and earlier in _DATIVE) or plural else "e"
    if before in _STRONG_DATIVE and noun.lower() in tables.MONTHS:
        return "em"
    return {"f": "e", "n": "es"}.get(gender_of(noun), "er")


def _ordinal(match: re.Match[str], around: Around, _language: Language) -> Words | None:
    return declined(int(match[1]), around, around.after) if around.after[:1].isalpha() else None


def _roman_ordinal(match: re.Match[str], around: Around, language: Language) -> Words | None:
    """``im XIX. Jahrhundert``."""
    if around.after.lower() not in tables.NEUTER_WORDS:
        return None
    figures = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
    values = [figures[sign] for sign in match[1]]
    value = sum(-one if one < following else one for one, following in zip(values, [*values[1:], 0], strict=True))
    return declined(value, around, around.after) if 0 < value < 100 else language.spell(match[1])


def _oclock(_match: re.Match[str], around: Around, language: Language) -> Words | None:
    """``Uhr`` after a time says its minutes."""
    minutes = re.fullmatch(r"(?:.*[-–—])?\d{1,2}[:.](\d{2})", around.before)
    if minutes is None or around.parted:
        return None
    return ("Uhr", *(language.cardinal(int(minutes[1])) if int(minutes[1]) else ()))


def _hour_sign(_match: re.Match[str], around: Around, _language: Language) -> Words | None:
    """``15:30 h``: the time has said ``Uhr``."""
    return () if re.fullmatch(r"\d{1,2}[:.]\d{2}", around.before) and not around.parted else None


def _pair(match: re.Match[str], around: Around, _language: Language) -> Words | None:
    token = match[0].lower()
    if (token, around.after.lower()) in tables.PAIRS:
        return (tables.PAIRS[token, around.after.lower()][0],)
    if (around.before.lower(), token) in tables.PAIRS:
        return (tables.PAIRS[around.before.lower(), token][1],)
    meaning = tables.BEFORE_FIGURES.get(token)
    return (meaning,) if meaning and around.after[:1].isdigit() else None


def _heavy(match: re.Match[str], _around: Around, language: Language) -> Words | None:
    """``20-jährige``, ``10fach``, ``90er``: one word with its number."""
    number = language.read(match[1])
    if number is None or number.part:
        return None
    value = match[1]
    is_year = len(value) == 4 and value.isdigit() and 1100 <= int(value) < 2000
    *front, last = year(int(value)) if is_year else language.number(number, "m")
    return (*front, last + match[2].lower())


def _short_month(match: re.Match[str], around: Around, _language: Language) -> Words | None:
    month = tables.MONTHS_SHORT.get(match[0].lower())
    return (month,) if month and (around.before[-1:].isdigit() or around.before.endswith(".")) else None


def _hour(match: re.Match[str], around: Around, _language: Language) -> Words | None:
    """``9h``; ``9 Uhr`` is a number before a noun."""
    return (*cardinal(int(match[1]), "m"), "Uhr") if around.before.lower() in {"um", "ab", "gegen"} else None


def _paragraphs(match: re.Match[str], _around: Around, language: Language) -> Words:
    return (language.symbols[match[0]],)


RULES: Final[tuple[Rule, ...]] = (
    (re.compile(r"§§?"), _paragraphs),
    (re.compile(r"[^\W\d]{1,4}\."), _pair),
    (re.compile(r"(\d{1,3})\."), _ordinal),
    (re.compile(r"([IVXLC]{1,8})\."), _roman_ordinal),
    (re.compile(r"[Uu]hr"), _oclock),
    (re.compile(r"h"), _hour_sign),
    (re.compile(r"(\d{1,2})h"), _hour),
    (re.compile(rf"([\d.]*\d)-?({_HEAVY})", re.IGNORECASE), _heavy),
    (re.compile(r"[A-ZJ][a-zä]{2,5}"), _short_month),
)
