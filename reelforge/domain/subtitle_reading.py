"""Subtitles and word times that a person edited, read back: SubRip, WebVTT and word-level JSON.

Editors write these formats loosely, so what means the same is taken: byte order marks, CRLF, missing numbers, a full
stop for SubRip's comma, markup, WebVTT's headers, notes and settings. What cannot be meant is refused with its line.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

from pydantic import ValidationError

from reelforge.domain.cues import SAMPLE_RATE, Word
from reelforge.domain.phrasing import parts_of
from reelforge.domain.subtitles import JOB_NOTE, Subtitle
from reelforge.errors import InputError

MOST_CHARACTERS: Final = 4_000_000
"""A file has no more than this: hours of speech have some hundred thousand."""
_CLOCK: Final = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[,.](\d{1,3})"
_TIMES: Final = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}(?:\s.*)?$")
_MARKUP: Final = re.compile(r"</?(?:[a-zA-Z][^<>]*|\d[\d:.]*)>|\{\\[^{}]*\}")
_VTT_HEAD: Final = re.compile(r"WEBVTT(?:[ \t].*)?$")
_JOB_NOTE: Final = re.compile(rf"^{JOB_NOTE} (\S+)\s*$", re.MULTILINE)
_VTT_SKIPPED: Final = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s.*)?$")

Block = tuple[int, list[str]]
"""Lines that follow each other, and the number of the first, from 1."""


def read_srt(text: str, name: str = "The subtitles") -> tuple[Subtitle, ...]:
    """The subtitles of a SubRip file, in order. ``name`` is what errors call it.

    Raises InputError, naming the line, for what is no SubRip, times that go back or overlap, and a file without any.
    """
    return _read(text, name, vtt=False)


def read_vtt(text: str, name: str = "The subtitles", job: str = "") -> tuple[Subtitle, ...]:
    """The subtitles of a WebVTT file; as :func:`read_srt`. A file that says it is of another than this ``job`` is
    refused.
    """
    if said := _JOB_NOTE.search(text):
        _refuse_job(said[1], job, name)
    return _read(text, name, vtt=True)


def read_words_json(text: str, name: str = "The words", job: str = "") -> tuple[Word, ...]:
    """Words as :func:`reelforge.domain.subtitles.words_json` writes them; a person may change texts and times, and
    leave out confidence and source, which are then those of a person. A file that says it is of another than this
    ``job`` is refused.

    Raises InputError, naming line or word, for what is no JSON, unknown keys, wrong values and words that go back.
    """
    _refuse_long(text, name)
    try:
        document = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise InputError(
            f"{name}, line {error.lineno}: this is not JSON ({error.msg}).", remedy="Correct the line."
        ) from error
    except RecursionError as error:
        raise InputError(f"{name} is nested too deeply to be words.") from error
    listed = document.get("words") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise InputError(
            f'{name}: there is no list of words; it begins {{"words": [.', remedy="Export the words and edit those."
        )
    _refuse_job(document.get("job"), job, name)
    words = tuple(_word(one, f"{name}, word {number}") for number, one in enumerate(listed, 1))
    if not words:
        raise InputError(f"{name} has no words.", remedy="Export the words and edit those.")
    for number, (before, after) in enumerate(pairwise(words), 2):
        if after.start < before.start:
            raise InputError(
                f"{name}, word {number}: {after.text!r} starts before the word in front of it.",
                remedy="Words stand in the order in which they are spoken.",
            )
    return words


def words_of(subtitles: Sequence[Subtitle]) -> tuple[Word, ...]:
    """The words that subtitles say, with times in samples: each takes of its subtitle's time the share of its length,
    counted in characters. A file with one word a subtitle keeps every time exactly.
    """
    found: list[Word] = []
    for item in subtitles:
        tokens = " ".join(item.lines).split()
        sizes = [sum(map(len, parts_of(token))) + 1 for token in tokens]
        start, length = item.start * SAMPLE_RATE // 1_000, (item.end - item.start) * SAMPLE_RATE // 1_000
        at = 0
        for token, size in zip(tokens, sizes, strict=True):
            begin = start + length * at // sum(sizes)
            at += size
            end = start + length * at // sum(sizes)
            found.append(Word(text=token, start=begin, end=end, confidence=1.0, source="person"))
    return tuple(found)


def _refuse_job(said: object, job: str, name: str) -> None:
    if said and job and said != job:
        raise InputError(
            f"{name} has the words of job {said}, not of {job}.", remedy="Export the words of this job and edit those."
        )


def _word(given: Any, where: str) -> Word:
    if not isinstance(given, dict):
        raise InputError(f"{where} is not an object.", remedy='Write {"text": "Moon", "start": 0.5, "end": 0.8}.')
    known = {"text", "start", "end", "confidence", "source"}
    for key in given:
        if key not in known:
            raise InputError(
                f"{where}: {key!r} is nothing a word has.", remedy=f"Known are: {', '.join(sorted(known))}."
            )
    text = given.get("text")
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"{where}: its text is missing.", remedy="Give it, or leave the word out.")
    if len(text.split()) > 1:
        raise InputError(f"{where}: {text!r} are several words.", remedy="Make one entry of each.")
    start, end = (_seconds(given.get(key), key, where) for key in ("start", "end"))
    if end < start:
        raise InputError(
            f"{where}: it ends at {end:g} s, before it starts at {start:g} s.", remedy="Correct its times."
        )
    values = {"text": text.strip(), "start": round(start * SAMPLE_RATE), "end": round(end * SAMPLE_RATE)}
    told = {"confidence": given.get("confidence", 1.0), "source": given.get("source", "person")}
    try:
        return Word.model_validate({**values, **told})
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        raise InputError(f"{where}: its {detail['loc'][0]} is not one ({detail['msg'].lower()}).") from error


def _seconds(given: Any, key: str, where: str) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= 1_000_000:
        raise InputError(f"{where}: its {key} is no number of seconds from 0 on.", remedy="Write seconds, as in 1.25.")
    return float(given)


def _read(text: str, name: str, *, vtt: bool) -> tuple[Subtitle, ...]:
    _refuse_long(text, name)
    blocks = list(_blocks(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")))
    if vtt:
        if not blocks or not _VTT_HEAD.match(blocks[0][1][0]):
            raise InputError(f"{name}, line 1: a WebVTT file begins with WEBVTT.", remedy="Add that line.")
        head = [(2, blocks[0][1][1:])] if any("-->" in line for line in blocks[0][1]) else []
        blocks = [*head, *(block for block in blocks[1:] if not _VTT_SKIPPED.match(block[1][0]))]
    found: list[tuple[int, Subtitle]] = []
    for first, lines in blocks:
        found.extend(_items(first, lines, name))
    if not found:
        raise InputError(f"{name} has no subtitles.", remedy="Export them and edit those.")
    for (_, before), (line, after) in pairwise(found):
        if after.start < before.end:
            raise InputError(
                f"{name}, line {line}: this subtitle starts before the one in front of it ends.",
                remedy="Subtitles stand in order and do not overlap: correct the times.",
            )
    return tuple(item for _, item in found)


def _refuse_long(text: str, name: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise InputError(f"{name} has {len(text):,} characters: that is too long for subtitles.")


def _blocks(text: str) -> Iterator[Block]:
    """Lines between empty lines."""
    first, lines = 1, list[str]()
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            first = first if lines else number
            lines.append(line)
        elif lines:
            yield first, lines
            lines = []
    if lines:
        yield first, lines


def _items(first: int, lines: list[str], name: str) -> Iterator[tuple[int, Subtitle]]:
    """The subtitles of one block: more than one where the empty line between them was lost."""
    marks = [at for at, line in enumerate(lines) if "-->" in line and (_TIMES.match(line) or not at or at == 1)]
    if not marks or marks[0] > 1:
        raise InputError(
            f"{name}, line {first}: here should be a subtitle's times, not {_shown(lines[0])}.",
            remedy="Write 00:00:01,000 --> 00:00:02,500, and the text below it; no empty line within the text.",
        )
    for number, at in enumerate(marks):
        following = marks[number + 1] if number + 1 < len(marks) else None
        end = len(lines) if following is None else following - lines[following - 1].strip().isdigit()
        line = first + at
        start, stop = _times(lines[at], f"{name}, line {line}")
        texts = tuple(shown for each in lines[at + 1 : end] if (shown := as_read(each)))
        if not texts:
            raise InputError(
                f"{name}, line {line}: this subtitle has no text.", remedy="Add it, or take the times out."
            )
        yield line, Subtitle(start=start, end=stop, lines=texts)


def _times(line: str, where: str) -> tuple[int, int]:
    """The milliseconds that a line of times names."""
    match = _TIMES.match(line)
    if match is None:
        raise InputError(f"{where}: {_shown(line)} are no times.", remedy="Write 00:00:01,000 --> 00:00:02,500.")
    parts = match.groups()
    if any(int(part) > 59 for part in (*parts[1:3], *parts[5:7])):
        raise InputError(f"{where}: minutes and seconds go up to 59.", remedy="Correct the times.")
    start, end = (_milliseconds(parts[at : at + 4]) for at in (0, 4))
    if end <= start:
        raise InputError(f"{where}: it ends before it starts, or at once.", remedy="Correct the times.")
    return start, end


def _milliseconds(parts: Sequence[str | None]) -> int:
    hours, minutes, seconds, fraction = parts
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    return whole * 1_000 + int((fraction or "0").ljust(3, "0"))


def as_read(line: str) -> str:
    """A line's words without markup (``<i>``, ``<c.red>``, SubStation's braces), its entities resolved."""
    return " ".join(html.unescape(_MARKUP.sub("", line)).split())


def _shown(line: str) -> str:
    text = line.strip()
    return f"“{text if len(text) <= 40 else text[:40] + '…'}”"
