"""The eyes of macOS: Apple's Vision framework, which finds faces and lifts subjects on the Neural Engine.

It needs macOS 14 and the package ``pyobjc-framework-Vision``; both are looked for only when this engine is used.
Pictures are handed to it upright and in sRGB, as every engine here sees them.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import platform
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field

from reelforge.domain.asset import AssetRef, Provenance
from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext, step
from reelforge.domain.sight import DIGITS, Box, Face, Sight, Subject, sighted
from reelforge.domain.value import Value
from reelforge.engines.picture.decode import read_reduced
from reelforge.engines.vision.cutout import cut_out
from reelforge.errors import NeedsPersonError, NeverWorksError

VERSION: Final = 1
PIXELS: Final = 2_400_000
OLDEST: Final = 14
"""The first macOS that lifts subjects (VNGenerateForegroundInstanceMaskRequest)."""
PACKAGE: Final = "pyobjc-framework-Vision"
_EYES: Final = 0.4
"""Where in a face's box its eyes are, from the top."""
_READ_ONLY: Final = 1
_FORMATS: Final = {0x4C303066: "<f4", 0x4C303068: "<f2", 0x4C303038: "|u1"}
"""Core Video's one-component formats by their codes ``L00f``, ``L00h`` and ``L008``."""
_ENCODED_QUALITY: Final = 95


class Options(Value):
    """``smallest_face``: as a share of the picture's height. ``certainty``: the least confidence of a face, 0–1.

    ``faces`` and ``subject``: whether to look for them at all.
    """

    faces: bool = True
    subject: bool = True
    smallest_face: float = Field(default=0.03, ge=0.01, le=0.5)
    certainty: float = Field(default=0.5, ge=0, le=1)


class Engine:
    """Fulfils :class:`reelforge.engines.vision.VisionEngine`."""

    name = "apple"

    def __init__(self, options: Options) -> None:
        self._options = options

    @property
    def identity(self) -> Mapping[str, Any]:
        """The system's version stands for the weights, which come with it."""
        return {
            "engine": self.name,
            "version": VERSION,
            "macos": platform.mac_ver()[0],
            **self._options.model_dump(mode="json"),
        }

    @step(slot="image", version=1)
    async def look(self, context: StepContext, picture: AssetRef) -> Sight:
        sight: Sight = await context.in_thread(self._look, context, picture)
        return sight

    def check(self) -> Iterable[Finding]:
        missing, remedy = lack(sys.platform, platform.mac_ver()[0])
        yield Finding(
            subject="vision apple",
            ok=not missing,
            sentence=missing or "Apple's Vision framework is there.",
            remedy=remedy,
        )

    async def aclose(self) -> None:
        """Nothing is held open: the system keeps its networks."""

    def _look(self, context: StepContext, picture: AssetRef) -> Sight:
        missing, remedy = lack(sys.platform, platform.mac_ver()[0])
        if missing:
            raise NeedsPersonError(missing, remedy=remedy)
        image = read_reduced(context.assets.path(picture), PIXELS)
        context.check_cancelled()
        with importlib.import_module("objc").autorelease_pool():
            faces, likelihood = self._ask(image)
        subject: Subject | None = None
        if likelihood is not None:
            model = f"Apple Vision, macOS {platform.mac_ver()[0]}"
            provenance = Provenance(source=self.name, title="Mask of the subject", model=model)
            subject = cut_out(context.assets, likelihood, image.size, provenance)
        return sighted(self.name, faces, subject)

    def _ask(self, image: Image.Image) -> tuple[list[Face], NDArray[np.float32] | None]:
        vision, foundation = importlib.import_module("Vision"), importlib.import_module("Foundation")
        encoded = io.BytesIO()
        image.save(encoded, "JPEG", quality=_ENCODED_QUALITY, subsampling=0)
        data = foundation.NSData.dataWithBytes_length_(encoded.getvalue(), len(encoded.getvalue()))
        handler = vision.VNImageRequestHandler.alloc().initWithData_options_(data, None)
        options = self._options
        faces: list[Face] = []
        likelihood: NDArray[np.float32] | None = None
        if options.faces:
            for observation in _answers(handler, vision.VNDetectFaceRectanglesRequest.alloc().init()):
                area = observation.boundingBox()
                face = face_at(
                    area.origin.x, area.origin.y, area.size.width, area.size.height, observation.confidence()
                )
                if face.box.height >= options.smallest_face and face.confidence >= options.certainty:
                    faces.append(face)
        if options.subject:
            for observation in _answers(handler, vision.VNGenerateForegroundInstanceMaskRequest.alloc().init()):
                likelihood = _mask(observation, handler)
        return faces, likelihood


