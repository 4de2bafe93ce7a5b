"""TOML that a person wrote: what is wrong with it is told in one sentence with its place."""

from __future__ import annotations

import pytest

from reelforge import toml
from reelforge.errors import InputError


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a = 1\nb =\n", "x.toml line 2, column 4: a value is missing"),
        ("a = 'x\nb = 1", "x.toml line 2, at the end of the file: a text has no closing quotation mark"),
        ("a = '''x\n", "x.toml line 1, at the end of the file: a text has no closing quotation mark."),
        ("a = {b = 1, b = 2}", "x.toml line 1, column 18: this key is set twice."),
        ("a = " + "[" * 5_000, "x.toml is nested too deeply."),
        ("a = " + "9" * 5_000, "x.toml holds a number that cannot be read"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_place(text: str, told: str) -> None:
    with pytest.raises(InputError) as refused:
        toml.parsed(text, "x.toml")
    assert str(refused.value).startswith(told)


def test_a_byte_that_is_no_text_is_told_with_its_line() -> None:
    with pytest.raises(InputError, match=r"x\.toml line 2: byte 0xff is not UTF-8 text\. Save the file as UTF-8\."):
        toml.decoded(b"\xef\xbb\xbfa = 1\nb = \xff", "x.toml")
    assert toml.decoded(b"\xef\xbb\xbfa = 1", "x.toml") == "a = 1"
