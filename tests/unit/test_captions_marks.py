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
        ("我*非常*喜欢猫。", ("非常",)),
        ("我们**非常，**喜欢猫。", ("非常",)),
        ("*とても*おいしい。", ("とてもおいしい",)),
        ("*고양이*를 좋아해요", ("고양이를",)),
        ("An un*believ*able thing, what *a* day", ("unbelievable", "a")),
        ("* One *well*-known\n* un**do** it", ("well-known", "undo")),
        ("It is **really *very* free** now", ("really", "very", "free")),
        ("So 2*3*4 and 5 * 6, a*b and c*d", ()),
        ("*[linked](http://a.b)* text", ("linked",)),
    ],
)
def test_words_between_asterisks_stand_out(text: str, emphasis: tuple[str, ...]) -> None:
    (paragraph,) = read_paragraphs(text, 1, "x")
    assert paragraph.emphasis == emphasis
    assert "*" not in paragraph.text or not emphasis


def test_marked_lines_join_as_unmarked_ones_do_and_headings_lose_their_asterisks() -> None:
    heading, paragraph = read_paragraphs("# 我*非常*喜欢\n\n我*喜欢*\n*这只*猫。", 1, "x")
    assert (heading.text, paragraph.text) == ("我非常喜欢", "我喜欢这只猫。")
    assert paragraph.emphasis == ("喜欢", "这只")
