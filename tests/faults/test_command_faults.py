"""``reelforge make`` when what it stands on breaks: one sentence, the right exit code, nothing left, and it goes on."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from reelforge.domain.events import StepFinished, StepStarted
from reelforge.render.ffmpeg import discover
from reelforge.store.reader import open_reader
from reelforge.testing.real_make import processes, strays
from reelforge.testing.work_folder import Answer, WorkFolder

SETTINGS = """
[reelforge]
min_free_gb = {free}
[render]
quality = "low"
{render}
[channels.quick]
voice = {{ engine = "espeak" }}
pictures = {{ engines = ["backdrop"] }}
music = {{ engine = "none" }}
shape = "1:1"
"""
DAY = 86_400
IN_A_NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]
SMALL_DISK = """
import json, subprocess, sys
from pathlib import Path

home, sizes = Path(sys.argv[1]), sys.argv[2:]

def reelforge(*words):
    return subprocess.run([sys.executable, "-m", "reelforge", *words], capture_output=True, text=True)

subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(home)], check=True)
for size in sizes:
    subprocess.run(["mount", "-o", f"remount,size={size}k", str(home)], check=True)
    found = json.loads(reelforge("jobs", "--json").stdout)
    for job in found:
        reelforge("retry", job["id"])
    ended = reelforge("make", "quick", "--script", "script.md")
    told = [line for line in ended.stderr.splitlines() if not line.startswith("{")]
    left = [str(path) for part in ("assets/tmp", "cache/tmp") for path in (home / part).glob("*")]
    left += [str(path) for path in home.glob("videos/**/*") if path.is_file() and ended.returncode]
    print(json.dumps({"code": ended.returncode, "told": " ".join(told), "left": left, "found": found}))
"""


def own_mounts() -> bool:
    """Whether a program may mount a disk of its own here that nobody else sees."""
    if sys.platform != "linux" or not shutil.which("unshare"):
        return False
    mount = [*IN_A_NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(mount, capture_output=True, check=False).returncode == 0


class Place(WorkFolder):
    """A work folder, its settings, and a script of four words."""

    def __init__(self, folder: Path, render: str = "", free: float = 0.1, **environment: str) -> None:
        super().__init__(folder, SETTINGS.format(render=render, free=free), **environment)
        self.said = ""
        self.order: tuple[str, ...] = ()
        self.write("script.md", "The tide comes in.")

    def make(self, *words: str, largest: int | None = None) -> int:
        """Run the command to its end; ``said`` is what a person read last."""
        self.order = words
        with self.start("make", "quick", "--script", "script.md", *words, largest=largest) as process:
            _out, told = process.communicate(timeout=120)
        assert "Traceback" not in told
        self.said = told.strip().splitlines()[-1] if told.strip() else ""
        return process.returncode

    def go_on(self) -> int:
        """As a person does once the cause is mended: retry what waits for that, and give the same order again."""
        with open_reader(self.home) as reader:
            waiting = [job.id for job in reader.jobs(("needs_person",))]
        for job in waiting:
            self.run("retry", job)
        return self.make(*self.order)

    def wrong(self) -> list[str]:
        """What does not hold once the one job is done."""
        with open_reader(self.home) as reader:
            jobs = reader.jobs()
            events = [event for job in jobs for event in reader.job_events(job.id)]
        found = [*strays(self.home), *processes(self.home)]
        found += [f"{job.id} is {job.state}" for job in jobs if job.state != "done"]
        found += [] if len(jobs) == 1 else [f"{len(jobs)} jobs"]
        finished = set()
        for event in events:
            if isinstance(event, StepFinished):
                finished.add(event.step)
            elif isinstance(event, StepStarted) and event.step in finished:
                found.append(f"{event.step} ran again")
        return found

    def half_made(self) -> list[str]:
        """Parts that no later start would be needed to remove."""
        parts = [*self.home.glob("assets/tmp/*"), *self.home.glob("cache/tmp/*"), *self.home.glob("videos/**/*")]
        return [str(part) for part in parts if part.is_file()] + processes(self.home)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Path]:
    """An ffmpeg that is the real one; the first to encode a segment waits until somebody has read its process id from
    the pipe ``pids``.
    """
    pipe, program = tmp_path / "pids", tmp_path / "ffmpeg"
    os.mkfifo(pipe)
    real = discover().path
    program.write_text(
        f"""#!/bin/sh
