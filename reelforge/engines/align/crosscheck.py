"""Two opinions on the same words: the voice's own times and those found in its sound."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median
from typing import Final

from reelforge.domain.cues import SAMPLE_RATE, Word

APART: Final = SAMPLE_RATE * 120 // 1000
"""Median distance of the starts beyond which a scene is flagged; sound methods agree to 20 ms."""
_WORD_APART: Final = SAMPLE_RATE * 200 // 1000
_DISPUTED: Final = 0.6
_BELIEVED: Final = 0.9

Opinions = tuple[Sequence[Word], Sequence[Word]]
"""One utterance's words as the voice told them and as they were found; either may be empty."""


def apart(utterances: Sequence[Opinions]) -> int:
    """How far the two opinions on a scene lie apart, in samples (median), where that is too far; else 0."""
    distances = [
        abs(told.start - found.start)
        for native, others in utterances
        for told, found in zip(native, others, strict=bool(native and others))
        if told.source == "native" and told.end > told.start
    ]
    middle = round(median(distances)) if distances else 0
    return middle if middle > APART else 0


def resolved(scene: int, utterances: Sequence[Opinions]) -> tuple[list[list[Word]], list[str]]:
    """One word a token for each utterance, and a sentence when the two opinions lie too far apart.

    The voice is believed, except where it admits a guess (a word of source ``estimate``), and except in a flagged scene
    whose words were found with confidence. Pure.
    """
    flagged = apart(utterances)
    sure = [found.confidence for native, others in utterances if native for found in others]
    believe_sound = flagged > 0 and fmean(sure) >= _BELIEVED
    chosen = [_chosen(native, others, believe_sound=believe_sound) for native, others in utterances]
    if not flagged:
        return chosen, []
    taken = "those found in the sound are used" if believe_sound else "the voice's are used"
    milliseconds = round(flagged * 1000 / SAMPLE_RATE)
    told = f"Scene {scene}: the word times the voice told and those found in its sound lie {milliseconds} ms apart"
    return chosen, [f"{told} (median); {taken}."]


def _chosen(native: Sequence[Word], others: Sequence[Word], *, believe_sound: bool) -> list[Word]:
    if not native or (believe_sound and others):
        return list(others)
    if not others:
        return list(native)
    words: list[Word] = []
    for index, (told, found) in enumerate(zip(native, others, strict=True)):
        floor = words[-1].start if words else 0
        ceiling = next((later.start for later in native[index + 1 :] if later.source == "native"), found.start)
        if told.source == "estimate" and floor <= found.start <= ceiling:
            words.append(found.model_copy(update={"end": min(found.end, max(found.start, ceiling))}))
        elif told.source == "native" and abs(told.start - found.start) > _WORD_APART:
            words.append(told.model_copy(update={"confidence": min(told.confidence, _DISPUTED)}))
        else:
            words.append(told)
    return words
