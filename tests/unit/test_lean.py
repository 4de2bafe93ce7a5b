"""What is not loaded, and can be all the same."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys

import pytest

from reelforge.lean import without


@pytest.mark.parametrize("name", ["wave", "email.mime.image"])
def test_what_is_hidden_is_not_found_and_then_it_is(monkeypatch, name):
    monkeypatch.delitem(sys.modules, name, raising=False)
    with without(name), pytest.raises(ModuleNotFoundError):
        importlib.import_module(name)
    assert importlib.import_module(name).__name__ == name


def test_what_was_loaded_before_stays():
    wave = importlib.import_module("wave")
    with without("wave"):
        assert importlib.import_module("wave") is wave
    assert importlib.import_module("wave") is wave


def test_an_import_that_fails_inside_hides_nothing_for_good():
    with pytest.raises(ModuleNotFoundError), without("rich"):
        importlib.import_module("no_such_module_as_this")
    assert importlib.import_module("rich")


LATER = """
import sys
from reelforge import lean
lean.starting()
import reelforge.domain.timeline
import numpy
print("email" in sys.modules, "zipfile" in sys.modules)
from importlib.metadata import {asked}
import importlib, importlib.metadata as whole
print({shown}, whole.version("numpy") == numpy.__version__ == importlib.metadata.version("numpy"))
"""


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("version", "version('pydantic') > '2'"),
        ("entry_points", "len(entry_points(group='console_scripts')) > 0"),
        ("PackageNotFoundError", "issubclass(PackageNotFoundError, ImportError)"),
        ("_meta", "hasattr(_meta, 'PackageMetadata')"),
    ],
)
def test_what_is_loaded_later_is_all_there_once_it_is_asked_for(asked, shown):
    program = LATER.format(asked=asked, shown=shown)
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "False False\nTrue True\n", done.stderr


AT_ONCE = """
import sys
from importlib.util import find_spec
from threading import Barrier, Thread
from reelforge import lean
lean.starting()
print(find_spec("importlib.metadata").name, [hasattr(module, "__no__") for module in sys.modules.values()].count(True))
sys.setswitchinterval(1e-6)
import many
found = []
for number in range(100):
    lean._later(f"many.part{number}")
    shell, together = getattr(many, f"part{number}"), Barrier(16)
    def ask():
        together.wait()
        found.append(shell.value)
    threads = [Thread(target=ask) for _ in range(16)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
print(len(found))
"""


def test_what_is_loaded_later_can_be_asked_by_all_threads_at_once(tmp_path):
    for name in ("", *(f"part{number}" for number in range(100))):
        (tmp_path / "many" / name).mkdir()
        (tmp_path / "many" / name / "__init__.py").write_text("value = 1")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", AT_ONCE], check=True, capture_output=True, text=True, env=environment)
    assert (done.stdout, done.stderr) == ("importlib.metadata 0\n1600\n", "")


LIVES = """
import gc
from reelforge import lean
usual = gc.get_threshold()
lean.starting()
print(gc.get_threshold() > usual, gc.get_freeze_count())
lean.staying()
print(gc.get_threshold() == usual, gc.get_freeze_count() > 1000)
"""


def test_a_process_that_stays_collects_its_garbage_as_ever():
    """Rings of objects that hold pictures and encoders would else stay for days."""
    done = subprocess.run([sys.executable, "-c", LIVES], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "0", "True", "True"]


def test_logging_loads_nothing_that_only_a_terminal_needs():
    program = "import sys, reelforge.desk; print('rich' in sys.modules); import rich.progress"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"


DAEMON = """
import gc, sys
usual = gc.get_threshold()
from reelforge.__main__ import main
sys.argv = ["reelforge", "run", "--until-idle"]
print(main(), gc.get_threshold() == usual)
"""


def test_the_daemon_is_a_process_that_stays(tmp_path):
    environment = {**os.environ, "REELFORGE_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-c", DAEMON], check=True, capture_output=True, text=True, cwd=tmp_path, env=environment
    )
    assert done.stdout == "0 True\n", done.stderr