def lack(system: str, version: str) -> tuple[str, str]:
    """What keeps this engine from working on ``system`` (``sys.platform``) and macOS ``version``, and what to do; both
    are empty when nothing does.
    """
    other = 'Choose another: `engine = "onnx"`.'
    if system != "darwin":
        return "The vision engine apple is only on macOS.", other
    if not version or int(version.split(".", maxsplit=1)[0]) < OLDEST:
        return f"The vision engine apple needs macOS {OLDEST}; this is {version or 'an unknown version'}.", other
    if any(importlib.util.find_spec(module) is None for module in ("objc", "Foundation", "Quartz", "Vision")):
        return f"The package {PACKAGE} is not installed.", f"Install it: `pip install {PACKAGE}`."
    return "", ""


def face_at(left: float, bottom: float, width: float, height: float, confidence: float) -> Face:
    """A face where Vision says it is: in fractions, from the bottom left."""
    top = 1 - bottom - height
    x, y = (round(min(1.0, max(0.0, part)), DIGITS) for part in (left + width / 2, top + _EYES * height))
    box = Box.between(left, top, left + width, top + height)
    return Face(box=box, confidence=round(min(1.0, max(0.0, confidence)), DIGITS), eyes=(x, y))


def plane(data: bytes, code: int, width: int, height: int, stride: int) -> NDArray[np.float32]:
    """The (height, width) values, 0–1, of a pixel buffer of one component: its bytes, its format's code, the bytes of
    a row. Raises NeverWorksError for other formats.
    """
    kind = _FORMATS.get(code)
    if kind is None:
        raise NeverWorksError(f"Apple's Vision gave a mask in a format that is not known here ({code:#x}).")
    rows = np.frombuffer(data, np.uint8, count=height * stride).reshape(height, stride)
    item = np.dtype(kind)
    values = np.ascontiguousarray(rows[:, : width * item.itemsize]).view(item).astype(np.float32)
    return np.clip(values / 255 if kind == "|u1" else values, 0, 1)


def _answers(handler: Any, request: Any) -> Any:
    done, error = handler.performRequests_error_([request], None)
    if not done:
        raise NeverWorksError(f"Apple's Vision could not look at the picture: {_said(error)}.")
    return request.results() or ()


def _mask(observation: Any, handler: Any) -> NDArray[np.float32]:
    """All that was lifted from the picture, in one map of its size."""
    quartz = importlib.import_module("Quartz")
    buffer, error = observation.generateScaledMaskForImageForInstances_fromRequestHandler_error_(
        observation.allInstances(), handler, None
    )
    if buffer is None:
        raise NeverWorksError(f"Apple's Vision gave no mask of the subject it found: {_said(error)}.")
    quartz.CVPixelBufferLockBaseAddress(buffer, _READ_ONLY)
    try:
        height, stride = quartz.CVPixelBufferGetHeight(buffer), quartz.CVPixelBufferGetBytesPerRow(buffer)
        data = bytes(quartz.CVPixelBufferGetBaseAddress(buffer).as_buffer(height * stride))
        code = quartz.CVPixelBufferGetPixelFormatType(buffer)
        return plane(data, code, quartz.CVPixelBufferGetWidth(buffer), height, stride)
    finally:
        quartz.CVPixelBufferUnlockBaseAddress(buffer, _READ_ONLY)


def _said(error: Any) -> str:
    return str(error.localizedDescription()).rstrip(".") if error is not None else "it did not say why"
