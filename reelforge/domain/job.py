"""Jobs, and the contract between a step and the runner that makes it durable."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

from msgspec import Struct
from pydantic import Field

from reelforge.domain.asset import AssetRef, Provenance
from reelforge.domain.value import Value

JobState = Literal["queued", "running", "done", "failed", "needs_person", "cancelled"]
StepState = Literal["started", "done", "failed"]
SlotName = Literal["fetch", "voice", "image", "video", "encode", "segment", "none"]

V = TypeVar("V", bound=Value)
W_co = TypeVar("W_co", bound=Value, covariant=True)
F = TypeVar("F", bound=Callable[..., Awaitable[Any]])


class Order(Value):
    """What was asked for. Paths are absolute; ``text`` is the script's text as it was when the order was given.

    ``narration`` is a person's own recording of the text, with ``trim_silence`` shortened where nobody speaks.
    """

    channel: str
    recipe: str = "narrated"
    topic: str | None = None
    text: str | None = None
    text_path: str | None = None
    narration: str | None = None
    trim_silence: bool = False
    out: str | None = None
    by_person: bool = True


class StepRecord(Value):
    """One row of a job's account, as ``reelforge job ID`` shows it. ``name`` is a path: ``narrate/sentence-3``."""

    name: str
    state: StepState
    seconds: float
    cached: bool
    attempt: int = 1
    error: str = ""


class JobRecord(Value):
    """A job as a person sees it. Times are Unix seconds; ``priority``: smaller goes first; ``attempt`` counts its runs,
    ``requeues`` those that a person asked for after it had ended.
    """

    id: str
    channel: str
    state: JobState
    order: Order
    priority: int = 10
    attempt: int = 0
    requeues: int = 0
    created: float = 0.0
    started: float | None = None
    finished: float | None = None
    not_before: float | None = None
    error: str = ""
    mistake: bool = False
    """Whether what stopped it is a person's mistake in the order or its files (exit code 2)."""
    result: dict[str, Any] | None = None
    steps: tuple[StepRecord, ...] = ()


class Cost(Value):
    """One paid call: ``units`` of ``unit`` (characters, tokens, images) at ``price`` in ``currency`` altogether."""

    engine: str
    what: str
    units: float = Field(ge=0)
    unit: str
    price: float = Field(ge=0)
    currency: str = "USD"


class Account(Value):
    """What a job has done so far: its finished steps with the seconds they took, and every paid call."""

    steps: tuple[StepRecord, ...] = ()
    costs: tuple[Cost, ...] = ()


class StepPolicy(Struct, frozen=True):
    """How the runner treats a step.

    ``version`` belongs to the key: raise it when the code's result changes. ``slot`` bounds how many run at once; a
    step that only runs nested steps takes ``none``. ``tries`` counts attempts at TryLaterError.
    ``paid`` says what the runner does when it finds the step begun but not finished after a crash:
    ``free`` runs it again; ``idempotent`` runs it again with the same idempotency key (the server promises not to
    charge twice); ``unclear`` stops the job for a person, because nobody can tell whether money was spent.
    ``journal`` is false for work whose result keeps itself (a clip cache).
    """

    slot: SlotName = "none"
    version: int = 1
    tries: int = 4
    paid: Literal["free", "idempotent", "unclear"] = "free"
    journal: bool = True
    timeout: float | None = None
    scope: Literal["anywhere", "job"] = "anywhere"
    """Who may reuse a result: any job that asks for the same, or, for a step that looks at the world outside its values
    (a folder that people change), only the job it was made for."""


