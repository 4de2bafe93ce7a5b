"""Learn what each phone sounds like in four bands: makes ``reelforge/engines/align/energy_table.py``.

    python tools/learn_sounds.py [--sentences 32]

Speaks sentences with Kokoro's three voices at three speeds (some ten minutes), lets pocketsphinx cut them into phones,
and prints the table's rows. The sentences are in none of the benches.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from pathlib import Path

import anyio
import numpy as np
from numpy.typing import NDArray

from reelforge.engines.align.energy import QUIETEST, bands, features
from reelforge.engines.align.pronounce import pronounced
from reelforge.engines.align.said import RATE
from reelforge.engines.align.sphinx.client import prepared
from reelforge.engines.align.sphinx.decoding import Hearing, Spelled
from reelforge.engines.voice import kokoro
from reelforge.engines.voice.phonemes.client import EspeakProcess
from reelforge.engines.voice.spoken import spoken
from reelforge.jobs.plain import PlainContext
from reelforge.sound.files import read
from reelforge.sound.resample import resample
from reelforge.store.assets import FileAssets

SENTENCES = """Every morning the baker opens the shop before sunrise and lights the old brick oven.
Octopuses have three hearts, nine brains and blue blood, which sounds like science fiction.
Why do we yawn? Nobody is entirely sure, but tired people do it more often.
The ancient Romans mixed volcanic ash with lime, and their harbours are still standing today.
Honey never spoils; jars found in Egyptian tombs were still perfectly sweet.
If you fold a sheet of paper forty two times, it would reach past the Moon.
Bananas are slightly radioactive because they contain potassium, although you would need millions to get sick.
A group of flamingos is called a flamboyance, and it suits them rather well.
In eighteen fifty nine, a solar storm set telegraph offices on fire across North America.
Sharks existed long before trees did, and they survived five mass extinctions.
The shortest war in history lasted thirty eight minutes, between Britain and Zanzibar.
Cats sleep for two thirds of their lives, dreaming quietly of birds and string.
Water can boil and freeze at the same time when pressure and temperature are exactly right.
The inventor of the frisbee was turned into a frisbee after he died.
Your stomach gets a new lining every few days, otherwise it would digest itself.
Lightning strikes the Earth about eight million times a day, mostly over the tropics.
Mozart wrote a canon about something rather rude, and his publisher changed the words.
One teaspoon of a neutron star would weigh as much as a mountain.
She sells sea shells, he buys cheap ships, and they both keep quiet about the treasure.
The judge, a thoughtful woman from Chicago, changed her mind twice before lunch.
Yes, you can hear rhubarb grow: in dark sheds it squeaks and pops.
Venus spins backwards, so there the Sun rises in the west and sets in the east.
Wombats produce cubes, engineers study them, and factories may one day copy the trick.
Oxford University is older than the Aztec Empire by several hundred years.
The longest place name on Earth belongs to a hill in New Zealand.
Measure twice and cut once, my grandfather said, usually after cutting the board too short.
Vikings used sunstones to find the sun through fog, or so the sagas claim.
Coffee was once banned in Mecca, because it made people think too much.
Think of a number, double it, add ten, halve it, and take away your first number.
Penguins propose with pebbles, and thieves among them steal the prettiest ones.
The human nose can remember fifty thousand different smells, more or less.
Boys join clubs, girls choose measures, and the usual version of the joy is enough azure.""".splitlines()
SPEEDS = (0.85, 1.0, 1.2)
LEAST_STRETCH = 0.35

Floats = NDArray[np.float64]


async def learn(count: int) -> None:
    """Print one row of the table for each phone."""
    hearing = Hearing()
    heard: dict[str, tuple[list[int], list[Floats], list[Floats]]] = defaultdict(lambda: ([], [], []))
    helper = EspeakProcess()
    with tempfile.TemporaryDirectory() as folder:
        context = PlainContext(FileAssets(Path(folder)))
        for voice in kokoro.voices():
            for at, speed in enumerate(SPEEDS):
                engine = kokoro.Engine(kokoro.Options(voice=voice, speed=speed))
                for sentence in SENTENCES[at : count : len(SPEEDS)]:
                    utterance = await context.step(engine.speak, sentence, "en")
                    samples, rate = read(context.assets.path(utterance.audio))
                    speech = resample(samples, rate, RATE)
                    words = await pronounced(helper, spoken(sentence, "en"), "en")
                    asked = [Spelled(word.text.lower(), [" ".join(word.phones)]) for word in words]
                    power = bands(speech)
                    power = power / np.percentile(power.sum(axis=1), 95) + QUIETEST
                    for phone, first, end in hearing.sounds(prepared(speech), asked):
                        lengths, fronts, backs = heard[phone]
                        middle = (first + end) // 2
                        lengths.append(end - first)
                        fronts.append(power[first:middle])
                        backs.append(power[middle:end])
                await engine.aclose()
    await helper.aclose()
    for phone, (lengths, fronts, backs) in sorted(heard.items()):
        stretch = max(LEAST_STRETCH, float(np.log(lengths).std()))
        print(f'    "{phone}": Sound({np.mean(lengths) * 10:.0f}, {stretch:.2f}, ({half(fronts)}, {half(backs)})),')


def half(parts: list[Floats]) -> str:
    """The mean level of each band and the spreads, as the table writes them."""
    power = np.concatenate(parts)
    levels = ", ".join(f"{level:.0f}" for level in 10 * np.log10(power).mean(axis=0))
    spreads = ", ".join(f"{spread:.0f}" for spread in features(power).std(axis=0) + 0.5)
    return f"Half(({levels}), ({spreads}))"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Learn what each phone sounds like.")
    parser.add_argument("--sentences", type=int, default=len(SENTENCES))
    anyio.run(learn, parser.parse_args().sentences)
