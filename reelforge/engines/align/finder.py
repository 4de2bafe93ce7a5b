"""Finding spoken words in a stretch of sound: pocketsphinx first, then energy, then pauses, then proportion.

The first two are independent of each other, so where they agree on a start it is hardly ever wrong: that, and how well
the sound fits the word, is what a word's confidence is made of (:mod:`.confidence`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from reelforge.domain.cues import WordSource
from reelforge.domain.job import StepContext
from reelforge.engines.align import confidence, energy
from reelforge.engines.align.estimate import Unit, estimate, speech_weight
from reelforge.engines.align.heard import Heard
from reelforge.engines.align.said import HOP, RATE, Place, Said, Samples
from reelforge.engines.align.sphinx.client import LONGEST_SECONDS, Laid, SphinxWorkers
from reelforge.engines.align.sphinx.decoding import Graph, Span, Spelled
from reelforge.errors import NeedsPersonError, TryLaterError

_LEAD: Final = 10
"""Frames of silence put before and after the sound, so that it does not begin in the middle of a word."""
_SHORTEST_WORD: Final = RATE // 20
"""Samples; nobody speaks faster on average."""
_DISPUTED: Final = 10
"""Frames apart, from which on something unwritten may lie between two methods."""
_NEAR: Final = 5
"""Frames that two methods may lie apart and still mean the same sound."""
_WRONG_SHARE: Final = 0.5
_FEW: Final = 0.1
"""Up to this share of words or of time in doubt a speaker keeps to the text."""


class FoundWord(Struct, frozen=True):
    """A spoken word's place in frames, how sure its start is, and by which method."""

    first: float
    end: float
    confidence: float
    source: WordSource


class Finding(Struct, frozen=True):
    """What was found in one stretch of sound; frames count from its start.

    ``words`` are all that were asked for or, where the end was open, those up to the last that is heard. ``missing``
    are the numbers of words that are not heard, ``extra`` stretches of speech ``(first, end, number of the word that
    follows)`` that no word explains, ``silences`` likewise.
    """

    words: tuple[FoundWord, ...]
    missing: tuple[int, ...] = ()
    extra: tuple[tuple[int, int, int], ...] = ()
    silences: tuple[tuple[int, int, int], ...] = ()

    @property
    def another_text(self) -> bool:
        """Whether most of the words are not heard: the sound speaks of something else."""
        return len(self.missing) > _WRONG_SHARE * len(self.words)


