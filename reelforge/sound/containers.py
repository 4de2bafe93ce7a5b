"""Sound in containers that libsndfile does not read (M4A, MP4, ADTS, Matroska, WebM, ASF), through PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np

from reelforge.errors import InputError
from reelforge.sound.files import BLOCK, LONGEST_SECONDS, Samples, Sound

_HEADS: Final = (b"\x1a\x45\xdf\xa3", b"\xff\xf1", b"\xff\xf9", b"\x30\x26\xb2\x75")
"""Matroska and WebM, AAC in ADTS, ASF. MP4 has ``ftyp`` at its fifth byte."""
_EXPORT: Final = "Export it again, as WAV or FLAC."
_MISSING_SHARE: Final = 0.02
"""Of what an MP4 says it lasts: a file that ends sooner than that was not copied whole."""


def open_sound(path: Path) -> Sound | ContainedSound:
    """Any sound file that can be read, told by its first bytes. Raises InputError as the two classes do."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise InputError(f"The sound file {path} cannot be opened: {reason}.") from error
    whole = head[4:8] == b"ftyp"
    return ContainedSound(path, tells_length=whole) if whole or head.startswith(_HEADS) else Sound(path)


class ContainedSound:
    """The first sound in a container, in its own rate, with the interface of :class:`reelforge.sound.files.Sound` but
    for seeking. What has more than two channels is mixed down to stereo.
    """

    def __init__(self, path: Path, *, tells_length: bool) -> None:
        """Open. Raises InputError when it is damaged or holds no sound."""
        self.path = path
        self._tells_length = tells_length
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _decoded(self) -> Iterator[Samples]:
        import av  # noqa: PLC0415 - only sound in containers needs it

        frames = 0
        with self._opened() as container:
            stream = container.streams.audio[0]
            promised = float((stream.duration or 0) * stream.time_base) if self._tells_length else 0.0
            resampler = av.AudioResampler(
                format="flt", layout="stereo" if self.channels == 2 else "mono", rate=self.rate
            )
            for frame in self._frames(container, stream):
                for part in resampler.resample(frame):
                    block: Samples = np.asarray(part.to_ndarray(), np.float32).reshape(-1, self.channels)
                    frames += len(block)
                    self._refuse(frames, block)
                    yield block
        if not frames:
            raise InputError(f"The sound file {self.path} is empty.", remedy="Export or record it again.")
        if frames < (1 - _MISSING_SHARE) * promised * self.rate:
            raise InputError(
                f"The sound file {self.path} is cut short: it ends before its header says it does.",
                remedy="Copy or download it again.",
            )

    def _frames(self, container: Any, stream: Any) -> Iterator[Any]:
        """The decoded frames, and None, at which a resampler gives what it still holds."""
        from av.error import FFmpegError  # noqa: PLC0415 - as above

        try:
            yield from container.decode(stream)
        except FFmpegError as error:
            raise self._damaged(error.strerror) from error
        yield None

    def _refuse(self, frames: int, block: Samples) -> None:
        if frames > LONGEST_SECONDS * self.rate:
            raise InputError(
                f"The sound file {self.path} is over {LONGEST_SECONDS // 3600} hours long.",
                remedy="Cut it to the part that is needed.",
            )
        if not np.isfinite(block).all():
            raise self._damaged("it holds samples that are not numbers")

    def _opened(self) -> Any:
        import av  # noqa: PLC0415 - as above
        from av.error import FFmpegError  # noqa: PLC0415 - as above

        try:
            container = av.open(str(self.path))
        except (FFmpegError, OSError) as error:
            raise self._damaged(error.strerror) from error
        if not container.streams.audio:
            container.close()
            raise InputError(f"There is no sound in {self.path}.", remedy="Give a file with sound in it.")
        return container

    def _damaged(self, reason: str | None) -> InputError:
        return InputError(f"The sound file {self.path} is damaged: {reason or 'it cannot be read'}.", remedy=_EXPORT)
