"""How near the words' times come to the truth, method by method, in quiet and in noise.

    python bench/words.py [--voices VOICE …] [--texts TEXT …]

Truth is what a voice told of its own words, at three speeds: espeak-ng's marks (words it runs together have none and do
not count), and the times of Kokoro, the neural voice, which takes some minutes to speak. The texts are none of those
that anything was fitted to. Further tables: whether confidence means what it says, and whether words that are
changed, left out or added are noticed.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import numpy as np

from reelforge.domain.cues import SAMPLE_RATE, Utterance
from reelforge.domain.sentences import sentences
from reelforge.engines.align.estimate import Unit, estimate, speech_weight
from reelforge.engines.align.finder import Finder, Finding
from reelforge.engines.align.pronounce import pronounced
from reelforge.engines.align.said import RATE, Said, Samples
from reelforge.engines.align.sphinx.client import sphinx_workers
from reelforge.engines.align.written import FoundWords, found_words
from reelforge.engines.voice import espeak, kokoro
from reelforge.engines.voice.phonemes.client import EspeakProcess
from reelforge.engines.voice.spoken import Token, spoken
from reelforge.jobs.plain import PlainContext
from reelforge.sound.files import read
from reelforge.sound.resample import resample
from reelforge.store.assets import FileAssets

TEXTS = {
    "numbers": "In 1969 Apollo 11 carried 3 people 384,400 km to the Moon. The rocket cost $185 million, weighed 2,970 "
    "tonnes, and burned 15 tonnes of fuel a second! 21 hours later, at 2:56 a.m., a man stepped out. That is 0.5% of "
    "the story.",
    "acronyms": "NASA and the ESA share a GPS satellite. The FBI asked the CEO of IBM for a PDF about HTML, and the UN "
    "said OK. Dr. Smith flew from the USA to the UK, with DNA from the MIT lab on a USB stick.",
    "names": "Leonhard Euler met Johann Bernoulli in Basel. Later, Srinivasa Ramanujan wrote to Godfrey Hardy at "
    "Cambridge; Hardy showed it to Littlewood. Emmy Noether left Göttingen for Bryn Mawr, and Nikola Tesla died in "
    "Manhattan.",
    "invented": "The blorptang whistled through Quxnara, where the zindle grows. Every frobnik keeps a splonk, a "
    "drabbish little thing, under its wuggle. Nobody knows why: glimmerfants are shy, and vorlunes never talk.",
    "plain": "The culprit is the tide. The pull of the Moon raises a bulge in our oceans, and the Earth, spinning "
    "faster than the Moon goes round, drags that bulge ahead. So the bulge tugs the Moon forward, and the Moon climbs "
    "away from us. How long will it last? Nobody has to worry, because we have been given billions of years.",
}
WORDS_PER_MINUTE = (120, 165, 230)
KOKORO_SPEEDS = (0.85, 1.0, 1.2)
NOISE_DB = 20.0
BINS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 1.01)


@dataclass(frozen=True)
class Take:
    """One sentence as a voice spoke it, at 16 kHz, and what it told of its words."""

    voice: str
    utterance: Utterance
    samples: Samples
    tokens: tuple[Token, ...]
    words: tuple[Said, ...]

    @property
    def told(self) -> list[int]:
        """The tokens whose times are the truth."""
        return [
            number
            for number, (word, token) in enumerate(zip(self.utterance.words, self.tokens, strict=True))
            if word.source == "native" and token.words
        ]


@dataclass
class Score:
    """Errors of starts in milliseconds, and how sure each was said to be."""

    errors: list[float] = field(default_factory=list)
    sure: list[float] = field(default_factory=list)
    failures: int = 0
    cpu: float = 0.0
    seconds: float = 0.0

    def line(self, name: str) -> str:
        off = np.abs(self.errors)
        shares = " ".join(f"{100 * (off <= limit).mean():7.1f}" for limit in (50, 100))
        return (
            f"{name:<28}{len(off):6}{np.median(off):8.1f}{np.percentile(off, 95):8.1f} {shares}{self.failures:7}"
            f"{self.cpu / self.seconds:9.3f}"
        )


Method = Callable[[Take, Samples], Awaitable[FoundWords]]


def noisy(samples: Samples, seed: int) -> Samples:
    """White noise under the speech, 20 dB below its power."""
    power = float(np.sqrt(np.mean(np.square(samples[np.abs(samples) > 1e-3]))))
    noise = np.random.default_rng(seed).normal(0, power * 10 ** (-NOISE_DB / 20), len(samples))
    return np.asarray(samples + noise, np.float32)


async def speak(context: PlainContext, voices: Sequence[str], texts: Sequence[str]) -> list[Take]:
    """The texts by all voices at all speeds, sentence by sentence."""
    takes: list[Take] = []
    helper = EspeakProcess()
    for voice in voices:
        for speed in WORDS_PER_MINUTE if voice == "espeak" else KOKORO_SPEEDS:
            engine = (
                espeak.Engine(espeak.Options(words_per_minute=int(speed)))
                if voice == "espeak"
                else kokoro.Engine(kokoro.Options(speed=speed))
            )
            for name in texts:
                takes += [await _take(context, engine, helper, voice, one) for one in sentences(TEXTS[name])]
            await engine.aclose()
    await helper.aclose()
    return takes


async def _take(
    context: PlainContext, engine: espeak.Engine | kokoro.Engine, helper: EspeakProcess, voice: str, sentence: str
) -> Take:
    utterance = await context.step(engine.speak, sentence, "en")
    samples, rate = read(context.assets.path(utterance.audio))
    tokens = spoken(sentence, "en")
    words = await pronounced(helper, tokens, "en")
    return Take(voice, utterance, resample(samples, rate, RATE), tokens, words)


async def score(takes: Sequence[Take], method: Method, *, noise: bool) -> Score:
    """A method's errors over all takes, and the CPU time it took with all its processes."""
    result = Score()
    for seed, take in enumerate(takes):
        samples = noisy(take.samples, seed) if noise else take.samples
        before = os.times()
        found = await method(take, samples)
        after = os.times()
        result.cpu += after.user + after.system - before.user - before.system
        result.seconds += len(samples) / RATE
        if len(found.words) != len(take.tokens) or any(word.end > take.utterance.samples for word in found.words):
            result.failures += 1
            continue
        for number in take.told:
            word, truth = found.words[number], take.utterance.words[number]
            result.errors.append((word.start - truth.start) * 1000 / SAMPLE_RATE)
            result.sure.append(word.confidence)
    return result


