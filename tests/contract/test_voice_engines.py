"""What every voice engine promises, held by the real ones.

Kokoro and espeak-ng speak themselves; OpenAI's and ElevenLabs' protocols are answered by a real server; ``say`` and
Piper's Python are programs that take what the real ones take and give tones.
"""

import json
import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest

from reelforge.domain.cues import SAMPLE_RATE, Utterance
from reelforge.domain.tokens import tokens
from reelforge.engines import load, names
from reelforge.errors import InputError, NeedsPersonError, NeverWorksError, TryLaterError
from reelforge.jobs.plain import PlainContext
from reelforge.sound.files import read
from reelforge.store.assets import FileAssets
from reelforge.testing.speech_server import serving, tones

SENTENCE = "It slips 3.8 cm — 🚀 away."
ALL = ("elevenlabs", "espeak", "kokoro", "openai", "piper", "say")
HOSTED = {"openai": {"voice": "Nora"}, "elevenlabs": {"voice": "nora1", "key_env": "VOICE_KEY"}}
SAY = """
import json, sys, numpy, soundfile
arguments = sys.argv[1:]
value = lambda flag: arguments[arguments.index(flag) + 1]
if value("-v") == "?":
    print("Samantha            en_US    # Hello! My name is Samantha.")
    print("Eddy (German (Germany)) de_DE    # Hallo! Ich heiße Eddy.")
    sys.exit(0)
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
PIPER = """
import json, os, sys, time, types
import numpy
print("a word on standard error", file=sys.stderr)
LETTER = 1536

class SynthesisConfig:
    def __init__(self, speaker_id=None, length_scale=None, noise_scale=None, noise_w_scale=None):
        self.length_scale = length_scale

class PiperVoice:
    @classmethod
    def load(cls, path, include_alignments=False):
        voice = cls()
        if open(path).read() == "damaged":
            raise RuntimeError("the model has no graph")
        voice.way = open(path).read()
        voice.config = types.SimpleNamespace(sample_rate=22050, length_scale=1.0)
        return voice

    def phonemize(self, text):
        return [[sign for sign in text if sign.isalpha() or sign in " .,"]]

    def synthesize(self, text, config, include_alignments=False):
        if self.way == "asleep":
            time.sleep(600)
        if self.way == "dies":
            os._exit(9)
        phonemes = ["^", *self.phonemize(text.replace("of the", "ofthe"))[0], "$"]
        sizes = [int(LETTER * config.length_scale) for _ in phonemes]
        loud = [0.0 if one in "^$ .," or self.way == "silent" else 0.3 for one in phonemes]
        amplitude = numpy.repeat(loud, sizes)
        wave = amplitude * numpy.sin(numpy.arange(len(amplitude)) / 18)
        yield types.SimpleNamespace(
            audio_int16_bytes=(wave * 32767).astype("<i2").tobytes(),
            phoneme_alignments=None if self.way == "untimed" else [
                types.SimpleNamespace(phoneme=one, num_samples=numpy.int64(size))
                for one, size in zip(phonemes, sizes)
            ],
        )
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


@pytest.fixture
def piper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Options for a Python with a package ``piper`` that has what the helper program uses of the real one."""
    package = tmp_path / "site" / "piper"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(PIPER)
    monkeypatch.setenv("PYTHONPATH", str(package.parent), prepend=os.pathsep)
    folder = tmp_path / "voices"
    folder.mkdir()
    for name in ("fine", "silent", "untimed", "asleep", "dies", "damaged"):
        (folder / f"{name}.onnx").write_text(name)
        (folder / f"{name}.onnx.json").write_text('{"espeak": {"voice": "en-us"}}')
    return {"voice": "fine", "voices_folder": str(folder), "python_path": sys.executable}


@pytest.fixture
def options(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What each engine needs to be told to work here."""

    def of(name: str) -> dict[str, Any]:
        if name == "say":
            request.getfixturevalue("say_on_path")
        if name == "elevenlabs":
            monkeypatch.setenv("VOICE_KEY", "voice-key-123456")
        found: dict[str, Any] = HOSTED.get(name, {})
        return request.getfixturevalue("piper") if name == "piper" else found

    return of


