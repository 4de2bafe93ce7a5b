"""Following a recording of any length through a text: what is not in it is given up, and what is heard is kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest

from reelforge.domain.asset import AssetRef
from reelforge.domain.cues import SAMPLE_RATE, Word
from reelforge.domain.job import StepContext, step
from reelforge.engines.align.follow import Followed, Window, follow
from reelforge.errors import InputError
from reelforge.jobs.plain import PlainContext
from reelforge.store.assets import FileAssets

SENTENCES = ("The Moon slips away.", "Nobody sees it go.", "Mirrors do.")
WORDS = " ".join(SENTENCES).split()
AUDIO = AssetRef(sha256="0" * 64, media_type="audio/flac", size=1)
HOURS = 3 * 3600 * SAMPLE_RATE


class Ears:
    """In each window hears as many of the next words as it was told, else none."""

    identity: Mapping[str, str] = {"name": "ears"}

    def __init__(self, heard: Mapping[int, int]) -> None:
        self._heard = heard
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
        del context, audio, start, language, last
        self.windows += 1
        coming = " ".join(text).split()[skip:][: self._heard.get(self.windows, 0)]
        words = [
            Word(text=text, start=number * 4_800, end=number * 4_800 + 4_000, confidence=0.9, source="aligned")
            for number, text in enumerate(coming)
        ]
        return Window(words=tuple(words), taken=count)


def followed(ears: Ears, folder: Path) -> Followed:
    return anyio.run(follow, PlainContext(FileAssets(folder)), ears, AUDIO, HOURS, SENTENCES, "en")


@pytest.mark.parametrize("heard", [{}, {1: 1}, {1: 1, 3: 1}])
def test_three_hours_of_something_else_are_refused_within_minutes(heard: Mapping[int, int], tmp_path: Path) -> None:
    ears = Ears(heard)
    with pytest.raises(InputError, match="does not say the script's text"):
        followed(ears, tmp_path)
    assert ears.windows <= 7


def test_a_reader_who_stops_is_waited_for_and_what_was_said_is_kept(tmp_path: Path) -> None:
    ears = Ears({1: 4, 15: 4})
    found = followed(ears, tmp_path)
    assert [word.text if word else None for word in found.words] == [*WORDS[:8], None, None]
    assert ears.windows <= 32


def test_nothing_is_listened_to_once_all_is_said(tmp_path: Path) -> None:
    ears = Ears({1: 5, 2: 5})
    found = followed(ears, tmp_path)
    assert [word.text for word in found.words if word] == WORDS
    assert ears.windows == 2
