from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple
from PIL import Image

from reelforge.domain.formats import MARGINS
from reelforge.domain.timeline import (
    AudioPlan,
    Card,
    CardStyle,
    Cue,
    CueWord,
    Envelope,
    Overlay,
    SafeArea,
    Shot,
    Size,
    Source,
    Timeline,
)
from reelforge.errors import InputError, NeedsPersonError
from reelforge.render import animations
from reelforge.render.layer import DrawnLayer, Layer, Showing
from reelforge.render.overlays import kinds, layers
from reelforge.render.overlays.images import mark
from reelforge.render.overlays.template import names
from reelforge.render.planes import Planes
from reelforge.render.sources import Sources
from reelforge.render.sprites import SpriteShelf, showing
from reelforge.render.text.sprite import Box
from reelforge.resources import folder

SHAPES = {"9:16": (540, 960), "16:9": (960, 540), "1:1": (540, 540), "4:5": (540, 676)}
TEXTS = {
    "lower_third": {"name": "Dr. Maya Fernandes", "title": "Planetary scientist"},
    "title_card": {"title": "The Moon is leaving us", "kicker": "Part one", "subtitle": "And the tides go with it"},
    "end_card": {"title": "Follow for more", "action": "Subscribe", "handle": "@orbit.daily"},
    "logo": {},
    "progress_bar": {},
    "waveform": {},
}
BEATS = Envelope(step=1600, values=tuple(abs(np.sin(np.arange(90) / 3)).tolist()))


class NoAssets:
    def has(self, sha256: str) -> bool:  # noqa: ARG002  # the protocol's signature
        return False

    def path(self, sha256: str) -> Path:
        raise KeyError(sha256)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("overlays")
    rgba = np.zeros((90, 120, 4), np.uint8)
    rgba[10:-10, 10:-10] = (250, 210, 40, 255)
    Image.fromarray(rgba).save(made / "logo.png")
    return made


def overlay(template: str, **fields: object) -> Overlay:
    kind = template if template in TEXTS else "lower_third"
    given = {"template": template, "text": TEXTS[kind], **fields}
    if kind == "logo":
        given.setdefault("image", Source(path="logo.png"))
    return Overlay.model_validate(given)


def timeline(*overlays: Overlay, shape: str = "9:16", frames: int = 90, **fields: object) -> Timeline:
    width, height = SHAPES[shape]
    given = {
        "size": Size(width=width, height=height),
        "shots": (Shot(picture=Source(path="moon.png"), frames=frames),),
        "overlays": overlays,
        "audio": AudioPlan(energy=BEATS),
        **fields,
    }
    return Timeline.model_validate(given)


def made(document: Timeline, base: Path) -> tuple:
    return layers(document, Sources(NoAssets(), base))


def frame_of(document: Timeline, found: tuple, number: int, shelf: SpriteShelf | None = None) -> Planes:
    """The layers of one frame over plain grey."""
    frame = Planes.black(document.size)
    frame.y[:] = 90
    shelf = shelf or SpriteShelf()
    for layer in found:
        if isinstance(layer, DrawnLayer):
            state = layer.state(number)
            if state is not None:
                layer.draw(state, frame, {})
            continue
        now = showing(layer, number)
        sprite = shelf.sprite(layer) if now else None
        if now and sprite:
            sprite.draw(frame, layer.x, layer.y, now)
    return frame


def drawn(frame: Planes, strength: int = 0) -> np.ndarray:
    return np.abs(frame.y.astype(int) - 90) > strength


def cues(frames: int) -> tuple[Cue, ...]:
    words = tuple(CueWord(text=word, first=0, last=frames) for word in ("Our", "oceans", "tug"))
    return (Cue(first=0, last=frames, words=words),)


