"""The sound effects of a timeline, made when their moment comes and laid into the mix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import pi, sqrt
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.domain.timeline import AudioPlan, SoundEffect, Span
from reelforge.errors import InputError
from reelforge.render.naming import unknown
from reelforge.sound import effects
from reelforge.sound.loudness import amplitude

Stereo = NDArray[np.float32]
_EARLIEST: Final = 2 * effects.RATE
"""Samples before its moment at which an effect begins at most."""
_SHARE: Final = 0.5
"""Of the music's ducking, for effects that sound while someone speaks: they are short, and meant to be heard."""


class _Placed(Struct, frozen=True):
    """An effect on the timeline: its samples begin at ``start``, which may lie before the timeline's first."""

    start: int
    wave: Stereo


def refuse_unusable(chosen: Sequence[SoundEffect], samples: int) -> None:
    """Raises InputError, naming the place, for an effect nobody has or one after the end."""
    for index, effect in enumerate(chosen):
        where = f"audio.effects[{index}]"
        if effect.name not in effects.names():
            raise unknown("sound effect", effect.name, effects.names(), f"{where}.name")
        if effect.at >= samples:
            raise InputError(f"{where}.at: at sample {effect.at:,} the video is over; it has {samples:,}.")


def with_effects(blocks: Iterable[Stereo], plan: AudioPlan, beside: float) -> Iterator[Stereo]:
    """The mix with its sound effects, which count as loud at 0 dB when they have ``beside`` LUFS. One that is
    spoken over for a quarter of its length is quieter. Only those that sound just now are held.
    """
    waiting = sorted(plan.effects, key=lambda effect: (effect.at, effect.name))
    sounding: list[_Placed] = []
    at = 0
    for block in blocks:
        end = at + len(block)
        while waiting and waiting[0].at < end + _EARLIEST:
            sounding.append(_placed(waiting.pop(0), plan, beside))
        for effect in sounding:
            first, last = max(at, effect.start), min(end, effect.start + len(effect.wave))
            if first < last:
                block[first - at : last - at] += effect.wave[first - effect.start : last - effect.start]
        sounding = [effect for effect in sounding if effect.start + len(effect.wave) > end]
        yield block
        at = end


def _placed(effect: SoundEffect, plan: AudioPlan, beside: float) -> _Placed:
    wave, heart = effects.made(effect.name, effect.at)
    start = effect.at - heart
    ducked = plan.ducking.depth_db * _SHARE if _spoken_over(plan.spoken, start, start + len(wave)) else 0.0
    level = amplitude(beside - effects.LOUDNESS + effect.gain_db + ducked)
    angle = pi / 4 * (1 + effect.pan)
    sides = np.array([np.cos(angle), np.sin(angle)]) * sqrt(2)
    return _Placed(start, np.asarray(wave * (level * sides), np.float32))


def _spoken_over(spoken: Sequence[Span], start: int, end: int) -> bool:
    """Whether someone speaks during a quarter of [start, end) or more."""
    over = sum(max(0, min(end, span.end) - max(start, span.start)) for span in spoken)
    return 4 * over >= end - start
