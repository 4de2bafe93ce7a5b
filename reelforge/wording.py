"""The words of a job, for a person at work on them: told, written to a file, and read back as an edit of them."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Final

from msgspec import Struct

from reelforge.domain.job import JobRecord
from reelforge.domain.material import WORDS, Material
from reelforge.domain.subtitle_reading import read_srt, read_vtt, read_words_json
from reelforge.domain.subtitles import srt, vtt, word_subtitles, words_json
from reelforge.domain.word_edit import edited, edited_by_subtitles
from reelforge.engines.writer.verbatim import read_text
from reelforge.errors import InputError
from reelforge.jobs.journal import read_recorded
from reelforge.store.reader import open_reader

ENDINGS: Final = (".srt", ".vtt", ".json")


class Wording(Struct, frozen=True):
    """A job's words: every version of them, the first as they were found, each other an edit of a person's, oldest
    first; ``known`` is how many the journal has.
    """

    record: JobRecord
    versions: tuple[Material, ...]
    known: int

    @property
    def now(self) -> Material:
        """The version in force."""
        return self.versions[-1]


def find(home: Path, record: JobRecord) -> Wording:
    """The words of a job in the work folder ``home``. Raises InputError when they are not known, or not yet."""
    with open_reader(home) as reader:
        bodies = reader.recorded(record.id, WORDS)
    if not bodies:
        raise InputError(
            f"The words of job {record.id} are not known{' yet' if record.state != 'done' else ''}: it is "
            f"{record.state}.",
            remedy="They are found once everything is spoken; jobs made by earlier versions do not keep them.",
        )
    read = [read_recorded(record.id, WORDS, body, Material) for body in bodies]
    versions = tuple(list(same)[-1] for _, same in groupby(read, key=lambda material: material.edit))
    return Wording(record, versions, len(bodies))


def export(wording: Wording, path: Path) -> None:
    """Write the words in force to a file, in the form its ending says: a subtitle a word, or JSON to the sample.

    Raises InputError for another ending, a file that holds something else, and a place that cannot be written.
    """
    words, job = wording.now.alignment.words, wording.record.id
    ending = _ending(path)
    if ending == ".json":
        text = words_json(words, job)
    else:
        items = word_subtitles(words)
        text = srt(items) if ending == ".srt" else vtt(items, job)
    data = text.encode()
    try:
        if path.exists() and path.read_bytes() != data:
            raise InputError(
                f"{path} is there already and holds something else, maybe your own edit.",
                remedy="Name another file, or move that one away.",
            )
        path.write_bytes(data)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}).", remedy="Choose another place.") from error


def imported(wording: Wording, path: Path) -> Material:
    """The material with the words as a file has them; the material in force itself when they are the same.

    Raises InputError, naming line or word, for what cannot be meant: see :mod:`reelforge.domain.word_edit`.
    """
    ending, known, job = _ending(path), wording.now.alignment, wording.record.id
    text, name = read_text(path, "file of words"), str(path)
    if ending == ".json":
        alignment = edited(known, read_words_json(text, name, job), name)
    else:
        items = read_srt(text, name) if ending == ".srt" else read_vtt(text, name, job)
        alignment = edited_by_subtitles(known, items, name, wording.now.script.language)
    return _next(wording, wording.now.model_copy(update={"alignment": alignment}))


def restored(wording: Wording, number: int) -> Material:
    """The material with the words of an earlier version: 0 as they were found, 1 after the first edit, and so on."""
    if not 0 <= number < len(wording.versions):
        known = "0" if len(wording.versions) == 1 else f"0 to {len(wording.versions) - 1}"
        raise InputError(
            f"There is no version {number} of the words of job {wording.record.id}.", remedy=f"There is: {known}."
        )
    return _next(wording, wording.versions[number])


def _next(wording: Wording, material: Material) -> Material:
    """The material as a version of its own, unless it is the one in force."""
    changed = material.alignment != wording.now.alignment
    return material.model_copy(update={"edit": wording.now.edit + 1}) if changed else wording.now


def _ending(path: Path) -> str:
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(
            f"{path} is not the name of a file of words.", remedy=f"Let it end in {', '.join(ENDINGS[:-1])} or .json."
        )
    return ending
