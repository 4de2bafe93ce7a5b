"""The narration on the timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.timeline import AudioPlan, Source
from reelforge.errors import InputError
from reelforge.render.bed import BLOCK, Stereo, refuse_surround, stereo
from reelforge.sound.containers import open_sound
from reelforge.sound.resample import length, resample_blocks

_LATE: Final = 4_800
"""Samples by which a last word may outlast the pictures (0.1 s, the error of word times)."""
_CUT_FADE: Final = 480


class Speech(Struct, frozen=True):
    """A speech file on the timeline: silent before ``start``, faded at the timeline's end when it goes on beyond."""

    path: Path
    start: int
    samples: int
    cut: bool

    def blocks(self) -> Iterator[Stereo]:
        sound = self._sound()
        for at in range(0, self.samples, BLOCK):
            block = sound.take(min(BLOCK, self.samples - at))
            if self.cut and at + len(block) > self.samples - _CUT_FADE:
                left = np.clip((self.samples - np.arange(at, at + len(block))) / _CUT_FADE, 0, 1)
                block = block * left.astype(np.float32)[:, None]
            yield block

    def _sound(self) -> _Pull:
        def source() -> Iterator[Stereo]:
            yield np.zeros((min(self.start, self.samples), 2), np.float32)
            with named("audio.speech"), open_sound(self.path) as sound:
                yield from map(stereo, resample_blocks(sound.blocks(), sound.rate, SAMPLE_RATE))

        return _Pull(source())


class _Pull:
    """Blocks of any length in, blocks of the length asked for out; silence when nothing more comes."""

    def __init__(self, blocks: Iterator[Stereo]) -> None:
        self._blocks = blocks
        self._held = np.zeros((0, 2), np.float32)

    def take(self, count: int) -> Stereo:
        parts, have = [self._held], len(self._held)
        while have < count and (block := next(self._blocks, None)) is not None:
            parts.append(block)
            have += len(block)
        if have < count:
            parts.append(np.zeros((count - have, 2), np.float32))
        whole = np.concatenate(parts)
        self._held = whole[count:].copy()
        return whole[:count]


def open_speech(plan: AudioPlan, samples: int, resolve: Callable[[Source], Path]) -> Speech | None:
    """The plan's narration. Raises InputError when it is missing, unreadable, or would be cut off amid a word."""
    if plan.speech is None:
        return None
    last = max((span.end for span in plan.spoken), default=0)
    if last > samples + _LATE:
        raise InputError(
            f"audio.spoken: words go on until {last / SAMPLE_RATE:.2f} s, but the pictures end at "
            f"{samples / SAMPLE_RATE:.2f} s, so speech would be cut off.",
            remedy="Lengthen the last shot, or shorten the speech.",
        )
    with named("audio.speech"):
        path = resolve(plan.speech)
        with open_sound(path) as sound:
            refuse_surround(sound)
            end = plan.speech_start + length(sound.frames, sound.rate, SAMPLE_RATE)
    return Speech(path, plan.speech_start, samples, cut=end > samples)


@contextmanager
def named(where: str) -> Iterator[None]:
    """Says at which place of the timeline a sound is that cannot be used."""
    try:
        yield
    except InputError as error:
        if error.message.startswith(where):
            raise
        raise InputError(f"{where}: {error.message}", remedy=error.remedy) from error
