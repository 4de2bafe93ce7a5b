"""The base of every value that passes between steps."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """Frozen, strict about its fields, and written to and read from JSON without loss."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
