"""The program that listens: one JSON request a line in, ``{"path": …}``, and one JSON answer a line out."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TextIO

from reelforge.engines.music.hearing.analysis import analyse
from reelforge.errors import InputError

_NICE = 5
"""Nobody waits for a track to be heard as for a picture or a word."""


def main(requests: TextIO, answers: TextIO) -> None:
    """Answer until the requests end."""
    for line in requests:
        try:
            found = analyse(Path(json.loads(line)["path"]))
            answer: dict[str, object] = {"analysis": found.model_dump(mode="json")}
        except InputError as error:
            answer = {"refused": error.message, "remedy": error.remedy}
        print(json.dumps(answer), file=answers, flush=True)  # that is how this program speaks


if __name__ == "__main__":
    os.nice(_NICE)
    spoken = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print must not stand between answers
    main(sys.stdin, spoken)
