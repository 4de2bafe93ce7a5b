"""Where a track is cut so that it fills a Reel: always on bar lines, and the beat never drifts.

Bar lines are counted as fractions and rounded to samples once, so a hundred bars of 140 BPM (82 285 5⁄7 samples each)
end where they should.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.music import Track
from reelforge.domain.timeline import Span


def bar_samples(track: Track) -> Fraction:
    """The exact length of a bar in samples at 48 kHz."""
    return Fraction(60 * SAMPLE_RATE * track.beats_per_bar) / Fraction(str(track.bpm))


def bar_line(track: Track, bar: int) -> int:
    """The sample at which a bar (counted from 0) begins, rounded to nearest."""
    return round(Fraction(str(track.first_beat)) * SAMPLE_RATE + bar * bar_samples(track))


def beats_within(track: Track, span: Span) -> list[int]:
    """The track's samples within a span at which a beat falls. Spans begin within a sample of a bar line, which then is
    their first beat.
    """
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
