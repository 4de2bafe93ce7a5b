"""The video encoders there are, each with its own settings, and the choice of one by trying it."""

from __future__ import annotations

import json
import math
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import av
import av.error
import numpy as np
from msgspec import Struct

from reelforge.domain.timeline import DRAFT, Codec, Encode, Rate, Size
from reelforge.errors import NeedsPersonError
from reelforge.render import inside
from reelforge.render.ffmpeg import EncoderDiedError, EncoderRefusedError, Ffmpeg, FrameStream, Pace

SOFTWARE: Final = "libx264"
_BT709: Final = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
_TRIED_FOR_SECONDS: Final = 24 * 3600.0
_STARTING_PIXELS: Final = 14_000_000
"""What x264 encodes at its coarsest while a segment is begun, ended, looked at and kept."""
_BASE_BYTES: Final = 40_000_000
_LEAST_BUFFERED_SECONDS: Final = 1.0
_BUFFERED: Final = 0.28
_TITLES: Final = {"h264": "H.264", "hevc": "HEVC"}
_X265_SCALE: Final = 4
"""x265 needs a crf so much higher for the look of x264's: their own defaults are 28 and 23 (x265's manual, “--crf”)."""


class Encoder(Struct, frozen=True):
    """One of libav's encoders, used within this process or in an ffmpeg.

    ``settings`` turns what the timeline asks for and the group of pictures' length into options; ``device`` goes before
    the input, ``upload`` after the colours in the filter chain. All settings give closed groups, High profile in H.264
    and Main in HEVC, and show the first frame first. ``groups`` is how many groups a segment holds at most: constant
    quality can begin anew with each, while a hardware encoder's control of the bit rate needs a longer run.
    ``memory`` is what one of it holds, in bytes a pixel.
    """

    name: str
    settings: Callable[[Encode, int], list[str]]
    device: tuple[str, ...] = ()
    upload: str = ""
    groups: int = 5
    memory: int = 45

    @property
    def codec(self) -> Codec:
        return "hevc" if self.name.startswith(("hevc_", "libx265")) else "h264"

    @property
    def family(self) -> str:
        """The hardware that does the work (``videotoolbox`` …), or ``software``."""
        return self.name.partition("_")[2] or "software"

    @property
    def software(self) -> bool:
        """Whether it needs nothing but the processor, so that it works where any does."""
        return self.family == "software"

    def footprint(self, size: Size) -> int:
        """About how many bytes one of it holds while it encodes frames of a size: as many segments may be under way at
        once as the memory has room for.
        """
        return _BASE_BYTES + self.memory * size.width * size.height


_QUICK: Final = frozenset({DRAFT, "ultrafast"})
_SMOOTH = "direct=temporal:subme=4:me=dia:partitions=none:b-pyramid=none:rc-lookahead=6:deblock=-1,-1"
"""Motion vectors to a quarter of a pixel, and B-frames that move as their neighbours do. As the preset has it, a slow
zoom trembles by 0.1 px once it is encoded; so by 0.04 px, in the same time (large blocks alone make up for the finer
search), at a better signal-to-noise ratio (+0.2 dB) and 5 % more bits, measured on Job A. Without a pyramid of B-frames
it is 0.06 dB better at 3 % fewer bits and holds 18 MB less; looking six frames ahead, not ten, holds 28 MB less. A
weaker deblocking filter, which pulls less at what moves by parts of a pixel, takes away a sixth of the trembling at the
same size (four zooms of Job A: 0.046 px to 0.040 px)."""
_OWN: Final = {"veryfast": (_SMOOTH,), DRAFT: ("no-psy=1", "no-chroma-me=1", "merange=4")}
"""What is changed in a preset of x264's (of ultrafast in a draft, which has one quantizer for all besides: to keep a
quality or a bit rate, x264 looks at every frame before it encodes it, which takes a third of the time)."""


def _rate_control(ask: Encode) -> list[str]:
    return ["-b:v", str(ask.bitrate), "-maxrate", str(ask.max_bitrate), "-bufsize", str(2 * ask.max_bitrate)]


