"""Following a recording of any length through a text: what is not in it is given up, and what is heard is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio
import numpy as np
import pytest

from reelforge.domain.asset import AssetRef, Provenance
from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.job import StepContext
from reelforge.engines.align.finder import Finding, FoundWord
from reelforge.engines.align.follow import Followed, Listener, Window, follow
from reelforge.engines.align.said import RATE, Said, Samples
from reelforge.engines.voice.phonemes.client import EspeakProcess
from reelforge.errors import InputError
from reelforge.jobs.plain import PlainContext
from reelforge.sound.files import write
from reelforge.store.assets import FileAssets
from reelforge.testing.ears import Ears

SENTENCES = ("The Moon slips away.", "Nobody sees it go.", "Mirrors do.")
WORDS = " ".join(SENTENCES).split()
AUDIO = AssetRef(sha256="0" * 64, media_type="audio/flac", size=1)
HOURS = 3 * 3600 * SAMPLE_RATE


def followed(ears: Ears, folder: Path, samples: int = HOURS) -> Followed:
    return anyio.run(follow, PlainContext(FileAssets(folder)), ears, AUDIO, samples, SENTENCES, "en")


@pytest.mark.parametrize("heard", [{}, {1: 1}, {1: 1, 3: 1}])
def test_three_hours_of_something_else_are_refused_after_half_an_hour(heard: Mapping[int, int], tmp_path: Path) -> None:
    ears = Ears(lambda window: heard.get(window, 0))
    with pytest.raises(InputError, match=r"are heard in its first 3\d minutes\. .* The rest was not listened to"):
        followed(ears, tmp_path)
    assert ears.windows <= 49


@pytest.mark.parametrize(
    ("minutes", "heard"),
    [(4, {5: 10}), (15, {8: 10}), (60, {30: 10}), (5, {1: 2, 5: 8}), (15, {1: 9, 18: 1})],
    ids=["music first", "five minutes of music", "a third", "titles after two words", "applause after nine words"],
)
def test_a_text_that_begins_late_or_is_interrupted_is_found(
    minutes: int, heard: Mapping[int, int], tmp_path: Path
) -> None:
    found = followed(Ears(lambda window: heard.get(window, 0)), tmp_path, minutes * 60 * SAMPLE_RATE)
    assert [word.text for word in found.words if word] == WORDS
    assert not found.given_up


def test_a_reader_who_stops_is_waited_for_an_hour_and_what_was_said_is_kept(tmp_path: Path) -> None:
    ears = Ears(lambda window: {1: 4, 90: 4}.get(window, 0))
    found = followed(ears, tmp_path)
    assert [word.text if word else None for word in found.words] == [*WORDS[:8], None, None]
    assert found.given_up
    assert 180 <= ears.windows <= 182


def finding(*spans: tuple[int, int]) -> Finding:
    return Finding(tuple(FoundWord(first, end, 0.9, "aligned") for first, end in spans))


class Hearsay:
    """Finds what it was told, one thing after another, and notes how much sound it was given each time."""

    lost = 0

    def __init__(self, *found: Finding) -> None:
        self._found = list(found)
        self.seconds: list[float] = []

    async def follow(
        self, context: StepContext, samples: Samples, words: Sequence[Said], starts: Sequence[int]
    ) -> Finding | None:
        del context, words, starts
        self.seconds.append(len(samples) / RATE)
        return self._found.pop(0)


def listened(finder: Hearsay, folder: Path, level: float = 0.1, text: tuple[str, ...] = SENTENCES) -> Window:
    """What a window of 40 seconds settles."""

    async def main() -> Window:
        context = PlainContext(FileAssets(folder / "assets"))
        noise = np.random.default_rng(0).normal(0, level, 40 * SAMPLE_RATE).astype(np.float32)
        with context.assets.temporary(".wav") as path:
            write(path, noise, SAMPLE_RATE)
            audio = context.assets.add_file(path, "audio/wav", Provenance(source="person"))
        espeak = EspeakProcess()
        try:
            ears = Listener(finder, espeak)  # type: ignore[arg-type]  # only ``follow`` is asked of a finder here
            return await context.step(ears.listen, audio, 0, 40 * SAMPLE_RATE, text, 0, "en", False)
        finally:
            await espeak.aclose()

    return anyio.run(main)


def test_a_short_word_that_noise_sounds_like_is_not_believed(tmp_path: Path) -> None:
    assert listened(Hearsay(finding((100, 120))), tmp_path) == Window(words=(), taken=40 * SAMPLE_RATE)


def test_a_short_word_late_in_a_window_is_heard_again_in_the_next(tmp_path: Path) -> None:
    assert listened(Hearsay(finding((3900, 3920))), tmp_path) == Window(words=(), taken=39 * SAMPLE_RATE)


def test_two_words_that_say_enough_are_believed(tmp_path: Path) -> None:
    window = listened(Hearsay(finding((10, 20), (20, 60))), tmp_path, text=SENTENCES[1:])
    assert [word.text for word in window.words] == ["Nobody", "sees"]


def test_a_text_of_one_short_word_is_believed(tmp_path: Path) -> None:
    assert [word.text for word in listened(Hearsay(finding((10, 20))), tmp_path, text=("Go.",)).words] == ["Go."]


def test_what_a_long_noise_hides_is_heard_without_it(tmp_path: Path) -> None:
    said = finding((10, 20), (20, 60), (60, 100), (100, 150))
    finder = Hearsay(finding((500, 510), (510, 520), (520, 4000)), said)
    window = listened(finder, tmp_path)
    assert [word.text for word in window.words] == WORDS[:4]
    assert finder.seconds == [40.0, 6.2]
    assert window.taken == round(6.2 * SAMPLE_RATE)


def test_a_long_noise_with_nothing_before_it_is_passed_over_to_its_end(tmp_path: Path) -> None:
    finder = Hearsay(finding((10, 20), (20, 2000), (2000, 2100)))
    assert listened(finder, tmp_path) == Window(words=(), taken=20 * SAMPLE_RATE)


def test_a_long_noise_before_which_nothing_is_said_is_passed_over_too(tmp_path: Path) -> None:
    finder = Hearsay(finding((500, 510), (510, 2000)), finding((300, 310)))
    assert listened(finder, tmp_path) == Window(words=(), taken=20 * SAMPLE_RATE)


def test_what_is_far_fainter_than_speech_is_passed_over_unheard(tmp_path: Path) -> None:
    finder = Hearsay()
    assert listened(finder, tmp_path, level=0.003) == Window(words=(), taken=40 * SAMPLE_RATE)
    assert finder.seconds == []


def test_nothing_is_listened_to_once_all_is_said(tmp_path: Path) -> None:
    ears = Ears(lambda window: {1: 5, 2: 5}.get(window, 0))
    found = followed(ears, tmp_path)
    assert [word.text for word in found.words if word] == WORDS
    assert ears.windows == 2
