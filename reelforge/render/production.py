"""One render under way: its segments, sound, pictures for cover and contact sheet, and the joined file."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from av.error import FFmpegError

from reelforge.domain.job import StepContext, step
from reelforge.domain.value import Value
from reelforge.render import encoders, keys, seen, sheet
from reelforge.render.clip_cache import CacheUse
from reelforge.render.compositor import Composer, StillShelf
from reelforge.render.display import Display
from reelforge.render.encoders import Encoder
from reelforge.render.evidence import Text, texts
from reelforge.render.ffmpeg import EncoderDiedError, EncoderRefusedError, Ffmpeg, Pace
from reelforge.render.join import join
from reelforge.render.looks import Looks
from reelforge.render.material import Material
from reelforge.render.memory import Room
from reelforge.render.mp4 import Clip as ClipFile
from reelforge.render.mp4 import DamagedClipError, open_clip
from reelforge.render.planes import Plane
from reelforge.render.seen import Seen
from reelforge.render.segments import Segment, cut
from reelforge.render.soundtrack import Soundtrack, Track
from reelforge.render.sources import Sources
from reelforge.render.sprites import SpriteShelf

_MOST_THREADS: Final = 4
"""Of an encoder for frames so large that memory has room for only one; with more threads it wastes what it gains."""


class Clip(Value):
    """A segment's file, and the small record of what was seen when its frames were composed (:class:`Seen`);
    ``failed`` says why there is none, when a hardware encoder gave up.
    """

    path: str
    seen: str = ""
    failed: str = ""


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
        self._sound = Soundtrack(material, sources, use, self._keep, self.remembered)
        self._frames = Frames(material.timeline.frames, tell)
        self._pace = Pace.of(material.timeline.size.width * material.timeline.size.height * 3 // 2)
        self._gave_up = threading.Event()
        self._room = room
        self._footprint = encoder.footprint(material.timeline.size)
        alone = 2 * self._footprint > room.bytes
        self._threads = min(_MOST_THREADS, os.cpu_count() or 1) if alone else 1
        asked = encoders.options(encoder, material.timeline.encode, material.timeline.rate, self._threads)
        by = encoders.identity(program, encoder)
        self.identity = {"program": by, "encoder": encoder.name, "options": asked}
        longest = encoder.groups * encoders.group(material.timeline.encode, material.timeline.rate)
        least = encoders.least(encoder, material.timeline.encode, material.timeline.size)
        self.segments = cut(material.displays, self.identity, longest, least)
        self._new = [index for index, segment in enumerate(self.segments) if not use.has(segment.key)]
        self._aside = len(self._new) < (os.cpu_count() or 1)
        self._wanted = {sheet.cover_frame(self.timeline), *sheet.sheet_frames(self.timeline)}

    def order(self) -> list[int]:
        """The segments in the order to begin them: those that are kept, then the others as they follow one another, so
        that pictures and texts are kept no longer than they are seen; the last few the longest first, so that no long
        one is left alone at the end.
        """
        new = self._new
        kept = sorted(set(range(len(self.segments))).difference(new))
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
        track: Track = await context.in_thread(self._sound.made, context.check_cancelled)
        return track

    def _segment(self, index: int, check: Callable[[], None]) -> Clip:
        segment = self.segments[index]
        if kept := self._kept(segment):
            self._frames.add(segment.frames)
            return kept
        out, record = self._use.fresh(".mp4"), self._use.fresh()
        try:
            looks = self._encode(segment, out, check)
            clip = open_clip(out, segment.frames)
        except (EncoderDiedError, EncoderRefusedError, DamagedClipError) as error:
            if self._encoder.software:
                raise
            self._gave_up.set()
            return Clip(path="", failed=error.message)
        over = (layer for layer in (*self._material.texts, *self._material.overlaid) if segment.shows(layer))
        record.write_bytes(Seen(looks, self._sprites.inks(over)).to_bytes())
        self._keep(_seen_key(segment), record)
        self._keep(segment.key, out)
        self._look(clip, segment, check)
        return Clip(path=str(out), seen=str(record))

    def _look(self, clip: ClipFile, segment: Segment, check: Callable[[], None]) -> None:
        """See what the encoder made of it, for the checks of the whole video."""
        first = segment.first if len(self.segments) > keys.MOST else None
        with suppress(FFmpegError, OSError, ValueError):  # what is damaged or gone is told by those checks
            keys.look(clip, first, self.timeline.frames, self.remembered, check)

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
        task = encoders.Task(*asked, out, f"shots[{segment.shot}]", self._threads, segment.frames, self._aside)
        told = 0
        with (
            closing(self._composer()) as composer,
            encoders.stream(self._program, self._encoder, task, check, self._pace) as stream,
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
        told = f"{kind}|{sheet.VERSION}|{segment.key}|{number - segment.first}"
        return hashlib.sha256(told.encode()).hexdigest()

    def picture(self, kind: str, number: int) -> bytes:
        """A ``thumbnail`` or the ``cover`` (JPEG) of a frame; drawn now when no segment has left it."""
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

    def looks(self, clips: Sequence[Clip]) -> Looks:
        """How every frame of the timeline looked when it was composed."""
        parts = (Seen.from_bytes(Path(clip.seen).read_bytes()).looks for clip in clips)
        return Looks.mapped(parts, self.timeline.frames, self._use.fresh())

    def bare(self, first: int, last: int) -> Plane:
        """The pictures by themselves, for :data:`~reelforge.render.evidence.Bare`."""
        return self._stills.bare([frame.plates[-1] for frame in self._material.displays.between(first, last)])

    def contents(self) -> tuple[str, ...]:
        """The SHA-256 of what each shot shows."""
        shots = enumerate(self.timeline.shots)
        return tuple(self._sources.digest(shot.source, f"shots[{index}]") for index, shot in shots)

    def unmoving(self) -> frozenset[int]:
        """The indices of the shots that show their picture from one view all along."""
        return self._material.displays.unmoving()

    def texts(self) -> tuple[Text, ...]:
        """Where captions and cards stand, by their ink."""
        return texts(self._material.texts, self._sprites.ink)

    def overlaid(self) -> tuple[Text, ...]:
        """Where the parts of overlays stand, by their ink."""
        return texts(self._material.overlaid, self._sprites.ink)

    def remembered(self, name: str, make: Callable[[], bytes]) -> bytes:
        """What was made under a name (a SHA-256) before, or is made now and kept, if the disk has room for it."""
        if kept := self._use.get(name):
            return kept.read_bytes()
        made, fresh = make(), self._use.fresh()
        with suppress(OSError):  # what is made of it needs more room and says so
            fresh.write_bytes(made)
            self._use.put(name, fresh)
        return made

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
