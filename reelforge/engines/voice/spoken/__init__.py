"""From written text to spoken words, with the map kept.

What is written (``$2,500``) and what is said (``two thousand five hundred dollars``) differ; a voice says the words
here, captions show the written tokens, and times pass from one to the other by this map. English is expanded; other
languages keep their words, and the engine's own rules read their numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from reelforge.engines.voice.spoken.numeric import VULGAR_FRACTIONS, Around
from reelforge.engines.voice.spoken.tables import ABBREVIATIONS, SYMBOLS, UNITS
from reelforge.engines.voice.spoken.wording import english

VERSION: Final = 1
"""Belongs to the identity of every voice that speaks these words: raise it when a rule's result changes."""

_OPENERS: Final = "\"'“‘«„‚([{*_`¿¡"
_CLOSERS: Final = "\"'”’»)]}*_`"
_STOPS: Final = ".,;:!?…—–。！？，、；：؟،"
_KEPT_SYMBOLS: Final = frozenset("".join(SYMBOLS) + "".join(UNITS))
_STRENGTH: Final = ",—:;….!?"
"""Pause marks from the weakest to the strongest."""
_SAME_PAUSE: Final = str.maketrans("–。！？，、；：؟،", "—.!?,,;:?,")
_SILENT_KINDS: Final = frozenset({"So", "Cf", "Cc", "Cn", "Co", "Cs", "Me"})
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]")
_DOTTED: Final = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]?\.?", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Token:
    """One whitespace-separated written token and its spoken words; a token with nothing to say has none.

    ``pauses`` has one entry a word: the punctuation heard after it, one of ``, — : ; … . ! ?`` or empty.
    """

    written: str
    words: tuple[str, ...] = ()
    pauses: tuple[str, ...] = ()

    @property
    def pause(self) -> str:
        return self.pauses[-1] if self.pauses else ""


def spoken(text: str, language: str = "en") -> tuple[Token, ...]:
    """The tokens of one sentence, in order: joining ``written`` by spaces gives the text's own words back.

    ``language`` is a BCP 47 tag. The last token that says something always ends in a full pause.
    """
    written = text.split()
    parts = [_peel(_audible(token)) for token in written]
    cores = [core for _, core, _ in parts]
    capitals = [core for core in cores if sum(map(str.isalpha, core)) > 1]
    shouted = len(capitals) >= 3 and all(core.isupper() for core in capitals)
    is_english = re.match(r"en\b", language, re.IGNORECASE) is not None
    tokens: list[Token] = []
    for index, (lead, core, tail) in enumerate(parts):
        around = Around(cores[index - 1] if index else "", cores[index + 1] if index + 1 < len(cores) else "", shouted)
        if any(mark in lead for mark in "([—–"):
            _pause_before(tokens, "—" if "(" not in lead and "[" not in lead else ",")
        token = _say(written[index], core, around) if is_english else _as_written(written[index], core)
        pause = _pause(tail) or ("—" if core in {"-", "--"} else "")
        if token.words:
            tokens.append(replace(token, pauses=(*token.pauses[:-1], pause or token.pause)))
        else:
            tokens.append(token)
            _pause_before(tokens, pause)
    return tuple(_with_final_pause(tokens))


def sayable(tokens: Sequence[Token]) -> str:
    """The spoken words with their pauses as one text for an engine that reads text."""
    return " ".join(
        word + pause for token in tokens for word, pause in zip(token.words, token.pauses, strict=True)
    ).replace("—", ",")


def _audible(token: str) -> str:
    """The token composed (NFC), its digits in ASCII, without emoji, joiners, variation selectors and control signs."""
    return "".join(map(_audible_sign, unicodedata.normalize("NFC", token)))


def _audible_sign(sign: str) -> str:
    if sign in _KEPT_SYMBOLS or sign in VULGAR_FRACTIONS:
        return sign
    kind = unicodedata.category(sign)
    if kind in {"Nd", "No"}:
        value = unicodedata.numeric(sign)
        return str(int(value)) if value.is_integer() else ""
    if kind == "Nl":
        return unicodedata.normalize("NFKC", sign)
    return "" if kind in _SILENT_KINDS or _SELECTORS.match(sign) else sign


def _peel(token: str) -> tuple[str, str, str]:
    """(opening marks, the token itself, closing marks); the dot of an abbreviation belongs to the token."""
    start = 0
    while start < len(token) and (token[start] in _OPENERS or (token[start] in "—–" and start + 1 < len(token))):
        if token[start] in "—–" and token[start + 1].isdigit():
            break
        start += 1
    end = len(token)
    while end > start and token[end - 1] in _CLOSERS + _STOPS:
        core = token[start:end]
        if core.endswith(".") and (core.lower() in _DOTTED_ABBREVIATIONS or _DOTTED.fullmatch(core)):
            break
        end -= 1
    return token[:start], token[start:end], token[end:]


_DOTTED_ABBREVIATIONS: Final = frozenset(short for short in ABBREVIATIONS if short.endswith(".")) | {
    "st.",
    "no.",
    "nos.",
}


def _pause(tail: str) -> str:
    """The strongest pause among closing marks; a closing bracket is a comma's worth."""
    marks = tail.replace("...", "…").translate(_SAME_PAUSE)
    heard = ["," if mark in ")]" else mark for mark in marks if mark in _STRENGTH or mark in ")]"]
    return max(heard, key=_STRENGTH.index, default="")


def _pause_before(tokens: list[Token], pause: str) -> None:
    """Let the last token that says something be followed by at least this pause."""
    for index in range(len(tokens) - 1, -1, -1):
        token = tokens[index]
        if token.words:
            if pause and (not token.pause or _STRENGTH.index(token.pause) < _STRENGTH.index(pause)):
                tokens[index] = replace(token, pauses=(*token.pauses[:-1], pause))
            return


def _with_final_pause(tokens: list[Token]) -> list[Token]:
    last = next((token.pause for token in reversed(tokens) if token.words), "")
    if last not in {".", "!", "?", "…"}:
        for index in range(len(tokens) - 1, -1, -1):
            if tokens[index].words:
                tokens[index] = replace(tokens[index], pauses=(*tokens[index].pauses[:-1], "."))
                break
    return tokens


def _say(written: str, core: str, around: Around) -> Token:
    """One token in English; a dash or dots inside it part it in two with a pause between."""
    if core in {"", "-", "--", "—", "–", "/", "|", "•", "·", "*", "~", "<", ">", "^", "\\", "_"}:
        return Token(written)
    if core in SYMBOLS:
        words = tuple(SYMBOLS[core].split())
        return Token(written, words, ("",) * len(words))
    pieces = re.split(r"—|--+|\.{3,}|…", core)
    spoken_words: list[str] = []
    pauses: list[str] = []
    for index, piece in enumerate(pieces):
        words = english(piece.strip(_STOPS + _CLOSERS) if index + 1 < len(pieces) else piece, around) if piece else ()
        if words and pauses:
            pauses[-1] = "—"
        spoken_words += words
        pauses += [""] * len(words)
    return Token(written, tuple(spoken_words), tuple(pauses))


def _as_written(written: str, core: str) -> Token:
    if not any(sign.isalnum() or sign in SYMBOLS for sign in core):
        return Token(written)
    return Token(written, (core,), ("",))
