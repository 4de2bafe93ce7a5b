"""A right that was given or withdrawn after the music was chosen counts when the Reel is handed out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import anyio
import numpy as np
import pytest
import soundfile

from reelforge.domain.asset import AssetRef
from reelforge.domain.cues import SAMPLE_RATE, Alignment, Narration, SceneWords, SpokenScene, Word
from reelforge.domain.job import Order, StepContext, step
from reelforge.domain.look import Look
from reelforge.domain.material import Material
from reelforge.domain.music import Bed
from reelforge.domain.picture import Picture
from reelforge.domain.post import Reel, Rendition
from reelforge.domain.script import Scene, Script
from reelforge.domain.timeline import Timeline
from reelforge.engines.music import MusicRequest
from reelforge.engines.music.library import Engine, Options
from reelforge.errors import NeedsPersonError
from reelforge.jobs.plain import PlainContext
from reelforge.recipes.kit import Kit
from reelforge.recipes.narrated import narrated
from reelforge.store.assets import FileAssets
from reelforge.testing.wall import Wall

V = TypeVar("V")
ASSET = AssetRef(sha256="a" * 64, media_type="video/mp4", size=1)
SCRIPT = Script(title="Moon", scenes=(Scene(narration="It slips away."),))
FACTS = (
    'mood = "chill"\nbpm = 120\nfirst_beat = 0.0\nbars = 2\nseconds = 4.0\nloudness = -16.0\n'
    "loop_start_bar = 0\nloop_end_bar = 2\n"
)


class Screen:
    """Renders nothing, and notes which timelines it was given."""

    identity: Mapping[str, str] = {"name": "screen"}

    def __init__(self) -> None:
        self.timelines: list[Timeline] = []

    @step()
    async def render(self, context: StepContext, timeline: Timeline) -> Rendition:
        del context
        self.timelines.append(timeline)
        return Rendition(
            video=ASSET, cover=ASSET, contact_sheet=ASSET, frames=30, seconds=1.0, encoder="x", loudness=-14.0,
            true_peak=-1.0, checks=(),
        )  # fmt: skip


class Edited(PlainContext):
    """A job whose words a person has edited: it goes on from what is recorded."""

    def __init__(self, assets: FileAssets, material: Material) -> None:
        super().__init__(assets)
        self._material = material

    async def recorded(self, name: str, kind: type[V]) -> V | None:
        return cast("V", self._material) if kind is Material and name else None


class Shop:
    """A channel with a music folder and a wall, and a Reel whose music was chosen by what the sidecar said then."""

    def __init__(self, folder: Path, sidecar: str) -> None:
        self.folder = folder / "music"
        self.folder.mkdir()
        sound = np.random.default_rng(1).uniform(-0.3, 0.3, (4 * SAMPLE_RATE, 2))
        soundfile.write(self.folder / "song.wav", sound, SAMPLE_RATE)
        self.says(sidecar)
        self.assets = FileAssets(folder / "assets")
        self.music = Engine(Options(folder=str(self.folder), shipped=False))
        self.wall, self.screen = Wall(), Screen()
        request = MusicRequest(mood="chill", samples=4 * SAMPLE_RATE)
        found = anyio.run(self.music.bed, PlainContext(self.assets), request).bed
        assert found is not None
        self.bed: Bed = found

    def says(self, sidecar: str) -> None:
        (self.folder / "song.toml").write_text(f'title = "Song"\n{FACTS}{sidecar}\n', "utf-8")

    def hand_out(self) -> Reel:
        part: Any = SimpleNamespace(identity={})
        kit = Kit(
            brief=part, look=Look(), mood="chill", palette=(), writer=part, verbatim=part, narrator=part, aligner=part,
            recordings={}, gatherer=part, music=self.music, studio=cast("Any", self.screen),
            publishers=[cast("Any", self.wall)], legible=lambda _script, _look: None,
        )  # fmt: skip
        order = Order(channel="space", text="It slips away.")
        return anyio.run(narrated, Edited(self.assets, self._material()), order, kit)

    def _material(self) -> Material:
        words = tuple(
            Word(text=text, start=number * 24_000, end=number * 24_000 + 20_000, confidence=1.0, source="native")
            for number, text in enumerate(SCRIPT.scenes[0].narration.split())
        )
        end = 4 * SAMPLE_RATE
        picture = AssetRef(sha256="b" * 64, media_type="image/png", size=1)
        return Material(
            script=SCRIPT,
            narration=Narration(
                audio=ASSET,
                samples=end,
                scenes=(SpokenScene(start=0, end=end, utterances=()),),
                engine="test",
                voice="test",
            ),
            pictures=(Picture(asset=picture, width=1620, height=2880, focus=(0.5, 0.5), engine="test"),),
            alignment=Alignment(samples=end, scenes=(SceneWords(start=0, end=end, words=words),)),
            bed=self.bed,
            edit=1,
        )


def test_a_right_that_was_given_since_lets_the_reel_be_posted_with_whom_to_name(tmp_path: Path) -> None:
    shop = Shop(tmp_path, "")
    with pytest.raises(NeedsPersonError, match=r"Nobody has said .* Write `rights = …` .* into song\.toml"):
        shop.hand_out()
    assert shop.wall.posted == []
    shop.says('rights = "cc-by"\nauthor = "Ada"\nlicence = "CC-BY-4.0"')
    reel = shop.hand_out()
    (posted,) = shop.wall.posted
    assert posted.withheld is None
    assert posted.description.endswith("Music: “Song” by Ada (CC-BY-4.0)")
    (music,) = [one for one in posted.receipt.document["assets"] if one["role"] == "music"]
    assert (music["rights"], music["author"]) == ("cc-by", "Ada")
    assert not [note for note in reel.notes if "right" in note]


def test_a_right_that_was_withdrawn_since_keeps_the_reel_from_being_posted(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 'rights = "licensed"')
    shop.hand_out()
    assert len(shop.wall.posted) == 1
    shop.says("")
    with pytest.raises(NeedsPersonError, match="Nobody has said by what right the track 'Song'"):
        shop.hand_out()
    assert len(shop.wall.posted) == 1


def test_what_is_rendered_does_not_depend_on_rights(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 'rights = "own"')
    shop.hand_out()
    shop.says('rights = "cc0"\nterms = "None."')
    shop.hand_out()
    first, second = shop.screen.timelines
    assert first == second


def test_a_track_is_known_again_by_its_content_under_another_name(tmp_path: Path) -> None:
    shop = Shop(tmp_path, "")
    (shop.folder / "song.toml").unlink()
    (shop.folder / "song.wav").rename(shop.folder / "mine.wav")
    (shop.folder / "mine.toml").write_text('rights = "own"', "utf-8")
    track = anyio.run(shop.music.current, shop.bed)
    assert (track.rights, track.file, track.bpm) == ("own", "mine.wav", 120)


@pytest.mark.parametrize("gone", ["the file", "the folder", "its content"])
def test_a_track_that_is_gone_keeps_what_was_said_of_it(gone: str, tmp_path: Path) -> None:
    shop = Shop(tmp_path, 'rights = "licensed"')
    if gone == "its content":
        (shop.folder / "song.wav").write_bytes(b"\0" * shop.bed.asset.size)
    else:
        (shop.folder / "song.toml").unlink()
        (shop.folder / "song.wav").unlink()
    if gone == "the folder":
        shop.folder.rmdir()
    shop.hand_out()
    assert shop.wall.posted[0].withheld is None


def test_a_sidecar_that_cannot_be_read_withholds_the_reel_and_is_named(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 'rights = "licensed"')
    shop.says("rights =")
    with pytest.raises(NeedsPersonError, match=r"song\.toml line \d+, column \d+: a value is missing"):
        shop.hand_out()
    assert shop.wall.posted == []
