import json
from pathlib import Path

import pytest

from reelforge.errors import InputError
from reelforge.render.document import load

SHOT = {"picture": {"path": "a.jpg"}, "frames": 30}


def _cue(first, last, word=None):
    return {"first": first, "last": last, "words": [{"text": "a", "first": first, "last": last, **(word or {})}]}


def _load(tmp_path: Path, document):
    path = tmp_path / "timeline.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return load(path)


def test_a_timeline_comes_back_from_its_own_json(tmp_path):
    timeline = _load(tmp_path, {"shots": [SHOT, SHOT], "cues": [_cue(0, 10), _cue(10, 60)]})
    assert timeline.frames == 60
    assert _load(tmp_path, timeline.model_dump_json()) == timeline


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("{", "line 1, column 2 is not JSON"),
        ("[1]", "a timeline is a JSON object"),
        ('{"shots": NaN}', "NaN is not a number"),
        (
            '{"shots": [{"picture": {"path": "a"}, "frames": 3, "motion": {"zoom": [1, 1e999]}}]}',
            r"shots\[0\].motion.zoom\[1\]",
        ),
        ({"version": 7, "shots": [SHOT]}, "version: 7 is not a version"),
        ({"version": "1", "shots": [SHOT]}, "version: '1' is not a version"),
        ({}, "shots: this is missing"),
        ({"shots": []}, "shots: "),
        ({"shots": [SHOT | {"framse": 3}]}, r"shots\[0\].framse: this is no setting.*Did you mean “frames”"),
        ({"shots": [SHOT | {"frames": 0}]}, r"shots\[0\].frames: .*greater than or equal to 1, not 0"),
        ({"shots": [SHOT | {"frames": "many"}]}, r'shots\[0\].frames: .*not "many"'),
        ({"shots": [SHOT | {"picture": {}}]}, r"shots\[0\].picture: a source needs a sha256 or a path"),
        ({"shots": [SHOT | {"motion": {"easing": "sinus"}}]}, r"shots\[0\].motion.easing: .*“sinus”"),
        ({"shots": [SHOT | {"motion": {"zoom": [0.5, 1]}}]}, r"shots\[0\].motion.zoom\[0\]: 0.5 is not between 1"),
        ({"shots": [SHOT, SHOT | {"transition": {"name": "disolve"}}]}, r"shots\[1\].transition.name.*“dissolve”"),
        ({"shots": [SHOT, SHOT | {"transition": {"name": "cut", "frames": 31}}]}, r"shots\[1\].transition.frames: "),
        ({"shots": [SHOT], "cues": [_cue(0, 31)]}, r"cues\[0\]: it ends at frame 31, beyond the timeline’s 30"),
        ({"shots": [SHOT], "cues": [_cue(5, 5)]}, r"cues\[0\]: it ends at frame 5, not after"),
        ({"shots": [SHOT], "cues": [_cue(0, 9), _cue(8, 12)]}, r"cues\[1\]: it starts at frame 8, before .* ends at 9"),
        ({"shots": [SHOT], "cues": [_cue(5, 9, {"first": 2})]}, r"cues\[0\].words\[0\]: frame 2 is outside"),
        ({"shots": [SHOT], "cues": [_cue(5, 9, {"first": 8, "last": 6})]}, r"cues\[0\].words\[0\]: it ends at frame 6"),
        ({"shots": [SHOT], "cards": [{"text": "a", "first": 3, "last": 99}]}, r"cards\[0\]: it ends at frame 99"),
        ({"shots": [SHOT], "audio": {"spoken": [{"start": 9, "end": 4}]}}, r"audio.spoken\[0\]: "),
        (
            {"shots": [SHOT], "audio": {"music": {"track": {"path": "a"}, "spans": [{"start": 9, "end": 9}]}}},
            r"audio.music.spans\[0\]: ",
        ),
        ({"shots": [SHOT], "size": {"width": 1081, "height": 1920}}, "size.width: .*multiple of 2"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_place(tmp_path, document, says):
    with pytest.raises(InputError, match=says) as error:
        _load(tmp_path, document)
    assert str(tmp_path / "timeline.json") in error.value.message
    assert "\n" not in str(error.value)


def test_a_missing_file_and_one_that_is_no_text_are_told(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        load(tmp_path / "nothing.json")
    (tmp_path / "picture.json").write_bytes(b"\xff\xd8\xff\xe0" * 10)
    with pytest.raises(InputError, match="not UTF-8"):
        load(tmp_path / "picture.json")


def test_a_file_nested_without_end_is_told(tmp_path):
    with pytest.raises(InputError, match=r"nested|JSON|setting|shots"):
        _load(tmp_path, "[" * 200_000)
