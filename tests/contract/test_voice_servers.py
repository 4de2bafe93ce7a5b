"""How the voices behind a network behave when the server does not, and what they do with money."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest

from reelforge.domain.cues import Utterance
from reelforge.domain.job import StepPolicy
from reelforge.engines import load
from reelforge.engines.remote import BrokenAnswerError, UnreachableError
from reelforge.errors import MaybePaidError, NeedsPersonError, NeverWorksError, ReelForgeError, TryLaterError
from reelforge.jobs.plain import PlainContext
from reelforge.store.assets import FileAssets
from reelforge.testing.speech_server import FAULTS, SpeechServer, serving

SENTENCE = "It slips 3.8 cm — 🚀 away."
TEXT = "It slips three point eight centimeters, away."
KEY = "sk_very-secret-0123456789"
BOTH = ("openai", "elevenlabs")
VOICES = {"openai": "Nora", "elevenlabs": "nora1"}


def engine_of(name: str, base_url: str, **options: Any) -> Any:
    module = load("voice", name)
    return module.Engine(
        module.Options(**{"base_url": base_url, "voice": VOICES[name], "key_env": "VOICE_KEY", **options})
    )


@pytest.fixture(autouse=True)
def _a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICE_KEY", f" {KEY}\n")


@pytest.fixture
def say(tmp_path: Path) -> Callable[..., tuple[Utterance | ReelForgeError, SpeechServer, PlainContext]]:
    def said(name: str, *plan: str, **options: Any) -> tuple[Utterance | ReelForgeError, SpeechServer, PlainContext]:
        async def run() -> tuple[Utterance | ReelForgeError, SpeechServer, PlainContext]:
            context = PlainContext(FileAssets(tmp_path / "assets"))
            async with serving(plan) as server:
                engine = engine_of(name, server.base_url, **options)
                try:
                    return await context.step(engine.speak, SENTENCE, "en"), server, context
                except ReelForgeError as error:
                    return error, server, context
                finally:
                    await engine.aclose()

        return anyio.run(run)

    return said


PRICED = {"price_per_million_characters": 15}
"""OpenAI's protocol costs nothing on this machine unless a price says so; ElevenLabs always charges."""

REFUSALS: Sequence[tuple[str, type[ReelForgeError], str]] = [
    ("unauthorized", NeedsPersonError, "refused the key"),
    ("no_credit", NeedsPersonError, "no credit left"),
    ("unpaid", NeedsPersonError, "wants to be paid first"),
    ("forbidden", NeedsPersonError, "403"),
    ("no_model", NeedsPersonError, "has no model"),
    ("wrong_type", NeedsPersonError, "text/html, which no speech server does"),
    ("moved=http://127.0.0.1:9/v1", NeedsPersonError, "moved to http://127.0.0.1:9/v1"),
    ("bad_request", NeverWorksError, "The text is too long"),
    ("rate_limited=7", TryLaterError, "too busy"),
    ("server_error", TryLaterError, "500: Internal error"),
    ("overloaded", TryLaterError, "503"),
]
LOST = ("cut", "lying_length", "gateway_timeout", "no_sound", "stall")


@pytest.mark.parametrize(("fault", "kind", "told"), REFUSALS)
@pytest.mark.parametrize("name", BOTH)
def test_a_refusal_is_a_sentence_and_costs_nothing(
    say: Any, name: str, fault: str, kind: type[ReelForgeError], told: str
) -> None:
    found, server, context = say(name, *[fault] * 3, **PRICED)
    assert type(found) is kind
    assert told in str(found)
    assert server.calls == 1
    assert context.spent == []


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("name", BOTH)
def test_a_paid_answer_that_is_lost_waits_for_a_person(say: Any, name: str, fault: str) -> None:
    found, server, context = say(name, *[fault] * 3, stall_timeout=0.3, **PRICED)
    assert type(found) is MaybePaidError
    assert "may have charged" in found.message
    assert f"reelforge retry {context.job}" in found.remedy
    assert server.calls == 1


@pytest.mark.parametrize("fault", ["bad_json", "bad_base64"])
def test_an_answer_that_makes_no_sense_waits_for_a_person_too(say: Any, fault: str) -> None:
    found, server, _ = say("elevenlabs", *[fault] * 3)
    assert type(found) is MaybePaidError
    assert server.calls == 1


