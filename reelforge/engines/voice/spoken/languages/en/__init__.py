"""English, of the United States unless the region says otherwise (days before months in Britain and elsewhere)."""

from __future__ import annotations

import re
from typing import Final

from reelforge.engines.voice.spoken.language import Language
from reelforge.engines.voice.spoken.languages.en import measures, numbers, tables
from reelforge.engines.voice.spoken.languages.en.rules import RULES
from reelforge.engines.voice.spoken.vocabulary import Around, Unit, Words, listed

_DAYS_FIRST: Final = frozenset(listed("gb uk ie au nz in za sg mt"))


class LANGUAGE(Language):
    """Numbers without ``and`` or hyphens: ``105`` is ``one hundred five``."""

    decimal = "."
    digit_names = numbers.SMALL[:10]
    so_on = "and so on"
    points = tables.POINTS
    months = tables.MONTHS
    says = tables.SAYS
    symbols = tables.SYMBOLS
    units = measures.UNITS
    units_ambiguous_alone = measures.UNITS_AMBIGUOUS_ALONE
    currencies = measures.CURRENCIES
    scales = measures.SCALES
    loose_scales = measures.LOOSE_SCALES
    magnitudes = measures.MAGNITUDES
    abbreviations = tables.ABBREVIATIONS
    year_cues = tables.YEAR_CUES
    counted_nouns = tables.COUNTED_NOUNS
    said_as_words = tables.SAID_AS_WORDS
    spelled = tables.SPELLED
    common_short = tables.COMMON_SHORT
    titled = tables.TITLED | tables.RULERS
    common_words = tables.COMMON_WORDS
    letter_words = frozenset({"a", "i"})
    clock_words = frozenset({"am", "pm"})
    dotted_dates = False
    date_cues = frozenset({"on"})
    k_words = tables.K_WORDS
    rated = tables.RATED
    partitives = frozenset({"of"})
    dialled = tables.CALLED
    groups_by_space = False
    prefixes = frozenset(listed("re co pre de un e"))
    rules = RULES

    @property
    def day_first(self) -> bool:
        return self.region in _DAYS_FIRST

    def cardinal(self, value: int, gender: str = "") -> Words:  # noqa: ARG002 - English numbers have no gender
        return numbers.cardinal(value)

    def year(self, value: int) -> Words:
        return numbers.year(value)

    def fraction(self, top: int, bottom: int, around: Around) -> Words:  # noqa: ARG002 - no agreement in English
        return numbers.fraction(top, bottom)

    def mixed(self, whole: int, top: int, bottom: int, around: Around) -> Words:  # noqa: ARG002 - no agreement
        return (*self.cardinal(whole), "and", *numbers.fraction(top, bottom))

    def date(self, year: int | None, month: int, day: int, around: Around) -> Words:
        ended = self.year(year) if year is not None else ()
        name = self.months[month - 1].capitalize()
        if self.day_first:
            article = () if around.before.lower() == "the" else ("the",)
            return (*article, *numbers.ordinal(day), "of", name, *ended)
        return (name, *numbers.ordinal(day), *ended)

    def clock(self, hour: int, minute: int, second: int | None, half: Words, around: Around) -> Words:
        named = half or around.after.lower().replace(".", "") in {"am", "pm"}
        if second is not None:
            return (*numbers.cardinal(hour), *numbers.padded(minute), *numbers.padded(second), *half)
        if minute:
            return (*self.cardinal(hour), *numbers.padded(minute), *half)
        if named:
            return (*self.cardinal(hour), *half)
        if hour == 0:
            return ("midnight",)
        return (*self.cardinal(hour), "o'clock" if hour <= 12 else "hundred")

    def coins(self, count: int, cent: Unit) -> Words:
        return ("and", *self.cardinal(count), cent.one if count == 1 else cent.many)

    def regnal(self, value: int, around: Around) -> Words:
        if around.before.lower() in tables.RULERS:
            return ("the", *numbers.ordinal(value))
        return self.cardinal(value)

    def is_month(self, word: str) -> bool:
        """A month's name or its three letters, capitalised."""
        name = word.rstrip(".").lower()
        return word[:1].isupper() and (name in self.months or name in tables.MONTHS_SHORT)

    def range_end(self, left: str, right: str, around: Around) -> Words | None:
        """``May 1–5``."""
        days = re.fullmatch(r"\d{1,2}", left) and re.fullmatch(r"\d{1,2}", right)
        if not days or not self.is_month(around.before) or around.parted:
            return None
        return (*numbers.ordinal(int(left)), "to", *numbers.ordinal(int(right)))

    def day_of_month(self, value: int, around: Around) -> Words | None:
        if self.is_month(around.before):
            return numbers.ordinal(value)
        if self.is_month(around.after) and not around.closed:
            article = () if around.before.lower() == "the" or self.is_month(around.before) else ("the",)
            return (*article, *numbers.ordinal(value), "of")
        return None

    def is_short(self, dotted: str) -> bool:
        return super().is_short(dotted) or dotted in {"St.", "st.", "Ft."}

    def keeps_dot(self, core: str, before: str, following: str) -> bool:
        """Short forms that need a number beside them: ``No. 5``, ``10 oz. of``."""
        if f"{core.lower()}." in tables.BEFORE_FIGURES:
            return following[:1].isdigit() or core.lower() == "no" or following.lower()[:3] in tables.MONTHS_SHORT
        return core in self.units and before[-1:].isdigit() and following[:1].islower()

    def spelled_with(self, letters: str, ending: str) -> Words:
        """The ending stays with the last letter: ``G P U's``."""
        *front, last = self.spell(letters) or ("",)
        return (*front, f"{last}'s" if ending else last)

    def letter(self, sign: str, around: Around) -> Words:
        """An A is the article unless something named by letters stands before it, or nothing follows."""
        if sign.lower() in tables.GREEK:
            return (tables.GREEK[sign.lower()],)
        beside_sign = bool(around.after) and not around.after[0].isalnum()
        last = not around.after and bool(around.before)
        named = around.before.lower() in tables.LETTER_NAMERS or last or beside_sign
        if sign == "A":
            return ("A",) if named else ("a",)
        return (sign if sign == "a" or not sign.isascii() else sign.upper(),)
