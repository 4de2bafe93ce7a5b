"""What decides a text layer's pixels, spelt out: the hashes of its fonts included."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from reelforge.render.text.face import ENGINE
from reelforge.render.text.sprite import Box, Placed

VERSION: Final = 3
"""Raised when the same timeline gives other pixels than before."""


def described(lines: Sequence[Placed], box: Box) -> dict[str, object]:
    """The fonts' hashes, and every glyph with its font's number and its place in the sprite."""
    fonts: dict[str, int] = {}
    glyphs = [
        [
            fonts.setdefault(glyph.face.digest, len(fonts)),
            glyph.number,
            round(glyph.size, 4),
            round(placed.x + glyph.x - box.left, 3),
            round(placed.y + glyph.y - box.top, 3),
            placed.word + glyph.word,
        ]
        for placed in lines
        for glyph in placed.line.glyphs
    ]
    return {"fonts": list(fonts), "glyphs": glyphs}


def identity_of(kind: str, box: Box, numbers: dict[str, object]) -> str:
    """A layer's identity: what it is, how large, and every number that decides its pixels."""
    whole = {"kind": kind, "version": VERSION, "engine": ENGINE, "size": [box.width, box.height], **numbers}
    return json.dumps(whole, separators=(",", ":"), sort_keys=True)
