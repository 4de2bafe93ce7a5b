"""How the words of a cue stand in each frame: pure functions of the frame's number.

A word can be read from the frame on in which it is spoken: what fades in begins at :data:`READABLE`, all else is moved
and not faded; and no cue goes while its last word is still heard.
"""

from __future__ import annotations

import cmath
import math
from typing import Final

from msgspec import Struct

from reelforge.domain.caption_style import CaptionStyle
from reelforge.domain.timeline import Cue, Rate
from reelforge.render import animations, easing
from reelforge.render.animations import Extent, Spring
from reelforge.render.layer import Showing

READABLE: Final = 0.75
"""The least opacity of a word that is being spoken."""
_DIGITS: Final = 4
"""Numbers are rounded to a ten-thousandth, so that they are the same wherever they are computed."""
_SOONER: Final = 0.1
"""The seconds in which a word that waited, dim, becomes whole."""


class Pose(Struct, frozen=True):
    """A similarity of the plane, in frame pixels as complex numbers (x + y·i): ``z`` comes to stand at ``turn``·``z`` +
    ``shift``; and an opacity.
    """

    turn: complex = 1 + 0j
    shift: complex = 0j
    opacity: float = 1.0

    def then(self, other: Pose) -> Pose:
        """This, and then the other."""
        shift = other.turn * self.shift + other.shift
        return Pose(other.turn * self.turn, shift, self.opacity * other.opacity)

    def at(self, z: complex) -> complex:
        """Where a point comes to stand."""
        return self.turn * z + self.shift

    def showing(self, left: float, top: float, about: complex) -> Showing:
        """The same for a layer whose corner is (``left``, ``top``), about a point of the frame."""
        turn = Showing(round(self.opacity, _DIGITS), round(self.shift.real, _DIGITS), round(self.shift.imag, _DIGITS))
        if self.turn == 1:
            return turn
        move = self.at(about) - about
        return Showing(
            round(self.opacity, _DIGITS),
            round(move.real, _DIGITS),
            round(move.imag, _DIGITS),
            round(abs(self.turn), _DIGITS),
            round(math.degrees(cmath.phase(self.turn)), _DIGITS),
            round(about.real - left, _DIGITS),
            round(about.imag - top, _DIGITS),
        )

    @classmethod
    def of(cls, now: Showing) -> Pose:
        """What a showing does whose anchor is a point of the frame."""
        turn = cmath.rect(now.scale, math.radians(now.turn)) if (now.scale, now.turn) != (1.0, 0.0) else 1 + 0j
        anchor = complex(now.anchor_x, now.anchor_y)
        return cls(turn, anchor * (1 - turn) + complex(now.x, now.y), now.opacity)


def grown(scale: float, about: complex) -> Pose:
    """``scale`` times as large about a point."""
    return Pose(complex(scale), about * (1 - scale))


