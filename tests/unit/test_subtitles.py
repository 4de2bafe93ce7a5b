from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from reelforge.domain.captions import group
from reelforge.domain.cues import Word
from reelforge.domain.subtitles import from_cues, srt, subtitles, vtt
from reelforge.domain.timeline import Rate


def spoken(text: str, each: int = 14_400) -> list[Word]:
    return [
        Word(text=token, start=n * each, end=(n + 1) * each, confidence=1, source="native")
        for n, token in enumerate(text.split())
    ]


TEXT = (
    "The Moon is leaving us. Every single year it slips 3.8 centimetres farther away, and the Earth pays for it with "
    "its spin, so our days grow longer and longer until nobody can remember how short they were."
)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 40_000),
            st.integers(0, 90_000),
            st.sampled_from(["Moon", "away.", "well,", "x" * 60, "月球。"]),
        ),
        max_size=60,
    ),
    st.integers(10, 60),
)
@settings(max_examples=150, deadline=None)
def test_subtitles_never_overlap_and_say_every_word_once(steps: list[tuple[int, int, str]], width: int) -> None:
    words, at = [], 0
    for gap, length, text in steps:
        words.append(Word(text=text, start=at + gap, end=at + gap + length, confidence=1, source="native"))
        at += gap + length
    found = subtitles(words, max_line=width)
    assert all(item.start < item.end for item in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    said = "".join("".join(item.lines) for item in found).replace(" ", "")
    assert said == "".join(word.text for word in words)


def test_lines_are_at_most_42_columns_and_two() -> None:
    for item in subtitles(spoken(TEXT)):
        assert len(item.lines) <= 2
        assert max(map(len, item.lines)) <= 42


def test_a_sentence_has_a_subtitle_of_its_own() -> None:
    assert subtitles(spoken(TEXT))[0].lines == ("The Moon is leaving us.",)


def test_srt_is_numbered_with_commas_in_its_times() -> None:
    words = [Word(text="Moon.", start=48_024, end=96_000, confidence=1, source="native")]
    assert srt(subtitles(words)) == "1\n00:00:01,001 --> 00:00:02,400\nMoon.\n"


def test_a_subtitle_starts_with_its_first_word_however_close_the_one_before() -> None:
    assert [item.start for item in subtitles(spoken("Why? Because. Yes."))] == [0, 300, 600]


def test_times_are_rounded_to_the_nearest_millisecond() -> None:
    for sample, shown in (
        (23, "00:00:00,000"),
        (24, "00:00:00,001"),
        (72, "00:00:00,002"),
        (48_000 * 3_661, "01:01:01,000"),
    ):
        words = [Word(text="x", start=sample, end=sample + 48_000, confidence=1, source="native")]
        assert srt(subtitles(words)).splitlines()[1].startswith(shown)


def test_vtt_escapes_what_would_be_markup() -> None:
    made = vtt(subtitles(spoken("a <b> & c --> d.")))
    assert made.startswith("WEBVTT\n\n")
    assert "a &lt;b&gt; &amp; c --&gt; d." in made
    assert len(re.findall(r"^\d\d:\d\d:\d\d\.\d{3} --> ", made, re.MULTILINE)) == 1


def test_an_arrow_in_the_text_cannot_pass_for_a_time_in_srt() -> None:
    assert "-->" not in srt(subtitles(spoken("from --> to."))).splitlines()[2]


def test_the_last_subtitle_ends_with_the_video() -> None:
    assert subtitles(spoken("The end."), length=30_000)[-1].end == 625


def test_cues_become_subtitles_at_their_frames() -> None:
    cues = group(spoken("The Moon is leaving us."), Rate())
    found = from_cues(cues, Rate())
    assert [item.start for item in found] == [round(cue.first * 1_000 / 30) for cue in cues]
    assert " ".join(line for item in found for line in item.lines) == "The Moon is leaving us."


def test_nothing_said_is_an_empty_file() -> None:
    assert srt(()) == ""
    assert vtt(()) == "WEBVTT\n"


def test_a_subtitle_never_joins_words_of_two_scenes() -> None:
    words = spoken("He comes at 5:30 p.m. Dr. Smith does")
    assert subtitles(words)[0].lines == ("He comes at 5:30 p.m. Dr. Smith does",)
    assert [item.lines for item in subtitles(words, scenes=(0, 5))] == [("He comes at 5:30 p.m.",), ("Dr. Smith does",)]


def test_a_word_before_one_too_wide_for_a_line_does_not_flash_by() -> None:
    wide = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"
    (item,) = subtitles(spoken(f"Die {wide}", each=4_608))
    assert item.lines == ("Die", wide)
