"""The eyes that are always there: BlazeFace and U²-Net in ONNX Runtime, with weights that travel with ReelForge.

On one core a picture takes about 0.9 s, most of it for the subject's mask; nothing leaves the computer.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from pydantic import Field

from reelforge.domain.asset import AssetRef, Provenance
from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext, step
from reelforge.domain.sight import Sight, sighted
from reelforge.domain.value import Value
from reelforge.engines.picture.decode import read_reduced
from reelforge.engines.vision import blazeface, u2net
from reelforge.engines.vision.cutout import cut_out
from reelforge.engines.vision.weights import REINSTALL

VERSION: Final = 1
"""Raised when the same picture and options are seen otherwise."""


class Options(Value):
    """``smallest_face``: as a share of the picture's height. ``certainty``: the least confidence of a face, 0–1.

    ``faces`` and ``subject``: whether to look for them at all.
    """

    faces: bool = True
    subject: bool = True
    smallest_face: float = Field(default=0.03, ge=0.02, le=0.5)
    certainty: float = Field(default=0.58, ge=0.3, le=0.95)


class Engine:
    """Fulfils :class:`reelforge.engines.vision.VisionEngine`. The networks are opened at the first picture."""

    name = "onnx"

    def __init__(self, options: Options) -> None:
        self._options = options
        self._faces = blazeface.FaceFinder()
        self._subjects = u2net.SubjectFinder()

    @property
    def identity(self) -> Mapping[str, Any]:
        return {
            "engine": self.name,
            "version": VERSION,
            "blazeface": blazeface.WEIGHTS.sha256[:16],
            "u2netp": u2net.WEIGHTS.sha256[:16],
            **self._options.model_dump(mode="json"),
        }

    @step(slot="image", version=1)
    async def look(self, context: StepContext, picture: AssetRef) -> Sight:
        sight: Sight = await context.in_thread(self._look, context, picture)
        return sight

    def check(self) -> Iterable[Finding]:
        if importlib.util.find_spec("onnxruntime") is None:
            yield Finding(
                subject="vision onnx", ok=False, sentence="The package onnxruntime is not installed.", remedy=REINSTALL
            )
            return
        faults = [fault for weights in (blazeface.WEIGHTS, u2net.WEIGHTS) if (fault := weights.fault())]
        yield Finding(
            subject="vision onnx",
            ok=not faults,
            sentence=" ".join(faults) or "Its networks are there: BlazeFace for faces, U²-Net for subjects.",
            remedy=REINSTALL if faults else "",
        )

    async def aclose(self) -> None:
        self._faces.close()
        self._subjects.close()

    def _look(self, context: StepContext, picture: AssetRef) -> Sight:
        pixels = np.asarray(read_reduced(context.assets.path(picture), blazeface.PIXELS))
        options = self._options
        context.check_cancelled()
        faces = (
            self._faces.find(pixels, options.smallest_face, options.certainty, context.check_cancelled)
            if options.faces
            else ()
        )
        context.check_cancelled()
        subject = None
        if options.subject:
            provenance = Provenance(source=self.name, title="Mask of the subject", model="U²-Net small (u2netp)")
            size = (pixels.shape[1], pixels.shape[0])
            subject = cut_out(context.assets, self._subjects.find(pixels), size, provenance)
        return sighted(self.name, faces, subject)
