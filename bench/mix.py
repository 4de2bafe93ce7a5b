"""What the mix is as a player hears it: every shipped track under a voice-like signal, encoded and decoded by ffmpeg.

    python bench/mix.py

Prints loudness, true peak and how far the music makes room, each after AAC, against what this project promises.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from reelforge import resources
from reelforge.domain.timeline import AudioPlan, MusicBed, Source, Span
from reelforge.render.mix import Mixed, mix
from reelforge.sound import files
from reelforge.sound.dynamics import speech_chain
from reelforge.sound.loudness import integrated, true_peak
from reelforge.sound.resample import resample

RATE = 48_000
SECONDS = 30
BITRATE = 128_000
SPOKEN = tuple(Span(start=round(at * RATE), end=round((at + 4) * RATE)) for at in (1.0, 8.0, 15.0, 22.0))
SAID = (SPOKEN[0], SPOKEN[1], SPOKEN[3])
UNSAID = (SPOKEN[2],)
"""The plan says that someone speaks, and the voice is silent: here the ducked music is heard alone."""
GAPS = tuple(Span(start=one.end + 36_000, end=two.start - 14_400) for one, two in itertools.pairwise(SPOKEN))


def voice(samples: int, seed: int = 0) -> NDArray[np.float32]:
    """Syllables of a gliding voice in the spoken intervals, through the chain that narration goes through."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(samples) / RATE
    phase = 2 * np.pi * np.cumsum(120 + 20 * np.sin(2 * np.pi * 0.7 * seconds)) / RATE
    tone = sum(np.sin(k * phase) / k**1.2 for k in range(1, 25))
    syllables = np.interp(seconds, np.arange(0, SECONDS + 1, 0.12), rng.random(int((SECONDS + 1) / 0.12) + 1) ** 2)
    there = np.zeros(samples)
    for span in SAID:
        there[span.start : span.end] = 1
    return speech_chain((0.2 * tone * syllables * there).astype(np.float32), RATE)


def heard(wav: Path, folder: Path) -> NDArray[np.float32]:
    """The mix as AAC plays it; ffmpeg takes the encoder's delay away itself."""
    ffmpeg, coded, played = imageio_ffmpeg.get_ffmpeg_exe(), folder / "mix.m4a", folder / "heard.wav"
    encode = [ffmpeg, "-y", "-v", "error", "-i", wav, "-c:a", "aac", "-b:a", str(BITRATE), coded]
    subprocess.run(encode, check=True, stdin=subprocess.DEVNULL)
    decode = [ffmpeg, "-y", "-v", "error", "-i", coded, "-c:a", "pcm_f32le", played]
    subprocess.run(decode, check=True, stdin=subprocess.DEVNULL)
    return files.read(played)[0]


def level(sound: NDArray[np.float32], spans: Sequence[Span]) -> float:
    """Decibels of the effective value over the spans."""
    power = np.mean(np.concatenate([sound[span.start : span.end] for span in spans]) ** 2.0)
    return float(10 * np.log10(power))


def measure(track: Path, folder: Path) -> tuple[Mixed, float, float, float, float]:
    """(as mixed, seconds it took, LUFS heard, dBTP heard, dB of ducking heard) of one track."""
    plan = AudioPlan(
        speech=Source(path=str(folder / "voice.wav")),
        spoken=SPOKEN,
        music=MusicBed(track=Source(path=str(track)), spans=(Span(start=0, end=SECONDS * RATE),)),
    )
    out = folder / "mix.wav"
    started = time.perf_counter()
    mixed = mix(plan, SECONDS * RATE, lambda s: Path(s.path or ""), out, lambda: None, audio_bitrate=BITRATE)
    took = time.perf_counter() - started
    sound = heard(out, folder)
    own, rate = files.read(track)
    own = resample(own, rate, RATE)
    depth = level(sound, UNSAID) - level(own, UNSAID) - level(sound, GAPS) + level(own, GAPS)
    return mixed, took, integrated(sound, RATE), true_peak(sound, RATE), depth


def main() -> int:
    """1 when a figure misses its target."""
    tracks = [
        path.with_name(tomllib.loads(path.read_text())["file"])
        for path in sorted(resources.folder("music").glob("*.toml"))
    ]
    if not tracks:
        print("There are no tracks in music/.")
        return 0
    print(f"{'track':24}{'mixed':>7}{'LUFS':>8}{'dBTP':>7}{'ducking':>9}{'seconds':>9}")
    missed = 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        files.write(folder / "voice.wav", voice(SECONDS * RATE), RATE)
        for track in tracks:
            mixed, took, loudness, peak, depth = measure(track, folder)
            good = abs(loudness + 14) <= 0.3 and peak <= -1.0 and abs(depth + 12) <= 1.0
            missed += not good
            print(
                f"{track.stem:24}{mixed.loudness:7.2f}{loudness:8.2f}{peak:7.2f}{depth:9.2f}{took:9.2f}"
                f"{'' if good else '  missed'}"
            )
    print(f"{'target':24}{'':7}{'-14±0.3':>8}{'≤ -1':>7}{'-12±1':>9}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
