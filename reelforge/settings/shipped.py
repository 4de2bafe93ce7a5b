"""What settings refer to by name: quality presets, caption styles, fonts, moods and transitions."""

from __future__ import annotations

import importlib.util
import pkgutil
import tomllib
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from reelforge import resources
from reelforge.domain.timeline import CaptionStyle, Encode
from reelforge.render.easing import EASINGS


@cache
def qualities() -> MappingProxyType[str, Encode]:
    """The quality presets of ``config/quality.toml``."""
    tables = _tables("quality.toml")
    return MappingProxyType({name: Encode(quality=name, **table) for name, table in tables.items()})


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
    """The transitions there are, by the names of their files; importing them would load the whole renderer."""
    package = importlib.util.find_spec("reelforge.render.transitions")
    folders = package.submodule_search_locations if package else None
    return tuple(sorted(entry.name for entry in pkgutil.iter_modules(folders or [])))


def easings() -> tuple[str, ...]:
    """The easing curves there are."""
    return tuple(sorted(EASINGS))


def _tables(name: str) -> dict[str, Any]:
    with (resources.folder("config") / name).open("rb") as file:
        return tomllib.load(file)
