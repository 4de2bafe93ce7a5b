"""The examples of the README and of docs/channels.md are true: they are read here as they stand."""

import re
import shutil
from pathlib import Path

import pytest
from typer.main import get_command

from reelforge import resources
from reelforge.cli import app
from reelforge.engines.music.archive import Archive
from reelforge.engines.music.moods import read_moods
from reelforge.engines.music.shelf import Folder, Shelf
from reelforge.engines.writer.verbatim import read_script
from reelforge.settings import adapters, load, shipped

ROOT = resources.folder("config").parent
README = ROOT / "README.md"

pytestmark = pytest.mark.skipif(not README.is_file(), reason="installed without the README")


def block(language: str) -> str:
    return re.findall(rf"```{language}\n(.*?)```", README.read_text("utf-8"), re.DOTALL)[0]


def test_the_sixth_channel_is_added_by_the_three_lines_shown(tmp_path: Path) -> None:
    config = tmp_path / "reelforge.toml"
    config.write_text((ROOT / "reelforge.toml").read_text("utf-8") + "\n" + block("toml"), "utf-8")
    settings = load(config, {"HOME": str(tmp_path), "REELFORGE_HOME": str(tmp_path)})
    assert settings.channel("my_channel").voice.options.model_dump()["voice"] == "am_michael"
    assert len(settings.channels) == 6


def test_the_script_shown_is_read_as_it_says(tmp_path: Path) -> None:
    settings = load(ROOT / "reelforge.toml", {"HOME": str(tmp_path), "REELFORGE_HOME": str(tmp_path)})
    brief = settings.channel("tech_explained").brief
    script = read_script(block("markdown"), tmp_path / "pasta.md", brief)
    assert script.title == "Pasta in nine minutes"
    assert script.hook == "Dinner in nine minutes."
    assert [scene.card for scene in script.scenes] == ["Water first", ""]


def test_every_command_is_in_the_readme() -> None:
    text = README.read_text("utf-8")
    for name in get_command(app).commands:
        assert f"reelforge {name}" in text or f"`{name} ID`" in text, name


def test_every_example_of_what_a_channel_can_be_told_is_understood(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "channels.md").read_text("utf-8")
    examples = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    channels = [example for example in examples if "[channels." in example]
    config = tmp_path / "reelforge.toml"
    config.write_text("\n".join(channels), "utf-8")
    names = [
        channel.name for channel in load(config, {"HOME": str(tmp_path), "REELFORGE_HOME": str(tmp_path)}).channels
    ]
    assert names == ["one", "two", "three", "four", "five", "six", "seven"]
    (sidecar,) = [example for example in examples if "[channels." not in example]
    music = tmp_path / "music"
    music.mkdir()
    shutil.copy(ROOT / "music" / "first-light.ogg", music / "a.ogg")
    (music / "a.toml").write_text(sidecar, "utf-8")
    found = Shelf([Folder(music, shipped=False, expected=True)], Archive(None), tmp_path, read_moods()).listing()
    assert not found.refused


def test_every_style_voice_and_sound_there_is_stands_in_the_docs() -> None:
    text = (ROOT / "docs" / "channels.md").read_text("utf-8")
    known = {*shipped.caption_styles(), *adapters.names("voice"), *shipped.sound_effects()}
    assert {name for name in known if f"`{name}`" not in text} == set()
