"""The commands as other programs rely on them, run as they are run: in processes of their own."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import av
import pytest

from reelforge.render.ffmpeg import discover
from reelforge.testing import work_folder
from reelforge.testing.work_folder import Answer, Gate, WorkFolder

FULL = Path("/dev/full")
FULL_SAID = "reelforge: What this command prints cannot be written (no space left on device). Make room for it"
SETTINGS = f"""{work_folder.SETTINGS}
[channels.tuneful]
voice = {{ engine = "espeak" }}
pictures = {{ engines = ["backdrop"] }}
shape = "1:1"
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> WorkFolder:
    return WorkFolder(tmp_path_factory.mktemp("commands"), SETTINGS)


@pytest.fixture(scope="module")
def made(place: WorkFolder) -> dict:
    return place.json(
        "make", "tuneful", "--script", place.write("script.md", "The tide comes in twice a day."), "--out", "out"
    )


@pytest.mark.slow
def test_make_answers_with_one_document_that_names_every_file_step_and_word(made: dict) -> None:
    assert made["state"] == "done"
    assert all(Path(made[role]).is_file() for role in ("video", "cover", "captions", "receipt", "timeline"))
    assert [word["text"] for word in made["words"]] == ["The", "tide", "comes", "in", "twice", "a", "day."]
    assert all(word.keys() == {"text", "start", "end", "confidence", "source"} for word in made["words"])
    assert {step["name"] for step in made["steps"]} >= {"write", "narrate", "gather", "align", "bed", "render"}
    assert {"name", "seconds", "cached"} == made["steps"][0].keys()


@pytest.mark.slow
def test_the_same_order_again_costs_no_voice_and_no_render(place: WorkFolder, made: dict) -> None:
    again = place.json("make", "tuneful", "--script", "script.md")
    kept = {step["name"] for step in again["steps"] if step["cached"]}
    assert {"narrate", "render"} <= kept
    assert again["job"] != made["job"]
    assert {record["id"] for record in json.loads(place.run("jobs", "--json")[0])} >= {again["job"], made["job"]}
    told = place.json("job", made["job"])
    assert told["state"] == "done"
    assert set(told["notes"]) >= set(made["notes"])


@pytest.mark.slow
def test_who_pipes_a_command_reads_of_trouble_only_and_of_everything_when_the_settings_say_debug(
    place: WorkFolder, made: dict
) -> None:
    assert made["state"] == "done"
    again = ("make", "tuneful", "--script", "script.md")
    out, err = place.run(*again)
    assert (err, "altogether" in out) == ("", True)
    written = (place.home / "logs" / "reelforge.log").read_text("utf-8")
    assert '"event": "job finished"' in written
    with place.start(*again, REELFORGE_LOG__LEVEL="debug") as talkative:
        assert '"event": "job finished"' in talkative.communicate(timeout=60)[1]


@pytest.mark.slow
def test_a_timeline_renders_alone_to_the_very_same_bytes(place: WorkFolder, made: dict) -> None:
    for extra in ((), ("--no-cache",)):
        answer = place.json("render", made["timeline"], "-o", "again.mp4", *extra)
        assert (place.folder / answer["video"]).read_bytes() == Path(made["video"]).read_bytes()


def test_a_mistake_in_a_channel_stops_neither_a_picture_nor_the_list_of_jobs(place: WorkFolder, made: dict) -> None:
    broken = ("--config", place.write("broken.toml", '[channels.moon]\nvoice = "nobody"\n'))
    picture, jobs, same, check = place.several(
        [
            ("frame", made["timeline"], "--at", "1", "-o", "one.png", *broken),
            ("jobs", "--json", *broken),
            ("jobs", "--json"),
            ("check", *broken),
        ]
    )
    assert (picture.code, jobs.code, check.code) == (0, 0, 2), picture.err
    assert made["job"] in jobs.out
    assert jobs.out == same.out


