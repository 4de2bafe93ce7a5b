"""The sound of a rendition: speech and the music beneath it, at the loudness that platforms play."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.timeline import AudioPlan, MusicBed, Source
from reelforge.domain.value import Value
from reelforge.errors import InputError
from reelforge.render.aac import through_aac
from reelforge.render.bed import BLOCK, Bed, Stereo, decode, refuse_surround, stereo
from reelforge.render.ducking import Ducker
from reelforge.sound.dynamics import Gain, solve
from reelforge.sound.files import FloatWav, Sound
from reelforge.sound.loudness import SILENCE_DBTP, SILENCE_LUFS, LoudnessMeter, PeakMeter, amplitude, decibels
from reelforge.sound.resample import length, resample_blocks

if TYPE_CHECKING:
    from reelforge.render.clips.sound import ClipSound

Resolve = Callable[[Source], Path]
Check = Callable[[], None]

NARRATION_LUFS: Final = -16.0
"""What music is set against when nobody speaks."""
CODEC_MARGIN_DB: Final = 0.5
"""How far below the ceiling the mix is tried first; AAC at usual rates seldom adds more."""
_OTHER_ENCODER_DB: Final = 0.1
"""What another version or maker of encoder may add."""
_SMALL_TRIM_DB: Final = 0.12
"""Rather than mixing again, the whole is made quieter by so much: well within what loudness may differ."""
_CODEC_TRIES: Final = 4
_LATE: Final = 4_800
"""Samples by which a last word may outlast the pictures (0.1 s, the error of word times)."""
_CUT_FADE: Final = 480


class Mixed(Value):
    """Integrated loudness in LUFS and true peak in dBTP of a mix; −70 and −120 for silence."""

    loudness: float
    true_peak: float


def mix(
    plan: AudioPlan,
    samples: int,
    resolve: Resolve,
    out: Path,
    check: Check,
    *,
    audio_bitrate: int = 128_000,
    clips: Sequence[ClipSound] = (),
) -> Mixed:
    """Write the sound of a timeline of ``samples`` samples to ``out``: a 48 kHz stereo float WAV of just that length.

    The loudness is the plan's, ±0.1 LU where the peaks allow it; the true peak stays at or below the plan's both here
    and after AAC at ``audio_bitrate`` bit/s. A plan without sound gives digital silence. The same plan gives the same
    bytes. ``clips`` are the sounds of shots, at their own level, ducked under speech as the music is. Sound is streamed
    through files beside ``out``, which are removed. ``check`` is called between blocks and may
    raise. Raises InputError, naming the place in the timeline, for sound that is missing, unreadable or too short.
    """
    with _scratch(out, "track") as track, _scratch(out, "premix") as premix:
        speech = _open_speech(plan, samples, resolve)
        bed = _open_bed(plan.music, samples, resolve, track, check)
        if speech is None and bed is None and not clips:
            _write(out, samples, _silence(samples), check)
            return Mixed(loudness=SILENCE_LUFS, true_peak=SILENCE_DBTP)
        music = 0.0 if bed is None or plan.music is None else _music_gain(speech, bed, plan.music, check)
        with ExitStack() as stack:
            heard = [(clip, _extracted(clip, number, out, stack, check)) for number, clip in enumerate(clips)]
            _write(premix, samples, _with_clips(_sum(plan, samples, speech, bed, amplitude(music)), plan, heard), check)
        gain = _master(premix, plan, audio_bitrate, check)
        _write(out, samples, _ridden(premix, gain), check)
        return Mixed(loudness=max(gain.loudness, SILENCE_LUFS), true_peak=max(gain.peak, SILENCE_DBTP))


@dataclass(frozen=True)
class _Speech:
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
            with _named("audio.speech"), Sound(self.path) as sound:
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


def _open_speech(plan: AudioPlan, samples: int, resolve: Resolve) -> _Speech | None:
    if plan.speech is None:
        return None
    last = max((span.end for span in plan.spoken), default=0)
    if last > samples + _LATE:
        raise InputError(
            f"audio.spoken: words go on until {last / SAMPLE_RATE:.2f} s, but the pictures end at "
            f"{samples / SAMPLE_RATE:.2f} s, so speech would be cut off.",
            remedy="Lengthen the last shot, or shorten the speech.",
        )
    with _named("audio.speech"):
        path = resolve(plan.speech)
        with Sound(path) as sound:
            refuse_surround(sound)
            end = plan.speech_start + length(sound.frames, sound.rate, SAMPLE_RATE)
    return _Speech(path, plan.speech_start, samples, cut=end > samples)


def _open_bed(music: MusicBed | None, samples: int, resolve: Resolve, track: Path, check: Check) -> Bed | None:
    if music is None:
        return None
    with _named("audio.music.track"):
        until = max(span.end for span in music.spans) + music.crossfade
        decode(resolve(music.track), track, until, check)
    return Bed(track, music, samples)


def _music_gain(speech: _Speech | None, bed: Bed, music: MusicBed, check: Check) -> float:
    """Decibels that bring the music to the speech's own loudness on the timeline, and then by ``gain_db``."""
    beside = _loudness(speech.blocks(), check) if speech else NARRATION_LUFS
    own = _loudness(bed.blocks(), check)
    reference = beside if isfinite(beside) else NARRATION_LUFS
    return reference - own + music.gain_db if isfinite(own) else 0.0


