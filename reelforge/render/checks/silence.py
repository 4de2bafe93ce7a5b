"""There is something to hear where the timeline says so."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.post import Check
from reelforge.domain.timeline import AudioPlan
from reelforge.render.evidence import TENTH, Evidence, judged, runs, warned

NAME: Final = "silence"
_SILENT: Final = 1e-3
"""−60 dBFS: below it, nothing is heard."""
_LONGEST: Final = 3.0
"""Seconds without a sound in which someone should be speaking."""
_PAUSE: Final = 0.6
"""Shorter gaps between words (s) belong to speaking."""


def check(evidence: Evidence) -> Check:
    """Passed when a Reel with speech or music is not silent as a whole, nor for more than 3 s where someone speaks; and
    one that has no sound at all is silent.
    """
    plan, levels = evidence.timeline.audio, evidence.sound.levels
    heard = bool(np.any(levels > _SILENT))
    if not (plan.speech or plan.music):
        return _unscored(evidence, heard)
    if not heard:
        return judged(
            NAME,
            False,
            "",
            "It is silent though the timeline has speech or music; check the files of audio.speech and audio.music.",
        )
    silent = (levels <= _SILENT) & _speaking(plan, len(levels))
    long = [(first, last) for first, last in runs(silent) if last - first > _LONGEST * TENTH]
    told = ", ".join(f"{first / TENTH:.1f} to {last / TENTH:.1f} s" for first, last in long)
    return judged(
        NAME,
        not long,
        "There is something to hear.",
        f"Nothing is heard from {told}, where the timeline says that someone speaks; check the speech file and "
        "audio.spoken.",
    )


def _unscored(evidence: Evidence, heard: bool) -> Check:
    """Without speech and music only effects and clips may be heard; what a clip holds may be silent too."""
    clips = [shot.clip for shot in evidence.timeline.shots if shot.clip]
    if evidence.timeline.audio.effects or any(clip.volume_db is not None for clip in clips):
        return warned(NAME, heard, "There is something to hear.", "Nothing is heard; see whether its clips are silent.")
    bad = "Something is heard though the timeline has no sound; render it again."
    return judged(NAME, not heard, "It is silent, as the timeline says.", bad)


def _speaking(plan: AudioPlan, count: int) -> NDArray[np.bool_]:
    """In which tenths of a second someone speaks, the pauses between words included."""
    speaking = np.zeros(count, np.bool_)
    before = None
    for span in sorted(plan.spoken, key=lambda span: span.start):
        joined = before is not None and span.start - before <= _PAUSE * SAMPLE_RATE
        start = before if joined and before is not None else span.start
        speaking[start * TENTH // SAMPLE_RATE : -(-span.end * TENTH // SAMPLE_RATE)] = True
        before = max(span.end, before or 0)
    return speaking
