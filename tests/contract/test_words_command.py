"""`reelforge words` as a person uses it: show, export, edit, import; only what an edit changes is rendered again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from numpy.typing import NDArray

CONFIG = """
[reelforge]
min_free_gb = 0.1
[render]
quality = "low"
[channels.quick]
voice = { engine = "espeak" }
pictures = { engines = ["backdrop"] }
"""
COMMAND = [sys.executable, "-m", "reelforge"]
RATE = 30


class Place:
    """A work folder of its own with the settings above."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "REELFORGE_HOME": str(folder / "home")}
        (folder / "reelforge.toml").write_text(CONFIG, "utf-8")

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, "utf-8")
        return name

    def read(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *words],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, code: int = 0) -> tuple[str, str]:
        with self.start(*words) as process:
            out, err = process.communicate(timeout=120)
        assert process.returncode == code, err
        return out, err

    def json(self, *words: str, code: int = 0) -> dict[str, Any]:
        return json.loads(self.run(*words, "--json", code=code)[0])

    def clips(self) -> dict[str, str]:
        """What is kept of renders: the name of each film without sound (``video``) and of each sound (``audio``)."""
        found = {}
        for path in (self.folder / "home" / "cache" / "clips").glob("*/*"):
            with path.open("rb") as file:
                if file.read(8)[4:] == b"ftyp":
                    with av.open(str(path)) as clip:
                        found[path.name] = clip.streams[0].type
        return found


class Made:
    """A Reel of two scenes, made once."""

    def __init__(self, place: Place, answer: dict[str, Any]) -> None:
        self.place = place
        self.job: str = answer["job"]
        self.files = {role: Path(answer[role]) for role in ("video", "timeline", "captions", "receipt")}
        self.frames = decoded(self.files["video"])
        self.video = self.files["video"].read_bytes()

    def timeline(self) -> dict[str, Any]:
        return json.loads(self.files["timeline"].read_bytes())

    def spoken(self) -> dict[str, tuple[int, int]]:
        """The frames in which each caption word is lit, by its text."""
        return {w["text"]: (w["first"], w["last"]) for cue in self.timeline()["cues"] for w in cue["words"]}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    place = Place(tmp_path_factory.mktemp("words"))
    place.write("script.md", "Tides rise twice a day.\n\nOur moon pulls every sea.\n")
    return Made(place, place.json("make", "quick", "--script", "script.md"))


@pytest.fixture
def untouched(made: Made) -> Iterator[Made]:
    """The Reel as it was made: an edit of a test before is taken back, which renders nothing."""
    if made.files["video"].read_bytes() != made.video:
        made.place.run("words", made.job, "--restore", "0")
    yield made
    for path in made.place.folder.glob("edit.*"):
        path.unlink()


def decoded(video: Path) -> NDArray[np.int16]:
    """The blue of every frame: white letters have it, lit yellow ones do not."""
    with av.open(str(video)) as file:
        return np.stack(
            [f.reformat(270, 480, "rgb24").to_ndarray()[..., 2].astype(np.int16) for f in file.decode(video=0)]
        )


def exported(made: Made, name: str) -> str:
    made.place.run("words", made.job, "--export", name)
    return made.place.read(name)


@pytest.mark.slow
def test_words_are_shown_to_a_person_and_to_a_program(untouched: Made) -> None:
    made = untouched
    table, _ = made.place.run("words", made.job)
    assert [line.split()[-1] for line in table.splitlines()[1:6]] == ["Tides", "rise", "twice", "a", "day."]
    told = made.place.json("words", made.job)
    assert told["job"] == made.job
    assert [(word["text"], word["scene"]) for word in told["words"]][4:6] == [("day.", 1), ("Our", 2)]
    assert all(word["source"] == "native" for word in told["words"])


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["srt", "vtt", "json"])
def test_what_was_exported_and_is_imported_unchanged_changes_nothing(untouched: Made, ending: str) -> None:
    made, name = untouched, f"edit.{ending}"
    exported(made, name)
    before, clips = made.files["video"].stat(), made.place.clips()
    assert "The words are as they were." in made.place.run("words", made.job, "--import", name)[0]
    assert made.files["video"].stat() == before
    assert made.place.clips() == clips


@pytest.mark.slow
def test_a_moved_word_changes_its_caption_in_the_right_frames_and_renders_only_those(untouched: Made) -> None:
    made = untouched
    document = json.loads(exported(made, "edit.json"))
    twice, old = document["words"][2], made.spoken()
    start = twice["start"] = twice["start"] + 0.21
    assert start < twice["end"]
    made.place.write("edit.json", json.dumps(document))
    clips = made.place.clips()

    answer = made.place.json("words", made.job, "--import", "edit.json")

    first = round(start * RATE)
    assert {word: span for word, span in made.spoken().items() if span != old[word]} == {
        "rise": (old["rise"][0], first),
        "twice": (first, old["twice"][1]),
    }
    frames = decoded(made.files["video"])
    differing = np.flatnonzero((np.abs(frames - made.frames) > 90).any(axis=(1, 2)))
    assert set(range(old["twice"][0] + 2, first)) <= set(differing)
    assert set(differing) <= set(range(old["twice"][0] - 1, first + 12)), "the rest looks as it did"
    fresh = [kind for name, kind in made.place.clips().items() if name not in clips]
    assert fresh == ["video"], "one of the clips was made anew, and no sound"
    assert {step["name"] for step in answer["steps"] if "/" not in step["name"]} >= {"narrate", "words", "render"}
    assert [word["source"] for word in answer["words"][:4]] == ["native", "native", "person", "native"]
    assert json.loads(made.files["receipt"].read_bytes())["words"]["edits"] == 1

    for ending in ("srt", "vtt"):
        exported(made, f"edit.{ending}")
        assert "as they were" in made.place.run("words", made.job, "--import", f"edit.{ending}")[0]

    kept = made.place.clips()
    told, _ = made.place.run("words", made.job, "--restore", "0")
    assert f"`reelforge words {made.job} --restore 1` brings those back" in told
    assert made.files["video"].read_bytes() == made.video, "nothing of the former Reel is lost"
    assert made.place.clips() == kept


