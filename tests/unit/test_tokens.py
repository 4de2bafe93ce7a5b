"""Written tokens: what stands between spaces, and short runs in scripts that have none."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelforge.domain.tokens import token_ends, tokens

MIXED = st.text(
    alphabet="我们去是京的中国今日本にはっゃーカタヶ々วันนี้าเអក한 글aBé19３。、！？「」（）…!. \u3000🚀’-，",
    max_size=60,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello world, it's 3.8 km.", ["Hello", "world,", "it's", "3.8", "km."]),
        ("안녕하세요 여러분", ["안녕하세요", "여러분"]),
        ("مرحبا بالعالم", ["مرحبا", "بالعالم"]),
        ("我们今天去北京。", ["我们", "今天", "去", "北京。"]),
        ("你好吗？好的！", ["你", "好吗？", "好的！"]),
        ("今日は東京大学に行きました。", ["今日は", "東京大学に", "行きました。"]),
        ("コンピューターを使って、", ["コンピューターを", "使って、"]),
        ("iPhoneは2024年に発売された。", ["iPhoneは", "2024年に", "発売された。"]),
        ("３月１５日（金）", ["３月", "１５日", "（金）"]),
        ("我 love 北京!走吧", ["我", "love", "北京!", "走吧"]),
        ("ไปเที่ยวกัน", ["ไปเที่ยวกัน"]),
        ("", []),
        (" \u3000\n", []),
    ],
)
def test_a_token_is_what_a_reader_would_point_at(text: str, expected: list[str]) -> None:
    assert list(tokens(text)) == expected


@given(MIXED)
def test_nothing_is_lost_or_added_and_no_token_is_empty(text: str) -> None:
    found = tokens(text)
    assert "".join(found) == "".join(text.split())
    assert all(token and token.split() == [token] for token in found)


@given(MIXED)
def test_a_part_that_ends_after_a_mark_has_the_tokens_it_has_in_the_whole(text: str) -> None:
    found, ends = tokens(text), token_ends(text)
    marked = [end for token, end in zip(found, ends, strict=True) if token[-1] in "。！？!、，」."]
    assert all(tokens(text[:end]) + tokens(text[end:]) == found for end in marked)


@given(MIXED)
def test_each_end_stands_right_after_its_token(text: str) -> None:
    assert all(text[:end].endswith(token) for token, end in zip(tokens(text), token_ends(text), strict=True))
    assert sorted(set(token_ends(text))) == list(token_ends(text))


@given(st.text(alphabet="abcÄß 0.,!é한עب🚀\n", max_size=60))
def test_scripts_with_spaces_are_cut_at_spaces_alone(text: str) -> None:
    assert list(tokens(text)) == text.split()


@given(st.text(alphabet="今日京中的国カナひらがなにเวันก", min_size=20, max_size=200))
def test_a_run_without_marks_is_cut_into_short_tokens(text: str) -> None:
    assert max(map(len, tokens(text))) <= 24


@given(MIXED)
def test_no_token_begins_with_a_sign_that_clings(text: str) -> None:
    inside = [pair for word in text.split() for pair in pairwise(tokens(word))]
    assert not [(left, right) for left, right in inside if right[0] in "っゃー々า" and left[-1].isalnum()]
