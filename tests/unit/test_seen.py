"""The record that is kept beside a clip comes back whole, or is refused."""

import json
import struct

import numpy as np
import pytest

from reelforge.domain.timeline import Size
from reelforge.render.evidence import SoundTrack
from reelforge.render.looks import Looks
from reelforge.render.planes import Planes
from reelforge.render.seen import Seen

LOOKS = Looks.of(Planes.black(Size(width=180, height=320)))
INKS = {'{"kind":"caption"}': (4, 6, 20, 16), "none": None}


def test_what_was_seen_comes_back_whole():
    again = Seen.from_bytes(Seen(LOOKS, INKS).to_bytes())
    assert again.inks == INKS
    assert np.array_equal(again.looks.y, LOOKS.y)
    assert again.looks.count == 1


def _with(inks):
    told = json.dumps(inks).encode()
    return struct.pack("<I", len(told)) + told + LOOKS.to_bytes()


@pytest.mark.parametrize(
    "data",
    [b"", b"\x01", Seen(LOOKS, INKS).to_bytes()[:-1], _with([]), _with({"a": [1, 2]}), _with({"a": [1, 2, 3, "4"]})],
)
def test_a_damaged_record_is_refused(data):
    with pytest.raises(ValueError, match=r"."):
        Seen.from_bytes(data)


def test_what_was_heard_of_silence_comes_back_whole():
    levels = np.array([0.1, 0.0], np.float32)
    heard = SoundTrack("aac", 48_000, 2, 0.2, 0.0, 0.0, 0.0, 9600, levels, float("-inf"), float("-inf"), (3, 9), 2)
    again = SoundTrack.from_bytes(heard.to_bytes())
    assert np.array_equal(again.levels, levels)
    assert (again.loudness, again.clipped, again.clips, again.seconds) == (float("-inf"), (3, 9), 2, 0.2)
