import functools
import json
import operator
import os
import random
import re
import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reelforge.domain.timeline import Timeline
from reelforge.errors import InputError, NeedsPersonError
from reelforge.render.clips.info import ClipInfo
from reelforge.render.display import Displays, Known
from reelforge.render.document import load
from reelforge.render.reading import MOST_BYTES
from reelforge.render.text.layers import text_layers

RICH = json.loads(
    """{
    "version": 1, "title": "Everything", "language": "en",
    "size": {"width": 108, "height": 192}, "rate": {"num": 30000, "den": 1001},
    "shots": [
        {
            "picture": {"path": "a.jpg"}, "frames": 12, "mask": {"path": "m.png"},
            "motion": {"name": "parallax", "amount": 2.0}
        },
        {
            "clip": {"source": {"path": "b.mp4"}, "start": 1.5, "speed": 2.0, "end": "hold", "volume_db": -3.0},
            "frames": 9, "fit": "blur",
            "effects": [
                {"name": "speed_ramp", "settings": {"ramp": "in", "amount": 0.5}},
                {"name": "grade", "settings": {"lut": "noir"}}
            ],
            "transition": {"name": "wipe", "frames": 4, "direction": "up", "easing": "back_out"}
        },
        {
            "picture": {"sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, "frames": 10,
            "motion": {
                "name": "handheld", "zoom": [1.0, 1.5], "start": [0.2, 0.5], "end": [0.7, 0.9],
                "easing": "elastic_out", "amount": 1.0, "seed": 7
            },
            "effects": [
                {"name": "shake", "settings": {"strength": 0.02}},
                {"name": "zoom_pulse", "settings": {"decay": 0.2}}
            ],
            "transition": {"name": "dissolve", "frames": 5}
        }
    ],
    "cues": [
        {
            "first": 0, "last": 10,
            "words": [{"text": "Hello", "first": 0, "last": 4}, {"text": "there", "first": 4, "last": 10}]
        },
        {"first": 12, "last": 31, "words": [{"text": "you", "first": 12, "last": 20}]}
    ],
    "caption_style": {"size": 84, "colour": "#ffffff", "uppercase": true, "y": 0.6, "pop": 0.1, "shadow": 0.4},
    "cards": [{"text": "A card", "first": 2, "last": 20, "kind": "hook"}],
    "card_style": {"size": 90, "panel": "#101418d8", "enter": "pop", "leave_seconds": 0.3},
    "overlays": [
        {"template": "logo", "first": 3, "last": 20, "image": {"path": "l.png"}, "settings": {"width": 90}}
    ],
    "safe_area": {"top": 250, "bottom": 300, "left": 60, "right": 120},
    "audio": {
        "speech": {"path": "s.wav"}, "speech_start": 100, "spoken": [{"start": 100, "end": 20000}],
        "music": {"track": {"path": "m.ogg"}, "spans": [{"start": 0, "end": 40000}], "fade_in": 0, "gain_db": -3.5},
        "beats": [0, 12000, 24000], "energy": {"step": 1600, "values": [0.1, 0.9, 0.5]},
        "ducking": {"depth_db": -9.0, "attack_ms": 150}, "loudness": -14.0
    },
    "encode": {"crf": 23, "preset": "ultrafast", "bitrate": 900000, "max_bitrate": 1000000, "keyframe_seconds": 1.5}
}"""
)


def _written(tmp_path: Path, document) -> Path:
    path = tmp_path / "timeline.json"
    if not isinstance(document, bytes):
        document = (document if isinstance(document, str) else json.dumps(document)).encode()
    path.write_bytes(document)
    return path


def _load(tmp_path: Path, document):
    return load(_written(tmp_path, document))


def _refusal(tmp_path: Path, document) -> str:
    """What is said about a document after its file's name; always one sentence, and maybe a second that helps."""
    path = _written(tmp_path, document)
    with pytest.raises(InputError) as error:
        load(path)
    said = str(error.value)
    assert said.startswith(f"{path}: ")
    assert error.value.message.endswith(".")
    assert "\n" not in said
    assert len(said) - len(str(path)) < 600
    assert "input should" not in said.lower()
    return said.removeprefix(f"{path}: ")


