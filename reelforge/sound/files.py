"""Sound files through libsndfile: WAV, FLAC, Ogg (Vorbis, Opus) and MP3 in; WAV and FLAC out.

What is written holds no dates, so the same samples always give the same bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Literal, Self

import numpy as np
import soundfile
from numpy.typing import NDArray

from reelforge.errors import InputError
from reelforge.sound.closing import Closing

Samples = NDArray[np.float32]
"""(n,) mono or (n, channels), full scale ±1."""
Subtype = Literal["FLOAT", "PCM_16", "PCM_24"]

LONGEST_SECONDS: Final = 4 * 3600
BLOCK: Final = 1 << 16
FORMATS: Final = "WAV, FLAC, MP3, Ogg Vorbis, Opus, M4A, MP4, AAC or WebM"
_LARGEST_RIFF: Final = 0xFFFF_FF00


class Sound(Closing):
    """An open sound file, read from front to back; ``frames`` is what its header promises."""

    def __init__(self, path: Path) -> None:
        """Open. Raises InputError when the file is missing, unreadable, no sound, empty, or over four hours long."""
        self.path = path
        try:
            path.open("rb").close()
            self._file: Any = soundfile.SoundFile(path)
        except OSError as error:
            reason = error.strerror or "it cannot be read"
            raise InputError(f"The sound file {path} cannot be opened: {reason}.") from error
        except (soundfile.SoundFileError, TypeError) as error:  # TypeError: libsndfile wants a layout for `.raw`
            raise InputError(
                f"{path} is not a sound file that can be read.", remedy=f"Use {FORMATS}, or export it again."
            ) from error
        self.rate: int = self._file.samplerate
        self.channels: int = self._file.channels
        self.frames: int = self._file.frames
        try:
            self._refuse_unusable()
        except InputError:
            self.close()
            raise

    def _refuse_unusable(self) -> None:
        if self.frames <= 0:
            raise InputError(f"The sound file {self.path} is empty.", remedy="Export or record it again.")
        if self.frames > LONGEST_SECONDS * self.rate:
            hours = self.frames / self.rate / 3600
            raise InputError(
                f"The sound file {self.path} is {hours:.1f} hours long; the most is {LONGEST_SECONDS // 3600} hours.",
                remedy="Cut it to the part that is needed.",
            )
        if self._file.format in {"WAV", "WAVEX", "RF64"} and _cut_short(self._file.extra_info):
            raise self._truncated()

    def _truncated(self) -> InputError:
        return InputError(
            f"The sound file {self.path} is cut short: it ends before its header says it does.",
            remedy="Copy or download it again.",
        )

    def read(self, count: int) -> Samples:
        """Up to the next ``count`` frames as (n, channels); fewer only at the end.

        Raises InputError when the file ends too soon or holds values that are not numbers.
        """
        wanted = min(count, self.frames - self._file.tell())
        if wanted <= 0:
            return np.zeros((0, self.channels), np.float32)
        try:
            samples: Samples = self._file.read(wanted, dtype="float32", always_2d=True)
        except soundfile.SoundFileError as error:
            raise self._truncated() from error
        if len(samples) < wanted:
            raise self._truncated()
        if not np.isfinite(samples).all():
            raise InputError(
                f"The sound file {self.path} holds samples that are not numbers.",
                remedy="Export it again as 24-bit WAV.",
            )
        return samples

    def blocks(self, size: int = BLOCK) -> Iterator[Samples]:
        """The rest of the file as consecutive (n, channels) blocks of at most ``size`` frames."""
        while len(block := self.read(size)):
            yield block

    def seek(self, frame: int) -> None:
        """Go on reading at ``frame``; exact for WAV and FLAC only, since other formats carry state across packets."""
        self._file.seek(frame)

    def close(self) -> None:
        self._file.close()


def _cut_short(log: str) -> bool:
    """Whether libsndfile's log notes a RIFF chunk that promises more than the file has. A size of zero or of all ones
    is what a program writes that streams into a pipe, and no fault.
    """
    for line in log.splitlines():
        name, _, rest = line.partition(":")
        if name.strip() == "data" and "should be" in rest:
            promised = rest.split()[0]
            return promised.isdigit() and 0 < int(promised) < _LARGEST_RIFF
    return False


def read(path: Path) -> tuple[Samples, int]:
    """A whole file: ((n,) for mono, else (n, channels); rate in Hz). Raises InputError as :class:`Sound` does."""
    with Sound(path) as sound:
        samples = sound.read(sound.frames)
        return (samples[:, 0].copy() if sound.channels == 1 else samples), sound.rate


def write(path: Path, samples: Samples, rate: int, subtype: Subtype | None = None) -> None:
    """Write a ``.wav`` (32-bit float unless said otherwise) or a ``.flac`` (24 bit unless said otherwise).

    Float files keep values beyond ±1; integer files clip them.
    """
    kind = path.suffix.lower()
    if kind == ".wav" and subtype in {None, "FLOAT"}:
        channels = 1 if samples.ndim == 1 else samples.shape[1]
        with FloatWav(path, rate, channels, len(samples)) as file:
            file.write(samples)
    elif kind in {".wav", ".flac"} and not (kind == ".flac" and subtype == "FLOAT"):
        soundfile.write(path, samples, rate, subtype=subtype or "PCM_24", format=kind[1:].upper())
    else:
        raise ValueError(f"cannot write {subtype or 'sound'} to a {kind or 'nameless'} file")


class FloatWav:
    """A 32-bit float WAV written block by block, of exactly ``frames`` frames.

    libsndfile stamps the time of writing into float WAVs (a PEAK chunk); this does not. Past 4 GB it is RF64 (EBU
    Tech 3306). Leaving without an error checks that all frames were written; after an error the file is removed.
    """

    def __init__(self, path: Path, rate: int, channels: int, frames: int) -> None:
        self.path = path
        self._channels = channels
        self._left = frames
        self._file: BinaryIO = path.open("wb")
        self._file.write(_header(rate, channels, frames))

    def write(self, samples: Samples) -> None:
        """Append (n, channels), or (n,) for mono."""
        if samples.ndim != 1 and samples.shape[1] != self._channels:
            raise ValueError(f"{samples.shape[1]} channels given to a file of {self._channels}")
        self._left -= len(samples)
        self._file.write(np.ascontiguousarray(samples, dtype="<f4").data)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if kind is not None:
            self.path.unlink(missing_ok=True)
        elif self._left:
            self.path.unlink(missing_ok=True)
            raise ValueError(f"{self._left} frames are missing from {self.path}")


def _header(rate: int, channels: int, frames: int) -> bytes:
    data = frames * channels * 4
    fmt = struct.pack("<4sIHHIIHHH", b"fmt ", 18, 3, channels, rate, rate * channels * 4, channels * 4, 32, 0)
    fact = struct.pack("<4sII", b"fact", 4, min(frames, 0xFFFF_FFFF))
    if data <= _LARGEST_RIFF:
        body = fmt + fact + struct.pack("<4sI", b"data", data)
        return struct.pack("<4sI4s", b"RIFF", 4 + len(body) + data, b"WAVE") + body
    rest = fmt + fact + struct.pack("<4sI", b"data", 0xFFFF_FFFF)
    whole = 4 + 36 + len(rest) + data
    ds64 = struct.pack("<4sIQQQI", b"ds64", 28, whole, data, frames, 0)
    return struct.pack("<4sI4s", b"RF64", 0xFFFF_FFFF, b"WAVE") + ds64 + rest
