"""Captions and cards keep off faces and subjects, and stay where they are where there are none."""

import pytest

from reelforge.domain.asset import AssetRef
from reelforge.domain.picture import Picture
from reelforge.domain.sight import Box, Face, Subject, sighted
from reelforge.domain.timeline import Card, Cue, CueWord, Motion, Shot, Size, Source, Timeline
from reelforge.recipes.framing import keep_clear

STILL = Motion(name="still", zoom=(1.0, 1.0))


def _picture(name, *faces, subject=None):
    """A picture of a tall frame's shape with faces about (x, y), 0.2 high."""
    seen = [Face(box=Box.between(x - 0.13, y - 0.1, x + 0.13, y + 0.1), confidence=0.9, eyes=(x, y)) for x, y in faces]
    asset = AssetRef(sha256=name * 64, media_type="image/png", size=1)
    return Picture(asset=asset, width=1080, height=1920, engine="folder", sight=sighted("none", seen, subject))


def _subject(left, top, right, bottom):
    box = Box.between(left, top, right, bottom)
    mask = AssetRef(sha256="f" * 64, media_type="image/png", size=1)
    return Subject(box=box, centre=box.centre, area=box.area, confidence=0.9, mask=mask)


def _timeline(*names, size=None, motion=STILL, fit="cover"):
    shots = tuple(Shot(picture=Source(sha256=name * 64), frames=60, motion=motion, fit=fit) for name in names)
    cues = tuple(
        Cue(first=first, last=first + 20, words=(CueWord(text="word", first=first, last=first + 20),))
        for first in range(0, 60 * len(names), 30)
    )
    cards = (Card(text="Look", first=5, last=40),)
    return Timeline(size=size or Size(), shots=shots, cues=cues, cards=cards)


def _placed(timeline, *pictures):
    return keep_clear(timeline, {picture.asset.sha256: picture for picture in pictures})


def test_without_faces_everything_stays_where_the_style_says():
    timeline = _timeline("a", "b")
    assert _placed(timeline, _picture("a"), _picture("b")) is timeline


def test_faces_elsewhere_move_no_caption():
    timeline = _timeline("a")
    assert _placed(timeline, _picture("a", (0.5, 0.44))).cues == timeline.cues


def test_captions_of_a_shot_all_go_to_one_place_off_its_face_and_others_stay():
    placed = _placed(_timeline("a", "b"), _picture("a", (0.5, 0.64)), _picture("b"))
    heights = [cue.y for cue in placed.cues]
    assert len({heights[0], heights[1]}) == 1
    assert heights[0] > 0.74 or heights[0] < 0.5
    assert heights[2:] == [None, None]


def test_a_card_goes_off_a_face_at_the_top():
    (card,) = _placed(_timeline("a"), _picture("a", (0.5, 0.25))).cards
    assert card.y > 0.4


def test_a_face_that_the_motion_brings_under_the_text_counts():
    motion = Motion(zoom=(1.0, 2.0), end=(0.5, 0.75))
    picture = _picture("a", (0.5, 0.95))
    still = _placed(_timeline("a"), picture).cues[0].y
    moving = _placed(_timeline("a", motion=motion), picture).cues[0].y
    assert still is None
    assert moving is not None


@pytest.mark.parametrize("size", [Size(width=1920, height=1080), Size(width=1080, height=1080)])
def test_in_every_shape_of_frame_a_face_that_fills_it_leaves_the_text_where_least_is_covered(size):
    placed = _placed(_timeline("a", size=size), _picture("a", (0.5, 0.5)))
    assert all(cue.y is None or 0 <= cue.y <= 1 for cue in placed.cues)


def test_a_card_goes_off_a_subject_and_captions_that_hide_little_of_it_stay():
    placed = _placed(_timeline("a"), _picture("a", subject=_subject(0.2, 0.14, 0.8, 0.34)))
    assert placed.cards[0].y > 0.4
    assert {cue.y for cue in placed.cues} == {None}


def test_a_subject_too_large_to_avoid_moves_nothing():
    timeline = _timeline("a")
    assert _placed(timeline, _picture("a", subject=_subject(0.05, 0.1, 0.95, 0.95))) == timeline


def test_a_face_goes_before_the_subject():
    """The usual place of captions lies on a head; the others off it are half on the subject."""
    picture = _picture("a", (0.5, 0.64), subject=_subject(0.3, 0.72, 0.7, 0.98))
    placed = _placed(_timeline("a"), picture)
    assert all(cue.y < 0.5 for cue in placed.cues)


def test_a_caption_that_lingers_for_a_moment_over_the_next_shot_keeps_the_height_of_its_own():
    timeline = _timeline("a", "b")
    late = Cue(first=30, last=65, words=(CueWord(text="word", first=30, last=65),))
    timeline = timeline.model_copy(update={"cues": (timeline.cues[0], late)})
    placed = _placed(timeline, _picture("a"), _picture("b", (0.5, 0.64)))
    assert [cue.y for cue in placed.cues] == [None, None]


def test_a_caption_seen_over_two_shots_goes_where_it_covers_no_head_in_either():
    timeline = _timeline("a", "b")
    across = Cue(first=30, last=90, words=(CueWord(text="word", first=30, last=90),))
    timeline = timeline.model_copy(update={"cues": (timeline.cues[0], across)})
    placed = _placed(timeline, _picture("a"), _picture("b", (0.5, 0.64)))
    assert placed.cues[0].y is None
    assert placed.cues[1].y < 0.5


def test_a_caption_seen_over_two_shots_keeps_its_height_where_it_covers_nothing_in_the_next():
    timeline = _timeline("a", "b")
    across = Cue(first=30, last=100, words=(CueWord(text="word", first=30, last=100),))
    timeline = timeline.model_copy(update={"cues": (timeline.cues[0], across)})
    placed = _placed(timeline, _picture("a", (0.5, 0.64)), _picture("b", (0.5, 0.2)))
    assert placed.cues[0].y == placed.cues[1].y < 0.5


def test_the_heads_of_a_picture_shown_whole_are_looked_for_where_it_is_shown():
    """A wide picture over its blurred surround fills the middle third of the frame: what is low in it is not low."""
    face = Face(box=Box.between(0.47, 0.6, 0.53, 0.7), confidence=0.9, eyes=(0.5, 0.64))
    asset = AssetRef(sha256="a" * 64, media_type="image/png", size=1)
    wide = Picture(asset=asset, width=1920, height=1080, engine="folder", sight=sighted("none", [face], None))
    assert _placed(_timeline("a"), wide).cues[0].y is not None
    assert _placed(_timeline("a", fit="blur"), wide).cues[0].y is None


def test_a_style_that_stands_taller_keeps_as_clear_of_a_head():
    picture = _picture("a", (0.5, 0.46))
    assert _placed(_timeline("a"), picture).cues[0].y is None
    timeline = _timeline("a")
    large = timeline.caption_style.model_copy(update={"size": 150})
    assert _placed(timeline.model_copy(update={"caption_style": large}), picture).cues[0].y == 0.76
