"""Word finders in processes of their own: exact, always the same, and their death or silence costs nothing but that."""

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable

import anyio
import numpy as np
import pytest

from reelforge.engines.align.finder import Finder
from reelforge.engines.align.pronounce import pronounced
from reelforge.engines.align.said import HOP, RATE, Said, Samples
from reelforge.engines.align.sphinx.client import SphinxWorkers, pocketsphinx_finding, prepared, sphinx_workers
from reelforge.engines.align.sphinx.decoding import SOUND, Graph, Span, Spelled
from reelforge.engines.voice.phonemes.client import EspeakProcess
from reelforge.engines.voice.spoken import spoken
from reelforge.errors import NeedsPersonError, TryLaterError
from reelforge.jobs.plain import PlainContext
from reelforge.sound.resample import resample
from reelforge.store.assets import FileAssets

installed = pytest.mark.skipif(
    importlib.util.find_spec("pocketsphinx") is None, reason="pocketsphinx has no wheel for this Python"
)
TEXT = "The culprit is the tide, and every splonk pays for it."
Speech = tuple[Samples, tuple[Said, ...], list[float]]


@pytest.fixture(scope="module")
def speech() -> Speech:
    """espeak's voice, the words, and the starts it told in seconds."""

    async def main() -> Speech:
        espeak = EspeakProcess()
        take = await espeak.speak(TEXT, "en-us", 160, 50)
        words = await pronounced(espeak, spoken(TEXT), "en")
        await espeak.aclose()
        samples = resample(take.pcm.astype(np.float32) / 32768, take.rate, RATE)
        return samples, words, [sample / take.rate for _, _, sample in take.words]

    return anyio.run(main)


@pytest.fixture
def context(tmp_path_factory: pytest.TempPathFactory) -> PlainContext:
    return PlainContext(FileAssets(tmp_path_factory.mktemp("found")))


def with_workers(work: Callable[[SphinxWorkers], Awaitable[None]], workers: SphinxWorkers) -> None:
    async def main() -> None:
        try:
            await work(workers)
        finally:
            await workers.aclose()

    anyio.run(main)


def graph(words: tuple[Said, ...]) -> Graph:
    return Graph([Spelled(word.text.lower(), [" ".join(word.phones)]) for word in words])


def starts(spans: tuple[Span, ...]) -> list[float]:
    return [span.first * HOP / RATE for span in spans if span.word >= 0]


@installed
def test_words_are_found_and_the_same_whatever_was_asked_before(speech: Speech) -> None:
    samples, words, truth = speech
    noise = np.random.default_rng(1).normal(0, 0.1, RATE).astype(np.float32)

    async def work(workers: SphinxWorkers) -> None:
        first = await workers.lay(samples, graph(words), judge=True)
        assert max(abs(np.array(starts(first.spans)) - truth)) < 0.1
        assert len(first.free) == pytest.approx(len(samples) / HOP, abs=3)
        await workers.lay(noise, graph(words[:2]))
        assert await workers.lay(samples, graph(words), judge=True) == first

    with_workers(work, SphinxWorkers(1))


@installed
def test_a_speaker_may_skip_a_word_stop_early_and_say_something_else(speech: Speech) -> None:
    samples, words, _ = speech
    more = Said("elephants", ("EH", "L", "AH", "F", "AH", "N", "T", "S"))

    async def work(workers: SphinxWorkers) -> None:
        added = graph((*words[:3], more, *words[3:]))
        laid = await workers.lay(samples, added._replace(skips=[(3, 4)]))
        assert [span.word for span in laid.spans if span.word >= 0] == [0, 1, 2, *range(4, len(words) + 1)]
        laid = await workers.lay(samples, graph((*words, more, more, more))._replace(open_end=True))
        assert max(span.word for span in laid.spans) == len(words) - 1
        laid = await workers.lay(samples, graph((*words[:1], *words[2:]))._replace(loose=[1]))
        assert any(span.word == SOUND for span in laid.spans)

    with_workers(work, SphinxWorkers(1))


