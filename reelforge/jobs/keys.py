"""What a step's result depends on, as one hash; and the result as JSON."""

from __future__ import annotations

import hashlib
import inspect
import json
import types
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, get_type_hints

from msgspec import Struct
from pydantic import BaseModel, TypeAdapter

from reelforge.domain.asset import AssetRef
from reelforge.domain.job import StepPolicy
from reelforge.domain.value import Value

Work = Callable[..., Awaitable[Any]]


class Call(Struct, frozen=True):
    """One step as asked for: what to run on what, under which policy, and the key of its result."""

    work: Work
    values: tuple[Any, ...]
    policy: StepPolicy
    label: str
    key: str

    @property
    def idempotency_key(self) -> str:
        """For paid servers: the same whenever the same is asked for, whichever job or attempt asks."""
        return f"reelforge-{self.key[:40]}"


def call(work: Work, values: tuple[Any, ...], name: str | None = None, job: str = "") -> Call:
    """Describe a step of ``job``.

    Raises TypeError for values that have no JSON and methods of objects without ``identity``.
    """
    return Call(work, values, policy_of(work), name or label_of(work), step_key(work, values, job))


def policy_of(work: Work) -> StepPolicy:
    """The policy of the object the step is a method of, else that of the function, else the default one."""
    own = getattr(getattr(work, "__self__", None), "policy", None)
    if isinstance(own, StepPolicy):
        return own
    declared = getattr(work, "__step_policy__", None)
    return declared if isinstance(declared, StepPolicy) else StepPolicy()


def label_of(work: Work) -> str:
    return getattr(work, "__name__", "step").strip("_")


def step_key(work: Work, values: tuple[Any, ...], job: str = "") -> str:
    """SHA-256 over the canonical JSON of qualified name, version, identity and values; of the job too if it must be."""
    function = _function(work)
    policy = policy_of(work)
    document = {
        "step": f"{function.__module__}.{function.__qualname__}",
        "version": policy.version,
        "identity": _identity(work),
        "values": [_plain(value) for value in values],
    }
    if policy.scope == "job":
        document["job"] = job
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def canonical(document: Any) -> str:
    """JSON in one way only: keys sorted, no spaces, no NaN."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def result_type(work: Work) -> TypeAdapter[Any]:
    """Reads and writes what a step returns, by the function's return annotation."""
    function = _function(work)
    declared = getattr(function, "__annotations__", {})
    if "return" not in declared:
        raise TypeError(
            f"The step {function.__qualname__} must declare what it returns: its result is read back from JSON."
        )
    only_return = types.SimpleNamespace(__annotations__={"return": declared["return"]})
    try:
        return TypeAdapter(get_type_hints(only_return, globalns=function.__globals__)["return"])
    except NameError as error:
        raise TypeError(
            f"The return type of the step {function.__qualname__} must be importable at run time: {error}."
        ) from error


def encode_result(work: Work, result: Any) -> str:
    """The result's JSON. Raises TypeError when it would not come back equal: a resumed job must see what it saw."""
    kind = result_type(work)
    body = kind.dump_json(result, warnings="none").decode()
    if kind.validate_json(body) != result:
        raise TypeError(
            f"The step {label_of(work)} returned a {type(result).__name__} that its declared return type does not hold."
        )
    return body


def asset_refs(value: Any) -> Iterator[AssetRef]:
    """Every asset a value refers to, however deep."""
    if isinstance(value, AssetRef):
        yield value
    elif isinstance(value, BaseModel):
        for _, inner in value:
            yield from asset_refs(inner)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from asset_refs(inner)
    elif isinstance(value, tuple | list | set | frozenset):
        for inner in value:
            yield from asset_refs(inner)


def _function(work: Work) -> types.FunctionType:
    function = inspect.unwrap(getattr(work, "__func__", work))
    if not isinstance(function, types.FunctionType):
        raise TypeError(f"A step must be a function or a method, not {work!r}: its name belongs to its key.")
    return function


def _identity(work: Work) -> Any:
    owner = getattr(work, "__self__", None)
    if owner is None:
        return None
    try:
        return _plain(owner.identity)
    except AttributeError as error:
        raise TypeError(
            f"{type(owner).__name__} needs an `identity` (name, version, options): it belongs to the key of its steps."
        ) from error


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Value):
        return value.model_dump(mode="json")
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _plain(inner) for key, inner in value.items()}
    raise TypeError(f"A step's values must be Values or plain JSON, not {type(value).__name__}.")
