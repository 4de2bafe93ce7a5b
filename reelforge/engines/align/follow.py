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
from reelforge.engines.align.energy import silent
from reelforge.engines.align.finder import Finder, Finding
from reelforge.engines.align.pronounce import pronounced
from reelforge.engines.align.said import HOP, Said, Samples
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
_INTRO: Final = (300 * SAMPLE_RATE, 1800 * SAMPLE_RATE)
"""The text is waited for during a third of the recording, but at least and at most so long."""
_LEAST_WORDS: Final = 3
_TELLING: Final = 6
"""Phones; noise and music are taken for a word of fewer now and then."""
_HELD: Final = 500
"""Frames; nobody holds a word so long, but applause and the like are taken for one that is held."""
_GOING_ON: Final = 100
"""Frames of what follows a reader's words that are listened to with them."""
_BREAK: Final = 3600 * SAMPLE_RATE
"""How long whoever was reading the text may do something else. Listening to it in vain takes minutes of computing."""
_FAINT_DBFS: Final = -50.0
"""Recordings are brought to one loudness; what is always fainter is nobody reading."""


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
    given_up: bool = False
    """Whether that was for want of words of the text, of which there is more."""


class Listener:
    """Hears one window at a time; a step, so that a crash late in a long recording loses a window and no more."""

    def __init__(self, finder: Finder, espeak: EspeakProcess) -> None:
        self._finder = finder
        self._espeak = espeak

    @property
    def identity(self) -> Mapping[str, Any]:
        return finder_identity("window")

    @step(version=3)
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
        samples: Samples = await context.in_thread(stretch, context, audio, start, count)
        if silent(samples, _FAINT_DBFS):
            return Window(words=(), taken=count)
        said: list[Token] = []
        words: list[Said] = []
        starts: list[int] = []
        for number, sentence in enumerate(text):
            part = spoken(sentence, language)[skip if number == 0 else 0 :]
            starts.append(len(words))
            said += part
            words += await pronounced(self._espeak, part, language)
        if not words:
            return Window(words=(), taken=count)
        return await self._window(context, samples, count, said, words, sorted(set(starts)), last=last)

    async def _window(
        self,
        context: StepContext,
        samples: Samples,
        count: int,
        said: Sequence[Token],
        words: Sequence[Said],
        starts: Sequence[int],
        *,
        last: bool,
    ) -> Window:
        """What is heard in some sound and believed. What goes before a long noise is heard once more without it."""
        found = await self._finder.follow(context, samples, words, starts)
        if found is None:
            return Window(words=(), taken=count)
        if held := _held(found):
            first, end = held
            noise = Window(words=(), taken=min(count, end * FRAME))
            if first < _GOING_ON:
                return noise
            frames = first + _GOING_ON
            window = await self._window(
                context, samples[: frames * HOP], frames * FRAME, said, words, starts, last=False
            )
            return window if window.words else noise
        if _by_chance(found, words):
            return _disbelieved(found, count)
        return _settled(said, found, count, last=last)


async def follow(
    context: StepContext,
    listener: Listener,
    audio: AssetRef,
    samples: int,
    sentences: Sequence[str],
    language: str,
) -> Followed:
    """All sentences in one recording of so many samples at 48 kHz, which may begin late and be interrupted.

    Raises InputError when the text has not begun after long enough.
    """
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
        begun = len([word for word in followed.words if word]) >= _LEAST_WORDS
        if not begun and followed.end - heard > _patience(samples):
            raise another_text(followed.end)
        if followed.end - heard > _BREAK:
            followed.given_up = sentence < len(sentences) and followed.end < samples
            break
    followed.words += [None] * (sum(lengths) - len(followed.words))
    return followed


def another_text(listened: int | None = None) -> InputError:
    """``listened``: how many samples of the recording were, when not all."""
    where = "" if listened is None else f" in its first {round(listened / SAMPLE_RATE / 60)} minutes"
    remedy = "Give the text that is read in it, and the script's language; noise alone cannot be used."
    if listened is not None:
        remedy += " The rest was not listened to: cut off what comes before the text."
    return InputError(
        f"The recording does not say the script's text: hardly any of its words are heard{where}.", remedy=remedy
    )


def _patience(samples: int) -> int:
    """How long the text may be waited for in a recording of so many samples."""
    least, most = _INTRO
    return min(max(least, samples // 3), most)


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


def _held(found: Finding) -> tuple[int, int] | None:
    """The frames of the first word that is too long to be one: something else, which also hides what is around it."""
    heard = (word for number, word in enumerate(found.words) if number not in found.missing)
    return next(((round(word.first), round(word.end)) for word in heard if word.end - word.first > _HELD), None)


def _by_chance(found: Finding, words: Sequence[Said]) -> bool:
    """Whether the few words heard are as noise may sound too, while there is more to hear."""
    heard = [len(words[number].phones) for number in range(len(found.words)) if number not in found.missing]
    everything = sum(len(word.phones) for word in words)
    return 0 < len(heard) < _LEAST_WORDS and sum(heard) < min(_TELLING, everything)


def _disbelieved(found: Finding, count: int) -> Window:
    """A window without words. One that came late may be the text's beginning, and is heard again in the next."""
    first = next(word.first for number, word in enumerate(found.words) if number not in found.missing)
    late = first * FRAME > _LATER_HALF * count
    taken = min(count, round(first) * FRAME) if late else count
    extra = tuple((start, end, 0) for start, end, _ in found.extra if end * FRAME <= taken)
    return Window(words=(), extra=tuple((a * FRAME, b * FRAME, n) for a, b, n in extra), taken=taken)


def _settled(tokens: Sequence[Token], found: Finding, count: int, *, last: bool) -> Window:
    """What of a window is believed: all of the last one, others up to a pause between two tokens."""
    owners = [index for index, token in enumerate(tokens) for _ in token.words]
    reached = len(found.words)
    end = count
    if not last:
        cut, reached = _cut(found, owners, count // FRAME)
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
