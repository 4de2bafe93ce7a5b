"""Which font sets which characters: the chosen one, else those that travel with ReelForge, else the system's."""

from __future__ import annotations

import difflib
import hashlib
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from msgspec import Struct

from reelforge.errors import InputError, NeedsPersonError
from reelforge.render.text.clusters import clean, clusters, ignorable, script, wants_picture
from reelforge.render.text.face import Face
from reelforge.render.text.system import SystemFonts, usual_folders
from reelforge.resources import folder

RIGHT_TO_LEFT: Final = frozenset({"ar", "dv", "fa", "he", "iw", "ku", "ps", "sd", "syr", "ug", "ur", "yi"})
_EAST_ASIAN: Final = {"Hani": "", "Hira": "Jpan", "Kana": "Jpan", "Hang": "Kore", "Bopo": "Hant"}
_NAMES: Final = {"Hans": "Chinese", "Hant": "Chinese", "Jpan": "Japanese", "Kore": "Korean"}
_INSTALL: Final = {
    "Hans": "Noto Sans CJK SC",
    "Hant": "Noto Sans CJK TC",
    "Jpan": "Noto Sans CJK JP",
    "Kore": "Noto Sans CJK KR",
    "Zyyy": "Noto Sans Symbols 2",
    "Zsye": "Noto Color Emoji",
}


class Shipped(Struct, frozen=True):
    """One entry of ``fonts/fonts.toml``."""

    family: str
    path: Path
    scripts: tuple[str, ...]


class Missing(Struct, frozen=True):
    """Characters of one script that no font here has."""

    script: str
    characters: tuple[str, ...]
    install: str

    @property
    def sentence(self) -> str:
        shown = " ".join(self.characters[:12]) + (" …" if len(self.characters) > 12 else "")
        points = " ".join(f"U+{ord(c[0]):04X}" for c in self.characters[:3])
        return f"No font on this machine has the {self.script} characters {shown} ({points})."

    @property
    def remedy(self) -> str:
        if self.script == "emoji" or all(unicodedata.category(c[0]) in ("Co", "Cn") for c in self.characters):
            return "Take them out of the text: no font can be counted on to have them."
        return f"Install the font “{self.install}” for all users, then try again."


class Shelf:
    """The fonts of one ``fonts/`` folder, opened when first used, and the system's behind them; safe in threads."""

    def __init__(self, shipped: Iterable[Shipped], system: SystemFonts) -> None:
        self._shipped = {one.family: one for one in shipped}
        self._system = system
        self._opened: dict[str, Face] = {}

    @property
    def families(self) -> tuple[str, ...]:
        return tuple(self._shipped)

    @cached_property
    def identity(self) -> str:
        """SHA-256 over the shipped fonts' bytes. The system's fonts are not in it: those used are in each sprite's."""
        total = hashlib.sha256()
        for one in self._shipped.values():
            total.update(one.family.encode() + hashlib.sha256(one.path.read_bytes()).digest())
        return total.hexdigest()

    def face(self, family: str) -> Face:
        """The shipped face of a family. Raises InputError, with the nearest spelling, or else those there are."""
        if family not in self._shipped:
            near = difflib.get_close_matches(family, self._shipped, n=1)
            remedy = f"Did you mean “{near[0]}”?" if near else f"There are: {', '.join(sorted(self._shipped))}."
            raise InputError(f"There is no font “{family}” in fonts/.", remedy=remedy)
        if family not in self._opened:
            # two threads may both open it; one of the two equal faces is kept
            self._opened.setdefault(family, Face(self._shipped[family].path, family=family))
        return self._opened[family]

    def choose(self, cluster: str, chosen: Face, language: str) -> Face | None:
        """The face that sets one grapheme cluster of a text in ``language`` (BCP 47); None when there is none."""
        emoji = [self.face(one.family) for one in self._shipped.values() if "Zsye" in one.scripts]
        plain = [chosen, *(self.face(one.family) for one in self._shipped.values() if "Zsye" not in one.scripts)]
        for face in [*emoji, *plain] if wants_picture(cluster) else [*plain, *emoji]:
            if face.has(cluster):
                return face
        code = writing(cluster, language)
        return self._system.find(cluster, code, script_name(cluster, code))

    def missing(self, text: str, *, family: str, language: str = "en") -> tuple[Missing, ...]:
        """What of a text cannot be set, by script; empty when everything can."""
        chosen = self.face(family)
        lacking: dict[str, dict[str, str]] = {}
        cleaned = clean(text)
        for cluster in dict.fromkeys(cleaned[start:end] for start, end in clusters(cleaned)):
            if all(ignorable(c) for c in cluster) or self.choose(cluster, chosen, language):
                continue
            lacking.setdefault(writing(cluster, language), {})[cluster] = cluster
        found = []
        for code, characters in lacking.items():
            name = script_name(next(iter(characters)), code)
            found.append(Missing(name, tuple(characters), _INSTALL.get(code, f"Noto Sans {name}")))
        return tuple(found)

    def demand(self, text: str, *, family: str, language: str = "en") -> None:
        """Raise NeedsPersonError, naming characters, script and font, when part of a text cannot be set."""
        found = self.missing(text, family=family, language=language)
        if found:
            raise NeedsPersonError(
                " ".join(one.sentence for one in found), remedy=" ".join(one.remedy for one in found)
            )


def writing(cluster: str, language: str) -> str:
    """How a cluster is written: its script's ISO 15924 code; for Han characters the language decides whose forms."""
    if wants_picture(cluster):
        return "Zsye"
    code = next((found for c in cluster if (found := script(c))), None)
    if code in _EAST_ASIAN or (code is None and unicodedata.east_asian_width(cluster[0]) in "WF"):
        return _EAST_ASIAN.get(code or "Hani") or _han(language)
    return code or "Zyyy"


def _han(language: str) -> str:
    tag = language.lower()
    if tag.startswith("ja"):
        return "Jpan"
    if tag.startswith("ko"):
        return "Kore"
    return "Hant" if any(part in tag for part in ("hant", "-tw", "-hk", "-mo")) else "Hans"


def script_name(cluster: str, code: str) -> str:
    """A script's name in English, taken from its characters' names: ``THAI CHARACTER KO KAI`` is Thai."""
    if code in _NAMES:
        return _NAMES[code]
    if code == "Zsye":
        return "emoji"
    if code == "Zyyy":
        return "symbols"
    lead = next((c for c in cluster if script(c)), cluster[0])
    return unicodedata.name(lead, "unknown").split()[0].title()


@cache
def shelf() -> Shelf:
    """The shelf of the fonts that travel with ReelForge and of this machine's font folders."""
    return open_shelf(folder("fonts"), SystemFonts(usual_folders()))


def open_shelf(fonts: Path, system: SystemFonts) -> Shelf:
    """A shelf from a folder with a ``fonts.toml``. Raises InputError when a listed file is not there."""
    listed = tomllib.loads((fonts / "fonts.toml").read_text(encoding="utf-8"))["font"]
    shipped = [Shipped(one["family"], fonts / one["file"], tuple(one["scripts"])) for one in listed]
    for one in shipped:
        if not one.path.is_file():
            raise InputError(
                f"The font file {one.path.name} is missing from {fonts}.", remedy="Install ReelForge again."
            )
    return Shelf(shipped, system)