def test_every_kind_has_a_template_of_its_name_that_lists_all_its_settings_and_nothing_else() -> None:
    assert set(names()) == set(kinds.names()) == set(TEXTS)

    def keys(model: type, table: dict) -> None:
        assert set(table) == set(model.model_fields)
        for name, value in table.items():
            if isinstance(value, dict):
                keys(model.model_fields[name].annotation, value)

    for name in names():
        table = tomllib.loads((folder("config") / "templates" / f"{name}.toml").read_text("utf-8"))
        kind = kinds.find(table.pop("kind"))
        keys(kind.options, table)
        assert kind.options.model_validate(table) == kind.options()  # what is left out is as the template shows it


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("safe", [SafeArea(), SafeArea(top=30, bottom=50, left=90, right=20)])
def test_an_overlay_at_rest_stands_inside_the_safe_area(base: Path, name: str, shape: str, safe: SafeArea) -> None:
    changes: dict = {"dim": "#00000000"} if name in ("title_card", "end_card") else {}
    document = timeline(overlay(name, settings=changes), shape=shape, safe_area=safe)
    rows, columns = np.nonzero(drawn(frame_of(document, made(document, base), 50), 45))  # shadows are fainter
    width, height = SHAPES[shape]
    scale = min(width, height) / 1080
    top, bottom = safe.top * scale, height - safe.bottom * scale
    if bottom - top < height / 8:
        top, bottom = height * 0.05, height * 0.95
    assert top <= rows.min() < rows.max() < bottom
    assert safe.left * scale <= columns.min() < columns.max() < width - safe.right * scale


@pytest.mark.parametrize("name", TEXTS)
def test_a_frame_twice_as_large_shows_the_same_twice_as_large(base: Path, name: str) -> None:
    small = timeline(overlay(name))
    large = small.model_copy(update={"size": Size(width=1080, height=1920)})
    pairs = zip(made(small, base), made(large, base), strict=True)
    for one, other in pairs:
        assert (other.x, other.y) == pytest.approx((2 * one.x, 2 * one.y), abs=8)
        assert (other.width, other.height) == pytest.approx((2 * one.width, 2 * one.height), abs=16)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(TEXTS)), min_size=1, max_size=3),
    st.permutations(range(0, 90, 9)),
    st.sampled_from(sorted(set(animations.ANIMATIONS) - {"none"})),
)
def test_frames_depend_on_nothing_but_their_number(base: Path, chosen: list, order: list, animation: str) -> None:
    overlays = [overlay(name, settings={"enter": {"animation": animation}}) for name in chosen]
    document = timeline(*overlays)
    found = made(document, base)
    shelf = SpriteShelf()
    once = {number: frame_of(document, found, number, shelf).flat.copy() for number in order}
    again = made(document, base)
    for number in sorted(order)[:3]:
        assert np.array_equal(once[number], frame_of(document, again, number).flat)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(sorted(TEXTS)), st.sampled_from([{}, {"enter": {"seconds": 1}}, {"place": {"margin_y": 30}}]))
def test_equal_identities_and_states_draw_equal_pixels(base: Path, name: str, changes: dict) -> None:
    def keyed(document: Timeline) -> dict[str, bytes]:
        found, shelf = made(document, base), SpriteShelf()
        kept = {}
        for number in (2, 7, 45, 88):
            told = [
                [layer.identity, layer.x, layer.y, state]
                for layer in found
                if (
                    state := layer.state(number)
                    if isinstance(layer, DrawnLayer)
                    else (now := showing(layer, number)) and astuple(now)
                )
            ]
            kept[json.dumps(told)] = frame_of(document, found, number, shelf).flat.tobytes()
        return kept

    plain, changed = keyed(timeline(overlay(name))), keyed(timeline(overlay(name, settings=changes)))
    for key in plain.keys() & changed.keys():
        assert plain[key] == changed[key]
    if not changes:
        assert plain.keys() == changed.keys()


@pytest.mark.parametrize("name", TEXTS)
def test_an_overlay_that_does_not_show_costs_nothing_and_leaves_every_pixel_alone(base: Path, name: str) -> None:
    document = timeline(overlay(name, first=30, last=60))
    found, shelf = made(document, base), SpriteShelf()
    for number in (0, 29, 60, 89):
        assert not drawn(frame_of(document, found, number, shelf)).any()
    assert not shelf._kept
    assert all(30 <= layer.first < layer.last <= 60 for layer in found)
    assert drawn(frame_of(document, found, 45, shelf)).any()


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("length", [1, 2, 3, 5, 11])
def test_an_overlay_of_a_few_frames_shows_in_each_of_them(base: Path, name: str, length: int) -> None:
    document = timeline(overlay(name, first=20, last=20 + length))
    found = made(document, base)
    assert all(layer.first < layer.last for layer in found)
    assert all(drawn(frame_of(document, found, number)).any() for number in range(20, 20 + length))


