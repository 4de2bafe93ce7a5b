"""Pure parts of alignment: written words from spoken ones, two opinions on one word, and the sentences about them."""

import pytest

from reelforge.domain.cues import SAMPLE_RATE, Word, WordSource
from reelforge.engines.align.confidence import by_sphinx
from reelforge.engines.align.crosscheck import resolved
from reelforge.engines.align.finder import Finding, FoundWord
from reelforge.engines.align.notes import clock, stray_notes
from reelforge.engines.align.said import Place
from reelforge.engines.align.written import FRAME, FoundWords, found_words
from reelforge.engines.voice.spoken import spoken

MS = SAMPLE_RATE // 1000


def found(*places: tuple[float, float]) -> Finding:
    return Finding(tuple(FoundWord(first, end, 0.9, "aligned") for first, end in places))


def word(start: int, source: WordSource = "native", sure: float = 0.95, text: str = "w") -> Word:
    return Word(text=text, start=start * MS, end=(start + 100) * MS, confidence=sure, source=source)


def test_a_written_number_spans_all_its_spoken_words() -> None:
    tokens = spoken("It costs $2,500 now.")
    count = sum(len(token.words) for token in tokens)
    spans = [(10.0 * n, 10.0 * n + 8) for n in range(count)]
    words = found_words(tokens, found(*spans), 10_000 * FRAME).words
    assert [one.text for one in words] == ["It", "costs", "$2,500", "now."]
    assert words[2].start == 20 * FRAME
    assert words[2].end == round((10 * (count - 2) + 8) * FRAME)


def test_what_says_nothing_has_no_length_and_stands_where_it_is_written() -> None:
    words = found_words(spoken("🚀 Up — and away 🎉"), found((5, 9), (20, 25), (25, 40)), 100 * FRAME).words
    assert [(one.text, one.start // FRAME, one.end // FRAME) for one in words] == [
        ("🚀", 0, 0),
        ("Up", 5, 9),
        ("—", 9, 9),
        ("and", 20, 25),
        ("away", 25, 40),
        ("🎉", 40, 40),
    ]


def test_a_text_that_says_nothing_at_all_has_words_without_confidence() -> None:
    words = found_words(spoken("🚀 🎉"), Finding(()), 100).words
    assert [(one.text, one.start, one.end, one.confidence) for one in words] == [("🚀", 0, 0, 0), ("🎉", 0, 0, 0)]


def test_words_never_run_backwards_or_beyond_the_sound() -> None:
    words = found_words(spoken("one two three"), found((5, 20), (15, 18), (90, 300)), 100 * FRAME).words
    edges = [edge for one in words for edge in (one.start, one.end)]
    assert edges == sorted(edges)
    assert edges[-1] == 100 * FRAME


def test_missing_and_extra_words_are_counted_in_written_ones() -> None:
    tokens = spoken("It costs $2,500 now.")
    spans = tuple(FoundWord(10 * n, 10 * n + 8, 0.9, "aligned") for n in range(sum(len(t.words) for t in tokens)))
    heard = found_words(tokens, Finding(spans, (2, 3), ((50, 70, 3), (90, 99, len(spans)))), 1000 * FRAME)
    assert heard.missing == (2,)
    assert heard.extra == ((50 * FRAME, 70 * FRAME, 2), (90 * FRAME, 99 * FRAME, 4))


def test_a_scene_is_flagged_when_two_methods_lie_over_120_ms_apart() -> None:
    told = [word(at) for at in (0, 300, 600)]
    near = [word(at + 100, "aligned", 0.5) for at in (0, 300, 600)]
    far = [word(at + 150, "aligned", 0.5) for at in (0, 300, 600)]
    assert resolved(1, [(told, near)]) == ([told], [])
    chosen, notes = resolved(2, [(told, far)])
    (note,) = notes
    assert note.startswith("Scene 2: the word times the voice told and those found in its sound lie 150 ms apart")
    assert note.endswith("the voice's are used.")
    assert [one.start for one in chosen[0]] == [one.start for one in told]


def test_a_flagged_scene_takes_the_sounds_word_when_that_is_sure() -> None:
    told = [word(at) for at in (0, 300, 600)]
    sure = [word(at + 150, "aligned", 0.98) for at in (0, 300, 600)]
    chosen, notes = resolved(1, [(told, sure)])
    assert chosen == [sure]
    assert "found in the sound are used" in notes[0]


def test_a_time_the_voice_only_guessed_is_found_in_the_sound() -> None:
    told = [word(0), word(100, "estimate", 0.6), word(600)]
    sound = [word(10, "aligned"), word(310, "aligned"), word(610, "aligned")]
    chosen, notes = resolved(1, [(told, sound)])
    assert [(one.start // MS, one.source) for one in chosen[0]] == [(0, "native"), (310, "aligned"), (600, "native")]
    assert not notes


def test_a_single_word_told_far_off_is_less_sure() -> None:
    told = [word(at) for at in (0, 300, 600)]
    chosen, _ = resolved(1, [(told, [word(0, "aligned"), word(560, "aligned"), word(600, "aligned")])])
    assert [one.confidence for one in chosen[0]] == [0.95, 0.6, 0.95]


def test_without_a_second_opinion_the_voice_is_believed_and_without_a_voice_the_sound() -> None:
    told, sound = [word(0)], [word(5, "aligned")]
    assert resolved(1, [(told, ()), ((), sound)]) == ([told, sound], [])


def test_agreement_and_a_good_fit_make_a_word_sure() -> None:
    good, bad = Place(100, 120, 5.0), Place(100, 120, -40.0)
    assert by_sphinx(good, Place(101, 118), judged=True) > 0.98
    assert by_sphinx(bad, Place(140, 150), judged=True) < 0.5
    assert by_sphinx(good, Place(101, 118), judged=False) > by_sphinx(good, Place(140, 150), judged=False)
    assert 0.9 < by_sphinx(good, None, judged=False) < by_sphinx(good, Place(100, 118), judged=False)


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00.0"), (59.96, "1:00.0"), (754.32, "12:34.3")])
def test_places_are_told_in_minutes_and_seconds(seconds: float, shown: str) -> None:
    assert clock(round(seconds * SAMPLE_RATE)) == shown


def test_what_is_missing_and_what_is_extra_is_told_with_its_place() -> None:
    words = tuple(word(100 * n, text=text) for n, text in enumerate(["so", "the", "bulge", "tugs", "the", "Moon"]))
    heard = FoundWords(words=words, missing=(1, 3, 4, 5), extra=((0, 48_000, 0), (9_600, 48_000, 2)))
    assert stray_notes(2, 48_000, heard) == [
        "Scene 2: “the” is written but not heard, at about 0:01.1.",
        "Scene 2: “tugs … Moon” (3 words) is written but not heard, at about 0:01.3.",
        "Scene 2: 1.0 seconds of speech at 0:01.0 before “so” are not in the text.",
        "Scene 2: 0.8 seconds of speech at 0:01.2 after “the” are not in the text.",
    ]


def test_a_recording_that_strays_everywhere_is_told_in_few_sentences() -> None:
    words = tuple(word(100 * n) for n in range(40))
    notes = stray_notes(1, 0, FoundWords(words=words, missing=tuple(range(0, 40, 2))))
    assert len(notes) == 7
    assert notes[-1] == "Scene 1: 14 more passages are not heard."
