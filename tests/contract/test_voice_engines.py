"""What every voice engine promises, held by the real ones: Kokoro, espeak-ng, and say with a program on PATH."""

import json
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest

from reelforge.domain.cues import SAMPLE_RATE, Utterance
from reelforge.engines import load, names
from reelforge.errors import InputError, NeedsPersonError, NeverWorksError, TryLaterError
from reelforge.jobs.plain import PlainContext
from reelforge.sound.files import read
from reelforge.store.assets import FileAssets

SENTENCE = "It slips 3.8 cm — 🚀 away."
SAY = """
import json, sys, numpy, soundfile
arguments = sys.argv[1:]
value = lambda flag: arguments[arguments.index(flag) + 1]
text = open(value("-f"), encoding="utf-8").read()
json.dump({"arguments": arguments, "text": text}, open(sys.argv[0] + ".json", "w"))
if value("-v") == "Broken":
    sys.exit("Voice `Broken' not found.")
if value("-v") == "Mute":
    sys.exit(0)
if value("-v") == "Asleep":
    import time; time.sleep(600)
seconds = 0.07 * len(text)
wave = numpy.sin(numpy.arange(int(22050 * seconds)) / 20) * (0.0 if value("-v") == "Silent" else 0.3)
soundfile.write(value("-o"), numpy.pad(wave, 3000), 22050, subtype="PCM_16")
"""


@pytest.fixture
def say_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called ``say`` that takes what macOS's takes and writes a tone as long as the text."""
    program = tmp_path / "bin" / "say.py"
    program.parent.mkdir()
    program.write_text(SAY)
    say = program.with_suffix("")
    say.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(program))} "$@"\n')
    say.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    return program


def speak(engine: Any, folder: Path, *sentences: str, language: str = "en") -> list[tuple[Utterance, Any]]:
    """Each sentence's utterance and its samples, through one engine that is closed after."""

    async def main() -> list[tuple[Utterance, Any]]:
        context = PlainContext(FileAssets(folder))
        try:
            spoken = [await context.step(engine.speak, sentence, language) for sentence in sentences]
        finally:
            await engine.aclose()
        return [(one, read(context.assets.path(one.audio))) for one in spoken]

    return anyio.run(main)


@pytest.fixture(scope="module")
def kokoro_take(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Utterance, Any]]:
    """Kokoro is heard once for all tests of this file: it is the slow one."""
    module = load("voice", "kokoro")
    return speak(module.Engine(module.Options(threads=2)), tmp_path_factory.mktemp("kokoro"), SENTENCE)


@pytest.fixture(params=["kokoro", "espeak", "say"])
def take(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Utterance, Any]]:
    if request.param == "kokoro":
        yield request.getfixturevalue("kokoro_take")[0]
    else:
        if request.param == "say":
            request.getfixturevalue("say_on_path")
        module = load("voice", request.param)
        yield speak(module.Engine(module.Options()), tmp_path / "assets", SENTENCE)[0]


def test_every_engine_file_has_options_and_an_engine_of_its_own_name() -> None:
    assert set(names("voice")) == {"espeak", "kokoro", "say"}
    for name in names("voice"):
        module = load("voice", name)
        engine = module.Engine(module.Options())
        assert engine.name == name
        assert json.loads(json.dumps(dict(engine.identity)))["name"] == name
        assert all(finding.sentence.endswith(".") and (finding.ok or finding.remedy) for finding in engine.check())


def test_an_utterance_is_48_khz_mono_of_the_length_it_says(take: tuple[Utterance, Any]) -> None:
    utterance, (samples, rate) = take
    assert rate == SAMPLE_RATE
    assert samples.shape == (utterance.samples,)
    assert utterance.text == SENTENCE
    assert utterance.audio.media_type == "audio/flac"
    assert utterance.audio.provenance is not None


def test_an_utterance_sounds_and_both_ends_are_quiet(take: tuple[Utterance, Any]) -> None:
    _, (samples, _) = take
    loudest = float(np.abs(samples).max())
    assert 0.05 < loudest <= 1.0
    assert np.abs(samples[:240]).max() < loudest * 0.05
    assert np.abs(samples[-1200:]).max() < loudest * 0.05


def test_words_when_given_are_one_for_each_written_token_in_order_and_inside(take: tuple[Utterance, Any]) -> None:
    utterance, _ = take
    if not utterance.words:
        return
    assert [word.text for word in utterance.words] == SENTENCE.split()
    edges = [edge for word in utterance.words for edge in (word.start, word.end)]
    assert edges == sorted(edges)
    assert edges[0] >= 0
    assert edges[-1] <= utterance.samples
    spoken = {word.text: word.end - word.start for word in utterance.words}
    assert spoken["3.8"] > 2 * spoken["It"]


