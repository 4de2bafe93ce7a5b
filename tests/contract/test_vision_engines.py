"""What every vision engine promises, and what the one that is always there sees in pictures that are known."""

import importlib
import io
import os
import sys
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
from PIL import Image, ImageOps

from reelforge import engines
from reelforge.domain.asset import AssetRef
from reelforge.domain.sight import MIDDLE, Sight
from reelforge.engines.vision import VisionEngine, blazeface, u2net, weights
from reelforge.errors import InputError, NeedsPersonError
from reelforge.jobs.keys import step_key
from reelforge.jobs.plain import PlainContext
from reelforge.store.assets import FileAssets

PORTRAIT = Path(__file__).parent / "astronaut.jpg"
DEMO = Path(__file__).parents[2] / "demo"
FACE = (0.335, 0.14, 0.545, 0.345)
"""The portrait's face as a person would draw it: left, top, right, bottom."""
EYES = (0.44, 0.2)


def make(name: str, **options: Any) -> VisionEngine:
    module = engines.load("vision", name)
    engine: VisionEngine = module.Engine(module.Options(**options))
    return engine


HERE = [name for name in engines.names("vision") if all(finding.ok for finding in make(name).check())]
SEEING = [name for name in HERE if name != "none"]


@pytest.fixture
def context(tmp_path: Path) -> PlainContext:
    return PlainContext(FileAssets(tmp_path / "assets"))


@pytest.fixture(scope="module")
def onnx() -> VisionEngine:
    return make("onnx", subject=False)


@pytest.fixture(scope="module")
def seeing_all() -> VisionEngine:
    return make("onnx")


def keep(context: PlainContext, picture: Image.Image, form: str = "JPEG", **how: Any) -> AssetRef:
    data = io.BytesIO()
    picture.save(data, form, **({"quality": 92} if form == "JPEG" else {}), **how)
    return context.assets.add_bytes(data.getvalue(), Image.MIME[form])


def look(engine: VisionEngine, context: PlainContext, picture: Image.Image | AssetRef) -> Sight:
    asset = keep(context, picture) if isinstance(picture, Image.Image) else picture
    return anyio.run(engine.look, context, asset)


def portrait() -> Image.Image:
    return Image.open(PORTRAIT).convert("RGB")


def with_face(size: tuple[int, int], share: float, at: tuple[float, float]) -> Image.Image:
    """A sky and a field, and the portrait's head in it, its face ``share`` of the height, its middle ``at`` it."""
    height = size[1]
    scale = share * height / (0.205 * 400)
    head = portrait().crop((104, 4, 248, 180))
    head = head.resize((round(head.width * scale), round(head.height * scale)), Image.Resampling.LANCZOS)
    ground = Image.linear_gradient("L").resize(size)
    scene = ImageOps.colorize(ground, "#7fb2e5", "#3c6b2f")
    scene.paste(head, (round(at[0] * size[0] - 0.5 * head.width), round(at[1] * height - 0.53 * head.height)))
    return scene


