"""The settings as the rest of ReelForge reads them: frozen snapshots, complete, every name already looked up."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, SerializeAsAny, StringConstraints, model_validator
from pydantic.json_schema import SkipJsonSchema

from reelforge.domain.formats import Quality, QualityName, Shape
from reelforge.domain.job import SlotName
from reelforge.domain.look import Look
from reelforge.domain.timeline import LANGUAGE, Ducking
from reelforge.domain.value import Value
from reelforge.engines.writer import Brief
from reelforge.errors import InputError

GIGABYTE: Final = 1_000_000_000
COLOUR: Final = r"^#[0-9a-fA-F]{6}$"

Auto = Literal["auto"]
Encoder = Literal["auto", "h264_videotoolbox", "h264_nvenc", "h264_vaapi", "h264_qsv", "libx264"]


def _allowed(words: str) -> dict[str, Any]:
    """What a person is told a setting may be, where its type alone does not say it well."""
    return {"allowed": words}


Language = Annotated[
    str,
    StringConstraints(pattern=LANGUAGE),
    Field(json_schema_extra=_allowed('a language tag such as "en" or "pt-BR"')),
]
Tag = Annotated[
    str,
    StringConstraints(pattern=r"^#?[^\s#,]+$", max_length=100),
    Field(json_schema_extra=_allowed("one word, with or without #")),
]
Length = Annotated[int, Field(ge=3, le=900)]
PaletteColour = Annotated[str, StringConstraints(pattern=COLOUR)]


class Workplace(Value):
    """``[reelforge]``: where the work folder is, and how much of its disk stays free (gigabytes of 10⁹ bytes)."""

    home: str | None = Field(default=None, min_length=1, json_schema_extra=_allowed("the path of a folder"))
    min_free_gb: float = Field(default=5.0, ge=0, le=100_000)


class Slots(Value):
    """``[slots]``: how many pieces of each kind of work run at once (row D3), and how many jobs."""

    fetch: int = Field(default=8, ge=1, le=256)
    voice: int = Field(default=4, ge=1, le=256)
    image: int = Field(default=4, ge=1, le=256)
    video: int = Field(default=2, ge=1, le=256)
    encode: Annotated[int, Field(ge=1, le=256)] | Auto = "auto"
    segment: Annotated[int, Field(ge=1, le=256)] | Auto = "auto"
    jobs: int = Field(default=3, ge=1, le=256)

    def limits(self, cores: int | None = None) -> dict[SlotName, int]:
        """How many of each slot there are. ``auto`` is a quarter of the cores for encodes (row D3), and for a
        render's segments all cores up to eight, because a segment keeps one core busy; at least one of each.
        """
        cores = cores or os.cpu_count() or 1
        encode = max(1, cores // 4) if self.encode == "auto" else self.encode
        segment = max(1, min(8, cores)) if self.segment == "auto" else self.segment
        return {
            "fetch": self.fetch,
            "voice": self.voice,
            "image": self.image,
            "video": self.video,
            "encode": encode,
            "segment": segment,
        }


class LogSettings(Value):
    """``[log]``: how much is said, in which form, and how large (10⁶ bytes) and how many the files may get."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "console", "json"] = "auto"
    file_mb: float = Field(default=10.0, gt=0, le=10_000)
    files: int = Field(default=5, ge=1, le=1_000)


class RenderSettings(Value):
    """``[render]``: the quality, which ffmpeg, codec and encoder to use, and the clip cache's bound.

    ``codec`` is ``auto`` for what each channel's platform takes surest. ``encoder`` names hardware, or software; in
    HEVC the same hardware's other encoder is meant. ``preset`` is what the quality's name stands for, no key of the
    file.
    """

    quality: QualityName = "high"
    codec: Literal["auto", "h264", "hevc"] = "auto"
    ffmpeg: str | None = Field(default=None, min_length=1, json_schema_extra=_allowed("the path of an ffmpeg program"))
    encoder: Encoder = "auto"
    cache_gb: float = Field(default=10.0, ge=0, le=100_000)
    preset: SkipJsonSchema[Quality] = Quality()

    @property
    def program(self) -> Path | None:
        """The ffmpeg that is named, if one is."""
        return Path(self.ffmpeg) if self.ffmpeg else None


class SoundSettings(Value):
    """A channel's ``sound``: loudness targets (LUFS, ITU-R BS.1770-4) and the highest true peak (dBTP), row W4."""

    narration: float = Field(default=-16.0, ge=-40, le=-5)
    loudness: float = Field(default=-14.0, ge=-40, le=-5)
    true_peak: float = Field(default=-1.0, ge=-12, le=0)


