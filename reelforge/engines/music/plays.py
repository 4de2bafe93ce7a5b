"""Which tracks a channel has had, so that it does not get the same one again and again."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from reelforge.engines.music.keeping import read_kept, write_kept

_KEPT: Final = 50
"""Reels a channel that are remembered."""


class Plays:
    """The latest (Reel, track) of every channel, oldest first; in a file, or in memory alone without one. Blocking;
    safe to call from several threads.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._memory: dict[str, list[tuple[str, str]]] = {}
        self._lock = threading.Lock()

    def before(self, channel: str, reel: str) -> tuple[str, ...]:
        """The tracks of the channel's Reels before this one, the latest first. A Reel that is made again finds what it
        found the first time, so that nothing of it is rendered anew.
        """
        with self._lock:
            plays = self._read().get(channel, [])
        known = next((number for number, (other, _) in enumerate(plays) if other == reel), len(plays))
        return tuple(track for _, track in reversed(plays[:known]))

    def note(self, channel: str, reel: str, track: str) -> None:
        """Remember what a Reel got."""
        with self._lock:
            every = self._read()
            plays = every.get(channel, [])
            number = next((number for number, (other, _) in enumerate(plays) if other == reel), len(plays))
            plays[number : number + 1] = [(reel, track)]
            every[channel] = plays[-_KEPT:]
            self._memory = every
            if self._file is not None:
                write_kept(self._file, json.dumps(every, ensure_ascii=False))

    def _read(self) -> dict[str, list[tuple[str, str]]]:
        if self._file is None:
            return dict(self._memory)
        with suppress(ValueError, TypeError):  # a file that was damaged is begun anew: it only serves variety
            table = json.loads(read_kept(self._file) or "{}")
            if isinstance(table, Mapping):
                return {name: [(str(reel), str(track)) for reel, track in plays] for name, plays in table.items()}
        return {}
