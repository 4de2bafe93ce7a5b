"""Subtitle files beside the video: SubRip (SRT), WebVTT (W3C Candidate Recommendation, 2019), and words as JSON.

Subtitles are calmer than the cues burned in: a sentence or a good part of one, on one or two lines.
:mod:`reelforge.domain.subtitle_reading` reads the files back.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Collection, Sequence
from itertools import islice, pairwise
from typing import Final

from pydantic import Field

from reelforge.domain.captions import Piece, joiner, parts_of, phrase_ends, pieces_of, sentence_ends
from reelforge.domain.cues import SAMPLE_RATE, Word
from reelforge.domain.timeline import Cue, Rate
from reelforge.domain.value import Value

LONGEST_MS: Final = 7_000
SHORTEST_MS: Final = 1_000
LINGER_MS: Final = 400
FLASH_MS: Final = 400
"""A part of a sentence shown for less than this stands with the next one, where two lines hold both."""
PAUSE: Final = SAMPLE_RATE
"""A silence of a second ends a subtitle."""
JOB_NOTE: Final = "NOTE of job"
"""How a WebVTT file of one job's words says so."""


class Subtitle(Value):
    """Lines of text shown during milliseconds ``[start, end)``."""

    start: int = Field(ge=0)
    end: int = Field(gt=0)
    lines: tuple[str, ...] = Field(min_length=1)


def subtitles(
    words: Sequence[Word],
    *,
    max_line: int = 42,
    offset: int = 0,
    length: int | None = None,
    language: str = "en",
    scenes: Collection[int] = (),
) -> tuple[Subtitle, ...]:
    """Sentence-like chunks of at most two lines of ``max_line`` columns, in order, never overlapping.

    ``words`` carry samples at 48 kHz, to which ``offset`` is added; ``length`` is the video's, in samples. A subtitle
    starts with its first word (to the nearest millisecond) and stays :data:`LINGER_MS` after its last one, and
    :data:`SHORTEST_MS` altogether where there is room. None joins words of two scenes; ``scenes`` are the indexes of
    the words with which they begin.
    """
    edges = sorted({0, *scenes, len(words)})
    counts = [sum(len(parts_of(word.text)) for word in words[first:last]) for first, last in pairwise(edges)]
    pieces = iter(pieces_of(words))
    chunks: list[list[Piece]] = []
    for count in counts:
        for sentence in _sentences(list(islice(pieces, count)), language):
            chunks += _unhurried(_chunks(sentence, max_line), max_line)
    bound = _ms(length) if length is not None else None
    found: list[Subtitle] = []
    starts = [_ms(chunk[0].start + offset) for chunk in chunks]
    for number, chunk in enumerate(chunks):
        start = max(starts[number], found[-1].end if found else 0)
        end = max(_ms(chunk[-1].end + offset) + LINGER_MS, start + SHORTEST_MS)
        if number + 1 < len(chunks):
            end = min(end, starts[number + 1])
        if bound is not None:
            end = min(end, bound)
        found.append(Subtitle(start=start, end=max(end, start + 1), lines=_lines([w.text for w in chunk], max_line)))
    return tuple(found)


def from_cues(cues: Sequence[Cue], rate: Rate, *, max_line: int = 42) -> tuple[Subtitle, ...]:
    """One subtitle for each cue of a timeline, at the times of its frames."""
    return tuple(
        Subtitle(
            start=_ms(rate.sample_at(cue.first)),
            end=max(_ms(rate.sample_at(cue.last)), _ms(rate.sample_at(cue.first)) + 1),
            lines=_lines([word.text for word in cue.words], max_line),
        )
        for cue in cues
    )


def srt(items: Sequence[Subtitle]) -> str:
    """The items as SubRip text: numbered from 1, ``HH:MM:SS,mmm``, an empty line after each."""
    blocks = []
    for number, item in enumerate(items, 1):
        text = "\n".join(line.replace("-->", "→") for line in item.lines)
        blocks.append(f"{number}\n{_clock(item.start, ',')} --> {_clock(item.end, ',')}\n{text}\n")
    return "\n".join(blocks)


def vtt(items: Sequence[Subtitle], job: str = "") -> str:
    """The items as WebVTT text, with ``&``, ``<`` and ``>`` escaped as the format asks; the ``job`` they are of in a
    note before them, if given.
    """
    blocks = ["WEBVTT\n", *([f"{JOB_NOTE} {job}\n"] if job else [])]
    for item in items:
        text = "\n".join(line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for line in item.lines)
        blocks.append(f"{_clock(item.start, '.')} --> {_clock(item.end, '.')}\n{text}\n")
    return "\n".join(blocks)


