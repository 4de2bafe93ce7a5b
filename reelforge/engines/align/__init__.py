"""Alignment: a narration in, the time of every written word out."""

from __future__ import annotations

from typing import Final

PARTS: Final = ("aligner", "estimate")
"""Files of this folder that are not engines."""
