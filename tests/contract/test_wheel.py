"""The wheel is whole: installed by pip where no network is, it makes a Reel in any folder, from its own files alone."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

import reelforge

CHECKOUT = Path(__file__).resolve().parents[2]
SHIPPED = ("config", "music", "fonts", "demo")
DEPENDENCIES = sorted({sysconfig.get_path(kind) for kind in ("purelib", "platlib")})

WITNESS = """
import os
import sys

TOLD = os.open({told!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def told(event, arguments):
    if event in ("open", "os.listdir", "os.scandir") and isinstance(arguments[0], (str, bytes, os.PathLike)):
        os.write(TOLD, os.path.realpath(os.fsdecode(arguments[0])).encode() + b"\\n")


sys.addaudithook(told)
"""


class Installed:
    """A fresh environment that holds the wheel; the packages it depends on are borrowed from the one that runs this.

    Every process in it writes down each file that Python opens and each folder it lists.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = folder / "environment"
        self.home = folder / "home"
        self.work = folder / "work"
        self.here = folder / "somewhere else"
        for path in (self.home, self.work, self.here):
            path.mkdir()
        venv.create(self.environment, with_pip=False)
        python = self.environment / "bin" / "python"
        self.site = Path(self.say(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
        # Paths in a .pth file are taken as they are: what links the checkout into the borrowed folder is not read.
        (self.site / "borrowed.pth").write_text("\n".join(DEPENDENCIES), "utf-8")
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "dist"]
        subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True)
        (wheel,) = (folder / "dist").iterdir()
        pip = [sys.executable, "-m", "pip", "--isolated", "--python", python, "install", "--no-index"]
        self.say(*pip, "--no-cache-dir", "--disable-pip-version-check", wheel)
        (self.site / "witness.py").write_text(WITNESS.format(told=str(folder / "told")), "utf-8")
        (self.site / "witness.pth").write_text("import witness\n", "utf-8")
        self.share = self.site.resolve() / "reelforge" / "share"

    def say(self, *command: object, code: int = 0) -> str:
        """What a command prints, run in an unrelated folder with nothing set but the homes and a cheap render."""
        environment = {
            "PATH": os.defpath,
            "HOME": str(self.home),
            "REELFORGE_HOME": str(self.work),
            "REELFORGE_REELFORGE__MIN_FREE_GB": "0.1",
            "REELFORGE_RENDER__QUALITY": "low",
            "REELFORGE_RENDER__ENCODER": "libx264",
            "REELFORGE_CHANNELS__FINANCE_GURU__SHAPE": "1:1",
        }
        ended = subprocess.run(
            [str(word) for word in command],
            cwd=self.here,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended.stdout

    def reelforge(self, *words: str) -> str:
        return self.say(self.environment / "bin" / "reelforge", *words)

    def opened(self) -> set[Path]:
        return {Path(line) for line in (self.folder / "told").read_text("utf-8").splitlines()}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("wheel"))


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_the_wheel_carries_the_settings_music_fonts_voices_demo_and_licences_unchanged(installed: Installed) -> None:
    for part in SHIPPED:
        carried = _contents(installed.share / part)
        if part == "config":
            assert carried.pop("reelforge.toml") == (CHECKOUT / "reelforge.toml").read_bytes()
        assert carried == _contents(CHECKOUT / part)
        assert carried
    licences = installed.site / f"reelforge-{reelforge.__version__}.dist-info" / "licenses"
    assert _contents(licences) == {name: (CHECKOUT / name).read_bytes() for name in ("LICENSE", "NOTICE")}


@pytest.mark.slow
def test_the_installed_wheel_makes_a_reel_anywhere_from_its_own_files_alone(installed: Installed) -> None:
    python = installed.environment / "bin" / "python"
    package = Path(installed.say(python, "-c", "import reelforge; print(reelforge.__file__)").strip())
    assert package.resolve().parent == installed.share.parent

    found = json.loads(installed.reelforge("check", "--json"))
    assert [finding for finding in found if not (finding["ok"] or finding["optional"])] == []
    assert {finding["channel"] for finding in found} >= {"finance_guru", "history_mysteries"}

    (installed.here / "script.md").write_text("The tide turns.", "utf-8")
    made = json.loads(installed.reelforge("make", "finance_guru", "--script", "script.md", "--json"))
    assert made["state"] == "done"
    assert [word["text"] for word in made["words"]] == ["The", "tide", "turns."]
    assert Path(made["video"]).is_relative_to(installed.work)
    receipt = json.loads(Path(made["receipt"]).read_bytes())
    assert receipt["voice"]["engine"] == "kokoro"
    assert all(check["passed"] for check in receipt["checks"])

    opened = installed.opened()
    used = {str(path.relative_to(installed.share)) for path in opened if path.is_relative_to(installed.share)}
    assert used >= {"config/reelforge.toml", "config/quality.toml", "config/captions.toml", "config/music.toml"}
    assert used >= {"config/voices/am_michael.bin", "fonts/fonts.toml", "fonts/Montserrat-ExtraBold.ttf"}
    (music,) = (asset for asset in receipt["assets"] if asset["role"] == "music")
    assert music["source"] == "shipped"
    assert f"music/{music['title'].lower().replace(' ', '-')}.ogg" in used
    borrowed = [Path(folder).resolve() for folder in DEPENDENCIES]
    outside = {path for path in opened if not any(path.is_relative_to(folder) for folder in borrowed)}
    assert [path for path in outside if path.is_relative_to(CHECKOUT)] == []

    assert [path.name for path in installed.here.iterdir()] == ["script.md"]
    assert list(installed.home.rglob("*")) == []
