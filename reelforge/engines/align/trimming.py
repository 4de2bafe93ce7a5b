"""Shortening the silences of a recording: at its ends and where the speaker waits; breaths and words are left alone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.sound.files import Sound

LEAD: Final = SAMPLE_RATE * 200 // 1000
TAIL: Final = SAMPLE_RATE * 350 // 1000
INNER: Final = SAMPLE_RATE * 600 // 1000
"""What is left of silence at the front, at the end, and between words."""
_HOP: Final = SAMPLE_RATE // 100
_QUIET_DB: Final = 35.0
"""Under loud syllables, or, in a noisy room,"""
_OVER_NOISE_DB: Final = 6.0
"""over its noise, but always"""
_LEAST_DB: Final = 15.0
"""under loud syllables."""
_FADE: Final = SAMPLE_RATE // 200

Span = tuple[int, int]


class Kept(Struct, frozen=True):
    """What is kept of a recording: spans in its samples, ascending, apart."""

    spans: tuple[Span, ...]

    @property
    def samples(self) -> int:
        return sum(end - start for start, end in self.spans)

    def moved(self, sample: int) -> int:
        """Where a sample of the recording lies in what is kept; what was cut lies where it was cut out."""
        starts = [start for start, _ in self.spans]
        before = list(accumulate((end - start for start, end in self.spans), initial=0))
        number = bisect_right(starts, sample) - 1
        if number < 0:
            return 0
        start, end = self.spans[number]
        return before[number] + min(sample, end) - start


def trim(audio: Path, speech: Sequence[Span], samples: int, check: Callable[[], None]) -> Kept:
    """What to keep of a mono recording when the silences around and between ``speech`` (ascending) are shortened."""
    quiet = _quiet(audio, check)
    ends = [0, *(end for _, end in speech)]
    starts = [*(start for start, _ in speech), samples]
    cuts: list[Span] = []
    for number, (first, last) in enumerate(zip(ends, starts, strict=True)):
        at_front, at_end = number == 0, number == len(speech)
        left = LEAD if at_front else TAIL if at_end else INNER
        runs = [run for run in _runs(quiet, first, last) if run[1] - run[0] > left]
        cuts += [_middle(run, left, whole_front=at_front, whole_end=at_end) for run in runs]
    edges = [0, *(edge for cut in cuts for edge in cut), samples]
    return Kept(tuple(span for span in zip(edges[::2], edges[1::2], strict=True) if span[1] > span[0]))


def write_kept(audio: Path, kept: Kept, out: Path, check: Callable[[], None]) -> None:
    """Write what is kept as 24-bit FLAC, each piece with soft edges."""
    with Sound(audio) as sound, soundfile.SoundFile(out, "w", SAMPLE_RATE, 1, "PCM_24", format="FLAC") as file:
        for start, end in kept.spans:
            sound.seek(start)
            for at, block in _blocks(sound, end - start):
                check()
                file.write(block * _edges(at, len(block), end - start))


def _blocks(sound: Sound, count: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
    at = 0
    while at < count:
        block = sound.read(min(SAMPLE_RATE, count - at))[:, 0]
        yield at, block
        at += len(block)


def _edges(at: int, count: int, total: int) -> NDArray[np.float32]:
    places = np.arange(at, at + count)
    rise = np.minimum(places + 1, total - places) / _FADE
    return np.minimum(rise, 1.0).astype(np.float32)


def _quiet(audio: Path, check: Callable[[], None]) -> NDArray[np.bool_]:
    """Whether each 10 ms is silence."""
    powers: list[NDArray[np.float64]] = []
    with Sound(audio) as sound:
        for block in sound.blocks(_HOP * 1000):
            check()
            padded = np.pad(block[:, 0], (0, -len(block) % _HOP)).reshape(-1, _HOP)
            powers.append(np.mean(np.square(padded, dtype=np.float64), axis=1))
    level = 10 * np.log10(np.concatenate(powers) + 1e-12)
    loud, noise = np.percentile(level, 95), np.percentile(level, 5)
    return np.asarray(level < min(loud - _LEAST_DB, max(loud - _QUIET_DB, noise + _OVER_NOISE_DB)))


def _runs(quiet: NDArray[np.bool_], first: int, last: int) -> list[Span]:
    """Quiet stretches within ``[first, last)``, in samples."""
    begin, end = -(-first // _HOP), last // _HOP
    inner = np.concatenate([[False], quiet[begin:end], [False]])
    flips = np.flatnonzero(np.diff(inner))
    return [((begin + a) * _HOP, (begin + b) * _HOP) for a, b in pairwise(flips.tolist()) if inner[a + 1]]


def _middle(run: Span, left: int, *, whole_front: bool, whole_end: bool) -> Span:
    """What to cut of a run so that ``left`` samples stay: beside the speech at the recording's ends, else on both
    sides.
    """
    start, end = run
    if whole_front:
        return start, end - left
    if whole_end:
        return start + left, end
    return start + left // 2, end - (left - left // 2)
