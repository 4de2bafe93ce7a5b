"""``reelforge render`` given what nobody should give it, or ended in the middle: one sentence, and nothing left."""

import io
import json
import os
import signal
import struct
import subprocess
import zlib
from pathlib import Path
from typing import IO

import av
import numpy as np
import pytest
import soundfile
from PIL import Image

from reelforge.render.ffmpeg import discover
from reelforge.testing.real_make import processes
from reelforge.testing.work_folder import WorkFolder

WIDTH, HEIGHT, FRAMES = 48, 64, 40
SETTINGS = """
[reelforge]
min_free_gb = 0.1
[render]
encoder = "libx264"
"""
GATE = """#!/bin/sh
case "$*" in *reelforge-try*) exec "{real}" "$@";; *pipe:0*) ;; *) exec "{real}" "$@";; esac
exec 4> "{folder}/reached"
mkfifo "{folder}/frames"
"{real}" "$@" < "{folder}/frames" &
encoder=$!
exec 3> "{folder}/frames"
rm "{folder}/frames"
head -c {count} >&3
echo $encoder >&4
cat >&3
exec 3>&- 2>/dev/null
wait $encoder || kill -9 $$
"""
"""An ffmpeg that is the real one, and tells its process id through a pipe once it has so many bytes of frames; the pipe
ends when all of it has ended."""


class Place(WorkFolder):
    """A work folder, its settings, and a folder of files that timelines name."""

    def timeline(self, name: str, **given) -> str:
        """Write a timeline of small frames (of ``plain.jpg`` alone, if nothing else is said); gives its file's name."""
        shots = [{"picture": {"path": "plain.jpg"}, "frames": FRAMES}]
        document = {"size": {"width": WIDTH, "height": HEIGHT}, "shots": shots, **given}
        (self.folder / name).write_text(json.dumps(document), "utf-8")
        return name

    def left(self) -> list[str]:
        """What a command that has ended should not have left: unfinished files, videos, programs."""
        parts = [*self.home.glob("assets/tmp/*"), *self.home.glob("cache/tmp/*"), *self.folder.glob("*.mp4")]
        return [str(part) for part in [*parts, *self.folder.glob(".*")]] + processes(self.home)


def _place(folder: Path) -> Place:
    _art().save(folder / "plain.jpg")
    return Place(folder, SETTINGS)


def _art(width=64, height=80) -> Image.Image:
    """Waves of 8 pixels, so that any part of it has nearly the same mean."""
    down, across = np.mgrid[0:height, 0:width] * (2 * np.pi / 8)
    waves = [130 + 30 * np.sin(across), 90 + 25 * np.cos(down), 100 + 20 * np.sin(across + down)]
    return Image.fromarray(np.stack(waves, -1).astype(np.uint8))


def _packed(kind: str) -> bytes:
    out = io.BytesIO()
    _art().save(out, kind)
    return out.getvalue()


def _claiming(width: int, height: int) -> bytes:
    """A PNG whose header tells of another size than its pixels have."""
    found = bytearray(_packed("PNG"))
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    found[12:33] = header + struct.pack(">I", zlib.crc32(header))
    return bytes(found)


