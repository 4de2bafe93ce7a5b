"""The front matter of a script: a few ``key: value`` lines between two lines of ``---``.

It is a small, strict part of YAML: one line a value, quotes optional; ``hashtags`` also as ``[a, b]``, ``a, b`` or a
list of ``- a`` lines; lines that begin with ``#`` are comments. What is not understood is an error, never ignored.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Final

from reelforge.domain.script import CARD_WORDS
from reelforge.domain.timeline import LANGUAGE
from reelforge.domain.value import Value
from reelforge.errors import InputError

KEYS: Final = ("title", "hook", "hashtags", "description", "channel", "language")
_LINE: Final = re.compile(r"(?P<key>[^\s:#][^:]*?)\s*:(?:\s+(?P<value>.*))?$")
_ITEM: Final = re.compile(r"\s*-\s+(?P<value>.+)$")
_TAG: Final = re.compile(r"[\w·]+$")
_LANGUAGE: Final = re.compile(LANGUAGE)


class FrontMatter(Value):
    """What the front matter said; ``body_line`` is the number of the first line after it (1 when there is none)."""

    title: str = ""
    hook: str = ""
    hashtags: tuple[str, ...] = ()
    description: str = ""
    channel: str = ""
    language: str = ""
    body_line: int = 1


def nearest(word: str, known: Sequence[str]) -> str:
    """The hint for a misspelt word: the nearest known one, or all there are."""
    near = difflib.get_close_matches(word.lower(), known, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"Allowed are: {', '.join(known)}."


def read_front_matter(text: str, name: str) -> FrontMatter:
    """Parse the front matter of ``text`` (line ends normalised); ``name`` is what errors call the file.

    Raises InputError with the line, what is allowed there and the nearest spelling.
    """
    lines = text.split("\n")
    opening = next((i for i, line in enumerate(lines) if line.strip()), None)
    if opening is None or lines[opening].rstrip() != "---":
        return FrontMatter()
    closing = next((i for i in range(opening + 1, len(lines)) if lines[i].rstrip() in {"---", "..."}), None)
    if closing is None:
        raise InputError(
            f"{name}, line {opening + 1}: the front matter begins with --- and never ends.",
            remedy="Put another line of --- after it.",
        )
    return _parse(lines, opening + 1, closing, name).model_copy(update={"body_line": closing + 2})


def _parse(lines: Sequence[str], first: int, end: int, name: str) -> FrontMatter:
    found: dict[str, str | tuple[str, ...]] = {}
    listing = False
    for index in range(first, end):
        line, where = lines[index].rstrip(), f"{name}, line {index + 1}"
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        item = _ITEM.match(line)
        if item and listing:
            found["hashtags"] = (*found["hashtags"], *_hashtags(item["value"], where))
            continue
        key, value = _key_and_value(line, where)
        if key in found:
            raise InputError(f"{where}: {key!r} is given twice.", remedy="Keep one of them.")
        listing = key == "hashtags" and not value
        found[key] = _hashtags(value, where) if key == "hashtags" else _checked(key, value, where)
    return FrontMatter.model_validate(found)


def _key_and_value(line: str, where: str) -> tuple[str, str]:
    parts = _LINE.match(line)
    if parts is None:
        raise InputError(
            f"{where}: {line.strip()!r} is not front matter.",
            remedy=f"Write `key: value` on one line; allowed keys are: {', '.join(KEYS)}.",
        )
    key = parts["key"]
    if key not in KEYS:
        raise InputError(f"{where}: there is no {key!r} in the front matter.", remedy=nearest(key, KEYS))
    value = (parts["value"] or "").strip()
    if value in {"|", ">", "|-", ">-"}:
        raise InputError(f"{where}: {key!r} continues over several lines.", remedy="Write it on one line.")
    return key, value


def _unquote(value: str, where: str) -> str:
    if value[:1] in {'"', "'"}:
        if len(value) < 2 or value[-1] != value[0]:
            raise InputError(f"{where}: the quote {value[0]} is never closed.", remedy="Close it, or leave quotes out.")
        return value[1:-1].strip()
    return value


def _checked(key: str, value: str, where: str) -> str:
    value = _unquote(value, where)
    if key == "language" and value and not _LANGUAGE.match(value):
        raise InputError(f"{where}: {value!r} is not a language.", remedy="Write a tag such as en, en-GB or pt-BR.")
    if key == "hook" and (words := len(value.split())) > CARD_WORDS:
        raise InputError(
            f"{where}: the hook {value!r} has {words} words.", remedy=f"A hook has at most {CARD_WORDS} words."
        )
    return value


def _hashtags(value: str, where: str) -> tuple[str, ...]:
    if value.startswith("["):
        if not value.endswith("]"):
            raise InputError(f"{where}: the list of hashtags is never closed.", remedy="End it with ].")
        value = value[1:-1]
    parts = value.split(",") if "," in value else re.split(r"\s+(?=#)", value)
    tags = [_unquote(part.strip(), where).lstrip("#").strip() for part in parts]
    tags = [tag for tag in tags if tag]
    for tag in tags:
        if not _TAG.match(tag):
            raise InputError(
                f"{where}: {tag!r} is not a hashtag.",
                remedy="A hashtag is letters, digits and underscores; separate hashtags with commas.",
            )
    return tuple(dict.fromkeys(tags))
