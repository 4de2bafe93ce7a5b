"""What a language model may answer: what is taken out of its prose, and what is sent back with which fault."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelforge.engines.writer import Brief
from reelforge.engines.writer.prompt import first_messages, repair_messages
from reelforge.engines.writer.schema import AnswerError, answer_schema, extract, measure, read_answer, to_script
from reelforge.testing.llm_server import canned_script

BRIEF = Brief(hashtags=("own",))


def answer(**changes: Any) -> dict[str, Any]:
    return {**canned_script(first_messages("the tides", BRIEF)[1].content), **changes}


def faults(**changes: Any) -> str:
    with pytest.raises(AnswerError) as caught:
        read_answer(json.dumps(answer(**changes)), BRIEF)
    return str(caught.value)


def scenes(number: int = 0, **changes: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = answer()["scenes"]
    found[number].update(changes)
    return found


@pytest.mark.parametrize(
    "around",
    [
        "%s",
        "\ufeff%s\n",
        "```json\n%s\n```",
        "Here you are:\n```\n%s\n```\nEnjoy!",
        "<think>What about {this}?</think>\n%s",
        "I weighed {two options} and chose:\n%s\nDone {really}.",
        '{"note": "draft"}\n%s',
    ],
)
def test_the_object_is_found_in_whatever_stands_around_it(around: str) -> None:
    assert extract(around.replace("%s", json.dumps(answer()))) == answer()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty"),
        ("<think>I never stop thinking", "empty"),
        ("Sorry, I cannot.", "no valid JSON object with scenes"),
        ('{"title": "x",}', "no valid JSON object with scenes"),
        ('{"title": NaN}', "NaN"),
        ("[" * 20_000 + "{" * 200_000, "no valid JSON object with scenes"),
    ],
)
def test_what_holds_no_json_is_told_so(text: str, fault: str) -> None:
    with pytest.raises(AnswerError, match=fault):
        extract(text)


@given(st.text(alphabet='{}[]":,\\ax1 \n', max_size=200))
def test_no_answer_breaks_the_reader(text: str) -> None:
    with pytest.raises(AnswerError) as caught:
        read_answer(text, BRIEF)
    assert caught.value.problems


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"title": "x" * 101}, "title: must have 1 to 100"),
        ({"hook": "one two three four five six seven eight nine"}, "hook: has 9 words"),
        ({"hook": ""}, "hook: has 0 words"),
        ({"description": " "}, "description: is empty"),
        ({"scenes": []}, "scenes: there are 0"),
        ({"scenes": scenes(card="one two three four five six")}, "scenes.0.card: has 6 words"),
        ({"scenes": scenes(narration="[music] Hello")}, "stage direction"),
        ({"scenes": scenes(narration="…")}, "scenes.0.narration: says nothing"),
        ({"scenes": scenes(visual="")}, "scenes.0.visual: is empty"),
        ({"scenes": scenes(narration="word " * 200)}, "shorten it to about 124 words"),
        ({"scenes": [{**scene, "narration": "One."} for scene in scenes()]}, "lengthen it"),
        ({"mood": "happy"}, "mood: Extra inputs are not permitted"),
        ({"hashtags": "a b"}, "hashtags: "),
        ({"title": None}, "title: "),
    ],
)
def test_a_fault_is_named_with_its_place_and_what_is_allowed(changes: dict[str, Any], fault: str) -> None:
    assert fault in faults(**changes)


def test_a_good_answer_becomes_a_script_without_marks_and_with_the_channels_hashtags_first() -> None:
    written = answer(hashtags=["#Tide Pools", "own", "tidepools"], scenes=scenes(narration="The **tide** rises here."))
    script = to_script(read_answer(json.dumps(written), BRIEF), BRIEF)
    assert script.hashtags == ("own", "TidePools")
    assert script.scenes[0].narration == "The tide rises here."


def test_the_schema_is_of_the_dialect_strict_servers_take() -> None:
    def visit(part: Any) -> None:
        if isinstance(part, dict):
            assert not {"minLength", "maxLength", "minItems", "pattern", "default"} & part.keys()
            if part.get("type") == "object":
                assert part["required"] == list(part["properties"])
                assert part["additionalProperties"] is False
            for value in part.values():
                visit(value)

    visit(answer_schema())


def test_more_seconds_and_quicker_speech_ask_for_more_scenes() -> None:
    short, long = (measure(Brief(seconds=seconds)) for seconds in ((20, 30), (60, 90)))
    assert long.scenes > short.scenes
    assert measure(Brief(words_per_minute=230)).scenes > measure(Brief(words_per_minute=140)).scenes
    assert measure(Brief(seconds=(30, 60), words_per_minute=165)).words == 124


def test_the_question_holds_topic_language_lengths_and_the_schema() -> None:
    system, user = first_messages("the tides", Brief(language="de", about="the sea", tone="calm"))
    assert json.dumps(answer_schema(), separators=(",", ":")) in system.content
    for part in ("Topic: the tides", "Language: de", "the sea", "calm", "Scenes: 11"):
        assert part in user.content


def test_a_repair_quotes_the_answer_and_its_faults_and_does_not_grow() -> None:
    asked = first_messages("the tides", BRIEF)
    once = repair_messages(asked, "bad", ["fault one."])
    twice = repair_messages(asked, "worse", ["fault two."])
    assert [message.role for message in once] == ["system", "user", "assistant", "user"]
    assert "fault one." in once[3].content
    assert "bad" in once[2].content
    assert len(twice) == len(once)
