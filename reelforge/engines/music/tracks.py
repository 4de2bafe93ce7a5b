"""Tracks and their sidecars: ``NAME.toml`` beside ``NAME.ogg`` says what the track is and where its bars are.

Its keys are the fields of :class:`reelforge.domain.music.Track`. All may be left out but those that a person alone can
know; the rest is heard. Blocking: reads the disk.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from reelforge import toml
from reelforge.domain.asset import Provenance
from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.music import RIGHTS, Analysis, Track
from reelforge.engines.music.cutting import bar_line
from reelforge.engines.music.moods import Mood, nearest_mood
from reelforge.errors import InputError
from reelforge.sound.containers import open_sound
from reelforge.sound.files import FORMATS
from reelforge.sound.resample import length

MEDIA_TYPES: Final = {
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".flac": "audio/flac",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".aif": "audio/aiff",
    ".aiff": "audio/aiff",
    ".m4a": "audio/mp4",
    ".mp4": "audio/mp4",
    ".aac": "audio/aac",
    ".mka": "audio/matroska",
    ".webm": "audio/webm",
}
_OTHER_SOUNDS: Final = frozenset({".wma", ".ape", ".wv", ".mid", ".midi"})
_MUST_BE_KNOWN: Final = ("title", "mood", "bpm", "first_beat", "bars", "seconds", "loudness", "loop_end_bar")
_WHOSE: Final = ("author", "licence", "source", "rights", "terms")
_BAR_KEYS: Final = frozenset({"bpm", "first_beat", "beats_per_bar", "bars"})
_SECTION_KEYS: Final = ("beats", "loop_start_bar", "loop_end_bar", "outro_bar", "ends")
_MISSPELT: Final = 0.8
"""difflib's ratio from which a word counts as another one, misspelt."""
SIZE_LIMIT: Final = 1_000_000
"""Bytes; a sidecar is a dozen lines."""
TOLERANCE: Final = 0.05
"""Seconds by which a sidecar's ``seconds`` may miss the file's length; decoders of MP3 differ by this much."""


class Shelved(NamedTuple):
    """A track, the sound file it describes and its sidecar, if there is one; ``shipped`` ones travel with ReelForge.

    ``made_to_loop`` says that a person set the loop, so that it fits to the sample; ``strength`` is as a
    :class:`reelforge.domain.music.Bed` has it, where it is known already.
    """

    track: Track
    path: Path
    sidecar: Path | None
    shipped: bool
    made_to_loop: bool = True
    strength: tuple[float, ...] = ()

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.path.suffix.lower()]

    @property
    def provenance(self) -> Provenance:
        source, track = "shipped" if self.shipped else "person", self.track
        return Provenance(
            source=source, title=track.title, author=track.author, licence=track.licence, url=track.source
        )


class Entry(NamedTuple):
    """A sound file of a music folder and what its sidecar says, if it has one."""

    path: Path
    sidecar: Path | None
    table: Mapping[str, Any]
    shipped: bool

    @property
    def complete(self) -> bool:
        """Whether the sidecar says all that would otherwise have to be heard."""
        return all(field in self.table for field in _MUST_BE_KNOWN)


def sidecars(folder: Path) -> tuple[Path, ...]:
    """The sidecars of a folder by name. Raises InputError when it is not a folder that can be read."""
    return tuple(path for path in _listed(folder) if path.suffix.lower() == ".toml")


def entries(folder: Path, *, shipped: bool = False) -> tuple[tuple[Entry, ...], tuple[InputError, ...]]:
    """The tracks of a folder by name, and why others are none: a sidecar that is broken, a sound that nothing reads.

    Raises InputError when it is not a folder that can be read.
    """
    found, refused, described = [], [], set()
    listed = _listed(folder)
    for sidecar in sidecars(folder):
        try:
            entry = read_entry(sidecar, shipped=shipped)
        except InputError as error:
            refused.append(error)
            described |= {path for path in listed if path.stem == sidecar.stem}
        else:
            found.append(entry)
            described.add(entry.path)
    for path in listed:
        suffix = path.suffix.lower()
        if path not in described and suffix in MEDIA_TYPES:
            found.append(Entry(path, None, MappingProxyType({}), shipped))
        elif path not in described and suffix in _OTHER_SOUNDS:
            refused.append(
                InputError(f"The track {path} cannot be used: {suffix} is not read.", remedy=f"Export it as {FORMATS}.")
            )
    return tuple(sorted(found, key=lambda entry: entry.path.name)), tuple(refused)


