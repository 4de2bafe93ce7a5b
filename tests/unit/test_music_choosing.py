"""Which track a Reel gets, and that a channel does not hear the same one again and again."""

from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path

import pytest

from reelforge.domain.music import Track
from reelforge.engines.music import MusicRequest
from reelforge.engines.music.choosing import choose
from reelforge.engines.music.moods import nearest_mood, read_moods
from reelforge.engines.music.plays import Plays
from reelforge.engines.music.tracks import Shelved

RATE = 48_000


def shelved(name: str, mood: str = "chill", bpm: float = 90, bars: int = 30) -> Shelved:
    track = Track(
        title=name, file=f"{name}.ogg", mood=mood, bpm=bpm, first_beat=0, bars=bars, seconds=bars * 240 / bpm,
        loudness=-16, loop_end_bar=bars,
    )  # fmt: skip
    return Shelved(track, Path(f"{name}.ogg"), None, shipped=False)


def ask(seed: int = 0, mood: str = "chill", seconds: float = 30) -> MusicRequest:
    return MusicRequest(mood=mood, samples=round(seconds * RATE), seed=seed)


FIVE = [shelved(name) for name in "abcde"]


def test_no_track_comes_again_for_three_reels_where_there_are_enough() -> None:
    heard: list[str] = []
    for seed in range(40):
        heard.insert(0, choose(FIVE, read_moods(), ask(seed), heard).path.name)
    assert all(len(set(heard[first : first + 4])) == 4 for first in range(37))
    assert len(set(heard)) == 5


def test_two_tracks_take_turns_and_one_is_taken_always() -> None:
    heard: list[str] = []
    for seed in range(8):
        heard.insert(0, choose(FIVE[:2], read_moods(), ask(seed), heard).path.name)
    assert all(one != two for one, two in pairwise(heard))
    assert choose(FIVE[:1], read_moods(), ask(), ["a.ogg"]).path.name == "a.ogg"


def test_what_was_heard_long_ago_or_is_gone_does_not_count() -> None:
    free = choose(FIVE, read_moods(), ask(3))
    assert choose(FIVE, read_moods(), ask(3), ["x.ogg", "y.ogg"]) is free
    others = [one.path.name for one in FIVE if one is not free][:3]
    assert choose(FIVE, read_moods(), ask(3), [*others, free.path.name]) is free


def test_a_track_that_goes_round_once_is_as_good_as_one_that_does_not() -> None:
    short, long = shelved("short", bars=16), shelved("long", bars=60)
    chosen = {choose([short, long], read_moods(), ask(seed, seconds=60)).path.name for seed in range(12)}
    assert chosen == {"short.ogg", "long.ogg"}
    assert {choose([short, long], read_moods(), ask(seed, seconds=150)).path.name for seed in range(12)} == {"long.ogg"}


def test_a_mood_without_tracks_gets_the_nearest_tempo_by_ratio() -> None:
    shelf = [shelved("slow", "waltz", 70), shelved("quick", "jig", 200)]
    assert choose(shelf, read_moods(), ask(mood="gaming")).path.name == "quick.ogg"
    assert choose(shelf, read_moods(), ask(mood="dramatic")).path.name == "slow.ogg"


@pytest.mark.parametrize(
    ("bpm", "drive", "mood"),
    [
        (128, 0.8, "upbeat"),
        (88, 0.3, "chill"),
        (100, 0.75, "dramatic"),
        (142, 0.9, "gaming"),
        (70, 0.95, "gaming"),
        (180, 0.3, "chill"),
    ],
)
def test_music_without_a_mood_has_that_of_its_tempo_and_drive(bpm: float, drive: float, mood: str) -> None:
    assert nearest_mood(read_moods(), bpm, drive) == mood


def test_plays_are_kept_by_channel_and_a_reel_made_again_finds_what_it_found(tmp_path: Path) -> None:
    plays = Plays(tmp_path / "plays.json")
    for job, name in (("1", "a"), ("2", "b"), ("3", "c")):
        plays.note("tech", job, name)
    plays.note("cooking", "4", "d")
    later = Plays(tmp_path / "plays.json")
    assert later.before("tech", "9") == ("c", "b", "a")
    assert later.before("tech", "2") == ("a",)
    assert later.before("cooking", "5") == ("d",)
    assert later.before("new", "6") == ()
    later.note("tech", "2", "e")
    assert later.before("tech", "9") == ("c", "e", "a")


def test_a_channel_remembers_no_more_than_fifty(tmp_path: Path) -> None:
    plays = Plays(None)
    for job in range(80):
        plays.note("tech", str(job), f"{job}.ogg")
    assert len(plays.before("tech", "new")) == 50
    assert plays.before("tech", "new")[0] == "79.ogg"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", ["", "{", "[1]", '{"tech": 3}', '{"tech": [["1"]]}', "\udcff"])
def test_damaged_plays_are_begun_anew(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "plays.json"
    file.write_bytes(damage.encode("utf-8", "surrogateescape"))
    plays = Plays(file)
    assert plays.before("tech", "1") == ()
    plays.note("tech", "1", "a")
    assert Plays(file).before("tech", "2") == ("a",)


def test_jobs_that_end_together_are_all_remembered(tmp_path: Path) -> None:
    plays = Plays(tmp_path / "plays.json")
    threads = [threading.Thread(target=plays.note, args=("tech", str(job), f"{job}.ogg")) for job in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(plays.before("tech", "new")) == 20
    assert [path.name for path in tmp_path.iterdir()] == ["plays.json"]


def test_plays_that_cannot_be_written_are_lost_without_harm(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file where a folder should be")
    plays = Plays(tmp_path / "blocked" / "plays.json")
    plays.note("tech", "1", "a")
    assert plays.before("tech", "2") == ()
