"""What is kept beside a clip: how each of its frames looked, and where the texts over them have their ink."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from reelforge.render.looks import VERSION as LOOKS_VERSION
from reelforge.render.looks import Looks
from reelforge.render.sprites import Box

VERSION: Final = f"{LOOKS_VERSION}.1"
_LENGTH: Final = struct.Struct("<I")


class Seen(Struct, frozen=True):
    """``inks`` has the (left, top, right, bottom) of each text layer's ink within it by the layer's identity, or None
    for one without ink.
    """

    looks: Looks
    inks: Mapping[str, Box | None]

    def to_bytes(self) -> bytes:
        inks = json.dumps(self.inks).encode()
        return _LENGTH.pack(len(inks)) + inks + self.looks.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Seen:
        """What :meth:`to_bytes` gave. Raises ValueError when it is not that."""
        if len(data) < _LENGTH.size:
            raise ValueError("a record of what was seen is cut short")
        end = _LENGTH.size + _LENGTH.unpack_from(data)[0]
        inks = json.loads(data[_LENGTH.size : end])
        if not isinstance(inks, dict):
            raise ValueError("a record of what was seen is damaged")  # noqa: TRY004 - of bytes, not of a type
        return cls(Looks.from_bytes(data[end:]), {name: box and _box(box) for name, box in inks.items()})


def _box(values: object) -> Box:
    if not (isinstance(values, list) and len(values) == 4 and all(isinstance(value, int) for value in values)):
        raise ValueError("a record of what was seen is damaged")
    left, top, right, bottom = values
    return left, top, right, bottom
