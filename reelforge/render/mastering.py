"""The finished mix: the gain at which what AAC plays has the loudness and the peaks that were promised.

A lossy encoder moves peaks and leaves out the highest tones, so what is promised is measured behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from reelforge.domain.timeline import AudioPlan
from reelforge.domain.value import Value
from reelforge.render import aac
from reelforge.render.bed import BLOCK, Stereo
from reelforge.render.evidence import SoundTrack
from reelforge.sound.files import Sound
from reelforge.sound.levelling import TOLERANCE_LU, Gain, Levels
from reelforge.sound.loudness import SILENCE_DBTP, SILENCE_LUFS

Check = Callable[[], None]
Listen = Callable[[Path], SoundTrack]

CODEC_MARGIN_DB: Final = 0.5
"""How far below the ceiling the mix is tried first; AAC at usual rates seldom adds more."""
_OTHER_ENCODER_DB: Final = 0.1
"""What another version or maker of decoder may add."""
_TRIES: Final = 8
_NEAR_LU: Final = 0.15
"""How far off the loudness that is heard may be without encoding once more: half of what is promised."""
_TRIM_DB: Final = 0.05


class Mixed(Value):
    """Integrated loudness in LUFS and true peak in dBTP of a mix as a player plays it; −70 and −120 for silence."""

    loudness: float
    true_peak: float


def master(
    premix: Path, levels: Levels, plan: AudioPlan, out: Path, bitrate: int, check: Check, listen: Listen
) -> tuple[Gain, SoundTrack]:
    """Encode the mix at the gain whose result has the plan's loudness below its ceiling as AAC plays it, which
    ``listen`` tells of the encoded file.
    """
    target, ceiling, trim = plan.loudness, plan.true_peak - CODEC_MARGIN_DB, 0.0
    for left in reversed(range(_TRIES)):
        gain = levels.gain(target, ceiling).changed(trim)
        aac.encode(ridden(premix, gain, check), out, bitrate)
        heard = listen(out)
        mixed = mixed_as(heard)
        over = mixed.true_peak - (plan.true_peak - _OTHER_ENCODER_DB)
        off = plan.loudness - mixed.loudness
        spent = gain.loudness - trim < target - TOLERANCE_LU  # the limiter has nothing more to give
        if over <= 0 and (abs(off) <= _NEAR_LU or (spent and off > 0)):
            break
        target += off
        if over > 0:
            ceiling -= over + _TRIM_DB
            trim -= over + _TRIM_DB if left == 1 else 0.0
    return gain, heard


def mixed_as(heard: SoundTrack) -> Mixed:
    """What is told of a mix that was heard."""
    return Mixed(loudness=max(heard.loudness, SILENCE_LUFS), true_peak=max(heard.true_peak, SILENCE_DBTP))


def ridden(premix: Path, gain: Gain, check: Check) -> Iterator[Stereo]:
    """The mix under a gain, block by block; ``check`` is called before each and may raise."""
    at = 0
    for block in _read(premix):
        check()
        yield gain.apply(block, at)
        at += len(block)


def _read(path: Path) -> Iterator[Stereo]:
    with Sound(path) as sound:
        yield from sound.blocks(BLOCK)
