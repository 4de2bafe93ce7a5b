"""One render under way: its segments, sound, pictures for cover and contact sheet, and the joined file."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reelforge.domain.job import StepContext, step
from reelforge.domain.timeline import Source
from reelforge.domain.value import Value
from reelforge.render import ducking, encoders, seen, sheet
from reelforge.render.clip_cache import CacheUse
from reelforge.render.compositor import Composer, StillShelf
from reelforge.render.display import Display, starts
from reelforge.render.encoders import Encoder
from reelforge.render.evidence import Text, texts
from reelforge.render.ffmpeg import EncoderDiedError, EncoderRefusedError, Ffmpeg, FrameStream, Pace
from reelforge.render.join import DamagedClipError, join, open_clip
from reelforge.render.layer import Layer
from reelforge.render.looks import Looks
from reelforge.render.material import Material
from reelforge.render.memory import Room
from reelforge.render.mix import mix
from reelforge.render.planes import Plane
from reelforge.render.seen import Seen
from reelforge.render.segments import RENDERER_VERSION, Segment, cut
from reelforge.render.sources import Sources
from reelforge.render.sprites import SpriteShelf

if TYPE_CHECKING:
    from reelforge.render.clips.sound import ClipSound

_MOST_THREADS: Final = 4
"""Of an encoder for frames so large that memory has room for only one; with more threads it wastes what it gains."""
SOUND_VERSION = 3
"""Raise it when the same audio plan gives other samples."""


class Clip(Value):
    """A segment's file, and the small record of what was seen when its frames were composed (:class:`Seen`);
    ``failed`` says why there is none, when a hardware encoder gave up.
    """

    path: str
    seen: str = ""
    failed: str = ""


class Track(Value):
    """The encoded sound of a rendition, its integrated loudness in LUFS and true peak in dBTP."""

    path: str
    loudness: float
    true_peak: float


def _seen_key(segment: Segment) -> str:
    return hashlib.sha256(f"seen|{seen.VERSION}|{segment.key}".encode()).hexdigest()


class Frames:
    """How many frames are done, counted from any thread and told on in steps."""

    def __init__(self, total: int, tell: Callable[[float, float, str], None]) -> None:
        self._total = total
        self._tell = tell
        self._lock = threading.Lock()
        self._done = 0

    def add(self, count: int) -> None:
        with self._lock:
            self._done = min(self._total, self._done + count)
            self._tell(self._done, self._total, "frames")


class Production:
    """Renders one timeline with one encoder; its steps keep their results in the clip cache, not in the journal."""

    def __init__(
        self,
        material: Material,
        sources: Sources,
        program: Ffmpeg,
        encoder: Encoder,
        use: CacheUse,
        tell: Callable[[float, float, str], None],
        room: Room,
    ) -> None:
        self.timeline = material.timeline
        self._material = material
        self._sources = sources
        self._program = program
        self._encoder = encoder
        self._use = use
        self._stills = StillShelf(material.files, material.timeline.size)
        self._sprites = SpriteShelf()
        self._frames = Frames(material.timeline.frames, tell)
        self._pace = Pace()
        self._gave_up = threading.Event()
        self._room = room
        self._footprint = encoder.footprint(material.timeline.size)
        alone = 2 * self._footprint > room.bytes
        self._threads = min(_MOST_THREADS, os.cpu_count() or 1) if alone else 1
        asked = encoders.options(encoder, material.timeline.encode, material.timeline.rate, self._threads)
        self.identity = {"program": program.version, "encoder": encoder.name, "options": asked}
        longest = encoder.groups * encoders.group(material.timeline.encode, material.timeline.rate)
        least = encoders.least(encoder, material.timeline.encode, material.timeline.size)
        self.segments = cut(material.displays, self.identity, longest, least)
        self._wanted = {sheet.cover_frame(self.timeline), *sheet.sheet_frames(self.timeline)}

    def order(self) -> list[int]:
        """The segments in the order to begin them: those that are kept, then the others as they follow one another, so
        that pictures and texts are kept no longer than they are seen; the last few the longest first, so that no long
        one is left alone at the end.
        """
        kept: list[int] = []
        new: list[int] = []
        for index, segment in enumerate(self.segments):
            (kept if self._use.has(segment.key) else new).append(index)
        several = max(0, len(new) - 4 * (os.cpu_count() or 1))
        last = sorted(new[several:], key=lambda index: -self.segments[index].frames)
        return [*kept, *new[:several], *last]

    @step(slot="segment", journal=False)
    async def segment(self, context: StepContext, index: int) -> Clip:
        """Render one segment, or take it from the cache."""
        async with self._room.taken(self._footprint):
            clip: Clip = await context.in_thread(self._segment, index, context.check_cancelled)
        return clip

    @step(journal=False)
    async def sound(self, context: StepContext) -> Track:
        """Mix and encode the sound, or take it from the cache."""
        track: Track = await context.in_thread(self._sound, context.check_cancelled)
        return track

    def _segment(self, index: int, check: Callable[[], None]) -> Clip:
        segment = self.segments[index]
        if kept := self._kept(segment):
            self._frames.add(segment.frames)
            return kept
        out, record = self._use.fresh(".mp4"), self._use.fresh()
        try:
            looks = self._encode(segment, out, check)
            open_clip(out, segment.frames)
        except (EncoderDiedError, EncoderRefusedError, DamagedClipError) as error:
            if self._encoder.software:
                raise
            self._gave_up.set()
            return Clip(path="", failed=error.message)
        over = (layer for layer in self._material.texts if isinstance(layer, Layer) and segment.shows(layer))
        record.write_bytes(Seen(looks, self._sprites.inks(over)).to_bytes())
        self._keep(_seen_key(segment), record)
        self._keep(segment.key, out)
        return Clip(path=str(out), seen=str(record))

    def _kept(self, segment: Segment) -> Clip | None:
        """The segment from the cache, if all of it is there and whole."""
        clip, record = self._use.get(segment.key, ".mp4"), self._use.get(_seen_key(segment))
        if not (clip and record):
            return None
        with suppress(DamagedClipError, ValueError):
            open_clip(clip, segment.frames)
            self._sprites.learn(Seen.from_bytes(record.read_bytes()).inks)
            return Clip(path=str(clip), seen=str(record))
        return None

    def _encode(self, segment: Segment, out: Path, check: Callable[[], None]) -> Looks:
        timeline = self.timeline
        record = Looks.room(timeline.size, segment.frames)
        asked = (timeline.encode, timeline.size, timeline.rate)
        command = encoders.command(self._program, self._encoder, *asked, out, self._threads)
        told = 0
        with (
            closing(self._composer()) as composer,
            FrameStream(command, f"shots[{segment.shot}]", check, self._pace) as stream,
        ):
            for number, display in self._displays(segment):
                check()
                if self._gave_up.is_set():
                    raise EncoderDiedError("Another segment's encoder failed.")
                frame = composer.draw(display)
                stream.write(frame.flat.data.cast("B"))
                record.add(frame)
                if number in self._wanted:
                    self._keep_pictures(number, segment, composer)
                if number - segment.first - told >= 15:
                    self._frames.add(number - segment.first - told)
                    told = number - segment.first
            stream.finish()
        self._frames.add(segment.frames - told)
        return record

    def _displays(self, segment: Segment) -> Iterator[tuple[int, Display]]:
        return enumerate(self._material.displays.between(segment.first, segment.last), start=segment.first)

    def _composer(self) -> Composer:
        return Composer(self.timeline.size, self._stills, self._sprites)

    def _keep(self, key: str, path: Path) -> None:
        """Take a finished file into the cache, unless what it was made of is no longer what its key says."""
        self._sources.refuse_changed()
        self._use.put(key, path)

    def _keep_pictures(self, number: int, segment: Segment, composer: Composer) -> None:
        for kind, make in (("thumbnail", sheet.thumbnail), ("cover", sheet.cover)):
            if kind == "cover" and number != sheet.cover_frame(self.timeline):
                continue
            out = self._use.fresh()
            out.write_bytes(make(composer.out))
            self._keep(self._picture_key(kind, number, segment), out)

    def _picture_key(self, kind: str, number: int, segment: Segment) -> str:
        return hashlib.sha256(f"{kind}|{segment.key}|{number - segment.first}".encode()).hexdigest()

    def picture(self, kind: str, number: int) -> bytes:
        """A ``thumbnail`` (PNG) or the ``cover`` (JPEG) of a frame; drawn now when no segment has left it."""
        segment = self._segment_of(number)
        key = self._picture_key(kind, number, segment)
        if not (kept := self._use.get(key)):
            kept = self._use.fresh()
            with closing(self._composer()) as composer:
                shown = composer.draw(self._material.displays.display(number))
                kept.write_bytes(sheet.cover(shown) if kind == "cover" else sheet.thumbnail(shown))
            self._keep(key, kept)
        return kept.read_bytes()

    def cover(self) -> bytes:
        return self.picture("cover", sheet.cover_frame(self.timeline))

    def contact_sheet(self) -> bytes:
        frames = sheet.sheet_frames(self.timeline)
        times = [self.timeline.rate.seconds(number) for number in frames]
        shown = [self._picture_key("thumbnail", number, self._segment_of(number)) for number in frames]
        name = hashlib.sha256(json.dumps(["sheet", sheet.VERSION, shown, times]).encode()).hexdigest()
        return self.remembered(
            name, lambda: sheet.contact_sheet([self.picture("thumbnail", number) for number in frames], times)
        )

    def _segment_of(self, number: int) -> Segment:
        return next(part for part in self.segments if part.first <= number < part.last)

    def _sound(self, check: Callable[[], None]) -> Track:
        key = self._sound_key()
        told_key = hashlib.sha256(f"loudness|{key}".encode()).hexdigest()
        encoded, told = self._use.get(key, ".m4a"), self._use.get(told_key)
        if encoded and told:
            return Track(path=str(encoded), **json.loads(told.read_bytes()))
        encoded, told = self._use.fresh(".m4a"), self._use.fresh(".json")
        plan, bitrate = self.timeline.audio, self.timeline.encode.audio_bitrate
        mixed = mix(
            plan,
            self.timeline.samples,
            self._sound_file,
            encoded,
            check,
            audio_bitrate=bitrate,
            clips=self._clip_sounds(),
        )
        told.write_text(mixed.model_dump_json())
        self._keep(key, encoded)
        self._keep(told_key, told)
        return Track(path=str(encoded), loudness=mixed.loudness, true_peak=mixed.true_peak)

    def _sound_file(self, source: Source) -> Path:
        speech = self.timeline.audio.speech
        return self._sources.path(source, "audio.speech" if source == speech else "audio.music.track")

    def _clip_sounds(self) -> list[ClipSound]:
        """The shots whose own sound is heard: from their first frame until the next shot begins."""
        from reelforge.render.clips.sound import ClipSound  # noqa: PLC0415  # libav's filters are loaded for clips alone

        found, rate = [], self.timeline.rate
        for index, (start, shot) in enumerate(zip(starts(self.timeline), self.timeline.shots, strict=True)):
            info = self._material.clips.get(index)
            if shot.clip is None or info is None or shot.clip.volume_db is None or not info.has_sound:
                continue
            place = f"shots[{index}].clip.source"
            at, end = rate.sample_at(start), rate.sample_at(start + shot.frames)
            path = self._sources.path(shot.clip.source, place)
            found.append(ClipSound(path, place, shot.clip, info, at, end - at, shot.clip.volume_db))
        return found

    def _sound_key(self) -> str:
        plan = self.timeline.audio
        # The beats and the strength of the music are for the picture; nothing of them is heard.
        document: dict[str, Any] = plan.model_dump(mode="json", exclude={"beats", "energy"})
        document["clips"] = [
            [sound.at, sound.samples, self._sources.digest(sound.clip.source, sound.where), sound.clip.model_dump()]
            for sound in self._clip_sounds()
        ]
        document["spoken"] = ducking.told(plan, self.timeline.samples, clips=bool(document["clips"]))
        if plan.speech:
            document["speech"] = self._sources.digest(plan.speech, "audio.speech")
        if plan.music:
            document["music"]["track"] = self._sources.digest(plan.music.track, "audio.music.track")
        bits = self.timeline.encode.audio_bitrate
        text = json.dumps(
            ["sound", SOUND_VERSION, RENDERER_VERSION, self.timeline.samples, bits, document], sort_keys=True
        )
        return hashlib.sha256(text.encode()).hexdigest()

    def looks(self, clips: Sequence[Clip]) -> Looks:
        """How every frame of the timeline looked when it was composed."""
        parts = (Seen.from_bytes(Path(clip.seen).read_bytes()).looks for clip in clips)
        return Looks.mapped(parts, self.timeline.frames, self._use.fresh())

    def bare(self, first: int, last: int) -> Plane:
        """The pictures by themselves, for :data:`~reelforge.render.evidence.Bare`."""
        return self._stills.bare([frame.plates[-1] for frame in self._material.displays.between(first, last)])

    def contents(self) -> list[str]:
        """The SHA-256 of what each shot shows."""
        shots = enumerate(self.timeline.shots)
        return [self._sources.digest(shot.source, f"shots[{index}]") for index, shot in shots]

    def texts(self) -> tuple[Text, ...]:
        """Where captions and cards stand, by their ink."""
        return texts(self._material.texts, self._sprites.ink)

    def remembered(self, name: str, make: Callable[[], bytes]) -> bytes:
        """What was made under a name (a SHA-256) before, or is made now and kept."""
        kept = self._use.get(name)
        if kept is None:
            kept = self._use.fresh()
            kept.write_bytes(make())
            self._use.put(name, kept)
        return kept.read_bytes()

    def join(self, clips: Sequence[Clip], track: Track, out: Path, check: Callable[[], None]) -> None:
        """Write the whole video to ``out``. Raises DamagedClipError when a clip does not go with the others (a driver
        may have changed since it was kept): none of them is used again, so that another try makes them alike.
        """
        pieces = zip(clips, self.segments, strict=True)
        opened = [open_clip(Path(clip.path), segment.frames) for clip, segment in pieces]
        try:
            join(opened, Path(track.path), out, self.timeline.rate, self.timeline.samples, check)
        except DamagedClipError:
            for segment in self.segments:
                self._use.forget(segment.key)
            raise
