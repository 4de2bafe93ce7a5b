"""pocketsphinx and its English acoustic model: which frames of a recording each word of a text takes.

Imported by the worker program alone: a decoder holds some 80 MB and its C code can crash, which must not end a Reel.
Settings differ from pocketsphinx's own where measuring said so. ``bestpath`` off and wide beams: nothing fails on
silence, in noise or on a wrong text. ``lw`` 1 takes the graph's probabilities as they are, so that pauses are not
swallowed by the word after them (98.4 % of starts within 100 ms become 99.6 %).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from reelforge.engines.align.energy_table import SOUNDS

RATE: Final = 16_000
_BEAM: Final = 1e-250
_FILLER: Final = 1e-60
"""Probability of coughs and other noises that the model knows: they must not explain words away."""
_PHONES: Final = tuple(SOUNDS)
_UNWRITTEN_PHONES: Final = ("AA", "AH", "EH", "IY", "UW", "OW", "ER", "S", "SH", "F", "T", "K", "D", "M", "N", "L", "W")
"""Enough to follow any speech; all forty take three times as long."""
_UNWRITTEN: Final = 1e-4
"""Probability of each sound that no word of the text explains."""
_SKIPPED: Final = 1e-30
_LOOP: Final = "unwritten"
_TEXT: Final = "text"
_SCORE_SCALE: Final = 1e4
"""Natural logarithms to the model's own score units (base 1.0001)."""
_WORD: Final = re.compile(r"w(\d+)(?:\(\d+\))?")

SILENCE: Final = -1
SOUND: Final = -2
"""In place of a word's number: nothing is said, or something that is not in the text."""


class Spelled(NamedTuple):
    """One spoken word: how the dictionary may know it (lower case, or empty) and other ways to say it."""

    spelling: str
    phones: Sequence[str]


class Span(NamedTuple):
    """``[first, end)`` in frames of 10 ms, with the model's score for them (higher is likelier)."""

    word: int
    first: int
    end: int
    score: float


class Graph(NamedTuple):
    """What may be said: the words in order, and how a speaker may stray. Places count from 0 before the first word.

    At ``loose`` places there may be unwritten speech; a ``skips`` pair jumps from one place to a later one; with
    ``open_end`` the recording may stop at any place.
    """

    words: Sequence[Spelled]
    loose: Sequence[int] = ()
    skips: Sequence[tuple[int, int]] = ()
    open_end: bool = False


class Hearing:
    """One decoder. What it heard before tinges its scores a little."""

    def __init__(self) -> None:
        # Untyped: it ships no type information. Imported here: its absence is an answer, no reason to die at import.
        import pocketsphinx  # type: ignore[import-untyped]  # noqa: PLC0415 - see above

        self._decoder: Any = pocketsphinx.Decoder(
            lm=None, bestpath=False, lw=1.0, fillprob=_FILLER, beam=_BEAM, pbeam=_BEAM, wbeam=_BEAM, loglevel="FATAL"
        )
        for phone in _PHONES:
            self._decoder.add_word(f"@{phone}", phone, False)
        each = 1 / len(_PHONES)
        loop = self._decoder.create_fsg(_LOOP, 0, 0, [(0, 0, each, f"@{phone}") for phone in _PHONES])
        self._decoder.add_fsg(_LOOP, loop)
        self._named = 0

    def lay(self, pcm: bytes, graph: Graph) -> list[Span]:
        """The likeliest way through the graph for 16-bit mono speech at 16 kHz; empty when there is none."""
        first = self._named
        for word in graph.words:
            self._name(word)
        transitions: list[tuple[Any, ...]] = []
        count = len(graph.words)
        for place in range(count):
            transitions.append((place, place + 1, 1.0, f"w{first + place}"))
            if graph.open_end:
                transitions.append((place, count, 1 / count))
        transitions += [(place, place, _UNWRITTEN, f"@{phone}") for place in graph.loose for phone in _UNWRITTEN_PHONES]
        transitions += [(place, to, _SKIPPED) for place, to in graph.skips]
        self._decoder.add_fsg(_TEXT, self._decoder.create_fsg(_TEXT, 0, count, transitions))
        self._decoder.activate_search(_TEXT)
        return [span._replace(word=span.word - first) if span.word >= 0 else span for span in self._decode(pcm)]

    def likelihood(self, pcm: bytes) -> list[float]:
        """The score of each frame when any sound may follow any other: what the best text would come near to."""
        self._decoder.activate_search(_LOOP)
        scores: list[float] = []
        for span in self._decode(pcm):
            scores += [span.score / max(1, span.end - span.first)] * (span.end - len(scores))
        return scores

    def sounds(self, pcm: bytes, words: Sequence[Spelled]) -> list[tuple[str, int, int]]:
        """(phone, first frame, end) of the words in speech that says just them; for learning how phones sound."""
        self.lay(pcm, Graph(words))
        self._decoder.set_alignment()
        self._decode(pcm)
        return [
            (phone.name, phone.start, phone.start + phone.duration)
            for word in self._decoder.get_alignment()
            if _WORD.fullmatch(word.name)
            for phone in word
        ]

    def _name(self, word: Spelled) -> None:
        ways = list(dict.fromkeys([*self._known(word.spelling), *word.phones]))
        for number, phones in enumerate(ways, 1):
            self._decoder.add_word(f"w{self._named}({number})" if number > 1 else f"w{self._named}", phones, False)
        self._named += 1

    def _known(self, spelling: str) -> list[str]:
        """The dictionary's ways to say a word."""
        ways: list[str] = []
        while spelling:
            phones = self._decoder.lookup_word(f"{spelling}({len(ways) + 1})" if ways else spelling)
            if phones is None:
                break
            ways.append(phones)
        return ways

    def _decode(self, pcm: bytes) -> list[Span]:
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, no_search=False, full_utt=True)
        self._decoder.end_utt()
        return [
            Span(_number(part.word), part.start_frame, part.end_frame + 1, math.log(part.ascore) * _SCORE_SCALE)
            for part in self._decoder.seg() or ()
            if part.word != "(NULL)"
        ]


def _number(name: str) -> int:
    if name.startswith("@"):
        return SOUND
    found = _WORD.fullmatch(name)
    return int(found[1]) if found else SILENCE
