import json
import runpy
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelforge import resources
from reelforge.domain.timeline import Effect, Shot, Source, Timeline
from reelforge.errors import InputError
from reelforge.render import document, effects, lut
from reelforge.render.lut import Grading, Lut, parse

ROOT = Path(__file__).parents[2]
IDENTITY_2 = "0 0 0\n1 0 0\n0 1 0\n1 1 0\n0 0 1\n1 0 1\n0 1 1\n1 1 1\n"
SWAP_2 = "0 0 0\n0 0 1\n0 1 0\n0 1 1\n1 0 0\n1 0 1\n1 1 0\n1 1 1\n"
"""Red and blue exchanged."""


def cube(text):
    return parse(text.encode(), "a.cube")


def noise(seed=0, shape=(90, 70)):
    picture = np.random.default_rng(seed).integers(0, 256, (*shape, 3)).astype(np.uint8)
    picture[0, :8] = np.array([[x, y, z] for x in (0, 255) for y in (0, 255) for z in (0, 255)])
    return picture


def smooth_table(size):
    steps = np.linspace(0, 1, size)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    return np.stack([0.5 + 0.45 * np.sin(2 * red + green), green**2 * (1 - 0.3 * blue), 1 - 0.8 * blue * red], -1)


def shipped(name):
    return parse((ROOT / "config" / "luts" / f"{name}.cube").read_bytes(), name)


def test_a_table_is_read_with_its_title_domain_and_red_changing_fastest():
    found = cube('# made by hand\n\nTITLE "Two colours"\nDOMAIN_MIN -1 0 0\nDOMAIN_MAX 1 2 4\nLUT_3D_SIZE 2\n' + SWAP_2)
    assert (found.title, found.size, found.solid) == ("Two colours", 2, True)
    assert (found.low, found.high) == ((-1, 0, 0), (1, 2, 4))
    assert found.table[0, 0, 1].tolist() == [0, 0, 1]
    assert found.table[1, 0, 0].tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    "text",
    [
        "LUT_3D_SIZE 2\r\n" + IDENTITY_2.replace("\n", "\r\n"),
        "LUT_3D_SIZE 2\r" + IDENTITY_2.replace("\n", "\r"),
        "\ufeffTITLE Größe ohne Zeichen\nLUT_3D_SIZE 2\n" + IDENTITY_2,
        "LUT_3D_SIZE\t2\n\n# comment\n" + IDENTITY_2.replace("1 1 0", " 1.0\t+1e0  0.000 ") + "\n# the end\n\n",
        "LUT_3D_SIZE 2\nLUT_3D_INPUT_RANGE 0.0 1.0\n" + IDENTITY_2.rstrip("\n"),
        "LUT_3D_SIZE 2\n" + IDENTITY_2.replace("0 0 0\n1 0 0", "0 0 0\n# a comment within\n1 0 0"),
        "LUT_1D_SIZE 3\n0 0 0\n.5 .5 .5\n1. 1. 1.\n",
    ],
)
def test_files_of_all_kinds_of_programs_are_read(text):
    picture = noise()
    assert np.array_equal(Grading.of(cube(text)).apply(picture), picture)


