"""The presets of effects that channels refer to by name, and a channel's own changes to them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field

from reelforge import resources
from reelforge.domain.timeline import Effect
from reelforge.domain.value import Value
from reelforge.errors import InputError


class PresetMotion(Value):
    """The motion that suits a preset: one of ``render/motions/``, and its zoom over a whole shot (0.1 = 10 %)."""

    name: str = "still"
    amount: float = Field(default=0.0, ge=0, le=1)


class PresetTransition(Value):
    """The transition that suits a preset: one of ``render/transitions/``, its overlap and where it moves to."""

    name: str = "cut"
    seconds: float = Field(default=0.0, ge=0, le=2)
    direction: Literal["left", "right", "up", "down"] = "left"


class EffectPreset(Value):
    """A look: effects for every shot, in the order in which they are applied, with a motion and a transition."""

    effects: tuple[Effect, ...] = ()
    motion: PresetMotion = PresetMotion()
    transition: PresetTransition = PresetTransition()


@cache
def presets() -> Mapping[str, EffectPreset]:
    """The presets of ``config/effects.toml``, by name."""
    with (resources.folder("config") / "effects.toml").open("rb") as file:
        tables = tomllib.load(file)
    return MappingProxyType({name: EffectPreset.model_validate(table) for name, table in tables.items()})


class UnfitEffectError(ValueError):
    """An effect's entry that is not right: the name it stands under, and what it must be."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name
        self.sentence = sentence


def changed(preset: EffectPreset, changes: Mapping[str, Any]) -> tuple[Effect, ...]:
    """A preset's effects with a channel's changes: ``name = {…}`` changes the settings of an effect or adds it at the
    end, ``name = false`` leaves it out. Raises UnfitEffectError.
    """
    found = {effect.name: effect for effect in preset.effects}
    for name, change in changes.items():
        if change is False:
            found.pop(name, None)
        elif isinstance(change, dict):
            before = found[name].settings if name in found else {}
            found[name] = Effect(name=name, settings={**before, **change})
        else:
            raise UnfitEffectError(name, "must be a table of settings, or false to leave it out")
    if changes:
        _check(found.values())
    return tuple(found.values())


def _check(effects: Iterable[Effect]) -> None:
    from reelforge.render.effects import read  # noqa: PLC0415  # the renderer is loaded only for who asks for effects

    for effect in effects:
        try:
            read(effect, effect.name)
        except InputError as error:
            message = error.message.removeprefix(f"{effect.name}.settings.").removesuffix(".")
            raise UnfitEffectError(effect.name, f"is not right: {message}") from error
