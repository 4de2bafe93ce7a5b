"""What a piece is: its score, its desk, and what its sidecar says."""

from __future__ import annotations

from dataclasses import dataclass

from music.desk import Part
from music.score import Score


@dataclass(frozen=True)
class Piece:
    """``room`` is the reverb's RT60 in seconds; ``quality`` is the Vorbis quality (0–1)."""

    name: str
    title: str
    mood: str
    score: Score
    parts: dict[str, Part]
    room: float = 1.4
    quality: float = 0.4
