"""What commands print of jobs and renditions: a JSON document for programs, lines for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelforge.domain.cues import SAMPLE_RATE, Word
from reelforge.domain.job import JobRecord, Order

if TYPE_CHECKING:
    from reelforge.domain.material import Material
    from reelforge.domain.post import Rendition
    from reelforge.wording import Wording


def made(record: JobRecord) -> dict[str, Any]:
    """A finished (or failed) job as ``make --json`` prints it."""
    result = record.result or {}
    files = _files(record)
    words = [_word(Word.model_validate(word)) for word in result.get("words", ())]
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


def words(wording: Wording) -> dict[str, Any]:
    """The words of a job as ``words --json`` prints them; ``edit`` is the version in force, 0: as they were found."""
    alignment = wording.now.alignment
    return {
        "job": wording.record.id,
        "state": wording.record.state,
        "edit": wording.now.edit,
        "seconds": round(alignment.samples / SAMPLE_RATE, 4),
        "words": [
            _word(word) | {"scene": number} for number, scene in enumerate(alignment.scenes, 1) for word in scene.words
        ],
        "notes": list(alignment.every_note),
    }


def _word(word: Word) -> dict[str, Any]:
    return {
        "text": word.text,
        "start": round(word.start / SAMPLE_RATE, 4),
        "end": round(word.end / SAMPLE_RATE, 4),
        "confidence": word.confidence,
        "source": word.source,
    }


def words_table(wording: Wording) -> str:
    """Words, a line each: the scene they are in, their seconds, how they were found; then what to look into."""
    lines = [f"{'word':>5}{'scene':>7}{'start':>10}{'end':>10}  {'found':10}{'sure':6}text"]
    alignment = wording.now.alignment
    spoken = ((scene, word) for scene, said in enumerate(alignment.scenes, 1) for word in said.words)
    for number, (scene, word) in enumerate(spoken, 1):
        start, end = word.start / SAMPLE_RATE, word.end / SAMPLE_RATE
        told = f"{start:>10.3f}{end:>10.3f}  {word.source:10}{word.confidence:<6.2f}{word.text}"
        lines.append(f"{number:>5}{scene:>7}{told}")
    return "\n".join([*lines, "", *alignment.every_note, _version(wording)])


def _version(wording: Wording) -> str:
    if not wording.now.edit:
        return "The words are as they were found."
    return f"The words were edited {_times(wording.now.edit)}; `--restore 0` brings back those that were found."


def _times(count: int) -> str:
    return "once" if count == 1 else "twice" if count == 2 else f"{count} times"


def amended(record: JobRecord, before: Wording, now: Material) -> str:
    """What became of an edit of a job's words, for a person."""
    if now.edit == before.now.edit:
        return f"{summary(record)}\nThe words are as they were."
    back = f"`reelforge words {record.id} --restore {before.now.edit}`"
    return f"{summary(record)}\nThese files took the place of the former ones; {back} brings those back."


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
    return "\n".join([*lines, *_noted(record)])


def notes(record: JobRecord) -> list[str]:
    """What a person may want to look into: sentences of the job's steps, and of checks passed with a doubt."""
    result = record.result or {}
    return [*result.get("notes", ()), *doubts(result.get("rendition", {}).get("checks", ()))]


def _noted(record: JobRecord) -> list[str]:
    found = notes(record)
    return ["", *(f"Note: {note}" for note in found)] if found else []


def doubts(checks: Iterable[Mapping[str, Any]]) -> list[str]:
    """The sentences of checks that are passed, but with something a person may want to look at."""
    return [check["sentence"] for check in checks if check.get("level") == "warning"]


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


def changed(record: JobRecord) -> str:
    """What became of a job that was retried or cancelled, and what makes it go on."""
    told = f"{record.id} is {record.state}."
    if record.state != "queued":
        return told
    return f"{told} Where `reelforge run` runs, it goes on; else start that, or give the same `make` again."


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
    return "\n".join([*lines, *(f"{role:18}{path}" for role, path in files.items()), *_noted(record)])
