"""``python tests/faults/campaign.py --subject make --kills 40 --seed 1`` kills a job all over, says what went wrong.

The subject ``make`` is the real command; ``synthetic`` is a job that is all structure and no work.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reelforge.testing.kills import Verdict, campaign
from reelforge.testing.paid_server import FaultPlan
from reelforge.testing.real_make import real_make, writer
from reelforge.testing.synthetic_job import synthetic

ROUGH = FaultPlan(delay=0.01, refuse=0.1, busy=0.05, cut=0.1, broken=0.05)


@contextmanager
def paid_server(log: Path, plan: FaultPlan) -> Iterator[str]:
    """A server process that outlives every kill; gives its address."""
    command = [
        sys.executable,
        "-m",
        "reelforge.testing.paid_server",
        "--log",
        str(log),
        "--plan",
        plan.model_dump_json(),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def run(folder: Path, kills: int, seed: int) -> Verdict:
    """Kill the synthetic job."""
    charged = folder / "charges.log"
    with paid_server(charged, ROUGH.model_copy(update={"seed": seed})) as url:
        return campaign(lambda number: synthetic(folder / f"round-{number}", url, charged), kills, seed, longest=60)


def run_make(folder: Path, kills: int, seed: int) -> Verdict:
    """Kill the real command."""
    with writer() as server:
        return campaign(lambda number: real_make(folder / f"round-{number}", server), kills, seed, longest=120)


SUBJECTS = {"synthetic": run, "make": run_make}


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill a running job at every moment and see that it goes on.")
    parser.add_argument("--subject", choices=SUBJECTS, default="synthetic")
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reelforge-faults-") as folder:
        verdict = SUBJECTS[asked.subject](Path(folder).resolve(), asked.kills, asked.seed)
    sys.stdout.write(f"{asked.subject}, seed {asked.seed}: {verdict}\n")
    for moment, times in sorted(verdict.moments.items()):
        sys.stdout.write(f"  {times} × after {moment}\n")
    return 1 if verdict.problems else 0


if __name__ == "__main__":
    sys.exit(main())
