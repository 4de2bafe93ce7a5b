"""Numbers as Spanish words, of the long scale: ``10**9`` is ``mil millones``, ``10**12`` ``un billón``."""

from __future__ import annotations

from typing import Final

from reelforge.engines.voice.spoken.vocabulary import Words, listed

SMALL: Final = listed(
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete "
    "veintiocho veintinueve"
)
_TENS: Final = ("", "", "", *listed("treinta cuarenta cincuenta sesenta setenta ochenta noventa"))
_HUNDREDS: Final = (
    "",
    *listed("ciento doscient trescient cuatrocient quinient seiscient setecient ochocient novecient"),
)
_SCALES: Final = (
    ("millón", "millones"),
    ("billón", "billones"),
    ("trillón", "trillones"),
    ("cuatrillón", "cuatrillones"),
    ("quintillón", "quintillones"),
)
_ORDINALS: Final = ("", *listed("primer segund tercer cuart quint sext séptim octav noven"))
_ORDINAL_TENS: Final = (
    "",
    *listed("décim vigésim trigésim cuadragésim quincuagésim sexagésim septuagésim octogésim nonagésim"),
)
_PARTS: Final = {
    3: "tercio",
    4: "cuarto",
    5: "quinto",
    6: "sexto",
    7: "séptimo",
    8: "octavo",
    9: "noveno",
    10: "décimo",
    100: "centésimo",
}


def cardinal(value: int, gender: str = "") -> Words:
    """From 0 to 10**36 - 1. Before a noun (gender ``m`` or ``f``) a final one is ``un`` or ``una``."""
    if value == 0:
        return ("cero",)
    above, below = divmod(value, 1_000_000)
    words: Words = ()
    for one, many in _SCALES:
        above, part = divmod(above, 1_000_000)
        if part:
            words = (*_below_million(part, "m"), one if part == 1 else many, *words)
    return (*words, *_below_million(below, gender)) if below else words


def _below_million(value: int, gender: str) -> Words:
    thousands, rest = divmod(value, 1000)
    front = (*(_below_thousand(thousands, gender, "m") if thousands > 1 else ()), "mil") if thousands else ()
    return (*front, *(_below_thousand(rest, gender, gender) if rest else ()))


def _below_thousand(value: int, gender: str, ones: str) -> Words:
    """Hundreds agree in ``gender``, a final one in ``ones``: ``doscientas veintiún mil personas``."""
    hundreds, rest = divmod(value, 100)
    if not hundreds:
        return _below_hundred(rest, ones)
    if hundreds == 1:
        return ("cien",) if not rest else ("ciento", *_below_hundred(rest, ones))
    front = _HUNDREDS[hundreds] + ("as" if gender == "f" else "os")
    return (front, *(_below_hundred(rest, ones) if rest else ()))


def _below_hundred(value: int, gender: str) -> Words:
    if value == 21 and gender == "m":
        return ("veintiún",)
    if value < 30:
        return (_one(SMALL[value], gender),)
    tens, ones = divmod(value, 10)
    return (_TENS[tens], *(("y", _one(SMALL[ones], gender)) if ones else ()))


def _one(name: str, gender: str) -> str:
    if name.endswith("uno") and gender:
        return name[:-3] + {"m": "un", "f": "una"}[gender]
    return name


def ordinal(value: int, gender: str = "m", *, short: bool = False) -> Words:
    """To 99, beyond it the cardinal, as people say. ``short``: ``primer``, ``tercer`` before a noun."""
    if not 0 < value < 100:
        return cardinal(value, gender)
    tens, ones = divmod(value, 10)
    ending = "a" if gender == "f" else "o"
    if short and ones in {1, 3} and gender != "f":
        return (*((_ORDINAL_TENS[tens] + "o",) if tens else ()), _ORDINALS[ones])
    if value in {11, 12}:
        return (("undécim" if value == 11 else "duodécim") + ending,)
    words = (_ORDINAL_TENS[tens] if tens else "", _ORDINALS[ones] if ones else "")
    return tuple(word + ending for word in words if word)


def fraction(top: int, bottom: int) -> Words:
    """``3/4`` is ``tres cuartos``, ``1/12`` ``un doceavo``."""
    if bottom < 2 or bottom > 100:
        return (*cardinal(top), "sobre", *cardinal(bottom))
    if bottom == 2:
        return ("un", "medio") if top == 1 else (*cardinal(top), "medios")
    part = _PARTS.get(bottom) or "".join(cardinal(bottom)).replace("y", "i") + "avo"
    return (*cardinal(top, "m"), part if top == 1 else part + "s")
