"""German. Numbers agree with the noun they count as far as its form tells the gender; the case is the nominative's."""

from __future__ import annotations

import re

from reelforge.engines.voice.spoken.language import Language
from reelforge.engines.voice.spoken.languages.de import numbers, tables
from reelforge.engines.voice.spoken.languages.de.rules import RULES, declined, gender_of
from reelforge.engines.voice.spoken.vocabulary import Around, Unit, Words, listed


class LANGUAGE(Language):
    decimal = ","
    digit_names = numbers.SMALL[:10]
    so_on = "und so weiter"
    points = tables.POINTS
    no_whole = ("null",)
    months = tables.MONTHS
    says = tables.SAYS
    symbols = tables.SYMBOLS
    units = tables.UNITS
    units_ambiguous_alone = tables.UNITS_AMBIGUOUS_ALONE
    currencies = tables.CURRENCIES
    scales = tables.SCALES
    loose_scales = tables.LOOSE_SCALES
    magnitudes = tables.MAGNITUDES
    abbreviations = tables.ABBREVIATIONS
    year_cues = tables.YEAR_CUES
    counted_nouns = tables.COUNTED_NOUNS
    said_as_words = tables.SAID_AS_WORDS
    spelled = tables.SPELLED
    common_short = tables.COMMON_SHORT
    titled = tables.TITLED
    common_words = tables.COMMON_WORDS
    letter_words = frozenset()
    date_cues = frozenset()
    clock_words = frozenset({"uhr", "h", "am", "pm"})
    rated = frozenset(listed("note bewertung wertung"))
    partitives = frozenset(listed("der des aller von"))
    dialled = frozenset(listed("tel telefon fon mobil wähle wählen anrufen"))
    rules = RULES

    def cardinal(self, value: int, gender: str = "") -> Words:
        """Only ``1`` itself shows its noun's gender: ``eine Tonne``, but ``hundert ein Tonnen``."""
        return numbers.cardinal(value, gender if value == 1 or not gender else "m")

    def year(self, value: int) -> Words:
        return numbers.year(value)

    def fraction(self, top: int, bottom: int, around: Around) -> Words:
        """``½ Tasse`` is ``eine halbe Tasse``."""
        gender = self.agreement(around) if (top, bottom) == (1, 2) else ""
        if gender:
            return {"f": ("eine", "halbe"), "n": ("ein", "halbes")}.get(gender, ("ein", "halber"))
        return numbers.fraction(top, bottom)

    def mixed(self, whole: int, top: int, bottom: int, around: Around) -> Words:  # noqa: ARG002 - they do not agree
        """``2½`` is ``zweieinhalb``."""
        if (top, bottom) == (1, 2):
            *front, last = numbers.cardinal(whole, "m")
            return (*front, f"{last}einhalb")
        return (*numbers.cardinal(whole), *numbers.fraction(top, bottom))

    def date(self, year: int | None, month: int, day: int, around: Around) -> Words:
        name = self.months[month - 1].capitalize()
        return (*declined(day, around, name), name, *(self.year(year) if year is not None else ()))

    def clock(self, hour: int, minute: int, second: int | None, half: Words, around: Around) -> Words:
        """The minutes are said by the token ``Uhr`` where it follows."""
        if second is not None:
            parts = ((hour, "Stunde"), (minute, "Minute"), (second, "Sekunde"))
            named = [(*numbers.cardinal(count, "f"), name if count == 1 else f"{name}n") for count, name in parts]
            return tuple(word for part in named for word in part)
        if around.after.lower() == "uhr" and not around.closed:
            return numbers.cardinal(hour, "m")
        return (*numbers.cardinal(hour, "m"), "Uhr", *(numbers.cardinal(minute) if minute else ()), *half)

    def coins(self, count: int, cent: Unit) -> Words:  # noqa: ARG002 - German leaves the cents unnamed
        return numbers.cardinal(count)

    def regnal(self, value: int, around: Around) -> Words:
        """``Heinrich VIII.`` is ``der Achte``, or ``des``, ``dem Achten`` if the word before says so."""
        before = around.before.lower()
        if before in tables.NUMBERED or before not in tables.TITLED:
            return numbers.cardinal(value)
        name = numbers.ordinal(value, "e")[-1].capitalize()
        female = before in {"elisabeth", "katharina"}
        return ("die" if female else "der", name)

    def each(self, name: str) -> str:
        """A noun keeps its capital: ``pro Monat``."""
        if name in self.units:
            return self.units[name].one
        return name if name.isalpha() and len(name) > 2 else ""

    def agreement(self, around: Around) -> str:
        known = super().agreement(around)
        if known or around.closed:
            return known
        if around.after.lower() == "uhr":
            return "m"
        return gender_of(around.after) if around.after[:1].isupper() and around.after[1:2].islower() else ""

    def day_of_month(self, value: int, around: Around) -> Words | None:
        """``3 Mai`` without its dot."""
        return declined(value, around, around.after) if self.is_month(around.after) and not around.closed else None

    def keeps_dot(self, core: str, before: str, following: str) -> bool:
        """Ordinals (``3. Mai``, ``XIV. Jahrhundert``), days (``24.12.``) and short forms beside figures or in pairs."""
        if re.fullmatch(r"\d{1,2}\.\d{1,2}", core):
            return not following or following.lower() != "uhr"
        if f"{core.lower()}." in tables.BEFORE_FIGURES and following[:1].isdigit():
            return True
        if core in self.units and before[-1:].isdigit() and f"{core}." in self.units:
            return True
        if re.fullmatch("[IVXLC]{1,8}", core) and (
            before.lower() in tables.TITLED or following.lower() in tables.NEUTER_WORDS
        ):
            return True
        return bool(re.fullmatch(r"\d{1,3}", core)) and following[:1].isalpha()
