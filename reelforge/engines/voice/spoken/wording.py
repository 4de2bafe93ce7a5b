"""Rules for tokens of letters and symbols: addresses, abbreviations, acronyms, Roman numerals, compounds."""

from __future__ import annotations

import re
from typing import Final

from reelforge.engines.voice.spoken.numbers import Words, cardinal, listed, number, ordinal
from reelforge.engines.voice.spoken.numeric import RULES as NUMERIC_RULES
from reelforge.engines.voice.spoken.numeric import VULGAR_FRACTIONS, Around, Rule, is_number, unit
from reelforge.engines.voice.spoken.tables import (
    ABBREVIATIONS,
    COMMON_SHORT,
    CURRENCIES,
    CURRENCY,
    CURRENCY_CODES,
    GREEK,
    JOINED_PREFIXES,
    NUMBER,
    SAID_AS_WORDS,
    SCALE_WORDS,
    SPELLED,
    SYMBOLS,
    UNITS,
    UNITS_AMBIGUOUS_ALONE,
)

_TOP_LEVEL: Final = "com|org|net|io|dev|ai|gov|edu|co|uk|de|fr|eu|us|app|tv|me|info|fm|ly|gg|news|blog"
_LETTERS: Final = rf"[^\W\d_²³{VULGAR_FRACTIONS}]"
_RULERS: Final = frozenset(
    listed(
        "louis henry charles edward george elizabeth william james richard john philip pope napoleon wilhelm friedrich "
        "frederick catherine peter ivan nicholas alexander paul pius benedict "
        "ramesses ramses cleopatra xerxes darius"
    )
)
_LETTER_NAMERS: Final = frozenset(
    listed("vitamin plan hepatitis type grade group class level point option exhibit team section vitamins influenza")
)
_ROMAN: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


def spell(letters: str) -> Words:
    """Capital letters, one a word: an engine says their names."""
    return tuple(letter.upper() for letter in letters if letter.isalpha())


def english(token: str, around: Around) -> Words:
    """The spoken words of one token without its outer punctuation; empty when it says nothing."""
    for pattern, rule in (*_WORD_RULES, *NUMERIC_RULES, *_LATE_RULES):
        match = pattern.fullmatch(token)
        words = rule(match, around) if match else None
        if words is not None:
            return words
    return _pieces(token, around)


def _pieces(token: str, around: Around) -> Words:
    """What no rule knows: runs of letters and of digits one by one, symbols by their names."""
    words: list[str] = []
    runs = re.findall(rf"{_LETTERS}+(?:['’]{_LETTERS}+)*|{NUMBER}|[^\w\s]|\w", token)
    for run in runs:
        if run[0].isdecimal() or (run[0] == "." and len(run) > 1):
            words += number(run)
        elif run[0].isalpha():
            capitals = run.isupper() and len(run) <= 3 and len(runs) > 1
            words += spell(run) if capitals or (len(run) == 1 and len(runs) > 1) else _word(run, around)
        elif run in SYMBOLS and run not in {"~", "<", ">", "→"}:
            words += SYMBOLS[run].split()
        elif run in VULGAR_FRACTIONS:
            words += english(run, Around())
    return tuple(words)


def _word(text: str, around: Around) -> Words:
    """A word of letters and apostrophes."""
    text = text.replace("’", "'")
    if len(text) == 1:
        return _letter(text, around)
    return (text.lower() if text.isupper() else text,)


def _letter(letter: str, around: Around) -> Words:
    if letter.lower() in GREEK:
        return (GREEK[letter.lower()],)
    named = around.before.lower() in _LETTER_NAMERS or (not around.after and bool(around.before))
    if letter == "A":
        return ("A",) if named else ("a",)
    return (letter if letter == "a" or not letter.isascii() else letter.upper(),)


def _capitals(match: re.Match[str], around: Around) -> Words:
    """An acronym is spelled or said, a shouted word is said. ``s`` or ``'s`` after it stays with its last letter."""
    text, ending = match[1], match[2].replace("’", "'").lower()
    readable = (len(text) >= 4 or around.shouted) and re.search("[AEIOUY]", text) and text not in SPELLED
    if text not in SAID_AS_WORDS | COMMON_SHORT and not readable:
        letters = spell(text)
        return (*letters[:-1], f"{letters[-1]}'s") if ending else letters
    return (text.lower() + ending,)


def _abbreviation(match: re.Match[str], _around: Around) -> Words | None:
    meaning = ABBREVIATIONS.get(match[0].lower())
    return tuple(meaning.split()) if meaning else None


def _number_sign(_match: re.Match[str], around: Around) -> Words:
    return ("number",) if around.after[:1].isdigit() else ("no",)


def _saint_or_street(_match: re.Match[str], around: Around) -> Words:
    return ("saint",) if around.after[:1].isupper() and not around.before[:1].isdigit() else ("street",)


def _half_day(match: re.Match[str], around: Around) -> Words | None:
    timed = around.before[:1].isdigit() or "." in match[0] or match[0].lower().startswith("p")
    return spell(match[0]) if timed else None


