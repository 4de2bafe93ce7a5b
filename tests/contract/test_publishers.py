"""What every publisher promises, and what the folder promises besides."""

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from reelforge import publish
from reelforge.domain.doctor import Finding
from reelforge.domain.post import Package, Publication, Receipt, Rendition
from reelforge.errors import InputError, NeedsPersonError
from reelforge.jobs.plain import PlainContext
from reelforge.publish import Publisher, folder, placing, swap
from reelforge.publish.contents import digest_of
from reelforge.store.assets import FileAssets
from reelforge.testing.wall import Wall

NAMES = publish.names()
NAMES_IN_FOLDER = {
    "video.mp4",
    "cover.jpg",
    "contact-sheet.jpg",
    "captions.srt",
    "captions.vtt",
    "timeline.json",
    "receipt.json",
    "metadata.json",
}


class NoonClock:
    """Stands still at noon on a known day."""

    def __init__(self, day: int = 0) -> None:
        self.day = day

    def now(self) -> float:
        return 1_767_268_800.0 + 86_400 * self.day

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        del seconds


@pytest.fixture
def clock() -> NoonClock:
    return NoonClock()


@pytest.fixture
def context(tmp_path: Path, clock: NoonClock) -> PlainContext:
    return PlainContext(FileAssets(tmp_path / "assets"), clock=clock)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(params=NAMES)
def publisher(request: pytest.FixtureRequest, home: Path) -> Publisher:
    module = publish.load(request.param)
    made: Publisher = module.Engine(module.Options(), home)
    return made


def package(context: PlainContext, content: str = "one", **more: Any) -> Package:
    add = context.assets.add_bytes
    rendition = Rendition(
        video=add(f"video {content}".encode() * 1000, "video/mp4"),
        cover=add(f"cover {content}".encode(), "image/jpeg"),
        contact_sheet=add(f"sheet {content}".encode(), "image/jpeg"),
        frames=30,
        seconds=1,
        encoder="x264",
        loudness=-14,
        true_peak=-1,
        checks=(),
    )
    values = {
        "job": "k7f3",
        "channel": "space",
        "title": "The Moon is leaving us",
        "rendition": rendition,
        "srt": f"1\n{content}\n",
        "vtt": f"WEBVTT\n{content}\n",
        "timeline_json": json.dumps({"made": content}),
        "receipt": Receipt(document={"made": content}),
    }
    return Package.model_validate({**values, **more})


def run(publisher: Any, context: PlainContext, package: Package, out: Path | None = None) -> Publication:
    async def go() -> Publication:
        done: Publication = await context.step(publisher.publish, package, str(out) if out else None)
        return done

    return anyio.run(go)


def tree(place: Path) -> dict[str, bytes]:
    return {str(path.relative_to(place)): path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()}


def test_the_shipped_publishers_are_found_by_file_name() -> None:
    assert "folder" in NAMES
    with pytest.raises(InputError, match="Did you mean 'folder'"):
        publish.load("foldr")


def test_a_publisher_fulfils_its_protocol(publisher: Publisher) -> None:
    assert publisher.name in NAMES
    json.dumps(dict(publisher.identity))
    for finding in publisher.check():
        assert finding.ok or finding.remedy
    anyio.run(publisher.aclose)


class Forgetful(Wall):
    """One that does not say whether it is public."""

    name = "forgetful"
    public = property()  # type: ignore[assignment]  # reading it raises AttributeError, as if it were not there


WITHHELD = Finding(subject="music rights", ok=False, sentence="Nobody knows whose song it is.", remedy="Ask around.")


@pytest.mark.parametrize("kind", [Wall, Forgetful])
def test_a_withheld_reel_is_kept_on_this_machine_and_posted_nowhere(
    kind: type[Wall], context: PlainContext, home: Path
) -> None:
    wall, kept = kind(), folder.Engine(folder.Options(), home)
    with pytest.raises(NeedsPersonError, match=f"handed to {wall.name}: Nobody knows whose song it is. Ask around."):
        anyio.run(publish.hand_out, context, [wall, kept], package(context, withheld=WITHHELD))
    assert wall.posted == []
    (made,) = (home / "videos" / "space").iterdir()
    assert {path.name for path in made.iterdir()} == NAMES_IN_FOLDER


