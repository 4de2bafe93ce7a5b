"""What a reader takes for one character: grapheme clusters, their script, and whether they want to be a picture.

Follows Unicode UAX #29 (extended grapheme clusters) and UTS #51 (emoji) as far as choosing a font needs them; scripts
come from HarfBuzz's own Unicode tables.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import uharfbuzz as hb

_ZWJ: Final = "\u200d"
_TEXT_STYLE: Final = "\ufe0e"
_EMOJI_STYLE: Final = "\ufe0f"
_KEYCAP: Final = "\u20e3"
_VIRAMA: Final = 9
_EMOJI_BY_DEFAULT: Final = frozenset(
    chr(point)
    for low, high in (
        (0x231A, 0x231B), (0x23E9, 0x23EC), (0x23F0, 0x23F0), (0x23F3, 0x23F3), (0x25FD, 0x25FE), (0x2614, 0x2615),
        (0x2648, 0x2653), (0x267F, 0x267F), (0x2693, 0x2693), (0x26A1, 0x26A1), (0x26AA, 0x26AB), (0x26BD, 0x26BE),
        (0x26C4, 0x26C5), (0x26CE, 0x26CE), (0x26D4, 0x26D4), (0x26EA, 0x26EA), (0x26F2, 0x26F3), (0x26F5, 0x26F5),
        (0x26FA, 0x26FA), (0x26FD, 0x26FD), (0x2705, 0x2705), (0x270A, 0x270B), (0x2728, 0x2728), (0x274C, 0x274C),
        (0x274E, 0x274E), (0x2753, 0x2755), (0x2757, 0x2757), (0x2795, 0x2797), (0x27B0, 0x27B0), (0x27BF, 0x27BF),
        (0x2B1B, 0x2B1C), (0x2B50, 0x2B50), (0x2B55, 0x2B55), (0x1F004, 0x1F004), (0x1F0CF, 0x1F0CF),
        (0x1F18E, 0x1F18E), (0x1F191, 0x1F19A), (0x1F1E6, 0x1F1FF), (0x1F201, 0x1F201), (0x1F21A, 0x1F21A),
        (0x1F22F, 0x1F22F), (0x1F232, 0x1F23A), (0x1F250, 0x1F251), (0x1F300, 0x1F64F), (0x1F680, 0x1F6FF),
        (0x1F7E0, 0x1F7F0), (0x1F90C, 0x1FAFF),
    )
    for point in range(low, high + 1)
)  # fmt: skip
"""Emoji_Presentation (UTS #51), the pictographs above U+1F300 all taken in."""


def _regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _extends(character: str) -> bool:
    """Whether the character belongs to the one before it: marks, joiners, selectors, tags, skin tones, jamo."""
    return (
        unicodedata.category(character) in ("Mn", "Mc", "Me")
        or character in ("\u200c", _ZWJ)
        or "\U000e0020" <= character <= "\U000e007f"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\u1160" <= character <= "\u11ff"
    )


def clusters(text: str) -> Iterator[tuple[int, int]]:
    """The (start, end) of every grapheme cluster, in order; Indic conjuncts (letter, virama, letter) are one."""
    start = 0
    for at in range(1, len(text) + 1):
        if at < len(text) and _joined(text, start, at):
            continue
        if start < len(text):
            yield start, at
        start = at


def _joined(text: str, start: int, at: int) -> bool:
    character, before = text[at], text[at - 1]
    if _extends(character) or before == _ZWJ:
        return True
    if _regional(character):
        return _regional(before) and at - start == 1
    return unicodedata.combining(before) == _VIRAMA and unicodedata.category(character) == "Lo"


def wants_picture(cluster: str) -> bool:
    """Whether a cluster is shown in colour where both a text and an emoji font have it (UTS #51 §4)."""
    if _TEXT_STYLE in cluster:
        return False
    return _EMOJI_STYLE in cluster or _KEYCAP in cluster or cluster[0] in _EMOJI_BY_DEFAULT


def ignorable(character: str) -> bool:
    """Whether the character shows nothing by itself, so that no font needs to have it."""
    return unicodedata.category(character) in ("Cc", "Cf") or "\ufe00" <= character <= "\ufe0f" or character.isspace()


@lru_cache(maxsize=4096)
def script(character: str) -> str | None:
    """The ISO 15924 code of a character's script; None for what all scripts share (digits, punctuation, marks)."""
    buffer = hb.Buffer()
    buffer.add_codepoints([ord(character)])
    buffer.guess_segment_properties()
    found = buffer.script
    return str(found) if found else None


def clean(text: str) -> str:
    """The text as it is set: white space folded to single spaces, control characters left out."""
    return " ".join("".join(c if unicodedata.category(c) != "Cc" or c.isspace() else "" for c in text).split())
