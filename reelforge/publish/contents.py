"""The files of one Reel, and the record that tells a file we wrote from one a person changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from reelforge.domain.asset import AssetRef
from reelforge.domain.post import Package


class File(NamedTuple):
    """One file to be written: its role, its name, what it holds, and the SHA-256 of that."""

    role: str
    name: str
    content: AssetRef | bytes
    digest: str


_NAMES = {
    "cover": ("cover.jpg", ".cover.jpg"),
    "contact_sheet": ("contact-sheet.jpg", ".contact-sheet.jpg"),
    "captions": ("captions.srt", ".srt"),
    "captions_vtt": ("captions.vtt", ".vtt"),
    "timeline": ("timeline.json", ".timeline.json"),
    "receipt": ("receipt.json", ".receipt.json"),
    "metadata": ("metadata.json", ".metadata.json"),
    "video": ("video.mp4", ".mp4"),
}
"""By role: the name in a Reel's own folder, and the ending where it stands beside other Reels."""


def file_name(role: str, stem: str | None = None) -> str:
    """The name of a file in the Reel's own folder, or, with a ``stem``, in a folder shared with others."""
    alone, ending = _NAMES[role]
    return alone if stem is None else f"{stem}{ending}"


def files(package: Package, stem: str | None = None) -> tuple[File, ...]:
    """Every file of a Reel, the video last: where there is a video, all that belongs to it is there too."""
    receipt = json.dumps(package.receipt.document, indent=2, ensure_ascii=False) + "\n"
    contents: dict[str, AssetRef | bytes] = {
        "cover": package.rendition.cover,
        "contact_sheet": package.rendition.contact_sheet,
        **({"captions": package.srt.encode(), "captions_vtt": package.vtt.encode()} if package.srt else {}),
        "timeline": package.timeline_json.encode(),
        "receipt": receipt.encode(),
        "video": package.rendition.video,
    }
    found = [File(role, file_name(role, stem), content, _digest(content)) for role, content in contents.items()]
    name = file_name("metadata", stem)
    about = metadata(package, name, {file.name: file.digest for file in found})
    return (*found[:-1], File("metadata", name, about, _digest(about)), found[-1])


def metadata(package: Package, name: str, digests: Mapping[str, str]) -> bytes:
    """What a person pastes when posting, and the SHA-256 of each file beside it. The document's own entry is the
    digest of the document with that entry empty.
    """
    tags = tuple(tag if tag.startswith("#") else f"#{tag}" for tag in package.hashtags)
    caption = "\n\n".join(part for part in (package.title, package.description, " ".join(tags)) if part)
    document: dict[str, Any] = {
        "title": package.title,
        "description": package.description,
        "hashtags": list(tags),
        "caption": caption,
        "channel": package.channel,
        "job": package.job,
        "seconds": package.rendition.seconds,
        "files": {**digests, name: ""},
    }
    document["files"] = {**digests, name: hashlib.sha256(_json(document)).hexdigest()}
    return _json(document)


def recorded(path: Path) -> dict[str, str]:
    """The digests of the files we wrote, by name, as the metadata file at ``path`` has them; empty when there is none.

    A metadata file that a person changed still vouches for the others, not for itself.
    """
    document = _document(path)
    files = document.get("files")
    if not isinstance(files, dict):
        return {}
    digests = {str(name): str(digest) for name, digest in files.items()}
    own = digests.pop(path.name, "")
    document["files"] = {**digests, path.name: ""}
    if hashlib.sha256(_json(document)).hexdigest() == own:
        digests[path.name] = digest_of(path)
    return digests


def job_of(path: Path) -> str:
    """The job that a metadata file names; empty when it cannot be told."""
    return str(_document(path).get("job", ""))


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(content: AssetRef | bytes) -> str:
    return content.sha256 if isinstance(content, AssetRef) else hashlib.sha256(content).hexdigest()


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _json(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
