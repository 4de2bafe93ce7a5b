"""What a video has to be for where it is shown: its shape, its quality, and what a platform takes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import Field

from reelforge.domain.timeline import Codec, Encode, Rate, SafeArea, Size
from reelforge.domain.value import Value

Shape = Literal["9:16", "16:9", "1:1", "4:5"]
"""Width to height."""
QualityName = Literal["low", "medium", "high", "ultra"]

SHAPES: Final[Mapping[Shape, tuple[int, int]]] = MappingProxyType(
    {"9:16": (9, 16), "16:9": (16, 9), "1:1": (1, 1), "4:5": (4, 5)}
)
MARGINS: Final = SafeArea(top=54, bottom=54, left=54, right=54)
"""Where no platform's controls are known to lie: 5 % of the shorter side, the title-safe area of EBU R 95."""


class Quality(Value):
    """A preset of ``config/quality.toml``: the frame's shorter side in pixels, frames a second, what is encoded for."""

    short_side: int = Field(default=1080, ge=144, le=4320, multiple_of=2)
    fps: int = Field(default=30, ge=10, le=120)
    encode: Encode = Encode()

    @property
    def rate(self) -> Rate:
        return Rate(num=self.fps)


class Platform(Value):
    """A table of ``config/platforms.toml``: what a platform takes, and where its own controls lie.

    ``codecs`` has the usual one first, ``seconds`` and ``fps`` are the least and the most, ``most_columns`` the widest
    frame in pixels. ``max_bitrate`` (bit/s) is that of the whole file.
    """

    name: str
    title: str
    shape: Shape
    codecs: Annotated[tuple[Codec, ...], Field(min_length=1)]
    max_bytes: int = Field(ge=1_000_000)
    max_bitrate: int = Field(ge=1_000_000)
    seconds: tuple[float, float]
    fps: tuple[float, float]
    most_columns: int = Field(ge=360)
    safe_area: SafeArea

    def margins(self, shape: Shape) -> SafeArea:
        """The margins of a frame of a shape. Of another than the platform's own, where controls lie beside the video or
        over less of it, no more than :data:`MARGINS`.
        """
        if shape == self.shape:
            return self.safe_area
        held = {side: min(getattr(self.safe_area, side), getattr(MARGINS, side)) for side in SafeArea.model_fields}
        return SafeArea(**held)

    def asked(self, encode: Encode) -> Encode:
        """The same figures within the platform's limits, in the codec it takes surest."""
        return encode.model_copy(
            update={
                "codec": self.codecs[0],
                "max_bitrate": min(encode.max_bitrate, self.max_bitrate),
                "bitrate": min(encode.bitrate, self.max_bitrate),
                "max_bytes": self.max_bytes,
                "max_average": self.max_bitrate,
            }
        )

    def objections(self, size: Size, rate: Rate, seconds: float) -> tuple[tuple[str, str], ...]:
        """What the platform would refuse in a video: a sentence each, and what to do; empty when it takes it."""
        fps, (shortest, longest), (slowest, fastest) = rate.num / rate.den, self.seconds, self.fps
        found = []
        if size.width > self.most_columns:
            sentence = f"{self.title} takes frames of at most {self.most_columns} columns, and these have {size.width}."
            found.append((sentence, "Choose a lower quality."))
        if not shortest <= seconds <= longest:
            sentence = (
                f"{self.title} takes videos of {shortest:g} to {longest:g} seconds, and one of {seconds:g} is due."
            )
            found.append((sentence, f"Make it {'longer' if seconds < shortest else 'shorter'}."))
        if not slowest <= fps <= fastest:
            sentence = f"{self.title} takes {slowest:g} to {fastest:g} frames a second, and these are {fps:.4g}."
            found.append((sentence, "Choose another frame rate."))
        return tuple(found)


def frame_size(shape: Shape, short_side: int) -> Size:
    """The frame of a shape whose shorter side has so many pixels; its longer side is the nearest even number."""
    across, down = SHAPES[shape]
    least = min(across, down)
    return Size(width=_even(short_side * across / least), height=_even(short_side * down / least))


def shape_of(size: Size) -> Shape | None:
    """The shape a frame has, as near as its even sides allow; None for any other."""
    for shape in SHAPES:
        if frame_size(shape, min(size.width, size.height)) == size:
            return shape
    return None


def _even(length: float) -> int:
    return 2 * round(length / 2)
