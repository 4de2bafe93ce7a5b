"""Sentences: where one ends, and where a dot is only a dot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelforge.domain.sentences import sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Moon is leaving us.", ["The Moon is leaving us."]),
        ("The culprit is the tide. Our oceans tug it.", ["The culprit is the tide.", "Our oceans tug it."]),
        ("Dr. Smith met Mrs. Jones. They talked.", ["Dr. Smith met Mrs. Jones.", "They talked."]),
        ("It slips 3.8 centimetres. Every year.", ["It slips 3.8 centimetres.", "Every year."]),
        ("Planets, e.g. Mars, spin. So do moons.", ["Planets, e.g. Mars, spin.", "So do moons."]),
        ("He moved to the U.S. He stayed.", ["He moved to the U.S.", "He stayed."]),
        ("The U.S. Army came.", ["The U.S. Army came."]),
        ("J. K. Rowling wrote it. We read it.", ["J. K. Rowling wrote it.", "We read it."]),
        ("Wake at 6 a.m. and run.", ["Wake at 6 a.m. and run."]),
        ("We met at 6 a.m. The sun rose.", ["We met at 6 a.m.", "The sun rose."]),
        ("“Why?” he asked. “Because!” she said.", ["“Why?” he asked.", "“Because!” she said."]),
        ("Wait... what? Yes!", ["Wait... what?", "Yes!"]),
        ("It waited… Then it fell.", ["It waited…", "Then it fell."]),
        ("Go! 🚀 Now rest. 🌙", ["Go! 🚀", "Now rest. 🌙"]),
        ("🌙 The Moon.", ["🌙 The Moon."]),
        ("1. Open the box. 2. Look.", ["1. Open the box.", "2. Look."]),
        ("No. 5 is alive. No. It is not.", ["No. 5 is alive.", "No.", "It is not."]),
        ("Cats, dogs, etc. They live.", ["Cats, dogs, etc.", "They live."]),
        ("A heading\n\nA paragraph without an end", ["A heading", "A paragraph without an end"]),
        ("In 600 million years, there won't be any.", ["In 600 million years, there won't be any."]),
        ("Yahoo! is a name.", ["Yahoo! is a name."]),
        ("   ", []),
        ("🚀 🚀", ["🚀 🚀"]),
    ],
)
def test_a_sentence_ends_where_a_reader_would_end_it(text: str, expected: list[str]) -> None:
    assert list(sentences(text)) == expected


@given(st.text(alphabet="aB.!?… \n\"'“”1🚀—", max_size=80))
def test_no_token_is_lost_added_or_cut(text: str) -> None:
    assert " ".join(sentences(text)).split() == text.split()


@given(st.lists(st.sampled_from(["The", "Moon.", "🚀", "—", "e.g.", "rises!", "3.8", "…", "No."]), max_size=12))
def test_every_sentence_of_a_text_with_words_says_something(tokens: list[str]) -> None:
    text = " ".join(tokens)
    if any(letter.isalnum() for letter in text):
        assert all(any(letter.isalnum() for letter in sentence) for sentence in sentences(text))
