"""Files that cannot grow (RLIMIT_FSIZE in another process): a sentence, nothing half-written, and it goes on later."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = """
import json, resource, sys
from pathlib import Path
import anyio
from reelforge.domain.asset import AssetRef
from reelforge.domain.job import Order, step
from reelforge.domain.value import Value
from reelforge.testing.workshop import running_workshop

home, asset, result, limit = Path(sys.argv[1]), *map(int, sys.argv[2:5])

class Made(Value):
    text: str
    file: AssetRef

@step()
async def make(context, number: int) -> Made:
    file = await context.in_thread(context.assets.add_bytes, bytes([number]) * asset, "x/y")
    return Made(text="x" * result, file=file)

async def recipe(job, context):
    for number in range(8):
        made = await context.step(make, number)
    return made

async def main():
    async with running_workshop(home, recipe) as shop:
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        queued = await shop.runner.jobs("needs_person", "queued", "running")
        for job in queued:
            if job.state == "needs_person":
                await shop.runner.retry(job.id)
        job = queued[0] if queued else await shop.runner.submit(Order(channel="c"))
        try:
            with anyio.fail_after(20):
                record = await shop.runner.wait(job.id)
        finally:
            left = [str(path) for path in (home / "assets" / "tmp").iterdir()]
    print(json.dumps({"state": record.state, "error": record.error, "left": left, "steps": len(record.steps)}))

anyio.run(main)
"""


def _run(home: Path, asset: int, result: int, limit: int) -> dict[str, Any]:
    command = [sys.executable, "-c", PROGRAM, *map(str, (home, asset, result, limit))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("asset", "result", "limit", "named"),
    [(3 << 20, 10, 2 << 20, "assets"), (10, 200_000, 1 << 20, "home")],
    ids=["an asset does not fit", "the journal does not grow"],
)
def test_a_full_disk_stops_the_job_with_a_sentence_and_a_retry_ends_it(
    tmp_path: Path, asset: int, result: int, limit: int, named: str
) -> None:
    home = tmp_path / "home"
    full = _run(home, asset, result, limit)
    assert full["state"] == "needs_person"
    assert "The disk is full" in full["error"]
    assert str(home) in full["error"]
    assert named in full["error"]
    assert full["left"] == []
    with sqlite3.connect(home / "reelforge.db") as connection:
        assert connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"
    connection.close()
    mended = _run(home, asset, result, 0)
    assert (mended["state"], mended["steps"], mended["left"]) == ("done", 8, [])
