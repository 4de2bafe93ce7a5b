"""How strong a timeline's sound is from moment to moment, where the document leaves that out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.timeline import Envelope, Timeline
from reelforge.render import effects

if TYPE_CHECKING:
    from reelforge.render.sources import Sources


def heard(timeline: Timeline, sources: Sources, check: Callable[[], None] = lambda: None) -> Timeline:
    """The timeline with ``audio.energy`` measured, where it has none and something on screen follows it: that of the
    music, or of the speech when there is no music. ``check`` is called between blocks of it and may raise. Raises
    InputError for a sound that is not there or unreadable.
    """
    sound = timeline.audio
    if sound.energy.values or not (sound.music or sound.speech) or not _followed(timeline, sources):
        return timeline
    from reelforge.domain.music import STRENGTH_STEP, laid_out  # noqa: PLC0415  # sound is read only where followed
    from reelforge.render.speech import named  # noqa: PLC0415  # likewise
    from reelforge.sound.strength import strength  # noqa: PLC0415  # likewise

    a_second = SAMPLE_RATE // STRENGTH_STEP
    if sound.music:
        with named("audio.music.track"):
            found = strength(sources.path(sound.music.track, "audio.music.track"), a_second, check)
        energy = laid_out(found, sound.music.spans, timeline.samples)
    else:
        assert sound.speech
        with named("audio.speech"):
            found = strength(sources.path(sound.speech, "audio.speech"), a_second, check)
        silent = (0.0,) * round(sound.speech_start / STRENGTH_STEP)
        energy = Envelope(step=STRENGTH_STEP, values=(*silent, *found, 0.0))
    return timeline.model_copy(update={"audio": sound.model_copy(update={"energy": energy})})


def _followed(timeline: Timeline, sources: Sources) -> bool:
    asked = {effect.name for shot in timeline.shots for effect in shot.effects}
    if any(effects.find(name).follows == "energy" for name in asked):
        return True
    if not timeline.overlays:
        return False
    from reelforge.render.overlays.template import filled  # noqa: PLC0415  # not loaded where there are none

    looks = (filled(overlay, f"overlays[{at}]", sources) for at, overlay in enumerate(timeline.overlays))
    return any(look.kind.name == "waveform" for look in looks)
