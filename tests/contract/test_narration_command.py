"""`reelforge make --narration`: a person's own recording takes the voice's place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from reelforge.sound.resample import resample

CONFIG = """
[channels.quick]
voice = { engine = "espeak" }
pictures = { engines = ["backdrop"] }
music = { engine = "none" }
"""
TEXT = "The tide comes in twice a day. It rises because the Moon pulls at the sea.\n\nSo there are two tides.\n"


def run(folder: Path, *words: str, code: int = 0) -> str:
    (folder / "reelforge.toml").write_text(CONFIG, "utf-8")
    environment = {**os.environ, "REELFORGE_HOME": str(folder / "home")}
    command = [sys.executable, "-m", "reelforge", *words]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


@pytest.mark.slow
def test_a_recording_is_heard_as_it_is_and_its_words_are_found(tmp_path: Path) -> None:
    (tmp_path / "script.md").write_text(TEXT, "utf-8")
    first = json.loads(run(tmp_path, "make", "quick", "--script", "script.md", "--json"))
    receipt = json.loads(Path(first["receipt"]).read_text("utf-8"))
    (digest,) = [asset["sha256"] for asset in receipt["assets"] if asset["role"] == "narration"]
    voice, rate = soundfile.read(tmp_path / "home" / "assets" / digest[:2] / digest[2:], dtype="float32")
    late = np.concatenate([np.zeros(rate, np.float32), resample(voice, rate, 44_100)])
    noisy = late + np.random.default_rng(1).normal(0, 0.003, len(late)).astype(np.float32)
    soundfile.write(tmp_path / "mine.wav", np.stack([noisy, noisy], axis=1), 44_100)

    made = json.loads(run(tmp_path, "make", "quick", "--script", "script.md", "--narration", "mine.wav", "--json"))
    assert [word["text"] for word in made["words"]] == TEXT.split()
    late_by = rate / 44_100
    away = [
        abs(mine["start"] - own["start"] - late_by) for own, mine in zip(first["words"], made["words"], strict=True)
    ]
    assert np.median(away) < 0.03
    assert sorted(away)[int(0.9 * len(away))] < 0.12
    assert {word["source"] for word in made["words"]} <= {"aligned", "energy"}
    assert json.loads(Path(made["receipt"]).read_text("utf-8"))["voice"]["engine"] == "recording"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--topic", "tides", "--narration", "a.wav"], "no writer"),
        (["--script", "script.md", "--trim-silence"], "--narration FILE"),
        (["--script", "script.md", "--narration", "none.wav"], "There is no recording none.wav"),
        (["--script", "script.md", "--narration", "silence.wav"], "is silent"),
        (["--script", "script.md", "--narration", "script.md"], "script.md"),
    ],
    ids=["no script", "nothing to trim", "missing", "silent", "no sound"],
)
def test_a_mistake_with_a_recording_is_one_sentence(tmp_path: Path, words: list[str], sentence: str) -> None:
    (tmp_path / "script.md").write_text(TEXT, "utf-8")
    soundfile.write(tmp_path / "silence.wav", np.zeros(96_000, np.float32), 48_000)
    soundfile.write(tmp_path / "a.wav", np.zeros(96_000, np.float32), 48_000)
    said = run(tmp_path, "make", "quick", *words, code=2)
    assert sentence in said
    assert "Traceback" not in said
