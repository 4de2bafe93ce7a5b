import os
import socket
import stat
import struct
import subprocess
import threading

import av
import numpy as np
import pytest

from reelforge.errors import InputError
from reelforge.render.clips import opening
from reelforge.render.clips.info import open_clip_info
from reelforge.render.clips.reader import ClipReader
from reelforge.render.ffmpeg import discover

WHERE = "shots[3].clip"
WIDTH, HEIGHT, RATE, COUNT = 128, 96, 30, 60
H264 = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-sc_threshold", "0", "-pix_fmt", "yuv420p"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("malformed")


@pytest.fixture(scope="module")
def make(folder):
    program = str(discover().path)

    def run(name, *arguments, frames=True, size=(WIDTH, HEIGHT)):
        out = folder / name
        if not out.exists():
            raw = ["-f", "rawvideo", "-s", f"{size[0]}x{size[1]}", "-pix_fmt", "yuv420p", "-r", str(RATE), "-i", "-"]
            line = [program, "-v", "error", "-y", *(raw if frames else []), *arguments, str(out)]
            done = subprocess.run(line, input=_numbered(*size) if frames else b"", capture_output=True, check=False)
            assert done.returncode == 0, done.stderr.decode()
        return out

    return run


def _numbered(width, height):
    """Frames with their number in the luma of eight blocks, over noise that fills the file."""
    noise = np.random.default_rng(1).integers(80, 100, (COUNT, height, width)).astype(np.uint8)
    for number in range(COUNT):
        for bit in range(8):
            noise[number, : height // 2, bit * width // 8 : (bit + 1) * width // 8] = 210 if number >> bit & 1 else 40
    return b"".join(frame.tobytes() + bytes([128]) * (width * height // 2) for frame in noise)


def _number(planes):
    return sum((planes.y[HEIGHT // 4, bit * 16 + 8] > 125) << bit for bit in range(8))


def _written(folder, name, content):
    out = folder / name
    out.write_bytes(content)
    return out


def _refusal(path):
    """What is said about a file, by both ways in; one sentence that names its place."""
    said = []
    for open_it in (open_clip_info, ClipReader):
        with pytest.raises(InputError) as error:
            open_it(path, WHERE)
        said.append(error.value)
    assert str(said[0]) == str(said[1])
    assert said[0].message.startswith(f"{WHERE}: ")
    assert said[0].message.endswith(".")
    assert "\n" not in str(said[0])
    assert said[0].remedy
    return said[0].message


def test_what_is_no_file_is_refused(folder):
    (folder / "empty.mp4").touch()
    (folder / "folder.mp4").mkdir()
    os.mkfifo(folder / "pipe.mp4")
    assert "there is no clip" in _refusal(folder / "absent.mp4")
    assert "is empty" in _refusal(folder / "empty.mp4")
    assert "is not a file" in _refusal(folder / "folder.mp4")
    assert "is not a file" in _refusal(folder / "pipe.mp4")
    assert "cannot be opened" in _refusal(folder / "null\0byte.mp4")
    assert stat.S_ISFIFO((folder / "pipe.mp4").stat().st_mode)


def test_a_recording_cut_short_is_refused(make, folder):
    last = make("index-last.mp4", *H264).read_bytes()
    first = make("index-first.mp4", *H264, "-movflags", "faststart").read_bytes()
    assert "index (moov) is missing" in _refusal(_written(folder, "cut-last.mp4", last[: len(last) // 2]))
    for part in (0.5, 0.9, 0.99):
        cut = first[: int(len(first) * part)]
        assert "ends before its last frames" in _refusal(_written(folder, f"cut-first-{part}.mp4", cut))


@pytest.mark.parametrize("kind", ["mkv", "ts"])
def test_a_stream_cut_short_is_shown_as_far_as_it_goes(make, folder, kind):
    whole = make(f"whole.{kind}", *H264, "-g", "10").read_bytes()
    path = _written(folder, f"cut.{kind}", whole[: len(whole) * 6 // 10])
    with ClipReader(path, WHERE) as reader:
        assert [_number(reader.at(number / RATE)) for number in (0, 10, 25)] == [0, 10, 25]
        if kind == "mkv":
            assert reader.info.seconds == pytest.approx(COUNT / RATE, abs=0.04)
        for _ in range(2):
            with pytest.raises(InputError, match=r"^shots\[3\]\.clip: .*ends after 1\.\d+ s of pictures, .* promises"):
                reader.at(1.95)
            assert _number(reader.at(0.5)) == 15


def test_a_header_that_promises_more_than_there_is_is_found_out(make, folder):
    content = make("honest.mkv", *H264).read_bytes()
    path = _written(folder, "lying.mkv", content.replace(b"00:00:02.000", b"00:00:08.000"))
    with ClipReader(path, WHERE) as reader:
        assert reader.info.seconds == 8
        assert _number(reader.at(59 / RATE)) == 59
        assert _number(reader.at(2.1)) == 59
        with pytest.raises(InputError, match=r"ends after 2\.0\d s of pictures, though its header promises 8\.00 s"):
            reader.at(3.0)


def test_a_file_without_frames_is_refused(make, folder):
    whole = make("clustered.mkv", *H264).read_bytes()
    headers = whole[: whole.index(b"\x1f\x43\xb6\x75")]
    assert "ends before its first frame" in _refusal(_written(folder, "frameless.mkv", headers))
    film = make("gif.gif").read_bytes()
    assert "has no frame" in _refusal(_written(folder, "frameless.gif", film[:13]))


@pytest.mark.parametrize(
    ("width", "height"), [(1, 1), (1, 96), (8, 8), (17_000, 20), (65_535, 65_535), (12_000, 12_000)]
)
def test_sizes_that_are_not_drawn_are_refused_before_they_are_decoded(make, folder, width, height):
    content = bytearray(make("gif.gif").read_bytes())
    content[6:10] = struct.pack("<HH", width, height)
    said = _refusal(_written(folder, f"{width}x{height}.gif", bytes(content)))
    if width * height > 100_000_000:
        # The decoder has refused already, so nobody knows the size.
        assert "has no frame that can be decoded" in said
        return
    assert f"is {width} × {height} pixels" in said
    assert ("at least 16" if min(width, height) < 16 else "the most is 16384 on a side and 100 million") in said


def test_sound_without_pictures_is_refused(make):
    tone = ["-f", "lavfi", "-i", "sine=duration=0.3"]
    for name in ("tone.wav", "tone.m4a", "tone.mp3", "tone.flac", "tone.mka", "tone.ogg", "tone.aac"):
        codec = ["-c:a", "flac"] if name.endswith("ogg") else []
        assert "holds sound and no video" in _refusal(make(name, *tone, *codec, frames=False)), name


def test_still_pictures_and_texts_are_refused_by_their_content(make, folder):
    assert "is a still picture" in _refusal(make("still.png", "-frames:v", "1"))
    assert "is a still picture" in _refusal(make("still.jpg", "-frames:v", "1"))
    assert "WebP" in _refusal(make("still.webp", "-frames:v", "1"))
    assert "is a text" in _refusal(_written(folder, "text.mp4", b"Here should be a film.\n"))
    noise = np.random.default_rng(3).integers(0, 256, 9000).astype(np.uint8).tobytes()
    assert "is not a video file" in _refusal(_written(folder, "noise.mp4", noise))


def test_an_encrypted_file_is_refused(make):
    plain = make("plain.mp4", *H264)
    key = ["-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb", "-encryption_kid", "a7e61c373e219033c21091fa607bf3b8"]
    path = make("secret.mp4", "-i", str(plain), "-c", "copy", "-encryption_scheme", "cenc-aes-ctr", *key, frames=False)
    assert "is encrypted" in _refusal(path)


class _Trap:
    """A server and a pipe that tell whether anything has come for them."""

    def __init__(self, folder):
        self.pipe = folder / "secret.ts"
        os.mkfifo(self.pipe)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.setblocking(False)
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}/secret.ts"

    def called(self):
        """Whether something has connected, or stands waiting at the pipe."""
        try:
            self._server.accept()[0].close()
        except BlockingIOError:
            pass
        else:
            return True
        try:
            os.close(os.open(self.pipe, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:  # ENXIO: nobody reads
            return False
        return True

    def close(self):
        self._server.close()


@pytest.fixture
def trap(tmp_path):
    found = _Trap(tmp_path)
    yield found
    found.close()


def _hostile(trap):
    pipe, url = str(trap.pipe), trap.url
    for target in (pipe, url, f"file://{pipe}", "secret.ts"):
        yield f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n"
        yield f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:9.0,\nconcat:{target}|{target}\n#EXT-X-ENDLIST\n"
        yield f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{target}"\n#EXTINF:9,\n{target}\n'
        yield f"ffconcat version 1.0\nfile '{target}'\nduration 9\n"
        yield f"\ufeffffconcat version 1.0\nfile {target}\n"
        yield f"file '{target}'\n"
        yield f"[playlist]\nFile1={target}\n"
        yield f'<?xml version="1.0"?><MPD type="static"><Period><BaseURL>{target}</BaseURL></Period></MPD>'
        yield f'<?xml version="1.0"?><playlist><trackList><location>{target}</location></trackList></playlist>'
        yield f"<SmoothStreamingMedia><StreamIndex Url='{target}'/></SmoothStreamingMedia>"
        yield f"[Reference]\nRef1={target}\n"
        yield f"RTSPtext{url}"
    yield f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {url.split(':')[2][:5]} RTP/AVP 96\n"


def test_playlists_named_mp4_are_refused_and_reach_neither_the_network_nor_another_file(trap, tmp_path):
    said = set()
    for number, text in enumerate(_hostile(trap)):
        for name in (f"a{number}.mp4", f"a{number}.m3u8"):
            path = _written(tmp_path, name, text.encode())
            asking = threading.Thread(
                target=lambda path=path: said.add(_refusal(path).split(" is ", 1)[1]), daemon=True
            )
            asking.start()
            asking.join(10)
            assert not asking.is_alive(), f"opening {text!r} waits for something"
            assert not trap.called(), text
    assert {"a playlist (HLS), which is not followed.", "a list of files (concat), which is not followed."} <= said
    assert {"a session description (SDP), which is not followed.", "a playlist (DASH), which is not followed."} <= said


def test_the_trap_for_playlists_works(trap, tmp_path):
    """libav left to itself goes to the network."""
    path = _written(tmp_path, "open.m3u8", next(_hostile(trap)).replace(str(trap.pipe), trap.url).encode())
    with pytest.raises((av.error.FFmpegError, OSError)):
        av.open(str(path), timeout=2.0, options={"protocol_whitelist": "file,http,tcp,crypto"})
    assert trap.called()


def test_even_a_format_that_follows_links_is_given_nothing(trap, tmp_path):
    for text in (f"#EXTM3U\n#EXTINF:9,\n{trap.pipe}\n#EXT-X-ENDLIST\n", f"#EXTM3U\n#EXTINF:9,\n{trap.url}\n"):
        path = _written(tmp_path, "followed.m3u8", text.encode())
        said = []

        def ask(path=path, said=said):
            with path.open("rb", buffering=0) as file, pytest.raises(InputError) as error:
                opening._demuxer(file, "hls", path, WHERE)
            said.append(str(error.value))

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(10)
        assert said
        assert not trap.called()


def test_a_film_that_names_another_file_gets_none(make, folder, trap):
    """An MP4 whose media lies elsewhere (data references), and an AVI with a playlist for subtitles."""
    content = make("plain.mp4", *H264).read_bytes()
    at = content.index(b"url \x00\x00\x00\x01")
    linked = content[:at] + b"url \x00\x00\x00\x00" + content[at + 8 :]
    path = _written(folder, "linked.mp4", linked)
    _open_or_refuse(path)
    subtitles = b"GAB2\x00" + struct.pack("<HI", 2, 2) + b"a\x00" + struct.pack("<HI", 4, 400)
    playlist = f"#EXTM3U\n#EXTINF:9,\n{trap.url}\n".encode()
    film = make("plain.avi", "-c:v", "mjpeg").read_bytes()
    at = film.index(b"00dc")
    _open_or_refuse(_written(folder, "subtitled.avi", film[:at] + b"01tx" + subtitles + playlist + film[at:]))
    assert not trap.called()


def _open_or_refuse(path):
    """Read a clip here and there; a refusal names its place, and nothing else is raised."""
    said = ""
    try:
        with ClipReader(path, WHERE, most=(64, 48)) as reader:
            for second in (0.0, 0.4, 1.2, 0.1, 1.9):
                reader.at(second)
    except InputError as refused:
        said = str(refused)
    assert not said or (said.startswith(f"{WHERE}: ") and "\n" not in said)
    return said


def _damaged(path, out, numbers):
    """A copy with the frames of these numbers, in decoding order, made unreadable."""
    content = bytearray(path.read_bytes())
    with av.open(str(path)) as file:
        packets = [(packet.pos, packet.size) for packet in file.demux(video=0) if packet.size]
    for number in numbers:
        start, size = packets[number]
        content[start + 5 : start + size] = bytes(255 - value for value in content[start + 5 : start + size])
    out.write_bytes(content)
    return out


def test_short_damage_holds_the_last_good_frame(make, folder):
    path = _damaged(make("groups.mp4", *H264, "-g", "5", "-bf", "0"), folder / "scratched.mp4", [21])
    with ClipReader(path, WHERE) as reader:
        shown = [_number(reader.at(number / RATE)) for number in range(COUNT)]
    assert shown == [*range(21), 20, 20, 20, 20, *range(25, COUNT)]
    with ClipReader(path, WHERE) as reader:
        for number in (24, 22, 30, 20, 21):
            assert _number(reader.at(number / RATE)) == shown[number]


def test_long_damage_is_refused_where_it_is_and_nowhere_else(make, folder):
    path = _damaged(make("long-groups.mp4", *H264, "-g", "30", "-bf", "0"), folder / "broken.mp4", [8])
    with ClipReader(path, WHERE) as reader:
        assert [_number(reader.at(number / RATE)) for number in (0, 7, 30, 59)] == [0, 7, 30, 59]
        assert _number(reader.at(0.45)) == 7
        for second in (0.5, 0.9):
            with pytest.raises(InputError, match=rf"^shots\[3\]\.clip: .* damaged at {second:.2f} s") as error:
                reader.at(second)
            assert "another part" in error.value.remedy
        assert _number(reader.at(1.0)) == 30


FILMS = {
    "plain.mp4": H264,
    "plain.mkv": H264,
    "plain.ts": H264,
    "plain.avi": ["-c:v", "mjpeg"],
    "plain.gif": [],
    "plain.webm": ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "300k"],
    "plain.mov": ["-c:v", "prores_ks", "-profile:v", "0"],
}


@pytest.mark.parametrize("film", FILMS)
def test_any_damage_ends_in_pictures_or_in_one_sentence(make, folder, film):
    content = make(film, *FILMS[film]).read_bytes()
    chance = np.random.default_rng(len(film) + len(content))
    outcomes = []
    for turn in range(14):
        broken = bytearray(content)
        # Headers first: they are where a wrong number does most.
        reach = 700 if turn % 2 else len(broken)
        for place in chance.integers(4, min(reach, len(broken)), 1 + turn):
            broken[place] = chance.integers(0, 256)
        if turn % 5 == 4:
            del broken[int(chance.integers(12, len(broken))) :]
        outcomes.append(_open_or_refuse(_written(folder, f"broken-{turn}-{film}", bytes(broken))))
    assert len(outcomes) == 14
