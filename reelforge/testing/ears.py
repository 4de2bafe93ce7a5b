"""A listener to recordings that hears what it is told to, in the place of pocketsphinx."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reelforge.domain.asset import AssetRef
from reelforge.domain.cues import Word
from reelforge.domain.job import StepContext, step
from reelforge.engines.align.follow import Window
from reelforge.engines.voice.spoken import spoken


class Ears:
    """Fulfils what is asked of :class:`~reelforge.engines.align.follow.Listener`. In each window, counted from 1, hears
    as many of the next words as ``heard`` says (None: all), each ``every`` samples after the one before.
    """

    identity: Mapping[str, str] = {"name": "ears"}

    def __init__(self, heard: Callable[[int], int | None], every: int = 4_800) -> None:
        self._heard = heard
        self._every = every
        self.windows = 0

    @step()
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
        del context, audio, start, last
        self.windows += 1
        coming = [token.written for sentence in text for token in spoken(sentence, language)]
        words = tuple(
            Word(
                text=token,
                start=number * self._every,
                end=number * self._every + self._every * 5 // 6,
                confidence=0.9,
                source="aligned",
            )
            for number, token in enumerate(coming[skip:][: self._heard(self.windows)])
        )
        return Window(words=words, taken=count)
