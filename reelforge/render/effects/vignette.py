"""The frame grows darker towards its corners, as a lens does it, and the eye stays in the middle."""

from __future__ import annotations

from typing import Any

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
    """``strength`` is how much of the light the corners lose, ``radius`` where that begins: 0 in the middle of the
    frame, 1 in its corners, on ellipses of the frame's shape.
    """

    strength: float = Field(default=0.35, ge=0, le=1)
    radius: float = Field(default=0.45, ge=0, le=0.95)


def state(options: Options, now: Moment, frame: Size) -> State | None:  # noqa: ARG001  # the protocol's; it stands still
    return (options.strength, options.radius) if options.strength else None


def draw(state: State, planes: Planes, room: dict[str, Any]) -> None:
    strength, radius = state

    def light(across: NDArray[np.float32], down: NDArray[np.float32]) -> NDArray[np.float32]:
        away = np.sqrt(2 * ((across - 0.5) ** 2 + (down - 0.5) ** 2))
        return np.asarray(1 - strength * smooth_all((away - radius) / (1 - radius)), np.float32)

    kept(room, "vignette", (state, planes.y.shape), lambda: Shade.of(light, planes.y.shape)).draw(planes)
