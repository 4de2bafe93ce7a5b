"""How words are broken into lines."""

from __future__ import annotations

import pytest

from reelforge.domain.captions import parts_of
from reelforge.domain.timeline import Card, Cue, CueWord, Shot, Source, Timeline
from reelforge.render.text.cards import set_card
from reelforge.render.text.cues import SetCue, set_cue
from reelforge.render.text.layers import _voice
from reelforge.render.text.layout import Field
from reelforge.render.text.shelf import shelf
from reelforge.settings.shipped import caption_styles


def made(text: str, style: str, y: float | None = None) -> SetCue:
    words = tuple(CueWord(text=word, first=0, last=30) for word in text.split())
    cue = Cue(first=0, last=30, words=words, y=y)
    shots = (Shot(picture=Source(path="moon.png"), frames=30),)
    timeline = Timeline(shots=shots, cues=(cue,), caption_style=caption_styles()[style])
    return set_cue(cue, timeline, Field.of(timeline), shelf())


def lines(text: str, style: str) -> list[str]:
    words = text.split()
    starts = [placed.word for placed in made(text, style).lines]
    return [" ".join(words[first:last]) for first, last in zip(starts, [*starts[1:], len(words)], strict=True)]


@pytest.mark.parametrize(
    ("text", "style", "wanted"),
    [
        ("air for a transition,", "modern", ["air for", "a transition,"]),
        ("Put two photographs,", "modern", ["Put two", "photographs,"]),
        ("has a transparent", "bounce", ["has a", "transparent"]),
    ],
)
def test_a_short_word_shares_its_line_though_lines_are_less_even(text: str, style: str, wanted: list[str]) -> None:
    assert lines(text, style) == wanted


def test_a_short_word_and_a_long_one_share_a_line_in_letters_a_little_smaller() -> None:
    assert lines("a transparent", "pop") == ["a transparent"]
    smaller = made("a transparent", "pop").cap / made("a glass", "pop").cap
    assert 0.86 <= smaller < 1


def test_letters_do_not_become_much_smaller_for_a_short_words_sake() -> None:
    assert lines("the circumstance", "pop") == ["the", "circumstance"]


def test_words_that_are_not_short_are_set_as_evenly_as_before() -> None:
    assert lines("mountains and oceans", "modern") == ["mountains", "and oceans"]


@pytest.mark.parametrize("y", [0.0, 0.5, 0.84, 1.0])
@pytest.mark.parametrize("style", ["modern", "classic", "highlight_box"])
def test_captions_of_one_line_and_of_two_stand_about_one_height_wherever_that_is(y: float, style: str) -> None:
    middles = []
    for text in ("The Moon", "tremendously complicated arithmetic grows on us"):
        cue = made(text, style, y)
        middles.append((cue.lines[0].y - cue.cap + cue.lines[-1].y) / 2)
    assert abs(middles[0] - middles[1]) <= 2


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("みなさん、こんにちは", ["みなさん、", "こんにちは"]),
        ("世界中のみんなにこんにちは", ["世界中のみんなに", "こんにちは"]),
    ],
)
def test_a_card_in_a_script_without_spaces_breaks_between_its_words(text: str, wanted: list[str]) -> None:
    card = Card(text=text, first=0, last=30, kind="hook")
    timeline = Timeline(shots=(Shot(picture=Source(path="moon.png"), frames=30),), cards=(card,), language="ja")
    books = shelf()
    voice = _voice(books, timeline.card_style.font, "ja")
    made = set_card(card, timeline.card_style, Field.of(timeline), voice)
    begins = [placed.word for placed in made.lines]
    parts = parts_of(text)
    assert ["".join(parts[a:b]) for a, b in zip(begins, [*begins[1:], len(parts)], strict=True)] == wanted
