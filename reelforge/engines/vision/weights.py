"""Networks that travel with ReelForge, opened in ONNX Runtime; ``config/vision/PROVENANCE.md`` says whose they are."""

from __future__ import annotations

import ctypes
import hashlib
import os
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from reelforge import resources
from reelforge.errors import NeedsPersonError

REINSTALL: Final = "Install ReelForge's packages again: `pip install --force-reinstall reelforge`."


class Weights(Struct, frozen=True):
    """A file of ``config/vision`` by its name, and the SHA-256 of what it must hold."""

    file: str
    sha256: str

    @property
    def path(self) -> Path:
        return resources.folder("config") / "vision" / self.file

    def fault(self) -> str:
        """What is wrong with the file, as a sentence; empty when it is whole."""
        try:
            self.read()
        except NeedsPersonError as error:
            return error.message
        return ""

    def read(self) -> bytes:
        """The file's bytes. Raises NeedsPersonError when it is missing or damaged."""
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise NeedsPersonError(
                f"The network {self.path} cannot be read ({(error.strerror or type(error).__name__).lower()}).",
                remedy=REINSTALL,
            ) from error
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise NeedsPersonError(f"The network {self.path} is damaged: its checksum is wrong.", remedy=REINSTALL)
        return data


class Network:
    """Weights opened at their first use, and shared; safe to call from several threads.

    A ``frugal`` one is for a network that needs much memory while it runs: it takes a third less and a quarter longer,
    and calls wait for each other.
    """

    def __init__(self, weights: Weights, *, frugal: bool = False) -> None:
        self._weights = weights
        self._frugal = frugal
        self._opening = threading.Lock()
        self._turn: AbstractContextManager[Any] = threading.Lock() if frugal else nullcontext()
        self._session: Any = None

    def run(self, outputs: tuple[str, ...], inputs: Mapping[str, NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        """The named outputs. Raises NeedsPersonError when the weights are missing or damaged."""
        session = self._opened()
        with self._turn:
            found: list[NDArray[np.float32]] = session.run(list(outputs), dict(inputs))
            if self._frugal:
                _give_back()
        return found

    def close(self) -> None:
        """Give the memory back; a later call opens the network again."""
        with self._opening:
            self._session = None

    def _opened(self) -> Any:
        with self._opening:
            if self._session is None:
                self._session = _open(self._weights.read(), frugal=self._frugal)
            return self._session


def _give_back() -> None:
    """Hand memory that was freed back to the system, which glibc else keeps: 150 MB for each thread that ever ran."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _open(data: bytes, *, frugal: bool) -> Any:
    # From 1.31 on it otherwise keeps a database of its use in the user's home, and sends it where it can.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime  # noqa: PLC0415 - a third of a second that only looking needs

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False  # it would keep what it took
    if frugal:  # without layouts of the processor's own
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
