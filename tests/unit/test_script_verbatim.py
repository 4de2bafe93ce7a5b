"""Scripts as a person writes them: what is understood, and what is refused with file, line and remedy."""

import re
from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelforge.domain.job import Order
from reelforge.domain.pacing import seconds_per_scene, speaking_seconds
from reelforge.domain.script import Script
from reelforge.engines.writer import Brief
from reelforge.engines.writer.verbatim import Engine, Options, front_matter_channel, read_script, read_text
from reelforge.errors import InputError
from reelforge.jobs.plain import PlainContext
from reelforge.resources import folder
from reelforge.store.assets import FileAssets

BRIEF = Brief(hashtags=("own",))


def read(text: str, path: Path | None = None, **changes: object) -> Script:
    return read_script(text, path, BRIEF.model_copy(update=changes))


def refused(text: str, path: Path | None = None) -> str:
    with pytest.raises(InputError) as caught:
        read(text, path)
    return str(caught.value)


def narrations(text: str, **changes: object) -> list[str]:
    return [scene.narration for scene in read(text, **changes).scenes]


def test_the_demo_script_is_understood_to_the_letter() -> None:
    path = folder("demo") / "script.md"
    script = read(read_text(path), path)
    assert script.title == "The Moon is leaving us"
    assert script.hook == "The Moon is leaving us."
    assert script.hashtags == ("space", "moon", "astronomy", "science", "eclipse")
    assert len(script.scenes) == 10
    assert script.scenes[6].card == "22-hour days"
    assert script.scenes[4].narration == "The culprit is the tide. Our oceans tug the Moon into a wider orbit."
    assert all(scene.picture and Path(scene.picture).is_file() for scene in script.scenes)


def test_the_front_matter_names_a_channel_for_the_command_line() -> None:
    assert front_matter_channel("---\nchannel: tech_explained\n---\nHi.") == "tech_explained"
    assert front_matter_channel("Just words.") is None


@pytest.mark.parametrize(
    "written",
    ["[moon, tides]", "moon, tides", "#moon #tides", "#moon, #tides", '["moon", "tides"]', "\n- moon\n- '#tides'"],
)
def test_hashtags_may_be_written_in_any_usual_way(written: str) -> None:
    assert read(f"---\nhashtags: {written}\n---\nThe tide.").hashtags == ("moon", "tides")


def test_what_the_front_matter_leaves_out_is_taken_from_the_text_and_the_channel() -> None:
    script = read("The Moon is leaving us. It goes slowly.", language="de")
    assert (script.title, script.hook) == ("The Moon is leaving us", "The Moon is leaving us.")
    assert (script.hashtags, script.language) == (("own",), "de")


def test_a_first_heading_is_the_title_and_every_later_one_the_card_of_the_scene_below_it() -> None:
    script = read("# The tide\n\nWater rises.\n\n## Later\n\nWater falls.")
    assert script.title == "The tide"
    assert [(scene.narration, scene.card) for scene in script.scenes] == [
        ("Water rises.", ""),
        ("Water falls.", "Later"),
    ]


def test_a_heading_after_the_first_words_is_a_card_even_where_nothing_gives_a_title() -> None:
    script = read("Water rises.\n\n# Part two\nWater falls.")
    assert (script.title, script.scenes[1].card) == ("Water rises", "Part two")


def test_a_first_heading_is_a_card_where_the_front_matter_has_another_title() -> None:
    assert read("---\ntitle: The tide\n---\n# Part one\n\nWater rises.").scenes[0].card == "Part one"
    assert read("---\ntitle: The tide\n---\n# The Tide\n\nWater rises.").scenes[0].card == ""


def test_a_long_paragraph_that_is_cut_shows_its_heading_once() -> None:
    cards = [scene.card for scene in read(f"Short.\n\n# Part two\n\n{'The tide rises twice a day. ' * 12}").scenes]
    assert len(cards) > 2
    assert cards == ["", "Part two", *("" for _ in cards[2:])]


def test_a_long_first_sentence_becomes_a_hook_that_can_be_read_at_a_glance() -> None:
    hook = read("Nobody who ever stood on that cold shore at night believed the sea could vanish.").hook
    assert hook == "Nobody who ever stood on…"
    assert read("Four hundred million years ago, a day lasted under twenty-two hours in all.").hook == (
        "Four hundred million years ago"
    )


@pytest.mark.parametrize(
    ("marked", "spoken"),
    [
        ("It is **very** *far* away.", "It is very far away."),
        ("It is __very__ _far_ ~~near~~ away.", "It is very far near away."),
        ("See [the Moon](https://example.org/moon) rise.", "See the Moon rise."),
        ("Type `make demo` now.", "Type make demo now."),
        ("Two * three * four and snake_case_names stay.", "Two * three * four and snake_case_names stay."),
        ("> A quote\n> of two lines.", "A quote of two lines."),
        ("- apples\n- pears!\n- plums", "apples. pears! plums."),
        ("Take these\n1. salt\n2) pepper", "Take these. salt. pepper."),
        (r"Five \* stars \#1", "Five * stars #1"),
        ("Salt &amp; pepper <b>now</b>.", "Salt & pepper now."),
        ("In 1969. That was it.", "In 1969. That was it."),
        ("***Both*** at once.", "Both at once."),
    ],
)
def test_markdown_marks_are_not_spoken(marked: str, spoken: str) -> None:
    assert narrations(f"{marked}\n\nEnd.")[0] == spoken


