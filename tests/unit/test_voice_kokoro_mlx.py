"""Kokoro by mlx-audio, which runs on Apple's chips only: spoken to here through a package with its interface."""

import sys
import threading
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import anyio
import numpy as np
import pytest

from reelforge.domain.cues import SAMPLE_RATE, Utterance
from reelforge.engines.voice import kokoro, kokoro_mlx
from reelforge.errors import NeedsPersonError
from reelforge.jobs.plain import PlainContext
from reelforge.store.assets import FileAssets

RATE = 24_000
SENTENCE = "It slips 3.8 cm — 🚀 away."


class Pipeline:
    """Speaks as ``KokoroPipeline`` does: results with ``audio`` (1, n) and tokens that have ``start_ts``."""

    def __init__(self, lang_code: str, model: Any, repo_id: str) -> None:
        self.made_with = (lang_code, model, repo_id)
        self.threads: set[int] = set()

    def load_voice(self, voice: str) -> None:
        if voice != "af_heart":
            raise FileNotFoundError(f"{voice}.safetensors is not there")

    def __call__(self, text: str, *, voice: str, speed: float) -> Any:
        self.threads.add(threading.get_ident())
        assert (voice, speed) == ("af_heart", 1.0)
        half = text.index("eight")
        for part in (text[:half], text[half:]):
            tokens, sound, at = [], [np.zeros(2_400, np.float32)], 0.1
            for word in part.split():
                bare = word.rstrip(",.")
                seconds = 0.08 * len(bare)
                timed = (None, None) if bare == "point" else (at, at + seconds)
                tokens.append(SimpleNamespace(text=bare, start_ts=timed[0], end_ts=timed[1]))
                if bare != word:
                    tokens.append(SimpleNamespace(text=word[len(bare) :], start_ts=None, end_ts=None))
                sound += [np.sin(np.arange(round(seconds * RATE)) / 15), np.zeros(1_200)]
                at += seconds + 0.05
            audio = np.concatenate([*sound, np.zeros(2_400)]).astype(np.float32)
            yield SimpleNamespace(audio=audio[None, :], tokens=tokens)


@pytest.fixture
def mlx_audio(monkeypatch: pytest.MonkeyPatch) -> list[Pipeline]:
    made: list[Pipeline] = []

    def pipeline(**given: Any) -> Pipeline:
        made.append(Pipeline(**given))
        return made[-1]

    models = ModuleType("mlx_audio.tts.models.kokoro")
    models.KokoroPipeline = pipeline
    tools = ModuleType("mlx_audio.tts.utils")
    tools.load_model = lambda name: f"model of {name}"
    for module in (models, tools):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return made


def speak(folder: Path, *sentences: str, voice: str = "af_heart") -> list[Utterance]:
    async def main() -> list[Utterance]:
        context = PlainContext(FileAssets(folder))
        engine = kokoro.Engine(kokoro.Options(voice=voice, backend="mlx"))
        try:
            return [await context.step(engine.speak, sentence, "en") for sentence in sentences]
        finally:
            await engine.aclose()

    return anyio.run(main)


def test_words_get_the_tokens_own_times_over_all_stretches(mlx_audio: list[Pipeline], tmp_path: Path) -> None:
    (utterance,) = speak(tmp_path, SENTENCE)
    assert [word.text for word in utterance.words] == SENTENCE.split()
    # it slips three point | eight centimeters, away.
    first = 0.1 + 0.08 * (2 + 5 + 5 + 5) + 0.05 * 4 + 0.1
    said = {word.text: word.start / SAMPLE_RATE for word in utterance.words}
    onset = 0.1 - 0.03
    assert said["It"] == pytest.approx(0.1 - onset, abs=0.011)
    assert said["slips"] == pytest.approx(0.1 + 0.16 + 0.05 - onset, abs=0.011)
    assert said["cm"] == pytest.approx(first + 0.1 + 0.4 + 0.05 - onset, abs=0.011)
    assert {word.source for word in utterance.words} == {"native"}
    assert mlx_audio[0].made_with == ("a", f"model of {kokoro_mlx.REPOSITORY}", kokoro_mlx.REPOSITORY)


def test_the_model_is_loaded_once_and_one_thread_does_all_its_work(mlx_audio: list[Pipeline], tmp_path: Path) -> None:
    speak(tmp_path, SENTENCE, "Then eight more came.")
    (pipeline,) = mlx_audio
    assert len(pipeline.threads) == 1


def test_a_voice_that_cannot_be_loaded_needs_a_person(mlx_audio: list[Pipeline], tmp_path: Path) -> None:
    with pytest.raises(NeedsPersonError, match=r"am_michael\.safetensors is not there.*backend = .onnx"):
        speak(tmp_path, SENTENCE, voice="am_michael")
    assert mlx_audio


def test_mlx_that_is_not_installed_is_said_when_asked_for_and_never_chosen_by_itself(tmp_path: Path) -> None:
    with pytest.raises(NeedsPersonError, match=r"cannot be loaded through mlx-audio.*pip install mlx-audio"):
        speak(tmp_path, SENTENCE)
    (finding,) = kokoro.Engine(kokoro.Options(backend="mlx")).check()
    assert (finding.ok, finding.optional) == (False, False)
    assert kokoro_mlx.backend_for("auto", "af_heart") == "onnx"


@pytest.mark.parametrize(
    ("apple", "there", "cached", "chosen"),
    [
        (True, True, True, "mlx"),
        (False, True, True, "onnx"),
        (True, False, True, "onnx"),
        (True, True, False, "onnx"),
    ],
)
def test_mlx_speaks_by_itself_only_where_nothing_must_be_downloaded(
    apple: bool, there: bool, cached: bool, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kokoro_mlx, "on_apple_silicon", lambda: apple)
    monkeypatch.setattr(kokoro_mlx, "installed", lambda: there)
    monkeypatch.setattr(kokoro_mlx, "fetched", lambda _voice: cached)
    assert kokoro_mlx.backend_for("auto", "af_heart") == chosen
    engine = kokoro.Engine(kokoro.Options())
    assert ("backend" in engine.identity) == (chosen == "mlx")
    assert kokoro.Engine(kokoro.Options(backend="onnx")).identity != {**engine.identity, "backend": "mlx"}


def test_weights_are_there_when_the_cache_has_them_and_the_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    held = {"config.json", "voices/af_heart.safetensors"}
    hub = ModuleType("huggingface_hub")
    hub.__spec__ = SimpleNamespace(name="huggingface_hub")
    hub.try_to_load_from_cache = lambda _repository, name: f"/cache/{name}" if name in held else None
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    assert kokoro_mlx.fetched("af_heart")
    assert not kokoro_mlx.fetched("bm_george")