case "$*" in *reelforge-try*) ;; *cache/tmp/*) mkdir "{pipe}.told" 2>/dev/null && echo $$ > "{pipe}";; esac
exec "{real}" "$@"
"""
    )
    program.chmod(0o755)
    return program


def test_an_ffmpeg_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    place = Place(tmp_path, 'ffmpeg = "/nowhere/ffmpeg"')
    assert place.make() == 2
    assert "/nowhere/ffmpeg" in place.said
    place.write("reelforge.toml", SETTINGS.format(render="", free=0.1))
    place.environment["REELFORGE_FFMPEG"] = "/neither/here/ffmpeg"
    assert place.make() == 2
    assert "/neither/here/ffmpeg" in place.said
    assert place.half_made() == []


@pytest.mark.skipif(sys.platform == "darwin", reason="there Homebrew's folder is searched besides the PATH")
def test_no_ffmpeg_anywhere_is_one_sentence_that_says_how_to_get_one(tmp_path: Path) -> None:
    place = Place(tmp_path, PATH=str(tmp_path), IMAGEIO_FFMPEG_EXE=str(tmp_path / "none"))
    assert place.make() == 2
    assert "No working ffmpeg was found. Install ffmpeg" in place.said
    assert place.half_made() == []


@pytest.mark.slow
def test_an_ffmpeg_killed_in_the_middle_of_a_render_is_started_again(tmp_path: Path, gate: Path) -> None:
    place = Place(tmp_path, f'ffmpeg = "{gate}"\nencoder = "libx264"\ncodec = "hevc"')
    pipe = tmp_path / "pids"
    with place.start("make", "quick", "--script", "script.md") as process:
        with pipe.open() as told:
            pid = int(told.readline())
        os.kill(pid, signal.SIGKILL)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "ffmpeg was killed by signal 9 while encoding" in said
    assert "Traceback" not in said
    assert place.wrong() == []


def test_a_work_folder_that_cannot_be_one_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    place = Place(tmp_path)
    for blocked in (place.home, place.home / "below"):
        place.environment["REELFORGE_HOME"] = str(blocked)
        assert place.make() == 2
        assert str(blocked) in place.said


BLOCKED = ("assets", "cache", "logs", "reelforge.db", "backups", "runner.lock")


@pytest.fixture(scope="module")
def blocked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Answer]]:
    """The work folders in each of which something stands in the way, and what ``make`` says to that."""
    place = Place(tmp_path_factory.mktemp("blocked"))
    homes = {name: place.folder / f"without {name}" for name in BLOCKED}
    for name, home in homes.items():
        home.mkdir()
        if name in {"reelforge.db", "runner.lock"}:
            (home / name).mkdir()
        else:
            (home / name).write_text("a file")
        if name == "backups":  # copies are made of a database that is there already
            sqlite3.connect(home / "reelforge.db").close()
    answers = place.several([("make", "quick", "--script", "script.md")] * len(homes), list(homes.values()))
    return {name: (home, answer) for (name, home), answer in zip(homes.items(), answers, strict=True)}


@pytest.mark.parametrize("name", BLOCKED)
def test_a_file_or_folder_in_the_way_inside_the_work_folder_is_one_sentence(
    blocked: dict[str, tuple[Path, Answer]], name: str
) -> None:
    home, answer = blocked[name]
    assert answer.code == 2
    assert str(home) in answer.err.splitlines()[-1]
    assert "Traceback" not in answer.err


def test_a_database_that_was_only_just_begun_holds_no_jobs(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.home.mkdir()
    with closing(sqlite3.connect(place.home / "reelforge.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    assert place.json("jobs") == []


def test_a_copy_of_the_database_that_was_cut_off_is_removed_by_the_next_start(tmp_path: Path) -> None:
    place = Place(tmp_path, 'ffmpeg = "/nowhere/ffmpeg"')
    place.make()
    (place.home / "backups").mkdir()
    (place.home / "backups" / "reelforge-20260101T000000Z.partial").touch()
    (place.home / "backups" / "reelforge-20260101T000000Z.partial-journal").touch()
    place.make()
    assert [path.suffix for path in (place.home / "backups").iterdir()] == [".db"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_work_folder_without_write_permission_is_one_sentence(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.home.mkdir(mode=0o500)
    assert place.make() == 2
    assert str(place.home) in place.said


@pytest.mark.parametrize("out", ["taken", "taken/below"])
def test_an_out_folder_that_can_never_be_one_is_refused_before_anything_is_made(tmp_path: Path, out: str) -> None:
    place = Place(tmp_path)
    (tmp_path / "taken").write_text("a file")
    assert place.make("--out", out) == 2
    assert "taken" in place.said
    assert not (place.home / "assets").exists()


@pytest.mark.slow
def test_an_out_folder_that_cannot_be_made_loses_no_work(tmp_path: Path, gate: Path) -> None:
    place = Place(tmp_path, f'ffmpeg = "{gate}"\nencoder = "libx264"\ncodec = "hevc"')
    taken, pipe = tmp_path / "taken", tmp_path / "pids"
    with place.start("make", "quick", "--script", "script.md", "--out", "taken/below") as process:
        with pipe.open() as told:
            taken.write_text("a file")
            told.readline()
        _, said = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "taken/below" in said.strip().splitlines()[-1]
    taken.unlink()
    place.order = ("--out", "taken/below")
    assert place.go_on() == 0
    assert [path.suffix for path in (tmp_path / "taken" / "below").glob("*.mp4")] == [".mp4"]
    assert place.wrong() == []


@pytest.mark.slow
def test_a_videos_folder_in_whose_place_a_file_stands_loses_no_work(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.home.mkdir()
    (place.home / "videos").write_text("a file")
    assert place.make() == 2
    assert "videos" in place.said
    (place.home / "videos").unlink()
    assert place.go_on() == 0
    assert place.wrong() == []


@pytest.mark.slow
def test_files_that_cannot_grow_are_one_sentence_and_the_job_goes_on(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.home.mkdir()
    with (place.home / "ballast").open("wb") as ballast:  # there already, so that the limit strikes later
        ballast.truncate(16 << 20)
    for limit in (16, 300):
        assert place.make(largest=limit << 10) == 2
        assert "The disk is full" in place.said
        assert place.half_made() == []
    assert place.go_on() == 0
    assert place.wrong() == []


@pytest.mark.slow
@pytest.mark.skipif(not own_mounts(), reason="a disk of its own needs Linux, and user namespaces")
def test_a_disk_that_is_full_is_one_sentence_wherever_it_strikes_and_the_job_goes_on(tmp_path: Path) -> None:
    place = Place(tmp_path, free=0)
    place.home.mkdir()
    program = [*IN_A_NAMESPACE, sys.executable, "-c", SMALL_DISK, str(place.home), "32", "1024", "3500", "64000"]
    ran = subprocess.run(
        program, cwd=tmp_path, env=place.environment, capture_output=True, text=True, timeout=300, check=True
    )
    *refused, done = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(refused) == 3
    for answer in refused:
        assert (answer["code"], answer["left"]) == (2, [])
        assert answer["told"].startswith("reelforge: The disk is full")
        assert answer["told"].count("Free some space") == 1
    assert refused[1]["found"] == []  # there was not even room for a job
    assert [job["state"] for job in done["found"]] == ["needs_person"]
    assert done["code"] == 0, done


def test_too_little_room_is_said_before_any_work(tmp_path: Path) -> None:
    place = Place(tmp_path, free=90_000)
    assert place.make() == 2
    assert "The disk that holds" in place.said
    assert place.half_made() == []


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [DAY, -DAY], ids=["back", "ahead"])
def test_a_clock_set_back_or_ahead_between_two_starts_changes_nothing(tmp_path: Path, gate: Path, seconds: int) -> None:
    place = Place(tmp_path, f'ffmpeg = "{gate}"\ncodec = "hevc"')
    with place.start("make", "quick", "--script", "script.md") as process:
        with (tmp_path / "pids").open() as told:
            told.readline()
        process.kill()
        process.communicate(timeout=60)
    _shift(place.home, seconds)
    assert place.make() == 0
    assert place.wrong() == []


def _shift(home: Path, seconds: int) -> None:
    """Make everything look as if it had been written by a clock that was ahead by so much."""
    columns = {
        "jobs": ("created", "started", "finished", "deferred_at", "not_before"),
        "steps": ("started", "finished"),
        "results": ("at",),
        "costs": ("at",),
        "events": ("at",),
    }
    with closing(sqlite3.connect(home / "reelforge.db")) as connection:
        for table, names in columns.items():
            changes = ", ".join(f"{name} = {name} + {seconds}" for name in names)
            connection.execute(f"UPDATE {table} SET {changes}")
        connection.execute(
            "UPDATE jobs SET not_before = ?, deferred_at = ?", (time.time() + seconds, time.time() + seconds)
        )
        connection.commit()
    memory = home / "cache" / "encoder.json"
    kept = json.loads(memory.read_text())
    memory.write_text(json.dumps({codec: {**answer, "at": answer["at"] + seconds} for codec, answer in kept.items()}))
    for path in home.rglob("*"):
        status = path.stat()
        os.utime(path, (status.st_atime + seconds, status.st_mtime + seconds))