class CueMotion(Struct, frozen=True):
    """The course of one cue. ``em`` is the letters' size in output pixels, ``middle`` the cue's centre."""

    cue: Cue
    style: CaptionStyle
    rate: Rate
    em: float
    middle: complex

    @property
    def still(self) -> bool:
        """Whether the words of the cue never move by themselves, nor come or change but in their colour."""
        style, enter = self.style, self.style.coming
        by_cue = enter.by == "cue" or enter.name == "none"
        plain = style.spoken.name in {"none", "colour"} and style.spoken.scale == 1.0
        return by_cue and enter.name != "typewriter" and plain and style.waiting == 1.0 and not style.wave.amplitude

    def whole(self, frame: int) -> Pose:
        """How the cue comes up as one, and goes."""
        pose = Pose()
        if self.style.coming.by == "cue":
            pose = self._entered(frame - self.cue.first, self.middle)
        leave, left = self.style.leave, self.cue.last - 1 - frame
        frames = min(self.frames(leave.seconds), self._spare)
        if leave.name != "none" and left < frames:
            kind = animations.find(leave.name)
            time = (left + 1) / (frames + 1)
            extent = Extent(0, 0, (self.middle.real, self.middle.imag), self.style.coming.distance * self.em)
            pose = pose.then(Pose.of(kind.pose(time, easing.find(kind.easing)(time), extent)))
        return pose

    def word(self, number: int, middle: complex, scale: float, frame: int, shown: int) -> Pose:
        """How a word, or a letter that is shown from frame ``shown`` on, stands by itself; ``middle`` is the word's
        centre, about which it grows, ``scale`` times as large while it is spoken. Opacity is 0 where it is not seen.
        """
        word, style = self.cue.words[number], self.style
        pose = Pose(opacity=self._waited(frame - shown))
        if style.coming.by == "word" and style.coming.name != "typewriter" and frame >= word.first:
            pose = pose.then(self._entered(frame - word.first, middle))
        if style.spoken.scale != 1.0:
            pose = pose.then(grown(1 + (scale - 1) * self._spoken(number, frame), middle))
        return pose

    def wave(self, place: int, frame: int) -> Pose:
        """Where the wave has the ``place``-th letter or word."""
        wave = self.style.wave
        seconds = self.rate.seconds(frame - self.cue.first) - wave.delay * place
        return Pose(shift=-1j * wave.amplitude * self.em * math.sin(2 * math.pi * wave.frequency * seconds))

    def ends(self, number: int) -> int:
        """The frame before which a word's highlight ends: another that begins takes it away."""
        word = self.cue.words[number]
        following = [later.first for later in self.cue.words[number + 1 :] if later.first >= word.first]
        return min([word.last, *following[:1]])

    def filled(self, number: int, frame: int) -> float:
        """How much of a word has been spoken, 0–1; all of it in the last frame in which it sounds."""
        first = self.cue.words[number].first
        return min(max((frame - first + 1) / max(1, self.silent(number) - first), 0.0), 1.0)

    def silent(self, number: int) -> int:
        """The frame before which a word's sound ends."""
        word = self.cue.words[number]
        return word.last if word.said is None else min(word.said, word.last)

    def reached(self, number: int, frame: int) -> float:
        """How far what marks the spoken word has come to it, eased, from its first frame (above 0) to 1."""
        frames = self.frames(self.style.spoken.seconds)
        time = (frame - self.cue.words[number].first + 1) / (frames + 1)
        return easing.find("quint_out")(min(max(time, 0.0), 1.0))

    def frames(self, seconds: float) -> int:
        return round(seconds * self.rate.num / self.rate.den)

    @property
    def _spare(self) -> int:
        """For how many frames the cue is still seen after its last word; a third of that word where nobody knows."""
        last = self.cue.words[-1]
        return (last.last - last.first) // 3 if last.said is None else max(0, self.cue.last - last.said)

    def _waited(self, since: int) -> float:
        """The opacity of what has waited to be spoken, ``since`` frames after it was."""
        waiting = self.style.waiting
        if since < 0 or waiting in {0.0, 1.0}:
            return waiting if since < 0 else 1.0
        frames = self.frames(_SOONER)
        return 1 - (1 - max(waiting, READABLE)) * max(0.0, 1 - (since + 1) / (frames + 1))

    def _spoken(self, number: int, frame: int) -> float:
        """How much a word is grown for being spoken, 0–1."""
        left = frame - self.ends(number)
        if left < 0:
            return self.reached(number, frame) if frame >= self.cue.words[number].first else 0.0
        frames = self.frames(self.style.spoken.seconds)
        return 1 - easing.find("quint_out")(min((left + 1) / (frames + 1), 1.0))

    def _entered(self, since: int, about: complex) -> Pose:
        """How something stands ``since`` frames after it came up about a point."""
        enter = self.style.coming
        if enter.name in {"none", "typewriter"}:
            return Pose()
        spring = Spring(enter.stiffness, enter.damping)
        frames = self.frames(spring.rest if enter.name == "bounce" else enter.seconds)
        if since >= frames:
            return Pose()
        kind = animations.find(enter.name)
        time = (since + 1) / (frames + 1)
        done = easing.find(enter.easing or kind.easing)(time)
        extent = Extent(0, 0, (about.real, about.imag), enter.distance * self.em, enter.side, spring)
        pose = Pose.of(kind.pose(time, done, extent))
        dim = READABLE + (1 - READABLE) * min(max(done, 0.0), 1.0) if enter.name == "fade" else 1.0
        return Pose(pose.turn, pose.shift, dim)
