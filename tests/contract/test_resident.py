"""The process that a frame leaves behind, for real: started, asked, killed, stopped, with a socket of its own."""

import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread

import pytest
from PIL import Image

from reelforge.errors import InputError
from reelforge.private import private_folder
from reelforge.resident import client, server
from reelforge.resident.client import Resident, find_resident, idle_seconds
from reelforge.testing.work_folder import WorkFolder

FRAME = ["reelforge", "frame", "timeline.json", "--at", "0.5", "-o"]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with a timeline, and a name of the resident's socket that no other test has."""
    Image.effect_mandelbrot((320, 568), (-3, -2.5, 2, 2.5), 100).convert("RGB").save(tmp_path / "a.png")
    cue = {"first": 0, "last": 30, "words": [{"text": "Words", "first": 0, "last": 30}]}
    shots = [{"picture": {"path": "a.png"}, "frames": 30}]
    timeline = {"version": 1, "size": {"width": 180, "height": 320}, "shots": shots, "cues": [cue]}
    (tmp_path / "timeline.json").write_text(json.dumps(timeline))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REELFORGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("REELFORGE_RESIDENT", "60")
    monkeypatch.setenv("PYTHON_OF_THIS_TEST", str(tmp_path))  # what Python starts with is in the name
    monkeypatch.setenv("PYDANTIC_DISABLE_PLUGINS", "__all__")  # as a command says before it asks
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    return tmp_path


@contextmanager
def staying(resident):
    number = resident.leave()
    try:
        yield number
    finally:
        os.kill(number, signal.SIGKILL)
        os.waitpid(number, 0)
        Path(resident.path).unlink(missing_ok=True)


def _until_asked(resident, arguments):
    """The exit code of the first try that finds it listening: it is begun at the same time."""
    begun = time.monotonic()
    while time.monotonic() < begun + 60:
        if (code := resident.asked(arguments)) is not None:
            return code
    raise AssertionError


def _until_loaded(resident):
    """Until it waits for nothing but questions: it loads a module after each that comes before that."""
    assert {_until_asked(resident, [*FRAME, "f.png"]) for _ in range(len(server._NEEDED) + 1)} == {0}


def _taken(place):
    """The frames in the folder, by name; they are gone from it then."""
    drawn = {path.name: path.read_bytes() for path in place.glob("one.*")}
    for name in drawn:
        (place / name).unlink()
    return drawn


def test_a_resident_gives_what_the_command_gives(place, capfd):
    orders = [
        ("frame", "timeline.json", "--at", "0.5", "-o", "one.png"),
        ("frame", "timeline.json", "--at", "0.5", "-o", "one.jpg", "--shape", "1:1", "--json"),
        ("frame", "timeline.json", "--at", "900", "-o", "two.png"),
        ("frame", "timeline.json", "--at", "900", "-o", "two.png", "--json"),
        ("frame", "nothing.json", "--at", "0", "-o", "two.png"),
        ("frame", "timeline.json", "--at", "noon", "-o", "two.png"),
        ("frame", "timeline.json", "--at", "0", "-o", "no/such/folder.png"),
        ("frame", "--help"),
    ]
    alone, drawn = WorkFolder(place, REELFORGE_RESIDENT="0").several(orders), _taken(place)
    assert len(drawn) == 2
    resident = Resident()
    with staying(resident):
        for order, answer in zip(orders, alone, strict=True):
            code = _until_asked(resident, ["reelforge", *order])
            assert (code, *capfd.readouterr()) == answer
    assert _taken(place) == drawn


def test_a_resident_takes_folder_environment_and_mode_from_who_asks(place, capfd, monkeypatch):
    other = place / "other"
    other.mkdir()
    resident = Resident()
    with staying(resident):
        monkeypatch.chdir(other)
        monkeypatch.setenv("REELFORGE_RESIDENT", "soon")
        asking = Resident()
        asking.path = resident.path
        assert _until_asked(asking, ["reelforge", "frame", "../timeline.json", "--at", "0", "-o", "f.png"]) == 2
        assert "REELFORGE_RESIDENT is “soon”." in capfd.readouterr().err
        monkeypatch.setenv("REELFORGE_RESIDENT", "9")
        asking._environment = dict(os.environ)
        before = os.umask(0o027)
        try:
            assert asking.asked(["reelforge", "frame", "../timeline.json", "--at", "0", "-o", "f.png"]) == 0
        finally:
            os.umask(before)
    assert (other / "f.png").stat().st_mode & 0o777 == 0o640


