"""What the figures of memory are worth."""

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

HOLDS = "import sys; held = bytearray(b'x') * 60_000_000; print(flush=True); sys.stdin.read()"


@pytest.fixture
def measure(monkeypatch):
    spec = spec_from_file_location("bench_measure", Path(__file__).parents[2] / "bench" / "measure.py")
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


def test_the_memory_of_a_command_that_is_soon_over_is_looked_at_too(measure):
    with subprocess.Popen([sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        with measure.Peak(process.pid, looking=True) as peak:
            pass
        process.stdin.close()
    assert 58_000 < peak.kilobytes < 200_000


def test_without_looking_the_peak_is_nothing(measure):
    assert measure.run([sys.executable, "-c", "pass"], looking=False).peak == 0
