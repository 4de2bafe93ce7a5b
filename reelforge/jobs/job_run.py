"""One run of one job, as the runner watches it: what works, what waits, and how it is stopped."""

from __future__ import annotations

from typing import Literal

import anyio

from reelforge.domain.job import JobRecord
from reelforge.jobs.slots import Rank
from reelforge.jobs.together import StopSign

Standing = Literal["waiting", "working", "lent"]
Ending = Literal["cancelled", "handed_back"]


class JobRun:
    """The state of a running job in memory; the journal has everything that must outlive the process.

    Each of its steps stands in one of three places: waiting (for a slot, for another step with the same key, for its
    next try), working, or lent (its turn is with nested steps, or it is just over). When the daemon drains, no new step
    begins; once nothing works and something waits, the job can only go on after the next start and is handed back.
    """

    def __init__(self, job: JobRecord) -> None:
        self.job = job
        self.rank: Rank = (job.priority, job.id)
        self.scope = anyio.CancelScope()
        self.sign = StopSign()
        self.finished = anyio.Event()
        self.ending: Ending = "handed_back"
        self.draining = False
        self._standings: dict[object, Standing] = {}

    def stop(self, ending: Ending) -> None:
        """Cancel everything the job does; the first reason given counts."""
        if not self.scope.cancel_called:
            self.ending = ending
            self.sign.stop()
            self.scope.cancel()

    def drain(self) -> None:
        """Let no new step begin."""
        self.draining = True
        self._consider()

    def stand(self, step: object, where: Standing) -> None:
        """A step changes its place."""
        self._standings[step] = where
        self._consider()

    def leave(self, step: object) -> None:
        """A step is over, one way or another."""
        self._standings.pop(step, None)

    def _consider(self) -> None:
        places = self._standings.values()
        if self.draining and "waiting" in places and "working" not in places:
            self.stop("handed_back")
