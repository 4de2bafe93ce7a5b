import numpy as np
import pytest

from reelforge.errors import InputError
from reelforge.sound.files import write
from reelforge.sound.strength import strength


@pytest.mark.parametrize("rate", [48_000, 44_100])
def test_strength_follows_the_sound_moment_by_moment(tmp_path, rate):
    times = np.arange(3 * rate) / rate
    swell = np.where(times < 1, 0.0, np.where(times < 2, 0.2, 0.4)) * np.sin(2 * np.pi * 440 * times)
    write(tmp_path / "swell.wav", swell.astype(np.float32), rate)
    found = strength(tmp_path / "swell.wav")
    assert len(found) == 90
    assert max(found[:29]) == 0
    assert found[31:59] == pytest.approx([0.5] * 28, abs=0.02)
    assert found[61:] == pytest.approx([1.0] * 29, abs=0.02)


def test_silence_has_no_strength(tmp_path):
    write(tmp_path / "silence.wav", np.zeros(48_000, np.float32), 48_000)
    assert strength(tmp_path / "silence.wav") == (0.0,) * 30


def test_what_is_no_sound_is_refused(tmp_path):
    (tmp_path / "a.wav").write_text("no sound")
    with pytest.raises(InputError):
        strength(tmp_path / "a.wav")
