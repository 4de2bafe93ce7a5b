"""From written text to spoken words, with the map kept.

What is written (``$2,500``) and what is said (``two thousand five hundred dollars``) differ; a voice says the words
here, captions show the written tokens, and times pass from one to the other by this map.

The map has one entry a written token, in order, and time only moves forward in it. Where speech has another order than
writing, the first token keeps the number and a later one says the rest: ``$3 million`` is ``three`` and ``million
dollars``, ``3,50 €`` is ``drei`` and ``Euro fünfzig``, ``15:30 Uhr`` is ``fünfzehn`` and ``Uhr dreißig``. A currency
before its number (``€ 5``) says nothing, its number says it. ``10 000 km`` is ``ten``, ``thousand`` and ``kilometers``
where the words can be told apart, or ``ten thousand``, nothing and ``kilometers``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from reelforge.domain.tokens import token_ends, tokens
from reelforge.engines.voice.spoken import figures, joint, language, rules, surface
from reelforge.engines.voice.spoken.language import Language
from reelforge.engines.voice.spoken.vocabulary import Around, Words

VERSION: Final = 3
"""Belongs to the identity of every voice that speaks these words: raise it when a rule's result changes."""

_DASHES: Final = frozenset({"-", "--", "—", "–", "−"})
_SILENT: Final = frozenset({"/", "|", "•", "·", "*", "~", "<", ">", "^", "\\", "_", "~~"})
_BREAKS: Final = re.compile(r"—|--+|\.{3,}|…")
_DOTTED: Final = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]?\.?")
_LONGEST_SHORT_FORM: Final = 24
_ENDS: Final = ".!?…"


class Token(Struct, frozen=True):
    """One written token (see :mod:`reelforge.domain.tokens`) and its spoken words; one with nothing to say has none.

    ``pauses`` has one entry a word: the punctuation heard after it, one of ``, — : ; … . ! ?`` or empty. ``clings``
    where no space is written between it and the token before.
    """

    written: str
    words: tuple[str, ...] = ()
    pauses: tuple[str, ...] = ()
    clings: bool = False

    @property
    def pause(self) -> str:
        return self.pauses[-1] if self.pauses else ""


def spoken(text: str, language: str = "en") -> tuple[Token, ...]:
    """The tokens of one sentence, in order; with its white space between them, ``written`` is the text.

    ``language`` is a BCP 47 tag; in one that :func:`known_languages` does not name, words stay as written and the voice
    reads the numbers itself. The last token that says something always ends in a full pause. No word is empty or
    holds white space; in a known language none holds a digit. Emoji are silent. Pure; time grows with the text's
    length. What one token says is bounded: endless numbers end in "and so on".
    """
    written = tokens(text)
    known = _language(language)
    parts = _parts(written, known)
    said: list[Sequence[Words]] = _worded(parts, known) if known else [(_as_written(core),) for _, core, _ in parts]
    found = _with_pauses(written, parts, said)
    starts = [end - len(token) for token, end in zip(written, token_ends(text, written), strict=True)]
    return tuple(
        replace(token, clings=True) if start and not text[start - 1].isspace() else token
        for token, start in zip(found, starts, strict=True)
    )


def known_languages() -> tuple[str, ...]:
    """The languages whose numbers and signs are put into words, by BCP 47 primary subtag."""
    return language.names()


def notice(tag: str) -> str:
    """A sentence to tell who writes in a language that is not put into words; empty for one that is."""
    return "" if _language(tag) else language.MISSING.format(tag=tag, known=", ".join(known_languages()))


def sayable(said: Sequence[Token]) -> str:
    """The spoken words with their pauses as one text for an engine that reads text."""
    return laid_out(said, [word for token in said for word in token.words])[0]