@pytest.mark.usefixtures("place")
def test_a_question_may_be_larger_than_what_a_socket_takes_at_once():
    resident = Resident()
    resident._environment |= {f"LONG_{number}": "x" * 100_000 for number in range(8)}
    with staying(Resident()):
        assert _until_asked(Resident(), [*FRAME, "f.png"]) == 0
        assert resident.asked([*FRAME, "f.png"]) == 0


def test_a_pipe_that_nobody_reads_ends_the_command_as_ever_and_is_not_done_twice(place):
    resident = Resident()
    with staying(resident):
        assert _until_asked(resident, [*FRAME, "f.png"]) == 0
        reading, writing = os.pipe()
        os.close(reading)
        unable = "import sys; sys.modules['reelforge.cli'] = None\n" + _ASKING
        command = [sys.executable, "-c", unable, repr(sys.path), *FRAME[1:], "g.png"]
        asking = subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE, text=True)
        os.close(writing)
        assert asking.communicate(timeout=30) == (None, "Asked.\n")
        assert asking.returncode == 1
        assert (place / "g.png").read_bytes() == (place / "f.png").read_bytes()


def test_output_that_is_closed_is_not_taken_for_a_socket(place):
    """Whatever is opened next would have its number."""
    resident = Resident()
    with staying(resident):
        assert _until_asked(resident, [*FRAME, "f.png"]) == 0
        command = 'exec "$@" >&-'
        asking = [sys.executable, "-c", _ASKING, repr(sys.path), *FRAME[1:], "g.png"]
        ran = subprocess.run(["sh", "-c", command, "sh", *asking], stderr=subprocess.PIPE, check=False, timeout=60)
        assert (ran.returncode, ran.stderr) == (0, b"")
        assert (place / "g.png").read_bytes() == (place / "f.png").read_bytes()


def test_the_first_frame_leaves_one_and_the_next_is_its_own(place, monkeypatch):
    monkeypatch.setenv("REELFORGE_RESIDENT", "10")
    unable = "import sys; sys.modules['reelforge.cli'] = None; from reelforge.__main__ import main; sys.exit(main())"
    asking = [sys.executable, "-c", unable, *FRAME[1:], "g.png"]
    assert subprocess.run(asking, check=False, timeout=60, capture_output=True).returncode == 1
    subprocess.run([sys.executable, "-m", *FRAME, "f.png"], check=True, timeout=60, capture_output=True)
    for _ in range(100):
        ran = subprocess.run(asking, check=False, timeout=60, capture_output=True)
        if not ran.returncode:
            break
    assert (ran.stdout, ran.stderr) == (b"g.png\n", b"")
    assert (place / "f.png").read_bytes() == (place / "g.png").read_bytes()


@pytest.mark.usefixtures("place")
def test_a_killed_resident_is_followed_by_another():
    resident = Resident()
    with staying(resident):
        assert _until_asked(resident, [*FRAME, "f.png"]) == 0
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(resident.path)
    assert resident.asked([*FRAME, "f.png"]) is None
    with staying(resident):
        assert _until_asked(resident, [*FRAME, "f.png"]) == 0


@pytest.mark.usefixtures("place")
def test_of_two_begun_at_once_one_stays():
    resident = Resident()
    with staying(resident) as first:
        assert _until_asked(resident, [*FRAME, "f.png"]) == 0
        second = resident.leave()
        assert os.waitpid(second, 0)[1] == 0
        assert os.waitpid(first, os.WNOHANG) == (0, 0)
        assert resident.asked([*FRAME, "f.png"]) == 0


@pytest.mark.usefixtures("place")
def test_a_resident_that_nobody_asks_ends_and_leaves_nothing(monkeypatch):
    monkeypatch.setenv("REELFORGE_RESIDENT", "0.01")
    resident = Resident()
    assert os.waitpid(resident.leave(), 0)[1] == 0
    assert not Path(resident.path).exists()


