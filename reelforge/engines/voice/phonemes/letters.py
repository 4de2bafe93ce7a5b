"""Letters that espeak-ng takes for words."""

from __future__ import annotations

from collections.abc import Sequence


def with_letter_names(words: Sequence[str], voice: str) -> list[str]:
    """English words with the letters A and I put so that espeak says their names in full.

    A lone capital A is read as the article, so it becomes ``eigh`` (an article is spelled ``a``); an I beside another
    single letter (``F B I``) is no pronoun and becomes ``eye``. Other languages pass unchanged.
    """
    if not voice.lower().startswith("en"):
        return list(words)
    named: list[str] = []
    for index, word in enumerate(words):
        beside = [*words[max(0, index - 1) : index], *words[index + 1 : index + 2]]
        if word == "A":
            named.append("eigh")
        elif word == "I" and any(len(other) == 1 and other.isupper() for other in beside):
            named.append("eye")
        else:
            named.append(word)
    return named
