"""Opening a video file so that nothing but that file is read, and refusing what cannot be shown."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import BinaryIO, Final

import av.error
from av.container import InputContainer
from av.stream import Discard, Disposition
from av.video.stream import VideoStream
from msgspec import Struct

from reelforge.errors import InputError
from reelforge.render.clips.formats import HEAD, container
from reelforge.render.mp4 import boxes
from reelforge.sound.libav import open_alone

MOST_SIDE: Final = 16_384
MOST_PIXELS: Final = 100_000_000
LEAST_SIDE: Final = 16

_LAST_SAMPLES = 64
_NOT_SHOWN = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
_WHOLE = "Replace it with a whole file: copy, download or export it again."
_CODEC_OPTIONS = {"max_pixels": str(MOST_PIXELS)}


class Video(Struct, frozen=True):
    """An open file and the stream of it that is shown; ``where`` is the place in the timeline that names it."""

    path: Path
    where: str
    kind: str
    file: BinaryIO
    container: InputContainer
    stream: VideoStream

    @property
    def what(self) -> str:
        """How every sentence about it begins."""
        return f"{self.where}: the clip {self.path}"

    @property
    def has_sound(self) -> bool:
        return bool(self.container.streams.audio)

    @property
    def tick(self) -> float:
        """Seconds of one unit of the stream's time stamps."""
        base = self.stream.time_base
        return float(base) if base else 1e-3

    def close(self) -> None:
        self.container.close()
        self.file.close()


def open_video(path: Path, where: str) -> Video:
    """Open a video file: its headers are read, no picture is kept.

    libav is given our file handle and the one demuxer that the content calls for, with every way to open anything
    else closed. Raises InputError beginning with ``where`` when the file is missing, is no video, is cut short,
    encrypted, or of a size that is not drawn.
    """
    what = f"{where}: the clip {path}"
    file = _file(path, where)
    try:
        kind = container(file.read(HEAD), what)
        file.seek(0)
        opened = _demuxer(file, kind, path, what)
    except BaseException:
        file.close()
        raise
    try:
        video = Video(path, where, kind, file, opened, _stream(opened, what))
        _refuse_unusable(video)
    except BaseException:
        opened.close()
        file.close()
        raise
    return video


def unreadable(video_what: str, error: Exception) -> InputError:
    """The sentence about damage that libav has met."""
    reason = getattr(error, "strerror", None) or str(error)
    return InputError(f"{video_what} is damaged ({reason}).", remedy=_WHOLE)


def encrypted(what: str) -> InputError:
    return InputError(f"{what} is encrypted.", remedy="Use a copy without protection.")


def _file(path: Path, where: str) -> BinaryIO:
    try:
        kind = path.stat().st_mode
        if not stat.S_ISREG(kind):
            raise InputError(f"{where}: {path} is not a file.", remedy="Name a video file.")
        return path.open("rb", buffering=0)
    except FileNotFoundError as error:
        raise InputError(
            f"{where}: there is no clip {path}.", remedy="Correct the path or bring the file back."
        ) from error
    except PermissionError as error:
        raise InputError(f"{where}: {path} may not be read.", remedy="Give yourself permission to read it.") from error
    except (OSError, ValueError) as error:  # ValueError: a path with a null byte
        raise InputError(f"{where}: the clip {path} cannot be opened ({error}).", remedy="Correct the path.") from error


def _demuxer(file: BinaryIO, kind: str, path: Path, what: str) -> InputContainer:
    try:
        return open_alone(file, kind, **_CODEC_OPTIONS)
    except (av.error.FFmpegError, OSError, ValueError, OverflowError) as error:
        if kind == "mov" and not _has_index(path):
            raise InputError(
                f"{what} is cut short: its index (moov) is missing, so none of its frames can be found.", remedy=_WHOLE
            ) from error
        if isinstance(error, av.error.EOFError):
            raise InputError(f"{what} is cut short: it ends before its first frame.", remedy=_WHOLE) from error
        raise unreadable(what, error) from error


def _has_index(path: Path) -> bool:
    try:
        return any(name == b"moov" for name, _, _ in boxes(path))
    except (ValueError, OSError):
        return False


def _stream(opened: InputContainer, what: str) -> VideoStream:
    """The largest video stream; cover art in a sound file does not count."""
    shown = [stream for stream in opened.streams.video if not stream.disposition & _NOT_SHOWN]
    if not shown:
        if opened.streams.audio:
            raise InputError(f"{what} holds sound and no video.", remedy="Use a file with a video track.")
        raise InputError(f"{what} holds no video.", remedy=_WHOLE)
    known = [stream for stream in shown if stream.codec_context is not None]
    if not known:
        raise InputError(
            f"{what} is coded in a way that cannot be read.", remedy="Convert it to H.264, HEVC, VP9, AV1 or ProRes."
        )
    return max(known, key=lambda stream: stream.codec_context.width * stream.codec_context.height)


def _refuse_unusable(video: Video) -> None:
    context, what = video.stream.codec_context, video.what
    if "enc_key_id" in video.stream.metadata:
        raise encrypted(what)
    if context.width and context.height:
        refuse_size(context.width, context.height, what)
    for stream in video.container.streams:
        stream.discard = Discard.default if stream is video.stream else Discard.all
    context.options = {**context.options, **_CODEC_OPTIONS}
    _refuse_cut_short(video)


def refuse_size(width: int, height: int, what: str) -> None:
    """Raise InputError when a picture of that size is not drawn."""
    if min(width, height) < LEAST_SIDE:
        raise InputError(
            f"{what} is {width} × {height} pixels; it must be at least {LEAST_SIDE} on each side.",
            remedy="Use another clip.",
        )
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        raise InputError(
            f"{what} is {width} × {height} pixels; the most is {MOST_SIDE} on a side and 100 million in all.",
            remedy="Scale it down first.",
        )


def _refuse_cut_short(video: Video) -> None:
    """The index of an MP4 says where each frame lies; those of a cut file lie behind its end."""
    if video.kind != "mov":
        return
    size, index = video.path.stat().st_size, video.stream.index_entries
    last = index[max(len(index) - _LAST_SAMPLES, 0) :]
    if any(entry.pos + entry.size > size for entry in last):
        raise InputError(f"{video.what} is cut short: it ends before its last frames.", remedy=_WHOLE)
