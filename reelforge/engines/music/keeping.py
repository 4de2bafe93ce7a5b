"""Small files that can be lost without harm, read and replaced whole."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)


def read_kept(path: Path) -> str | None:
    """A file's text; None when it is not there or cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def write_kept(path: Path, text: str) -> None:
    """Put a file in its place by one rename. Where that cannot be, it is logged, and the work goes on without it."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)  # noqa: PTH105  # the name says that what was there goes
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        log.warning("not_kept", file=str(path), reason=error.strerror)
