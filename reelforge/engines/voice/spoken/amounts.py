"""Rules for numbers with what is counted: money, units, percent, scales, signs."""

from __future__ import annotations

import re
from typing import Final

from reelforge.engines.voice.spoken.language import Language, Rule
from reelforge.engines.voice.spoken.vocabulary import (
    NUMBER,
    SIGNS,
    VULGAR_FRACTIONS,
    Around,
    Currency,
    Number,
    Words,
)

CURRENCY: Final = r"(?:(?:US|A|C|HK|NZ|R)?\$|[€£¥₹₩₽₿₺₪₫₱]|[A-Z]{3}(?=\d))"
AMOUNT: Final = re.compile(
    rf"(?P<sign>[{SIGNS}]?)(?P<currency>{CURRENCY})?(?P<minus>[-−]?)(?P<number>{NUMBER})"
    r"(?P<suffix>[^\d\s+]*(?:(?<=[a-z])[23])?)(?P<plus>\+?)"
)
_SIGN_NAMES: Final = {
    "-": "minus",
    "−": "minus",
    "–": "minus",
    "+": "plus",
    "±": "plusminus",
    "~": "about",
    "≈": "about",
    "<": "less",
    ">": "more",
    "≤": "atmost",
    "≥": "atleast",
}
_SAID_ALONE: Final = frozenset(
    "km kg cm mm km² m² km2 GB MB TB kB kWh MWh kHz MHz GHz °C °F ℃ ℉ km/h m/s km/s mph MB/s Mbit/s".split()  # noqa: SIM905 - easier to read
)
_LAST_NUMBER: Final = re.compile(rf"(?:[{SIGNS}]|{NUMBER}[%°]?[-–—x×])?({NUMBER})")
_POWER: Final = re.compile(r".*\d\^[-−]?\d+")
_PART: Final = re.compile(rf"(\d*)(?:[{VULGAR_FRACTIONS}]|(\d{{1,3}})/(\d{{1,3}}))")


def sign_words(sign: str, language: Language) -> Words:
    return tuple(language.says[_SIGN_NAMES[sign]].split()) if sign else ()


def last_number(core: str, earlier: str, language: Language) -> Number | None:
    """The number a unit after ``core`` belongs to, the last of a range; a fraction counts as one, ``1½`` as two."""
    if len(core) > 64:
        return None
    if found := _LAST_NUMBER.fullmatch(core):
        return language.read(found[1])
    if _POWER.fullmatch(core):
        return Number("2")
    found = _PART.fullmatch(core)
    if found is None:
        return None
    proper = not found[1] if found[2] is None else int((found[1] or "") + found[2]) <= int(found[3])
    return Number("1" if proper and not earlier.isdigit() else "2")


def amount(text: str, around: Around, language: Language) -> Words | None:
    """A number with what is written against it: sign, currency, scale, unit, percent, a final plus."""
    found = AMOUNT.fullmatch(text)
    if found is None:
        return None
    currency = found["currency"]
    number = _read(found["number"], language, money=bool(currency))
    if number is None or (currency and currency not in language.currencies):
        return None
    suffix = found["suffix"]
    if currency:
        body = _money(number, language.currencies[currency], suffix, around, language)
    elif suffix:
        body = measured(number, suffix, around, language)
    else:
        body = _bare(found["number"], number, around, language)
    if body is None:
        return None
    sign = sign_words(found["sign"] or found["minus"], language)
    return (*sign, *body, *((language.says["plus"],) if found["plus"] else ()))


def _read(text: str, language: Language, *, money: bool) -> Number | None:
    """Money has two decimals or none: ``$1,200`` is grouped and ``€3,50`` is not, in every language."""
    if money and re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", text):
        return Number(re.sub("[.,]", "", text))
    if money and (found := re.fullmatch(r"(\d+)[.,](\d{2})", text)):
        return Number(found[1], found[2], language.decimal)
    return language.read(text)


def _money(number: Number, currency: Currency, suffix: str, around: Around, language: Language) -> Words | None:
    scale, _, each = suffix.partition("/")
    per = (language.says["per"], *language.each(each).split()) if each else ()
    if (scale and scale not in language.scales) or len(per) == 1:
        return None
    if scale:
        return (*language.scaled(number, language.scales[scale], currency), *per)
    after = around.after.lower().partition("/")[0]
    if after in language.magnitudes and not around.closed:
        return language.number(number, language.magnitudes[after].gender)
    head, rest = language.money(number, currency)
    return (*head, *rest, *per)


