"""A take: what a voice gave for one sentence, looked over, trimmed, and kept as an utterance.

Spans are (start, end) in samples. Everything here is pure but for :func:`keep`, which writes the asset.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reelforge.domain.asset import Provenance
from reelforge.domain.cues import SAMPLE_RATE, Utterance, Word
from reelforge.domain.job import Assets
from reelforge.engines.voice.spoken import Token, spoken
from reelforge.errors import InputError, NeverWorksError, TryLaterError
from reelforge.sound.files import write
from reelforge.sound.resample import resample

Samples = NDArray[np.float32]
Span = tuple[int, int]

_HOP_SECONDS: Final = 0.01
_SILENCE_DB: Final = -50.0
"""Under the take's loudest 10 ms; the faintest final consonants measured lie at −42."""
_LEAD_SECONDS: Final = 0.03
_TAIL_SECONDS: Final = 0.09
_TIMES_SLACK_SECONDS: Final = 0.05
"""How far from a word's told time its sound may lie."""
_FADE_SECONDS: Final = 0.005
_SHORT_FADE_SECONDS: Final = 0.001
"""Into a take that sounds from its first sample on: against a click, too short to take anything from a consonant."""
_AUDIBLE: Final = 1e-3
"""−60 dBFS: a take whose loudest 10 ms stay under this is silence."""
_LONGEST_SOUND: Final = 0.13
_SHORTEST_SOUND: Final = 0.02
_LONGEST_PAUSE: Final = 0.6
"""Seconds. Measured over two voices, a sentence takes 0.06–0.09 for each of its phonemes."""


def levels(samples: Samples, rate: int) -> NDArray[np.float32]:
    """Root mean square of each 10 ms; the last, shorter part counts as one."""
    hop = max(1, round(rate * _HOP_SECONDS))
    padded = np.pad(samples, (0, -len(samples) % hop)).reshape(-1, hop)
    power = np.mean(np.square(padded, dtype=np.float64), axis=1)
    return np.asarray(np.sqrt(power), np.float32)


def heard(samples: Samples, rate: int) -> Span:
    """Where sound begins and ends (by 10 ms); (0, 0) when there is none."""
    level = levels(samples, rate)
    loudest = float(level.max(initial=0.0))
    if loudest < _AUDIBLE:
        return 0, 0
    loud = np.flatnonzero(level > loudest * 10 ** (_SILENCE_DB / 20))
    hop = max(1, round(rate * _HOP_SECONDS))
    return int(loud[0]) * hop, min(len(samples), (int(loud[-1]) + 1) * hop)


def sounds_in(tokens: Sequence[Token]) -> int:
    """About how many phonemes tokens hold: letters count one, those of scripts that write syllables or no vowels more,
    digits (read out by the engine) and single letters (said by name) most.
    """
    return sum(3 if len(word) == 1 else sum(map(_sounds, word)) for token in tokens for word in token.words)


def _sounds(sign: str) -> int:
    if sign.isdecimal():
        return 6
    if not sign.isalpha():
        return 0
    script = unicodedata.name(sign, "").split(" ")[0]
    return {"LATIN": 1, "CYRILLIC": 1, "GREEK": 1, "CJK": 4, "HANGUL": 4}.get(script, 2)


def flaw(
    samples: Samples, rate: int, sounds: int, *, pauses: int = 0, speed: float = 1.0, spans: Sequence[Span] = ()
) -> str:
    """What is wrong with a take, as the end of a sentence (``is silent``); empty when nothing is.

    ``sounds`` is about how many phonemes it should hold, ``pauses`` how many commas and the like, ``speed`` its pace (1
    is natural); ``spans`` are its words' times, each of which must hold sound. A take that is cut ends loud or lacks a
    word; one that is doubled or stuck is too long for its sounds.
    """
    start, end = heard(samples, rate)
    if end == 0:
        return "is silent"
    level = levels(samples, rate)
    loudest = float(level.max())
    seconds = (end - start) / rate * speed
    if seconds < _SHORTEST_SOUND * sounds:
        return f"is too short ({seconds:.1f} seconds for {sounds} sounds)"
    if seconds > 0.8 + _LONGEST_SOUND * sounds + _LONGEST_PAUSE * pauses:
        return f"is too long ({seconds:.1f} seconds for {sounds} sounds)"
    if float(level[-1]) > loudest * 0.1:
        return "is cut off at its end"
    number = silent_span(samples, rate, spans)
    return f"has no sound where word {number} should be" if number else ""


