"""Finding things by the name a document gives them."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from reelforge.errors import InputError


def unknown(kind: str, name: str, known: Iterable[str], where: str) -> InputError:
    """The error for a name nobody has: it says where it stands, the nearest spelling, or else every name there is."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    remedy = f"Did you mean “{near[0]}”?" if near else f"Known are: {', '.join(names)}."
    return InputError(f"{where}: there is no {kind} called “{name}”.", remedy=remedy)
