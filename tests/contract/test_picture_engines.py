"""What every picture engine promises, and what the gatherer makes of them together."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import numpy as np
import pytest
from PIL import Image

from reelforge import engines
from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext
from reelforge.domain.picture import Picture, PictureRequest, Pictures
from reelforge.domain.script import Scene, Script
from reelforge.engines.picture import Found, PictureEngine, backdrop, folder
from reelforge.engines.picture.gather import Gatherer
from reelforge.errors import InputError, NeedsPersonError, ReelForgeError, TryLaterError
from reelforge.jobs.plain import PlainContext
from reelforge.store.assets import FileAssets

SMALL = (216, 384)


def photo(path: Path, seed: int = 0, size: tuple[int, int] = (360, 480)) -> Path:
    rng = np.random.default_rng([seed, *path.name.encode()])
    Image.fromarray(rng.integers(0, 255, (8, 6, 3), dtype=np.uint8)).resize(size).save(path, "JPEG")
    return path


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A channel's folder with four pictures."""
    place = tmp_path / "pictures"
    place.mkdir()
    for name in ("full_moon.jpg", "ocean-tides.jpg", "apollo17.jpg", "IMG_0042.jpg"):
        photo(place / name)
    return place


@pytest.fixture
def context(tmp_path: Path) -> PlainContext:
    return PlainContext(FileAssets(tmp_path / "assets"))


def make(name: str, place: Path) -> PictureEngine:
    module = engines.load("picture", name)
    engine: PictureEngine = module.Engine(module.Options(**({"folder": str(place)} if name == "folder" else {})))
    return engine


def find(engine: PictureEngine, context: PlainContext, narration: str = "The tide.", **values: Any) -> Picture | None:
    request = PictureRequest(**{"scene": 0, "narration": narration, "size": SMALL, **values})
    return anyio.run(lambda: engine.find(context, request)).picture


def gather(gatherer: Gatherer, context: StepContext, *scenes: Scene, **values: Any) -> Pictures:
    script = Script(title="T", scenes=scenes)
    return anyio.run(lambda: gatherer.gather(context, script, **{"size": SMALL, "palette": (), "seed": 0, **values}))


def shas(found: Pictures) -> list[str]:
    return [picture.asset.sha256 for picture in found.pictures]


def test_these_picture_engines_are_found_by_name() -> None:
    assert engines.names("picture") == ("backdrop", "folder")


@pytest.mark.parametrize("name", engines.names("picture"))
def test_every_engine_gives_a_stored_upright_rgb_picture_and_says_what_it_is(
    name: str, pictures: Path, context: PlainContext
) -> None:
    engine = make(name, pictures)
    found = find(engine, context)
    assert found is not None
    with Image.open(context.assets.path(found.asset)) as image:
        assert (image.mode, image.size) == ("RGB", (found.width, found.height))
        assert found.asset.media_type == Image.MIME[image.format or ""]
    assert found.engine == name == engine.name == engine.identity["engine"]
    assert found.asset.provenance is not None
    assert all(0 <= part <= 1 for part in found.focus)
    assert [finding.ok for finding in engine.check()] == [True]


@pytest.mark.parametrize("name", engines.names("picture"))
def test_every_engine_answers_the_same_request_with_the_same_picture(
    name: str, pictures: Path, context: PlainContext
) -> None:
    assert find(make(name, pictures), context) == find(make(name, pictures), context)


@pytest.mark.parametrize("name", engines.names("picture"))
def test_every_engine_gives_another_picture_than_those_to_avoid(
    name: str, pictures: Path, context: PlainContext
) -> None:
    engine, avoid = make(name, pictures), list[str]()
    for _ in range(4):
        found = find(engine, context, avoid=tuple(avoid))
        assert found is not None
        assert found.asset.sha256 not in avoid
        avoid.append(found.asset.sha256)


