from pathlib import Path

import pytest
from pydantic import Field

from reelforge.domain.asset import AssetRef
from reelforge.domain.job import StepContext, StepPolicy, step
from reelforge.domain.value import Value
from reelforge.jobs.keys import asset_refs, call, encode_result, policy_of, result_type, step_key


class Line(Value):
    text: str
    weight: float = 1.0


class Longer(Line):
    more: str = ""


class Song(Value):
    lines: tuple[Line, ...] = ()
    cover: AssetRef | None = None
    extra: dict[str, tuple[AssetRef, ...]] = Field(default_factory=dict)


@step(version=1, slot="voice")
async def sing(_context: StepContext, line: Line, _times: int) -> Line:
    return line


@step(version=2, slot="voice")
async def hum(_context: StepContext, line: Line, _times: int) -> Line:
    return line


async def undeclared(_context: StepContext):
    return None


class Singer:
    def __init__(self, voice: str, *, paid: bool = False) -> None:
        self.identity = {"name": "singer", "voice": voice, "options": {"speed": 1.0}}
        if paid:
            self.policy = StepPolicy(paid="unclear")

    @step(slot="voice")
    async def sing(self, _context: StepContext, line: Line) -> Line:
        return line


class Nobody:
    @step()
    async def sing(self, _context: StepContext) -> Line:
        return Line(text="")


LINE = Line(text="Über den Wolken 🌙")


def test_the_same_work_on_equal_values_has_the_same_key() -> None:
    assert step_key(sing, (LINE, 2)) == step_key(sing, (Line(text="Über den Wolken 🌙", weight=1.0), 2))
    assert step_key(sing, (("a", ("b",)),)) == step_key(sing, (["a", ["b"]],))


@pytest.mark.parametrize(
    "other",
    [
        step_key(hum, (LINE, 2)),
        step_key(sing, (LINE, 3)),
        step_key(sing, (LINE.model_copy(update={"weight": 0.5}), 2)),
        step_key(sing, (LINE, True)),
        step_key(sing, (LINE, "2")),
        step_key(sing, (LINE, None)),
        step_key(sing, (LINE,)),
    ],
)
def test_whatever_changes_the_result_changes_the_key(other: str) -> None:
    assert other != step_key(sing, (LINE, 2))


def test_the_version_belongs_to_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = step_key(sing, (LINE, 2))
    monkeypatch.setattr(sing, "__step_policy__", StepPolicy(version=2))
    assert step_key(sing, (LINE, 2)) != before


def test_a_methods_object_is_in_the_key_by_its_identity() -> None:
    low, high = Singer("low"), Singer("high")
    assert step_key(low.sing, (LINE,)) == step_key(Singer("low").sing, (LINE,))
    assert step_key(low.sing, (LINE,)) != step_key(high.sing, (LINE,))
    with pytest.raises(TypeError, match="Nobody needs an `identity`"):
        step_key(Nobody().sing, ())


def test_the_name_of_a_step_is_not_in_its_key() -> None:
    assert call(sing, (LINE, 1), "sentence-1").key == call(sing, (LINE, 1), "sentence-2").key
    assert call(sing, (LINE, 1)).label == "sing"


def test_an_objects_own_policy_goes_before_the_functions() -> None:
    assert policy_of(Singer("low").sing).paid == "free"
    assert policy_of(Singer("low", paid=True).sing).paid == "unclear"
    assert policy_of(undeclared) == StepPolicy()


@pytest.mark.parametrize("value", [Path("/tmp"), object(), {1: "a"}, b"bytes", {"a"}])
def test_a_value_without_a_plain_json_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="plain JSON"):
        step_key(sing, (value,))


def test_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        step_key(sing, (float("nan"),))


def test_a_result_comes_back_equal_by_its_declared_type() -> None:
    body = encode_result(sing, LINE)
    assert result_type(sing).validate_json(body) == LINE


def test_a_result_that_its_declared_type_does_not_hold_is_refused_at_once() -> None:
    with pytest.raises((TypeError, ValueError)):
        encode_result(sing, Longer(text="a", more="lost"))


def test_a_step_must_declare_what_it_returns() -> None:
    with pytest.raises(TypeError, match="must declare what it returns"):
        result_type(undeclared)


def test_every_asset_in_a_value_is_found_however_deep() -> None:
    one, two, three = (AssetRef(sha256=letter * 64, media_type="x/y", size=1) for letter in "abc")
    song = Song(cover=one, extra={"more": (two, three)})
    assert [ref.sha256[0] for ref in asset_refs((song, {"again": [one]}))] == ["a", "b", "c", "a"]


@step(scope="job")
async def look_outside(_context: StepContext, line: Line) -> Line:
    return line


def test_a_step_that_looks_at_the_world_is_reused_by_its_own_job_alone() -> None:
    assert step_key(look_outside, (LINE,), "job-1") == step_key(look_outside, (LINE,), "job-1")
    assert step_key(look_outside, (LINE,), "job-1") != step_key(look_outside, (LINE,), "job-2")


def test_what_depends_on_its_values_alone_is_reused_by_every_job() -> None:
    assert step_key(sing, (LINE, 1), "job-1") == step_key(sing, (LINE, 1), "job-2")
