"""espeak-ng's IPA in the symbols Kokoro was trained on.

Kokoro's training text came from the misaki phonemizer (Apache-2.0), which writes diphthongs and affricates as one sign
and folds what English does not tell apart. The tables follow its published rules for words it takes from espeak-ng.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

_BOTH: Final = (
    ("ʔn\u0329", "tᵊn"),
    ("ʔn", "tᵊn"),
    ("a^ɪ", "I"),
    ("a^ʊ", "W"),
    ("d^ʒ", "ʤ"),
    ("t^ʃ", "ʧ"),
    ("e^ɪ", "A"),
    ("ɔ^ɪ", "Y"),
    ("ə^l", "ᵊl"),
    ("n\u0329", "ᵊn"),
    ("m\u0329", "ᵊm"),
    ("l\u0329", "ᵊl"),
    ("ʲo", "jo"),
    ("ʲə", "jə"),
    ("ʲ", ""),
    ("ɚ", "əɹ"),
    ("r", "ɹ"),
    ("x", "k"),
    ("ç", "k"),
    ("ɐ", "ə"),
    ("ɬ", "l"),
    ("ɾ", "T"),
    ("ʔ", "t"),
)
_BRITISH: Final = (("e^ə", "ɛː"), ("iə", "ɪə"), ("ə^ʊ", "Q"), ("o^ʊ", "Q"))
_AMERICAN: Final = (("o^ʊ", "O"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("ː", ""))
_LAST: Final = (("^", ""), ("e", "A"), ("o", "ɔ"))


def kokoro_symbols(ipa: str, known: Collection[str], *, british: bool = False) -> str:
    """One word's symbols; what the model does not know (``known``: its vocabulary) is left out.

    ``ipa`` ties phonemes of two letters by ``^``, which tells ``t^ʃ`` in *chip* from ``tʃ`` in *courtship*.
    """
    for written, meant in (*_BOTH, *(_BRITISH if british else _AMERICAN), *_LAST):
        ipa = ipa.replace(written, meant)
    return "".join(symbol for symbol in ipa if symbol in known and symbol != " ")
