"""How long a render takes beside the encoder alone, and beside others, for the same job in the same run.

    python bench/render.py [TIMELINE.json | --inputs DIR] [--runs 3] [--no-peers]

By default the job is Job A (see ``bench/job_a.py``; ``--inputs`` is its folder of inputs). The composed frames are
written raw to a temporary file once. Then, run after run, in turn: one ffmpeg with its own threads encodes that file
(the encoder alone); as many single-threaded ffmpegs as there are cores encode parts of it side by side; the command
``reelforge render`` makes the video with nothing cached; then, for Job A, plain ffmpeg and MoviePy do the whole job
(MoviePy when ``make bench-peers`` has installed it). Every figure is of a whole process tree: wall and CPU seconds,
the ratio of wall times to the encoder alone, peak memory (pages shared count once; looked at in one more run, because
looking slows), the zoom's jitter, the file's size. A preview is made by itself, and by the process that the one before
left behind, whose CPU time and memory are not looked at.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import job_a
from jitter import jitter
from measure import Cost, run
from peers import ffmpeg_job

from reelforge import resources
from reelforge.domain.timeline import Timeline
from reelforge.render import encoders
from reelforge.render.document import load
from reelforge.render.encoders import Encoder
from reelforge.render.ffmpeg import Ffmpeg, discover
from reelforge.render.material import Drawing, Material
from reelforge.render.sources import Sources
from reelforge.store.assets import FileAssets

CORES = os.cpu_count() or 1
PEERS = Path(__file__).parent / "peers"
MOVIEPY = PEERS / ".venv" / "bin" / "python"


@dataclass
class Contender:
    """Somebody who does the job: by name, how, and what it cost each time."""

    name: str
    work: Callable[[bool], Cost]
    """Does it once; told whether to look at its memory."""
    out: Path | None = None
    times: int = 1
    """How often in one run: what is over soon is a matter of chance."""
    costs: list[Cost] = field(default_factory=list)


class Floor:
    """The encoder alone, on the very frames that the renderer composes."""

    def __init__(self, timeline: Timeline, base: Path, folder: Path) -> None:
        self._timeline = timeline
        self._folder = folder
        self._raw = folder / "frames.yuv"
        self._program: Ffmpeg = discover()
        self.encoder: Encoder = encoders.choose(self._program)
        drawing = Drawing(Material.gather(timeline, Sources(FileAssets(folder / "store"), base)))
        with self._raw.open("wb") as file:
            for number in range(timeline.frames):
                file.write(drawing.frame(number).flat.data.cast("B"))
        drawing.close()

    def alone(self, looking: bool) -> Cost:
        """One ffmpeg with as many threads as it likes."""
        return self._encode(0, self._timeline.frames, own_threads=True, looking=looking)

    def beside(self, looking: bool) -> Cost:
        """One ffmpeg a core, each with one thread and a part of the frames."""
        edges = [self._timeline.frames * place // CORES for place in range(CORES + 1)]
        with ThreadPoolExecutor(CORES) as pool:
            costs = list(pool.map(lambda place: self._encode(*edges[place : place + 2], looking=looking), range(CORES)))
        return Cost(max(cost.wall for cost in costs), max(cost.cpu for cost in costs), sum(cost.peak for cost in costs))

    def _encode(self, first: int, last: int, *, looking: bool, own_threads: bool = False) -> Cost:
        timeline, out = self._timeline, self._folder / f"floor-{first}.mp4"
        size = timeline.size
        task = encoders.Task(timeline.encode, size, timeline.rate, out, "the floor")
        line = encoders.command(self._program, self.encoder, task)
        if own_threads and "-threads" in line:
            at = line.index("-threads")
            del line[at : at + 2]
        line[line.index("-an") : line.index("-an")] = ["-frames:v", str(last - first)]
        with self._raw.open("rb", buffering=0) as file:
            file.seek(first * (size.width * size.height * 3 // 2))
            return run(line, stdin=file.fileno(), looking=looking)


PREVIEW = "… a preview of it"
NEXT = "… the next preview"
LOOKED_AT_SECONDS = 2.0
"""Between a preview and the next."""


def contenders(timeline: Path, inputs: Path | None, floor: Floor, folder: Path) -> list[Contender]:
    ours = folder / "reelforge.mp4"
    line = [sys.executable, "-m", "reelforge", "render", timeline, "-o", ours, "--no-cache", "--json"]
    quick = [*line, "--preview", "-o", folder / "preview.mp4"]
    found = [
        Contender("the encoder alone", floor.alone),
        Contender(f"… as {CORES} of one thread", floor.beside),
        Contender("ReelForge", partial(_timed, line, {"REELFORGE_HOME": str(folder / "home")}), ours),
        Contender(
            PREVIEW,
            partial(_timed, quick, {"REELFORGE_HOME": str(folder / "home"), "REELFORGE_RESIDENT": "0"}),
            times=3,
        ),
        Contender(
            NEXT, partial(_next, quick, {"REELFORGE_HOME": str(folder / "home"), "REELFORGE_RESIDENT": "300"}), times=3
        ),
    ]
    if inputs is None:
        return found
    plain, other = folder / "ffmpeg.mp4", folder / "moviepy.mp4"
    job = ffmpeg_job.command(discover().path, inputs, folder / "captions.ass", plain)
    found.append(Contender("ffmpeg, zoompan", partial(_timed, job, {}), plain))
    if MOVIEPY.exists():
        font = resources.folder("fonts") / "Montserrat-ExtraBold.ttf"
        script = [MOVIEPY, PEERS / "moviepy_job.py", inputs, font, other]
        found.append(Contender("MoviePy 2.2.1", partial(_timed, script, {}), other))
    return found


def _timed(line: Sequence[object], environment: Mapping[str, str], looking: bool) -> Cost:
    return run(line, environment, looking=looking)


def _next(line: Sequence[object], environment: Mapping[str, str], looking: bool) -> Cost:
    _timed(line, environment, looking)
    time.sleep(LOOKED_AT_SECONDS)
    return Cost(_timed(line, environment, looking).wall, math.nan, math.nan)


def report(found: Sequence[Contender], memory: Sequence[float], frames: int) -> None:
    alone = statistics.median(cost.wall for cost in found[0].costs)
    alone_cpu = statistics.median(cost.cpu for cost in found[0].costs)
    print(f"\n{'':24}{'wall':>8}{'':>8}{'CPU':>8}{'':>8}{'memory':>9}{'jitter x/y':>15}{'size':>9}{'fps':>7}")
    for each, peak in zip(found, memory, strict=True):
        wall, cpu = (statistics.median(getattr(cost, kind) for cost in each.costs) for kind in ("wall", "cpu"))
        shaken = "{:.3f} / {:.3f}".format(*jitter(each.out)) if each.out else ""
        size = f"{each.out.stat().st_size / 1e6:.1f} MB" if each.out else ""
        print(
            f"{each.name:24}{wall:6.1f} s{wall / alone:7.2f}×{cpu:6.1f} s{cpu / alone_cpu:7.2f}×{peak:6.0f} MB"
            f"{shaken:>15}{size:>9}{frames / wall:7.0f}"
        )
    whole, quick, another = (next(each for each in found if each.name == name) for name in ("ReelForge", PREVIEW, NEXT))
    print(
        f"A preview takes {_share(quick, whole, 'wall'):.1%} of the whole's time ({_share(quick, whole, 'cpu'):.1%} of"
    )
    print(f"its CPU time), the next one {_share(another, whole, 'wall'):.1%}.")


def _of_run(each: Contender) -> float:
    return statistics.median(cost.wall for cost in each.costs[-each.times :])


def _share(quick: Contender, whole: Contender, kind: str) -> float:
    medians = (statistics.median(getattr(cost, kind) for cost in each.costs) for each in (quick, whole))
    return next(medians) / next(medians)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("timeline", type=Path, nargs="?")
    parser.add_argument("--inputs", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-peers", action="store_true")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="reelforge-bench-") as name:
        folder = Path(name)
        timeline, inputs = asked.timeline, asked.inputs
        if timeline is None:
            if inputs is None:
                inputs = folder / "inputs"
                job_a.make_inputs(inputs)
            timeline = inputs.resolve() / "job_a.json" if os.access(inputs, os.W_OK) else folder / "job_a.json"
            job_a.main([str(inputs), "-o", str(timeline)])
        measure(timeline, None if asked.no_peers else inputs, folder, asked.runs)


def measure(timeline: Path, inputs: Path | None, folder: Path, runs: int) -> None:
    document = load(timeline)
    floor = Floor(document, timeline.parent, folder)
    found = contenders(timeline, inputs and inputs.resolve(), floor, folder)
    shutil.rmtree(folder / "home", ignore_errors=True)
    size = document.size
    print(f"{document.frames} frames, {size.width}×{size.height}, {floor.encoder.name}, {CORES} cores, {runs} runs")
    for number in range(runs):
        for each in found:
            each.costs += [each.work(False) for _ in range(each.times)]
        print(f"run {number + 1}: " + ", ".join(f"{each.name} {_of_run(each):.2f} s" for each in found))
    report(found, [each.work(True).peak for each in found], document.frames)


if __name__ == "__main__":
    main(sys.argv[1:])
