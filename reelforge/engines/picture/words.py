"""How well a picture's words fit a scene's: shared words, the rarer the weightier."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

_TOKEN: Final = re.compile(r"[^\W\d_]+|\d{3,}")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+")
_SUFFIXES: Final = (
    ("ies", "y"),
    ("sses", "ss"),
    ("ing", ""),
    ("edly", ""),
    ("ed", ""),
    ("es", ""),
    ("ly", ""),
    ("s", ""),
)
_COMMON: Final = frozenset(
    re.split(
        r"\s+",
        "the and for are was were has have had not but with from that this these those they them their there then than"
        " what when where which who whom why how you your our his her its one two all any can could would should will"
        " may might must just only also even still very more most some such into onto over under about after before"
        " img image photo picture pic jpg jpeg png webp final copy dsc screenshot untitled file",
    )
)


def stems(text: str) -> frozenset[str]:
    """The telling words of a text: without accents, case, common words and simple English endings; Han in pairs."""
    plain = unicodedata.normalize("NFKD", _CAMEL.sub(" ", text))
    plain = "".join(char for char in plain if not unicodedata.combining(char)).casefold()
    found: set[str] = set()
    for run in _UNSPACED.findall(plain):
        found.update(run[i : i + 2] for i in range(max(1, len(run) - 1)))
    for token in _TOKEN.findall(_UNSPACED.sub(" ", plain)):
        if len(token) > 2 and token not in _COMMON:
            found.add(_stem(token))
    return frozenset(found)


def _stem(token: str) -> str:
    for suffix, replacement in _SUFFIXES:
        if token.endswith(suffix) and len(token) - len(suffix) >= 3 and not token.endswith("ss"):
            return _undoubled(token.removesuffix(suffix) + replacement)
    return _undoubled(token)


def _undoubled(stem: str) -> str:
    """``tidal``/``running`` → ``runn`` → ``run``; a mute final e goes, so that ``eclipse`` meets ``eclipsed``."""
    if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "ls":
        return stem[:-1]
    return stem.removesuffix("e") if len(stem) > 3 else stem


def weigh(vocabularies: Iterable[frozenset[str]]) -> Mapping[str, float]:
    """The weight of each word: 1 for one that all pictures share, more for one that few have (inverse frequency)."""
    counts: Counter[str] = Counter()
    total = 0
    for vocabulary in vocabularies:
        counts.update(vocabulary)
        total += 1
    return {word: 1.0 + math.log(total / count) for word, count in counts.items()}


def fit(
    picture: frozenset[str], narration: frozenset[str], visual: frozenset[str], weights: Mapping[str, float]
) -> float:
    """The weights of the words a picture shares with a scene; words of its visual description count twice."""
    said = sum(weights.get(word, 1.0) for word in picture & narration)
    return round(said + 2 * sum(weights.get(word, 1.0) for word in picture & visual), 6)
