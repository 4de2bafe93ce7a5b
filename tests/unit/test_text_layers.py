from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from reelforge.domain.caption_style import CaptionEnter, CaptionStyle
from reelforge.domain.timeline import Card, Cue, CueWord, SafeArea, Shot, Size, Source, Timeline
from reelforge.errors import NeedsPersonError
from reelforge.render.layer import Layer
from reelforge.render.sprites import showing
from reelforge.render.text.layers import missing, text_layers
from reelforge.render.text.raster import letter
from reelforge.render.text.shelf import shelf
from reelforge.settings.shipped import caption_styles

MODERN = CaptionStyle()


def timeline(*cues: str, cards: tuple[Card, ...] = (), language: str = "en", **fields: object) -> Timeline:
    """Cues of ten frames a word, one after another."""
    made, at = [], 0
    for cue in cues:
        words = []
        for text in cue.split():
            words.append(CueWord(text=text, first=at, last=at + 10))
            at += 10
        made.append(Cue(first=words[0].first, last=at, words=tuple(words)))
    shots = (Shot(picture=Source(path="moon.png"), frames=max(at, 90)),)
    return Timeline.model_validate({"shots": shots, "cues": made, "cards": cards, "language": language, **fields})


def coloured(layer: Layer, colour: tuple[int, int, int]) -> np.ndarray:
    """Where the sprite is opaque and within a few steps of the colour."""
    rgba = layer.draw().astype(int)
    return (np.abs(rgba[..., :3] - colour).max(axis=2) < 12) & (rgba[..., 3] > 250)


YELLOW, WHITE = (255, 225, 77), (255, 255, 255)


def test_each_word_has_a_state_in_which_it_alone_is_highlighted() -> None:
    layers = text_layers(timeline("Our oceans tug"))
    assert [(layer.first, layer.last) for layer in layers] == [(0, 10), (10, 20), (20, 30)]
    middles = [np.flatnonzero(coloured(layer, YELLOW).any(axis=0)).mean() for layer in layers]
    assert middles == sorted(middles)
    assert len({layer.identity for layer in layers}) == 3


def test_nothing_moves_when_the_highlight_does() -> None:
    layers = text_layers(timeline("Our oceans tug"))
    assert len({(layer.x, layer.y) for layer in layers}) == 1
    alphas = [layer.draw()[..., 3] for layer in layers]
    assert all(np.array_equal(alpha, alphas[0]) for alpha in alphas)


def test_right_to_left_words_are_highlighted_from_the_right() -> None:
    for text, language in (("الأرض تدفع ثمن", "ar"), ("הירח עוזב אותנו", "he")):
        layers = text_layers(timeline(text, language=language))
        middles = [np.flatnonzero(coloured(layer, YELLOW).any(axis=0)).mean() for layer in layers]
        assert middles == sorted(middles, reverse=True)


def test_a_style_without_highlight_needs_one_layer_a_cue() -> None:
    layers = text_layers(timeline("Every single year it slips", caption_style=caption_styles()["classic"]))
    assert [(layer.first, layer.last) for layer in layers] == [(0, 50)]
    assert layers[0].fade_in == 0


def test_a_cue_comes_up_once_however_often_the_highlight_changes() -> None:
    slow = MODERN.model_copy(update={"enter": CaptionEnter(name="rise", seconds=0.5, distance=1.0)})
    layers = text_layers(timeline("Our oceans tug", caption_style=slow))
    drops = [
        now.y for frame in range(30) for layer in layers if (now := showing(layer, frame)) and isinstance(layer, Layer)
    ]
    assert len(drops) == 30
    assert drops[0] > 20
    assert drops == sorted(drops, reverse=True)
    assert set(drops[15:]) == {0.0}


def test_corners_and_sizes_are_even_and_lie_in_the_safe_area() -> None:
    for size in (Size(), Size(width=720, height=1280), Size(width=1080, height=1080), Size(width=1920, height=1080)):
        made = timeline(
            "The internationalisation of", "responsibilities 👩‍🚀", size=size, safe_area=SafeArea(top=100, bottom=120)
        )
        for layer in text_layers(made):
            shown = coloured(layer, WHITE) | coloured(layer, YELLOW)
            assert layer.x % 2 == layer.y % 2 == shown.shape[0] % 2 == shown.shape[1] % 2 == 0
            columns, rows = np.flatnonzero(shown.any(axis=0)) + layer.x, np.flatnonzero(shown.any(axis=1)) + layer.y
            scale = size.width / 1080
            assert columns[0] >= 60 * scale
            assert columns[-1] < size.width - 120 * scale
            assert rows[0] >= 100 * scale
            assert rows[-1] < size.height - 120 * scale


def test_lengths_scale_with_the_frames_width() -> None:
    large = text_layers(timeline("The Moon"))[0].draw().shape
    small = text_layers(timeline("The Moon", size=Size(width=540, height=960)))[0].draw().shape
    assert abs(large[0] - 2 * small[0]) <= 8
    assert abs(large[1] - 2 * small[1]) <= 8


def test_a_word_too_wide_for_the_frame_is_set_smaller_and_whole() -> None:
    layer = text_layers(timeline("Donaudampfschifffahrtsgesellschaftskapitän"))[0]
    ink = np.flatnonzero(coloured(layer, YELLOW).any(axis=0)) + layer.x
    assert ink[0] >= 120
    assert ink[-1] < 960
    assert ink[-1] - ink[0] > 780


