"""What one token says: the language's own rules, then those all languages share, then sign by sign.

Written tokens are classified by their form and neighbours, and each class is worded by the language: the two stages of
Ebden & Sproat, *The Kestrel TTS text normalization system* (2015).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from reelforge.engines.voice.spoken import amounts, calendar, figures, lettering
from reelforge.engines.voice.spoken.language import Language, Rule
from reelforge.engines.voice.spoken.vocabulary import NUMBER, VULGAR_FRACTIONS, Around, Words

LONGEST_RULED: Final = 256
"""Longer tokens are read sign by sign: no rule was made for them."""
MOST_WORDS: Final = 256
"""What one token says at most."""
_SILENT_INSIDE: Final = frozenset("~<>→#")
_PARTS: Final = re.compile(r"[-‐‑–/]")


def say(core: str, around: Around, language: Language) -> Words:
    """The spoken words of one token without its outer marks; empty when it says nothing."""
    if len(core) <= LONGEST_RULED:
        for pattern, rule in (*language.rules, *SHARED_RULES):
            match = pattern.fullmatch(core)
            words = rule(match, around, language) if match else None
            if words is not None:
                return words[:MOST_WORDS]
    words_found: list[str] = []
    for words in _by_sign(core, around, language):
        words_found += words
        if len(words_found) > MOST_WORDS:
            return (*words_found[:MOST_WORDS], *language.so_on.split())
    return tuple(words_found)


def _kind(sign: str) -> str:
    """One letter for what a sign is; those of one run are told by the same."""
    if "0" <= sign <= "9":
        return "d"
    if sign in "²³ªº" or sign in VULGAR_FRACTIONS:
        return sign
    if unicodedata.category(sign)[0] in "LM" or sign in "'’":
        return "w"
    return sign if sign in ".," else f"s{sign}"


def _by_sign(core: str, around: Around, language: Language) -> Iterator[Words]:
    """Runs of letters and of figures one by one, symbols by their names. Linear in the token's length."""
    several = any(not sign.isalpha() for sign in core[:LONGEST_RULED])
    figures_run = re.compile(rf"{NUMBER}")
    at = 0
    for kind, signs in groupby(core, _kind):
        run = "".join(signs)
        start, at = at, at + len(run)
        if kind == "d":
            joined = figures_run.match(core, start) if len(core) <= LONGEST_RULED else None
            number = language.read(joined[0]) if joined and core[start - 1 : start] not in {".", ","} else None
            yield language.whole(run) if number is None or number.part else language.number(number)
        elif kind == "w":
            yield _letters(run.strip("'’"), around, language, several=several)
        else:
            yield _symbol(run, core[at : at + 1], language)


def _letters(run: str, around: Around, language: Language, *, several: bool) -> Words:
    if not any(unicodedata.category(sign)[0] == "L" for sign in run):
        return ()
    if several and (len(run) == 1 or (run.isupper() and len(run) <= 3)):
        return language.spell(run) or (run,)
    if run.isupper() and run.isascii() and len(run) <= 12:
        return lettering.acronym(run, "", around, language)
    return lettering.word(run, around, language)


def _symbol(run: str, following: str, language: Language) -> Words:
    sign = run[0]
    if sign in _SILENT_INSIDE or len(run) > 1:
        return ()
    if sign in VULGAR_FRACTIONS:
        return say(sign, Around(), language)
    if sign == "." and following.isalnum():
        return (language.points["."],) if following.isdigit() else ()
    return tuple(language.symbols.get(sign, "").split())


def _tag(match: re.Match[str], around: Around, language: Language) -> Words | None:
    if not any(sign.isalpha() for sign in match[2]):
        return None
    parts = lettering.split_camel(match[2])
    inner = [said for part in parts for said in say(part, Around(shouted=around.shouted), language)]
    return (*language.says["hashtag" if match[1] == "#" else "at"].split(), *inner)


def _possessive(match: re.Match[str], around: Around, language: Language) -> Words | None:
    """``2024's``."""
    words = say(match[1], around, language)
    return (*words[:-1], f"{words[-1]}'s") if words else None


def _compound(match: re.Match[str], around: Around, language: Language) -> Words | None:
    """Parts joined by hyphens or slashes, each by its own rules; a unit after its number stays singular."""
    if language.stays_joined(match[0]):
        return (match[0].lower(),)
    parts = _PARTS.split(match[0])
    words: list[str] = []
    for index, part in enumerate(parts):
        before = parts[index - 1] if index else around.before
        after = parts[index + 1] if index + 1 < len(parts) else around.after
        number = amounts.last_number(before, "", language) if index else None
        if number and part in language.units:
            words += language.units[part].one.split()
        else:
            place = Around(before, after, parted=not index and around.parted, shouted=around.shouted)
            words += say(part, place, language)
    return tuple(words)


SHARED_RULES: Final[tuple[Rule, ...]] = (
    *amounts.DOTTED_RULES,
    *lettering.FIRST_RULES,
    (re.compile(r"([#@])(\w+)"), _tag),
    *calendar.RULES,
    *figures.EARLY_RULES,
    *calendar.RANGE_RULES,
    *figures.RULES,
    *amounts.AMOUNT_RULES,
    *amounts.WORD_RULES,
    *lettering.RULES,
    (re.compile(r"(\w*\d)['’]s"), _possessive),
    (re.compile(r"[^\W_][\w'’.,&+]*(?:[-‐‑–/][\w'’.,&+]+)+"), _compound),
)
