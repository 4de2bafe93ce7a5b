"""The moods of ``config/music.toml``: what a channel may ask for by name."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from types import MappingProxyType

from pydantic import Field

from reelforge import resources
from reelforge.domain.value import Value


class Mood(Value):
    """A kind of music: its tempo in beats a minute, how it feels, and its energy from 0 (still) to 1 (driving)."""

    bpm: float = Field(gt=20, lt=400)
    description: str = ""
    energy: float = Field(ge=0, le=1)


def read_moods() -> Mapping[str, Mood]:
    """The shipped moods by name. Blocking."""
    with (resources.folder("config") / "music.toml").open("rb") as file:
        return MappingProxyType({name: Mood(**table) for name, table in tomllib.load(file).items()})
