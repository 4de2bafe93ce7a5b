"""Rules for numbers that count nothing: telephone numbers, fractions, ratios, versions, powers, sums."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from reelforge.engines.voice.spoken.amounts import amount, measured
from reelforge.engines.voice.spoken.language import Language, Rule
from reelforge.engines.voice.spoken.vocabulary import LETTER, NUMBER, VULGAR_FRACTIONS, Around, Words

PHONE: Final = re.compile(
    r"\+\d{7,15}|\(\d{2,5}\)[-/]?\d{3,4}-?\d{3,5}|\d{3}-\d{4}|\d{3}\.\d{3}\.\d{4}|0\d{2,5}[-/]\d{4,}"
    r"|\+?\d{1,5}(?:[-./]\d{2,5}){2,}|\+?1?-?\(\d{3}\)\d{3}-\d{4}|0\d{8,12}"
)
_OPERATORS: Final = {
    "=": "equals",
    "+": "plus",
    "-": "minus",
    "−": "minus",
    "–": "minus",
    "*": "times",
    "×": "times",
    "·": "times",
    "÷": "divided",
    "/": "divided",
    "<": "less",
    ">": "more",
    "≤": "atmost",
    "≥": "atleast",
    "√": "root",
}
_OPERAND: Final = re.compile(rf"{NUMBER}|{LETTER}{{1,8}}|\^[-−]?\d+|[²³=+*×·÷/<>≤≥√()−–-]")


def operator(sign: str, around: Around, language: Language) -> Words:
    """A sign standing between two numbers; ``x`` and ``×`` multiply in a sum and else measure."""
    if sign in {"x", "X", "×"}:
        name = "times" if "=" in {around.earlier, around.later} else "by"
    else:
        name = _OPERATORS.get(sign, "")
    return tuple(language.says[name].split()) if name else ()


def phone(match: re.Match[str], _around: Around, language: Language) -> Words | None:
    """A telephone number, figure by figure; eight figures and more, unless it is a whole amount by its groups."""
    text = match[0]
    count = sum(map(str.isdigit, text))
    written_so = re.fullmatch(r"\d{3}-\d{4}", text) or (count >= 7 and not language.read(text)) or text[0] in "+0("
    if not written_so or count > 20:
        return None
    return (*((language.says["plus"],) if text.startswith("+") else ()), *language.digits(text))


def _fraction(match: re.Match[str], around: Around, language: Language) -> Words:
    top, bottom = int(match[1]), int(match[2])
    said = tuple(map(str.lower, (around.before, around.after)))
    scored = bottom in {10, 100} or top == bottom or said[0] in language.rated
    if scored and top <= bottom and said[1] not in language.partitives and not language.unit(around.after):
        return (*language.cardinal(top), *language.says["outof"].split(), *language.cardinal(bottom))
    if top > bottom:
        return (*language.cardinal(top), *language.says["over"].split(), *language.cardinal(bottom))
    words = language.fraction(top, bottom, around)
    follows_whole = around.before.isdigit() and not around.parted and bottom <= 100
    return (language.says["and"], *words) if follows_whole else words


def _vulgar_fraction(match: re.Match[str], around: Around, language: Language) -> Words | None:
    """``½`` and its kin are decomposed by Unicode itself (NFKD: 1⁄2); a unit may be written against it."""
    top, slash, bottom = unicodedata.normalize("NFKD", match[2]).partition("⁄")
    unit = language.unit(match[3]) if match[3] else None
    if not (slash and top and bottom) or (match[3] and unit is None):
        return None
    after = tuple((unit.many if match[1] else unit.one).split()) if unit else ()
    if match[1]:
        return (*language.mixed(int(match[1]), int(top), int(bottom), around), *after)
    words = language.fraction(int(top), int(bottom), around)
    return (*((language.says["and"],) if around.before.isdigit() else ()), *words, *after)


def _version(match: re.Match[str], around: Around, language: Language) -> Words | None:
    parts = match[2].split(".")
    if not match[1] and (len(parts) < 3 or language.read(match[2])):
        return None
    point = language.says["dot"] if len(parts) == 4 else language.points["."]
    joined = [word for part in parts for word in (point, *language.whole(part))][1:]
    name = language.says["version"]
    named = match[1] and around.before.lower() != name.lower()
    return (*((name,) if named else ()), *joined)


def _times(match: re.Match[str], around: Around, language: Language) -> Words | None:
    """``10x15cm``, ``1920×1080``: the last number may carry what is counted."""
    sizes = re.split("[x×]", match[1])
    numbers = [language.read(size) for size in sizes]
    last = numbers[-1]
    if last is None:
        return None
    ending = measured(last, match[2], around, language) if match[2] else language.number(last)
    words: Words = ()
    for number in numbers[:-1]:
        if number is None:
            return None
        words = (*words, *language.number(number), *language.says["by"].split())
    return None if ending is None else (*words, *ending)


def _ratio(match: re.Match[str], _around: Around, language: Language) -> Words | None:
    words: Words = ()
    for part in match[0].split(":"):
        number = language.read(part)
        if number is None:
            return None
        words = (*words, *(language.says["ratio"].split() if words else ()), *language.number(number))
    return words


def _letter_k(match: re.Match[str], around: Around, language: Language) -> Words | None:
    """``4K``, ``a 10K run``; but ``5K followers`` are thousands."""
    after = "" if around.closed else around.after
    counted = after.islower() and len(after) > 3 and after.endswith(("s", "n"))
    if after.lower() in language.k_words or (match[1] in {"2", "4", "5", "8"} and not counted and match[0][-1] == "K"):
        return (*language.cardinal(int(match[1])), "K")
    return None


def _power(match: re.Match[str], around: Around, language: Language) -> Words | None:
    base = amount(match[1], Around(shouted=around.shouted), language) if match[1][-1].isdigit() else (match[1].upper(),)
    return None if base is None else (*base, *_exponent(match[2], language))


def _exponent(text: str, language: Language) -> Words:
    if text in {"2", "3"}:
        return tuple(language.says["squared" if text == "2" else "cubed"].split())
    minus = (language.says["minus"],) if text[0] in "-−⁻" else ()
    return (*language.says["power"].split(), *minus, *language.whole(text.lstrip("-−⁻+⁺")))


def _numbered(match: re.Match[str], _around: Around, language: Language) -> Words | None:
    number = language.read(match[2])
    sign = language.says["number"] if match[1] in "#№" else language.symbols["§"]
    return None if number is None else (*sign.split(), *language.number(number))


def _scientific(match: re.Match[str], _around: Around, language: Language) -> Words | None:
    number = language.read(match[1])
    if number is None:
        return None
    ten = language.cardinal(10)
    return (*language.number(number), *language.says["times"].split(), *ten, *_exponent(match[2].lstrip("+"), language))


def _sum(match: re.Match[str], around: Around, language: Language) -> Words | None:
    """``5-3=2``, ``E=mc²``: operands and signs one by one."""
    text = match[0]
    if not re.search(r"[=×÷·√]|\d[+*]\d|\w[<>≤≥]\w", text):
        return None
    pieces = _OPERAND.findall(text)
    if "".join(pieces) != text:
        return None
    words: list[str] = []
    for piece in pieces:
        if piece in _OPERATORS:
            words += language.says[_OPERATORS[piece]].split()
        elif piece in "²³":
            words += language.says["squared" if piece == "²" else "cubed"].split()
        elif piece[0] == "^":
            words += _exponent(piece[1:], language)
        elif piece[0].isdigit() or piece[0] in ".,":
            words += amount(piece, Around(shouted=around.shouted), language) or ()
        elif piece not in "()":
            words += [sign.upper() for sign in piece] if len(piece) <= 3 else [piece]
    return tuple(words)


EARLY_RULES: Final[tuple[Rule, ...]] = (
    (PHONE, phone),
    (re.compile(r"(\d{1,3})/(\d{1,3})"), _fraction),
    (re.compile(rf"(\d{{0,6}})([{VULGAR_FRACTIONS}])([^\W\d]{{0,4}})"), _vulgar_fraction),
)
RULES: Final[tuple[Rule, ...]] = (
    (re.compile(r"(v?)(\d{1,6}(?:\.\d{1,6})*)", re.IGNORECASE), _version),
    (re.compile(rf"({NUMBER}(?:[x×]{NUMBER})+)([^\W\d]{{0,4}}²?)"), _times),
    (re.compile(rf"{NUMBER}(?::{NUMBER})+"), _ratio),
    (re.compile(rf"({NUMBER}|{LETTER})\^([-−⁻+⁺]?[\d]{{1,6}})"), _power),
    (re.compile(rf"([#№§]+)({NUMBER})"), _numbered),
    (re.compile(r"(\d{1,2})[kK]"), _letter_k),
    (re.compile(rf"({NUMBER})[eE]([-+]?\d{{1,4}})"), _scientific),
    (re.compile(r"[-−√(\w.,].{2,40}"), _sum),
)
"""Tried in order; the first that gives words has the token."""