def test_a_reel_that_nothing_speaks_against_is_posted_with_whom_to_name(context: PlainContext, home: Path) -> None:
    wall, kept = Wall(), folder.Engine(folder.Options(), home)
    wanted = package(context, description="It slips away.\n\nMusic: “Song” by Ada (CC-BY-4.0)", hashtags=("moon",))
    publications = anyio.run(publish.hand_out, context, [wall, kept], wanted)
    assert [publication.publisher for publication in publications] == ["folder", "wall"]
    assert wall.posted == [wanted]
    about = json.loads(Path(publications[0].files["metadata"]).read_text("utf-8"))
    assert about["caption"].endswith("It slips away.\n\nMusic: “Song” by Ada (CC-BY-4.0)\n\n#moon")


def test_every_file_it_names_is_there_and_whole(publisher: Publisher, context: PlainContext) -> None:
    made = package(context)
    publication = run(publisher, context, made)
    assert publication.publisher == publisher.name
    assert {"video", "cover", "contact_sheet", "captions", "timeline", "receipt", "metadata"} <= set(publication.files)
    assert digest_of(Path(publication.files["video"])) == made.rendition.video.sha256
    for path in publication.files.values():
        assert Path(path).stat().st_size > 0


def test_done_again_for_the_same_job_there_is_one_publication(publisher: Publisher, context: PlainContext) -> None:
    first = run(publisher, context, package(context))
    again = run(publisher, context, package(context, "two"))
    assert again.folder == first.folder
    assert b"two" in Path(again.files["video"]).read_bytes()


@pytest.fixture
def engine(home: Path) -> folder.Engine:
    return folder.Engine(folder.Options(), home)


def test_a_reels_folder_tells_channel_date_title_and_job_and_holds_just_its_files(
    engine: folder.Engine, context: PlainContext, home: Path
) -> None:
    publication = run(engine, context, package(context))
    place = home / "videos" / "space" / "2026-01-01-the-moon-is-leaving-us-k7f3"
    assert Path(publication.folder) == place
    assert {path.name for path in place.iterdir()} == NAMES_IN_FOLDER
    assert [path.name for path in place.parent.iterdir()] == [place.name]


def test_files_are_copies_so_that_an_edit_in_place_cannot_reach_the_store(
    engine: folder.Engine, context: PlainContext
) -> None:
    made = package(context)
    video = Path(run(engine, context, made).files["video"])
    with video.open("r+b") as file:
        file.write(b"changed")
    assert digest_of(context.assets.path(made.rendition.video)) == made.rendition.video.sha256


def test_published_on_another_day_under_another_title_a_job_keeps_its_folder(
    engine: folder.Engine, context: PlainContext, clock: NoonClock
) -> None:
    first = run(engine, context, package(context))
    clock.day = 3
    again = run(engine, context, package(context, "two", title="Another title"))
    assert again.folder == first.folder
    other = run(engine, context, package(context, "three", job="x9"))
    assert other.folder != first.folder


def test_a_job_whose_name_ends_another_ones_does_not_take_its_folder(
    engine: folder.Engine, context: PlainContext
) -> None:
    first = run(engine, context, package(context, title="A", job="b-1"))
    second = run(engine, context, package(context, title="A", job="1"))
    assert first.folder != second.folder


def test_what_a_person_changed_or_added_is_carried_over(engine: folder.Engine, context: PlainContext) -> None:
    place = Path(run(engine, context, package(context)).folder)
    (place / "captions.srt").write_text("mended by hand")
    (place / "notes.txt").write_text("post on Monday")
    (place / "cuts").mkdir()
    (place / "cuts" / "teaser.mp4").write_bytes(b"teaser")
    (place / "latest").symlink_to("video.mp4")
    before = tree(place)
    with pytest.raises(NeedsPersonError):
        run(engine, context, package(context, "two", rendition=damaged(context)))
    assert tree(place) == before
    run(engine, context, package(context, "two"))
    assert (place / "captions.srt").read_text() == "1\ntwo\n"
    assert (place / "captions.kept-1.srt").read_text() == "mended by hand"
    assert (place / "notes.txt").read_text() == "post on Monday"
    assert (place / "cuts" / "teaser.mp4").read_bytes() == b"teaser"
    assert (place / "latest").is_symlink()
    run(engine, context, package(context, "three"))
    assert (place / "captions.kept-1.srt").read_text() == "mended by hand"
    assert {path.name for path in place.iterdir()} == {
        *NAMES_IN_FOLDER, "captions.kept-1.srt", "notes.txt", "cuts", "latest",
    }  # fmt: skip