def silent_span(samples: Samples, rate: int, spans: Sequence[Span]) -> int:
    """Which of the spans (the first is 1) has no sound in it or near it; 0 when all have."""
    level = levels(samples, rate)
    least = float(level.max(initial=0.0)) * 10 ** (_SILENCE_DB / 20)
    hop = max(1, round(rate * _HOP_SECONDS))
    slack = round(_TIMES_SLACK_SECONDS * rate)
    for number, (first, last) in enumerate(spans, 1):
        near = level[max(0, first - slack) // hop : (last + slack) // hop + 1]
        if float(near.max(initial=0.0)) < least:
            return number
    return 0


def trimmed(samples: Samples, rate: int) -> tuple[Samples, int]:
    """The take with 30 ms of near-silence before it, 90 ms after it, and soft edges.

    Also gives how many samples went from the front; negative when silence was added.
    """
    start, end = heard(samples, rate)
    first, last = start - round(_LEAD_SECONDS * rate), end + round(_TAIL_SECONDS * rate)
    kept = samples[max(0, first) : last].copy()
    fade = min(len(kept) // 2, round(_FADE_SECONDS * rate))
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    into = ramp if start else ramp[:: max(1, round(_FADE_SECONDS / _SHORT_FADE_SECONDS))]
    kept[: len(into)] *= into
    kept[len(kept) - fade :] *= ramp[::-1]
    return np.pad(kept, (max(0, -first), max(0, last - len(samples)))), first


def written_times(tokens: Sequence[Token], spans: Sequence[Span], total: int) -> list[Span]:
    """The span of each written token: from its first spoken word to its last.

    ``spans`` has one entry for each spoken word, in order. The result is monotone, without overlap, within
    ``[0, total]``. A token that says nothing gets the gap it stands in.
    """
    given = iter(spans)
    found: list[Span | None] = []
    floor = 0
    for token in tokens:
        own = [next(given) for _ in token.words]
        if own:
            start = min(max(floor, own[0][0]), total)
            floor = min(max(start, own[-1][1]), total)
            found.append((start, floor))
        else:
            found.append(None)
    result: list[Span] = []
    for index, span in enumerate(found):
        before = result[-1][1] if result else 0
        after = next((later[0] for later in found[index:] if later), total)
        result.append(span or (before, after))
    return result


def from_onset(spans: Sequence[Span], onset: int, least: int) -> list[Span]:
    """The spans with the first word beginning where the sound does (lasting ``least`` at least) and none before it."""
    held = [(max(start, onset), max(end, onset)) for start, end in spans]
    return [(onset, max(held[0][1], onset + least)), *held[1:]] if held else []


def native_words(tokens: Sequence[Token], spans: Sequence[Span], total: int, confidence: float) -> list[Word]:
    """The written tokens as words, by the ``spans`` of the spoken ones in samples at 48 kHz of the trimmed take."""
    return [
        Word(text=token.written, start=start, end=end, confidence=confidence, source="native")
        for token, (start, end) in zip(tokens, written_times(tokens, spans, total), strict=True)
    ]


def at_48k(spans: Sequence[tuple[float, float]], rate: float, cut: float) -> list[Span]:
    """Spans at ``rate`` of a take from whose front ``cut`` samples went, in samples at 48 kHz of what is left."""

    def moved(edge: float) -> int:
        return max(0, round((edge - cut) * SAMPLE_RATE / rate))

    return [(moved(start), moved(end)) for start, end in spans]


def words_to_say(sentence: str, language: str) -> tuple[Token, ...]:
    """The sentence's tokens. Raises InputError when none of them says anything."""
    tokens = spoken(sentence, language)
    if not any(token.words for token in tokens):
        raise InputError(f"There is nothing to say in {sentence!r}.", remedy="Give the scene words.")
    return tokens


def pauses_in(tokens: Sequence[Token]) -> int:
    """How many commas and the like are heard."""
    return sum(bool(pause) for token in tokens for pause in token.pauses)


class Doubts:
    """For voices that draw each take anew: a flawed one is tried once more; then the sentence is at fault."""

    def __init__(self, voice: str) -> None:
        self._voice = voice
        self._doubted: set[str] = set()

    def settle(self, sentence: str, found: str) -> None:
        """Raise TryLaterError, then NeverWorksError, when ``found`` (what :func:`flaw` says) is not empty."""
        if not found:
            self._doubted.discard(sentence)
            return
        message = f"{self._voice}'s recording of “{sentence}” {found}."
        if sentence in self._doubted:
            raise NeverWorksError(message, remedy="Put the sentence another way.")
        self._doubted.add(sentence)
        raise TryLaterError(message)


def keep(
    assets: Assets, sentence: str, samples: Samples, rate: int, words: Sequence[Word], provenance: Provenance
) -> Utterance:
    """Store a trimmed take as a 48 kHz mono FLAC. ``words`` are timed in samples at 48 kHz already."""
    resampled = resample(samples, rate, SAMPLE_RATE)
    peak = float(np.abs(resampled).max(initial=0.0))
    if peak > 1.0:
        resampled = resampled / np.float32(peak)
    with assets.temporary(".flac") as path:
        write(path, resampled, SAMPLE_RATE)
        audio = assets.add_file(path, "audio/flac", provenance)
    return Utterance(text=sentence, audio=audio, samples=len(resampled), words=tuple(words))


def ends_from_sound(samples: Samples, rate: int, starts: Sequence[int]) -> list[Span]:
    """Spans of words of which only the starts are known: each ends where sound last stands before the next start.

    ``starts`` ascend, in samples. The measure of sound is −35 dB under the loudest 10 ms.
    """
    level = levels(samples, rate)
    loud = level > float(level.max(initial=0.0)) * 10 ** (-35 / 20)
    hop = max(1, round(rate * _HOP_SECONDS))
    spans: list[Span] = []
    for start, limit in zip(starts, [*starts[1:], len(samples)], strict=True):
        found = np.flatnonzero(loud[start // hop : -(-limit // hop)])
        end = (start // hop + int(found[-1]) + 1) * hop if found.size else limit
        spans.append((start, max(start, min(end, limit))))
    return spans
