"""A few ``kill -9``s of the real command; ``make faults`` runs the long campaign."""

import runpy
from pathlib import Path

import pytest

from reelforge.testing.real_make import strays


@pytest.mark.slow
def test_make_killed_at_random_moments_ends_and_repeats_loses_and_leaves_nothing(tmp_path: Path) -> None:
    campaign = runpy.run_path(str(Path(__file__).with_name("campaign.py")))
    verdict = campaign["run_make"](tmp_path, kills=2, seed=3)
    assert verdict.problems == []
    assert verdict.kills == 2
    (tmp_path / "round-0" / "home" / "assets" / "tmp" / "half").touch()
    assert list(strays(tmp_path / "round-0" / "home")) == ["a stray file is left: assets/tmp/half"]