def by_pauses(take: Take, samples: Samples, *, blind: bool) -> FoundWords:
    """Without phones: pauses and letters, or letters alone."""
    units = [Unit(speech_weight(token.words), token.pause) for token in take.tokens]
    guesses = estimate(np.zeros_like(samples) if blind else samples, RATE, units)
    rate, most = SAMPLE_RATE // RATE, take.utterance.samples
    words = tuple(
        told.model_copy(update={"start": min(guess.start * rate, most), "end": min(guess.end * rate, most)})
        for told, guess in zip(take.utterance.words, guesses, strict=True)
    )
    return FoundWords(words=words)


async def compare(context: PlainContext, takes: Sequence[Take]) -> None:
    """Every method side by side, in quiet and in noise."""
    head = (
        f"{'word starts':<28}{'n':>6}{'median':>8}{'p95':>8}{'≤ 50 %':>8}{'≤ 100 %':>8}{'failed':>7}{'real time':>10}"
    )
    scores: dict[str, Score] = {}
    for noise in (False, True):
        print(f"\n{'in noise at 20 dB' if noise else 'in quiet'}\n{head}")
        rows: dict[str, list[str]] = {}
        for voice in dict.fromkeys(take.voice for take in takes):
            own = [take for take in takes if take.voice == voice]
            async for name, result in _each(context, own, noise=noise):
                rows.setdefault(name, []).append(result.line(f"{name} on {voice}"))
                scores[f"{name}{voice}{noise}"] = result
        print("\n".join(line for lines in rows.values() for line in lines), flush=True)
    print("\nconfidence: said against the share of starts within 100 ms\n        said      was       n")
    for name in ("pocketsphinx", "energy"):
        print(name)
        _reliability([one for key, one in scores.items() if key.startswith(name)])


