"""The frames of an open video in the order in which they are shown, from its beginning or from anywhere."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import av.error
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from msgspec import Struct

from reelforge.errors import InputError
from reelforge.render.clips.opening import Video, encrypted, open_video, refuse_size, unreadable

_BACK_SECONDS: Final = (0.0, 1.0, 4.0, 16.0, 64.0)
"""How much earlier than the frame wanted a seek aims, until it lands before it."""
_ALPHA_DECODERS: Final = {"vp9": "libvpx-vp9", "vp8": "libvpx"}
"""libav's own decoders of these leave transparency out."""


class Timed(Struct, frozen=True):
    """A frame shown in ticks ``[start, end)`` of its stream.

    ``damage``: frames before it could not be decoded, so the frame shown before it was meant to end earlier.
    """

    frame: VideoFrame
    start: int
    end: int
    damage: bool


class Frames:
    """Decodes one open video. ``first`` is its first picture, from which the file's own time counts.

    ``threads`` is how many threads the decoder takes, 0 as many as there are cores. Not for use by two threads.
    Raises InputError when there is no frame at all.
    """

    def __init__(self, video: Video, threads: int = 1) -> None:
        self.video = video
        self._moved = False
        self._threads = threads
        self._decoder = self._new_decoder()
        self._run = self._frames(whole=True)
        found = self.next()
        if found is None:
            raise InputError(
                f"{video.what} has no frame that can be decoded.", remedy="Replace it: export or download it again."
            )
        self.first = found

    def _new_decoder(self) -> VideoCodecContext:
        stream = self.video.stream
        decoder = stream.codec_context
        name = _ALPHA_DECODERS.get(decoder.name)
        if name and stream.metadata.get("alpha_mode") == "1":
            other = VideoCodecContext.create(name, "r")
            assert isinstance(other, VideoCodecContext)
            decoder = other
        decoder.thread_count = self._threads
        decoder.thread_type = "AUTO" if self._threads != 1 else "NONE"
        return decoder

    @property
    def usual_ticks(self) -> int:
        """How long a frame of the average rate lasts."""
        rate, base = self.video.stream.average_rate, self.video.stream.time_base
        return max(round(1 / (rate * base)), 1) if rate and base else 1

    def next(self) -> Timed | None:
        """The frame shown next; None at the end."""
        return next(self._run, None)

    def last_end(self) -> int:
        """The end of the last packet, in ticks. The rest of the file is read for it, but nothing is decoded."""
        self._moved = True
        end = self.first.end
        for packet in self._packets():
            if packet.size and packet.pts is not None:
                end = max(end, packet.pts + (packet.duration or self.usual_ticks))
        return end

    def begin(self) -> Timed:
        """The first frame; :meth:`next` gives the second."""
        if not self._moved:
            self._moved = True
            return self.first
        self.video.close()
        self.video = open_video(self.video.path, self.video.where)
        self._decoder = self._new_decoder()
        self._run = self._frames(whole=True)
        found = self.next()
        if found is None:
            raise InputError(
                f"{self.video.what} could not be read again.", remedy="Leave the file as it is while it is used."
            )
        return found

    def seek(self, ticks: int) -> Timed:
        """Go to a key frame from which the frame shown at ``ticks`` can be decoded; the first frame found.

        A seek may land late (open groups of pictures, formats without an index): then it is aimed further back.
        """
        for back in _BACK_SECONDS:
            aim = ticks - round(back / self.video.tick)
            if aim <= self.first.start:
                break
            try:
                self.video.container.seek(aim, stream=self.video.stream)
            except (av.error.FFmpegError, OSError):
                break
            self._moved = True
            self._decoder.flush_buffers()
            self._run = self._frames(whole=False)
            found = self.next()
            if found is not None and found.start <= ticks:
                return found
        return self.begin()

    def _packets(self) -> Iterator[Packet[Any]]:
        """The stream's packets, then an empty one. A file that breaks off ends here."""
        try:
            yield from self.video.container.demux(self.video.stream)
        except (av.error.FFmpegError, OSError, IndexError):
            # IndexError: PyAV's stumble, at the very end, over a stream that a transport stream has begun on its way.
            yield Packet()

    def _frames(self, *, whole: bool) -> Iterator[Timed]:
        """Frames in order, without those that lean on something lost.

        Begun in the middle (not ``whole``), frames shown before the first key frame are left out: they belong to the
        group before it. After damage, frames up to the next key frame are: they are predicted from the lost one.
        """
        state = _Course(-math.inf if whole else None)
        last = None
        for packet in self._packets():
            if not state.take(packet):
                continue
            if packet.has_sidedata("encryption_info"):
                raise encrypted(self.video.what)
            try:
                decoded = self._decoder.decode(None if _ends(packet) else packet)
            except av.error.EOFError:
                continue
            except av.error.FFmpegError:
                state.lost(_ticks(packet), last)
                continue
            for frame in decoded:
                timed = self._timed(frame, last)
                if state.keeps(frame, timed.start) and (last is None or timed.start > last.start):
                    last = Timed(timed.frame, timed.start, timed.end, state.told())
                    yield last

    def _timed(self, frame: VideoFrame, before: Timed | None) -> Timed:
        refuse_size(frame.width, frame.height, self.video.what)
        start = frame.pts if frame.pts is not None else frame.dts
        if start is None:
            start = before.end if before else 0
        lasts = frame.duration or self.usual_ticks
        return Timed(frame, start, start + lasts, damage=False)


def _ticks(packet: Packet[Any]) -> int | None:
    return packet.pts if packet.pts is not None else packet.dts


def _ends(packet: Packet[Any]) -> bool:
    """Whether it stands for the end of the file; an empty one with a time is a frame that shows the last one again."""
    return not packet.size and packet.dts is None and packet.pts is None


class _Course:
    """What of a run through the file can be shown."""

    def __init__(self, begin: float | None) -> None:
        self._begin = begin
        self._keys: list[float] = []
        self._bad: float | None = None
        self._damage = False

    def take(self, packet: Packet[Any]) -> bool:
        """Whether a packet is worth decoding: those before the first key frame are not."""
        if _ends(packet):
            return self._begin is not None
        if not packet.size:
            return False
        time = _ticks(packet)
        if packet.is_keyframe and time is not None:
            self._keys = [*self._keys[-7:], time]
        if self._begin is None:
            if not packet.is_keyframe:
                return False
            self._begin = -math.inf if time is None else time
        return True

    def lost(self, time: float | None, last: Timed | None) -> None:
        """A packet could not be decoded: what is shown after the frames so far and the last key frame leans on it."""
        self._damage = True
        sound = [key + 1 for key in self._keys if time is None or key < time]
        bad = max([last.end if last else -math.inf, *sound])
        self._bad = bad if time is None else min(bad, time)

    def keeps(self, frame: VideoFrame, start: int) -> bool:
        if self._begin is not None and start < self._begin:
            return False
        if frame.is_corrupt:
            self._damage, self._bad = True, start
            return False
        if self._bad is not None and start >= self._bad:
            if not any(self._bad < key <= start for key in self._keys) and not frame.key_frame:
                return False
            self._bad = None
        return True

    def told(self) -> bool:
        """Whether there was damage since this was asked last."""
        damage, self._damage = self._damage, False
        return damage


def frames_of(path: Path, where: str, threads: int = 1) -> Frames:
    """Open a video file and decode its first frame. Raises InputError as :func:`open_video` and when there is none."""
    video = open_video(path, where)
    try:
        return Frames(video, threads)
    except av.error.FFmpegError as error:
        video.close()
        raise unreadable(video.what, error) from error
    except BaseException:
        video.close()
        raise
