"""The box behind the word that is being spoken: a rounded shape that goes from word to word."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

from msgspec.structs import astuple, replace

from reelforge.render.covers import Tint
from reelforge.render.layer import DrawnLayer, Showing, State
from reelforge.render.planes import Planes
from reelforge.render.shapes import rounded
from reelforge.render.sprites import Sprite
from reelforge.render.text.cues import SetCue
from reelforge.render.text.identity import identity_of
from reelforge.render.text.moving import READABLE
from reelforge.render.text.parts import edges_of, scale_of
from reelforge.render.text.sprite import Box, colour

_DESCENT: Final = 0.2
"""Ems below the baseline that Latin letters reach."""


class Glide:
    """The box behind the spoken word: it comes up with the first, glides along a line, comes up anew on the next."""

    def __init__(self, made: SetCue) -> None:
        self._made = made
        self._motion = made.motion
        em = made.motion.em
        self._pad, self._radius = made.style.spoken.padding * em, made.style.spoken.radius * em
        self._tint = Tint.of(colour(made.style.spoken.box))

    @cached_property
    def _boxes(self) -> dict[int, tuple[int, tuple[float, float, float, float]]]:
        """The line of each word, and the box's edges behind it."""
        found: dict[int, tuple[int, tuple[float, float, float, float]]] = {}
        for number, placed in enumerate(self._made.lines):
            words = sorted({glyph.word for glyph in placed.line.glyphs})
            for word in words:
                glyphs = [glyph for glyph in placed.line.glyphs if glyph.word == word]
                left, right = edges_of(placed, glyphs)
                scale = scale_of(self._made, (left, right))
                across, down = (right - left) / 2 * (scale - 1), self._made.cap / 2 * (scale - 1)
                down += self._reach + self._pad
                edges = (
                    left - across - self._pad,
                    placed.y - self._made.cap - down,
                    right + across + self._pad,
                    placed.y + down,
                )
                found[placed.word + word] = number, edges
        return found

    @cached_property
    def _reach(self) -> float:
        """How far the box goes above the capitals and below the baseline, padding apart; the same for all lines."""
        made = self._made
        inks = [placed.line.ink for placed in made.lines]
        return max(_DESCENT * made.motion.em, *(max(-ink[1] - made.cap, ink[3]) for ink in inks))

    @property
    def layer(self) -> DrawnLayer:
        made, edges = self._made, [box for _, box in self._boxes.values()]
        box = Box.around(
            min(each[0] for each in edges), min(each[1] for each in edges),
            max(each[2] for each in edges), max(each[3] for each in edges),
        )  # fmt: skip
        numbers: dict[str, object] = {"tint": astuple(self._tint), "radius": round(self._radius, 4)}
        identity = identity_of("caption box", box, numbers)
        return DrawnLayer(
            made.cue.first, made.cue.last, box.left, box.top, box.width, box.height, identity, self._state, self._paint
        )

    def _state(self, frame: int) -> State | None:
        motion, words = self._motion, self._made.cue.words
        spoken = [
            number
            for number, word in enumerate(words)
            if word.first <= frame < motion.ends(number) and number in self._boxes
        ]
        if not spoken:
            return None
        number = spoken[-1]
        line, edges = self._boxes[number]
        reached = motion.reached(number, frame)
        before = self._boxes.get(number - 1)
        opacity = 1.0
        if before and before[0] == line:
            left, top, right, bottom = (a + (b - a) * reached for a, b in zip(before[1], edges, strict=True))
            edges = left, top, right, bottom
        else:
            opacity = READABLE + (1 - READABLE) * reached
            inset = 0.2 * (1 - reached) * (edges[3] - edges[1])
            edges = (edges[0] + inset, edges[1] + inset, edges[2] - inset, edges[3] - inset)
        pose = motion.whole(frame)
        about = complex((edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2)
        box = Box.around(*edges)
        now = replace(pose, opacity=pose.opacity * opacity).showing(box.left, box.top, about)
        return (*(round(edge, 2) for edge in edges), *astuple(now))

    def _paint(self, state: State, planes: Planes, room: dict[str, Any]) -> None:  # noqa: ARG002  # the protocol's signature
        edges, now = state[:4], Showing(*state[4:])
        box = Box.around(*edges)
        Sprite.from_masks([(rounded(box, edges, self._radius), self._tint)]).draw(planes, box.left, box.top, now)
