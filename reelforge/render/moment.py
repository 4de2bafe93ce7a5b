"""When a frame is, as motions and effects see it."""

from __future__ import annotations

import math

from msgspec import Struct


class Moment(Struct, frozen=True):
    """One frame of a shot.

    ``seconds`` since the shot began; ``length`` is how long it is seen (its transition out included), ``time`` their
    ratio, from 0 to just below 1, so that the same instant has the same time at any frame rate. ``since_beat`` is the
    time since the music's last beat in seconds (infinite before the first), ``energy`` the music's strength (0–1).
    """

    seconds: float
    length: float
    since_beat: float = math.inf
    energy: float = 0.0

    @property
    def time(self) -> float:
        return self.seconds / self.length if self.length > 0 else 0.0
