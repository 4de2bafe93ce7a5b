"""How much faster a second render is, after an edit, than the first: a Reel of 60 s with twenty scenes.

    python bench/regenerate.py [--inputs DIR] [--runs 2]

The Reel is made of Job A's photos (``bench/job_a.py``). Each run renders it with an empty cache, then again unchanged,
with one scene's picture changed, with one word changed, with other music, and with another highlight colour; each of
them in a process of its own, ``reelforge render``.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import job_a
from measure import run

from reelforge.domain.timeline import Timeline

SCENES, FRAMES = 20, 90


def reel(inputs: Path) -> Timeline:
    """Sixty seconds: twenty shots of 3 s, each photo twice in different motion, the words twice over."""
    job = job_a.timeline(inputs)
    half = SCENES * FRAMES // 2
    shots = []
    for number in range(SCENES):
        shot = job.shots[number % len(job.shots)]
        motion = shot.motion.model_copy(update={"zoom": (1.0, 1.15) if number < len(job.shots) else (1.12, 1.0)})
        transition = job.shots[1].transition if number else shot.transition
        shots.append(shot.model_copy(update={"motion": motion, "transition": transition}))
    later = [cue.model_copy(update=_moved(cue, half)) for cue in job.cues]
    music = job.audio.music
    assert music
    bed = music.model_copy(update={"spans": (*music.spans, *music.spans)})
    return job.model_copy(
        update={
            "shots": tuple(shots),
            "cues": (*job.cues, *later),
            "audio": job.audio.model_copy(update={"music": bed}),
        }
    )


def _moved(cue: Any, by: int) -> dict[str, Any]:
    words = tuple(word.model_copy(update={"first": word.first + by, "last": word.last + by}) for word in cue.words)
    return {"first": cue.first + by, "last": cue.last + by, "words": words}


def edits(whole: Timeline) -> dict[str, Timeline]:
    """Each edit of the Reel, by what a person would call it."""
    shots, cues = list(whole.shots), list(whole.cues)
    shots[7] = shots[7].model_copy(update={"picture": shots[12].picture})
    words = cues[5].words
    other = words[0].model_copy(update={"text": "another"})
    cues[5] = cues[5].model_copy(update={"words": (other, *words[1:])})
    music = whole.audio.music
    assert music
    quieter = whole.audio.model_copy(update={"music": music.model_copy(update={"gain_db": music.gain_db - 3})})
    style = whole.caption_style.model_copy(update={"highlight": "#00ff88"})
    return {
        "unchanged": whole,
        "one scene's picture": whole.model_copy(update={"shots": tuple(shots)}),
        "one word": whole.model_copy(update={"cues": tuple(cues)}),
        "the music": whole.model_copy(update={"audio": quieter}),
        "every caption's colour": whole.model_copy(update={"caption_style": style}),
    }


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=Path)
    parser.add_argument("--runs", type=int, default=2)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="reelforge-bench-") as name:
        folder = Path(name)
        inputs = asked.inputs or folder / "inputs"
        if asked.inputs is None:
            job_a.make_inputs(inputs)
        whole = job_a.absolute(reel(inputs), inputs.resolve())
        seconds: dict[str, list[float]] = {}
        for number in range(asked.runs):
            home = folder / f"home-{number}"
            seconds.setdefault("the first time", []).append(_render(whole, folder, home))
            for edit, timeline in edits(whole).items():
                seconds.setdefault(edit, []).append(_render(timeline, folder, home))
    first = statistics.median(seconds["the first time"])
    print(f"{whole.frames} frames in {SCENES} scenes, wall time of `reelforge render`, median of {asked.runs} runs")
    for edit, walls in seconds.items():
        wall = statistics.median(walls)
        print(f"{edit:26}{wall:7.2f} s{first / wall:8.1f} × faster")


def _render(timeline: Timeline, folder: Path, home: Path) -> float:
    path, out = folder / "timeline.json", folder / "out.mp4"
    path.write_text(timeline.model_dump_json())
    line = [sys.executable, "-m", "reelforge", "render", path, "-o", out, "--json"]
    return run(line, {"REELFORGE_HOME": str(home)}, looking=False).wall


if __name__ == "__main__":
    main(sys.argv[1:])
