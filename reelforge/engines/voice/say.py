"""``say``: the voices of macOS. They come with the system; word times do not, so the aligner finds them."""

from __future__ import annotations

import difflib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from reelforge.domain.asset import Provenance
from reelforge.domain.cues import Utterance
from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext, step
from reelforge.domain.value import Value
from reelforge.engines.voice import takes
from reelforge.engines.voice.command import run_command
from reelforge.engines.voice.spoken import VERSION, Token, sayable
from reelforge.errors import NeverWorksError
from reelforge.sound.files import read

_LIMIT_SECONDS: Final = 120.0
_LIST_SECONDS: Final = 10.0
_LISTED: Final = 12
_VOICE_LINE: Final = re.compile(r"^(\S.*?)\s+[a-z]{2,3}[_-][A-Za-z0-9_]+\s+#", re.MULTILINE)
"""``Samantha            en_US    # Hello! …``; names may hold spaces."""
_NATURAL_WORDS_PER_MINUTE: Final = 180


class Options(Value):
    """``voice``: a name from ``say -v '?'``. ``words_per_minute`` 80–450."""

    voice: str = Field(default="Samantha", min_length=1, pattern=r"^[^-]")
    words_per_minute: int = Field(default=180, ge=80, le=450)


def say_command(options: Options, text: Path, out: Path) -> list[str]:
    """The command line: 16-bit 22.05 kHz WAV from a text file."""
    return [
        "say",
        "-v",
        options.voice,
        "-r",
        str(options.words_per_minute),
        "-o",
        str(out),
        "--file-format=WAVE",
        "--data-format=LEI16@22050",
        "-f",
        str(text),
    ]


class Engine:
    """Fulfils :class:`reelforge.engines.voice.VoiceEngine`."""

    name = "say"

    def __init__(self, options: Options) -> None:
        self.voice = options.voice
        self._options = options

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"name": self.name, "spoken": VERSION, **self._options.model_dump(mode="json")}

    @step(slot="voice", version=2)
    async def speak(self, context: StepContext, sentence: str, language: str = "en") -> Utterance:
        tokens = takes.words_to_say(sentence, language)
        with context.assets.temporary(".txt") as text, context.assets.temporary(".wav") as out:
            await context.in_thread(text.write_text, _plain(tokens), "utf-8")
            await run_command(say_command(self._options, text, out), limit=_LIMIT_SECONDS)
            utterance: Utterance = await context.in_thread(self._take, context, sentence, tokens, out)
        return utterance

    def check(self, language: str = "en") -> Iterable[Finding]:  # noqa: ARG002 - macOS tells no voice's language here
        if shutil.which("say") is not None:
            yield _voice_finding(self.voice)
        elif sys.platform == "darwin":
            yield Finding(
                subject="say's voice", ok=False, sentence="say is not on the PATH.", remedy="Add /usr/bin to the PATH."
            )
        else:
            yield Finding(
                subject="say's voice",
                ok=False,
                sentence="The voice engine say is only on macOS.",
                remedy='Choose another: `engine = "kokoro"`.',
            )

    async def aclose(self) -> None:
        """Nothing outlives a sentence."""

    def _take(self, context: StepContext, sentence: str, tokens: tuple[Token, ...], out: Path) -> Utterance:
        context.check_cancelled()
        if not out.is_file():
            raise NeverWorksError(f"say wrote no recording of “{sentence}”.", remedy="See `say -v '?'` for its voices.")
        samples, rate = read(out)
        pauses = takes.pauses_in(tokens)
        pace = self._options.words_per_minute / _NATURAL_WORDS_PER_MINUTE
        if found := takes.flaw(samples, rate, takes.sounds_in(tokens), pauses=pauses, speed=pace):
            raise NeverWorksError(f"say's recording of “{sentence}” {found}.", remedy="Put the sentence another way.")
        kept, _ = takes.trimmed(samples, rate)
        provenance = Provenance(source=self.name, title="Narration", model=f"macOS say, voice {self.voice}")
        return takes.keep(context.assets, sentence, kept, rate, (), provenance)


def _voice_finding(voice: str) -> Finding:
    """Whether say knows the voice. Blocking."""
    subject = "say's voice"
    try:
        listed = subprocess.run(["say", "-v", "?"], capture_output=True, timeout=_LIST_SECONDS, check=True).stdout
    except (OSError, subprocess.SubprocessError) as problem:
        return Finding(
            subject=subject,
            ok=False,
            sentence=f"The macOS program say does not list its voices: {problem}.",
            remedy="Run `say -v '?'` and see what it says.",
        )
    known = _VOICE_LINE.findall(listed.decode("utf-8", "replace"))
    if voice.casefold() in map(str.casefold, known):
        return Finding(subject=subject, ok=True, sentence=f"The macOS program say has the voice {voice}.")
    near = difflib.get_close_matches(voice, known, n=1)
    among = ", ".join(known[:_LISTED]) + (" …" if len(known) > _LISTED else "")
    return Finding(
        subject=subject,
        ok=False,
        sentence=f"The macOS program say has no voice called {voice!r}.",
        remedy=f"Did you mean {near[0]!r}?" if near else f"There are: {among or 'none'}.",
    )


def _plain(tokens: tuple[Token, ...]) -> str:
    """What say reads; its embedded commands ``[[…]]`` are taken out of a script's own text."""
    return sayable(tokens).replace("[[", " ").replace("]]", " ")