async def _each(context: PlainContext, takes: Sequence[Take], *, noise: bool) -> AsyncIterator[tuple[str, Score]]:
    async with sphinx_workers(1) as workers:
        exact = Finder(workers)

        async def with_sphinx(take: Take, samples: Samples) -> FoundWords:
            return _written(take, await exact.find(context, samples, take.words))

        if workers is None:
            print("pocketsphinx is not installed here")
        else:
            before = os.times()
            result = await score(takes, with_sphinx, noise=noise)
            await workers.aclose()
            after = os.times()
            result.cpu += after.children_user + after.children_system - before.children_user - before.children_system
            yield "pocketsphinx", result

    async def with_energy(take: Take, samples: Samples) -> FoundWords:
        return _written(take, await Finder(None).find(context, samples, take.words))

    async def with_pauses(take: Take, samples: Samples) -> FoundWords:
        return by_pauses(take, samples, blind=False)

    async def with_nothing(take: Take, samples: Samples) -> FoundWords:
        return by_pauses(take, samples, blind=True)

    for name, method in (("energy", with_energy), ("pauses and letters", with_pauses), ("proportional", with_nothing)):
        yield name, await score(takes, method, noise=noise)


def _written(take: Take, found: Finding) -> FoundWords:
    return found_words(take.tokens, found, take.utterance.samples)


def _reliability(scores: Sequence[Score]) -> None:
    sure = np.array([one for result in scores for one in result.sure])
    right = np.abs([one for result in scores for one in result.errors]) <= 100
    for low, high in itertools.pairwise(BINS):
        held = (sure >= low) & (sure < high)
        if held.any():
            print(f"        {sure[held].mean():.3f}    {right[held].mean():.3f}  {held.sum():6}")


async def stray(context: PlainContext, takes: Sequence[Take]) -> None:
    """Change, leave out and add one word of four phones or more in each text, and see what is noticed."""
    rng = random.Random(3)  # noqa: S311  # which words stray must be the same every time
    print("\none word strays in each sentence (as written against as spoken)")
    async with sphinx_workers(1) as workers:
        if workers is None:
            return
        finder = Finder(workers)
        alarms = 0
        counts = {"changed": [0, 0], "not said": [0, 0], "not written": [0, 0]}
        pool = [word for take in takes for word in take.words if len(word.phones) >= 4]
        long = [take for take in takes if len(take.words) >= 6]
        for take in long:
            found = await finder.find(context, take.samples, take.words)
            alarms += len(found.missing) + len(found.extra)
            words = list(take.words)
            at = rng.choice([n for n in range(1, len(words)) if len(words[n].phones) >= 4])
            other = rng.choice([word for word in pool if word.text != words[at].text])
            changed = await finder.find(context, take.samples, [*words[:at], other, *words[at + 1 :]])
            _count(counts["changed"], at in changed.missing)
            added = await finder.find(context, take.samples, [*words[:at], other, *words[at:]])
            _count(counts["not said"], at in added.missing)
            fewer = await finder.find(context, take.samples, [*words[:at], *words[at + 1 :]])
            place = found.words[at]
            near = any(first < place.end and end > place.first for first, end, _ in fewer.extra)
            _count(counts["not written"], near)
    for name, (seen, all_of) in counts.items():
        print(f"  {name}: {seen} of {all_of} noticed")
    print(f"  false alarms: {alarms} in {sum(len(take.words) for take in long)} words of {len(long)} sentences")


def _count(pair: list[int], seen: bool) -> None:
    pair[0] += seen
    pair[1] += 1


async def main() -> None:
    parser = argparse.ArgumentParser(description=re.sub(r"\s+", " ", (__doc__ or "").split("\n")[0]))
    voices = ["espeak", "kokoro"]
    parser.add_argument("--voices", nargs="+", default=voices, choices=voices, help="whose times are the truth")
    parser.add_argument("--texts", nargs="+", default=list(TEXTS), choices=list(TEXTS), help="what they say")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        context = PlainContext(FileAssets(Path(folder)))
        takes = await speak(context, asked.voices, asked.texts)
        await compare(context, takes)
        await stray(context, [take for take in takes if take.voice == "espeak"])


if __name__ == "__main__":
    anyio.run(main)