def word_subtitles(words: Sequence[Word]) -> tuple[Subtitle, ...]:
    """One subtitle for each word, from when it is spoken until it ends or the next one begins; for editing times."""
    found: list[Subtitle] = []
    for number, word in enumerate(words):
        start = max(_ms(word.start), found[-1].end if found else 0)
        end = max(_ms(word.end), start + 1)
        if number + 1 < len(words):
            end = max(min(end, _ms(words[number + 1].start)), start + 1)
        found.append(Subtitle(start=start, end=end, lines=(word.text,)))
    return tuple(found)


def words_json(words: Sequence[Word], job: str = "") -> str:
    """Every word on a line of its own, with its start and end in seconds (to a sample), how sure that is, and how it
    was found; the ``job`` they are of before them, if given.
    """
    lines = [
        json.dumps(
            {
                "text": word.text,
                "start": round(word.start / SAMPLE_RATE, 6),
                "end": round(word.end / SAMPLE_RATE, 6),
                "confidence": word.confidence,
                "source": word.source,
            },
            ensure_ascii=False,
        )
        for word in words
    ]
    whose = f'"job": {json.dumps(job, ensure_ascii=False)}, ' if job else ""
    return f'{{{whose}"words": [\n' + ",\n".join(lines) + "\n]}\n"


def _ms(sample: int) -> int:
    """Samples to milliseconds, halves up."""
    return (2 * 1_000 * sample + SAMPLE_RATE) // (2 * SAMPLE_RATE)


def _clock(ms: int, point: str) -> str:
    minutes, rest = divmod(ms, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1_000:02}{point}{rest % 1_000:03}"


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def _joined(texts: Sequence[str]) -> str:
    text = ""
    for part in texts:
        text += (joiner(text, part) if text else "") + " ".join(part.split())
    return text


def _sentences(words: Sequence[Piece], language: str) -> list[list[Piece]]:
    sentences: list[list[Piece]] = [[]]
    for number, word in enumerate(words):
        sentences[-1].append(word)
        after = words[number + 1] if number + 1 < len(words) else None
        if after and (sentence_ends(word.text, after.text, language) or after.start - word.end >= PAUSE):
            sentences.append([])
    return [sentence for sentence in sentences if sentence]


def _chunks(sentence: list[Piece], max_line: int) -> list[list[Piece]]:
    """A sentence cut where it must be: by preference after a comma past its middle, else where it is full."""
    chunks: list[list[Piece]] = []
    rest = sentence
    while rest:
        fits = 1
        while fits < len(rest) and _fits(rest[: fits + 1], max_line):
            fits += 1
        if fits < len(rest):
            fits = max(
                (n for n in range(fits // 2 + 1, fits + 1) if phrase_ends(rest[n - 1].text)),
                default=max(1, fits - 1) if len(rest) - fits == 1 else fits,
            )
        chunks.append(rest[:fits])
        rest = rest[fits:]
    return chunks


def _unhurried(chunks: Sequence[list[Piece]], max_line: int) -> list[list[Piece]]:
    """One sentence's chunks, those that nobody could read put with the one after them."""
    found: list[list[Piece]] = []
    for chunk in chunks:
        hurried = bool(found) and (chunk[0].start - found[-1][0].start) * 1_000 < FLASH_MS * SAMPLE_RATE
        if hurried and _holds(found[-1], chunk, max_line):
            found[-1] = [*found[-1], *chunk]
        else:
            found.append(chunk)
    return found


def _holds(one: Sequence[Piece], other: Sequence[Piece], max_line: int) -> bool:
    """Whether two chunks fit together, or a word is too wide for a line and the other lines are no wider for it."""
    alone = [_lines([piece.text for piece in chunk], max_line) for chunk in (one, other)]
    widest = max(max_line, *(_columns(line) for lines in alone for line in lines))
    return max(map(_columns, _lines([piece.text for piece in (*one, *other)], max_line))) <= widest


def _fits(words: Sequence[Piece], max_line: int) -> bool:
    long = (words[-1].end - words[0].start) * 1_000 > LONGEST_MS * SAMPLE_RATE
    return not long and max(map(_columns, _lines([w.text for w in words], max_line))) <= max_line


def _lines(texts: Sequence[str], max_line: int) -> tuple[str, ...]:
    """One line if it fits, else the two most even ones, the upper one not the longer where it can be helped."""
    whole = _joined(texts)
    if _columns(whole) <= max_line or len(texts) == 1:
        return (whole,)
    pairs = [(_joined(texts[:cut]), _joined(texts[cut:])) for cut in range(1, len(texts))]
    return min(pairs, key=lambda pair: (max(map(_columns, pair)), _columns(pair[0])))
