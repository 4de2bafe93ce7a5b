"""Paragraphs of a script: their text without Markdown's marks, and the comments that direct their pictures.

A comment at a paragraph's end directs its scene: ``<!-- picture: PATH, card: TEXT, visual: TEXT -->``. A value runs to
the next comma that is followed by a word and a colon, so texts may hold commas; one that holds ``, word:`` itself is
put between double quotes. A comment that does not begin with ``word:`` is a note to oneself and is left out. A Markdown
image in a paragraph means the same as ``picture: PATH, visual: ALT``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

from pydantic import Field

from reelforge.domain.captions import MARKS_AROUND
from reelforge.domain.tokens import tokens
from reelforge.domain.value import Value
from reelforge.engines.writer.frontmatter import nearest
from reelforge.engines.writer.sentences import join_texts
from reelforge.errors import InputError

DIRECTIONS: Final = ("picture", "card", "visual")
_COMMENT: Final = re.compile(r"<!--(.*?)-->", re.DOTALL)
_KEY: Final = re.compile(r"\s*([A-Za-z][\w-]*)\s*:(?!//)\s*")
_NEXT: Final = re.compile(r",(?=\s*[A-Za-z][\w-]*\s*:(?![/\\]))")
_HELD: Final = re.compile(r"\x00(\d+)\x00")
_HEADING: Final = re.compile(r" {0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_UNDERLINE: Final = re.compile(r" {0,3}=+\s*$")
_BREAK: Final = re.compile(r" {0,3}([-*_])(\s*\1){2,}\s*$")
_FENCE: Final = re.compile(r" {0,3}(```|~~~)")
_ITEM: Final = re.compile(r"\s{0,8}([-*+•]|\d{1,2}[.)])\s+")
_QUOTE: Final = re.compile(r"^ {0,3}(>\s?)+")
_IMAGE: Final = re.compile(r"!\[([^\]]*)\]\(\s*<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_LETTER: Final = r"[^\W\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff01-\uff9f]"
"""A letter or figure of a script with spaces; Korean counts as without, where particles follow what is marked."""
_AROUND: Final = re.compile(
    rf"(?<![\\*])(?<!{_LETTER})(\*{{1,3}})(?![\s*])(.+?)(?<![\s*\\])\1(?!\*)(?!{_LETTER})", re.DOTALL
)
"""Asterisks around words."""
_WITHIN: Final = re.compile(r"(?<![\\*])(?!(?<=\d)\*+\d)(\*{1,3})(?=\w)([^\s*]+)(?<!\\)\1(?!\*)")
"""Asterisks within a word; those between figures multiply."""
_MARK_BEGINS, _MARK_ENDS = "\x01", "\x02"
_MARKS: Final = re.compile(f"[{_MARK_BEGINS}{_MARK_ENDS}]")
_ENDED: Final = tuple('.!?…:;,。！？؟।—–"”’')
_INLINE: Final = (
    (re.compile(r"(`+)(.+?)\1"), r"\2"),
    (re.compile(r"\[([^\]]+)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]+)\]\[[^\]]*\]"), r"\1"),
    (re.compile(r"<((?:https?|mailto):[^>\s]+)>"), r"\1"),
    (re.compile(r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>"), ""),
    (re.compile(r"(?<![\\\w])(___|__|~~)(?=\S)(.+?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"(?<=\w)(\*\*)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\\\w*_])(_)(?=[^\s*_])(.+?)(?<=[^\s])\1(?!\w)"), r"\2"),
    (re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>~|])"), r"\1"),
)


class Paragraph(Value):
    """A paragraph as it will be spoken, where it began, what its comment asks for; ``emphasis`` are the tokens with
    anything between asterisks. A heading is not spoken; ``card`` is the text of the one above a paragraph.
    """

    line: int
    text: str
    directions: dict[str, str] = Field(default_factory=dict)
    heading: bool = False
    emphasis: tuple[str, ...] = ()
    card: str = ""


def plain(text: str) -> str:
    """``text`` without Markdown's inline marks: emphasis, links (their words stay), code ticks, tags, escapes."""
    return _MARKS.sub("", _plain_but_marks(_bounded(text)))


def _plain_but_marks(text: str) -> str:
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    return re.sub(r"\s+", " ", html.unescape(text)).strip()


def _bounded(text: str) -> str:
    """The text with signs that no script holds where emphasis begins and ends, instead of the asterisks."""
    text = _MARKS.sub("", text)
    count = 1
    while count:
        text, around = _AROUND.subn(rf"{_MARK_BEGINS}\2{_MARK_ENDS}", text)
        text, count = _WITHIN.subn(rf"{_MARK_BEGINS}\2{_MARK_ENDS}", text)
        count += around
    return text


def read_paragraphs(body: str, first_line: int, name: str) -> tuple[Paragraph, ...]:
    """The paragraphs and headings of a text whose line ends are normalised. Raises InputError naming file and line."""
    held: list[tuple[int, dict[str, str]]] = []

    def hold(found: re.Match[str]) -> str:
        line = first_line + body.count("\n", 0, found.start())
        content = " ".join(found[1].split())
        kept = "\n" * found[0].count("\n")
        if not _KEY.match(content):
            return kept
        held.append((line, read_directions(content, f"{name}, line {line}")))
        return f"\x00{len(held) - 1}\x00{kept}"

    text = _COMMENT.sub(hold, body)
    if (open_at := text.find("<!--")) >= 0:
        line = first_line + text.count("\n", 0, open_at)
        raise InputError(f"{name}, line {line}: a comment begins and never ends.", remedy="End it with -->.")
    found = [_paragraph(line, lines, held, name) for line, lines in _blocks(text, first_line)]
    return tuple(paragraph for paragraph in found if paragraph.text)


