"""`reelforge make --narration`: a person's own recording takes the voice's place."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from reelforge.sound.resample import resample
from reelforge.testing.work_folder import WorkFolder

TEXT = "The tide comes in twice a day.\n\nThe Moon pulls at the sea.\n"


@pytest.mark.slow
def test_a_recording_is_heard_as_it_is_and_its_words_are_found(tmp_path: Path) -> None:
    place = WorkFolder(tmp_path)
    make = ("make", "quick", "--script", place.write("script.md", TEXT))
    first = place.json(*make)
    receipt = json.loads(Path(first["receipt"]).read_text("utf-8"))
    (digest,) = [asset["sha256"] for asset in receipt["assets"] if asset["role"] == "narration"]
    voice, rate = soundfile.read(place.home / "assets" / digest[:2] / digest[2:], dtype="float32")
    late = np.concatenate([np.zeros(rate, np.float32), resample(voice, rate, 44_100)])
    noisy = late + np.random.default_rng(1).normal(0, 0.003, len(late)).astype(np.float32)
    soundfile.write(tmp_path / "mine.wav", np.stack([noisy, noisy], axis=1), 44_100)

    made = place.json(*make, "--narration", "mine.wav")
    assert [word["text"] for word in made["words"]] == TEXT.split()
    late_by = rate / 44_100
    away = [
        abs(mine["start"] - own["start"] - late_by) for own, mine in zip(first["words"], made["words"], strict=True)
    ]
    assert np.median(away) < 0.03
    assert sorted(away)[int(0.9 * len(away))] < 0.12
    assert {word["source"] for word in made["words"]} <= {"aligned", "energy"}
    assert json.loads(Path(made["receipt"]).read_text("utf-8"))["voice"]["engine"] == "recording"


def test_a_mistake_with_a_recording_is_one_sentence(tmp_path: Path) -> None:
    place = WorkFolder(tmp_path)
    place.write("script.md", TEXT)
    soundfile.write(tmp_path / "silence.wav", np.zeros(96_000, np.float32), 48_000)
    spoken = ("--script", "script.md", "--narration")
    mistakes = {
        ("--topic", "tides", "--narration", "silence.wav"): "no writer",
        ("--script", "script.md", "--trim-silence"): "--narration FILE",
        (*spoken, "none.wav"): "There is no recording none.wav",
        (*spoken, "."): "is a folder",
        (*spoken, "silence.wav"): "is silent",
        (*spoken, "script.md"): "script.md",
    }
    answers = place.several([("make", "quick", *words) for words in mistakes])
    for answer, sentence in zip(answers, mistakes.values(), strict=True):
        assert answer.code == 2
        assert sentence in answer.err
        assert "Traceback" not in answer.err
