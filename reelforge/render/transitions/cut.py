"""The next shot, at once."""

from __future__ import annotations

from reelforge.render.planes import Planes

EASING = "linear"


def blend(below: Planes, above: Planes, out: Planes, time: float, direction: str) -> None:  # noqa: ARG001  # the protocol's signature
    if out is not above:
        out.take(above)