@pytest.mark.parametrize(
    "text",
    ["Go! 🚀 Now rest.", "القمر يبتعد عنا كل عام. هل تعلم ذلك؟", "月亮正在离开我们。每年远离一点！", "Ça coûte 5 €."],
)
def test_any_script_of_the_world_passes_through_unharmed(text: str) -> None:
    assert "".join(narrations(text)).replace(" ", "") == text.replace(" ", "")


def test_chinese_without_spaces_is_cut_after_its_own_marks() -> None:
    scenes = narrations(
        "月亮正在离开我们，每年都更远一点点。阿波罗号宇航员在月球上留下了镜子！科学家用激光照射它们？是的，真的。"
    )
    assert len(scenes) > 1
    assert all(scene.endswith(("。", "！", "？")) for scene in scenes)


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    file = tmp_path / "script.txt"
    file.write_bytes(b"\xef\xbb\xbf---\r\ntitle: Tide\r\n---\r\nOne.\r\n\r\nTwo.\r\n")
    script = read(read_text(file), file)
    assert (script.title, [scene.narration for scene in script.scenes]) == ("Tide", ["One.", "Two."])


def test_a_text_in_one_block_becomes_scenes_of_the_paces_length() -> None:
    sentence = "The tide rises twice a day and falls again."
    scenes = narrations(" ".join([sentence] * 12))
    assert 10 <= len(scenes) <= 13
    for pace in (140, 250):
        lengths = [
            speaking_seconds(scene, pace) for scene in narrations(" ".join([sentence] * 12), words_per_minute=pace)
        ]
        assert all(length < 2 * seconds_per_scene(pace) for length in lengths)


def test_a_sentence_as_long_as_several_scenes_is_cut_at_a_clause() -> None:
    text = (
        "When the Moon pulls on the oceans of the turning Earth, the water piles up a little ahead of it; that bulge"
        " then pulls the Moon forward along its path, and so it climbs."
    )
    scenes = narrations(text)
    assert len(scenes) >= 2
    assert " ".join(scenes) == text


