"""Cutting a text into sentences without taking the dot of an abbreviation, an initial or a number for an end.

English, German and Spanish have their own abbreviations and words that begin sentences; every other language is cut by
its punctuation, with the English abbreviations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reelforge.domain.sentence_habits import HABITS, Habits
from reelforge.domain.tokens import token_ends, tokens

_OPENERS: Final = "\"'“‘«»„‚‹›([{*_¿¡「『（【《〈"
_CLOSERS: Final = "\"'”’“‘»«›‹)]}*_」』）】》〉"
_FULL_STOPS: Final = "!?。！？｡؟۔।॥።։។။"
_ROMAN: Final = re.compile("[ivxlc]{2,8}\\.|[vx]\\.")
_FIGURES: Final = re.compile(r"\d{1,3}\.|\d{1,2}\.\d{1,2}\.")


def sentences(text: str, language: str = "en", *, unspaced: bool = False) -> tuple[str, ...]:
    """The sentences of a text, in order, single-spaced. ``language`` is a BCP 47 tag.

    Cuts fall between whitespace-separated tokens, so the tokens of all sentences are those of the text; with
    ``unspaced`` they fall between :func:`reelforge.domain.tokens.tokens`, that is after the marks of Chinese and
    Japanese too. A token with nothing to say (an emoji, a lone dash) stays with the sentence before it. A blank line
    always ends a sentence. Empty when the text holds only whitespace. In doubt two sentences stay one: a pause too few
    is heard less than one too many.
    """
    habits = HABITS.get(re.split("[-_]", language.lower())[0], HABITS["en"])
    found = [
        sentence for paragraph in re.split(r"\n\s*\n", text) for sentence in _cut(paragraph, habits, unspaced=unspaced)
    ]
    return tuple(_join_silent(found))


def _cut(paragraph: str, habits: Habits, *, unspaced: bool) -> Iterator[str]:
    parts = tokens(paragraph) if unspaced else paragraph.split()
    places = token_ends(paragraph, parts)
    start = 0
    for last in _last_ones(parts, habits):
        yield " ".join(paragraph[start : places[last]].split())
        start = places[last]


def _last_ones(parts: Sequence[str], habits: Habits) -> list[int]:
    """The index of the last token of each sentence of a paragraph; time grows with the number of tokens."""
    following = [""] * len(parts)
    for index in range(len(parts) - 1, 0, -1):
        following[index - 1] = parts[index] if _says(parts[index]) else following[index]
    found: list[int] = []
    said: list[str] = []
    for index, part in enumerate(parts):
        if _says(part):
            said.append(part)
        ends = _ends(part, said, following[index], habits)
        if not ends and not _says(part) and said:
            ends = _ends(said[-1], said, following[index], habits)
        last = index + 1 == len(parts)
        if last or (ends and _says(parts[index + 1])):
            found.append(index)
            said = []
    return found


def _says(token: str) -> bool:
    return any(letter.isalnum() for letter in token)


def _join_silent(found: Sequence[str]) -> list[str]:
    """Give sentences without a word to the one before, or, at the start, to the one after."""
    kept: list[str] = []
    waiting: list[str] = []
    for sentence in found:
        if _says(sentence):
            kept.append(" ".join([*waiting, sentence]))
            waiting = []
        elif kept:
            kept[-1] += f" {sentence}"
        else:
            waiting.append(sentence)
    return [*kept, *([" ".join(waiting)] if waiting else [])]


def _ends(last: str, said: list[str], following: str, habits: Habits) -> bool:
    """Whether a sentence may end after the token ``last``.

    ``said`` are the sentence's tokens that say something, ``following`` the next such token of the text.
    """
    token = last.rstrip(_CLOSERS)
    first = following.lstrip(_OPENERS)[:1]
    if not token or first.islower():
        return False
    if token[-1] in _FULL_STOPS:
        return True
    if token.endswith(("…", "..")):
        return first.isupper() or not first
    return token.endswith(".") and _dot_ends(token.lstrip(_OPENERS), said, following, habits)


def _dot_ends(token: str, said: list[str], following: str, habits: Habits) -> bool:
    word = token.lower()
    before = said[-2].lower() if len(said) > 1 else ""
    numbers = word in habits.before_figures and following[:1].isdigit()
    if numbers or word in habits.never_last or (before, word) in habits.never_last_pairs:
        return False
    if not following:
        return True
    starts_anew = following.strip(_OPENERS + _CLOSERS + ".,;:!?").replace("’", "'").lower() in habits.starters
    if word in habits.namers or re.fullmatch(r"(?:[^\W\d_]\.)+", word):
        return starts_anew
    if word in habits.sometimes_last:
        return following.lstrip(_OPENERS)[:1].isupper()
    if habits.before_ordinals and (_FIGURES.fullmatch(word) or _ROMAN.fullmatch(word)):
        return _figures_end(before, following, starts_anew=starts_anew, habits=habits)
    return not (len(said) == 1 and re.fullmatch(r"\d{1,3}\.", word))


def _figures_end(before: str, following: str, *, starts_anew: bool, habits: Habits) -> bool:
    """Whether ``3.`` ends a sentence in a language that writes ordinals so."""
    if {following.lower(), following.lower().strip(".,;:!?")} & habits.after_ordinals:
        return False
    return starts_anew or bool(before and before not in habits.before_ordinals and not before.endswith("."))
