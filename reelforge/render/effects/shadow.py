"""A soft shadow from the bottom or the top of the frame, on which captions and titles stand out."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from reelforge.domain.timeline import Size
from reelforge.render.effects import BaseOptions, State
from reelforge.render.effects._room import kept
from reelforge.render.effects._shade import Shade
from reelforge.render.moment import Moment
from reelforge.render.planes import Planes
from reelforge.render.warp import smooth_all


class Options(BaseOptions):
    """``strength`` is how much of the light is lost at the edge, ``height`` how far the shadow reaches into the frame,
    as a part of the frame's height. It is full for the outer third of that and then runs out without a visible end.
    """

    edge: Literal["bottom", "top", "both"] = "bottom"
    strength: float = Field(default=0.45, ge=0, le=1)
    height: float = Field(default=0.5, ge=0.05, le=1)


_FULL = 1 / 3


def state(options: Options, now: Moment, frame: Size) -> State | None:  # noqa: ARG001  # the protocol's; it stands still
    return (options.edge, options.strength, options.height) if options.strength else None


def draw(state: State, planes: Planes, room: dict[str, Any]) -> None:
    edge, strength, height = state

    def light(across: NDArray[np.float32], down: NDArray[np.float32]) -> NDArray[np.float32]:
        far = {"bottom": 1 - down, "top": down, "both": np.minimum(down, 1 - down)}[edge]
        column = 1 - strength * smooth_all((1 - far / height) / (1 - _FULL))
        return np.asarray(np.broadcast_to(column, (len(down), len(across))), np.float32)

    kept(room, "shadow", (state, planes.y.shape), lambda: Shade.of(light, planes.y.shape)).draw(planes)
