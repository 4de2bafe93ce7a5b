"""Writes the reference part of docs/timeline.md from the timeline's models: `python tools/timeline_reference.py`.

What stands above the mark is written by hand and kept. Types, ranges and defaults are the models' own; what a field
means is the text below it in ``reelforge/domain/timeline.py``; motions, transitions, effects, easings, animations and
templates are those there are, each in the first sentence of its own file.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from pydantic import BaseModel

from reelforge.domain import timeline
from reelforge.domain.timeline import Timeline
from reelforge.render import animations, document, easing, effects, motions, reading, transitions
from reelforge.render.overlays import kinds, template
from reelforge.render.refusals import wanted
from reelforge.resources import folder
from reelforge.sound import effects as sounds

PLACE: Final = Path(__file__).resolve().parents[1] / "docs" / "timeline.md"
MARK: Final = "<!-- From here on written by tools/timeline_reference.py: change the models, then run it. -->"
_LINKS: Final = {
    "``render/motions/``": "the [motions](#motions)",
    "``render/transitions/``": "the [transitions](#transitions)",
    "``render/effects/``": "the [effects](#effects)",
    "``render/easing.py``": "the [easings](#easings)",
    "``render/animations.py``": "the [animations](#animations)",
    "``fonts/``": "the [fonts](#fonts)",
    "``config/templates/``": "the [templates](#templates)",
    "``sound/effects/``": "the [sound effects](#sound-effects)",
}
_SCRIPTS: Final = {
    "Latn": "Latin",
    "Cyrl": "Cyrillic",
    "Grek": "Greek",
    "Arab": "Arabic",
    "Hebr": "Hebrew",
    "Deva": "Devanagari",
    "Hans": "Chinese (simplified)",
    "Hant": "Chinese (traditional)",
    "Jpan": "Japanese",
    "Kore": "Korean",
    "Zsye": "emoji",
}
"""By their ISO 15924 codes."""


def reference() -> str:
    """The part below the mark, as Markdown."""
    parts = [
        *_models(),
        *_motions(),
        *_transitions(),
        *_effects(),
        *_sound_effects(),
        *_easings(),
        *_animations(),
        *_fonts(),
        *_templates(),
        *_limits(),
    ]
    return "\n".join([MARK, "", *parts])


def written(text: str) -> str:
    """A document with its reference as it should be."""
    opening, mark, _ = text.partition(MARK)
    if not mark:
        raise SystemExit(f"{PLACE} has lost its mark: {MARK}")
    return opening + reference()


def _models() -> Iterator[str]:
    yield from ("## Every setting", "")
    yield (
        "A document is one [Timeline](#timeline). What has a default may be left out. Frames and samples are counted "
        "from 0 and are whole numbers; of two that bound something, the last one lies outside it."
    )
    yield ""
    for model in _in_order(Timeline):
        yield from _model(model)


def _in_order(first: type[BaseModel]) -> list[type[BaseModel]]:
    """A model and those within it, in the order in which a reader meets them."""
    found: list[type[BaseModel]] = [first]
    for model in found:
        for field in model.model_fields.values():
            found += [inner for inner in _inner(field.annotation) if inner not in found]
    return found


def _inner(annotation: Any) -> list[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in getattr(annotation, "__args__", ()) for found in _inner(part)]


def _model(model: type[BaseModel]) -> Iterator[str]:
    schema = model.model_json_schema()
    meanings = _meanings(model)
    yield from (f"### {model.__name__}", "", _prose(inspect.getdoc(model) or ""), "")
    yield from _table(model, schema, [meanings[name] for name in model.model_fields])


def _table(model: type[BaseModel], schema: Mapping[str, Any], meanings: Sequence[str]) -> Iterator[str]:
    heads = ["setting", "what it is", "default", "meaning"][: 4 if meanings else 3]
    yield from (f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}")
    for number, (name, field) in enumerate(model.model_fields.items()):
        inner = _inner(field.annotation)
        part = schema["properties"].get(name, {})
        cells = [f"`{name}`", _linked(part, schema, inner), _default(field)]
        yield f"| {' | '.join([*cells, *([meanings[number]] if meanings else [])])} |"
    yield ""


def _linked(part: Mapping[str, Any], schema: Mapping[str, Any], inner: Sequence[type[BaseModel]]) -> str:
    or_null = ", or null" if any(each.get("type") == "null" for each in part.get("anyOf", ())) else ""
    if not inner:
        texts = {"type": "object"}.items() <= part.items() and part.get("additionalProperties")
        what = "texts by name" if isinstance(texts, Mapping) else wanted(part, schema)
        of = {"integer": " of whole numbers", "number": " of numbers"}.get(part.get("items", {}).get("type", ""), "")
        return what.replace("an object, { … }", "settings by name").replace("a list, [ … ]", f"a list{of}") + or_null
    link = f"[{inner[0].__name__}](#{inner[0].__name__.lower()})"
    if part.get("type") == "array":
        return f"a list of {link}" + (", at least one" if part.get("minItems") else "")
    return link + or_null


def _default(field: Any) -> str:
    if field.is_required():
        return "must be given"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "as listed there"
    if isinstance(value, tuple | dict) and not value:
        return "none"
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def _meanings(model: type[BaseModel]) -> dict[str, str]:
    """The text below each field in the model's source."""
    body = ast.parse(inspect.getsource(model)).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            said = text.value.value if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) else None
            if not isinstance(said, str):
                raise SystemExit(
                    f"{timeline.__file__}: nothing below {model.__name__}.{field.target.id} says what it is."
                )
            found[field.target.id] = _prose(said)
    return found


