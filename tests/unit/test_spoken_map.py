"""The map between written tokens and spoken words: complete, ordered, bounded, the same every time."""

import re
import string
import time
import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelforge.engines.voice.spoken import VERSION, Token, known_languages, notice, sayable, spoken
from reelforge.engines.voice.spoken.languages.de import numbers as german
from reelforge.engines.voice.spoken.languages.en.numbers import cardinal, decade, fraction, ordinal, year
from reelforge.engines.voice.spoken.languages.es import numbers as spanish

KNOWN = st.sampled_from(["en", "en-GB", "de", "es", "es-MX"])
FRAGMENTS = (
    "5 10 000 1/2 ½ ² ³ ª º $ € % ° § # @ & + = - – — … . , : ; ' ’ \" ( ) v2.0 3:30 pm am No. St. Dr. U.S. J. NASA IV "
    "II Henry World million Mio. z. B. Uhr h €/kg km km/h #Tag @a a@b.co http://x.y 👍 5️⃣ ① ２ ٣ Ⅷ x² 10⁶ ㎏ ﬁ 𝐇 1.º nº "
    "हिन्दी 中文 العربية 1.000 1,000 12.5.2024 24.12. '90s 1990s 3. Mai 555-1234 +1 −5 ~ ^ _ * / | \\ < > 10^6 a/b 007 "
    "99999999999999999999999999999999999999999 XIV. A I a 1st 4K 10x10 5'10 0@0.AA¼"
)
SHORT = st.sampled_from(FRAGMENTS.split())
TEXTS = st.one_of(
    st.text(max_size=40),
    st.lists(SHORT, max_size=8).map(" ".join),
    st.lists(st.one_of(SHORT, st.text(max_size=3)), max_size=6).map("".join),
)


def words_of(text: str, language: str = "en") -> list[str]:
    return [word for token in spoken(text, language) for word in token.words]


def written(tokens: Sequence[Token]) -> list[str]:
    return "".join(("" if token.clings else " ") + token.written for token in tokens).split()


@given(TEXTS, KNOWN)
def test_any_text_maps_every_token_once_to_words_a_voice_can_say(text: str, language: str) -> None:
    tokens = spoken(text, language)
    assert written(tokens) == text.split()
    assert all(len(token.words) == len(token.pauses) for token in tokens)
    for word in (word for token in tokens for word in token.words):
        assert word.split() == [word]
        assert any(map(str.isalpha, word))
        assert not any(unicodedata.category(sign) in {"Nd", "No", "Nl"} for sign in word)


@given(TEXTS, KNOWN)
def test_the_last_word_always_ends_in_a_full_pause(text: str, language: str) -> None:
    said = [token for token in spoken(text, language) if token.words]
    assert not said or said[-1].pause in tuple(".!?…")


@given(TEXTS, KNOWN)
def test_the_same_text_is_always_said_the_same(text: str, language: str) -> None:
    assert spoken(text, language) == spoken(text, language)


@given(st.text(max_size=60))
def test_a_language_without_a_file_keeps_its_words_for_the_voice(text: str) -> None:
    tokens = spoken(text, "fr")
    assert written(tokens) == text.split()
    assert all(len(token.words) <= 1 for token in tokens)


@given(st.text(alphabet=string.ascii_letters + string.digits + string.punctuation + " ", max_size=60))
def test_spoken_words_of_ascii_text_hold_only_letters_hyphens_and_apostrophes(text: str) -> None:
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z'-]*", word) for word in words_of(text)), words_of(text)


def test_each_written_token_keeps_its_own_words() -> None:
    tokens = spoken("It cost $2.5 million 🚀 — in 1999.")
    assert [(token.written, token.words) for token in tokens] == [
        ("It", ("It",)),
        ("cost", ("cost",)),
        ("$2.5", ("two", "point", "five")),
        ("million", ("million", "dollars")),
        ("🚀", ()),
        ("—", ()),
        ("in", ("in",)),
        ("1999.", ("nineteen", "ninety", "nine")),
    ]


