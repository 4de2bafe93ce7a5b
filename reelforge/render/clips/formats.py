"""What a file is, told from its first bytes and never from its name.

libav guesses the format of what it is given, and some formats (playlists, edit scripts, session descriptions) make it
open other files or the network. So we decide which of a few containers a file is, and allow libav that one only.
"""

from __future__ import annotations

from typing import Final

from reelforge.errors import InputError

HEAD: Final = 4096
"""Bytes of a file that are looked at."""

_MP4_FIRST = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp", b"moof", b"sidx"}
_STILL_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif"}
_USE = "Use an MP4, MOV, MKV, WebM, AVI, MPEG-TS or GIF file."

_STARTS: Final = (
    (b"\x1a\x45\xdf\xa3", "matroska"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"FLV\x01", "flv"),
    (b"OggS", "ogg"),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02", "mxf"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
)
_SOUNDS: Final = (b"ID3", b"fLaC", b"\xff\xfb", b"\xff\xf3", b"\xff\xf1", b"\xff\xf9", b"#!AMR", b"FORM")
_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\x00", b"MM\x00*", b"8BPS", b"\xff\x0a")
_SCRIPTS: Final = (
    (b"#extm3u", "a playlist (HLS)"),
    (b"ffconcat", "a list of files (concat)"),
    (b"v=0", "a session description (SDP)"),
    (b"[playlist]", "a playlist"),
    (b"[reference]", "a playlist"),
)


def container(head: bytes, what: str) -> str:
    """The name libav gives the container whose first bytes these are. Raises InputError, its sentence beginning with
    ``what`` (where the file is named, and its path), when it is none that is read.
    """
    if not head:
        raise InputError(f"{what} is empty.", remedy="Replace it with a whole file.")
    if head[4:8] in _MP4_FIRST:
        if head[4:8] == b"ftyp" and head[8:12] in _STILL_BRANDS:
            raise _a_picture(what)
        return "mov"
    for start, name in _STARTS:
        if head.startswith(start):
            return name
    if head.startswith(b"RIFF") and head[8:12] in {b"AVI ", b"AVIX"}:
        return "avi"
    if _transport_stream(head):
        return "mpegts"
    raise _refused(head, what)


def _transport_stream(head: bytes) -> bool:
    """Whether a sync byte begins each packet: of 188 bytes, or of 192 with a time code before it (M2TS)."""
    return any(
        len(head) > first + 4 * step and set(head[first::step]) == {0x47} for first, step in ((0, 188), (4, 192))
    )


def _a_picture(what: str) -> InputError:
    return InputError(f"{what} is a still picture.", remedy="Name it as the shot's picture, not as its clip.")


def _refused(head: bytes, what: str) -> InputError:
    if head.startswith(_PICTURES):
        return _a_picture(what)
    if script := _script(head):
        return InputError(f"{what} is {script}, which is not followed.", remedy="Name the video file itself.")
    kind, remedy = "is not a video file that can be read", _USE
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        kind = "is a WebP picture, which cannot be played as a clip"
        remedy = "Convert an animation to MP4 or GIF; name a still as the shot's picture."
    elif head.startswith((b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3")):
        kind = "is an MPEG programme stream, in which no frame can be found by its time"
        remedy = "Convert it to MP4."
    elif head.startswith(_SOUNDS) or (head.startswith(b"RIFF") and head[8:12] == b"WAVE"):
        kind = "holds sound and no video"
    elif _text(head):
        kind = "is a text, not a video"
    return InputError(f"{what} {kind}.", remedy=remedy)


def _script(head: bytes) -> str:
    """What kind of file that names other files it is; empty when it is none."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    found = next((kind for mark, kind in _SCRIPTS if start.startswith(mark)), "")
    return found or ("a playlist (DASH)" if b"<MPD" in head else "")


def _text(head: bytes) -> bool:
    return not any(byte < 9 or 13 < byte < 32 for byte in head)
