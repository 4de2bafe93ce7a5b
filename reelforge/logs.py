"""Logs: console colours on a terminal, JSON lines otherwise, always on standard error, and in files that rotate.

Every line, also a library's, takes the same way: it gets its job, channel and step where it is written, loses its
secrets, and is written by a thread of its own, so that no line waits for a disk.
"""

from __future__ import annotations

import fcntl
import logging
import logging.handlers
import os
import queue
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any, Final, Literal, TextIO

from reelforge.domain.events import (
    Event,
    JobEvent,
    JobFailed,
    JobRetrying,
    SettingsRefused,
    StepFailed,
    StepProgressed,
    StepRetried,
)
from reelforge.errors import NeedsPersonError
from reelforge.lean import without
from reelforge.redaction import Redactor
from reelforge.settings.model import LogSettings, Settings

with without("rich"):  # it draws tracebacks, which are logged as plain text here, and takes 60 ms of every command
    import structlog
    from structlog.typing import EventDict, Processor

get_logger = structlog.get_logger
FOLDER: Final = "logs"
FILE: Final = "reelforge.log"
CLAIM: Final = ".writer"
Level = Literal["debug", "info", "warning", "error"]
_LEVELS: Final[Mapping[str, int]] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_OURS: Final = frozenset({"timestamp", "level", "logger"})
_FIRST: Final = ("timestamp", "level", "event", "job", "channel", "step")
_TALKATIVE: Final = ("aiohttp", "aiosqlite", "asyncio", "httpcore", "PIL", "watchfiles")
"""Libraries whose everyday lines say nothing about a job; their warnings count."""
_SEVERITY: Final[Mapping[type[Event], int]] = {
    StepProgressed: logging.DEBUG,
    StepRetried: logging.WARNING,
    JobRetrying: logging.WARNING,
    SettingsRefused: logging.WARNING,
    StepFailed: logging.ERROR,
    JobFailed: logging.ERROR,
}


class Logs:
    """The logs of this process while :func:`writing` is open."""

    def __init__(self, redactor: Redactor, root: logging.Logger) -> None:
        self.redactor = redactor
        self._root = root

    def use(self, settings: LogSettings) -> None:
        """Take over a level changed by hot reload."""
        self._root.setLevel(_LEVELS[settings.level])
        quiet = logging.DEBUG if settings.level == "debug" else logging.WARNING
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(quiet)


def recording(settings: Settings, *, aloud: Level = "debug") -> AbstractContextManager[Logs]:
    """Write the logs of a process that works in ``settings.home``: to standard error and to files in ``logs/`` there.

    Only lines of the level ``aloud`` and above go to standard error, where a progress bar may want to be alone.
    """
    return writing(settings.log, settings.home / FOLDER, environ=os.environ, aloud=aloud)


@contextmanager
def writing(
    settings: LogSettings,
    folder: Path | None,
    *,
    environ: Mapping[str, str],
    stream: TextIO | None = None,
    aloud: Level = "debug",
) -> Iterator[Logs]:
    """Write logs to ``stream`` (standard error when None) and, when ``folder`` is given, to files in it.

    Files are JSON lines, rotated at ``file_mb``. One process at a time writes to a folder: a second one, which follows
    the first one's work, has its stream only. Everything that was logged is written when this is left.
    Raises NeedsPersonError when the folder cannot be written.
    """
    stream = stream or sys.stderr
    redactor = Redactor.of_environment(environ)
    processors = _processors(redactor)
    claim = _claim(folder) if folder else None
    handlers = [_to_stream(settings, stream, environ), *([_to_file(settings, folder)] if folder and claim else [])]
    handlers[0].setLevel(_LEVELS[aloud])
    lines: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    listener = logging.handlers.QueueListener(lines, *handlers, respect_handler_level=True)
    root = logging.getLogger()
    before = (root.handlers[:], root.level, structlog.get_config())
    root.handlers[:] = [_Intake(lines, processors)]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *processors, _as_record],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    logging.captureWarnings(capture=True)
    logs = Logs(redactor, root)
    logs.use(settings)
    listener.start()
    try:
        yield logs
    finally:
        listener.stop()
        for handler in handlers:
            handler.close()
        if claim:
            claim.close()
        logging.captureWarnings(capture=False)
        root.handlers[:], level, config = before
        root.setLevel(level)
        structlog.configure(**config)