def _good(folder: Path) -> list[str]:
    """Pictures of every kind that can be read; all show the same, some of it in grey."""
    art, grey = _art(), np.asarray(_art().convert("L"))
    tall, wide = Image.new("RGB", (16, 16_384)), Image.new("RGB", (16_384, 16))
    for step in range(0, 16_384, 16):
        tall.paste(_art(16, 16), (0, step))
        wide.paste(_art(16, 16), (step, 0))
    turned = Image.Exif()
    turned[0x0112] = 6
    more = {"save_all": True, "append_images": [Image.new("RGB", art.size, "blue")] * 2}
    for name, picture, options in (
        ("tall.png", tall, {}),
        ("wide.png", wide, {}),
        ("one-pixel.png", art.resize((1, 1), Image.Resampling.BOX), {}),
        ("turned.jpg", art, {"exif": turned}),
        ("cmyk.jpg", art.convert("CMYK"), {}),
        ("palette.png", art.convert("P", palette=Image.Palette.ADAPTIVE), {}),
        ("with-alpha.png", art.convert("RGBA"), {}),
        ("animated.gif", art, more),
        ("animated.webp", art, {**more, "lossless": True}),
        ("animated.png", art, more),
        ("photo.avif", art, {}),
        ("scan.tiff", art, {}),
        ("sixteen-bits.png", Image.fromarray(grey.astype(np.uint16) * 257), {}),
        ("ten-bits.png", Image.fromarray((grey.astype(np.uint16) << 2 | grey >> 6) << 6), {}),
        ("grey-with-alpha.png", art.convert("LA"), {}),
    ):
        picture.save(folder / name, **options)
    (folder / "really-a-png.jpg").write_bytes(_packed("PNG"))
    (folder / "really-a-jpeg.png").write_bytes(_packed("JPEG"))
    return [path.name for path in sorted(folder.iterdir()) if path.suffix != ".toml"]


def test_every_kind_of_picture_is_shown_whatever_its_name_size_or_depth(tmp_path: Path) -> None:
    place = _place(tmp_path)
    names = _good(tmp_path)
    still = {"name": "still", "zoom": [1, 1]}
    shots = [{"picture": {"path": name}, "frames": 2, "motion": still} for name in names]
    with place.start("render", place.timeline("all.json", shots=shots), "-o", "all.mp4") as process:
        _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    with av.open(str(tmp_path / "all.mp4")) as film:
        shown = [frame.to_ndarray(format="rgb24").mean((0, 1)) for frame in film.decode(video=0)][1::2]
    (tmp_path / "all.mp4").unlink()
    assert place.left() == []
    wanted = {True: np.asarray(_art()).mean((0, 1)), False: np.asarray(_art().convert("L")).mean() * np.ones(3)}
    for name, mean in zip(names, shown, strict=True):
        coloured = name not in {"sixteen-bits.png", "ten-bits.png", "grey-with-alpha.png"}
        assert mean == pytest.approx(wanted[coloured], abs=7), name


