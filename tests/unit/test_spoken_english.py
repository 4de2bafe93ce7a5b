"""What is written in English and what is said: one test a class of token, and the map between them."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelforge.engines.voice.spoken import sayable, spoken
from reelforge.engines.voice.spoken.numbers import cardinal, decade, fraction, number, ordinal, year


def said(text: str) -> str:
    return " ".join(word for token in spoken(text) for word in token.words)


NUMBERS = [
    ("400 days", "four hundred days"),
    ("3.8 percent", "three point eight percent"),
    ("0.05 of it", "zero point zero five of it"),
    ("384,400 people", "three hundred eighty four thousand four hundred people"),
    ("-4 below", "minus four below"),
    ("agent 007", "agent zero zero seven"),
    ("100+ ways", "one hundred plus ways"),
    ("~10 of them", "about ten of them"),
    ("Apollo 11 flew", "Apollo eleven flew"),
    ("version v2.1.3 works", "version two point one point three works"),
    ("#1 choice", "number one choice"),
    ("10x faster", "ten times faster"),
    (
        "a 16:9 picture of 1920x1080",
        "a sixteen to nine picture of one thousand nine hundred twenty by one thousand eighty",
    ),
    ("10^6 cells", "ten to the power of six cells"),
]
MONEY = [
    ("$2,500 now", "two thousand five hundred dollars now"),
    ("$1 each", "one dollar each"),
    ("$3.50 each", "three dollars and fifty cents each"),
    ("$0.99 each", "ninety nine cents each"),
    ("£5 note", "five pounds note"),
    ("$2.5 million in all", "two point five million dollars in all"),
    ("€5M more", "five million euros more"),
    ("$10/month plan", "ten dollars per month plan"),
    ("5 USD", "five U S dollars"),
    ("-$20 today", "minus twenty dollars today"),
]
YEARS = [
    ("since 1999 it", "since nineteen ninety nine it"),
    ("in 2024 we", "in twenty twenty four we"),
    ("in 2007 we", "in two thousand seven we"),
    ("in 1805 he", "in eighteen oh five he"),
    ("in 1900 he", "in nineteen hundred he"),
    ("1500 people came", "one thousand five hundred people came"),
    ("1350 houses burned", "one thousand three hundred fifty houses burned"),
    ("the 1990s were", "the nineteen nineties were"),
    ("the '90s were", "the nineties were"),
    ("1939–1945", "nineteen thirty nine to nineteen forty five"),
    ("the 1939–45 war", "the nineteen thirty nine to forty five war"),
    ("July 20, 1969", "July twentieth nineteen sixty nine"),
    ("on 5 May", "on the fifth of May"),
    ("on the 5 May", "on the fifth of May"),
    ("by 2024-05-12", "by May twelfth twenty twenty four"),
    ("by 12/25/2024", "by December twenty fifth twenty twenty four"),
]
TIMES = [
    ("at 3:30 sharp", "at three thirty sharp"),
    ("at 3:05 p.m. sharp", "at three oh five P M sharp"),
    ("at 7am sharp", "at seven A M sharp"),
    ("at 12:00 sharp", "at twelve o'clock sharp"),
]
UNITS = [
    ("10 km away", "ten kilometers away"),
    ("10km away", "ten kilometers away"),
    ("1 kg of it", "one kilogram of it"),
    ("5.5 km/s fast", "five point five kilometers per second fast"),
    ("−40 °C out", "minus forty degrees Celsius out"),
    ("20° out", "twenty degrees out"),
    ("12% of it", "twelve percent of it"),
    ("12 % of it", "twelve percent of it"),
    ("10–20 kg of it", "ten to twenty kilograms of it"),
    ("10-20% of it", "ten to twenty percent of it"),
    ("$10–20 each", "ten to twenty dollars each"),
    ("a 5-km run", "a five kilometer run"),
    ("a 22-hour day", "a twenty two hour day"),
    ("I said m and g here", "I said M and G here"),
]
FRACTIONS = [
    ("1/2 cup", "one half cup"),
    ("3/4 full", "three quarters full"),
    ("2½ cups", "two and one half cups"),
    ("1 1/2 cups", "one and one half cups"),
    ("the 22nd time", "the twenty second time"),
    ("1,000,000th one", "one millionth one"),
]
SHORT_FORMS = [
    ("Dr. Smith vs. Mr. Jones", "doctor Smith versus mister Jones"),
    ("fruit, e.g. pears, etc.", "fruit for example pears et cetera"),
    ("No. 5 lives", "number five lives"),
    ("St. Paul on Main St.", "saint Paul on Main street"),
    ("World War II ended", "World War two ended"),
    ("Louis XIV's court", "Louis the fourteenth's court"),
    ("Henry V won", "Henry the fifth won"),
]
CAPITALS = [
    ("NASA and the FBI", "nasa and the F B I"),
    ("two GPUs here", "two G P U's here"),
    ("the R&D team", "the R and D team"),
    ("J. K. Rowling wrote", "J K Rowling wrote"),
    ("the U.S. Army", "the U S Army"),
    ("it is NEVER late", "it is never late"),
    ("IT IS NOT A DRILL", "it is not a drill"),
    ("Vitamin A is", "Vitamin A is"),
    ("A moon is", "a moon is"),
    ("4K on 5G as MP3 of H2O", "four K on five G as M P three of H two O"),
    ("COVID-19 and F-16", "covid nineteen and F sixteen"),
]
SYMBOLS = [
    ("you & me", "you and me"),
    ("x + y = z", "X plus Y equals Z"),
    ("x² falls", "X squared falls"),
    ("and/or both", "and or both"),
    ("C++ or C#", "C plus plus or C sharp"),
    ("see https://www.reelforge.dev/docs now", "see reelforge dot dev slash docs now"),
    ("mail joe@nasa.gov now", "mail joe at nasa dot gov now"),
    ("#MoonLanding by @nasa", "hashtag Moon Landing by at nasa"),
    ("open 24/7 here", "open twenty four seven here"),
    ("twenty-two re-entry", "twenty two re-entry"),
    ("“quoted” (and bracketed)", "quoted and bracketed"),
    ("it’s don't", "it's don't"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [*NUMBERS, *MONEY, *YEARS, *TIMES, *UNITS, *FRACTIONS, *SHORT_FORMS, *CAPITALS, *SYMBOLS],
)
def test_what_is_written_is_said_as_a_speaker_would(text: str, expected: str) -> None:
    assert said(text) == expected


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


@pytest.mark.parametrize("silent", ["🚀", "👩‍🚀", "—", "-", "❤️", "•", "…", "©"])
def test_a_token_without_a_spoken_form_stays_in_the_map_without_words(silent: str) -> None:
    tokens = spoken(f"go {silent} now")
    assert tokens[1].written == silent
    assert tokens[1].words == ()


def test_pauses_follow_the_punctuation_and_the_last_word_always_ends() -> None:
    tokens = spoken("Well, (as said) wait — now; go")
    assert [token.pause for token in tokens] == [",", "", ",", "—", "", ";", "."]


def test_a_dash_inside_a_token_is_a_pause_between_its_words() -> None:
    token = spoken("A day—yes")[1]
    assert (token.words, token.pauses) == (("day", "yes"), ("—", "."))


def test_questions_and_exclamations_keep_their_tone() -> None:
    assert spoken("Why?")[-1].pause == "?"
    assert spoken("“Go!”")[-1].pause == "!"


def test_other_languages_keep_their_numbers_for_the_engine() -> None:
    assert [token.words for token in spoken("Im Jahr 1999, 3,8 km!", "de")] == [
        ("Im",),
        ("Jahr",),
        ("1999",),
        ("3,8",),
        ("km",),
    ]


def test_the_text_for_an_engine_holds_words_and_pauses() -> None:
    assert sayable(spoken("It fell 3.8 km, then—nothing.")) == "It fell three point eight kilometers, then, nothing."


@given(st.text(max_size=60))
def test_any_text_maps_every_token_once_and_pauses_match_words(text: str) -> None:
    tokens = spoken(text)
    assert [token.written for token in tokens] == text.split()
    assert all(len(token.words) == len(token.pauses) for token in tokens)
    assert all(word and not word.isspace() for token in tokens for word in token.words)


@given(st.text(alphabet=string.ascii_letters + string.digits + string.punctuation + " ", max_size=60))
def test_spoken_words_of_ascii_text_hold_only_letters_hyphens_and_apostrophes(text: str) -> None:
    words = [word for token in spoken(text) for word in token.words]
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z'-]*", word) for word in words), words


@given(st.integers(min_value=0, max_value=10**12))
def test_a_cardinal_read_back_is_the_number(value: int) -> None:
    small = {cardinal(n)[0]: n for n in range(11)}
    small |= {cardinal(n)[0]: n for n in range(11, 20)} | {cardinal(n)[0]: n for n in range(20, 100, 10)}
    scales = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
    total = part = 0
    for word in cardinal(value):
        if word == "hundred":
            part *= 100
        elif word in scales:
            total, part = total + part * scales[word], 0
        else:
            part += small[word]
    assert total + part == value


def test_the_forms_of_a_number() -> None:
    assert " ".join(ordinal(112)) == "one hundred twelfth"
    assert " ".join(ordinal(20)) == "twentieth"
    assert " ".join(year(2000)) == "two thousand"
    assert " ".join(year(1066)) == "ten sixty six"
    assert " ".join(decade(1920)) == "nineteen twenties"
    assert " ".join(fraction(2, 3)) == "two thirds"
    assert " ".join(number("1,234.50")) == "one thousand two hundred thirty four point five zero"
    assert len(cardinal(10**30)) == 31
