"""Words grouped into cues: which words stand on screen together, and in which frames.

Grouping is the shortest path over all ways to cut a sentence, where a cut after a comma costs nothing and one between
a number and its unit nearly everything (the total-fit idea of Knuth & Plass, *Breaking Paragraphs into Lines*, 1981).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from reelforge.domain.cues import SAMPLE_RATE, Word
from reelforge.domain.timeline import Cue, CueWord, Rate

LINGER: Final = SAMPLE_RATE * 2 // 5
"""How long a cue stays after its last word when nothing follows: 0.4 s."""
SHORTEST: Final = SAMPLE_RATE * 6 // 10
"""How long a cue stays at least, where there is room: 0.6 s."""
PAUSE: Final = SAMPLE_RATE * 35 // 100
"""A silence after which a new cue is wanted: 0.35 s; twice as long and it is had."""

_SPACELESS: Final = (
    (0x0E01, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x30FF),  # CJK radicals, punctuation, kana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF01, 0xFF9F),  # full-width forms, half-width kana
    (0x20000, 0x3FFFF),
)
_CLOSING: Final = "\"'’”»›)]}」』）】》〉"
_SENTENCE_END: Final = (".", "!", "?", "…", "。", "！", "？", "؟", "۔", "।", "॥", "։", "።")
_PHRASE_END: Final = (",", ";", ":", "—", "–", "，", "、", "；", "：", "،", "؛")
_ABBREVIATION: Final = re.compile(
    r"(?:mr|mrs|ms|dr|prof|st|sr|jr|vs|no|nr|fig|approx|ca|bzw|usw|z\.b|e\.g|i\.e|u\.s|u\.k|(?-i:[A-HJ-Z]))\.",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"[^\w]*[\d٠-٩۰-۹०-९][\d٠-٩۰-۹०-९.,:'’/–-]*[^\w,;:!?.]*")


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MAGNITUDE: Final = _listed(
    "hundred thousand million billion trillion dozen percent hundert tausend millionen milliarde milliarden prozent "
    "mille millions milliard milliards cent mil millón millones"
)
_PREFIX: Final = _listed("$ € £ ¥ US$ No. Nr. § # ~ ± + - − < > ≈")
_LEANING: Final = {
    "en": _listed(
        "a an the of to in on at by for from with and or but so as is are was were be it its my your our their his her "
        "this that these those than into if we you they he she i not no will would can"
    ),
    "de": _listed(
        "der die das den dem des ein eine einen einem einer und oder aber in im am an auf aus bei mit nach von vom zu "
        "zum zur für ist sind war nicht so als wie wir sie er es ich"
    ),
    "fr": _listed("le la les un une des du de et ou mais à au aux en dans par pour sur avec est sont ne"),
    "es": _listed("el la los las un una unos unas de del y o pero a al en por para con es son no se su"),
    "it": _listed("il lo la i gli le un uno una di del della e o ma a al in per con è sono non si"),
    "pt": _listed("o a os as um uma de do da e ou mas em no na por para com é são não se"),
}
"""Words that lean on the next one, so that a cue had better not end with them."""


def spaceless(character: str) -> bool:
    """Whether the character belongs to a script written without spaces (Chinese, Japanese, Thai, Khmer …)."""
    point = ord(character)
    return any(low <= point <= high for low, high in _SPACELESS)


def joiner(left: str, right: str) -> str:
    """What stands between two neighbouring words: nothing inside scripts written without spaces, else a space."""
    return "" if left and right and (spaceless(left[-1]) and spaceless(right[0])) else " "


def sentence_ends(text: str, following: str = "") -> bool:
    """Whether a sentence ends with the written word ``text``, when ``following`` comes next (empty: nothing does)."""
    bare = text.rstrip(_CLOSING)
    if not bare.endswith(_SENTENCE_END):
        return False
    if not following:
        return True
    if following[0].islower():
        return False
    return not (bare.endswith(".") and _ABBREVIATION.fullmatch(bare.lstrip("\"'“‘«(")))


def phrase_ends(text: str) -> bool:
    """Whether a comma or its like ends the word."""
    return text.rstrip(_CLOSING).endswith(_PHRASE_END)


def clings(text: str, following: str, language: str) -> bool:
    """Whether nothing may part ``text`` from ``following``: a number and its unit, a sign and its number."""
    if phrase_ends(text) or sentence_ends(text, following):
        return False
    if text in _PREFIX and _NUMBER.fullmatch(following):
        return True
    first = following.strip(".,;:!?…\"'”’)")
    if _NUMBER.fullmatch(text) or text.lower() in _MAGNITUDE:
        known = _LEANING.get(language[:2].lower(), frozenset())
        return (
            bool(first)
            and first.lower() not in known
            and (first[0].islower() or not first[0].isalnum() or len(first) <= 3)
        )
    return False


@dataclass(frozen=True)
class Piece:
    """A word, or one character of it in a script without spaces; times in samples, ``weight`` its share of a word."""

    text: str
    start: int
    end: int
    weight: float

    @property
    def columns(self) -> int:
        return sum(
            2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else 1
            for c in self.text
        )


def pieces_of(words: Sequence[Word]) -> list[Piece]:
    """The words in order, times made to never go back, words of spaceless scripts cut into their characters."""
    found: list[Piece] = []
    clock = 0
    for word in words:
        start = max(clock, word.start)
        end = max(start, word.end)
        clock = start
        parts = parts_of(word.text)
        total = sum(len(part) for part in parts)
        at = 0
        for part in parts:
            begin = start + (end - start) * at // total
            at += len(part)
            weight = 1 / 3 if len(parts) > 1 and spaceless(part[0]) else 1.0
            found.append(Piece(part, begin, start + (end - start) * at // total, weight))
    return found


def parts_of(text: str) -> list[str]:
    """The word itself, or one piece for each spaceless character, with the marks and punctuation that cling to it."""
    if not any(spaceless(c) for c in text):
        return [text]
    parts: list[str] = []
    opened = False
    for character in text:
        category = unicodedata.category(character)
        alone = spaceless(character)
        if not parts:
            parts.append(character)
        elif opened or category in ("Mn", "Mc", "Me", "Pe", "Pf", "Po", "Cf", "Lm"):
            parts[-1] += character
        elif category in ("Ps", "Pi") or alone or spaceless(parts[-1][0]):
            parts.append(character)
        else:
            parts[-1] += character
        opened = category in ("Ps", "Pi") or character == "\u200d" or character in "เแโใไ"
    return parts


def _cut_cost(left: Piece, right: Piece, language: str) -> float:
    """What it costs to begin a new cue between two pieces; infinitely little (a must) at a sentence's end."""
    gap = right.start - left.end
    if sentence_ends(left.text, right.text) or gap > 2 * PAUSE:
        return float("-inf")
    if clings(left.text, right.text, language):
        return 400.0
    cost = 2.0
    if gap > PAUSE:
        cost -= 9.0
    if phrase_ends(left.text):
        cost -= 7.0
    if left.text.lower() in _LEANING.get(language[:2].lower(), frozenset()):
        cost += 3.0
    return cost


