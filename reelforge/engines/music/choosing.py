"""Which track a Reel gets: by mood, then tempo, then length, and not one the channel has just had."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping, Sequence
from math import log2
from typing import Final

from reelforge.engines.music import MusicRequest
from reelforge.engines.music.cutting import loops_for
from reelforge.engines.music.moods import Mood
from reelforge.engines.music.tracks import Shelved
from reelforge.errors import InputError

_RESTS: Final = 3
"""For so many Reels of a channel a track is not taken again, where there are others that fit."""


def choose(
    shelf: Sequence[Shelved], moods: Mapping[str, Mood], request: MusicRequest, recent: Sequence[str] = ()
) -> Shelved:
    """The track for a request: of its mood, else of the tempo nearest to the mood's (by ratio); of these the ones that
    repeat least; of these one that is not among the ``recent`` (file names, the latest first), drawn by the seed.

    The draw ranks tracks by a hash of seed and file name, so that a new track changes only the choices it wins. Raises
    InputError when the shelf is empty or nobody knows the mood.
    """
    if not shelf:
        raise InputError(
            "There is no music track to choose from.",
            remedy="Set `shipped = true` in the channel's `music`, put tracks into its folder, or take engine `none`.",
        )
    fitting = [one for one in shelf if one.track.mood == request.mood]
    if not fitting:
        wanted = _tempo(shelf, moods, request.mood)
        nearest = min(abs(log2(one.track.bpm / wanted)) for one in shelf)
        fitting = [one for one in shelf if abs(log2(one.track.bpm / wanted)) <= nearest + 1e-9]
    repeats = [max(0, loops_for(one.track, request.samples) - 1) for one in fitting]
    longest = [one for one, count in zip(fitting, repeats, strict=True) if count == min(repeats)]
    names = {one.path.name for one in longest}
    resting = [name for name in dict.fromkeys(recent) if name in names][: min(_RESTS, len(names) - 1)]
    awake = [one for one in longest if one.path.name not in resting]
    return min(awake, key=lambda one: hashlib.sha256(f"{request.seed}\n{one.path.name}".encode()).digest())


def _tempo(shelf: Sequence[Shelved], moods: Mapping[str, Mood], mood: str) -> float:
    if mood in moods:
        return moods[mood].bpm
    known = sorted({*moods, *(one.track.mood for one in shelf)})
    near = difflib.get_close_matches(mood, known, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known)}."
    raise InputError(f"No track and no preset has the mood {mood!r}.", remedy=hint)
