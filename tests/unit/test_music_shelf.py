"""Dropped files: listened to once, kept by content, and never in anybody's way."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import anyio
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from scipy.signal import oaconvolve

from reelforge.domain.music import Analysis, BeatTrack
from reelforge.engines.music import FoundBed, MusicRequest
from reelforge.engines.music.archive import Archive
from reelforge.engines.music.hearing.listener import Listener, listening
from reelforge.engines.music.library import Engine, Options
from reelforge.engines.music.moods import read_moods
from reelforge.engines.music.shelf import Folder, Shelf
from reelforge.engines.music.tracks import entries, shelved
from reelforge.engines.music.watching import follow
from reelforge.engines.voice.helper import HelperProgram
from reelforge.errors import InputError, TryLaterError
from reelforge.jobs.plain import PlainContext
from reelforge.render.bed import decode
from reelforge.sound.files import read
from reelforge.sound.resample import resample
from reelforge.store.assets import FileAssets
from reelforge.testing.compressed import compressed
from reelforge.testing.rhythms import band

ANALYSIS = Analysis(
    pulse=BeatTrack(tempo=120, beats=(0,), downbeats=(0,), beats_per_bar=4, energy=(0.5,) * 480, confidence=1),
    bpm=120, first_beat=0.0, beats_per_bar=4, bars=8, seconds=16.0, loudness=-18.0, loop_start_bar=0, loop_end_bar=8,
    key="A minor", drive=0.5,
)  # fmt: skip


def drop(folder: Path, name: str = "song.wav", *, old: bool = True) -> Path:
    """A real piece of 8 bars of 120 BPM, written a minute ago."""
    folder.mkdir(parents=True, exist_ok=True)
    played = band(120, 8, ending=False, lead=0.0, rate=22_050)
    soundfile.write(folder / name, played.sound, played.rate)
    if old:
        os.utime(folder / name, (1_000, 1_000))
    return folder / name


def stereo(path: Path) -> NDArray[np.float32]:
    """(n, 2) of a mono file."""
    sound, _ = read(path)
    return np.stack([sound, sound], 1)


def shelf_of(home: Path, folder: Path) -> Shelf:
    return Shelf([Folder(folder, shipped=False, expected=True)], Archive(home / "heard"), home, read_moods())


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compiled")


def test_a_dropped_file_is_heard_at_the_next_reel_and_kept_for_the_next_process(tmp_path: Path) -> None:
    home = tmp_path / "home"
    song = drop(home / "music")
    options, request = Options(shipped=False), MusicRequest(mood="upbeat", samples=10 * 48_000)
    context = PlainContext(FileAssets(tmp_path / "assets"))
    found: FoundBed = anyio.run(Engine(options, home).bed, context, request)
    assert found.bed is not None
    assert (found.bed.track.title, found.bed.track.bpm, found.bed.track.rights) == ("Song", 120.0, "unknown")
    assert len(found.bed.strength) == pytest.approx(16 * 30, abs=2)
    (kept,) = (home / "cache" / "music" / "heard").iterdir()
    assert json.loads(kept.read_text())["analysis"]["bars"] == 8
    assert not list((home / "music").glob("*.toml")), "nothing is written beside a person's music"
    kept_at = kept.stat().st_mtime_ns
    song.rename(song.with_name("renamed.wav"))
    again: FoundBed = anyio.run(Engine(options, home).bed, context, request)
    assert again.bed is not None
    assert again.bed.track.title == "Renamed"
    assert kept.stat().st_mtime_ns == kept_at, "the content is known by whatever name"


@pytest.mark.parametrize(
    ("name", "codec", "container"),
    [("song.m4a", "aac", "mp4"), ("song.aac", "aac", "adts"), ("song.webm", "libopus", "webm")],
)
def test_a_track_from_a_phone_or_a_shop_is_heard_as_any_other_and_played_in_time(
    name: str, codec: str, container: str, tmp_path: Path
) -> None:
    plain = drop(tmp_path / "plain")
    (tmp_path / "music").mkdir()
    rate = 48_000 if codec == "libopus" else 22_050
    path = compressed(tmp_path / "music" / name, resample(stereo(plain), 22_050, rate), rate, codec, container)
    os.utime(path, (1_000, 1_000))
    context = PlainContext(FileAssets(tmp_path / "assets"))
    engine = Engine(Options(folder=str(path.parent), shipped=False), tmp_path / "home")
    bed = anyio.run(engine.bed, context, MusicRequest(mood="upbeat", samples=10 * 48_000)).bed
    assert (bed.track.title, round(bed.track.bpm, 1), bed.track.bars) == ("Song", 120.0, 8)
    assert bed.asset.sha256 == hashlib.sha256(path.read_bytes()).hexdigest(), "the person's own file"
    played, wanted = tmp_path / "played.wav", tmp_path / "wanted.wav"
    decode(context.assets.path(bed.asset), played, None, lambda: None)
    decode(plain, wanted, None, lambda: None)
    one, other = read(played)[0][48_000:96_000, 0], read(wanted)[0][: 3 * 48_000, 0]
    late = 48_000 - int(np.argmax(oaconvolve(other, one[::-1], "valid")))
    known = 1_024 * 48_000 / rate if container == "adts" else 0
    assert abs(late - known) <= 2, "what the encoder put before the sound is left out where the container tells"


def test_files_that_cannot_be_used_are_told_once_and_stand_in_nobodys_way(tmp_path: Path, compiled: Path) -> None:
    folder = tmp_path / "own"
    whole = drop(folder, "good.wav")
    (folder / "torn.wav").write_bytes(whole.read_bytes()[:40_000])
    (folder / "noise.mp3").write_bytes(bytes(range(256)) * 50)
    (folder / "notes.ogg").write_text("buy milk")
    (folder / "empty.flac").write_bytes(b"")
    (folder / "song.m4a").write_bytes(b"ftyp")
    half = compressed(folder / "half.m4a", stereo(drop(tmp_path / "whole")), 22_050, movflags="faststart")
    half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
    (folder / "readme.txt").write_text("not music")
    soundfile.write(folder / "silent.wav", [0.0] * 22_050 * 6, 22_050)
    shelf = Shelf([Folder(folder, shipped=False, expected=True)], Archive(tmp_path / "heard"), compiled, read_moods())
    listing = anyio.run(shelf.learn)
    assert [one.path.name for one in listing.ready] == ["good.wav"]
    told = " ".join(str(error) for error in listing.refused)
    for name in ("torn.wav", "noise.mp3", "notes.ogg", "empty.flac", "song.m4a", "half.m4a", "silent.wav"):
        assert name in told
    assert "torn.wav is cut short" in told
    assert "half.m4a is damaged" in told
    assert half.stat().st_size > 1_000, "it is left alone"
    assert "is silent" in told
    assert "readme" not in told
    later = Shelf([Folder(folder, shipped=False, expected=True)], Archive(tmp_path / "heard"), compiled, read_moods())
    assert len(later.listing().refused) == 7, "they are not listened to again"
    assert not later.listing().unheard


def test_a_file_that_is_still_arriving_is_left_alone_until_it_is_whole(tmp_path: Path) -> None:
    song = drop(tmp_path / "own", old=False)
    shelf = shelf_of(tmp_path, song.parent)
    written = song.stat().st_mtime

    async def just_now() -> int:
        return len((await shelf.learn(now=written + 0.5)).unheard)

    assert anyio.run(just_now) == 1
    assert not (tmp_path / "heard").exists()


def test_a_file_that_changes_while_it_is_heard_is_not_remembered_as_it_was(tmp_path: Path) -> None:
    song = drop(tmp_path / "own")
    shelf = shelf_of(tmp_path, song.parent)

    class Copying(Listener):
        def __init__(self) -> None:
            super().__init__(HelperProgram("none", [], timeout=1, remedy=""))

        async def hear(self, path: Path) -> Analysis:
            path.write_bytes(path.read_bytes() + b"more")  # noqa: ASYNC240  # another program's writing
            return ANALYSIS

    anyio.run(shelf._hear, song, Copying())
    assert len(shelf.listing().unheard) == 1
    assert not (tmp_path / "heard").exists()


def test_a_listener_that_dies_over_a_file_is_told_and_asked_again_by_the_next_process(tmp_path: Path) -> None:
    song = drop(tmp_path / "own")
    shelf = shelf_of(tmp_path, song.parent)

    class Dying(Listener):
        def __init__(self) -> None:
            super().__init__(HelperProgram("none", [], timeout=1, remedy=""))

        async def hear(self, path: Path) -> Analysis:  # noqa: ARG002  # as the real one's
            raise TryLaterError("It died.")

    anyio.run(shelf._hear, song, Dying())
    (refused,) = shelf.listing().refused
    assert "song.wav could not be listened to: It died." in str(refused)
    assert len(shelf_of(tmp_path, song.parent).listing().unheard) == 1


def test_the_worker_says_why_it_cannot_hear_a_file_and_goes_on(tmp_path: Path, compiled: Path) -> None:
    song = drop(tmp_path)

    async def ask() -> Analysis:
        async with listening(compiled) as listener:
            with pytest.raises(InputError, match=r"gone\.wav cannot be opened"):
                await listener.hear(tmp_path / "gone.wav")
            return await listener.hear(song)

    assert anyio.run(ask).bpm == 120.0


def test_what_listens_is_never_loaded_into_our_own_process() -> None:
    program = "import sys, reelforge.engines.music.library; print(*(name.partition('.')[0] for name in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "reelforge" in loaded
    assert {"librosa", "numba", "scipy", "watchfiles", "cv2"}.isdisjoint(loaded)


def test_a_damaged_record_is_heard_again(tmp_path: Path) -> None:
    song = drop(tmp_path / "own")
    archive = Archive(tmp_path / "heard")
    archive.keep(archive.digest(song), ANALYSIS)
    (kept,) = (tmp_path / "heard").iterdir()
    assert Archive(tmp_path / "heard").recall(song) == ANALYSIS
    for damage in ("", "{", '{"version": 1}', '{"version": 0, "analysis": {}}', "[]", "null"):
        kept.write_text(damage)
        assert Archive(tmp_path / "heard").recall(song) is None


def test_what_was_heard_is_asked_for_by_content_so_a_changed_file_is_unknown(tmp_path: Path) -> None:
    song = drop(tmp_path / "own")
    archive = Archive(tmp_path / "heard")
    archive.keep(archive.digest(song), ANALYSIS)
    song.write_bytes(song.read_bytes()[:-2] + b"\1\1")
    assert archive.recall(song) is None


def entry_with(folder: Path, sidecar: str) -> tuple[Path, Analysis]:
    song = drop(folder)
    song.with_suffix(".toml").write_text(sidecar)
    return song, ANALYSIS


def test_a_sidecar_of_two_lines_goes_before_what_was_heard_and_the_rest_is_heard(tmp_path: Path) -> None:
    entry_with(tmp_path, 'mood = "waltz"\nrights = "own"\n')
    ((entry,), ()) = entries(tmp_path)
    assert not entry.complete
    track = shelved(entry, ANALYSIS, read_moods()).track
    assert (track.mood, track.rights, track.bpm, track.bars, track.key) == ("waltz", "own", 120, 8, "A minor")


def test_a_person_who_sets_the_tempo_sets_all_bar_lines(tmp_path: Path) -> None:
    entry_with(tmp_path, "bpm = 60\nfirst_beat = 1.0\n")
    ((entry,), ()) = entries(tmp_path)
    uneven = ANALYSIS.model_copy(update={"beats": tuple(range(0, 33 * 24_000, 24_000)), "outro_bar": 6})
    track = shelved(entry, uneven, read_moods()).track
    assert (track.bpm, track.first_beat, track.bars, track.beats, track.outro_bar) == (60, 1.0, 3, (), None)
    assert (track.loop_start_bar, track.loop_end_bar) == (0, 3)


def test_a_sidecar_that_is_wrong_is_named_with_its_key_before_anything_is_heard(tmp_path: Path) -> None:
    entry_with(tmp_path, 'rights = "stolen"\nlicense = "CC0-1.0"\n')
    ((entry,), ()) = entries(tmp_path)
    with pytest.raises(InputError, match=r"song\.toml, `license` is not a key of a track; did you mean `licence`\?"):
        shelved(entry, ANALYSIS, read_moods())


@pytest.mark.parametrize(
    ("sidecar", "sentence"),
    [
        ('mood = "chil"', '`mood` is "chil"; did you mean "chill"? Correct it'),
        ('rights = "mine"', '`rights` must be one of "own", "licensed", '),
        ('right = "own"', "`right` is not a key of a track; did you mean `rights`? Correct it"),
    ],
)
def test_a_misspelt_word_in_a_sidecar_is_told_with_what_is_allowed(tmp_path: Path, sidecar: str, sentence: str) -> None:
    entry_with(tmp_path, sidecar)
    ((entry,), ()) = entries(tmp_path)
    with pytest.raises(InputError) as caught:
        shelved(entry, ANALYSIS, read_moods())
    assert sentence in str(caught.value)


def test_a_sidecar_without_a_sound_beside_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "lost.toml").write_text('mood = "chill"\n')
    ((), (refused,)) = entries(tmp_path)
    assert "lost.toml, `file` is missing, and no sound file beside it has its name" in str(refused)


def test_check_names_tracks_without_rights_unheard_ones_and_moods_without_a_track(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    known = drop(folder, "known.wav")
    (folder / "fresh.flac").write_bytes(b"fLaC" + bytes(100))
    (folder / "tape.wma").write_bytes(b"tape")
    home = tmp_path / "home"
    archive = Archive(home / "cache" / "music" / "heard")
    archive.keep(archive.digest(known), ANALYSIS)
    said = [
        (finding.ok, finding.sentence) for finding in Engine(Options(folder=str(folder), shipped=False), home).check()
    ]
    assert any(not ok and "by what right the track 'Known' (known.wav)" in sentence for ok, sentence in said)
    assert any(ok and "fresh.flac has not been listened to yet" in sentence for ok, sentence in said)
    assert any(not ok and "tape.wma cannot be used: .wma is not read" in sentence for ok, sentence in said)
    assert any(not ok and "No track has the mood gaming" in sentence for ok, sentence in said)
    assert said[-1] == (True, "2 tracks can be chosen from.")


def test_the_work_folders_own_music_need_not_be_there(tmp_path: Path) -> None:
    assert [finding.ok for finding in Engine(Options(), tmp_path).check()] == [True]
    assert not (tmp_path / "music").exists()


def test_a_folder_is_followed_from_before_it_exists(tmp_path: Path) -> None:
    folder = tmp_path / "later" / "music"

    async def watch() -> None:
        there, heard = anyio.Event(), anyio.Event()

        async def look() -> None:
            if folder.is_dir():
                there.set()
            if (folder / "song.wav").exists():
                heard.set()

        async with anyio.create_task_group() as tasks:
            await tasks.start(lambda task_status: follow([folder], look, task_status=task_status))
            with anyio.fail_after(20):
                await anyio.Path(folder).mkdir(parents=True)
                await there.wait()
                await anyio.Path(folder / "song.wav").write_bytes(b"RIFF")
                await heard.wait()
            tasks.cancel_scope.cancel()

    anyio.run(watch)


def test_a_running_process_hears_what_is_dropped(tmp_path: Path, compiled: Path) -> None:
    home = tmp_path / "home"
    (home / "cache").mkdir(parents=True)
    (home / "cache" / "music").symlink_to(compiled)
    engine = Engine(Options(shipped=False), home)

    async def watch() -> None:
        async with anyio.create_task_group() as tasks:
            await tasks.start(lambda task_status: engine.watch(task_status=task_status))
            await anyio.to_thread.run_sync(drop, home / "music")
            with anyio.fail_after(60):
                while not engine._shelf.listing().ready:
                    async with anyio.create_task_group() as waiting:
                        await waiting.start(_next_change, compiled / "heard")
            tasks.cancel_scope.cancel()

    anyio.run(watch)
    (track,) = engine._shelf.listing().ready
    assert track.track.bars == 8


async def _next_change(folder: Path, *, task_status: anyio.abc.TaskStatus[None]) -> None:
    import watchfiles

    await anyio.Path(folder).mkdir(parents=True, exist_ok=True)
    task_status.started()
    async for _ in watchfiles.awatch(folder, rust_timeout=500, yield_on_timeout=True):
        return
