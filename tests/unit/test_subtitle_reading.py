from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelforge.domain.cues import Word
from reelforge.domain.subtitle_reading import read_srt, read_vtt, read_words_json, words_of
from reelforge.domain.subtitles import Subtitle, srt, vtt, word_subtitles, words_json
from reelforge.errors import InputError

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)


@st.composite
def subtitles(draw: st.DrawFn) -> tuple[Subtitle, ...]:
    found, at = [], 0
    for lines in draw(st.lists(st.lists(TEXT, min_size=1, max_size=2), min_size=1, max_size=8)):
        start = at + draw(st.integers(0, 4_000_000))
        at = start + draw(st.integers(1, 9_000))
        found.append(Subtitle(start=start, end=at, lines=tuple(lines)))
    return tuple(found)


@st.composite
def spoken(draw: st.DrawFn) -> tuple[Word, ...]:
    found, at = [], 0
    for text in draw(st.lists(TEXT, min_size=1, max_size=20)):
        start = at + draw(st.integers(0, 90_000))
        at = start + draw(st.integers(0, 48_000))
        source = draw(st.sampled_from(["native", "aligned", "energy", "estimate", "person"]))
        found.append(
            Word(text=text, start=start, end=at, confidence=draw(st.sampled_from([0.0, 0.5, 1.0])), source=source)
        )
    return tuple(found)


@given(subtitles())
@settings(max_examples=150, deadline=None)
def test_what_vtt_says_comes_back_whatever_its_characters(items: tuple[Subtitle, ...]) -> None:
    assert read_vtt(vtt(items)) == items


@given(subtitles())
@settings(max_examples=150, deadline=None)
def test_what_srt_says_comes_back_but_for_what_looks_like_markup(items: tuple[Subtitle, ...]) -> None:
    plain = tuple(
        item.model_copy(
            update={"lines": tuple("".join(c for c in line if c not in "<>{}&") or "x" for line in item.lines)}
        )
        for item in items
    )
    assert read_srt(srt(plain)) == plain


@given(spoken())
@settings(max_examples=150, deadline=None)
def test_words_come_back_from_json_to_the_sample(words: tuple[Word, ...]) -> None:
    assert read_words_json(words_json(words)) == words


@given(spoken())
@settings(max_examples=100, deadline=None)
def test_a_subtitle_a_word_keeps_every_words_start_to_a_millisecond_where_there_is_room(
    words: tuple[Word, ...],
) -> None:
    items = read_vtt(vtt(word_subtitles(words)))
    assert [item.lines[0] for item in items] == [word.text for word in words]
    assert all(one.end <= other.start for one, other in pairwise(items))
    for item, word, before in zip(items[1:], words[1:], words, strict=False):
        if word.start - before.start > 96_000:
            assert abs(item.start - word.start / 48) <= 1


def test_what_editors_write_is_understood() -> None:
    lines = [
        "0:01.5 --> 0:02,25 align:start",
        "<i>The</i> {\\an8}Moon &amp; us",
        "2",
        "1:00:00.0 --> 1:00:01.000",
        "- yes",
    ]
    loose = "\ufeff" + "\r\n".join([*lines, ""])
    assert read_srt(loose) == (
        Subtitle(start=1_500, end=2_250, lines=("The Moon & us",)),
        Subtitle(start=3_600_000, end=3_601_000, lines=("- yes",)),
    )


def test_headers_notes_styles_and_names_of_vtt_are_passed_over() -> None:
    head = "WEBVTT - made by hand\nKind: captions\n\nNOTE\nnot shown\n\nSTYLE\n::cue {}\n\n"
    text = f"{head}first\n00:01.000 --> 00:02.000\nMoon\n"
    assert read_vtt(text) == (Subtitle(start=1_000, end=2_000, lines=("Moon",)),)