MALFORMED = {
    "": "line 1: the file ends before its table begins",
    "TITLE x\n": "line 2: the file ends before its table begins",
    "0 0 0\n1 1 1\n": "line 1: the table begins before LUT_3D_SIZE",
    "LUT_3D_SIZE 1\n0 0 0\n": "line 1: LUT_3D_SIZE must be a whole number from 2 to 129",
    "LUT_3D_SIZE 130\n": "line 1: LUT_3D_SIZE must be a whole number from 2 to 129",
    "LUT_3D_SIZE 2.0\n": "line 1: LUT_3D_SIZE must be",
    "LUT_3D_SIZE\n": "line 1: LUT_3D_SIZE must be",
    "LUT_1D_SIZE 65537\n": "line 1: LUT_1D_SIZE must be a whole number from 2 to 65536",
    "LUT_3D_SIZE 2\nLUT_1D_SIZE 2\n": "line 2: a second table in one file",
    "LUT_3D_SIZE 2\nLUT_3D_SIZE 2\n": "line 2: LUT_3D_SIZE stands already on line 1",
    "LUT_3D_SIZ 2\n": "line 1: “LUT_3D_SIZ” is no keyword of a .cube file",
    "<html>\n": "line 1: the table begins before",
    "LUT_3D_SIZE 2\n" + IDENTITY_2[:-6]: "the file ends after 7 of the table’s 8 lines",
    "LUT_3D_SIZE 2\n" + IDENTITY_2 + "1 1 1\n": "line 10: the table goes on after its 8 lines",
    "LUT_3D_SIZE 2\n" + IDENTITY_2 + "TITLE late\n": "line 10: “TITLE late” are not three numbers",
    "LUT_3D_SIZE 2\n" + IDENTITY_2.replace("1 1 0", "1 1"): "line 5: “1 1” are not three numbers",
    "LUT_3D_SIZE 2\n" + IDENTITY_2.replace("1 1 0", "1 1 0 0"): "line 5: “1 1 0 0” are not three numbers",
    "LUT_3D_SIZE 2\n" + IDENTITY_2.replace("1 1 0", "1,0 1,0 0,0"): "line 5: “1,0 1,0 0,0” are not three numbers",
    "LUT_3D_SIZE 2\n" + IDENTITY_2.replace("1 1 0", "1 nan 0"): "line 5: “1 nan 0” are not three numbers",
    "LUT_3D_SIZE 2\n" + IDENTITY_2.replace("1 1 0", "1 -inf 0"): "line 5: “1 -inf 0” are not three numbers",
    "LUT_3D_SIZE 2\n" + IDENTITY_2.replace("1 1 0", "1 1e39 0"): "line 5: “1 1e39 0” are not three numbers",
    "DOMAIN_MIN 0 0\nLUT_3D_SIZE 2\n" + IDENTITY_2: "line 1: DOMAIN_MIN must be followed by three numbers",
    "DOMAIN_MAX 1 1 0\nLUT_3D_SIZE 2\n" + IDENTITY_2: "line 1: the domain must end above where it begins",
    "LUT_3D_INPUT_RANGE 1 1\nLUT_3D_SIZE 2\n" + IDENTITY_2: "line 1: the domain must end above where it begins",
    "LUT_1D_SIZE 2\n0 0 0\n\0\0\0": "this is no .cube file",
}


@pytest.mark.parametrize("text", MALFORMED)
def test_a_malformed_file_is_one_sentence_with_its_line(text):
    with pytest.raises(InputError) as caught:
        cube(text)
    assert str(caught.value).startswith("a.cube")
    assert MALFORMED[text] in caught.value.message
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@settings(max_examples=150, deadline=None)
def test_no_bytes_whatever_raise_anything_but_a_sentence(data):
    for content in (data, b"LUT_3D_SIZE 2\n" + data, b"LUT_3D_SIZE 2\n" + IDENTITY_2.encode() + data):
        try:
            found = parse(content, "a.cube")
        except InputError as error:
            found, said = None, str(error)
        assert np.isfinite(found.table).all() if found else "\n" not in said


def tetrahedral(table, colour):
    """One colour in the tetrahedron of its cell: from the darkest corner along the axes, the largest share first."""
    place = np.asarray(colour, float) * (len(table) - 1)
    corner = np.minimum(place.astype(int), len(table) - 2)
    share = place - corner
    found, at = table[tuple(corner[::-1])].astype(float), corner.copy()
    for axis in np.argsort(-share, kind="stable"):
        before = table[tuple(at[::-1])].astype(float)
        at[axis] += 1
        found = found + share[axis] * (table[tuple(at[::-1])] - before)
    return found


@pytest.mark.parametrize("size", [2, 3, 17, 33])
def test_colours_between_a_tables_entries_are_interpolated_in_tetrahedra(size):
    table = np.random.default_rng(size).random((size, size, size, 3)).astype(np.float32)
    colours = noise(size, (8, 25)).reshape(-1, 3) / np.float32(255)
    exact = np.array([tetrahedral(table, colour) for colour in colours])
    np.testing.assert_allclose(Lut(table).at(colours), exact, atol=2e-5)


@pytest.mark.parametrize("size", [2, 17, 33, 65])
def test_a_picture_is_looked_up_to_within_a_level_or_so(size):
    table = Lut(smooth_table(size).astype(np.float32))
    picture = noise(size)
    exact = table.at(picture / np.float32(255)) * 255
    found = Grading.of(table).apply(picture)
    assert np.abs(found - exact).max() < 2
    assert np.percentile(np.abs(found - exact), 99) < 0.7
    assert abs((found - exact).mean()) < 0.05


