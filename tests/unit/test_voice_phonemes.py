"""The espeak-ng helper: a program of its own, whose death or silence harms one request and no more."""

import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable

import anyio
import pytest

from reelforge.engines.voice.phonemes.client import EspeakProcess
from reelforge.engines.voice.phonemes.letters import with_letter_names
from reelforge.engines.voice.phonemes.mapping import share
from reelforge.errors import InputError, NeedsPersonError, TryLaterError


def with_helper(work: Callable[[EspeakProcess], Awaitable[None]], helper: EspeakProcess | None = None) -> None:
    async def main() -> None:
        process = helper or EspeakProcess()
        try:
            await work(process)
        finally:
            await process.aclose()

    anyio.run(main)


def test_words_that_espeak_joins_get_their_own_part() -> None:
    assert share(["wˈʌn", "ʌvðɪ", "ˈæpə^lz"], ["wˈʌn", "ˈʌv", "ðˈiː", "ˈæpə^lz"]) == ["wˈʌn", "ʌv", "ðɪ", "ˈæpə^lz"]


def test_a_word_that_espeak_parts_gets_all_its_parts() -> None:
    assert share(["fˈɔː^ɹ", "kˈe^ɪ", "vˈɪdɪˌo^ʊ"], ["fˈɔː^ɹkˈe^ɪ", "vˈɪdɪˌo^ʊ"]) == ["fˈɔː^ɹkˈe^ɪ", "vˈɪdɪˌo^ʊ"]


def test_a_word_that_the_sentence_swallowed_keeps_its_own_sound() -> None:
    assert share(["ðə", "mˈuːn"], ["ðə", "ˈɐ", "mˈuːn"]) == ["ðə", "ˈɐ", "mˈuːn"]


def test_stress_goes_with_the_word_it_stands_before() -> None:
    assert share(["hɐvˈɑːt"], ["hˈæv", "ˈɑːt"]) == ["hɐv", "ˈɑːt"]
    assert share(["bɪˈæt"], ["biː", "æt"]) == ["bɪ", "ˈæt"]


def test_no_words_give_no_phonemes() -> None:
    assert share([], []) == []


def test_letters_that_look_like_words_are_named() -> None:
    assert with_letter_names(["the", "F", "B", "I", "and", "I", "see", "A"], "en-us") == [
        "the",
        "F",
        "B",
        "eye",
        "and",
        "I",
        "see",
        "eigh",
    ]
    assert with_letter_names(["A", "I"], "de") == ["A", "I"]


def test_phonemes_follow_the_sentence_and_stay_one_for_each_word() -> None:
    async def work(helper: EspeakProcess) -> None:
        words = ["One", "of", "the", "apples", "in", "the", "sea", "have", "been", "read"]
        ipa = await helper.phonemes(words, [""] * 9 + ["."], "en-us")
        assert len(ipa) == len(words)
        assert ipa[2] == "ðɪ"
        assert ipa[5] == "ðə"
        assert ipa[9] == "ɹˈɛd"

    with_helper(work)


def test_speech_comes_with_the_places_and_times_of_its_words() -> None:
    async def work(helper: EspeakProcess) -> None:
        speech = await helper.speak("The Moon is leaving.", "en-us", 165, 50)
        assert speech.rate == 22050
        assert 0.5 < len(speech.pcm) / speech.rate < 3
        assert [(at, length) for at, length, _ in speech.words] == [(0, 3), (4, 4), (9, 2), (12, 7)]
        assert [sample for *_, sample in speech.words] == sorted(sample for *_, sample in speech.words)

    with_helper(work)


def test_a_region_without_a_voice_falls_back_to_its_language() -> None:
    async def work(helper: EspeakProcess) -> None:
        assert await helper.phonemes(["Tag"], ["."], "de-AT") == await helper.phonemes(["Tag"], ["."], "de")

    with_helper(work)


def test_an_unknown_voice_names_the_nearest() -> None:
    async def work(helper: EspeakProcess) -> None:
        with pytest.raises(InputError, match="Did you mean 'en-us'"):
            await helper.phonemes(["a"], ["."], "enus")

    with_helper(work)


def test_requests_of_many_tasks_each_get_their_own_answer() -> None:
    async def work(helper: EspeakProcess) -> None:
        answers: dict[str, tuple[str, ...]] = {}

        async def ask(word: str) -> None:
            answers[word] = await helper.phonemes([word], ["."], "en-us")

        async with anyio.create_task_group() as tasks:
            for word in ("moon", "sun", "earth"):
                tasks.start_soon(ask, word)
        assert answers == {"moon": ("mˈuːn",), "sun": ("sˈʌn",), "earth": ("ˈɜːθ",)}

    with_helper(work)


def test_a_killed_helper_fails_one_request_and_the_next_starts_another() -> None:
    async def work(helper: EspeakProcess) -> None:
        await helper.voices()
        assert helper._program._process is not None
        os.kill(helper._program._process.pid, signal.SIGKILL)
        with pytest.raises(TryLaterError, match="died"):
            await helper.voices()
        assert "en-us" in await helper.voices()

    with_helper(work)


def test_a_helper_that_says_nothing_is_stopped_in_time() -> None:
    async def work(helper: EspeakProcess) -> None:
        with pytest.raises(TryLaterError, match=r"did not answer within 0\.2 seconds"):
            await helper.voices()
        assert helper._program._process is None

    with_helper(work, EspeakProcess(timeout=0.2, command=["sleep", "60"]))


def test_what_a_dying_helper_complained_of_is_told() -> None:
    async def work(helper: EspeakProcess) -> None:
        with pytest.raises(TryLaterError, match="It said: no data here"):
            await helper.voices()

    with_helper(work, EspeakProcess(command=["sh", "-c", "echo no data here >&2; exit 3"]))


def test_a_flood_of_complaints_does_not_block_the_answer() -> None:
    flood = "read -r request; head -c 3000000 /dev/zero | tr '\\0' x >&2; echo '{\"voices\": [\"en\"]}'; sleep 60"

    async def work(helper: EspeakProcess) -> None:
        assert await helper.voices() == ("en",)

    with_helper(work, EspeakProcess(command=["sh", "-c", flood]))


def test_a_library_that_cannot_load_needs_a_person() -> None:
    answer = 'read -r request; echo \'{"error": "library", "message": "no such file"}\''

    async def work(helper: EspeakProcess) -> None:
        with pytest.raises(NeedsPersonError, match="could not be loaded: no such file"):
            await helper.voices()

    with_helper(work, EspeakProcess(command=["sh", "-c", answer]))


def test_a_cancelled_request_leaves_no_stale_answer_behind() -> None:
    async def work(helper: EspeakProcess) -> None:
        await helper.voices()
        with anyio.CancelScope() as scope:
            scope.cancel()
            await helper.voices()
        assert await helper.phonemes(["moon"], ["."], "en-us") == ("mˈuːn",)

    with_helper(work)


def test_the_gpl_library_is_never_loaded_into_our_process() -> None:
    program = (
        "import sys, reelforge.engines.voice.kokoro, reelforge.engines.voice.espeak;"
        "print([name for name in sys.modules if 'espeakng' in name or name.endswith('phonemes.library')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_helper_ends_when_its_owner_is_gone() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reelforge.engines.voice.phonemes"], stdin=subprocess.DEVNULL, timeout=30, check=False
    )
    assert done.returncode == 0
