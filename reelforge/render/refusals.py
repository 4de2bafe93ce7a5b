"""What is wrong in a person's document, in one sentence: where it stands, what is allowed, what was found."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from fractions import Fraction
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from reelforge.domain.colour import HEX
from reelforge.domain.timeline import LANGUAGE, Size
from reelforge.errors import InputError

Loc = Sequence[int | str]
"""The way to a value from the document's top: keys of objects and places (from 0) in lists."""
Schema = Mapping[str, Any]
"""JSON Schema, as pydantic writes it for a model."""

_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")
_LONGEST_SHOWN: Final = 60
_MOST_RATE: Final = 240
_TELEVISION_SLACK: Final = 0.01
"""How far 29.97 may be from 30000/1001, times 1001/1000: what people write is rounded."""
_SIZE: Final = re.compile(r"\s*(\d{1,5})\s*[xX×*]\s*(\d{1,5})\s*")
_NOUNS: Final = {"integer": "a whole number", "number": "a number", "boolean": "true or false", "null": "null"}
_PATTERNS: Final = {
    HEX: "a colour, #rrggbb or #rrggbbaa",
    LANGUAGE: "a language tag such as “en” or “pt-BR”",
    r"^[0-9a-f]{64}$": "64 hexadecimal digits in lower case",
}
_OTHER_WORDS: Final = {
    "captions": "cues",
    "subtitles": "cues",
    "scenes": "shots",
    "clips": "shots",
    "image": "picture",
    "photo": "picture",
    "video": "clip",
    "duration": "frames",
    "seconds": "frames",
    "start": "first",
    "end": "last",
    "fps": "rate",
    "framerate": "rate",
    "resolution": "size",
    "width": "size",
    "height": "size",
    "sound": "audio",
    "music": "audio",
    "speech": "audio",
    "narration": "speech",
    "voice": "speech",
    "track": "music",
    "animation": "motion",
}
"""What people and other programs call things here, where nothing here is called so."""
_OF_RANGE: Final = frozenset({"greater_than", "greater_than_equal", "less_than", "less_than_equal"})


def place(loc: Loc) -> str:
    """A way through a document as a person writes it: ``shots[3].motion.zoom[1]``."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY.fullmatch(part):
            text += f".{part}"
        else:
            text += f"[{shown(part)}]"
    return text.removeprefix(".") or "the document"


def shown(value: Any) -> str:
    """A value as it stands in the document; what is long is cut off, what holds other values is only named."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value):,}" if value else "an empty list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def refusal(error: ValidationError, model: type[BaseModel], document: Any) -> InputError:
    """The error for a document that is no ``model``: of all that is wrong with it, one thing that is worth saying."""
    found = error.errors(include_url=False)
    schema = model.model_json_schema()
    first: Any = found[0]
    if first["type"] == "missing":
        # A key that is misspelt is also one that is missing; only the former helps.
        first = next((one for one in found if _misspelt(one, first, schema)), first)
    loc = _known(first["loc"], document)
    return said(first, schema, loc, place(loc), "a timeline")


def wrong_type(loc: Loc, model: type[BaseModel], document: Any) -> InputError:
    """The error for a value that could be read as what it should be, and is something else: ``"30"`` for a number."""
    schema = model.model_json_schema()
    return InputError(
        f"{place(loc)}: it must be {wanted(within(schema, loc), schema)}, not {shown(_value(document, loc))}."
    )


