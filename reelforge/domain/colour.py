"""Colours as documents write them."""

from __future__ import annotations

from typing import Final

Colour = str
HEX: Final = r"^#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?$"
"""``#rrggbb``, or ``#rrggbbaa`` with an opacity."""