def laid_out(said: Sequence[Token], words: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """``words`` (those of the tokens, or others in their place) with the tokens' pauses as one text, and where each
    stands in it as (first character, end).
    """
    text, apart = "", False
    places: list[tuple[int, int]] = []
    given = iter(words)
    for token in said:
        apart = apart or not token.clings
        for pause in token.pauses:
            word = next(given)
            text += " " if text and apart else ""
            places.append((len(text), len(text) + len(word)))
            text += word + pause.replace("—", ",")
            apart = True
        apart = apart and not token.words
    return text, places


def _language(tag: str) -> Language | None:
    return language.find(tag)


def _parts(written: Sequence[str], known: Language | None) -> list[tuple[str, str, str]]:
    """(opening marks, core, closing marks) of each token; a short form keeps its dot."""
    heard = [surface.audible(token) for token in written]
    parts = [("", token, "") if token in _DASHES else surface.peel(token) for token in heard]
    for at, (lead, core, tail) in enumerate(parts):
        if not tail.startswith(".") or len(core) > _LONGEST_SHORT_FORM:
            continue
        before = parts[at - 1][1] if at else ""
        following = parts[at + 1][1] if at + 1 < len(parts) else ""
        dotted = f"{core}."
        short = known is not None and (known.is_short(dotted) or known.keeps_dot(core, before, following))
        initials = _DOTTED.fullmatch(dotted) and (len(core) > 1 or following)
        if (short or initials) and not tail.startswith(".."):
            parts[at] = (lead, dotted, tail[1:])
    return parts


def _worded(parts: Sequence[tuple[str, str, str]], known: Language) -> list[Sequence[Words]]:
    """For each token its words, in stretches between which there is a pause."""
    cores = [core for _, core, _ in parts]
    tails = [tail for _, _, tail in parts]
    capitals = [core for core in cores if sum(map(str.isalpha, core[:3])) > 1]
    shouted = len(capitals) >= 3 and all(core.isupper() for core in capitals)
    said: list[Sequence[Words]] = []
    while len(said) < len(cores):
        at = len(said)
        if (end := joint.phone_ends(cores, tails, at, known)) > at:
            said += [(joint.say_phone(core, known),) for core in cores[at:end]]
        elif (end := joint.number_ends(cores, tails, at, known)) > at:
            around = _around(cores, tails, at, end, shouted)
            said += [(words,) for words in joint.say_number(cores[at:end], around, known)]
        else:
            said.append(_stretches(cores[at], _around(cores, tails, at, at + 1, shouted), known))
    return said


def _around(cores: Sequence[str], tails: Sequence[str], first: int, end: int, shouted: bool) -> Around:
    return Around(
        before=cores[first - 1] if first else "",
        after=cores[end] if end < len(cores) else "",
        earlier=cores[first - 2] if first > 1 and not tails[first - 2] else "",
        later=cores[end + 1] if end + 1 < len(cores) and not tails[end] else "",
        parted=bool(first and tails[first - 1]),
        tail=tails[end - 1],
        shouted=shouted,
    )


def _stretches(core: str, around: Around, known: Language) -> Sequence[Words]:
    """One token's words; a dash or dots inside it part it in two."""
    if core in _DASHES:
        return (known.between(core, around),)
    measured = len(core) == 1 and around.before[-1:].isdigit() and around.after[:1].isdigit()
    if measured and (operator := figures.operator(core, around, known)):
        return (operator,)
    if core in _SILENT or not core:
        return ((),)
    if core in known.symbols and not (core in known.currencies or core in known.units):
        return (tuple(known.symbols[core].split()),)
    pieces = [piece for piece in _BREAKS.split(core) if piece] if len(core) <= rules.LONGEST_RULED else [core]
    if len(pieces) == 1:
        return (rules.say(pieces[0], around, known),)
    return [rules.say(surface.peel(piece)[1], Around(shouted=around.shouted), known) for piece in pieces]


def _as_written(core: str) -> Words:
    return (core,) if any(map(str.isalnum, core)) else ()


def _with_pauses(
    written: Sequence[str], parts: Sequence[tuple[str, str, str]], said: Sequence[Sequence[Words]]
) -> list[Token]:
    words = [[word for stretch in stretches for word in stretch] for stretches in said]
    pauses = [_inner_pauses(stretches) for stretches in said]
    last = -1
    for at, (lead, core, tail) in enumerate(parts):
        if last >= 0 and any(mark in lead for mark in "([—–"):
            _raise(pauses[last], "—" if "(" not in lead and "[" not in lead else ",")
        if words[at]:
            last = at
        if last >= 0:
            _raise(pauses[last], surface.pause(tail) or ("—" if core in _DASHES and not words[at] else ""))
    if last >= 0 and pauses[last][-1] not in {*_ENDS}:
        pauses[last][-1] = "."
    return [Token(token, tuple(own), tuple(marks)) for token, own, marks in zip(written, words, pauses, strict=True)]


def _inner_pauses(stretches: Sequence[Words]) -> list[str]:
    pauses: list[str] = []
    for stretch in stretches:
        if stretch and pauses:
            pauses[-1] = "—"
        pauses += [""] * len(stretch)
    return pauses


def _raise(pauses: list[str], pause: str) -> None:
    """Let at least this pause follow."""
    if pause and (not pauses[-1] or surface.STRENGTH.index(pauses[-1]) < surface.STRENGTH.index(pause)):
        pauses[-1] = pause
