"""What a language model is told: the craft, the channel, the topic and the form of the answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, Literal

from reelforge.domain.script import CARD_WORDS
from reelforge.domain.value import Value
from reelforge.engines.writer import Brief
from reelforge.engines.writer.schema import HASHTAGS, HOOK_WORDS, answer_schema, measure

QUOTED_ANSWER: Final = 12_000
"""Characters of a failed answer that are shown to the model again."""

_CRAFT: Final = f"""\
You write scripts for short vertical videos. A voice speaks the narration while one picture a scene is shown.

- The first scene's narration is the hook: a surprising, concrete statement or question that is true. No greetings.
- `hook` is that idea in at most {HOOK_WORDS} words, to be read on screen.
- Every scene adds one new thing: a fact, a number, a reason, a turn. Short sentences. Spoken language. No filler.
- State only what you are sure of. Never invent names, quotes, studies or figures.
- `narration` holds only words to be spoken: no labels, no stage directions, no emoji, no Markdown.
- `visual` describes one photographable picture for the scene in 5 to 20 words: subject, setting, light. No text in it.
- `card` is a text of at most {CARD_WORDS} words over the scene, for a number or key word; an empty string in most.
- The last scene answers the hook or leaves one thought that makes people watch again. Do not ask for likes.
- `title` is what the video is about; `description` one or two sentences; `hashtags` 3 to 8 (never over {HASHTAGS}).

Answer with one JSON object and nothing else."""


class Message(Value):
    role: Literal["system", "user", "assistant"]
    content: str


def first_messages(topic: str, brief: Brief) -> tuple[Message, ...]:
    """The messages that ask for a script on a topic. The schema is in them: not every server honours it otherwise."""
    wanted = measure(brief)
    lines = [
        f"Topic: {topic.strip()}",
        f"Language: {brief.language}",
        f"Scenes: {wanted.scenes}",
        f"Words: {wanted.words} in all narrations together",
    ]
    if brief.about:
        lines.append(f"The channel is about: {brief.about}")
    if brief.tone:
        lines.append(f"Tone: {brief.tone}")
    schema = json.dumps(answer_schema(), separators=(",", ":"))
    return (
        Message(role="system", content=f"{_CRAFT}\nIts JSON schema: {schema}"),
        Message(role="user", content="\n".join(lines)),
    )


def repair_messages(asked: Sequence[Message], answer: str, problems: Sequence[str]) -> tuple[Message, ...]:
    """The first question, the answer that failed, and why it failed."""
    faults = "\n".join(f"- {problem}" for problem in problems)
    return (
        *asked[:2],
        Message(role="assistant", content=answer[:QUOTED_ANSWER] or "(nothing)"),
        Message(
            role="user",
            content=f"That answer cannot be used:\n{faults}\nAnswer again with the whole, corrected JSON object only.",
        ),
    )