@pytest.mark.parametrize(
    ("narration", "visual", "name"),
    [
        ("The Moon is leaving us.", "", "full_moon"),
        ("The oceans tug at it.", "", "ocean-tides"),
        ("Something else.", "an Apollo astronaut", "apollo17"),
        ("The Moon above.", "a stormy ocean", "ocean-tides"),
    ],
)
def test_the_folder_gives_the_picture_whose_name_fits_the_scene(
    pictures: Path, context: PlainContext, narration: str, visual: str, name: str
) -> None:
    found = find(make("folder", pictures), context, narration, visual=visual)
    assert found is not None
    assert context.assets.path(found.asset).read_bytes() == (pictures / f"{name}.jpg").read_bytes()


def test_the_folder_knows_a_picture_by_the_words_beside_it_too(pictures: Path, context: PlainContext) -> None:
    (pictures / "credits.toml").write_text('["IMG_0042.jpg"]\ntitle = "A lighthouse"\nwords = ["storm"]\n')
    found = find(make("folder", pictures), context, "The lighthouse keeper slept.")
    assert found is not None
    assert found.asset.provenance is not None
    assert found.asset.provenance.title == "A lighthouse"


def test_the_folder_has_nothing_when_all_are_used_or_there_is_none(pictures: Path, context: PlainContext) -> None:
    every = tuple(FileAssets(pictures / ".x").add_file(p, "image/jpeg").sha256 for p in pictures.glob("*.jpg"))
    assert find(make("folder", pictures), context, avoid=every) is None
    gone = make("folder", pictures / "gone")
    assert find(gone, context) is None
    (finding,) = gone.check()
    assert (finding.ok, finding.optional) == (False, True)
    assert "gone" in finding.subject


def test_files_that_cannot_be_read_are_passed_over(pictures: Path, context: PlainContext) -> None:
    (pictures / "tide.jpg").write_bytes(b"not a picture")
    (pictures / "tide2.toml").write_text("broken =")
    photo(pictures / "tide2.jpg")
    (pictures / "tide.mp4").write_bytes(b"x")
    assert find(make("folder", pictures), context, "The tide.") is not None


def test_folders_inside_are_looked_into_only_when_asked(tmp_path: Path, context: PlainContext) -> None:
    (tmp_path / "p" / "inner").mkdir(parents=True)
    photo(tmp_path / "p" / "inner" / "a.jpg")
    place = str(tmp_path / "p")
    assert find(folder.Engine(folder.Options(folder=place)), context) is None
    assert find(folder.Engine(folder.Options(folder=place, recursive=True)), context) is not None


def test_a_script_gets_its_named_pictures_then_the_folders_then_backdrops(
    pictures: Path, tmp_path: Path, context: PlainContext
) -> None:
    named = photo(tmp_path / "named.jpg")
    scenes = [Scene(narration="First.", picture=str(named)), *(Scene(narration=f"Words {n}.") for n in range(6))]
    found = gather(Gatherer([make("folder", pictures)]), context, *scenes)
    assert [picture.engine for picture in found.pictures][:1] == ["person"]
    assert sorted(picture.engine for picture in found.pictures) == ["backdrop"] * 2 + ["folder"] * 4 + ["person"]
    assert len(set(shas(found))) == 7


def test_the_folders_own_copy_of_a_named_picture_is_not_shown_again(pictures: Path, context: PlainContext) -> None:
    named = Scene(narration="The full Moon.", picture=str(pictures / "full_moon.jpg"))
    found = gather(Gatherer([make("folder", pictures)]), context, Scene(narration="The full Moon."), named)
    assert len(set(shas(found))) == 2
    assert found.pictures[1].engine == "person"


def test_of_two_scenes_the_one_a_picture_fits_keeps_it(tmp_path: Path, context: PlainContext) -> None:
    (tmp_path / "one").mkdir()
    photo(tmp_path / "one" / "eclipse.jpg")
    scenes = Scene(narration="Something else."), Scene(narration="Enjoy the eclipse.")
    found = gather(Gatherer([make("folder", tmp_path / "one")]), context, *scenes)
    assert [picture.engine for picture in found.pictures] == ["backdrop", "folder"]


