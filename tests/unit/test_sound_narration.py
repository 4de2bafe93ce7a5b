"""A voice mastered from tape: the same as at once, whatever is held at a time, and in memory that does not grow."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from reelforge.sound.dynamics import speech_chain
from reelforge.sound.files import BLOCK, read
from reelforge.sound.loudness import integrated, true_peak
from reelforge.sound.narration import master, voice_loudness
from reelforge.sound.tape import Tape

RATE = 48_000
Sound = NDArray[np.float32]
MOST_MEGABYTES = 300
FIFTEEN_MINUTES = """
import resource, sys
import numpy as np
from pathlib import Path
from reelforge.sound.narration import master, voice_loudness
from reelforge.sound.tape import Tape

time = np.arange(48_000) / 48_000
voice = 0.2 * np.sin(2 * np.pi * 220 * time) * (np.sin(2 * np.pi * 2.2 * time) > -0.3)
with Tape(Path(sys.argv[1]) / "raw") as tape:
    for second in range(15 * 60):
        tape.append((voice * (1 + second % 7)).astype(np.float32) / 4)
    nothing = lambda: None
    loudness = voice_loudness(tape, 48_000, nothing)
    master(tape, Path(sys.argv[1]) / "out.flac", 48_000, loudness, target=-16, ceiling=-1, check=nothing)
status = Path("/proc/self/status")
if status.exists():  # what rusage says there is at least what the process that started this one held
    peak = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e3 if sys.platform == "darwin" else 1)
print(peak / 1e3)
"""


def nothing() -> None:
    """Nobody cancels."""


def voice(seconds: float) -> Sound:
    """A buzz in syllables of many strengths, with hisses between."""
    rng = np.random.default_rng(4)
    time = np.arange(round(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 12))
    strength = np.repeat(rng.uniform(0.02, 0.4, len(time) // 9_600 + 1), 9_600)[: len(time)]
    hiss = rng.normal(0, 0.1, len(time)) * (np.sin(2 * np.pi * 1.3 * time) > 0.9)
    return (strength * tone * (np.sin(2 * np.pi * 2.2 * time) > -0.3) + hiss).astype(np.float32)


def mastered(sound: Sound, folder: Path, part: int) -> Sound:
    with Tape(folder / "raw") as tape:
        tape.append(sound)
        loudness = voice_loudness(tape, RATE, nothing, part)
        master(tape, folder / "out.flac", RATE, loudness, target=-16, ceiling=-1, check=nothing, part=part)
    made, rate = read(folder / "out.flac")
    assert rate == RATE
    return made


@pytest.fixture(scope="module")
def spoken() -> Sound:
    return voice(14)


@pytest.mark.parametrize("part", [BLOCK, 2 * BLOCK, 3 * BLOCK, 40 * BLOCK])
def test_how_much_is_held_at_once_changes_nothing(spoken: Sound, part: int, tmp_path: Path) -> None:
    made, whole = mastered(spoken, tmp_path, part), speech_chain(spoken, RATE)
    assert len(made) == len(spoken)
    assert float(np.abs(made - whole).max()) <= 1e-6
    assert integrated(made, RATE) == pytest.approx(-16, abs=0.1)
    assert true_peak(made, RATE) <= -1


def test_silence_stays_silence(tmp_path: Path) -> None:
    assert not mastered(np.zeros(3 * RATE, np.float32), tmp_path, BLOCK).any()


def test_a_quarter_of_an_hour_takes_less_than_300_megabytes(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", FIFTEEN_MINUTES, str(tmp_path)], check=True, capture_output=True, text=True
    )
    assert float(run.stdout) < MOST_MEGABYTES


def test_a_tape_is_appended_to_read_and_overwritten_anywhere(tmp_path: Path) -> None:
    with Tape(tmp_path / "raw") as tape:
        tape.append(np.arange(10, dtype=np.float32))
        tape.silence(200_000)
        tape.silence(5)
        tape.write(3, np.full(2, 7, np.float32))
        assert len(tape) == 200_000
        assert tape.read(2, 4).tolist() == [2, 7, 7, 5]
        assert len(tape.read(199_999, 100)) == 1
        assert [len(block) for block in tape.blocks(150_000)] == [150_000, 50_000]
