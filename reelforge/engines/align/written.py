"""From spoken words back to written ones: ``$2,500`` is five words in the sound and one in the caption."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reelforge.domain.cues import SAMPLE_RATE, Word
from reelforge.domain.value import Value
from reelforge.engines.align.finder import Finding, FoundWord
from reelforge.engines.voice.spoken import Token

FRAME: Final = SAMPLE_RATE // 100
"""Samples at 48 kHz in a frame of 10 ms."""


class FoundWords(Value):
    """Every written token of a stretch of sound with its time, in samples at 48 kHz from the stretch's start.

    ``missing`` are the numbers of tokens that are not heard; ``extra`` stretches ``(start, end, number of the token
    that follows)`` of speech that is not in the text.
    """

    words: tuple[Word, ...]
    missing: tuple[int, ...] = ()
    extra: tuple[tuple[int, int, int], ...] = ()


def found_words(tokens: Sequence[Token], found: Finding, total: int) -> FoundWords:
    """A token spans its spoken words and is as sure as the first of them; one that says nothing has an empty span where
    the word before it ends. Monotone, within ``[0, total]``.
    """
    owners = [index for index, token in enumerate(tokens) for _ in token.words]
    missing = {owners[number] for number in found.missing}
    return FoundWords(
        words=tuple(_words(tokens, found.words, total)),
        missing=tuple(sorted(missing)),
        extra=tuple(
            (
                min(first * FRAME, total),
                min(end * FRAME, total),
                owners[number] if number < len(owners) else len(tokens),
            )
            for first, end, number in found.extra
        ),
    )


def _words(tokens: Sequence[Token], found: Sequence[FoundWord], total: int) -> list[Word]:
    given = iter(found)
    words: list[Word] = []
    floor = 0
    last: FoundWord | None = None
    for token in tokens:
        own = [next(given) for _ in token.words]
        start = min(max(floor, round(own[0].first * FRAME)), total) if own else floor
        floor = min(max(start, round(own[-1].end * FRAME)), total) if own else floor
        last = own[0] if own else last or (found[0] if found else None)
        words.append(
            Word(
                text=token.written,
                start=start,
                end=floor,
                confidence=last.confidence if last else 0.0,
                source=last.source if last else "estimate",
            )
        )
    return words
