"""What is written and what is said, case by case: the tables ``spoken_*.txt`` beside this file, token for token."""

import re
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

import anyio
import pytest

from reelforge.engines.voice.phonemes.client import EspeakProcess
from reelforge.engines.voice.spoken import spoken

TABLES = {"en": "english", "de": "german", "es": "spanish"}
VOICES = {"en": "en-us", "de": "de", "es": "es"}


@cache
def table(language: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(written, what each token says) of every line of a language's table."""
    lines = (Path(__file__).parent / f"spoken_{TABLES[language]}.txt").read_text("utf-8").splitlines()
    rows = [line.split(" → ") for line in lines if " → " in line and not line.startswith("# What")]
    return tuple((" → ".join(row[:-1]), tuple(part.strip() for part in row[-1].split("|"))) for row in rows)


CASES = [(language, written, said) for language in TABLES for written, said in table(language)]


@pytest.mark.parametrize(("language", "written", "said"), CASES, ids=[f"{row[0]}: {row[1]}" for row in CASES])
def test_every_token_says_what_the_table_says(language: str, written: str, said: tuple[str, ...]) -> None:
    assert tuple(" ".join(token.words) for token in spoken(written, language)) == said


@pytest.mark.parametrize(("language", "least"), [("en", 250), ("de", 80), ("es", 80)])
def test_the_tables_are_as_long_as_they_claim(language: str, least: int) -> None:
    assert len(set(table(language))) >= least


@pytest.mark.parametrize("language", TABLES)
def test_a_voice_has_sounds_for_every_word_of_the_table(language: str) -> None:
    words = sorted({word for _, said in table(language) for part in said for word in part.split()})

    async def silent_ones() -> list[str]:
        espeak = EspeakProcess()
        try:
            sounds: list[str] = []
            for start in range(0, len(words), 50):
                part = words[start : start + 50]
                sounds += await espeak.phonemes(part, [","] * len(part), VOICES[language])
        finally:
            await espeak.aclose()
        return [word for word, ipa in zip(words, sounds, strict=True) if not any(map(str.isalpha, ipa))]

    assert anyio.run(silent_ones) == []


@pytest.mark.parametrize("language", TABLES)
def test_numbers_sound_as_espeak_itself_reads_their_figures(language: str) -> None:
    """An independent reading: espeak-ng's own number rules, without stress, length and the ``ein`` of ``einhundert``.

    Years and Spanish telephone numbers are left out: we read them otherwise on purpose.
    """
    values = [value for value in (*range(100), *range(977, 10**6, 37199), 345678901) if value % 100]
    values = [value for value in values if not 1000 < value < 2100]
    texts = [" ".join(word for token in spoken(f"x {value}", language)[1:] for word in token.words) for value in values]

    async def heard(parts: list[str]) -> list[str]:
        espeak = EspeakProcess()
        try:
            said = []
            for part in parts:
                words = part.split()
                said.append("".join(await espeak.phonemes(words, [""] * len(words), VOICES[language])))
        finally:
            await espeak.aclose()
        return [re.sub(r"[ˈˌ^ː ]", "", ipa).replace("aɪnhʊndɜt", "hʊndɜt") for ipa in said]

    ours = anyio.run(heard, texts)
    theirs = anyio.run(heard, [str(value) for value in values])
    alike = [SequenceMatcher(None, one, other).ratio() for one, other in zip(ours, theirs, strict=True)]
    assert min(alike) > 0.7
    assert sum(ratio > 0.9 for ratio in alike) > 0.85 * len(alike)
