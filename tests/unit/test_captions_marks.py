from __future__ import annotations

import pytest

from reelforge.engines.writer.markdown import read_paragraphs


@pytest.mark.parametrize(
    ("text", "emphasis"),
    [
        ("It is *free* for you.", ("free",)),
        ("It is **really free**, *today*.", ("really", "free", "today")),
        ("***All*** of it", ("All",)),
        ("Two * three * four", ()),
        (r"Not \*this\* one", ()),
        ("* an item\n* *another* item", ("another",)),
        ("snake_case and _underlined_", ()),
        ("*It's* here, *It's* there", ("It's",)),
        ("一个*免费*的", ()),
        ("*[linked](http://a.b)* text", ("linked",)),
    ],
)
def test_words_between_asterisks_stand_out(text: str, emphasis: tuple[str, ...]) -> None:
    (paragraph,) = read_paragraphs(text, 1, "x")
    assert paragraph.emphasis == emphasis
    assert "*" not in paragraph.text or not emphasis
