"""Keeping secrets out of everything that is written down: by their values where known, by their look and name else."""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

HIDDEN: Final = "***"
SHORTEST: Final = 8
"""Shorter values of suspicious variables are words, not secrets; to hide them would hide half of every sentence."""
DEEPEST: Final = 12

_WORDS: Final = (
    r"(?:[a-z0-9]*[_-])*(?:[a-z0-9]*api[_-]?key|key)|[a-z0-9_-]*token|[a-z0-9_-]*secret|[a-z0-9_-]*password|passwd"
    r"|passphrase|[a-z0-9-]*signature|sig|[a-z0-9-]*credentials?|[a-z0-9-]*authorization|(?:set-)?cookie"
)
SECRET_NAME: Final = re.compile(rf"(?:^|[._-])(?:{_WORDS})$", re.IGNORECASE)
"""A field, header or variable whose text is a secret. A plural (``tokens``) counts something and is none."""

_QUOTED: Final = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
_PATTERNS: Final = (
    # headers: everything of a cookie, scheme and credentials of an authorisation
    re.compile(r"(?i)(\bcookie\\?[\"']?\s*[:=]\s*\\?[\"']?)[^\r\n\"'\\]+"),
    re.compile(r"(?i)(\bauthorization\\?[\"']?\s*[:=]\s*\\?[\"']?)(?:[a-z0-9-]+\s+)?[^\s\"'\\,;}\])]+"),
    re.compile(r"(?i)\b((?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}"),
    # name=value in addresses and forms, "name": "value" in JSON, name: value in texts
    re.compile(
        rf"(?i)((?<![a-z0-9])(?:{_WORDS})\\?[\"']?\s*[=:]\s*)(?:{_QUOTED}|\\?[\"']?[^\s\"'\\&,;}})\]]+)",
    ),
    # user:password@ in an address (RFC 3986, 3.2.1)
    re.compile(r"(\b[a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s@]*:[^/\s@]+(?=@)"),
    # keys that say by their first letters what they are, and JSON Web Tokens (RFC 7519)
    re.compile(r"()\b(?:sk|pk|rk|hf|gh[pos]|github_pat|glpat|xox[abp]|EAA|AIza|AKIA|ASIA)[-_]?[A-Za-z0-9_-]{16,}"),
    re.compile(r"()\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*"),
)


class Redactor:
    """Replaces secrets by ``***``, in texts and in whatever holds texts. Safe to use from any thread."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._known: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None
        self.learn(*secrets)

    @classmethod
    def of_environment(cls, environ: Mapping[str, str]) -> Redactor:
        """One that knows the values of all variables whose names say that they are secret."""
        named = (value for name, value in environ.items() if SECRET_NAME.search(name))
        return cls(value for value in named if len(value) >= SHORTEST)

    def learn(self, *secrets: str) -> None:
        """Never let these values pass again, nor their forms in JSON and in addresses."""
        with self._lock:
            fresh = {secret.strip() for secret in secrets} - {""}
            forms = {form for secret in fresh for form in (secret, json.dumps(secret)[1:-1], quote(secret, safe=""))}
            self._known |= forms | {repr(secret)[1:-1] for secret in fresh}
            longest_first = sorted(self._known, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def text(self, text: str) -> str:
        """The text without secrets."""
        if self._pattern:
            text = self._pattern.sub(HIDDEN, text)
        for pattern in _PATTERNS:
            text = pattern.sub(_hide, text)
        return text

    def value(self, value: Any, depth: int = 0) -> Any:
        """Plain data without secrets, ready for JSON: what is neither text, number, list nor table becomes a text."""
        if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
            return value
        if depth >= DEEPEST:
            return "…"
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.field(str(key), inner, depth + 1) for key, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(inner, depth + 1) for inner in value]
        text = value.decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else str(value)
        return self.text(text)

    def field(self, name: str, value: Any, depth: int = 0) -> Any:
        """A named value: hidden whole when its name says that it is a secret."""
        empty = value is None or isinstance(value, bool) or value in ("", b"")
        return HIDDEN if not empty and SECRET_NAME.search(name) else self.value(value, depth)


def _hide(match: re.Match[str]) -> str:
    return f"{match.group(1)}{HIDDEN}"