def test_greys_depend_on_a_tables_greys_alone():
    table = np.random.default_rng(5).random((5, 5, 5, 3)).astype(np.float32)
    greys = np.array([[value] * 3 for value in np.linspace(0, 1, 60)], np.float32)
    other = np.random.default_rng(6).random((5, 5, 5, 3)).astype(np.float32)
    for entry in range(5):
        other[entry, entry, entry] = table[entry, entry, entry]
    np.testing.assert_allclose(Lut(table).at(greys), Lut(other).at(greys), atol=1e-6)


@pytest.mark.parametrize("size", [2, 3, 33, 129])
def test_a_table_that_changes_nothing_changes_no_level_and_one_that_inverts_inverts_exactly(size):
    steps = np.linspace(0, 1, size)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    own = np.stack([red, green, blue], -1).astype(np.float32)
    picture = noise()
    assert np.array_equal(Grading.of(Lut(own)).apply(picture), picture)
    assert np.array_equal(Grading.of(Lut(1 - own)).apply(picture), 255 - picture)


def test_a_1d_table_bends_each_channel_by_its_own_curve():
    found = Grading.of(cube("LUT_1D_SIZE 3\n0 1 0\n0.25 0.5 0\n1 0 0\n")).apply(noise())
    levels = noise().astype(float)
    assert np.abs(found[..., 0] - np.interp(levels[..., 0], [0, 127.5, 255], [0, 63.75, 255])).max() <= 0.51
    assert np.array_equal(found[..., 1], 255 - noise()[..., 1])
    assert not found[..., 2].any()


def test_input_beyond_the_domain_is_clamped_and_output_beyond_light_is_clipped():
    half = Grading.of(cube("DOMAIN_MAX 0.5 0.5 0.5\nLUT_3D_SIZE 2\n" + IDENTITY_2)).apply(noise())
    assert np.abs(half - np.minimum(noise().astype(float) * 2, 255)).max() <= 1
    far = Grading.of(cube("LUT_3D_SIZE 2\n" + IDENTITY_2.replace("1", "3").replace("0", "-1"))).apply(noise())
    assert np.abs(far - np.clip(noise().astype(float) * 4 - 255, 0, 255)).max() <= 1
    blinding = Grading.of(cube("LUT_3D_SIZE 2\n" + "1e30 -1e30 9\n" * 8), 0.5).apply(noise()).astype(float)
    assert np.abs(blinding - (np.array([127.5, 0, 127.5]) + 0.5 * noise())).max() <= 1


@pytest.mark.parametrize("text", ["LUT_3D_SIZE 2\n" + SWAP_2, "LUT_1D_SIZE 2\n1 1 1\n0 0 0\n"])
def test_strength_mixes_the_table_with_what_was_there(text):
    table, picture = cube(text), noise()
    whole = Grading.of(table).apply(picture).astype(float)
    third = Grading.of(table, 0.3).apply(picture)
    assert np.abs(third - (0.3 * whole + 0.7 * picture)).max() < 1.3
    assert np.array_equal(Grading.of(table, 0.0).apply(picture), picture)


def test_the_picture_given_is_not_changed():
    picture = noise()
    for text in ("LUT_3D_SIZE 2\n" + SWAP_2, "LUT_1D_SIZE 2\n1 1 1\n0 0 0\n"):
        Grading.of(cube(text)).apply(picture)
    assert np.array_equal(picture, noise())


def test_an_edited_table_is_another_state_and_never_drawn_under_the_old_one(tmp_path):
    path = tmp_path / "own.cube"
    path.write_text("LUT_3D_SIZE 2\n" + IDENTITY_2)
    grade = effects.find("grade")
    options = grade.options(lut=str(path))
    before = grade.paint(options)
    assert json.loads(json.dumps(before)) == list(before)
    path.write_text("LUT_3D_SIZE 2\n" + SWAP_2)
    after = grade.paint(options)
    assert before != after
    with pytest.raises(InputError, match="was changed while it was in use"):
        grade.colour(before, noise())
    assert np.array_equal(grade.colour(after, noise()), noise()[..., ::-1])


