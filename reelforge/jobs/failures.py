"""What an error means for a step and its job."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Final

from reelforge.errors import NeedsPersonError, NeverWorksError, ReelForgeError, TryLaterError
from reelforge.store.space import FULL

_DETAIL: Final = 4_000
"""Characters of a traceback that are kept: its end says most."""


def telling(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one error of a group that says best what happened.

    What a person must mend goes first, then what will never work, then a fault of ours; a busy server says least.
    Of equal ones the first.
    """
    return min(_leaves(group), key=_weight)


def understood(error: BaseException) -> BaseException:
    """The error as the runner treats it: groups become their most telling member, a full disk a sentence."""
    if isinstance(error, BaseExceptionGroup):
        return understood(telling(error))
    if isinstance(error, OSError) and error.errno in FULL:
        where = f" while writing {error.filename}" if error.filename else ""
        full = NeedsPersonError(
            f"The disk is full{where}.", remedy="Free some space, then run the job again with `reelforge retry`."
        )
        full.__cause__ = error
        return full
    return error


def sentence(error: BaseException) -> str:
    """What a person reads. A fault of ours says so, and where to find the rest."""
    if isinstance(error, ReelForgeError):
        return str(error)
    what = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
    end = "" if what.endswith((".", "!", "?")) else "."
    return f"ReelForge made a mistake: {what}{end} The log has the whole story; `reelforge retry` tries again."


def detail(error: BaseException) -> str:
    """The end of the traceback of a fault of ours; empty for an error that is a sentence."""
    if isinstance(error, ReelForgeError):
        return ""
    return "".join(traceback.format_exception(error))[-_DETAIL:]


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def _weight(error: BaseException) -> int:
    order = (NeedsPersonError, NeverWorksError, TryLaterError, ReelForgeError)
    kind = next((place for place, kind in enumerate(order) if isinstance(error, kind)), None)
    if kind is not None:
        return (1, 2, 4, 3)[kind]
    return 0 if not isinstance(error, Exception) else 3
