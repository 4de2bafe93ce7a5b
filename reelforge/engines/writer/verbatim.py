"""The text as a person gave it, with no language model: a paragraph a scene.

A text whose paragraphs direct no picture may also be one long block: then paragraphs that would stand too long are cut
between sentences at the channel's pace (row M4).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from reelforge.domain.doctor import Finding
from reelforge.domain.job import Order, StepContext, step
from reelforge.domain.pacing import count_words, seconds_per_scene, speaking_seconds
from reelforge.domain.script import CARD_WORDS, Scene, Script
from reelforge.domain.value import Value
from reelforge.engines.writer import Brief
from reelforge.engines.writer.frontmatter import FrontMatter, read_front_matter
from reelforge.engines.writer.headings import under_headings
from reelforge.engines.writer.markdown import Paragraph, read_paragraphs
from reelforge.engines.writer.schema import HOOK_WORDS
from reelforge.engines.writer.sentences import first_clause, group_scenes, shorten, split_sentences
from reelforge.errors import InputError

FILE_LIMIT: Final = 2_000_000
"""Bytes; a script is some kilobytes."""
TITLE_CHARS: Final = 80


class Options(Value):
    """``max_seconds`` is the longest Reel a text may become, at the channel's pace."""

    max_seconds: int = Field(default=900, ge=10, le=36_000)


class Engine:
    """Takes a script over; see the module for what it reads."""

    name = "verbatim"

    def __init__(self, options: Options) -> None:
        self._options = options

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"engine": self.name, "version": 3, **self._options.model_dump(mode="json")}

    @step(version=1, tries=1, scope="job")
    async def write(self, context: StepContext, order: Order, brief: Brief) -> Script:
        path = Path(order.text_path) if order.text_path else None
        text = order.text
        if text is None and path is not None:
            text = await context.in_thread(read_text, path)
        if text is None:
            raise InputError(
                f"The channel {order.channel} takes its scripts from a person, and none was given.",
                remedy="Give one with `--script FILE`, or choose a writer that writes about topics.",
            )
        script: Script = await context.in_thread(read_script, text, path, brief, self._options.max_seconds)
        return script

    def check(self) -> Iterable[Finding]:
        return (Finding(subject="writer verbatim", ok=True, sentence="Takes scripts from files; it needs nothing."),)

    async def aclose(self) -> None:
        """Nothing is held open."""


def read_text(path: Path, what: str = "script") -> str:
    """The text of a file that a person wrote; ``what`` is what errors call it. Blocking. Raises InputError when it is
    missing, binary, too large or not UTF-8.
    """
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= FILE_LIMIT and path.is_file() else b""
    except FileNotFoundError:
        raise InputError(f"There is no {what} {path}.", remedy=_similar(path)) from None
    except OSError as error:
        raise InputError(f"The {what} {path} cannot be read: {error.strerror}.") from error
    if not path.is_file():
        raise InputError(f"{path} is not a file.", remedy="Name a text file.")
    if size > FILE_LIMIT:
        raise InputError(f"{path} has {size / 1e6:.0f} MB: that is not a {what}.", remedy="Name a text file.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{path} is written in UTF-16.", remedy="Save it as UTF-8.")
    _refuse_binary(b"\0" in data, str(path))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}, line {line}: the text is not UTF-8.", remedy="Save the file as UTF-8.") from None


def front_matter_channel(text: str, name: str = "The script") -> str | None:
    """The channel a script's front matter names, if any. Raises InputError for a front matter with mistakes."""
    return read_front_matter(_normalised(text), name).channel or None


def read_script(text: str, path: Path | None, brief: Brief, max_seconds: int = 900) -> Script:
    """The script a text means. ``path`` is its file, for errors and as the base of pictures' paths. Looks at the disk.

    Raises InputError, naming file and line, for mistakes, missing pictures, an empty text and one that is too long.
    """
    name = str(path) if path else "The script"
    _refuse_binary("\0" in text, name)
    text = _normalised(text)
    front = read_front_matter(text, name)
    body = "\n".join(text.split("\n")[front.body_line - 1 :])
    title, spoken = under_headings(read_paragraphs(body, front.body_line, name), front.title, name)
    _check_speakable(spoken, name)
    _check_length(spoken, name, brief, max_seconds)
    scenes = _scenes(spoken, name, path.parent if path else None, brief, front.language or brief.language)
    return _script(front, title, spoken, scenes, brief)


