from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelforge.domain.caption_style import CaptionEnter, CaptionLeave, CaptionStyle, Emphasis, SpokenWord, Wave
from reelforge.domain.timeline import Cue, CueWord, Shot, Size, Source, Timeline
from reelforge.render.animations import ANIMATIONS, Spring
from reelforge.render.layer import AnyLayer, DrawnLayer, Layer
from reelforge.render.planes import Planes, rgb_from_planes
from reelforge.render.sprites import SpriteShelf, showing
from reelforge.render.text.layers import text_layers
from reelforge.render.text.moving import READABLE, Pose, grown
from reelforge.settings.shipped import caption_styles

SIZE = Size(width=540, height=540)
ENTERS = CaptionEnter.model_fields["name"].annotation.__args__
PLAIN = CaptionStyle(enter=CaptionEnter(name="none"), spoken=SpokenWord(name="none"), y=0.5)


def document(text: str, style: CaptionStyle, each: int = 12, language: str = "en", first: int = 6) -> Timeline:
    """One cue, each of its words spoken for so many frames, the last of which is followed by 12 frames of silence."""
    words, at = [], first
    for word in text.split():
        words.append(CueWord(text=word.strip("*"), first=at, last=at + each, said=at + each, emphasis="*" in word))
        at += each
    words[-1] = words[-1].model_copy(update={"last": at + 12})
    shots = (Shot(picture=Source(path="moon.png"), frames=at + 30),)
    cue = Cue(first=first, last=at + 12, words=tuple(words))
    return Timeline(language=language, size=SIZE, shots=shots, cues=(cue,), caption_style=style)


class Screen:
    """The frames of one document over plain grey."""

    def __init__(self, made: Timeline) -> None:
        self.cue = made.cues[0]
        self._size = made.size
        self.layers: tuple[AnyLayer, ...] = text_layers(made)
        self._sprites = SpriteShelf()

    def frame(self, number: int) -> np.ndarray:
        frame = Planes.black(self._size)
        frame.y[:] = 100
        for layer in self.layers:
            if isinstance(layer, DrawnLayer):
                if (state := layer.state(number)) is not None:
                    layer.draw(state, frame, {})
            elif (now := showing(layer, number)) and (sprite := self._sprites.sprite(layer)):
                sprite.draw(frame, layer.x, layer.y, now)
        return rgb_from_planes(frame).astype(int)

    def inked(self, number: int) -> np.ndarray:
        """Where a frame differs from the grey."""
        frame = self.frame(number)
        return np.abs(frame - frame[0, 0]).max(axis=2) > 60


def columns(mask: np.ndarray) -> tuple[int, int]:
    found = np.flatnonzero(mask.any(axis=0))
    return int(found[0]), int(found[-1])


