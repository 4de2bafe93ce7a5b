"""Headings of a script: the first one is the title where the front matter has none; every other begins a scene and is
shown as its card. None is spoken.
"""

from __future__ import annotations

from collections.abc import Iterable

from reelforge.domain.script import CARD_WORDS
from reelforge.engines.writer.markdown import Paragraph
from reelforge.errors import InputError


def under_headings(paragraphs: Iterable[Paragraph], titled: str, name: str) -> tuple[str, list[Paragraph]]:
    """The title that a heading gives, or an empty string, and what is spoken, each paragraph with the card of the
    heading above it. ``titled`` is the front matter's title; a first heading that repeats it is no card.

    Raises InputError with the line for a heading that cannot be shown: too long, without a text below it, or above a
    scene that has another card.
    """
    title, spoken, waiting = "", list[Paragraph](), None
    for paragraph in paragraphs:
        if not paragraph.heading:
            card = _card(waiting, paragraph, name) if waiting else ""
            spoken.append(paragraph.model_copy(update={"card": card}))
            waiting = None
        elif waiting:
            raise _without_text(waiting, name)
        elif not (spoken or title) and (not titled or titled.casefold() == paragraph.text.casefold()):
            title = paragraph.text
        else:
            waiting = paragraph
    if waiting and spoken:
        raise _without_text(waiting, name)
    return title, spoken


def _card(heading: Paragraph, below: Paragraph, name: str) -> str:
    where = f"{name}, line {heading.line}: the heading {heading.text!r}"
    other = below.directions.get("card", heading.text)
    if other != heading.text:
        raise InputError(
            f"{where} and the card {other!r} would both be the card of one scene.", remedy="Keep one of them."
        )
    if (words := len(heading.text.split())) > CARD_WORDS:
        raise InputError(
            f"{where} has {words} words, and it is shown as its scene's card.",
            remedy=f"A card has at most {CARD_WORDS} words: shorten it, or take it out.",
        )
    return heading.text


def _without_text(heading: Paragraph, name: str) -> InputError:
    return InputError(
        f"{name}, line {heading.line}: the heading {heading.text!r} has no text below it to be shown with.",
        remedy="Write a paragraph under it, or take it out.",
    )
