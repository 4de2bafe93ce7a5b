"""What has happened, as frozen values in the past tense. Logs, progress bars and followers listen to them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from reelforge.domain.value import Value


class Event(Value):
    """``at`` is Unix time in seconds. ``id`` grows by one per stored event of a work folder, 0 until then."""

    id: int = 0
    at: float = 0.0


class JobEvent(Event):
    job: str
    channel: str


class JobQueued(JobEvent):
    kind: Literal["job_queued"] = "job_queued"


class JobStarted(JobEvent):
    kind: Literal["job_started"] = "job_started"
    attempt: int


class JobFinished(JobEvent):
    kind: Literal["job_finished"] = "job_finished"
    seconds: float


class JobFailed(JobEvent):
    """``state`` is ``failed``, or ``needs_person`` when a person can decide or mend it and retry."""

    kind: Literal["job_failed"] = "job_failed"
    state: Literal["failed", "needs_person"]
    sentence: str


class JobRetrying(JobEvent):
    """The job could not go on now and will by itself after ``seconds``."""

    kind: Literal["job_retrying"] = "job_retrying"
    sentence: str
    seconds: float


class JobCancelled(JobEvent):
    kind: Literal["job_cancelled"] = "job_cancelled"


class JobHandedBack(JobEvent):
    """The daemon stopped while the job ran; it goes on from its last finished step at the next start."""

    kind: Literal["job_handed_back"] = "job_handed_back"


class StepStarted(JobEvent):
    kind: Literal["step_started"] = "step_started"
    step: str
    attempt: int = 1


class StepFinished(JobEvent):
    """``cached`` says that the result was there already and nothing was done or paid."""

    kind: Literal["step_finished"] = "step_finished"
    step: str
    seconds: float
    cached: bool


class StepFailed(JobEvent):
    kind: Literal["step_failed"] = "step_failed"
    step: str
    sentence: str


class StepRetried(JobEvent):
    kind: Literal["step_retried"] = "step_retried"
    step: str
    attempt: int
    seconds: float
    sentence: str


class StepProgressed(JobEvent):
    """``done`` of ``total`` units (frames, sentences, bytes)."""

    kind: Literal["step_progressed"] = "step_progressed"
    step: str
    done: float
    total: float
    unit: str = ""


class SettingsReloaded(Event):
    """An edit is in force; ``sentence`` says what of it waits for the next start, and is empty when nothing does."""

    kind: Literal["settings_reloaded"] = "settings_reloaded"
    path: str
    sentence: str = ""


class SettingsRefused(Event):
    """An edit was not valid; the settings before it stay in force."""

    kind: Literal["settings_refused"] = "settings_refused"
    path: str
    sentence: str


AnyEvent = Annotated[
    JobQueued
    | JobStarted
    | JobFinished
    | JobFailed
    | JobRetrying
    | JobCancelled
    | JobHandedBack
    | StepStarted
    | StepFinished
    | StepFailed
    | StepRetried
    | StepProgressed
    | SettingsReloaded
    | SettingsRefused,
    Field(discriminator="kind"),
]
