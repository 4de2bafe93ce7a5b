from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelforge.domain.caption_style import Emphasis
from reelforge.domain.captions import (
    FLASH,
    LATEST,
    LINGER,
    LONGEST_PAUSE,
    SHORTEST,
    clings,
    group,
    joiner,
    parts_of,
    sentence_ends,
)
from reelforge.domain.cues import SAMPLE_RATE, Word
from reelforge.domain.timeline import Cue, Rate
from reelforge.resources import folder

RATE = Rate()


def spoken(text: str, pause: int = 0, each: int = 14_400) -> list[Word]:
    """One word after another, 0.3 s each; ``pause`` samples of silence after a word that ends in "|"."""
    found, at = [], 0
    for token in text.split():
        found.append(Word(text=token.rstrip("|"), start=at, end=at + each, confidence=1, source="native"))
        at += each + (pause if token.endswith("|") else 0)
    return found


def texts(cues: tuple[Cue, ...]) -> list[str]:
    return [" ".join(word.text for word in cue.words) for cue in cues]


@st.composite
def speech(draw: st.DrawFn) -> list[Word]:
    tokens = draw(
        st.lists(
            st.one_of(
                st.sampled_from(
                    [
                        "a",
                        "the",
                        "Moon",
                        "3.8",
                        "centimetres",
                        "away.",
                        "well,",
                        "400",
                        "days",
                        "Why?",
                        "月球正在",
                        "离开。",
                    ]
                ),
                st.text(st.characters(codec="utf-8", exclude_categories=("Z", "C")), min_size=1, max_size=24),
            ),
            min_size=1,
            max_size=40,
        )
    )
    found, at = [], draw(st.integers(0, 50_000))
    for token in tokens:
        at += draw(st.sampled_from([0, 0, 100, 4_800, 20_000, 60_000]))
        end = at + draw(st.sampled_from([0, 40, 1_500, 9_600, 20_000, 48_000]))
        found.append(Word(text=token, start=at, end=end, confidence=0.5, source="estimate"))
        at = max(at, end - draw(st.sampled_from([0, 0, 480])))
    return found


@given(
    speech(),
    st.sampled_from([Rate(), Rate(num=30_000, den=1_001), Rate(num=60), Rate(num=24), Rate(num=1)]),
    st.integers(1, 8),
)
@settings(max_examples=150, deadline=None)
def test_every_word_is_shown_exactly_once_and_in_order(words: list[Word], rate: Rate, most: int) -> None:
    cues = group(words, rate, max_words=most)
    assert "".join(word.text for cue in cues for word in cue.words) == "".join(word.text for word in words)


@given(speech(), st.sampled_from([Rate(), Rate(num=30_000, den=1_001), Rate(num=60), Rate(num=1)]))
@settings(max_examples=150, deadline=None)
def test_cues_never_overlap_and_stay_inside_the_timeline(words: list[Word], rate: Rate) -> None:
    frames = rate.frame_at(words[-1].end) + 1
    cues = group(words, rate, frames=frames)
    assert all(0 <= cue.first < cue.last <= frames for cue in cues)
    assert all(one.last <= other.first for one, other in pairwise(cues))
    for cue in cues:
        assert cue.words[0].first == cue.first
        assert cue.words[-1].last == cue.last
        assert all(a.last == b.first for a, b in pairwise(cue.words)), "a highlight stays until the next word begins"


@given(speech(), st.sampled_from([Rate(), Rate(num=30_000, den=1_001), Rate(num=25)]))
@settings(max_examples=150, deadline=None)
def test_no_cue_is_shown_before_its_first_word_is_spoken(words: list[Word], rate: Rate) -> None:
    starts = {}
    at = 0
    for word in words:
        starts[at] = word.start
        at += len(word.text)
    at = 0
    for cue in group(words, rate):
        begin = starts.get(at)
        if begin is not None:
            assert cue.first * rate.den * SAMPLE_RATE >= begin * rate.num
        at += sum(len(word.text) for word in cue.words)


def test_a_sentence_never_shares_a_cue_with_the_next() -> None:
    assert texts(group(spoken("The Moon is leaving us. Every single year it slips."), RATE)) == [
        "The Moon",
        "is leaving us.",
        "Every single year",
        "it slips.",
    ]


def test_a_number_keeps_its_unit() -> None:
    for cue in texts(
        group(spoken("it slips 3.8 centimetres farther and took 400 days or 5 million years of it"), RATE)
    ):
        assert not cue.endswith(("3.8", "400", "5", "million"))


def test_a_comma_is_where_a_cue_ends() -> None:
    assert "In 600 million years," in texts(group(spoken("In 600 million years, there won't be any."), RATE))
    assert texts(group(spoken("alpha beta gamma delta, epsilon zeta"), RATE)) == [
        "alpha beta gamma delta,",
        "epsilon zeta",
    ]


