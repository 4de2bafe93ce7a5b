"""A person's edit of the words: what a file says, held against the words that were known, and made an alignment again.

Whatever the file leaves as it was keeps its time to the sample, how it was found and how sure that is; what it changes
is a person's. Scenes keep their words, so that their boundaries move with them.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

from reelforge.domain.captions import bare
from reelforge.domain.cues import SAMPLE_RATE, Alignment, SceneWords, Word
from reelforge.domain.subtitle_reading import as_read, words_of
from reelforge.domain.subtitles import Subtitle, subtitles, word_subtitles
from reelforge.domain.tokens import tokens
from reelforge.errors import InputError

MILLISECOND: Final = SAMPLE_RATE // 1_000
"""Samples. A person's times are no finer: what is past a bound by less is put on it."""
LONGEST_WORD: Final = 200
"""Letters; as timelines have it."""
_SHORTEST_MS: Final = 60
"""A word that a subtitle gains takes at least this; where the pause has less, it shares the time of the word before."""
_MOST_TIMES: Final = 3
_LEAST_SHARE: Final = 3
"""A file with more than three times the words, or with less than a third of the letters in words that are said, is
another Reel's.
"""


class Timed(NamedTuple):
    """A word with its times in whole ticks: samples, or milliseconds in subtitles."""

    text: str
    start: int
    end: int


def edited(known: Alignment, given: Sequence[Word], name: str = "The words") -> Alignment:
    """The alignment that ``given`` words (in samples, in order) make of the ``known`` one; ``name`` is what errors call
    them. Unchanged words give the known alignment itself.

    Raises InputError, naming the word by its number from 1, for words of another text and for times that overlap or lie
    outside the narration.
    """
    shown = [Timed(word.text, word.start, word.end) for word in known.words]
    asked = [Timed(word.text, word.start, word.end) for word in given]
    return _edited(known, shown, asked, name, SAMPLE_RATE, str)


def edited_by_subtitles(
    known: Alignment, given: Sequence[Subtitle], name: str = "The subtitles", language: str = "en"
) -> Alignment:
    """The same of subtitles in order: those of :func:`word_subtitles`, of :func:`subtitles`, or cut otherwise.

    A subtitle that begins and ends with words that are known, or with one that was published, keeps their times;
    within another the words share its time by their length.
    """
    shown = [Timed(item.lines[0], item.start, item.end) for item in word_subtitles(known.words)]
    asked = [word for item in _told(known, shown, given, language) for word in item]
    return _edited(known, shown, asked, name, 1_000, as_read)


def _edited(
    known: Alignment, shown: list[Timed], asked: list[Timed], name: str, rate: int, read: Callable[[str], str]
) -> Alignment:
    """``rate`` is how many ticks a second has, ``read`` what is left of a text that was written and read back."""
    if len(asked) > _MOST_TIMES * len(shown) + _MOST_TIMES:
        raise _foreign(name, f"it has {len(asked):,} words, and {len(shown):,} are said in this Reel.")
    if not asked:
        raise InputError(f"{name} has no words.", remedy="Export the words and edit those.")
    _refuse_unshowable(asked, name)
    pairs = _pairs(shown, asked, read)
    _refuse_foreign(shown, asked, pairs, name)
    words = known.words
    found: list[Word] = []
    kept: list[bool] = []
    for one, at in zip(asked, pairs, strict=True):
        old = words[at] if at is not None else None
        was = shown[at] if at is not None else None
        start = old.start if old and was and one.start == was.start else one.start * SAMPLE_RATE // rate
        end = old.end if old and was and one.end == was.end else one.end * SAMPLE_RATE // rate
        text = old.text if old and read(one.text) == read(old.text) else one.text
        kept.append(old is not None and (start, end) == (old.start, old.end))
        if old and kept[-1]:
            found.append(old.model_copy(update={"text": text}))
        else:
            found.append(Word(text=text, start=start, end=max(start, end), confidence=1.0, source="person"))
    fitted = _fitted(found, kept, known.samples, name)
    return known if tuple(fitted) == words else _regrouped(known, fitted, pairs)


