"""How far captions are from the voice in a finished video, found by looking at its frames and listening to its sound.

Nothing is asked of the timeline. A word has come up when other pixels have the colour of the spoken word than in the
frame before; it is heard when the voice sets in after a silence, for only then does a sound have a clear beginning.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import av
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from PIL import ImageColor

from reelforge.domain.caption_style import CaptionStyle
from reelforge.domain.timeline import Cue, CueWord, Timeline

Seconds = NDArray[np.float64]

SETTINGS: Final = """
[reelforge]
min_free_gb = 0.1
[render]
quality = "low"
[channels.plain]
voice = { engine = "espeak" }
pictures = { engines = ["backdrop"] }
palette = ["#0b1f3a", "#1d4e89", "#7fb2e5"]
music = { engine = "none" }
"""
"""A channel whose voice is alone, over pictures that have nothing of the captions' colours."""

STRIP: Final = (0.55, 0.8)
"""Where captions stand, as fractions of the height: cards, logos and bars are outside."""
_NEAR: Final = (44, 22, 22)
"""How far Y, U and V may be from the colour, after encoding."""
_LEAST_SHARE: Final = 2e-4
"""Of the strip's pixels: less is no word."""
_OTHER: Final = 0.35
"""The share of two frames' words that stands in other columns: a word that only moves up stays in its own."""
_STEP: Final = 0.002
_WINDOW: Final = 0.012
"""Seconds between levels, and seconds that each is the mean of."""
_QUIET_DB: Final = -34.0
"""Below the voice's own level: closures and breaths are, vowels are not."""
_SILENCE: Final = 0.15
"""Seconds: longer than a stop keeps the mouth shut."""
_LATEST: Final = 0.4
"""Seconds after which a word that has not come up is not coming."""


class Onset(Struct, frozen=True):
    """The voice sets in at ``start`` after a silence since ``silent``, in seconds of the presentation."""

    silent: float
    start: float


class Drift(Struct, frozen=True):
    """``offsets`` in frames of each onset's word, positive where the caption is late; ``unseen`` are the onsets
    (seconds) at which no word came up.
    """

    offsets: tuple[float, ...]
    unseen: tuple[float, ...]

    @property
    def median(self) -> float:
        """Of the distances, in frames."""
        return float(np.median(np.abs(self.offsets)))

    @property
    def most(self) -> float:
        """The largest distance, in frames."""
        return float(np.abs(self.offsets).max())


class Made(Struct, frozen=True):
    """The files of a finished Reel."""

    video: Path
    timeline: Path


def made(folder: Path, script: str) -> Made:
    """Have the real command make a Reel in ``folder`` out of a script. Raises CalledProcessError when it does not."""
    (folder / "reelforge.toml").write_text(SETTINGS, "utf-8")
    (folder / "script.md").write_text(script, "utf-8")
    command = [sys.executable, "-m", "reelforge", "make", "plain", "--script", "script.md", "--out", "out", "--json"]
    environment = {**os.environ, "REELFORGE_HOME": str(folder / "home")}
    answer = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)
    told = json.loads(answer.stdout)
    return Made(folder / told["video"], folder / told["timeline"])


def drift(video: Path, colour: str = CaptionStyle().highlight, strip: tuple[float, float] = STRIP) -> Drift:
    """Hold every onset of the voice against the first word that comes up from the silence before it on.

    ``colour`` is the one in which spoken words are set, as ``#rrggbb``; nothing else in the ``strip`` may have it. The
    voice must be alone: no music. Raises ValueError when no onset is heard at all.
    """
    ups, rate = words_up(video, colour, strip), _frame_rate(video)
    offsets: list[float] = []
    unseen: list[float] = []
    for onset in onsets(video):
        near = ups[(ups >= onset.silent) & (ups < onset.start + _LATEST)]
        if len(near):
            offsets.append(float(near[0] - onset.start) * rate)
        else:
            unseen.append(onset.start)
    if not offsets and not unseen:
        raise ValueError(f"no silence ends with a voice in {video}")
    return Drift(tuple(offsets), tuple(unseen))


