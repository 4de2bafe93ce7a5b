"""Where a track is cut so that it fills a Reel: always on bar lines, and the beat never drifts.

Bar lines of a steady track are counted as fractions and rounded to samples once, so a hundred bars of 140 BPM
(82 285 5⁄7 samples each) end where they should. A track whose tempo is not steady has each beat written down.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Final, NamedTuple

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.music import Track
from reelforge.domain.timeline import Span

_JOIN: Final = 480
"""Samples that parts overlap where the track was made to go round there."""
_WIDE_JOIN: Final = 2_400
"""Samples that parts overlap where they only resemble each other (50 ms)."""
_SHORTEST_FADE: Final = 24_000
_LONGEST_FADE: Final = 192_000
_SHORTEST_RELEASE: Final = 9_600
_FEWEST_BARS: Final = 2
"""That must be heard before a track's own ending begins."""


class Cut(NamedTuple):
    """The parts of a track that fill a Reel, how much of their end fades out and how long they overlap, in samples."""

    spans: tuple[Span, ...]
    fade_out: int
    crossfade: int


def cut(track: Track, samples: int, length: int, *, made_to_loop: bool) -> Cut:
    """The parts of a track of ``length`` samples that fill ``samples``, with a real ending: the track's own, spliced in
    on its bar line so that it has died away when the Reel ends, or else a fade over the Reel's last bar.

    ``made_to_loop`` says that the loop's ends fit to the sample. Raises ValueError as :func:`spans_for` does.
    """
    ended = _with_own_ending(track, samples, length)
    if ended is not None:
        return ended
    spans = spans_for(track, samples, length)
    last = _last_bar(track, spans[-1])
    fade = min(max(_SHORTEST_FADE, min(last, _LONGEST_FADE)), samples // 2)
    return Cut(spans, fade, _JOIN if made_to_loop else _WIDE_JOIN)


def _with_own_ending(track: Track, samples: int, length: int) -> Cut | None:
    """With the track's own ending, where it has one and the Reel is long enough for it.

    The ending is whole bars, the Reel is not: so the music begins with a later beat of its first bar, and what is left,
    less than a beat, is taken off the end, where the last note is dying away.
    """
    if track.outro_bar is None or track.outro_bar <= _FEWEST_BARS:
        return None
    line = bar_line(track, track.outro_bar)
    end = length if track.ends is None else min(length, round(track.ends * SAMPLE_RATE))
    before = samples - (end - line)
    if end <= line or before < bar_line(track, _FEWEST_BARS) - bar_line(track, 0):
        return None
    loop_end = min(track.loop_end_bar, track.outro_bar)
    loop_start = track.loop_start_bar if track.loop_start_bar < loop_end else 0
    changed = {"bars": track.outro_bar, "loop_start_bar": loop_start, "loop_end_bar": loop_end}
    body = spans_for(track.model_copy(update=changed), before, length)
    early = max(0, sum(span.end - span.start for span in body) - before)
    skipped = max(beat - body[0].start for beat in beats_within(track, body[0]) if beat - body[0].start <= early)
    late = early - skipped
    spans = (Span(start=body[0].start + skipped, end=body[0].end), *body[1:], Span(start=line, end=end - late))
    return Cut(spans, min(max(_SHORTEST_RELEASE, 2 * late), (end - line) // 2), _WIDE_JOIN)


def _last_bar(track: Track, span: Span) -> int:
    """How many samples the last bar of a span has."""
    lines = [bar_line(track, bar) for bar in range(track.bars + 1)]
    first, last = min(pairwise(lines), key=lambda pair: abs(pair[1] - span.end))
    return last - first


def bar_samples(track: Track) -> Fraction:
    """The exact length of a bar of a steady track in samples at 48 kHz; of another, the usual one."""
    return Fraction(60 * SAMPLE_RATE * track.beats_per_bar) / Fraction(str(track.bpm))


def bar_line(track: Track, bar: int) -> int:
    """The sample at which a bar (counted from 0) begins, rounded to nearest."""
    if track.beats:
        return track.beats[bar * track.beats_per_bar]
    return round(Fraction(str(track.first_beat)) * SAMPLE_RATE + bar * bar_samples(track))


def beats_within(track: Track, span: Span) -> list[int]:
    """The track's samples within a span at which a beat falls. Spans begin within a sample of a bar line, which then is
    their first beat.
    """
    if track.beats:
        return [max(beat, span.start) for beat in track.beats if span.start - 1 <= beat < span.end]
    beat, first = bar_samples(track) / track.beats_per_bar, Fraction(str(track.first_beat)) * SAMPLE_RATE
    number, found = ceil((span.start - 1 - first) / beat), []
    while (place := round(first + number * beat)) < span.end:
        found.append(max(place, span.start))
        number += 1
    return found


def bars_for(track: Track, samples: int) -> int:
    """How many whole bars it takes to fill ``samples`` at 48 kHz."""
    return -(-samples // bar_samples(track))


def loops_for(track: Track, samples: int) -> int:
    """How many times the track must go back to its loop's start to fill ``samples``."""
    if track.beats:
        head = bar_line(track, track.loop_end_bar) - bar_line(track, 0)
        loop = bar_line(track, track.loop_end_bar) - bar_line(track, track.loop_start_bar)
        return 0 if bar_line(track, track.bars) - bar_line(track, 0) >= samples else -(-(samples - head) // loop)
    bars = bars_for(track, samples)
    if bars <= track.bars:
        return 0
    return -(-(bars - track.loop_end_bar) // (track.loop_end_bar - track.loop_start_bar))


def spans_for(track: Track, samples: int, length: int) -> tuple[Span, ...]:
    """The parts of a track of ``length`` samples that fill ``samples``: from its first bar on, then its loop, again and
    again, up to the first bar line at or after the end; what goes beyond is for the fade.

    Each cut lies within one sample of a bar line, and the spans up to any of them last as long as exact bars do,
    rounded to a sample: the beat never drifts. (Only a file with nothing after its last bar line and nothing before its
    loop loses the fraction of a sample it lacks each time round.) Raises ValueError when there is nothing to fill or
    the file ends before the track's last bar line.
    """
    if samples <= 0:
        raise ValueError(f"a bed of {samples} samples was asked for")
    if bar_line(track, track.bars) > length + 1:
        raise ValueError(f"{track.file} has {length} samples and ends before its bar {track.bars}")
    if track.beats:
        return _uneven_spans(track, samples)
    wanted = bars_for(track, samples)
    exact = bar_samples(track)
    spans: list[Span] = []
    start, end = 0, track.bars if wanted <= track.bars else track.loop_end_bar
    bars = played = 0
    while bars < wanted:
        count = min(end - start, wanted - bars)
        bars += count
        first, line = bar_line(track, start), bar_line(track, start + count)
        last = max(line - 1, min(first + round(bars * exact) - played, line + 1))
        early = min(first, 1) if last > length else 0
        first, last = first - early, min(last - early, length)
        played += last - first
        spans.append(Span(start=first, end=last))
        start, end = track.loop_start_bar, track.loop_end_bar
    return tuple(spans)


def _uneven_spans(track: Track, samples: int) -> tuple[Span, ...]:
    """As :func:`spans_for`, where each bar has its own length: every cut is on a bar line, to the sample."""
    spans: list[Span] = []
    start, end = 0, track.bars if loops_for(track, samples) == 0 else track.loop_end_bar
    left = samples
    while left > 0:
        first = bar_line(track, start)
        lines = (bar_line(track, bar) for bar in range(start + 1, end + 1))
        last = next((line for line in lines if line - first >= left), bar_line(track, end))
        spans.append(Span(start=first, end=last))
        left -= last - first
        start, end = track.loop_start_bar, track.loop_end_bar
    return tuple(spans)
