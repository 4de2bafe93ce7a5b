"""References to files in the content-addressed asset store."""

from __future__ import annotations

from pydantic import Field

from reelforge.domain.value import Value


class Provenance(Value):
    """Where an asset came from and what may be done with it; it travels into the receipt.

    ``source`` is the kind of origin (an engine's name, ``"person"``, ``"shipped"``); ``licence`` is an SPDX identifier
    where one exists, else the licence's own words; empty means unknown.
    """

    source: str
    title: str = ""
    author: str = ""
    licence: str = ""
    url: str = ""
    model: str = ""


class AssetRef(Value):
    """A file in the asset store: its content's SHA-256, its media type (RFC 6838), its size in bytes."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    media_type: str
    size: int = Field(ge=0)
    provenance: Provenance | None = None
