"""What every writer engine promises, and how the one that asks a server behaves when the server does not."""

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from msgspec.structs import replace

from reelforge import engines
from reelforge.domain.job import JobRecord, Order, StepContext, StepPolicy
from reelforge.domain.script import Script
from reelforge.engines.remote import BrokenAnswerError
from reelforge.engines.writer import Brief, WriterEngine, openai, verbatim
from reelforge.errors import (
    InputError,
    MaybePaidError,
    NeedsPersonError,
    NeverWorksError,
    ReelForgeError,
    TryLaterError,
)
from reelforge.jobs.plain import PlainContext, SystemClock
from reelforge.store.assets import FileAssets
from reelforge.testing.clock import LeapingClock
from reelforge.testing.llm_server import LlmServer, serving
from reelforge.testing.workshop import running_workshop


def ask(
    tmp_path: Path, *plan: str, order: Order | None = None, **options: Any
) -> tuple[Script | ReelForgeError, LlmServer, PlainContext]:
    """The script or error of one order, the server's account, and the context's."""
    context = PlainContext(FileAssets(tmp_path / "assets"))

    async def run() -> tuple[Script | ReelForgeError, LlmServer, PlainContext]:
        async with serving(plan) as server:
            engine = openai.Engine(openai.Options(base_url=server.base_url, model="canned-1", **options))
            try:
                wanted = order or Order(channel="sea", topic="the tides")
                return await context.step(engine.write, wanted, Brief()), server, context
            except ReelForgeError as error:
                return error, server, context
            finally:
                await engine.aclose()

    return anyio.run(run)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


@pytest.mark.parametrize("name", engines.names("writer"))
def test_every_writer_is_found_by_name_with_options_identity_and_findings(name: str) -> None:
    module = engines.load("writer", name)
    given = {"base_url": "http://127.0.0.1:9/v1", "model": "m"} if name == "openai" else {}
    engine: WriterEngine = module.Engine(module.Options(**given))
    assert engine.name == name
    assert engine.identity["engine"] == name
    assert all(finding.sentence for finding in engine.check())
    anyio.run(engine.aclose)


def test_there_are_no_writers_but_these() -> None:
    assert engines.names("writer") == ("openai", "verbatim")


@pytest.mark.parametrize("make", [lambda: verbatim.Engine(verbatim.Options())])
def test_an_order_that_does_not_suit_the_writer_is_refused_by_name_of_the_channel(
    tmp_path: Path, make: Callable[[], WriterEngine]
) -> None:
    context = PlainContext(FileAssets(tmp_path))
    with pytest.raises(InputError, match="sea"):
        anyio.run(lambda: make().write(context, Order(channel="sea"), Brief()))
    said, server, _ = ask(tmp_path, order=Order(channel="sea", text="words"))
    assert isinstance(said, InputError)
    assert "sea" in str(said)
    assert server.calls == 0


@pytest.mark.parametrize("answer", ["valid", "document", "fenced", "thinking"])
def test_a_good_answer_in_any_wrapping_is_one_call(tmp_path: Path, answer: str) -> None:
    script, server, _ = ask(tmp_path, answer)
    assert isinstance(script, Script)
    assert server.calls == 1
    assert len(script.scenes) == 11
    assert "the tides" in script.title


@pytest.mark.parametrize(
    ("fault", "quoted"),
    [
        ("bad_json", "no valid JSON object with scenes"),
        ("missing_fields", "scenes: Field required"),
        ("empty", "The answer is empty"),
        ("too_short", "scenes: there are 1"),
        ("truncated", "cut off because it was too long"),
    ],
)
def test_a_bad_answer_is_asked_for_again_with_its_faults_quoted(tmp_path: Path, fault: str, quoted: str) -> None:
    script, server, _ = ask(tmp_path, fault)
    assert isinstance(script, Script)
    assert server.calls == 2
    assert quoted in server.requests[1]["messages"][-1]["content"]


def test_repairs_are_bounded_and_the_last_fault_is_told(tmp_path: Path) -> None:
    said, server, _ = ask(tmp_path, *["missing_fields"] * 9, max_repairs=2)
    assert isinstance(said, NeverWorksError)
    assert server.calls == 3
    assert "scenes: Field required" in str(said)


def test_a_server_without_response_formats_is_asked_without(tmp_path: Path) -> None:
    script, server, _ = ask(tmp_path, "no_format", "no_format")
    assert isinstance(script, Script)
    assert ["response_format" in body for body in server.requests] == [True, False]


