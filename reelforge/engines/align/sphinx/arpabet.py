"""espeak-ng's IPA in the forty phones of the CMU dictionary, which pocketsphinx's English model hears.

Sounds that English lacks go to the English sound nearest in place and manner of articulation (IPA chart, 2020), so
that other languages can be laid over their sound too: boundaries lie where manner changes, and that is kept.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_TABLE: Final = {
    # two letters tied by ^, then longer before shorter
    "a^ɪ": "AY", "a^ʊ": "AW", "e^ɪ": "EY", "o^ʊ": "OW", "ə^ʊ": "OW", "ɔ^ɪ": "OY", "ɔ^ø": "OY", "ɔ^y": "OY",
    "a^i": "AY", "a^u": "AW", "e^i": "EY", "o^i": "OY", "e^ə": "EH R", "ɪ^ə": "IH R", "ʊ^ə": "UH R", "e^u": "EH W",
    "t^ʃ": "CH", "d^ʒ": "JH", "t^s": "T S", "d^z": "D Z", "p^f": "P F", "t^ɕ": "CH", "d^ʑ": "JH", "ə^l": "AH L",
    "ɜː": "ER", "ɜɹ": "ER", "ɔː": "AO", "aɪ": "AY", "aʊ": "AW", "eɪ": "EY", "oʊ": "OW", "ɔɪ": "OY", "əʊ": "OW",
    "tʃ": "CH", "dʒ": "JH",
    "n\u0329": "AH N", "m\u0329": "AH M", "l\u0329": "AH L", "ɹ\u0329": "ER",
    # vowels
    "i": "IY", "ɪ": "IH", "ᵻ": "IH", "ɨ": "IH", "y": "IY", "ʏ": "IH", "e": "EY", "ɛ": "EH", "œ": "EH", "ø": "EY",
    "æ": "AE", "a": "AA", "ɐ": "AH", "ɑ": "AA", "ɒ": "AA", "ɔ": "AO", "o": "OW", "ʊ": "UH", "u": "UW", "ʉ": "UW",
    "ɯ": "UH", "ɤ": "AH", "ʌ": "AH", "ə": "AH", "ɘ": "AH", "ɵ": "UH", "ɜ": "ER", "ɞ": "ER", "ɚ": "ER", "ɝ": "ER",
    # consonants
    "p": "P", "b": "B", "t": "T", "d": "D", "k": "K", "g": "G", "ɡ": "G", "c": "K", "ɟ": "G", "q": "K", "ɢ": "G",
    "ʈ": "T", "ɖ": "D", "ʔ": "", "m": "M", "ɱ": "M", "n": "N", "ɳ": "N", "ɲ": "N Y", "ŋ": "NG", "ɴ": "NG",
    "f": "F", "v": "V", "ɸ": "F", "β": "V", "θ": "TH", "ð": "DH", "s": "S", "z": "Z", "ʃ": "SH", "ʒ": "ZH",
    "ʂ": "SH", "ʐ": "ZH", "ɕ": "SH", "ʑ": "ZH", "ç": "HH", "ʝ": "Y", "x": "HH", "ɣ": "G", "χ": "HH", "ʁ": "R",
    "ħ": "HH", "ʕ": "AA", "h": "HH", "ɦ": "HH", "ɬ": "L", "ɮ": "L", "r": "R", "ɹ": "R", "ɻ": "R", "ɾ": "D",
    "ɽ": "D", "ʀ": "R", "l": "L", "ɫ": "L", "ɭ": "L", "ʎ": "L Y", "ʟ": "L", "j": "Y", "ɥ": "W", "w": "W",
    "ʋ": "V", "ɰ": "W", "ʍ": "W", "ʲ": "Y",
}  # fmt: skip
_SOUND: Final = re.compile("|".join(sorted(map(re.escape, _TABLE), key=len, reverse=True)) + "|.", re.DOTALL)
_ANY: Final = "AH"
"""What stands for a word of which no sound is known."""


def arpabet(ipa: str) -> str:
    """One word's phones apart by spaces; never empty. ``ipa`` may tie phonemes of two letters by ``^``.

    Stress, length, tone and other marks are left out, and a nasal vowel is followed by ``N``.
    """
    phones: list[str] = []
    for match in _SOUND.finditer(unicodedata.normalize("NFD", ipa).replace("c\u0327", "ç")):
        sound = match.group()
        if sound == "\u0303":
            phones.append("N")
        elif known := _TABLE.get(sound, ""):
            phones += known.split()
    return " ".join(phones) or _ANY