class Finder:
    """Finds words with what there is: ``workers`` is None where pocketsphinx is not installed.

    A worker that dies or hangs costs nothing but exactness: its words are found by energy, and ``lost`` counts them.
    """

    def __init__(self, workers: SphinxWorkers | None) -> None:
        self._workers = workers
        self.lost = 0

    @property
    def exact(self) -> bool:
        """Whether words can be found well enough to check a voice's own times, and a text against what is said."""
        return self._workers is not None

    async def find(
        self, context: StepContext, samples: Samples, words: Sequence[Said], *, judge: bool = True
    ) -> Finding:
        """Every word's place in mono speech at 16 kHz, in order. With ``judge`` also what is missing and what is extra,
        which takes four times as long.
        """
        if not words:
            return Finding(())
        found = await context.in_thread(energy.find, samples, words)
        others = dict(enumerate(_opinions(found)))
        laid = None if energy.silent(samples) else await self._lay(samples, _graph(words), judge=judge)
        if laid and laid.spans:
            return _finding(await self._heard(samples, words, others, laid, judge=judge), others)
        guess: Finding = _by_energy(found) if found else await context.in_thread(_by_pauses, samples, words)
        return guess if laid is None or not judge else _unheard(guess)

    async def follow(
        self, context: StepContext, samples: Samples, words: Sequence[Said], starts: Sequence[int]
    ) -> Finding | None:
        """The words from the first on, as far as the sound goes; speakers may skip the sentences that begin at
        ``starts`` and say other things between them. None when nothing can be told.
        """
        if energy.silent(samples):
            return None
        heard = await self._hear_on(samples, words, starts)
        if heard is None:
            found = await context.in_thread(_open_energy, samples, words)
            return _by_energy(found) if found else None
        spoken = [number for number in range(len(heard.places)) if number not in heard.missing]
        others = await context.in_thread(energy.find, samples, [words[number] for number in spoken])
        return _finding(heard, dict(zip(spoken, _opinions(others), strict=False)))

    async def _heard(
        self, samples: Samples, words: Sequence[Said], others: Mapping[int, Place], laid: Laid, *, judge: bool
    ) -> Heard:
        """What to make of the whole text as it was laid; where that is doubtful, heard again."""
        heard = Heard.of(words, samples, laid, open_end=False)
        if not judge:
            return heard
        doubts = heard.doubts()
        if len(doubts) > _WRONG_SHARE * len(words):
            return replace(heard, missing=tuple(doubts))
        disputed = [
            number for number, other in others.items() if abs(heard.places[number].first - other.first) >= _DISPUTED
        ]
        again = await self._again(samples, _graph(words), heard, doubts, disputed)
        return again.corrected(others)

    async def _hear_on(self, samples: Samples, words: Sequence[Said], starts: Sequence[int]) -> Heard | None:
        """What pocketsphinx hears from the text's beginning on. A speaker who strays far is given whole sentences to
        skip or to talk between, which takes ten times as long.
        """
        graph = _graph(words)._replace(open_end=True)
        laid = await self._lay(samples, graph, judge=True)
        if laid is None:
            return None
        heard = Heard.of(words, samples, laid, open_end=True)
        doubts = heard.doubts()
        if heard.places and len(doubts) <= _FEW * len(heard.places):
            heard = await self._again(samples, graph, heard, doubts)
            if heard.unwritten <= _FEW * len(samples) / HOP:
                return heard
        sentences = list(zip(starts, [*starts[1:], len(words)], strict=True))
        again = await self._lay(samples, graph._replace(loose=[*starts, len(words)], skips=sentences), judge=False)
        return heard.mended(again) if again and again.spans else heard

    async def _again(
        self, samples: Samples, graph: Graph, heard: Heard, doubts: Sequence[int], disputed: Sequence[int] = ()
    ) -> Heard:
        """Heard with room to stray from the text where it is in doubt; ``disputed`` words are said, but perhaps after
        something else.
        """
        places = sorted({*(place for at in doubts for place in (at, at + 1)), *heard.unexplained(), *disputed})
        if not places:
            return heard
        straying = graph._replace(loose=places, skips=[(at, at + 1) for at in doubts])
        again = await self._lay(samples, straying, judge=False)
        mended = heard.mended(again) if again and again.spans else heard
        return mended if mended.missing or mended.extra else heard

    async def _lay(self, samples: Samples, graph: Graph, *, judge: bool) -> Laid | None:
        if self._workers is None or not graph.words or not all(any(word.phones) for word in graph.words):
            return None
        if len(samples) > LONGEST_SECONDS * RATE:
            return None
        silence = np.zeros(_LEAD * HOP, np.float32)
        try:
            laid = await self._workers.lay(np.concatenate([silence, samples, silence]), graph, judge=judge)
        except (TryLaterError, NeedsPersonError):
            self.lost += 1
            return None
        most = len(samples) // HOP

        def inside(frame: int) -> int:
            return min(max(0, frame - _LEAD), most)

        spans = tuple(Span(word, inside(first), inside(end), score) for word, first, end, score in laid.spans)
        return Laid(spans, laid.free[_LEAD : _LEAD + most])


def _open_energy(samples: Samples, words: Sequence[Said]) -> energy.Found | None:
    return energy.find(samples, words, open_end=True)


def _opinions(found: energy.Found | None) -> Sequence[Place]:
    return found.places if found and confidence.energy_tells(found.range_db) else ()


def _finding(heard: Heard, others: Mapping[int, Place]) -> Finding:
    places = heard.places
    starts = [_start(place, others.get(number)) for number, place in enumerate(places)]
    found: list[FoundWord] = []
    for number, place in enumerate(places):
        if number in heard.missing:
            sure = confidence.NOT_HEARD
        else:
            sure = confidence.by_sphinx(place, others.get(number), judged=heard.free is not None)
        follows = number + 1 < len(places) and places[number + 1].first <= place.end
        end = starts[number + 1] if follows else max(place.end, starts[number])
        found.append(FoundWord(starts[number], end, sure, "aligned"))
    return Finding(tuple(found), heard.missing, heard.extra, heard.silences)


def _start(place: Place, other: Place | None) -> float:
    """Half-way between two methods that nearly agree, nearer to the truth than either; else the first's."""
    if other is None or abs(other.first - place.first) > _NEAR:
        return place.first
    return (place.first + other.first) / 2


def _by_energy(found: energy.Found) -> Finding:
    sure = confidence.by_energy(found.range_db, found.pace)
    return Finding(tuple(FoundWord(place.first, place.end, sure, "energy") for place in found.places))


def _unheard(guess: Finding) -> Finding:
    """The same, but that no way leads through the text: it is not what is said."""
    words = tuple(replace(word, confidence=confidence.NOT_HEARD) for word in guess.words)
    return Finding(words, tuple(range(len(words))))


def _by_pauses(samples: Samples, words: Sequence[Said]) -> Finding:
    units = [Unit(speech_weight([word.text]), word.pause) for word in words]
    most = 1.0 if len(samples) >= _SHORTEST_WORD * len(words) else confidence.GUESSED
    return Finding(
        tuple(
            FoundWord(guess.start // HOP, guess.end // HOP, min(most, guess.confidence), guess.source)
            for guess in estimate(samples, RATE, units)
        )
    )


def _graph(words: Sequence[Said]) -> Graph:
    return Graph([Spelled(word.text.lower() if word.english else "", [" ".join(word.phones)]) for word in words])
