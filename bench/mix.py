"""The mix as a player hears it: five scripts over a track of each music preset, measured on what the AAC decodes to.

    python bench/mix.py

Every script is spoken by espeak-ng, whose word times duck the music. Loudness and true peak are measured by this
project's meter and, next to it, by ffmpeg's. How deep the music is ducked, and how early or late, is found by fitting
the voice and the music, each alone as it went in, to what came out: the depth from the shares of the music where it
is ducked and where it is not, the times as those at which the envelope explains most of the sound.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio
import av
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from reelforge import resources
from reelforge.domain.timeline import AudioPlan, Ducking, MusicBed, Source, Span
from reelforge.engines.voice import espeak
from reelforge.jobs.plain import PlainContext
from reelforge.render.bed import Bed, decode
from reelforge.render.ducking import ducking_gain, merge
from reelforge.render.mix import mix
from reelforge.sound import files
from reelforge.sound.dynamics import speech_chain
from reelforge.sound.loudness import integrated, true_peak
from reelforge.store.assets import FileAssets

RATE = 48_000
BITRATE = 128_000
SCRIPTS = {
    "facts": (
        "The Moon slips away from us, 3.8 cm every year.",
        "That is as fast as your fingernails grow.",
        "The culprit is the tide.",
        "In 600 million years, the last total eclipse will be over.",
    ),
    "tips": (
        "Three habits will save you an hour a day.",
        "First, write tomorrow's list tonight.",
        "Second, answer messages twice, not two hundred times.",
        "Third, stop when the timer rings.",
    ),
    "news": (
        "The city council has approved the new bridge.",
        "Work begins in March, and will cost $25 million.",
        "Not everyone is pleased.",
        "Residents fear two years of noise, dust and detours.",
    ),
    "story": (
        "Nobody had opened the door in forty years.",
        "Behind it stood a piano, and on the piano a letter.",
        "It was addressed to her.",
        "She sat down slowly, and she began to play.",
    ),
    "list": (
        "Five. Sea otters hold hands.",
        "Four. Crows remember faces, and they tell their friends.",
        "Three. A shrimp can break glass.",
        "Two. Whales sing in dialects; one was never answered.",
    ),
}
PAUSES = (0.3, 1.8, 0.5, 2.0)
"""Seconds before each sentence but the first: two are filled with music, and two are not."""
LEAD, TAIL = 2.0, 3.0
FITTED_MS = np.arange(-80, 81, 2)
TARGETS = {"loudness": 0.3, "peak": -1.0, "depth": 1.0, "timing": 20}
Wave = NDArray[np.float32]


@dataclass(frozen=True)
class Voice:
    """A narration of ``samples`` on the timeline, and when someone speaks."""

    path: Path
    wave: Wave
    spoken: tuple[Span, ...]


@dataclass(frozen=True)
class Row:
    """What was measured of one mix: LUFS, dBTP, dB of ducking, and by how many ms the slopes are late."""

    loudness: float
    peak: float
    depth: float
    fall: float
    rise: float
    ffmpeg: tuple[float, float]
    cpu: float

    @property
    def missed(self) -> list[str]:
        good = {
            "loudness": abs(self.loudness + 14) <= TARGETS["loudness"],
            "peak": self.peak <= TARGETS["peak"],
            "depth": abs(self.depth - Ducking().depth_db) <= TARGETS["depth"],
            "timing": max(abs(self.fall), abs(self.rise)) <= TARGETS["timing"],
        }
        return [name for name, met in good.items() if not met]


async def narrated(folder: Path) -> dict[str, Voice]:
    """Every script as espeak-ng says it, sentence by sentence, through the chain for speech."""
    context = PlainContext(FileAssets(folder / "assets"), limits={"voice": anyio.CapacityLimiter(1)})
    engine = espeak.Engine(espeak.Options())
    voices = {}
    try:
        for name, sentences in SCRIPTS.items():
            at, parts, spoken = round(LEAD * RATE), [], []
            for number, sentence in enumerate(sentences):
                said = await context.step(engine.speak, sentence, "en")
                at += round(PAUSES[number % len(PAUSES)] * RATE) if number else 0
                spoken += [Span(start=at + word.start, end=at + word.end) for word in said.words]
                parts.append((at, files.read(context.assets.path(said.audio))[0]))
                at += said.samples
            wave = np.zeros(at + round(TAIL * RATE), np.float32)
            for start, part in parts:
                wave[start : start + len(part)] = part
            wave = speech_chain(wave, RATE)
            files.write(folder / f"{name}.wav", wave, RATE)
            voices[name] = Voice(folder / f"{name}.wav", wave, tuple(span for span in spoken if span.end > span.start))
    finally:
        await engine.aclose()
    return voices


def presets() -> dict[str, Path]:
    """The first shipped track of each mood."""
    found: dict[str, Path] = {}
    for sidecar in sorted(resources.folder("music").glob("*.toml")):
        told = tomllib.loads(sidecar.read_text("utf-8"))
        found.setdefault(told["mood"], sidecar.with_name(told["file"]))
    return found


def laid_out(track: Path, samples: int) -> MusicBed:
    """The track's beginning and, by a crossfade, its middle."""
    half, later = samples // 2, 30 * RATE
    return MusicBed(
        track=Source(path=str(track)), spans=(Span(start=0, end=half), Span(start=later, end=later + samples - half))
    )