def _x264(ask: Encode, group: int) -> list[str]:
    # stitchable keeps the headers of all segments alike; one thread each, since segments run side by side.
    params = ":".join(["stitchable=1", *_OWN.get(ask.preset, ())])
    quality = ["-preset", "ultrafast", "-qp"] if ask.preset == DRAFT else ["-preset", ask.preset, "-crf"]
    # At 0 it is lossless, which High profile does not have (H.264, A.2.4).
    return [
        *(*quality, str(max(1, ask.crf)), "-profile:v", "high", "-threads", "1"),
        *("-g", str(group), "-flags:v", "+cgop", "-x264-params", params, "-pix_fmt", "yuv420p"),
    ]


def _peak(ask: Encode, seconds: float) -> list[str]:
    """What keeps a segment of so many seconds from more than 1¼ times the highest bit rate.

    Each begins anew, with a buffer (the CPB of H.264's and H.265's annexes C) that is nine tenths full and knows
    nothing of what those before it have spent: so it is one of 0.28 of the segment's length. A key frame needs room
    too: those under a second have that of one.
    """
    buffer = round(ask.max_bitrate * max(seconds, _LEAST_BUFFERED_SECONDS) * _BUFFERED)
    return ["-maxrate", str(ask.max_bitrate), "-bufsize", str(buffer)]


def _x265(ask: Encode, group: int) -> list[str]:
    # Nothing of other threads: the same frames give the same bytes. No open groups, whose first pictures would look
    # back into another segment; the headers once, in the file's own, without the encoder's name and settings. Looking
    # ten frames ahead instead of fifteen saves a tenth of its memory, and costs nothing that could be seen.
    preset = "ultrafast" if ask.preset == DRAFT else ask.preset
    params = "log-level=error:pools=none:frame-threads=1:wpp=0:open-gop=0:repeat-headers=0:info=0:rc-lookahead=10"
    return [
        *("-preset", preset, "-crf", str(min(51, ask.crf + _X265_SCALE)), "-profile:v", "main", "-threads", "1"),
        *("-g", str(group), "-flags:v", "+cgop", "-x265-params", params, "-pix_fmt", "yuv420p", "-tag:v", "hvc1"),
    ]


def _videotoolbox(profile: str) -> Callable[[Encode, int], list[str]]:
    return lambda ask, group: [
        *("-profile:v", profile, *_rate_control(ask)),
        *("-g", str(group), "-bf", "0", "-flags:v", "+cgop", "-allow_sw", "1", "-pix_fmt", "nv12", *_tag(profile)),
    ]


def _nvenc(profile: str) -> Callable[[Encode, int], list[str]]:
    return lambda ask, group: [
        *("-preset", "p5", "-rc", "vbr", "-profile:v", profile, *_rate_control(ask)),
        *("-g", str(group), "-bf", "0", "-strict_gop", "1", "-flags:v", "+cgop", "-pix_fmt", "yuv420p", *_tag(profile)),
    ]


def _vaapi(profile: str) -> Callable[[Encode, int], list[str]]:
    return lambda ask, group: [
        *("-profile:v", profile, *_rate_control(ask), "-g", str(group), "-bf", "0", "-flags:v", "+cgop"),
        *_tag(profile),
    ]


def _qsv(profile: str) -> Callable[[Encode, int], list[str]]:
    return lambda ask, group: [
        *("-preset", "medium", "-profile:v", profile, *_rate_control(ask)),
        *("-g", str(group), "-bf", "0", "-flags:v", "+cgop", "-pix_fmt", "nv12", *_tag(profile)),
    ]


def _tag(profile: str) -> tuple[str, ...]:
    """HEVC's headers stand in the file's own and nowhere else (hvc1, ISO/IEC 14496-15): Apple plays no other."""
    return ("-tag:v", "hvc1") if profile == "main" else ()


_DEVICE: Final = ("-vaapi_device", "/dev/dri/renderD128")
_UPLOAD: Final = "format=nv12,hwupload"