@pytest.mark.parametrize("silent", ["🚀", "👩‍🚀", "—", "-", "❤️", "•", "…", "©", "#️⃣"])
@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_a_token_without_a_spoken_form_stays_in_the_map_without_words(silent: str, language: str) -> None:
    tokens = spoken(f"go {silent} now", language)
    assert tokens[1].written == silent
    assert tokens[1].words == ()


def test_a_text_without_spaces_is_timed_by_token_and_said_without_new_spaces() -> None:
    tokens = spoken("今日は東京に行きました。 よかった！", "ja")
    assert [token.written for token in tokens] == ["今日は", "東京に", "行きました。", "よかった！"]
    assert sayable(tokens) == "今日は東京に行きました. よかった!"


def test_pauses_follow_the_punctuation_and_the_last_word_always_ends() -> None:
    tokens = spoken("Well, (as said) wait — now; go")
    assert [token.pause for token in tokens] == [",", "", ",", "—", "", ";", "."]


def test_a_dash_between_numbers_is_said_and_makes_no_pause() -> None:
    assert [(token.words, token.pause) for token in spoken("10 – 15")] == [
        (("ten",), ""),
        (("to",), ""),
        (("fifteen",), "."),
    ]


def test_a_dash_inside_a_token_is_a_pause_between_its_words() -> None:
    token = spoken("A day—yes")[1]
    assert (token.words, token.pauses) == (("day", "yes"), ("—", "."))


def test_questions_and_exclamations_keep_their_tone() -> None:
    assert spoken("Why?")[-1].pause == "?"
    assert spoken("“Go!”")[-1].pause == "!"
    assert spoken("¿Por qué?", "es")[-1].pause == "?"


def test_the_dot_of_an_ordinal_or_a_short_form_is_no_pause() -> None:
    assert [token.pause for token in spoken("Am 3. Mai z. B. hier.", "de")] == ["", "", "", "", "", "."]
    assert [token.pause for token in spoken("Dr. No, etc. and so on.")] == ["", ",", "", "", "", "."]


def test_the_text_for_an_engine_holds_words_and_pauses() -> None:
    assert sayable(spoken("It fell 3.8 km, then—nothing.")) == "It fell three point eight kilometers, then, nothing."


def test_who_writes_in_a_language_without_a_file_is_told() -> None:
    assert known_languages() == ("de", "en", "es")
    assert notice("de-AT") == notice("en") == notice("es_MX") == ""
    assert "'fr'" in notice("fr")
    assert "de, en, es" in notice("fr")


@pytest.mark.parametrize("tag", ["../os", "os", "", "en.numbers", "__init__", "d", "\x00", "languages"])
def test_a_tag_that_names_no_language_only_falls_through(tag: str) -> None:
    assert [token.words for token in spoken("Im Jahr 1999", tag)] == [("Im",), ("Jahr",), ("1999",)]


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("en-US", "05/06/2024", "May sixth twenty twenty four"),
        ("en-GB", "05/06/2024", "the fifth of June twenty twenty four"),
        ("es", "$5 y 3.5", "cinco dólares y tres punto cinco"),
        ("es-MX", "$5 y 1,500.50", "cinco pesos y mil quinientos punto cincuenta"),
    ],
)
def test_a_region_has_its_own_dates_money_and_points(language: str, written: str, said: str) -> None:
    assert " ".join(words_of(written, language)) == said


def test_a_no_break_space_groups_a_number_as_a_space_does() -> None:
    assert words_of("12\u00a0345\u202f678 km") == words_of("12 345 678 km") == words_of("12,345,678 km")


def cpu_seconds(text: str, language: str) -> float:
    began = time.process_time()
    spoken(text, language)
    return time.process_time() - began


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_the_time_grows_with_the_length_of_the_text(language: str) -> None:
    text = (
        "In 1999, Dr. Smith paid $2,500 for 10 000 km — 5 % of the U.S. total; see 3:30 pm, #TagMe @joe 👍 👍 ok. " * 25
    )
    cpu_seconds(text, language)
    short, long = (min(cpu_seconds(text * times, language) for _ in range(3)) for times in (2, 8))
    assert long < 4 * short * 2


