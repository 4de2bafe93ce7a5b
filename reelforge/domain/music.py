"""Tracks, what was heard in them, what may be done with them, and the bed chosen from them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

from pydantic import Field, model_validator

from reelforge.domain.asset import AssetRef
from reelforge.domain.doctor import Finding
from reelforge.domain.timeline import Envelope, Span
from reelforge.domain.value import Value

STRENGTH_STEP: Final = 1_600
"""Samples at 48 kHz: thirty values a second."""

Rights = Literal["own", "licensed", "cc0", "cc-by", "public-domain", "unknown"]
"""By what right a track is used: one's own work, a licence that was bought or given, Creative Commons' dedication or
attribution licence, an expired copyright; or nobody knows.
"""
RIGHTS: Final[tuple[Rights, ...]] = ("own", "licensed", "cc0", "cc-by", "public-domain", "unknown")


class Track(Value):
    """A track as its sidecar (``music/NAME.toml``) has it, or as it was heard. Loudness is in LUFS (BS.1770-4).

    ``first_beat`` (seconds) is the first bar line. Where the tempo is not steady, ``beats`` (samples at 48 kHz) stand
    for both: from bar 0's first beat on, ``beats_per_bar`` for each bar, and one that closes the last.
    """

    title: str
    file: str
    mood: str
    bpm: float = Field(gt=20, lt=400)
    first_beat: float = Field(ge=0)
    beats_per_bar: int = Field(default=4, ge=1, le=12)
    bars: int = Field(ge=1)
    seconds: float = Field(gt=0)
    loudness: float
    loop_start_bar: int = Field(default=0, ge=0)
    loop_end_bar: int = Field(ge=1)
    beats: tuple[int, ...] = ()
    outro_bar: int | None = Field(default=None, ge=1)
    """The bar that the track's own ending begins with; none where it just stops or goes round."""
    ends: float | None = Field(default=None, gt=0)
    """The second at which that ending has died away; none for the file's end."""
    key: str = ""
    author: str = ""
    licence: str = ""
    """An SPDX identifier where there is one."""
    source: str = ""
    """The address it came from."""
    rights: Rights = "unknown"
    terms: str = ""
    """What must be observed, in the licence's words."""

    @model_validator(mode="before")
    @classmethod
    def _rights_from_words(cls, given: Any) -> Any:
        """Where no right is named, the licence says which. Words that name none are terms, as once was usual."""
        if not isinstance(given, dict) or given.get("rights") in RIGHTS:
            return given
        words = given.get("rights", "")
        if not isinstance(words, str):
            return given
        terms = given.get("terms") or words
        return {**given, "terms": terms, "rights": rights_of(str(given.get("licence", "")))}


def rights_of(licence: str) -> Rights:
    """What an SPDX identifier comes to, by its first words; licences that are not known here say nothing."""
    for start, rights in (("CC0", "cc0"), ("CC-BY", "cc-by"), ("PDDC", "public-domain"), ("CC-PDDC", "public-domain")):
        if licence.upper().startswith(start):
            return rights  # type: ignore[return-value]  # the table's second column
    return "unknown"


_FORBIDDING: Final = re.compile(r"(?i)(?<![a-z])(nc|nd)(?![a-z])|non\W?commercial|no\W?deriv")
"""Elements of Creative Commons licences that forbid paid use or adaptations, as names and addresses write them."""


