"""One font, opened: what characters it has, its measures, its bytes' hash."""

from __future__ import annotations

import hashlib
import threading
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import freetype
import uharfbuzz as hb

from reelforge.render.text.clusters import ignorable

ENGINE: Final = f"HarfBuzz {hb.version_string()}, FreeType {'.'.join(map(str, freetype.version()))}"
"""What shapes and rasterises; part of every sprite's identity."""


class Face:
    """A face of a font file. Measures are fractions of the em (multiply by the size in pixels).

    Shaping may run in any number of threads; FreeType's face may not, so ``lock`` guards :attr:`outlines`.
    """

    def __init__(self, path: Path, index: int = 0, family: str = "") -> None:
        self.path = path
        self.index = index
        self._face = hb.Face(hb.Blob.from_file_path(str(path)), index)
        self.font = hb.Font(self._face)
        """Scaled to units per em; hand it to HarfBuzz, divide by :attr:`upem`."""
        self.upem: int = self._face.upem
        self.family = family or str(self._face.get_name(hb.OTNameIdPredefined.FULL_NAME) or path.stem)
        self.painted: bool = bool(self._face.has_color_paint or self._face.has_color_layers or self._face.has_color_png)
        self.lock = threading.Lock()

    @cached_property
    def outlines(self) -> Any:
        """FreeType's face, opened when first asked for; use it under :attr:`lock`."""
        return freetype.Face(str(self.path), self.index)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file and the number of the face in it."""
        with self.path.open("rb") as file:
            return f"{hashlib.file_digest(file, 'sha256').hexdigest()}#{self.index}"

    @cached_property
    def cap_height(self) -> float:
        return self._measure(hb.OTMetricsTag.CAP_HEIGHT)

    @cached_property
    def ascent(self) -> float:
        return self._measure(hb.OTMetricsTag.HORIZONTAL_ASCENDER)

    @cached_property
    def descent(self) -> float:
        """How far letters reach below the baseline, as a positive fraction."""
        return -self._measure(hb.OTMetricsTag.HORIZONTAL_DESCENDER)

    def has(self, cluster: str) -> bool:
        """Whether every character of the cluster that shows something is in the font."""
        return all(ignorable(c) or self.font.get_nominal_glyph(ord(c)) for c in cluster)

    def draws(self, character: str) -> bool:
        """Whether the font really holds a picture of the character in a form that can be drawn here."""
        glyph = self.font.get_nominal_glyph(ord(character))
        if not glyph:
            return False
        if self.painted:
            return True
        with self.lock:
            try:
                self.outlines.load_glyph(glyph, freetype.FT_LOAD_NO_SCALE)
            except freetype.FT_Exception:  # an outline format newer than this FreeType
                return False
            return bool(self.outlines.glyph.outline.n_points)

    def _measure(self, tag: Any) -> float:
        return float(self.font.get_metric_position_with_fallback(tag)) / self.upem