def _unit(match: re.Match[str], around: Around) -> Words | None:
    name = match[0]
    if name in CURRENCY_CODES and around.before[:1].isdigit():
        return tuple(CURRENCY_CODES[name][is_number(around.before) and around.before != "1"].split())
    amount = re.split(r"(?<=\d)[-–—]", around.before)[-1]
    if name not in UNITS or name in UNITS_AMBIGUOUS_ALONE or not is_number(amount):
        return None
    return unit(name, amount)


def _scale(match: re.Match[str], around: Around) -> Words | None:
    """``million`` after ``$2.5``: the currency is said here."""
    symbol = re.fullmatch(rf"[-−~]?({CURRENCY}){NUMBER}", around.before)
    if match[0].lower() not in SCALE_WORDS or symbol is None:
        return None
    return (match[0].lower(), *CURRENCIES[symbol[1]][1].split())


def _roman(match: re.Match[str], around: Around) -> Words | None:
    value, largest = 0, 0
    for letter in reversed(match[1]):
        number_of_it = _ROMAN[letter]
        value += number_of_it if number_of_it >= largest else -number_of_it
        largest = max(largest, number_of_it)
    before = around.before
    if not before[:1].isupper() or around.shouted or before.isupper() or not 0 < value < 100:
        return None
    if len(match[1]) == 1 and before.lower() not in _RULERS:
        return None
    words = ("the", *ordinal(value)) if before.lower() in _RULERS else cardinal(value)
    return (*words[:-1], words[-1] + match[2].replace("’", "'"))


def _address(match: re.Match[str], _around: Around) -> Words:
    """A link or e-mail address, read part by part without ``https`` and ``www``."""
    text = re.sub(r"^(?:https?://)?(?:www\.)?", "", match[0], flags=re.IGNORECASE).rstrip("/")
    text = re.split(r"[?#]", text)[0]
    words: list[str] = []
    for part in re.findall(r"[^\W\d_]+|\d+|[./@_-]", text):
        if part in "./@_-":
            words += {".": ["dot"], "/": ["slash"], "@": ["at"], "_": ["underscore"], "-": ["dash"]}[part]
        elif part.isdecimal():
            words += number(part)
        else:
            words += spell(part) if len(part) <= 2 or (part.isupper() and len(part) <= 3) else (part.lower(),)
    return tuple(words)


def _camel(text: str) -> list[str]:
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z'’]+|\d+|[^\W\dA-Za-z_]+", text)


def _tag(match: re.Match[str], around: Around) -> Words:
    parts = [word for part in _camel(match[2]) for word in english(part, Around(shouted=around.shouted))]
    return ("hashtag" if match[1] == "#" else "at", *parts)


def _ampersand(match: re.Match[str], _around: Around) -> Words:
    return tuple(word for part in match[0].split("&") for word in ("and", *spell(part)))[1:]


def _compound(match: re.Match[str], around: Around) -> Words | None:
    """Parts joined by hyphens or slashes, each by its own rules; a unit after its number stays singular."""
    parts = re.split(r"[-‐‑–/]", match[0])
    if parts[0].lower() in JOINED_PREFIXES and len(parts) == 2 and parts[1].islower():
        return (match[0].lower(),)
    words: list[str] = []
    for index, part in enumerate(parts):
        before = parts[index - 1] if index else around.before
        after = parts[index + 1] if index + 1 < len(parts) else around.after
        if index and part in UNITS and is_number(before):
            words += UNITS[part][0].split()
        else:
            words += english(part, Around("" if index and part == "A" else before, after, around.shouted))
    return tuple(words)


_WORD_RULES: Final[tuple[Rule, ...]] = (
    (re.compile(r"\S+"), _abbreviation),
    (re.compile(r"https?://\S+|www\.\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE), _address),
    (re.compile(rf"[\w-]+(?:\.[\w-]+)*\.(?:{_TOP_LEVEL})(?:/\S*)?"), _address),
    (re.compile(r"([#@])([^\W\d]\w*)"), _tag),
    (re.compile(r"nos?\.", re.IGNORECASE), _number_sign),
    (re.compile(r"st\.", re.IGNORECASE), _saint_or_street),
    (re.compile(r"[ap]\.?m\.?", re.IGNORECASE), _half_day),
    (re.compile(rf"(?:{_LETTERS}\.)+{_LETTERS}?(?:['’]s)?"), lambda m, _a: _capitals_of(m[0])),
)
_LATE_RULES: Final[tuple[Rule, ...]] = (
    (re.compile(r"\S+"), _unit),
    (re.compile(r"[A-Za-z]+"), _scale),
    (re.compile(r"([IVXLC]+)((?:['’]s)?)"), _roman),
    (re.compile(r"([A-Z]{2,})((?:['’]?s)?)"), _capitals),
    (re.compile(r"[A-Z]+(?:&[A-Z]+)+"), _ampersand),
    (re.compile(rf"{_LETTERS}+(?:['’]{_LETTERS}+)*['’]?"), lambda m, a: _word(m[0].rstrip("'’"), a)),
    (re.compile(r"[^\W_][\w'’.,&]*(?:[-‐‑–/][\w'’.,&]+)+"), _compound),
)


def _capitals_of(dotted: str) -> Words:
    """``U.S.`` and ``J.K.``: letters; a final ``'s`` stays with the last."""
    letters = spell(re.sub(r"['’]s$", "", dotted))
    return (*letters[:-1], f"{letters[-1]}'s") if dotted.endswith(("'s", "’s")) else letters