@pytest.mark.parametrize("fault", LOST)
def test_a_free_answer_that_is_lost_is_tried_later(say: Any, fault: str) -> None:
    found, server, _ = say("openai", *[fault] * 3, stall_timeout=0.3)
    assert type(found) is BrokenAnswerError
    assert server.calls == 1


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("silent", "is silent"),
        ("truncated", "is too short"),
        ("doubled", "is too long"),
        ("garbage", "is no sound that can be read"),
    ],
)
@pytest.mark.parametrize("name", BOTH)
def test_a_paid_recording_of_no_use_is_told_and_not_paid_again(say: Any, name: str, fault: str, told: str) -> None:
    found, server, context = say(name, *[fault] * 3, **PRICED)
    assert type(found) is NeedsPersonError
    assert told in found.message
    assert "charged" in found.message
    assert server.calls == 1
    assert len(context.spent) == 1


def test_a_free_recording_of_no_use_is_made_once_more(say: Any) -> None:
    found, server, _ = say("openai", "silent", "valid")
    assert isinstance(found, Utterance)
    assert server.calls == 2
    found, server, _ = say("openai", *["silent"] * 5)
    assert type(found) is NeverWorksError
    assert "Put the sentence another way" in found.remedy
    assert server.calls == 2


@pytest.mark.parametrize(
    "fault",
    [
        *("no_alignment", "empty_alignment", "odd_alignment", "not_numbers"),
        *("other_alignment", "late_alignment", "still_alignment"),
    ],
)
def test_times_that_do_not_fit_are_dropped_and_the_paid_recording_kept(say: Any, fault: str) -> None:
    found, server, _ = say("elevenlabs", fault)
    assert isinstance(found, Utterance)
    assert found.words == ()
    assert server.calls == 1


@pytest.mark.parametrize("name", BOTH)
def test_a_stereo_answer_is_heard_as_one_voice(say: Any, name: str) -> None:
    forms = {"openai": {"form": "wav"}, "elevenlabs": {"form": "mp3_44100_128"}}
    found, _, _ = say(name, "stereo", **forms[name])
    plain, _, _ = say(name, **forms[name])
    assert abs(found.samples - plain.samples) < 1_000


@pytest.mark.parametrize("name", BOTH)
def test_an_endless_answer_is_not_read_to_its_end(say: Any, name: str) -> None:
    found, _, _ = say(name, "huge", max_answer_bytes=100_000)
    assert type(found) is NeverWorksError
    assert "more than 100,000 bytes" in str(found)


def test_retry_after_is_passed_on_in_seconds(say: Any) -> None:
    found, _, _ = say("elevenlabs", "rate_limited=7")
    assert found.retry_after == 7


