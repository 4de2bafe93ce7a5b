"""The line finder finds the line of every key, however it is written."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelforge.settings.lines import Lines

TEXT = '''\
# a comment
title = "x" # and one after a value

[slots]
fetch = 8
"quoted key" = 1
'single' = 2
a.b . "c d" = 3

[channels.news]
about = """
[not.a.table]
key = "no"
\\"""
"""
raw = \'\'\'
it = 'is' no key\'\'\'
palette = [
  "#000000", # black
  # nothing here
  "#ffffff",
  [
    1, 2,
    { x = 1, y = [3,
      4] },
  ],
]
voice = { engine = "kokoro", "speed" = 1.0, more.deep = { x = [ { y = 1 } ] } }
date = 2026-11-21T04:15:50Z # a date

ends = """with a quote""""
both = \'\'\'two\'\'\'\'\'
[[list]]
x = 1
[[list]]
x = 2
[list.inner]
y = 3
[[list.many]]
z = 4
'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("title",), 2),
        (("slots",), 4),
        (("slots", "fetch"), 5),
        (("slots", "quoted key"), 6),
        (("slots", "single"), 7),
        (("slots", "a", "b", "c d"), 8),
        (("channels", "news"), 10),
        (("channels", "news", "about"), 11),
        (("channels", "news", "raw"), 16),
        (("channels", "news", "palette"), 18),
        (("channels", "news", "palette", 0), 19),
        (("channels", "news", "palette", 1), 21),
        (("channels", "news", "palette", 2, 1), 23),
        (("channels", "news", "palette", 2, 2, "y", 1), 25),
        (("channels", "news", "voice", "engine"), 28),
        (("channels", "news", "voice", "more", "deep", "x", 0, "y"), 28),
        (("channels", "news", "date"), 29),
        (("list", 0, "x"), 34),
        (("list", 1, "x"), 36),
        (("list", 1, "inner", "y"), 38),
        (("list", 1, "many", 0, "z"), 40),
    ],
)
def test_every_way_of_writing_a_key_is_found_on_its_line(place: tuple[str | int, ...], line: int) -> None:
    tomllib.loads(TEXT)
    assert Lines(TEXT).has(place)
    assert Lines(TEXT).of(place) == line


def test_a_place_that_is_not_written_is_on_the_line_of_the_table_around_it() -> None:
    lines = Lines(TEXT)
    assert not lines.has(("channels", "news", "voice", "voice"))
    assert lines.of(("channels", "news", "voice", "voice")) == 28
    assert lines.of(("channels", "sport", "voice")) == 10
    assert lines.of(("nowhere",)) == 1


def test_windows_line_ends_change_no_line() -> None:
    lines = Lines(TEXT.replace("\n", "\r\n"))
    assert lines.of(("list", 1, "x")) == 36
    assert lines.of(("channels", "news", "palette", 1)) == 21


NAMES = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=6)
VALUES = st.recursive(
    st.integers(-9, 9) | st.booleans() | st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


def toml(value: object, gap: str) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {toml(inner, gap)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + gap + ",".join(f"{gap}{toml(inner, gap)}{gap}" for inner in value) + gap + "]"
    return quoted(value) if isinstance(value, str) else json.dumps(value)


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def places(value: object, around: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [around, *(place for key, held in inner for place in places(held, (*around, key)))]


@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=5), st.sampled_from([" ", "\n", " # no ] } here\n\t"]))
def test_whatever_tomllib_reads_has_a_line_for_every_key_and_element(table: dict[str, object], gap: str) -> None:
    rows = [f"{quoted(key)} = {toml(value, gap)}" for key, value in table.items()]
    text = "[top]\n" + "\n".join(rows) + "\n"
    assert tomllib.loads(text) == {"top": table}
    lines = Lines(text)
    line = 2
    for (key, value), row in zip(table.items(), rows, strict=True):
        assert lines.of(("top", key)) == line
        assert all(lines.has(place) for place in places(value, ("top", key)))
        line += row.count("\n") + 1
