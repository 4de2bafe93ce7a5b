"""Tokens that are spoken together: ``10 000 km``, ``+1 (555) 123-4567``, ``10 – 15``.

A joined number is said once, as if written in one, and its words are shared out: each token takes those that the number
would have with the later groups at zero (``12 345``: ``twelve thousand`` and ``three hundred forty five``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from reelforge.engines.voice.spoken.amounts import CURRENCY
from reelforge.engines.voice.spoken.language import Language
from reelforge.engines.voice.spoken.rules import say
from reelforge.engines.voice.spoken.vocabulary import SIGNS, Around, Words

_FIRST: Final = re.compile(rf"(?:[{SIGNS}]?(?:{CURRENCY})?)([1-9]\d{{0,2}})")
_GROUP: Final = re.compile(r"\d{3}")
_LAST: Final = re.compile(r"\d{3}(?:[.,]\d{1,6})?(?![.,])[^\d\s/.,:-]{0,6}")
_DIAL: Final = re.compile(r"\+?\(?\d[\d()./-]{0,14}")
_MOST_GROUPS: Final = 12


def number_ends(cores: Sequence[str], tails: Sequence[str], at: int, language: Language) -> int:
    """Where the number of spaced groups that begins at ``at`` ends (one past its last token); ``at`` when none does.

    A group that begins with a zero, or a third one, tells that it is one; where the language groups by spaces, any
    three figures do.
    """
    if not _FIRST.fullmatch(cores[at]) or tails[at]:
        return at
    end = at + 1
    while end < len(cores) and end - at < _MOST_GROUPS and _LAST.fullmatch(cores[end]):
        end += 1
        if tails[end - 1] or not _GROUP.fullmatch(cores[end - 1]):
            break
    told = end - at > 2 or any(core.startswith("0") for core in cores[at + 1 : end])
    return end if end > at + 1 and (told or language.groups_by_space) else at


def phone_ends(cores: Sequence[str], tails: Sequence[str], at: int, language: Language) -> int:
    """Where the telephone number in several tokens that begins at ``at`` ends; ``at`` when none does."""
    end = at
    while end < len(cores) and end - at < _MOST_GROUPS and _DIAL.fullmatch(cores[end]):
        end += 1
        following = cores[end] if end < len(cores) else ""
        whole = sum(sign.isdigit() for core in cores[at:end] for sign in core) >= 7
        if tails[end - 1] not in {"", ")"} or following.startswith("+") or (whole and following.startswith("0")):
            break
    if end - at < 2:
        return at
    count = sum(sign.isdigit() for core in cores[at:end] for sign in core)
    opens = cores[at].startswith(("+", "(", "0")) or tails[at] == ")"
    called = at > 0 and cores[at - 1].lower().rstrip(".:") in language.dialled
    known = language.is_phone(re.sub(r"\D", "", "".join(cores[at:end])), end - at)
    return end if 7 <= count <= 15 and (called or known or (opens and len(cores[at]) <= 6)) else at


def say_number(cores: Sequence[str], around: Around, language: Language) -> list[Words]:
    """The words of each token of a number of spaced groups."""
    rest = say("".join(cores), around, language)
    shares: list[Words] = []
    for upto in range(1, len(cores)):
        zeros = "".join("0" * len(core) for core in cores[upto:])
        head = say("".join(cores[:upto]) + zeros, around, language)[sum(map(len, shares)) :]
        share, rest = _split(rest, head)
        shares.append(share)
    return [*shares, rest]


def _split(words: Words, head: Words) -> tuple[Words, Words]:
    """The words both begin with, and those left."""
    same = 0
    while same < min(len(words), len(head)) and words[same] == head[same]:
        same += 1
    return words[:same], words[same:]


def say_phone(core: str, language: Language) -> Words:
    """One token of a telephone number."""
    return (*((language.says["plus"],) if core.startswith("+") else ()), *language.digits(core))