@pytest.mark.slow
def test_a_timeline_renders_in_another_shape_and_as_a_preview(place: WorkFolder, made: dict) -> None:
    render = ("render", made["timeline"], "-o")
    wide, small, no_shape, no_platform = place.several(
        [
            (*render, "wide.mp4", "--shape", "16:9", "--preview"),
            (*render, "small.mp4", "--preview"),
            (*render, "x.mp4", "--shape", "9:15"),
            (*render, "x.mp4", "--platform", "instagrm"),
        ]
    )
    assert (wide.code, small.code, no_shape.code, no_platform.code) == (0, 0, 2, 2), wide.err + small.err
    sizes = {}
    for name in ("wide", "small"):
        with av.open(str(place.folder / f"{name}.mp4")) as file:
            sizes[name] = (file.streams.video[0].width, file.streams.video[0].height)
    assert sizes == {"wide": (640, 360), "small": (360, 360)}
    assert "There are: 9:16" in no_shape.err
    assert "instagram" in no_platform.err


def test_a_frame_of_a_timeline_is_drawn_and_a_time_beyond_its_end_refused(place: WorkFolder, made: dict) -> None:
    frame = ("frame", made["timeline"], "-o", "frame.png", "--at")
    drawn, beyond = place.several([(*frame, "0.5", "--json"), (*frame, "900")])
    assert json.loads(drawn.out) == {"picture": "frame.png", "frame": 15}
    assert (place.folder / "frame.png").read_bytes()[:4] == b"\x89PNG"
    assert beyond.code == 2
    assert "no frame at 900 s" in beyond.err


@pytest.mark.slow
def test_a_running_daemon_is_handed_the_order_and_drains_on_sigterm(place: WorkFolder) -> None:
    with place.start("run") as daemon:
        assert daemon.stderr is not None
        for line in daemon.stderr:
            if '"ready"' in line:
                break
        refused = place.run("run", code=2)[1]
        assert f"process {daemon.pid}" in refused
        answer = place.json("make", "quick", "--script", place.write("moon.md", "The moon pulls the sea."))
        assert answer["state"] == "done"
        daemon.send_signal(signal.SIGTERM)
        _, rest = daemon.communicate(timeout=60)
    assert daemon.returncode == 0, rest
    assert f'"job": "{answer["job"]}"' in rest


@pytest.mark.slow
def test_an_order_handed_to_a_daemon_that_stops_before_it_begins_is_made_once_by_who_waits_for_it(
    tmp_path: Path,
) -> None:
    gate = Gate(tmp_path, discover().path)
    settings = work_folder.SETTINGS.replace("[render]", '[render]\ncodec = "hevc"')
    place = WorkFolder(tmp_path, f"[slots]\njobs = 1\n{settings}", REELFORGE_FFMPEG=str(gate.program))

    def until(what: str) -> None:
        assert daemon.stderr is not None
        next(line for line in daemon.stderr if what in line)

    with place.start("run") as daemon:
        until('"ready"')
        gate.shut()
        with place.start("make", "quick", "--script", place.write("one.md", "One says this.")) as one:
            until('"step": "render/segment')
            with place.start("make", "quick", "--script", place.write("two.md", "Two says that."), "--json") as two:
                until("job queued")
                daemon.send_signal(signal.SIGTERM)
                until('"stopping"')
                gate.open()
                daemon.communicate(timeout=120)
                out, err = two.communicate(timeout=120)
            one.communicate(timeout=120)
    assert (one.returncode, two.returncode) == (0, 0), err
    jobs = place.json("jobs")
    assert sorted(job["state"] for job in jobs) == ["done", "done"]
    assert json.loads(out)["job"] in {job["id"] for job in jobs}


@pytest.mark.slow
def test_two_makes_at_once_both_end_whoever_holds_the_folder(place: WorkFolder) -> None:
    first = place.start("make", "quick", "--script", place.write("one.md", "One says this."), "--json")
    second = place.start("make", "quick", "--script", place.write("two.md", "Two says that."), "--json")
    answers = [process.communicate(timeout=120) for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], answers
    assert [json.loads(out)["state"] for out, _ in answers] == ["done", "done"]


