"""Whatever holds a secret, what is written down does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelforge.redaction import HIDDEN, Redactor

ANY_TEXT = st.text(st.characters(blacklist_categories=["Cs"]), max_size=20)
SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=8, max_size=24)


def holding(secret: str) -> st.SearchStrategy[Any]:
    """Nested data with the secret in it somewhere, bare or inside a longer text, as a key or as a value."""
    texts = st.tuples(ANY_TEXT, ANY_TEXT).map(lambda around: f"{around[0]}{secret}{around[1]}")
    objects = st.builds(ValueError, texts) | st.just(Path(secret)) | st.just(secret.encode())
    leaf = texts | st.just(secret) | objects
    other = st.none() | st.booleans() | st.floats() | ANY_TEXT
    return st.recursive(
        leaf,
        lambda inner: (
            st.lists(inner | other, max_size=3)
            | st.dictionaries(ANY_TEXT | texts, inner | other, max_size=3)
            | st.tuples(inner, other)
        ),
        max_leaves=6,
    )


def texts_in(data: Any) -> list[str]:
    if isinstance(data, dict):
        return [*data, *(text for value in data.values() for text in texts_in(value))]
    if isinstance(data, list):
        return [text for value in data for text in texts_in(value)]
    return [data] if isinstance(data, str) else []


@given(SECRETS.flatmap(lambda secret: st.tuples(st.just(secret), holding(secret))))
def test_a_known_secret_is_nowhere_in_what_is_written(given_: tuple[str, Any]) -> None:
    secret, data = given_
    clean = Redactor([secret]).value(data)
    json.dumps(clean, allow_nan=False)
    assert not any(secret in text for text in texts_in(clean))


NAMED = ["api_key", "apiKey", "key", "X-Api-Key", "token", "access_token", "refreshToken", "client_secret", "password",
         "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "signature", "X-Amz-Signature",
         "OPENAI_API_KEY",
         "idempotency_key", "db.password"]  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_what_a_secret_name_stands_for_is_hidden_however_it_is_written(name: str) -> None:
    redactor = Redactor()
    secret = "zXy98"  # short and of no known look
    assert redactor.value({name: secret, "deep": [{name: [secret]}]}) == {name: HIDDEN, "deep": [{name: HIDDEN}]}
    for text in (
        f"{name}={secret}",
        f"{name}: {secret}",
        f'{{"{name}": "{secret}"}}',
        f"{{'{name}': '{secret}'}}",
        json.dumps(json.dumps({name: secret})),
        f"https://host/path?a=1&{name}={secret}&b=2",
        f"model({name}='{secret}')",
    ):
        clean = redactor.text(text)
        assert secret not in clean, clean
        assert HIDDEN in clean


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Authorization: Bearer abc.def", f"Authorization: {HIDDEN}"),
        ("sent Bearer abcdefgh1234 to it", f"sent Bearer {HIDDEN} to it"),
        ("https://me:pass@host/x", f"https://{HIDDEN}@host/x"),
        ("Cookie: a=1; b=2", f"Cookie: {HIDDEN}"),
        ('password="two words" kept', f"password={HIDDEN} kept"),
        ("sk-proj-abcdefghijklmnop1234 kept", f"{HIDDEN} kept"),
        ("AKIAIOSFODNN7EXAMPLE kept", f"{HIDDEN} kept"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbg kept", f"{HIDDEN} kept"),
    ],
)
def test_secrets_are_known_by_their_look_and_what_stands_around_them_is_kept(text: str, clean: str) -> None:
    assert Redactor().text(text) == clean


@pytest.mark.parametrize(
    "text",
    ["The Moon is leaving us.", "tokens=1200 at 12:30", "https://host/path?page=2", "monkey: banana", "keyboard=3",
     "line 3: `slots.fetch` must be a whole number", "/Users/me/Movies/a@b.mp4", "step=narrate/sentence-3"],
)  # fmt: skip
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert Redactor().text(text) == text


def test_numbers_that_count_tokens_are_kept() -> None:
    assert Redactor().value({"tokens": 5, "price": 0.1, "cached": True, "none": None}) == {
        "tokens": 5,
        "price": 0.1,
        "cached": True,
        "none": None,
    }


def test_the_environments_secrets_are_known_and_its_words_are_not() -> None:
    redactor = Redactor.of_environment(
        {"ELEVEN_API_KEY": "0123456789", "HOME": "/Users/somebody", "PWD": "/work/place", "MY_TOKEN": "short"}
    )
    assert (
        redactor.text("0123456789 /Users/somebody /work/place short") == f"{HIDDEN} /Users/somebody /work/place short"
    )


def test_a_known_secret_is_also_known_escaped_and_quoted() -> None:
    secret = 'a"b\\c/d e+f'
    redactor = Redactor([secret])
    for form in (secret, json.dumps(secret), quote(secret, safe=""), repr(secret)):
        clean = redactor.text(f"<{form}>")
        assert HIDDEN in clean
        assert "b" not in clean


def test_data_that_contains_itself_comes_to_an_end() -> None:
    loop: list[Any] = []
    loop.append(loop)
    assert "…" in json.dumps(Redactor().value(loop), ensure_ascii=False)
