"""The music bed: spans of a track, one after another on the timeline, joined and faded without a click."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.timeline import MusicBed, Span
from reelforge.errors import InputError
from reelforge.sound.containers import ContainedSound, open_sound
from reelforge.sound.files import FloatWav, Sound
from reelforge.sound.resample import length, resample_blocks

Stereo = NDArray[np.float32]
"""(n, 2) at 48 kHz."""

BLOCK: Final = 1 << 16
SHORTEST_FADE: Final = 240
"""Samples; music never starts, joins or stops faster than this (5 ms), which would click."""
_LEAST_LIKE: Final = -0.5
"""Sounds that cancel each other are brought up by 3 dB at most."""
_SLACK: Final = 2_400
"""Samples that a span may reach beyond the track: an edit in whole bars of a track whose decoder trims its end."""


class Piece(Struct, frozen=True):
    """Samples of the track from ``source`` on, ``count`` of them, playing from timeline sample ``at``. Its first
    ``rise`` samples fade in and its last ``fall`` fade out, at equal power with the piece they overlap; how like the
    two are there (their correlation) is ``rise_like`` and ``fall_like``.
    """

    at: int
    source: int
    count: int
    rise: int = 0
    fall: int = 0
    rise_like: float = 0.0
    fall_like: float = 0.0


class Bed:
    """A track that was decoded to a 48 kHz stereo WAV, laid out for a timeline of ``samples`` samples."""

    def __init__(self, path: Path, bed: MusicBed, samples: int) -> None:
        self._path = path
        with Sound(path) as track:
            self._track = track.frames
            _refuse_beyond(bed.spans, self._track)
            self._pieces = _compared(lay_out(bed.spans, bed.crossfade, self._track), track)
        end = min(samples, sum(span.end - span.start for span in bed.spans))
        self._end = end
        self._samples = samples
        self._rise = min(end, max(bed.fade_in, SHORTEST_FADE))
        self._fall = min(end, max(bed.fade_out, SHORTEST_FADE))

    def blocks(self) -> Iterator[Stereo]:
        """The bed from the timeline's first sample to its last, at the track's own level; silent after its end."""
        with Sound(self._path) as track:
            for start in range(0, self._samples, BLOCK):
                stop = min(start + BLOCK, self._samples)
                block = np.zeros((stop - start, 2), np.float32)
                for piece in self._pieces:
                    if piece.at < stop and piece.at + piece.count > start and start < self._end:
                        self._add(block, start, piece, track)
                self._fade(block, start)
                yield block

    def _add(self, block: Stereo, start: int, piece: Piece, track: Sound) -> None:
        first = max(start, piece.at)
        last = min(start + len(block), piece.at + piece.count)
        within = first - piece.at
        track.seek(min(piece.source + within, self._track))
        sound = track.read(last - first)
        if within < piece.rise or within + len(sound) > piece.count - piece.fall:
            places = np.arange(within, within + len(sound)) + 0.5
            level = np.ones(len(sound))
            if piece.rise:
                level *= _equal_power(places / piece.rise, piece.rise_like)
            if piece.fall:
                level *= _equal_power((piece.count - places) / piece.fall, piece.fall_like)
            sound *= level.astype(np.float32)[:, None]
        block[first - start : first - start + len(sound)] += sound

    def _fade(self, block: Stereo, start: int) -> None:
        """Raised cosines at the bed's beginning and end."""
        rising = block[: max(0, self._rise - start)]
        rising *= _slope(start, len(rising), self._rise)
        first = max(0, self._end - self._fall - start)
        falling = block[first:]
        falling *= _slope(self._end - start - first - len(falling), len(falling), self._fall)[::-1]


def _equal_power(part: NDArray[np.float64], like: float) -> NDArray[np.float64]:
    """The level of a piece that has come in so far: what comes and what goes have one power together all along, be they
    unlike (0), where that takes sine and cosine, or the same (1), where it takes amplitudes whose sum is one.
    """
    angle = np.pi / 2 * np.clip(part, 0, 1)
    level: NDArray[np.float64] = np.sin(angle) / np.sqrt(1 + like * np.sin(2 * angle))
    return level


