"""Reading ``reelforge.toml`` into :class:`Settings`, or saying everything that is wrong with it at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from reelforge.domain.value import Value
from reelforge.errors import InputError
from reelforge.settings import adapters, channels, files, shipped, tables
from reelforge.settings.files import Document
from reelforge.settings.lines import Place
from reelforge.settings.model import (
    ChannelSettings,
    EngineSettings,
    LogSettings,
    RenderSettings,
    Settings,
    Slots,
    Workplace,
)
from reelforge.settings.problems import Problem, as_json, from_validation, shown, unknown_key, unknown_name

V = TypeVar("V", bound=Value)

TABLES: Final = ("reelforge", "slots", "log", "render", "engines", "defaults", "channels")


def load(config: Path | None = None, environ: Mapping[str, str] | None = None, *, channels: bool = True) -> Settings:
    """The settings in force: of ``config``, else ``./reelforge.toml``, else the work folder's, else the shipped file.

    ``REELFORGE_TABLE__KEY`` variables go before the file. Raises InputError with one sentence a problem, each naming
    file, line, key and what is allowed, in the file's order. Without ``channels``, those and their engines are not
    looked at: what needs neither starts sooner, and is not stopped by their mistakes.
    """
    environ = os.environ if environ is None else environ
    return _settings(files.read(files.find(config, environ), environ), environ, channels=channels)


def reload(settings: Settings, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of the same file as it is now. Raises InputError as :func:`load` does, and for a file that has
    become empty: someone is in the middle of writing it, or has lost it.
    """
    environ = os.environ if environ is None else environ
    document = files.read(settings.path, environ, settings.shown)
    if not document.text.strip():
        raise InputError(f"{settings.shown} is empty.", remedy="Put its text back.")
    return _settings(document, environ)


def _settings(document: Document, environ: Mapping[str, str], *, channels: bool = True) -> Settings:
    problems: list[Problem] = []
    settings = _Reading(document, problems).settings(environ, channels=channels)
    if problems or settings is None:
        raise InputError(files.located(document, problems))
    return settings


class _Reading:
    """One pass over a document; what is wrong is gathered in ``problems``."""

    def __init__(self, document: Document, problems: list[Problem]) -> None:
        self._document = document
        self._problems = problems

    def settings(self, environ: Mapping[str, str], *, channels: bool) -> Settings | None:
        for name in self._document.tables:
            if name not in TABLES:
                self._problems.append(unknown_key((name,), TABLES))
        workplace = self._section("reelforge", Workplace)
        slots = self._section("slots", Slots)
        log = self._section("log", LogSettings)
        render = self._render()
        engines = self._engines() if channels else ()
        home = self._home(workplace or Workplace(), environ)
        found = self._channels(home, render or RenderSettings()) if channels else ()
        if self._problems or not (workplace and slots and log and render):
            return None
        return Settings(
            path=self._document.path,
            shown=self._document.shown,
            digest=self._document.digest,
            home=home,
            workplace=workplace,
            slots=slots,
            log=log,
            render=render,
            engines=engines,
            channels=found,
        )

    def _home(self, workplace: Workplace, environ: Mapping[str, str]) -> Path:
        if workplace.home and not environ.get(files.HOME, "").strip():
            return files.unfold(workplace.home, self._document.path.parent)
        return files.usual_home(environ)

    def _render(self) -> RenderSettings | None:
        """``[render]`` with its preset, which is no key of the file but what the quality's name stands for."""
        if self._document.has(("render", "preset")):
            self._problems.append(unknown_key(("render", "preset"), RenderSettings.model_fields.keys() - {"preset"}))
            return None
        render = self._section("render", RenderSettings)
        if render is None:
            return None
        update: dict[str, Any] = {"preset": shipped.qualities()[render.quality]}
        if render.ffmpeg:
            update["ffmpeg"] = str(files.unfold(render.ffmpeg, self._document.path.parent))
        return render.model_copy(update=update)

    def _engines(self) -> tuple[EngineSettings, ...]:
        """The tables ``[engines.KIND.NAME]``. One that lacks a key which channels give is left out, not refused."""
        found: list[EngineSettings | None] = []
        for kind in self._table(("engines",)):
            if kind in adapters.KINDS:
                found += [self._engine(kind, name) for name in self._table(("engines", kind))]
            else:
                self._problems.append(unknown_key(("engines", kind), adapters.KINDS))
        return tuple(engine for engine in found if engine)

    def _engine(self, kind: str, name: str) -> EngineSettings | None:
        place = ("engines", kind, name)
        if name not in adapters.names(kind):
            self._problems.append(unknown_name(place, f"a {kind} engine", name, adapters.names(kind)))
            return None
        self._table(place)
        model = adapters.options(kind, name)
        table = tables.engine_table(self._document.tables, kind, name)
        data = tables.absolute(table, self._document)
        try:
            options = model.model_validate_json(as_json(data), strict=True)
        except ValidationError as error:
            for problem in from_validation(error, model, data):
                if self._document.has((*place, *problem.place)) and problem.place:
                    self._problems.append(problem.inside(place))
            return None
        return EngineSettings(kind=kind, engine=name, options=options)

    def _channels(self, home: Path, render: RenderSettings) -> tuple[ChannelSettings, ...]:
        self._table(("defaults",))
        found: list[ChannelSettings | None] = []
        for name, table in self._table(("channels",)).items():
            place = ("channels", name)
            if not channels.NAME.match(name):
                says = "is not a name for a channel: take lower-case letters, digits, `_` and `-`, up to 64."
                self._problems.append(Problem(place, says))
            elif not isinstance(table, dict):
                self._problems.append(Problem(place, f"must be a table, not {shown(table)}."))
            else:
                reader = channels.ChannelReader(self._document, name, home, render, self._problems)
                found.append(reader.read())
        return tuple(channel for channel in found if channel)

    def _section(self, name: str, model: type[V]) -> V | None:
        data = self._table((name,))
        try:
            return model.model_validate_json(as_json(data), strict=True)
        except ValidationError as error:
            self._problems.extend(problem.inside((name,)) for problem in from_validation(error, model, data))
            return None

    def _table(self, place: Place) -> dict[str, Any]:
        """The table at a place; empty when there is none, and a problem when it is something else."""
        node: Any = self._document.tables
        for part in place:
            node = node.get(part, {}) if isinstance(node, dict) else {}
        if isinstance(node, dict):
            return node
        self._problems.append(Problem(place, f"must be a table, not {shown(node)}."))
        return {}