def said(error: Any, schema: Schema, loc: Loc, where: str, thing: str) -> InputError:
    """The error for one of pydantic's, at a way ``loc`` through what the schema describes; ``where`` is what a person
    calls that place, and ``thing`` what has the settings (``a timeline``).
    """
    if error["type"] == "value_error":
        text = error["msg"].removeprefix("Value error, ")
        return InputError(f"{where}: {text}{'' if text.endswith(('.', '?')) else '.'}")
    if error["type"] == "extra_forbidden":
        keys = list(_properties(schema, loc[:-1]))
        return InputError(f"{where}: this is no setting of {thing}.", remedy=_instead(loc, keys, error["input"]))
    allowed = within(schema, loc)
    if error["type"] == "missing":
        return InputError(
            f"{where}: this is missing; it must be {wanted(allowed, schema)}.",
            remedy=_file_astray(str(loc[-1]), error["input"], allowed) if loc else "",
        )
    limits = bounds(allowed) if error["type"] in _OF_RANGE else ""
    near = _near(str(error["input"]), [str(each) for each in allowed.get("enum", ())])
    remedy = f"Did you mean “{near}”?" if near else ""
    if allowed.get("pattern") == LANGUAGE and isinstance(error["input"], str):
        tag = error["input"].partition(".")[0].replace("_", "-")
        remedy = f"Did you mean “{tag}”?" if re.fullmatch(LANGUAGE, tag) else ""
    if meant := _meant(error["input"], allowed.get("properties", {})):
        remedy = f"Write {json.dumps(meant, ensure_ascii=False)}."
    elif loc and loc[-1] == "num" and (meant := _rate(error["input"])):
        remedy = f"Let the rate be {json.dumps(meant)}."
    return InputError(
        f"{where}: it must be {limits or wanted(allowed, schema)}, not {shown(error['input'])}.", remedy=remedy
    )


def _file_astray(name: str, around: Any, allowed: Schema) -> str:
    """What to write where a file is named beside the place that it belongs into."""
    path = around.get("path") if isinstance(around, Mapping) else None
    if not isinstance(path, str) or len(path) > _LONGEST_SHOWN or "path" not in allowed.get("properties", {}):
        return ""
    return f"Write {json.dumps({name: {'path': path}}, ensure_ascii=False)}."


