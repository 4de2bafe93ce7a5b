"""Names for jobs: short, unique, and in the order the jobs were made."""

from __future__ import annotations

import secrets
from typing import Final

from reelforge.domain.job import Clock

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS: Final = 32
_LENGTH: Final = 16


class JobIds:
    """16 letters of Crockford's base 32: 48 bits of milliseconds, then 32 random ones.

    They go on growing when two are made in one millisecond and when the clock is set back while the process lives.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def new(self) -> str:
        drawn = (int(self._clock.now() * 1000) << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
        self._last = max(drawn, self._last + 1)
        return "".join(_ALPHABET[(self._last >> shift) & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))
