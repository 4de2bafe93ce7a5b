"""A job that is all structure and no work, to be killed: groups in groups, paid calls, files, steps without a journal.

``python -m reelforge.testing.synthetic_job HOME --url PAID_SERVER --ran LOG`` runs it (or goes on with it) and prints a
line for every event. Each time a step's work begins it adds its key to ``LOG``, so that it can be counted from outside
what really ran.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import anyio

from reelforge.domain.asset import AssetRef
from reelforge.domain.cues import Utterance
from reelforge.domain.events import Event
from reelforge.domain.job import JobRecord, Order, StepContext, step
from reelforge.domain.value import Value
from reelforge.jobs.context import JobContext
from reelforge.store.reader import open_reader
from reelforge.testing.kills import Subject
from reelforge.testing.paid_server import charges
from reelforge.testing.paid_voice import Options, PaidVoice
from reelforge.testing.workshop import running_workshop

SENTENCES = 6
PAGES = 2
PICTURES = 3


class Text(Value):
    sentences: tuple[str, ...]


class Speech(Value):
    utterances: tuple[Utterance, ...]


class Picture(Value):
    file: AssetRef


class Album(Value):
    pictures: tuple[Picture, ...]


class Reel(Value):
    file: AssetRef
    parts: int


class Studio:
    """The steps. ``ran`` is the log of what really ran."""

    def __init__(self, voice: PaidVoice, ran: Path) -> None:
        self._voice = voice
        self._ran = ran
        self.identity = {"name": "synthetic"}

    @step()
    async def write(self, context: StepContext, topic: str) -> Text:
        self._note(context)
        await context.clock.sleep(0.005)
        return Text(sentences=tuple(f"{topic}, part {number}." for number in range(SENTENCES)))

    @step()
    async def narrate(self, context: StepContext, text: Text) -> Speech:
        self._note(context)
        async with context.together() as group:
            spoken = [
                group.step(self._voice.speak, sentence, name=f"sentence-{number}")
                for number, sentence in enumerate(text.sentences)
            ]
        return Speech(utterances=tuple(handle.value for handle in spoken))

    @step()
    async def gather(self, context: StepContext, text: Text) -> Album:
        self._note(context)
        async with context.together() as group:
            pages = [group.step(self.page, text, number, name=f"page-{number}") for number in range(PAGES)]
        return Album(pictures=tuple(picture for page in pages for picture in page.value.pictures))

    @step()
    async def page(self, context: StepContext, text: Text, number: int) -> Album:
        self._note(context)
        found = []
        for place in range(PICTURES):
            sentence = text.sentences[number * PICTURES + place]
            found.append(await context.step(self.draw, sentence, name=f"picture-{place}"))
        return Album(pictures=tuple(found))

    @step(slot="image")
    async def draw(self, context: StepContext, sentence: str) -> Picture:
        self._note(context)
        return Picture(file=await context.in_thread(self._paint, context, sentence))

    @step(slot="segment", journal=False)
    async def cut(self, context: StepContext, utterance: Utterance, picture: Picture) -> Picture:
        context.progress(1, 1, "segment")
        joined = context.assets.path(utterance.audio).read_bytes() + context.assets.path(picture.file).read_bytes()
        return Picture(file=await context.in_thread(context.assets.add_bytes, joined, "application/octet-stream"))

    @step()
    async def render(self, context: StepContext, speech: Speech, album: Album) -> Reel:
        self._note(context)
        async with context.together() as group:
            pairs = zip(speech.utterances, album.pictures, strict=True)
            cuts = [group.step(self.cut, *pair, name=f"segment-{number}") for number, pair in enumerate(pairs)]
        with context.assets.temporary(".bin") as path:
            with path.open("wb") as file:
                for handle in cuts:
                    file.write(context.assets.path(handle.value.file).read_bytes())
            return Reel(file=context.assets.add_file(path, "application/octet-stream"), parts=len(cuts))

    async def recipe(self, job: JobRecord, context: JobContext) -> Reel:
        text = await context.step(self.write, job.order.topic or "nothing")
        async with context.together() as group:
            speech = group.step(self.narrate, text)
            album = group.step(self.gather, text)
        return await context.step(self.render, speech.value, album.value)

    def _paint(self, context: StepContext, sentence: str) -> AssetRef:
        context.check_cancelled()
        with context.assets.temporary(".ppm") as path:
            path.write_bytes(sentence.encode() * 5_000)
            return context.assets.add_file(path, "image/x-portable-pixmap")

    def _note(self, context: StepContext) -> None:
        line = json.dumps({"key": context.idempotency_key, "step": context.path}) + "\n"
        descriptor = os.open(self._ran, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(descriptor, line.encode())  # one write, appended whole: what died after it had still begun
        finally:
            os.close(descriptor)


def synthetic(home: Path, url: str, charged: Path) -> Subject:
    """The job as a subject of a campaign, against a paid server that logs to ``charged``."""
    ran = home.with_suffix(".ran")
    finished: Counter[str] = Counter()
    topic = home.name

    def ran_again(_over: bool) -> Iterator[str]:
        begun = Counter(json.loads(line)["key"] for line in ran.read_text().splitlines()) if ran.exists() else Counter()
        yield from (f"{key} was finished and ran again" for key, times in finished.items() if begun[key] > times)
        with open_reader(home) as reader:
            finished.update({key: times for key, times in begun.items() if key not in finished and _done(reader, key)})

    def charged_once(over: bool) -> Iterator[str]:
        texts = Counter(charge["text"] for charge in charges(charged) if charge["text"].startswith(f"{topic},"))
        yield from (f"{text!r} was charged {times} times" for text, times in texts.items() if times > 1)
        if over and len(texts) != SENTENCES:
            yield f"{len(texts)} of {SENTENCES} sentences were charged"

    command = [sys.executable, "-m", __name__, str(home), "--url", url, "--ran", str(ran), "--topic", topic]
    return Subject(command, home, speaks=True, looks=(ran_again, charged_once))


def _done(reader: Any, key: str) -> bool:
    return bool(reader.finished(key.removeprefix("reelforge-")))


async def _run(home: Path, url: str, ran: Path, topic: str) -> int:
    async with aiohttp.ClientSession() as session:
        studio = Studio(PaidVoice(Options(url=url, seconds=1.0), session), ran)
        quick = {"step_backoff": (0.01, 0.05), "job_backoff": (0.01, 0.05), "job_tries": 100}
        async with running_workshop(home, studio.recipe, own_jobs_only=True, **quick) as shop:
            shop.bus.listen(_say)
            job = await shop.runner.adopt_or_submit(Order(channel="synthetic", topic=topic))
            ended = await shop.runner.wait(job.id)
    return 0 if ended.state == "done" else 1


def _say(event: Event) -> None:
    sys.stdout.write(f"{type(event).__name__} {getattr(event, 'step', '')}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job to its end; 0 when it is done."""
    parser = argparse.ArgumentParser(description="A job to be killed.")
    parser.add_argument("home", type=Path)
    parser.add_argument("--url", required=True)
    parser.add_argument("--ran", type=Path, required=True)
    parser.add_argument("--topic", required=True)
    asked = parser.parse_args(arguments)
    return anyio.run(_run, asked.home, asked.url, asked.ran, asked.topic)


if __name__ == "__main__":
    sys.exit(main())
