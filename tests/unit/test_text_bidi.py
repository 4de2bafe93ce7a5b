from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelforge.render.text.bidi import levels, rightward, visual

# Capitals of the standard's own examples stand for right-to-left letters: here they are Hebrew.
CASES = [
    ("abc", 0, "abc"),
    ("אבג", 1, "גבא"),
    ("אבג 123", 1, "123 גבא"),
    ("abc אבג", 0, "abc גבא"),
    ("אבג abc", 1, "abc גבא"),
    ("בשנת 1969 נחתו", 1, "ותחנ 1969 תנשב"),
    ("קנה 3.8%", 1, "3.8% הנק"),
    ("אבג (abc) דה", 1, "הד )abc( גבא"),
    ("abc (אבג) de", 0, "abc (גבא) de"),
    ("قبل 400 مليون", 1, "نويلم 400 لبق"),
    ("عام ١٢/٣", 1, "١٢/٣ ماع"),
    ("א-ב", 1, "ב-א"),
    ("عام 5%", 1, "%5 ماع"),
    ("a (אב) ג", 0, "a (בא) ג"),
    ("$5 א", 1, "א $5"),
]


@pytest.mark.parametrize(("text", "base", "shown"), CASES)
def test_characters_stand_where_uax9_puts_them(text: str, base: int, shown: str) -> None:
    assert "".join(visual(text, levels(text, base))) == shown


def test_the_first_strong_letter_decides_the_paragraph() -> None:
    assert rightward("12 שלום abc") == 1
    assert rightward("12 abc שלום") == 0
    assert rightward("12 %", 1) == 1


@given(st.text(st.sampled_from("ab אב١2.,()[]-+%$\u0301\u200d!"), max_size=20), st.sampled_from([0, 1]))
@settings(max_examples=300, deadline=None)
def test_order_is_a_permutation_and_numbers_read_from_left_to_right(text: str, base: int) -> None:
    found = levels(text, base)
    order = visual(list(range(len(text))), found)
    assert sorted(order) == list(range(len(text)))
    for at in range(len(text) - 1):
        if text[at] == "2" and text[at + 1] == "2":
            assert order.index(at) + 1 == order.index(at + 1)
