"""`reelforge words` as a person uses it: show, export, edit, import; only what an edit changes is rendered again."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from reelforge.render.ffmpeg import discover
from reelforge.testing.work_folder import SETTINGS, Gate, WorkFolder

RATE = 30


class Made:
    """A Reel of two scenes, made once."""

    def __init__(self, place: WorkFolder, answer: dict[str, Any]) -> None:
        self.place = place
        self.job: str = answer["job"]
        self.files = {role: Path(answer[role]) for role in ("video", "timeline", "captions", "receipt")}
        self.frames = decoded(self.files["video"])
        self.video = self.files["video"].read_bytes()

    def clips(self) -> dict[str, str]:
        """What is kept of renders: the name of each film without sound (``video``) and of each sound (``audio``)."""
        found = {}
        for path in (self.place.home / "cache" / "clips").glob("*/*"):
            with path.open("rb") as file:
                if file.read(8)[4:] == b"ftyp":
                    with av.open(str(path)) as clip:
                        found[path.name] = clip.streams[0].type
        return found

    def timeline(self) -> dict[str, Any]:
        return json.loads(self.files["timeline"].read_bytes())

    def spoken(self) -> dict[str, tuple[int, int]]:
        """The frames in which each caption word is lit, by its text."""
        return {w["text"]: (w["first"], w["last"]) for cue in self.timeline()["cues"] for w in cue["words"]}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    place = WorkFolder(tmp_path_factory.mktemp("words"))
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
            [f.reformat(270, 270, "rgb24").to_ndarray()[..., 2].astype(np.int16) for f in file.decode(video=0)]
        )


def exported(made: Made, name: str) -> str:
    made.place.run("words", made.job, "--export", name)
    return made.place.read(name)


@pytest.mark.slow
def test_words_are_shown_to_a_person_and_to_a_program(untouched: Made) -> None:
    made = untouched
    table, document = made.place.several([("words", made.job), ("words", made.job, "--json")])
    assert [line.split()[-1] for line in table.out.splitlines()[1:6]] == ["Tides", "rise", "twice", "a", "day."]
    told = json.loads(document.out)
    assert told["job"] == made.job
    assert [(word["text"], word["scene"]) for word in told["words"]][4:6] == [("day.", 1), ("Our", 2)]
    assert all(word["source"] == "native" for word in told["words"])


@pytest.mark.slow
def test_what_was_exported_and_is_imported_unchanged_changes_nothing(untouched: Made) -> None:
    made = untouched
    before, clips = made.files["video"].stat(), made.clips()
    assert_unchanged(made, "edit.srt", "edit.vtt", "edit.json")
    assert made.files["video"].stat() == before
    assert made.clips() == clips


def assert_unchanged(made: Made, *names: str) -> None:
    """Export the words to each of these files, and import them as they are: nothing is made of it."""
    orders = [("words", made.job, way, name) for name in names for way in ("--export", "--import")]
    answers = made.place.several(orders)
    for exported, imported in zip(answers[::2], answers[1::2], strict=True):
        assert (exported.code, imported.code) == (0, 0), exported.err + imported.err
        assert "The words are as they were." in imported.out


@pytest.mark.slow
def test_a_moved_word_changes_its_caption_in_the_right_frames_and_renders_only_those(untouched: Made) -> None:
    made = untouched
    document = json.loads(exported(made, "edit.json"))
    twice, old = document["words"][2], made.spoken()
    start = twice["start"] = twice["start"] + 0.21
    assert start < twice["end"]
    made.place.write("edit.json", json.dumps(document))
    clips = made.clips()

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
    fresh = [kind for name, kind in made.clips().items() if name not in clips]
    assert fresh == ["video"], "one of the clips was made anew, and no sound"
    assert {step["name"] for step in answer["steps"] if "/" not in step["name"]} >= {"narrate", "words", "render"}
    assert [word["source"] for word in answer["words"][:4]] == ["native", "native", "person", "native"]
    assert json.loads(made.files["receipt"].read_bytes())["words"]["edits"] == 1

    assert_unchanged(made, "edit.srt", "edit.vtt")
    kept = made.clips()
    told, _ = made.place.run("words", made.job, "--restore", "0")
    assert f"`reelforge words {made.job} --restore 1` brings those back" in told
    assert made.files["video"].read_bytes() == made.video, "nothing of the former Reel is lost"
    assert made.clips() == kept


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

    with made.place.start("words", made.job, "--import", "edit.srt", REELFORGE_LOG__LEVEL="debug") as process:
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


@pytest.mark.slow
def test_a_running_daemon_takes_an_edit_but_none_of_a_job_it_is_making(tmp_path: Path, untouched: Made) -> None:
    gate = Gate(tmp_path, discover().path)
    settings = SETTINGS.replace("[render]", '[render]\ncodec = "hevc"')
    place = WorkFolder(tmp_path, settings, REELFORGE_FFMPEG=str(gate.program))
    place.write("theirs.vtt", exported(untouched, "edit.vtt"))
    place.write("tide.md", "A tide turns.")
    with ExitStack() as stack:
        daemon = stack.enter_context(place.start("run"))
        stack.callback(daemon.kill)
        assert daemon.stderr is not None
        assert any('"ready"' in line for line in daemon.stderr)
        gate.shut()
        making = stack.enter_context(place.start("make", "quick", "--script", "tide.md", "--json"))
        stack.callback(making.kill)
        started = next(line for line in daemon.stderr if '"step": "render/segment' in line)
        job = json.loads(started)["job"]
        place.run("words", job, "--export", "mine.vtt")
        place.write("mine.vtt", place.read("mine.vtt").replace("turns", "TURNS"))
        _, err = place.run("words", job, "--import", "mine.vtt", code=2)
        assert f"Job {job} is being made just now, and cannot be changed meanwhile" in err
        gate.open()
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
    answers = place.several([("words", *words) for words in mistakes])
    for (code, out, err), says in zip(answers, mistakes.values(), strict=True):
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert says in err
    assert place.json("words", made.job)["edit"] == versions
    assert made.files["video"].read_bytes() == made.video
