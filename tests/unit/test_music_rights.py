"""By what right a track is used: what may be published, and who must be named."""

from __future__ import annotations

import pytest

from reelforge.domain.asset import AssetRef
from reelforge.domain.music import Bed, Track, credit, publishable, rights_of
from reelforge.domain.script import Scene, Script
from reelforge.recipes.narrated import described


def track(**changes: object) -> Track:
    values: dict[str, object] = {
        "title": "Song", "file": "song.ogg", "mood": "chill", "bpm": 90, "first_beat": 0, "bars": 8, "seconds": 30,
        "loudness": -16, "loop_end_bar": 8,
    }  # fmt: skip
    return Track.model_validate(values | changes)


@pytest.mark.parametrize("rights", ["own", "licensed", "cc0", "public-domain"])
def test_a_track_with_a_right_may_be_published(rights: str) -> None:
    assert publishable(track(rights=rights)) is None
    assert credit(track(rights=rights)) == ""


def test_a_track_that_nobody_has_said_anything_about_may_not() -> None:
    refusal = publishable(track())
    assert refusal is not None
    assert (refusal.ok, refusal.subject) == (False, "music rights")
    assert "by what right the track 'Song' (song.ogg) is used" in refusal.sentence
    assert '("own", "licensed", "cc0", "cc-by", "public-domain") into song.toml beside it' in refusal.remedy


def test_a_track_whose_author_must_be_named_needs_one() -> None:
    refusal = publishable(track(rights="cc-by", licence="CC-BY-4.0"))
    assert refusal is not None
    assert "asks for its author to be named" in refusal.sentence
    named = track(rights="cc-by", licence="CC-BY-4.0", author="Ada", source="https://example.org/song")
    assert publishable(named) is None
    assert publishable(named.model_copy(update={"licence": "CC BY-SA 4.0 (by Nancy Andersen)"})) is None
    assert credit(named) == "Music: “Song” by Ada (CC-BY-4.0), https://example.org/song"


@pytest.mark.parametrize(
    "licence",
    [
        *("CC-BY-NC-4.0", "CC-BY-ND-4.0", "cc-by-nc-sa-3.0", "CC BY-NC 4.0", "CC BY-ND 4.0", "cc_by_nc"),
        *("https://creativecommons.org/licenses/by-nc/4.0/", "Attribution-NonCommercial 4.0 International"),
        "Attribution-NoDerivatives 4.0 International",
    ],
)
def test_a_licence_against_paid_use_or_changes_stands_in_the_way(licence: str) -> None:
    refusal = publishable(track(rights="cc-by", licence=licence, author="Ada"))
    assert refusal is not None
    assert licence in refusal.sentence
    assert publishable(track(licence=licence, author="Ada", rights="licensed")) is None


@pytest.mark.parametrize(
    ("licence", "rights"),
    [("CC0-1.0", "cc0"), ("CC-BY-4.0", "cc-by"), ("CC-PDDC", "public-domain"), ("", "unknown"), ("MIT", "unknown")],
)
def test_where_no_right_is_named_the_licence_says_which(licence: str, rights: str) -> None:
    assert rights_of(licence) == rights
    assert track(licence=licence).rights == rights


def test_whom_a_licence_wants_named_stands_under_the_reel() -> None:
    script = Script(title="Moon", description="It slips away.", scenes=(Scene(narration="It slips away."),))
    bare = script.model_copy(update={"description": ""})
    asset = AssetRef(sha256="0" * 64, media_type="audio/ogg", size=1)

    def bed(**changes: object) -> Bed:
        return Bed(track=track(**changes), asset=asset, spans=())

    named = bed(licence="CC-BY-4.0", author="Ada")
    assert described(script, named) == "It slips away.\n\nMusic: “Song” by Ada (CC-BY-4.0)"
    assert described(bare, named) == "Music: “Song” by Ada (CC-BY-4.0)"
    assert described(script, bed(rights="own", author="Ada")) == described(script, None) == "It slips away."


def test_words_that_name_no_right_are_terms_as_older_sidecars_and_records_have_them() -> None:
    old = track(licence="CC0-1.0", rights="Use it anywhere.")
    assert (old.rights, old.terms) == ("cc0", "Use it anywhere.")
    assert Track.model_validate_json(old.model_dump_json()) == old
    unsaid = track(rights="I found it somewhere.")
    assert (unsaid.rights, unsaid.terms) == ("unknown", "I found it somewhere.")
    assert publishable(unsaid) is not None
