"""The commands as other programs rely on them, run as they are run: in processes of their own."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import av
import pytest

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


class Place:
    """A work folder of its own with the settings above."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "REELFORGE_HOME": str(folder / "home")}
        (folder / "reelforge.toml").write_text(CONFIG, "utf-8")

    def script(self, text: str, name: str = "script.md") -> str:
        (self.folder / name).write_text(text, "utf-8")
        return name

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

    def json(self, *words: str, code: int = 0) -> dict:
        return json.loads(self.run(*words, "--json", code=code)[0])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("commands"))


@pytest.fixture(scope="module")
def made(place: Place) -> dict:
    return place.json("make", "quick", "--script", place.script("The tide comes in twice a day."), "--out", "out")


@pytest.mark.slow
def test_make_answers_with_one_document_that_names_every_file_step_and_word(made: dict) -> None:
    assert made["state"] == "done"
    assert all(Path(made[role]).is_file() for role in ("video", "cover", "captions", "receipt", "timeline"))
    assert [word["text"] for word in made["words"]] == ["The", "tide", "comes", "in", "twice", "a", "day."]
    assert all(word.keys() == {"text", "start", "end", "confidence", "source"} for word in made["words"])
    assert {step["name"] for step in made["steps"]} >= {"write", "narrate", "gather", "align", "bed", "render"}
    assert {"name", "seconds", "cached"} == made["steps"][0].keys()


@pytest.mark.slow
def test_the_same_order_again_costs_no_voice_and_no_render(place: Place, made: dict) -> None:
    again = place.json("make", "quick", "--script", "script.md")
    kept = {step["name"] for step in again["steps"] if step["cached"]}
    assert {"narrate", "render"} <= kept
    assert again["job"] != made["job"]
    assert {record["id"] for record in json.loads(place.run("jobs", "--json")[0])} >= {again["job"], made["job"]}
    assert place.json("job", made["job"])["state"] == "done"


@pytest.mark.slow
def test_a_timeline_renders_alone_to_the_very_same_bytes(place: Place, made: dict) -> None:
    for extra in ((), ("--no-cache",)):
        answer = place.json("render", made["timeline"], "-o", "again.mp4", *extra)
        assert (place.folder / answer["video"]).read_bytes() == Path(made["video"]).read_bytes()


def test_a_mistake_in_a_channel_stops_neither_a_picture_nor_the_list_of_jobs(place: Place, made: dict) -> None:
    broken = place.folder / "broken.toml"
    broken.write_text('[channels.moon]\nvoice = "nobody"\n')
    place.json("frame", made["timeline"], "--at", "1", "-o", "one.png", "--config", str(broken))
    assert place.json("jobs", "--config", str(broken)) == place.json("jobs")
    place.run("check", "--config", str(broken), code=2)


@pytest.mark.slow
def test_a_timeline_renders_in_another_shape_and_as_a_preview(place: Place, made: dict) -> None:
    sizes = {}
    for name, words in {"wide": ("--shape", "16:9", "--preview"), "small": ("--preview",)}.items():
        place.json("render", made["timeline"], "-o", f"{name}.mp4", *words)
        with av.open(str(place.folder / f"{name}.mp4")) as file:
            sizes[name] = (file.streams.video[0].width, file.streams.video[0].height)
    assert sizes == {"wide": (640, 360), "small": (360, 640)}
    assert "There are: 9:16" in place.run("render", made["timeline"], "-o", "x.mp4", "--shape", "9:15", code=2)[1]
    assert "instagram" in place.run("render", made["timeline"], "-o", "x.mp4", "--platform", "instagrm", code=2)[1]


def test_a_frame_of_a_timeline_is_drawn_and_a_time_beyond_its_end_refused(place: Place, made: dict) -> None:
    told = place.json("frame", made["timeline"], "--at", "0.5", "-o", "frame.png")
    assert told == {"picture": "frame.png", "frame": 15}
    assert (place.folder / "frame.png").read_bytes()[:4] == b"\x89PNG"
    assert "no frame at 900 s" in place.run("frame", made["timeline"], "--at", "900", "-o", "f.png", code=2)[1]