def log_event(event: Event) -> None:
    """Listen to the bus: write what happened as one line with its job, channel and step."""
    level = _SEVERITY.get(type(event), logging.INFO)
    said = event.model_dump(mode="json", exclude={"id", "at", "kind"})
    kind = event.model_dump(include={"kind"}).get("kind", type(event).__name__)
    fields = {key: value for key, value in said.items() if value not in ("", None)}
    if isinstance(fields.get("seconds"), float):
        fields["seconds"] = round(fields["seconds"], 3)
    about = "reelforge.jobs" if isinstance(event, JobEvent) else "reelforge.settings"
    structlog.get_logger(about).log(level, str(kind).replace("_", " "), **fields)


def _processors(redactor: Redactor) -> list[Processor]:
    """What happens to a line in the task that wrote it."""

    def redact(_: Any, __: str, event: EventDict) -> EventDict:
        ordered = [*(key for key in _FIRST if key in event), *(key for key in event if key not in _FIRST)]
        return {key: event[key] if key in _OURS else redactor.field(key, event[key]) for key in ordered}

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
    ]


class _Finished(dict[str, Any]):
    """A line that has been through all processors."""


def _as_record(_: Any, __: str, event: EventDict) -> tuple[tuple[_Finished], dict[str, Any]]:
    """The finished line as a stdlib record's message."""
    return (_Finished(event),), {}


class _Intake(logging.handlers.QueueHandler):
    """Takes every record; a library's becomes a line like ours, while its task's context can still be seen."""

    def __init__(self, lines: queue.SimpleQueue[logging.LogRecord], processors: list[Processor]) -> None:
        super().__init__(lines)
        self._processors = processors

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record if isinstance(record.msg, _Finished) else self._line(record, record.getMessage())

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        """A library's line whose arguments do not fit its text: written as it is, for arguments may hold secrets."""
        self.enqueue(self._line(record, f"{record.msg} (its arguments do not fit)"))

    def _line(self, record: logging.LogRecord, text: str) -> logging.LogRecord:
        event: Any = {"event": text, "exc_info": record.exc_info, "stack": record.stack_info}
        event = {key: value for key, value in event.items() if value}
        logger = logging.getLogger(record.name)
        for process in self._processors:
            event = process(logger, record.levelname.lower(), event)
        plain = {"exc_info": None, "exc_text": None, "stack_info": None, "args": None}
        return logging.makeLogRecord({**record.__dict__, **plain, "msg": _Finished(event)})


class _Line(logging.Formatter):
    """Writes a line that is a table of plain values."""

    def __init__(self, render: Callable[[Any, str, MutableMapping[str, Any]], str | bytes]) -> None:
        super().__init__()
        self._render = render

    def format(self, record: logging.LogRecord) -> str:
        line: Any = record.msg
        return str(self._render(None, record.levelname.lower(), dict(line)))


def _to_stream(settings: LogSettings, stream: TextIO, environ: Mapping[str, str]) -> logging.Handler:
    console = settings.format == "console" or (settings.format == "auto" and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        _Line(_console(stream, environ) if console else structlog.processors.JSONRenderer(ensure_ascii=False))
    )
    return handler


def _console(stream: TextIO, environ: Mapping[str, str]) -> structlog.dev.ConsoleRenderer:
    """For a person's eye; colours unless told otherwise (https://no-color.org) or not on a terminal."""
    colours = stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
    return structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)


def _json() -> _Line:
    return _Line(structlog.processors.JSONRenderer(ensure_ascii=False))


def _claim(folder: Path) -> IO[bytes] | None:
    """The sole right to write to the folder, until it is closed or the process is no more; None when another has it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        claim = (folder / CLAIM).open("ab")
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise NeedsPersonError(
            f"Logs cannot be written to {folder}: {why}.", remedy="Allow it there, or name another work folder."
        ) from error
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        claim.close()
        return None
    return claim


def _to_file(settings: LogSettings, folder: Path) -> logging.Handler:
    handler = logging.handlers.RotatingFileHandler(
        folder / FILE, maxBytes=round(settings.file_mb * 1_000_000), backupCount=settings.files, encoding="utf-8"
    )
    handler.setFormatter(_json())
    return handler
