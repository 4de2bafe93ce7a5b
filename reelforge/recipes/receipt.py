"""The account of one Reel: what was said, who made what, from which sources, at what cost, and what was checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reelforge import __version__
from reelforge.domain.asset import AssetRef
from reelforge.domain.cues import SAMPLE_RATE, Alignment, Narration
from reelforge.domain.job import Account, Order
from reelforge.domain.music import Bed, Track, credit
from reelforge.domain.picture import Picture
from reelforge.domain.post import Receipt, Rendition
from reelforge.domain.script import Script


def write_receipt(
    job: str,
    order: Order,
    script: Script,
    narration: Narration,
    alignment: Alignment,
    pictures: Sequence[Picture],
    bed: Bed | None,
    rendition: Rendition,
    engines: Mapping[str, Any],
    account: Account,
    notes: Sequence[str] = (),
    edits: int = 0,
) -> Receipt:
    """Everything a person needs to trust, credit and repeat a Reel, as one JSON document.

    Publishing is left out of the timings: the receipt is published itself, and must be the same when that is resumed.
    ``edits`` counts a person's edits of the words: a Reel gone back to is another publication than it was before.
    Seconds are rounded to milliseconds; licences and authors are as the source gave them, empty where it gave none.
    """
    sources = {word.source for word in alignment.words}
    document = {
        "reelforge": __version__,
        "job": job,
        "channel": order.channel,
        "recipe": order.recipe,
        "topic": order.topic,
        "script": script.model_dump(mode="json"),
        "engines": dict(engines),
        "voice": {"engine": narration.engine, "voice": narration.voice, "seconds": _seconds(narration.samples)},
        "words": {"count": len(alignment.words), "sources": sorted(sources), "edits": edits},
        "assets": [
            _asset("narration", narration.audio),
            *(_asset(f"picture {number}", picture.asset) for number, picture in enumerate(pictures, start=1)),
            *([_asset("music", bed.asset) | _rights(bed.track)] if bed else []),
        ],
        "video": {
            "sha256": rendition.video.sha256,
            "bytes": rendition.video.size,
            "seconds": rendition.seconds,
            "frames": rendition.frames,
            "encoder": rendition.encoder,
            "loudness_lufs": round(rendition.loudness, 2),
            "true_peak_dbtp": round(rendition.true_peak, 2),
        },
        "notes": list(notes),
        "checks": [check.model_dump(mode="json") for check in rendition.checks],
        "costs": [cost.model_dump(mode="json") for cost in account.costs],
        "cost_total": _totals(account),
        "timings": {
            step.name: round(step.seconds, 3)
            for step in account.steps
            if "/" not in step.name and not step.name.startswith("publish-")
        },
    }
    return Receipt(document=document)


def _asset(role: str, asset: AssetRef) -> dict[str, Any]:
    known = asset.provenance.model_dump(mode="json") if asset.provenance else {}
    return {"role": role, "sha256": asset.sha256, "media_type": asset.media_type, "bytes": asset.size} | known


def _rights(track: Track) -> dict[str, str]:
    """What is said of a track by now; its file's provenance is what was said when it was chosen."""
    whose = {"title": track.title, "author": track.author, "licence": track.licence, "url": track.source}
    return {**whose, "rights": track.rights, "terms": track.terms, "credit": credit(track)}


def _totals(account: Account) -> dict[str, float]:
    totals: dict[str, float] = {}
    for cost in account.costs:
        totals[cost.currency] = round(totals.get(cost.currency, 0.0) + cost.price, 6)
    return totals


def _seconds(samples: int) -> float:
    return round(samples / SAMPLE_RATE, 3)