def _broken(folder: Path) -> None:
    jpeg, png = _packed("JPEG"), _packed("PNG")
    claims = bytearray(jpeg)
    at = jpeg.index(b"\xff\xc0") + 5
    claims[at : at + 4] = struct.pack(">HH", 65_000, 65_000)
    damaged = bytearray(png)
    damaged[len(png) // 2] ^= 255
    tone = np.sin(np.arange(4800) / 20).astype(np.float32)
    for name, content in {
        "cut.jpg": jpeg[: len(jpeg) // 2],
        "cut.png": png[: len(png) // 2],
        "damaged.png": bytes(damaged),
        "empty.jpg": b"",
        "drawing.jpg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        "page.jpg": b"<!doctype html><title>404 Not Found</title>",
        "vast.png": _claiming(60_000, 60_000),
        "vast.jpg": bytes(claims),
        "larger.png": _claiming(600, 800),
        "words.wav": b"la la la",
        "look.toml": b'kind = "logo"\nwidth = 90\nopacity = 7\n',
    }.items():
        (folder / name).write_bytes(content)
    soundfile.write(folder / "tone.wav", tone, 48_000)
    soundfile.write(folder / "nan.wav", np.full(4800, np.nan, np.float32), 48_000, subtype="FLOAT")
    soundfile.write(folder / "six.wav", np.stack([tone] * 6, 1), 48_000)
    Image.fromarray(np.asarray(_art().convert("L"), np.float32) / 255).save(folder / "decimals.tiff")
    (folder / "cut.wav").write_bytes((folder / "tone.wav").read_bytes()[:3000])
    os.mkfifo(folder / "pipe.jpg")
    (folder / "folder.jpg").mkdir()


def _pictures(name: str, **more):
    plain = {"picture": {"path": "plain.jpg"}, "frames": 9}
    return {"shots": [plain, {"picture": {"path": name}, "frames": 9, **more}]}


def _words(text: str):
    return [{"first": 0, "last": 9, "words": [{"text": text, "first": 0, "last": 9}]}]


def _music(name: str, end: int = 4000):
    return {"audio": {"music": {"track": {"path": name}, "spans": [{"start": 0, "end": end}]}}}


CASES = {
    "a picture cut short": (_pictures("cut.jpg"), "shots[1].picture: the picture cut.jpg is damaged (image file is tr"),
    "another one": (_pictures("cut.png"), "shots[1].picture: the picture cut.png is damaged (image file is truncated)"),
    "a damaged picture": (_pictures("damaged.png"), "shots[1].picture: the picture damaged.png is damaged ("),
    "an empty picture": (_pictures("empty.jpg"), "shots[1].picture: empty.jpg is not a picture that can be read. Use"),
    "a drawing": (
        _pictures("drawing.jpg"),
        "shots[1].picture: drawing.jpg is not a picture that can be read. Use a JPE",
    ),
    "a web page": (
        _pictures("page.jpg"),
        "shots[1].picture: page.jpg is not a picture that can be read. Use a JPEG, PN",
    ),
    "a vast picture": (
        _pictures("vast.png"),
        "shots[1].picture: the picture vast.png has more than 100 million pixels",
    ),
    "a vast photo": (
        _pictures("vast.jpg"),
        "shots[1].picture: the picture vast.jpg has more than 100 million pixels. S",
    ),
    "fewer pixels than told": (
        _pictures("larger.png"),
        "shots[1].picture: the picture larger.png is damaged (",
    ),
    "no picture": (
        _pictures("no.jpg"),
        "shots[1].picture: there is no file no.jpg. Correct the path or bring the file",
    ),
    "a pipe": (_pictures("pipe.jpg"), "shots[1].picture: pipe.jpg is a folder, a pipe or a device. Name a file."),
    "a device": (_pictures("/dev/zero"), "shots[1].picture: /dev/zero is a folder, a pipe or a device. Name a file."),
    "a folder": (_pictures("folder.jpg"), "shots[1].picture: folder.jpg is a folder, a pipe or a device. Name a file."),
    "no path": (
        _pictures("a\0b"),
        'shots[1].picture.path: this text, "a\\u0000b", holds what is no character (\\u0000).',
    ),
    "a broken mask": (
        _pictures("plain.jpg", mask={"path": "cut.png"}, motion={"name": "parallax"}),
        "shots[1].mask: t",
    ),
    "another picture": (
        {"shots": [{"picture": {"sha256": "0" * 64, "path": "plain.jpg"}, "frames": 9}]},
        "shots[0].pic",
    ),
    "a picture for a clip": (
        {"shots": [{"clip": {"source": {"path": "plain.jpg"}}, "frames": 9}]},
        "shots[0].clip.sou",
    ),
    "a font that is not there": (
        {"cues": _words("hi"), "caption_style": {"font": "Lato"}},
        "caption_style.font: there",
    ),
    "no sound": (
        {"audio": {"speech": {"path": "words.wav"}}},
        "audio.speech: words.wav is not a sound file that can b",
    ),
    "a sound cut short": (
        {"audio": {"speech": {"path": "cut.wav"}}},
        "audio.speech: The sound file cut.wav is cut sho",
    ),
    "a sound of no numbers": ({"audio": {"speech": {"path": "nan.wav"}}}, "audio.speech: The sound file nan.wav holds"),
    "surround sound": (
        _music("six.wav"),
        "audio.music.track: The sound file six.wav has 6 channels; one or two can be",
    ),
    "more of a track than it has": (_music("tone.wav", 10**12), "audio.music.spans[0]: it asks for samples 0 to 10000"),
    "a version to come": (
        {"version": 2},
        "version: 2 is not a version of the format known here; it knows 1. A newer R",
    ),
    "a misspelt key": ({"captions": []}, "captions: this is no setting of a timeline. Did you mean “cues”?"),
    "a misspelt name": (
        _pictures("plain.jpg", transition={"name": "disolve"}),
        "shots[1].transition.name: there is no",
    ),
    "too long a transition": (
        _pictures("plain.jpg", transition={"name": "wipe", "frames": 10}),
        "shots[1].transition.",
    ),
    "a text for a number": (_pictures("plain.jpg", motion={"zoom": [1, "2"]}), "shots[1].motion.zoom[1]: it must be a"),
    "cues that overlap": ({"cues": [*_words("a"), *_words("b")]}, "cues[1]: it starts at frame 0, before the cue befo"),
    "a card beyond the end": ({"cards": [{"text": "a", "first": 3, "last": 99}]}, "cards[0]: it ends at frame 99, bey"),
    "an odd size": ({"size": {"width": 47, "height": 64}}, "size.width: it must be an even whole number from 16 to"),
    "a size and length beyond all": (
        {"size": {"width": 8000, "height": 4000}, "shots": [{"picture": {"path": "plain.jpg"}, "frames": 10**6}]},
        "shots: 1,000,000 frames of 8000 × 4000 pixels are more than can be rendered; of that size 156,250",
    ),
    "not a number": (b'{"shots": [{"frames": NaN}]}', "shots[0].frames: NaN is not a number that JSON knows."),
    "a number beyond all": (b'{"shots": [{"frames": 1e999}]}', "shots[0].frames: 1e999 is too large a number."),
    "a key twice": (
        b'{"title": "a", "title": "b"}',
        "title: this stands twice in the same object. Remove one of them.",
    ),
    "a file cut short": (b'{"shots": [{"frames"', "line 1, column 21 is not JSON: a colon is missing."),
    "an empty file": (b"", "it is empty. A timeline needs at least one shot."),
    "a picture for a timeline": (
        _packed("PNG"),
        "line 1 is not UTF-8 text. A timeline is a JSON file in UTF-8; save i",
    ),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory):
    """Each case's exit code and what a person reads, and what they all left together."""
    place = _place(tmp_path_factory.mktemp("broken"))
    _broken(place.folder)
    orders = []
    for number, (given, _) in enumerate(CASES.values()):
        name = f"{number}.json"
        if isinstance(given, bytes):
            (place.folder / name).write_bytes(given)
        else:
            place.timeline(name, **given)
        orders.append(["render", name, "-o", f"{number}.mp4"])
    orders += [["render", name, "-o", "x.mp4"] for name in ("folder.jpg", "pipe.jpg", "/dev/zero", "no.json")]
    orders.append(["frame", "1.json", "--at", "0.2", "-o", "frame.png"])
    return {" ".join(order): answer for order, answer in zip(orders, place.several(orders), strict=True)}, place


@pytest.mark.parametrize(("number", "name"), list(enumerate(CASES)), ids=list(CASES))
def test_what_cannot_be_shown_is_one_sentence_with_its_place(answers, number: int, name: str) -> None:
    code, _, said = answers[0][f"render {number}.json -o {number}.mp4"]
    assert said.startswith(f"reelforge: {number}.json: {CASES[name][1]}"), said
    assert said.count("\n") == 1
    assert code == 2


def test_what_is_no_file_is_one_sentence_and_nobody_waits_for_it(answers) -> None:
    for name, what in (
        ("folder.jpg", "it is a folder. Name a file."),
        ("pipe.jpg", "it is a pipe or a device. Name a file."),
        ("/dev/zero", "it is a pipe or a device. Name a file."),
        ("no.json", "there is no such file. Correct the path."),
    ):
        assert answers[0][f"render {name} -o x.mp4"] == (2, "", f"reelforge: {name}: {what}\n")


def test_a_frame_that_cannot_be_drawn_is_told_likewise(answers) -> None:
    code, _, said = answers[0]["frame 1.json --at 0.2 -o frame.png"]
    assert (code, said.startswith("reelforge: 1.json: shots[1].picture: the picture cut.png is damaged")) == (2, True)
    assert not (answers[1].folder / "frame.png").exists()


def test_refusals_leave_nothing_behind(answers) -> None:
    assert answers[1].left() == []
    assert list(answers[1].home.glob("assets/*/*")) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("frame", "strike", "code", "says"),
    [
        (0, signal.SIGINT, 130, "reelforge: Stopped before it was done."),
        (23, signal.SIGTERM, 143, "reelforge: Stopped before it was done."),
        (11, signal.SIGHUP, 129, ""),
        (31, "ffmpeg", 1, "ffmpeg was killed by signal 9 while encoding shots[0]. Give the same command again"),
    ],
    ids=["Ctrl-C at the first frame", "SIGTERM", "a terminal closed", "ffmpeg killed"],
)
def test_a_render_ended_at_any_frame_leaves_no_file_and_no_process(tmp_path: Path, frame, strike, code, says) -> None:
    place = _place(tmp_path)
    process, gate = _under_way(place, frame)
    with process, gate:
        encoder = int(gate.readline())
        if strike == "ffmpeg":
            os.kill(encoder, signal.SIGKILL)
        else:
            process.send_signal(strike)
        _, said = process.communicate(timeout=60)
        gate.read()
    assert process.returncode == code, said
    assert says in said
    assert "Traceback" not in said
    assert place.left() == []


@pytest.mark.slow
def test_a_render_that_a_script_left_in_the_background_can_be_ended(tmp_path: Path) -> None:
    """A shell lets such a program ignore SIGINT (POSIX, Shell Command Language, 2.11)."""
    place, before = _place(tmp_path), signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process, gate = _under_way(place, 5)
    finally:
        signal.signal(signal.SIGINT, before)
    with process, gate:
        gate.readline()
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
        gate.read()
    assert (process.returncode, place.left()) == (143, []), said
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_render_killed_at_any_frame_leaves_no_process_and_the_next_sweeps_up(tmp_path: Path) -> None:
    place = _place(tmp_path)
    process, gate = _under_way(place, 17)
    with process, gate:
        gate.readline()
        process.kill()
        process.communicate(timeout=60)
        gate.read()
    assert processes(place.home) == []
    with place.start("render", "whole.json", "-o", "whole.mp4") as again:
        _, said = again.communicate(timeout=60)
    assert again.returncode == 0, said
    assert place.left() == [str(tmp_path / "whole.mp4")]


def _under_way(place: Place, frame: int) -> tuple[subprocess.Popen[str], IO[str]]:
    """A render, and the pipe that tells its ffmpeg's process id when so many frames have reached it."""
    reached, gate = place.folder / "reached", place.folder / "ffmpeg"
    count = frame * WIDTH * HEIGHT * 3 // 2
    gate.write_text(GATE.format(real=discover().path, folder=place.folder, count=count))
    gate.chmod(0o755)
    os.mkfifo(reached)
    name = place.timeline("whole.json", encode={"codec": "hevc", "preset": "ultrafast"})
    process = place.start("render", name, "-o", "whole.mp4", REELFORGE_FFMPEG=str(gate))
    return process, reached.open()


@pytest.mark.slow
def test_a_disk_that_is_full_is_one_sentence_wherever_it_strikes(tmp_path: Path) -> None:
    place = _place(tmp_path)
    for limit, codec in ((12 << 10, "h264"), (100 << 10, "h264"), (12 << 10, "hevc"), (100 << 10, "hevc")):
        name = place.timeline("whole.json", encode={"codec": codec, "preset": "ultrafast"})
        with place.start("render", name, "-o", "whole.mp4", largest=limit) as process:
            _, said = process.communicate(timeout=60)
        assert (process.returncode, place.left()) == (2, []), said
        assert "The disk is full" in said
        assert "Traceback" not in said