def _compared(pieces: tuple[Piece, ...], track: Sound) -> tuple[Piece, ...]:
    """The pieces, each knowing how like it is to its neighbours where they overlap."""
    found = list(pieces)
    for number, (before, after) in enumerate(pairwise(pieces)):
        if before.at + before.count <= after.at:
            continue
        parts = []
        for source in (before.source + before.count - before.fall, after.source):
            track.seek(source)
            parts.append(track.read(after.rise).ravel())
        size = min(map(len, parts))
        goes, comes = (part[:size].astype(np.float64) for part in parts)
        power = np.sqrt((goes @ goes) * (comes @ comes))
        like = float(np.clip(goes @ comes / power, _LEAST_LIKE, 1.0)) if power > 0 else 0.0
        found[number] = replace(found[number], fall_like=like)
        found[number + 1] = replace(found[number + 1], rise_like=like)
    return tuple(found)


def _slope(start: int, count: int, whole: int) -> Stereo:
    """Samples [start, start + count) of a raised cosine that rises over ``whole``."""
    places = np.arange(start, start + count) + 0.5
    level = 0.5 - 0.5 * np.cos(np.pi * np.clip(places / whole, 0, 1))
    return np.asarray(level[:, None], np.float32)


def lay_out(spans: Sequence[Span], crossfade: int, track: int) -> tuple[Piece, ...]:
    """Where each span plays. Each begins exactly where the one before has ended, so beats stay on their grid.

    The crossfade lies before the join, over what precedes the next span in the track, so that the first beat keeps its
    attack; where the track has nothing there, after the join, over what follows the span before. With neither, the one
    fades out before the join and the other in after it. Spans that follow each other in the track just go on.
    """
    runs = _joined(spans)
    lengths = [run.end - run.start for run in runs]
    pieces: list[Piece] = []
    at, before, rise = 0, 0, 0
    for number, (run, count) in enumerate(zip(runs, lengths, strict=True)):
        after, fall, next_before, next_rise = 0, 0, 0, 0
        if number + 1 < len(runs):
            most = min(crossfade, count // 2, lengths[number + 1] // 2)
            next_before = min(most, runs[number + 1].start)
            after = max(0, min(most - next_before, track - run.end))
            fall = next_rise = next_before + after
            if 2 * fall < most or fall == 0:
                next_before = after = 0
                fall = next_rise = min(SHORTEST_FADE, count // 2, lengths[number + 1] // 2)
        pieces.append(Piece(at - before, run.start - before, before + count + after, rise, fall))
        at += count
        before, rise = next_before, next_rise
    return tuple(pieces)


def decode(path: Path, out: Path, until: int | None, check: Callable[[], None]) -> None:
    """Write a sound file as 48 kHz stereo WAV, its first ``until`` samples (all when ``None``)."""
    with open_sound(path) as sound:
        refuse_surround(sound)
        count = length(sound.frames, sound.rate, SAMPLE_RATE)
        left = count if until is None else min(until, count)
        with FloatWav(out, SAMPLE_RATE, 2, left) as wav:
            for block in resample_blocks(sound.blocks(), sound.rate, SAMPLE_RATE):
                check()
                wav.write(stereo(block[:left]))
                left -= min(left, len(block))
                if not left:
                    break


def stereo(block: NDArray[np.float32]) -> Stereo:
    """Mono on both channels."""
    return np.repeat(block, 2, axis=1) if block.shape[1] == 1 else block


def refuse_surround(sound: Sound | ContainedSound) -> None:
    """Raises InputError for a file of more than two channels."""
    if sound.channels > 2:
        raise InputError(
            f"The sound file {sound.path} has {sound.channels} channels; one or two can be mixed.",
            remedy="Mix it down to stereo.",
        )


def _joined(spans: Sequence[Span]) -> list[Span]:
    runs: list[Span] = []
    for span in spans:
        if runs and runs[-1].end == span.start:
            runs[-1] = Span(start=runs[-1].start, end=span.end)
        else:
            runs.append(span)
    return runs


def _refuse_beyond(spans: Sequence[Span], track: int) -> None:
    for number, span in enumerate(spans):
        if span.start >= span.end or span.start >= track or span.end > track + _SLACK:
            raise InputError(
                f"audio.music.spans[{number}]: it asks for samples {span.start} to {span.end} of a track that has "
                f"{track}.",
                remedy="Choose a span within the track (samples at 48 kHz).",
            )
