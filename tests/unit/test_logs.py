"""Logs: where they go, what each line carries, and that no secret is in any of them."""

from __future__ import annotations

import io
import json
import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
import structlog

from reelforge.domain import events
from reelforge.errors import NeedsPersonError
from reelforge.logs import FILE, Logs, log_event, recording, writing
from reelforge.settings import LogSettings, Settings, load


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@contextmanager
def logged(
    settings: LogSettings | None = None, folder: Path | None = None, environ: dict[str, str] | None = None
) -> Iterator[tuple[list[dict[str, Any]], Logs]]:
    """The lines, once the block is left."""
    stream = io.StringIO()
    lines: list[dict[str, Any]] = []
    with writing(settings or LogSettings(), folder, environ=environ or {}, stream=stream) as logs:
        yield lines, logs
    lines.extend(json.loads(line) for line in stream.getvalue().splitlines())


def test_lines_are_json_where_nobody_watches_and_for_the_eye_on_a_terminal() -> None:
    for stream, settings, is_json in (
        (io.StringIO(), LogSettings(), True),
        (Terminal(), LogSettings(), False),
        (Terminal(), LogSettings(format="json"), True),
        (io.StringIO(), LogSettings(format="console"), False),
    ):
        with writing(settings, None, environ={}, stream=stream):
            structlog.get_logger("here").info("something happened", count=3)
        (line,) = stream.getvalue().splitlines()
        assert line.startswith("{") is is_json
        assert "something happened" in line
        assert ("\x1b[" in line) is (isinstance(stream, Terminal) and not is_json)


def test_no_color_is_respected() -> None:
    stream = Terminal()
    with writing(LogSettings(), None, environ={"NO_COLOR": "1"}, stream=stream):
        structlog.get_logger("here").warning("plain")
    assert "\x1b[" not in stream.getvalue()


def test_nothing_is_ever_written_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    with writing(LogSettings(level="debug"), None, environ={}):
        structlog.get_logger("here").info("ours")
        logging.getLogger("library").error("theirs")
    out, err = capsys.readouterr()
    assert out == ""
    assert "ours" in err
    assert "theirs" in err


def test_every_line_of_a_job_says_job_channel_and_step_also_a_librarys_and_from_a_thread() -> None:
    async def step(name: str) -> None:
        with structlog.contextvars.bound_contextvars(job=f"job-{name}", channel="news", step=name):
            structlog.get_logger("ours").info("from a task")
            await anyio.to_thread.run_sync(lambda: logging.getLogger("library").warning("from a thread"))

    async def both() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(step, "narrate")
            tasks.start_soon(step, "gather")

    with logged() as (lines, _):
        anyio.run(both)
    assert len(lines) == 4
    for line in lines:
        assert line["job"] == f"job-{line['step']}"
        assert line["channel"] == "news"
    assert {line["step"] for line in lines} == {"narrate", "gather"}
    assert list(lines[0])[:6] == ["timestamp", "level", "event", "job", "channel", "step"]


def test_the_level_holds_back_what_is_below_it_and_can_change_while_running() -> None:
    with logged(LogSettings(level="warning")) as (lines, logs):
        structlog.get_logger("a").info("no")
        logging.getLogger("b").info("no")
        structlog.get_logger("a").warning("yes")
        logs.use(LogSettings(level="debug"))
        structlog.get_logger("a").debug("yes, too")
        logging.getLogger("b").debug("yes, too")
    assert [line["event"] for line in lines] == ["yes", "yes, too", "yes, too"]


def test_libraries_everyday_lines_are_left_out_and_their_warnings_are_not() -> None:
    with logged() as (lines, _):
        logging.getLogger("aiohttp.access").info("GET /health 200")
        logging.getLogger("aiohttp.server").warning("odd request")
    assert [line["event"] for line in lines] == ["odd request"]


