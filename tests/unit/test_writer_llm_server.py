"""The shipped language model server: a program of its own that anyone can try the command line against."""

import json
import subprocess
import sys
import urllib.request

import pytest

from reelforge.engines.writer import Brief
from reelforge.engines.writer.prompt import first_messages
from reelforge.engines.writer.schema import read_answer
from reelforge.testing.llm_server import FAULTS, canned_script, check_plan


@pytest.mark.parametrize("seconds", [(10, 15), (30, 60), (60, 120), (150, 180)])
@pytest.mark.parametrize("pace", [120, 165, 240])
def test_its_canned_script_suits_whatever_lengths_are_asked_for(seconds: tuple[int, int], pace: int) -> None:
    brief = Brief(seconds=seconds, words_per_minute=pace)
    written = read_answer(json.dumps(canned_script(first_messages("the tides", brief)[1].content)), brief)
    assert "the tides" in written.scenes[0].narration


def test_a_plan_with_an_unknown_fault_is_refused_with_those_there_are() -> None:
    assert check_plan(["valid", "rate_limited=2"]) == ["valid", "rate_limited=2"]
    with pytest.raises(ValueError, match="bad_json") as caught:
        check_plan(["bad_jsn"])
    assert all(fault in str(caught.value) for fault in FAULTS)


def test_the_program_says_where_it_listens_answers_and_ends_when_told() -> None:
    command = [sys.executable, "-m", "reelforge.testing.llm_server", "--plan", '["document"]']
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as program:
        try:
            assert program.stdout is not None
            address = json.loads(program.stdout.readline())["base_url"]
            body = json.dumps({"messages": [{"role": "user", "content": "Topic: tides\nScenes: 4"}]}).encode()
            request = urllib.request.Request(f"{address}/chat/completions", body, {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=20) as answer:
                content = json.load(answer)["choices"][0]["message"]["content"]
            assert len(json.loads(content)["scenes"]) == 4
            program.terminate()
            assert json.loads(program.stdout.readline()) == {"calls": 1}
            assert program.wait(20) == 0
        finally:
            program.kill()