def _size_cost(pieces: Sequence[Piece], max_words: int, max_chars: int) -> float:
    weight = sum(piece.weight for piece in pieces)
    columns = sum(piece.columns for piece in pieces) + sum(len(joiner(a.text, b.text)) for a, b in pairwise(pieces))
    cost = 0.0
    if len(pieces) > 1:
        cost += 150.0 * max(0.0, weight - max_words) + 40.0 * max(0, columns - max_chars)
    if weight < 1.5 and max_words > 1:
        cost += 14.0
    wanted = max(1.0, 0.75 * max_words)
    return cost + (weight - wanted) ** 2


def _groups(pieces: Sequence[Piece], max_words: int, max_chars: int, language: str) -> list[Sequence[Piece]]:
    """The cheapest way to cut one sentence."""
    cuts = [_cut_cost(a, b, language) for a, b in pairwise(pieces)]
    best = [0.0] + [float("inf")] * len(pieces)
    before = [0] * (len(pieces) + 1)
    longest = 3 * max_words + 3
    for end in range(1, len(pieces) + 1):
        for start in range(end - 1, max(-1, end - 1 - longest), -1):
            cost = best[start] + _size_cost(pieces[start:end], max_words, max_chars)
            cost += cuts[start - 1] if start else 0.0
            if cost < best[end]:
                best[end], before[end] = cost, start
    groups: list[Sequence[Piece]] = []
    end = len(pieces)
    while end:
        groups.append(pieces[before[end] : end])
        end = before[end]
    return groups[::-1]


