"""A person's own recording: aligned to its scenes whatever was said around the text, or refused in a sentence."""

import importlib.util
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from reelforge.domain.asset import AssetRef
from reelforge.domain.cues import SAMPLE_RATE, Word
from reelforge.domain.script import Scene, Script
from reelforge.engines.align import follow, recording
from reelforge.engines.align.recording import Recorded, Recording, TakenIn, align_recording
from reelforge.engines.voice.phonemes.client import EspeakProcess
from reelforge.errors import InputError
from reelforge.jobs.plain import PlainContext
from reelforge.sound.files import read, write
from reelforge.sound.loudness import integrated
from reelforge.sound.resample import resample
from reelforge.store.assets import FileAssets
from reelforge.testing.ears import Ears

installed = pytest.mark.skipif(
    importlib.util.find_spec("pocketsphinx") is None, reason="pocketsphinx has no wheel for this Python"
)
SAID = (
    "The culprit is the tide.",
    "Every single night the Moon climbs away from us.",
    "How long will it last?",
    "Bananas are slightly radioactive because they contain potassium.",
    "Nobody has to worry about it.",
    "Yesterday my grandmother bought seven green umbrellas.",
)
SCRIPT = Script(
    title="Tides",
    scenes=(Scene(narration=f"{SAID[0]} {SAID[1]}"), Scene(narration=f"{SAID[2]} 🚀"), Scene(narration=SAID[4])),
)
READ = (0, 1, 2, 4)


@dataclass(frozen=True)
class Studio:
    """The voice's sentences and where each of their words begins (s), and a folder."""

    takes: tuple[tuple[NDArray[np.float32], tuple[float, ...]], ...]
    folder: Path

    def record(self, which: Sequence[int], *, lead: float = 0.8, noise: float = 0.002) -> tuple[Path, list[float]]:
        """Sentences with pauses at 22 050 Hz, in stereo, and the words' starts."""
        pause = np.zeros(round(0.6 * SAMPLE_RATE), np.float32)
        pieces, starts, at = [np.zeros(round(lead * SAMPLE_RATE), np.float32)], [], lead
        for one in which:
            sound, words = self.takes[one]
            starts += [at + word for word in words]
            pieces += [sound, pause]
            at += (len(sound) + len(pause)) / SAMPLE_RATE
        whole = np.concatenate(pieces) * 0.4
        whole += np.random.default_rng(0).normal(0, noise, len(whole)).astype(np.float32)
        path = self.folder / "me.wav"
        low = resample(whole, SAMPLE_RATE, 22_050)
        write(path, np.stack([low, 0.5 * low], 1), 22_050)
        return path, starts


def reader(*_: object, only: int | None = None) -> Ears:
    """Hears all that is asked for, or in the first window ``only`` so many words, then nothing."""
    return Ears(lambda window: only if window == 1 or only is None else 0, every=480)


@pytest.fixture(scope="module")
def voice() -> tuple[tuple[NDArray[np.float32], tuple[float, ...]], ...]:
    async def main() -> list[tuple[NDArray[np.float32], tuple[float, ...]]]:
        espeak = EspeakProcess()
        takes = [await espeak.speak(sentence, "en-us", 150, 45) for sentence in SAID]
        await espeak.aclose()
        return [
            (
                resample(take.pcm.astype(np.float32) / 32768, take.rate, SAMPLE_RATE),
                tuple(sample / take.rate for _, _, sample in take.words),
            )
            for take in takes
        ]

    return tuple(anyio.run(main))


@pytest.fixture
def studio(voice: tuple[tuple[NDArray[np.float32], tuple[float, ...]], ...], tmp_path: Path) -> Studio:
    return Studio(voice, tmp_path)


def aligned(
    studio: Studio, path: Path, script: Script = SCRIPT, *, trim: bool = False
) -> tuple[Recorded, PlainContext]:
    context = PlainContext(FileAssets(studio.folder / "assets"))

    async def main() -> Recorded:
        return await align_recording(context, script, path, trim_silence=trim)

    return anyio.run(main), context


def spoken_starts(words: Sequence[Word]) -> list[float]:
    return [word.start / SAMPLE_RATE for word in words if word.text != "🚀"]