def _prose(text: str) -> str:
    """A docstring as one paragraph of Markdown for each of its own."""
    for place, link in _LINKS.items():
        text = text.replace(place, link)
    text = re.sub(r":class:`~?(?:[\w.]+\.)?(\w+)`", lambda found: f"[{found[1]}](#{found[1].lower()})", text)
    text = re.sub(r" \((row \w+|:mod:`[^`]+`)\)", "", text).replace("``", "`").replace("|", "\\|")
    return "\n\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))


def _first(module: ModuleType) -> str:
    return _prose((module.__doc__ or "").split("\n\n")[0])


def _motions() -> Iterator[str]:
    yield from ("## Motions", "", "`name` of a [Motion](#motion).", "")
    for name in sorted(motions.names()):
        yield f"- `{name}`: {_first(import_module(f'{motions.__name__}.{name}'))}"
    yield ""


def _transitions() -> Iterator[str]:
    yield from ("## Transitions", "", "`name` of a [Transition](#transition).", "")
    yield from ("| name | what one sees | directions | easing |", "| --- | --- | --- | --- |")
    for name in sorted(transitions.names()):
        kind, told = transitions.find(name), _first(import_module(f"{transitions.__name__}.{name}"))
        ways = "`left`, `right`, `up`, `down`" if kind.directed else "none"
        yield f"| `{name}` | {told} | {ways} | `{kind.easing}` |"
    yield ""


def _effects() -> Iterator[str]:
    yield from ("## Effects", "", "`name` and `settings` of an [Effect](#effect).", "")
    for name in sorted(effects.names()):
        options = effects.find(name).options
        module = import_module(f"{effects.__name__}.{name}")
        yield from (f"### `{name}`", "", _first(module), "", _prose(inspect.getdoc(options) or ""), "")
        yield from _table(options, options.model_json_schema(), ())


def _sound_effects() -> Iterator[str]:
    yield from ("## Sound effects", "", "`name` of a [SoundEffect](#soundeffect).", "")
    for name in sorted(sounds.names()):
        yield f"- `{name}`: {_first(import_module(f'{sounds.__name__}.{name}'))}"
    yield ""


def _easings() -> Iterator[str]:
    yield from ("## Easings", "", _first(easing), "")
    yield from (", ".join(f"`{name}`" for name in easing.EASINGS) + ".", "")


def _animations() -> Iterator[str]:
    yield from ("## Animations", "", "How captions, cards and overlays come in; going, they play backwards.", "")
    yield from ("| name | what one sees | easing |", "| --- | --- | --- |")
    for name, kind in animations.ANIMATIONS.items():
        yield f"| `{name}` | {_prose(inspect.getdoc(kind.pose) or 'As its name says.')} | `{kind.easing}` |"
    yield ""


def _fonts() -> Iterator[str]:
    told = "`font` of a [CaptionStyle](#captionstyle) or a [CardStyle](#cardstyle). What one lacks, another sets."
    yield from ("## Fonts", "", told, "")
    yield from ("| name | scripts | licence |", "| --- | --- | --- |")
    for font in tomllib.loads((folder("fonts") / "fonts.toml").read_text("utf-8"))["font"]:
        scripts = ", ".join(_SCRIPTS[code] for code in font["scripts"])
        yield f"| `{font['family']}` | {scripts} | {font['licence']} |"
    yield ""


def _templates() -> Iterator[str]:
    yield "## Templates"
    yield ""
    yield (
        "`template` of an [Overlay](#overlay). Each is a file in `config/templates/` that lists all its settings; copy "
        "it beside a timeline, change it, and name its path to have one of your own."
    )
    yield from ("", "| name | what one sees | texts | picture |", "| --- | --- | --- | --- |")
    for name in template.names():
        text = (folder("config") / "templates" / f"{name}.toml").read_text("utf-8")
        lines = [line.removeprefix("#").strip() for line in text.splitlines()]
        told = " ".join(lines[: lines.index("")])
        kind = kinds.find(re.findall(r'^kind = "(\w+)"', text, re.MULTILINE)[0])
        needed = [f"`{each}`" + (" (must be given)" if not at else "") for at, each in enumerate(kind.texts)]
        picture = {"none": "none", "may": "may be given", "must": "must be given"}[kind.image]
        yield f"| `{name}` | {_prose(told)} | {', '.join(needed) or 'none'} | {picture} |"
    yield ""


def _limits() -> Iterator[str]:
    yield from ("## Limits", "")
    yield (
        f"- A file: {reading.MOST_BYTES >> 20} MiB, {reading.MOST_ITEMS:,} entries in a list, "
        f"{reading.MOST_DEPTH} levels, {reading.MOST_CHARACTERS:,} characters in a text."
    )
    yield (
        f"- A video: {document.MOST_HOURS} hours, {document.MOST_FRAMES:,} frames, and {document.MOST_PIXELS:,} "
        "pixels in all of them together; from 1 to 240 frames a second."
    )
    yield f"- A frame: {document.MOST_BLOCKS * 256:,} pixels, and {document.MOST_BLOCKS_A_SECOND * 256:,} in a second."
    yield (
        f"- A cue: {document.MOST_WORDS} words of {document.MOST_OF_WORD} characters; a card: {document.MOST_OF_CARD} "
        "characters."
    )
    yield f"- Times of ducking: {document.LONGEST_DUCKING_MS:,} ms; bit rates: {document.MOST_BITS:,} bits a second."
    yield ""


if __name__ == "__main__":
    PLACE.write_text(written(PLACE.read_text("utf-8")), "utf-8")
    sys.stdout.write(f"{PLACE}\n")
