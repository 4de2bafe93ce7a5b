"""Which moment of its file a clip shows at which moment of its shot."""

from __future__ import annotations

from reelforge.domain.timeline import Clip
from reelforge.errors import InputError
from reelforge.render.clips.info import ClipInfo

_LEAST_SECONDS = 1e-3
_ROUNDING_SECONDS = 1e-5


def retimed(clip: Clip, info: ClipInfo, seconds_in_shot: float, where: str) -> float:
    """The file's second that is shown ``seconds_in_shot`` after the shot began.

    When the file is over, ``hold`` keeps its last frame and ``loop`` goes on from the clip's start; with ``refuse`` the
    time is returned as it is, since :func:`refuse_too_short` has been asked before. Raises InputError beginning with
    ``where`` when the clip starts after the file's end.
    """
    left = info.seconds - clip.start
    if left < _LEAST_SECONDS:
        raise _starts_late(clip, info, where)
    played = seconds_in_shot * clip.speed
    if clip.end == "loop":
        played %= left
        if left - played < _ROUNDING_SECONDS:
            played = 0.0
    elif clip.end == "hold":
        played = min(played, left)
    return clip.start + played


def refuse_too_short(clip: Clip, info: ClipInfo, last: float, where: str, *, beneath_next: bool = False) -> None:
    """Raise InputError beginning with ``where`` when a clip that must not end early is over before its shot's last
    frame, ``last`` seconds after the first (the next shot's transition, ``beneath_next``, included), or starts after
    its file's end.

    Half a frame of the file is forgiven: its frames are not the timeline's.
    """
    left = info.seconds - clip.start
    if left < _LEAST_SECONDS:
        raise _starts_late(clip, info, where)
    needed = last * clip.speed
    if clip.end != "refuse" or needed <= left + 0.5 / float(info.rate):
        return
    after = f" after its start at {clip.start:.2f} s" if clip.start else ""
    fast = f" at {clip.speed:g} times its speed" if clip.speed != 1 else ""
    beneath = ", for it goes on beneath the transition to the next" if beneath_next else ""
    raise InputError(
        f"{where}: the clip has {left:.2f} s{after}, but its shot needs {needed:.2f} s of it{fast}{beneath}.",
        remedy=f"Shorten the shot{' or that transition' if beneath_next else ''}, start the clip earlier, slow it "
        "down, or set its `end` to `hold` or `loop`.",
    )


def _starts_late(clip: Clip, info: ClipInfo, where: str) -> InputError:
    return InputError(
        f"{where}: the clip starts at {clip.start:.2f} s of a file that is only {info.seconds:.2f} s long.",
        remedy="Let it start earlier.",
    )
