"""Pacing (row M4): how long words take, how many scenes they make, how scenes share time."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelforge.domain.pacing import (
    count_words,
    scene_count,
    scene_samples,
    scene_weight,
    seconds_per_scene,
    speaking_seconds,
)

narrations = st.lists(
    st.integers(min_value=1, max_value=40).map(lambda words: " ".join(["word"] * words)), min_size=1, max_size=60
)


@pytest.mark.parametrize(("pace", "seconds"), [(221, 3), (220, 4), (151, 4), (150, 5), (90, 5)])
def test_a_scene_is_shorter_the_quicker_the_speech(pace: int, seconds: int) -> None:
    assert seconds_per_scene(pace) == seconds


@pytest.mark.parametrize("pace", [0, -3])
def test_a_pace_that_is_no_speech_is_refused(pace: float) -> None:
    with pytest.raises(ValueError, match="not speech"):
        seconds_per_scene(pace)
    with pytest.raises(ValueError, match="not speech"):
        speaking_seconds("word", pace)


@pytest.mark.parametrize(("words", "weight"), [(21, 6), (20, 4), (13, 4), (12, 3), (1, 3)])
def test_a_scene_weighs_by_the_words_of_its_narration(words: int, weight: int) -> None:
    assert scene_weight(" ".join(["word"] * words)) == weight


def test_time_is_shared_six_to_four_to_three() -> None:
    texts = [" ".join(["word"] * words) for words in (25, 15, 5)]
    assert scene_samples(texts, 13_000) == (6_000, 4_000, 3_000)


@given(narrations, st.integers(min_value=0, max_value=10**10))
def test_shares_add_up_exactly_keep_order_and_stay_within_a_sample_of_the_exact_share(
    texts: list[str], more: int
) -> None:
    total = 2 * len(texts) + more
    shares = scene_samples(texts, total)
    whole = sum(map(scene_weight, texts))
    assert sum(shares) == total
    assert len(shares) == len(texts)
    for text, share in zip(texts, shares, strict=True):
        assert share >= 1
        assert abs(share * whole - total * scene_weight(text)) < whole


@given(narrations, st.integers(min_value=10**5, max_value=10**8))
def test_a_longer_narration_never_gets_less_time_than_a_shorter_one(texts: list[str], total: int) -> None:
    pairs = sorted(zip(map(scene_weight, texts), scene_samples(texts, total), strict=True))
    for (light, short), (heavy, long) in pairwise(pairs):
        assert heavy == light or long > short - 2


def test_too_few_samples_for_the_scenes_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        scene_samples(["a", "b"], 3)


def test_no_scene_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="no scene"):
        scene_samples([], 1000)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The Moon is leaving us.", 5),
        ("", 0),
        ("— … 🚀", 0),
        ("22-hour days", 2),
        ("月亮正在离开我们。", 6),
        ("القمر يبتعد عنا", 3),
        ("Apollo 登月", 3),
    ],
)
def test_words_are_counted_as_a_listener_would(text: str, words: int) -> None:
    assert count_words(text) == words


def test_a_year_in_digits_takes_longer_than_a_word() -> None:
    assert speaking_seconds("1969", 60) > speaking_seconds("moon", 60) == 1.0


@given(st.text(max_size=200), st.text(max_size=200))
def test_more_text_never_takes_less_time(one: str, two: str) -> None:
    assert speaking_seconds(f"{one} {two}", 165) >= speaking_seconds(one, 165) - 60 / 165


@given(st.floats(min_value=0, max_value=3600), st.integers(min_value=60, max_value=300))
def test_there_is_at_least_one_scene_and_each_is_about_its_pace_long(seconds: float, pace: int) -> None:
    count = scene_count(seconds, pace)
    assert count >= 1
    assert abs(count * seconds_per_scene(pace) - seconds) <= max(5, seconds_per_scene(pace) / 2 + 1)
