"""Caption styles by name, from ``config/captions.toml``."""

from __future__ import annotations

import difflib
import tomllib
from functools import cache
from types import MappingProxyType

from pydantic import ValidationError

from reelforge.domain.timeline import CaptionStyle
from reelforge.errors import InputError
from reelforge.resources import folder


def caption_style(name: str) -> CaptionStyle:
    """The style called ``name``. Raises InputError with the nearest spelling when there is none."""
    styles = _styles()
    if name not in styles:
        near = difflib.get_close_matches(name, styles, n=1, cutoff=0.4)
        hint = f"Did you mean “{near[0]}”?" if near else f"There are: {', '.join(styles)}."
        raise InputError(f"There is no caption style “{name}”.", remedy=hint)
    return styles[name]


@cache
def _styles() -> MappingProxyType[str, CaptionStyle]:
    path = folder("config") / "captions.toml"
    styles = {}
    for name, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
        try:
            styles[name] = CaptionStyle(name=name, **table)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise InputError(f"{path.name}, style “{name}”, {place}: {first['msg']}.") from error
    return MappingProxyType(styles)
