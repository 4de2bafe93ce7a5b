"""What settings refer to by name: quality presets, platforms, caption styles, fonts, moods and transitions."""

from __future__ import annotations

import pkgutil
import tomllib
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from reelforge import resources
from reelforge.domain.caption_style import CaptionStyle
from reelforge.domain.formats import Platform, Quality
from reelforge.domain.timeline import Encode
from reelforge.render.easing import EASINGS


@cache
def qualities() -> MappingProxyType[str, Quality]:
    """The quality presets of ``config/quality.toml``."""
    return MappingProxyType({name: _quality(name, table) for name, table in _tables("quality.toml").items()})


def _quality(name: str, table: dict[str, Any]) -> Quality:
    frame = {key: value for key, value in table.items() if key in Quality.model_fields}
    figures = {key: value for key, value in table.items() if key not in frame}
    return Quality(**frame, encode=Encode.model_validate({**figures, "quality": name}))


@cache
def platforms() -> MappingProxyType[str, Platform]:
    """The platforms of ``config/platforms.toml``."""
    tables = _tables("platforms.toml")
    return MappingProxyType({name: Platform(name=name, **table) for name, table in tables.items()})


@cache
def caption_styles() -> MappingProxyType[str, CaptionStyle]:
    """The caption styles of ``config/captions.toml``."""
    tables = _tables("captions.toml")
    return MappingProxyType({name: CaptionStyle(name=name, **table) for name, table in tables.items()})


@cache
def font_files() -> MappingProxyType[str, str]:
    """The shipped fonts: family name → file name in ``fonts/``."""
    with (resources.folder("fonts") / "fonts.toml").open("rb") as file:
        return MappingProxyType({font["family"]: font["file"] for font in tomllib.load(file)["font"]})


def moods(*folders: Path) -> tuple[str, ...]:
    """The moods of ``config/music.toml`` and those of the tracks in ``folders`` (the sidecars' ``mood``).

    A sidecar that cannot be read is passed over here: the music engine, which needs it, says what is wrong with it.
    """
    found = dict.fromkeys(_tables("music.toml"))
    for folder in folders:
        for sidecar in sorted(folder.glob("*.toml")):
            with suppress(OSError, ValueError):
                mood = tomllib.loads(sidecar.read_text(encoding="utf-8")).get("mood")
                found |= {mood: None} if isinstance(mood, str) else {}
    return tuple(found)


def transitions() -> tuple[str, ...]:
    """The transitions there are."""
    return _files("transitions")


def sound_effects() -> tuple[str, ...]:
    """The short sounds there are."""
    return _files("effects", "sound")


def motions() -> tuple[str, ...]:
    """The motions there are."""
    return _files("motions")


def effects() -> tuple[str, ...]:
    """The effects there are."""
    return tuple(name for name in _files("effects") if not name.startswith("_"))


def _files(part: str, package: str = "render") -> tuple[str, ...]:
    """The files of a part of the renderer (or of the sound); importing them would load all of it."""
    folder = Path(__file__).parent.parent / package / part
    return tuple(sorted(entry.name for entry in pkgutil.iter_modules([str(folder)])))


def easings() -> tuple[str, ...]:
    """The easing curves there are."""
    return tuple(sorted(EASINGS))


def _tables(name: str) -> dict[str, Any]:
    with (resources.folder("config") / name).open("rb") as file:
        return tomllib.load(file)
