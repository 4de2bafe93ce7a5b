import errno
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reelforge.domain.asset import Provenance
from reelforge.errors import InputError, NeedsPersonError
from reelforge.store.assets import FileAssets


@pytest.fixture
def assets(tmp_path: Path) -> FileAssets:
    return FileAssets(tmp_path / "assets")


def _files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_bytes_and_a_file_of_the_same_content_are_one_file(assets: FileAssets, tmp_path: Path) -> None:
    (tmp_path / "moon.png").write_bytes(b"moon" * 1000)
    first = assets.add_bytes(b"moon" * 1000, "image/png")
    second = assets.add_file(tmp_path / "moon.png", "image/png", Provenance(source="person"))
    assert first.sha256 == second.sha256
    assert second.size == 4000
    assert second.provenance.source == "person"
    assert len(_files(assets.root)) == 1
    assert assets.path(first).read_bytes() == b"moon" * 1000
    assert (tmp_path / "moon.png").exists()


def test_a_temporary_file_is_moved_in_and_nothing_stays_behind(assets: FileAssets) -> None:
    with assets.temporary(".wav") as path:
        path.write_bytes(b"sound")
        ref = assets.add_file(path, "audio/wav")
        assert not path.exists()
    assert assets.has(ref)
    assert _files(assets.root) == [assets.path(ref)]


def test_the_same_content_from_many_threads_at_once_is_one_whole_file(assets: FileAssets) -> None:
    data, gate = os.urandom(300_000), threading.Barrier(8)

    def put(_number: int) -> str:
        gate.wait()
        return assets.add_bytes(data, "x/y").sha256

    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(put, range(8)))
    assert len(names) == 1
    assert len(_files(assets.root)) == 1
    assert assets.verify(names.pop())


def test_a_shortened_file_does_not_count_as_there_and_is_put_right(assets: FileAssets) -> None:
    ref = assets.add_bytes(b"0123456789", "x/y")
    assets.path(ref).write_bytes(b"0123")
    assert not assets.has(ref)
    assert not assets.verify(ref)
    assets.add_bytes(b"0123456789", "x/y")
    assert assets.has(ref)
    assert assets.verify(ref)


def test_verifying_finds_a_changed_byte(assets: FileAssets) -> None:
    ref = assets.add_bytes(b"0123456789", "x/y")
    assets.path(ref).write_bytes(b"0123456780")
    assert assets.has(ref)
    assert not assets.verify(ref)


def test_leftovers_of_a_dead_process_are_swept_and_assets_are_not(assets: FileAssets) -> None:
    ref = assets.add_bytes(b"kept", "x/y")
    left = assets.root / "tmp" / "leftover.wav"
    left.write_bytes(b"half")
    (assets.root / "tmp" / "folder").mkdir()
    (assets.root / "tmp" / "folder" / "frame.png").write_bytes(b"half")
    assert assets.sweep() == 2
    assert list((assets.root / "tmp").iterdir()) == []
    assert assets.has(ref)


def test_a_temporary_folder_is_removed_with_what_is_in_it(assets: FileAssets) -> None:
    with assets.temporary() as path:
        path.mkdir()
        (path / "a").write_text("a")
    assert not path.exists()


def test_a_missing_asset_is_a_sentence_with_the_remedy(assets: FileAssets) -> None:
    ref = assets.add_bytes(b"x", "x/y")
    assets.path(ref).unlink()
    assert not assets.has(ref)
    with pytest.raises(NeedsPersonError, match=r"asset .* is missing from .*assets.*reelforge retry"):
        assets.path(ref)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_a_sentence_naming_the_folder_and_leaves_nothing_half_written(
    assets: FileAssets, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: int
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    (tmp_path / "source").write_bytes(b"data")
    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr("reelforge.store.assets._FULL_SYNC", None)
    for put in (
        lambda: assets.add_bytes(b"data", "x/y"),
        lambda: assets.add_file(tmp_path / "source", "x/y"),
    ):
        with pytest.raises(NeedsPersonError, match=f"disk is full.*{assets.root}"):
            put()
    assert _files(assets.root) == []


def test_a_root_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="may not write its assets"):
        FileAssets(tmp_path / "file" / "assets")
