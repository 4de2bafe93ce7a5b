"""Start-up: `reelforge --help` against an empty Python, and `reelforge frame`, by itself and by the process that the
frame before left behind, against loading the libraries it draws with; alternating, medians of many runs. The frame is
one of Job A (see ``bench/job_a.py``), at 12.4 s.

Run: python bench/startup.py [--inputs DIR] [--runs 15]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import job_a


def measured(command: list[str], resident: str) -> float:
    """Wall seconds of one run; ``resident``: how long what it leaves behind waits for the next."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "REELFORGE_RESIDENT": resident})
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=Path)
    parser.add_argument("--runs", type=int, default=15)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reelforge-bench-") as place:
        folder = Path(place)
        inputs = asked.inputs or folder / "inputs"
        if asked.inputs is None:
            job_a.make_inputs(inputs)
        timeline = folder / "timeline.json"
        timeline.write_text(job_a.absolute(job_a.timeline(inputs), inputs.resolve()).model_dump_json())
        reelforge = [sys.executable, "-m", "reelforge"]
        drawn = [*reelforge, "frame", str(timeline), "--at", "12.4", "-o", str(folder / "frame.png")]
        commands = {
            "empty Python": ([sys.executable, "-c", "pass"], "0"),
            "reelforge --help": ([*reelforge, "--help"], "0"),
            "NumPy, OpenCV, pydantic": ([sys.executable, "-c", "import numpy, cv2, pydantic"], "0"),
            "reelforge frame": (drawn, "0"),
            "… the next frame": (drawn, "60"),
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(asked.runs + 2):
            for name, command in commands.items():
                seconds[name].append(measured(*command))
    medians = {name: statistics.median(values[2:]) for name, values in seconds.items()}
    for name, value in medians.items():
        print(f"{name:24} {value * 1000:7.1f} ms (median of {asked.runs}, after two to warm up)")
    bare, help_, libraries, frame, following = medians.values()
    print(f"--help adds {(help_ - bare) * 1000:.1f} ms; aim: within 150 ms")
    one, another = frame / libraries, following / libraries
    print(f"A frame takes {one:.2f} × what its libraries take to load, the next one {another:.2f} ×; limit: 300 ms")


if __name__ == "__main__":
    main()
