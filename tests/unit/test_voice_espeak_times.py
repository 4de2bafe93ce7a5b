"""espeak-ng's word events laid over the words: what it leaves out is shared out, what contradicts is not believed."""

from reelforge.engines.voice.espeak import _starts, _text
from reelforge.engines.voice.spoken import spoken

PLACES = [(0, 3), (4, 6), (7, 10), (11, 15)]


def test_words_without_an_event_share_the_time_to_the_next_by_their_letters() -> None:
    starts, told = _starts(PLACES, [(0, 3, 0), (4, 2, 700), (11, 4, 1400)], 2000)
    assert starts == [0, 700, 1000, 1400]
    assert told == [True, True, False, True]


def test_an_event_that_points_back_is_not_believed() -> None:
    starts, told = _starts(PLACES, [(0, 3, 0), (7, 3, 500), (4, 2, 600), (11, 4, 900)], 2000)
    assert starts == sorted(starts)
    assert told == [True, False, True, True]


def test_an_event_between_words_or_earlier_in_time_is_not_believed() -> None:
    starts, told = _starts(PLACES, [(0, 3, 0), (3, 1, 300), (7, 3, 900), (11, 4, 100)], 2000)
    assert starts == sorted(starts)
    assert told == [True, False, True, False]


def test_the_places_are_those_of_the_words_in_the_text() -> None:
    text, places = _text(spoken("Vitamin A, then 5 km."), "en-us")
    assert text == "Vitamin eigh, then five kilometers."
    assert [text[start:end] for start, end in places] == ["Vitamin", "eigh", "then", "five", "kilometers"]