def speak(
    name: str, folder: Path, *sentences: str, language: str = "en", **options: Any
) -> list[tuple[Utterance, Any]]:
    """Each sentence's utterance and its samples, through one engine that is closed after."""
    module = load("voice", name)

    async def said(engine: Any) -> list[tuple[Utterance, Any]]:
        context = PlainContext(FileAssets(folder))
        try:
            spoken = [await context.step(engine.speak, sentence, language) for sentence in sentences]
        finally:
            await engine.aclose()
        return [(one, read(context.assets.path(one.audio))) for one in spoken]

    async def main() -> list[tuple[Utterance, Any]]:
        if name not in HOSTED:
            return await said(module.Engine(module.Options(**options)))
        async with serving() as server:
            return await said(module.Engine(module.Options(base_url=server.base_url, **options)))

    return anyio.run(main)


@pytest.fixture(scope="module")
def kokoro_take(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Utterance, Any]]:
    """Kokoro is heard once for all tests of this file: it is the slow one."""
    return speak("kokoro", tmp_path_factory.mktemp("kokoro"), SENTENCE, threads=2)


@pytest.fixture(params=ALL)
def take(request: pytest.FixtureRequest, tmp_path: Path, options: Any) -> Iterator[tuple[Utterance, Any]]:
    if request.param == "kokoro":
        yield request.getfixturevalue("kokoro_take")[0]
    else:
        yield speak(request.param, tmp_path / "assets", SENTENCE, **options(request.param))[0]


def test_every_engine_file_has_options_and_an_engine_of_its_own_name() -> None:
    assert names("voice") == ALL


@pytest.mark.parametrize("name", ALL)
def test_an_engine_has_its_name_an_identity_in_json_and_findings_in_sentences(name: str, options: Any) -> None:
    module = load("voice", name)
    engine = module.Engine(module.Options(**options(name)))
    assert engine.name == name
    assert json.loads(json.dumps(dict(engine.identity)))["name"] == name
    findings = list(engine.check())
    assert findings
    assert all(finding.sentence.endswith(".") and (finding.ok or finding.remedy) for finding in findings)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("elevenlabs", {"stability": 0.4}),
        ("espeak", {"pitch": 60}),
        ("kokoro", {"speed": 1.1}),
        ("openai", {"instructions": "Whisper."}),
        ("piper", {"speed": 1.1}),
        ("say", {"words_per_minute": 190}),
    ],
)
def test_what_changes_the_sound_changes_the_identity(name: str, other: dict[str, Any], options: Any) -> None:
    module, given = load("voice", name), options(name)
    plain, changed = (module.Engine(module.Options(**given, **more)).identity for more in ({}, other))
    assert plain != changed


def test_waiting_longer_or_another_place_of_the_same_voice_changes_no_identity(piper: dict[str, str]) -> None:
    module = load("voice", "elevenlabs")
    waits = [module.Options(voice="nora1", timeout=seconds, key_env=f"KEY_{seconds}") for seconds in (10, 20)]
    assert module.Engine(waits[0]).identity == module.Engine(waits[1]).identity
    module = load("voice", "piper")
    pythons = [module.Options(**{**piper, "python_path": path}) for path in ("/a", "/b")]
    assert module.Engine(pythons[0]).identity == module.Engine(pythons[1]).identity


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


@pytest.mark.parametrize("name", ALL)
def test_a_sentence_without_words_is_refused(name: str, tmp_path: Path, options: Any) -> None:
    with pytest.raises(InputError, match="nothing to say"):
        speak(name, tmp_path / "assets", "🚀 —", **options(name))


