"""Start-up: `reelforge --help` against an empty Python, alternating, medians of many runs.

Run: python bench/startup.py [--runs 15]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time


def measured(command: list[str]) -> float:
    """Wall seconds of one run."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    commands = {
        "empty Python": [sys.executable, "-c", "pass"],
        "reelforge --help": [sys.executable, "-m", "reelforge", "--help"],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs + 1):
        for name, command in commands.items():
            seconds[name].append(measured(command))
    medians = {name: statistics.median(values[1:]) for name, values in seconds.items()}
    for name, value in medians.items():
        print(f"{name:18} {value * 1000:7.1f} ms (median of {runs}, after one to warm up)")
    bare, full = medians.values()
    print(f"ReelForge adds {(full - bare) * 1000:.1f} ms; aim: within 150 ms")


if __name__ == "__main__":
    main()
