"""An edit of the words changes what the person changed and nothing else, or is refused with the word's number."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelforge.domain.cues import SAMPLE_RATE, Alignment, SceneWords, Word
from reelforge.domain.subtitle_reading import read_srt, read_vtt, read_words_json
from reelforge.domain.subtitles import Subtitle, srt, subtitles, vtt, word_subtitles, words_json
from reelforge.domain.word_edit import edited, edited_by_subtitles
from reelforge.errors import InputError

TEXT = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="<>{}&"), min_size=1)
    .map(lambda text: text[:12])
    .filter(lambda text: "-->" not in text),
    st.sampled_from(["the", "The", "moon,", "sea.", "2,500", "twice"]),
)


@st.composite
def alignments(draw: st.DrawFn) -> Alignment:
    scenes, at = [], draw(st.integers(0, 20_000))
    begun = 0
    for _ in range(draw(st.integers(1, 4))):
        words = []
        for text in draw(st.lists(TEXT, max_size=8)):
            start = at + draw(st.sampled_from([0, 0, 17, 9_000]))
            at = start + draw(st.integers(49, 30_000))
            words.append(
                Word(text=text, start=start, end=at, confidence=draw(st.sampled_from([0.5, 1])), source="native")
            )
        at += draw(st.integers(0, 9_000))
        scenes.append(SceneWords(start=begun, end=max(at, begun + 1), words=tuple(words), notes=("look here",)))
        begun = at = scenes[-1].end
    if not any(scene.words for scene in scenes):
        word = Word(text="one", start=begun, end=begun + 4_800, confidence=1, source="aligned")
        scenes[-1] = scenes[-1].model_copy(update={"end": begun + 4_800, "words": (word,)})
    return Alignment(samples=scenes[-1].end, scenes=tuple(scenes), notes=("as a whole",))


@given(alignments())
@settings(max_examples=100, deadline=None)
def test_words_exported_and_imported_unchanged_are_the_very_same_alignment(known: Alignment) -> None:
    assert edited(known, read_words_json(words_json(known.words, "j"), job="j")) is known
    items = word_subtitles(known.words)
    assert edited_by_subtitles(known, read_vtt(vtt(items, "j"), job="j")) is known
    assert edited_by_subtitles(known, read_srt(srt(items))) is known


@given(alignments(), st.integers(100, 100_000))
@settings(max_examples=100, deadline=None)
def test_published_subtitles_imported_unchanged_keep_every_time(known: Alignment, more: int) -> None:
    spaced = [word for word in known.words if word.text.isascii()]
    if len(spaced) < len(known.words):
        return  # marks that stand alone may be joined to a word in a line of text
    items = subtitles(known.words, length=known.samples + more)
    assert edited_by_subtitles(known, read_srt(srt(items))) is known


@given(alignments(), st.data())
@settings(max_examples=100, deadline=None)
def test_any_moved_word_is_a_persons_the_others_stay_and_scenes_hold_their_words(
    known: Alignment, data: st.DataObject
) -> None:
    words = list(known.words)
    number = data.draw(st.integers(0, len(words) - 1))
    low = words[number - 1].end if number else 0
    high = words[number + 1].start if number + 1 < len(words) else known.samples
    start = data.draw(st.integers(low, high))
    moved = words[number].model_copy(update={"start": start, "end": data.draw(st.integers(start, high))})
    found = edited(known, [*words[:number], moved, *words[number + 1 :]])
    assert [word.text for word in found.words] == [word.text for word in words]
    assert [word for at, word in enumerate(found.words) if at != number] == words[:number] + words[number + 1 :]
    assert (found.words[number].start, found.words[number].end) == (moved.start, moved.end)
    same = (moved.start, moved.end) == (words[number].start, words[number].end)
    assert found.words[number].source == (
        "native" if same and words[number].source == "native" else found.words[number].source
    )
    assert same or found.words[number].source == "person"
    assert [len(scene.words) for scene in found.scenes] == [len(scene.words) for scene in known.scenes]
    for scene in found.scenes:
        assert all(scene.start <= word.start and word.end <= scene.end for word in scene.words)
    assert all(before.end <= after.start for before, after in pairwise(found.scenes))


def word(text: str, start: float, end: float) -> Word:
    return Word(
        text=text, start=round(start * SAMPLE_RATE), end=round(end * SAMPLE_RATE), confidence=0.8, source="aligned"
    )


KNOWN = Alignment(
    samples=4 * SAMPLE_RATE,
    scenes=(
        SceneWords(
            start=0,
            end=2 * SAMPLE_RATE,
            words=(word("The", 0.1, 0.3), word("ice", 0.3, 0.6), word("cream", 0.6, 1.2), word("melts.", 1.2, 1.7)),
            notes=("The first scene.",),
        ),
        SceneWords(
            start=2 * SAMPLE_RATE,
            end=4 * SAMPLE_RATE,
            words=(word("It", 2.2, 2.4), word("does", 2.4, 2.8), word("so", 2.8, 3.1), word("quickly.", 3.1, 3.9)),
            notes=("The second scene.",),
        ),
    ),
)


def lines(text: str) -> str:
    """SubRip of lines ``0.1-0.3 words``."""
    blocks = []
    for number, line in enumerate(text.strip().splitlines(), 1):
        times, said = line.strip().split(" ", 1)
        start, end = (f"00:00:{float(time):06.3f}".replace(".", ",") for time in times.split("-"))
        blocks.append(f"{number}\n{start} --> {end}\n{said}\n")
    return "\n".join(blocks)


def told(alignment: Alignment) -> list[list[tuple[str, float, float, str]]]:
    return [
        [(w.text, round(w.start / SAMPLE_RATE, 3), round(w.end / SAMPLE_RATE, 3), w.source) for w in scene.words]
        for scene in alignment.scenes
    ]


def changed(text: str) -> list[list[tuple[str, float, float, str]]]:
    """What an edit by subtitles changes: the words of each scene that were not so before."""
    found, known = told(edited_by_subtitles(KNOWN, read_srt(lines(text)))), told(KNOWN)
    return [[word for word in now if word not in before] for now, before in zip(found, known, strict=True)]


WORDWISE = """
    0.1-0.3 The
    0.3-0.6 ice
    0.6-1.2 cream
    1.2-1.7 melts.
    2.2-2.4 It
    2.4-2.8 does
    2.8-3.1 so
    3.1-3.9 quickly."""


def test_a_word_spelt_otherwise_keeps_its_time_and_how_it_was_found() -> None:
    assert changed(WORDWISE.replace("quickly", "FAST")) == [[], [("FAST.", 3.1, 3.9, "aligned")]]


def test_merged_and_split_words_take_the_time_of_those_they_are_made_of() -> None:
    merged = WORDWISE.replace("0.3-0.6 ice\n", "").replace("0.6-1.2 cream", "0.3-1.2 icecream")
    assert changed(merged) == [[("icecream", 0.3, 1.2, "person")], []]
    split = WORDWISE.replace("2.4-2.8 does", "2.4-2.5 do\n2.5-2.8 es")
    assert changed(split) == [[], [("do", 2.4, 2.5, "person"), ("es", 2.5, 2.8, "person")]]


def test_a_word_merged_over_a_scenes_end_belongs_where_most_of_it_is_said() -> None:
    text = WORDWISE.replace("1.2-1.7 melts.\n", "").replace("2.2-2.4 It", "1.7-2.4 melts.It")
    assert changed(text) == [[("melts.It", 1.7, 2.4, "person")], []]


def test_a_scenes_boundary_moves_with_its_words_and_its_notes_go() -> None:
    text = WORDWISE.replace("1.2-1.7", "1.2-2.15")
    found = edited_by_subtitles(KNOWN, read_srt(lines(text)))
    assert [scene.start / SAMPLE_RATE for scene in found.scenes] == [0, 2.15]
    assert [scene.end / SAMPLE_RATE for scene in found.scenes] == [2.15, 4]
    assert [scene.notes for scene in found.scenes] == [(), ("The second scene.",)]


def test_a_published_subtitle_respelt_keeps_its_words_times_and_gives_new_ones_room() -> None:
    published = srt(subtitles(KNOWN.words, length=round(4.7 * SAMPLE_RATE)))
    found = edited_by_subtitles(KNOWN, read_srt(published.replace("ice cream", "Ice-cream").replace("so", "so very")))
    assert told(found) == [
        [("The", 0.1, 0.3, "aligned"), ("Ice-cream", 0.3, 1.2, "person"), ("melts.", 1.2, 1.7, "aligned")],
        [
            ("It", 2.2, 2.4, "aligned"),
            ("does", 2.4, 2.8, "aligned"),
            ("so", 2.8, 2.912, "person"),
            ("very", 2.912, 3.1, "person"),
            ("quickly.", 3.1, 3.9, "aligned"),
        ],
    ]


def test_a_subtitle_at_other_times_shares_them_among_its_words() -> None:
    found = edited_by_subtitles(KNOWN, read_srt(lines("0.2-1.9 The ice cream melts.\n2.2-3.9 It does so quickly.")))
    assert [word[0] for scene in told(found) for word in scene] == [word.text for word in KNOWN.words]
    assert (found.words[0].start, found.words[3].end) == (round(0.2 * SAMPLE_RATE), round(1.9 * SAMPLE_RATE))
    assert all(word.source == "person" for word in found.scenes[0].words)
    assert found.scenes[1] == KNOWN.scenes[1]


def test_less_than_a_millisecond_too_far_is_put_right() -> None:
    words = list(KNOWN.words)
    words[-1] = words[-1].model_copy(update={"end": KNOWN.samples + 40})
    words[1] = words[1].model_copy(update={"end": words[2].start + 30})
    words[5] = words[5].model_copy(update={"start": words[4].end - 47})
    found = edited(KNOWN, words).words
    assert (found[-1].end, found[1].end, found[5].start) == (KNOWN.samples, words[2].start, words[4].end)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            WORDWISE.replace("3.1-3.9", "3.1-4.3"),
            "word 8: 'quickly.' ends at 4.300 s, but the narration is over at 4.0",
        ),
        (WORDWISE.replace("0.3-0.6", "0.2-0.6"), "line 6: this subtitle starts before the one in front of it ends"),
        ("0.1-0.3 Something\n0.3-0.9 else\n1.0-2.0 entirely", "belongs to another text: of its 3 words, 0 are said"),
        ("\n".join(f"0.{n:03}-0.{n + 1:03} ice" for n in range(100, 150)), "has 50 words, and 8 are said"),
        (WORDWISE.replace("so", "s" * 201), "word 7: 201 letters"),
    ],
)
def test_subtitles_that_cannot_be_meant_are_refused_with_the_word(text: str, says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)):
        edited_by_subtitles(KNOWN, read_srt(lines(text), "it.srt"), "it.srt")


def test_words_that_overlap_are_refused_with_both_times() -> None:
    words = list(KNOWN.words)
    words[2] = words[2].model_copy(update={"end": words[3].start + 4_800})
    with pytest.raises(InputError, match=r"word 4: 'melts\.' starts at 1\.200 s, before 'cream' has ended at 1\.300 s"):
        edited(KNOWN, words)


def test_a_file_of_another_job_is_refused_by_the_name_in_it() -> None:
    with pytest.raises(InputError, match="the words of job theirs, not of mine"):
        read_words_json(words_json(KNOWN.words, "theirs"), job="mine")
    with pytest.raises(InputError, match="the words of job theirs, not of mine"):
        read_vtt(vtt((Subtitle(start=1, end=2, lines=("a",)),), "theirs"), job="mine")
