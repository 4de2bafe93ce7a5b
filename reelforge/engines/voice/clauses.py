"""Cutting a sentence that is too long to be said at once where a speaker would breathe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reelforge.engines.voice.spoken import Token, sayable, spoken

_WEAKNESS: Final = {"": 0.4, ",": 0.1}
"""How far from the middle, as a share of the whole, a cut may lie to be made at a better place than this one."""


def halves(sizes: Sequence[int], weakness: Sequence[float], most: int) -> list[range]:
    """Cut items too large together in two near their middle, and the parts again, until every part fits.

    ``sizes`` of all items; ``weakness`` of a cut after each, as a share of the whole that it may lie nearer the middle
    and still be left for one of weakness 0. An item larger than ``most`` by itself stays a part of its own.
    """
    return _halved(sizes, weakness, most, range(len(sizes)))


def _halved(sizes: Sequence[int], weakness: Sequence[float], most: int, part: range) -> list[range]:
    size = sum(sizes[index] for index in part)
    if size <= most or len(part) <= 1:
        return [part]
    best, best_cost, seen = part.start + 1, float("inf"), 0
    for index in part[:-1]:
        seen += sizes[index]
        cost = abs(seen - size / 2) + weakness[index] * size
        if cost < best_cost:
            best, best_cost = index + 1, cost
    first, rest = range(part.start, best), range(best, part.stop)
    return [*_halved(sizes, weakness, most, first), *_halved(sizes, weakness, most, rest)]


def clauses(sentence: str, language: str, most: int | None) -> tuple[str, ...]:
    """The sentence in parts of at most ``most`` characters of spoken text each, cut between written tokens.

    The tokens of all parts are those of the sentence; a token with nothing to say, or nothing by itself (a dash between
    two numbers), stays with the one before it. Strong pauses (semicolon, colon, dash) are taken before commas, and
    commas before any other place.
    """
    tokens = spoken(sentence, language)
    if most is None or len(sayable(tokens)) <= most:
        return (sentence,)
    groups = _groups(tokens, language)
    sizes = [len(sayable(group)) + 1 for group in groups]
    weakness = [_WEAKNESS.get(_mark(group), 0.0) for group in groups]
    parts = halves(sizes, weakness, most + 1)
    return tuple(_written([token for index in part for token in groups[index]]) for part in parts)


def _written(tokens: Sequence[Token]) -> str:
    return "".join(("" if token.clings else " ") + token.written for token in tokens).lstrip()


def _groups(tokens: Sequence[Token], language: str) -> list[list[Token]]:
    """Each token that says something by itself, with the silent ones after it; those before the first are its."""
    groups: list[list[Token]] = []
    loud = False
    for token in tokens:
        says = bool(token.words) and any(one.words for one in spoken(token.written, language))
        if groups and not (says and loud):
            groups[-1].append(token)
            loud = loud or says
        else:
            groups.append([token])
            loud = says
    return groups


def _mark(group: Sequence[Token]) -> str:
    return next((token.pause for token in group if token.words), "")