_BECOMING = """
import os, sys, tempfile, warnings
from reelforge.render.text.shelf import shelf
from reelforge.resident import server

def become(home):
    os.makedirs(home, exist_ok=True)
    environment = {**os.environ, "TMPDIR": home, "HOME": home}
    asked = {"arguments": [home], "environment": environment, "umask": 0o22}
    server._become(server._Question(None, [os.dup(1), os.dup(2), os.open(home, os.O_RDONLY)], asked))

found = []
for home in sys.argv[1:]:
    become(home)
    warnings.warn("Mind the gap.")
    assert tempfile.gettempdir() == home == os.getcwd() == sys.argv[0]
    found.append(shelf())
    assert shelf() is found[-1]
assert found[0] is not found[1]
"""


def test_nothing_of_one_caller_stays_for_the_next_but_what_is_known_by_its_content(tmp_path):
    homes = [str(tmp_path / name) for name in ("one", "two")]
    command = [sys.executable, "-c", _BECOMING, *homes]
    ran = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True)
    assert ran.stderr.count("UserWarning: Mind the gap.") == 2


@pytest.mark.usefixtures("place")
def test_sockets_of_killed_ones_are_swept_and_those_of_living_ones_stay():
    resident = Resident()
    with socket.socket(socket.AF_UNIX) as alive, socket.socket(socket.AF_UNIX) as dead:
        paths = {
            one: f"{private_folder()}/frame-{os.getpid()}-{name}.sock" for one, name in ((alive, "a"), (dead, "d"))
        }
        try:
            for one, path in paths.items():  # no other sweeper may meet one that does not listen yet
                one.bind(path.replace("frame-", "new-"))
                one.listen()
                Path(path.replace("frame-", "new-")).rename(path)
            dead.close()
            with staying(resident):
                assert _until_asked(resident, [*FRAME, "f.png"]) == 0
            assert [Path(path).exists() for path in paths.values()] == [True, False]
        finally:
            for path in paths.values():
                Path(path).unlink(missing_ok=True)


def test_one_that_does_not_stop_when_its_caller_is_interrupted_is_killed(monkeypatch):
    monkeypatch.setattr(client, "_STOPPING", 0.05)
    ours, theirs = socket.socketpair()
    with ours, theirs, subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as deaf:
        client._hang_up(ours, deaf.pid)
        assert deaf.wait(30) == -signal.SIGKILL


@pytest.mark.usefixtures("place")
def test_one_that_does_not_answer_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(client, "PATIENCE", 0.05)
    resident = Resident()
    with staying(resident) as number:
        assert _until_asked(resident, [*FRAME, "f.png"]) == 0
        os.kill(number, signal.SIGSTOP)
        assert os.WIFSTOPPED(os.waitpid(number, os.WUNTRACED)[1])  # its other thread may have gone on for a moment
        assert resident.asked([*FRAME, "f.png"]) is None


_ASKING = """
import socket, sys
sys.path[:] = eval(sys.argv.pop(1))
from reelforge.__main__ import main
send = socket.send_fds
socket.send_fds = lambda *given: (send(*given), print("Asked.", file=sys.stderr, flush=True))[0]
sys.exit(main())
"""