@pytest.mark.parametrize("name", sorted(animations.ANIMATIONS))
def test_an_animation_ends_exactly_in_place_and_its_last_step_is_near_it(name: str) -> None:
    for side in ("left", "right", "top", "bottom"):
        extent = animations.Extent(200, 80, (100, 40), 60, side)
        found = animations.course(name, "", 30, extent)
        if name == "none":
            assert found is None
            continue
        assert found
        assert found.pose(1.0) == Showing()
        start, end = found.pose(1 / 31), found.pose(30 / 31)
        assert abs(end.x) + abs(end.y) < 1
        assert end.scale == pytest.approx(1, abs=0.02)
        assert end.opacity > 0.99
        assert start != end
        assert found.pose(0.4) == found.pose(0.4)


def test_no_animation_steps_back_on_its_way_but_for_those_that_spring() -> None:
    extent = animations.Extent(200, 80, (100, 40), 60)
    for name in set(animations.ANIMATIONS) - {"none", "pop", "swing", "bounce"}:
        found = animations.course(name, "", 120, extent)
        assert found
        poses = [found.pose((at + 1) / 121) for at in range(120)]
        for number in range(11):
            values = [astuple(pose)[number] for pose in poses]
            assert values in (sorted(values), sorted(values, reverse=True)), name


def test_pop_springs_a_little_too_far() -> None:
    found = animations.course("pop", "", 60, animations.Extent(200, 80, (100, 40), 60))
    assert found
    assert 1.02 < max(found.pose(at / 60).scale for at in range(60)) < 1.06


def fill_end(frame: Planes, row: int, left: int) -> float:
    """Where the bright part of a bar ends, to a fraction of a pixel."""
    values = frame.y[row, left:].astype(float)
    low, high = values[-4:].mean(), values[8:20].mean()
    return left + float(np.clip((values - low) / (high - low), 0, 1).sum())


def test_the_progress_bar_grows_evenly_to_a_twentieth_of_a_pixel_and_ends_full(base: Path) -> None:
    look = {"shadow": 0, "fill": "#ffffff", "track": "#00000000", "enter": {"animation": "none"}, "height": 12}
    look["leave"] = {"animation": "none"}
    frames = 1800
    document = timeline(overlay("progress_bar", settings=look), frames=frames)
    (bar,) = made(document, base)
    middle = bar.y + bar.height // 2 - 1
    ends = [fill_end(frame_of(document, (bar,), number), middle, bar.x) for number in range(600, 700)]
    steps = np.array(ends)
    line = np.polyfit(np.arange(100), steps, 1)
    assert line[0] == pytest.approx((bar.width - 6) / frames, rel=0.02)
    assert np.sqrt(((steps - np.polyval(line, np.arange(100))) ** 2).mean()) < 0.05
    full = frame_of(document, (bar,), frames - 1).y[middle, bar.x + 2 : bar.x + bar.width - 2]
    assert full.min() > 230
    assert bar.state(frames - 1)[0] == 16 * bar.width > bar.state(frames - 2)[0]


def test_the_waveform_follows_the_music_and_rests_as_dots_without_it(base: Path) -> None:
    look = overlay("waveform", settings={"smooth": 0, "taper": 0, "enter": {"animation": "none"}})
    loud = Envelope(step=1600, values=(0.0,) * 30 + (1.0,) * 15 + (0.0,) * 45)

    def heights(energy: Envelope, number: int) -> np.ndarray:
        document = timeline(look, audio=AudioPlan(energy=energy))
        frame = frame_of(document, made(document, base), number)
        return (frame.y > 200).sum(axis=0)

    before, beat = heights(loud, 25), heights(loud, 44)
    assert before.max() <= 6
    middle = SHAPES["9:16"][0] // 2
    assert beat[middle - 3 : middle + 3].max() > 55
    assert np.array_equal(heights(Envelope(), 44), before)
    bars = np.trim_zeros(beat)
    assert np.abs(bars - bars[::-1]).max() <= 1


