"""What is wrong with a settings file, in sentences: where, what is allowed, and the nearest spelling."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct
from pydantic import BaseModel, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema

from reelforge.domain.colour import HEX
from reelforge.settings.lines import Part, Place

_BARE: Final = re.compile(r"^[A-Za-z0-9_-]+$")
_SECRET: Final = re.compile(r"(^|_)(key|token|secret|password)$")
_LONGEST_SHOWN: Final = 60
MOST_LISTED: Final = 8
"""More names than this are listed only when none of them is near."""
_PATTERNS: Final = {
    HEX: 'a colour such as "#ffe14d", or "#ffe14dcc" with its opacity',
    r"^#[0-9a-fA-F]{6}$": 'a colour such as "#ffe14d"',
}


class Problem(Struct, frozen=True):
    """One thing that is wrong: the ``place`` of the key in the file, and what there is to say of it (``says``)."""

    place: Place
    says: str

    @property
    def clause(self) -> str:
        return f"`{dotted(self.place)}` {self.says}"

    def inside(self, around: Place) -> Problem:
        """The same, its place having been relative to ``around``."""
        return Problem((*around, *self.place), self.says)


def dotted(place: Place) -> str:
    """A place as a person would write it: ``channels.news.palette[1]``; keys that need quotes get them."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (part if _BARE.match(part) else json.dumps(part, ensure_ascii=False))
    return text


def shown(value: Any, key: Part = "") -> str:
    """A value as it stands in the file, short, and never one that may be a secret."""
    if isinstance(key, str) and _SECRET.search(key):
        return "what is there"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        return text if len(text) <= _LONGEST_SHOWN else f'{text[:_LONGEST_SHOWN]}…"'
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return str(value)


def either(names: Iterable[str], last: str = "or") -> str:
    """``a, b or c``."""
    *rest, end = names
    return f"{', '.join(rest)} {last} {end}" if rest else end


