"""A result that is too large, and the figures that make it fit: the second pass to a platform's size limit."""

from __future__ import annotations

import math
from typing import Final

from reelforge.domain.timeline import Encode
from reelforge.errors import NeverWorksError

WORST_CRF: Final = 40
"""Beyond this, blocks are all there is to see: rather no video than that one."""
_LEAST_BITRATE: Final = 100_000
_MARGIN: Final = 0.03
"""So much of the limit is left free: rate control hits no figure exactly."""
_HALVING: Final = 6.0
"""Steps of crf that halve a file: the quantiser's step doubles in six (H.264, 8.5.9), the rate goes about with it."""
_GENTLEST, _STEEPEST = 14.0, 3.0
"""The slowest and the fastest that a file was ever seen to be halved."""


def most_bytes(encode: Encode, seconds: float) -> int | None:
    """How large a file of so many seconds may be; None when there is no limit."""
    average = None if encode.max_average is None else int(encode.max_average * seconds / 8)
    found = [limit for limit in (encode.max_bytes, average) if limit is not None]
    return min(found, default=None)


def tightened(
    encode: Encode, bytes_now: int, max_bytes: int, seconds: float, before: tuple[Encode, int] | None = None
) -> Encode:
    """The figures that bring a result of ``bytes_now`` within ``max_bytes``; the same when it is already.

    A greater crf for software, a lower bitrate for hardware and a lower peak for both, in step. ``seconds`` is the
    video's length. ``before`` are the figures and the size of the try before this one: two points show how fast this
    video's size falls, so that a third is enough. Raises NeverWorksError when even the worst quality worth showing is
    too large.
    """
    if bytes_now <= max_bytes:
        return encode
    sound = encode.audio_bitrate * seconds / 8
    wanted, now = max_bytes * (1 - _MARGIN) - sound, max(1.0, bytes_now - sound)
    if wanted <= 0 or encode.crf >= WORST_CRF:
        raise _too_long(bytes_now, max_bytes, seconds)
    halvings = math.log2(now / wanted)
    room = WORST_CRF - encode.crf
    if halvings * _STEEPEST > room:
        raise _too_long(bytes_now, max_bytes, seconds)
    steps = min(room, max(1, math.ceil(halvings * _pace(encode, now, before, sound))))
    share = min(1.0, wanted / now)
    return encode.model_copy(
        update={
            "crf": encode.crf + steps,
            "bitrate": max(_LEAST_BITRATE, int(encode.bitrate * share)),
            "max_bitrate": max(_LEAST_BITRATE, int(encode.max_bitrate * share)),
        }
    )


def _pace(encode: Encode, now: float, before: tuple[Encode, int] | None, sound: float) -> float:
    """How many steps of crf halve this video's picture."""
    if before is None:
        return _HALVING
    earlier, size = before
    fell = math.log2(max(1.0, size - sound) / now)
    if fell <= 0:
        return _GENTLEST
    return min(max((encode.crf - earlier.crf) / fell, _STEEPEST), _GENTLEST)


def _too_long(bytes_now: int, max_bytes: int, seconds: float) -> NeverWorksError:
    return NeverWorksError(
        f"The video has {_told(bytes_now)}, where {_told(max_bytes)} are allowed, and {seconds:.0f} seconds "
        "of it do not fit at any quality worth showing.",
        remedy="Make it shorter or smaller, or choose a platform that takes more.",
    )


def _told(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1_000_000 else f"{count / 1e3:.0f} kB"