@pytest.mark.parametrize("key", [KEY, "another/secret+form=="])
@pytest.mark.parametrize("name", BOTH)
def test_what_is_spoken_is_sent_in_words_with_the_key_and_never_shown(
    say: Any, name: str, key: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICE_KEY", key)
    caplog.set_level(logging.DEBUG)
    found, server, context = say(name, "unauthorized")
    body, headers = server.requests[0], server.headers[0]
    assert body[{"openai": "input", "elevenlabs": "text"}[name]] == TEXT
    assert headers[{"openai": "Authorization", "elevenlabs": "xi-api-key"}[name]].removeprefix("Bearer ") == key
    assert headers["Idempotency-Key"]
    engine = engine_of(name, "http://127.0.0.1:9/v1")
    shown = f"{found} {found!r} {engine.identity} {list(engine.check())} {caplog.text} {context.spent}"
    assert key not in shown
    assert "•••" in str(found)


@pytest.mark.parametrize("name", BOTH)
def test_a_missing_key_needs_a_person_and_check_says_so(say: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VOICE_KEY")
    found, server, _ = say(name)
    assert isinstance(found, NeedsPersonError)
    assert "VOICE_KEY" in str(found)
    assert server.calls == 0
    finding = next(iter(engine_of(name, "https://voices.example/v1").check()))
    assert not finding.ok
    assert "VOICE_KEY" in finding.remedy


@pytest.mark.parametrize("name", BOTH)
def test_a_server_that_is_not_there_was_not_paid_and_check_says_so(tmp_path: Path, name: str) -> None:
    engine = engine_of(name, "http://127.0.0.1:9/v1", **PRICED)

    async def run() -> None:
        try:
            await PlainContext(FileAssets(tmp_path)).step(engine.speak, SENTENCE, "en")
        finally:
            await engine.aclose()

    with pytest.raises(UnreachableError, match="could not be reached: connection refused"):
        anyio.run(run)
    finding = next(iter(engine.check()))
    assert not finding.ok
    assert "Nothing answers" in finding.sentence


def test_elevenlabs_lists_the_voices_when_it_does_not_know_one(say: Any) -> None:
    found, server, _ = say("elevenlabs", voice="George")
    assert type(found) is NeedsPersonError
    assert "no voice 'George'" in found.message
    assert "Nora (nora1), Otto (otto2)" in found.remedy
    assert server.charged == []


def test_openai_passes_on_which_voices_there_are(say: Any) -> None:
    found, _, _ = say("openai", voice="George")
    assert "There are: Nora, Otto" in str(found)


def test_characters_are_accounted_for_as_the_server_counts_them(say: Any) -> None:
    _, _, context = say("elevenlabs", price_per_million_characters=100)
    (cost,) = context.spent
    assert (cost.engine, cost.units, cost.unit) == ("elevenlabs", len(TEXT), "characters")
    assert cost.price == pytest.approx(len(TEXT) * 100 / 1e6)
    _, _, context = say("openai", price_per_million_characters=15)
    assert context.spent[0].price == pytest.approx(len(TEXT) * 15 / 1e6)


@pytest.mark.parametrize(
    ("options", "policy"),
    [
        ({"base_url": "https://voices.example/v1"}, "unclear"),
        ({"base_url": "https://voices.example/v1", "key_env": None}, "free"),
        ({"base_url": "http://127.0.0.1:8880/v1"}, "free"),
        ({"base_url": "http://127.0.0.1:8880/v1", "price_per_million_characters": 1}, "unclear"),
    ],
)
def test_a_call_counts_as_paid_by_its_price_or_by_a_key_for_somebody_elses_server(
    options: dict[str, Any], policy: str
) -> None:
    engine = engine_of("openai", **options)
    assert engine._recorder.policy.paid == policy
    assert engine.terms.paid == (policy == "unclear")
    assert not isinstance(getattr(engine, "policy", None), StepPolicy)


def test_only_what_was_set_is_sent(say: Any) -> None:
    _, server, _ = say("elevenlabs")
    assert server.requests[0] == {"text": TEXT, "model_id": "eleven_multilingual_v2"}
    _, server, _ = say("elevenlabs", stability=0.5, speed=1.1, seed=7, tell_language=True)
    assert server.requests[0]["voice_settings"] == {"stability": 0.5, "speed": 1.1}
    assert (server.requests[0]["seed"], server.requests[0]["language_code"]) == (7, "en")
    _, server, _ = say("openai", instructions="Whisper.", speed=1.25)
    assert (server.requests[0]["instructions"], server.requests[0]["speed"]) == ("Whisper.", 1.25)


@pytest.mark.parametrize("name", BOTH)
def test_cancelling_ends_the_call(tmp_path: Path, name: str) -> None:
    async def run() -> None:
        async with serving(["slow=60"]) as server:
            engine = engine_of(name, server.base_url)
            with anyio.move_on_after(0.3) as scope:
                await PlainContext(FileAssets(tmp_path)).step(engine.speak, SENTENCE, "en")
            assert scope.cancelled_caught
            await engine.aclose()

    anyio.run(run)


@pytest.mark.parametrize("voice", ["a/b", "x?y=1", "../voices"])
def test_an_elevenlabs_voice_is_an_id_and_no_path(voice: str) -> None:
    with pytest.raises(ValueError, match="voice"):
        engine_of("elevenlabs", "http://h/v1", voice=voice)


def test_the_server_runs_as_a_program_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "reelforge.testing.speech_server", "--plan", '["silent"]']
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            engine = engine_of("openai", json.loads(program.stdout.readline())["base_url"])

            async def run() -> Utterance:
                try:
                    return await PlainContext(FileAssets(tmp_path)).step(engine.speak, SENTENCE, "en")
                finally:
                    await engine.aclose()

            assert anyio.run(run).samples > 0
        finally:
            program.terminate()
        assert json.loads(program.stdout.readline()) == {"calls": 2}


def test_every_fault_of_the_server_is_met_by_a_test() -> None:
    source = Path(__file__).read_text("utf-8")
    assert [fault for fault in FAULTS if f'"{fault}' not in source] == []