def test_a_lower_third_keeps_off_captions_and_a_card_off_the_logo(base: Path) -> None:
    style = {"y": 0.72}
    document = timeline(overlay("lower_third"), cues=cues(90), caption_style=style)
    found = made(document, base)
    caption = found[0]
    for layer in found[1:]:
        if layer.identity.startswith("{") and '"overlay text"' in layer.identity:
            apart = layer.y + layer.height <= caption.y or layer.y >= caption.y + caption.height
            assert apart
    card = Card(text="The Moon is leaving us.", first=0, last=60, kind="hook")
    alone, with_logo = (timeline(*some, cards=(card,)) for some in ((), (overlay("logo"),)))
    assert made(with_logo, base)[0].y > made(alone, base)[0].y


def test_a_text_that_runs_to_the_left_has_its_bar_on_the_right(base: Path) -> None:
    look = {"accent": {"colour": "#ffffff", "width": 20}, "panel": {"colour": "#000000", "shadow": 0}}
    for language, name, right in (("ar", "القمر يرحل", True), ("en", "Maya", False)):
        document = timeline(overlay("lower_third", text={"name": name}, settings=look), language=language)
        rows, columns = np.nonzero(drawn(frame_of(document, made(document, base), 50), 20))
        frame = frame_of(document, made(document, base), 50)
        row = int(rows.max()) - 4
        assert (frame.y[row, columns.max() - 3] > 200) == right
        assert (frame.y[row, columns.min() + 3] > 200) != right


def test_a_long_text_becomes_smaller_until_it_fits_and_an_endless_one_is_refused(base: Path) -> None:
    words = "An unusually long title that needs a good many lines to be set in letters of this size "
    document = timeline(overlay("title_card", text={"title": words}), shape="16:9")
    assert made(document, base)
    with pytest.raises(InputError, match=r"overlays\[0\]: its text is too long to stand in the safe area"):
        made(timeline(overlay("title_card", text={"title": words * 20}), shape="16:9"), base)


def test_a_text_whose_own_panel_leaves_it_no_width_is_refused(base: Path) -> None:
    for changes in ({"accent": {"width": 500}, "panel": {"pad_x": 300}}, {"panel": {"pad_x": 450}}):
        with pytest.raises(InputError, match=r"^overlays\[0\]: its name has no room between what stands beside it"):
            made(timeline(overlay("lower_third", text={"name": "Ada"}, settings=changes)), base)


def test_a_word_too_long_to_be_read_is_refused_and_one_that_needs_somewhat_smaller_letters_is_not(base: Path) -> None:
    assert made(timeline(overlay("lower_third", text={"name": "n" * 40})), base)
    with pytest.raises(
        InputError, match=r"^overlays\[0\]: its name has a word too long for its width. Shorten the word"
    ):
        made(timeline(overlay("lower_third", text={"name": "n" * 100})), base)


def test_a_title_keeps_off_another_unless_the_one_goes_as_the_other_comes(base: Path) -> None:
    def tops(*firsts: int) -> list[int]:
        titles = [overlay("title_card", first=first, last=first + 50) for first in firsts]
        found = [layer for layer in made(timeline(*titles, frames=200), base) if isinstance(layer, Layer)]
        return [min(layer.y for layer in found if layer.place == f"overlays[{at}]") for at in range(len(firsts))]

    for firsts, apart in (((0, 50), False), ((0, 40), False), ((0, 30), True), ((0, 0), True)):
        one, other = tops(*firsts)
        assert (one != other) == apart, firsts


CRAMPED = r"^overlays\[0\]: it has no room in the safe area of a frame of \d+ × \d+\. Make it or its margins smaller"
FAR = {"corner": "bottom right", "margin_x": 1500, "margin_y": 1500}
HUGE = {"image": {"width": 2000, "height": 2000}}


