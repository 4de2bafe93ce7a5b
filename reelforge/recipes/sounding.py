"""The sound of a timeline: speech, the music beneath it with its beats and strength, and short sounds. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from reelforge.domain.cues import SAMPLE_RATE, Alignment, Narration
from reelforge.domain.look import Look
from reelforge.domain.music import Bed, laid_out, played
from reelforge.domain.timeline import AudioPlan, Card, Envelope, MusicBed, Shot, SoundEffect, Source, Span
from reelforge.engines.music.cutting import beats_within


def audio_plan(
    narration: Narration,
    alignment: Alignment,
    bed: Bed | None,
    look: Look,
    samples: int,
    effects: Sequence[SoundEffect] = (),
) -> AudioPlan:
    """What is heard in a timeline of ``samples`` samples."""
    return AudioPlan(
        speech=Source(sha256=narration.audio.sha256),
        spoken=_spoken(alignment),
        music=_music(bed, look),
        beats=_beats(bed, samples) if bed else (),
        energy=laid_out(bed.strength, bed.spans, samples) if bed else Envelope(),
        effects=tuple(effects),
        ducking=look.music.ducking,
        loudness=look.loudness,
        true_peak=look.true_peak,
    )


def sound_effects(shots: Sequence[Shot], cards: Sequence[Card], look: Look) -> tuple[SoundEffect, ...]:
    """The short sounds a look asks for, in order: in the middle of transitions, and as cards come."""
    wanted, rate = look.sound_effects, look.rate
    starts = accumulate((shot.frames for shot in shots), initial=0)
    found = [
        (start + shot.transition.frames // 2, wanted.transitions)
        for start, shot in zip(starts, shots, strict=False)
        if shot.transition.name != "cut" and shot.transition.frames
    ]
    found += [(card.first, wanted.hook if card.kind == "hook" else wanted.cards) for card in cards]
    return tuple(
        SoundEffect(name=name, at=rate.sample_at(frame), gain_db=wanted.gain_db)
        for frame, name in sorted(found)
        if name
    )


def _spoken(alignment: Alignment) -> tuple[Span, ...]:
    """Stretches in which someone speaks, words closer than 0.2 s joined."""
    spans: list[Span] = []
    for word in alignment.words:
        if word.end <= word.start:
            continue
        if spans and word.start - spans[-1].end < SAMPLE_RATE // 5:
            spans[-1] = Span(start=spans[-1].start, end=max(word.end, spans[-1].end))
        else:
            spans.append(Span(start=word.start, end=word.end))
    return tuple(spans)


def _music(bed: Bed | None, look: Look) -> MusicBed | None:
    if bed is None:
        return None
    return MusicBed(
        track=Source(sha256=bed.asset.sha256),
        spans=bed.spans,
        fade_in=240,
        fade_out=bed.fade_out,
        crossfade=bed.crossfade,
        gain_db=look.music.gain_db,
    )


def _beats(bed: Bed, samples: int) -> tuple[int, ...]:
    """The samples of the timeline at which the music has a beat."""
    found: list[int] = []
    for at, span in played(bed.spans, samples):
        found += [at + beat - span.start for beat in beats_within(bed.track, span)]
    return tuple(found)