def publishable(track: Track) -> Finding | None:
    """Why a Reel with this track may be made but not published, or None when it may be.

    Nothing here judges a licence: it asks that somebody has said by what right the music is used, that those who ask to
    be named can be, and that no licence stands in the way which forbids paid use or adaptations (a video is one).
    """
    sidecar = track.file.rpartition(".")[0] + ".toml"
    if track.rights == "unknown":
        said = f"Nobody has said by what right the track {track.title!r} ({track.file}) is used."
        allowed = ", ".join(f'"{right}"' for right in RIGHTS[:-1])
        return _refused(said, f"Write `rights = …` ({allowed}) into {sidecar} beside it, or choose another track.")
    if track.rights == "cc-by" and _FORBIDDING.search(track.licence):
        said = f"The licence {track.licence} of the track {track.title!r} ({track.file}) does not allow this use."
        return _refused(said, "Choose another track, or get a licence and set `rights` to licensed.")
    if track.rights == "cc-by" and not track.author:
        said = (
            f"The licence of the track {track.title!r} ({track.file}) asks for its author to be named, who is unknown."
        )
        return _refused(said, f"Write the author's name as `author` into {sidecar} beside it.")
    return None


def credit(track: Track) -> str:
    """The line that names a track's author where its licence asks for that, else empty."""
    if track.rights != "cc-by" or not track.author:
        return ""
    place = f", {track.source}" if track.source else ""
    return f"Music: “{track.title}” by {track.author} ({track.licence or 'CC-BY'}){place}"


def _refused(sentence: str, remedy: str) -> Finding:
    return Finding(subject="music rights", ok=False, sentence=sentence, remedy=remedy)


class BeatTrack(Value):
    """The beats of a recording. ``beats`` and ``downbeats`` are samples at 48 kHz; ``energy`` is its strength (0–1), a
    value every :data:`STRENGTH_STEP` samples; ``confidence`` (0–1) is how plainly the beat stands out.
    """

    tempo: float = Field(gt=0)
    """Beats a minute: the median."""
    beats: tuple[int, ...]
    downbeats: tuple[int, ...]
    beats_per_bar: int = Field(ge=1, le=12)
    energy: tuple[float, ...]
    confidence: float = Field(ge=0, le=1)


class Analysis(Value):
    """All that was heard in a file once: what a sidecar would say, besides title, mood and rights."""

    pulse: BeatTrack
    bpm: float
    first_beat: float
    beats_per_bar: int
    bars: int
    seconds: float
    loudness: float
    loop_start_bar: int
    loop_end_bar: int
    beats: tuple[int, ...] = ()
    outro_bar: int | None = None
    ends: float | None = None
    intro_bars: int = 0
    """Bars at the start that are markedly quieter than the rest."""
    key: str = ""
    drive: float = Field(ge=0, le=1)
    """How driving it is, from 0 (still) to 1, on the scale of the moods' energy."""


class Bed(Value):
    """The track chosen for a Reel and which parts of it play, in samples at 48 kHz.

    ``strength`` is how strong the whole track is (0–1), a value every :data:`STRENGTH_STEP` samples. ``fade_out`` is
    what of its end dies away, ``crossfade`` how long two parts overlap.
    """

    track: Track
    asset: AssetRef
    spans: tuple[Span, ...]
    strength: tuple[float, ...] = ()
    fade_out: int = Field(default=72_000, ge=0)
    crossfade: int = Field(default=480, ge=0)


def played(spans: Sequence[Span], samples: int) -> Iterator[tuple[int, Span]]:
    """Where on a timeline of ``samples`` samples each part of a track begins, and which part, as far as it goes."""
    at = 0
    for span in spans:
        if at >= samples:
            return
        yield at, Span(start=span.start, end=min(span.end, span.start + samples - at))
        at += span.end - span.start


def laid_out(strength: Sequence[float], spans: Sequence[Span], samples: int) -> Envelope:
    """The strength of parts of a track, one after another on the timeline; ``strength`` is that of all of the track, a
    value every :data:`STRENGTH_STEP` samples.
    """
    values: list[float] = []
    for at, span in played(spans, samples):
        for moment in range(len(values), -(-(at + span.end - span.start) // STRENGTH_STEP)):
            place = (span.start + moment * STRENGTH_STEP - at) // STRENGTH_STEP
            values.append(strength[min(place, len(strength) - 1)] if strength else 0.0)
    return Envelope(step=STRENGTH_STEP, values=tuple(values))