@pytest.mark.parametrize("with_sphinx", [pytest.param(True, marks=installed), False])
def test_a_recording_becomes_a_narration_with_every_word_in_its_scene(
    with_sphinx: bool, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not with_sphinx:
        monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    path, starts = studio.record(READ)
    result, context = aligned(studio, path)
    narration, alignment = result.narration, result.alignment
    off = np.abs(np.array(spoken_starts(alignment.words)) - starts)
    assert np.median(off) < 0.02
    assert off.max() < 0.15
    assert {word.source for word in alignment.words} == {"aligned" if with_sphinx else "energy"}
    samples, rate = read(context.assets.path(narration.audio))
    assert (len(samples), rate) == (narration.samples, SAMPLE_RATE)
    assert integrated(samples, rate) == pytest.approx(-16, abs=0.3)
    edges = [0]
    for scene, words, written in zip(narration.scenes, alignment.scenes, SCRIPT.scenes, strict=True):
        assert scene.start == edges[-1] == words.start
        assert [word.text for word in words.words] == written.narration.split()
        inner = [scene.start, *(edge for word in words.words for edge in (word.start, word.end)), scene.end]
        assert inner == sorted(inner)
        edges.append(scene.end)
    assert edges[-1] == narration.samples == alignment.samples
    assert not alignment.every_note


@installed
def test_a_long_recording_is_followed_window_by_window(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "WINDOW", 5 * SAMPLE_RATE)
    monkeypatch.setattr(follow, "_LAST_WINDOW", 6 * SAMPLE_RATE)
    path, starts = studio.record(READ)
    result, context = aligned(studio, path)
    assert max(abs(np.array(spoken_starts(result.alignment.words)) - starts)) < 0.1
    windows = [step.name for step in anyio.run(context.account).steps if "window-" in step.name]
    assert len(windows) >= 2


@installed
def test_what_is_said_around_the_text_is_passed_over_and_told(studio: Studio) -> None:
    path, starts = studio.record([0, 1, 5, 2, 4])
    result, _ = aligned(studio, path)
    extra = len(SAID[5].split())
    before = len(SAID[0].split()) + len(SAID[1].split())
    wanted = [*starts[:before], *starts[before + extra :]]
    assert max(abs(np.array(spoken_starts(result.alignment.words)) - wanted)) < 0.12
    (note,) = result.alignment.every_note
    assert note.startswith("Scene 2: ")
    assert "seconds of speech at" in note
    assert note.endswith("are not in the text.")


@installed
def test_a_sentence_that_was_not_read_is_told_and_the_rest_is_placed(studio: Studio) -> None:
    more = SCRIPT.model_copy(update={"scenes": (Scene(narration=f"{SAID[0]} {SAID[3]} {SAID[1]}"), *SCRIPT.scenes[1:])})
    path, starts = studio.record(READ)
    result, _ = aligned(studio, path, more)
    heard = [word for word in result.alignment.words if word.confidence > 0.1 and word.text != "🚀"]
    assert max(abs(np.array([word.start / SAMPLE_RATE for word in heard]) - starts)) < 0.12
    assert result.alignment.every_note[0].startswith(
        "Scene 1: “Bananas … potassium.” (8 words) is written but not heard"
    )


@installed
def test_the_wrong_text_and_a_missing_scene_are_refused(studio: Studio) -> None:
    path, _ = studio.record([0, 1, 2])
    other = Script(title="Other", scenes=(Scene(narration=f"{SAID[3]} {SAID[5]}"),))
    with pytest.raises(InputError, match="does not say the script's text"):
        aligned(studio, path, other)
    with pytest.raises(InputError, match="Scene 3 is not in the recording: “Nobody has"):
        aligned(studio, path)


@installed
def test_noise_is_refused(studio: Studio) -> None:
    path = studio.folder / "noise.wav"
    write(path, np.random.default_rng(0).normal(0, 0.1, 6 * SAMPLE_RATE).astype(np.float32), SAMPLE_RATE)
    with pytest.raises(InputError, match="noise alone cannot be used"):
        aligned(studio, path)


def test_silence_and_a_text_of_only_emoji_are_refused(studio: Studio) -> None:
    silence = studio.folder / "silence.wav"
    write(silence, np.zeros(SAMPLE_RATE, np.float32), SAMPLE_RATE)
    with pytest.raises(InputError, match=r"silence\.wav is silent"):
        aligned(studio, silence)
    path, _ = studio.record(READ)
    with pytest.raises(InputError, match="Scene 1 has nothing that can be said: '🚀 —'"):
        aligned(studio, path, Script(title="Rockets", scenes=(Scene(narration="🚀 —"),)))


def test_silences_are_shortened_only_when_asked(studio: Studio) -> None:
    path, starts = studio.record(READ, lead=3.0, noise=0.0005)
    whole, _ = aligned(studio, path)
    trimmed, context = aligned(studio, path, trim=True)
    assert whole.narration.samples == pytest.approx(SAMPLE_RATE * read(path)[0].shape[0] / 22_050, abs=4)
    cut = (whole.narration.samples - trimmed.narration.samples) / SAMPLE_RATE
    assert 2.5 < cut < 3.6
    samples, _ = read(context.assets.path(trimmed.narration.audio))
    assert len(samples) == trimmed.narration.samples == trimmed.alignment.samples
    assert spoken_starts(trimmed.alignment.words)[0] == pytest.approx(starts[0] - 2.8, abs=0.1)


def test_a_clipped_recording_is_used_and_told(studio: Studio) -> None:
    path, _ = studio.record(READ)
    samples, rate = read(path)
    write(path, np.clip(samples * 12, -1, 1), rate, "PCM_16")
    result, _ = aligned(studio, path)
    assert "is clipped" in result.alignment.notes[0]


@given(
    st.lists(
        st.text("我用它东京だカอ。！、AIChatGPT2026()!/.,’ ", min_size=1, max_size=24).map("我{}".format),
        min_size=1,
        max_size=3,
    )
)
@example(["我用它。ChatGPT(OpenAI)!", "東京だ。Yahoo(Japan)", "用它。AI/ML(2026)."])
@settings(max_examples=60, deadline=None)
def test_words_of_texts_without_spaces_fall_into_the_scenes_they_are_written_in(texts: list[str]) -> None:
    script = Script(title="Mixed", language="zh", scenes=tuple(Scene(narration=text) for text in texts))
    taken = TakenIn(audio=AssetRef(sha256="0" * 64, media_type="audio/flac", size=1), samples=600 * SAMPLE_RATE)
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(recording, "Listener", reader)
        recorded: Recorded = anyio.run(Recording().align, PlainContext(FileAssets(Path(folder))), script, taken)
    for scene, words in zip(script.scenes, recorded.alignment.scenes, strict=True):
        assert "".join(word.text for word in words.words) == "".join(scene.narration.split())
        assert all(word.end > word.start for word in words.words)


def test_a_recording_that_was_not_listened_to_the_end_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(title="Tides", scenes=(Scene(narration="The culprit is the tide. Nobody sees it go."),))
    taken = TakenIn(audio=AssetRef(sha256="0" * 64, media_type="audio/flac", size=1), samples=3 * 3600 * SAMPLE_RATE)

    def notes(only: int | None) -> tuple[str, ...]:
        monkeypatch.setattr(recording, "Listener", lambda *_: reader(only=only))
        recorded: Recorded = anyio.run(Recording().align, PlainContext(FileAssets(tmp_path)), script, taken)
        return recorded.alignment.notes

    (whole,) = notes(None)
    assert whole.endswith("from 0:40.0 on, come after the text.")
    (part,) = notes(6)
    assert part.endswith("were not listened to: none of the text's words had been heard for an hour.")


def test_cancelling_ends_the_taking_in(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = studio.record(READ)
    context = PlainContext(FileAssets(studio.folder / "assets"))
    begun = anyio.Event()
    real: Callable[..., object] = recording.take_in

    def slow(source: Path, raw: Path, check: Callable[[], None]) -> object:
        anyio.from_thread.run_sync(begun.set)
        while True:
            check()
            real(source, raw, check)

    monkeypatch.setattr(recording, "take_in", slow)

    async def main() -> bool:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(context.step, Recording().take, str(path))
            await begun.wait()
            tasks.cancel_scope.cancel()
        return tasks.cancel_scope.cancelled_caught

    assert anyio.run(main)