@pytest.mark.parametrize(
    ("size", "name", "settings"),
    [
        ((16, 16), "logo", {"place": FAR}),
        ((540, 960), "logo", {"place": FAR}),
        ((90, 160), "logo", {"panel": {"pad_x": 500, "pad_y": 500}}),
        ((32, 18), "end_card", HUGE),
        ((540, 960), "progress_bar", {"place": FAR}),
        ((540, 960), "waveform", {"place": FAR}),
    ],
)
def test_an_overlay_without_room_is_refused_for_that_and_not_for_what_it_shows(
    base: Path, size: tuple[int, int], name: str, settings: dict
) -> None:
    image = Source(path="logo.png") if name in {"logo", "end_card"} else None
    document = timeline(overlay(name, settings=settings, image=image))
    document = document.model_copy(update={"size": Size(width=size[0], height=size[1])})
    with pytest.raises(InputError, match=CRAMPED):
        made(document, base)


@pytest.mark.parametrize("size", [(540, 960), (16, 16)])
def test_a_picture_that_is_but_a_line_is_refused_for_that(base: Path, size: tuple[int, int]) -> None:
    Image.new("RGBA", (1, 800), (255, 0, 0, 255)).save(base / "line.png")
    document = timeline(overlay("logo", image=Source(path="line.png")))
    document = document.model_copy(update={"size": Size(width=size[0], height=size[1])})
    with pytest.raises(InputError, match=r"^overlays\[0\]\.image: a picture of 1 × 800 is too narrow"):
        made(document, base)


def test_a_thin_logo_that_is_seen_in_a_large_frame_is_seen_in_a_tiny_one(base: Path) -> None:
    Image.new("RGBA", (640, 8), (255, 0, 0, 255)).save(base / "thin.png")
    document = timeline(overlay("logo", image=Source(path="thin.png")))
    small = document.model_copy(update={"size": Size(width=36, height=64)})
    assert drawn(frame_of(small, made(small, base), 45)).any()


def test_a_card_comes_and_goes_as_its_style_says(base: Path) -> None:
    card = Card(text="The Moon is leaving us.", first=0, last=60)
    style = CardStyle(enter="pop", enter_seconds=0.5, leave="slide", leave_seconds=0.3)
    (layer,) = made(timeline(cards=(card,), card_style=style), base)
    assert (layer.enter.frames, layer.leave.frames, layer.fade_in, layer.rise) == (15, 9, 0, 0)
    (layer,) = made(timeline(cards=(card,)), base)
    assert (layer.enter, layer.leave, layer.fade_in, layer.fade_out, layer.rise) == (None, None, 8, 6, 18)
    with pytest.raises(InputError, match=r"card_style.enter: there is no animation called “popp”.*“pop”"):
        made(timeline(cards=(card,), card_style=CardStyle(enter="popp")), base)


