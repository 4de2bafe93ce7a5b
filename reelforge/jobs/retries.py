"""How long to wait before the next try: exponential backoff with jitter, or what the server asked for."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tenacity import RetryCallState

from reelforge.errors import TryLaterError


@dataclass(frozen=True)
class Backoff:
    """Waits in seconds: ``first``, doubled each time up to ``longest``, each between half and all of that.

    The jitter keeps jobs that failed together from coming back together. A server's ``retry_after`` is never undercut,
    nor is it exceeded by more than a tenth.
    """

    first: float
    longest: float
    random: random.Random = field(default_factory=random.Random, compare=False)

    def wait(self, failures: int, retry_after: float | None = None) -> float:
        """The wait after so many failures (≥ 1)."""
        share = self.random.random()
        if retry_after is not None:
            return max(0.0, retry_after) * (1 + share / 10)
        whole = min(self.longest, self.first * 2.0 ** min(failures - 1, 32))
        return whole * (0.5 + share / 2)

    def __call__(self, state: RetryCallState) -> float:
        """For tenacity."""
        return self.wait(state.attempt_number, asked_wait(state))


def asked_wait(state: RetryCallState) -> float | None:
    """The wait that the failed try's server asked for."""
    error = state.outcome.exception() if state.outcome else None
    return error.retry_after if isinstance(error, TryLaterError) else None