ENCODERS: Final = (
    Encoder("h264_videotoolbox", _videotoolbox("high")),
    Encoder("h264_nvenc", _nvenc("high")),
    Encoder("h264_vaapi", _vaapi("high"), _DEVICE, _UPLOAD),
    Encoder("h264_qsv", _qsv("high")),
    Encoder(SOFTWARE, _x264, groups=1, memory=75),
    Encoder("hevc_videotoolbox", _videotoolbox("main")),
    Encoder("hevc_nvenc", _nvenc("main")),
    Encoder("hevc_vaapi", _vaapi("main"), _DEVICE, _UPLOAD),
    Encoder("hevc_qsv", _qsv("main")),
    Encoder("libx265", _x265, groups=1, memory=155),
)
"""In the order they are tried for either codec: hardware first."""


def named(name: str) -> Encoder:
    """The encoder of that name, which must be one of :data:`ENCODERS`."""
    return next(encoder for encoder in ENCODERS if encoder.name == name)


def software(codec: Codec) -> Encoder:
    """The encoder that works without any hardware of its own: where another one gives up, it takes over."""
    return next(encoder for encoder in ENCODERS if encoder.codec == codec and encoder.software)


def group(ask: Encode, rate: Rate) -> int:
    """The length of a group of pictures in frames: from one key frame to the next."""
    return max(1, round(ask.keyframe_seconds * rate.num / rate.den))


