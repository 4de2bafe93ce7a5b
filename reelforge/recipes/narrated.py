"""The story of a narrated Reel: a text or a topic, spoken over pictures in motion, with music and captions."""

from __future__ import annotations

import zlib
from itertools import accumulate

from reelforge.domain.cues import SAMPLE_RATE, Alignment
from reelforge.domain.doctor import Finding
from reelforge.domain.job import Order, StepContext, step
from reelforge.domain.material import WORDS, Material
from reelforge.domain.music import Bed, credit, publishable
from reelforge.domain.post import Package, Reel
from reelforge.domain.script import Script
from reelforge.domain.subtitles import srt, subtitles, vtt
from reelforge.engines.music import MusicRequest
from reelforge.engines.voice.spoken import notice
from reelforge.engines.writer import WriterEngine
from reelforge.errors import InputError
from reelforge.publish import hand_out
from reelforge.recipes.compose import compose, total_frames
from reelforge.recipes.framing import keep_clear
from reelforge.recipes.kit import Kit
from reelforge.recipes.receipt import write_receipt


async def narrated(job: StepContext, order: Order, kit: Kit) -> Reel:
    """Make one Reel and hand it to the channel's publishers."""
    writer = kit.verbatim if order.text is not None else kit.writer
    material = await _edited(job, kit) or await job.step(settled, await _made(job, order, kit, writer), name=WORDS)
    script, narration, alignment, bed = material.script, material.narration, material.alignment, material.bed
    pictures = material.pictures

    timeline = compose(script, narration, alignment, pictures, bed, kit.look)
    timeline = keep_clear(timeline, {picture.asset.sha256: picture for picture in pictures})
    rendition = await job.step(kit.studio.render, timeline)

    begins = tuple(accumulate(len(scene.words) for scene in alignment.scenes))
    lines = subtitles(alignment.words, length=timeline.samples, language=script.language, scenes=begins)
    bed, withheld = await _described(kit, bed)
    notes = _notes(script, alignment, withheld)
    receipt = write_receipt(
        job.job,
        order,
        script,
        narration,
        alignment,
        pictures,
        bed,
        rendition,
        {**kit.identities, "writer": dict(writer.identity)},
        await job.account(),
        notes,
        material.edit,
    )
    package = Package(
        job=job.job,
        channel=order.channel,
        title=script.title,
        description=described(script, bed),
        hashtags=script.hashtags,
        rendition=rendition,
        srt=srt(lines),
        vtt=vtt(lines),
        timeline_json=timeline.model_dump_json(indent=2),
        receipt=receipt,
        withheld=withheld,
    )
    publications = await hand_out(job, kit.publishers, package, order.out)
    return Reel(publications=publications, words=alignment.words, rendition=rendition, notes=notes)


async def _made(job: StepContext, order: Order, kit: Kit, writer: WriterEngine) -> Material:
    """Everything that costs time or money: the script, its speech and pictures, when its words are said, the music."""
    script = await job.step(writer.write, order, kit.brief)
    kit.legible(script, kit.look)
    recording = kit.recordings[order.trim_silence]
    async with job.together() as parts:
        taking = parts.step(recording.take, order.narration) if order.narration else None
        narrating = None if order.narration else parts.step(kit.narrator.narrate, script)
        gathering = parts.step(
            kit.gatherer.gather, script, kit.palette, _seed(script.title), (kit.look.size.width, kit.look.size.height)
        )
    pictures = gathering.value.pictures
    if taking:
        recorded = await job.step(recording.align, script, taking.value)
        narration, alignment = recorded.narration, recorded.alignment
    elif narrating:
        narration = narrating.value
        alignment = await job.step(kit.aligner.align, script, narration)

    length = kit.look.rate.sample_at(total_frames(narration, kit.look.rate), SAMPLE_RATE)
    wish = MusicRequest(mood=kit.mood, samples=length, seed=_seed(script.title), public=kit.public)
    found = await job.step(kit.music.bed, wish)
    return Material(script=script, narration=narration, pictures=pictures, alignment=alignment, bed=found.bed)


@step()
async def settled(_context: StepContext, material: Material) -> Material:
    """The words as they were found; a person's edit of them takes the place of what this gives."""
    return material


async def _edited(job: StepContext, kit: Kit) -> Material | None:
    """What a person's edit of the words goes on from, whatever the channel's writer, voice and music are by now."""
    material = await job.recorded(WORDS, Material)
    if material is None or not material.edit:
        return None
    kit.legible(material.captioned, kit.look)
    return material


def described(script: Script, bed: Bed | None) -> str:
    """What is written under the Reel: the script's description, and whom the music's licence wants named."""
    parts = (script.description, credit(bed.track) if bed else "")
    return "\n\n".join(part for part in parts if part)


async def _described(kit: Kit, bed: Bed | None) -> tuple[Bed | None, Finding | None]:
    """The bed as its track is described by now, and what speaks against publishing it.

    It may have been chosen long ago: for a channel that was private, or before a right was given or withdrawn.
    """
    if bed is None:
        return None, None
    try:
        track = await kit.music.current(bed)
    except InputError as error:
        return bed, Finding(subject="music rights", ok=False, sentence=error.message, remedy=error.remedy)
    return bed.model_copy(update={"track": track}), publishable(track)


def _notes(script: Script, alignment: Alignment, withheld: Finding | None) -> tuple[str, ...]:
    """What a person should know who is about to publish the Reel."""
    found = [notice(script.language), *alignment.every_note]
    found += [f"{withheld.sentence} {withheld.remedy}"] if withheld else []
    return tuple(note for note in found if note)


def _seed(text: str) -> int:
    """A number that is the same for the same text on every machine and in every process."""
    return zlib.crc32(text.encode("utf-8"))
