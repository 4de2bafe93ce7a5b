"""``reelforge.toml`` → frozen :class:`Settings`. :func:`load` reads it, :mod:`reelforge.settings.watch` follows it."""

from __future__ import annotations

from reelforge.settings.loading import load
from reelforge.settings.model import (
    ChannelSettings,
    EngineSettings,
    LogSettings,
    RenderSettings,
    Settings,
    Slots,
)

__all__ = [
    "ChannelSettings",
    "EngineSettings",
    "LogSettings",
    "RenderSettings",
    "Settings",
    "Slots",
    "load",
]
