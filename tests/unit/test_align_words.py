"""The aligner: one word for every written token, in order, inside its scene, each saying how it was found."""

import importlib.util

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
from reelforge.sound.files import write
from reelforge.store.assets import FileAssets

installed = pytest.mark.skipif(
    importlib.util.find_spec("pocketsphinx") is None, reason="pocketsphinx has no wheel for this Python"
)
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


def by_energy(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where pocketsphinx is not installed."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)


@pytest.mark.parametrize("source", [pytest.param("aligned", marks=installed), "energy"])
def test_times_found_in_the_sound_agree_with_the_voices_own(
    source: str, told: tuple[Narration, PlainContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    if source == "energy":
        by_energy(monkeypatch)
    narration, context = told
    native = align(context, SCRIPT, narration).words
    found = align(context, SCRIPT, without_times(narration)).words
    pairs = [(a, b) for a, b in zip(native, found, strict=True) if a.source == "native" and a.text not in {"—", "🚀"}]
    errors = np.array([abs(a.start - b.start) / SAMPLE_RATE for a, b in pairs])
    assert {word.source for word in found} == {source}
    assert np.median(errors) < 0.02
    assert errors.max() < 0.1
    assert min(word.confidence for _, word in pairs) > 0.8


@installed
def test_words_the_voice_ran_together_are_found_in_the_sound(told: tuple[Narration, PlainContext]) -> None:
    narration, context = told
    guessed = [
        word.text
        for scene in narration.scenes
        for _, part in scene.utterances
        for word in part.words
        if word.source == "estimate"
    ]
    assert guessed
    words = align(context, SCRIPT, narration).words
    assert {word.source for word in words} == {"native", "aligned"}


@installed
def test_a_voice_whose_times_are_wrong_is_found_out(told: tuple[Narration, PlainContext]) -> None:
    narration, context = told
    late = moved(narration, SAMPLE_RATE // 4)
    alignment = align(context, SCRIPT, late)
    truth = align(context, SCRIPT, narration).words
    assert len(alignment.every_note) == len(SCRIPT.scenes)
    assert "found in the sound are used" in alignment.scenes[0].notes[0]
    assert np.median([abs(a.start - b.start) for a, b in zip(alignment.words, truth, strict=True)]) < SAMPLE_RATE / 50


def moved(narration: Narration, samples: int) -> Narration:
    """The same recording with every word's time told late."""

    def late(part: Utterance) -> Utterance:
        words = tuple(
            word.model_copy(update={"start": word.start + samples, "end": word.end + samples}) for word in part.words
        )
        return part.model_copy(update={"words": words})

    scenes = tuple(
        scene.model_copy(update={"utterances": tuple((at, late(part)) for at, part in scene.utterances)})
        for scene in narration.scenes
    )
    return narration.model_copy(update={"scenes": scenes})


@installed
def test_a_recording_of_another_text_is_refused(told: tuple[Narration, PlainContext]) -> None:
    narration, context = told
    text = "Bananas are slightly radioactive because they contain potassium and my grandmother"
    first = narration.scenes[0]
    at, part = first.utterances[0]
    wrong = first.model_copy(
        update={"utterances": ((at, Utterance(text=text, audio=part.audio, samples=part.samples)),)}
    )
    other = narration.model_copy(update={"scenes": (wrong,)})
    with pytest.raises(NeverWorksError, match=r"“Bananas are .*” says something else"):
        align(context, Script(title="Wrong", scenes=(Scene(narration=text),)), other)


def test_silence_where_speech_should_be_is_shared_out_and_admitted(told: tuple[Narration, PlainContext]) -> None:
    _, context = told
    with context.assets.temporary(".flac") as path:
        write(path, np.zeros(SAMPLE_RATE, np.float32), SAMPLE_RATE)
        audio = context.assets.add_file(path, "audio/flac")
    part = Utterance(text="Two words", audio=audio, samples=SAMPLE_RATE)
    silent = Narration(
        audio=audio,
        samples=SAMPLE_RATE,
        scenes=(SpokenScene(start=0, end=SAMPLE_RATE, utterances=((0, part),)),),
        engine="say",
        voice="x",
    )
    words = align(context, Script(title="Silent", scenes=(Scene(narration="Two words"),)), silent).words
    assert [(word.source, word.confidence < 0.3) for word in words] == [("estimate", True)] * 2


def test_a_narration_of_another_text_is_refused_by_its_first_difference(told: tuple[Narration, PlainContext]) -> None:
    narration, context = told
    changed = SCRIPT.scenes[1].model_copy(update={"narration": "And the Mars pays for it, with its spin."})
    other = SCRIPT.model_copy(update={"scenes": (SCRIPT.scenes[0], changed)})
    with pytest.raises(NeverWorksError, match="scene 2 reads 'Mars' where 'Earth' is spoken"):
        align(context, other, narration)
    with pytest.raises(NeverWorksError, match="it has 2 scenes, the script 1"):
        align(context, SCRIPT.model_copy(update={"scenes": SCRIPT.scenes[:1]}), narration)
