"""The locale seam: what a language must tell, and what follows from it in every language.

A language is one file (or folder) of ``languages/``, found by its BCP 47 name, with a ``LANGUAGE`` class. Adding one
is adding a file. Words are lower case where the language allows; spelled letters are single capitals.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import ClassVar, Final

from reelforge.engines.voice.spoken import languages
from reelforge.engines.voice.spoken.vocabulary import (
    LONGEST_NUMBER,
    LONGEST_ROW,
    ROW_SHOWN,
    Around,
    Currency,
    Number,
    Unit,
    Words,
    read_number,
)

Rule = tuple[re.Pattern[str], Callable[[re.Match[str], Around, "Language"], Words | None]]
"""A pattern for the whole token, and what it says; None when the token turns out to be something else."""


class Language(ABC):
    """One language, for one region (``us``, ``mx``; lower case, may be empty)."""

    decimal: str
    """The sign before decimals, ``.`` or ``,``; a region may have its own."""
    digit_names: ClassVar[Words]
    so_on: ClassVar[str]
    """Said for what is left out of an endless row of digits."""
    points: ClassVar[Mapping[str, str]]
    """How ``.`` and ``,`` inside a number are said."""
    no_whole: ClassVar[Words] = ()
    """What is said before the point of ``.5``."""
    months: ClassVar[Words]
    says: ClassVar[Mapping[str, str]]
    """Words between and around numbers and inside addresses, by what they mean: see ``languages/en``."""
    symbols: ClassVar[Mapping[str, str]]
    """What a symbol standing alone says. Anything else that is not a letter or digit is silent."""
    units: ClassVar[Mapping[str, Unit]]
    units_ambiguous_alone: ClassVar[frozenset[str]]
    """Units that, apart from their number by a space, are too often something else."""
    currencies: Mapping[str, Currency]
    """By symbol (``$``) and by code (``USD``)."""
    scales: ClassVar[Mapping[str, Unit]]
    """Letters against a number: ``M``, ``bn``."""
    loose_scales: ClassVar[frozenset[str]]
    """Scales that are understood without a currency."""
    magnitudes: ClassVar[Mapping[str, Unit]]
    """Words (in lower case) that multiply the number before them."""
    abbreviations: ClassVar[Mapping[str, str]]
    """In lower case, with their dots."""
    year_cues: ClassVar[frozenset[str]]
    counted_nouns: ClassVar[frozenset[str]]
    """Plain words after which a number of four digits is no year."""
    said_as_words: ClassVar[Mapping[str, str]]
    """Acronyms read as words although a rule would spell them, with how they are said."""
    spelled: ClassVar[frozenset[str]]
    """Acronyms that are spelled although they could be read."""
    common_short: ClassVar[frozenset[str]]
    """Words of two and three letters which people write in capitals."""
    letter_names: ClassVar[Mapping[str, str]] = {}
    """Letters whose name a voice gets wrong when it finds them alone."""
    letter_words: ClassVar[frozenset[str]]
    """Words of one letter."""
    dotted_dates: ClassVar[bool] = True
    """Whether ``24.12.`` and ``24.12.24`` are dates."""
    date_cues: ClassVar[frozenset[str]] = frozenset()
    """Words after which ``12/25`` is a date."""
    clock_words: ClassVar[frozenset[str]]
    """In lower case, without dots: what says that the number before it is a time of day."""
    rated: ClassVar[frozenset[str]]
    """Words after which ``4/5`` is ``four out of five``."""
    partitives: ClassVar[frozenset[str]]
    """Words before which it is ``four fifths``."""
    common_words: ClassVar[frozenset[str]]
    """Words that begin sentences in capitals and are no names: no Roman numeral follows them."""
    dialled: ClassVar[frozenset[str]]
    """Words before a telephone number."""
    groups_by_space: ClassVar[bool] = True
    """Whether ``10 500`` is one number."""
    prefixes: ClassVar[frozenset[str]] = frozenset()
    """A hyphen after one of these does not part two words."""
    k_words: ClassVar[frozenset[str]] = frozenset()
    """Words before which ``10K`` is ``ten K``."""
    titled: ClassVar[frozenset[str]]
    """In lower case: what a lone Roman numeral may follow."""
    rules: ClassVar[tuple[Rule, ...]]
    """The language's own, tried before all others."""

    def __init__(self, region: str = "") -> None:
        self.region = region

    def is_clock(self, word: str) -> bool:
        return word.lower().replace(".", "") in self.clock_words

    def range_end(self, left: str, right: str, around: Around) -> Words | None:  # noqa: ARG002 - for a language to use
        """Both ends of a range that the language says in a way of its own."""
        return None

    def stays_joined(self, compound: str) -> bool:
        """Whether a compound is one word in spite of its hyphen: ``re-enter``."""
        front, _, rest = compound.partition("-")
        return front.lower() in self.prefixes and rest.isalpha() and rest.islower()

    def spell(self, letters: str) -> Words:
        """The name of each letter: capitals, one a word, which an engine says by name; other signs are passed over."""
        names = (self.letter_names.get(sign, sign) for sign in letters.upper() if sign.isalpha())
        return tuple(word for name in names for word in name.split())

    def spelled_with(self, letters: str, ending: str) -> Words:  # noqa: ARG002 - a language may say the ending
        """``GPUs``, ``NASA's``."""
        return self.spell(letters)

    def letter(self, sign: str, around: Around) -> Words:  # noqa: ARG002 - English asks what stands beside an A
        """A letter standing alone."""
        return (sign,) if sign.lower() in self.letter_words else self.spell(sign) or (sign,)

    @property
    def day_first(self) -> bool:
        """Whether 05/06 is the fifth of June."""
        return True

    @abstractmethod
    def cardinal(self, value: int, gender: str = "") -> Words:
        """Any integer from 0 to 10**36 - 1; ``gender`` as it stands before a noun, empty when it stands alone."""

    @abstractmethod
    def fraction(self, top: int, bottom: int, around: Around) -> Words: ...

    @abstractmethod
    def mixed(self, whole: int, top: int, bottom: int, around: Around) -> Words:
        """``2½``."""

    @abstractmethod
    def date(self, year: int | None, month: int, day: int, around: Around) -> Words: ...

    @abstractmethod
    def clock(self, hour: int, minute: int, second: int | None, half: Words, around: Around) -> Words:
        """A time of day; ``half`` is what is said for ``pm`` written against it."""

    @abstractmethod
    def coins(self, count: int, cent: Unit) -> Words:
        """What follows the currency in ``3.50``."""

    @abstractmethod
    def regnal(self, value: int, around: Around) -> Words:
        """A Roman numeral after a name, a title or a numbered thing."""

    def year(self, value: int) -> Words:
        return self.cardinal(value)

    def day_of_month(self, value: int, around: Around) -> Words | None:  # noqa: ARG002 - a language may override it
        """The number of a day beside the name of its month; None when it is no such number."""
        return None

    def agreement(self, around: Around) -> str:
        """The gender a number takes from what follows it."""
        if around.closed:
            return ""
        magnitude = self.magnitudes.get(around.after.lower())
        unit = magnitude or self.unit(around.after)
        return unit.gender if unit and around.after not in self.units_ambiguous_alone else ""

    def is_short(self, dotted: str) -> bool:
        """Whether a token with its dot is a short form."""
        return dotted.lower() in self.abbreviations or dotted.lower() in self.magnitudes

    def between(self, dash: str, around: Around) -> Words:
        """A dash standing alone: ``to`` between two numbers, ``minus`` in a sum, else a pause."""
        numbers = around.before[-1:].isdigit() and around.after[:1].isdigit() and not around.parted
        if not numbers and not (dash == "−" and around.after[:1].isdigit()):
            return ()
        sums = dash == "−" or "=" in {around.earlier, around.later}
        return (self.says["minus" if sums else "to"],)

    def is_phone(self, figures: str, parts: int) -> bool:  # noqa: ARG002 - for a language to use
        """Whether so many figures in so many tokens are a telephone number by themselves."""
        return False

    def keeps_dot(self, core: str, before: str, following: str) -> bool:  # noqa: ARG002 - a language may override it
        """Whether the dot after ``core`` belongs to it although it is no abbreviation (a German ordinal)."""
        return False

    def digits(self, text: str) -> Words:
        """Each digit by itself; other characters are passed over."""
        figures = [sign for sign in text if sign in "0123456789"]
        shown = figures if len(figures) <= LONGEST_ROW else figures[:ROW_SHOWN]
        end = self.so_on.split() if len(shown) < len(figures) else ()
        return (*(self.digit_names[int(figure)] for figure in shown), *end)

    def whole(self, text: str, gender: str = "") -> Words:
        """Digits without a sign: ``007`` and what is too long one by one, all else as a number."""
        if len(text) > LONGEST_NUMBER or (len(text) > 1 and text.startswith("0")):
            return self.digits(text)
        return self.cardinal(int(text), gender)

    def decimals(self, part: str) -> Words:
        return self.digits(part)

    def number(self, number: Number, gender: str = "") -> Words:
        if not number.part:
            return self.whole(number.whole, gender)
        front = self.whole(number.whole) if number.whole else self.no_whole
        return (*front, self.points[number.point], *self.decimals(number.part))

    def read(self, text: str) -> Number | None:
        return read_number(text, self.decimal)

    def after(self, number: Number, unit: Unit) -> Words:
        """What a unit says after its number."""
        return tuple((unit.one if number.is_one else unit.many).split())

    def counted(self, number: Number, unit: Unit) -> Words:
        return (*self.number(number, unit.gender), *self.after(number, unit))

    def leading_currency(self, name: str) -> Currency | None:
        """The currency of a sign or code that may stand before its number; names (``Euro``) may not."""
        return None if name[1:].islower() else self.currencies.get(name)

    def money(self, number: Number, currency: Currency) -> tuple[Words, Words]:
        """An amount in two parts, what its number says and what its currency says (``and fifty cents`` with it)."""
        if currency.cent is None or len(number.part) != 2 or len(number.whole) > LONGEST_NUMBER:
            return self.number(number, currency.unit.gender), self.after(number, currency.unit)
        count, notes = int(number.part), Number(str(int(number.whole or "0")))
        if notes.whole == "0" and count:
            return self.cardinal(count, currency.cent.gender), self.after(Number(str(count)), currency.cent)
        rest = self.coins(count, currency.cent) if count else ()
        return self.number(notes, currency.unit.gender), (*self.after(notes, currency.unit), *rest)

    def scaled(self, number: Number, scale: Unit, currency: Currency | None) -> Words:
        """``5M€``."""
        return (*self.counted(number, scale), *(self.after_magnitude(currency.unit) if currency else ()))

    def after_magnitude(self, unit: Unit) -> Words:
        """What a currency or unit says after ``million``."""
        return tuple(unit.many.split())

    def unit(self, symbol: str) -> Unit | None:
        """A unit by its symbol, or one of two parted by a slash: ``MB/s``, ``€/kg``."""
        if symbol in self.units:
            return self.units[symbol]
        left, slash, right = symbol.partition("/")
        top = self.units.get(left) or (self.currencies[left].unit if left in self.currencies else None)
        bottom = self.each(right)
        if not (slash and top and bottom):
            return None
        per = self.says["per"]
        return Unit(f"{top.one} {per} {bottom}", f"{top.many} {per} {bottom}", top.gender)

    def each(self, name: str) -> str:
        """What is said after ``per``; empty when that is no name."""
        if name in self.units:
            return self.units[name].one
        return name.lower() if name.isalpha() and len(name) > 2 else ""

    def is_month(self, word: str) -> bool:
        return word.rstrip(".").lower() in self.months

    def is_year(self, value: int, around: Around) -> bool:
        """Whether four digits are the number of a year, by their size and what stands beside them."""
        after = "" if around.closed else around.after
        nouns = self.counted_nouns | self.magnitudes.keys()
        measured = after in self.units and after not in self.units_ambiguous_alone
        if not 1000 < value < 2100 or measured or after in self.currencies or after.lower() in nouns:
            return False
        if value >= 1900 or around.before.lower() in self.year_cues:
            return True
        return value >= 1100 and not (after.islower() and after.endswith("s"))

    def bare(self, text: str, around: Around) -> Words | None:
        """A number alone: the day of a month, a year, or just a number."""
        number = self.read(text)
        if number is None:
            return None
        if text.isdigit() and len(text) <= 4 and not text.startswith("0"):
            value = int(text)
            day = self.day_of_month(value, around) if 1 <= value <= 31 else None
            if day is not None:
                return day
            if len(text) == 4 and self.is_year(value, around):
                return self.year(value)
        return self.number(number, self.agreement(around))


@cache
def names() -> tuple[str, ...]:
    """The languages there are, by their BCP 47 primary subtag, sorted."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(languages.__path__)))


@lru_cache(maxsize=256)
def find(tag: str) -> Language | None:
    """The language of a BCP 47 tag (``de``, ``es-MX``, ``en_us``), or None when there is no file for it."""
    primary, *rest = re.split("[-_]", tag.strip().lower())[:4]
    region = next((part for part in rest if re.fullmatch(r"[a-z]{2}|\d{3}", part)), "")
    return _load(primary, region) if re.fullmatch("[a-z]{2,3}", primary) and primary in names() else None


@cache
def _load(primary: str, region: str) -> Language:
    module = importlib.import_module(f"{languages.__name__}.{primary}")
    language: Language = module.LANGUAGE(region)
    return language


MISSING: Final = "Numbers and signs of a text in {tag!r} are read by the voice itself; ReelForge words them in {known}."
