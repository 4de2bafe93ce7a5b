"""The aligner: one word for every written token, in order, inside its scene, each saying how it was found."""

import anyio
import numpy as np
import pytest

from reelforge.domain.cues import SAMPLE_RATE, Alignment, Narration, SpokenScene, Utterance
from reelforge.domain.script import Scene, Script
from reelforge.engines.align.aligner import Aligner
from reelforge.engines.voice import espeak
from reelforge.engines.voice.narrator import Narrator
from reelforge.errors import NeverWorksError
from reelforge.jobs.plain import PlainContext
from reelforge.store.assets import FileAssets

SCRIPT = Script(
    title="Tides",
    scenes=(
        Scene(narration="The culprit is the tide, of the Moon. Our oceans   tug — 🚀 at 3.8 km."),
        Scene(narration="And the Earth pays for it, with its spin."),
    ),
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Narration, PlainContext]:
    async def main() -> tuple[Narration, PlainContext]:
        context = PlainContext(FileAssets(tmp_path_factory.mktemp("told")))
        engine = espeak.Engine(espeak.Options())
        try:
            return await context.step(Narrator(engine).narrate, SCRIPT), context
        finally:
            await engine.aclose()

    return anyio.run(main)


def without_times(narration: Narration) -> Narration:
    """The same recording from an engine that tells no word times."""
    scenes = tuple(
        SpokenScene(
            start=scene.start,
            end=scene.end,
            utterances=tuple(
                (at, Utterance(text=u.text, audio=u.audio, samples=u.samples)) for at, u in scene.utterances
            ),
        )
        for scene in narration.scenes
    )
    return narration.model_copy(update={"scenes": scenes})


def align(context: PlainContext, script: Script, narration: Narration) -> Alignment:
    async def main() -> Alignment:
        return await context.step(Aligner().align, script, narration)

    return anyio.run(main)


@pytest.mark.parametrize("timed", [True, False])
def test_every_written_token_has_one_word_in_order_inside_its_scene(
    timed: bool, told: tuple[Narration, PlainContext]
) -> None:
    narration, context = told
    alignment = align(context, SCRIPT, narration if timed else without_times(narration))
    assert alignment.samples == narration.samples
    for scene, spoken, written in zip(alignment.scenes, narration.scenes, SCRIPT.scenes, strict=True):
        assert (scene.start, scene.end) == (spoken.start, spoken.end)
        assert [word.text for word in scene.words] == written.narration.split()
        edges = [scene.start, *(edge for word in scene.words for edge in (word.start, word.end)), scene.end]
        assert edges == sorted(edges)


def test_times_the_voice_told_are_native_and_surer_than_the_rest(told: tuple[Narration, PlainContext]) -> None:
    narration, context = told
    words = {word.text: word for word in align(context, SCRIPT, narration).words}
    assert words["culprit"].source == "native"
    assert words["of"].source == "native"
    assert words["the"].source in {"native", "estimate"}
    assert words["culprit"].confidence > 0.9


def test_times_found_in_the_sound_agree_with_the_voices_own(told: tuple[Narration, PlainContext]) -> None:
    narration, context = told
    native = align(context, SCRIPT, narration).words
    found = align(context, SCRIPT, without_times(narration)).words
    errors = np.array([abs(a.start - b.start) / SAMPLE_RATE for a, b in zip(native, found, strict=True)])
    assert {word.source for word in found} == {"energy"}
    assert np.median(errors) < 0.16
    sure = [error for error, word in zip(errors, found, strict=True) if word.confidence > 0.8]
    assert len(sure) >= 3
    assert max(sure) < 0.1


def test_a_narration_of_another_text_is_refused_by_its_first_difference(told: tuple[Narration, PlainContext]) -> None:
    narration, context = told
    changed = SCRIPT.scenes[1].model_copy(update={"narration": "And the Mars pays for it, with its spin."})
    other = SCRIPT.model_copy(update={"scenes": (SCRIPT.scenes[0], changed)})
    with pytest.raises(NeverWorksError, match="scene 2 reads 'Mars' where 'Earth' is spoken"):
        align(context, other, narration)
    with pytest.raises(NeverWorksError, match="it has 2 scenes, the script 1"):
        align(context, SCRIPT.model_copy(update={"scenes": SCRIPT.scenes[:1]}), narration)
