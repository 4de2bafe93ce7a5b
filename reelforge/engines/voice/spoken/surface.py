"""The surface of a written token: which signs can be heard, its outer marks, and the pauses they mean."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from reelforge.engines.voice.spoken.vocabulary import VULGAR_FRACTIONS

OPENERS: Final = "\"'“‘’«»„‚‹([{*_`¿¡（「『【《〈"
CLOSERS: Final = "\"'”’“‘»«›)]}*_`）」』】》〉"
STOPS: Final = ".,;:!?…—–。！？，、；：｡؟،؛।॥۔"
STRENGTH: Final = ",—:;….!?"
"""Pause marks from the weakest to the strongest."""

_SAME_PAUSE: Final = str.maketrans("–。！？，、；：｡؟،؛।॥۔）", "—.!?,,;:.?,;...)")
_LONGEST_TAIL: Final = 64
_PLAIN: Final = re.compile(r"[!-~]*")
_KEYCAP: Final = re.compile("[#*]\ufe0f?\u20e3")
_SILENT_KINDS: Final = frozenset({"So", "Cf", "Cc", "Cn", "Co", "Cs", "Me"})
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]")
_HEARD_AS_THEY_ARE: Final = frozenset(f"°№€²³ªº·µ{VULGAR_FRACTIONS}")
_SUPERSCRIPT: Final = re.compile("(?<=[0-9])[⁰¹²³⁴-⁹⁻⁺]+|(?<![^\\W\\d_])(?<=[^\\W\\d_])[⁰¹⁴-⁹⁻][⁰¹²³⁴-⁹]*")
_FOOTNOTE: Final = re.compile("[⁰¹⁴-⁹][⁰¹²³⁴-⁹]*")
_LIKE_ASCII: Final = str.maketrans({"ʼ": "’", "＇": "'", "‐": "-", "‑": "-", "⁄": "/", "∕": "/", "﹣": "-", "－": "-"})


def audible(token: str) -> str:
    """The token composed (NFC), its digits and styled letters plain, without emoji, joiners, selectors and controls.

    Exponents become ``^6``; the superscript number of a footnote goes.
    """
    if _PLAIN.fullmatch(token):
        return token
    text = _KEYCAP.sub("", unicodedata.normalize("NFC", token))
    text = _FOOTNOTE.sub("", _SUPERSCRIPT.sub(_exponent, text.translate(_LIKE_ASCII)))
    return "".join(map(_audible_sign, text))


def _exponent(found: re.Match[str]) -> str:
    return "^" + unicodedata.normalize("NFKC", found[0])


def _audible_sign(sign: str) -> str:
    if sign.isascii():
        return sign if sign.isprintable() else ""
    if sign in _HEARD_AS_THEY_ARE:
        return sign
    kind = unicodedata.category(sign)
    if kind in {"Nd", "No"}:
        value = unicodedata.numeric(sign)
        return str(abs(int(value))) if value.is_integer() else ""
    if kind == "Nl" or (kind[0] in "LPS" and unicodedata.decomposition(sign).startswith("<")):
        return _plain(sign, kind)
    return "" if kind in _SILENT_KINDS or _SELECTORS.match(sign) else sign


def _plain(sign: str, kind: str) -> str:
    """The sign behind a styled letter, a full-width form, a ligature or a square unit (NFKC), if it can be heard."""
    if kind == "So" and not unicodedata.decomposition(sign).startswith("<square>"):
        return unicodedata.normalize("NFKC", sign) if sign in "℃℉" else ""
    plain = unicodedata.normalize("NFKC", sign)
    return plain if plain.isprintable() and " " not in plain else ""


def peel(token: str) -> tuple[str, str, str]:
    """(opening marks, the token itself, closing marks)."""
    core = token.rstrip(CLOSERS + STOPS)
    tail = token[len(core) :]
    start = len(core) - len(core.lstrip(OPENERS + "—–"))
    if start and core[start - 1] in "—–" and core[start : start + 1].isdigit():
        start -= 1
    return core[:start], core[start:], tail[:_LONGEST_TAIL]


def pause(tail: str) -> str:
    """The strongest pause among closing marks; a closing bracket is a comma's worth."""
    marks = tail.replace("...", "…").translate(_SAME_PAUSE)
    heard = ["," if mark in ")]" else mark for mark in marks if mark in STRENGTH or mark in ")]"]
    return max(heard, key=STRENGTH.index, default="")
