"""How long a render takes beside the encoder alone, for the very same frames, in the same run.

    python bench/render.py [--timeline FILE] [--runs 2] [--scene 4]

The composed frames are first written raw to a temporary file. Then, run after run, in turn: one ffmpeg with its own
threads encodes that file, as many single-threaded ffmpegs as there are cores encode parts of it side by side, and the
studio renders the timeline with an empty clip cache and again with one scene's picture changed. The better of the two
encoders is the floor. Each render is a fresh process, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Self

import anyio

from reelforge import resources
from reelforge.domain.timeline import (
    AudioPlan,
    Card,
    Cue,
    CueWord,
    Motion,
    MusicBed,
    Shot,
    Source,
    Span,
    Timeline,
    Transition,
)
from reelforge.jobs.plain import PlainContext
from reelforge.render import encoders
from reelforge.render.clip_cache import ClipCache
from reelforge.render.compositor import Composer, StillShelf
from reelforge.render.document import load
from reelforge.render.ffmpeg import discover
from reelforge.render.sources import Sources
from reelforge.render.sprites import SpriteShelf
from reelforge.render.studio import Studio
from reelforge.render.text.layers import text_layers
from reelforge.store.assets import FileAssets

CORES = os.cpu_count() or 1
FRAMES_A_WORD = 11


def demo_timeline() -> Timeline:
    """The demo's ten pictures, its words at an even pace, captions, cards, and a shipped track; 900 frames."""
    folder = resources.folder("demo")
    scenes = [
        line.split("<!--")[0].split() for line in (folder / "script.md").read_text().splitlines() if "<!--" in line
    ]
    words = [word for scene in scenes for word in scene]
    cues = []
    for start in range(0, len(words), 3):
        first = start * FRAMES_A_WORD
        shown = [
            CueWord(text=word, first=first + place * FRAMES_A_WORD, last=first + (place + 1) * FRAMES_A_WORD)
            for place, word in enumerate(words[start : start + 3])
        ]
        cues.append(Cue(first=first, last=shown[-1].last, words=tuple(shown)))
    frames = cues[-1].last + 20
    pictures = sorted(folder.glob("*.jpg"))
    edges = [frames * place // len(pictures) for place in range(len(pictures) + 1)]
    shots = [
        Shot(
            picture=Source(path=str(picture)),
            frames=last - first,
            motion=Motion(zoom=(1.0, 1.12) if place % 2 else (1.12, 1.0), start=(0.45, 0.5), end=(0.55, 0.5)),
            transition=Transition(name="dissolve", frames=12) if place else Transition(),
        )
        for place, (picture, (first, last)) in enumerate(zip(pictures, pairwise(edges), strict=True))
    ]
    tracks = sorted(path for path in resources.folder("music").rglob("*") if path.suffix in {".opus", ".ogg"})
    samples = frames * 1600
    music = MusicBed(track=Source(path=str(tracks[0])), spans=(Span(start=0, end=samples),)) if tracks else None
    hook = Card(text="The Moon is leaving us.", first=0, last=60, kind="hook")
    return Timeline(
        title="The Moon is leaving us",
        shots=tuple(shots),
        cues=tuple(cues),
        cards=(hook,),
        audio=AudioPlan(music=music),
    )


def changed(timeline: Timeline, scene: int) -> Timeline:
    """The same timeline with another picture in one scene."""
    shots = list(timeline.shots)
    other = shots[(scene + len(shots) // 2) % len(shots)].source
    shots[scene] = shots[scene].model_copy(update={"picture": other})
    return timeline.model_copy(update={"shots": tuple(shots)})


def dump(timeline: Timeline, base: Path, raw: Path, store: Path) -> None:
    """Every composed frame, one after another."""
    sources = Sources(FileAssets(store), base)
    paths = [sources.path(shot.source, f"shots[{index}].picture") for index, shot in enumerate(timeline.shots)]
    composer = Composer(timeline, text_layers(timeline), StillShelf(timeline, paths), SpriteShelf())
    started = time.perf_counter()
    with raw.open("wb") as file:
        for number in range(timeline.frames):
            file.write(composer.frame(number).flat.data.cast("B"))
    rate = timeline.frames / (time.perf_counter() - started)
    print(f"composing alone, one thread, written to a file: {rate:.0f} frames/s")


def encode(timeline: Timeline, raw: Path, folder: Path, parts: int) -> tuple[float, float]:
    """Wall and CPU seconds of ffmpeg alone: in ``parts`` side by side, or (0) one with its own threads."""
    program = discover()
    encoder = encoders.choose(program)
    frame = timeline.size.width * timeline.size.height * 3 // 2
    edges = [timeline.frames * place // max(parts, 1) for place in range(max(parts, 1) + 1)]

    def one(place: int) -> None:
        out = folder / f"floor-{place}.mp4"
        line = encoders.command(program, encoder, timeline.encode, timeline.size, timeline.rate, out)
        if not parts and "-threads" in line:
            at = line.index("-threads")
            del line[at : at + 2]
        line[line.index("-an") : line.index("-an")] = ["-frames:v", str(edges[place + 1] - edges[place])]
        with raw.open("rb", buffering=0) as file:
            file.seek(edges[place] * frame)
            subprocess.run([str(part) for part in line], stdin=file, check=True)

    before, started = _children(), time.perf_counter()
    with ThreadPoolExecutor(max(parts, 1)) as pool:
        list(pool.map(one, range(max(parts, 1))))
    return time.perf_counter() - started, _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Peak:
    """The most memory this process and its children have held together, looked at four times a second by ``ps``."""

    def __init__(self) -> None:
        self.kilobytes = 0
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    def _look(self) -> None:
        own = os.getpid()
        while not self._over.wait(0.25):
            listed = subprocess.run(
                ["ps", "-axo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True
            ).stdout
            held = [int(rss) for pid, ppid, rss in map(str.split, listed.splitlines()) if own in {int(pid), int(ppid)}]
            self.kilobytes = max(self.kilobytes, sum(held))


def render_once(timeline: Path, base: Path, work: Path) -> None:
    """In a process of its own: render, and say as JSON what it took."""

    async def go() -> None:
        studio = await Studio.open(ClipCache(work / "cache"), base=base)
        limits = {"segment": anyio.CapacityLimiter(CORES)}
        context = PlainContext(FileAssets(work / "assets"), limits=limits)
        document = load(timeline)
        own, children, started = time.process_time(), _children(), time.perf_counter()
        with Peak() as peak:
            rendition = await context.step(studio.render, document)
        wall = time.perf_counter() - started
        cpu = time.process_time() - own + _children() - children
        print(json.dumps({"wall": wall, "cpu": cpu, "peak": peak.kilobytes, "encoder": rendition.encoder}))

    anyio.run(go)


def rendered(timeline: Timeline, base: Path, work: Path) -> dict[str, float]:
    work.mkdir(exist_ok=True)
    path = work / "timeline.json"
    path.write_text(timeline.model_dump_json())
    line = [sys.executable, __file__, "--once", str(path), str(base), str(work)]
    told: dict[str, float] = json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout)
    return told


def main(arguments: Sequence[str]) -> None:
    if arguments[:1] == ["--once"]:
        render_once(*map(Path, arguments[1:]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--timeline", type=Path)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--scene", type=int, default=4)
    asked = parser.parse_args(arguments)
    timeline = load(asked.timeline) if asked.timeline else demo_timeline()
    base = asked.timeline.resolve().parent if asked.timeline else Path.cwd()
    folder = Path(tempfile.mkdtemp(prefix="reelforge-bench-"))
    try:
        measure(timeline, base, folder, asked.runs, asked.scene)
    finally:
        shutil.rmtree(folder)


def measure(timeline: Timeline, base: Path, folder: Path, runs: int, scene: int) -> None:
    raw = folder / "frames.yuv"
    dump(timeline, base, raw, folder / "store")
    floors: list[tuple[float, float]] = []
    whole: list[dict[str, float]] = []
    again: list[dict[str, float]] = []
    for run in range(runs):
        alone, beside = encode(timeline, raw, folder, 0), encode(timeline, raw, folder, CORES)
        floors.append(min(alone, beside))
        work = folder / f"work-{run}"
        whole.append(rendered(timeline, base, work))
        again.append(rendered(changed(timeline, scene), base, work))
        print(
            f"run {run + 1}: encoder alone {alone[0]:.2f} s ({alone[1]:.1f} CPU), in {CORES} parts {beside[0]:.2f} s "
            f"({beside[1]:.1f} CPU); render {whole[-1]['wall']:.2f} s ({whole[-1]['cpu']:.1f} CPU), "
            f"one scene changed {again[-1]['wall']:.2f} s"
        )
    floor, full = min(floors), min(whole, key=lambda told: told["wall"])
    once_more = min(again, key=lambda told: told["wall"])
    print(f"{timeline.frames} frames, {timeline.size.width}×{timeline.size.height}, {full['encoder']}, {CORES} cores")
    print(
        f"render / encoder alone: {full['wall'] / floor[0]:.3f} in wall time, {full['cpu'] / floor[1]:.3f} in CPU time"
    )
    print(f"one scene changed: {full['wall'] / once_more['wall']:.1f} × faster than the whole")
    print(f"peak memory of all processes: {max(told['peak'] for told in whole) / 1000:.0f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
