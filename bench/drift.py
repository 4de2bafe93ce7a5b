"""How far captions are from the voice in a finished Reel, in frames, at every word that follows a silence.

    python bench/drift.py [--video FILE] [--colour #rrggbb]

The real command makes a Reel of a script, spoken by espeak-ng. Where words come up is seen in the MP4's decoded frames,
and when they are said is heard in its decoded sound: see ``reelforge/testing/drift.py``. A Reel of one's own, made
without music, may be given instead.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from reelforge.domain.caption_style import CaptionStyle
from reelforge.testing.drift import Drift, drift, made

MEDIAN, MOST = 1.0, 3.0
SCRIPT = """Look up. There it is, going away. Nobody sees it go, but mirrors do.

Wait. Who put them there? Astronauts did, on three flights. Light goes up, and comes back. It takes two and a half
seconds, there and back.

Days get longer, too. Not by much: two thousandths of a second, in a hundred years. Corals remember. Their rings,
counted one by one, tell of days of twenty two hours.

And then? The Moon keeps going. Tides grow weaker, slowly. Eclipses end, one day. Nobody will be here, so look up now.
"""


def report(found: Drift) -> int:
    """Print the distribution; 1 when it misses its target."""
    offsets = np.array(found.offsets)
    heard = len(offsets) + len(found.unseen)
    print(f"words that follow a silence: {heard}, of which none came up for {len(found.unseen)}")
    if not len(offsets):
        return 1
    print("caption after voice, frames   words")
    for low in range(int(np.floor(offsets.min())), int(np.floor(offsets.max())) + 1):
        count = int(((offsets >= low) & (offsets < low + 1)).sum())
        print(f"            {low:+3d} to {low + 1:+3d}      {count:5d}  {'#' * count}")
    met = found.median <= MEDIAN and found.most <= MOST and not found.unseen
    nearly_all = np.percentile(np.abs(offsets), 95)
    print(f"median {found.median:.2f} (≤ {MEDIAN:g}), 95 of 100 within {nearly_all:.2f}, ", end="")
    print(f"most {found.most:.2f} (≤ {MOST:g}): {'met' if met else 'missed'}")
    return 0 if met else 1


def main() -> int:
    """1 when a figure misses its target."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--video", type=Path, help="a Reel of one's own")
    parser.add_argument("--colour", default=CaptionStyle().highlight, help="in which spoken words are set")
    asked = parser.parse_args()
    if asked.video:
        return report(drift(asked.video, asked.colour))
    with tempfile.TemporaryDirectory() as folder:
        return report(drift(made(Path(folder), SCRIPT).video))


if __name__ == "__main__":
    sys.exit(main())
