"""From a channel's tables, and those it falls back on, to :class:`ChannelSettings`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from reelforge import resources
from reelforge.domain.caption_style import CaptionStyle
from reelforge.domain.formats import SHAPES, Platform, Shape, frame_size
from reelforge.domain.look import Look, MotionLook, SoundEffectsLook, TransitionLook
from reelforge.domain.timeline import CardStyle, Effect, Encode, SafeArea
from reelforge.domain.value import Value
from reelforge.settings import adapters, shipped
from reelforge.settings.effects import EffectPreset, UnfitEffectError, changed, presets
from reelforge.settings.files import Document, unfold
from reelforge.settings.lines import Place
from reelforge.settings.model import (
    About,
    ChannelSettings,
    EngineSettings,
    MusicSettings,
    RenderSettings,
    SoundSettings,
)
from reelforge.settings.problems import Problem, as_json, either, from_validation, shown, unknown_key, unknown_name
from reelforge.settings.tables import ENGINES, absolute, chooses_anew, engine_table, merged

M = TypeVar("M", bound=BaseModel)

NAME: Final = re.compile(r"^[a-z0-9][a-z0-9_-]{0,63}$")


LOOKS: Final[Mapping[str, type[Value]]] = {
    "captions": CaptionStyle,
    "cards": CardStyle,
    "safe_area": SafeArea,
    "motion": MotionLook,
    "transition": TransitionLook,
    "sound": SoundSettings,
    "sound_effects": SoundEffectsLook,
}
EXAMPLES: Final[Mapping[str, str]] = {
    "voice": 'engine = "kokoro", voice = "af_heart"',
    "writer": 'engine = "openai"',
    "pictures": 'engines = ["folder", "backdrop"]',
    "vision": 'engine = "onnx"',
    "music": 'mood = "chill"',
    "publish": 'engines = ["folder"]',
    "captions": 'style = "karaoke"',
    "motion": 'name = "ken_burns"',
    "transition": 'name = "whip_pan"',
    "effects": 'preset = "cinematic"',
    "sound_effects": 'transitions = "whoosh"',
}
"""What a table may hold, for those who wrote a value in its place."""
KEYS: Final = (*About.model_fields, *ENGINES, *LOOKS, "effects")


class ChannelReader:
    """Reads one channel; what is wrong with it goes to ``problems`` and never stops the reading."""

    def __init__(
        self, document: Document, name: str, home: Path, render: RenderSettings, problems: list[Problem]
    ) -> None:
        self._document = document
        self._name = name
        self._home = home
        self._render = render
        self._problems = problems
        self._failed = False
        own = document.tables["channels"][name]
        usual = document.tables.get("defaults", {})
        self._usual = usual if isinstance(usual, dict) else {}
        self._own = own
        self._table = merged(self._usual, own)

    def read(self) -> ChannelSettings | None:
        """The channel, or None when there is a problem."""
        for key in self._table:
            if key not in KEYS:
                self._add([unknown_key((key,), KEYS)])
        plain = {key: value for key, value in self._table.items() if key in About.model_fields}
        about = self._model(About, plain, ())
        preset, effects = self._effects()
        platform, shape = self._platform()
        encode = self._encode(platform)
        looks = {key: self._look(key, model, preset, platform.margins(shape)) for key, model in LOOKS.items()}
        engines = {key: self._engines(key) for key in ENGINES}
        music = self._music()
        if self._failed or about is None or music is None:
            return None
        look = Look(
            **{key: looks[key] for key in LOOKS if key != "sound"},
            effects=effects,
            music={"gain_db": music.gain_db, "ducking": music.ducking},
            loudness=looks["sound"].loudness,
            true_peak=looks["sound"].true_peak,
            encode=encode,
            size=frame_size(shape, self._render.preset.short_side),
            rate=self._render.preset.rate,
        )
        fields = about.model_dump()
        fields["shape"] = shape
        fields["title"] = about.title or self._name.replace("_", " ").replace("-", " ").capitalize()
        return ChannelSettings(
            **fields,
            name=self._name,
            voice=engines["voice"][0],
            writer=engines["writer"][0] if engines["writer"] else None,
            pictures=engines["pictures"],
            vision=engines["vision"][0],
            music=engines["music"][0],
            mood=music.mood,
            publishers=engines["publish"],
            sound=looks["sound"],
            look=look,
        )

    def _effects(self) -> tuple[EffectPreset | None, tuple[Effect, ...]]:
        """The preset a channel chose, and its effects with the channel's changes."""
        table = dict(self._section("effects"))
        name = table.pop("preset", None)
        if name is not None and name not in presets():
            self._add([unknown_name(("effects", "preset"), "a preset of effects", name, presets())])
            name = None
        unknown = [key for key in table if key not in shipped.effects()]
        self._add(unknown_key(("effects", key), ["preset", *shipped.effects()]) for key in unknown)
        preset = presets()[name] if name else None
        try:
            known = {key: value for key, value in table.items() if key not in unknown}
            return preset, changed(preset or EffectPreset(), absolute(known, self._document, self._name))
        except UnfitEffectError as error:
            self._add([Problem(("effects", error.name), f"{error.sentence}.")])
            return preset, ()

    def _platform(self) -> tuple[Platform, Shape]:
        """The channel's platform, and its own shape or the platform's. A shape that is none is told of elsewhere."""
        known, name, shape = shipped.platforms(), self._table.get("platform"), self._table.get("shape")
        self._known(self._table, "platform", ("platform",), "a platform", known)
        platform = known[name if isinstance(name, str) and name in known else About.model_fields["platform"].default]
        return platform, next((one for one in SHAPES if one == shape), platform.shape)

    def _encode(self, platform: Platform) -> Encode:
        """What the quality asks for, within the platform's limits, in the codec that was chosen."""
        encode, codec = platform.asked(self._render.preset.encode), self._render.codec
        if codec == "auto":
            return encode
        if codec not in platform.codecs:
            takes = either([f'"{name}"' for name in platform.codecs])
            self._add([Problem(("platform",), f'takes {takes}, where `render.codec` is "{codec}".')])
        return encode.model_copy(update={"codec": codec})

    def _look(self, key: str, model: type[Value], preset: EffectPreset | None, margins: SafeArea) -> Any:
        table = self._section(key)
        if key == "safe_area":
            table = {**margins.model_dump(), **table}
        if preset and key in {"motion", "transition"}:
            table = {**getattr(preset, key).model_dump(), **table}
        if key == "captions":
            table = self._captions(table)
        self._known(table, "font", (key, "font"), "a font that is there", shipped.font_files())
        if key == "transition":
            self._known(table, "name", (key, "name"), "a transition", shipped.transitions())
        if key == "motion":
            self._known(table, "name", (key, "name"), "a motion", shipped.motions())
            self._known(table, "easing", (key, "easing"), "an easing curve", shipped.easings())
        if key == "sound_effects":
            for place in ("transitions", "cards", "hook"):
                known = ["", *shipped.sound_effects()]
                self._known(table, place, (key, place), "a sound effect", known)
        return self._model(model, table, (key,))

    def _captions(self, table: dict[str, Any]) -> dict[str, Any]:
        """The named style with the channel's changes over it."""
        styles = shipped.caption_styles()
        name = table.get("style", "modern")
        known = ["style", *CaptionStyle.model_fields.keys() - {"name"}]
        self._add(unknown_key(("captions", key), known) for key in table if key not in known)
        self._known(table, "style", ("captions", "style"), "a caption style", styles)
        style = styles[name if isinstance(name, str) and name in styles else "modern"]
        enter = table.get("enter")
        if isinstance(enter, dict) and enter.get("easing"):
            self._known(enter, "easing", ("captions", "enter", "easing"), "an easing curve", shipped.easings())
        own = {key: value for key, value in table.items() if key in known and key != "style"}
        return merged(style.model_dump(), own)

    def _music(self) -> MusicSettings | None:
        table = {key: value for key, value in self._section("music").items() if key in MusicSettings.model_fields}
        folder = self._section("music").get("folder")
        own = [unfold(folder, self._document.path.parent) if isinstance(folder, str) else self._home / "music"]
        self._known(table, "mood", ("music", "mood"), "a mood", shipped.moods(resources.folder("music"), *own))
        return self._model(MusicSettings, table, ("music",))

    def _engines(self, key: str) -> tuple[EngineSettings, ...]:
        """The engines a table chooses, each with the keys it knows; a key none of them knows is a problem.

        No writer is a choice too: a channel that is only given texts needs no language model.
        """
        kind, many, usual = ENGINES[key]
        table = dict(self._section(key))
        if key == "writer" and not table and not engine_table(self._document.tables, kind, usual[0]):
            return ()
        chooser = "engines" if many else "engine"
        wanted = table.pop(chooser, list(usual) if many else usual[0])
        names = wanted if many and isinstance(wanted, list) else [wanted]
        if (many and not isinstance(wanted, list)) or not names:
            self._add([Problem((key, chooser), _list_wanted(kind, wanted))])
            return ()
        common = set(MusicSettings.model_fields) if key == "music" else set()
        modules = []
        for number, name in enumerate(names):
            place: Place = (key, chooser, number) if many else (key, chooser)
            if not isinstance(name, str) or name not in adapters.names(kind):
                self._add([unknown_name(place, f"a {kind} engine", name, adapters.names(kind))])
            else:
                modules.append((name, adapters.options(kind, name)))
        if len(modules) == len(names):
            known = {field for _, model in modules for field in _fields(model)}
            self._add(unknown_key((key, k), {chooser, *common, *known}) for k in table if k not in known | common)
        found = []
        for name, model in modules:
            chosen = {field: value for field, value in table.items() if field in _fields(model)}
            if options := self._options(kind, name, model, chosen, key):
                found.append(EngineSettings(kind=kind, engine=name, options=options))
        return tuple(found)

    def _options(self, kind: str, name: str, model: type[Value], chosen: dict[str, Any], key: str) -> Value | None:
        """An engine's options: its own table ``[engines.KIND.NAME]`` with the channel's keys over it."""
        general = engine_table(self._document.tables, kind, name)
        data = absolute({**general, **chosen}, self._document, self._name)
        folder = model.model_fields.get("folder")
        if folder is not None and folder.is_required():
            data.setdefault("folder", str(self._home / f"{kind}s" / self._name))
        if voices := adapters.voices(kind, name):
            self._known(data, "voice", (key, "voice"), f"a voice of {name}", voices)
        try:
            return model.model_validate_json(as_json(data), strict=True)
        except ValidationError as error:
            for problem in from_validation(error, model, data):
                first = problem.place[0] if problem.place else None
                if first in chosen or first not in general:
                    self._add([problem.inside((key,))])
            self._failed = True  # a value of the engine's own table is complained about where that table is read
            return None

    def _model(self, model: type[M], data: Any, around: Place) -> M | None:
        try:
            return model.model_validate_json(as_json(data), strict=True)
        except ValidationError as error:
            self._add(problem.inside(around) for problem in from_validation(error, model, data))
            return None

    def _known(self, table: dict[str, Any], key: str, place: Place, what: str, names: Iterable[str]) -> None:
        value = table.get(key)
        if isinstance(value, str) and value not in tuple(names):
            self._add([unknown_name(place, what, value, names)])

    def _section(self, key: str) -> dict[str, Any]:
        table = self._table.get(key, {})
        if isinstance(table, dict):
            return table
        such = f" such as `{key} = {{ {EXAMPLES[key]} }}`" if key in EXAMPLES else ""
        self._add([Problem((key,), f"must be a table{such}, not {shown(table)}.")])
        return {}

    def _inherits(self, place: Place) -> bool:
        """Whether what the defaults say at a place holds for the channel, whose own tables may stand alone."""
        usual: Any = self._usual
        own: Any = self._own
        for part in place[:-1]:
            usual, own = (table.get(part) if isinstance(table, dict) else None for table in (usual, own))
            if isinstance(usual, dict) and isinstance(own, dict) and chooses_anew(str(part), usual, own):
                return False
        return True

    def _add(self, problems: Iterable[Problem]) -> None:
        """Take problems whose places are relative to the channel, and place each where the file says it."""
        for problem in problems:
            self._failed = True
            own: Place = ("channels", self._name)
            general: Place = ("defaults",)
            around = own
            said = self._document.has((*own, *problem.place))
            if not said and self._document.has((*general, *problem.place)) and self._inherits(problem.place):
                around = general
            self._problems.append(problem.inside(around))


def _list_wanted(kind: str, wanted: Any) -> str:
    names = ", ".join(f'"{name}"' for name in adapters.names(kind))
    return f"must be a list of at least one {kind} engine from {names}, not {shown(wanted)}."


def _fields(model: type[BaseModel]) -> Sequence[str]:
    return tuple(model.model_fields)