@pytest.mark.parametrize(
    ("fault", "kind", "told"),
    [
        ("rate_limited=7", TryLaterError, "too busy"),
        ("server_error", TryLaterError, "500"),
        ("overloaded=3", TryLaterError, "503"),
        ("cut", BrokenAnswerError, "broke off"),
        ("unfinished", BrokenAnswerError, "broke off in the middle"),
        ("failed_inside", BrokenAnswerError, "out of memory"),
        ("unauthorized", NeedsPersonError, "key"),
        ("forbidden", NeedsPersonError, "403"),
        ("no_model", NeedsPersonError, "canned-1"),
        ("no_credit", NeedsPersonError, "credit"),
        ("wrong_type", NeedsPersonError, "text/html"),
        ("moved=http://127.0.0.1:9/v1", NeedsPersonError, "http://127.0.0.1:9/v1"),
        ("bad_request", NeverWorksError, "Too many tokens"),
        ("huge", NeverWorksError, "262,144 bytes"),
    ],
)
def test_a_failing_server_is_called_once_and_its_failure_said(
    tmp_path: Path, fault: str, kind: type[ReelForgeError], told: str
) -> None:
    with within(10):
        said, server, _ = ask(tmp_path, *[fault] * 3)
    assert type(said) is kind
    assert told in str(said)
    assert server.calls == 1


def test_retry_after_is_passed_on_in_seconds(tmp_path: Path) -> None:
    said, _, _ = ask(tmp_path, "rate_limited=7")
    assert isinstance(said, TryLaterError)
    assert said.retry_after == 7


def test_retry_after_may_be_a_date(tmp_path: Path) -> None:
    stamp = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(SystemClock().now() + 120))
    said, _, _ = ask(tmp_path, f"rate_limited={stamp}")
    assert isinstance(said, TryLaterError)
    assert said.retry_after == pytest.approx(120, abs=5)


def test_a_stream_that_stalls_is_given_up(tmp_path: Path) -> None:
    with within(5):
        said, _, _ = ask(tmp_path, "stall", stall_timeout=0.3)
    assert isinstance(said, TryLaterError)
    assert "stopped answering" in str(said)


@pytest.mark.parametrize(("by_person", "kind"), [(False, TryLaterError), (True, NeedsPersonError)])
def test_a_server_that_is_not_there_is_tried_later_unless_a_person_waits_who_can_start_it(
    tmp_path: Path, by_person: bool, kind: type[ReelForgeError]
) -> None:
    engine = openai.Engine(openai.Options(base_url="http://127.0.0.1:9/v1", model="m"))

    async def run() -> None:
        try:
            order = Order(channel="c", topic="t", by_person=by_person)
            await engine.write(PlainContext(FileAssets(tmp_path)), order, Brief())
        finally:
            await engine.aclose()

    with pytest.raises(kind, match="could not be reached: connection refused"):
        anyio.run(run)
    (finding,) = engine.check()
    assert (finding.ok, finding.optional) == (False, True)


@pytest.mark.parametrize("key", ["sk-very-secret-123456", "another/secret+form=="])
def test_the_key_is_sent_and_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("WRITER_KEY", f" {key}\n")
    said, server, _ = ask(tmp_path, "unauthorized", key_env="WRITER_KEY")
    assert server.headers[0]["Authorization"] == f"Bearer {key}"
    engine = openai.Engine(openai.Options(base_url="http://127.0.0.1:9/v1", model="m", key_env="WRITER_KEY"))
    shown = f"{said} {said!r} {engine.identity} {engine._asker.identity} {list(engine.check())}"
    assert key not in shown
    assert "•••" in str(said)


def test_a_missing_key_needs_a_person_and_check_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WRITER_KEY", raising=False)
    said, server, _ = ask(tmp_path, key_env="WRITER_KEY")
    assert isinstance(said, NeedsPersonError)
    assert "WRITER_KEY" in str(said)
    assert server.calls == 0
    (finding,) = openai.Engine(openai.Options(base_url="http://h/v1", model="m", key_env="WRITER_KEY")).check()
    assert not finding.ok
    assert "WRITER_KEY" in finding.remedy


def test_every_call_carries_an_idempotency_key_and_asks_for_the_strict_schema(tmp_path: Path) -> None:
    _, server, _ = ask(tmp_path, "bad_json")
    assert all(headers["Idempotency-Key"] for headers in server.headers)
    assert server.requests[0]["response_format"]["json_schema"]["strict"] is True


def test_a_paid_answer_is_accounted_for_by_its_tokens_even_when_it_was_useless(tmp_path: Path) -> None:
    _, _, context = ask(tmp_path, "bad_json", price_per_million_input_tokens=2, price_per_million_output_tokens=10)
    assert len(context.spent) == 2
    tokens = context.spent[0].units - 900
    assert context.spent[0].price == pytest.approx((900 * 2 + tokens * 10) / 1e6)


def test_a_free_server_costs_nothing_and_may_be_asked_again_after_a_crash(tmp_path: Path) -> None:
    _, _, context = ask(tmp_path)
    assert context.spent == []
    free = openai.Engine(openai.Options(base_url="http://h/v1", model="m"))
    paid = openai.Engine(openai.Options(base_url="http://h/v1", model="m", price_per_million_output_tokens=1))
    assert (free._asker.policy.paid, paid._asker.policy.paid) == ("free", "unclear")
    assert not isinstance(getattr(paid, "policy", None), StepPolicy)