def measured(voice: Voice, track: Path, folder: Path) -> Row:
    bed, samples = laid_out(track, len(voice.wave)), len(voice.wave)
    plan = AudioPlan(speech=Source(path=str(voice.path)), spoken=voice.spoken, music=bed)
    out, decoded = folder / "mix.m4a", folder / "track.wav"
    started = time.process_time()
    mix(plan, samples, lambda source: Path(source.path or ""), out, lambda: None, audio_bitrate=BITRATE)
    cpu = time.process_time() - started
    sound = played(out)
    decode(track, decoded, max(span.end for span in bed.spans) + bed.crossfade, lambda: None)
    music = np.concatenate(list(Bed(decoded, bed, samples).blocks()))
    fitted = Fitted(sound[:samples], voice.wave, music, voice.spoken)
    return Row(
        integrated(sound, RATE),
        true_peak(sound, RATE),
        fitted.depth(),
        fitted.late(0),
        fitted.late(1),
        by_ffmpeg(out),
        cpu,
    )


def played(path: Path) -> Wave:
    """What a player that follows no edit list makes of it."""
    with av.open(str(path), options={"ignore_editlist": "1"}) as file:
        return np.concatenate([frame.to_ndarray() for frame in file.decode(audio=0)], axis=1).T


def by_ffmpeg(path: Path) -> tuple[float, float]:
    line = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostats", "-i", path, "-af", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(line, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL).stderr
    summary = said[said.rindex("Summary:") :]
    loudness, peak = (re.search(rf"{name}:\s+(\S+)", summary) for name in ("I", "Peak"))
    assert loudness
    assert peak
    return float(loudness[1]), float(peak[1])


class Fitted:
    """Voice and music as they went in, fitted to what came out."""

    def __init__(self, sound: Wave, voice: Wave, music: Wave, spoken: Sequence[Span]) -> None:
        self._sound, self._music, self._spoken = sound, music, spoken
        self._voice = np.stack([voice, voice], axis=1)
        self._ducking = Ducking()
        self._stretches = merge(spoken, round(self._ducking.merge_gap_ms * 48))

    def depth(self) -> float:
        """How many dB the music is lower where it is held down than where nobody speaks."""
        level = ducking_gain(self._spoken, len(self._sound), self._ducking)
        low, high = (self._share(np.isclose(level, at, atol=1e-6)) for at in (level.min(), 1.0))
        return float(20 * np.log10(low / high))

    def late(self, side: int) -> float:
        """By how many milliseconds the music falls (0) or rises (1) later than the plan says."""
        errors = np.zeros(len(FITTED_MS))
        for slope in self._slopes(side):
            for number, shift in enumerate(FITTED_MS):
                moved = [Span(start=max(0, a + shift * 48), end=b + shift * 48) for a, b in self._stretches]
                level = ducking_gain(moved, slope.stop, self._ducking)[slope]
                errors[number] += self._unexplained(slope, level)
        return float(FITTED_MS[errors.argmin()])

    def _slopes(self, side: int) -> Iterator[slice]:
        """The samples around each slope with room before and after."""
        duck = self._ducking
        for start, end in self._stretches:
            first = start - (duck.ahead_ms + duck.attack_ms) * 48 if side == 0 else end + duck.hold_ms * 48
            last = start - duck.ahead_ms * 48 if side == 0 else end + (duck.hold_ms + duck.release_ms) * 48
            yield slice(max(0, first - 4_800), min(len(self._sound), last + 4_800))

    def _share(self, where: NDArray[np.bool_]) -> float:
        parts = np.stack([self._voice[where].ravel(), self._music[where].ravel()], axis=1)
        return float(np.linalg.lstsq(parts, self._sound[where].ravel())[0][1])

    def _unexplained(self, slope: slice, level: NDArray[np.float32]) -> float:
        parts = np.stack([self._voice[slope].ravel(), (self._music[slope] * level[:, None]).ravel()], axis=1)
        sound = self._sound[slope].ravel()
        left = sound - parts @ np.linalg.lstsq(parts, sound)[0]
        return float(left @ left / (sound @ sound))


def main() -> int:
    """1 when a figure misses its target."""
    tracks, missed, apart = presets(), 0, [0.0, 0.0]
    print(f"{'script':8}{'preset':10}{'LUFS':>8}{'dBTP':>7}{'ducked dB':>11}{'fall ms':>9}{'rise ms':>9}{'cpu s':>7}")
    with tempfile.TemporaryDirectory() as place:
        voices = anyio.run(narrated, Path(place))
        for name, voice in voices.items():
            for mood, track in tracks.items():
                row = measured(voice, track, Path(place))
                apart = [max(apart[0], abs(row.ffmpeg[0] - row.loudness)), max(apart[1], abs(row.ffmpeg[1] - row.peak))]
                missed += bool(row.missed)
                print(
                    f"{name:8}{mood:10}{row.loudness:8.2f}{row.peak:7.2f}{row.depth:11.2f}{row.fall:9.0f}{row.rise:9.0f}"
                    f"{row.cpu:7.2f}  {'missed: ' + ', '.join(row.missed) if row.missed else 'met'}",
                    flush=True,
                )
    print(f"{'target':18}{'-14±0.3':>8}{'≤ -1':>7}{'-12±1':>11}{'±20':>9}{'±20':>9}")
    print(f"ffmpeg's own meter is at most {apart[0]:.2f} LU and {apart[1]:.2f} dB away (it tells one decimal).")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
