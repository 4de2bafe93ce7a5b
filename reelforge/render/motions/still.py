"""One view for the whole shot: the first of the motion's two."""

from __future__ import annotations

from reelforge.domain.timeline import Motion, Size
from reelforge.render.moment import Moment
from reelforge.render.motion import View, zoomed


def views(motion: Motion, picture: tuple[int, int], frame: Size, now: Moment) -> tuple[View, ...]:  # noqa: ARG001  # stands still
    return (zoomed(motion.zoom[0], motion.start, picture, frame),)
