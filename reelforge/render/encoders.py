"""The video encoders there are, each with its own settings, and the choice of one by trying it."""

from __future__ import annotations

import json
import math
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np

from reelforge.domain.timeline import Encode, Rate, Size
from reelforge.errors import NeedsPersonError, ReelForgeError
from reelforge.render.ffmpeg import Ffmpeg, FrameStream

SOFTWARE = "libx264"
_BT709 = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
_TRIED_FOR_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Encoder:
    """One of ffmpeg's H.264 encoders.

    ``settings`` turns what the timeline asks for and the group of pictures' length into options; ``device`` goes before
    the input, ``upload`` after the colours in the filter chain. All settings give closed groups and High profile.
    ``groups`` is how many groups a segment holds at most: constant quality can begin anew with each, while a hardware
    encoder's control of the bit rate needs a longer run.
    """

    name: str
    settings: Callable[[Encode, int], list[str]]
    device: tuple[str, ...] = ()
    upload: str = ""
    groups: int = 5


def _rate_control(ask: Encode) -> list[str]:
    return ["-b:v", str(ask.bitrate), "-maxrate", str(ask.max_bitrate), "-bufsize", str(2 * ask.max_bitrate)]


def _x264(ask: Encode, group: int) -> list[str]:
    limits = ["-maxrate", str(ask.max_bitrate), "-bufsize", str(2 * ask.max_bitrate)]
    # stitchable keeps the headers of all segments alike; one thread each, since segments run side by side.
    return [
        *("-preset", ask.preset, "-crf", str(ask.crf), "-profile:v", "high", "-threads", "1"),
        *("-g", str(group), "-flags:v", "+cgop", "-x264-params", "stitchable=1", "-pix_fmt", "yuv420p", *limits),
    ]


def _videotoolbox(ask: Encode, group: int) -> list[str]:
    return [
        *("-profile:v", "high", *_rate_control(ask)),
        *("-g", str(group), "-bf", "0", "-flags:v", "+cgop", "-allow_sw", "1", "-pix_fmt", "nv12"),
    ]


def _nvenc(ask: Encode, group: int) -> list[str]:
    return [
        *("-preset", "p5", "-rc", "vbr", "-profile:v", "high", *_rate_control(ask)),
        *("-g", str(group), "-bf", "0", "-strict_gop", "1", "-flags:v", "+cgop", "-pix_fmt", "yuv420p"),
    ]


def _vaapi(ask: Encode, group: int) -> list[str]:
    return ["-profile:v", "high", *_rate_control(ask), "-g", str(group), "-bf", "0", "-flags:v", "+cgop"]


def _qsv(ask: Encode, group: int) -> list[str]:
    return [
        *("-preset", "medium", "-profile:v", "high", *_rate_control(ask)),
        *("-g", str(group), "-bf", "0", "-flags:v", "+cgop", "-pix_fmt", "nv12"),
    ]


ENCODERS = (
    Encoder("h264_videotoolbox", _videotoolbox),
    Encoder("h264_nvenc", _nvenc),
    Encoder("h264_vaapi", _vaapi, ("-vaapi_device", "/dev/dri/renderD128"), "format=nv12,hwupload"),
    Encoder("h264_qsv", _qsv),
    Encoder(SOFTWARE, _x264, groups=2),
)
"""In the order they are tried: hardware first."""


def named(name: str) -> Encoder:
    """The encoder of that name, which must be one of :data:`ENCODERS`."""
    return next(encoder for encoder in ENCODERS if encoder.name == name)


def group(ask: Encode, rate: Rate) -> int:
    """The length of a group of pictures in frames: from one key frame to the next."""
    return max(1, round(ask.keyframe_seconds * rate.num / rate.den))


def options(encoder: Encoder, ask: Encode, rate: Rate) -> list[str]:
    """What the encoder is told, as ffmpeg's options: all that decides its output but the program's version."""
    return ["-c:v", encoder.name, *encoder.settings(ask, group(ask, rate))]


