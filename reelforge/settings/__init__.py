"""``reelforge.toml`` → frozen :class:`Settings`. Read with :func:`load`, kept up to date with :func:`watch`."""

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
from reelforge.settings.watch import watch

__all__ = [
    "ChannelSettings",
    "EngineSettings",
    "LogSettings",
    "RenderSettings",
    "Settings",
    "Slots",
    "load",
    "watch",
]
