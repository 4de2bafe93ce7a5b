"""A few ``kill -9``s of the campaign that ``make faults`` runs at length."""

import runpy
from pathlib import Path

import pytest


@pytest.mark.slow
def test_a_job_killed_at_random_moments_ends_and_repeats_loses_and_leaves_nothing(tmp_path: Path) -> None:
    campaign = runpy.run_path(str(Path(__file__).with_name("campaign.py")))
    verdict = campaign["run"](tmp_path, kills=6, seed=11)
    assert verdict.problems == []
    assert verdict.kills == 6
