"""Sentences: where one ends, and where a dot is only a dot."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reelforge.domain.sentences import sentences
from reelforge.domain.tokens import token_ends, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Moon is leaving us.", ["The Moon is leaving us."]),
        ("The culprit is the tide. Our oceans tug it.", ["The culprit is the tide.", "Our oceans tug it."]),
        ("Dr. Smith met Mrs. Jones. They talked.", ["Dr. Smith met Mrs. Jones.", "They talked."]),
        ("It slips 3.8 centimetres. Every year.", ["It slips 3.8 centimetres.", "Every year."]),
        ("Planets, e.g. Mars, spin. So do moons.", ["Planets, e.g. Mars, spin.", "So do moons."]),
        ("He moved to the U.S. He stayed.", ["He moved to the U.S.", "He stayed."]),
        ("The U.S. Army came.", ["The U.S. Army came."]),
        ("J. K. Rowling wrote it. We read it.", ["J. K. Rowling wrote it.", "We read it."]),
        ("Wake at 6 a.m. and run.", ["Wake at 6 a.m. and run."]),
        ("We met at 6 a.m. The sun rose.", ["We met at 6 a.m.", "The sun rose."]),
        ("“Why?” he asked. “Because!” she said.", ["“Why?” he asked.", "“Because!” she said."]),
        ("Wait... what? Yes!", ["Wait... what?", "Yes!"]),
        ("It waited… Then it fell.", ["It waited…", "Then it fell."]),
        ("Go! 🚀 Now rest. 🌙", ["Go! 🚀", "Now rest. 🌙"]),
        ("🌙 The Moon.", ["🌙 The Moon."]),
        ("1. Open the box. 2. Look.", ["1. Open the box.", "2. Look."]),
        ("No. 5 is alive. No. It is not.", ["No. 5 is alive.", "No.", "It is not."]),
        ("He ate a fig. Then he left. See Fig. 3 here.", ["He ate a fig.", "Then he left.", "See Fig. 3 here."]),
        ("Cats, dogs, etc. They live.", ["Cats, dogs, etc.", "They live."]),
        ("A heading\n\nA paragraph without an end", ["A heading", "A paragraph without an end"]),
        ("In 600 million years, there won't be any.", ["In 600 million years, there won't be any."]),
        ("Yahoo! is a name.", ["Yahoo! is a name."]),
        ("   ", []),
        ("🚀 🚀", ["🚀 🚀"]),
    ],
)
def test_a_sentence_ends_where_a_reader_would_end_it(text: str, expected: list[str]) -> None:
    assert list(sentences(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Er fragte: „Warum?“ Sie sagte: „Darum.“ Dann ging er.", 3),
        ("»Wort.« Er ging.", 2),
        ("Am 3. Mai 2024 kam er. Sie blieb.", 2),
        ("Im 19. Jahrhundert war die 2. Runde. So war es.", 2),
        ("Ludwig XIV. war König. Dann kam Ludwig XV. Der war jung.", 3),
        ("Er ist 35. Sie ist 40.", 2),
        ("Wir kamen am 24.12.2024. Na gut.", 2),
        ("Das ist z. B. Hans. Es gibt u. a. Katzen. So geht es usw. Und weiter.", 4),
        ("Dr. Müller kam. Prof. Lang nicht.", 2),
        ("Es kostet 5 Mio. Euro. Das sind ca. 3 Mrd. Dollar.", 2),
        ("44 v. Chr. starb er. Das war 44 v. Chr. Danach kam Augustus.", 3),
        ("Eine neue Art. Sie lebt. Siehe Art. 5 dort.", 3),
        ("1. Öffne es. 2. Schau.", 2),
        ("J. S. Bach schrieb es. Um 15.30 Uhr.", 2),
    ],
)
def test_german_dots_of_ordinals_and_short_forms_end_nothing(text: str, expected: int) -> None:
    assert len(sentences(text, "de")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("¿Qué tal? ¡Bien! Vamos.", 3),
        ("El Sr. López vino. La Dra. Ruiz no.", 2),
        ("EE. UU. es grande. Vive en EE. UU. Es feliz.", 3),
        ("Vive en EE.UU. México no.", 1),
        ("Nació en 44 a. C. en Roma. Murió en 12 d. C. Después nada.", 3),
        ("Salió a las 3 p. m. El tren no. P. ej. Madrid.", 3),
        ("Era la pág. 5. La n.º 3 no. Costó 3,5 mill. de euros.", 3),
        ("Ud. sabe. Uds. saben. Vivo en la Av. Sol.", 3),
        ("Espera… ¿Qué? «Hola.» Se fue.", 4),
    ],
)
def test_spanish_dots_of_short_forms_end_nothing(text: str, expected: int) -> None:
    assert len(sentences(text, "es")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("你好吗？我很好。再见！", ["你好吗？", "我很好。", "再见！"]),
        ("「行こう。」と言った。彼は行った。", ["「行こう。」", "と言った。", "彼は行った。"]),
        ("価格は3.8ドルです。安い！", ["価格は3.8ドルです。", "安い！"]),
        ("我用 iPhone 15。很好。🚀", ["我用 iPhone 15。", "很好。🚀"]),
        ("ما هذا؟ هذا كتاب.", ["ما هذا؟", "هذا كتاب."]),
        ("यह किताब है। वह अच्छी है।", ["यह किताब है।", "वह अच्छी है।"]),
        ("Dr. Smith came. 你好。再见。", ["Dr. Smith came.", "你好。", "再见。"]),
    ],
)
def test_sentences_of_scripts_without_spaces_are_cut_at_their_own_marks(text: str, expected: list[str]) -> None:
    assert list(sentences(text, "zh", unspaced=True)) == expected


@given(st.text(alphabet='aB.!?… \n"“”1🚀—你好。！今は「」', max_size=80))
@example("は?1“")
def test_no_sign_is_lost_when_scripts_without_spaces_are_cut(text: str) -> None:
    whole = [token for part in sentences(text, "zh", unspaced=True) for token in tokens(part)]
    assert "".join(whole) == "".join(text.split())
    # A sentence in a script with spaces is cut at its spaces alone once it is by itself: “は?1“” has three, then two.
    assert set(token_ends(text, whole)) <= set(token_ends(text))


@given(st.text(max_size=80), st.sampled_from(["en", "de", "es", "zh", "", "x-1"]))
def test_any_text_in_any_language_keeps_its_tokens(text: str, language: str) -> None:
    assert " ".join(sentences(text, language)).split() == text.split()


@given(st.text(alphabet="aB.!?… \n\"'“”1🚀—", max_size=80))
def test_no_token_is_lost_added_or_cut(text: str) -> None:
    assert " ".join(sentences(text)).split() == text.split()


@given(st.lists(st.sampled_from(["The", "Moon.", "🚀", "—", "e.g.", "rises!", "3.8", "…", "No."]), max_size=12))
def test_every_sentence_of_a_text_with_words_says_something(tokens: list[str]) -> None:
    text = " ".join(tokens)
    if any(letter.isalnum() for letter in text):
        assert all(any(letter.isalnum() for letter in sentence) for sentence in sentences(text))