def test_each_question_is_a_step_of_its_own(tmp_path: Path) -> None:
    names: list[str] = []

    class Named(PlainContext):
        async def step(self, work: Callable[..., Awaitable[Any]], *values: Any, name: str | None = None) -> Any:
            names.append(name or work.__name__)
            return await super().step(work, *values, name=name)

    async def run() -> None:
        async with serving(["bad_json"]) as server:
            engine = openai.Engine(openai.Options(base_url=server.base_url, model="m"))
            await engine.write(Named(FileAssets(tmp_path)), Order(channel="c", topic="t"), Brief())
            await engine.aclose()

    anyio.run(run)
    assert names == ["ask-1", "ask-2"]


@pytest.mark.parametrize("address", ["ftp://h/v1", "h:1/v1", "http://", "http://me:secret@h/v1", "http://h/v1?key=1"])
def test_an_address_that_is_none_or_holds_a_secret_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        openai.Options(base_url=address, model="m")


@pytest.mark.parametrize("fault", ["cut", "unfinished", "failed_inside", "gateway_timeout"])
def test_a_paid_answer_that_breaks_off_is_never_asked_for_again_without_a_person(tmp_path: Path, fault: str) -> None:
    said, server, _ = ask(tmp_path, fault, "valid", price_per_million_output_tokens=10)
    assert type(said) is MaybePaidError
    assert "may have charged" in said.message
    assert server.calls == 1


def test_a_retry_goes_on_with_the_conversation_and_pays_for_no_question_twice(tmp_path: Path) -> None:
    async def recipe(record: JobRecord, context: StepContext) -> Script:
        return await context.step(engine.write, record.order, Brief())

    async def run() -> tuple[int, JobRecord]:
        async with running_workshop(tmp_path, recipe) as shop:
            job = await shop.runner.submit(Order(channel="sea", topic="the tides"))
            failed = await shop.runner.wait(job.id)
            assert (failed.state, server.calls) == ("failed", 2)
            await shop.runner.retry(job.id)
            return server.calls, await shop.runner.wait(job.id)

    async def served() -> tuple[int, JobRecord]:
        nonlocal server, engine
        async with serving(["missing_fields", "missing_fields", "valid"]) as server:
            engine = openai.Engine(openai.Options(base_url=server.base_url, model="m", max_repairs=1))
            try:
                return await run()
            finally:
                await engine.aclose()

    server: Any = None
    engine: Any = None
    _, done = anyio.run(served)
    assert (done.state, server.calls) == ("done", 3)


def test_a_broken_paid_answer_is_told_to_whoever_gives_the_order_again(tmp_path: Path) -> None:
    async def recipe(record: JobRecord, context: StepContext) -> Script:
        return await context.step(engine.write, record.order, Brief())

    async def run() -> None:
        nonlocal engine
        order = Order(channel="sea", topic="the tides")
        async with serving(["cut", "valid"]) as server:
            engine = openai.Engine(
                openai.Options(base_url=server.base_url, model="m", price_per_million_output_tokens=10)
            )
            try:
                async with running_workshop(tmp_path, recipe) as shop:
                    job = await shop.runner.submit(order)
                    assert (await shop.runner.wait(job.id)).state == "needs_person"
                    with pytest.raises(MaybePaidError, match=f"of job {job.id}"):
                        await shop.runner.adopt_or_submit(order)
                    assert server.calls == 1
                    await shop.runner.retry(job.id)
                    assert (await shop.runner.wait(job.id)).state == "done"
                    assert server.calls == 2
            finally:
                await engine.aclose()

    engine: Any = None
    anyio.run(run)


def test_answers_are_bounded_over_all_runs_of_a_job_until_a_person_allows_as_many_again(tmp_path: Path) -> None:
    async def recipe(record: JobRecord, context: StepContext) -> Script:
        return await context.step(engine.write, record.order, Brief())

    async def run() -> None:
        nonlocal engine
        plan = ["missing_fields", "missing_fields", "overloaded", "overloaded", *["missing_fields"] * 20]
        async with serving(plan) as server:
            engine = openai.Engine(openai.Options(base_url=server.base_url, model="m", max_repairs=2))
            engine._asker.policy = replace(engine._asker.policy, tries=2)
            try:
                async with running_workshop(tmp_path, recipe, clock=LeapingClock()) as shop:
                    job = await shop.runner.submit(Order(channel="sea", topic="the tides"))
                    failed = await shop.runner.wait(job.id)
                    assert (failed.state, failed.attempt, server.calls) == ("failed", 2, 5)
                    await shop.runner.retry(job.id)
                    assert (await shop.runner.wait(job.id)).state == "failed"
                    assert server.calls == 8
            finally:
                await engine.aclose()

    engine: Any = None
    anyio.run(run)
