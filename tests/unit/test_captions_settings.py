from __future__ import annotations

from pathlib import Path

from reelforge.domain.caption_style import CaptionEnter, CaptionStyle
from reelforge.domain.cues import Alignment, SceneWords, Word
from reelforge.domain.script import Scene, Script
from reelforge.recipes.compose import _marked
from reelforge.render.text.shelf import shelf
from reelforge.settings import load
from reelforge.settings.shipped import caption_styles


def style(folder: Path, captions: str, defaults: str = "") -> CaptionStyle:
    path = folder / "reelforge.toml"
    usual = f"[defaults]\ncaptions = {defaults}\n" if defaults else ""
    path.write_text(f"{usual}[channels.a]\ncaptions = {captions}\n")
    return load(path, {}).channel("a").look.captions


def test_every_value_of_a_style_can_be_changed_also_in_its_tables(tmp_path: Path) -> None:
    shipped = caption_styles()["karaoke"]
    found = style(
        tmp_path,
        '{ style = "karaoke", size = 90, enter = { seconds = 0.3 }, emphasis = { words = ["free"], scale = 1.2 } }',
    )
    assert (found.name, found.size, found.highlight) == ("karaoke", 90, shipped.highlight)
    assert found.enter == shipped.enter.model_copy(update={"seconds": 0.3})
    assert found.emphasis.words == ("free",)
    assert found.spoken == shipped.spoken


def test_another_animation_does_not_inherit_the_numbers_of_the_styles_own(tmp_path: Path) -> None:
    found = style(tmp_path, '{ style = "bounce", enter = { name = "pop" } }')
    assert found.enter == CaptionEnter(name="pop")


def test_a_channel_goes_before_the_defaults_table_by_table(tmp_path: Path) -> None:
    found = style(tmp_path, "{ wave = { frequency = 2.0 } }", '{ style = "wave", wave = { amplitude = 0.2 } }')
    assert (found.name, found.wave.amplitude, found.wave.frequency) == ("wave", 0.2, 2.0)
    assert found.wave.delay == caption_styles()["wave"].wave.delay


def test_captions_can_be_read_on_a_phone_in_every_style_but_the_classic_one() -> None:
    """Capitals of 40 px of a frame 1080 wide are 2.5 mm on a phone's screen of 67 mm."""
    heights = {name: shelf().face(style.font).cap_height * style.size for name, style in caption_styles().items()}
    assert {name for name, height in heights.items() if height < 40} == {"classic"}
    assert (caption_styles()["classic"].font, caption_styles()["classic"].size) == ("Liberation Sans Bold", 48)


def test_what_older_documents_call_pop_still_counts() -> None:
    old = CaptionStyle.model_validate({"pop": 0.25})
    assert old.coming == CaptionEnter(seconds=0.25)
    assert CaptionStyle().coming == CaptionStyle().enter


def test_there_are_styles_for_every_animation_that_captions_have() -> None:
    styles = caption_styles().values()
    assert {"modern", "classic"} <= set(caption_styles())
    assert {"fade", "pop", "bounce", "slide", "typewriter"} <= {one.enter.name for one in styles}
    assert {"none", "colour", "karaoke", "box"} == {one.spoken.name for one in styles}
    assert any(one.wave.amplitude for one in styles)


def test_words_that_a_script_marks_are_found_where_they_are_spoken() -> None:
    def spoken(text: str) -> SceneWords:
        words = tuple(Word(text=one, start=0, end=9, confidence=1, source="native") for one in text.split())
        return SceneWords(start=0, end=9, words=words)

    scenes = ("It is free.", "Nothing here.", "Really FREE, free!")
    script = Script(
        title="x",
        scenes=(
            Scene(narration=scenes[0], emphasis=("free",)),
            Scene(narration=scenes[1]),
            Scene(narration=scenes[2], emphasis=("free",)),
        ),
    )
    alignment = Alignment(samples=9, scenes=tuple(map(spoken, scenes)))
    assert list(_marked(script, alignment)) == [2, 6, 7]
