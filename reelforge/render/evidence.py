"""What the checks of a finished video are given: the timeline, and what was found in the file and while composing."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import accumulate
from textwrap import shorten
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.structs import asdict
from numpy.typing import NDArray

from reelforge.domain.post import Check
from reelforge.domain.timeline import Timeline
from reelforge.render.layer import AnyLayer, Layer
from reelforge.render.looks import Looks
from reelforge.render.planes import Plane
from reelforge.render.sprites import Box

HEARD_VERSION: Final = 1
"""Raise it when the same sound gives other numbers."""
_LONGEST_SHOWN: Final = 40
TENTH: Final = 10
"""Levels of the sound are kept for each 1/10 s."""


class PictureTrack(Struct, frozen=True):
    """The picture's stream: ``shown`` and ``decoded`` are each packet's times in ``tick`` seconds, as they stand in the
    file; ``colours`` are primaries, transfer, matrix and range in libavutil's numbers.
    """

    codec: str
    format: str
    size: tuple[int, int]
    colours: tuple[int, int, int, int]
    seconds: float
    tick: Fraction
    shown: NDArray[np.int64]
    decoded: NDArray[np.int64]
    opens_with_key: bool


class SoundTrack(Struct, frozen=True):
    """The sound's stream, decoded as a player would.

    ``start`` is when its first sample is heard, ``wander`` how far (s) its timestamps ever are from what its samples
    last, at ``wander_at``. ``levels`` are the root mean squares (1 = full scale) of every 1/10 s, ``loudness`` the
    integrated loudness in LUFS and ``true_peak`` in dBTP (−∞ for silence). ``clipped`` holds the first sample of each
    run of three or more at full scale, the first hundred of ``clips``.
    """

    codec: str
    rate: int
    channels: int
    seconds: float
    start: float
    wander: float
    wander_at: float
    samples: int
    levels: NDArray[np.float32]
    loudness: float
    true_peak: float
    clipped: tuple[int, ...]
    clips: int

    def to_bytes(self) -> bytes:
        """All of it as JSON, to be remembered."""
        return json.dumps({**asdict(self), "levels": self.levels.tolist()}).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> SoundTrack:
        """What :meth:`to_bytes` gave."""
        told = json.loads(data)
        levels = np.array(told.pop("levels"), np.float32)
        return cls(**{**told, "levels": levels, "clipped": tuple(told["clipped"])})


class KeyFrame(Struct, frozen=True):
    """A decoded key frame: its number (by its time), its small record, and how much of it is staircases (0–1, see
    :func:`~reelforge.render.staircases.staircases`).
    """

    number: int
    look: Looks
    stairs: float


class Text(NamedTuple):
    """A text or a part of an overlay, on screen in frames ``[first, last)``: the output pixels of its ink,
    ``[left, right)`` × ``[top, bottom)`` where it comes to rest. ``place`` is the card's or overlay's in the timeline.
    """

    first: int
    last: int
    left: int
    top: int
    right: int
    bottom: int
    place: str = ""


Bare = Callable[[int, int], Plane]
"""Gives, for frames ``[first, last)`` of one shot, the luma (rows, columns) of the part of its picture that they show,
as it is before any effect.
"""


class Composed(Struct, frozen=True, kw_only=True):
    """What the renderer knows of a video beside its timeline; None where it has kept no account: checks that need it
    then say less, or nothing.

    ``looks`` is the record of every composed frame, ``texts`` where captions and cards stand, and ``overlaid`` where
    the parts of overlays do, but for those that cover most of the frame or are drawn anew in every one. ``bare`` shows
    the pictures as they are by themselves. ``contents`` are the SHA-256 of what the shots show, one each; without them
    two shots show the same when they name the same file in the same way. ``unmoving`` are the indices of shots that
    show their picture from one view all along.
    """

    looks: Looks | None = None
    texts: tuple[Text, ...] | None = None
    overlaid: tuple[Text, ...] = ()
    bare: Bare | None = None
    contents: tuple[str, ...] | None = None
    unmoving: frozenset[int] = frozenset()


class Evidence(Composed, frozen=True, kw_only=True):
    """All that the checks look at. ``size`` is the file's in bytes, ``boxes`` the names of its MP4 boxes in order."""

    timeline: Timeline
    size: int
    boxes: tuple[bytes, ...]
    picture: PictureTrack
    sound: SoundTrack
    keys: tuple[KeyFrame, ...]

    def shows(self, index: int) -> object:
        """What a shot shows, as something that is equal for two shots when that is the same."""
        return self.contents[index] if self.contents else self.timeline.shots[index].source

    @property
    def starts(self) -> tuple[int, ...]:
        """The first frame of each shot."""
        return tuple(accumulate((shot.frames for shot in self.timeline.shots[:-1]), initial=0))

    def shot(self, frame: int) -> int:
        """The index of the shot that a frame belongs to."""
        return bisect_right(self.starts, frame) - 1

    def seconds(self, frame: int) -> float:
        return self.timeline.rate.seconds(frame)

    def frames(self, seconds: float) -> int:
        """How many frames last so long, at least one."""
        rate = self.timeline.rate
        return max(1, round(seconds * rate.num / rate.den))


def judged(name: str, passed: bool, good: str, bad: str) -> Check:
    """A check that is passed, or not, with the sentence for either."""
    return Check(name=name, passed=passed, sentence=good if passed else bad)


def warned(name: str, fine: bool, good: str, doubt: str) -> Check:
    """A check that never fails a job: its sentence tells what a person may want to look at."""
    return Check(name=name, passed=True, level="fine" if fine else "warning", sentence=good if fine else doubt)


def runs(flags: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Each stretch ``[first, last)`` in which flags are set, in order."""
    edges = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0))
    for first, last in edges.reshape(-1, 2):
        yield int(first), int(last)


def named(timeline: Timeline, text: Text) -> str:
    """What stands there, with the first words of a card or caption."""
    for index, card in enumerate(timeline.cards):
        if text.place == f"cards[{index}]":
            return f"{text.place} “{shorten(card.text, _LONGEST_SHOWN, placeholder='…')}”"
    for index, cue in enumerate(timeline.cues):
        if not text.place and cue.first <= text.first < cue.last:
            words = " ".join(word.text for word in cue.words)
            return f"cues[{index}] “{shorten(words, _LONGEST_SHOWN, placeholder='…')}”"
    return text.place or "text"


def texts(layers: Iterable[AnyLayer], ink: Callable[[Layer], Box | None]) -> tuple[Text, ...]:
    """What stands where, from the layers' real pixels; ``ink`` gives the (left, top, right, bottom) of one's ink
    within it.

    A cue's highlight states lie in the same place one after another: only the first of them is looked at. Drawn shapes
    are no text.
    """
    found: list[Text] = []
    after, inked = ("", -1, 0, 0), False
    for layer in layers:
        if not isinstance(layer, Layer):
            continue
        if (layer.place, layer.first, layer.x, layer.y) != after:
            box = ink(layer)
            inked = box is not None
            if box:
                x, y = layer.x, layer.y
                found.append(Text(layer.first, layer.last, x + box[0], y + box[1], x + box[2], y + box[3], layer.place))
        elif inked:
            found[-1] = found[-1]._replace(last=layer.last)
        after = (layer.place, layer.last, layer.x, layer.y)
    return tuple(found)
