"""Sound that libsndfile does not read (M4A, MP4, ADTS, Matroska, WebM, ASF), or not in silence (MP3: what it decodes
that with writes to standard error), through PyAV.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np

from reelforge.errors import InputError
from reelforge.sound.closing import Closing
from reelforge.sound.files import BLOCK, LONGEST_SECONDS, Samples, Sound

_HEADS: Final = (
    (b"\x1a\x45\xdf\xa3", "matroska"),
    (b"\xff\xf1", "aac"),
    (b"\xff\xf9", "aac"),
    (b"\x30\x26\xb2\x75", "asf"),
)
"""How files begin and libav's names for what they are: Matroska and WebM, AAC in ADTS, ASF."""
_MP4: Final = "mov"
_MP3: Final = "mp3"
_TAG: Final = 10
"""Bytes of an ID3v2 tag's head; its length is in the last four, seven bits in each (id3.org, ID3v2.4.0 structure)."""
_FIRST_FRAME: Final = 4_096
"""Bytes in which an MP3 begins, after its tag."""
_COUNT_BY: Final = 48
"""Of those, where the first frame says by when how many follow (``Xing`` or ``Info``)."""
_EXPORT: Final = "Export it again, as WAV or FLAC."
_MISSING_SHARE: Final = 0.02
"""Of what a file says it lasts, or of what it holds: one that ends sooner was not copied whole, one of which more
cannot be decoded is damaged.
"""


def open_sound(path: Path) -> Sound | ContainedSound:
    """Any sound file that can be read, told by its first bytes. Raises InputError as the two classes do."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise InputError(f"The sound file {path} cannot be opened: {reason}.") from error
    kind = _kind(head) or (_MP3 if _layer_three(_begins(path)) else "")
    return ContainedSound(path, kind) if kind else Sound(path)


def _kind(head: bytes) -> str:
    """The name libav has for the container whose first bytes these are; empty for any left to libsndfile."""
    if head[4:8] == b"ftyp":
        return _MP4
    return next((kind for start, kind in _HEADS if head.startswith(start)), "")


def _begins(path: Path) -> bytes:
    """The bytes after an ID3 tag and the zeros that pad it, or those at the beginning."""
    with path.open("rb") as file:
        head = file.read(_TAG)
        tagged = len(head) == _TAG and head.startswith(b"ID3")
        length = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=False))
        file.seek(_TAG + length if tagged else 0)
        return file.read(_FIRST_FRAME).lstrip(b"\0" if tagged else b"")


def _layer_three(data: bytes) -> bool:
    """Whether an MP3's frame begins here (ISO 11172-3, 2.4.1.3: eleven ones, a version, layer III, a bit rate)."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE6 != 0xE2 or data[1] & 0x18 == 0x08:
        return False
    return data[2] >> 4 not in {0, 0xF} and data[2] & 0x0C != 0x0C


def _counted(data: bytes) -> int:
    """How many samples an MP3's first frame says that those after it hold (the Xing header: flags, then the count)."""
    at = max(data.find(b"Xing", 0, _COUNT_BY), data.find(b"Info", 0, _COUNT_BY))
    if at < 0 or len(data) < at + 12 or not data[at + 7] & 1:
        return 0
    version_one = data[1] & 0x18 == 0x18
    return int.from_bytes(data[at + 8 : at + 12], "big") * (1_152 if version_one else 576)