@installed
def test_several_requests_share_the_workers(speech: Speech) -> None:
    samples, words, _ = speech
    laid: list[int] = []

    async def work(workers: SphinxWorkers) -> None:
        async def one() -> None:
            laid.append(len((await workers.lay(samples, graph(words))).spans))

        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(one)
        assert len(laid) == 5
        assert len(set(laid)) == 1

    with_workers(work, SphinxWorkers(2))


@installed
def test_a_worker_that_dies_is_replaced(speech: Speech) -> None:
    samples, words, _ = speech

    async def work(workers: SphinxWorkers) -> None:
        await workers.lay(samples, graph(words))
        process = workers._idle[0]._process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(TryLaterError, match="died"):
            await workers.lay(samples, graph(words))
        assert (await workers.lay(samples, graph(words))).spans

    with_workers(work, SphinxWorkers(1))


@pytest.mark.parametrize("program", [["sleep", "60"], ["sh", "-c", "read -r request; exit 3"]])
def test_words_of_a_worker_that_hangs_or_crashes_are_found_by_energy(
    program: list[str], speech: Speech, context: PlainContext
) -> None:
    samples, words, truth = speech

    async def work(workers: SphinxWorkers) -> None:
        finder = Finder(workers)
        found = await finder.find(context, samples, words)
        assert {word.source for word in found.words} == {"energy"}
        assert max(abs(np.array([word.first * HOP / RATE for word in found.words]) - truth)) < 0.1
        assert finder.lost == 1

    with_workers(work, SphinxWorkers(1, timeout=0.3, command=program))


def test_a_cancelled_request_ends_its_worker(speech: Speech) -> None:
    samples, words, _ = speech

    async def work(workers: SphinxWorkers) -> None:
        with anyio.move_on_after(0.2) as scope:
            await workers.lay(samples, graph(words))
        assert scope.cancelled_caught
        assert workers._idle[0]._process is None

    with_workers(work, SphinxWorkers(1, command=["sleep", "60"]))


def test_a_library_that_cannot_load_needs_a_person(speech: Speech) -> None:
    samples, words, _ = speech
    answer = 'read -r request; echo \'{"error": "no such file"}\''

    async def work(workers: SphinxWorkers) -> None:
        with pytest.raises(NeedsPersonError, match="could not be loaded: no such file"):
            await workers.lay(samples, graph(words))

    with_workers(work, SphinxWorkers(1, command=["sh", "-c", answer]))


def test_where_it_is_not_installed_it_is_told_once_and_there_are_no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    finding = pocketsphinx_finding()
    assert (finding.ok, finding.optional) == (False, True)
    assert "less exactly" in finding.sentence

    async def main() -> None:
        async with sphinx_workers() as workers:
            assert workers is None
            assert not Finder(workers).exact

    anyio.run(main)


def test_neither_it_nor_its_model_is_loaded_into_our_process() -> None:
    program = (
        "import sys, reelforge.engines.align.aligner, reelforge.engines.align.recording;"
        "print([name for name in sys.modules if name.split('.')[0] in {'pocketsphinx', 'av', 'scipy', 'librosa'}])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_worker_ends_when_its_owner_is_gone() -> None:
    program = [sys.executable, "-m", "reelforge.engines.align.sphinx"]
    assert subprocess.run(program, stdin=subprocess.DEVNULL, timeout=60, check=False).returncode == 0


def test_silence_is_given_noise_that_is_always_the_same() -> None:
    silence = np.zeros(RATE, np.float32)
    assert prepared(silence) == prepared(silence)
    heard = np.frombuffer(prepared(silence), "<i2") / 32767
    assert 20 * np.log10(np.sqrt(np.mean(heard**2))) == pytest.approx(-60, abs=1)