def disc(size: tuple[int, int], centre: tuple[int, int], radius: int) -> Image.Image:
    """A bright, shaded ball before a dark ground."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    depth = np.clip(1 - ((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / radius**2, 0, 1) ** 0.5
    colour = np.array([225, 120, 40]) * (0.25 + 0.75 * depth[..., None])
    pixels = np.where(depth[..., None] > 0, colour, np.array([20, 26, 40]))
    return Image.fromarray(pixels.astype(np.uint8))


def test_these_vision_engines_are_found_by_name() -> None:
    assert engines.names("vision") == ("apple", "none", "onnx")
    assert {"none", "onnx"} <= set(HERE)


@pytest.mark.parametrize("name", HERE)
def test_every_engine_says_who_it_is_and_what_it_saw(name: str, context: PlainContext) -> None:
    engine = make(name)
    sight = look(engine, context, portrait())
    assert sight.engine == name == engine.name == engine.identity["engine"]
    assert Sight.model_validate_json(sight.model_dump_json()) == sight
    assert [finding.ok for finding in engine.check()] == [True]
    anyio.run(engine.aclose)


@pytest.mark.parametrize("name", HERE)
def test_every_engine_sees_the_same_picture_the_same_way_again(name: str, context: PlainContext) -> None:
    assert look(make(name), context, portrait()) == look(make(name), context, portrait())


@pytest.mark.parametrize("name", SEEING)
def test_every_seeing_engine_finds_the_face_and_looks_it_in_the_eyes(name: str, context: PlainContext) -> None:
    sight = look(make(name, subject=False), context, portrait())
    (face,) = sight.faces
    found = (face.box.x, face.box.y, face.box.right, face.box.bottom)
    assert np.abs(np.subtract(found, FACE)).max() < 0.05
    assert sight.focus_on == "faces"
    assert np.abs(np.subtract(sight.focus, EYES)).max() < 0.025
    assert face.head.y < 0.1


@pytest.mark.parametrize("name", SEEING)
def test_every_seeing_engine_cuts_out_the_subject_with_a_soft_edge(name: str, context: PlainContext) -> None:
    sight = look(make(name, faces=False), context, disc((900, 1600), (520, 600), 300))
    assert sight.subject is not None
    box = sight.subject.box
    left, top, right, bottom = (520 - 300) / 900, (600 - 300) / 1600, (520 + 300) / 900, (600 + 300) / 1600
    assert np.abs(np.subtract((box.x, box.y, box.right, box.bottom), (left, top, right, bottom))).max() < 0.03
    assert sight.focus == sight.subject.centre
    assert sight.focus_on == "subject"
    assert np.abs(np.subtract(sight.focus, (520 / 900, 600 / 1600))).max() < 0.02
    assert sight.mask == sight.subject.mask
    with Image.open(context.assets.path(sight.subject.mask)) as mask:
        assert (mask.format, mask.mode, mask.size) == ("PNG", "L", (288, 512))
        values = np.asarray(mask)
    assert values[192, 166] > 250
    assert values[:70].max() < 5
    soft = ((values > 20) & (values < 235)).mean()
    assert 0.002 < soft < 0.05


@pytest.mark.parametrize("name", SEEING)
def test_every_seeing_engine_refuses_what_is_no_picture_with_a_sentence(name: str, context: PlainContext) -> None:
    with pytest.raises(InputError, match="picture"):
        look(make(name), context, context.assets.add_bytes(b"not a picture", "image/jpeg"))
    cut = PORTRAIT.read_bytes()[:9_000]
    with pytest.raises(InputError, match="damaged or cut off"):
        look(make(name), context, context.assets.add_bytes(cut, "image/jpeg"))


def test_the_engine_none_sees_nothing_and_looks_at_the_middle(context: PlainContext) -> None:
    assert look(make("none"), context, portrait()) == Sight(focus=MIDDLE, focus_on="nothing", engine="none")


@pytest.mark.parametrize("size", [(1080, 1920), (1920, 1080), (1200, 1200)])
@pytest.mark.parametrize(("share", "at"), [(0.04, (0.12, 0.9)), (0.06, (0.8, 0.2)), (0.15, (0.5, 0.5))])
def test_faces_from_four_percent_of_the_height_are_found_wherever_they_are(
    onnx: VisionEngine, context: PlainContext, size: tuple[int, int], share: float, at: tuple[float, float]
) -> None:
    (face,) = look(onnx, context, with_face(size, share, at)).faces
    assert face.box.height == pytest.approx(share, rel=0.25)
    assert np.abs(np.subtract(face.box.centre, at)).max() < share * 0.6


def test_a_face_that_nearly_fills_the_picture_is_found(onnx: VisionEngine, context: PlainContext) -> None:
    close = portrait().crop((126, 40, 226, 145)).resize((1000, 1050), Image.Resampling.BICUBIC)
    (face,) = look(onnx, context, close).faces
    assert 0.6 < face.box.height <= 1


def test_of_two_faces_the_larger_counts_more(onnx: VisionEngine, context: PlainContext) -> None:
    scene = with_face((1200, 1200), 0.3, (0.25, 0.4))
    scene.paste(with_face((600, 1200), 0.1, (0.5, 0.8)).crop((150, 700, 500, 1200)), (800, 700))
    sight = look(onnx, context, scene)
    first, second = sight.faces
    assert first.box.centre[0] < 0.5 < second.box.centre[0]
    assert abs(sight.focus[0] - first.eyes[0]) < 0.3 * abs(second.eyes[0] - first.eyes[0])


@pytest.mark.parametrize("name", ["01_full_moon", "03_half_moon", "04_earth", "05_earth_and_moon", "06_apollo_17"])
def test_globes_and_landscapes_have_no_faces(onnx: VisionEngine, context: PlainContext, name: str) -> None:
    assert look(onnx, context, context.assets.add_file(DEMO / f"{name}.jpg", "image/jpeg")).faces == ()


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_picture_that_says_it_is_turned_is_seen_upright(
    onnx: VisionEngine, context: PlainContext, orientation: int
) -> None:
    wide = ImageOps.pad(portrait(), (600, 400), color="#888888")
    turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's Transpose that the turn undoes
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = wide.transpose(Image.Transpose(turns[orientation]))
    seen = look(onnx, context, keep(context, turned, exif=exif))
    assert len(seen.faces) == 1
    assert np.abs(np.subtract(seen.focus, ((100 + 400 * EYES[0]) / 600, EYES[1]))).max() < 0.02


@pytest.mark.parametrize(
    ("mode", "form"), [("L", "JPEG"), ("CMYK", "JPEG"), ("RGBA", "PNG"), ("LA", "PNG"), ("P", "GIF"), ("I;16", "TIFF")]
)
def test_grey_printed_transparent_and_deep_pictures_are_seen_like_any_other(
    onnx: VisionEngine, context: PlainContext, mode: str, form: str
) -> None:
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(portrait().convert("L")).astype(np.uint16) * 257)
    else:
        picture = portrait().convert(mode)
    sight = look(onnx, context, keep(context, picture, form))
    assert len(sight.faces) == 1
    assert np.abs(np.subtract(sight.focus, EYES)).max() < 0.03


@pytest.mark.parametrize("size", [(1, 1), (3, 1400), (1400, 3)])
def test_specks_and_strips_have_a_sight_too(
    seeing_all: VisionEngine, context: PlainContext, size: tuple[int, int]
) -> None:
    sight = look(seeing_all, context, Image.new("RGB", size, "#a06030"))
    assert (sight.faces, sight.focus) == ((), MIDDLE)


@pytest.mark.parametrize("kind", ["noise", "06_apollo_17"])
def test_where_nothing_stands_out_there_is_no_mask(seeing_all: VisionEngine, context: PlainContext, kind: str) -> None:
    picture: Image.Image | AssetRef
    if kind == "noise":
        picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (350, 200, 3), dtype=np.uint8))
    else:
        picture = context.assets.add_file(DEMO / f"{kind}.jpg", "image/jpeg")
    sight = look(seeing_all, context, picture)
    assert (sight.subject, sight.mask, sight.focus, sight.focus_on) == (None, None, MIDDLE, "nothing")


def test_what_is_not_asked_for_is_not_looked_for(context: PlainContext) -> None:
    assert look(make("onnx", faces=False, subject=False), context, portrait()) == Sight(engine="onnx")


def test_several_looks_at_once_see_what_one_after_the_other_do(seeing_all: VisionEngine, context: PlainContext) -> None:
    engine = seeing_all
    pictures = (portrait(), disc((300, 300), (150, 140), 80))
    assets = [keep(context, picture) for picture in pictures]
    alone = [look(engine, context, asset) for asset in assets]
    together: dict[int, Sight] = {}

    async def one(number: int, asset: AssetRef) -> None:
        together[number] = await engine.look(context, asset)

    async def all_of_them() -> None:
        async with anyio.create_task_group() as tasks:
            for number, asset in enumerate(assets):
                tasks.start_soon(one, number, asset)

    anyio.run(all_of_them)
    assert [together[number] for number in range(2)] == alone


def test_an_engine_that_was_closed_opens_its_networks_again(context: PlainContext) -> None:
    engine = make("onnx", subject=False)
    first = look(engine, context, portrait())
    anyio.run(engine.aclose)
    assert look(engine, context, portrait()) == first


def test_a_sight_is_kept_by_picture_options_and_weights() -> None:
    here, there = (AssetRef(sha256=digit * 64, media_type="image/jpeg", size=1) for digit in "ab")
    engine = make("onnx")
    key = step_key(engine.look, (here,))
    assert key == step_key(make("onnx").look, (here,))
    others = [step_key(engine.look, (there,)), step_key(make("onnx", certainty=0.7).look, (here,))]
    assert key not in others
    assert {blazeface.WEIGHTS.sha256[:16], u2net.WEIGHTS.sha256[:16]} <= set(engine.identity.values())
    assert engine.identity["version"] == 1


def test_the_shipped_networks_are_those_that_are_named_and_their_licence_lies_beside_them() -> None:
    for each in (blazeface.WEIGHTS, u2net.WEIGHTS):
        assert each.fault() == ""
        assert each.sha256 in (each.path.parent / "PROVENANCE.md").read_text("utf-8")
    assert "Apache License" in (blazeface.WEIGHTS.path.parent / "LICENSE").read_text("utf-8")


def test_a_damaged_or_missing_network_needs_a_person_and_is_found_by_check(
    context: PlainContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = weights.Weights("blazeface_full_range.onnx", "0" * 64)
    monkeypatch.setattr(blazeface, "WEIGHTS", wrong)
    with pytest.raises(NeedsPersonError, match=r"blazeface_full_range\.onnx is damaged"):
        look(make("onnx", subject=False), context, portrait())
    monkeypatch.setattr(blazeface, "WEIGHTS", weights.Weights("gone.onnx", "0" * 64))
    (finding,) = make("onnx").check()
    assert not finding.ok
    assert "gone.onnx cannot be read" in finding.sentence
    assert finding.remedy


def test_looking_never_lets_the_runtime_report_home(context: PlainContext) -> None:
    os.environ.pop("ORT_DISABLE_TELEMETRY", None)
    look(make("onnx", subject=False), context, Image.new("RGB", (64, 64)))
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"


@pytest.mark.skipif(sys.platform == "darwin", reason="there it may be used")
def test_apples_engine_says_elsewhere_that_it_is_only_on_macos(context: PlainContext) -> None:
    engine = make("apple")
    (finding,) = engine.check()
    assert (finding.ok, finding.sentence) == (False, "The vision engine apple is only on macOS.")
    with pytest.raises(NeedsPersonError, match="only on macOS"):
        look(engine, context, portrait())
    importlib.import_module("reelforge.engines.vision.apple")
    assert not {"Vision", "Quartz", "objc"} & set(sys.modules)


def test_a_picture_is_prepared_for_the_subjects_network_as_in_its_authors_test() -> None:
    """Red, green and blue, divided by the greatest value, then ImageNet's mean and deviation (their data_loader.py)."""
    picture = np.asarray(disc((320, 320), (150, 140), 80)) // 2
    scaled = (picture.astype(np.float64) / picture.max() - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    given = np.ascontiguousarray(scaled.transpose(2, 0, 1)[None], np.float32)
    (expected,) = weights.Network(u2net.WEIGHTS).run(("1959",), {"input.1": given})
    assert np.abs(u2net.SubjectFinder().find(picture) - expected[0, 0]).max() < 1e-4


def test_the_converted_network_gives_the_numbers_of_its_original() -> None:
    """Three of the 2304 places as TensorFlow Lite 2.3's reference interpreter gives them for the original file."""
    values = np.random.default_rng(0).random((192, 192, 3), dtype=np.float32) * 2 - 1
    network = weights.Network(blazeface.WEIGHTS)
    boxes, scores = network.run(("boxes", "scores"), {"image": values.transpose(2, 0, 1)[None]})
    expected = {
        0: ([-3.6006, -2.5523, 13.4324, 13.4438, -7.1191, -5.456, -0.9952, -6.8337], -9.0687),
        1000: ([-1.9398, -1.4763, 71.4325, 71.4303, -12.0078, -19.7339, 13.7953, -14.9895], -5.0877),
        2303: ([-1.953, -0.8899, 32.825, 32.8325, -7.3559, -7.4306, 2.2932, -3.8755], -9.2987),
    }
    for place, (box, score) in expected.items():
        assert np.abs(boxes[0, place, :8] - np.array(box)).max() < 1e-3
        assert abs(float(scores[0, place, 0]) - score) < 1e-3