def _asking(*words):
    """A command of a process of its own, which has asked the resident."""
    command = [sys.executable, "-c", _ASKING, repr(sys.path), *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr.readline() == "Asked.\n"
    return process


def drawing(resident):
    """A command whose resident is writing ``slow.png``, and the pipe that this is, too small for a picture."""
    os.mkfifo("slow.png")
    asking = _asking(*FRAME[1:], "slow.png")
    pipe = os.open("slow.png", os.O_RDONLY | os.O_NONBLOCK)
    select.select([pipe], [], [])
    os.set_blocking(pipe, True)
    assert resident.asked([*FRAME, "f.png"]) is None  # sent away
    return asking, os.fdopen(pipe, "rb")


def test_who_asks_while_a_frame_takes_long_is_sent_away(place):
    resident = Resident()
    with staying(resident):
        assert _until_asked(resident, [*FRAME, "f.png"]) == 0
        asking, pipe = drawing(resident)
        with pipe:
            assert pipe.read() == (place / "f.png").read_bytes()
        assert asking.communicate(timeout=30) == ("slow.png\n", "")
        assert resident.asked([*FRAME, "g.png"]) == 0


@pytest.fixture
def listening(place):
    """A resident's listener in this process: who asks it (a Resident), the questions that come, whose turn it is."""
    resident, questions, turns = Resident(), SimpleQueue(), server._Turns()
    resident.path = str(place / "socket")

    def listen():
        with suppress(OSError):  # it is hung up at the end
            server._listen(line, questions, turns)

    with socket.socket(socket.AF_UNIX) as line:
        line.bind(resident.path)
        line.listen()
        thread = Thread(target=listen)
        thread.start()
        yield resident, questions, turns
        line.shutdown(socket.SHUT_RDWR)
        thread.join(30)


@pytest.mark.parametrize(("soon", "command", "waiting"), [(60.0, "frame", 5), (0.0, "frame", 0), (60.0, "render", 0)])
def test_a_few_wait_for_a_frame_just_begun_and_all_others_are_sent_away(listening, monkeypatch, soon, command, waiting):
    resident, questions, turns = listening
    monkeypatch.setattr(server, "_SOON", soon)
    monkeypatch.setattr(client, "PATIENCE", 30.0)
    with ThreadPoolExecutor(6) as pool:
        for _ in range(2):
            asking, taken = [pool.submit(resident.asked, ["reelforge", command])], [questions.get(timeout=30)]
            for _ in range(waiting):
                asking.append(pool.submit(resident.asked, ["reelforge", "frame"]))
                taken.append(questions.get(timeout=30))
            assert resident.asked(["reelforge", "frame"]) is None
            for number, question in enumerate(taken):
                assert question.telling.begin()
                turns.done()
                question.telling.tell(number)
            assert [asked.result(timeout=30) for asked in asking] == list(range(waiting + 1))


def test_an_answer_that_is_there_before_who_asks_goes_on_is_taken(listening, monkeypatch):
    resident, questions, _ = listening
    send, told = socket.send_fds, Event()
    monkeypatch.setattr(socket, "send_fds", lambda *given: (send(*given), told.wait(30))[0])
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(resident.asked, ["reelforge", "frame"])
        telling = questions.get(timeout=30).telling
        assert telling.begin()
        telling.tell(5)
        told.set()
        assert asking.result(timeout=30) == 5


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("blocked", [(), (signal.SIGINT,)], ids=["", "left by one that heard none"])
def test_ctrl_c_stops_the_drawing_too(blocked):
    resident = Resident()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
    with staying(resident):
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        assert _until_asked(resident, [*FRAME, "f.png"]) == 0
        asking, pipe = drawing(resident)
        with pipe:
            asking.send_signal(signal.SIGINT)
            assert asking.communicate(timeout=30) == ("", "reelforge: Stopped before it was done.\n")
            assert asking.returncode == 130
            assert resident.asked([*FRAME, "g.png"]) == 0


def test_a_preview_by_a_resident_is_that_of_the_command(place, capfd):
    order = ["render", "timeline.json", "--preview", "--no-cache", "--json", "-o"]
    [alone] = WorkFolder(place, REELFORGE_RESIDENT="0").several([[*order, "one.mp4"]])
    resident = Resident()
    with staying(resident):
        code = _until_asked(resident, ["reelforge", *order, "two.mp4"])
        assert (code, *capfd.readouterr()) == (0, alone.out.replace("one.mp4", "two.mp4"), alone.err)
        assert (place / "one.mp4").read_bytes() == (place / "two.mp4").read_bytes()


def test_ctrl_c_stops_a_preview_too(place):
    timeline = json.loads((place / "timeline.json").read_text())
    timeline["shots"][0]["frames"] = 3000
    (place / "timeline.json").write_text(json.dumps(timeline))
    resident = Resident()
    with staying(resident):
        _until_loaded(resident)
        asking = _asking("render", "timeline.json", "--preview", "--no-cache", "-o", "long.mp4")
        assert resident.asked([*FRAME, "f.png"]) is None
        asking.send_signal(signal.SIGTERM)
        assert asking.communicate(timeout=30) == ("", "reelforge: Stopped before it was done.\n")
        assert asking.returncode == 143
        assert not list(place.glob("*long*"))
        assert resident.asked([*FRAME, "g.png"]) == 0


def test_a_killed_resident_leaves_the_work_to_the_command(place):
    resident = Resident()
    with staying(resident) as number:
        assert _until_asked(resident, [*FRAME, "f.png"]) == 0
        asking, pipe = drawing(resident)
        os.kill(number, signal.SIGKILL)
        written = b""
        with pipe:
            while asking.poll() is None:
                written += pipe.read()
        assert written.endswith((place / "f.png").read_bytes())
        assert asking.communicate(timeout=30) == ("slow.png\n", "")


@pytest.mark.parametrize(
    "change",
    [
        lambda patch: patch.setenv("PYTHONOPTIMIZE", "1"),
        lambda patch: patch.setenv("LANG", "tlh_QO"),
        lambda patch: patch.syspath_prepend("/usr/other"),
        lambda patch: patch.setattr(sys, "executable", "/usr/bin/other"),
        lambda patch: patch.setattr(resource, "getrlimit", lambda _which: (204_800, 204_800)),
        lambda patch: patch.setattr(os, "getpriority", lambda *_: 15),
    ],
    ids=["python", "language", "path", "program", "limits", "niceness"],
)
def test_another_start_asks_another_resident(monkeypatch, change):
    before = Resident().path
    assert Resident().path == before
    change(monkeypatch)
    assert Resident().path != before


@pytest.mark.parametrize(
    "changed", ["reelforge/render/looks.py", "config/effects.toml", "fonts/fonts.toml", "lib-packages"]
)
def test_other_code_asks_another_resident(tmp_path, changed):
    """Of a copy of the package, of which only what finds the resident is real."""
    here = Path(client.__file__).parents[1]
    for name in ("__init__.py", "errors.py", "private.py", "resident/__init__.py", "resident/client.py"):
        copy = tmp_path / "reelforge" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((here / name).read_bytes())
    for name in ("reelforge/render/looks.py", "config/effects.toml", "fonts/fonts.toml", "lib-packages/a.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    code = (
        "import os, sys; sys.path[:0] = sys.argv[1:3]\n"
        "from reelforge.resident.client import Resident\n"
        "first, again = Resident().path, Resident().path\n"
        "os.utime(sys.argv[3], ns=(1, 1))\n"
        "print(first == again, again == Resident().path)"
    )
    command = [sys.executable, "-c", code, str(tmp_path), str(tmp_path / "lib-packages"), str(tmp_path / changed)]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "True False\n"


@pytest.mark.parametrize("seconds", ["", "0.5", "0", "86400"])
def test_seconds_to_stay_are_taken(monkeypatch, seconds):
    monkeypatch.setenv("REELFORGE_RESIDENT", seconds)
    assert idle_seconds() == float(seconds or 60)
    assert (find_resident(["reelforge", "frame"]) is None) == (seconds == "0")


@pytest.mark.parametrize("seconds", ["soon", "-1", "nan", "86401", "inf"])
def test_other_seconds_to_stay_are_refused_by_the_command(monkeypatch, seconds):
    monkeypatch.setenv("REELFORGE_RESIDENT", seconds)
    with pytest.raises(InputError, match=f"REELFORGE_RESIDENT is “{seconds}”"):
        idle_seconds()
    assert find_resident(["reelforge", "frame"]) is None


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["render", "t.json"],
        ["make", "--preview"],
        ["frame", "/dev/stdin"],
        ["frame", "--config=/proc/self/fd/63"],
        ["frame", "--help"],
    ],
)
@pytest.mark.usefixtures("place")
def test_what_a_resident_cannot_do_it_is_not_asked(words):
    assert find_resident(["reelforge", *words]) is None


def test_a_folder_for_sockets_that_others_may_change_is_refused(tmp_path, monkeypatch):
    """Whoever can write there could be asked in the resident's place."""
    monkeypatch.setattr(os, "getuid", lambda: 10**9 + os.getpid())
    folder = Path(f"/tmp/reelforge-{os.getuid()}")
    folder.mkdir(mode=0o700)
    try:
        with pytest.raises(InputError, match="can be written by others"):
            private_folder()  # somebody else's
    finally:
        folder.rmdir()
    folder.symlink_to(tmp_path)
    try:
        with pytest.raises(InputError, match="can be written by others"):
            private_folder()
    finally:
        folder.unlink()


def test_the_folder_for_sockets_is_its_owners_alone(monkeypatch):
    folder = Path(private_folder())
    assert folder.stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr(os, "lstat", lambda _path: os.stat_result((0o040770, 0, 0, 0, os.getuid(), 0, 0, 0, 0, 0)))
    with pytest.raises(InputError, match="can be written by others"):
        private_folder()
