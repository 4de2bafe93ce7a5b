"""Progress bars on a terminal: one line a step, frames while rendering. A listener to events like any other."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from reelforge.domain.events import (
    Event,
    StepFailed,
    StepFinished,
    StepProgressed,
    StepRetried,
    StepStarted,
)

if TYPE_CHECKING:
    from rich.progress import TaskID


class Listener(Protocol):
    def __call__(self, event: Event, /) -> None: ...


@contextmanager
def bars() -> Iterator[Listener]:
    """A listener that draws bars on standard error, or does nothing where that is not a terminal."""
    if not sys.stderr.isatty():
        yield lambda _event: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    with Progress(
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}", markup=False),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as progress:
        yield _Bars(progress)


class _Bars:
    """Top-level steps get a bar; nested ones count towards their parent's."""

    def __init__(self, progress: object) -> None:
        from rich.progress import Progress

        assert isinstance(progress, Progress)
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}
        self._counted: set[str] = set()

    def __call__(self, event: Event) -> None:
        if not isinstance(event, StepStarted | StepFinished | StepFailed | StepRetried | StepProgressed):
            return
        top, _, nested = event.step.partition("/")
        task = self._tasks.get(top)
        if task is None:
            task = self._tasks[top] = self._progress.add_task(top, total=None, unit="")
        if isinstance(event, StepProgressed) and not nested:
            self._counted.add(top)
            self._progress.update(task, completed=event.done, total=event.total, unit=event.unit)
        elif isinstance(event, StepRetried):
            self._progress.update(task, description=f"{top} (again in {event.seconds:.0f} s: {event.sentence})")
        elif isinstance(event, StepFailed) and not nested:
            self._progress.update(task, description=f"{top} failed")
        elif nested and top not in self._counted:
            self._count(task, event)
        elif isinstance(event, StepFinished) and not nested:
            total = self._progress.tasks[task].total or 1
            self._progress.update(task, total=total, completed=total, unit="(kept)" if event.cached else "")

    def _count(self, task: TaskID, event: Event) -> None:
        bar = self._progress.tasks[task]
        if isinstance(event, StepStarted):
            self._progress.update(task, total=(bar.total or 0) + 1)
        elif isinstance(event, StepFinished):
            self._progress.update(task, total=max(bar.total or 0, bar.completed + 1), completed=bar.completed + 1)
