"""The written tokens of a text: what a caption lights up and a voice times, one at a time.

Between spaces a token is what stands there. Chinese, Japanese, Thai and their like are written without spaces; there a
token is a short run of characters, cut by what kinds of signs meet, for want of a dictionary: a Japanese one begins
with each word in Chinese characters or katakana and takes the hiragana after it (a bunsetsu, nearly), a Chinese one
has two characters, as most words have, and a particle after them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reelforge.domain.captions import parts_of, spaceless

_MOST_HAN: Final = 2
_MOST_HAN_AMONG_KANA: Final = 4
_MOST_KANA: Final = 8
_MOST_LETTERS: Final = 6
"""Characters of a token, by script; Thai and its like are cut by this alone."""

_LOWEST_SPACELESS: Final = "\u0e01"
_PARTICLES: Final = frozenset("的了着过吗呢吧们")
_ALONE: Final = frozenset("去是和也都就很我你他她它把被从跟与")
"""Chinese words of one character that are seldom part of another word; a particle or plural may follow."""
_NEVER_FIRST: Final = frozenset("ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶー々〻ゝゞヽヾะาำๅๆฯะາຳ")
_HIRAGANA: Final = re.compile(r"[\u3040-\u309f]")
_KATAKANA: Final = re.compile(r"[\u30a0-\u30ff\u31f0-\u31ff\uff66-\uff9f]")
_KANA: Final = re.compile(r"[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f]")
_FULL_WIDTH: Final = re.compile(r"[\uff01-\uff65]")
_HAN: Final = re.compile(r"[\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_ENDS_WITH_MARK: Final = re.compile(r".*[^\w\s\u0e00-\u109f\u1780-\u17ff]", re.DOTALL)


def tokens(text: str) -> tuple[str, ...]:
    """The tokens in order, none empty or with white space in it; with the text's white space they are the text.

    Of a text in scripts with spaces they are ``text.split()``. Where a text without spaces is cut after a mark, both
    parts have the tokens they have in the whole, but that a part in a script with spaces is cut at its spaces alone:
    ``它。AI/ML(2026)`` has three tokens, ``AI/ML(2026)`` by itself has one. Whoever cuts a text into sentences
    counts theirs (:func:`reelforge.domain.sentences.sentence_tokens`).
    """
    return tuple(token for word in text.split() for token in _cut(word))


def token_ends(text: str, parts: Sequence[str] | None = None) -> tuple[int, ...]:
    """The place in the text right after each of its :func:`tokens` (or of ``parts``, found in it in order)."""
    ends: list[int] = []
    at = 0
    for token in tokens(text) if parts is None else parts:
        at = text.index(token, at) + len(token)
        ends.append(at)
    return tuple(ends)


def _cut(word: str) -> Iterator[str]:
    if word.isascii() or max(word) < _LOWEST_SPACELESS or not any(map(spaceless, word)):
        yield word
        return
    for stretch in _stretches(parts_of(word)):
        yield from _grouped(stretch, _MOST_HAN_AMONG_KANA if _KANA.search("".join(stretch)) else _MOST_HAN)


def _kind(part: str) -> str:
    """``h``: Chinese characters, ``i``: hiragana, ``a``: katakana, ``t``: Thai and its like, ``o``: the rest."""
    first = next((sign for sign in part if sign.isalnum()), part[0])
    if _HAN.match(first):
        return "h"
    if _KATAKANA.match(first):
        return "a"
    if _HIRAGANA.match(first):
        return "i"
    return "t" if spaceless(first) and not _FULL_WIDTH.match(first) else "o"


def _stretches(parts: Sequence[str]) -> list[list[str]]:
    """Runs of parts in which no mark stands and no other script begins, so that each can be cut by itself."""
    found: list[list[str]] = []
    for part in parts:
        before = found[-1][-1] if found else ""
        if before and not any(map(str.isalnum, before)):
            found[-1][-1] += part
            continue
        apart = not before or _ENDS_WITH_MARK.fullmatch(before)
        if apart or not _clings(before, part):
            found.append([part])
        else:
            found[-1].append(part)
    return found


def _clings(before: str, part: str) -> bool:
    """Whether a part may share a token with the one before it, as far as their scripts tell.

    Letters and figures keep hiragana (``iPhoneは``) and a counter (``2024年``); full-width ones keep each other.
    """
    kinds = _kind(before) + _kind(part)
    if "o" not in kinds or part[0] in _NEVER_FIRST or kinds == "oi":
        return True
    return (kinds == "oh" and before[-1].isdigit()) or (kinds == "oo" and bool(_FULL_WIDTH.match(part)))


def _grouped(parts: Sequence[str], most_han: int) -> Iterator[str]:
    token: list[str] = []
    for part in parts:
        if token and _begins_anew(token, part, most_han):
            yield "".join(token)
            token = []
        token.append(part)
    if token:
        yield "".join(token)


def _begins_anew(token: Sequence[str], part: str, most_han: int) -> bool:
    kind, before = _kind(part), _kind(token[-1])
    if part[0] in _NEVER_FIRST:
        return False
    if kind == "h":
        particle = part[0] in _PARTICLES and most_han == _MOST_HAN and len(token) <= most_han
        if before == "o":
            return not token[-1][-1].isdigit()
        alone = most_han == _MOST_HAN and bool({part[0], token[-1][0]} & _ALONE)
        return not particle and (alone or before != "h" or len(token) >= most_han or token[-1][0] in _PARTICLES)
    if kind == "a":
        return before != "a" or len(token) >= _MOST_KANA
    if kind == "i":
        return len(token) >= _MOST_KANA
    return kind != before or len(token) >= _MOST_LETTERS
