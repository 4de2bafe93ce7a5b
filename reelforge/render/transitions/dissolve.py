"""One shot fades into the next: a weighted mean of the two, as strong as the time is far."""

from __future__ import annotations

import cv2

from reelforge.render.planes import Planes

EASING = "linear"


def blend(below: Planes, above: Planes, out: Planes, time: float, direction: str) -> None:  # noqa: ARG001  # the protocol's signature
    cv2.addWeighted(above.flat, time, below.flat, 1.0 - time, 0.0, dst=out.flat)
