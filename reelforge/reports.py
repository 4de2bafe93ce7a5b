"""What commands print of jobs and renditions: a JSON document for programs, lines for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.job import JobRecord, Order

if TYPE_CHECKING:
    from reelforge.domain.post import Rendition


def made(record: JobRecord) -> dict[str, Any]:
    """A finished (or failed) job as ``make --json`` prints it."""
    result = record.result or {}
    files = _files(record)
    words = [
        {
            "text": word["text"],
            "start": round(word["start"] / SAMPLE_RATE, 4),
            "end": round(word["end"] / SAMPLE_RATE, 4),
            "confidence": word["confidence"],
            "source": word["source"],
        }
        for word in result.get("words", ())
    ]
    document: dict[str, Any] = {
        "job": record.id,
        "state": record.state,
        "video": files.get("video"),
        "cover": files.get("cover"),
        "contact_sheet": files.get("contact_sheet"),
        "captions": files.get("captions"),
        "receipt": files.get("receipt"),
        "timeline": files.get("timeline"),
        "steps": [
            {"name": step.name, "seconds": round(step.seconds, 3), "cached": step.cached} for step in record.steps
        ],
        "words": words,
        "notes": list(result.get("notes", ())),
    }
    return document | ({"error": record.error} if record.error else {})


def rendered(out: Path, rendition: Rendition) -> dict[str, Any]:
    """A rendition as ``render --json`` prints it."""
    return {
        "video": str(out),
        "frames": rendition.frames,
        "seconds": rendition.seconds,
        "encoder": rendition.encoder,
        "loudness": rendition.loudness,
        "true_peak": rendition.true_peak,
        "checks": [check.model_dump(mode="json") for check in rendition.checks],
    }


def summary(record: JobRecord) -> str:
    """Where a finished Reel is and how long each step took, for a person."""
    files = _files(record)
    shown = ("video", "cover", "captions", "contact_sheet", "receipt")
    lines = [f"{role.replace('_', ' '):14}{files[role]}" for role in shown if role in files]
    lines += ["", *_steps(record)]
    notes = (record.result or {}).get("notes", ())
    lines += ["", *(f"Note: {note}" for note in notes)] if notes else []
    return "\n".join(lines)


def _files(record: JobRecord) -> dict[str, str]:
    """The Reel's files by role: where the person wanted them, else where they were published."""
    for publication in (record.result or {}).get("publications", ()):
        chosen = publication.get("copies") or publication.get("files")
        if chosen:
            return dict(chosen)
    return {}


def _steps(record: JobRecord) -> list[str]:
    top = [step for step in record.steps if "/" not in step.name]
    lines = [
        f"{step.name:18}{step.seconds:8.1f} s{'  (kept from before)' if step.cached else ''}"
        f"{'' if step.state == 'done' else '  ' + step.state}"
        for step in top
    ]
    if record.started and record.finished:
        lines.append(f"{'altogether':18}{record.finished - record.started:8.1f} s")
    return lines


def table(records: Sequence[JobRecord]) -> str:
    """Jobs, a line each."""
    if not records:
        return "There are no jobs yet. `reelforge make CHANNEL --script FILE` makes the first one."
    lines = [f"{'job':18}{'channel':20}{'state':14}{'asked':18}about"]
    for record in records:
        asked = datetime.fromtimestamp(record.created).astimezone().strftime("%Y-%m-%d %H:%M")
        lines.append(f"{record.id:18}{record.channel:20}{record.state:14}{asked:18}{_about(record.order)}")
        lines += [f"{'':18}{record.error}"] if record.error else []
    return "\n".join(lines)


def _about(order: Order) -> str:
    """What a person will know an order by: its topic, or its script's file name."""
    return order.topic or (Path(order.text_path).name if order.text_path else "a text")


def story(record: JobRecord) -> str:
    """Everything about one job, for a person."""
    head = f"job {record.id} of {record.channel}: {record.state}"
    lines = [head, *([record.error] if record.error else []), "", *_steps(record)]
    files = _files(record)
    return "\n".join([*lines, *(f"{role:18}{path}" for role, path in files.items())])