def test_kokoro_sends_other_languages_to_espeak(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"speaks English only.*'de'.*espeak"):
        speak("kokoro", tmp_path, "Der Mond.", language="de")
    with pytest.raises(InputError, match=r"cannot read.*espeak"):
        speak("kokoro", tmp_path, "月亮正在离开我们")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("de", "Im Jahr 1999 waren es 3,8 km."),
        ("zh", "月亮每年 离开我们3.8厘米。你呢？"),
        ("ja", "つきは、とおくへ いきます。"),
        ("ar", "مرحبا بالعالم"),
        ("ru", "Привет, мир!"),
    ],
)
def test_espeak_speaks_the_scripts_language_and_times_its_words(language: str, sentence: str, tmp_path: Path) -> None:
    (utterance, _), *_ = speak("espeak", tmp_path, sentence, language=language)
    assert [word.text for word in utterance.words] == list(tokens(sentence))
    starts = [word.start for word in utterance.words]
    assert starts == sorted(set(starts))
    assert utterance.words[0].end > utterance.words[0].start


def test_espeak_is_not_asked_for_japanese_in_chinese_characters(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"espeak-ng cannot read.*月"):
        speak("espeak", tmp_path, "月は とおい。", language="ja")


def test_espeak_goes_faster_when_told_to(tmp_path: Path) -> None:
    slow, fast = (speak("espeak", tmp_path, SENTENCE, words_per_minute=pace)[0][0].samples for pace in (120, 300))
    assert slow > 1.6 * fast


def test_say_is_run_as_macos_wants_it(say_on_path: Path, tmp_path: Path) -> None:
    speak("say", tmp_path / "assets", SENTENCE, voice="Daniel", words_per_minute=200)
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
    assert say_on_path.exists()
    with pytest.raises(kind, match=message):
        speak("say", tmp_path / "assets", SENTENCE, voice=voice)


@pytest.mark.parametrize("name", ["say", "piper"])
def test_cancelling_ends_the_program_and_leaves_no_file(name: str, options: Any, tmp_path: Path) -> None:
    module = load("voice", name)
    engine = module.Engine(module.Options(**{**options(name), "voice": {"say": "Asleep", "piper": "asleep"}[name]}))

    async def main() -> None:
        context = PlainContext(FileAssets(tmp_path / "assets"))
        with anyio.move_on_after(0.5) as scope:
            await context.step(engine.speak, SENTENCE)
        assert scope.cancelled_caught
        if name == "piper":
            assert engine._program._process is None
        await engine.aclose()

    anyio.run(main)
    assert not list((tmp_path / "assets" / "tmp").iterdir())


def test_say_that_is_not_there_needs_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    module = load("voice", "say")
    with pytest.raises(NeedsPersonError, match="'say' cannot be run"):
        speak("say", tmp_path / "assets", SENTENCE)
    (finding,) = module.Engine(module.Options()).check()
    assert not finding.ok


def test_a_voice_of_say_cannot_be_an_option_of_its_command_line() -> None:
    module = load("voice", "say")
    with pytest.raises(ValueError, match="voice"):
        module.Options(voice="-f/etc/passwd")


def test_check_tells_which_voices_say_has(say_on_path: Path) -> None:
    module = load("voice", "say")
    assert say_on_path.exists()

    def found(voice: str) -> Any:
        (finding,) = module.Engine(module.Options(voice=voice)).check()
        return finding

    assert found("samantha").ok
    assert found("Eddy (German (Germany))").ok
    assert "Did you mean 'Samantha'" in found("Samanta").remedy
    assert "There are: Samantha, Eddy (German (Germany))." in found("Zoe").remedy


def test_check_tells_that_espeak_does_not_speak_a_language() -> None:
    module = load("voice", "espeak")
    (good,), (bad,) = (list(module.Engine(module.Options(voice=voice)).check()) for voice in ("pt-br", "xq-br"))
    assert good.ok
    assert not bad.ok
    assert "no voice for 'xq-br'" in bad.sentence
    assert bad.remedy


def test_an_openai_answer_in_any_format_is_the_same_speech(tmp_path: Path) -> None:
    for form in ("wav", "pcm", "flac", "mp3"):
        ((utterance, (samples, _)),) = speak("openai", tmp_path, "Tides rise.", voice="Nora", form=form)
        truth, _ = tones("Tides rise.")
        heard = np.flatnonzero(np.abs(truth) > 0.01)
        assert utterance.words == ()
        assert utterance.samples == len(samples)
        assert abs(utterance.samples / SAMPLE_RATE - (np.ptp(heard) / 24_000 + 0.12)) < 0.02


