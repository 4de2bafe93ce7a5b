"""Words grouped into cues: which words stand on screen together, and in which frames.

Grouping is the shortest path over all ways to cut a sentence, where a cut after a comma costs nothing and one between
a number and its unit nearly everything (the total-fit idea of Knuth & Plass, *Breaking Paragraphs into Lines*, 1981).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate, groupby, pairwise
from typing import Final

from msgspec import Struct

from reelforge.domain.caption_style import Emphasis
from reelforge.domain.cues import SAMPLE_RATE, Word
from reelforge.domain.phrasing import (
    clings,
    is_magnitude,
    is_number,
    joiner,
    parting,
    parts_of,
    phrase_ends,
    sentence_ends,
    spaceless,
)
from reelforge.domain.timeline import Cue, CueWord, Rate

__all__ = [
    "Piece",
    "bare",
    "clings",
    "group",
    "joiner",
    "parts_of",
    "phrase_ends",
    "pieces_of",
    "sentence_ends",
    "spaceless",
]

LINGER: Final = SAMPLE_RATE * 2 // 5
"""How long a cue stays after its last word when nothing follows soon: 0.4 s."""
LONGEST_PAUSE: Final = SAMPLE_RATE * 6 // 10
"""A silence over which no cue stays: 0.6 s. In a shorter one the cue before it waits for the next, so that the screen
does not flicker.
"""
SHORTEST: Final = SAMPLE_RATE * 7 // 10
"""How long a cue stays at least, where there is room: 0.7 s."""
LATEST: Final = SAMPLE_RATE
"""How long after its last word a cue goes at the latest, however much there is to read: 1 s."""
HASTY: Final = SAMPLE_RATE * 45 // 100
"""A cue that speech leaves less time than this, 0.45 s, had better be a larger one."""
FLASH: Final = SAMPLE_RATE // 4
"""A sentence over sooner than this, 0.25 s, has no cue of its own: nobody could read it."""
UNHEARD: Final = 3 * SAMPLE_RATE
"""The longest time, 3 s, that words have on screen which are written and were not heard in a recording."""
PAUSE: Final = SAMPLE_RATE * 35 // 100
"""A silence after which a new cue is wanted: 0.35 s."""
_SENTENCE: Final = -60.0
"""What it costs to part sentences within a stretch: they stay together only so as not to flash."""
MARKS_AROUND: Final = "\"'“”‘’«»‹›()[]{}¿¡.,;:!?…–—。、，．！？：；「」『』（）《》〈〉【】"
"""What may stand around a word without being of it."""


class Piece(Struct, frozen=True):
    """A word, or one character of it in a script without spaces; times in samples, ``weight`` its share of a word,
    ``emphasis`` whether it stands out.
    """

    text: str
    start: int
    end: int
    weight: float
    emphasis: bool = False

    @property
    def columns(self) -> int:
        return sum(
            2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else 1
            for c in self.text
        )


def bare(text: str) -> str:
    """A word as words are compared: neither case nor the punctuation around it counts."""
    return text.strip(MARKS_AROUND).casefold()


def pieces_of(words: Sequence[Word], emphasis: Emphasis | None = None, marked: Collection[int] = ()) -> list[Piece]:
    """The words in order, times made to never go back, words of spaceless scripts cut into their characters, which
    share its time evenly. Words with an empty span have the time until the next one, up to :data:`UNHEARD`, so that a
    caption stays where a recording says something else. Those that stand out by ``emphasis``, or whose index is
    ``marked``, say so.
    """
    found: list[Piece] = []
    clock = 0
    chosen = tuple(bare(word) for word in emphasis.words) if emphasis else ()
    after_number = False
    for index, word in enumerate(_seen(words)):
        start = max(clock, word.start)
        end = max(start, word.end)
        clock = start
        parts = parts_of(word.text)
        total = sum(len(part) for part in parts)
        numbers = bool(emphasis and emphasis.numbers)
        counted = numbers and after_number and is_magnitude(word.text)
        whole = counted or index in marked or bare(word.text) in chosen
        within = [] if whole or len(parts) == 1 else [(m.start(), m.end()) for m in _inside(word.text, chosen)]
        at = 0
        for part in parts:
            begin = start + (end - start) * at // total
            stands = whole or (numbers and is_number(part)) or any(a < at + len(part) and at < b for a, b in within)
            at += len(part)
            weight = 1 / 3 if len(parts) > 1 and spaceless(part[0]) else 1.0
            found.append(Piece(part, begin, start + (end - start) * at // total, weight, stands))
        after_number = counted or is_number(word.text)
    return found


def _seen(words: Sequence[Word]) -> list[Word]:
    """The words with times for those that have none, in shares by their length; marks alone need no time."""
    found: list[Word] = []
    empty = [word.end <= word.start for word in words]
    for (_, same), run in groupby(enumerate(words), lambda one: (one[1].start, empty[one[0]])):
        silent = [word for _, word in run]
        after = words[len(found) + len(silent) :]
        free = after[0].start - silent[0].start if after and found and same else 0
        lettered = any(sign.isalnum() for word in silent for sign in word.text)
        found += _shared(silent, silent[0].start, free) if lettered and 0 < free <= UNHEARD else silent
    return found


def _shared(words: Sequence[Word], begin: int, free: int) -> Iterator[Word]:
    ends = list(accumulate((len(word.text) for word in words), initial=0))
    for word, (first, last) in zip(words, pairwise(ends), strict=True):
        start, end = begin + free * first // ends[-1], begin + free * last // ends[-1]
        yield word.model_copy(update={"start": start, "end": end})


def _inside(text: str, chosen: Sequence[str]) -> Sequence[re.Match[str]]:
    """Where chosen words stand within a text written without spaces."""
    if not chosen:
        return ()
    return list(re.finditer("|".join(map(re.escape, chosen)), text, re.IGNORECASE))


def _parted(left: Piece, right: Piece, language: str) -> bool:
    """Whether nothing may hold two pieces together: a sentence is over, or there is a long silence."""
    return sentence_ends(left.text, right.text, language) or right.start - left.end > LONGEST_PAUSE


def _cut_cost(left: Piece, right: Piece, language: str) -> float:
    """What it costs to begin a new cue between two pieces."""
    if _parted(left, right, language):
        return _SENTENCE
    cost = parting(left.text, right.text, language)
    if cost >= 40:
        return 400.0
    return cost + (2.0 - 9.0 if right.start - left.end > PAUSE else 2.0)


class _Bounds(Struct, frozen=True):
    """What a cue had better keep to."""

    words: int
    chars: int
    speed: float


def _size_cost(pieces: Sequence[Piece], until: int, bounds: _Bounds) -> float:
    """What it costs to show these together until a sample: too much, too little, too fast, too short."""
    weight = sum(piece.weight for piece in pieces)
    columns = _columns(pieces)
    cost = 0.0
    if len(pieces) > 1:
        cost += 150.0 * max(0.0, weight - bounds.words) + 40.0 * max(0, columns - bounds.chars)
    if bounds.words > 1 and (columns <= 4 or (len(pieces) == 1 and not spaceless(pieces[0].text[0]))):
        cost += 20.0 if columns <= 4 else 14.0
    seconds = max(until - pieces[0].start, 1) / SAMPLE_RATE
    cost += min(20.0, 1.5 * max(0.0, columns / seconds - bounds.speed))
    cost += 25.0 * max(0.0, 1 - seconds * SAMPLE_RATE / HASTY) + (200.0 if seconds * SAMPLE_RATE < FLASH else 0.0)
    cost += 5.0 * sum(phrase_ends(piece.text) for piece in pieces[:-1])
    wanted = max(1.0, 0.75 * bounds.words)
    return cost + (weight - wanted) ** 2


def _columns(pieces: Sequence[Piece]) -> int:
    return sum(piece.columns for piece in pieces) + sum(len(joiner(a.text, b.text)) for a, b in pairwise(pieces))


def _groups(pieces: Sequence[Piece], until: int, bounds: _Bounds, language: str) -> list[Sequence[Piece]]:
    """The cheapest way to cut one stretch; ``until`` is where the next one begins."""
    cuts = [_cut_cost(a, b, language) for a, b in pairwise(pieces)]
    starts = [*(piece.start for piece in pieces), until]
    best = [0.0] + [float("inf")] * len(pieces)
    before = [0] * (len(pieces) + 1)
    longest = 3 * bounds.words + 3
    for end in range(1, len(pieces) + 1):
        for start in range(end - 1, max(-1, end - 1 - longest), -1):
            cost = best[start] + _size_cost(pieces[start:end], starts[end], bounds)
            cost += cuts[start - 1] if start else 0.0
            if cost < best[end]:
                best[end], before[end] = cost, start
    groups: list[Sequence[Piece]] = []
    end = len(pieces)
    while end:
        groups.append(pieces[before[end] : end])
        end = before[end]
    return groups[::-1]


def _stretches(pieces: Sequence[Piece], language: str) -> list[Sequence[Piece]]:
    """Sentences, and their parts between long silences; one that would flash by stands with the one after it, or before
    it, where no long silence parts them.
    """
    edges = [0, *(n for n in range(1, len(pieces)) if _parted(pieces[n - 1], pieces[n], language)), len(pieces)]
    found: list[Sequence[Piece]] = []
    hurried = False
    for first, last in pairwise(edges):
        near = bool(found) and pieces[first].start - pieces[first - 1].end <= LONGEST_PAUSE
        until = pieces[last].start if last < len(pieces) else pieces[-1].end + LINGER
        flash = until - pieces[first].start < FLASH
        if near and (flash or hurried):
            found[-1] = [*found[-1], *pieces[first:last]]
        else:
            found.append(pieces[first:last])
        hurried = flash and len(found[-1]) == last - first
    return found


def _first_frame(sample: int, rate: Rate) -> int:
    """The first frame that begins at or after a sample, so that nothing is seen before it is heard."""
    return -(-sample * rate.num // (rate.den * SAMPLE_RATE))


def group(
    words: Sequence[Word],
    rate: Rate,
    *,
    max_words: int = 4,
    max_chars: int = 26,
    max_speed: float = 20.0,
    language: str = "en",
    offset: int = 0,
    frames: int | None = None,
    emphasis: Emphasis | None = None,
    marked: Collection[int] = (),
) -> tuple[Cue, ...]:
    """Group words into cues of 2 to ``max_words`` words and at most ``max_chars`` columns (wide characters are two).

    ``words`` carry samples at 48 kHz; ``offset`` (samples) is added to move them from the narration into the timeline,
    of which ``frames`` is the length. A new cue begins at every sentence's end and by preference at commas, pauses,
    conjunctions and prepositions, never between a number and its unit; a cue of one word is made only where sentences
    or long pauses force it. A cue appears no earlier than its first word is spoken. It stays until the next one when
    that begins within :data:`LONGEST_PAUSE`, else :data:`LINGER` after its last word, longer (up to :data:`LATEST`) if
    it were up for less than :data:`SHORTEST` or had more than ``max_speed`` columns for each second. A word keeps its
    highlight until the next one begins. Words of scripts without spaces come back as their characters. Cues that begin
    in one and the same frame become one. ``emphasis`` and ``marked`` (indexes of words) say which words stand out.
    """
    pieces = pieces_of(words, emphasis, marked)
    if not pieces:
        return ()
    bounds = _Bounds(max_words, max_chars, max_speed)
    stretches = _stretches(pieces, language)
    ends = [*(stretch[0].start for stretch in stretches[1:]), pieces[-1].end + LINGER]
    found: list[Sequence[Piece]] = []
    for stretch, until in zip(stretches, ends, strict=True):
        found += _groups(stretch, min(until, stretch[-1].end + LATEST), bounds, language)
    return _timed(found, rate, offset, frames, max_speed)


def _timed(
    groups: Sequence[Sequence[Piece]], rate: Rate, offset: int, frames: int | None, max_speed: float
) -> tuple[Cue, ...]:
    bound = frames if frames is not None else _first_frame(groups[-1][-1].end + offset + LATEST, rate) + 1
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
        last = _last_frame(pieces, first, rate, offset, max_speed)
        if number + 1 < len(firsts):
            soon = merged[number + 1][0].start - pieces[-1].end <= LONGEST_PAUSE
            last = firsts[number + 1] if soon else min(last, firsts[number + 1])
        last = max(first + 1, min(bound, last))
        cues.append(Cue(first=first, last=last, words=_cue_words(pieces, first, last, rate, offset)))
    return tuple(cues)


def _last_frame(pieces: Sequence[Piece], first: int, rate: Rate, offset: int, max_speed: float) -> int:
    """The frame before which a cue goes when nothing follows it."""
    end = pieces[-1].end + offset
    reading = max(SHORTEST, round(_columns(pieces) / max_speed * SAMPLE_RATE))
    wanted = max(_first_frame(end + LINGER, rate), first + _first_frame(reading, rate))
    return min(wanted, max(_first_frame(end + LATEST, rate), first + _first_frame(SHORTEST, rate)))


def _cue_words(pieces: Sequence[Piece], first: int, last: int, rate: Rate, offset: int) -> tuple[CueWord, ...]:
    begins = [max(first, min(_first_frame(piece.start + offset, rate), last - 1)) for piece in pieces]
    begins[0] = first
    ends = [*begins[1:], last]
    return tuple(
        CueWord(
            text=piece.text,
            first=begin,
            last=end,
            said=min(end, max(begin + 1, _first_frame(piece.end + offset, rate))),
            emphasis=piece.emphasis,
        )
        for piece, begin, end in zip(pieces, begins, ends, strict=True)
    )
