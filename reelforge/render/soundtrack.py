"""The sound of one render: mixed, encoded, and kept by all that is heard in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reelforge.domain.timeline import Source
from reelforge.domain.value import Value
from reelforge.render import ducking
from reelforge.render.clip_cache import CacheUse
from reelforge.render.display import starts
from reelforge.render.keys import Remembered
from reelforge.render.material import Material
from reelforge.render.segments import RENDERER_VERSION
from reelforge.render.sources import Sources

if TYPE_CHECKING:
    from reelforge.render.clips.sound import ClipSound

SOUND_VERSION: Final = 3
"""Raise it when the same audio plan gives other samples."""


class Track(Value):
    """The encoded sound of a rendition, its integrated loudness in LUFS and true peak in dBTP."""

    path: str
    loudness: float
    true_peak: float


class Soundtrack:
    """The sound of a timeline; ``keep`` takes a finished file into the cache under a key, ``remembered`` what was heard
    in it.
    """

    def __init__(
        self,
        material: Material,
        sources: Sources,
        use: CacheUse,
        keep: Callable[[str, Path], None],
        remembered: Remembered,
    ) -> None:
        self._timeline = material.timeline
        self._material = material
        self._sources = sources
        self._use = use
        self._keep = keep
        self._remembered = remembered

    def made(self, check: Callable[[], None]) -> Track:
        """Mix and encode it, or take it from the cache. ``check`` raises when the work was cancelled."""
        key = self._key()
        told_key = hashlib.sha256(f"loudness|{key}".encode()).hexdigest()
        encoded, told = self._use.get(key, ".m4a"), self._use.get(told_key)
        if encoded and told:
            return Track(path=str(encoded), **json.loads(told.read_bytes()))
        from reelforge.render.mix import mix  # noqa: PLC0415  # loaded while pictures are encoded

        encoded, told = self._use.fresh(".m4a"), self._use.fresh(".json")
        plan, bitrate = self._timeline.audio, self._timeline.encode.audio_bitrate
        mixed = mix(
            plan,
            self._timeline.samples,
            self._file,
            encoded,
            check,
            audio_bitrate=bitrate,
            clips=self._clips(),
            remembered=self._remembered,
        )
        told.write_text(mixed.model_dump_json())
        self._keep(key, encoded)
        self._keep(told_key, told)
        return Track(path=str(encoded), loudness=mixed.loudness, true_peak=mixed.true_peak)

    def _file(self, source: Source) -> Path:
        speech = self._timeline.audio.speech
        return self._sources.path(source, "audio.speech" if source == speech else "audio.music.track")

    def _clips(self) -> list[ClipSound]:
        """The shots whose own sound is heard: from their first frame until the next shot begins."""
        if not self._material.clips:
            return []
        from reelforge.render.clips.sound import ClipSound  # noqa: PLC0415  # libav's filters are loaded for clips alone

        found, rate = [], self._timeline.rate
        for index, (start, shot) in enumerate(zip(starts(self._timeline), self._timeline.shots, strict=True)):
            info = self._material.clips.get(index)
            if shot.clip is None or info is None or shot.clip.volume_db is None or not info.has_sound:
                continue
            place = f"shots[{index}].clip.source"
            at, end = rate.sample_at(start), rate.sample_at(start + shot.frames)
            path = self._sources.path(shot.clip.source, place)
            found.append(ClipSound(path, place, shot.clip, info, at, end - at, shot.clip.volume_db))
        return found

    def _key(self) -> str:
        plan = self._timeline.audio
        # The beats and the strength of the music are for the picture; nothing of them is heard.
        document: dict[str, Any] = plan.model_dump(mode="json", exclude={"beats", "energy"})
        document["clips"] = [
            [sound.at, sound.samples, self._sources.digest(sound.clip.source, sound.where), sound.clip.model_dump()]
            for sound in self._clips()
        ]
        document["spoken"] = ducking.told(plan, self._timeline.samples, clips=bool(document["clips"]))
        if plan.speech:
            document["speech"] = self._sources.digest(plan.speech, "audio.speech")
        if plan.music:
            document["music"]["track"] = self._sources.digest(plan.music.track, "audio.music.track")
        bits = self._timeline.encode.audio_bitrate
        text = json.dumps(
            ["sound", SOUND_VERSION, RENDERER_VERSION, self._timeline.samples, bits, document], sort_keys=True
        )
        return hashlib.sha256(text.encode()).hexdigest()