def read_directions(content: str, where: str) -> dict[str, str]:
    """``picture: a.jpg, card: Five words`` as a mapping. Raises InputError for a key that does not exist or repeats."""
    found: dict[str, str] = {}
    position = 0
    while position < len(content):
        key = _KEY.match(content, position)
        if key is None:
            raise InputError(
                f"{where}: {content[position:].strip()!r} is not a direction.",
                remedy="Write `picture: PATH, card: TEXT`; a text that holds `, word:` goes between double quotes.",
            )
        word = key[1]
        if word not in DIRECTIONS:
            raise InputError(
                f"{where}: a comment cannot direct {word!r}.",
                remedy=f"{nearest(word, DIRECTIONS)} A text that holds `, word:` goes between double quotes.",
            )
        if word in found:
            raise InputError(f"{where}: {word!r} is given twice.", remedy="Keep one of them.")
        found[word], position = _value(content, key.end(), where)
        if not found[word]:
            raise InputError(f"{where}: {word!r} is empty.", remedy="Give it a value or leave it out.")
    return found


def _value(content: str, start: int, where: str) -> tuple[str, int]:
    """A value that begins at ``start``, and where the next key begins."""
    if content[start : start + 1] == '"':
        close = content.find('"', start + 1)
        if close < 0:
            raise InputError(f'{where}: the quote " is never closed.', remedy="Close it, or leave quotes out.")
        after = content.find(",", close)
        return content[start + 1 : close].strip(), len(content) if after < 0 else after + 1
    next_key = _NEXT.search(content, start)
    end = next_key.start() if next_key else len(content)
    return content[start:end].strip().rstrip(","), end + 1


def _blocks(text: str, first_line: int) -> Iterator[tuple[int, list[str]]]:
    """Lines between blank lines, each with the number of its first; headings stand alone, rules and fences separate."""
    block: list[str] = []
    began = first_line
    for number, line in enumerate(text.split("\n"), first_line):
        if _UNDERLINE.match(line) and len(block) == 1:
            yield began, [f"# {block[0].strip()}"]
            block = []
        elif not line.strip() or _BREAK.match(line) or _FENCE.match(line):
            if block:
                yield began, block
            block = []
        elif _HEADING.match(line):
            if block:
                yield began, block
            block = []
            yield number, [line]
        else:
            began = began if block else number
            block.append(line)
    if block:
        yield began, block


def _paragraph(line: int, lines: list[str], held: list[tuple[int, dict[str, str]]], name: str) -> Paragraph:
    heading = _HEADING.match(lines[0])
    if heading:
        return Paragraph(line=line, text=plain(_HELD.sub("", heading[1])), heading=True)
    raw, directions = _directed(lines, held, name)
    images = _IMAGE.findall(raw)
    if images and "picture" not in directions:
        directions["picture"] = images[0][1]
        if images[0][0]:
            directions.setdefault("visual", images[0][0])
    bounded = _spoken(_bounded(_IMAGE.sub("", raw)))
    text = _MARKS.sub("", bounded)
    if directions and not text:
        raise InputError(
            f"{name}, line {line}: a comment directs a scene that says nothing.",
            remedy="Put the comment at the end of the paragraph it belongs to, without an empty line between.",
        )
    return Paragraph(line=line, text=text, directions=directions, emphasis=_emphasised(bounded))


def _emphasised(bounded: str) -> tuple[str, ...]:
    """The tokens of a text, each once, that share a character with what :func:`_bounded`'s signs mark in it."""
    marked: list[bool] = []
    depth = 0
    for sign in bounded:
        depth += (sign == _MARK_BEGINS) - (sign == _MARK_ENDS)
        if not sign.isspace() and not _MARKS.match(sign):
            marked.append(depth > 0)
    found: list[str] = []
    at = 0
    for token in tokens(_MARKS.sub("", bounded)):
        if any(marked[at : at + len(token)]):
            found.append(token.strip(MARKS_AROUND))
        at += len(token)
    return tuple(dict.fromkeys(found))


def _directed(lines: list[str], held: list[tuple[int, dict[str, str]]], name: str) -> tuple[str, dict[str, str]]:
    """A paragraph's lines without the marks of its comments, and what these asked for together."""
    raw = "\n".join(lines)
    directions: dict[str, str] = {}
    for mark in _HELD.finditer(raw):
        line, given = held[int(mark[1])]
        if _HELD.sub("", raw[mark.end() :]).strip():
            raise InputError(
                f"{name}, line {line}: a comment that directs a scene stands in the middle of its paragraph.",
                remedy="Move it to the paragraph's end, or begin a new paragraph after it.",
            )
        for key, value in given.items():
            if directions.setdefault(key, value) != value:
                raise InputError(f"{name}, line {line}: {key!r} is given twice.", remedy="Keep one of them.")
    return _HELD.sub("", raw), directions


def _spoken(raw: str) -> str:
    """The words of a paragraph, :func:`_bounded`'s signs kept; items of a list become sentences."""
    text = ""
    itemised = False
    for line in raw.split("\n"):
        content = _QUOTE.sub("", line)
        item = _ITEM.match(content)
        content = _plain_but_marks(content[item.end() :] if item else content)
        if item:
            text = _closed(text) if itemised or text else text
            itemised = True
        text += _between(_MARKS.sub("", text), _MARKS.sub("", content)) + content
    return _closed(text) if itemised else text


def _between(left: str, right: str) -> str:
    """The space that joins two texts, or none."""
    return " " if " " in join_texts(left[-1:], right[:1]) else ""


def _closed(text: str) -> str:
    return text if not text or _MARKS.sub("", text).endswith(_ENDED) else f"{text}."
