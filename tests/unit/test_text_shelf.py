from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from reelforge.errors import InputError, NeedsPersonError
from reelforge.render.text.clusters import clusters, wants_picture
from reelforge.render.text.shelf import Shelf, open_shelf
from reelforge.render.text.system import SystemFonts
from reelforge.resources import folder

CHOSEN = "Montserrat ExtraBold"


@pytest.fixture(scope="module")
def bare() -> Shelf:
    """The shipped fonts on a machine that has no others."""
    return open_shelf(folder("fonts"), SystemFonts(()))


def listed() -> list[dict[str, object]]:
    found: list[dict[str, object]] = tomllib.loads((folder("fonts") / "fonts.toml").read_text(encoding="utf-8"))["font"]
    return found


def test_every_font_has_its_open_licence_beside_it() -> None:
    for font in listed():
        assert font["licence"] == "OFL-1.1"
        text = (folder("fonts") / str(font["text"])).read_text(encoding="utf-8")
        assert "SIL OPEN FONT LICENSE Version 1.1" in text
        assert "Copyright" in text


def test_no_font_lies_in_the_folder_unlisted() -> None:
    assert {path.name for path in folder("fonts").glob("*.[to]tf")} == {font["file"] for font in listed()}


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("Ag", CHOSEN),
        ("Ж", CHOSEN),
        ("ế", CHOSEN),
        ("ω", "Noto Sans Bold"),
        ("ש", "Noto Sans Hebrew Bold"),
        ("ع", "Noto Sans Arabic Bold"),
        ("क्ष", "Noto Sans Devanagari Bold"),
        ("👩‍🚀", "Noto Color Emoji"),
        ("🇩🇪", "Noto Color Emoji"),
        ("1️⃣", "Noto Color Emoji"),
        ("1", CHOSEN),
    ],
)
def test_a_character_the_chosen_font_lacks_comes_from_the_shipped_one_made_for_it(
    bare: Shelf, text: str, family: str
) -> None:
    face = bare.choose(text, bare.face(CHOSEN), "en")
    assert face is not None
    assert face.family == family


def test_what_a_reader_takes_for_one_character_stays_together() -> None:
    for text in ("👩‍🚀", "🇩🇪", "👍🏽", "1️⃣", "❤️‍🔥", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "é", "क्ष", "हि", "ญี่"):
        assert list(clusters(text)) == [(0, len(text))]
    assert len(list(clusters("🇩🇪🇫🇷"))) == 2
    assert list(clusters("ab")) == [(0, 1), (1, 2)]
    assert list(clusters("")) == []


def test_variation_selectors_decide_between_picture_and_text() -> None:
    assert wants_picture("❤\ufe0f")
    assert not wants_picture("⌚\ufe0e")
    assert wants_picture("🚀")
    assert not wants_picture("3")


def test_missing_characters_are_named_with_their_script_and_the_font_to_install(bare: Shelf) -> None:
    with pytest.raises(NeedsPersonError) as raised:
        bare.demand("The Moon 月球 leaves", family=CHOSEN, language="zh")
    assert "Chinese characters 月 球" in str(raised.value)
    assert "Noto Sans CJK SC" in raised.value.remedy
    japanese = bare.missing("月は", family=CHOSEN, language="ja")
    assert [one.install for one in japanese] == ["Noto Sans CJK JP"]
    thai = bare.missing("ไทย", family=CHOSEN)
    assert thai[0].script == "Thai"
    assert thai[0].install == "Noto Sans Thai"


def test_a_character_that_is_none_is_to_be_taken_out(bare: Shelf) -> None:
    assert "Take them out" in bare.missing("\ue000", family=CHOSEN)[0].remedy


def test_nothing_is_missing_from_what_can_be_set(bare: Shelf) -> None:
    assert bare.missing("Fly 👩‍🚀\u200d to the\tMoon, שלום!\u2069", family=CHOSEN) == ()


def test_an_unknown_family_is_answered_with_the_nearest_spelling(bare: Shelf) -> None:
    with pytest.raises(InputError, match="Montserrat ExtraBold"):
        bare.face("Montserat Extra Bold")


def test_a_system_font_is_found_for_a_script_that_is_not_shipped(tmp_path: Path) -> None:
    (tmp_path / "truetype").mkdir()
    (tmp_path / "truetype" / "Broken.ttf").write_bytes(b"no font at all")
    (tmp_path / "truetype" / "Gone.ttf").symlink_to(tmp_path / "nowhere.ttf")
    source = folder("fonts") / "NotoSansHebrew-Bold.ttf"
    (tmp_path / "truetype" / "NotoSansHebrew-Bold.ttf").write_bytes(source.read_bytes())
    system = SystemFonts((tmp_path, tmp_path / "missing"))
    found = system.find("ש", "Hebr", "Hebrew")
    assert found is not None
    assert found.path.name == "NotoSansHebrew-Bold.ttf"
    assert system.find("月", "Hans", "Chinese") is None


def test_chinese_is_set_with_the_systems_font_or_refused_with_a_sentence() -> None:
    from reelforge.render.text.shape import Voice, set_line
    from reelforge.render.text.shelf import shelf

    voice = Voice(shelf(), shelf().face(CHOSEN), 84.0, "zh")
    if shelf().missing("月球", family=CHOSEN, language="zh"):
        with pytest.raises(NeedsPersonError, match="Noto Sans CJK SC"):
            set_line(["月球"], voice)
    else:
        line = set_line(["月", "球"], voice)
        assert [glyph.word for glyph in line.glyphs] == [0, 1]
        assert all(glyph.number for glyph in line.glyphs)
