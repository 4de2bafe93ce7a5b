from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anyio
import numpy as np
import pytest
import soundfile

from reelforge import engines
from reelforge.engines.music import FoundBed, MusicRequest, none
from reelforge.engines.music.cutting import bar_samples
from reelforge.engines.music.library import Engine, Options
from reelforge.engines.music.moods import read_moods
from reelforge.errors import InputError, NeedsPersonError
from reelforge.jobs.plain import PlainContext
from reelforge.store.assets import FileAssets

RATE = 48_000
Shelf = Callable[..., Path]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Puts a small real track with its sidecar into a folder of one's own; ``None`` leaves a key out."""
    folder = tmp_path / "own"
    folder.mkdir()

    def put(name: str = "mine", **changes: object) -> Path:
        sound = np.random.default_rng(1).uniform(-0.3, 0.3, (4 * RATE, 2))
        soundfile.write(folder / f"{name}.wav", sound, RATE)
        values: dict[str, object] = {
            "title": name.title(), "file": f"{name}.wav", "mood": "chill", "bpm": 120, "first_beat": 0.0, "bars": 2,
            "seconds": 4.0, "loudness": -16.0, "loop_start_bar": 0, "loop_end_bar": 2, "author": "Ada",
            "licence": "CC-BY-4.0", "rights": "Name Ada.",
        }  # fmt: skip
        values = {key: value for key, value in (values | changes).items() if value is not None}
        lines = (f"{key} = {value!r}".replace("'", '"') for key, value in values.items())
        (folder / f"{name}.toml").write_text("\n".join(lines))
        return folder

    return put


def ask(tmp_path: Path, options: Options, request: MusicRequest) -> FoundBed:
    return anyio.run(Engine(options).bed, PlainContext(FileAssets(tmp_path / "assets")), request)


def title(found: FoundBed) -> str:
    assert found.bed is not None
    return found.bed.track.title


@pytest.mark.parametrize("mood", sorted(read_moods()))
def test_each_preset_finds_a_track_of_its_own_mood_and_tempo(tmp_path: Path, mood: str) -> None:
    bed = ask(tmp_path, Options(), MusicRequest(mood=mood, samples=50 * RATE)).bed
    assert bed is not None
    assert (bed.track.mood, bed.track.bpm) == (mood, read_moods()[mood].bpm)
    assert sum(span.end - span.start for span in bed.spans) >= 50 * RATE


def test_the_same_seed_always_finds_the_same_track_and_seeds_reach_every_track(tmp_path: Path) -> None:
    found = [title(ask(tmp_path, Options(), MusicRequest(mood="chill", samples=RATE, seed=n))) for n in range(12)]
    again = [title(ask(tmp_path, Options(), MusicRequest(mood="chill", samples=RATE, seed=n))) for n in range(12)]
    assert found == again
    assert set(found) == {"Paper Lanterns", "Slow Tide"}


def test_a_new_track_changes_only_the_choices_it_wins(tmp_path: Path, shelf: Shelf) -> None:
    folder = str(shelf())
    before = [title(ask(tmp_path, Options(), MusicRequest(mood="chill", samples=RATE, seed=n))) for n in range(12)]
    after = [
        title(ask(tmp_path, Options(folder=folder), MusicRequest(mood="chill", samples=RATE, seed=n)))
        for n in range(12)
    ]
    assert "Mine" in after
    assert all(new in (old, "Mine") for old, new in zip(before, after, strict=True))


def test_the_track_lies_in_the_store_with_its_title_author_and_licence(tmp_path: Path, shelf: Shelf) -> None:
    folder = shelf()
    bed = ask(tmp_path, Options(folder=str(folder), shipped=False), MusicRequest(mood="chill", samples=RATE)).bed
    assert bed is not None
    assert bed.asset.provenance is not None
    assert bed.asset.provenance.model_dump(include={"source", "title", "author", "licence"}) == {
        "source": "person",
        "title": "Mine",
        "author": "Ada",
        "licence": "CC-BY-4.0",
    }
    stored = FileAssets(tmp_path / "assets").path(bed.asset)
    assert stored.read_bytes() == (folder / "mine.wav").read_bytes()
    assert bed.asset.media_type == "audio/wav"