def test_captions_and_cards_keep_clear_of_each_other() -> None:
    low = CaptionStyle(y=0.26)
    card = Card(text="The last eclipse of all", first=0, last=30)
    layers = text_layers(timeline("Our oceans tug", cards=(card,), caption_style=low))
    caption, panel = layers[0], layers[-1]
    words = np.flatnonzero((coloured(caption, WHITE) | coloured(caption, YELLOW)).any(axis=1)) + caption.y
    plate = np.flatnonzero((panel.draw()[..., 3] > 200).any(axis=1)) + panel.y
    assert plate[0] > words[-1] or plate[-1] < words[0]
    assert plate[0] >= 250
    assert plate[-1] < 1920 - 300


def test_two_cards_at_once_do_not_cover_each_other() -> None:
    cards = (Card(text="22-hour days", first=0, last=60), Card(text="400 days", first=30, last=90))
    one, other = (
        np.flatnonzero((la.draw()[..., 3] > 200).any(axis=1)) + la.y for la in text_layers(timeline(cards=cards))
    )
    assert one[-1] < other[0] or other[-1] < one[0]


def test_a_hook_is_larger_than_a_card() -> None:
    heights = [
        text_layers(timeline(cards=(Card(text="The Moon", first=0, last=60, kind=kind),)))[0].draw().shape[0]
        for kind in ("card", "hook")
    ]
    assert heights[1] > heights[0] * 1.1


def test_a_card_that_is_up_very_briefly_is_still_whole_for_a_moment() -> None:
    layer = text_layers(timeline(cards=(Card(text="The Moon", first=0, last=4),)))[0]
    assert layer.fade_in + layer.fade_out < 4


def test_the_identity_changes_with_whatever_changes_the_pixels() -> None:
    plain = text_layers(timeline("The Moon"))[0].identity
    assert text_layers(timeline("The Moon"))[0].identity == plain
    for changed in (
        timeline("The Mood"),
        timeline("The Moon", caption_style=MODERN.model_copy(update={"size": 80})),
        timeline("The Moon", caption_style=MODERN.model_copy(update={"highlight": "#ffe14e"})),
        timeline("The Moon", caption_style=MODERN.model_copy(update={"stroke_width": 7})),
        timeline("The Moon", caption_style=MODERN.model_copy(update={"shadow": 0.5})),
        timeline("The Moon", caption_style=MODERN.model_copy(update={"font": "Noto Sans Bold"})),
    ):
        assert text_layers(changed)[0].identity != plain


def test_the_identity_holds_the_fonts_hash() -> None:
    assert shelf().face(MODERN.font).digest in text_layers(timeline("The Moon"))[0].identity


def test_where_a_layer_stands_is_not_part_of_its_identity() -> None:
    moved = timeline("The Moon", caption_style=MODERN.model_copy(update={"y": 0.5}))
    assert text_layers(moved)[0].identity == text_layers(timeline("The Moon"))[0].identity


def test_drawing_is_the_same_in_any_number_of_threads() -> None:
    styles = [MODERN.model_copy(update={"size": size}) for size in range(60, 84)]
    layers = [text_layers(timeline("Our oceans tug 👩‍🚀", caption_style=style))[0] for style in styles]
    letter.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda layer: layer.draw(), layers))
    letter.cache_clear()
    assert all(np.array_equal(layer.draw(), drawn) for layer, drawn in zip(layers, together, strict=True))


def test_characters_without_a_font_are_refused_before_anything_is_drawn() -> None:
    with pytest.raises(NeedsPersonError, match="U\\+E000"):
        text_layers(timeline("The \ue000"))
    assert "U+E000" in missing("\ue000")
    assert missing("The Moon 🌕") == ""


def test_all_that_lacks_a_font_is_named_at_once() -> None:
    with pytest.raises(NeedsPersonError, match="U\\+E000 U\\+E001"):
        text_layers(timeline("The \ue000", "and \ue001"))


def test_turkish_capitals_keep_their_dot() -> None:
    upper = MODERN.model_copy(update={"uppercase": True})
    turkish = text_layers(timeline("iki", caption_style=upper, language="tr"))[0].identity
    assert turkish == text_layers(timeline("İKİ", language="tr"))[0].identity


def test_a_gap_in_the_words_of_an_edited_timeline_leaves_none_highlighted() -> None:
    words = (CueWord(text="The", first=2, last=5), CueWord(text="Moon", first=8, last=12))
    made = timeline("x").model_copy(update={"cues": (Cue(first=0, last=12, words=words),)})
    layers = text_layers(made)
    assert [(layer.first, layer.last) for layer in layers] == [(0, 2), (2, 5), (5, 8), (8, 12)]
    assert not coloured(layers[2], YELLOW).any()


def test_blank_cards_and_words_draw_nothing_and_break_nothing() -> None:
    words = (CueWord(text=" ", first=0, last=10),)
    made = timeline("x", cards=(Card(text=" ", first=0, last=9),)).model_copy(
        update={"cues": (Cue(first=0, last=10, words=words),)}
    )
    assert all(not layer.draw().any() for layer in text_layers(made))