class ContainedSound(Closing):
    """The first sound in a container, in its own rate, with the interface of :class:`reelforge.sound.files.Sound` but
    for seeking. What has more than two channels is mixed down to stereo.
    """

    def __init__(self, path: Path, kind: str) -> None:
        """Open with libav's demuxer ``kind`` alone. Raises InputError when it is damaged or holds no sound."""
        self.path = path
        self._kind = kind
        with self._opened() as container:
            context = container.streams.audio[0].codec_context
            if context is None or not context.sample_rate:
                raise self._damaged("it does not say what is in it")
            self.rate: int = context.sample_rate
            self.channels: int = 2 if context.channels > 1 else 1

    @cached_property
    def frames(self) -> int:
        """How many there are: known once all have been decoded. Raises InputError as :meth:`blocks` does."""
        return sum(map(len, self._decoded()))

    def blocks(self, size: int = BLOCK) -> Iterator[Samples]:
        """All of it from the beginning as consecutive (n, channels) blocks of at most ``size`` frames.

        Raises InputError for a file that is damaged, cut short, empty, or over four hours long.
        """
        held: list[Samples] = []
        count = 0
        for part in self._decoded():
            held.append(part)
            count += len(part)
            while count >= size:
                joined = np.concatenate(held)
                yield joined[:size]
                held, count = [joined[size:]], count - size
        if count:
            yield np.concatenate(held)

    def close(self) -> None:
        """Nothing is held open between readings."""

    def _decoded(self) -> Iterator[Samples]:
        frames = 0
        with self._opened() as container:
            stream = container.streams.audio[0]
            promised = self._promised(stream)
            for block in self._converted(self._frames_of(container, stream)):
                frames += len(block)
                self._refuse(frames, block)
                yield block
        if not frames:
            raise InputError(f"The sound file {self.path} is empty.", remedy="Export or record it again.")
        if frames < (1 - _MISSING_SHARE) * promised:
            raise InputError(
                f"The sound file {self.path} is cut short: it ends before its header says it does.",
                remedy="Copy or download it again.",
            )

    def _promised(self, stream: Any) -> float:
        """How many frames of sound the file says it has; 0 where it does not say."""
        if self._kind == _MP4:
            return float((stream.duration or 0) * stream.time_base) * self.rate
        return float(_counted(_begins(self.path))) if self._kind == _MP3 else 0.0

    def _frames_of(self, container: Any, stream: Any) -> Iterator[Any]:
        """Decoded frames; what stands before the frames of an MP3, or after them, is no part of the sound. Raises
        InputError when more of what stands between them is no sound than a click or two.
        """
        from av.error import InvalidDataError  # noqa: PLC0415 - only sound in containers needs it

        if self._kind != _MP3:
            yield from container.decode(stream)
            return
        read = lost = waiting = 0
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except InvalidDataError:
                waiting += packet.size if read else 0
                continue
            if frames:
                read, lost, waiting = read + packet.size, lost + waiting, 0
            yield from frames
        if lost > _MISSING_SHARE * read:
            raise self._damaged("parts of it are no sound")

    def _converted(self, frames: Iterator[Any]) -> Iterator[Samples]:
        """Decoded frames as (n, channels) blocks at the rate the file begins with, whatever it changes to."""
        from av.error import FFmpegError  # noqa: PLC0415 - only sound in containers needs it

        from reelforge.sound.libav import Resampler  # noqa: PLC0415 - as above

        resampler = Resampler(self.rate)
        try:
            for frame in chain(frames, (None,)):
                for part in resampler.resample(frame):
                    yield self._alike(np.asarray(part.to_ndarray(), np.float32).reshape(-1, part.layout.nb_channels))
        except (FFmpegError, OSError, ValueError) as error:
            raise self._damaged(error) from error

    def _alike(self, block: Samples) -> Samples:
        """A block in as many channels as the file begins with, at its own level."""
        if block.shape[1] == self.channels:
            return block
        return np.repeat(block, 2, axis=1) if self.channels == 2 else block.mean(axis=1, keepdims=True)

    def _refuse(self, frames: int, block: Samples) -> None:
        if frames > LONGEST_SECONDS * self.rate:
            raise InputError(
                f"The sound file {self.path} is over {LONGEST_SECONDS // 3600} hours long.",
                remedy="Cut it to the part that is needed.",
            )
        if not np.isfinite(block).all():
            raise self._damaged("it holds samples that are not numbers")

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        from av.error import FFmpegError  # noqa: PLC0415 - as above

        from reelforge.sound.libav import open_alone  # noqa: PLC0415 - as above

        with ExitStack() as stack:
            try:
                file = stack.enter_context(self.path.open("rb", buffering=0))
                container = stack.enter_context(open_alone(file, self._kind))
            except (FFmpegError, OSError, ValueError, OverflowError) as error:
                raise self._damaged(error) from error
            if not container.streams.audio:
                raise InputError(f"There is no sound in {self.path}.", remedy="Give a file with sound in it.")
            yield container

    def _damaged(self, reason: Exception | str) -> InputError:
        told = getattr(reason, "strerror", None) or str(reason) or "it cannot be read"
        return InputError(f"The sound file {self.path} is damaged: {told}.", remedy=_EXPORT)
