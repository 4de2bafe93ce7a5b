"""Following a long recording through its text, window by window, so that memory stays bounded whatever its length.

Each window is laid over the text from where the last one ended, may stop anywhere in it, and is believed up to a pause
near its end, where the next begins. What the speaker leaves out, repeats or adds is passed over and noted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from reelforge.domain.asset import AssetRef
from reelforge.domain.cues import SAMPLE_RATE, Word
from reelforge.domain.job import StepContext, step
from reelforge.domain.tokens import tokens
from reelforge.engines.align.aligner import finder_identity, stretch
from reelforge.engines.align.finder import Finder, Finding
from reelforge.engines.align.pronounce import pronounced
from reelforge.engines.align.said import HOP, RATE, Said, Samples
from reelforge.engines.align.written import FRAME, FoundWords, found_words
from reelforge.engines.voice.phonemes.client import EspeakProcess
from reelforge.engines.voice.spoken import Token, spoken
from reelforge.errors import InputError

WINDOW: Final = 40 * SAMPLE_RATE
_LAST_WINDOW: Final = 55 * SAMPLE_RATE
"""What is left is heard at once when it is no longer than this."""
_FASTEST: Final = 25
"""Characters a second; nobody reads faster."""
_PAUSE: Final = 15
_LATER_HALF: Final = 0.5
_GIVE_UP_AFTER: Final = 120 * SAMPLE_RATE
_LEAST_WORDS: Final = 3
"""Noise is taken for a short word now and then."""
_LOST_AFTER: Final = 600 * SAMPLE_RATE
"""Whoever was reading the text has not gone on with it for so long: the rest is not in the recording."""


class Window(FoundWords):
    """What a window settled: the words from the first asked for on, and how many samples it takes. Samples count from
    the window's start.
    """

    taken: int


@dataclass
class Followed:
    """Every written token's word (None: not heard), in the recording's samples, and stretches of unwritten speech
    ``(start, end, number of the token that follows)``.
    """

    words: list[Word | None] = field(default_factory=list)
    extra: list[tuple[int, int, int]] = field(default_factory=list)
    end: int = 0
    """Where the last window ended; what comes after was not listened to."""


class Listener:
    """Hears one window at a time; a step, so that a crash late in a long recording loses a window and no more."""

    def __init__(self, finder: Finder, espeak: EspeakProcess) -> None:
        self._finder = finder
        self._espeak = espeak

    @property
    def identity(self) -> Mapping[str, Any]:
        return finder_identity("window")

    @step(version=2)
    async def listen(
        self,
        context: StepContext,
        audio: AssetRef,
        start: int,
        count: int,
        text: tuple[str, ...],
        skip: int,
        language: str,
        last: bool,
    ) -> Window:
        """The words of ``text`` (sentences, of which ``skip`` tokens were heard before) in ``count`` samples of a
        48 kHz recording.
        """
        said: list[Token] = []
        words: list[Said] = []
        starts: list[int] = []
        for number, sentence in enumerate(text):
            part = spoken(sentence, language)[skip if number == 0 else 0 :]
            starts.append(len(words))
            said += part
            words += await pronounced(self._espeak, part, language)
        samples: Samples = await context.in_thread(stretch, context, audio, start, count)
        found = await self._finder.follow(context, samples, words, sorted(set(starts))) if words else None
        if found is None:
            return Window(words=(), taken=count)
        return _settled(said, found, count, last=last)


async def follow(
    context: StepContext,
    listener: Listener,
    audio: AssetRef,
    samples: int,
    sentences: Sequence[str],
    language: str,
) -> Followed:
    """All sentences in one recording of so many samples at 48 kHz. Raises InputError when it says something else."""
    lengths = [len(tokens(sentence)) for sentence in sentences]
    followed = Followed()
    sentence = skip = number = heard = 0
    while sentence < len(sentences) and followed.end < samples:
        left = samples - followed.end
        last = left <= _LAST_WINDOW
        count = left if last else WINDOW
        text = _enough(sentences, sentence, count)
        number += 1
        window = await context.step(
            listener.listen, audio, followed.end, count, text, skip, language, last, name=f"window-{number:03}"
        )
        _add(followed, window)
        skip += len(window.words)
        while sentence < len(sentences) and skip >= lengths[sentence]:
            skip -= lengths[sentence]
            sentence += 1
        context.progress(followed.end / SAMPLE_RATE, samples / SAMPLE_RATE, "s")
        if any(followed.words[len(followed.words) - len(window.words) :]):
            heard = followed.end
        if followed.end - heard > _GIVE_UP_AFTER and len([word for word in followed.words if word]) < _LEAST_WORDS:
            raise another_text()
        if followed.end - heard > _LOST_AFTER:
            break
    followed.words += [None] * (sum(lengths) - len(followed.words))
    return followed


def another_text() -> InputError:
    return InputError(
        "The recording does not say the script's text: hardly any of its words are heard.",
        remedy="Give the text that is read in it, and the script's language; noise alone cannot be used.",
    )


def _add(followed: Followed, window: Window) -> None:
    before, at = len(followed.words), followed.end
    missing = set(window.missing)
    followed.words += [
        None if number in missing else word.model_copy(update={"start": word.start + at, "end": word.end + at})
        for number, word in enumerate(window.words)
    ]
    for start, end, token in window.extra:
        joined = followed.extra and followed.extra[-1][1] >= start + at - SAMPLE_RATE // 10
        first = followed.extra.pop()[0] if joined else start + at
        followed.extra.append((first, end + at, token + before))
    followed.end += window.taken


def _enough(sentences: Sequence[str], first: int, count: int) -> tuple[str, ...]:
    """More text than anybody can say in so many samples, and at least two sentences."""
    wanted = _FASTEST * count / SAMPLE_RATE
    last = first
    while last < len(sentences) and (wanted > 0 or last < first + 2):
        wanted -= len(sentences[last])
        last += 1
    return tuple(sentences[first:last])


def _settled(tokens: Sequence[Token], found: Finding, count: int, *, last: bool) -> Window:
    """What of a window is believed: all of the last one, others up to a pause between two tokens."""
    owners = [index for index, token in enumerate(tokens) for _ in token.words]
    reached = len(found.words)
    end = count
    if not last:
        cut, reached = _cut(found, owners, count // SAMPLE_RATE * RATE // HOP)
        end = min(count, cut * FRAME)
    kept = owners[reached] if reached < len(owners) else len(tokens)
    part = Finding(
        found.words[:reached],
        tuple(number for number in found.missing if number < reached),
        tuple(one for one in found.extra if one[0] * FRAME < end),
    )
    words = found_words(tokens[:kept], part, count)
    return Window(words=words.words, missing=words.missing, extra=words.extra, taken=end)


def _cut(found: Finding, owners: Sequence[int], frames: int) -> tuple[int, int]:
    """(frame, number of the first word after it): the last real pause of the window's later half, else the longest of
    the shorter ones, between two tokens.
    """
    pauses: Sequence[tuple[float, float, int]] = found.silences or _gaps(found)
    between = [
        (first, end, number)
        for first, end, number in pauses
        if first > _LATER_HALF * frames and _parts_tokens(number, owners)
    ]
    real = [pause for pause in between if pause[1] - pause[0] >= _PAUSE]
    if real:
        first, end, number = real[-1]
    elif between:
        first, end, number = max(between, key=lambda pause: pause[1] - pause[0])
    else:
        return frames, _whole(len(found.words), owners)
    return round((first + end) / 2), min(number, _whole(len(found.words), owners))


def _parts_tokens(number: int, owners: Sequence[int]) -> bool:
    return number == 0 or number >= len(owners) or owners[number] != owners[number - 1]


def _whole(count: int, owners: Sequence[int]) -> int:
    """The number of words up to a token's end: a token of which only the beginning was heard waits for the rest."""
    while 0 < count < len(owners) and owners[count] == owners[count - 1]:
        count -= 1
    return count


def _gaps(found: Finding) -> list[tuple[float, float, int]]:
    heard = [(number, word) for number, word in enumerate(found.words) if number not in found.missing]
    return [(word.end, after.first, number) for (_, word), (number, after) in pairwise(heard) if after.first > word.end]
