"""The narrator: sentences in their places, scenes that tile the whole, one level for all."""

from itertools import pairwise
from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelforge.domain.asset import AssetRef
from reelforge.domain.cues import SAMPLE_RATE, Narration, Utterance
from reelforge.domain.script import Scene, Script
from reelforge.engines.voice import espeak
from reelforge.engines.voice.narrator import LEAD_IN_MS, TAIL_MS, Narrator, lay_out
from reelforge.errors import InputError
from reelforge.jobs.plain import PlainContext
from reelforge.sound.files import read
from reelforge.sound.loudness import integrated, true_peak
from reelforge.store.assets import FileAssets

SCRIPT = Script(
    title="Tides",
    scenes=(
        Scene(narration="The culprit is the tide. Why? Our oceans tug the Moon."),
        Scene(narration="Dr. Smith measured 3.8 cm a year. 🚀"),
    ),
)


def narrate(folder: Path, script: Script) -> tuple[Narration, PlainContext]:
    async def main() -> tuple[Narration, PlainContext]:
        context = PlainContext(FileAssets(folder), limits={"voice": anyio.CapacityLimiter(2)})
        engine = espeak.Engine(espeak.Options())
        try:
            return await context.step(Narrator(engine).narrate, script), context
        finally:
            await engine.aclose()

    return anyio.run(main)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Narration, PlainContext]:
    return narrate(tmp_path_factory.mktemp("told"), SCRIPT)


def test_every_sentence_is_spoken_once_in_its_scene(told: tuple[Narration, PlainContext]) -> None:
    texts = [[utterance.text for _, utterance in scene.utterances] for scene in told[0].scenes]
    assert texts == [
        ["The culprit is the tide.", "Why?", "Our oceans tug the Moon."],
        ["Dr. Smith measured 3.8 cm a year. 🚀"],
    ]


def test_the_narration_is_one_file_at_the_target_loudness(told: tuple[Narration, PlainContext]) -> None:
    narration, context = told
    samples, rate = read(context.assets.path(narration.audio))
    assert rate == SAMPLE_RATE
    assert samples.shape == (narration.samples,)
    assert abs(integrated(samples, rate) + 16.0) < 0.3
    assert true_peak(samples, rate) <= -1.0 + 0.05


def test_sound_stands_where_the_utterances_say(told: tuple[Narration, PlainContext]) -> None:
    narration, context = told
    samples, _ = read(context.assets.path(narration.audio))
    placed = [part for scene in narration.scenes for part in scene.utterances]
    for (start, utterance), (following, _) in pairwise(placed):
        assert abs(samples[start : start + utterance.samples]).max() > 0.1
        assert abs(samples[start + utterance.samples : following]).max() < 0.01
    assert abs(samples[: placed[0][0]]).max() < 0.01


def test_the_same_script_gives_the_same_bytes(told: tuple[Narration, PlainContext], tmp_path: Path) -> None:
    again, _ = narrate(tmp_path, SCRIPT)
    assert again == told[0]


def test_a_scene_that_says_nothing_is_named(tmp_path: Path) -> None:
    script = Script(title="Empty", scenes=(Scene(narration="Well."), Scene(narration="🚀 —")))
    with pytest.raises(InputError, match="Scene 2 has nothing that can be said"):
        narrate(tmp_path, script)


def utterance(samples: int, text: str = "It is.") -> Utterance:
    return Utterance(text=text, samples=samples, audio=AssetRef(sha256="0" * 64, media_type="audio/flac", size=1))


@given(st.lists(st.lists(st.integers(1, 200_000), min_size=1, max_size=4), min_size=1, max_size=6))
def test_scenes_tile_the_narration_and_hold_their_utterances_in_order(lengths: list[list[int]]) -> None:
    scenes, total = lay_out([[utterance(count) for count in row] for row in lengths])
    edges = [edge for scene in scenes for edge in (scene.start, scene.end)]
    assert edges[0] == 0
    assert edges[-1] == total
    assert all(first.end == second.start for first, second in pairwise(scenes))
    for scene in scenes:
        inner = [edge for start, part in scene.utterances for edge in (start, start + part.samples)]
        assert [scene.start, *inner, scene.end] == sorted([scene.start, *inner, scene.end])


def test_a_question_is_left_hanging_longer_than_a_statement() -> None:
    def gap(text: str) -> int:
        scenes, _ = lay_out([[utterance(1000, text), utterance(1000)]])
        return scenes[0].utterances[1][0] - scenes[0].utterances[0][0]

    assert gap("Why?") > gap("So.")


def test_the_silence_before_and_after_is_short() -> None:
    scenes, total = lay_out([[utterance(1000)]])
    assert scenes[0].utterances[0][0] == LEAD_IN_MS * 48
    assert total - LEAD_IN_MS * 48 - 1000 == TAIL_MS * 48
