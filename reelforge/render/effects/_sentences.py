"""What is wrong with an effect's settings, in one sentence: which setting, what is allowed, what was found."""

from __future__ import annotations

import json
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from reelforge.domain.value import Value
from reelforge.errors import InputError

_LONGEST_SHOWN = 60


def refusal(error: ValidationError, effect: str, options: type[Value], where: str) -> InputError:
    """The error for the first setting that was refused; its sentence begins with ``where``."""
    first = error.errors(include_url=False)[0]
    key = str(first["loc"][0]) if first["loc"] else ""
    properties = options.model_json_schema().get("properties", {})
    if first["type"] == "extra_forbidden":
        near = get_close_matches(key, properties, n=1, cutoff=0.5)
        remedy = f"Did you mean “{near[0]}”?" if near else f"Its settings are: {', '.join(sorted(properties))}."
        return InputError(f"{where}.{key}: this is no setting of the effect “{effect}”.", remedy=remedy)
    value = first["input"]
    schema = properties.get(key, {})
    said = f"{where}.{key}: it must be {_allowed(schema, first['msg'])}, not {_shown(value)}."
    near = get_close_matches(value, schema.get("enum", ()), n=1, cutoff=0.5) if isinstance(value, str) else []
    return InputError(said, remedy=f"Did you mean “{near[0]}”?" if near else "")


def _allowed(schema: dict[str, Any], otherwise: str) -> str:
    if choices := schema.get("enum"):
        *rest, last = (f"“{choice}”" for choice in choices)
        return f"{', '.join(rest)} or {last}" if rest else last
    what = {"number": "a number", "integer": "a whole number", "string": "a text"}.get(schema.get("type", ""))
    if not what:
        return otherwise
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f"{what} from {low} to {high}"
    return what


def _shown(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = type(value).__name__
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
