"""Times of words from the times of pieces of text, however a voice cut them: characters, tokens, syllables."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from typing import Final, NamedTuple

_SLACK_SECONDS: Final = 0.25
"""How far beyond the sound's end a last time may lie before none of them is believed."""


class Mark(NamedTuple):
    """A piece of the spoken text and when it is said, in seconds from the sound's start."""

    text: str
    start: float
    end: float


def word_spans(words: Sequence[str], marks: Sequence[Mark], seconds: float) -> list[tuple[float, float]] | None:
    """The span of each spoken word in seconds, or None when the marks do not speak of these words.

    Words and pieces are laid side by side letter by letter: case, accents' form, punctuation and where the pieces are
    cut make no difference. A piece of several letters is shared among them evenly. Times that are no numbers, run
    backwards or go beyond the sound's end (``seconds`` long) are believed as little as another text's.
    """
    letters = [letter for mark in marks for letter in _timed(mark)]
    wanted = [_letters(word) for word in words]
    if not letters or "".join(wanted) != "".join(letter for letter, _, _ in letters):
        return None
    edges = [edge for _, start, end in letters for edge in (start, end)]
    if not all(map(math.isfinite, edges)) or min(edges) < 0 or max(edges) > seconds + _SLACK_SECONDS:
        return None
    starts = [start for _, start, _ in letters]
    if starts != sorted(starts) or any(end < start for _, start, end in letters):
        return None
    spans: list[tuple[float, float]] = []
    at = 0
    for word in wanted:
        own = letters[at : at + len(word)]
        at += len(word)
        here = spans[-1][1] if spans else 0.0
        spans.append((own[0][1], own[-1][2]) if own else (here, here))
    return spans


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


def _timed(mark: Mark) -> list[tuple[str, float, float]]:
    letters = _letters(mark.text)
    each = (mark.end - mark.start) / max(1, len(letters))
    return [
        (letter, mark.start + number * each, mark.start + (number + 1) * each) for number, letter in enumerate(letters)
    ]
