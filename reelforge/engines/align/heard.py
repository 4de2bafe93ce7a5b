"""What pocketsphinx heard of a text: where each word lies, which it doubts, and what the text does not explain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Self

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from reelforge.engines.align.said import HOP, Place, Said, Samples
from reelforge.engines.align.sphinx.client import Laid
from reelforge.engines.align.sphinx.decoding import SILENCE, SOUND, Span

DOUBTED_FIT: Final = -15.0
"""Some 2 % of right words fit worse than this, a frame, and most wrong ones do. Those in doubt are heard again."""
_SHORTEST_DOUBTED: Final = 3
"""Phones; shorter words tell too little."""
_LONGEST_PHONE: Final = 25.0
"""Frames a phone, on average over a word: longer ones hide something that is not in the text."""
_LONG_SILENCE: Final = 25
_EARLIER: Final = 5
_CORRECTED_FIT: Final = -10.0
"""A fit as that of words which are mostly right."""
_SAME_SILENCE: Final = 1
_SOUNDING: Final = 0.1
"""Of the power of loud syllables (−10 dB): what goes on like this is no silence."""
_SOUNDING_SHARE: Final = 0.2
_SHORTEST_EXTRA: Final = 25
_LONG_EXTRA: Final = 35
_SAME_EXTRA: Final = 60


class Heard(Struct, frozen=True):
    """``places`` has one entry a word, or where the end was open one for each word up to the last that is heard; those
    of ``missing`` words, which are not heard, are empty. ``extra`` are stretches of unwritten speech ``(first frame,
    end, number of the word that follows)``, ``silences`` likewise.
    """

    words: Sequence[Said]
    places: tuple[Place, ...]
    sounding: NDArray[np.bool_]
    open_end: bool
    silences: tuple[tuple[int, int, int], ...] = ()
    missing: tuple[int, ...] = ()
    extra: tuple[tuple[int, int, int], ...] = ()
    free: NDArray[np.float64] | None = None
    """The running sum of each frame's score when any sound may follow any other."""

    @classmethod
    def of(cls, words: Sequence[Said], samples: Samples, laid: Laid, *, open_end: bool) -> Self:
        """Make sense of a worker's spans, which hold every word or, where skipping was allowed, most of them."""
        free = np.concatenate([[0.0], np.cumsum(laid.free)]) if laid.free else None
        blank = cls(words, (), _sounding(samples), open_end, free=free)
        return blank.mended(laid)

    def mended(self, laid: Laid) -> Self:
        """The same sound as a worker heard it by another graph."""
        found = {span.word: Place(span.first, span.end, _fit(span, self.free)) for span in laid.spans if span.word >= 0}
        reached = max(found, default=-1) + 1 if self.open_end else len(self.words)
        places: list[Place] = []
        for number in range(reached):
            before = places[-1].end if places else 0
            places.append(found.get(number, Place(before, before)))
        extra = _stretches(laid.spans, SOUND, _SAME_EXTRA)
        return replace(
            self,
            places=tuple(places),
            silences=_stretches(laid.spans, SILENCE, _SAME_SILENCE),
            missing=tuple(number for number in range(reached) if number not in found),
            extra=tuple(one for one in extra if one[1] - one[0] >= _SHORTEST_EXTRA and self._sounds(one[0], one[1])),
        )

    def corrected(self, others: Mapping[int, Place]) -> Self:
        """With the words begun earlier before which pocketsphinx hears silence where there is sound, or, although they
        fit badly, something else, when the energy of the sound (``others``) has them begin there.
        """
        places = list(self.places)
        short = [one for one in self.extra if one[1] - one[0] < _LONG_EXTRA and one[2] < len(places)]
        wrong = [one for one in short if places[one[2]].fit < DOUBTED_FIT]
        loud = [one for one in self.silences if one[2] < len(places) and self._sounds(one[0], one[1])]
        taken: set[tuple[int, int, int]] = set()
        for first, end, number in (*wrong, *loud):
            other = others.get(number)
            if other and number not in self.missing and first - _EARLIER <= other.first < end:
                places[number] = Place(other.first, max(places[number].end, other.first), _CORRECTED_FIT)
                taken.add((first, end, number))
        return replace(self, places=tuple(places), extra=tuple(one for one in self.extra if one not in taken))

    @property
    def unwritten(self) -> int:
        """Frames of speech that is not in the text."""
        return sum(end - first for first, end, _ in self.extra)

    def doubts(self) -> list[int]:
        """The words that the sound does not bear out: bad fits, and phones too long to be true."""
        return [
            number
            for number, (word, place) in enumerate(zip(self.words, self.places, strict=False))
            if (len(word.phones) >= _SHORTEST_DOUBTED and place.fit < DOUBTED_FIT)
            or place.end - place.first > _LONGEST_PHONE * max(1, len(word.phones))
        ]

    def unexplained(self) -> list[int]:
        """The numbers of words before which a silence was heard that is full of sound."""
        return [
            number for first, end, number in self.silences if end - first >= _LONG_SILENCE and self._sounds(first, end)
        ]

    def _sounds(self, first: int, end: int) -> bool:
        return bool(self.sounding[first:end].mean() > _SOUNDING_SHARE) if end > first else False


def _sounding(samples: Samples) -> NDArray[np.bool_]:
    """Which frames are nearly as loud as loud syllables are."""
    count = len(samples) // HOP
    power = np.mean(np.square(samples[: count * HOP].reshape(count, HOP), dtype=np.float64), axis=1)
    return np.asarray(power > _SOUNDING * np.percentile(power, 95))


def _fit(span: Span, free: NDArray[np.float64] | None) -> float:
    """How much better, a frame, the word explains its frames than any sounds would."""
    if free is None or span.end <= span.first:
        return 0.0
    end, first = (min(edge, len(free) - 1) for edge in (span.end, span.first))
    return float(span.score - (free[end] - free[first])) / (span.end - span.first)


def _stretches(spans: Sequence[Span], kind: int, gap: int) -> tuple[tuple[int, int, int], ...]:
    """Runs of spans of one kind, joined over gaps of up to so many frames, with the number of the word after each."""
    following: list[int] = []
    number = max((span.word for span in spans), default=-1) + 1
    for span in reversed(spans):
        number = span.word if span.word >= 0 else number
        following.append(number)
    runs: list[tuple[int, int, int]] = []
    for span, after in zip(spans, reversed(following), strict=True):
        if span.word != kind:
            continue
        if runs and runs[-1][2] == after and span.first - runs[-1][1] <= gap:
            runs[-1] = (runs[-1][0], span.end, after)
        else:
            runs.append((span.first, span.end, after))
    return tuple(runs)