def damaged(context: PlainContext) -> Rendition:
    rendition = package(context, "bad").rendition
    context.assets.path(rendition.video).write_bytes(b"rotten")
    return rendition


def test_a_changed_metadata_file_is_kept_too(engine: folder.Engine, context: PlainContext) -> None:
    place = Path(run(engine, context, package(context)).folder)
    document = json.loads((place / "metadata.json").read_text())
    document["caption"] = "a better one"
    (place / "metadata.json").write_text(json.dumps(document))
    run(engine, context, package(context, "two"))
    assert json.loads((place / "metadata.kept-1.json").read_text())["caption"] == "a better one"
    assert {path.name for path in place.iterdir()} == {*NAMES_IN_FOLDER, "metadata.kept-1.json"}


def test_beside_other_files_a_reel_takes_its_titles_name(
    engine: folder.Engine, context: PlainContext, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "out"
    publication = run(engine, context, package(context), out)
    stem = "the-moon-is-leaving-us"
    endings = ("mp4", "cover.jpg", "contact-sheet.jpg", "srt", "vtt", "timeline.json", "receipt.json", "metadata.json")
    assert {path.name for path in out.iterdir()} == {f"{stem}.{ending}" for ending in endings}
    assert publication.copies["video"] == str(out / f"{stem}.mp4")
    assert set(publication.copies) == set(publication.files)
    assert Path(publication.folder).is_dir()


def test_beside_other_files_only_our_own_unchanged_ones_are_replaced(
    engine: folder.Engine, context: PlainContext, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    stem = "the-moon-is-leaving-us"
    (out / f"{stem}.mp4").write_bytes(b"a film of mine")
    (out / f"{stem}.vtt").mkdir()
    (out / "other.txt").write_text("mine")
    run(engine, context, package(context), out)
    assert (out / f"{stem}.kept-1.mp4").read_bytes() == b"a film of mine"
    (out / f"{stem}.srt").write_text("mended by hand")
    run(engine, context, package(context, "two", job="x9"), out)
    assert (out / f"{stem}.kept-1.srt").read_text() == "mended by hand"
    assert (out / f"{stem}.srt").read_text() == "1\ntwo\n"
    assert (out / "other.txt").read_text() == "mine"
    assert (out / f"{stem}.kept-1.vtt").is_dir()
    assert len(list(out.iterdir())) == 8 + 4


def disk_full_at(count: int) -> Callable[..., Any]:
    """A copy that runs out of room in the middle of the file it is asked for the ``count``-th time."""
    real, left = shutil.copyfile, iter(range(count))

    def copy(source: Path, target: Path) -> Any:
        if next(left, None) is None:
            Path(target).write_bytes(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(source, target)

    return copy


@pytest.mark.parametrize("count", [0, 2])
def test_a_full_disk_is_told_and_leaves_nothing(
    engine: folder.Engine, context: PlainContext, home: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(placing.shutil, "copyfile", disk_full_at(count))
    with pytest.raises(NeedsPersonError, match=r"The disk is full: .*the-moon-is-leaving-us-k7f3"):
        run(engine, context, package(context))
    assert not home.exists()


@pytest.mark.parametrize("count", [0, 2, 3, 5])
def test_a_full_disk_leaves_what_was_published_before_as_it_was(
    engine: folder.Engine, context: PlainContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    out = tmp_path / "out"
    place = Path(run(engine, context, package(context), out).folder)
    before, beside = tree(place.parent), tree(out)
    monkeypatch.setattr(placing.shutil, "copyfile", disk_full_at(count))
    with pytest.raises(NeedsPersonError):
        run(engine, context, package(context, "two"), out)
    assert tree(out) == beside
    assert (tree(place.parent) == before) is (count < 3)
    assert {path.name for path in place.iterdir()} == NAMES_IN_FOLDER


def test_a_file_where_the_folder_should_be_is_told(
    engine: folder.Engine, context: PlainContext, home: Path, tmp_path: Path
) -> None:
    home.write_text("a file")
    with pytest.raises(NeedsPersonError, match="could not be written to"):
        run(engine, context, package(context))
    home.unlink()
    (tmp_path / "out").write_text("a file")
    with pytest.raises(NeedsPersonError, match="could not be written to"):
        run(engine, context, package(context), tmp_path / "out")


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_refusal_to_write_is_told(
    engine: folder.Engine, context: PlainContext, home: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(_source: Path, _target: Path) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(placing.shutil, "copyfile", refuse)
    with pytest.raises(NeedsPersonError, match="may not write"):
        run(engine, context, package(context))
    assert not home.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_told(engine: folder.Engine, context: PlainContext, home: Path) -> None:
    home.mkdir(mode=0o500)
    with pytest.raises(NeedsPersonError, match="may not write"):
        run(engine, context, package(context))
    assert not next(iter(engine.check())).ok


def test_a_damaged_asset_is_never_published(engine: folder.Engine, context: PlainContext, home: Path) -> None:
    made = package(context)
    context.assets.path(made.rendition.cover).write_bytes(b"rotten")
    with pytest.raises(NeedsPersonError, match="cover in the asset store is damaged"):
        run(engine, context, made)
    assert not home.exists()


class Killed(BaseException):
    """The process ends: nothing that would tidy up runs."""


@pytest.mark.parametrize("can_exchange", [True, False])
@pytest.mark.parametrize("step", ["before", "between", "after"])
def test_killed_at_the_moment_of_replacing_there_is_a_whole_reel_after_the_next_run(
    engine: folder.Engine,
    context: PlainContext,
    clock: NoonClock,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    can_exchange: bool,
) -> None:
    place = Path(run(engine, context, package(context)).folder)
    with monkeypatch.context() as patch:
        if not can_exchange:
            patch.setattr(swap, "exchange", lambda _one, _other: False)
        kill(patch, step, can_exchange)
        with pytest.raises(Killed):
            run(engine, context, package(context, "two"))
    clock.day = 1
    run(engine, context, package(context, "three"))
    assert [path.name for path in place.parent.iterdir()] == [place.name]
    assert {path.name for path in place.iterdir()} == NAMES_IN_FOLDER
    assert json.loads((place / "timeline.json").read_text()) == {"made": "three"}


def kill(patch: pytest.MonkeyPatch, step: str, can_exchange: bool) -> None:
    """End the run at a point of the replacement, with the tidying up after it left undone."""
    real_rename, renames = Path.rename, iter(range(1))

    def die(*_: Any, **__: Any) -> None:
        patch.setattr(placing, "_remove", lambda _: None)
        raise Killed

    def rename(self: Path, target: Path) -> Path:
        if next(renames, None) is None:
            die()
        return real_rename(self, target)

    if step == "before":
        patch.setattr(placing, "settle", die)
    elif step == "between" and not can_exchange:
        patch.setattr(Path, "rename", rename)
    else:
        patch.setattr(swap.shutil, "rmtree", die)


def test_two_folders_are_exchanged_in_one_step_where_the_system_can(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    if swap.exchange(tmp_path / "one", tmp_path / "other"):
        assert (tmp_path / "one" / "other").exists()
        assert (tmp_path / "other" / "one").exists()


def test_what_stood_there_comes_back_when_the_new_folder_cannot_be_put_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swap, "exchange", lambda _one, _other: False)
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "old").touch()
    with pytest.raises(FileNotFoundError):
        swap.settle(tmp_path / "missing", tmp_path / "place")
    assert (tmp_path / "place" / "old").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["place"]


def test_a_stopped_job_leaves_nothing(context: PlainContext, home: Path, tmp_path: Path) -> None:
    calls = iter(range(4))

    def check() -> None:
        if next(calls, None) is None:
            raise Killed

    made = package(context)
    with pytest.raises(Killed):
        placing.place_flat(made, tmp_path / "out", "name", context.assets, check)
    with pytest.raises(Killed):
        placing.place_folder(made, home / "a" / "b", home / "a" / ".part", context.assets, check)
    assert not home.exists()
    assert not (tmp_path / "out").exists()
