"""Sharing out the phonemes of a sentence among its words.

espeak-ng joins function words (``of the`` gives one group ``əvðə``) and sometimes says one written word as two. Said
within the sentence the sounds are right, said alone the words are known: dynamic programming lays one over the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_STRESS: Final = "ˈˌ"
_MOST_JOINED: Final = 4
_MOST_SPLIT: Final = 6
_SLACK: Final = 3
_MERGE_COST: Final = 0.5


def _bare(ipa: str) -> str:
    return ipa.translate({ord(mark): None for mark in "ˈˌ^ː"})


def _distances(left: str, right: str) -> list[list[int]]:
    """The Levenshtein table: ``[i][j]`` is the distance of ``left[:i]`` from ``right[:j]``."""
    table = [list(range(len(right) + 1))]
    for i, a in enumerate(left, 1):
        row, above = [i], table[-1]
        for j, b in enumerate(right, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (a != b)))
        table.append(row)
    return table


def share(groups: Sequence[str], alone: Sequence[str]) -> list[str]:
    """One string a word: ``groups`` (the sentence's phonemes, in order) cut and joined so that each word gets its own.

    ``alone`` is each word's own pronunciation, which only guides. A word that the sentence swallowed keeps its own.
    """
    links = _best_links(tuple(map(_bare, groups)), tuple(map(_bare, alone)))
    result = list(alone)
    for first_group, last_group, first_word, last_word in links:
        sound = "".join(groups[first_group:last_group])
        if last_word - first_word == 1 and sound:
            result[first_word] = sound
        elif last_word > first_word and sound:
            result[first_word:last_word] = _cut(sound, alone[first_word:last_word])
    return result


def _best_links(groups: tuple[str, ...], words: tuple[str, ...]) -> list[tuple[int, int, int, int]]:
    """The cheapest way to lay groups over words, as ``(group, group end, word, word end)``."""
    difference = len(words) - len(groups)
    low, high = min(0, difference) - _SLACK, max(0, difference) + _SLACK
    steps = [(1, k) for k in range(_MOST_JOINED + 1)] + [(k, 1) for k in (0, *range(2, _MOST_SPLIT + 1))]
    best: dict[tuple[int, int], tuple[float, tuple[int, int]]] = {(0, 0): (0.0, (0, 0))}
    for i in range(len(groups) + 1):
        for j in range(max(0, i + low), min(len(words), i + high) + 1):
            reached = best.get((i, j))
            if reached is None:
                continue
            for g, w in steps:
                if i + g > len(groups) or j + w > len(words):
                    continue
                said, known = "".join(groups[i : i + g]), "".join(words[j : j + w])
                cost = reached[0] + _distances(said, known)[-1][-1] + _MERGE_COST * abs(g - w)
                if cost < best.get((i + g, j + w), (float("inf"),))[0]:
                    best[i + g, j + w] = (cost, (i, j))
    return _trace(best, (len(groups), len(words)))


def _trace(
    best: dict[tuple[int, int], tuple[float, tuple[int, int]]], end: tuple[int, int]
) -> list[tuple[int, int, int, int]]:
    links: list[tuple[int, int, int, int]] = []
    while end != (0, 0):
        before = best[end][1]
        links.append((before[0], end[0], before[1], end[1]))
        end = before
    return links[::-1]


def boundaries(sound: str, alone: Sequence[str]) -> list[int]:
    """Where each word ends in ``sound``, found by laying the words' own pronunciations over it letter by letter.

    Ascending; the last is the sound's length. Stress marks belong to what follows them.
    """
    whole = "".join(alone)
    table = _distances(sound, whole)
    i, j = len(sound), len(whole)
    matched = [len(sound)] * (len(whole) + 1)
    while i or j:
        if i and j and table[i][j] == table[i - 1][j - 1] + (sound[i - 1] != whole[j - 1]):
            i, j = i - 1, j - 1
        elif j and table[i][j] == table[i][j - 1] + 1:
            j -= 1
        else:
            i -= 1
        matched[j] = i
    ends: list[int] = []
    start = passed = 0
    for word in alone[:-1]:
        passed += len(word)
        end = max(start, matched[passed])
        while end > start and sound[end - 1] in _STRESS:
            end -= 1
        ends.append(end)
        start = end
    return [*ends, len(sound)]


def _cut(sound: str, alone: Sequence[str]) -> list[str]:
    """Cut one group where the words end; a word that got nothing keeps its own pronunciation."""
    ends = boundaries(sound, alone)
    pieces = [sound[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return [piece or own for piece, own in zip(pieces, alone, strict=True)]