def read_entry(sidecar: Path, *, shipped: bool = False) -> Entry:
    """The sound file a sidecar is about: the one it names, else the one of its own name."""
    table = _table(sidecar)
    named = table.get("file")
    if named is None:
        same = [sidecar.with_suffix(suffix) for suffix in MEDIA_TYPES if sidecar.with_suffix(suffix).is_file()]
        if not same:
            raise _wrong(sidecar, "file", "is missing, and no sound file beside it has its name")
        return Entry(same[0], sidecar, table, shipped)
    path = sidecar.parent / str(named)
    if Path(str(named)).name != named or path.suffix.lower() not in MEDIA_TYPES:
        raise _wrong(sidecar, "file", f"must name a sound file beside it ({', '.join(MEDIA_TYPES)}), not {named!r}")
    if not path.is_file():
        raise _wrong(sidecar, "file", f"names {named}, which is not there")
    return Entry(path, sidecar, table, shipped)


def sounds(folder: Path) -> tuple[Path, ...]:
    """The sound files of a folder by name. Raises InputError when it is not a folder that can be read."""
    return tuple(path for path in _listed(folder) if path.suffix.lower() in MEDIA_TYPES)


def entry_of(path: Path, *, shipped: bool = False) -> Entry:
    """One sound file and what its sidecar says. Raises InputError when the sidecar is broken."""
    found, _ = entries(path.parent, shipped=shipped)
    whole = next((entry for entry in found if entry.path == path), None)
    return whole or read_entry(path.with_suffix(".toml"), shipped=shipped)


def retold(track: Track, entry: Entry) -> Track:
    """A track as it was heard, with whose it is and by what right as its sidecar says now. Raises InputError."""
    heard = track.model_dump(exclude=set(_WHOSE))
    said = {key: entry.table[key] for key in ("title", *_WHOSE) if key in entry.table}
    return _validated(entry, {**heard, "file": entry.path.name, **said})


def read_track(sidecar: Path, *, shipped: bool = False) -> Shelved:
    """The track a complete sidecar describes. Raises InputError naming the sidecar and the key that is wrong."""
    return shelved(read_entry(sidecar, shipped=shipped), None)


def shelved(entry: Entry, heard: Analysis | None, moods: Mapping[str, Mood] | None = None) -> Shelved:
    """A track from its sidecar and from what was heard in it, the sidecar's words going before.

    Without ``heard`` the sidecar must be complete. A person who sets tempo or bars sets all bar lines. The mood, where
    nobody names one, is that of ``moods`` which is nearest. Raises InputError as :func:`read_track` does.
    """
    track = _validated(entry, {**_fields(entry, heard, moods or {}), **entry.table})
    _refuse_misspelt_mood(entry, moods or {})
    if track.loop_end_bar > track.bars:
        raise _wrong(entry, "loop_end_bar", f"is {track.loop_end_bar}, after the last of its {track.bars} bars")
    if track.loop_start_bar >= track.loop_end_bar:
        raise _wrong(entry, "loop_start_bar", f"is {track.loop_start_bar}, not before the loop's end")
    if track.outro_bar is not None and track.outro_bar >= track.bars:
        raise _wrong(entry, "outro_bar", f"is {track.outro_bar}, but there are only {track.bars} bars")
    _check_beats(entry, track)
    last = bar_line(track, track.bars) / SAMPLE_RATE
    if last > track.seconds + 1 / SAMPLE_RATE:
        raise _wrong(
            entry, "bars", f"is {track.bars}, which take {last:.3f} seconds, but the track has {track.seconds:g}"
        )
    made = "loop_end_bar" in entry.table
    return Shelved(track, entry.path, entry.sidecar, entry.shipped, made, heard.pulse.energy if heard else ())