def step(
    *,
    slot: SlotName = "none",
    version: int = 1,
    tries: int = 4,
    paid: Literal["free", "idempotent", "unclear"] = "free",
    journal: bool = True,
    timeout: float | None = None,
    scope: Literal["anywhere", "job"] = "anywhere",
) -> Callable[[F], F]:
    """Declare a step function's policy. The function is ``async (context, *values) -> value``.

    The runner keys its result by the function's qualified name, ``version``, the JSON of the values and, when it is a
    method, its object's ``identity`` (a JSON-able mapping: name, version, options). An object whose policy depends on
    its options (a paid or a free server) may have a ``policy`` attribute of its own, which goes before this one.
    """
    policy = StepPolicy(
        slot=slot, version=version, tries=tries, paid=paid, journal=journal, timeout=timeout, scope=scope
    )

    def mark(work: F) -> F:
        work.__step_policy__ = policy  # type: ignore[attr-defined]  # the one place that sets it
        return work

    return mark


class Clock(Protocol):
    """Time as the runner sees it, so that tests need no sleeping."""

    def now(self) -> float:
        """Unix time in seconds."""

    def monotonic(self) -> float:
        """Seconds that never go backwards, for measuring."""

    async def sleep(self, seconds: float) -> None: ...


class Assets(Protocol):
    """The content-addressed store. Everything here is synchronous and safe to call from any thread.

    ``add_*`` write to a temporary name, sync, and rename; adding the same content twice keeps one file.
    """

    def add_file(self, path: Path, media_type: str, provenance: Provenance | None = None) -> AssetRef:
        """Take a copy of a file (moved when it lies in :meth:`temporary`'s folder)."""

    def add_bytes(self, data: bytes, media_type: str, provenance: Provenance | None = None) -> AssetRef: ...

    def path(self, ref: AssetRef | str) -> Path:
        """The file of a reference (or a bare sha256). Raises NeedsPersonError when it is gone."""

    def has(self, ref: AssetRef | str) -> bool: ...

    def temporary(self, suffix: str = "") -> AbstractContextManager[Path]:
        """A fresh path on the store's own volume, removed afterwards if it is still there."""


class Handle(Protocol[W_co]):
    """The result-to-be of a step started in a group; ``value`` may be read once the group has been left."""

    @property
    def value(self) -> W_co: ...


class Group(Protocol):
    """Steps that run at the same time. Leaving the group waits for all; the first error cancels the rest."""

    def step(self, work: Callable[..., Awaitable[V]], *values: Any, name: str | None = None) -> Handle[V]: ...


class StepContext(Protocol):
    """What a step is given: the job it belongs to, files, time, and the power to run nested steps."""

    @property
    def job(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def path(self) -> str:
        """This step's own path, e.g. ``narrate/sentence-3``."""

    @property
    def requeues(self) -> int:
        """How often a person let this job run again after it had ended."""

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt at this step with the same inputs; for servers that take one."""

    @property
    def assets(self) -> Assets: ...
    @property
    def clock(self) -> Clock: ...

    async def step(self, work: Callable[..., Awaitable[V]], *values: Any, name: str | None = None) -> V:
        """Run a nested step, or return its recorded result. ``name`` defaults to the function's name; it names the
        row and the log lines, and does not belong to the key. Values are :class:`Value` objects, or plain
        JSON-able strings, numbers, booleans, ``None`` and tuples of these.
        """

    async def recorded(self, name: str, kind: type[V]) -> V | None:
        """What this job's own step at the path ``name`` gave last, whatever it was given; ``None`` if it never ended.

        That may be what a person put in its place. Raises NeedsPersonError when files of it are gone, or when this
        version of ReelForge cannot read it.
        """

    def together(self) -> AbstractAsyncContextManager[Group]: ...

    def progress(self, done: float, total: float, unit: str = "") -> None:
        """Say how far this step is. Safe to call from any thread."""

    def spend(self, cost: Cost) -> None:
        """Record a paid call; it is stored with the step's result, in the same transaction."""

    async def account(self) -> Account:
        """The job's finished steps and costs up to now, in the order they finished."""

    def check_cancelled(self) -> None:
        """For work in threads: raises when the job was cancelled or the daemon stops. Call between units of work."""

    async def in_thread(self, work: Callable[..., Any], *args: Any) -> Any:
        """Run blocking work in a worker thread and wait for it; ``work`` should call :meth:`check_cancelled`."""
