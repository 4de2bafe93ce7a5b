"""The moods of ``config/music.toml``: what a channel may ask for by name."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from math import log2
from types import MappingProxyType
from typing import Final

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


_OCTAVE: Final = 3.0
"""An octave of tempo counts as much as this difference in energy."""
_HALF_TIME: Final = 0.5
"""Octaves by which a tempo that fits only when it is doubled or halved counts as farther away."""


def nearest_mood(moods: Mapping[str, Mood], bpm: float, drive: float) -> str:
    """The mood for music that nobody has named one for, by its tempo and how driving it is (0–1)."""

    def away(name: str) -> float:
        apart = log2(bpm / moods[name].bpm)
        octaves = min(abs(apart), *(abs(apart + shift) + _HALF_TIME for shift in (-1, 1)))
        return _OCTAVE * octaves + abs(drive - moods[name].energy)

    return min(moods, key=away)