@pytest.mark.parametrize("form", ["mp3_44100_128", "mp3_22050_32", "pcm_24000", "pcm_44100"])
def test_elevenlabs_words_begin_where_their_tones_do(form: str, tmp_path: Path, options: Any) -> None:
    ((utterance, _),) = speak("elevenlabs", tmp_path, SENTENCE, **options("elevenlabs"), form=form)
    _, times = tones("It slips three point eight centimeters, away.")
    begins = [
        at for number, (sign, at, _) in enumerate(times) if sign != " " and (not number or times[number - 1][0] == " ")
    ]
    true = [begins[0], begins[1], begins[2], begins[5], begins[6]]
    told = [word.start / SAMPLE_RATE for word in utterance.words if word.text not in {"—", "🚀"}]
    assert told == pytest.approx([at - true[0] + 0.03 for at in true], abs=0.012)
    assert {word.source for word in utterance.words} == {"native"}


def test_piper_times_words_that_run_together(tmp_path: Path, piper: dict[str, str]) -> None:
    ((utterance, _),) = speak("piper", tmp_path / "assets", "Most of the sea.", **piper)
    letter = 1536 * SAMPLE_RATE / 22_050
    # most, then (with the space before) of, the without one, and sea
    expected = [0, 4, 7, 10]
    lead = 0.03 * SAMPLE_RATE
    assert [word.start - lead for word in utterance.words] == pytest.approx(
        [letter * place for place in expected], abs=0.02 * SAMPLE_RATE
    )
    sea = utterance.words[-1]
    assert sea.end - sea.start == pytest.approx(4 * letter, abs=0.02 * SAMPLE_RATE)


def test_a_piper_voice_without_durations_leaves_the_words_to_the_aligner(tmp_path: Path, piper: dict[str, str]) -> None:
    ((utterance, _),) = speak("piper", tmp_path / "assets", SENTENCE, **{**piper, "voice": "untimed"})
    assert utterance.words == ()


@pytest.mark.parametrize(
    ("voice", "kind", "message"),
    [
        ("silent", TryLaterError, "is silent"),
        ("dies", TryLaterError, "Piper helper died while it was asked"),
        ("damaged", NeedsPersonError, "cannot be opened: the model has no graph"),
        ("fin", InputError, "no Piper voice 'fin'.*Did you mean 'fine'"),
        ("zzz", InputError, "There are: asleep, damaged"),
    ],
)
def test_piper_says_in_a_sentence_why_it_cannot_speak(
    voice: str, kind: type[Exception], message: str, tmp_path: Path, piper: dict[str, str]
) -> None:
    with pytest.raises(kind, match=message):
        speak("piper", tmp_path / "assets", SENTENCE, **{**piper, "voice": voice})


def test_piper_refuses_a_script_of_another_language(tmp_path: Path, piper: dict[str, str]) -> None:
    with pytest.raises(InputError, match="speaks 'en-us', and the script's language is 'de'"):
        speak("piper", tmp_path / "assets", "Der Mond.", language="de", **piper)


def test_piper_that_is_not_installed_needs_a_person_who_is_told_how(
    tmp_path: Path, piper: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = load("voice", "piper")
    nowhere = {**piper, "python_path": str(tmp_path / "nowhere")}
    with pytest.raises(NeedsPersonError, match=r"Piper helper cannot be run.*pip install"):
        speak("piper", tmp_path / "assets", SENTENCE, **nowhere)
    program, voice = module.Engine(module.Options(**nowhere)).check()
    assert (program.ok, voice.ok) == (False, True)
    assert "pip install" in program.remedy
    monkeypatch.delenv("PYTHONPATH")
    with pytest.raises(NeedsPersonError, match=r"Piper is not installed in .*No module named 'piper'"):
        speak("piper", tmp_path / "assets", SENTENCE, **piper)


@pytest.mark.parametrize("voice", ["../fine", "-x", "a/b"])
def test_a_piper_voice_is_a_name_and_no_path(voice: str, piper: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="voice"):
        load("voice", "piper").Options(**{**piper, "voice": voice})
