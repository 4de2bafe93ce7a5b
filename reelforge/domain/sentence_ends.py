"""Whether the mark after a written word ends a sentence, or belongs to an abbreviation, an initial or a number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from reelforge.domain.sentence_habits import HABITS, Habits

_OPENERS: Final = "\"'“‘«»„‚‹›([{*_¿¡「『（【《〈"
_CLOSERS: Final = "\"'”’“‘»«›‹)]}*_」』）】》〉"
_FULL_STOPS: Final = "!?。！？｡؟۔।॥።։។။"
_ROMAN: Final = re.compile("[ivxlc]{2,8}\\.|[vx]\\.")
_FIGURES: Final = re.compile(r"\d{1,3}\.|\d{1,2}\.\d{1,2}\.")


def habits_of(language: str) -> Habits:
    """What dots mean in a language, a BCP 47 tag; what they do in English where nothing is known of it."""
    return HABITS.get(re.split("[-_]", language.lower())[0], HABITS["en"])


def ends_after(last: str, said: Sequence[str], following: str, habits: Habits) -> bool:
    """Whether a sentence may end after the token ``last``.

    ``said`` are the sentence's tokens that say something, ``following`` the next such token of the text.
    """
    token = last.rstrip(_CLOSERS)
    first = following.lstrip(_OPENERS)[:1]
    if not token or first.islower():
        return False
    if token[-1] in _FULL_STOPS:
        return True
    if token.endswith(("…", "..")):
        return first.isupper() or not first
    return token.endswith(".") and _dot_ends(token.lstrip(_OPENERS), said, following, habits)


def _dot_ends(token: str, said: Sequence[str], following: str, habits: Habits) -> bool:
    word = token.lower()
    before = said[-2].lower() if len(said) > 1 else ""
    numbers = word in habits.before_figures and following[:1].isdigit()
    if numbers or word in habits.never_last or (before, word) in habits.never_last_pairs:
        return False
    if not following:
        return True
    starts_anew = following.strip(_OPENERS + _CLOSERS + ".,;:!?").replace("’", "'").lower() in habits.starters
    if word in habits.namers or re.fullmatch(r"(?:[^\W\d_]\.)+", word):
        return starts_anew
    if word in habits.sometimes_last:
        return following.lstrip(_OPENERS)[:1].isupper()
    if habits.before_ordinals and (_FIGURES.fullmatch(word) or _ROMAN.fullmatch(word)):
        return _figures_end(before, following, starts_anew=starts_anew, habits=habits)
    return not (len(said) == 1 and re.fullmatch(r"\d{1,3}\.", word))


def _figures_end(before: str, following: str, *, starts_anew: bool, habits: Habits) -> bool:
    """Whether ``3.`` ends a sentence in a language that writes ordinals so."""
    if {following.lower(), following.lower().strip(".,;:!?")} & habits.after_ordinals:
        return False
    return starts_anew or bool(before and before not in habits.before_ordinals and not before.endswith("."))
