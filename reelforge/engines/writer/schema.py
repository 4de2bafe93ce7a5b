"""What a language model must answer, how its answer is taken out of the prose around it, and how it is checked."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final

from pydantic import ValidationError

from reelforge.domain.pacing import scene_count, speaking_seconds
from reelforge.domain.script import CARD_WORDS, Scene, Script
from reelforge.domain.value import Value
from reelforge.engines.writer import Brief
from reelforge.engines.writer.markdown import plain

HOOK_WORDS: Final = CARD_WORDS
"""As many as are read in the second or two the hook is on screen."""
TITLE_CHARS: Final = 100
HASHTAGS: Final = 30
"""Instagram takes no more."""

_THOUGHT: Final = re.compile(r"<think(?:ing)?>.*?(</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_TAG: Final = re.compile(r"[^\w·]")
_STAGE_DIRECTION: Final = re.compile(
    r"^\s*[\[(][^\])]*[\])]|^\s*(?:narrator|voice ?over|vo|scene \d+)\s*:", re.IGNORECASE
)


class AnswerError(ValueError):
    """Why an answer is not a script, as sentences the model can mend it by."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class WrittenScene(Value):
    narration: str
    visual: str
    card: str


class WrittenScript(Value):
    """The answer's form. Limits stand in :func:`find_problems`, as strict servers refuse schemas with limits."""

    title: str
    hook: str
    scenes: tuple[WrittenScene, ...]
    hashtags: tuple[str, ...]
    description: str


class Measure(Value):
    """How much a brief asks for: aims, and the bounds an answer must keep."""

    words: int
    scenes: int
    scene_bounds: tuple[int, int]
    second_bounds: tuple[float, float]


def measure(brief: Brief) -> Measure:
    """The words and scenes that fill the middle of the brief's seconds at its pace (M4); bounds are wider."""
    low, high = brief.seconds
    pace = brief.words_per_minute
    aim = (low + high) / 2
    return Measure(
        words=round(aim * pace / 60),
        scenes=scene_count(aim, pace),
        scene_bounds=(max(1, math.floor(0.6 * scene_count(low, pace))), math.ceil(1.5 * scene_count(high, pace))),
        second_bounds=(0.7 * low, 1.3 * high),
    )


def answer_schema() -> dict[str, Any]:
    """The JSON schema of an answer, in the dialect strict servers take: every field required, nothing else allowed."""
    schema = WrittenScript.model_json_schema()
    for part in (schema, *schema["$defs"].values()):
        part["required"] = list(part["properties"])
        part["additionalProperties"] = False
        part.pop("description", None)
    return schema


def extract(text: str) -> dict[str, Any]:
    """The first JSON object in ``text`` that has scenes, or else the first that has any field of a script.

    Code fences, prose around it and a reasoning model's thoughts are passed over; invalid JSON is not mended here,
    because a guess may lose words. Raises AnswerError.
    """
    text = _THOUGHT.sub("", text.removeprefix("\ufeff"))
    if not text.strip():
        raise AnswerError("The answer is empty.")
    first: dict[str, Any] | None = None
    for found in _objects(text):
        if "scenes" in found:
            return found
        if first is None and found.keys() & WrittenScript.model_fields.keys():
            first = found
    if first is not None:
        return first
    raise AnswerError(f"The answer holds no valid JSON object with scenes{_where(text)}.")


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _objects(text: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    position = text.find("{")
    tries = 0
    while position >= 0 and tries < 50:
        tries += 1
        try:
            value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            end = position + 1
        else:
            yield value
        position = text.find("{", end)


def _where(text: str) -> str:
    """What is wrong with the JSON that begins at the first brace, as the parser says it."""
    start = text.find("{")
    if start < 0:
        return ""
    try:
        json.JSONDecoder(parse_constant=_refuse_constant).raw_decode(text, start)
    except json.JSONDecodeError as error:
        return f": {error.msg} near {error.doc[max(0, error.pos - 20) : error.pos + 20]!r}"
    except (ValueError, RecursionError) as error:
        return f": {error}"
    return ""


def read_answer(text: str, brief: Brief) -> WrittenScript:
    """The answer, checked against the form and the brief. Raises AnswerError with every problem found."""
    try:
        written = WrittenScript.model_validate_json(json.dumps(extract(text)))
    except ValidationError as error:
        raise AnswerError(*(_sentence(problem["loc"], problem["msg"]) for problem in error.errors()[:12])) from None
    problems = tuple(find_problems(written, brief))
    if problems:
        raise AnswerError(*problems)
    return written


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join(str(part) for part in location) or 'The answer'}: {message}."


def find_problems(written: WrittenScript, brief: Brief) -> Iterator[str]:
    """What a brief forbids in a well-formed answer, a sentence each."""
    if not written.title.strip() or len(written.title) > TITLE_CHARS:
        yield f"title: must have 1 to {TITLE_CHARS} characters."
    if not 1 <= len(written.hook.split()) <= HOOK_WORDS:
        yield f"hook: has {len(written.hook.split())} words; it must have 1 to {HOOK_WORDS}."
    if not written.description.strip():
        yield "description: is empty."
    wanted = measure(brief)
    fewest, most = wanted.scene_bounds
    if not fewest <= len(written.scenes) <= most:
        yield f"scenes: there are {len(written.scenes)}; write {fewest} to {most}, best {wanted.scenes}."
    for number, scene in enumerate(written.scenes):
        yield from _scene_problems(number, scene)
    seconds = sum(speaking_seconds(scene.narration, brief.words_per_minute) for scene in written.scenes)
    shortest, longest = wanted.second_bounds
    if not shortest <= seconds <= longest:
        change = "lengthen" if seconds < shortest else "shorten"
        yield f"scenes: the narration takes {seconds:.0f} seconds; {change} it to about {wanted.words} words in all."


def _scene_problems(number: int, scene: WrittenScene) -> Iterator[str]:
    if not any(char.isalnum() for char in scene.narration):
        yield f"scenes.{number}.narration: says nothing."
    elif _STAGE_DIRECTION.match(scene.narration):
        yield f"scenes.{number}.narration: holds a stage direction or label; write only words to be spoken."
    if not scene.visual.strip():
        yield f"scenes.{number}.visual: is empty; describe one picture."
    if len(scene.card.split()) > CARD_WORDS:
        yield f"scenes.{number}.card: has {len(scene.card.split())} words; at most {CARD_WORDS}, or an empty string."


def to_script(written: WrittenScript, brief: Brief) -> Script:
    """The script of a checked answer: marks taken off, the channel's own hashtags first."""
    tags = (*brief.hashtags, *(_TAG.sub("", tag) for tag in written.hashtags))
    unique = {tag.lower(): tag for tag in reversed(tags) if tag}
    return Script(
        title=plain(written.title),
        hook=plain(written.hook),
        scenes=tuple(
            Scene(narration=plain(scene.narration), visual=plain(scene.visual), card=plain(scene.card))
            for scene in written.scenes
        ),
        hashtags=tuple(reversed(unique.values()))[:HASHTAGS],
        description=written.description.strip(),
        language=brief.language,
    )