MISTAKES = {
    r"overlays\[0\].template: there is no template called “lower_thirds”. Did you mean “lower_third”": (
        {"template": "lower_thirds"},
        None,
    ),
    r"overlays\[0\].template: there is no file .*mine.toml": ({"template": "mine.toml"}, None),
    r"mine.toml: it does not say which kind of overlay it is.*kind = ": ({}, "[place]\ncorner = 'top'"),
    r"mine.toml, line 2: kind: there is no kind of overlay called “logos”. Did you mean “logo”": (
        {},
        "# mine\nkind = 'logos'",
    ),
    r"mine.toml, line 2, column 9: a value is missing": ({}, "kind = 'lower_third'\nwidth = = 3"),
    r"mine.toml, line 4: place.corner: it must be .*, not \"middle\"": (
        {},
        "kind = 'lower_third'\nwidth = 300\n[place]\ncorner = 'middle'",
    ),
    r"mine.toml, line 3: enter.length: this is no setting of a lower third. Known here are: animation": (
        {},
        "kind = 'lower_third'\n[enter]\nlength = 1",
    ),
    r"mine.toml, line 2: widht: this is no setting of a lower third. Did you mean “width”": (
        {},
        "kind = 'lower_third'\nwidht = 1",
    ),
    r"overlays\[0\].settings.enter.animation: there is no animation called “wip”\. Did you mean “wipe”\?$": (
        {"settings": {"enter": {"animation": "wip"}}},
        "kind = 'lower_third'",
    ),
    r"overlays\[0\].settings.enter.animation: there is no animation called “whirl”": (
        {"settings": {"enter": {"animation": "whirl"}}},
        "kind = 'lower_third'",
    ),
    r"mine.toml, line 2: enter.easing: there is no easing called “cubicout”. Did you mean “cubic_out”": (
        {},
        "kind = 'lower_third'\nenter = { easing = 'cubicout' }",
    ),
    r"overlays\[0\].settings.name.colour: it must be a colour, #rrggbb or #rrggbbaa, not \"red\"": (
        {"settings": {"name": {"colour": "red"}}},
        "kind = 'lower_third'",
    ),
    r"overlays\[0\].settings.enter.seconds: it must be from 0 to 5, not 9": (
        {"settings": {"enter": {"seconds": 9}}},
        "kind = 'lower_third'",
    ),
    r"overlays\[0\]: there is no font “Helvetica” in fonts/": (
        {"settings": {"name": {"font": "Helvetica"}}},
        "kind = 'lower_third'",
    ),
    r"overlays\[0\].text.tittle: a lower third has no text of that name. It shows: name, title": (
        {"text": {"name": "x", "tittle": "y"}},
        "kind = 'lower_third'",
    ),
    r"overlays\[0\].text.name: a lower third needs this text": ({"text": {"name": "  "}}, "kind = 'lower_third'"),
    r"overlays\[0\].image: a logo needs a picture": ({"text": {}}, "kind = 'logo'"),
    r"overlays\[0\].image: a progress bar shows no picture": (
        {"text": {}, "image": {"path": "logo.png"}},
        "kind = 'progress_bar'",
    ),
    r"overlays\[0\].image: .*moon.txt is not a PNG or WebP picture": (
        {"text": {}, "image": {"path": "moon.txt"}},
        "kind = 'logo'",
    ),
    r"overlays\[0\]: it ends at frame 91, beyond the timeline’s 90 frames": ({"last": 91}, "kind = 'lower_third'"),
    r"overlays\[0\]: it ends at frame 5, not after its first frame 5": (
        {"first": 5, "last": 5},
        "kind = 'lower_third'",
    ),
}


@pytest.mark.parametrize("sentence", MISTAKES)
def test_a_mistake_is_answered_in_one_sentence_with_its_place(base: Path, tmp_path: Path, sentence: str) -> None:
    changes, text = MISTAKES[sentence]
    (tmp_path / "moon.txt").write_text("not a picture")
    (tmp_path / "logo.png").write_bytes((base / "logo.png").read_bytes())
    if text is not None:
        (tmp_path / "mine.toml").write_text(text)
    document = timeline(Overlay.model_validate({"template": "mine.toml", "text": TEXTS["lower_third"], **changes}))
    with pytest.raises(InputError) as caught:
        made(document, tmp_path)
    assert re.search(sentence, str(caught.value)), str(caught.value)


def test_a_logo_of_sixteen_bits_keeps_its_greys(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 0x8000, 0xFFFF]], np.uint16)).save(tmp_path / "deep.png")
    logo = mark(tmp_path / "deep.png", "d" * 64, "overlays[0].image")
    drawn = logo.draw(Box(0, 0, 3, 1), (0, 0, 3, 1), 0)
    assert drawn[0].tolist() == [[0, 0, 0, 255], [128, 128, 128, 255], [255, 255, 255, 255]]


