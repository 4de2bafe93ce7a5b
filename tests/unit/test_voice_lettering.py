"""Word times from the times of any pieces of text, and from none that cannot be true."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelforge.engines.voice.lettering import Mark, word_spans


def characters(text: str, each: float = 0.1) -> list[Mark]:
    return [Mark(sign, number * each, (number + 1) * each) for number, sign in enumerate(text)]


def test_words_begin_with_their_first_letter_and_end_with_their_last() -> None:
    spans = word_spans(["the", "sea", "rose"], characters("The “sea”, rose!"), 2.0)
    assert spans is not None
    assert spans == [pytest.approx((0, 0.3)), pytest.approx((0.5, 0.8)), pytest.approx((1.1, 1.5))]


def test_pieces_of_several_letters_are_shared_evenly() -> None:
    assert word_spans(["a", "bcd"], [Mark("abcd.", 0.0, 0.4)], 1.0) == [
        pytest.approx((0, 0.1)),
        pytest.approx((0.1, 0.4)),
    ]


def test_the_form_of_letters_makes_no_difference() -> None:
    assert word_spans(["CAFÉ", "Straße"], characters("cafe\u0301 strasse"), 2.0) is not None


@pytest.mark.parametrize(
    "marks",
    [
        [],
        characters("another text"),
        characters("the se"),
        [Mark("the", 0, 1), Mark("sea", 0.5, float("nan"))],
        [Mark("the", 1, 2), Mark("sea", 0, 1)],
        [Mark("the", -1, 0), Mark("sea", 0, 1)],
        [Mark("the", 0, 1), Mark("sea", 1, 9)],
    ],
    ids=["none", "another", "short", "nan", "backwards", "negative", "beyond"],
)
def test_times_that_cannot_be_true_are_not_believed(marks: list[Mark]) -> None:
    assert word_spans(["the", "sea"], marks, 2.0) is None


@given(st.lists(st.text("abcé’-", min_size=1, max_size=6), min_size=1, max_size=12))
def test_spans_ascend_for_any_words(words: list[str]) -> None:
    text = " ".join(words)
    spans = word_spans(words, characters(text), len(text))
    if spans is not None:
        edges = [edge for span in spans for edge in span]
        assert len(spans) == len(words)
        assert edges == sorted(edges)