def test_a_long_reel_is_filled_by_going_round_the_loop(tmp_path: Path, shelf: Shelf) -> None:
    options = Options(folder=str(shelf()), shipped=False)
    bed = ask(tmp_path, options, MusicRequest(mood="chill", samples=21 * RATE)).bed
    assert bed is not None
    assert [(span.start, span.end) for span in bed.spans] == [(0, 4 * RATE)] * 5 + [(0, 2 * RATE)]


def test_a_track_that_need_not_repeat_goes_before_one_that_must(tmp_path: Path, shelf: Shelf) -> None:
    options = Options(folder=str(shelf()))
    found = {title(ask(tmp_path, options, MusicRequest(mood="chill", samples=40 * RATE, seed=n))) for n in range(12)}
    assert found == {"Paper Lanterns", "Slow Tide"}


def test_a_mood_without_tracks_gets_the_nearest_tempo(tmp_path: Path, shelf: Shelf) -> None:
    shelf("slow", mood="waltz", bpm=88, bars=1, loop_end_bar=1)
    folder = shelf("fast", mood="jig", bpm=150)
    options = Options(folder=str(folder), shipped=False)
    assert title(ask(tmp_path, options, MusicRequest(mood="gaming", samples=RATE))) == "Fast"
    assert title(ask(tmp_path, options, MusicRequest(mood="chill", samples=RATE))) == "Slow"


def test_a_mood_of_ones_own_is_found_by_its_name(tmp_path: Path, shelf: Shelf) -> None:
    options = Options(folder=str(shelf(mood="waltz")))
    assert title(ask(tmp_path, options, MusicRequest(mood="waltz", samples=RATE))) == "Mine"


def test_an_unknown_mood_is_refused_with_the_nearest_spelling(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"mood 'dramtic'.*Did you mean 'dramatic'\?"):
        ask(tmp_path, Options(), MusicRequest(mood="dramtic", samples=RATE))


def test_no_tracks_at_all_is_one_sentence_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no music track to choose from"):
        ask(tmp_path, Options(shipped=False), MusicRequest(mood="chill", samples=RATE))


def test_a_music_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"music folder .*nowhere cannot be read"):
        ask(tmp_path, Options(folder=str(tmp_path / "nowhere")), MusicRequest(mood="chill", samples=RATE))


BROKEN: dict[str, tuple[dict[str, object], str]] = {
    "a wrong type": ({"bpm": "fast"}, r"mine\.toml, `bpm` is 'fast'"),
    "a value out of range": ({"bpm": 4000}, r"mine\.toml, `bpm` is 4000: input should be less than 400"),
    "a misspelt key": ({"license": "CC0-1.0"}, r"`license` is not a key of a track; did you mean `licence`\?"),
    "a loop past the end": ({"loop_end_bar": 3}, r"`loop_end_bar` is 3, after the last of its 2 bars"),
    "a loop of nothing": ({"loop_start_bar": 2}, r"`loop_start_bar` is 2, not before the loop's end"),
    "more bars than seconds": ({"bars": 3, "loop_end_bar": 3}, r"`bars` is 3, which take 6\.000 seconds"),
    "a file that is not there": ({"file": "other.wav"}, r"`file` names other\.wav, which is not there"),
    "a file elsewhere": ({"file": "../mine.wav"}, r"`file` must name a sound file beside it"),
    "a file that is no sound": ({"file": "mine.txt"}, r"`file` must name a sound file beside it"),
    "a wrong length": ({"seconds": 9.0}, r"`seconds` is 9, but mine\.wav has 4\.000"),
}