def command(program: Ffmpeg, encoder: Encoder, ask: Encode, size: Size, rate: Rate, out: Path) -> list[str | Path]:
    """The command line of an ffmpeg that reads planar 4:2:0 frames from its standard input and writes a silent clip."""
    chain = f"{_BT709},{encoder.upload}" if encoder.upload else _BT709
    return [
        program.path,
        *("-hide_banner", "-nostdin", "-loglevel", "error", "-y", *encoder.device),
        *("-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", f"{size.width}x{size.height}"),
        *("-framerate", f"{rate.num}/{rate.den}", "-i", "pipe:0", "-an", "-vf", chain),
        *options(encoder, ask, rate),
        *("-fflags", "+bitexact", "-f", "mp4"),
        out,
    ]


def choose(
    program: Ffmpeg, memory: Path | None = None, prefer: str | None = None, scratch: Path | None = None
) -> Encoder:
    """The first encoder that really works here: a few frames are encoded and decoded again.

    ``memory`` is a file that keeps the answer for a day, as long as ffmpeg stays the same. ``prefer`` names the only
    one to try before software. ``scratch`` is a folder on the memory's volume for what is not yet finished; left out,
    it is the system's. Raises NeedsPersonError when none works.
    """
    stamp = f"{program.stamp}|{prefer}|{sys.platform}"
    if memory and (known := _remembered(memory, stamp)):
        return known
    for encoder in ENCODERS:
        wanted = prefer is None or encoder.name in {prefer, SOFTWARE}
        if wanted and encoder.name in program.encoders and works(program, encoder, scratch):
            if memory:
                _remember(memory, stamp, encoder, scratch)
            return encoder
    raise NeedsPersonError(
        f"No H.264 encoder of {program.path} works on this machine.", remedy="Install an ffmpeg that has libx264."
    )


def _remembered(memory: Path, stamp: str) -> Encoder | None:
    try:
        kept = json.loads(memory.read_text())
        if kept["stamp"] == stamp and 0 <= time.time() - kept["at"] < _TRIED_FOR_SECONDS:
            return named(kept["encoder"])
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return None  # nothing there, or not ours: try again
    return None


def _remember(memory: Path, stamp: str, encoder: Encoder, scratch: Path | None) -> None:
    memory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=scratch or memory.parent, delete=False) as fresh:
        json.dump({"stamp": stamp, "at": time.time(), "encoder": encoder.name}, fresh)
    Path(fresh.name).replace(memory)


def works(program: Ffmpeg, encoder: Encoder, scratch: Path | None = None) -> bool:
    """Whether eight frames of a moving ramp come back out of it much as they went in."""
    size, rate = Size(width=640, height=640), Rate()
    with tempfile.TemporaryDirectory(prefix="reelforge-try-", dir=scratch) as folder:
        out = Path(folder) / "try.mp4"
        sent = [_ramp(size, number) for number in range(8)]
        try:
            with FrameStream(command(program, encoder, Encode(), size, rate, out), "a trial", _never) as stream:
                for frame in sent:
                    stream.write(frame.data.cast("B"))
                stream.finish()
            with av.open(str(out)) as clip:
                got = [frame.to_ndarray(format="yuv420p") for frame in clip.decode(video=0)]
        except (ReelForgeError, av.error.FFmpegError, OSError):
            return False
    return len(got) == len(sent) and all(_alike(a, b) for a, b in zip(sent, got, strict=True))


def _never() -> None:
    """Nobody cancels a trial."""


def _ramp(size: Size, number: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    frame = np.full((size.height * 3 // 2, size.width), 128, np.uint8)
    frame[: size.height] = (np.arange(size.width) * 200 // size.width + 20 + 2 * number).astype(np.uint8)
    return frame


def _alike(sent: np.ndarray[Any, Any], got: np.ndarray[Any, Any]) -> bool:
    """A peak signal-to-noise ratio over 30 dB."""
    error = float(np.mean((sent.astype(np.float64) - got) ** 2))
    return error == 0 or 10 * math.log10(255**2 / error) > 30
