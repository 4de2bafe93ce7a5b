"""What the timeline asks for is seen: nothing of it is without effect where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from reelforge.domain.post import Check
from reelforge.domain.timeline import Shot, Transition
from reelforge.render import motions, transitions
from reelforge.render.evidence import Evidence, warned

NAME: Final = "unheeded"
_MOST: Final = 8
_LEAST: Final = 0.5
"""Seconds: in less, no motion is missed."""
_USUAL: Final = Transition().direction


def check(evidence: Evidence) -> Check:
    """A warning when a motion has no way to go or no layers to part, or a transition a direction it does not have."""
    found = islice(_unheeded(evidence), _MOST + 1)
    told = [*islice(found, _MOST), *("There is more of the kind." for _ in found)]
    return warned(NAME, not told, "All that the timeline asks for is seen.", " ".join(told))


def _unheeded(evidence: Evidence) -> Iterator[str]:
    for index, shot in enumerate(evidence.timeline.shots):
        place = f"shots[{index}]"
        long = shot.frames >= evidence.frames(_LEAST)
        if long and motions.only_travels(shot.motion.name) and index in evidence.unmoving:
            yield (
                f"{place}.motion: the {shot.motion.name} stands still, for the frame holds all of the picture that "
                "way, or its edge is in the way at both ends; let zoom begin above 1 and the ends be farther apart."
            )
        if shot.motion.name == "parallax" and (lacking := _flat(shot)):
            yield f"{place}.motion: parallax moves all of the picture alike, for {lacking}."
        name, direction = shot.transition.name, shot.transition.direction
        if direction != _USUAL and not transitions.find(name).directed:
            yield f"{place}.transition.direction: {name} has no direction, so “{direction}” is unseen."


def _flat(shot: Shot) -> str:
    """Why a shot has but one layer; empty for one that has two."""
    if shot.clip:
        return "a clip has no mask"
    if shot.fit == "blur":
        return "it is shown whole, over a blurred enlargement of itself"
    return "" if shot.mask else "the shot has no mask; give its subject’s"
