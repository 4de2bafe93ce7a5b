"""Cutting a text into sentences without taking the dot of an abbreviation for an end."""

from __future__ import annotations

import re
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEVER_LAST: Final = _words(
    "dr. mr. mrs. ms. prof. st. mt. vs. e.g. i.e. cf. fig. figs. vol. approx. ca. gen. sen. rep. gov. capt. lt. col. "
    "sgt. rev. hon. pres. messrs. mme. mlle."
)
"""Abbreviations that something always follows: their dot ends no sentence."""

SOMETIMES_LAST: Final = _words(
    "etc. inc. ltd. co. corp. jr. sr. bros. dept. est. a.m. p.m. b.c. a.d. u.s. u.k. u.n. e.u. d.c. u.s.a. "
    "ph.d. m.d. al. b.a. m.a. jan. feb. mar. apr. jun. jul. aug. sep. sept. oct. nov. dec. ft. in. lb. lbs. oz."
)
"""Abbreviations that may also end a sentence; the next word tells."""

_STARTERS: Final = _words(
    "a an and as at but by each every for from he her here his how i if in it it's its just let many most my no not "
    "now of on one or our she so some that that's the their then there there's these they this those to today we what "
    "when where which while who why with yet you your"
)
_NAMERS: Final = _words("u.s. u.k. u.n. e.u. d.c. u.s.a. inc. co. ltd. corp. jr. sr.")
_OPENERS: Final = "\"'“‘«([{*_"
_CLOSERS: Final = "\"'”’»)]}*_"
_FULL_STOPS: Final = "!?。！？؟۔।॥"


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, in order, single-spaced.

    Cuts fall between whitespace-separated tokens only, so the tokens of all sentences are those of the text; a token
    with nothing to say (an emoji, a lone dash) stays with the sentence before it. A blank line always ends a sentence.
    Empty when the text holds only whitespace.
    """
    found: list[list[str]] = []
    for paragraph in re.split(r"\n\s*\n", text):
        tokens = paragraph.split()
        current: list[str] = []
        for index, token in enumerate(tokens):
            current.append(token)
            following = next((later for later in tokens[index + 1 :] if _says(later)), "")
            ends = _ends(current, following) or (not _says(token) and _ends(_spoken_part(current), following))
            if ends and (index + 1 == len(tokens) or _says(tokens[index + 1])):
                found.append(current)
                current = []
        if current:
            found.append(current)
    return tuple(" ".join(sentence) for sentence in _join_silent(found))


def _says(token: str) -> bool:
    return any(letter.isalnum() for letter in token)


def _spoken_part(tokens: list[str]) -> list[str]:
    last = max((index for index, token in enumerate(tokens) if _says(token)), default=-1)
    return tokens[: last + 1]


def _join_silent(found: list[list[str]]) -> list[list[str]]:
    """Give sentences without a word to the one before, or, at the start, to the one after."""
    kept: list[list[str]] = []
    waiting: list[str] = []
    for sentence in found:
        if any(map(_says, sentence)):
            kept.append(waiting + sentence)
            waiting = []
        elif kept:
            kept[-1] += sentence
        else:
            waiting += sentence
    return [*kept, waiting] if waiting else kept


def _ends(tokens: list[str], following: str) -> bool:
    """Whether a sentence may end after the last of ``tokens``, given the next token that says something."""
    if not tokens:
        return False
    token = tokens[-1].rstrip(_CLOSERS)
    first = following.lstrip(_OPENERS)[:1]
    if not token or first.islower():
        return False
    if token[-1] in _FULL_STOPS:
        return True
    if token.endswith(("…", "..")):
        return first.isupper() or not first
    return token.endswith(".") and _dot_ends(token.lstrip(_OPENERS), following, first_in_sentence=len(tokens) == 1)


def _dot_ends(token: str, following: str, *, first_in_sentence: bool) -> bool:
    word = token.lower()
    starts_anew = following.strip(_OPENERS + _CLOSERS + ".,;:!?").replace("’", "'").lower() in _STARTERS
    if word in NEVER_LAST or (word in {"no.", "nos."} and following[:1].isdigit()):
        return False
    if word in _NAMERS or re.fullmatch(r"(?:[a-z]\.)+", word):
        return starts_anew or not following
    if word in SOMETIMES_LAST:
        return following[:1].isupper() or not following
    numbered = first_in_sentence and re.fullmatch(r"\d{1,3}\.", word)
    return not (numbered and following)