def test_a_timeline_comes_back_from_its_own_json(tmp_path):
    rich = _load(tmp_path, RICH)
    assert _load(tmp_path, rich.model_dump_json()) == rich


def test_a_whole_number_may_be_written_with_a_fraction_of_nothing(tmp_path):
    assert _load(tmp_path, _changed("shots[0].frames = 12.0")) == _load(tmp_path, RICH)


@pytest.mark.parametrize(
    ("rate", "lengths", "given", "frames"),
    [
        ({"num": 30}, (60, 60), {"name": "whip_pan"}, 12),
        ({"num": 60}, (120, 120), {"name": "dissolve"}, 24),
        ({"num": 24_000, "den": 1001}, (60, 60), {"name": "dissolve"}, 10),
        ({"num": 30}, (60, 15), {"name": "dissolve"}, 7),
        ({"num": 30}, (9, 60), {"name": "dissolve"}, 4),
        ({"num": 30}, (1, 60), {"name": "dissolve"}, 0),
        ({"num": 30}, (60, 60), {"name": "dissolve", "frames": 0}, 0),
        ({"num": 30}, (60, 60), {"name": "dissolve", "frames": 5}, 5),
        ({"num": 30}, (60, 60), {"direction": "up"}, 0),
        ({"num": 30}, (60, 60), {"name": "cut"}, 0),
    ],
)
def test_a_transition_that_says_nothing_of_its_length_takes_a_usual_one(tmp_path, rate, lengths, given, frames):
    shots = [{"picture": {"path": "a.jpg"}, "frames": length} for length in lengths]
    shots[1]["transition"] = given
    timeline = load(_written(tmp_path, {"rate": rate, "shots": shots}))
    assert [shot.transition.frames for shot in timeline.shots] == [0, frames]
    again = _written(tmp_path, timeline.model_dump_json(exclude_defaults=True))
    assert load(again) == timeline


def test_a_video_does_not_open_in_black_unasked(tmp_path):
    shot = {"picture": {"path": "a.jpg"}, "frames": 60}
    shots = [{**shot, "transition": {"name": "dissolve", **more}} for more in ({}, {}, {"frames": 3})]
    for order, first in ((shots, 0), (shots[::-1], 3)):
        assert load(_written(tmp_path, {"shots": order})).shots[0].transition.frames == first