def _fields(entry: Entry, heard: Analysis | None, moods: Mapping[str, Mood]) -> dict[str, Any]:
    """What a sidecar that says nothing would say."""
    title = entry.path.stem.replace("_", " ").replace("-", " ").strip() or entry.path.stem
    known: dict[str, Any] = {"file": entry.path.name}
    if heard is None:
        return known
    known |= {"title": title[:1].upper() + title[1:]}
    if moods:
        known["mood"] = nearest_mood(moods, heard.bpm, heard.drive)
    known |= {"seconds": heard.seconds, "loudness": heard.loudness, "key": heard.key}
    if _BAR_KEYS.isdisjoint(entry.table):
        return known | {field: getattr(heard, field) for field in (*sorted(_BAR_KEYS), *_SECTION_KEYS)}
    return known | _counted_bars(entry, heard)


def _counted_bars(entry: Entry, heard: Analysis) -> dict[str, Any]:
    """The bars of a steady tempo, of which a person has said a part."""
    said = {field: entry.table.get(field, getattr(heard, field)) for field in _BAR_KEYS}
    try:
        one = 60 * said["beats_per_bar"] / said["bpm"]
        whole = max(1, int((entry.table.get("seconds", heard.seconds) - said["first_beat"]) / one + 1e-6))
    except (TypeError, ZeroDivisionError):  # the key that is wrong is named when all are validated
        return said
    bars = entry.table.get("bars", whole)
    return {**said, "bars": bars, "loop_start_bar": 0, "loop_end_bar": bars}


def _check_beats(entry: Entry, track: Track) -> None:
    if not track.beats:
        return
    wanted = track.bars * track.beats_per_bar + 1
    if len(track.beats) != wanted:
        raise _wrong(entry, "beats", f"has {len(track.beats)} entries, but {track.bars} bars need {wanted}")
    if any(later <= earlier for earlier, later in pairwise(track.beats)):
        raise _wrong(entry, "beats", "must be samples in rising order")


def measured(shelved: Shelved) -> int:
    """The length in samples at 48 kHz, from the file. Raises InputError when it is not what the sidecar says."""
    with open_sound(shelved.path) as sound:
        samples, seconds = length(sound.frames, sound.rate, SAMPLE_RATE), sound.frames / sound.rate
    about = Entry(shelved.path, shelved.sidecar, {}, shelved.shipped)
    if abs(seconds - shelved.track.seconds) > TOLERANCE:
        raise _wrong(about, "seconds", f"is {shelved.track.seconds:g}, but {shelved.path.name} has {seconds:.3f}")
    if bar_line(shelved.track, shelved.track.bars) > samples + 1:
        raise _wrong(about, "bars", f"is {shelved.track.bars}, but {shelved.path.name} ends before that")
    return samples


def _listed(folder: Path) -> list[Path]:
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
        return toml.read(path)
    except OSError as error:
        raise InputError(f"The track's sidecar {path} cannot be read: {error.strerror}.") from error


def _validated(entry: Entry, table: dict[str, Any]) -> Track:
    try:
        track = Track(**table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        if first["type"] == "missing":
            raise _wrong(entry, key, "is missing") from error
        if first["type"] == "extra_forbidden":
            near = difflib.get_close_matches(key, Track.model_fields, n=1)
            hint = f"; did you mean `{near[0]}`?" if near else f"; the keys are {', '.join(Track.model_fields)}"
            raise _wrong(entry, key, f"is not a key of a track{hint}") from error
        reason = f"{first['msg'][:1].lower()}{first['msg'][1:]}"
        raise _wrong(entry, key, f"is {first['input']!r}: {reason}") from error
    said = entry.table.get("rights")
    if said and said not in RIGHTS and track.rights == "unknown":
        names = ", ".join(f'"{right}"' for right in RIGHTS)
        raise _wrong(entry, "rights", f'must be one of {names}, not "{said}"')
    return track


def _refuse_misspelt_mood(entry: Entry, moods: Iterable[str]) -> None:
    """A mood may be anything a channel asks for, but not one that is a letter away from one of ``moods``."""
    said = str(entry.table.get("mood", ""))
    near = difflib.get_close_matches(said.lower(), moods, n=1, cutoff=_MISSPELT)
    if near and said not in moods:
        raise _wrong(entry, "mood", f'is "{said}"; did you mean "{near[0]}"?')


def _wrong(about: Entry | Path, key: str, reason: str) -> InputError:
    place = (about.sidecar or about.path.with_suffix(".toml")) if isinstance(about, Entry) else about
    end = "" if reason.endswith("?") else "."
    return InputError(
        f"In the track's sidecar {place}, `{key}` {reason}{end}", remedy="Correct it, or move the track away."
    )
