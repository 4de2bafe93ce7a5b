"""Cutting sentences that are too long at once: where one breathes, losing nothing, and joined as one would say them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reelforge.engines.voice.clauses import clauses, halves
from reelforge.engines.voice.narrator import CLAUSE_PAUSES_MS, PARAGRAPH_PAUSE_MS, SENTENCE_PAUSE_MS, script_lines
from reelforge.engines.voice.spoken import sayable, spoken

LONG = "When the tide comes in, the boats lift; when it goes out, they lie on the mud, and nobody minds."


def test_a_sentence_that_fits_is_left_as_it_is() -> None:
    assert clauses(LONG, "en", None) == (LONG,)
    assert clauses(LONG, "en", len(LONG)) == (LONG,)


def test_a_long_sentence_is_cut_at_its_strongest_pause_then_at_commas() -> None:
    assert clauses(LONG, "en", 60) == (
        "When the tide comes in, the boats lift;",
        "when it goes out, they lie on the mud, and nobody minds.",
    )
    assert clauses(LONG, "en", 40) == (
        "When the tide comes in, the boats lift;",
        "when it goes out,",
        "they lie on the mud, and nobody minds.",
    )


def test_without_any_mark_it_is_cut_between_words_near_the_middle() -> None:
    first, second = clauses("one two three four five six seven eight", "en", 25)
    assert abs(len(first) - len(second)) <= 8


def test_what_counts_is_what_is_said_and_not_what_is_written() -> None:
    assert len(clauses("It cost $2,500,000, they said.", "en", 40)) > 1


def test_a_word_longer_than_the_limit_stays_whole() -> None:
    assert clauses("A Donaudampfschifffahrtsgesellschaft sailed.", "de", 12) == (
        "A",
        "Donaudampfschifffahrtsgesellschaft",
        "sailed.",
    )


@example(tokens=["42", "—", "42"], most=10)
@given(
    st.lists(
        st.sampled_from(["sea,", "tide;", "🚀", "—", "wave", "42", "I", "“so”", "(deep)"]), min_size=1, max_size=30
    ),
    st.integers(10, 80),
)
def test_no_token_is_lost_and_every_part_that_can_fit_does_and_says_something(tokens: list[str], most: int) -> None:
    sentence = " ".join(tokens)
    parts = clauses(sentence, "en", most)
    assert " ".join(parts).split() == tokens
    sizes = [len(sayable(spoken(part, "en"))) for part in parts]
    for part, size in zip(parts, sizes, strict=True):
        saying = sum(bool(token.words) for token in spoken(part, "en"))
        assert size <= most + 1 or saying == 1
        assert saying or not any(token.words for token in spoken(sentence, "en"))


@given(
    st.lists(st.integers(1, 30), min_size=1, max_size=30),
    st.lists(st.sampled_from([0.0, 0.1, 0.4]), min_size=30, max_size=30),
    st.integers(1, 60),
)
def test_halves_tile_the_items_in_order(sizes: list[int], weakness: list[float], most: int) -> None:
    parts = halves(sizes, weakness, most)
    assert [index for part in parts for index in part] == list(range(len(sizes)))
    assert all(len(part) == 1 or sum(sizes[index] for index in part) <= most for part in parts)


def test_a_clause_is_followed_by_the_pause_of_its_mark() -> None:
    lines = script_lines(1, LONG, "en", 40)
    assert [line.pause for line in lines[:-1]] == [CLAUSE_PAUSES_MS[";"], CLAUSE_PAUSES_MS[","]]


def test_a_paragraph_is_left_longer_than_a_sentence_and_an_emoji_alone_is_none() -> None:
    lines = script_lines(1, "The sea.\n\n🚀\n\nThe land. The sky.\n\nThe end.", "en")
    assert [line.text for line in lines] == ["The sea. 🚀", "The land.", "The sky.", "The end."]
    assert [line.pause for line in lines[:-1]] == [PARAGRAPH_PAUSE_MS, SENTENCE_PAUSE_MS, PARAGRAPH_PAUSE_MS]
    assert PARAGRAPH_PAUSE_MS > SENTENCE_PAUSE_MS > CLAUSE_PAUSES_MS[";"]


@pytest.mark.parametrize("narration", ["🚀\n\nThe sea.", "The sea.\n\n🚀", "— \n\n The sea. 🚀\n\n—\n\nThe land."])
def test_the_tokens_of_a_scene_are_those_of_its_lines(narration: str) -> None:
    assert " ".join(line.text for line in script_lines(1, narration, "en")).split() == narration.split()
