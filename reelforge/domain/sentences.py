"""Cutting a text into sentences without taking the dot of an abbreviation, an initial or a number for an end.

English, German and Spanish have their own abbreviations and words that begin sentences; every other language is cut by
its punctuation, with the English abbreviations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reelforge.domain.sentence_ends import ends_after, habits_of
from reelforge.domain.sentence_habits import Habits
from reelforge.domain.tokens import token_ends, tokens


def sentences(text: str, language: str = "en", *, unspaced: bool = False) -> tuple[str, ...]:
    """The sentences of a text, in order, single-spaced. ``language`` is a BCP 47 tag.

    Cuts fall between whitespace-separated tokens, so those of all sentences are those of the text; with ``unspaced``
    they fall between :func:`reelforge.domain.tokens.tokens`, that is after the marks of Chinese and Japanese too, and
    the tokens are then those of :func:`sentence_tokens`. A token with nothing to say (an emoji, a lone dash) stays with
    the sentence before it. A blank line always ends a sentence. Empty when the text holds only whitespace. In doubt two
    sentences stay one: a pause too few is heard less than one too many.
    """
    habits = habits_of(language)
    found = [
        sentence for paragraph in re.split(r"\n\s*\n", text) for sentence in _cut(paragraph, habits, unspaced=unspaced)
    ]
    return tuple(_join_silent(found))


def sentence_tokens(text: str, language: str = "en") -> tuple[str, ...]:
    """The tokens of a text as they are counted when its :func:`sentences`, ``unspaced``, are heard one by one.

    Those of the whole text differ where a sentence in a script with spaces clings to one without.
    """
    return tuple(token for sentence in sentences(text, language, unspaced=True) for token in tokens(sentence))


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
        ends = ends_after(part, said, following[index], habits)
        if not ends and not _says(part) and said:
            ends = ends_after(said[-1], said, following[index], habits)
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
