"""Alignment: a narration in, the time of every written word out; or a person's own recording in, and both out.

The chain, best first: what the voice told (``native``), pocketsphinx (``aligned``), the energy of four bands and the
punctuation (``energy``), proportion (``estimate``). Every word says which found it.
"""

from __future__ import annotations

from typing import Final

PARTS: Final = (
    "aligner",
    "confidence",
    "crosscheck",
    "energy",
    "energy_table",
    "estimate",
    "finder",
    "follow",
    "heard",
    "intake",
    "notes",
    "pronounce",
    "recording",
    "said",
    "sphinx",
    "trimming",
    "written",
)
"""Files of this folder that are not engines."""