MISTAKES = {
    ("make", "quik", "--script", "fine.md"): "quick",
    ("make", "quick"): "--script",
    ("make", "quick", "--script", "nowhere.md"): "nowhere.md",
    ("make", "quick", "--script", "empty.md"): "empty.md",
    ("make", "quick", "--script", "long.md"): "minutes",
    ("make", "quick", "--script", "unseen.md"): "gone.jpg",
    ("render", "nothing.json", "-o", "x.mp4"): "nothing.json",
    ("job", "nobody"): "nobody",
    ("make", "quick", "--script", "fine.md", "--config", "bad.toml"): "bad.toml line 2",
    ("frame", "fine.json", "--at", "1:75", "-o", "x.png"): "give the seconds, as 67.5",
    ("frame", "fine.json", "--at", f"{'9' * 400}:0", "-o", "x.png"): "give the seconds, as 67.5",
    (
        "frame",
        "fine.json",
        "--at",
        "noon",
        "-o",
        "x.png",
    ): "give the seconds, as 67.5, or the minutes too, as 1:07.5. `reelforge frame --help`",
    ("mkae",): "make",
    ("jobs", "--json", "--al"): "No such option: --al",
    ("render", "nothing.json", "-o", "x.mp4", "--json"): "nothing.json",
}


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> tuple[WorkFolder, dict[tuple[str, ...], Answer]]:
    place = WorkFolder(tmp_path_factory.mktemp("mistakes"))
    place.write("fine.md", "Fine.")
    place.write("empty.md", "")
    place.write("long.md", "word " * 10_000)
    place.write("unseen.md", "See this. <!-- picture: gone.jpg -->")
    place.write("bad.toml", "[channels.quick]\nvioce = 1\n")
    return place, dict(zip(MISTAKES, place.several(list(MISTAKES)), strict=True))


@pytest.mark.parametrize("words", MISTAKES, ids=" ".join)
def test_a_mistake_is_one_sentence_exit_code_2_and_leaves_nothing(
    refusals: tuple[WorkFolder, dict[tuple[str, ...], Answer]], words: tuple[str, ...]
) -> None:
    place, answers = refusals
    code, out, err = answers[words]
    assert code == 2
    assert MISTAKES[words] in err
    if "--json" in words:
        told = json.loads(out)
        assert (told["state"], MISTAKES[words] in told["error"]) == ("refused", True)
    else:
        assert out == ""
    assert err.count("\n") == 1
    assert not (place.home / "videos").exists()


@pytest.mark.slow
def test_an_edit_of_the_settings_is_in_force_for_the_daemons_next_job(tmp_path: Path) -> None:
    place = WorkFolder(tmp_path)

    def told(what: str) -> str:
        assert daemon.stderr is not None
        return next(line for line in daemon.stderr if what in line)

    with place.start("run") as daemon:
        told('"ready"')
        place.write("reelforge.toml", SETTINGS.replace("[render]", '[render]\nffmpeg = "/nowhere/ffmpeg"'))
        assert "stay in force" in told("settings refused")
        place.write("reelforge.toml", SETTINGS.replace("[channels.quick]", "[channels.sixth]"))
        told("settings reloaded")
        made = place.json("make", "sixth", "--script", place.write("script.md", "A sixth channel."))
        assert made["state"] == "done"
        daemon.send_signal(signal.SIGTERM)
        daemon.communicate(timeout=60)
    assert daemon.returncode == 0


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("jobs", "--json"), 2, FULL_SAID),
        (("--help",), 2, FULL_SAID),
        (
            ("job", "00000000000000000000000000", "--json"),
            2,
            "reelforge: There is no job called '00000000000000000000000000' in ",
        ),
    ],
)
def test_output_that_cannot_be_written_is_one_sentence_and_no_success(
    place: WorkFolder, words: tuple[str, ...], code: int, said: str, unbuffered: str
) -> None:
    with FULL.open("w") as full:
        environment = {**place.environment, "PYTHONUNBUFFERED": unbuffered}
        command = [sys.executable, "-m", "reelforge", *words]
        ran = subprocess.run(
            command, cwd=place.folder, env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert ran.returncode == code
    assert ran.stderr.startswith(said)
    assert ran.stderr.count("\n") == 1
