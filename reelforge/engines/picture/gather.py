"""The pictures of a whole script: those it names, else what the channel's engines find, else a drawn backdrop.

All scenes are looked after at once, each knowing only which pictures the script names. When several scenes were given
the same picture, the one it fits best keeps it (the first of equals); the others are asked again, in the scenes' order,
with the ones already taken ruled out. So the result does not depend on which answer came first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from reelforge.domain.job import Handle, StepContext, step
from reelforge.domain.picture import Picture, PictureRequest, Pictures
from reelforge.domain.script import Script
from reelforge.domain.sight import Sight
from reelforge.engines.picture import Found, PictureEngine, backdrop
from reelforge.engines.picture.intake import fetch_named
from reelforge.engines.vision import VisionEngine
from reelforge.errors import NeverWorksError, TryLaterError

log = structlog.get_logger(__name__)


class Gatherer:
    """Asks ``engines`` in order. A backdrop engine is added at the end, so that no Reel fails for want of a picture.

    ``vision`` looks at what was found; drawn backdrops have nothing to be seen in them.
    """

    def __init__(self, engines: Sequence[PictureEngine], vision: VisionEngine | None = None) -> None:
        self._vision = vision
        drawn = any(engine.name == backdrop.Engine.name for engine in engines)
        self._engines = (*engines, *(() if drawn else (backdrop.Engine(backdrop.Options()),)))

    @property
    def identity(self) -> Mapping[str, Any]:
        vision = dict(self._vision.identity) if self._vision else None
        engines = [dict(engine.identity) for engine in self._engines]
        return {"part": "gatherer", "version": 2, "engines": engines, "vision": vision}

    @step(version=1, tries=1, scope="job")
    async def gather(
        self,
        context: StepContext,
        script: Script,
        palette: tuple[str, ...] = (),
        seed: int = 0,
        size: tuple[int, int] = (1080, 1920),
    ) -> Pictures:
        """One picture a scene. ``palette`` is the channel's colours, ``size`` the frame in pixels.

        Raises InputError when the script names a picture that cannot be used, and NeedsPersonError from an engine.
        """
        requests = [
            PictureRequest(
                scene=number,
                narration=scene.narration,
                visual=scene.visual,
                named=scene.picture,
                seed=seed,
                palette=palette,
                size=size,
            )
            for number, scene in enumerate(script.scenes)
        ]
        found = await self._named(context, requests)
        taken = tuple(dict.fromkeys(picture.asset.sha256 for picture in found.values()))
        rest = [request.model_copy(update={"avoid": taken}) for request in requests if request.scene not in found]
        async with context.together() as group:
            handles = [(request, group.step(self.provide, request, name=_name(request))) for request in rest]
        found |= await self._unlike(context, [(request, handle.value) for request, handle in handles], taken)
        return Pictures(pictures=await self._seen(context, [found[number] for number in range(len(requests))]))

    async def _seen(self, context: StepContext, pictures: Sequence[Picture]) -> tuple[Picture, ...]:
        """The pictures with what is to be seen in them; each is looked at once, however many scenes show it."""
        if self._vision is None:
            return tuple(pictures)
        shown = {picture.asset.sha256: picture.asset for picture in pictures if picture.engine != backdrop.Engine.name}
        async with context.together() as group:
            looks = {
                digest: group.step(self._vision.look, asset, name=f"look-{number}")
                for number, (digest, asset) in enumerate(shown.items(), start=1)
            }
        return tuple(
            _looked_at(picture, looks[picture.asset.sha256].value) if picture.asset.sha256 in looks else picture
            for picture in pictures
        )

    async def _named(self, context: StepContext, requests: Sequence[PictureRequest]) -> dict[int, Picture]:
        handles: list[tuple[int, Handle[Picture]]] = []
        async with context.together() as group:
            handles.extend(
                (request.scene, group.step(fetch_named, request.named, name=_name(request)))
                for request in requests
                if request.named is not None
            )
        return {scene: handle.value for scene, handle in handles}

    async def _unlike(
        self, context: StepContext, answers: Sequence[tuple[PictureRequest, Found]], taken: tuple[str, ...]
    ) -> dict[int, Picture]:
        """The pictures by scene, with doubles replaced."""
        found: dict[int, Picture] = {}
        used = dict.fromkeys(taken)
        doubles: list[PictureRequest] = []
        for request, answer in sorted(answers, key=lambda pair: -pair[1].fit):
            picture = _picture(answer, request)
            if picture.asset.sha256 in used:
                doubles.append(request)
            else:
                found[request.scene] = picture
                used[picture.asset.sha256] = None
        for request in sorted(doubles, key=lambda double: double.scene):
            fresh = request.model_copy(update={"avoid": tuple(used)})
            answer = await context.step(self.provide, fresh, name=f"{_name(request)}-again")
            picture = _picture(answer, request)
            found[request.scene] = picture
            used[picture.asset.sha256] = None
        return found

    @step(version=1, tries=1, scope="job")
    async def provide(self, context: StepContext, request: PictureRequest) -> Found:
        """The answer of the first engine that has a picture. An engine that fails is passed over with a warning."""
        for engine in self._engines:
            try:
                found: Found = await context.step(engine.find, request, name=engine.name)
            except (TryLaterError, NeverWorksError) as error:
                log.warning("picture_engine_failed", engine=engine.name, scene=request.scene + 1, reason=str(error))
                continue
            if found.picture is not None:
                return found
        return Found()

    async def aclose(self) -> None:
        for engine in self._engines:
            await engine.aclose()


def _looked_at(picture: Picture, sight: Sight) -> Picture:
    focus = picture.focus if sight.focus_on == "nothing" else sight.focus
    return picture.model_copy(update={"sight": sight, "focus": focus})


def _picture(answer: Found, request: PictureRequest) -> Picture:
    if answer.picture is None:
        raise NeverWorksError(
            f"No picture could be found or drawn for scene {request.scene + 1}.",
            remedy="Name one in the script with `<!-- picture: PATH -->`.",
        )
    return answer.picture


def _name(request: PictureRequest) -> str:
    return f"picture-{request.scene + 1:02}"