def test_a_byte_order_mark_does_no_harm(tmp_path):
    assert _load(tmp_path, b"\xef\xbb\xbf" + json.dumps(RICH).encode()) == _load(tmp_path, RICH)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("", "it is empty. A timeline needs"),
        (" \n", "it is empty. A timeline needs"),
        ("{", "line 1, column 2 is not JSON: a name in double quotes is missing."),
        ('{"shots": [1 2]}', "line 1, column 14 is not JSON: a comma is missing."),
        ('{"shots": [}', "line 1, column 12 is not JSON: a value is missing or misspelt."),
        (
            '{"shots": [1, 2,\n ]}',
            "line 1, column 16 is not JSON: this comma is one too many, “]” comes after it. Take",
        ),
        ('{"title": "a",\n}', "line 1, column 14 is not JSON: this comma is one too many, “}” comes after it. Take"),
        ('{"title": "a,\n]', "line 1, column 14 is not JSON: a line break, a tab or the like"),
        ('{"title": "a\nb"}', "line 1, column 13 is not JSON: a line break, a tab or the like"),
        ('{"title": "a}', "line 1, column 11 is not JSON: this text has no closing quote."),
        ('{"shots": []} {}', "line 1, column 15 is not JSON: the document has ended already."),
        ("[1]", "a timeline is a JSON object, { … }."),
        ("3", "a timeline is a JSON object, { … }."),
        ('{"title": "a"}'.encode("utf-16"), "it is UTF-16 text. Save it as UTF-8."),
        (b'{\n"title": "\xff"}', "line 2 is not UTF-8 text. A timeline is"),
        (b'{"title": "\x00"}', "line 1, column 12 is not JSON: a line break"),
        ("[" * 200_000, "it is nested too deeply"),
        ('{"title": ' + "[" * 40 + "]" * 40 + "}", "title[0][0][0]: it is nested more than 32 deep."),
        ('{"title": "a\\ud83d"}', r'title: this text, "a\\ud83d", holds what is no character (\ud83d).'),
        ('{"ti\\u0000tle": "a"}', "the document: a name here"),
        ({"title": "a" * 5000}, "title: this text has 5,000 characters; 4,096 are the most."),
        ({"shots": [1] * 100_001}, "shots: it has 100,001 entries; 100,000 are the most."),
        ('{"shots": NaN}', "shots: NaN is not a number that JSON knows."),
        ('{"shots": [{"zoom": [1, -Infinity]}]}', "shots[0].zoom[1]: -Infinity is not a number that JSON knows."),
        ('{"shots": [{"zoom": [1, 1e999]}]}', "shots[0].zoom[1]: 1e999 is too large a number."),
        ('{"shots": [1' + "0" * 5000 + "]}", "shots[0]: 100000000000000000000000… is too large a number."),
        ('{"shots": [{"frames": 1, "mask": null, "frames": 2}]}', "shots[0].frames: this stands twice in the same"),
        ('{"shots": [], "shots": []}', "shots: this stands twice in the same object. Remove one of them."),
        (RICH | {"my key": 1}, '["my key"]: this is no setting of a timeline. Known here are: version, title,'),
        ({"shots": [1] * 1000, "cues": {}}, "shots[0]: it must be an object, { … }, not 1."),
    ],
)
def test_what_is_no_document_is_one_sentence_with_its_place(tmp_path, document, says):
    assert _refusal(tmp_path, document).startswith(says)


def _mistakes():
    """Changes of RICH (``place = JSON`` sets it, a place alone is taken out), each with all that is said about it."""
    text = Path(__file__).with_name("timeline_mistakes.txt").read_text("utf-8")
    return [case.split("\n==> ") for case in text.strip().split("\n\n")]


def _changed(change: str):
    document = json.loads(json.dumps(RICH))
    for line in change.splitlines():
        where, _, value = line.partition(" = ")
        *way, last = [json.loads(part) for part in re.sub(r"\.?([a-z_]+)", r'["\1"]', where)[1:-1].split("][")]
        holder = functools.reduce(operator.getitem, way, document)
        if value:
            holder[last] = json.loads(value)
        else:
            del holder[last]
    return document


@pytest.mark.parametrize(("change", "says"), _mistakes(), ids=lambda text: text[:60])
def test_a_mistake_is_one_sentence_with_its_place(tmp_path, change, says):
    assert _refusal(tmp_path, _changed(change)) == says


def test_a_cue_holds_no_more_words_than_can_be_set(tmp_path):
    words = [{"text": "a", "first": 12, "last": 13}] * 101
    document = RICH | {"cues": [{"first": 12, "last": 31, "words": words}]}
    assert _refusal(tmp_path, document).startswith(
        "cues[0].words: 101 words cannot be shown at once; 100 are the most."
    )


def test_what_is_no_file_is_told_and_waited_for_by_nobody(tmp_path):
    with pytest.raises(InputError, match=r"nothing.json: there is no such file"):
        load(tmp_path / "nothing.json")
    with pytest.raises(InputError, match="it is a folder"):
        load(tmp_path)
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(InputError, match="it is a pipe or a device"):
        load(tmp_path / "pipe.json")
    with pytest.raises(InputError, match="it is a pipe or a device"):
        load(Path("/dev/zero"))
    with pytest.raises(InputError, match="it is no path"):
        load(tmp_path / "a\0b")


def test_a_file_of_any_size_is_read_no_further_than_a_timeline_can_reach(tmp_path):
    path = tmp_path / "timeline.json"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    begun = time.process_time()
    with pytest.raises(InputError, match=f"too large to be a timeline, which has {MOST_BYTES >> 20} MiB at most"):
        load(path)
    assert time.process_time() - begun < 2


