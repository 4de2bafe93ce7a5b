"""The paid voice over its real server, which refuses, cuts, hangs and lies: money is spent once a sentence."""

from pathlib import Path

import aiohttp
import anyio
import pytest

from reelforge.domain.job import JobRecord, Order
from reelforge.jobs.context import JobContext
from reelforge.testing.paid_server import FaultPlan, charges, serving
from reelforge.testing.paid_voice import Options, PaidVoice
from reelforge.testing.workshop import running_workshop

pytestmark = pytest.mark.anyio
SENTENCES = tuple(f"Sentence number {number}." for number in range(8))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def _narrate(home: Path, plan: FaultPlan, log: Path) -> JobRecord:
    async with serving(log, plan) as url, aiohttp.ClientSession() as session:
        voice = PaidVoice(Options(url=url, seconds=0.1, tries=20), session)

        async def recipe(_job: JobRecord, context: JobContext) -> None:
            async with context.together() as group:
                for sentence in SENTENCES:
                    group.step(voice.speak, sentence)

        quick = {"step_backoff": (0.001, 0.01), "job_backoff": (0.001, 0.01)}
        async with running_workshop(home, recipe, **quick) as shop:
            with anyio.fail_after(20):
                job = await shop.runner.submit(Order(channel="tests"))
                return await shop.runner.wait(job.id)


@pytest.mark.parametrize(
    "plan",
    [
        FaultPlan(),
        FaultPlan(refuse=0.4),
        FaultPlan(busy=0.4, retry_after=0.001),
        FaultPlan(cut=0.4),
        FaultPlan(broken=0.4),
        FaultPlan(hang=0.2),
    ],
    ids=["well", "refuses", "busy", "cuts", "broken", "hangs"],
)
async def test_each_sentence_is_charged_once_whatever_the_server_does(tmp_path: Path, plan: FaultPlan) -> None:
    log = tmp_path / "charges.log"
    record = await _narrate(tmp_path / "home", plan, log)
    assert record.state == "done"
    assert sorted(charge["text"] for charge in charges(log)) == sorted(SENTENCES)


async def test_the_server_remembers_what_it_charged_when_it_is_started_again(tmp_path: Path) -> None:
    log = tmp_path / "charges.log"
    await _narrate(tmp_path / "one", FaultPlan(), log)
    await _narrate(tmp_path / "two", FaultPlan(), log)
    assert len(charges(log)) == len(SENTENCES)


async def test_a_key_used_for_another_request_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path / "log") as url, aiohttp.ClientSession() as session:
        for text, status in (("a", 200), ("a", 200), ("b", 422)):
            async with session.post(f"{url}/speech", json={"text": text}, headers={"Idempotency-Key": "k"}) as answer:
                assert answer.status == status
        async with session.post(f"{url}/speech", json={"text": "a"}) as answer:
            assert answer.status == 400
