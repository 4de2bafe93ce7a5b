"""A voice of any length made fit to publish, in bounded memory: :func:`.dynamics.speech_chain` from tape to file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from reelforge.sound.dynamics import high_pass, pressed
from reelforge.sound.files import BLOCK
from reelforge.sound.levelling import solve
from reelforge.sound.loudness import LoudnessMeter
from reelforge.sound.tape import Samples, Tape

Check = Callable[[], None]

PART: Final = 8 * BLOCK
"""Samples filtered at once: 11 s at 48 kHz."""
_CONTEXT: Final = 2 * BLOCK
"""Samples heard around each part: 2.7 s, in which the slowest release falls to 10⁻¹⁰. In whole blocks, as parts are:
filters then meet the same pieces as they do in the whole, and round as they do there.
"""


def voice_loudness(tape: Tape, rate: int, check: Check, part: int = PART) -> float:
    """LUFS of the voice without what lies below it (:func:`.dynamics.high_pass`); −∞ for silence."""
    meter = LoudnessMeter(rate, 1)
    for _, clear in _parts(tape, rate, check, lambda clear: clear, part):
        meter.add(clear)
    return meter.integrated()


def master(
    tape: Tape, out: Path, rate: int, loudness: float, *, target: float, ceiling: float, check: Check, part: int = PART
) -> None:
    """Write a voice of ``loudness`` LUFS (:func:`voice_loudness`) as 24-bit FLAC of the same length at ``target`` LUFS,
    peaks under ``ceiling`` dBTP.

    The tape is used up. ``part`` (samples, whole blocks) only decides how much is held at once. ``check`` is called
    between parts and may raise.
    """
    for start, done in _parts(tape, rate, check, lambda clear: pressed(clear, rate, loudness), part):
        tape.write(start, done)
    gain = solve(tape.blocks, rate, target=target, ceiling=ceiling, check=check)
    with soundfile.SoundFile(out, "w", rate, 1, "PCM_24", format="FLAC") as made:
        for number, block in enumerate(tape.blocks()):
            check()
            made.write(gain.apply(block, number * BLOCK))


def _parts(
    tape: Tape, rate: int, check: Check, change: Callable[[Samples], Samples], size: int
) -> Iterator[tuple[int, Samples]]:
    """The high-passed and changed sound part by part, each heard with what is around it.

    The caller may overwrite a part once it has it: its end is remembered for the next.
    """
    before = np.zeros(0, np.float32)
    for start in range(0, len(tape), size):
        check()
        part = tape.read(start, size + _CONTEXT)
        own = min(size, len(tape) - start)
        done = change(high_pass(np.concatenate([before, part]), rate))
        lead = len(before)
        before = np.concatenate([before, part[:own]])[-_CONTEXT:]
        yield start, done[lead : lead + own]
