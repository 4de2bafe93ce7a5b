"""What a picture shows: its faces, its subject, and the point the eye goes to.

All places are fractions of the upright picture's width and height, from its top left corner, to 0.0001; so they hold
for every size the picture is drawn at. How a frame is cut, moved and written over is for those who compose it:

- a motion or a crop goes to :attr:`Sight.focus`, which is nowhere near the edges only because subjects rarely are:
  whoever moves towards it keeps the picture's edges out of the frame;
- a crop that cannot hold every face holds the first ones, which are sorted so that they matter most;
- captions and cards stay off :attr:`Face.head`, the face's box grown to the whole head;
- a foreground cut out by :attr:`Sight.mask` may move by itself (two-layer parallax) when there is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from reelforge.domain.asset import AssetRef
from reelforge.domain.value import Value

Fraction: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Point: TypeAlias = tuple[Fraction, Fraction]
"""(x, y), from the left and from the top."""

MIDDLE: Final[Point] = (0.5, 0.45)
"""The focus of a picture in which nothing stands out: a little above its middle, where people look first."""
DIGITS: Final = 4


class Box(Value):
    """An upright rectangle within the picture; ``x`` and ``y`` are its left and top."""

    x: Fraction
    y: Fraction
    width: Fraction
    height: Fraction

    @classmethod
    def between(cls, left: float, top: float, right: float, bottom: float) -> Box:
        """The part of a rectangle that lies within the picture."""
        left, top = (round(min(1.0, max(0.0, edge)), DIGITS) for edge in (left, top))
        right, bottom = (round(min(1.0, max(0.0, edge)), DIGITS) for edge in (right, bottom))
        width, height = round(max(0.0, right - left), DIGITS), round(max(0.0, bottom - top), DIGITS)
        return cls(x=left, y=top, width=width, height=height)

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def area(self) -> float:
        """The share of the picture's area, 0–1."""
        return self.width * self.height

    def grown(self, left: float, top: float, right: float, bottom: float) -> Box:
        """Wider and higher by these shares of its own width and height, as far as the picture goes."""
        return Box.between(
            self.x - left * self.width,
            self.y - top * self.height,
            self.right + right * self.width,
            self.bottom + bottom * self.height,
        )


class Face(Value):
    """One face. ``box`` reaches from the forehead to the chin and from cheek to cheek, without hair and ears.

    ``confidence`` is 0–1 on the engine's own scale, only to compare faces of one picture. ``eyes`` is the point between
    the eyes.
    """

    box: Box
    confidence: Fraction
    eyes: Point

    @property
    def head(self) -> Box:
        """The whole head, with hair, ears and chin: what no caption, card or logo should cover."""
        return self.box.grown(0.25, 0.55, 0.25, 0.2)

    @property
    def weight(self) -> float:
        """How much this face counts among a picture's: large and certain ones most."""
        return self.box.area * self.confidence


class Subject(Value):
    """What stands out from its surroundings: a person, a thing, an animal, maybe several together.

    ``box`` holds its larger parts, ``centre`` is its centre of gravity, ``area`` its share of the picture, 0–1.
    ``mask`` is an 8-bit greyscale PNG of the picture's shape, at most 512 pixels on the long side: 255 is the subject,
    0 what is behind it, and what lies between is its soft edge. Scaled to the picture (linearly) it is the subject's
    opacity.
    """

    box: Box
    centre: Point
    area: Fraction
    confidence: Fraction
    mask: AssetRef


class Sight(Value):
    """What an engine saw in one picture. ``faces`` are sorted, the one that matters most first.

    ``focus`` is the point to look at, and ``focus_on`` what was found there: faces before a subject before nothing,
    which is :data:`MIDDLE`; then another estimate, such as the picture's own, may know better.
    """

    faces: tuple[Face, ...] = ()
    subject: Subject | None = None
    focus: Point = MIDDLE
    focus_on: Literal["faces", "subject", "nothing"] = "nothing"
    engine: str

    @property
    def mask(self) -> AssetRef | None:
        """The subject's mask, when there is a subject."""
        return self.subject.mask if self.subject else None


def sighted(engine: str, faces: Sequence[Face], subject: Subject | None) -> Sight:
    """Put together what ``engine`` found: sort the faces and choose the focus."""
    ordered = tuple(sorted(faces, key=lambda face: (-face.weight, face.box.x, face.box.y)))
    total = sum(face.weight for face in ordered)
    if total > 0:
        x = sum(face.weight * face.eyes[0] for face in ordered) / total
        y = sum(face.weight * face.eyes[1] for face in ordered) / total
        focus = (round(x, DIGITS), round(y, DIGITS))
        return Sight(faces=ordered, subject=subject, focus=focus, focus_on="faces", engine=engine)
    if subject is not None:
        return Sight(faces=ordered, subject=subject, focus=subject.centre, focus_on="subject", engine=engine)
    return Sight(faces=ordered, engine=engine)