def test_a_damaged_logo_is_said_to_be_damaged(base: Path, tmp_path: Path) -> None:
    whole = (base / "logo.png").read_bytes()
    (tmp_path / "logo.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"overlays\[0\].image: the picture .*logo.png is damaged"):
        [layer.draw() for layer in made(timeline(overlay("logo")), tmp_path)]


def test_characters_without_a_font_are_named_with_the_overlay(base: Path) -> None:
    with pytest.raises(NeedsPersonError, match=r"overlays\[0\]: no font on this machine"):
        made(timeline(overlay("lower_third", text={"name": "\U00013000\ue123"})), base)


def test_a_copied_and_changed_template_changes_what_is_drawn(base: Path, tmp_path: Path) -> None:
    shipped = (folder("config") / "templates" / "lower_third.toml").read_text("utf-8")
    (tmp_path / "mine.toml").write_text(shipped.replace("#ffe14d", "#ff0000"), "utf-8")
    mine = made(timeline(overlay("mine.toml")), tmp_path)
    theirs = made(timeline(overlay("lower_third")), base)
    changed = [one.identity != other.identity for one, other in zip(mine, theirs, strict=True)]
    assert changed == [True, False, False, False]


def test_another_picture_under_the_same_name_is_another_layer(base: Path, tmp_path: Path) -> None:
    Image.new("RGBA", (120, 90), "red").save(tmp_path / "logo.png")
    (one,), (other,) = (made(timeline(overlay("logo")), folder) for folder in (base, tmp_path))
    assert one.identity != other.identity


def test_a_logo_keeps_its_proportions_and_its_transparency(base: Path) -> None:
    look = {"opacity": 1, "width": 240, "height": 600, "enter": {"animation": "none"}}
    document = timeline(overlay("logo", settings=look))
    mask = drawn(frame_of(document, made(document, base), 50), 40)
    rows, columns = np.nonzero(mask)
    assert columns.max() + 1 - columns.min() == pytest.approx(100, abs=1)  # 120 px for 120, 10 of them clear each side
    assert rows.max() + 1 - rows.min() == pytest.approx(70, abs=1)


def _standing_cue(first: int, last: int, y: float) -> Cue:
    words = tuple(CueWord(text=word, first=first, last=last) for word in ("tremendously", "complicated", "oceans"))
    return Cue(first=first, last=last, words=words, y=y)


def _over(one: Layer | DrawnLayer, other: Layer | DrawnLayer) -> bool:
    across = one.x < other.x + other.width and other.x < one.x + one.width
    return across and one.y < other.y + other.height and other.y < one.y + one.height


def test_a_waveform_that_has_no_room_beside_captions_goes_while_they_are_seen(base: Path) -> None:
    """Captions stand in three heights one after another, so that no place in a square frame is free all the time."""
    spoken = tuple(_standing_cue(60 * at, 60 * at + 60, y) for at, y in enumerate((0.2, 0.5, 0.8)))
    document = timeline(overlay("waveform"), shape="1:1", frames=180, cues=spoken, safe_area=MARGINS)
    found = made(document, base)
    shown = []
    for number in range(180):
        bars = [layer for layer in found if isinstance(layer, DrawnLayer) and layer.state(number) is not None]
        texts = [one for one in found if isinstance(one, Layer) and one.first <= number < one.last]
        assert not any(_over(one, text) for one in bars for text in texts), number
        shown += [number] * bool(bars)
    assert len(shown) > 90


def test_a_waveform_becomes_lower_where_that_keeps_it_beside_captions_all_the_time(base: Path) -> None:
    spoken = tuple(_standing_cue(45 * at, 45 * at + 45, y) for at, y in enumerate((0.25, 0.45)))
    look = overlay("waveform", settings={"height": 600})
    alone = made(timeline(look, shape="1:1", safe_area=MARGINS), base)[0]
    found = made(timeline(look, shape="1:1", cues=spoken, safe_area=MARGINS), base)
    (bars,) = (layer for layer in found if isinstance(layer, DrawnLayer))
    assert bars.height < 0.9 * alone.height
    assert (bars.first, bars.last) == (0, 90)
    assert not any(_over(bars, text) for text in found if isinstance(text, Layer))


def test_a_waveform_leaves_the_place_to_what_has_words_wherever_it_stands_in_the_list(base: Path) -> None:
    third = overlay("lower_third")
    alone = [layer.y for layer in made(timeline(third), base)]
    beside = [one.y for one in made(timeline(overlay("waveform"), third), base) if isinstance(one, Layer)]
    assert beside == alone