def nearest(name: Any, names: Iterable[str]) -> str:
    """``; did you mean …?`` when one of the names is close, else nothing."""
    near = difflib.get_close_matches(str(name).lower(), list(names), n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else ""


def unknown_key(place: Place, names: Iterable[str]) -> Problem:
    """A key nobody knows: the nearest one, else all there are."""
    names = sorted(names)
    hint = nearest(place[-1], names)
    listed = f"; allowed here: {either(names, 'and')}." if names else "."
    return Problem(place, f"is not a setting{hint or listed}")


def unknown_name(place: Place, what: str, value: Any, names: Iterable[str]) -> Problem:
    """A name that refers to nothing: an engine, a caption style, a font, a mood."""
    names = sorted(names)
    listed = either([f'"{name}"' for name in names]) if names else "nothing, for there is none"
    hint = nearest(value, names)
    among = "" if hint and len(names) > MOST_LISTED else f" ({listed})"
    return Problem(place, f"must be {what}{among}, not {shown(value)}{hint or '.'}")


def as_json(data: Any) -> str:
    """TOML's values as JSON, where pydantic's strict rules apply: ``true`` is no 1, a date no text."""
    return json.dumps(data, default=lambda date: {"date": str(date)})


def from_validation(error: ValidationError, model: type[BaseModel], data: Any) -> list[Problem]:
    """One problem for each place that pydantic refused, with places relative to ``data``."""
    try:
        schema = model.model_json_schema()
    except PydanticInvalidForJsonSchema:
        schema = {}
    found: dict[Place, Problem] = {}
    for detail in error.errors(include_url=False):
        place = _place(detail["loc"], data, missing=detail["type"] == "missing")
        if place not in found:
            found[place] = _problem(place, detail, schema, data)
    # a list with a wrong value is told of as too short besides: one sentence is enough
    return [one for place, one in found.items() if not any(place == other[:-1] for other in found if other)]


def _place(loc: Sequence[Part], data: Any, *, missing: bool) -> Place:
    """A location of pydantic's without the names of union branches and validators, which are in no file."""
    place: list[Part] = []
    for number, part in enumerate(loc):
        inside = isinstance(data, dict) and part in data
        if inside or (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            data = data[part]
            place.append(part)
        elif missing and number == len(loc) - 1:
            place.append(part)
    return tuple(place)


def _problem(place: Place, detail: Any, schema: dict[str, Any], data: Any) -> Problem:
    kind = detail["type"]
    if kind == "extra_forbidden":
        around = _resolve(_schema_at(place[:-1], schema), schema)
        return unknown_key(place, around.get("properties", {}))
    words = allowed(_schema_at(place, schema), schema)
    if kind == "missing":
        return Problem(place, f"is missing; it must be {words or 'given'}.")
    if kind in {"value_error", "assertion_error"} or not words:
        sentence = str(detail["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ").rstrip(".")
        return Problem(place, f"is not right: {sentence}.")
    value = _value_at(place, data)
    options = [entry for entry in _choices(_schema_at(place, schema), schema) if isinstance(entry, str)]
    hint = nearest(value, options) if isinstance(value, str) else ""
    return Problem(place, f"must be {words}, not {shown(value, place[-1] if place else '')}{hint or '.'}")


def _value_at(place: Place, data: Any) -> Any:
    for part in place:
        data = data[part]
    return data


def _resolve(schema: Any, root: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, in place of a reference to it."""
    while isinstance(schema, dict) and "$ref" in schema:
        extra = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], **extra}
    return schema if isinstance(schema, dict) else {}


def _schema_at(place: Place, root: dict[str, Any]) -> dict[str, Any]:
    schema = _resolve(root, root)
    for part in place:
        branches = [_resolve(branch, root) for branch in schema.get("anyOf", [schema])]
        steps = [_step(branch, part) for branch in branches]
        schema = _resolve(next((step for step in steps if step), {}), root)
    return schema


def _step(schema: dict[str, Any], part: Part) -> dict[str, Any]:
    if isinstance(part, int):
        ahead = schema.get("prefixItems", [])
        found = ahead[part] if part < len(ahead) else schema.get("items", {})
    else:
        found = schema.get("properties", {}).get(part, schema.get("additionalProperties", {}))
    return found if isinstance(found, dict) else {}


def _choices(schema: dict[str, Any], root: dict[str, Any]) -> list[Any]:
    found: list[Any] = []
    for branch in schema.get("anyOf", [schema]):
        branch = _resolve(branch, root)  # noqa: PLW2901 - a reference and what it refers to are the same branch
        found += branch.get("enum", [branch["const"]] if "const" in branch else [])
    return found


def allowed(schema: dict[str, Any], root: dict[str, Any]) -> str:
    """What a JSON Schema allows, in words; empty when it says nothing a person could use."""
    schema = _resolve(schema, root)
    if "allowed" in schema:
        return str(schema["allowed"])
    if "anyOf" in schema:
        branches = [allowed(branch, root) for branch in schema["anyOf"] if branch.get("type") != "null"]
        return " or ".join(dict.fromkeys(words for words in branches if words))
    if choices := _choices(schema, root):
        return either([shown(choice) for choice in choices])
    words: Mapping[Any, Callable[[], str]] = {
        "boolean": lambda: "true or false",
        "integer": lambda: _number("a whole number", schema),
        "number": lambda: _number("a number", schema),
        "string": lambda: _text(schema),
        "array": lambda: _list(schema, root),
        "object": lambda: "a table",
    }
    return words.get(schema.get("type"), str)()


def _number(what: str, schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    bounds = [f"above {above:g}" if above is not None else f"from {low:g}" if low is not None else ""]
    bounds += [f"below {below:g}" if below is not None else f"to {high:g}" if high is not None else ""]
    if low is not None and high is None and below is None:
        bounds = [f"of at least {low:g}"]
    if low is None and above is None and high is not None:
        bounds = [f"of at most {high:g}"]
    elif above is not None and high is not None:
        bounds = [f"above {above:g}, at most {high:g}"]
    return " ".join([what, *(bound for bound in bounds if bound)])


def _text(schema: dict[str, Any]) -> str:
    if "pattern" in schema:
        return _PATTERNS.get(schema["pattern"], f"a text that matches {schema['pattern']}")
    if schema.get("format", "").endswith("path"):
        return "a path"
    if "maxLength" in schema:
        return f"a text of at most {schema['maxLength']} characters"
    return "a text that is not empty" if schema.get("minLength") else "a text"


def _list(schema: dict[str, Any], root: dict[str, Any]) -> str:
    low, high = schema.get("minItems"), schema.get("maxItems")
    entry: Any = schema.get("items") or next(iter(schema.get("prefixItems", [])), {})
    count = f"{low} " if low and low == high else f"{low} to {high} " if low and high else ""
    count = count or (f"at most {high} " if high else f"at least {low} " if low else "")
    words = allowed(entry, root) if isinstance(entry, dict) else ""
    return f"a list of {count}values" + (f", each {words}" if words else "")
