"""Every mistake in the settings file gets one sentence: file, line, key, what is allowed, and the nearest spelling."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import pytest

from reelforge.errors import InputError
from reelforge.settings import load
from reelforge.settings.problems import shown

MISTAKES = (Path(__file__).parent / "settings_mistakes.txt").read_text(encoding="utf-8")
"""Blocks of TOML, each followed by `==> ` and what is said of it; `…` stands for anything."""


def said(folder: Path, text: str | bytes, environ: dict[str, str] | None = None) -> list[str]:
    path = folder / "reelforge.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        load(path, environ or {})
    assert caught.value.exit_code == 2
    return str(caught.value).replace(str(path), "reelforge.toml").splitlines()


@pytest.mark.parametrize(("text", "sentence"), re.findall(r"((?:(?!==> ).*\n)+)==> (.*)\n", MISTAKES))
def test_a_mistake_is_told_in_one_sentence_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    (line,) = said(tmp_path, text.lstrip("\n"))
    assert re.fullmatch(re.escape(f"reelforge.toml {sentence}").replace("…", ".*"), line), line


def test_all_mistakes_are_told_together_in_the_files_order(tmp_path: Path) -> None:
    lines = said(
        tmp_path,
        """[channels.b]
mood = "chill"
voice = { speed = 5.0 }

[channels.a]
palette = 1

[slots]
fetch = 0
jobs = -1

[zzz]
""",
    )
    assert [line.split(":")[0] for line in lines] == [f"reelforge.toml line {n}" for n in (2, 3, 6, 9, 10, 12)]


def test_a_mistake_in_the_defaults_is_told_once_and_where_it_stands(tmp_path: Path) -> None:
    text = '[defaults]\nvoice = { speed = 5.0 }\n[channels.a]\n[channels.b]\nvoice = { voice = "bm_george" }\n'
    assert said(tmp_path, text) == [
        "reelforge.toml line 2: `defaults.voice.speed` must be a number from 0.5 to 2, not 5.0."
    ]


def test_a_mistake_in_a_channel_is_told_there_though_the_defaults_say_something_too(tmp_path: Path) -> None:
    text = "[defaults]\nvoice = { speed = 1.0 }\n[channels.a]\nvoice = { speed = 5.0 }\n"
    assert said(tmp_path, text) == [
        "reelforge.toml line 4: `channels.a.voice.speed` must be a number from 0.5 to 2, not 5.0."
    ]


def test_a_key_missing_in_a_table_that_chooses_anew_is_told_there_and_not_where_the_defaults_have_it(
    tmp_path: Path,
) -> None:
    text = '[defaults]\nvoice = { voice = "am_michael" }\n[channels.a]\nvoice = { engine = "elevenlabs" }\n'
    (line,) = said(tmp_path, text)
    assert line.startswith("reelforge.toml line 4: `channels.a.voice.voice` is missing"), line


def test_a_mistake_in_a_variable_names_the_variable(tmp_path: Path) -> None:
    assert said(tmp_path, "[channels.a]\n", {"REELFORGE_SLOTS__FETCH": "many"}) == [
        'REELFORGE_SLOTS__FETCH in the environment: `slots.fetch` must be a whole number from 1 to 256, not "many".'
    ]
    assert said(tmp_path, "", {"REELFORGE_SLOTS__FETSH": "3"}) == [
        "REELFORGE_SLOTS__FETSH in the environment: `slots.fetsh` is not a setting; did you mean `fetch`?"
    ]


def test_a_value_that_may_be_a_secret_is_not_repeated(tmp_path: Path) -> None:
    text = '[channels.a.writer]\napi_key = "sk-very-secret"\nbase_url = "http://x/v1"\nmodel = "m"\n'
    (line,) = said(tmp_path, text)
    assert "very-secret" not in line
    assert "`channels.a.writer.api_key` is not a setting" in line


@pytest.mark.parametrize("key", ["api_key", "key", "token", "client_secret"])
def test_the_value_of_a_wrong_secret_is_not_shown(key: str) -> None:
    assert shown("sk-very-secret", key) == "what is there"
    assert shown(12345678, key) == "what is there"


def test_bytes_that_are_no_utf8_are_told_with_their_line(tmp_path: Path) -> None:
    assert said(tmp_path, b'[channels.a]\ntitle = "caf\xe9"\n') == [
        "reelforge.toml line 2: byte 0xe9 is not UTF-8 text. Save the file as UTF-8."
    ]


def test_a_missing_file_a_folder_and_an_unreadable_file_are_told_apart(tmp_path: Path) -> None:
    missing = tmp_path / "none.toml"
    with pytest.raises(InputError, match=r"^There is no settings file .*none\.toml\. Name one that is there"):
        load(missing, {})
    with pytest.raises(InputError, match=r"is a folder\. Name the TOML file in it"):
        load(tmp_path, {})
    loop = tmp_path / "loop.toml"
    loop.symlink_to(loop)
    why = os.strerror(errno.ELOOP).lower()
    with pytest.raises(InputError, match=rf"loop\.toml cannot be read: {why}\. Make it readable\."):
        load(loop, {})