def _sum(
    plan: AudioPlan, samples: int, speech: _Speech | None, bed: Bed | None, music_factor: float
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


def _master(premix: Path, plan: AudioPlan, bitrate: int, check: Check) -> Gain:
    """The gain to the plan's loudness whose result stays below the ceiling as it is and as AAC plays it."""
    ceiling, left = plan.true_peak - CODEC_MARGIN_DB, _CODEC_TRIES
    while True:
        gain = solve(lambda: _read(premix), SAMPLE_RATE, target=plan.loudness, ceiling=ceiling, check=check)
        if not isfinite(gain.loudness):
            return gain
        left -= 1
        over = _peak(through_aac(_ridden(premix, gain), bitrate), check) - (plan.true_peak - _OTHER_ENCODER_DB)
        if over <= 0:
            return gain
        if over <= _SMALL_TRIM_DB or not left:
            return gain.changed(-over)
        ceiling = min(ceiling, gain.peak) - over


def _ridden(premix: Path, gain: Gain) -> Iterator[Stereo]:
    at = 0
    for block in _read(premix):
        yield gain.apply(block, at)
        at += len(block)


def _read(path: Path) -> Iterator[Stereo]:
    with Sound(path) as sound:
        yield from sound.blocks(BLOCK)


def _write(path: Path, samples: int, blocks: Iterable[Stereo], check: Check) -> None:
    with FloatWav(path, SAMPLE_RATE, 2, samples) as wav:
        for block in _checked(blocks, check):
            wav.write(block)


def _loudness(blocks: Iterable[Stereo], check: Check) -> float:
    meter = LoudnessMeter(SAMPLE_RATE, 2)
    for block in _checked(blocks, check):
        meter.add(block)
    return meter.integrated()


def _peak(blocks: Iterable[Stereo], check: Check) -> float:
    meter = PeakMeter(SAMPLE_RATE)
    for block in _checked(blocks, check):
        meter.add(block)
    return decibels(float(meter.finish().max(initial=0.0)))


def _silence(samples: int) -> Iterator[Stereo]:
    for at in range(0, samples, BLOCK):
        yield np.zeros((min(BLOCK, samples - at), 2), np.float32)


def _checked(blocks: Iterable[Stereo], check: Check) -> Iterator[Stereo]:
    for block in blocks:
        check()
        yield block


@contextmanager
def _named(where: str) -> Iterator[None]:
    """Says at which place of the timeline a sound is that cannot be used."""
    try:
        yield
    except InputError as error:
        if error.message.startswith(where):
            raise
        raise InputError(f"{where}: {error.message}", remedy=error.remedy) from error


@contextmanager
def _scratch(out: Path, what: str) -> Iterator[Path]:
    path = out.with_name(f"{out.name}.{what}.wav")
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
