"""What every way of finding words promises, whatever the sound and the language: a place for each word, in order."""

import importlib.util
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from reelforge.engines.align.finder import Finder
from reelforge.engines.align.pronounce import pronounced
from reelforge.engines.align.said import HOP, RATE, Said, Samples
from reelforge.engines.align.sphinx.client import SphinxWorkers, sphinx_workers
from reelforge.engines.align.written import FRAME, FoundWords, found_words
from reelforge.engines.voice.phonemes.client import EspeakProcess
from reelforge.engines.voice.spoken import sayable, spoken
from reelforge.jobs.plain import PlainContext
from reelforge.sound.resample import resample
from reelforge.store.assets import FileAssets

TEXTS = {
    "en": "🚀 On 3 May, NASA's Dr. Noether paid $2,500 — for a zindle!",
    "de": "Der Mond, 384 000 km entfernt, zieht das Meer zu sich.",
    "es": "La Luna se aleja: cuatro centímetros cada año.",
    "fi": "Kuu vetää merta puoleensa joka päivä.",
    "zh": "月亮 每年 离开 我们",
    "xx": "Nobody knows zis language.",
}
METHODS = [
    pytest.param(
        "aligned",
        marks=pytest.mark.skipif(
            importlib.util.find_spec("pocketsphinx") is None, reason="pocketsphinx has no wheel for this Python"
        ),
    ),
    "energy",
    "letters",
]


class Ear:
    """espeak's voice and the ways of finding words, whose programs run as long as this module's tests."""

    def __init__(self, portal: BlockingPortal, workers: SphinxWorkers | None) -> None:
        self._portal = portal
        self._workers = workers
        self._espeak = EspeakProcess()
        self.close = partial(portal.call, self._espeak.aclose)

    def say(self, text: str, language: str) -> Samples:
        """The text at 16 kHz; a language espeak does not have is read as English."""
        voice = "en-us" if language in {"en", "xx"} else language
        take = self._portal.call(self._espeak.speak, sayable(spoken(text, language)), voice, 160, 50)
        return resample(take.pcm.astype(np.float32) / 32768, take.rate, RATE)

    def find(self, method: str, samples: Samples, text: str, language: str, context: PlainContext) -> FoundWords:
        tokens = spoken(text, language)
        words = self._portal.call(pronounced, self._espeak, tokens, language)
        if method == "letters":
            words = tuple(Said(word.text, (), word.pause) for word in words)
        finder = Finder(self._workers if method == "aligned" else None)
        found = self._portal.call(finder.find, context, samples, words)
        return found_words(tokens, found, len(samples) // HOP * FRAME)


@pytest.fixture(scope="module")
def ear() -> Iterator[Ear]:
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(sphinx_workers(1)) as workers:
        ear = Ear(portal, workers)
        yield ear
        ear.close()


@pytest.fixture
def context(tmp_path: Path) -> PlainContext:
    return PlainContext(FileAssets(tmp_path))


def keeps_its_promises(found: FoundWords, samples: Samples, text: str) -> None:
    assert [word.text for word in found.words] == text.split()
    edges = [edge for word in found.words for edge in (word.start, word.end)]
    assert edges == sorted(edges)
    assert 0 <= edges[0] <= edges[-1] <= len(samples) // HOP * FRAME
    assert all(0 <= word.confidence <= 1 for word in found.words)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("language", TEXTS)
def test_every_written_token_has_a_place_in_order_in_every_language(
    language: str, method: str, ear: Ear, context: PlainContext
) -> None:
    text = TEXTS[language]
    samples = ear.say(text, language)
    found = ear.find(method, samples, text, language, context)
    keeps_its_promises(found, samples, text)
    known = method if language != "xx" and method != "letters" else "energy"
    assert {word.source for word in found.words} == {known}
    assert [word.text for word in found.words if word.start == word.end] == [
        token for token in text.split() if token in {"🚀", "—", "000"}
    ]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["silence", "noise", "click", "too short", "clipped", "another text"])
def test_no_sound_breaks_it_and_what_cannot_be_found_is_not_sure(
    kind: str, method: str, ear: Ear, context: PlainContext
) -> None:
    text = "Nobody has to worry about the bulge in our oceans."
    noise = np.random.default_rng(0).normal(0, 0.1, 2 * RATE).astype(np.float32)
    samples = {
        "silence": np.zeros(2 * RATE, np.float32),
        "noise": noise,
        "click": np.eye(1, 2 * RATE, RATE, dtype=np.float32)[0],
        "too short": noise[: RATE // 20],
        "clipped": np.sign(noise),
        "another text": ear.say("Bananas are slightly radioactive, my grandmother thinks.", "en"),
    }[kind]
    found = ear.find(method, samples, text, "en", context)
    keeps_its_promises(found, samples, text)
    if method == "aligned" and kind == "another text":
        assert len(found.missing) > len(found.words) / 2
    elif kind != "another text" and (method != "letters" or kind not in {"noise", "clipped"}):
        assert max(word.confidence for word in found.words) < 0.5


@pytest.mark.parametrize("method", METHODS)
def test_a_text_that_says_nothing_has_its_tokens_and_no_confidence(
    method: str, ear: Ear, context: PlainContext
) -> None:
    found = ear.find(method, np.zeros(RATE, np.float32), "🚀 — 🎉", "en", context)
    assert [(word.text, word.start, word.end, word.confidence) for word in found.words] == [
        ("🚀", 0, 0, 0),
        ("—", 0, 0, 0),
        ("🎉", 0, 0, 0),
    ]


@pytest.mark.parametrize("method", METHODS)
def test_the_same_sound_gives_the_same_times(method: str, ear: Ear, context: PlainContext) -> None:
    samples = ear.say(TEXTS["en"], "en")
    assert ear.find(method, samples, TEXTS["en"], "en", context) == ear.find(
        method, samples, TEXTS["en"], "en", context
    )
