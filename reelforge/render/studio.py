"""The studio: a timeline in, a checked MP4 with its cover and contact sheet out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import anyio.to_thread
import cv2

from reelforge.domain.asset import AssetRef
from reelforge.domain.job import Assets, StepContext, step
from reelforge.domain.post import Check, Rendition
from reelforge.domain.timeline import Codec, Encode, Timeline
from reelforge.errors import NeverWorksError
from reelforge.render import document, inside
from reelforge.render.clip_cache import CacheUse, ClipCache
from reelforge.render.encoders import Encoder, choose, software
from reelforge.render.evidence import Composed
from reelforge.render.ffmpeg import Ffmpeg, discover
from reelforge.render.limits import most_bytes, tightened
from reelforge.render.material import Material
from reelforge.render.memory import Room, give_back_large
from reelforge.render.probe import probe
from reelforge.render.production import Clip, Production
from reelforge.render.segments import RENDERER_VERSION
from reelforge.render.soundtrack import SOUND_VERSION, Track
from reelforge.render.sources import Sources
from reelforge.render.text.layers import identity as text_identity

_TRIES = 4
"""A result that is too large is encoded again at a computed quality; three times bring any within its limit."""


class Studio:
    """Renders timelines with one ffmpeg and one encoder, which :meth:`open` finds. Made once, used by many jobs.

    ``base`` is the folder that a timeline's relative paths count from.
    """

    def __init__(
        self,
        cache: ClipCache,
        program: Ffmpeg,
        encoder: Encoder,
        base: Path | None = None,
        prefer: str | None = None,
        *,
        known: ClipCache | None = None,
        room: Room | None = None,
    ) -> None:
        self._cache = cache
        self._known = known or cache
        self._room = room or Room()
        self._program = program
        self._encoder = encoder
        self._base = base or Path()
        self._prefer = prefer
        # Segments run side by side, one thread each; OpenCV's own threads would only get in each other's way.
        cv2.setNumThreads(1)
        give_back_large()

    @classmethod
    async def open(
        cls,
        cache: ClipCache,
        *,
        base: Path | None = None,
        program: Callable[[], Ffmpeg] = discover,
        encoder: str | None = None,
        known: ClipCache | None = None,
    ) -> Studio:
        """Find ffmpeg and an encoder that works here: the answer is kept for a day beside the cache, or beside
        ``known``, another one.

        ``program`` finds the ffmpeg; ``encoder`` names the one that a person chose. Raises NeedsPersonError when there
        is none.
        """

        def find() -> tuple[Ffmpeg, Encoder]:
            found = program()
            return found, _tried(found, known or cache, encoder, "h264")

        return cls(cache, *await anyio.to_thread.run_sync(find), base, encoder, known=known)

    def at(self, base: Path) -> Studio:
        """The same studio for timelines whose paths count from another folder."""
        return Studio(self._cache, self._program, self._encoder, base, self._prefer, known=self._known, room=self._room)

    @property
    def identity(self) -> dict[str, Any]:
        return {
            "renderer": RENDERER_VERSION,
            "sound": SOUND_VERSION,
            "programs": [self._program.version, inside.identity()],
            "encoder": self._encoder.name,
            "text": text_identity(),
        }

    @step(slot="encode")
    async def render(self, context: StepContext, timeline: Timeline) -> Rendition:
        """Render a timeline: segments side by side, joined with the sound, probed, stored.

        Raises InputError with the place in the timeline for what cannot be shown or heard; NeverWorksError when the
        result breaks the specification, or ffmpeg refuses what encode asks for; TryLaterError when it dies. When a
        hardware encoder fails, the whole is done in software.
        """
        document.check(timeline)
        with self._cache.use() as use:
            sources = Sources(context.assets, self._base)
            material = await context.in_thread(Material.gather, timeline, sources, context.check_cancelled)
            encoder = await context.in_thread(self._encoder_for, timeline.encode.codec)
            before: tuple[Encode, int] | None = None
            for _ in range(_TRIES):
                encoder, production, clips, track = await self._encoded(context, material, sources, use, encoder)
                made = await context.in_thread(_finish, context, production, clips, track, encoder.name)
                if isinstance(made, Rendition):
                    return made
                encode, seconds = material.timeline.encode, timeline.rate.seconds(timeline.frames)
                limit = most_bytes(encode, seconds)
                assert limit is not None
                tighter = tightened(encode, made, limit, seconds, before)
                before = (encode, made)
                material = material.encoded(tighter)
            raise NeverWorksError(
                f"The video does not come down to {limit:,} bytes.", remedy="Make it shorter, or lower its quality."
            )

    def _encoder_for(self, codec: Codec) -> Encoder:
        """The encoder of a codec; of the one that is usual it is known already."""
        if self._encoder.codec == codec:
            return self._encoder
        return _tried(self._program, self._known, self._prefer, codec)

    async def _encoded(
        self, context: StepContext, material: Material, sources: Sources, use: CacheUse, encoder: Encoder
    ) -> tuple[Encoder, Production, list[Clip], Track]:
        """Every segment and the sound; in software, all of it, when the hardware fails in the middle."""
        while True:
            production = Production(material, sources, self._program, encoder, use, context.progress, self._room)
            clips, track = await self._produce(context, production)
            if not any(clip.failed for clip in clips):
                return encoder, production, clips, track
            encoder = software(encoder.codec)

    async def _produce(self, context: StepContext, production: Production) -> tuple[list[Clip], Track]:
        async with context.together() as parts:
            sound = parts.step(production.sound, name="sound")
            running = {
                index: parts.step(production.segment, index, name=f"segment-{index + 1:03d}")
                for index in production.order()
            }
        return [running[index].value for index in sorted(running)], sound.value


def _tried(program: Ffmpeg, known: ClipCache, prefer: str | None, codec: Codec) -> Encoder:
    with known.use() as use:
        return choose(program, known.root / "encoder.json", prefer, use.folder, codec)


def _finish(
    context: StepContext, production: Production, clips: list[Clip], track: Track, encoder: str
) -> Rendition | int:
    """The rendition, or how many bytes the file has when it is larger than it may be."""
    timeline = production.timeline
    limit = most_bytes(timeline.encode, timeline.rate.seconds(timeline.frames))
    with ThreadPoolExecutor(3) as pool, context.assets.temporary(".mp4") as out:
        cover, contact_sheet = pool.submit(production.cover), pool.submit(production.contact_sheet)
        texts, overlaid = pool.submit(production.texts), pool.submit(production.overlaid)
        production.join(clips, track, out, context.check_cancelled)
        if limit is not None and (size := out.stat().st_size) > limit:
            return size
        composed = Composed(
            looks=production.looks(clips),
            texts=texts.result(),
            overlaid=overlaid.result(),
            bare=production.bare,
            contents=production.contents(),
            unmoving=production.unmoving(),
        )
        checks = probe(out, timeline, context.check_cancelled, composed, production.remembered)
        _refuse(checks)
        first, second, video = _stored(context.assets, (cover.result(), contact_sheet.result()), out)
    return Rendition(
        video=video,
        cover=first,
        contact_sheet=second,
        frames=timeline.frames,
        seconds=timeline.rate.seconds(timeline.frames),
        encoder=encoder,
        loudness=track.loudness,
        true_peak=track.true_peak,
        checks=checks,
    )


def _stored(assets: Assets, pictures: Sequence[bytes], video: Path) -> list[AssetRef]:
    """JPEG pictures and the video, which lies in the store's temporary folder, taken into the store; in that order.

    Everything has its room on the disk before anything is taken, so that a full one leaves nothing that belongs to no
    rendition; the video, by far the largest, is taken last.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(assets.temporary(".jpg")) for _ in pictures]
        for file, data in zip(files, pictures, strict=True):
            file.write_bytes(data)
        return [*(assets.add_file(file, "image/jpeg") for file in files), assets.add_file(video, "video/mp4")]


def _refuse(checks: tuple[Check, ...]) -> None:
    """A result that breaks the specification must not be published."""
    failed = [check.sentence for check in checks if not check.passed]
    if failed:
        raise NeverWorksError(f"The rendered video breaks the specification. {' '.join(failed)}")
