"""What a recipe works with: the engines a channel chose, opened and ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from reelforge.domain.look import Look
from reelforge.domain.script import Script
from reelforge.engines.align.aligner import Aligner
from reelforge.engines.align.recording import Recording
from reelforge.engines.music import MusicEngine
from reelforge.engines.picture.gather import Gatherer
from reelforge.engines.voice.narrator import Narrator
from reelforge.engines.writer import Brief, WriterEngine
from reelforge.publish import Publisher, is_public
from reelforge.render.studio import Studio


class Kit(Struct, frozen=True):
    """One channel's tools. ``verbatim`` takes over a text a person gave; ``writer`` writes from a topic.

    ``legible`` raises before anything is made or paid when a text needs a font that is not there.
    """

    brief: Brief
    look: Look
    mood: str
    palette: tuple[str, ...]
    writer: WriterEngine
    verbatim: WriterEngine
    narrator: Narrator
    aligner: Aligner
    recordings: Mapping[bool, Recording]
    """How a person's own recording is taken in, by whether its silences are shortened."""
    gatherer: Gatherer
    music: MusicEngine
    studio: Studio
    publishers: Sequence[Publisher]
    legible: Callable[[Script, Look], None]

    @property
    def public(self) -> bool:
        """Whether a Reel of this channel is posted where others see it."""
        return any(map(is_public, self.publishers))

    @property
    def identities(self) -> Mapping[str, Any]:
        """Every engine with its version and options, for the receipt."""
        parts: dict[str, Any] = {
            "writer": self.writer,
            "narrator": self.narrator,
            "aligner": self.aligner,
            "pictures": self.gatherer,
            "music": self.music,
            "render": self.studio,
        }
        return {role: dict(part.identity) for role, part in parts.items()}