def _pairs(shown: Sequence[Timed], asked: Sequence[Timed], read: Callable[[str], str]) -> list[int | None]:
    """Which known word each asked one is: by text and time, else by text, else where as many were replaced."""
    texts = [[read(word.text) for word in side] for side in (shown, asked)]
    if texts[0] == texts[1]:
        return list(range(len(asked)))
    found: list[int | None] = [None] * len(asked)
    timed = zip(texts, (shown, asked), strict=True)
    exact = [[(text, word.start) for text, word in zip(side, words, strict=True)] for side, words in timed]
    spelt = [[bare(text) or text for text in side] for side in texts]
    for known, given in _gaps(exact[0], exact[1], found, range(len(shown)), range(len(asked))):
        for rest, others in _gaps(spelt[0], spelt[1], found, known, given):
            if len(rest) == len(others):
                for at, number in zip(rest, others, strict=True):
                    found[number] = at
    return found


def _gaps(
    left: Sequence[Hashable], right: Sequence[Hashable], found: list[int | None], known: range, given: range
) -> Iterator[tuple[range, range]]:
    """Note in ``found`` what is alike within two stretches, and give the stretches that are left."""
    matcher = SequenceMatcher(None, [left[at] for at in known], [right[at] for at in given], autojunk=False)
    first = second = 0
    for block in matcher.get_matching_blocks():
        if first < block.a or second < block.b:
            yield known[first : block.a], given[second : block.b]
        for step in range(block.size):
            found[given[block.b + step]] = known[block.a + step]
        first, second = block.a + block.size, block.b + block.size


def _refuse_unshowable(asked: Sequence[Timed], name: str) -> None:
    for number, word in enumerate(asked, 1):
        if len(word.text) > LONGEST_WORD:
            raise InputError(
                f"{name}, word {number}: {len(word.text):,} letters cannot be read; {LONGEST_WORD} are the most."
            )
        if any(unicodedata.category(letter) == "Cc" for letter in word.text):
            raise InputError(f"{name}, word {number}: {word.text!r} has signs that no font can draw.")


def _refuse_foreign(shown: Sequence[Timed], asked: Sequence[Timed], pairs: Sequence[int | None], name: str) -> None:
    """Words of another text. As many words at the very same times are this Reel's, however they are spelt now."""
    said = [shown[at].text if at is not None else "" for at in pairs]
    alike = [word for word, known in zip(asked, said, strict=True) if bare(known) == bare(word.text)]
    letters = max(sum(len(word.text) for word in shown), sum(len(word.text) for word in asked))
    if _LEAST_SHARE * sum(len(word.text) for word in alike) >= letters:
        return
    if [word[1:] for word in shown] != [word[1:] for word in asked]:
        raise _foreign(name, f"of its {len(asked):,} words, {len(alike):,} are said in this Reel.")


def _foreign(name: str, why: str) -> InputError:
    return InputError(
        f"{name} belongs to another text: {why}", remedy="Export the words of this job, and edit and import those."
    )


def _fitted(words: Sequence[Word], kept: Sequence[bool], samples: int, name: str) -> list[Word]:
    """The words with what lies past a bound by less than a millisecond put on it. Raises InputError for more."""
    found: list[Word] = []
    for number, word in enumerate(words):
        if kept[number] or word.end <= samples:
            found.append(word)
        elif word.end < samples + MILLISECOND:
            found.append(_timed(word, min(word.start, samples), samples))
        else:
            raise InputError(
                f"{name}, word {number + 1}: {word.text!r} ends at {_seconds(word.end)}, but the narration is over at "
                f"{_seconds(samples)}.",
                remedy="Correct its times.",
            )
        before = found[-2] if number else None
        if before is None or word.start >= before.end or (kept[number] and kept[number - 1]):
            continue
        if before.end - word.start >= MILLISECOND or word.start < before.start:
            raise InputError(
                f"{name}, word {number + 1}: {word.text!r} starts at {_seconds(word.start)}, before {before.text!r} "
                f"has ended at {_seconds(before.end)}.",
                remedy="Words follow one another and do not overlap: correct the times.",
            )
        if kept[number - 1]:
            found[-1] = _timed(word, before.end, max(before.end, word.end))
        else:
            found[-2] = _timed(before, before.start, word.start)
    return found


def _timed(word: Word, start: int, end: int) -> Word:
    return word.model_copy(update={"start": start, "end": end})


def _seconds(samples: int) -> str:
    return f"{samples / SAMPLE_RATE:.3f} s"


