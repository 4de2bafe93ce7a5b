"""Paid voices over their real servers, which refuse, cut, hang and lie: money is spent once a sentence."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import anyio
import pytest

from reelforge.domain.cues import Narration
from reelforge.domain.job import JobRecord, Order
from reelforge.domain.script import Scene, Script
from reelforge.engines.voice import elevenlabs
from reelforge.engines.voice.narrator import Narrator
from reelforge.jobs.context import JobContext
from reelforge.testing.paid_server import FaultPlan, charges, serving
from reelforge.testing.paid_voice import Options, PaidVoice
from reelforge.testing.speech_server import SpeechServer
from reelforge.testing.speech_server import serving as speaking
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


STORY = "The tide comes in. The tide goes out. The tide comes in. Nobody asked it to."
SAID = ["Nobody asked it to.", "The tide comes in.", "The tide goes out."]


class Shop:
    """A workshop whose recipe narrates a text by ElevenLabs' protocol."""

    def __init__(self, shop: Any, server: SpeechServer) -> None:
        self._shop = shop
        self.server = server

    async def narrated(self, text: str) -> JobRecord:
        job = await self._shop.runner.submit(Order(channel="tests", text=text))
        return await self._shop.runner.wait(job.id)

    async def retried(self, record: JobRecord) -> JobRecord:
        await self._shop.runner.retry(record.id)
        return await self._shop.runner.wait(record.id)


@asynccontextmanager
async def narrating(home: Path, *plan: str, **options: Any) -> AsyncIterator[Shop]:
    async with speaking(plan) as server:
        engine = elevenlabs.Engine(
            elevenlabs.Options(voice="nora1", base_url=server.base_url, key_env="VOICE_KEY", **options)
        )

        async def recipe(record: JobRecord, context: JobContext) -> Narration:
            script = Script(title="Tides", scenes=(Scene(narration=record.order.text or ""),))
            return await context.step(Narrator(engine).narrate, script)

        quick = {"step_backoff": (0.001, 0.01), "job_backoff": (0.001, 0.01)}
        try:
            async with running_workshop(home, recipe, **quick) as shop:
                with anyio.fail_after(30):
                    yield Shop(shop, server)
        finally:
            await engine.aclose()


@pytest.fixture(autouse=True)
def _a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICE_KEY", "voice-key-123456")


async def test_a_sentence_is_paid_once_in_a_script_and_once_in_all_jobs(tmp_path: Path) -> None:
    async with narrating(tmp_path) as shop:
        first = await shop.narrated(STORY)
        second = await shop.narrated(f"{STORY} Or did they?")
        assert (first.state, second.state) == ("done", "done")
        assert sorted(shop.server.charged) == [*SAID[:1], "Or did they?", *SAID[1:]]


async def test_what_other_rules_of_ours_make_of_a_recording_is_not_paid_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with narrating(tmp_path) as shop:
        await shop.narrated(STORY)
        monkeypatch.setattr(elevenlabs, "VERSION", 10_000)
        assert (await shop.narrated(STORY)).state == "done"
        assert sorted(shop.server.charged) == SAID


async def test_a_lost_answer_is_asked_for_again_only_by_a_person_and_the_others_are_kept(tmp_path: Path) -> None:
    async with narrating(tmp_path, "valid", "cut") as shop:
        stopped = await shop.narrated(STORY)
        assert stopped.state == "needs_person"
        assert "may have charged" in stopped.error
        assert sorted(shop.server.charged) == SAID
        again = await shop.narrated(STORY)
        assert again.state == "needs_person"
        assert shop.server.calls == len(SAID)
        assert (await shop.retried(stopped)).state == "done"
        assert shop.server.calls == len(SAID) + 1


async def test_one_silent_recording_costs_no_other_sentence(tmp_path: Path) -> None:
    async with narrating(tmp_path, "silent", "slow=0.3", "slow=0.3") as shop:
        stopped = await shop.narrated(STORY)
        assert stopped.state == "needs_person"
        assert "is silent, and it was charged" in stopped.error
        assert sorted(shop.server.charged) == SAID
        done = await shop.retried(stopped)
        assert done.state == "done"
        assert len(shop.server.charged) == len(SAID) + 1


async def test_each_retry_pays_for_one_more_take_of_a_useless_recording_with_its_own_seed(
    tmp_path: Path,
) -> None:
    async with narrating(tmp_path, "silent", "silent", seed=5) as shop:
        stopped = await shop.narrated("Nobody asked it to.")
        again = await shop.retried(stopped)
        assert (again.state, len(shop.server.charged)) == ("needs_person", 2)
        assert (await shop.retried(again)).state == "done"
        assert [body["seed"] for body in shop.server.requests] == [5, 6, 7]


async def test_retries_for_other_reasons_pay_for_no_takes(tmp_path: Path) -> None:
    async with narrating(tmp_path, "forbidden", "forbidden", "silent", "silent") as shop:
        record = await shop.narrated("Nobody asked it to.")
        for _ in range(2):
            record = await shop.retried(record)
        assert "is silent" in record.error
        assert len(shop.server.charged) == 1


async def test_a_busy_server_is_asked_again_without_a_person_and_charged_once(tmp_path: Path) -> None:
    async with narrating(tmp_path, "rate_limited=0.001", "overloaded", "server_error") as shop:
        assert (await shop.narrated(STORY)).state == "done"
        assert sorted(shop.server.charged) == SAID


async def test_with_continuity_only_the_neighbours_of_an_edit_are_paid_again(tmp_path: Path) -> None:
    text = "One wave came. Two waves came. Three waves came. Four waves came."
    async with narrating(tmp_path, continuity=True) as shop:
        await shop.narrated(text)
        assert {body.get("previous_text") for body in shop.server.requests} == {
            None,
            "One wave came.",
            "Two waves came.",
            "Three waves came.",
        }
        await shop.narrated(text.replace("Four", "Five"))
        assert sorted(shop.server.charged[4:]) == ["Five waves came.", "Three waves came."]