def _places(value, loc=()):
    """Every place in a document, the document itself left out."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*loc, key)
        yield from _places(inner, (*loc, key))


PLACES = sorted(_places(RICH), key=str)
ODD = [
    *(None, True, False, [], {}, [[]], [1, 2], [0.1, 0.9], [1, 2, 3], [None], {"a": 1}, {"name": "x"}, {"path": "a"}),
    *(0, 1, -1, 2, 17, 59, 10**4, 2**31, 2**63, -(2**63), 10**14, 10**400, 0.0, -0.0, 0.5, 1.5, 1e-308, 5e-324, 1e15),
    *(
        1e300,
        -1e300,
        float("nan"),
        float("inf"),
        "",
        " ",
        "a",
        "1",
        "\x00",
        "\u202e",
        "\ud800",
        "🙂",
        "a" * 5000,
        "cut",
    ),
    *("#ffffff", "linear", "/dev/zero", "~nobody/x", "../..", "x.cube", "🙂" * 400, "\u200d", "\u0301" * 50),
    *({"first": 0, "last": 3}, [{"text": "a", "first": 0, "last": 1}]),
]


@st.composite
def mutants(draw):
    document = json.loads(json.dumps(RICH))
    for loc in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3)):
        holder = document
        for part in loc[:-1]:
            inside = isinstance(holder, dict) and part in holder
            inside |= isinstance(holder, list) and isinstance(part, int) and part < len(holder)
            if not inside:
                break
            holder = holder[part]
        else:
            _mutate(draw, holder, loc[-1])
    return document


def _mutate(draw, holder, key):
    if not isinstance(holder, dict | list):
        return
    there = key in holder if isinstance(holder, dict) else isinstance(key, int) and key < len(holder)
    if not there:
        return
    how = draw(st.sampled_from(["replace"] * 4 + ["delete", "nudge", "rename", "repeat"]))
    if how == "delete":
        del holder[key]
    elif how == "rename" and isinstance(holder, dict):
        holder[draw(st.sampled_from([f"{key}s", key[:-1], "x y", "\ud800"]))] = holder.pop(key)
    elif how == "repeat" and isinstance(holder[key], list):
        holder[key] = holder[key] * draw(st.integers(2, 5))
    elif how == "nudge" and type(holder[key]) in (int, float) and abs(holder[key]) < 1e300:
        holder[key] = holder[key] * draw(st.sampled_from([-1, 0, 0.5, 2, 1000])) + draw(st.sampled_from([-1, 0, 1]))
    else:
        holder[key] = draw(st.sampled_from(ODD))


def _work_out(timeline: Timeline) -> int:
    """Everything a timeline says, for files that are as good as files can be; gives how many frames were looked at."""
    chance = random.Random(timeline.frames)
    info = ClipInfo(1280, 720, 1e6, Fraction(25), has_sound=True, transfer="sdr", codec="h264")
    known = [
        Known(
            "d" * 64,
            (info.width, info.height) if shot.clip else chance.choice([(4000, 3000), (640, 2000), (1, 1)]),
            "m" * 64 if shot.mask else "",
            info if shot.clip else None,
        )
        for shot in timeline.shots
    ]
    try:
        layers = text_layers(timeline)
    except NeedsPersonError:
        layers = ()  # a character without a font
    if timeline.frames > 2_000:
        return 0
    displays = Displays(timeline, known, layers)
    return sum(1 for display in displays.between(0, timeline.frames) if json.dumps(display.told(), allow_nan=False))


@settings(max_examples=120, deadline=2_000, suppress_health_check=list(HealthCheck))
@given(document=mutants())
def test_any_change_of_a_timeline_ends_in_frames_or_in_one_sentence_with_its_place(tmp_path, document):
    path = _written(tmp_path, document)
    try:
        timeline = load(path)
    except InputError as refused:
        said = refused.message
    else:
        assert _work_out(timeline) in (timeline.frames, 0)
        return
    assert re.match(rf"{re.escape(str(path))}: (the document|[a-z_]+|\[\".*\"\])[^:]*: .*\.$", said), said
