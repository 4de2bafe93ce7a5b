"""How time and memory grow with length and with renders at the same time: they should be straight, and flat.

    python bench/scale.py [--inputs DIR] [--seconds 15 30 60 120] [--jobs 1 2 4] [--shape 16:9]

Each length is rendered by a process of its own from Job A's photos, repeated, with nothing cached, and then as a
preview; then as many renders of the first length at once as ``--jobs`` says, sharing one work folder.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import job_a
from measure import Cost, run

from reelforge.domain.timeline import AudioPlan, Size, Timeline

SHAPES = {"9:16": Size(width=1080, height=1920), "16:9": Size(width=1920, height=1080)}


def of_length(job: Timeline, seconds: int, size: Size) -> Timeline:
    """Job A's shots one after another until so many seconds are full, each motion a little different; its own words."""
    shots = []
    for number in range(-(-seconds * 30 // job.shots[0].frames)):
        shot = job.shots[number % len(job.shots)]
        motion = shot.motion.model_copy(update={"zoom": (1.0, 1.15 + 0.0001 * number)})
        transition = job.shots[1].transition if number else job.shots[0].transition
        shots.append(shot.model_copy(update={"motion": motion, "transition": transition}))
    spare = sum(shot.frames for shot in shots) - seconds * 30
    shots[-1] = shots[-1].model_copy(update={"frames": shots[-1].frames - spare})
    cues = tuple(cue for cue in job.cues if cue.last <= seconds * 30)
    return job.model_copy(update={"size": size, "shots": tuple(shots), "cues": cues, "audio": AudioPlan()})


def render(timeline: Timeline, folder: Path, name: str, *more: str) -> Cost:
    path = folder / f"{name}.json"
    path.write_text(timeline.model_dump_json())
    out = folder / f"{name}.mp4"
    line = [sys.executable, "-m", "reelforge", "render", path, "-o", out, "--no-cache", "--json", *more]
    return run(line, {"REELFORGE_HOME": str(folder / "home")})


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=Path)
    parser.add_argument("--seconds", type=int, nargs="+", default=[15, 30, 60, 120])
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--shape", choices=SHAPES, default="9:16")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="reelforge-bench-") as name:
        folder = Path(name)
        inputs = asked.inputs or folder / "inputs"
        if asked.inputs is None:
            job_a.make_inputs(inputs)
        job, size = job_a.absolute(job_a.timeline(inputs), inputs.resolve()), SHAPES[asked.shape]
        print(f"{size.width}×{size.height}, 30 fps")
        base = 0.0
        for seconds in asked.seconds:
            long = of_length(job, seconds, size)
            cost, quick = render(long, folder, "long"), render(long, folder, "quick", "--preview")
            base = base or cost.wall / seconds
            print(
                f"{seconds:5} s of video: {cost.wall:7.1f} s, {cost.wall / seconds / base:5.2f} × the first a second "
                f"of video, {cost.peak:5.0f} MB; a preview {quick.wall:5.1f} s, {quick.wall / cost.wall:.1%}"
            )
        first = of_length(job, asked.seconds[0], size)
        alone = 0.0
        for jobs in asked.jobs:
            with ThreadPoolExecutor(jobs) as pool:
                costs = list(pool.map(lambda number: render(first, folder, f"job-{number}"), range(jobs)))
            wall = max(cost.wall for cost in costs)
            alone = alone or wall
            print(
                f"{jobs:5} at once: {wall:7.1f} s, {wall / alone / jobs:5.2f} × the time of one, each; "
                f"{max(cost.peak for cost in costs):5.0f} MB the largest"
            )


if __name__ == "__main__":
    main(sys.argv[1:])
