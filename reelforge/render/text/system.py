"""Fonts installed on the machine, asked only for characters that no shipped font has (Chinese, Japanese, Thai …)."""

from __future__ import annotations

import os
import re
import sys
import threading
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import uharfbuzz as hb

from reelforge.render.text.face import Face

_KINDS: Final = (".ttf", ".otf", ".ttc", ".otc")
_MOST_FILES: Final = 8_000
_DEEPEST: Final = 6

_WIDE: Final = ("notosanscjk", "sourcehansans", "notosans(sc|tc|hk|jp|kr)")
_KNOWN: Final = {
    "Hans": (*_WIDE, "pingfang", "hiraginosansgb", "stheiti", "yahei", "wqy|wenquanyi", "droidsansfallback"),
    "Hant": (*_WIDE, "pingfang", "heititc|stheiti", "wqy|wenquanyi", "droidsansfallback"),
    "Jpan": (*_WIDE, "ヒラギノ角ゴシックw[678]", "ヒラギノ角ゴ", "hiraginosans", "ipaexg|ipag|takao|vlgothic"),
    "Kore": (*_WIDE, "applesdgothicneo", "nanumgothic", "baekmuk|malgun"),
}
"""Files known to hold a script, most wanted first, as patterns of their names without spaces and hyphens."""
_LOCAL: Final = {
    "Hans": r"\b(sc|gb|cn)\b",
    "Hant": r"\b(tc|tw|hk)\b",
    "Jpan": r"\b(jp|j)\b|hiragino|ヒラギノ",
    "Kore": r"\b(kr|k)\b|gothic neo",
}
_BOLD: Final = re.compile(r"bold|black|heavy|medium|semibold|w[6789]", re.IGNORECASE)
_UNWANTED: Final = re.compile(r"italic|oblique|serif|mono|light|thin", re.IGNORECASE)


def usual_folders() -> tuple[Path, ...]:
    """Where this platform keeps its fonts; on Linux also where fontconfig is told to look."""
    home = Path.home()
    if sys.platform == "darwin":
        return (
            Path("/System/Library/Fonts"),
            Path("/Library/Fonts"),
            home / "Library/Fonts",
            Path("/System/Library/AssetsV2"),
        )
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    usual = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), data / "fonts", home / ".fonts")
    return tuple(dict.fromkeys((*usual, *configured(Path("/etc/fonts/fonts.conf"), home, data))))


def configured(conf: Path, home: Path, data: Path) -> tuple[Path, ...]:
    """The folders that a fontconfig file names (fonts-conf(5): ``~`` is the home, the prefix ``xdg`` the user's data).
    What cannot be read names none.
    """
    from xml.etree import ElementTree as ET  # noqa: PLC0415  # where the system is asked for fonts alone

    try:
        named = ET.parse(conf).getroot().findall("dir")  # noqa: S314  # the system's own file, not a stranger's
    except (OSError, ET.ParseError):
        return ()
    found = []
    for one in named:
        text = (one.text or "").strip()
        base = data if one.get("prefix") == "xdg" else home
        if text:
            found.append(base / text.removeprefix("~/") if not text.startswith("/") else Path(text))
    return tuple(found)


class SystemFonts:
    """Finds a face for characters among the files of ``folders``; what was found, or not, is remembered."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._folders = folders
        self._lock = threading.Lock()
        self._files: tuple[Path, ...] | None = None
        self._found: dict[tuple[str, str, str], Face | None] = {}
        self._open: list[tuple[str, Face]] = []

    def find(self, cluster: str, script: str, script_name: str) -> Face | None:
        """A face that has and can draw the cluster: ``script`` is its ISO 15924 code, with ``Hans``, ``Hant``, ``Jpan``
        or ``Kore`` for the ways to write Han characters; ``script_name`` its English name.
        """
        with self._lock:
            for known, face in self._open:
                if known == script and _suits(face, cluster):
                    return face
            key = (script, script_name, cluster)
            if key not in self._found:
                self._found[key] = self._search(cluster, script, script_name)
            return self._found[key]

    def _search(self, cluster: str, script: str, script_name: str) -> Face | None:
        if self._files is None:
            self._files = tuple(_walk(self._folders))
        for path in sorted(self._files, key=lambda path: _rank(path, script, script_name)):
            for face in _faces(path, script):
                if _suits(face, cluster):
                    self._open.append((script, face))
                    return face
        return None


def _suits(face: Face, cluster: str) -> bool:
    return face.has(cluster) and all(face.draws(c) for c in cluster if unicodedata.category(c)[0] in "LN")


def _walk(folders: tuple[Path, ...]) -> Iterator[Path]:
    """Font files, nearest first, at most :data:`_MOST_FILES`; in a fixed order, so that the choice is repeatable."""
    count = 0
    for folder in folders:
        depth = len(folder.parts)
        for at, inner, files in os.walk(folder):
            here = Path(at)
            if len(here.parts) - depth >= _DEEPEST:
                inner.clear()
            inner[:] = sorted(n for n in inner if folder.name != "AssetsV2" or here != folder or "Font" in n)
            for name in sorted(files):
                if name.lower().endswith(_KINDS):
                    yield here / name
                    count += 1
                    if count >= _MOST_FILES:
                        return


def _rank(path: Path, script: str, script_name: str) -> tuple[int, bool, bool, bool, int, str]:
    """Smaller is asked sooner: fonts known for the script, of its name, sans, bold, in shorter names."""
    name = unicodedata.normalize("NFC", path.stem)
    squeezed = re.sub(r"[\s_-]", "", name).lower()
    patterns = _KNOWN.get(script, (script_name.lower().replace(" ", ""),))
    place = next((number for number, pattern in enumerate(patterns) if re.search(pattern, squeezed)), len(patterns))
    return place, bool(_UNWANTED.search(name)), "sans" not in squeezed, not _BOLD.search(name), len(name), str(path)


def _faces(path: Path, script: str) -> Iterator[Face]:
    """The faces of a file, those made for the script's region and the bold ones first. A broken file has none."""
    try:
        count = hb.Face(hb.Blob.from_file_path(str(path))).count
        faces = [Face(path, index) for index in range(min(count, 32))]
    except (hb.HarfBuzzError, OSError, MemoryError):
        return
    local = re.compile(_LOCAL.get(script, "$^"), re.IGNORECASE)
    yield from sorted(
        (face for face in faces if face.upem),
        key=lambda face: (not local.search(face.family), not _BOLD.search(face.family), face.index),
    )