def test_python_warnings_take_the_same_way() -> None:
    with logged() as (lines, _), warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old thing", DeprecationWarning, stacklevel=1)
    assert "old thing" in lines[0]["event"]
    assert lines[0]["logger"] == "py.warnings"


SECRET = "correct-horse-battery"


def fail() -> None:
    try:
        {}[f"Authorization: Bearer {SECRET}"]
    except KeyError as error:
        raise RuntimeError(f"https://host/x?key={SECRET}&b=1") from error


@pytest.mark.parametrize("settings", [LogSettings(), LogSettings(format="console")])
def test_no_secret_reaches_a_line_by_any_way(tmp_path: Path, settings: LogSettings) -> None:
    stream = io.StringIO()
    environ = {"OPENAI_API_KEY": SECRET}
    with writing(settings, tmp_path, environ=environ, stream=stream) as logs:
        logs.redactor.learn("from-the-keychain")
        ours, theirs = structlog.get_logger("ours"), logging.getLogger("theirs")
        ours.info(f"in the text {SECRET}", also="from-the-keychain")
        ours.info("nested", data={"a": [{"b": (SECRET, {SECRET: SECRET})}]}, headers={"X-Api-Key": "unknown one"})
        ours.info("an object", thing=ValueError(SECRET), data=SECRET.encode())
        with structlog.contextvars.bound_contextvars(url=f"https://me:{SECRET}@host/"):
            theirs.warning("formatted %s and %r", SECRET, {"token": SECRET})
        theirs.warning("does not fit %d", SECRET)
        theirs.warning({"token": SECRET})
        try:
            fail()
        except RuntimeError:
            ours.exception("went wrong")
            theirs.exception("went wrong")
        ours.info("stack", stack_info=True)
    written = stream.getvalue() + (tmp_path / FILE).read_text()
    assert SECRET not in written
    assert "from-the-keychain" not in written
    assert "unknown one" not in written
    assert written.count("went wrong") == 4
    assert "KeyError" in written
    assert "RuntimeError" in written
    assert "b=1" in written


def test_a_librarys_malformed_line_is_written_without_its_arguments() -> None:
    with logged() as (lines, _):
        logging.getLogger("library").warning("%d of them", "only-one")
    assert [line["event"] for line in lines] == ["%d of them (its arguments do not fit)"]


def test_the_files_hold_json_lines_and_rotate(tmp_path: Path) -> None:
    settings = LogSettings(file_mb=0.002, files=3, format="console")
    with writing(settings, tmp_path / "logs", environ={}, stream=io.StringIO()):
        for number in range(200):
            structlog.get_logger("here").info("line", number=number, text="é" * 20)
    files = sorted(path.name for path in (tmp_path / "logs").glob("reel*"))
    assert files == [FILE, f"{FILE}.1", f"{FILE}.2", f"{FILE}.3"]
    assert all(path.stat().st_size <= 2_000 for path in (tmp_path / "logs").iterdir())
    newest = [json.loads(line) for line in (tmp_path / "logs" / FILE).read_text().splitlines()]
    assert newest[-1]["number"] == 199