def test_a_pause_is_where_a_cue_ends() -> None:
    assert texts(group(spoken("one two| three four", pause=SAMPLE_RATE // 2), RATE, max_words=4)) == [
        "one two",
        "three four",
    ]


def test_no_word_stands_alone_when_it_need_not() -> None:
    for count in range(2, 30):
        words = spoken(" ".join(f"word{chr(97 + n % 26)}" for n in range(count)))
        assert min(len(cue.words) for cue in group(words, RATE, max_words=4, max_chars=40)) >= 2


def test_a_short_pause_leaves_no_word_alone() -> None:
    words = spoken("one| two three four", pause=SAMPLE_RATE * 4 // 10)
    assert texts(group(words, RATE)) == ["one two three four"]


def test_a_sentence_of_one_word_has_a_cue_of_its_own() -> None:
    assert "Why?" in texts(group(spoken("We know it. Why? Because of mirrors."), RATE))


def test_long_words_are_kept_within_the_characters_allowed() -> None:
    text = "internationalisation responsibilities notwithstanding everybody understood comprehensively"
    assert all(len(cue) <= 26 or " " not in cue for cue in texts(group(spoken(text), RATE, max_chars=26)))


def test_a_cue_lingers_after_its_last_word_when_nothing_follows() -> None:
    words = spoken("The Moon is| leaving", pause=3 * SAMPLE_RATE)
    first = group(words, RATE)[0]
    assert first.last == -(-(words[2].end + LINGER) * 30 // SAMPLE_RATE)


def test_a_short_cue_stays_readable_where_there_is_room() -> None:
    cue = group(spoken("Why?", each=2_000), RATE)[0]
    assert cue.last - cue.first >= SHORTEST * 30 // SAMPLE_RATE


def test_the_offset_moves_words_into_the_timeline() -> None:
    assert group(spoken("The Moon"), RATE, offset=SAMPLE_RATE)[0].first == 30


def test_chinese_is_grouped_by_characters_with_their_punctuation() -> None:
    cues = group(
        [Word(text="月球正在离开我们。每年，它都「远离」。", start=0, end=480_000, confidence=1, source="native")], RATE
    )
    pieces = [word.text for cue in cues for word in cue.words]
    assert "们。" in pieces
    assert "「远" in pieces
    assert max(len(cue.words) for cue in cues) <= 12
    assert pieces == sorted(pieces, key=pieces.index)


def test_abbreviations_and_initials_do_not_end_sentences() -> None:
    assert not sentence_ends("Dr.", "Smith")
    assert not sentence_ends("J.", "Doe")
    assert not sentence_ends("No.", "5")
    assert sentence_ends("No.", "It")
    assert sentence_ends("away.”", "We")
    assert not sentence_ends("3.8", "centimetres")
    assert not sentence_ends("U.S.", "Navy")
    assert sentence_ends("U.S.", "The")
    assert not sentence_ends("bzw.", "Wagen", "de")
    assert not sentence_ends("Sra.", "López", "es")
    assert sentence_ends("mind.", "Nobody")
    assert not sentence_ends("mind.", "Drei", "de")


def test_units_cling_and_plain_words_do_not() -> None:
    assert clings("40", "km/h", "en")
    assert clings("$", "5", "en")
    assert not clings("1969,", "Apollo", "en")
    assert not clings("1969", "Apollo", "en")
    assert not clings("400", "and", "en")


def test_nothing_stands_between_characters_of_scripts_without_spaces() -> None:
    assert joiner("月", "球") == ""
    assert joiner("Moon", "is") == " "
    assert joiner("한국", "어") == " "


def test_no_words_make_no_cues() -> None:
    assert group([], RATE) == ()


def told(text: str, language: str = "en", **bounds: int) -> str:
    """The cues of a text spoken evenly, 15 characters a second, with bars between them."""
    found, at = [], 0
    for token in text.split():
        length = SAMPLE_RATE * (len(token) * (4 if len(parts_of(token)) > 1 else 1) + 1) // 15
        found.append(Word(text=token, start=at, end=at + length, confidence=1, source="native"))
        at += length
    gap = "" if language in ("ja", "zh") else " "
    return " | ".join(
        gap.join(word.text for word in cue.words) for cue in group(found, RATE, language=language, **bounds)
    )


GROUPS = (Path(__file__).parent / "caption_groups.txt").read_text("utf-8").splitlines()
"""What a person who looked at them found right: the language, and the cues with bars between them."""


@pytest.mark.parametrize("line", GROUPS)
def test_texts_are_parted_where_a_person_would(line: str) -> None:
    language, cues = line.split(": ", 1)
    text = cues.replace(" | ", "" if language in ("ja", "zh") else " ")
    assert told(text, language) == cues


def test_the_demo_is_among_them() -> None:
    script = (folder("demo") / "script.md").read_text("utf-8").split("---")[2]
    scenes = [re.sub(r"<!--.*?-->", "", part).strip() for part in script.strip().split("\n\n")]
    assert {told(scene) for scene in scenes} <= {line.removeprefix("en: ") for line in GROUPS}


@given(speech(), st.integers(1, 8), st.integers(8, 60))
@settings(max_examples=150, deadline=None)
def test_no_cue_stays_over_a_long_silence_nor_longer_than_there_is_to_read(
    words: list[Word], most: int, chars: int
) -> None:
    rate = Rate(num=1_000)
    cues = group(words, rate, max_words=most, max_chars=chars)
    for cue, following in zip(cues, [*cues[1:], None], strict=True):
        said = max(word.said or 0 for word in cue.words)
        quiet = (cue.last - said) * SAMPLE_RATE // 1_000
        assert quiet <= max(LATEST, SHORTEST) + 96
        if following and following.first == cue.last:
            continue
        assert quiet <= max(LATEST, SHORTEST - (said - cue.first) * SAMPLE_RATE // 1_000) + 96


@given(speech())
@settings(max_examples=150, deadline=None)
def test_a_cue_is_up_long_enough_to_be_read_or_until_the_next(words: list[Word]) -> None:
    rate = Rate(num=1_000)
    cues = group(words, rate, max_speed=20)
    for cue, following in pairwise(cues):
        length = cue.last - cue.first
        assert following.first == cue.last or length >= SHORTEST * 1_000 // SAMPLE_RATE - 2


def test_a_short_pause_does_not_make_the_screen_flicker() -> None:
    pause = LONGEST_PAUSE - 4_800
    cues = group(spoken("The Moon leaves.| Nobody knows.", pause=pause), RATE)
    assert cues[0].last == cues[1].first
    cues = group(spoken("The Moon leaves.| Nobody knows.", pause=2 * LONGEST_PAUSE), RATE)
    assert cues[0].last < cues[1].first


def test_a_cue_with_much_to_read_stays_longer_where_there_is_time() -> None:
    words = spoken("internationalisation comprehensively", each=9_600)
    quick = group(words, RATE, max_speed=100)[-1]
    slow = group(words, RATE, max_speed=20)[-1]
    assert slow.last - slow.first > quick.last - quick.first
    assert slow.last <= (words[-1].end + LATEST) * 30 // SAMPLE_RATE + 1


def test_a_sentence_that_flashes_by_stands_with_its_neighbour() -> None:
    assert texts(group(spoken("Yes. It is so.", each=FLASH - 480), RATE))[0].startswith("Yes. It")
    assert texts(group(spoken("Yes. It is so.", each=FLASH + 4_800), RATE))[0] == "Yes."


def test_a_word_knows_when_its_sound_ends() -> None:
    cue = group(spoken("The| Moon", pause=9_600), RATE)[0]
    assert [(word.first, word.said, word.last) for word in cue.words] == [(0, 9, 15), (15, 24, cue.last)]


def test_numbers_and_chosen_words_stand_out() -> None:
    emphasis = Emphasis(numbers=True, words=("Free", "moon"))
    text = "It is FREE, for $2,500 or 40% of 3.5 million Moons. The moon’s free!"
    cues = group(spoken(text), RATE, emphasis=emphasis)
    assert [word.text for cue in cues for word in cue.words if word.emphasis] == [
        "FREE,",
        "$2,500",
        "40%",
        "3.5",
        "million",
        "free!",
    ]


def test_a_chosen_word_stands_out_within_a_text_without_spaces() -> None:
    words = [Word(text="这是免费的。", start=0, end=96_000, confidence=1, source="native")]
    cues = group(words, RATE, emphasis=Emphasis(words=("免费",)))
    assert "".join(word.text for cue in cues for word in cue.words if word.emphasis) == "免费"


def test_marked_words_stand_out() -> None:
    cues = group(spoken("The Moon is leaving us."), RATE, marked={1, 3})
    assert [word.text for cue in cues for word in cue.words if word.emphasis] == ["Moon", "leaving"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ちょっと", ["ちょっ", "と"]),
        ("コーヒー。", ["コー", "ヒー。"]),
        ("「東京」へ", ["「東", "京」", "へ"]),
        ("人々は…", ["人々", "は…"]),
        ("￥500を", ["￥500", "を"]),
        ("NASA的镜子", ["NASA", "的", "镜", "子"]),
        ("เป็น", ["เป็", "น"]),
    ],
)
def test_lines_never_begin_with_what_closes_nor_end_with_what_opens(text: str, parts: list[str]) -> None:
    assert parts_of(text) == parts


def test_a_caption_stays_where_a_recording_says_something_else_than_is_written() -> None:
    def word(text: str, start: float, end: float) -> Word:
        return Word(text=text, start=round(start * 48_000), end=round(end * 48_000), confidence=0.5, source="aligned")

    heard = [word("The", 0, 0.2), word("sea", 0.2, 0.6), word("otherwise", 0.6, 0.6), word("said", 0.6, 0.6)]
    cues = group([*heard, word("rises", 2.6, 3.0)], RATE)
    shown = [one for cue in cues for one in cue.words]
    assert all(shown[n].last == shown[n + 1].first for n in range(4)), shown
    assert [one.first / 30 for one in shown[2:]] == pytest.approx([0.6, 0.6 + 2 * 9 / 13, 2.6], abs=1 / 30)
    far = group([*heard, word("rises", 4.6, 5.0)], RATE)
    assert any(before.last < after.first for before, after in pairwise(far))
    pause = group([word("The", 0, 0.4), word("—", 0.4, 0.4), word("rises", 2.4, 3.0)], RATE)
    assert any(before.last < after.first for before, after in pairwise(pause))
