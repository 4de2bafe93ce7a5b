"""The settings file: what it may say, what it means, and that little of it is needed."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from reelforge import resources
from reelforge.domain.formats import Quality
from reelforge.domain.timeline import CaptionStyle, Encode
from reelforge.errors import InputError
from reelforge.settings import Settings, Slots, load
from reelforge.settings.files import find, shipped

CHANNELS = ("finance_guru", "reddit_stories", "tech_explained", "history_mysteries", "unsolved_files")


def read(folder: Path, text: str, environ: dict[str, str] | None = None) -> Settings:
    path = folder / "reelforge.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, environ or {"REELFORGE_HOME": str(folder / "home")})


def test_the_shipped_file_has_the_five_channels_ready_and_distinct() -> None:
    settings = load(shipped(), {})
    assert settings.names == CHANNELS
    channels = settings.channels
    assert {channel.voice.options.model_dump()["voice"] for channel in channels} == {
        "af_heart",
        "am_michael",
        "bm_george",
    }
    assert {channel.mood for channel in channels} == {"upbeat", "chill", "gaming", "dramatic"}
    assert len({channel.palette for channel in channels}) == 5
    assert len({channel.tone for channel in channels}) == 5
    assert all(channel.about and channel.hashtags for channel in channels)
    assert {engine.engine for channel in channels for engine in channel.pictures} == {"folder", "backdrop"}


def test_the_shipped_file_is_found_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find(None, {"REELFORGE_HOME": str(tmp_path / "home")}) == shipped()
    assert shipped().is_file()


def test_one_line_makes_a_channel(tmp_path: Path) -> None:
    channel = read(tmp_path, "[channels.slow_food]\n").channel("slow_food")
    assert channel.title == "Slow food"
    assert (channel.voice.engine, channel.music.engine, channel.mood) == ("kokoro", "library", "upbeat")
    assert [engine.engine for engine in channel.pictures] == ["folder", "backdrop"]
    assert [engine.engine for engine in channel.publishers] == ["folder"]
    assert channel.writer is None
    assert channel.look.encode == Encode(max_bytes=300_000_000, max_average=25_000_000)
    assert channel.pictures[0].options.model_dump()["folder"] == str(tmp_path / "home/pictures/slow_food")


def test_a_channel_says_only_what_differs_from_the_defaults(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        """
        [defaults]
        language = "de"
        voice = { engine = "kokoro", voice = "af_heart", speed = 1.2 }
        music = { mood = "chill", gain_db = -9.0, ducking = { depth_db = -20.0 } }
        captions = { size = 60, highlight = "#00ff00" }
        [channels.a]
        voice = { voice = "bm_george" }
        music = { mood = "gaming" }
        captions = { size = 70 }
        [channels.b]
        language = "pt-BR"
        captions = { style = "classic" }
        """,
    )
    a, b = settings.channel("a"), settings.channel("b")
    assert a.voice.options.model_dump(include={"voice", "speed"}) == {"voice": "bm_george", "speed": 1.2}
    assert (a.mood, a.look.music.gain_db, a.look.music.ducking.depth_db) == ("gaming", -9.0, -20.0)
    assert (a.look.captions.size, a.look.captions.highlight) == (70, "#00ff00")
    assert (a.language, b.language) == ("de", "pt-BR")
    assert (b.look.captions.name, b.look.captions.size, b.look.captions.font) == ("classic", 48, "Liberation Sans Bold")


def test_another_engine_does_not_inherit_what_the_default_one_was_told(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        """
        [defaults]
        pictures = { engines = ["folder", "backdrop"], folder = "shots", recursive = true }
        [channels.a]
        pictures = { engines = ["backdrop"] }
        [channels.b]
        pictures = { engines = ["backdrop", "folder"] }
        """,
    )
    (drawn,) = settings.channel("a").pictures
    assert drawn.engine == "backdrop"
    assert settings.channel("b").pictures[1].options.model_dump()["recursive"] is False


def test_an_engines_own_table_counts_for_all_channels_and_a_channels_keys_go_before_it(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        """
        [engines.voice.kokoro]
        threads = 2
        speed = 0.9
        [engines.writer.openai]
        base_url = "http://127.0.0.1:8080/v1"
        model = "small"
        [channels.a]
        voice = { speed = 1.1 }
        writer = { model = "large" }
        """,
    )
    channel = settings.channel("a")
    assert channel.voice.options.model_dump(include={"threads", "speed"}) == {"threads": 2, "speed": 1.1}
    assert channel.writer is not None
    assert channel.writer.options.model_dump()["model"] == "large"
    alone = settings.engine("voice", "kokoro")
    assert alone is not None
    assert alone.options.model_dump()["speed"] == 0.9
    assert settings.engine("voice", "espeak") is None


def test_an_engines_table_may_lack_what_every_channel_gives(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        """
        [engines.writer.openai]
        base_url = "http://127.0.0.1:8080/v1"
        [channels.a]
        writer = { model = "large" }
        """,
    )
    assert settings.engine("writer", "openai") is None
    assert settings.channel("a").writer is not None


def test_folders_are_absolute_whatever_the_working_folder_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    settings = read(
        tmp_path,
        """
        [defaults]
        pictures = { folder = "~/pictures/{channel}" }
        publish = { folder = "../out" }
        [channels.a]
        [channels.b]
        pictures = { folder = "/data/b" }
        """,
    )
    a, b = settings.channel("a"), settings.channel("b")
    assert a.pictures[0].options.model_dump()["folder"] == str(tmp_path / "me/pictures/a")
    assert b.pictures[0].options.model_dump()["folder"] == "/data/b"
    assert a.publishers[0].options.model_dump()["folder"] == str(tmp_path.parent / "out")


def test_the_brief_and_the_look_carry_what_the_channel_says(tmp_path: Path) -> None:
    channel = read(
        tmp_path,
        """
        [channels.a]
        about = "Bees"
        tone = "calm"
        seconds = [20, 40]
        words_per_minute = 150
        hashtags = ["#bees", "honey"]
        palette = ["#000000", "#111111", "#222222"]
        cards = { accent = "#ff0000" }
        safe_area = { top = 300 }
        motion = { amount = 0.2, easing = "linear" }
        transition = { name = "cut" }
        sound = { loudness = -15, true_peak = -1.5, narration = -17 }
        """,
    ).channel("a")
    assert channel.brief.model_dump() == {
        "language": "en",
        "about": "Bees",
        "tone": "calm",
        "seconds": (20, 40),
        "words_per_minute": 150,
        "hashtags": ("bees", "honey"),
    }
    look = channel.look
    assert (look.cards.accent, look.safe_area.top, look.safe_area.bottom) == ("#ff0000", 300, 300)
    assert (look.motion.amount, look.motion.easing, look.transition.name) == (0.2, "linear", "cut")
    assert (look.loudness, look.true_peak, channel.sound.narration) == (-15, -1.5, -17)


@pytest.mark.parametrize("quality", ["low", "medium", "high", "ultra"])
def test_the_quality_preset_says_what_the_encoder_is_asked_for(tmp_path: Path, quality: str) -> None:
    settings = read(tmp_path, f'[render]\nquality = "{quality}"\n[channels.a]\n')
    encode = settings.render.preset.encode
    assert encode.quality == quality
    limits = {"max_bytes": 300_000_000, "max_average": 25_000_000}
    assert settings.channel("a").look.encode == encode.model_copy(update=limits)


def test_better_quality_costs_more_bits(tmp_path: Path) -> None:
    low, medium, high, ultra = (
        read(tmp_path, f'[render]\nquality = "{name}"\n').render.preset for name in ("low", "medium", "high", "ultra")
    )
    assert low.encode.crf > medium.encode.crf > high.encode.crf
    assert low.encode.bitrate < medium.encode.bitrate < high.encode.bitrate < ultra.encode.bitrate == 15_000_000
    assert high == Quality()


@pytest.mark.parametrize(("cores", "encode"), [(1, 1), (2, 1), (4, 1), (8, 2), (28, 7)])
def test_encode_slots_are_a_quarter_of_the_cores_and_at_least_one(cores: int, encode: int) -> None:
    limits = Slots().limits(cores)
    assert limits["encode"] == encode
    assert (limits["fetch"], limits["voice"], limits["image"], limits["video"]) == (8, 4, 4, 2)
    assert Slots(encode=3).limits(cores)["encode"] == 3


def test_the_modern_style_is_the_one_the_timeline_has_by_default() -> None:
    assert load(shipped(), {}).channel("tech_explained").look.captions == CaptionStyle(highlight="#64dfdf")


def test_home_is_the_environments_then_the_files_then_the_platforms(tmp_path: Path) -> None:
    text = '[reelforge]\nhome = "work"\n'
    assert read(tmp_path, text, {"REELFORGE_HOME": "/somewhere"}).home == Path("/somewhere")
    assert read(tmp_path, text, {"PATH": ""}).home == tmp_path / "work"
    assert read(tmp_path, "", {"PATH": ""}).home.name == "reelforge"


def test_the_file_is_the_named_one_then_the_folders_then_the_homes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, home, named = tmp_path / "here", tmp_path / "home", tmp_path / "other.toml"
    for folder in (here, home):
        folder.mkdir()
        (folder / "reelforge.toml").write_text("")
    environ = {"REELFORGE_HOME": str(home)}
    monkeypatch.chdir(here)
    assert find(named, environ) == named
    assert find(None, environ) == Path("reelforge.toml")
    (here / "reelforge.toml").unlink()
    assert find(None, environ) == home / "reelforge.toml"


def test_variables_go_before_the_file(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        '[slots]\nencode = 2\n[log]\nlevel = "info"\n[channels.a]\n',
        {
            "REELFORGE_SLOTS__ENCODE": "5",
            "REELFORGE_LOG__LEVEL": "debug",
            "REELFORGE_RENDER__CACHE_GB": "1.5",
            "REELFORGE_ENGINES__VOICE__KOKORO__THREADS": "3",
            "REELFORGE_FFMPEG": "is not ours",
        },
    )
    assert (settings.slots.encode, settings.log.level, settings.cache_bytes) == (5, "debug", 1_500_000_000)
    assert settings.channel("a").voice.options.model_dump()["threads"] == 3


def test_a_snapshot_is_frozen_and_equal_to_another_of_the_same_file(tmp_path: Path) -> None:
    first = read(tmp_path, "[channels.a]\n")
    again = read(tmp_path, "[channels.a]\n")
    assert first == again
    with pytest.raises(ValidationError):
        first.home = Path("/")  # type: ignore[misc]  # the point
    with pytest.raises(ValidationError):
        first.channel("a").voice.options.speed = 2.0  # type: ignore[attr-defined]  # the point


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "reelforge.toml"
    path.write_bytes(b"\xef\xbb\xbf[channels.a]\n")
    assert load(path, {}).names == ("a",)


def test_an_unknown_channel_is_answered_with_the_nearest_and_all_there_are(tmp_path: Path) -> None:
    settings = read(tmp_path, "[channels.finance_guru]\n[channels.news]\n")
    with pytest.raises(InputError) as caught:
        settings.channel("Finance_gru")
    assert caught.value.exit_code == 2
    assert str(caught.value) == (
        f"{tmp_path}/reelforge.toml has no channel called 'Finance_gru'. Did you mean 'finance_guru'? "
        "Its channels are finance_guru, news."
    )
    with pytest.raises(InputError, match=r"has no channels.*Add a table `\[channels.news\]`"):
        read(tmp_path, "").channel("news")


def test_every_shipped_preset_refers_to_what_is_shipped() -> None:
    from reelforge.settings import shipped as names

    for style in names.caption_styles().values():
        assert (resources.folder("fonts") / names.font_files()[style.font]).is_file()
    assert set(names.qualities()) == {"low", "medium", "high", "ultra"}
    assert {"cut", "dissolve"} <= set(names.transitions())
