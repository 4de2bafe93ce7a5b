"""A worker: one JSON request a line on standard input, one JSON answer a line on standard output.

The request is ``{"pcm": base64 of 16-bit little-endian mono at 16 kHz, "words": [[spelling, [phones, ..]], ..],
"loose": [..], "skips": [[from, to], ..], "open_end": bool, "judge": bool}`` (see :class:`.decoding.Graph`); the answer
``{"spans": [[word, first frame, end, score], ..]}``, with ``judge`` also ``{"free": score of each frame}``. When
pocketsphinx cannot be loaded every answer is ``{"error": why}``. The program ends when its input does.

Each request is answered by a fork of the freshly loaded program: a decoder keeps a trace of what it heard before, and
the same sound must always give the same times.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from typing import Any

from reelforge.engines.align.sphinx.decoding import Graph, Hearing, Spelled


def _answer(hearing: Hearing, request: dict[str, Any]) -> dict[str, Any]:
    pcm = base64.b64decode(request["pcm"])
    graph = Graph(
        [Spelled(spelling, phones) for spelling, phones in request["words"]],
        request["loose"],
        [(start, end) for start, end in request["skips"]],
        request["open_end"],
    )
    answer: dict[str, Any] = {"spans": hearing.lay(pcm, graph)}
    if request["judge"]:
        answer["free"] = hearing.likelihood(pcm)
    return answer


def main() -> None:
    """Answer requests until standard input ends."""
    hearing, problem = _open()
    for line in sys.stdin.buffer:
        child = os.fork()
        if child == 0:
            _say({"error": problem} if hearing is None else _answer(hearing, json.loads(line)))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            sys.exit(f"pocketsphinx died with status {status}")


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _open() -> tuple[Hearing | None, str]:
    try:
        return Hearing(), ""
    except (ImportError, RuntimeError, ValueError) as problem:
        return None, str(problem)


if __name__ == "__main__":
    main()