def test_kokoro_begins_its_words_where_the_sound_begins(kokoro_take: list[tuple[Utterance, Any]]) -> None:
    utterance, (samples, _) = kokoro_take[0]
    onset = int(np.flatnonzero(np.abs(samples) > 0.02 * np.abs(samples).max())[0])
    assert abs(utterance.words[0].start - onset) < 0.06 * SAMPLE_RATE
    away = utterance.words[-1]
    assert np.abs(samples[away.start : away.end]).max() > 0.1 * np.abs(samples).max()


@pytest.mark.parametrize("name", ["kokoro", "espeak", "say"])
def test_a_sentence_without_words_is_refused(name: str, tmp_path: Path) -> None:
    module = load("voice", name)
    with pytest.raises(InputError, match="nothing to say"):
        speak(module.Engine(module.Options()), tmp_path, "🚀 —")


def test_kokoro_sends_other_languages_to_espeak(tmp_path: Path) -> None:
    module = load("voice", "kokoro")
    with pytest.raises(InputError, match=r"speaks English only.*'de'.*espeak"):
        speak(module.Engine(module.Options()), tmp_path, "Der Mond.", language="de")
    with pytest.raises(InputError, match=r"cannot read.*espeak"):
        speak(module.Engine(module.Options()), tmp_path, "月亮正在离开我们")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("de", "Im Jahr 1999 waren es 3,8 km."),
        ("cmn", "月亮正在 离开我们。"),
        ("ar", "مرحبا بالعالم"),
        ("ru", "Привет, мир!"),
    ],
)
def test_espeak_speaks_the_scripts_language_and_times_its_words(language: str, sentence: str, tmp_path: Path) -> None:
    module = load("voice", "espeak")
    (utterance, _), *_ = speak(module.Engine(module.Options()), tmp_path, sentence, language=language)
    assert [word.text for word in utterance.words] == sentence.split()
    assert utterance.words[0].end > utterance.words[0].start


def test_espeak_goes_faster_when_told_to(tmp_path: Path) -> None:
    module = load("voice", "espeak")
    slow, fast = (
        speak(module.Engine(module.Options(words_per_minute=pace)), tmp_path, SENTENCE)[0][0].samples
        for pace in (120, 300)
    )
    assert slow > 1.6 * fast


def test_say_is_run_as_macos_wants_it(say_on_path: Path, tmp_path: Path) -> None:
    module = load("voice", "say")
    speak(module.Engine(module.Options(voice="Daniel", words_per_minute=200)), tmp_path / "assets", SENTENCE)
    seen = json.loads(Path(f"{say_on_path}.json").read_text())
    out, text = seen["arguments"][5], seen["arguments"][-1]
    assert seen["arguments"] == [
        *("-v", "Daniel", "-r", "200", "-o", out, "--file-format=WAVE", "--data-format=LEI16@22050", "-f", text)
    ]
    assert out.endswith(".wav")
    assert seen["text"] == "It slips three point eight centimeters, away."
    assert not list((tmp_path / "assets" / "tmp").iterdir())


@pytest.mark.parametrize(
    ("voice", "kind", "message"),
    [
        ("Broken", TryLaterError, "ended with code 1: Voice `Broken' not found"),
        ("Mute", NeverWorksError, "wrote no recording"),
        ("Silent", NeverWorksError, "is silent"),
    ],
)
def test_say_never_gives_silence_or_nothing(
    voice: str, kind: type[Exception], message: str, say_on_path: Path, tmp_path: Path
) -> None:
    module = load("voice", "say")
    assert say_on_path.exists()
    with pytest.raises(kind, match=message):
        speak(module.Engine(module.Options(voice=voice)), tmp_path / "assets", SENTENCE)


def test_cancelling_ends_say_and_leaves_no_file(say_on_path: Path, tmp_path: Path) -> None:
    module = load("voice", "say")
    assert say_on_path.exists()

    async def main() -> None:
        context = PlainContext(FileAssets(tmp_path / "assets"))
        with anyio.move_on_after(0.5):
            await context.step(module.Engine(module.Options(voice="Asleep")).speak, SENTENCE)

    anyio.run(main)
    assert not list((tmp_path / "assets" / "tmp").iterdir())


def test_say_that_is_not_there_needs_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    module = load("voice", "say")
    with pytest.raises(NeedsPersonError, match="'say' cannot be run"):
        speak(module.Engine(module.Options()), tmp_path / "assets", SENTENCE)
    (finding,) = module.Engine(module.Options()).check()
    assert not finding.ok


def test_a_voice_of_say_cannot_be_an_option_of_its_command_line() -> None:
    module = load("voice", "say")
    with pytest.raises(ValueError, match="voice"):
        module.Options(voice="-f/etc/passwd")
