"""`reelforge check`: what is missing is told with one sentence and one remedy, channel by channel."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from reelforge import doctor
from reelforge.doctor import examine, grouped, ready, summary
from reelforge.domain.doctor import Finding
from reelforge.errors import InputError, NeedsPersonError
from reelforge.settings import Settings, load
from reelforge.settings.files import shipped

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def settings(folder: Path, text: str) -> Settings:
    path = folder / "reelforge.toml"
    path.write_text(text)
    return load(path, {"REELFORGE_HOME": str(folder / "home")})


def named(findings: Iterable[Finding], part: str) -> Finding:
    return next(finding for finding in findings if part in finding.subject)


async def test_the_shipped_channels_need_no_key_and_nothing_that_is_not_there() -> None:
    findings = await examine(load(shipped(), {}), environ={}, tools=())
    assert list(grouped(findings)) == list(load(shipped(), {}).names)
    assert ready(findings), [finding for finding in findings if not finding.ok]
    assert summary(findings).startswith("All 5 channels can work.")


async def test_every_finding_that_is_not_well_says_what_to_do_and_all_are_json() -> None:
    findings = await examine(load(shipped(), {}), environ={}, tools=())
    assert all(finding.remedy for finding in findings if not finding.ok)
    assert all(finding.sentence.endswith(".") for finding in findings)
    assert json.loads(json.dumps([finding.model_dump() for finding in findings]))[0]["channel"] == "finance_guru"


async def test_each_kind_of_engine_of_a_channel_is_asked(tmp_path: Path) -> None:
    findings = await examine(settings(tmp_path, "[channels.a]\n"), tools=())
    subjects = " ".join(finding.subject for finding in findings)
    for part in ("font Montserrat", "writer", "Kokoro", "pictures in", "backdrop", "music", "videos"):
        assert part in subjects, subjects


async def test_what_a_platform_would_refuse_is_told_before_anything_is_made(tmp_path: Path) -> None:
    text = "[channels.a]\nplatform = 'youtube_shorts'\nseconds = [60, 400]\n[channels.b]\nseconds = [30, 60]\n"
    groups = grouped(await examine(settings(tmp_path, text), tools=()))
    refused = named(groups["a"], "platform")
    assert not refused.ok
    assert refused.optional
    assert "400" in refused.sentence
    assert refused.remedy == "Make it shorter."
    assert named(groups["b"], "platform").ok


async def test_a_missing_picture_folder_is_only_a_hint(tmp_path: Path) -> None:
    findings = await examine(settings(tmp_path, "[channels.a]\npictures = { folder = 'none' }\n"), tools=())
    finding = named(findings, "pictures in")
    assert not finding.ok
    assert finding.optional
    assert str(tmp_path / "none") in finding.subject


async def test_a_missing_key_is_told_by_its_variable_and_stops_no_text(tmp_path: Path) -> None:
    writer = 'writer = { base_url = "http://127.0.0.1:9/v1", model = "m", key_env = "NO_SUCH_KEY" }'
    findings = await examine(settings(tmp_path, f"[channels.a]\n{writer}\n"), environ={}, tools=())
    missing = [finding for finding in findings if "NO_SUCH_KEY" in finding.sentence]
    assert len(missing) == 1
    assert not missing[0].ok
    assert missing[0].optional
    assert ready(findings)


async def test_a_channel_without_a_writer_is_told_how_to_get_one(tmp_path: Path) -> None:
    findings = await examine(settings(tmp_path, "[channels.a]\n"), tools=())
    assert "[engines.writer.openai]" in named(findings, "writer").remedy
    assert named(findings, "writer").optional


async def test_a_publish_folder_that_cannot_be_made_is_told_and_the_channel_cannot_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    text = "[channels.a]\npublish = { folder = 'file/videos' }\n[channels.b]\n"
    findings = await examine(settings(tmp_path, text), tools=())
    assert not ready(findings)
    assert summary(findings).startswith("1 channel of 2 cannot work yet: a.")


async def test_one_channel_can_be_asked_for_alone_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    both = settings(tmp_path, "[channels.news]\n[channels.b]\n")
    assert list(grouped(await examine(both, channel="news", tools=()))) == ["news"]
    with pytest.raises(InputError, match="Did you mean 'news'"):
        await examine(both, channel="nws", tools=())


async def test_what_channels_share_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reelforge.engines.voice import kokoro

    asked: list[str] = []
    real = kokoro.Engine.check

    def check(engine: kokoro.Engine, language: str) -> Iterable[Finding]:
        asked.append(engine.voice)
        return real(engine, language)

    monkeypatch.setattr(kokoro.Engine, "check", check)
    text = '[channels.a]\n[channels.b]\n[channels.c]\nvoice = { voice = "bm_george" }\n'
    findings = await examine(settings(tmp_path, text), tools=())
    assert sorted(asked) == ["af_heart", "bm_george"]
    assert all(any("Kokoro" in finding.subject for finding in group) for group in grouped(findings).values())


async def test_an_error_while_looking_is_a_finding_and_hides_no_other(tmp_path: Path) -> None:
    def broken(_: Settings) -> Iterable[Finding]:
        yield Finding(subject="before", ok=True, sentence="Well.")
        raise NeedsPersonError("The key is refused.", remedy="Make a new one.")

    def lost(_: Settings) -> Iterable[Finding]:
        raise OSError(5, "Input/output error")

    findings = await examine(settings(tmp_path, "[channels.a]\n"), tools=(broken, lost))
    machine = grouped(findings)[""]
    assert [(finding.subject, finding.ok) for finding in machine] == [
        ("before", True),
        ("broken", False),
        ("lost", False),
    ]
    assert machine[1].remedy == "Make a new one."
    assert "Input/output error" in machine[2].sentence
    assert summary(findings).startswith("This machine lacks something that every channel needs.")


def test_the_report_lists_machine_and_channels_with_their_remedies_and_ends_with_the_verdict() -> None:
    findings = [
        Finding(subject="Python", ok=True, sentence="Python 3.13."),
        Finding(subject="music", ok=False, sentence="There is none.", remedy="Add some.", optional=True, channel="a"),
        Finding(subject="voice", ok=False, sentence="It is gone.", remedy="Get it.", channel="a"),
    ]
    assert doctor.report(findings).splitlines() == [
        "this machine",
        "  ok      Python: Python 3.13.",
        "",
        "a",
        "  hint    music: There is none. Add some.",
        "  missing voice: It is gone. Get it.",
        "",
        "1 channel of 1 cannot work yet: a. 1 hint could be followed.",
    ]


def test_what_every_channel_has_alike_is_told_once() -> None:
    def of(channel: str, *findings: Finding) -> list[Finding]:
        return [finding.model_copy(update={"channel": channel}) for finding in findings]

    writer = Finding(subject="writer", ok=False, sentence="Nothing answers.", remedy="Start it.", optional=True)
    voice, font = (
        Finding(subject="voice", ok=True, sentence="It is there."),
        Finding(subject="font", ok=True, sentence="It is too."),
    )
    findings = [*of("a", font, writer, voice), *of("b", writer, voice), *of("c", writer, voice, font)]
    assert doctor.report(findings).splitlines() == [
        "all 3 channels (a, b, c)",
        "  hint    writer: Nothing answers. Start it.",
        "  ok      voice: It is there.",
        "",
        "a",
        "  ok      font: It is too.",
        "",
        "c",
        "  ok      font: It is too.",
        "",
        "All 3 channels can work. 1 hint could be followed.",
    ]


def test_the_work_folder_is_tried_by_writing_and_its_disk_measured(tmp_path: Path) -> None:
    well = settings(tmp_path, "[reelforge]\nmin_free_gb = 0\n")
    assert all(finding.ok for finding in doctor.work_folder(well))
    assert not (tmp_path / "home").exists()
    full = settings(tmp_path, "[reelforge]\nmin_free_gb = 99999\n")
    disk = named(doctor.work_folder(full), "disk")
    assert not disk.ok
    assert "99999 GB" in disk.sentence
    assert "`min_free_gb`" in disk.remedy


def test_a_work_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("x")
    (finding,) = doctor.work_folder(settings(tmp_path, ""))
    assert not finding.ok
    assert "REELFORGE_HOME" in finding.remedy


def test_this_python_is_fit_and_sqlite_is_at_most_a_hint(tmp_path: Path) -> None:
    here = settings(tmp_path, "")
    assert ready(doctor.python(here))
    assert ready(doctor.database(here))


def test_a_named_ffmpeg_that_is_none_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    wrong = settings(tmp_path, '[render]\nffmpeg = "none"\n')
    with pytest.raises(NeedsPersonError, match=str(tmp_path / "none")):
        list(doctor.video(wrong))


async def test_no_channel_yet_is_said_plainly(tmp_path: Path) -> None:
    assert summary(await examine(settings(tmp_path, ""), tools=(doctor.python,))) == (
        "This machine is ready, but there is no channel yet."
    )


async def test_a_voice_that_does_not_speak_the_channels_language_is_told_before_anything_is_made(
    tmp_path: Path,
) -> None:
    text = """
    [channels.kokoro_says]
    language = "de"
    [channels.espeak_says]
    language = "qx"
    voice = { engine = "espeak" }
    [channels.klingonish]
    voice = { engine = "espeak", voice = "klingonish" }
    [channels.english]
    [channels.german]
    language = "de"
    voice = { engine = "espeak" }
    """
    groups = grouped(await examine(settings(tmp_path, text), tools=()))
    refused = {name: [one.sentence for one in group if not (one.ok or one.optional)] for name, group in groups.items()}
    assert refused == {
        "kokoro_says": ["Kokoro speaks English only, and the script's language is 'de'."],
        "espeak_says": ["espeak-ng has no voice for 'qx'."],
        "klingonish": ["espeak-ng has no voice for 'klingonish'."],
        "english": [],
        "german": [],
    }