def measured(number: Number, suffix: str, around: Around, language: Language) -> Words | None:
    """A number with a suffix: unit, currency, scale, both, or ``x``."""
    unit = language.unit(suffix)
    if unit is not None and suffix not in language.currencies:
        return language.counted(number, unit)
    if suffix in language.currencies:
        return _money(number, language.currencies[suffix], "", around, language)
    scale = next((scale for scale in language.scales if suffix.startswith(scale) and suffix != scale), "")
    if scale and suffix[len(scale) :] in language.currencies:
        return language.scaled(number, language.scales[scale], language.currencies[suffix[len(scale) :]])
    if suffix in language.loose_scales:
        return language.scaled(number, language.scales[suffix], None)
    return (*language.number(number), *language.says["times"].split()) if suffix in {"x", "×"} else None


def _bare(text: str, number: Number, around: Around, language: Language) -> Words | None:
    """A number alone. A currency before it is said with it, one after it by the currency's own token."""
    before = language.leading_currency(around.before)
    if before is not None and not around.parted and not around.earlier[-1:].isdigit():
        return _money(_read(text, language, money=True) or number, before, "", around, language)
    after = language.currencies.get(around.after)
    if after is not None and not around.closed and not around.later[:1].isdigit():
        return language.money(_read(text, language, money=True) or number, after)[0]
    return language.bare(text, around)


def _currency_word(match: re.Match[str], around: Around, language: Language) -> Words | None:
    """A currency apart from its number: it says its own name after a number or magnitude, and nothing before one."""
    currency = language.currencies.get(match[0])
    if currency is None:
        return None
    before = "" if around.parted else around.before
    number = last_number(before, around.earlier, language)
    if number is not None:
        return language.money(_read(before, language, money=True) or number, currency)[1]
    if before.lower() in language.magnitudes and last_number(around.earlier, "", language):
        return language.after_magnitude(currency.unit)
    if around.after[:1].isdigit() and not around.closed and language.leading_currency(match[0]):
        return ()
    return None


def _magnitude(match: re.Match[str], around: Around, language: Language) -> Words | None:
    """``million`` after a number: a currency written before the number is said here."""
    name, slash, each = match[0].partition("/")
    magnitude = language.magnitudes.get(name.lower())
    if magnitude is None or around.parted or (slash and not language.each(each)):
        return None
    symbol = re.fullmatch(rf"[{SIGNS}]?({CURRENCY})({NUMBER})", around.before)
    number = language.read(symbol[2]) if symbol else last_number(around.before, "", language)
    if number is None:
        return None
    currency = language.leading_currency(symbol[1] if symbol else around.earlier)
    money = language.after_magnitude(currency.unit) if currency else ()
    per = (language.says["per"], *language.each(each).split()) if slash else ()
    return (*language.after(number, magnitude), *money, *per)


def _unit_word(match: re.Match[str], around: Around, language: Language) -> Words | None:
    """A unit apart from its number, or in a text by itself."""
    name = match[0]
    unit = language.unit(name)
    if unit is None or name in language.currencies:
        return None
    before = "" if around.parted else around.before
    number = last_number(before, around.earlier, language)
    if number is not None and name not in language.units_ambiguous_alone:
        return language.after(number, unit)
    if before.lower() in language.magnitudes and last_number(around.earlier, "", language):
        return language.after_magnitude(unit)
    return tuple(unit.many.split()) if name in _SAID_ALONE else None


def _unit_with_dot(match: re.Match[str], around: Around, language: Language) -> Words | None:
    """``10 oz. of``, ``5 Std.``."""
    unit = language.units.get(match[0]) or language.units.get(match[1])
    number = last_number(around.before, around.earlier, language) if unit and not around.parted else None
    return language.after(number, unit) if unit and number else None


AMOUNT_RULES: Final[tuple[Rule, ...]] = ((AMOUNT, lambda match, around, language: amount(match[0], around, language)),)
DOTTED_RULES: Final[tuple[Rule, ...]] = ((re.compile(r"([^\W\d]{1,4})\."), _unit_with_dot),)
WORD_RULES: Final[tuple[Rule, ...]] = (
    (re.compile(r"[^\s\d]{1,8}"), _currency_word),
    (re.compile(r"[^\s\d]{1,20}"), _magnitude),
    (re.compile(r"[^\s\d]{1,20}[23]?"), _unit_word),
)