def _script(front: FrontMatter, heading: str, spoken: list[Paragraph], scenes: list[Scene], brief: Brief) -> Script:
    language = front.language or brief.language
    first = split_sentences(spoken[0].text, language)[0]
    return Script(
        title=front.title or heading or shorten(first, chars=TITLE_CHARS).rstrip(".。"),
        hook=front.hook or _hook(first),
        scenes=tuple(scenes),
        hashtags=front.hashtags or brief.hashtags,
        description=front.description,
        language=language,
    )


def _normalised(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _refuse_binary(has_nul: bool, name: str) -> None:
    if has_nul:
        raise InputError(f"{name} is not a text: it holds NUL bytes.", remedy="Give plain text or Markdown.")


def _hook(first: str) -> str:
    """The first sentence, or so much of it as can be read at a glance."""
    if len(first.split()) <= HOOK_WORDS:
        return shorten(first, chars=TITLE_CHARS)
    clause = first_clause(first)
    if 3 <= len(clause.split()) <= HOOK_WORDS:
        return clause
    return shorten(first, words=HOOK_WORDS, chars=TITLE_CHARS)


def _check_speakable(spoken: list[Paragraph], name: str) -> None:
    if not spoken:
        raise InputError(f"{name} is empty: there is nothing to say.", remedy="Write at least one sentence.")
    for paragraph in spoken:
        if not any(char.isalnum() for char in paragraph.text):
            raise InputError(
                f"{name}, line {paragraph.line}: {shorten(paragraph.text, chars=30)!r} has no word that can be spoken.",
                remedy="Add words, or take the paragraph out.",
            )


def _check_length(spoken: list[Paragraph], name: str, brief: Brief, max_seconds: int) -> None:
    seconds = sum(speaking_seconds(paragraph.text, brief.words_per_minute) for paragraph in spoken)
    if seconds <= max_seconds:
        return
    words = sum(count_words(paragraph.text) for paragraph in spoken)
    raise InputError(
        f"{name} has {words:,} words: at {brief.words_per_minute} a minute the Reel would be {_minutes(seconds)} long,"
        f" and the limit is {_minutes(max_seconds)}.",
        remedy="Shorten it, make several Reels of it, or raise the writer's max_seconds.",
    )


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"


def _scenes(spoken: list[Paragraph], name: str, base: Path | None, brief: Brief, language: str) -> list[Scene]:
    if any(paragraph.directions for paragraph in spoken):
        return [_directed_scene(paragraph, name, base) for paragraph in spoken]
    pace = brief.words_per_minute
    too_long = 1.5 * seconds_per_scene(pace)
    scenes: list[Scene] = []
    for paragraph in spoken:
        whole = len(spoken) > 1 and speaking_seconds(paragraph.text, pace) <= too_long
        parts = (paragraph.text,) if whole else group_scenes(split_sentences(paragraph.text, language), pace)
        cards = (paragraph.card, *("" for _ in parts[1:]))
        scenes.extend(
            Scene(narration=part, emphasis=paragraph.emphasis, card=card)
            for part, card in zip(parts, cards, strict=True)
        )
    return scenes


def _directed_scene(paragraph: Paragraph, name: str, base: Path | None) -> Scene:
    where = f"{name}, line {paragraph.line}"
    card = paragraph.directions.get("card", paragraph.card)
    if len(card.split()) > CARD_WORDS:
        raise InputError(
            f"{where}: the card {card!r} has {len(card.split())} words.",
            remedy=f"A card has at most {CARD_WORDS} words.",
        )
    named = paragraph.directions.get("picture")
    return Scene(
        narration=paragraph.text,
        emphasis=paragraph.emphasis,
        visual=paragraph.directions.get("visual", ""),
        picture=str(_picture(named, base, where)) if named else None,
        card=card,
    )


def _picture(named: str, base: Path | None, where: str) -> Path:
    if "://" in named:
        raise InputError(f"{where}: {named} is a web address.", remedy="Save it beside the script and name the file.")
    path = Path(named).expanduser()
    if not path.is_absolute():
        if base is None:
            raise InputError(
                f"{where}: the picture {named} has no folder to be looked for in.",
                remedy="Give the script as a file, or write the picture's whole path.",
            )
        path = base / path
    path = path.absolute()
    if not path.is_file():
        raise InputError(f"{where}: there is no picture {path}.", remedy=_similar(path) or "Correct the path.")
    return path


def _similar(path: Path) -> str:
    """Names the file in the same folder whose name is nearest; empty when none is near or there is no such folder."""
    try:
        names = sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        return "Correct the path."
    near = difflib.get_close_matches(path.name, names, n=1)
    return f"Did you mean {near[0]}?" if near else "Correct the path."