@pytest.mark.slow
def test_an_edit_outlives_kill_9_moves_its_scenes_cut_and_is_finished_by_the_daemon(untouched: Made) -> None:
    made = untouched
    blocks = exported(made, "edit.srt").split("\n\n")
    assert blocks[5].endswith("Our")
    words = made.place.json("words", made.job)["words"]
    later = words[5]["start"] + 0.1
    blocks[4] = blocks[4].replace("day.", "DAY!")
    blocks[5] = blocks[5].replace(clock(words[5]["start"]), clock(later))
    made.place.write("edit.srt", "\n\n".join(blocks))
    cut = made.timeline()["shots"][0]["frames"]

    with made.place.start("words", made.job, "--import", "edit.srt") as process:
        assert process.stderr is not None
        assert any('"step": "render/segment' in line for line in process.stderr)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    made.place.run("run", "--until-idle")

    record = made.place.json("job", made.job)
    assert record["state"] == "done"
    assert made.timeline()["shots"][0]["frames"] == cut + 3
    assert "DAY!" in made.files["captions"].read_text("utf-8")
    assert {step["name"]: step["attempt"] for step in record["steps"]}["narrate"] == 1
    assert "as they were" in made.place.run("words", made.job, "--import", "edit.srt")[0]


def clock(seconds: float) -> str:
    return f"00:00:{seconds:06.3f}".replace(".", ",")


@pytest.fixture
def gated(tmp_path: Path) -> Place:
    """A place whose ffmpeg waits, as long as there is a pipe called ``gate``, until somebody writes to it."""
    place = Place(tmp_path)
    slow = tmp_path / "ffmpeg"
    waiting = f'[ -p "{tmp_path}/gate" ] && read -r _ < "{tmp_path}/gate"'
    slow.write_text(f'#!/bin/sh\n{waiting}\nexec "{get_ffmpeg_exe()}" "$@"\n', "utf-8")
    slow.chmod(0o755)
    place.write("reelforge.toml", CONFIG.replace("[render]", f'[render]\nffmpeg = "{slow}"'))
    return place


@pytest.mark.slow
def test_a_running_daemon_takes_an_edit_but_none_of_a_job_it_is_making(gated: Place, untouched: Made) -> None:
    place, gate = gated, gated.folder / "gate"
    place.write("theirs.vtt", exported(untouched, "edit.vtt"))
    place.write("tide.md", "A tide turns.")
    with ExitStack() as stack:
        daemon = stack.enter_context(place.start("run"))
        stack.callback(daemon.kill)
        assert daemon.stderr is not None
        assert any('"ready"' in line for line in daemon.stderr)
        os.mkfifo(gate)
        making = stack.enter_context(place.start("make", "quick", "--script", "tide.md", "--json"))
        stack.callback(making.kill)
        started = next(line for line in daemon.stderr if '"step": "render/segment' in line)
        job = json.loads(started)["job"]
        place.run("words", job, "--export", "mine.vtt")
        place.write("mine.vtt", place.read("mine.vtt").replace("turns", "TURNS"))
        _, err = place.run("words", job, "--import", "mine.vtt", code=2)
        assert f"Job {job} is being made just now, and cannot be changed meanwhile" in err
        with gate.open("w"):
            gate.unlink()
        making.communicate(timeout=120)

        answer = place.json("words", job, "--import", "mine.vtt")
        assert (answer["state"], answer["edit"], answer["words"][2]["text"]) == ("done", 1, "TURNS.")
        refused = place.json("words", job, "--import", "theirs.vtt", code=2)
        assert f"has the words of job {untouched.job}, not of {job}" in refused["error"]
        daemon.send_signal(signal.SIGTERM)
        daemon.communicate(timeout=60)
    assert daemon.returncode == 0


@pytest.mark.slow
def test_a_mistake_is_one_sentence_with_exit_code_2_and_leaves_the_words_as_they_are(untouched: Made) -> None:
    made, place = untouched, untouched.place
    versions = place.json("words", made.job)["edit"]
    text = exported(made, "edit.srt")
    last = text.strip().rsplit("-->", 1)[1].split()[0]
    place.write("edit.late.srt", text.replace(last, "00:09:59,000"))
    place.write("edit.glyph.srt", text.replace("moon", "m\U000f0000n"))
    mistakes = {
        ("nobody",): "There is no job called 'nobody'",
        (made.job, "--import", "edit.txt"): "is not the name of a file of words. Let it end in .srt, .vtt or .json.",
        (made.job, "--import", "nowhere.srt"): "There is no file of words nowhere.srt",
        (made.job, "--import", "edit.late.srt"): "word 10: 'sea.' ends at 599.000 s, but the narration is over at",
        (made.job, "--import", "edit.glyph.srt"): "No font on this machine has",
        (made.job, "--export", "edit.late.srt"): "is there already and holds something else",
        (made.job, "--export", "nowhere/edit.srt"): "cannot be written",
        (made.job, "--restore", "99"): "There is no version 99",
        (made.job, "--import", "edit.srt", "--export", "edit.vtt"): "Give one of them",
    }
    for words, says in mistakes.items():
        out, err = place.run("words", *words, code=2)
        assert (out, err.count("\n")) == ("", 1)
        assert says in err
    assert place.json("words", made.job)["edit"] == versions
    assert made.files["video"].read_bytes() == made.video
