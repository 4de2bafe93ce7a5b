"""The helper program with Piper in it: ``PYTHON piper_program VOICE.onnx``, where PYTHON has ``piper-tts`` installed.

Piper is under the GPL, version 3, and is neither part of ReelForge nor loaded into it: this file alone imports it, runs
in a process and a Python of its own, and imports nothing of ours. One JSON request a line comes in, one answer a line
goes out.

``{"op": "speak", "words": [..], "pauses": [..], "speed": 1.0, …}`` gives ``{"rate", "pcm": base64 of 16-bit
little-endian mono, "pieces": [[[phoneme, samples], ..], ..], "alone": [..]}``: for each stretch of sound its phonemes
with how long each lasts (none when the voice cannot tell), and each word's phonemes when it is said alone.
What cannot be done gets ``{"error": kind, "message": ..}``; the program ends when its input does.
"""

from __future__ import annotations

import base64
import json
import sys
from typing import Any


def main() -> None:
    """Answer requests until standard input ends."""
    voice, error = _open(sys.argv[1])
    for line in sys.stdin:
        if voice is None:
            _answer(error)
            continue
        request = json.loads(line)
        try:
            _answer(_speak(voice, request))
        except (RuntimeError, ValueError, OSError) as problem:
            _answer({"error": "speak", "message": str(problem)})


def _open(path: str) -> tuple[Any, dict[str, str]]:
    try:
        from piper import PiperVoice  # type: ignore[import-not-found]  # noqa: PLC0415  # it is in this program's Python
    except ImportError as problem:
        return None, {"error": "piper", "message": str(problem)}
    try:
        return PiperVoice.load(path, include_alignments=True), {}
    except Exception as problem:  # noqa: BLE001  # a damaged model raises whatever its reader raises; it is told
        return None, {"error": "voice", "message": str(problem)}


def _speak(voice: Any, request: dict[str, Any]) -> dict[str, Any]:
    from piper import SynthesisConfig  # noqa: PLC0415  # likewise

    shape = {key: request.get(key) for key in ("speaker_id", "noise_scale", "noise_w_scale")}
    scale = voice.config.length_scale / request["speed"]
    words, pauses = request["words"], request["pauses"]
    text = " ".join(word + pause for word, pause in zip(words, pauses, strict=True))
    pcm, pieces = b"", []
    for chunk in voice.synthesize(text, SynthesisConfig(length_scale=scale, **shape), include_alignments=True):
        pcm += chunk.audio_int16_bytes
        pieces.append([[one.phoneme, int(one.num_samples)] for one in chunk.phoneme_alignments or ()])
    timed = bool(pieces) and all(pieces)
    return {
        "rate": voice.config.sample_rate,
        "pcm": base64.b64encode(pcm).decode("ascii"),
        "pieces": pieces if timed else [],
        "alone": [_alone(voice, word) for word in words] if timed else [],
    }


def _alone(voice: Any, word: str) -> str:
    return "".join(phoneme for sentence in voice.phonemize(word) for phoneme in sentence)


def _answer(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
