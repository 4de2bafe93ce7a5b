"""What docs/timeline.md says is so: its reference is the models' own, its examples and its error are run here."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from PIL import Image

from reelforge import resources

ROOT = resources.folder("config").parent
DOCUMENT = ROOT / "docs" / "timeline.md"
TOOL = ROOT / "tools" / "timeline_reference.py"

pytestmark = pytest.mark.skipif(not DOCUMENT.is_file(), reason="installed without the documents")


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("timeline_reference", TOOL)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)


def _small(text: str) -> dict:
    """An example with a frame a tenth as wide and high."""
    document = json.loads(text)
    size = document["size"]
    document["size"] = {side: size[side] // 20 * 2 for side in size}
    return document


def _files(folder: Path) -> None:
    """Those that the examples name."""
    down, across = np.mgrid[0:300, 0:240]
    for number, name in enumerate(("sea.jpg", "harbour.jpg")):
        waves = [110 + 60 * np.sin(across / (20 + 9 * number)), 120 + 40 * np.cos(down / 30), 100 + 0.2 * down]
        Image.fromarray(np.stack(waves, -1).clip(0, 255).astype(np.uint8)).save(folder / name)
    Image.new("RGBA", (90, 60), (255, 255, 255, 160)).save(folder / "logo.png")
    (folder / "dusk.cube").write_text(_blocks("text")[0], "utf-8")
    (folder / "bars.toml").write_text(_blocks("toml")[0], "utf-8")
    soundfile.write(folder / "voice.wav", 0.2 * np.sin(np.arange(48_000 * 3) / 30), 48_000)
    soundfile.write(folder / "song.ogg", 0.3 * np.sin(np.arange(48_000 * 6) / 40), 48_000)
    with av.open(str(folder / "boat.mp4"), "w") as film:
        stream = film.add_stream("libx264", 25, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for number in range(75):
            picture = np.full((90, 160, 3), 60 + number, np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        film.mux(stream.encode(None))


def _reelforge(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reelforge", *words],
        cwd=folder,
        env={**os.environ, "REELFORGE_HOME": str(folder / "home")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_reference_is_what_the_models_say(tool) -> None:
    text = DOCUMENT.read_text("utf-8")
    assert text == tool.written(text), "docs/timeline.md is out of date: run `python tools/timeline_reference.py`"


def test_every_link_within_leads_somewhere() -> None:
    text = DOCUMENT.read_text("utf-8")
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    heads = {re.sub(r"[^a-z0-9 _-]", "", title.lower()).replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= heads


@pytest.mark.slow
def test_the_examples_are_rendered_and_looked_at_as_they_stand(tmp_path: Path) -> None:
    _files(tmp_path)
    for name, text in zip(("tides.json", "second.json", "third.json"), _blocks("json"), strict=True):
        document = _small(text)
        (tmp_path / name).write_text(json.dumps(document), "utf-8")
        made = _reelforge(tmp_path, "render", name, "-o", "made.mp4")
        assert (made.returncode, made.stderr) == (0, ""), made.stderr
        with av.open(str(tmp_path / "made.mp4")) as film:
            picture, sound = film.streams.video[0], film.streams.audio[0]
            assert {"width": picture.width, "height": picture.height} == document["size"]
            assert picture.frames == sum(shot["frames"] for shot in document["shots"])
            loud = max(float(np.abs(frame.to_ndarray()).max()) for frame in film.decode(sound))
            assert (loud > 0.01) == ("audio" in document)
    command = next(line for line in "".join(_blocks("sh")).splitlines() if line.startswith("reelforge frame"))
    looked = _reelforge(tmp_path, *command.split()[1:])
    assert looked.returncode == 0, looked.stderr
    with Image.open(tmp_path / "look.png") as look:
        assert look.size == (108, 192)


def test_the_mistake_is_told_as_the_document_says(tmp_path: Path) -> None:
    (tmp_path / "tides.json").write_text(_blocks("json")[0].replace('"dissolve"', '"disolve"'), "utf-8")
    refused = _reelforge(tmp_path, "frame", "tides.json", "--at", "0", "-o", "look.png")
    assert refused.returncode == 2
    assert f"```\n{refused.stderr}```" in DOCUMENT.read_text("utf-8")
