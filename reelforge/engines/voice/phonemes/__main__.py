"""The helper program: one JSON request a line on standard input, one JSON answer a line on standard output.

Requests: ``{"op": "phonemes", "voice", "words": [..], "pauses": [..]}`` gives ``{"ipa": [..]}``, one entry a word;
``{"op": "speak", "voice", "text", "words_per_minute", "pitch"}`` gives ``{"rate", "pcm": base64 of 16-bit
little-endian mono, "words": [[first character, length, sample], ..]}``; ``{"op": "voices"}`` gives
``{"voices": [..]}``. A request that cannot be met gets ``{"error": kind, "message": ..}``; the program ends when its
input does.
"""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

from reelforge.engines.voice.phonemes.letters import with_letter_names
from reelforge.engines.voice.phonemes.library import EspeakLibrary, NoSuchVoiceError
from reelforge.engines.voice.phonemes.mapping import share


def _phonemes(espeak: EspeakLibrary, request: dict[str, Any]) -> dict[str, Any]:
    espeak.choose(request["voice"])
    words = with_letter_names(request["words"], request["voice"])
    sentence = " ".join(word + pause for word, pause in zip(words, request["pauses"], strict=True))
    groups = [group for clause in espeak.ipa(sentence) for group in clause.split()]
    alone = ["".join("".join(espeak.ipa(word)).split()) for word in words]
    return {"ipa": share(groups, alone)}


def _speak(espeak: EspeakLibrary, request: dict[str, Any]) -> dict[str, Any]:
    espeak.choose(request["voice"])
    pcm, words = espeak.speak(request["text"], request["words_per_minute"], request["pitch"])
    return {"rate": espeak.rate, "pcm": base64.b64encode(pcm).decode("ascii"), "words": words}


def _voices(espeak: EspeakLibrary, _request: dict[str, Any]) -> dict[str, Any]:
    return {"voices": espeak.languages()}


_OPERATIONS = {"phonemes": _phonemes, "speak": _speak, "voices": _voices}


def main() -> None:
    """Answer requests until standard input ends."""
    espeak, problem = _open()
    for line in sys.stdin.buffer:
        if espeak is None:
            _answer({"error": "library", "message": problem})
            continue
        request = json.loads(line)
        try:
            _answer(_OPERATIONS[request["op"]](espeak, request))
        except NoSuchVoiceError as unknown:
            _answer({"error": "voice", "message": str(unknown), "voices": espeak.languages()})


def _open() -> tuple[EspeakLibrary | None, str]:
    try:
        return EspeakLibrary(), ""
    except (OSError, RuntimeError) as problem:
        return None, str(problem)


def _answer(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
