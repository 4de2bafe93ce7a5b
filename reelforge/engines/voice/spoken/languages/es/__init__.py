"""Spanish, of Spain unless the region says otherwise (pesos, decimal points)."""

from __future__ import annotations

from reelforge.engines.voice.spoken.language import Language
from reelforge.engines.voice.spoken.languages.es import numbers, tables
from reelforge.engines.voice.spoken.languages.es.rules import RULES, gender_of
from reelforge.engines.voice.spoken.vocabulary import Around, Number, Unit, Words, listed


class LANGUAGE(Language):
    """A number agrees with what it counts: ``veintiún kilómetros``, ``doscientas libras``, ``un millón de euros``."""

    decimal = ","
    digit_names = numbers.SMALL[:10]
    so_on = "y así sucesivamente"
    points = tables.POINTS
    no_whole = ("cero",)
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
    letter_names = tables.LETTER_NAMES
    titled = tables.TITLED
    common_words = tables.COMMON_WORDS
    letter_words = frozenset(listed("a e i o u y"))
    date_cues = frozenset({"el"})
    clock_words = frozenset({"h", "hs", "horas", "am", "pm"})
    rated = frozenset(listed("nota puntuación"))
    partitives = frozenset(listed("de del"))
    dialled = frozenset(listed("tel teléfono tfno llama llame móvil"))
    rules = RULES

    def __init__(self, region: str = "") -> None:
        super().__init__(region)
        if region in tables.POINT_REGIONS:
            self.decimal = "."
        if region in tables.PESO_REGIONS:
            self.currencies = {**tables.CURRENCIES, "$": tables.PESO}

    def cardinal(self, value: int, gender: str = "") -> Words:
        return numbers.cardinal(value, gender)

    def decimals(self, part: str) -> Words:
        """Two figures are a number: ``3,14`` is ``tres coma catorce``."""
        return numbers.cardinal(int(part)) if len(part) == 2 and part[0] != "0" else self.digits(part)

    def fraction(self, top: int, bottom: int, around: Around) -> Words:
        """``½ taza`` is ``media taza``."""
        gender = self.agreement(around) if (top, bottom) == (1, 2) else ""
        return ("media" if gender == "f" else "medio",) if gender else numbers.fraction(top, bottom)

    def mixed(self, whole: int, top: int, bottom: int, around: Around) -> Words:
        gender = self.agreement(around)
        half = "media" if gender == "f" else "medio"
        part = (half,) if (top, bottom) == (1, 2) else numbers.fraction(top, bottom)
        return (*numbers.cardinal(whole, gender), "y", *part)

    def date(self, year: int | None, month: int, day: int, around: Around) -> Words:  # noqa: ARG002 - dates need none
        first = ("primero",) if day == 1 else numbers.cardinal(day)
        return (*first, "de", self.months[month - 1], *(("de", *self.year(year)) if year is not None else ()))

    def clock(self, hour: int, minute: int, second: int | None, half: Words, around: Around) -> Words:
        """Hours are feminine: ``la una``, ``las veintiuna``. A full hour says so, unless what follows does."""
        hours, minutes = numbers.cardinal(hour, "f"), numbers.cardinal(minute)
        if second is not None:
            return (*hours, *minutes, *numbers.cardinal(second))
        if minute:
            return (*hours, *((*numbers.cardinal(0), *minutes) if minute < 10 else minutes), *half)
        told = half or (self.is_clock(around.after) and not around.closed) or around.after.lower() in {"a.", "p."}
        return (*hours, *(half if told else ("hora" if hour == 1 else "horas",)))

    def coins(self, count: int, cent: Unit) -> Words:
        return ("con", *numbers.cardinal(count, "m" if count == 1 else ""), *((cent.one,) if count == 1 else ()))

    def regnal(self, value: int, around: Around) -> Words:
        """Kings and centuries to ten by ordinals, beyond by cardinals; acts and chapters by cardinals."""
        before = around.before.lower()
        if before in tables.NUMBERED or value > 10:
            return numbers.cardinal(value)
        if before == "mundial":
            return numbers.ordinal(value, "f")
        return numbers.ordinal(value, "f" if before in tables.QUEENS else "m")

    def after(self, number: Number, unit: Unit) -> Words:
        """A whole number of millions is joined by ``de``."""
        words = super().after(number, unit)
        millions = not number.part and len(number.whole) > 6 and number.whole.endswith("000000")
        return ("de", *words) if millions and unit.gender and "mill" not in unit.one else words

    def after_magnitude(self, unit: Unit) -> Words:
        return ("de", *unit.many.split())

    def is_phone(self, figures: str, parts: int) -> bool:
        """Nine figures in Spain, from 6 to 9 at the start, said in several groups."""
        return len(figures) == 9 and figures[0] in "6789" and parts > 2

    def agreement(self, around: Around) -> str:
        known = super().agreement(around)
        if known or around.closed:
            return known
        word = around.after.lower()
        if not word.isalpha() or len(word) < 3 or word in tables.FUNCTION_WORDS or around.after in self.units:
            return ""
        return gender_of(word)

    def day_of_month(self, value: int, around: Around) -> Words | None:
        """``1 de mayo`` is ``primero de mayo``."""
        first = value == 1 and around.after.lower() == "de" and around.later.lower() in self.months
        return ("primero",) if first else None

    def keeps_dot(self, core: str, before: str, following: str) -> bool:
        dotted, after = f"{core}.".lower(), following.lower().rstrip(".") + "."
        if (dotted, after) in tables.PAIRS or (f"{before.lower().rstrip('.')}.", dotted) in tables.PAIRS:
            return True
        if dotted in tables.BEFORE_FIGURES:
            return following[:1].isdigit() or following.isupper()
        return dotted in self.units and before[-1:].isdigit() and bool(following)