def _meant(value: Any, parts: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The object that a person means who wrote a plain value in its place: a file's path, a frame rate, a size."""
    if {"num", "den"} <= set(parts):
        return _rate(value)
    if not isinstance(value, str):
        return None
    if {"width", "height"} <= set(parts):
        return _size(value)
    value = value if len(value) <= _LONGEST_SHOWN else "…"
    if "source" in parts:
        return {"source": {"path": value}}
    key = next((key for key in ("path", "name", "text") if key in parts), None)
    return {key: value} if key else None


def _size(value: str) -> Mapping[str, Any] | None:
    """A frame's size: "1080x1920". None for one that would be refused."""
    found = _SIZE.fullmatch(value)
    try:
        return Size(width=int(found[1]), height=int(found[2])).model_dump() if found else None
    except ValidationError:
        return None


def _rate(value: Any) -> Mapping[str, Any] | None:
    """A frame rate as a fraction: 30, 29.97, "30" or "30000/1001"."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        rate = Fraction(value)
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
    if not 1 <= rate <= _MOST_RATE:
        return None
    television, exact = round(rate * 1001 / 1000), rate.limit_denominator(100)
    if exact.denominator > 1 and abs(float(rate) * 1.001 - television) < _TELEVISION_SLACK:
        return {"num": 1000 * television, "den": 1001}
    return {"num": exact.numerator, "den": exact.denominator}


def _instead(loc: Loc, keys: Sequence[str], value: Any) -> str:
    """What to do about a setting that there is not: another name of it, its right place, or all names there are."""
    name = str(loc[-1])
    meant = _OTHER_WORDS.get(name.lower(), "")
    near = meant if meant in keys else _near(name, keys)
    if near:
        return f"Did you mean “{near}”?"
    if "settings" in keys:
        return f'If it is a setting of its own, put it inside: "settings": {{"{name}": {shown(value)}}}.'
    return f"Known here are: {', '.join(keys)}."


def _misspelt(error: Any, missing: Any, schema: Schema) -> bool:
    """Whether an unknown key stands where a key is missing, and is nearly that key."""
    if error["type"] != "extra_forbidden" or error["loc"][:-1] != missing["loc"][:-1]:
        return False
    near = _near(str(error["loc"][-1]), list(_properties(schema, error["loc"][:-1])))
    return near == str(missing["loc"][-1])


def _near(name: str, names: Sequence[str]) -> str:
    return next(iter(get_close_matches(name[:_LONGEST_SHOWN], names, n=1)), "")


def _known(loc: Loc, document: Any) -> Loc:
    """Without what pydantic adds to say which of several types it tried, or that a key is meant."""
    found: list[int | str] = []
    at = document
    for number, part in enumerate(loc):
        if isinstance(at, Mapping) and isinstance(part, str) and (part in at or number + 1 == len(loc)):
            at = at.get(part)
        elif isinstance(at, list) and isinstance(part, int):
            at = at[part] if part < len(at) else None
        else:
            continue
        found.append(part)
    return found


def _value(document: Any, loc: Loc) -> Any:
    for part in loc:
        document = document[part]
    return document


def within(schema: Schema, loc: Loc) -> Schema:
    """The part of a model's schema for what stands at a place; empty when it says nothing about it."""
    found: Schema = schema
    for part in loc:
        found = _resolved(found, schema)
        if isinstance(part, str):
            found = found.get("properties", {}).get(part) or found.get("additionalProperties") or {}
        else:
            fixed = found.get("prefixItems", ())
            found = fixed[part] if part < len(fixed) else found.get("items") or {}
        if not isinstance(found, Mapping):
            return {}
    return _resolved(found, schema)


def _resolved(part: Schema, schema: Schema) -> Schema:
    """The schema that a reference names; of ``X or null`` that of X."""
    choices = [each for each in part.get("anyOf", ()) if each.get("type") != "null"]
    if len(choices) == 1:
        part = choices[0]
    if name := part.get("$ref"):
        return _resolved(schema["$defs"][name.rsplit("/", 1)[-1]], schema)
    return part


def _properties(schema: Schema, loc: Loc) -> Mapping[str, Any]:
    found: Mapping[str, Any] = within(schema, loc).get("properties", {})
    return found


def wanted(part: Schema, schema: Schema) -> str:
    """What a value must be, by its schema: ``a whole number from 1 to 60``."""
    part = _resolved(part, schema)
    if "const" in part:
        return shown(part["const"])
    if choices := part.get("enum"):
        *rest, last = (f"“{choice}”" for choice in choices)
        return f"{', '.join(rest)} or {last}" if rest else last
    kind = part.get("type", "")
    if kind == "string":
        return _PATTERNS.get(part.get("pattern", "")) or (
            "a text of at least one character" if part.get("minLength") else "a text"
        )
    if kind == "array":
        return _list(part, schema)
    if kind == "object":
        return "an object, { … }"
    noun = _NOUNS.get(kind, "something else")
    if part.get("multipleOf") == 2:
        noun = "an even whole number"
    return f"{noun} {bounds(part)}".strip().replace(" at least", " of at least").replace(" at most", " of at most")


def _list(part: Schema, schema: Schema) -> str:
    if fixed := part.get("prefixItems"):
        names = {wanted(each, schema).removeprefix("a ") for each in fixed}
        inner = f"{names.pop()}s" if len(names) == 1 else "values"
        return f"a list of {len(fixed)} {inner}"
    return "a list of at least one, [ … ]" if part.get("minItems") else "a list, [ … ]"


def bounds(part: Schema) -> str:
    """The range of a number, by its schema (``from 1 to 60``, ``above 0, at most 10``); empty when it has none."""
    low, high = part.get("minimum"), part.get("maximum")
    if part.get("type") == "integer":
        low = part["exclusiveMinimum"] + 1 if "exclusiveMinimum" in part else low
        high = part["exclusiveMaximum"] - 1 if "exclusiveMaximum" in part else high
    if low is not None and high is not None:
        return f"from {_number(low)} to {_number(high)}"
    said = []
    if low is not None:
        said.append(f"at least {_number(low)}")
    elif "exclusiveMinimum" in part:
        said.append(f"above {_number(part['exclusiveMinimum'])}")
    if high is not None:
        said.append(f"at most {_number(high)}")
    elif "exclusiveMaximum" in part:
        said.append(f"below {_number(part['exclusiveMaximum'])}")
    return ", ".join(said)


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,g}"
