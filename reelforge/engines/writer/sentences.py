"""Where sentences end, and how sentences become scenes of a pace's length."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from reelforge.domain.pacing import seconds_per_scene, speaking_seconds
from reelforge.domain.sentences import sentences

_CLAUSE: Final = re.compile(r"[;:]\s+|\s[—–]\s|,\s+|[，；：、،؛]\s*")


def split_sentences(text: str, language: str) -> tuple[str, ...]:
    """The sentences of a paragraph, those of scripts without spaces too. Nothing is lost but white space."""
    return sentences(text, language, unspaced=True)


def split_clauses(sentence: str, words_per_minute: float) -> tuple[str, ...]:
    """Halve a sentence at a clause mark near its middle while it would stand longer than two scenes.

    A sentence without such a mark stays whole: half a clause sounds worse than a picture that stands long.
    """
    if speaking_seconds(sentence, words_per_minute) <= 2 * seconds_per_scene(words_per_minute):
        return (sentence,)
    cuts = [m.end() for m in _CLAUSE.finditer(sentence) if 0.25 < m.end() / len(sentence) < 0.75]
    if not cuts:
        return (sentence,)
    cut = min(cuts, key=lambda at: abs(at - len(sentence) / 2))
    left, right = sentence[:cut].strip(), sentence[cut:].strip()
    return (*split_clauses(left, words_per_minute), *split_clauses(right, words_per_minute))


def first_clause(sentence: str) -> str:
    """The sentence up to its first comma, semicolon, colon or dash."""
    return _CLAUSE.split(sentence, maxsplit=1)[0].strip()


def group_scenes(texts: Sequence[str], words_per_minute: float) -> tuple[str, ...]:
    """Join sentences, in order, into narrations whose speaking times are as near to a scene's length as they can be."""
    target = seconds_per_scene(words_per_minute)
    scenes: list[str] = []
    length = 0.0
    for sentence in (part for whole in texts for part in split_clauses(whole, words_per_minute)):
        seconds = speaking_seconds(sentence, words_per_minute)
        if scenes and abs(length + seconds - target) <= abs(length - target):
            scenes[-1] = join_texts(scenes[-1], sentence)
            length += seconds
        else:
            scenes.append(sentence)
            length = seconds
    return tuple(scenes)


def join_texts(left: str, right: str) -> str:
    """Two texts with a space between, except where a script without spaces meets itself."""
    unspaced = bool(left and right) and _is_unspaced(left[-1]) and _is_unspaced(right[0])
    return f"{left}{'' if unspaced else ' '}{right}".strip()


def _is_unspaced(char: str) -> bool:
    return "\u3000" <= char <= "\u9fff" or "\uff00" <= char <= "\uffef"


def shorten(text: str, *, words: int = 1000, chars: int = 1000) -> str:
    """``text`` cut at a word's end to at most so many words and characters, with an ellipsis when anything was cut."""
    tokens = text.split()
    if len(tokens) <= words and len(text) <= chars:
        return text
    kept = " ".join(tokens[:words])
    if len(kept) > chars:
        kept = kept[: chars - 1]
        kept = kept.rsplit(" ", 1)[0] if " " in kept else kept
    return kept.rstrip(" ,;:.–—-，、") + "…"
