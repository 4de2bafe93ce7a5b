"""A clip's picture at any time."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Final

import av.error
from av.video.frame import VideoFrame

from reelforge.errors import InputError
from reelforge.render.clips.conversion import Colour, Conversion
from reelforge.render.clips.fields import whole
from reelforge.render.clips.frames import Timed, frames_of
from reelforge.render.clips.info import ClipInfo, info_of, square_size
from reelforge.render.clips.opening import unreadable
from reelforge.render.clips.upright import Turn
from reelforge.render.planes import Planes
from reelforge.sound.closing import Closing

Pixels = tuple[int, int]
"""(width, height)."""

_FORGIVEN_SECONDS: Final = 0.2
"""How long the last good frame stands in for what is damaged or missing."""
_CLOCK_SECONDS: Final = 0.5e-3
_FLOAT_SECONDS: Final = 1e-6
_NEAR_SECONDS: Final = 1.0
"""Frames nearer than this are reached by decoding on."""
_FAR_SECONDS: Final = 5.0
"""Frames farther than this are sought where no index tells whether that is worth it."""


class ClipReader(Closing):
    """One open clip, read by one thread: forwards each packet is decoded once, elsewhere from the key frame before.

    ``most`` limits the size of what is drawn: a function from the upright picture's (width, height) to those wanted,
    or the (width, height) of a frame that the picture shall just cover. It is never enlarged. ``colour`` changes the
    colours of each upright picture. ``threads`` is how many threads decode, 0 as many as there are cores.

    What :meth:`at` gives depends on the file and the time alone, not on what was read before. A few frames are held.
    Raises InputError beginning with ``where`` for a file that cannot be shown (see
    :func:`~reelforge.render.clips.opening.open_video`).
    """

    def __init__(
        self,
        path: Path,
        where: str,
        most: Callable[[Pixels], Pixels] | Pixels | None = None,
        *,
        colour: Colour | None = None,
        threads: int = 1,
    ) -> None:
        self._threads = threads
        self._frames = frames_of(path, where, threads)
        try:
            self.info: ClipInfo = info_of(self._frames)
            first = self._frames.first.frame
            turn = Turn.of(first)
            stored = _stored(square_size(self._frames), turn, most)
            self._conversion = Conversion(stored, turn, colour, threads)
            self._interlaced = first.interlaced_frame
        except av.error.FFmpegError as error:
            self.close()
            raise unreadable(self._frames.video.what, error) from error
        except BaseException:
            self.close()
            raise
        self.size: Pixels = turn.size(stored[0] & ~1, stored[1] & ~1)
        self._before: Timed | None = None
        self._shown: Timed | None = None
        self._ahead: Timed | None = None
        self._drawn: tuple[Timed, Planes] | None = None

    def at(self, seconds: float) -> Planes:
        """The picture shown ``seconds`` after the file's first one: the last whose time has come, to half a tick of the
        file's clock (0.5 ms at most). It is valid until the next call, and of :attr:`size`.

        Raises InputError when the file is damaged there for more than 0.2 s, or ends more than 0.2 s before.
        """
        if not math.isfinite(seconds):
            raise ValueError(f"a clip has no picture at {seconds} s")
        tick = self._frames.video.tick
        # A file's clock is rounded (Matroska's to 1 ms) and so are the caller's seconds.
        late = min(tick / 2, _CLOCK_SECONDS) + _FLOAT_SECONDS
        ticks = self._frames.first.start + math.floor((max(seconds, 0.0) + late) / tick)
        try:
            shown = self._find(ticks)
            self._refuse_damage(shown, ticks, seconds)
            if self._drawn is None or self._drawn[0].start != shown.start:
                self._drawn = None
                self._drawn = (shown, self._conversion.planes(self._picture(shown)))
        except av.error.FFmpegError as error:
            raise unreadable(self._frames.video.what, error) from error
        return self._drawn[1]

    def close(self) -> None:
        """Close the file; nothing can be read any more."""
        self._frames.video.close()

    def _find(self, ticks: int) -> Timed:
        """Move so that the frame shown at ``ticks`` is the current one and the frame after it is known."""
        if self._shown is None or ticks < self._shown.start or self._better_sought(ticks):
            self._go(ticks)
        while self._ahead is not None and self._ahead.start <= ticks:
            self._step()
        assert self._shown is not None
        return self._shown

    def _step(self) -> None:
        self._before, self._shown = self._shown, self._ahead
        self._ahead = self._frames.next()

    def _go(self, ticks: int) -> None:
        """Begin again at or before ``ticks``; a frame earlier where fields need the neighbour before."""
        first = self._frames.first.start
        early = 2 * self._frames.usual_ticks if self._interlaced else 0
        found = self._frames.seek(max(ticks - early, first))
        self._before, self._shown, self._ahead = None, found, self._frames.next()

    def _better_sought(self, ticks: int) -> bool:
        """Whether a key frame lies between the frames at hand and a frame far ahead."""
        if self._ahead is None:
            return False
        tick, now = self._frames.video.tick, self._ahead.start
        if (ticks - now) * tick < _NEAR_SECONDS:
            return False
        index = self._frames.video.stream.index_entries
        if self._frames.video.kind not in {"mov", "matroska"} or not len(index):
            return (ticks - now) * tick > _FAR_SECONDS
        place = index.search_timestamp(ticks, backward=True)
        return place >= 0 and index[place].timestamp > now

    def _picture(self, shown: Timed) -> VideoFrame:
        if not shown.frame.interlaced_frame:
            return shown.frame
        before = self._before if self._interlaced else None
        return whole(
            before.frame if before else None, shown.frame, self._ahead.frame if self._ahead else None, self._threads
        )

    def _refuse_damage(self, shown: Timed, ticks: int, seconds: float) -> None:
        lost = (ticks - shown.end) * self._frames.video.tick
        if lost <= _FORGIVEN_SECONDS:
            return
        what = self._frames.video.what
        if self._ahead is not None:
            if self._ahead.damage:
                raise InputError(
                    f"{what} is damaged at {seconds:.2f} s: its frames cannot be decoded there.",
                    remedy="Replace it with a whole file, or use another part of it.",
                )
            return
        ends = (shown.end - self._frames.first.start) * self._frames.video.tick
        raise InputError(
            f"{what} ends after {ends:.2f} s of pictures, though its header promises {self.info.seconds:.2f} s.",
            remedy="Replace it with a whole file, or use less of it.",
        )


def _stored(square: Pixels, turn: Turn, most: Callable[[Pixels], Pixels] | Pixels | None) -> Pixels:
    """The (width, height), before turning, that frames are scaled to: never more than their own."""
    upright = turn.size(*square)
    scale = _scale(upright, most)
    if scale >= 1.0:
        return square
    width, height = (max(2 * round(side * scale / 2), 2) for side in square)
    return width, height


def _scale(upright: Pixels, most: Callable[[Pixels], Pixels] | Pixels | None) -> float:
    if most is None:
        return 1.0
    wanted = most(upright) if callable(most) else most
    return max(wanted[0] / upright[0], wanted[1] / upright[1])