@pytest.mark.slow
def test_a_running_daemon_is_handed_the_order_and_drains_on_sigterm(place: Place) -> None:
    with place.start("run") as daemon:
        assert daemon.stderr is not None
        for line in daemon.stderr:
            if '"ready"' in line:
                break
        refused = place.run("run", code=2)[1]
        assert f"process {daemon.pid}" in refused
        answer = place.json("make", "quick", "--script", place.script("The moon pulls the sea.", "moon.md"))
        assert answer["state"] == "done"
        daemon.send_signal(signal.SIGTERM)
        _, rest = daemon.communicate(timeout=60)
    assert daemon.returncode == 0, rest
    assert f'"job": "{answer["job"]}"' in rest


@pytest.mark.slow
def test_an_order_handed_to_a_daemon_that_stops_before_it_begins_is_made_once_by_who_waits_for_it(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path)
    (tmp_path / "reelforge.toml").write_text(f"[slots]\njobs = 1\n{CONFIG}", "utf-8")

    def until(what: str) -> None:
        assert daemon.stderr is not None
        next(line for line in daemon.stderr if what in line)

    with place.start("run") as daemon:
        until('"ready"')
        with place.start("make", "quick", "--script", place.script(" ".join(["One says this."] * 30), "one.md")) as one:
            until("job started")
            with place.start("make", "quick", "--script", place.script("Two says that.", "two.md"), "--json") as two:
                until("job queued")
                daemon.send_signal(signal.SIGTERM)
                daemon.communicate(timeout=120)
                out, err = two.communicate(timeout=120)
            one.communicate(timeout=120)
    assert (one.returncode, two.returncode) == (0, 0), err
    jobs = place.json("jobs", "--json")
    assert sorted(job["state"] for job in jobs) == ["done", "done"]
    assert json.loads(out)["job"] in {job["id"] for job in jobs}


@pytest.mark.slow
def test_two_makes_at_once_both_end_whoever_holds_the_folder(place: Place) -> None:
    first = place.start("make", "quick", "--script", place.script("One says this.", "one.md"), "--json")
    second = place.start("make", "quick", "--script", place.script("Two says that.", "two.md"), "--json")
    answers = [process.communicate(timeout=120) for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], answers
    assert [json.loads(out)["state"] for out, _ in answers] == ["done", "done"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("make", "quik", "--script", "fine.md"), "quick"),
        (("make", "quick"), "--script"),
        (("make", "quick", "--script", "nowhere.md"), "nowhere.md"),
        (("make", "quick", "--script", "empty.md"), "empty.md"),
        (("make", "quick", "--script", "long.md"), "minutes"),
        (("make", "quick", "--script", "unseen.md"), "gone.jpg"),
        (("render", "nothing.json", "-o", "x.mp4"), "nothing.json"),
        (("job", "nobody"), "nobody"),
        (("make", "quick", "--script", "fine.md", "--config", "bad.toml"), "bad.toml line 2"),
        (("mkae",), "make"),
    ],
)
def test_a_mistake_is_one_sentence_exit_code_2_and_leaves_nothing(
    tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    place = Place(tmp_path)
    place.script("Fine.", "fine.md")
    place.script("", "empty.md")
    place.script("word " * 10_000, "long.md")
    place.script("See this. <!-- picture: gone.jpg -->", "unseen.md")
    (tmp_path / "bad.toml").write_text("[channels.quick]\nvioce = 1\n", "utf-8")
    out, err = place.run(*words, code=2)
    assert out == ""
    assert says in err
    assert err.count("\n") == 1
    assert not (tmp_path / "home" / "videos").exists()


@pytest.mark.slow
def test_an_edit_of_the_settings_is_in_force_for_the_daemons_next_job(tmp_path: Path) -> None:
    place = Place(tmp_path)
    settings = tmp_path / "reelforge.toml"

    def told(what: str) -> str:
        assert daemon.stderr is not None
        return next(line for line in daemon.stderr if what in line)

    with place.start("run") as daemon:
        told('"ready"')
        settings.write_text(CONFIG.replace("[render]", '[render]\nffmpeg = "/nowhere/ffmpeg"'), "utf-8")
        assert "stay in force" in told("settings refused")
        settings.write_text(CONFIG + CONFIG.split("[channels.quick]")[1].join(("[channels.sixth]", "")), "utf-8")
        told("settings reloaded")
        made = place.json("make", "sixth", "--script", place.script("A sixth channel."))
        assert made["state"] == "done"
        daemon.send_signal(signal.SIGTERM)
        daemon.communicate(timeout=60)
    assert daemon.returncode == 0