def least(encoder: Encoder, ask: Encode, size: Size) -> int:
    """How many frames an encoder is done with in the time that any segment costs: fewer are not worth one."""
    quick = encoder.name == SOFTWARE and ask.preset in _QUICK
    return max(1, _STARTING_PIXELS // (size.width * size.height)) if quick else 1


def options(encoder: Encoder, ask: Encode, rate: Rate, threads: int = 1, frames: int | None = None) -> list[str]:
    """What the encoder is told, as ffmpeg's options: all that decides its output but the program's version.

    ``threads`` is more than one only where segments cannot run side by side; x264 alone takes them. ``frames`` is how
    many there will be, a group's when it is left out.
    """
    length = group(ask, rate)
    said = ["-c:v", encoder.name, *encoder.settings(ask, length)]
    if encoder.software and "-qp" not in said:  # one quantizer for all heeds no bit rate
        said += _peak(ask, rate.seconds(frames or length))
    if threads > 1 and encoder.name == SOFTWARE:
        said[said.index("-threads") + 1] = str(threads)
    return said


class Task(Struct, frozen=True):
    """What is to be encoded, and how: as asked for in a timeline, into which file. ``what`` names it in sentences;
    ``frames`` is how many there will be, where that is known. ``aside`` lets an encoder within this process work in a
    thread of its own while the next frame is made, for when cores would be idle.
    """

    ask: Encode
    size: Size
    rate: Rate
    out: Path
    what: str
    threads: int = 1
    frames: int | None = None
    aside: bool = False


def stream(
    program: Ffmpeg, encoder: Encoder, task: Task, check: Callable[[], None], pace: Pace | None = None
) -> FrameStream | inside.LibavStream:
    """What frames are written to: an encoder within this process where it may be there, else an ffmpeg."""
    if inside.has(encoder.name):
        told = libav_options(encoder, task.ask, task.rate, task.threads, task.frames)
        return inside.LibavStream(
            encoder.name, told, task.size, task.rate, task.out, task.what, check, aside=task.aside
        )
    return FrameStream(command(program, encoder, task), task.what, check, pace)


def identity(program: Ffmpeg, encoder: Encoder) -> str:
    """What decides the bytes of a clip beside what the encoder is told."""
    return inside.identity() if inside.has(encoder.name) else program.version


def libav_options(
    encoder: Encoder, ask: Encode, rate: Rate, threads: int = 1, frames: int | None = None
) -> dict[str, str]:
    """:func:`options` by the names that libav's own calls have for them."""
    _, _, *told = options(encoder, ask, rate, threads, frames)
    return {name.removeprefix("-").removesuffix(":v"): value for name, value in zip(told[::2], told[1::2], strict=True)}


def command(program: Ffmpeg, encoder: Encoder, task: Task) -> list[str | Path]:
    """The command line of an ffmpeg that reads planar 4:2:0 frames from its standard input and writes a silent clip."""
    chain = f"{_BT709},{encoder.upload}" if encoder.upload else _BT709
    size, rate = task.size, task.rate
    return [
        program.path,
        *("-hide_banner", "-nostdin", "-loglevel", "error", "-y", *encoder.device),
        *("-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", f"{size.width}x{size.height}"),
        *("-framerate", f"{rate.num}/{rate.den}", "-i", "pipe:0", "-an", "-vf", chain),
        *options(encoder, task.ask, rate, task.threads, task.frames),
        *("-fflags", "+bitexact", "-f", "mp4"),
        task.out,
    ]


def choose(
    program: Ffmpeg,
    memory: Path | None = None,
    prefer: str | None = None,
    scratch: Path | None = None,
    codec: Codec = "h264",
) -> Encoder:
    """The first encoder of a codec that really works here: a few frames are encoded and decoded again.

    ``memory`` is a file that keeps the answer for each codec for a day, as long as ffmpeg stays the same. ``prefer``
    names the only one to try before software; named for one codec, the same hardware's other encoder is meant too.
    ``scratch`` is a folder on the memory's volume for what is not yet finished; left out, it is the system's. Raises
    NeedsPersonError when none works.
    """
    stamp = f"{program.stamp}|{inside.identity()}|{prefer}|{sys.platform}"
    if memory and (known := _remembered(memory, stamp, codec)):
        return known
    families = {encoder.family for encoder in ENCODERS if prefer is None or encoder.name in {prefer, SOFTWARE}}
    for encoder in ENCODERS:
        wanted = encoder.codec == codec and encoder.family in families
        there = wanted and (encoder.name in program.encoders or inside.has(encoder.name))
        if there and works(program, encoder, scratch):
            if memory:
                _remember(memory, stamp, encoder, scratch)
            return encoder
    remedy = f"Install an ffmpeg that has {software(codec).name}" + (", or choose H.264." if codec == "hevc" else ".")
    raise NeedsPersonError(f"No {_TITLES[codec]} encoder of {program.path} works on this machine.", remedy=remedy)


def _notes(memory: Path) -> dict[str, Any]:
    try:
        kept = json.loads(memory.read_text())
    except (OSError, ValueError):
        return {}  # nothing there, or not ours: try again
    return kept if isinstance(kept, dict) else {}


def _remembered(memory: Path, stamp: str, codec: Codec) -> Encoder | None:
    try:
        kept = _notes(memory)[codec]
        if kept["stamp"] == stamp and 0 <= time.time() - kept["at"] < _TRIED_FOR_SECONDS:
            found = named(kept["encoder"])
            return found if found.codec == codec else None
    except (KeyError, TypeError, StopIteration):
        return None
    return None


def _remember(memory: Path, stamp: str, encoder: Encoder, scratch: Path | None) -> None:
    memory.parent.mkdir(parents=True, exist_ok=True)
    notes = {codec: note for codec, note in _notes(memory).items() if codec in _TITLES}
    notes[encoder.codec] = {"stamp": stamp, "at": time.time(), "encoder": encoder.name}
    with tempfile.NamedTemporaryFile("w", dir=scratch or memory.parent, delete=False) as fresh:
        json.dump(notes, fresh)
    Path(fresh.name).replace(memory)


def works(program: Ffmpeg, encoder: Encoder, scratch: Path | None = None) -> bool:
    """Whether eight frames of a moving ramp come back out of it much as they went in."""
    size, rate = Size(width=320, height=320), Rate()
    with tempfile.TemporaryDirectory(prefix="reelforge-try-", dir=scratch) as folder:
        out = Path(folder) / "try.mp4"
        sent = [_ramp(size, number) for number in range(8)]
        try:
            with stream(program, encoder, Task(Encode(), size, rate, out, "a trial"), _never) as tried:
                for frame in sent:
                    tried.write(frame.data.cast("B"))
                tried.finish()
            with av.open(str(out)) as clip:
                got = [frame.to_ndarray(format="yuv420p") for frame in clip.decode(video=0)]
        except (EncoderDiedError, EncoderRefusedError, av.error.FFmpegError):
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