def test_a_damaged_file_is_refused_with_the_setting_and_the_line(tmp_path):
    path = tmp_path / "own.cube"
    path.write_text("LUT_3D_SIZE 2\n" + IDENTITY_2 + "x\n")
    with pytest.raises(InputError) as caught:
        effects.read(Effect(name="grade", settings={"lut": str(path)}), "shots[0].effects[1]")
    assert caught.value.message.startswith("shots[0].effects[1].settings.lut: ")
    assert "own.cube”, line 10: “x” are not three numbers" in caught.value.message


@pytest.mark.parametrize("name", ["../music", "", "clean_punch.cub", "~nobody-of-that-name/x.cube", "a\0.cube"])
def test_a_name_that_means_no_table_is_one_sentence(name):
    with pytest.raises(InputError, match=r"^lut: "):
        lut.digest(name)


def test_the_shipped_tables_are_what_their_generator_writes():
    made = runpy.run_path(str(ROOT / "tools" / "make_luts.py"))
    assert sorted(made["GRADES"]) == list(lut.names())
    for name in lut.names():
        fresh = parse(made["cube"](name).encode(), name)
        assert fresh.title == name
        np.testing.assert_allclose(shipped(name).table, fresh.table, atol=2e-4)


def hues(rgb):
    """Oklab's hue in degrees."""
    lab = runpy.run_path(str(ROOT / "tools" / "make_luts.py"))["oklab"](np.asarray(rgb) / 255.0)
    return np.degrees(np.arctan2(lab[..., 2], lab[..., 1]))


@pytest.mark.parametrize("name", ["clean_punch", "teal_orange", "warm_film"])
def test_no_grade_breaks_skin_of_any_colour(name):
    skin = np.array([[(60, 46, 40), (115, 82, 68), (141, 85, 54), (194, 150, 130), (224, 172, 105), (255, 224, 196)]])
    graded = Grading.of(shipped(name)).apply(skin.astype(np.uint8))
    assert np.abs(hues(graded) - hues(skin)).max() < 13
    assert (graded[..., 0] > graded[..., 1]).all()
    assert (graded[..., 1] > graded[..., 2]).all()


def test_greys_stay_grey_where_a_grade_is_neutral_and_near_it_in_the_middle_of_the_others():
    greys = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2)
    for name, most, middle in (("clean_punch", 1, 1), ("noir", 0, 0), ("teal_orange", 20, 12), ("warm_film", 20, 16)):
        graded = Grading.of(shipped(name)).apply(greys)[0].astype(int)
        assert np.ptp(graded, axis=1).max() <= most, name
        assert np.ptp(graded[110:146], axis=1).max() <= middle, name
        luma = graded @ [0.2126, 0.7152, 0.0722]
        assert np.diff(luma).min() > -0.3, name
        assert np.diff(luma).max() < 2.5, name
        assert luma[0] < 14, name
        assert luma[255] > 245, name


def test_noir_has_no_colour_at_all():
    assert np.ptp(Grading.of(shipped("noir")).apply(noise()).astype(int), axis=2).max() == 0


def test_pure_colours_stay_pure_in_the_clean_grade():
    pure = np.array([[(255, 255, 0), (255, 0, 0), (0, 255, 0), (0, 255, 255), (255, 0, 255)]], np.uint8)
    graded = Grading.of(shipped("clean_punch")).apply(pure)
    assert graded[pure == 255].min() > 225
    assert graded[pure == 0].max() < 60


def test_a_table_beside_a_timeline_is_found_from_anywhere(tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    shutil.copy(resources.folder("config") / "luts" / "noir.cube", tmp_path / "there" / "mine.cube")
    effect = Effect(name="grade", settings={"lut": "mine.cube"})
    timeline = Timeline(shots=(Shot(picture=Source(path="a.png"), frames=30, effects=(effect,)),))
    (tmp_path / "there" / "timeline.json").write_text(timeline.model_dump_json())
    monkeypatch.chdir(tmp_path)
    (found,) = document.load(Path("there/timeline.json")).shots[0].effects
    assert effects.read(found, "x").lut == str(tmp_path / "there" / "mine.cube")
    (tmp_path / "there" / "mine.cube").unlink()
    with pytest.raises(InputError, match=r"shots\[0\].effects\[0\].settings.lut"):
        document.load(Path("there/timeline.json"))