@pytest.mark.parametrize(
    "hostile",
    [
        "7",
        ".",
        "'",
        "a1",
        "1,",
        ",000",
        "1-",
        "- ",
        "👍 ",
        "a@",
        "((",
        "A.",
        "10 000 ",
        "+1 ",
        "#",
        "1/",
        "1x",
        "5⁶",
        "aB",
    ],
)
def test_an_endless_token_is_bounded_in_time_and_words(hostile: str) -> None:
    began = time.process_time()
    tokens = spoken("1" + hostile * 15_000)
    assert time.process_time() - began < 4
    assert max(len(token.words) for token in tokens) <= 300


def test_ten_megabytes_of_digits_say_that_they_go_on() -> None:
    token = spoken("7" * 10_000_000)[0]
    assert token.words == ("seven",) * 20 + ("and", "so", "on")


@given(st.integers(min_value=0, max_value=10**12))
def test_a_cardinal_read_back_is_the_number(value: int) -> None:
    small = {cardinal(n)[0]: n for n in range(20)} | {cardinal(n)[0]: n for n in range(20, 100, 10)}
    scales = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
    assert _read_back(cardinal(value), small, "hundred", scales) == value


@given(st.integers(min_value=0, max_value=10**12 - 1))
def test_a_german_cardinal_read_back_is_the_number(value: int) -> None:
    small = {german.cardinal(n)[0]: n for n in range(20)} | {german.cardinal(n)[0]: n for n in range(20, 100, 10)}
    small |= {"ein": 1, "eine": 1, "und": 0}
    words = tuple(
        {"Millionen": "Million", "Milliarden": "Milliarde"}.get(word, word) for word in german.cardinal(value)
    )
    scales = {"tausend": 10**3, "Million": 10**6, "Milliarde": 10**9}
    assert _read_back(words, small, "hundert", scales) == value


def _read_back(words: tuple[str, ...], small: dict[str, int], hundred: str, scales: dict[str, int]) -> int:
    total = part = 0
    for word in words:
        if word == hundred:
            part = max(part, 1) * 100
        elif word in scales:
            total, part = total + max(part, 1) * scales[word], 0
        else:
            part += small[word]
    return total + part


@given(st.integers(min_value=0, max_value=10**12 - 1))
def test_a_spanish_cardinal_read_back_is_the_number(value: int) -> None:
    small = {spanish.cardinal(n)[0]: n for n in range(30)} | {spanish.cardinal(n)[0]: n for n in range(30, 100, 10)}
    small |= {spanish.cardinal(n * 100)[0]: n * 100 for n in range(2, 10)}
    small |= {"cien": 100, "ciento": 100, "un": 1, "veintiún": 21, "y": 0}
    millions = thousands = part = 0
    for word in spanish.cardinal(value):
        if word == "mil":
            thousands, part = max(part, 1) * 1000, 0
        elif word in {"millón", "millones"}:
            millions, thousands, part = (thousands + part) * 10**6, 0, 0
        else:
            part += small[word]
    assert millions + thousands + part == value


def test_the_forms_of_a_number() -> None:
    assert " ".join(ordinal(112)) == "one hundred twelfth"
    assert " ".join(ordinal(20)) == "twentieth"
    assert " ".join(year(2000)) == "two thousand"
    assert " ".join(year(1066)) == "ten sixty six"
    assert " ".join(decade(1920)) == "nineteen twenties"
    assert " ".join(fraction(2, 3)) == "two thirds"
    assert " ".join(cardinal(10**33)) == "one decillion"
    assert " ".join(german.cardinal(10**33)) == "eine Quintilliarde"
    assert " ".join(spanish.cardinal(10**33)) == "mil quintillones"


def test_the_version_is_part_of_what_a_voice_is() -> None:
    assert VERSION >= 2