def test_a_picture_named_twice_is_shown_twice(pictures: Path, context: PlainContext) -> None:
    scene = Scene(narration="The Moon.", picture=str(pictures / "full_moon.jpg"))
    assert len(set(shas(gather(Gatherer([]), context, scene, scene)))) == 1


def test_a_named_picture_that_is_no_picture_stops_the_reel_with_its_name(tmp_path: Path, context: PlainContext) -> None:
    (tmp_path / "a.jpg").write_bytes(b"no")
    with pytest.raises((InputError, ExceptionGroup)) as caught:
        gather(Gatherer([]), context, Scene(narration="x", picture=str(tmp_path / "a.jpg")))
    error = caught.value.exceptions[0] if isinstance(caught.value, ExceptionGroup) else caught.value
    assert isinstance(error, InputError)
    assert str(tmp_path / "a.jpg") in str(error)


def test_scenes_with_the_same_words_and_no_pictures_still_look_different(context: PlainContext) -> None:
    found = gather(Gatherer([]), context, *[Scene(narration="Again.")] * 3)
    assert len(set(shas(found))) == 3


class Slow:
    """Gives the pictures of a folder, answering in an order of its own."""

    name = "slow"

    def __init__(self, inner: PictureEngine, waits: Callable[[int], int]) -> None:
        self._inner = inner
        self._waits = waits

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"engine": self.name}

    async def find(self, context: StepContext, request: PictureRequest) -> Found:
        for _ in range(self._waits(request.scene)):
            await anyio.lowlevel.checkpoint()
        return await self._inner.find(context, request)

    def check(self) -> Iterable[Finding]:
        return ()

    async def aclose(self) -> None: ...


def test_which_picture_goes_where_does_not_depend_on_who_answers_first(pictures: Path, tmp_path: Path) -> None:
    scenes = [Scene(narration=f"The Moon and the tide, {n}.") for n in range(5)]

    def outcome(waits: Callable[[int], int], place: str) -> list[str]:
        engine = Slow(make("folder", pictures), waits)
        return shas(gather(Gatherer([engine]), PlainContext(FileAssets(tmp_path / place)), *scenes))

    assert outcome(lambda scene: 60 * scene, "a") == outcome(lambda scene: 60 * (5 - scene), "b")


class Failing(Slow):
    def __init__(self, error: ReelForgeError) -> None:
        self._error = error

    async def find(self, _context: StepContext, _request: PictureRequest) -> Found:
        raise self._error


def test_an_engine_that_is_down_or_mistaken_never_costs_a_reel_its_picture(context: PlainContext) -> None:
    for error in (TryLaterError("down"), InputError("wrong")):
        (picture,) = gather(Gatherer([Failing(error)]), context, Scene(narration="x")).pictures
        assert picture.engine == "backdrop"


def test_an_engine_that_needs_a_person_gets_one(context: PlainContext) -> None:
    with pytest.raises((NeedsPersonError, ExceptionGroup)) as caught:
        gather(Gatherer([Failing(NeedsPersonError("paid?"))]), context, Scene(narration="x"))
    assert "paid?" in repr(caught.value)


def test_there_is_a_step_for_every_scene(pictures: Path, tmp_path: Path) -> None:
    paths: set[str] = set()

    class Seen(PlainContext):
        async def step(self, work: Callable[..., Awaitable[Any]], *values: Any, name: str | None = None) -> Any:
            paths.add(name or work.__name__)
            return await super().step(work, *values, name=name)

    scenes = (Scene(narration="One.", picture=str(pictures / "full_moon.jpg")), Scene(narration="Two."))
    gather(Gatherer([make("folder", pictures)]), Seen(FileAssets(tmp_path / "assets")), *scenes)
    assert {"picture-01", "picture-02"} <= paths


def test_the_gatherers_identity_is_that_of_its_engines_and_it_always_ends_with_backdrops(pictures: Path) -> None:
    chosen = Gatherer([make("folder", pictures)]).identity["engines"]
    assert [engine["engine"] for engine in chosen] == ["folder", "backdrop"]
    own = backdrop.Engine(backdrop.Options(designs=("mesh",)))
    assert Gatherer([own]).identity["engines"] == [dict(own.identity)]
