from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from reelforge.errors import InputError, NeedsPersonError
from reelforge.render.text.clusters import clusters, wants_picture
from reelforge.render.text.shape import Voice, set_line
from reelforge.render.text.shelf import Shelf, open_shelf, shelf
from reelforge.render.text.system import SystemFonts, configured
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
        ("月", "Noto Sans CJK Bold"),
        ("漢", "Noto Sans CJK Bold"),
        ("ゞ", "Noto Sans CJK Bold"),
        ("한", "Noto Sans CJK Bold"),
        ("。", "Noto Sans CJK Bold"),
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
        bare.demand("The Moon 龘靐 leaves", family=CHOSEN, language="zh")
    assert "Chinese characters 龘 靐" in str(raised.value)
    assert "Noto Sans CJK SC" in raised.value.remedy
    japanese = bare.missing("龘は", family=CHOSEN, language="ja")
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


def test_han_characters_have_the_forms_of_the_texts_language(bare: Shelf) -> None:
    forms = {
        language: tuple(
            glyph.number for glyph in set_line(["直骨海"], Voice(bare, bare.face(CHOSEN), 84.0, language)).glyphs
        )
        for language in ("zh", "zh-TW", "ja", "ko")
    }
    assert len(set(forms.values())) == 4


@pytest.mark.parametrize(("encoding", "pages"), [("gb2312", 40), ("big5", 30), ("euc_jp", 25), ("euc_kr", 25)])
def test_everyday_characters_of_east_asia_are_shipped(bare: Shelf, encoding: str, pages: int) -> None:
    first = 0xA4 if encoding == "big5" else 0xB0
    letters = [
        bytes([page, at]).decode(encoding, errors="ignore")
        for page in range(first, first + pages)
        for at in range(0xA1, 0xFF)
    ]
    face = bare.face("Noto Sans CJK Bold")
    assert sum(map(bool, letters)) > 2_000
    assert not [letter for letter in letters if letter and not face.has(letter)]


def test_a_rare_character_is_set_with_the_systems_font_or_refused_with_a_sentence() -> None:
    voice = Voice(shelf(), shelf().face(CHOSEN), 84.0, "zh")
    if shelf().missing("龘", family=CHOSEN, language="zh"):
        with pytest.raises(NeedsPersonError, match="Noto Sans CJK SC"):
            set_line(["龘"], voice)
    else:
        line = set_line(["月", "龘"], voice)
        assert [glyph.word for glyph in line.glyphs] == [0, 1]
        assert all(glyph.number for glyph in line.glyphs)


def test_the_folders_of_fontconfig_are_looked_into(tmp_path: Path) -> None:
    conf = tmp_path / "fonts.conf"
    conf.write_text(
        '<?xml version="1.0"?><fontconfig><dir>/opt/type</dir><dir prefix="xdg">fonts</dir>'
        "<dir>~/type</dir></fontconfig>"
    )
    home, data = Path("/home/ada"), Path("/home/ada/.local/share")
    assert configured(conf, home, data) == (Path("/opt/type"), data / "fonts", home / "type")
    conf.write_text("<fontconfig><dir>")
    assert configured(conf, home, data) == ()
    assert configured(tmp_path / "none.conf", home, data) == ()
