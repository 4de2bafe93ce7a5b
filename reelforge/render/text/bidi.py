"""The order in which the characters of a line stand: the Unicode Bidirectional Algorithm (UAX #9).

A caption is one line of plain words, so explicit embeddings, overrides and isolates are not needed: their characters
are passed over as if they were not there (class BN). Everything else is the standard's: W1–W7, N0–N2, I1–I2, L1, L2.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final, TypeVar

T = TypeVar("T")

_PASSED_OVER: Final = frozenset({"BN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_NEUTRAL: Final = frozenset({"B", "S", "WS", "ON"})
_BRACKETS: Final = dict(zip("([{⟨〈《「『【〔〖（［｛⦅⟦⁽₍", ")]}⟩〉》」』】〕〗）］｝⦆⟧⁾₎", strict=True))
_CLOSING: Final = {close: opening for opening, close in _BRACKETS.items()}


def rightward(text: str, default: int = 0) -> int:
    """The paragraph's level by its first strong character (P2, P3): 0 left to right, 1 right to left."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind == "L":
            return 0
        if kind in ("R", "AL"):
            return 1
    return default


def levels(text: str, base: int) -> list[int]:
    """The embedding level of every character of one line whose paragraph's level is ``base`` (0 or 1)."""
    original = [unicodedata.bidirectional(c) or "L" for c in text]
    kept = [at for at, kind in enumerate(original) if kind not in _PASSED_OVER]
    kinds = [original[at] for at in kept]
    edge = "R" if base else "L"
    _weak(kinds, edge)
    _brackets([text[at] for at in kept], kinds, [original[at] for at in kept], edge)
    _neutral(kinds, edge)
    found = [base] * len(text)
    for at, kind in zip(kept, kinds, strict=True):
        found[at] = _implicit(kind, base)
    _fill(found, original, base)
    return found


def visual(items: Sequence[T], levels_of: Sequence[int]) -> list[T]:
    """The items in the order in which they stand from left to right (L2)."""
    order = list(range(len(items)))
    odd = [level for level in levels_of if level % 2]
    for level in range(max(levels_of, default=0), min(odd, default=1) - 1, -1):
        at = 0
        while at < len(order):
            end = at
            while end < len(order) and levels_of[order[end]] >= level:
                end += 1
            order[at:end] = order[at:end][::-1]
            at = end + 1
    return [items[at] for at in order]


def _weak(kinds: list[str], edge: str) -> None:
    _marks_and_letters(kinds, edge)
    _number_signs(kinds)
    strong = edge
    for at, kind in enumerate(kinds):  # W6, W7
        if kind in ("ES", "ET", "CS"):
            kinds[at] = "ON"
        elif kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[at] = "L"


def _marks_and_letters(kinds: list[str], edge: str) -> None:
    before = edge
    for at, kind in enumerate(kinds):  # W1
        kinds[at] = before = before if kind == "NSM" else kind
    strong = edge
    for at, kind in enumerate(kinds):  # W2
        if kind in ("L", "R", "AL"):
            strong = kind
        elif kind == "EN" and strong == "AL":
            kinds[at] = "AN"
    kinds[:] = ["R" if kind == "AL" else kind for kind in kinds]


def _number_signs(kinds: list[str]) -> None:
    for at in range(1, len(kinds) - 1):  # W4
        left, right = kinds[at - 1], kinds[at + 1]
        if left == right and ((kinds[at] in ("ES", "CS") and left == "EN") or (kinds[at] == "CS" and left == "AN")):
            kinds[at] = left
    at = 0
    while at < len(kinds):  # W5
        end = at
        while end < len(kinds) and kinds[end] == "ET":
            end += 1
        if end > at and ("EN" in kinds[end : end + 1] or (at and kinds[at - 1] == "EN")):
            kinds[at:end] = ["EN"] * (end - at)
        at = max(end, at + 1)


def _brackets(text: Sequence[str], kinds: list[str], original: Sequence[str], edge: str) -> None:
    """N0: a pair of brackets takes the direction of what it holds, or of what stands before it."""
    for opening, close in _pairs(text, kinds):
        inside = {_side(kind) for kind in kinds[opening + 1 : close]}
        if edge in inside:
            side = edge
        elif inside & {"L", "R"}:
            side = next((_side(kind) for kind in reversed(kinds[:opening]) if _side(kind)), edge)
        else:
            continue
        for at in (opening, close):
            kinds[at] = side
            after = at + 1
            while after < len(kinds) and original[after] == "NSM":
                kinds[after] = side
                after += 1


def _pairs(text: Sequence[str], kinds: Sequence[str]) -> list[tuple[int, int]]:
    stack: list[tuple[str, int]] = []
    pairs = []
    for at, character in enumerate(text):
        if kinds[at] != "ON":
            continue
        if character in _BRACKETS:
            stack.append((character, at))
        elif character in _CLOSING:
            for depth in range(len(stack) - 1, -1, -1):
                if stack[depth][0] == _CLOSING[character]:
                    pairs.append((stack[depth][1], at))
                    del stack[depth:]
                    break
    return sorted(pairs)


def _side(kind: str) -> str:
    """A strong direction as N0–N2 see it: numbers count as right to left."""
    return "R" if kind in ("R", "EN", "AN") else "L" if kind == "L" else ""


def _neutral(kinds: list[str], edge: str) -> None:
    at = 0
    while at < len(kinds):  # N1, N2
        end = at
        while end < len(kinds) and kinds[end] in _NEUTRAL:
            end += 1
        if end > at:
            left = _side(kinds[at - 1]) if at else edge
            right = _side(kinds[end]) if end < len(kinds) else edge
            kinds[at:end] = [left if left == right else edge] * (end - at)
        at = max(end, at + 1)


def _implicit(kind: str, base: int) -> int:
    if base == 0:
        return {"R": 1, "AN": 2, "EN": 2}.get(kind, 0)
    return {"L": 2, "AN": 2, "EN": 2}.get(kind, 1)


def _fill(found: list[int], original: Sequence[str], base: int) -> None:
    """Characters passed over stand with the one before them; white space at the line's end stands at its edge (L1)."""
    for at, kind in enumerate(original):
        if kind in _PASSED_OVER:
            found[at] = found[at - 1] if at else base
    for at in range(len(original) - 1, -1, -1):
        if original[at] not in ("WS", "S", "B") and original[at] not in _PASSED_OVER:
            break
        found[at] = base