def test_a_number_that_is_said_is_not_taken_for_a_subtitles_own() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\n1969\n\n2\n00:00:02,000 --> 00:00:03,000\n400\n"
    assert [item.lines for item in read_srt(text)] == [("1969",), ("400",)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "it.srt has no subtitles."),
        ("\n\nhello\nworld\n", "it.srt, line 3: here should be a subtitle's times, not “hello”."),
        ("1\n00:00:01,000 --> soon\nMoon\n", "it.srt, line 2: “00:00:01,000 --> soon” are no times."),
        ("1\n00:00:02,000 --> 00:00:01,000\nMoon\n", "it.srt, line 2: it ends before it starts, or at once."),
        ("1\n00:61:02,000 --> 00:62:01,000\nMoon\n", "it.srt, line 2: minutes and seconds go up to 59."),
        ("1\n00:00:01,000 --> 00:00:02,000\n\n", "it.srt, line 2: this subtitle has no text."),
        (
            "1\n00:00:01,000 --> 00:00:03,000\na\n\n2\n00:00:02,000 --> 00:00:04,000\nb\n",
            "it.srt, line 6: this subtitle starts before the one in front of it ends.",
        ),
    ],
)
def test_what_is_no_srt_is_told_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(InputError) as raised:
        read_srt(text, "it.srt")
    assert raised.value.message == sentence
    assert raised.value.remedy


def test_a_vtt_file_without_its_first_line_is_refused() -> None:
    with pytest.raises(InputError, match="line 1: a WebVTT file begins with WEBVTT"):
        read_vtt("00:01.000 --> 00:02.000\nMoon\n")


def test_a_cue_right_below_webvtt_is_not_lost() -> None:
    assert read_vtt("WEBVTT\n00:01.000 --> 00:02.000\nMoon\n")[0].lines == ("Moon",)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ('{"words": [\n{"text": ]}', "it.json, line 2: this is not JSON"),
        ("[]", "there is no list of words"),
        ('{"words": []}', "it.json has no words."),
        ('{"words": [3]}', "it.json, word 1 is not an object."),
        ('{"words": [{"text": "a", "start": 1, "end": 2, "ned": 3}]}', "word 1: 'ned' is nothing a word has."),
        ('{"words": [{"text": " ", "start": 1, "end": 2}]}', "word 1: its text is missing."),
        ('{"words": [{"text": "a b", "start": 1, "end": 2}]}', "word 1: 'a b' are several words."),
        ('{"words": [{"text": "a", "start": -1, "end": 2}]}', "word 1: its start is no number of seconds"),
        ('{"words": [{"text": "a", "start": 1, "end": true}]}', "word 1: its end is no number of seconds"),
        ('{"words": [{"text": "a", "start": 2, "end": 1}]}', "word 1: it ends at 1 s, before it starts at 2 s."),
        ('{"words": [{"text": "a", "start": 1, "end": 2, "source": "me"}]}', "word 1: its source is not one"),
        (
            '{"words": [{"text": "a", "start": 1, "end": 2}, {"text": "b", "start": 0, "end": 2}]}',
            "word 2: 'b' starts before the word in front of it.",
        ),
    ],
)
def test_wrong_words_are_told_with_their_place(document: str, sentence: str) -> None:
    with pytest.raises(InputError) as raised:
        read_words_json(document, "it.json")
    assert sentence in raised.value.message


def test_words_that_a_person_wrote_are_a_persons() -> None:
    (word,) = read_words_json('{"words": [{"text": "Moon", "start": 0.5, "end": 1}]}')
    assert (word.start, word.end, word.confidence, word.source) == (24_000, 48_000, 1.0, "person")


def test_a_subtitles_time_is_shared_among_its_words_by_their_length() -> None:
    words = words_of((Subtitle(start=1_000, end=2_000, lines=("a bcdefg", "hij")),))
    assert [word.text for word in words] == ["a", "bcdefg", "hij"]
    assert words[0].start == 48_000
    assert words[-1].end == 96_000
    lengths = [word.end - word.start for word in words]
    assert lengths[1] > lengths[2] > lengths[0]


def test_json_of_words_has_a_line_for_each() -> None:
    words = [Word(text=text, start=0, end=24_000, confidence=0.9, source="aligned") for text in ("The", "月球")]
    written = words_json(words)
    assert len(written.splitlines()) == 4
    assert json.loads(written)["words"][1]["text"] == "月球"
