"""A clip's own sound, cut to its shot: 48 kHz stereo in a file beside the mix, in step with its pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import av
import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.filter import Graph
from av.stream import Discard
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.timeline import Clip
from reelforge.errors import InputError
from reelforge.render.clips.info import ClipInfo
from reelforge.render.clips.opening import Video, open_video, unreadable
from reelforge.sound.files import FloatWav
from reelforge.sound.libav import Resampler

Stereo = NDArray[np.float32]
_FADE: Final = 240
"""Samples over which it begins and ends (5 ms), so that no cut clicks."""
_TEMPO: Final = (0.5, 2.0)
"""What one ``atempo`` filter takes without leaving samples out."""


class ClipSound(Struct, frozen=True):
    """The sound of a shot: from timeline sample ``at`` on, ``samples`` of them, at ``gain_db``."""

    path: Path
    where: str
    clip: Clip
    info: ClipInfo
    at: int
    samples: int
    gain_db: float


def extract(sound: ClipSound, out: Path, check: Callable[[], None]) -> None:
    """Write what is heard of a clip to ``out``: a float WAV of just its samples, silent where the file has no more.

    Speed changes keep the pitch. ``check`` is called between blocks and may raise. Raises InputError for a sound that
    cannot be decoded.
    """
    with FloatWav(out, SAMPLE_RATE, 2, sound.samples) as wav:
        at = 0
        for block in _blocks(sound):
            check()
            part = block[: sound.samples - at]
            wav.write(part * _edges(at, len(part), sound.samples)[:, None])
            at += len(part)
            if at >= sound.samples:
                return
        for block in _silence(sound.samples - at):
            wav.write(block)


def _silence(count: int) -> Iterator[Stereo]:
    """So many samples of it, a second at most at a time: a file may say that its sound begins in years."""
    for at in range(0, count, SAMPLE_RATE):
        yield np.zeros((min(SAMPLE_RATE, count - at), 2), np.float32)


def _edges(at: int, count: int, samples: int) -> NDArray[np.float32]:
    places = np.arange(at, at + count) + 0.5
    level = np.minimum(np.clip(places / _FADE, 0, 1), np.clip((samples - places) / _FADE, 0, 1))
    return np.asarray(level, np.float32)


def _blocks(sound: ClipSound) -> Iterator[Stereo]:
    """The sound from the start on, at its speed, for as long as there are pictures; again and again when it loops."""
    length = round((sound.info.seconds - sound.clip.start) / sound.clip.speed * SAMPLE_RATE)
    while True:
        video = open_video(sound.path, sound.where)
        left = length
        try:
            if not video.has_sound:
                return
            for block in _retimed(_from(video, sound.clip.start + sound.info.begins), sound.clip.speed):
                yield block[:left]
                left -= len(block)
                if left <= 0:
                    break
        except av.error.FFmpegError as error:
            raise unreadable(video.what, error) from error
        finally:
            video.close()
        yield from _silence(left)
        if sound.clip.end != "loop" or length <= 0:
            return


def _from(video: Video, second: float) -> Iterator[Stereo]:
    """Decoded sound from a second of the file's own clock on; what is missing at first is silence."""
    stream = video.container.streams.audio[0]
    video.stream.discard, stream.discard = Discard.all, Discard.default
    if stream.time_base:
        video.container.seek(int(second / stream.time_base), stream=stream, backward=True)
    resampler = Resampler(SAMPLE_RATE, "stereo")
    due, rate = round(second * SAMPLE_RATE), 0
    for packet in video.container.demux(stream):
        for decoded in packet.decode():
            if not isinstance(decoded, AudioFrame):
                continue
            rate = rate or decoded.sample_rate
            if decoded.sample_rate != rate:
                raise _changing(video, rate, decoded.sample_rate)
            begin = round((decoded.time or 0.0) * SAMPLE_RATE)
            decoded.pts = None
            for frame in resampler.resample(decoded):
                block = np.asarray(frame.to_ndarray(), np.float32).reshape(-1, 2)
                if begin > due:
                    yield from _silence(begin - due)
                    due = begin
                kept = block[max(0, due - begin) :]
                begin += len(block)
                due = max(due, begin)
                if len(kept):
                    yield kept


def _changing(video: Video, before: int, after: int) -> InputError:
    """Time stamps after such a change are worked out from the rate before it, and are wrong."""
    return InputError(
        f"{video.what} has sound that changes from {before:,} to {after:,} Hz midway.",
        remedy="Convert it, so that its sound is of one rate.",
    )


def _retimed(blocks: Iterator[Stereo], speed: float) -> Iterator[Stereo]:
    if speed == 1.0:
        yield from blocks
        return
    graph = Graph()
    chain = [graph.add_abuffer(sample_rate=SAMPLE_RATE, format="flt", layout="stereo")]
    left = speed
    while left != 1.0:
        step = min(max(left, _TEMPO[0]), _TEMPO[1])
        chain.append(graph.add("atempo", f"{step:.6f}"))
        left = 1.0 if step == left else left / step
    chain += [graph.add("aformat", "sample_fmts=flt:channel_layouts=stereo"), graph.add("abuffersink")]
    graph.link_nodes(*chain).configure()
    for block in blocks:
        frame = AudioFrame.from_ndarray(block.reshape(1, -1), format="flt", layout="stereo")
        frame.sample_rate = SAMPLE_RATE
        graph.push(frame)
        yield from _pulled(graph)
    graph.push(None)
    yield from _pulled(graph)


def _pulled(graph: Graph) -> Iterator[Stereo]:
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        assert isinstance(frame, AudioFrame)
        yield np.asarray(frame.to_ndarray(), np.float32).reshape(-1, 2)