def later(timeline: Timeline, frames: int) -> Timeline:
    """The same with all captions so many frames later, or earlier: what must be noticed."""

    def span(shown: Cue | CueWord) -> dict[str, int]:
        return {"first": max(0, shown.first + frames), "last": shown.last + frames}

    cues = []
    for cue in timeline.cues:
        words = tuple(word.model_copy(update=span(word)) for word in cue.words)
        cues.append(cue.model_copy(update={**span(cue), "words": words}))
    return timeline.model_copy(update={"cues": tuple(cues)})


def words_up(video: Path, colour: str, strip: tuple[float, float]) -> Seconds:
    """The seconds at which another word is shown in ``colour`` than in the frame before."""
    found: list[float] = []
    before = np.zeros(0)
    for time, columns in _columns(video, colour, strip):
        total = columns.sum()
        if total and (not before.any() or np.abs(columns - before).sum() > _OTHER * (total + before.sum())):
            found.append(time)
        before = columns
    return np.array(found)


def _frame_rate(video: Path) -> float:
    with av.open(str(video)) as file:
        return float(file.streams.video[0].average_rate or 0)


def _columns(video: Path, colour: str, strip: tuple[float, float]) -> Iterator[tuple[float, Seconds]]:
    """Of each frame its time, and how many pixels of each column have the colour; none when there is no word."""
    wanted = _yuv(colour)
    with av.open(str(video)) as file:
        for frame in file.decode(video=0):
            near = np.ones((frame.height // 2, frame.width // 2), bool)
            for plane, aim, within in zip(frame.planes, wanted, _NEAR, strict=True):
                values = np.frombuffer(bytes(plane), np.uint8).reshape(-1, plane.line_size)
                step = plane.height // len(near)
                values = values[: plane.height : step, : plane.width : step]
                near &= np.abs(values.astype(np.int16) - aim) <= within
            high, low = (round(len(near) * edge) for edge in strip)
            columns = near[high:low].sum(axis=0).astype(np.float64)
            yield frame.time or 0.0, columns * (columns.sum() > _LEAST_SHARE * near[high:low].size)


def _yuv(colour: str) -> tuple[int, int, int]:
    """Limited-range BT.709 (Rec. ITU-R BT.709-6, 3.2 to 3.5), as videos have it."""
    red, green, blue = (part / 255 for part in ImageColor.getrgb(colour)[:3])
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (
        round(16 + 219 * luma),
        round(128 + 224 * (blue - luma) / 1.8556),
        round(128 + 224 * (red - luma) / 1.5748),
    )


def onsets(video: Path) -> tuple[Onset, ...]:
    """Where the voice sets in after a silence, or after the beginning."""
    levels, begin = _levels(video)
    loud = levels > np.quantile(levels, 0.95) + _QUIET_DB
    found, silent = list[Onset](), 0
    for number in map(int, np.flatnonzero(loud)):
        if silent == 0:
            found.append(Onset(0.0, begin + number * _STEP))
        elif (number - silent) * _STEP >= _SILENCE:
            found.append(Onset(begin + silent * _STEP, begin + number * _STEP))
        silent = number + 1
    return tuple(found)


def _levels(video: Path) -> tuple[Seconds, float]:
    """(dB of every step's surroundings, the seconds of the first's centre)."""
    with av.open(str(video)) as file:
        rate = file.streams.audio[0].rate
        blocks = [(frame.to_ndarray(), frame.time or 0.0) for frame in file.decode(audio=0)]
    power = np.square(np.concatenate([block.mean(axis=0) for block, _ in blocks], dtype=np.float64))
    step, window = round(_STEP * rate), round(_WINDOW * rate)
    total = np.concatenate([[0.0], np.cumsum(power)])
    means = (total[window::step] - total[:-window:step]) / window
    return 10 * np.log10(means + 1e-12), blocks[0][1] + window / 2 / rate