@pytest.mark.parametrize(("changes", "sentence"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_sidecar_is_named_with_its_key(
    tmp_path: Path, shelf: Shelf, changes: dict[str, object], sentence: str
) -> None:
    options = Options(folder=str(shelf(**changes)), shipped=False)
    with pytest.raises(InputError, match=sentence):
        ask(tmp_path, options, MusicRequest(mood="chill", samples=RATE))
    refused = [finding for finding in Engine(options).check() if not finding.ok]
    assert any("mine.toml" in finding.sentence for finding in refused)


def test_a_sidecar_that_is_not_toml_is_named_with_the_line(tmp_path: Path, shelf: Shelf) -> None:
    folder = shelf()
    (folder / "mine.toml").write_text('title = "x"\nbpm = = 3\n')
    with pytest.raises(InputError, match=r"mine\.toml line 2, column 7: a value is missing"):
        ask(tmp_path, Options(folder=str(folder), shipped=False), MusicRequest(mood="chill", samples=RATE))


def test_a_reel_that_is_published_gets_no_track_nobody_has_spoken_for(tmp_path: Path, shelf: Shelf) -> None:
    own = str(shelf(licence="", rights="unknown"))
    wishes = [MusicRequest(mood="chill", samples=RATE, seed=seed) for seed in range(8)]
    public = [wish.model_copy(update={"public": True}) for wish in wishes]
    assert "Mine" in {title(ask(tmp_path, Options(folder=own), wish)) for wish in wishes}
    assert {title(ask(tmp_path, Options(folder=own), wish)) for wish in public} == {"Paper Lanterns", "Slow Tide"}
    with pytest.raises(NeedsPersonError, match=r"by what right the track 'Mine' \(mine\.wav\) is used.*mine\.toml"):
        ask(tmp_path, Options(folder=own, shipped=False), public[0])


def test_a_mood_of_ones_own_is_not_called_unknown_when_its_track_may_not_be_published(
    tmp_path: Path, shelf: Shelf
) -> None:
    own = str(shelf(mood="waltz", licence="", rights="unknown"))
    with pytest.raises(NeedsPersonError, match="by what right the track 'Mine'"):
        ask(tmp_path, Options(folder=own), MusicRequest(mood="waltz", samples=RATE, public=True))


def test_a_broken_track_stands_in_nobodys_way_while_there_are_others(tmp_path: Path, shelf: Shelf) -> None:
    options = Options(folder=str(shelf(bpm="fast")))
    found = {title(ask(tmp_path, options, MusicRequest(mood="chill", samples=RATE, seed=n))) for n in range(4)}
    assert found <= {"Paper Lanterns", "Slow Tide"}
    refused = [finding for finding in Engine(options).check() if not finding.ok]
    assert any("mine.toml" in finding.sentence and finding.optional for finding in refused)


def test_a_track_whose_file_is_not_what_its_sidecar_says_is_passed_over(tmp_path: Path, shelf: Shelf) -> None:
    options = Options(folder=str(shelf(seconds=9.0)))
    found = {title(ask(tmp_path, options, MusicRequest(mood="chill", samples=RATE, seed=n))) for n in range(8)}
    assert found == {"Paper Lanterns", "Slow Tide"}


def test_check_finds_nothing_wrong_with_the_shipped_tracks() -> None:
    findings = list(Engine(Options()).check())
    assert [finding.ok for finding in findings] == [True]
    assert "8 tracks" in findings[0].sentence


def test_the_engine_none_finds_no_bed(tmp_path: Path) -> None:
    engine = none.Engine(none.Options())
    request = MusicRequest(mood="chill", samples=RATE)
    assert anyio.run(engine.bed, PlainContext(FileAssets(tmp_path / "assets")), request).bed is None
    assert [finding.ok for finding in engine.check()] == [True]


def test_the_kind_has_these_two_engines_and_nothing_else_counts_as_one() -> None:
    assert engines.names("music") == ("library", "none")


def test_a_shipped_bed_of_any_length_ends_on_a_bar_line(tmp_path: Path) -> None:
    bed = ask(tmp_path, Options(), MusicRequest(mood="gaming", samples=200 * RATE)).bed
    assert bed is not None
    total = sum(span.end - span.start for span in bed.spans)
    assert abs(total - round(total / bar_samples(bed.track)) * bar_samples(bed.track)) <= 1


def test_the_presets_are_the_four_of_the_products_promise() -> None:
    assert {name: mood.bpm for name, mood in read_moods().items()} == {
        "upbeat": 128,
        "chill": 90,
        "dramatic": 100,
        "gaming": 140,
    }
