"""Interlaced frames made whole: each from its two fields and its neighbours, by bwdif (BBC's w3fdif with yadif's
checks, EBU-tested), which libav has.
"""

from __future__ import annotations

import av.error
from av.video.frame import VideoFrame

from reelforge.render.clips.filters import Chain


def whole(before: VideoFrame | None, frame: VideoFrame, after: VideoFrame | None, threads: int) -> VideoFrame:
    """The frame at the time of its first field. It depends on these three frames alone, so the same frame looks the
    same however it was reached.
    """
    chain = Chain(frame.width, frame.height, frame.format.name, threads)
    chain.add("bwdif", mode="send_frame", parity="auto", deint="all")
    chain.end()
    near = [other for other in (before, frame, after) if other is not None and _alike(other, frame)]
    made: list[VideoFrame] = []
    for other in [*near, None]:
        chain.push(other)
        made += _ready(chain)
    return made[next(place for place, other in enumerate(near) if other is frame)]


def _alike(other: VideoFrame, frame: VideoFrame) -> bool:
    return (other.width, other.height, other.format.name) == (frame.width, frame.height, frame.format.name)


def _ready(chain: Chain) -> list[VideoFrame]:
    made = []
    while True:
        try:
            made.append(chain.pull())
        except (av.error.BlockingIOError, av.error.EOFError):
            return made