def _regrouped(known: Alignment, words: Sequence[Word], pairs: Sequence[int | None]) -> Alignment:
    """The words by scenes: each where the word was that it is, a new one where its time lies between its neighbours."""
    home = [number for number, scene in enumerate(known.scenes) for _ in scene.words]
    begins = [scene.words[0].start if scene.words else scene.start for scene in known.scenes]
    settled = [None if at is None else home[at] for at in pairs]
    lowest = list(accumulate((0 if scene is None else scene for scene in settled), max))
    last = len(known.scenes) - 1
    highest = list(accumulate((last if scene is None else scene for scene in reversed(settled)), min))[::-1]
    grouped: list[list[Word]] = [[] for _ in known.scenes]
    at = 0
    for word, scene, low, high in zip(words, settled, lowest, highest, strict=True):
        middle = (word.start + word.end) // 2
        by_time = next((number for number in range(high, low, -1) if begins[number] <= middle), low)
        at = max(at, by_time if scene is None else scene)
        grouped[at].append(word)
    return known.model_copy(update={"scenes": _bounded(known, grouped)})


def _bounded(known: Alignment, grouped: Sequence[Sequence[Word]]) -> tuple[SceneWords, ...]:
    """Scenes whose stretches hold their words; a scene whose words are others has no notes any more."""
    said = list(accumulate((max((word.end for word in words), default=0) for words in grouped), max))
    firsts = (min((word.start for word in words), default=known.samples) for words in reversed(grouped))
    coming = list(accumulate(firsts, min))[::-1]
    found: list[SceneWords] = []
    for number, (scene, words) in enumerate(zip(known.scenes, grouped, strict=True)):
        start = scene.start if number == 0 else min(max(scene.start, said[number - 1]), coming[number])
        final = number + 1 == len(known.scenes)
        end = max(scene.end, said[number]) if final else min(max(scene.end, said[number]), coming[number + 1])
        notes = scene.notes if tuple(words) == scene.words else ()
        found.append(SceneWords(start=start, end=end, words=tuple(words), notes=notes))
    return tuple(found)


def _told(known: Alignment, shown: Sequence[Timed], given: Sequence[Subtitle], language: str) -> Iterator[list[Timed]]:
    """The words of each subtitle, in milliseconds."""
    starts, ends = [word.start for word in shown], {word.end for word in shown}
    published = {item.start: item.end for item in subtitles(known.words, language=language)}
    final = max(published, default=0)
    for item in given:
        at = bisect_left(starts, item.start)
        inside = shown[at : bisect_left(starts, item.end)]
        whole = bool(inside) and inside[0].start == item.start and item.end in ends
        # The last one that was published is cut off by the end of the video, which is not known here.
        reaches = bool(inside) and item.start == final and item.end >= inside[-1].end
        if whole or published.get(item.start) == item.end or reaches:
            yield _retold(tokens(" ".join(item.lines)) if len(inside) > 1 else _words(item), item, inside)
        else:
            yield _shared(_words(item), item.start, item.end)


def _words(item: Subtitle) -> tuple[str, ...]:
    return tuple(" ".join(item.lines).split())


def _retold(texts: Sequence[str], item: Subtitle, inside: Sequence[Timed]) -> list[Timed]:
    """A subtitle whose time is as it was: its words keep theirs, new ones stand where there is room."""
    asked = [Timed(text, 0, 0) for text in texts]
    pairs = _pairs([Timed(word.text, -1, -1) for word in inside], asked, as_read)
    known = [None if at is None else inside[at] for at in pairs]
    found: list[Timed] = []
    number = 0
    while number < len(asked):
        one = known[number]
        if one is not None:
            found.append(Timed(texts[number], one.start, one.end))
            number += 1
            continue
        stop = next((later for later in range(number, len(asked)) if known[later] is not None), len(asked))
        after = known[stop] if stop < len(asked) else None
        run, start = list(texts[number:stop]), found[-1].end if found else item.start
        end = after.start if after else max(start, min(item.end, inside[-1].end))
        if found and end - start < _SHORTEST_MS * len(run):
            before = found.pop()
            run, start = [before.text, *run], before.start
        found += _shared(run, start, end)
        number = stop
    return found


def _shared(texts: Sequence[str], start: int, end: int) -> list[Timed]:
    """Words that share milliseconds ``[start, end)`` by their length."""
    if not texts:
        return []
    words = words_of([Subtitle(start=start, end=max(end, start + 1), lines=(" ".join(texts),))])
    edges = [*(word.start // MILLISECOND for word in words), max(end, start + 1)]
    return [Timed(text, *span) for text, span in zip(texts, pairwise(edges), strict=True)]
