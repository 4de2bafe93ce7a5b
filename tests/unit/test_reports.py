"""What commands tell a person about jobs."""

from __future__ import annotations

from reelforge import reports
from reelforge.domain.job import JobRecord, Order

DOUBT = {"name": "banding", "level": "warning", "sentence": "Dark gradients show bands."}


def job(state: str, **result: object) -> JobRecord:
    return JobRecord.model_validate(
        {"id": "j1", "channel": "one", "state": state, "order": Order(channel="one", text="Hi."), "result": result}
    )


def test_the_story_of_a_job_has_the_notes_that_making_it_printed() -> None:
    record = job("done", notes=["“sea” is written but not heard."], rendition={"checks": [DOUBT]})
    for told in (reports.story(record), reports.summary(record)):
        assert "Note: “sea” is written but not heard." in told
        assert "Note: Dark gradients show bands." in told
    assert len(reports.notes(record)) == 2


def test_a_job_that_is_queued_again_says_what_goes_on_with_it() -> None:
    told = reports.changed(job("queued"))
    assert "`reelforge run`" in told
    assert "`make`" in told
    assert reports.changed(job("cancelled")) == "j1 is cancelled."