def test_everything_said_before_the_end_is_written_and_threads_do_not_mix_lines(tmp_path: Path) -> None:
    def talk(who: int) -> None:
        for number in range(100):
            logging.getLogger("many").warning("line %d", number, extra={"who": who})

    with writing(LogSettings(), tmp_path, environ={}, stream=io.StringIO()):
        threads = [threading.Thread(target=talk, args=(who,)) for who in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len([json.loads(line) for line in (tmp_path / FILE).read_text().splitlines()]) == 400


def test_a_second_process_leaves_the_files_to_the_first(tmp_path: Path) -> None:
    # two opens of one file are two claims, also within a process (flock)
    first, second = io.StringIO(), io.StringIO()
    with writing(LogSettings(), tmp_path, environ={}, stream=first):
        with writing(LogSettings(), tmp_path, environ={}, stream=second):
            structlog.get_logger("here").info("follower")
        structlog.get_logger("here").info("worker")
    with writing(LogSettings(), tmp_path, environ={}, stream=io.StringIO()):
        structlog.get_logger("here").info("the next one")
    written = (tmp_path / FILE).read_text()
    assert "follower" in second.getvalue()
    assert "follower" not in written
    assert "worker" in written
    assert "the next one" in written


def test_what_is_not_said_aloud_is_still_in_the_files(tmp_path: Path) -> None:
    stream = io.StringIO()
    with writing(LogSettings(), tmp_path, environ={}, stream=stream, aloud="warning"):
        structlog.get_logger("here").info("quiet")
        structlog.get_logger("here").warning("loud")
    assert "quiet" not in stream.getvalue()
    assert "loud" in stream.getvalue()
    assert "quiet" in (tmp_path / FILE).read_text()


def test_a_work_folders_logs_are_in_its_logs_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with recording(load_home(tmp_path / "home")):
        structlog.get_logger("here").info("said")
    assert "said" in (tmp_path / "home/logs/reelforge.log").read_text()
    assert "said" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_said_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(NeedsPersonError, match=r"Logs cannot be written to .*home/logs.* Allow it there"):
        recording(load_home(tmp_path / "home")).__enter__()


def load_home(home: Path) -> Settings:
    path = home.with_name("reelforge.toml")
    path.write_text("")
    return load(path, {"REELFORGE_HOME": str(home)})


def test_leaving_gives_the_logging_back_as_it_was() -> None:
    root = logging.getLogger()
    before = (root.handlers[:], root.level, structlog.get_config())
    with logged():
        assert root.handlers != before[0]
    assert (root.handlers, root.level, structlog.get_config()) == before


JOB = {"job": "j1", "channel": "news"}


@pytest.mark.parametrize(
    ("event", "level", "text"),
    [
        (events.JobQueued(**JOB), "info", "job queued"),
        (events.JobStarted(**JOB, attempt=1), "info", "job started"),
        (events.JobFinished(**JOB, seconds=3.14159), "info", "job finished"),
        (events.JobFailed(**JOB, state="failed", sentence="No."), "error", "job failed"),
        (events.JobRetrying(**JOB, sentence="Busy.", seconds=30.0), "warning", "job retrying"),
        (events.JobCancelled(**JOB), "info", "job cancelled"),
        (events.JobHandedBack(**JOB), "info", "job handed back"),
        (events.StepStarted(**JOB, step="narrate"), "info", "step started"),
        (events.StepFinished(**JOB, step="narrate", seconds=1.0, cached=True), "info", "step finished"),
        (events.StepFailed(**JOB, step="narrate", sentence="No."), "error", "step failed"),
        (events.StepRetried(**JOB, step="n", attempt=2, seconds=1.0, sentence="Busy."), "warning", "step retried"),
        (events.SettingsReloaded(path="reelforge.toml"), "info", "settings reloaded"),
        (events.SettingsRefused(path="reelforge.toml", sentence="Line 3."), "warning", "settings refused"),
    ],
)
def test_each_event_becomes_one_line_at_its_level(event: events.Event, level: str, text: str) -> None:
    with logged() as (lines, _):
        log_event(event)
    (line,) = lines
    assert (line["level"], line["event"]) == (level, text)
    for key, value in event.model_dump(exclude={"id", "at", "kind"}).items():
        if value not in ("", None):
            assert line[key] == (round(value, 3) if isinstance(value, float) else value)
    assert "kind" not in line


def test_progress_is_only_logged_for_debugging() -> None:
    progress = events.StepProgressed(**JOB, step="render", done=3, total=9, unit="frames")
    for level, count in (("info", 0), ("debug", 1)):
        with logged(LogSettings(level=level)) as (lines, _):  # type: ignore[arg-type]  # a literal in a loop
            log_event(progress)
        assert len(lines) == count
