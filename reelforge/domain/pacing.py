"""How long words take and how scenes share time (row M4). Pure functions; seconds here are estimates, samples exact."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Final

LONG_NARRATION: Final = 20
MEDIUM_NARRATION: Final = 12
WEIGHTS: Final = (6, 4, 3)
"""Shares of a long, a medium and a short narration."""

_SYLLABLES_A_WORD: Final = 1.5
_HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA: Final = re.compile(r"[\u3040-\u30ff]")
_UNSPACED_LETTERS: Final = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_DIGITS: Final = re.compile(r"\d")


def seconds_per_scene(words_per_minute: float) -> int:
    """How long a scene should stand at a pace: quick speech wants quick pictures (M4). Raises ValueError below 1."""
    if words_per_minute < 1:
        raise ValueError(f"a pace of {words_per_minute} words a minute is not speech")
    if words_per_minute > 220:
        return 3
    return 4 if words_per_minute > 150 else 5


def scene_count(seconds: float, words_per_minute: float) -> int:
    """How many scenes ``seconds`` of speech should have at this pace; at least one."""
    return max(1, round(seconds / seconds_per_scene(words_per_minute)))


def count_words(text: str) -> int:
    """Words as a listener counts them: written tokens with a letter or digit.

    Scripts written without spaces are counted by syllables, a word being 1.5 of them: a Han character is one syllable,
    kana about three quarters of one, a letter of Thai, Lao, Burmese or Khmer about a third.
    """
    unspaced = len(_HAN.findall(text)) + 0.75 * len(_KANA.findall(text)) + len(_UNSPACED_LETTERS.findall(text)) / 3
    spaced = _UNSPACED_LETTERS.sub(" ", _KANA.sub(" ", _HAN.sub(" ", text)))
    tokens = sum(any(char.isalnum() for char in token) for token in spaced.split())
    return tokens + math.ceil(unspaced / _SYLLABLES_A_WORD)


def speaking_seconds(text: str, words_per_minute: float) -> float:
    """An estimate of how long ``text`` takes to say. Numbers in digits take longer than a word: 1969 is three."""
    if words_per_minute < 1:
        raise ValueError(f"a pace of {words_per_minute} words a minute is not speech")
    extra = sum(max(0.0, 0.7 * len(_DIGITS.findall(token)) - 1) for token in text.split())
    return (count_words(text) + extra) * 60 / words_per_minute


def scene_weight(narration: str) -> int:
    """The share of a scene before its sound is known: 6 over 20 words, 4 over 12, else 3 (M4)."""
    words = count_words(narration)
    if words > LONG_NARRATION:
        return WEIGHTS[0]
    return WEIGHTS[1] if words > MEDIUM_NARRATION else WEIGHTS[2]


def scene_samples(narrations: Sequence[str], total: int) -> tuple[int, ...]:
    """Divide ``total`` samples among scenes by :func:`scene_weight`, in their order.

    The parts add up to ``total`` exactly; each is less than one sample off its exact share, and at least one.
    Raises ValueError when there is no scene, or fewer than two samples for each.
    """
    if not narrations:
        raise ValueError("there is no scene to give time to")
    if total < 2 * len(narrations):
        raise ValueError(f"{total} samples are too few for {len(narrations)} scenes")
    weights = [scene_weight(narration) for narration in narrations]
    whole = sum(weights)
    edges = [0, *(total * upto // whole for upto in accumulate(weights))]
    return tuple(after - before for before, after in pairwise(edges))
