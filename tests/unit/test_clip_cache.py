import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reelforge.render.clip_cache import ClipCache

KEY = "ab" * 32
OTHER = "cd" * 32


def _keep(cache, key, content):
    with cache.use() as use:
        path = use.fresh()
        path.write_bytes(content)
        use.put(key, path)


def _get(cache, key):
    with cache.use() as use:
        found = use.get(key)
        return found.read_bytes() if found else None


def test_what_was_kept_is_found_by_its_key_and_nothing_else_is(tmp_path):
    cache = ClipCache(tmp_path)
    _keep(cache, KEY, b"clip")
    assert _get(cache, KEY) == b"clip"
    assert _get(cache, OTHER) is None
    assert _get(ClipCache(tmp_path), KEY) == b"clip"


@pytest.mark.parametrize("damage", [b"clop", b"cli", b""])
def test_a_damaged_file_is_noticed_and_removed(tmp_path, damage):
    cache = ClipCache(tmp_path)
    _keep(cache, KEY, b"clip")
    (file,) = (tmp_path / "clips").glob("*/*")
    file.write_bytes(damage)
    assert _get(cache, KEY) is None
    assert not list((tmp_path / "clips").glob("*/*"))
    _keep(cache, KEY, b"clip")
    assert _get(cache, KEY) == b"clip"


def test_the_longest_unused_go_when_it_is_full(tmp_path):
    cache = ClipCache(tmp_path, most_bytes=250)
    keys = [f"{number:064x}" for number in range(3)]
    for age, key in enumerate(keys):
        _keep(cache, key, bytes([age]) * 100)
        for path in (tmp_path / "clips").glob(f"*/{key}.*"):
            os.utime(path, (1000 + age, 1000 + age))
        if age == 1:
            assert _get(cache, keys[0])  # used again, so the second is now the longest unused
    assert [_get(cache, key) is not None for key in keys] == [True, False, True]


def test_what_a_render_took_stays_though_it_is_trimmed_away(tmp_path):
    cache = ClipCache(tmp_path)
    _keep(cache, KEY, b"clip")
    with cache.use() as use:
        mine = use.get(KEY)
        for path in (tmp_path / "clips").glob("*/*"):
            path.unlink()
        assert mine.read_bytes() == b"clip"


def test_a_use_leaves_no_temporary_behind_even_when_it_fails(tmp_path):
    cache = ClipCache(tmp_path)
    with pytest.raises(RuntimeError), cache.use() as use:  # noqa: PT012  # the error comes in a loop or at the end of the block
        use.fresh().write_bytes(b"half")
        raise RuntimeError
    assert not list((tmp_path / "tmp").iterdir())


WORKER = """
import sys
from pathlib import Path
from reelforge.render.clip_cache import ClipCache
cache = ClipCache(Path(sys.argv[1]))
with cache.use() as use:
    path = use.fresh()
    path.write_bytes(b"half a clip")
    print("ready", flush=True)
    sys.stdin.read()
"""


def _worker(root):
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout.readline() == "ready\n"
    return worker


def test_leftovers_of_a_killed_process_are_swept_and_those_of_a_living_one_are_not(tmp_path):
    dead, living = _worker(tmp_path), _worker(tmp_path)
    os.kill(dead.pid, signal.SIGKILL)
    dead.communicate()
    ClipCache(tmp_path)
    (left,) = (tmp_path / "tmp").iterdir()
    assert any(path.read_bytes() == b"half a clip" for path in left.iterdir())
    living.communicate("")
    assert not list((tmp_path / "tmp").iterdir())


KEEPER = """
import sys
from pathlib import Path
from reelforge.render.clip_cache import ClipCache
cache = ClipCache(Path(sys.argv[1]), most_bytes=40_000)
for turn in range(60):
    for number in range(8):
        key = f"{number:064x}"
        with cache.use() as use:
            found = use.get(key)
            assert found is None or found.read_bytes() == bytes([number]) * 9_000
            if found is None:
                path = use.fresh()
                path.write_bytes(bytes([number]) * 9_000)
                use.put(key, path)
"""


def test_processes_share_it_without_ever_seeing_half_a_file(tmp_path):
    keepers = [subprocess.Popen([sys.executable, "-c", KEEPER, str(tmp_path)]) for _ in range(3)]
    assert [keeper.wait(timeout=60) for keeper in keepers] == [0, 0, 0]
    assert sum(path.stat().st_size for path in (tmp_path / "clips").glob("*/*")) <= 40_000


def test_a_folder_that_is_being_made_is_left_alone_until_it_is_old(tmp_path):
    cache = ClipCache(tmp_path)
    making: Path = tmp_path / "tmp" / "1234.new"
    making.mkdir()
    cache.sweep()
    assert making.exists()
    old = time.time() - 3600
    os.utime(making, (old, old))
    cache.sweep()
    assert not making.exists()


def test_a_volume_without_hard_links_is_served_by_copies(tmp_path, monkeypatch):
    def refuse(*_args, **_more):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    cache = ClipCache(tmp_path)
    _keep(cache, KEY, b"clip")
    assert _get(cache, KEY) == b"clip"
    assert len(list((tmp_path / "clips").glob("*/*"))) == 1


def test_a_file_that_a_file_browser_left_among_the_working_folders_is_removed(tmp_path):
    ClipCache(tmp_path)
    (tmp_path / "tmp" / ".DS_Store").write_bytes(b"Finder")
    ClipCache(tmp_path)
    assert not list((tmp_path / "tmp").iterdir())


def test_finding_one_file_does_not_list_all_others(tmp_path):
    cache = ClipCache(tmp_path)
    for number in range(64):
        _keep(cache, f"{number * 4:02x}" * 32, bytes([number]))
    assert max(len(list(folder.iterdir())) for folder in (tmp_path / "clips").iterdir()) == 1
    with cache.use() as use:
        assert use.has("04" * 32)
        assert not use.has("05" * 32)


def test_all_is_counted_again_only_when_it_may_have_become_too_much(tmp_path, monkeypatch):
    counted = []
    trim = ClipCache.trim
    monkeypatch.setattr(ClipCache, "trim", lambda cache: counted.append(1) or trim(cache))
    cache = ClipCache(tmp_path, most_bytes=1600)
    for number in range(100):
        _keep(cache, f"{number:064x}", bytes([number]) * 10)
        assert sum(path.stat().st_size for path in (tmp_path / "clips").glob("*/*")) <= 1600
    assert len(counted) <= 20


def test_files_of_an_older_arrangement_do_not_stay(tmp_path):
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / f"{KEY}.{'0' * 32}").write_bytes(b"clip")
    cache = ClipCache(tmp_path)
    assert _get(cache, KEY) is None
    assert not list((tmp_path / "clips").iterdir())
