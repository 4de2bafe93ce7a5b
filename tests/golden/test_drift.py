"""End to end: in the MP4 of the real command, words come up when they are heard, as its frames and its sound tell."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reelforge.domain.timeline import Timeline
from reelforge.testing.drift import Drift, Made, drift, later, made

SCRIPT = "Look up. There it goes, away. Who knows?"
HEARD = 4
"""Words after a silence, or after a comma."""
LATE = 4

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reel(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made(tmp_path_factory.mktemp("reel"), SCRIPT)


@pytest.fixture(scope="module")
def measured(reel: Made) -> Drift:
    return drift(reel.video)


def test_words_come_up_with_the_voice_in_a_finished_reel(measured: Drift) -> None:
    assert len(measured.offsets) == HEARD
    assert not measured.unseen
    assert measured.median <= 1
    assert measured.most <= 3


def test_captions_that_are_four_frames_late_are_measured_as_that(reel: Made, measured: Drift, tmp_path: Path) -> None:
    timeline = Timeline.model_validate_json(reel.timeline.read_text("utf-8"))
    (tmp_path / "late.json").write_text(later(timeline, LATE).model_dump_json(), "utf-8")
    command = [sys.executable, "-m", "reelforge", "render", "late.json", "-o", "late.mp4", "--preview"]
    home = str(reel.timeline.parent.parent / "home")
    subprocess.run(command, cwd=tmp_path, env={**os.environ, "REELFORGE_HOME": home}, check=True, capture_output=True)
    late = drift(tmp_path / "late.mp4")
    assert not late.unseen
    moved = [after - before for before, after in zip(measured.offsets, late.offsets, strict=True)]
    assert moved == pytest.approx([LATE] * HEARD, abs=0.1)
    assert late.median > 3
