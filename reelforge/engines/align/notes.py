"""Sentences about what alignment noticed: for the log and the receipt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.engines.align.written import FoundWords

_MOST: Final = 6
"""Sentences of one kind for one stretch; a recording that strays further is better heard than listed."""


def clock(sample: int) -> str:
    """A place in the narration, as minutes and seconds."""
    tenths = round(sample / SAMPLE_RATE * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}"


def stray_notes(scene: int, start: int, found: FoundWords) -> list[str]:
    """Which written words are not heard and which speech is not written, each with where. ``start``: the stretch's."""
    texts = [word.text for word in found.words]
    missing = [_unheard(scene, found, texts, run, start) for run in _runs(found.missing)]
    extra = [
        f"Scene {scene}: {(end - first) / SAMPLE_RATE:.1f} seconds of speech at {clock(start + first)} "
        f"{_where(texts, token)} are not in the text."
        for first, end, token in found.extra
    ]
    return [
        *_few(scene, missing, "passages are not heard"),
        *_few(scene, extra, "stretches of speech are not in the text"),
    ]


def _unheard(scene: int, found: FoundWords, texts: list[str], run: tuple[int, int], start: int) -> str:
    first, last = run
    at = clock(start + found.words[first].start)
    if first == last:
        return f"Scene {scene}: “{texts[first]}” is written but not heard, at about {at}."
    passage = f"“{texts[first]} … {texts[last]}” ({last - first + 1} words)"
    return f"Scene {scene}: {passage} is written but not heard, at about {at}."


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """(first, last) of consecutive numbers."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] + 1 == number:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _where(texts: list[str], token: int) -> str:
    return f"after “{texts[token - 1]}”" if token else f"before “{texts[0]}”"


def _few(scene: int, sentences: list[str], what: str) -> list[str]:
    if len(sentences) <= _MOST:
        return sentences
    return [*sentences[:_MOST], f"Scene {scene}: {len(sentences) - _MOST} more {what}."]