class MusicSettings(Value):
    """What a channel's ``music`` says besides its engine's own options."""

    mood: str = "upbeat"
    gain_db: float = Field(default=-6.0, ge=-60, le=12)
    ducking: Ducking = Ducking()


class EngineSettings(Value):
    """An engine by its kind and name, with its validated ``options`` (an instance of its module's ``Options``)."""

    kind: str
    engine: str
    options: SerializeAsAny[Value]


class About(Value):
    """What a channel is and how it speaks: the plain keys of ``[channels.NAME]``."""

    title: str = Field(default="", max_length=200)
    about: str = Field(default="", max_length=4_000)
    language: Language = "en"
    tone: str = Field(default="", max_length=1_000)
    seconds: tuple[Length, Length] = Field(
        default=(30, 60),
        json_schema_extra=_allowed("the shortest and the longest length in seconds, such as [30, 60]"),
    )
    words_per_minute: int = Field(default=165, ge=60, le=400)
    platform: str = "instagram"
    shape: Shape | None = None
    hashtags: tuple[Tag, ...] = Field(default=(), max_length=30)
    palette: tuple[PaletteColour, ...] = Field(
        default=("#101820", "#1f4e5f", "#f2aa4c"),
        min_length=3,
        max_length=5,
        json_schema_extra=_allowed('a list of three to five colours such as ["#101820", "#1f4e5f", "#f2aa4c"]'),
    )

    @model_validator(mode="after")
    def _shortest_first(self) -> About:
        if self.seconds[0] > self.seconds[1]:
            raise ValueError("`seconds` must give the shortest length first")
        return self


class ChannelSettings(About):
    """One channel, complete: its engines with their options, and how its Reels look and sound.

    ``writer`` writes from a topic, and is None where none was set up; a text that a person gives is taken over by the
    ``verbatim`` engine instead. ``pictures`` are asked in order; ``vision`` looks at what they find; ``publishers`` all
    get every Reel. ``mood`` names a kind of music. ``platform`` is a table of ``config/platforms.toml``; ``shape`` is
    the channel's own or the platform's, and the look's size follows it.
    """

    name: str
    voice: EngineSettings
    writer: EngineSettings | None
    pictures: tuple[EngineSettings, ...]
    vision: EngineSettings
    music: EngineSettings
    mood: str
    publishers: tuple[EngineSettings, ...]
    sound: SoundSettings
    look: Look

    @property
    def brief(self) -> Brief:
        """What the writer is told about the channel."""
        return Brief(
            language=self.language,
            about=self.about or self.title,
            tone=self.tone,
            seconds=self.seconds,
            words_per_minute=self.words_per_minute,
            hashtags=tuple(tag.removeprefix("#") for tag in self.hashtags),
        )

    @property
    def engines(self) -> tuple[EngineSettings, ...]:
        """Every engine and publisher the channel uses."""
        writers = (self.writer,) if self.writer else ()
        return (*writers, self.voice, *self.pictures, self.vision, self.music, *self.publishers)


class Settings(Value):
    """One valid reading of ``reelforge.toml`` (``path``) and of the environment. ``home`` is absolute.

    ``digest`` is the SHA-256 of the file's bytes; two snapshots of the same bytes have the same one.
    """

    path: Path
    shown: str
    """The file's path as it was named, for messages."""
    digest: str
    home: Path
    workplace: Workplace = Workplace()
    slots: Slots = Slots()
    log: LogSettings = LogSettings()
    render: RenderSettings = RenderSettings()
    engines: tuple[EngineSettings, ...] = ()
    channels: tuple[ChannelSettings, ...] = ()

    @property
    def min_free_bytes(self) -> int:
        return round(self.workplace.min_free_gb * GIGABYTE)

    @property
    def cache_bytes(self) -> int:
        return round(self.render.cache_gb * GIGABYTE)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(channel.name for channel in self.channels)

    def channel(self, name: str) -> ChannelSettings:
        """The channel called ``name``. Raises InputError that gives the nearest spelling and the list."""
        for channel in self.channels:
            if channel.name == name:
                return channel
        if not self.channels:
            raise InputError(
                f"{self.shown} has no channels, so none is called {name!r}.", remedy=f"Add a table `[channels.{name}]`."
            )
        near = difflib.get_close_matches(name.lower(), self.names, n=1)
        guess = f" Did you mean {near[0]!r}?" if near else ""
        raise InputError(
            f"{self.shown} has no channel called {name!r}.{guess}", remedy=f"Its channels are {', '.join(self.names)}."
        )

    def engine(self, kind: str, name: str) -> EngineSettings | None:
        """An engine's settings from ``[engines.KIND.NAME]`` alone, without a channel's; None when there is no table."""
        for found in self.engines:
            if (found.kind, found.engine) == (kind, name):
                return found
        return None
