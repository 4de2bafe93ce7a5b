"""The one tree of errors a person may see.

Every message is a sentence: what happened, to what, and what to do. The runner treats the three kinds differently;
anything else that is raised is a bug and keeps its traceback.
"""

from __future__ import annotations


class ReelForgeError(Exception):
    """What went wrong (``message``) and the one thing to do about it (``remedy``, may be empty)."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class TryLaterError(ReelForgeError):
    """The same work may succeed later: a busy server, a dead network. ``retry_after`` is in seconds."""

    def __init__(self, message: str, *, remedy: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.retry_after = retry_after


class NeedsPersonError(ReelForgeError):
    """Only a person can decide or mend this: a refused key, a full disk, an unclear paid call. Exit code 2."""

    exit_code = 2


class MaybePaidError(NeedsPersonError):
    """A paid call was sent and its answer is lost: nobody can tell whether it was charged. It is not made again before
    a person has looked.
    """


class NeverWorksError(ReelForgeError):
    """The same input will fail every time: there is no point in another try."""


class InputError(NeverWorksError):
    """A person's mistake in a file, a setting or an argument; the command line answers it with exit code 2."""

    exit_code = 2


class UnprintedError(NeedsPersonError):
    """Standard output took nothing: a full disk, a terminal that has gone. The command's work may be done."""