def test_directed_paragraphs_stay_whole_however_long(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    text = f"{'Long words go on. ' * 20}<!-- picture: a.jpg -->\n\nShort."
    assert len(read(text, tmp_path / "s.md").scenes) == 2


@given(
    st.lists(
        st.text(alphabet="abc déf.!?,;", min_size=1, max_size=120).filter(lambda t: any(map(str.isalnum, t))),
        max_size=8,
    )
)
def test_no_spoken_word_is_lost_added_or_moved(paragraphs: list[str]) -> None:
    text = "\n\n".join(paragraphs)
    if paragraphs:
        assert " ".join(narrations(text)).split() == text.split()


@pytest.mark.parametrize(
    ("comment", "card", "visual"),
    [
        ("card: One, two, three", "One, two, three", ""),
        ("card: Big tide, visual: a shore, at dawn, in fog", "Big tide", "a shore, at dawn, in fog"),
        ('card: "Wow, visual: no", visual: a shore', "Wow, visual: no", "a shore"),
        ("visual: a clock at 12:30, bright", "", "a clock at 12:30, bright"),
        ("card: Two\n  lines", "Two lines", ""),
    ],
)
def test_a_comment_directs_its_paragraph_and_its_texts_may_hold_commas(comment: str, card: str, visual: str) -> None:
    scene = read(f"The tide.<!-- {comment} -->\n\nEnd.").scenes[0]
    assert (scene.narration, scene.card, scene.visual) == ("The tide.", card, visual)


def test_a_comment_that_directs_nothing_is_left_out() -> None:
    assert narrations("One. <!-- ask Ann about this -->\n\nTwo.") == ["One.", "Two."]


def test_a_markdown_image_names_a_picture(tmp_path: Path) -> None:
    (tmp_path / "sea.png").write_bytes(b"x")
    scene = read("The sea.\n![a calm sea](sea.png)\n\nEnd.", tmp_path / "s.md").scenes[0]
    assert (scene.narration, scene.visual, scene.picture) == ("The sea.", "a calm sea", str(tmp_path / "sea.png"))


def test_a_missing_picture_is_refused_with_script_line_path_and_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "moon_full.jpg").write_bytes(b"x")
    said = refused("---\ntitle: T\n---\n\nOne.\n\nTwo. <!-- picture: moon_ful.jpg -->", tmp_path / "script.md")
    assert f"{tmp_path / 'script.md'}, line 7" in said
    assert str(tmp_path / "moon_ful.jpg") in said
    assert "Did you mean moon_full.jpg?" in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "empty"),
        (" \n\n", "empty"),
        ("---\ntitle: T\n---\n", "empty"),
        ("# Only a heading", "empty"),
        ("One.\n\n🚀🚀", "line 3: '🚀🚀' has no word"),
        ("One. <!-- card: a b c d e f -->", "line 1: the card 'a b c d e f' has 6 words"),
        (
            "---\nhook: a b c d e f\n---\nOne.",
            "line 2: the hook 'a b c d e f' has 6 words. A hook has at most 5 words.",
        ),
        ("One.\n\n# a b c d e f\n\nTwo.", "line 3: the heading 'a b c d e f' has 6 words"),
        ("One.\n\n# Part two\n\nTwo. <!-- card: x -->", "line 3: the heading 'Part two' and the card 'x'"),
        ("One.\n\n# Part two", "line 3: the heading 'Part two' has no text below it"),
        ("One.\n\n# Part two\n\n## Why\n\nTwo.", "line 3: the heading 'Part two' has no text below it"),
        ("One.\n\nTwo. <!-- pictur: a.jpg -->", "line 3: a comment cannot direct 'pictur'. Did you mean 'picture'?"),
        ("One. <!-- card: x, date: y -->", "cannot direct 'date'"),
        ("One. <!-- card: x, card: y -->", "'card' is given twice"),
        ("One. <!-- card: -->", "'card' is empty"),
        ('One. <!-- card: "x -->', "never closed"),
        ("One.\n\nTwo <!-- card: x", "line 3: a comment begins and never ends"),
        ("One <!-- card: x --> goes on.", "stands in the middle"),
        ("One.\n\n<!-- card: x -->", "directs a scene that says nothing"),
        ("One. <!-- picture: a.jpg -->", "no folder to be looked for in"),
        ("One. <!-- picture: https://example.org/a.jpg -->", "is a web address"),
        ("---\ntitle: T\nOne.", "line 1: the front matter begins with --- and never ends"),
        ("---\ntitel: T\n---\nOne.", "line 2: there is no 'titel' in the front matter. Did you mean 'title'?"),
        ("---\ntitle: a\ntitle: b\n---\nOne.", "line 3: 'title' is given twice"),
        ("---\njust words\n---\nOne.", "line 2: 'just words' is not front matter"),
        ('---\ntitle: "T\n---\nOne.', "never closed"),
        ("---\ndescription: |\n  x\n---\nOne.", "several lines"),
        ("---\nhashtags: [a, b\n---\nOne.", "never closed"),
        ("---\nhashtags: [a b]\n---\nOne.", "'a b' is not a hashtag"),
        ("---\nlanguage: English please\n---\nOne.", "is not a language"),
        ("One.\x00", "NUL bytes"),
    ],
)
def test_a_mistake_is_refused_in_one_sentence_that_says_where(text: str, expected: str) -> None:
    said = refused(text)
    assert expected in said
    assert "\n" not in said


def test_ten_thousand_words_are_refused_and_told_how_long_they_would_be() -> None:
    said = refused("The tide is high today. " * 2_000)
    assert "10,000 words" in said
    assert "61 minutes" in said
    assert "15 minutes" in said


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("Café.".encode("latin-1"), "line 1: the text is not UTF-8"),
        (b"One.\nTwo.\n\xff", "line 3: the text is not UTF-8"),
        ("One.".encode("utf-16"), "UTF-16"),
        (b"\x89PNG\x00\x00", "NUL bytes"),
    ],
)
def test_a_file_that_is_no_utf8_text_is_refused(tmp_path: Path, data: bytes, expected: str) -> None:
    file = tmp_path / "s.txt"
    file.write_bytes(data)
    with pytest.raises(InputError, match=re.escape(expected)):
        read_text(file)


def test_a_script_that_is_not_there_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "script.md").touch()
    with pytest.raises(InputError, match=r"Did you mean script\.md"):
        read_text(tmp_path / "scrip.md")
    with pytest.raises(InputError, match="is not a file"):
        read_text(tmp_path)


def test_the_engine_takes_an_orders_text_or_reads_its_file(tmp_path: Path) -> None:
    file = tmp_path / "s.txt"
    file.write_text("From the file.")
    engine, context = Engine(Options()), PlainContext(FileAssets(tmp_path / "assets"))

    async def write(**order: str) -> str:
        return (await engine.write(context, Order(channel="c", **order), BRIEF)).scenes[0].narration

    assert anyio.run(lambda: write(text="From the order.", text_path=str(file))) == "From the order."
    assert anyio.run(lambda: write(text_path=str(file))) == "From the file."
    with pytest.raises(InputError, match="none was given"):
        anyio.run(lambda: write(topic="tides"))