def _first_frame(sample: int, rate: Rate) -> int:
    """The first frame that begins at or after a sample, so that nothing is seen before it is heard."""
    return -(-sample * rate.num // (rate.den * SAMPLE_RATE))


def group(
    words: Sequence[Word],
    rate: Rate,
    *,
    max_words: int = 4,
    max_chars: int = 26,
    language: str = "en",
    offset: int = 0,
    frames: int | None = None,
) -> tuple[Cue, ...]:
    """Group words into cues of 2 to ``max_words`` words and at most ``max_chars`` columns (wide characters are two).

    ``words`` carry samples at 48 kHz; ``offset`` (samples) is added to move them from the narration into the timeline,
    of which ``frames`` is the length. A new cue begins at every sentence's end and by preference at commas and pauses,
    never between a number and its unit; a cue of one word is made only where sentences or long pauses force it. A cue
    appears no earlier than its first word is spoken and stays until the next one or :data:`LINGER` after its last word,
    longer if it were up for less than :data:`SHORTEST`. A word keeps its highlight until the next one begins. Words of
    scripts without spaces come back as their characters. Cues that begin in one and the same frame become one.
    """
    pieces = pieces_of(words)
    if not pieces:
        return ()
    found: list[Sequence[Piece]] = []
    start = 0
    for end in range(1, len(pieces) + 1):
        if end == len(pieces) or _cut_cost(pieces[end - 1], pieces[end], language) == float("-inf"):
            found += _groups(pieces[start:end], max_words, max_chars, language)
            start = end
    return _timed(found, rate, offset, frames)


def _timed(groups: Sequence[Sequence[Piece]], rate: Rate, offset: int, frames: int | None) -> tuple[Cue, ...]:
    bound = frames if frames is not None else _first_frame(groups[-1][-1].end + offset + SHORTEST, rate) + 1
    firsts: list[int] = []
    merged: list[list[Piece]] = []
    for pieces in groups:
        first = max(0, min(_first_frame(pieces[0].start + offset, rate), bound - 1))
        if firsts and first <= firsts[-1]:
            merged[-1] += pieces
        else:
            firsts.append(first)
            merged.append(list(pieces))
    cues = []
    for number, (first, pieces) in enumerate(zip(firsts, merged, strict=True)):
        room = firsts[number + 1] if number + 1 < len(firsts) else bound
        wanted = max(_first_frame(pieces[-1].end + offset + LINGER, rate), first + _first_frame(SHORTEST, rate))
        last = max(first + 1, min(room, wanted))
        cues.append(Cue(first=first, last=last, words=_cue_words(pieces, first, last, rate, offset)))
    return tuple(cues)


def _cue_words(pieces: Sequence[Piece], first: int, last: int, rate: Rate, offset: int) -> tuple[CueWord, ...]:
    begins = [max(first, min(_first_frame(piece.start + offset, rate), last - 1)) for piece in pieces]
    begins[0] = first
    ends = [*begins[1:], last]
    return tuple(
        CueWord(text=piece.text, first=begin, last=end) for piece, begin, end in zip(pieces, begins, ends, strict=True)
    )
