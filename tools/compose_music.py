"""Compose, perform, mix and write the shipped music: ``music/NAME.ogg`` with its sidecar ``music/NAME.toml``.

How to rebuild (Debian or Ubuntu; only the composer needs these, never ReelForge itself)::

    sudo apt-get install fluidsynth fluid-soundfont-gm
    .venv/bin/python tools/compose_music.py                # all pieces
    .venv/bin/python tools/compose_music.py first-light    # one

Everything is seeded: the same code, SoundFont and library versions give the same files, byte for byte. Pieces are
in ``tools/music/pieces``; a new one is a function that returns a :class:`music.piece.Piece`, listed in ``PIECES``.
Another SoundFont is named by ``--font``; then ``music/LICENSE`` must name its licence.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from music.desk import Desk, loudness, master, true_peaks
from music.piece import Piece
from music.pieces import chill, dramatic, gaming, upbeat
from music.sampler import RATE, FluidSynth

from music import ogg

PIECES: Final[tuple[Callable[[], Piece], ...]] = (
    upbeat.first_light,
    upbeat.good_company,
    chill.paper_lanterns,
    chill.slow_tide,
    dramatic.long_shadow,
    dramatic.undertow,
    gaming.boss_door,
    gaming.neon_alley,
)
MUSIC: Final = Path(__file__).resolve().parent.parent / "music"
FONT: Final = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
TARGET: Final = -16.0
CEILING: Final = -1.5
RIGHTS: Final = (
    "Composed and produced for ReelForge, dedicated to the public domain (CC0 1.0): use it anywhere, also in paid "
    "work, without naming anyone. Instrument samples: Fluid (R3) General MIDI SoundFont by Frank Wen and others, MIT "
    "licence, see music/LICENSE."
)
SIDECAR: Final = """\
title = "{title}"
file = "{name}.ogg"
mood = "{mood}"
bpm = {bpm}
first_beat = 0.0
beats_per_bar = {beats_per_bar}
bars = {bars}
seconds = {seconds:.6f}
loudness = {loudness:.2f}
loop_start_bar = 0
loop_end_bar = {bars}
author = "ReelForge"
licence = "CC0-1.0"
rights = "cc0"
terms = "{rights}"
"""


def produce(piece: Piece, font: Path, folder: Path, stems_folder: Path | None) -> None:
    """Mix one piece and write it; the ceiling is lowered until the decoded file keeps ``CEILING``."""
    score = piece.score
    samples = round(score.bars * score.beats_per_bar * 60 * RATE / score.bpm)
    desk = Desk(FluidSynth(font), samples, score.bpm, score.seed, piece.room)
    stems = desk.stems(piece.parts, score.parts)
    if stems_folder:
        stems_folder.mkdir(parents=True, exist_ok=True)
        for group, stem in stems.items():
            soundfile.write(stems_folder / f"{piece.name}-{group}.wav", stem, RATE, subtype="FLOAT")
    path = folder / f"{piece.name}.ogg"
    tags = {"title": piece.title, "artist": "ReelForge", "license": "CC0-1.0", "copyright": "CC0-1.0"}
    ceiling = CEILING - 0.4
    while True:
        ogg.write(path, master(stems, target=TARGET, ceiling=ceiling), quality=piece.quality, tags=tags)
        decoded, rate = soundfile.read(path, dtype="float32", always_2d=True)
        peak = 20 * np.log10(true_peaks(decoded).max())
        if peak <= CEILING:
            break
        ceiling -= peak - CEILING + 0.1
    if rate != RATE or len(decoded) != samples:
        raise SystemExit(f"{path} decodes to {len(decoded)} samples at {rate} Hz, not {samples} at {RATE} Hz.")
    measured = loudness(decoded)
    sidecar = SIDECAR.format(
        title=piece.title, name=piece.name, mood=piece.mood, bpm=score.bpm, beats_per_bar=score.beats_per_bar,
        bars=score.bars, seconds=samples / RATE, loudness=measured, rights=RIGHTS,
    )  # fmt: skip
    (folder / f"{piece.name}.toml").write_text(sidecar, encoding="utf-8")
    size = path.stat().st_size / 1e6
    print(f"{piece.name}: {samples / RATE:.2f} s, {measured:.1f} LUFS, {peak:.1f} dBTP, {size:.2f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="pieces to make (default: all)")
    parser.add_argument("--font", type=Path, default=FONT, help="the SoundFont (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=MUSIC, help="where to write (default: %(default)s)")
    parser.add_argument("--stems", type=Path, help="also write each group's stem as WAV into this folder")
    options = parser.parse_args()
    pieces = [make() for make in PIECES]
    unknown = set(options.names) - {piece.name for piece in pieces}
    if unknown:
        known = ", ".join(piece.name for piece in pieces)
        raise SystemExit(f"No piece is called {', '.join(sorted(unknown))}. There are {known}.")
    for piece in pieces:
        if not options.names or piece.name in options.names:
            produce(piece, options.font, options.out, options.stems)


if __name__ == "__main__":
    main()
