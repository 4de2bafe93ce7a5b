"""How well and how fast beats are found: click tracks, a little band, and the shipped tracks, against the truth.

    python bench/beats.py [--librosa]

F-measure at ±30 ms (each beat counts once, from the first to the last), the median error, 95 of 100 errors, bar lines
likewise, and seconds of processor time. ``--librosa`` has ``librosa.beat.beat_track`` try the same, corrected by 36 ms.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import anyio
import numpy as np
from numpy.typing import NDArray

from reelforge import resources
from reelforge.engines.music.hearing.beats import beats
from reelforge.engines.music.hearing.listener import listening
from reelforge.sound import files
from reelforge.testing.rhythms import FEELS, Played, band, clicks

Seconds = NDArray[np.float64]
Tracker = Callable[[Path], tuple[Seconds, Seconds]]

TEMPI = (60, 66, 75, 84, 90, 97, 105, 112, 120, 128, 140, 150, 155, 163, 170, 178, 185, 192, 200)
TOLERANCE = 0.03
LEAST, MOST_BIAS = 0.97, 0.010
COLD, WARM = 8.0, 0.3
LIBROSA_LATE = 0.036


class Score(NamedTuple):
    f: float
    bias: float
    p95: float


def score(found: Seconds, truth: Seconds) -> Score:
    """Matched one to one, in order."""
    errors, f, t = list[float](), 0, 0
    while f < len(found) and t < len(truth):
        error = float(found[f] - truth[t])
        if abs(error) <= TOLERANCE:
            errors.append(error)
        f, t = f + (error < TOLERANCE or abs(error) <= TOLERANCE), t + (error > -TOLERANCE)
    measure = 2 * len(errors) / max(1, len(found) + len(truth))
    if not errors:
        return Score(0.0, float("nan"), float("nan"))
    return Score(measure, float(np.median(errors)), float(np.quantile(np.abs(errors), 0.95)))


def ours(path: Path) -> tuple[Seconds, Seconds]:
    found = beats(path)
    return np.array(found.beats) / 48_000, np.array(found.downbeats) / 48_000


def librosas(path: Path) -> tuple[Seconds, Seconds]:
    import librosa  # noqa: PLC0415  # heavy, and only asked for

    sound, rate = files.read(path)
    mono = sound if sound.ndim == 1 else sound.mean(axis=1)
    mono = librosa.resample(mono, orig_sr=rate, target_sr=22_050)
    _, times = librosa.beat.beat_track(y=mono, sr=22_050, units="time")
    return np.asarray(times) - LIBROSA_LATE, np.zeros(0)


def pieces(folder: Path) -> Iterator[tuple[str, Path, Seconds, int]]:
    """A group, a file, its beats and how many of them make a bar (0 where no bars can be heard)."""

    def written(played: Played) -> Path:
        files.write(folder / "piece.wav", played.sound, played.rate)
        return folder / "piece.wav"

    for feel in FEELS:
        for bpm in TEMPI:
            played = clicks(bpm, feel, seed=bpm)
            yield f"clicks, {feel}", written(played), played.beats, 0 if feel == "plain" else 4
    for bpm, beats_per_bar, wander in ((84, 3, 0.0), (150, 3, 0.0), (92.5, 4, 0.0), (117, 4, 0.0), (104, 4, 0.04)):
        played = band(bpm, 28, beats_per_bar=beats_per_bar, wander=wander)
        yield "band", written(played), played.beats, beats_per_bar
    for sidecar in sorted(resources.folder("music").glob("*.toml")):
        table = tomllib.loads(sidecar.read_text("utf-8"))
        truth = table["first_beat"] + np.arange(table["bars"] * table["beats_per_bar"]) * 60 / table["bpm"]
        yield f"shipped, {table['mood']}", sidecar.parent / table["file"], truth, table["beats_per_bar"]


def quality(tracker: Tracker) -> bool:
    groups: dict[str, list[tuple[str, Score, float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for group, path, truth, bar in pieces(Path(folder)):
            before = time.process_time()
            found, lines = tracker(path)
            spent = time.process_time() - before
            bars = score(lines, truth[::bar]).f if bar else float("nan")
            groups.setdefault(group, []).append((path.stem, score(found, truth), bars, spent))
    good = True
    print(f"{'':22} {'least F':>8} {'mean F':>8} {'bias ms':>8} {'p95 ms':>8} {'bars F':>8} {'seconds':>8}")
    for group, rows in groups.items():
        scores, bars, spent = [row[1] for row in rows], [row[2] for row in rows], [row[3] for row in rows]
        worst = max(scores, key=lambda one: abs(one.bias)).bias
        least = min(one.f for one in scores)
        good &= least >= LEAST and abs(worst) <= MOST_BIAS
        figures = f"{least:8.3f} {np.mean([one.f for one in scores]):8.3f} {1000 * worst:8.1f}"
        figures += f" {1000 * max(one.p95 for one in scores):8.1f} {np.mean(bars):8.2f} {np.median(spent):8.2f}"
        print(f"{group:22} {figures}")
    return good


async def speed() -> bool:
    """Seconds by the clock for a minute of music: the first in a new process with an empty cache, and the next."""
    track = resources.folder("music") / "slow-tide.ogg"
    with tempfile.TemporaryDirectory() as folder:
        minute = Path(folder) / "minute.wav"
        sound, rate = files.read(track)
        files.write(minute, sound[: 60 * rate], rate)
        async with listening(Path(folder) / "cache") as listener:
            spent = []
            for _ in range(4):
                before = time.perf_counter()
                await listener.hear(minute)
                spent.append(time.perf_counter() - before)
    print(f"\na minute, everything heard: {spent[0]:.2f} s in a new process, then {min(spent[1:]):.2f} s")
    before = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        minute = Path(folder) / "minute.wav"
        files.write(minute, sound[: 60 * rate], rate)
        before = time.process_time()
        beats(minute)
        alone = time.process_time() - before
    print(f"a minute, the beats alone: {alone:.2f} s")
    return spent[0] <= COLD and alone <= WARM


def librosa_cold() -> None:
    """librosa's own tracker in a new process with an empty cache, for comparison."""
    program = "import numpy, librosa; y = numpy.random.default_rng(0).standard_normal(22050 * 60).astype('f4');"
    program += "librosa.beat.beat_track(y=librosa.resample(y, orig_sr=22050, target_sr=11025), sr=11025)"
    with tempfile.TemporaryDirectory() as folder:
        for name in ("empty", "filled"):
            before = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], env={**os.environ, "NUMBA_CACHE_DIR": folder}, check=True)
            print(f"librosa.beat, new process, {name} cache: {time.perf_counter() - before:.1f} s")


def main() -> int:
    good = quality(ours)
    good &= anyio.run(speed)
    print("\nwithin what is promised" if good else "\nNOT within what is promised")
    if "--librosa" in sys.argv:
        print("\nlibrosa.beat.beat_track")
        quality(librosas)
        librosa_cold()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
