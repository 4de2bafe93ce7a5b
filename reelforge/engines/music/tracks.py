"""Tracks and their sidecars: ``NAME.toml`` beside ``NAME.ogg`` says what the track is and where its bars are.

Its keys are the fields of :class:`reelforge.domain.music.Track`. Blocking: reads the disk.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from reelforge.domain.asset import Provenance
from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.music import Track
from reelforge.engines.music.cutting import bar_line
from reelforge.errors import InputError
from reelforge.sound.files import Sound
from reelforge.sound.resample import length

MEDIA_TYPES: Final = {
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".flac": "audio/flac",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
}
SIZE_LIMIT: Final = 1_000_000
"""Bytes; a sidecar is a dozen lines."""
TOLERANCE: Final = 0.05
"""Seconds by which a sidecar's ``seconds`` may miss the file's length; decoders of MP3 differ by this much."""


class Shelved(NamedTuple):
    """A track, the sound file it describes and its sidecar; ``shipped`` ones travel with ReelForge."""

    track: Track
    path: Path
    sidecar: Path
    shipped: bool

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.path.suffix.lower()]

    @property
    def provenance(self) -> Provenance:
        source = "shipped" if self.shipped else "person"
        return Provenance(source=source, title=self.track.title, author=self.track.author, licence=self.track.licence)


def sidecars(folder: Path) -> tuple[Path, ...]:
    """The sidecars of a folder by name. Raises InputError when it is not a folder that can be read."""
    return tuple(path for path in _listed(folder) if path.suffix.lower() == ".toml")


def undescribed(folder: Path) -> tuple[Path, ...]:
    """The sound files of a folder that no sidecar is about. Raises InputError as :func:`sidecars` does."""
    described = set()
    for sidecar in sidecars(folder):
        described |= {sidecar.stem, _named_file(sidecar)}
    sounds = (path for path in _listed(folder) if path.suffix.lower() in MEDIA_TYPES)
    return tuple(path for path in sounds if path.name not in described and path.stem not in described)


def read_track(sidecar: Path, *, shipped: bool = False) -> Shelved:
    """The track a sidecar describes. Raises InputError naming the sidecar and the key that is wrong."""
    track = _validated(sidecar, _table(sidecar))
    path = sidecar.parent / track.file
    if Path(track.file).name != track.file or path.suffix.lower() not in MEDIA_TYPES:
        raise _wrong(
            sidecar, "file", f"must name a sound file beside it ({', '.join(MEDIA_TYPES)}), not {track.file!r}"
        )
    if not path.is_file():
        raise _wrong(sidecar, "file", f"names {track.file}, which is not there")
    if track.loop_end_bar > track.bars:
        raise _wrong(sidecar, "loop_end_bar", f"is {track.loop_end_bar}, after the last of its {track.bars} bars")
    if track.loop_start_bar >= track.loop_end_bar:
        raise _wrong(sidecar, "loop_start_bar", f"is {track.loop_start_bar}, not before the loop's end")
    last = bar_line(track, track.bars) / SAMPLE_RATE
    if last > track.seconds + 1 / SAMPLE_RATE:
        raise _wrong(
            sidecar, "bars", f"is {track.bars}, which take {last:.3f} seconds, but the track has {track.seconds:g}"
        )
    return Shelved(track, path, sidecar, shipped)


def measured(shelved: Shelved) -> int:
    """The length in samples at 48 kHz, from the file. Raises InputError when it is not what the sidecar says."""
    with Sound(shelved.path) as sound:
        samples, seconds = length(sound.frames, sound.rate, SAMPLE_RATE), sound.frames / sound.rate
    sidecar = shelved.sidecar
    if abs(seconds - shelved.track.seconds) > TOLERANCE:
        raise _wrong(sidecar, "seconds", f"is {shelved.track.seconds:g}, but {shelved.path.name} has {seconds:.3f}")
    if bar_line(shelved.track, shelved.track.bars) > samples + 1:
        raise _wrong(sidecar, "bars", f"is {shelved.track.bars}, but {shelved.path.name} ends before that")
    return samples


def _listed(folder: Path) -> Iterable[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith(".") and path.is_file())
    except OSError as error:
        raise InputError(
            f"The music folder {folder} cannot be read: {error.strerror}.",
            remedy="Create it, or correct `folder` in the channel's `music`.",
        ) from error


def _table(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > SIZE_LIMIT:
            raise InputError(f"{path} is too large to be a track's sidecar.", remedy="Move it out of the music folder.")
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"The track's sidecar {path} is not valid TOML: {error}.", remedy="Correct it.") from error
    except OSError as error:
        raise InputError(f"The track's sidecar {path} cannot be read: {error.strerror}.") from error


def _named_file(sidecar: Path) -> str:
    """What a sidecar names, as far as it can be read; a broken one is reported by :func:`read_track`."""
    try:
        return str(_table(sidecar).get("file", ""))
    except InputError:
        return ""


def _validated(sidecar: Path, table: dict[str, Any]) -> Track:
    try:
        return Track(**table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        if first["type"] == "missing":
            raise _wrong(sidecar, key, "is missing") from error
        if first["type"] == "extra_forbidden":
            near = difflib.get_close_matches(key, Track.model_fields, n=1)
            hint = f"; did you mean `{near[0]}`" if near else f"; the keys are {', '.join(Track.model_fields)}"
            raise _wrong(sidecar, key, f"is not a key of a track{hint}") from error
        reason = f"{first['msg'][:1].lower()}{first['msg'][1:]}"
        raise _wrong(sidecar, key, f"is {first['input']!r}: {reason}") from error


def _wrong(sidecar: Path, key: str, reason: str) -> InputError:
    return InputError(
        f"In the track's sidecar {sidecar}, `{key}` {reason}.", remedy="Correct it, or move the track away."
    )
