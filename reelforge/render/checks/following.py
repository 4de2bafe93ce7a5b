"""What is to follow the music has something to follow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reelforge.domain.post import Check
from reelforge.domain.timeline import Timeline
from reelforge.render import effects
from reelforge.render.evidence import Evidence, warned

NAME: Final = "following"


def check(evidence: Evidence) -> Check:
    """A warning when an effect or a waveform does nothing because the timeline says nothing of beats or strength."""
    still = dict.fromkeys(_still(evidence.timeline))
    return warned(
        NAME,
        not still,
        "All that follows the music has music to follow.",
        " ".join(still),
    )


def _still(timeline: Timeline) -> Iterator[str]:
    sound = timeline.audio
    lacking = {"beats": not sound.beats, "energy": not any(sound.energy.values)}
    for index, shot in enumerate(timeline.shots):
        for number, effect in enumerate(shot.effects):
            key = effects.find(effect.name).follows
            if key and lacking[key]:
                yield _told(f"shots[{index}].effects[{number}]: the effect “{effect.name}”", key)
                lacking[key] = False
    silent = not any(sound.energy.values)
    for index, overlay in enumerate(timeline.overlays):
        if silent and overlay.template == "waveform":
            yield _told(f"overlays[{index}]: the waveform", "energy")


def _told(what: str, key: str) -> str:
    if key == "beats":
        return f"{what} stands still, for audio.beats names no beat; give the beats’ samples there."
    return f"{what} stands still, for audio.energy is 0 throughout, or empty and there is no music or speech."
