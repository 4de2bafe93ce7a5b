"""The sound of a rendition: speech, the music beneath it and what else is heard, as platforms play it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.timeline import AudioPlan, MusicBed, Source
from reelforge.render import hearing
from reelforge.render.bed import BLOCK, Bed, Stereo, decode
from reelforge.render.ducking import Ducker
from reelforge.render.keys import Remembered, made_anew
from reelforge.render.mastering import Check, Mixed, master, mixed_as, ridden
from reelforge.render.sound_effects import with_effects
from reelforge.render.speech import Speech, named, open_speech
from reelforge.sound.files import FloatWav, Sound
from reelforge.sound.levelling import Levels
from reelforge.sound.loudness import LoudnessMeter, amplitude

if TYPE_CHECKING:
    from reelforge.render.clips.sound import ClipSound

Resolve = Callable[[Source], Path]

NARRATION_LUFS: Final = -16.0
"""What music and effects are set against when nobody speaks."""


def mix(
    plan: AudioPlan,
    samples: int,
    resolve: Resolve,
    out: Path,
    check: Check,
    *,
    audio_bitrate: int = 128_000,
    clips: Sequence[ClipSound] = (),
    uncoded: Path | None = None,
    remembered: Remembered = made_anew,
) -> Mixed:
    """Write the sound of a timeline of ``samples`` samples to ``out``: AAC-LC at ``audio_bitrate`` bit/s in an MP4, as
    :func:`reelforge.render.aac.encode` makes it; and as it was before that to ``uncoded``, a 48 kHz stereo float WAV.

    Decoded, its loudness is the plan's within ±0.15 LU where the peaks allow it, and its true peak at or below the
    plan's. A plan without sound gives digital silence. The same plan gives the same bytes. ``clips`` are the sounds of
    shots, at their own level, ducked under speech as the music is. Sound is streamed through files beside ``out``,
    which are removed. ``check`` is called between blocks and may raise. ``remembered`` is told what is
    heard of it. Raises InputError, naming the place in the timeline, for sound that is missing,
    unreadable or too short.
    """
    with _whole(out), _scratch(out, "track") as track, _scratch(out, "premix") as premix:
        speech = open_speech(plan, samples, resolve)
        bed = _open_bed(plan.music, samples, resolve, track, check)
        beside = _beside(speech, check) if bed or plan.effects else NARRATION_LUFS
        music = 0.0 if bed is None or plan.music is None else _music_gain(beside, bed, plan.music, check)
        with ExitStack() as stack:
            heard = [(clip, _extracted(clip, number, out, stack, check)) for number, clip in enumerate(clips)]
            summed = _with_clips(_sum(plan, samples, speech, bed, amplitude(music)), plan, heard)
            summed = with_effects(summed, plan, beside) if plan.effects else summed
            levels = Levels(SAMPLE_RATE)
            _write(premix, samples, _checked(_measured(summed, levels), check))
        listen = partial(hearing.ahead, samples=samples, stop=check)
        gain, heard_in = master(premix, levels, plan, out, audio_bitrate, check, listen)
        hearing.remember(heard_in, out, samples, remembered)
        if uncoded is not None:
            _write(uncoded, samples, ridden(premix, gain, check))
        return mixed_as(heard_in)


def _open_bed(music: MusicBed | None, samples: int, resolve: Resolve, track: Path, check: Check) -> Bed | None:
    if music is None:
        return None
    with named("audio.music.track"):
        until = max(span.end for span in music.spans) + music.crossfade
        decode(resolve(music.track), track, until, check)
    return Bed(track, music, samples)


def _beside(speech: Speech | None, check: Check) -> float:
    """The speech's own loudness on the timeline."""
    loudness = _loudness(speech.blocks(), check) if speech else NARRATION_LUFS
    return loudness if isfinite(loudness) else NARRATION_LUFS


def _music_gain(beside: float, bed: Bed, music: MusicBed, check: Check) -> float:
    """Decibels that bring the music to the speech's loudness, and then by ``gain_db``."""
    own = _loudness(bed.blocks(), check)
    return beside - own + music.gain_db if isfinite(own) else 0.0


def _sum(
    plan: AudioPlan, samples: int, speech: Speech | None, bed: Bed | None, music_factor: float
) -> Iterator[Stereo]:
    ducker = Ducker(plan.spoken, plan.ducking)
    spoken = speech.blocks() if speech else _silence(samples)
    played = bed.blocks() if bed else _silence(samples)
    at = 0
    for voice, music in zip(spoken, played, strict=True):
        level = ducker.gain(at, at + len(music)) * np.float32(music_factor)
        yield voice + music * level[:, None]
        at += len(music)


def _extracted(clip: ClipSound, number: int, out: Path, stack: ExitStack, check: Check) -> Path:
    from reelforge.render.clips.sound import extract  # noqa: PLC0415  # libav's filters are loaded for clips alone

    path = stack.enter_context(_scratch(out, f"clip-{number}"))
    extract(clip, path, check)
    return path


def _with_clips(blocks: Iterable[Stereo], plan: AudioPlan, clips: Sequence[tuple[ClipSound, Path]]) -> Iterator[Stereo]:
    """The mix with the sound of shots where they are. One file is open at a time, for shots follow one another."""
    ducker, at = Ducker(plan.spoken, plan.ducking), 0
    for block in blocks:
        end = at + len(block)
        for clip, path in clips:
            first, last = max(at, clip.at), min(end, clip.at + clip.samples)
            if first < last:
                with Sound(path) as sound:
                    sound.seek(first - clip.at)
                    level = ducker.gain(first, last) * np.float32(amplitude(clip.gain_db))
                    block[first - at : last - at] += sound.read(last - first) * level[:, None]
        yield block
        at = end


def _measured(blocks: Iterable[Stereo], levels: Levels) -> Iterator[Stereo]:
    for block in blocks:
        levels.add(block)
        yield block


def _write(path: Path, samples: int, blocks: Iterable[Stereo]) -> None:
    with FloatWav(path, SAMPLE_RATE, 2, samples) as wav:
        for block in blocks:
            wav.write(block)


def _loudness(blocks: Iterable[Stereo], check: Check) -> float:
    meter = LoudnessMeter(SAMPLE_RATE, 2)
    for block in _checked(blocks, check):
        meter.add(block)
    return meter.integrated()


def _silence(samples: int) -> Iterator[Stereo]:
    for at in range(0, samples, BLOCK):
        yield np.zeros((min(BLOCK, samples - at), 2), np.float32)


def _checked(blocks: Iterable[Stereo], check: Check) -> Iterator[Stereo]:
    for block in blocks:
        check()
        yield block


@contextmanager
def _whole(out: Path) -> Iterator[None]:
    """Leaves no part of a file when the work is broken off."""
    try:
        yield
    except BaseException:
        out.unlink(missing_ok=True)
        raise


@contextmanager
def _scratch(out: Path, what: str) -> Iterator[Path]:
    path = out.with_name(f"{out.name}.{what}.wav")
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