def near(frame: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return np.abs(frame - colour).max(axis=2) < 40


def with_enter(**values: object) -> CaptionStyle:
    return PLAIN.model_copy(update={"enter": CaptionEnter.model_validate(values)})


def test_every_way_to_come_up_is_known_to_the_renderer() -> None:
    assert set(ENTERS) <= {*ANIMATIONS, "typewriter"}
    assert set(CaptionLeave.model_fields["name"].annotation.__args__) <= set(ANIMATIONS)


@pytest.mark.parametrize("by", ["cue", "word"])
@pytest.mark.parametrize("name", ENTERS)
def test_a_word_can_be_read_in_the_frame_in_which_it_is_spoken_and_is_not_there_before(name: str, by: str) -> None:
    seconds = 0.02 if name == "typewriter" else 0.3
    screen = Screen(
        document("Moon tide", with_enter(name=name, by=by, seconds=seconds).model_copy(update={"waiting": 0}))
    )
    assert not screen.inked(screen.cue.first - 1).any()
    for number, word in enumerate(screen.cue.words):
        before, now, rest = (screen.frame(word.first + at) for at in (-1, 0, 11))
        shown = near(rest, (255, 255, 255)) & ~near(screen.frame(word.first - 1), (255, 255, 255))
        assert shown.sum() > 500
        bright = (now.min(axis=2) > 175) & (before.min(axis=2) < 175 if number else True)
        share = 0.1 if name == "typewriter" else 0.35
        assert bright.sum() > share * shown.sum(), (name, by, number)
        lit = np.abs(now - now[0, 0]).max(axis=2).max()
        assert lit >= READABLE * 130


@pytest.mark.parametrize("style", caption_styles().values(), ids=lambda style: style.name)
def test_no_style_shows_anything_before_the_first_word_or_after_the_cue(style: CaptionStyle) -> None:
    screen = Screen(document("Every year it", style))
    first, last = screen.cue.first, screen.cue.last
    assert not screen.inked(first - 1).any()
    assert screen.inked(first).any()
    assert screen.inked(last - 6).any()
    assert not screen.inked(last).any()


@pytest.mark.parametrize("style", caption_styles().values(), ids=lambda style: style.name)
def test_every_style_keeps_inside_the_safe_area_once_it_has_come_up(style: CaptionStyle) -> None:
    screen = Screen(document("responsible for *3.8* centimetres", style, each=20))
    for word in screen.cue.words:
        left, right = columns(screen.inked(word.first + 18))
        assert left >= 120 / 2 - 1
        assert right < 540 - 120 / 2 + 1


@pytest.mark.parametrize(
    ("text", "language"), [("Wave AVATAR 👩‍🚀", "en"), ("الأرض تدفع ثمن", "ar"), ("क्षेत्र में", "hi"), ("月球", "zh")]
)
@pytest.mark.parametrize("each", ["word", "letter"])
def test_words_by_themselves_look_at_rest_as_they_do_together(text: str, language: str, each: str) -> None:
    whole = Screen(document(text, PLAIN, language=language))
    enter = CaptionEnter(name="typewriter", seconds=0) if each == "letter" else PLAIN.enter
    single = PLAIN.model_copy(update={"spoken": SpokenWord(name="karaoke"), "highlight": PLAIN.colour, "enter": enter})
    apart = Screen(document(text, single, language=language))
    assert len(apart.layers) > len(whole.layers)
    number = whole.cue.last - 14
    difference = np.abs(whole.frame(number) - apart.frame(number)).max(axis=2)
    assert (difference > 40).sum() < 0.02 * whole.inked(number).sum()
    assert difference.mean() < 0.3


def filled(screen: Screen, number: int) -> tuple[int, int] | None:
    mask = near(screen.frame(number), (46, 230, 168))
    return columns(mask) if mask.sum() > 20 else None


@pytest.mark.parametrize(
    ("text", "language", "way"), [("Moon", "en", 1), ("القمر", "ar", -1), ("1969", "he", 1), ("הירח", "he", -1)]
)
def test_karaoke_fills_a_word_in_the_way_it_is_read_while_it_sounds(text: str, language: str, way: int) -> None:
    style = PLAIN.model_copy(update={"spoken": SpokenWord(name="karaoke"), "highlight": "#2ee6a8"})
    screen = Screen(document(text, style, each=20, language=language))
    edges = [filled(screen, screen.cue.first + at) for at in range(2, 20)]
    assert all(edges)
    reached = [edge[1] if way > 0 else -edge[0] for edge in edges if edge]
    starts = [edge[0] if way > 0 else -edge[1] for edge in edges if edge]
    assert max(starts) - min(starts) <= 2
    assert all(one <= other for one, other in pairwise(reached))
    steps = np.diff(reached)
    width = reached[-1] - starts[0]
    assert steps.max() < 4 * width / 20
    assert not near(screen.frame(screen.cue.first + 20), (255, 255, 255)).any()


def test_karaoke_leaves_words_as_they_were_where_it_is_asked_to() -> None:
    style = PLAIN.model_copy(update={"spoken": SpokenWord(name="karaoke", keep=False), "highlight": "#2ee6a8"})
    screen = Screen(document("Moon tide", style))
    assert near(screen.frame(screen.cue.words[1].first + 3), (255, 255, 255))[:, :270].sum() > 200


def test_the_box_stands_behind_the_spoken_word_and_glides_along_its_line() -> None:
    style = PLAIN.model_copy(update={"spoken": SpokenWord(name="box", seconds=0.2, box="#7c3aed"), "size": 60})
    screen = Screen(document("Moon tide turns", style))

    def box(number: int) -> tuple[int, int]:
        return columns(near(screen.frame(number), (124, 58, 237)))

    rests = [box(word.last - 1) for word in screen.cue.words]
    assert all(one[1] < other[0] for one, other in pairwise(rests))
    gliding = [box(screen.cue.words[1].first + at) for at in range(8)]
    assert gliding == sorted(gliding)
    assert rests[0][0] < gliding[0][0] < rests[1][0]
    assert gliding[-1] == rests[1]


def test_a_spoken_word_grows_and_shrinks_again_without_touching_its_neighbour() -> None:
    style = PLAIN.model_copy(
        update={"spoken": SpokenWord(name="colour", scale=1.3, seconds=0.1), "size": 60, "highlight": "#ffe14d"}
    )
    screen = Screen(document("internationally us", style))
    first, second = screen.cue.words
    grown_, rest = columns(screen.inked(first.last - 1)), columns(screen.inked(second.last - 1))
    assert grown_[0] < rest[0]
    lit = near(screen.frame(first.last - 1), (255, 225, 77))
    other = near(screen.frame(first.last - 1), (255, 255, 255))
    assert columns(lit)[1] < columns(other)[0]
    short = Screen(document("us internationally", style))
    high = np.flatnonzero(near(short.frame(15), (255, 225, 77)).any(axis=1))
    low = np.flatnonzero(near(short.frame(25), (255, 255, 255))[:, :150].any(axis=1))
    assert high[-1] - high[0] > 1.15 * (low[-1] - low[0])


@given(st.floats(0.05, 1.0), st.floats(0.1, 4.0), st.floats(-0.5, 0.5), st.integers(0, 60))
@settings(max_examples=30, deadline=None)
def test_a_wave_is_the_sine_that_the_style_asks_for(amplitude: float, frequency: float, delay: float, at: int) -> None:
    wave = Wave(amplitude=amplitude, frequency=frequency, delay=delay, by="word")
    screen = Screen(document("Moon tide", PLAIN.model_copy(update={"wave": wave}), each=40))
    number = screen.cue.first + at
    for place, layer in enumerate(layer for layer in screen.layers if '"kind":"caption"' in layer.identity):
        assert isinstance(layer, Layer)
        now = showing(layer, number)
        assert now
        height = -amplitude * 42 * np.sin(2 * np.pi * frequency * (at / 30 - delay * place))
        assert now.y == pytest.approx(height, abs=1e-3)
        assert now.x == 0


def test_letters_that_join_wave_together() -> None:
    style = PLAIN.model_copy(update={"wave": Wave(amplitude=0.1)})
    assert len(text_layers(document("القمر", style, language="ar"))) == 2
    assert len(text_layers(document("Moon", style))) == 8


def test_a_typewriter_sets_every_letter_in_its_turn_and_all_while_the_word_sounds() -> None:
    style = with_enter(name="typewriter", seconds=0.1).model_copy(update={"waiting": 0})
    for text, language in (("Moonlight", "en"), ("הירח", "he")):
        screen = Screen(document(text, style, each=18, language=language))
        amounts = [int(screen.inked(screen.cue.first + at).sum()) for at in range(18)]
        assert amounts == sorted(amounts)
        assert len(set(amounts)) >= min(len(text), 6)
        assert amounts[0] > 0
        assert amounts[15] == amounts[17] == int(screen.inked(screen.cue.last - 1).sum())
    first, second = (columns(Screen(document("הירח", style, each=18, language="he")).inked(6 + at)) for at in (0, 12))
    assert second[0] < first[0]
    assert abs(second[1] - first[1]) <= 1


def test_words_that_wait_are_dim_until_they_are_spoken() -> None:
    screen = Screen(document("Moon tide", PLAIN.model_copy(update={"waiting": 0.4})))
    word = screen.cue.words[1]
    before, now, after = (screen.frame(word.first + at)[:, 330:].max() for at in (-1, 0, 8))
    assert before < 200 <= now <= after == 255


def test_a_cue_goes_only_after_its_last_word_and_not_where_the_next_follows_at_once() -> None:
    style = PLAIN.model_copy(update={"leave": CaptionLeave(name="fade", seconds=1.0)})
    screen = Screen(document("Moon tide", style))
    said = screen.cue.words[-1].said
    assert said is not None
    assert screen.frame(said - 1).max() == 255
    fading = [int(screen.frame(said + at).max()) for at in range(12)]
    assert fading == sorted(fading, reverse=True)
    assert fading[-1] < 150
    close = document("Moon tide", style)
    words = tuple(word.model_copy(update={"said": word.last}) for word in close.cues[0].words)
    tight = close.model_copy(update={"cues": (close.cues[0].model_copy(update={"words": words}),)})
    assert Screen(tight).frame(tight.cues[0].last - 1).max() == 255


def test_words_that_stand_out_are_larger_and_in_their_colour() -> None:
    style = PLAIN.model_copy(update={"emphasis": Emphasis(colour="#ff0000", scale=1.5)})
    screen = Screen(document("HI *HI*", style))
    frame = screen.frame(20)
    plain, marked = near(frame, (255, 255, 255)), near(frame, (255, 0, 0))
    heights = [np.ptp(np.flatnonzero(mask.any(axis=1))) for mask in (plain, marked)]
    assert heights[1] == pytest.approx(1.5 * heights[0], abs=3)
    assert np.flatnonzero(plain.any(axis=1))[-1] == pytest.approx(np.flatnonzero(marked.any(axis=1))[-1], abs=2)


def test_spacing_parts_words_and_nothing_else() -> None:
    near_, far = (
        Screen(document("HI HI", PLAIN.model_copy(update={"spacing": spacing}))).inked(20) for spacing in (0.0, 1.0)
    )
    one, other = columns(near_), columns(far)
    assert (other[1] - other[0]) - (one[1] - one[0]) == pytest.approx(42, abs=2)


def test_a_cue_has_a_few_sprites_a_letter_however_long_it_is_seen() -> None:
    for style in caption_styles().values():
        counts = {len(text_layers(document("Every year it", style, each=each))) for each in (6, 60)}
        assert len(counts) == 1
        assert counts.pop() <= 1 + 6 * 11


def test_frames_at_rest_are_told_alike_and_moving_ones_apart() -> None:
    style = with_enter(name="bounce", by="word", stiffness=300, damping=20)
    layers = text_layers(document("Moon", style, each=60))

    def told(number: int) -> list[object]:
        return [(layer.identity, showing(layer, number)) for layer in layers if isinstance(layer, Layer)]

    assert told(6) != told(7)
    assert told(55) == told(56)
    assert told(9) == [(layer.identity, showing(layer, 9)) for layer in text_layers(document("Moon", style, each=60))]


@given(st.floats(10, 5_000), st.floats(2, 200))
@settings(max_examples=80, deadline=None)
def test_a_spring_obeys_its_equation_and_comes_to_rest(stiffness: float, damping: float) -> None:
    spring = Spring(stiffness, damping)
    step = 1e-4
    held = min(damping, 2 * stiffness**0.5)
    for time in np.linspace(0.02, spring.rest, 7):
        before, now, after = (spring.done(time + at) for at in (-step, 0, step))
        pull = stiffness * (1 - now) - held * (after - before) / (2 * step)
        assert (after - 2 * now + before) / step**2 == pytest.approx(pull, rel=0.02, abs=0.02 * stiffness)
    assert spring.done(0.0) == 0.0
    assert spring.done(step) == pytest.approx(stiffness * step**2 / 2, rel=0.05)
    assert all(abs(spring.done(spring.rest * (1 + at / 20)) - 1) <= 0.0101 for at in range(20))


def test_a_spring_swings_over_when_it_is_little_damped() -> None:
    times = np.linspace(0, 2, 400)
    assert max(Spring(300, 8).done(time) for time in times) > 1.2
    assert max(Spring(300, 2 * 300**0.5).done(time) for time in times) <= 1.0


@given(
    *[st.complex_numbers(max_magnitude=100, allow_nan=False) for _ in range(3)], st.floats(0.5, 2), st.floats(0.5, 2)
)
@settings(max_examples=50, deadline=None)
def test_poses_one_after_another_are_one(z: complex, a: complex, b: complex, first: float, second: float) -> None:
    one, other = grown(first, a), Pose(shift=1 + 2j).then(grown(second, b))
    assert abs(one.then(other).at(z) - other.at(one.at(z))) < 1e-6
    assert abs(one.at(a) - a) < 1e-9
