"""File names made of titles, and the record in the metadata file."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelforge.domain.asset import AssetRef
from reelforge.domain.post import Package, Receipt, Rendition
from reelforge.publish.contents import digest_of, files, recorded
from reelforge.publish.naming import LONGEST_BYTES, LONGEST_CHARS, slug


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("The Moon is leaving us", "the-moon-is-leaving-us"),
        ("  What's “next”?  10 000 £ / day…", "whats-next-10-000-day"),
        ("Ärger über Öl", "ärger-über-öl"),
        ("A\u0308rger", "ärger"),
        ("القمر يبتعد عنا", "القمر-يبتعد-عنا"),
        ("月亮正在离开我们", "月亮正在离开我们"),
        ("चाँद दूर जा रहा है", "चाँद-दूर-जा-रहा-है"),
        ("../../etc/passwd", "etc-passwd"),
        ("🚀🚀", "reel"),
        ("", "reel"),
        ("con\x00trol\nline", "con-trol-line"),
    ],
)
def test_a_title_becomes_a_name_that_a_person_can_read(title: str, name: str) -> None:
    assert slug(title) == name


def test_a_long_title_is_cut_between_words() -> None:
    assert slug("longer " * 30) == "-".join(["longer"] * 8)
    assert slug("word " * 30 + "end") == "-".join(["word"] * 12)


def test_a_long_title_in_another_script_is_cut_by_what_it_takes_on_the_disk() -> None:
    assert slug("月" * 60) == "月" * 40


@given(st.text(max_size=200))
def test_no_title_gives_a_name_that_a_file_system_refuses(title: str) -> None:
    name = slug(title)
    assert name
    assert "/" not in name
    assert "\x00" not in name
    assert not name.startswith(("-", "."))
    assert len(name) <= LONGEST_CHARS
    assert len(name.encode()) <= LONGEST_BYTES
    assert slug(name) == name


def package(**more: object) -> Package:
    asset = AssetRef(sha256="0" * 64, media_type="video/mp4", size=1)
    rendition = Rendition(
        video=asset,
        cover=asset,
        contact_sheet=asset,
        frames=1,
        seconds=1,
        encoder="x264",
        loudness=-14,
        true_peak=-1,
        checks=(),
    )
    values = {"job": "j", "channel": "c", "title": "T", "rendition": rendition, "timeline_json": "{}"}
    return Package.model_validate({**values, "receipt": Receipt(document={}), **more})


def test_the_metadata_is_ready_to_paste() -> None:
    made = {f.role: f for f in files(package(description="About it.", hashtags=("moon", "#tide")))}
    content = made["metadata"].content
    assert isinstance(content, bytes)
    assert json.loads(content)["caption"] == "T\n\nAbout it.\n\n#moon #tide"


def test_a_reel_without_speech_has_no_empty_captions() -> None:
    assert not [file for file in files(package()) if file.role.startswith("captions")]
    assert files(package(srt="1\n", vtt="WEBVTT\n"))[-1].role == "video"


@pytest.mark.parametrize("stem", [None, "name"])
def test_the_record_knows_its_own_files_and_itself_until_it_is_changed(tmp_path: Path, stem: str | None) -> None:
    about = next(file for file in files(package(title="Ünï"), stem) if file.role == "metadata")
    assert isinstance(about.content, bytes)
    path = tmp_path / about.name
    path.write_bytes(about.content)
    known = recorded(path)
    assert known[path.name] == digest_of(path)
    assert len(known) == 6
    path.write_text(path.read_text().replace("Ünï", "Another"))
    changed = recorded(path)
    assert path.name not in changed
    assert len(changed) == 5


@pytest.mark.parametrize("content", ["", "[1]", "{", '{"files": 3}', "{}"])
def test_a_record_that_makes_no_sense_vouches_for_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "metadata.json").write_text(content)
    assert recorded(tmp_path / "metadata.json") == {}
    assert recorded(tmp_path / "missing.json") == {}
