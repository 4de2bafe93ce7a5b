"""Dramatic, 100 BPM: a piano ostinato that an orchestra joins; an electronic pulse with ticking and great drums."""

from __future__ import annotations

from typing import Final

from music.desk import Part
from music.harmony import MINOR
from music.piece import Piece
from music.score import Score, Section

D4, E4 = 62, 64


def _taiko(score: Score, where: Section, *patterns: str, last: str, force: float = 1.0) -> None:
    score.hits("taiko", where, 38, *patterns, last=last, force=force)


def long_shadow() -> Piece:
    """D minor: piano eighths, low strings in a falling line, horn and cello theme, choir, then violins on top."""
    score = Score(
        bpm=100,
        key=2,
        scale=MINOR,
        seed=1001,
        form=(
            ("intro", "Dm | Dm/C | Bb | Asus4 A"),
            ("A", "Dm | Dm/C | Bb | F/A | Gm | Dm/F | Bb | Asus4 A"),
            ("B", "Bb | C | Dm | Dm/C | Bb | C | F | A/C#"),
            ("break", "Gm | Dm/F | Bbmaj7 | A"),
            ("end", "Dm | Dm/C | Bb | F/A | Gm | Dm/F"),
            ("turn", "Bb | Asus4 A"),
        ),
    )
    _long_shadow_melody(score)
    _long_shadow_harmony(score)
    _long_shadow_beat(score)
    return Piece("long-shadow", "The Long Shadow", "dramatic", score, LONG_SHADOW_PARTS, room=2.6)


def _long_shadow_melody(score: Score) -> None:
    """The themes and who plays them."""
    _intro, one, two, rest, end, turn = score.sections
    theme = "1/3 2/1 | 3/4 | 4/2 3/2 | 5/3 4/1 | 6/2 5/1 4/1 | 5/2 3/2 | {}"
    score.tune("horn", one, theme.format("3/2 6/2 | 5/3 r/1"), tonic=D4 - 12)
    song = "13/2 12/1 10/1 | 11/3 9/1 | 10/2 9/1 8/1 | 12/4 | 13/2 12/1 13/1 | 14/3 11/1 | 12/2 10/1 12/1 | 9/3 r/1"
    score.tune("violins", two, song, tonic=D4, gate=1.0)
    score.tune("horn", two, song, tonic=D4 - 12, force=0.8)
    score.tune("cello", rest, "r/1 6/1 5/1 4/1 | 5/3 3/1 | 1/2 3/1 6/1 | 5/4", tonic=D4 - 12, gate=1.0)
    score.tune("violins", end, "8/3 9/1 | 10/4 | 11/2 10/2 | 12/3 11/1 | 13/2 12/1 11/1 | 12/4", tonic=D4, gate=1.0)
    score.tune("horn", end, "1/3 2/1 | 3/4 | 4/2 3/2 | 5/3 4/1 | 6/2 5/1 4/1 | 5/2 3/2", tonic=D4 - 12)
    score.tune("violins", turn, "10/2 13/2 | 12/4", tonic=D4, gate=1.0, force=0.9)


def _long_shadow_harmony(score: Score) -> None:
    """Chords, figures and bass."""
    intro, one, two, rest, end, turn = score.sections
    wave = ("0 2 1 3 2 1 2 1", "0 2 1 3 2 3 2 1")
    for part, force in ((intro, 0.85), (one, 0.85), (two, 0.95), (rest, 0.7), (end, 1.0), (turn, 0.9)):
        score.arp("piano", part, *wave, low=57, high=77, gate=1.5, force=force)
    for part in (two, end):
        score.bass("piano", part, "R-------8-------", low=38, force=0.9)
    score.bass("piano", intro, "R---------------", low=38, force=0.8)
    score.comp("strings", one.part(0, 4), "o---------------", low=50, high=69, gate=1.05, force=0.9)
    for part in (one.part(4, 4), two, end, turn):
        score.comp("strings", part, "x---------------", low=50, high=72, gate=1.05)
    score.comp("strings", rest, "o---------------", low=50, high=67, gate=1.05, force=0.75)
    for part in (two, end):
        score.comp("choir", part, "x---------------", low=55, high=72, voices=3, gate=1.05)
        score.comp(
            "stabs", part, "xoxxoxxoxoxxoxxo", "xoxxoxxoxxoxxoxx", low=50, high=64, voices=3, gate=0.5, force=0.85
        )
    score.comp("stabs", one.part(4, 4), "x.xx.x.xx.xx.x.x", low=50, high=62, voices=2, gate=0.5, force=0.75)
    for part in (one, two, end):
        score.bass("basses", part, "R-------R-------", "R---------r-----")
    score.bass("basses", intro.part(2, 2), "R---------------", force=0.85)
    score.bass("basses", rest, "R---------------", force=0.65)
    score.bass("basses", turn, "R---------------")


def _long_shadow_beat(score: Score) -> None:
    """Drums, fills and rises."""
    intro, one, two, rest, end, turn = score.sections
    _taiko(score, one, "X...........o...", "X.......o.......", last="X.......o.o.x.xx", force=0.85)
    _taiko(score, two, "X..x..x.X..x..o.", "X..x..x.X..x.xox", last="X..x..x.X.xxXxXX")
    _taiko(score, end, "X..x..x.X..x..o.", "X..x..x.X..x.xox", last="X..x..x.X..x.xXX")
    _taiko(score, turn, "X.......x.......", last="X...........oxxX")
    score.hits("taiko", intro.part(3, 1), 38, "............o.xX", force=0.8)
    score.hits("taiko", rest.part(3, 1), 38, "........o.oxx.xX", force=0.85)
    for part in (two, end):
        score.hits("boom", part, 31, "X...............", "................")
        score.bass("timpani", part, "................", "..........R.RR5R", low=38)
        score.hits("shaker", part, 70, "xgogxgogxgogxgog")
    score.bass("timpani", one.part(7, 1), "........RrRrRRRR", low=38, force=0.8)
    for part in (one, two, end, turn):
        score.hits("boom", part.part(0, 1), 29, "X...............")
    for part in (two, end):
        score.hits("cymbal", part.part(0, 1), 49, "x...............")
        score.hits("cymbal", part.part(4, 1), 57, "o...............")
    score.add("riser", one.first * 4 + 28, 4, 60, 90)
    score.add("riser", rest.first * 4 + 12, 4, 60, 100)


LONG_SHADOW_PARTS: Final[dict[str, Part]] = {
    "taiko": Part("drums", "boom", -8, by="peak", room=-12, human=3),
    "boom": Part("drums", "boom", -7, by="peak", room=-9),
    "timpani": Part("drums", 47, -13, by="peak", room=-10),
    "cymbal": Part("drums", 48, -19, bank=128, by="peak", low_cut=400, room=-9),
    "shaker": Part("drums", 0, -30, bank=128, by="peak", low_cut=3_000, pan=0.3, room=-14),
    "riser": Part("drums", "riser", -25, by="peak", room=-8),
    "basses": Part("bass", 43, -23, room=-14, high_cut=2_500, bells=((70, 2, 1.0),)),
    "piano": Part("chords", 0, -23, low_cut=60, room=-12, human=4),
    "strings": Part("chords", 48, -24, low_cut=130, room=-9, width=1.2, bells=((2_500, -2, 1.0),)),
    "stabs": Part("chords", 48, -27, low_cut=130, room=-12, human=3, bells=((2_500, -2, 1.0),)),
    "choir": Part("chords", 52, -29, low_cut=180, room=-7, width=1.2),
    "horn": Part("lead", 60, -23.5, room=-9, human=4, pan=-0.2),
    "cello": Part("lead", 42, -23, room=-9, human=5, pan=0.1),
    "violins": Part("lead", 49, -23.5, room=-8, human=4, pan=-0.1, bells=((3_000, -3, 1.0),)),
}


def undertow() -> Piece:
    """E minor: a pumping synth pulse and a clock, sparse piano, tremolo strings; a lament that opens into G major."""
    score = Score(
        bpm=100,
        key=4,
        scale=MINOR,
        seed=1002,
        form=(
            ("intro", "Em | Em | Cmaj7 | B7sus4"),
            ("A", "Em | Em/D | Cmaj7 | Cmaj7 | Am9 | Am9 | F#m7b5 | B7"),
            ("B", "Em | D/F# | G | A | C | D | Em | Bsus4 B"),
            ("break", "Cmaj7 | Am9 | F#m7b5 | B7"),
            ("end", "Em | D/F# | G | A | C | D"),
            ("turn", "Am9 | B7sus4 B7"),
        ),
    )
    _undertow_melody(score)
    _undertow_harmony(score)
    _undertow_beat(score)
    return Piece("undertow", "Undertow", "dramatic", score, UNDERTOW_PARTS, room=2.4)


def _undertow_melody(score: Score) -> None:
    """The themes and who plays them."""
    intro, one, two, rest, end, turn = score.sections
    score.tune("piano", intro, "8/1.5 10/1.5 12/1 | 9/3 r/1 | 8/1.5 10/1.5 7/1 | 5/3 r/1", tonic=E4, force=0.9)
    score.tune(
        "piano",
        one,
        "8/1.5 10/1.5 12/1 | 9/3 r/1 | 8/1.5 10/1.5 7/1 | 5/3 r/1 |"
        "11/1.5 10/1.5 8/1 | 9/3 r/1 | 9/1.5 11/1.5 8/1 | #7/3 r/1",
        tonic=E4,
    )
    climb = "8/1 9/1 10/2 | 11/1 9/1 7/2 | 10/1 11/1 12/2 | 11/1 #13/1 15/2 | 10/1 12/1 13/2 | 14/1 11/1 9/2 | {}"
    score.tune("violins", two, climb.format("15/2 14/1 12/1 | 11/2 9/1 r/1"), tonic=E4, gate=1.0)
    score.tune("violins", end, climb[: climb.rindex("|")], tonic=E4, gate=1.0, turns=True)
    score.tune("horn", two, "1/4 | 2/4 | 3/4 | 4/3 3/1 | 3/2 5/2 | 4/4 | 5/3 3/1 | 4/2 2/2",
               tonic=E4 - 12, gate=1.0)  # fmt: skip
    score.tune("horn", end, "1/4 | 2/4 | 3/4 | 4/3 3/1 | 3/2 5/2 | 4/2 2/2", tonic=E4 - 12, gate=1.0)
    score.tune("piano", rest, "r/2 7/1 10/1 | 9/2 8/1 r/1 | r/2 8/1 11/1 | 9/3 r/1", tonic=E4, force=0.8)
    score.tune("piano", turn, "11/1.5 10/1.5 8/1 | 8/2 #7/2", tonic=E4, force=0.9)


def _undertow_harmony(score: Score) -> None:
    """Chords, figures and bass."""
    intro, one, two, rest, end, turn = score.sections
    for part in (two, end):
        score.arp("piano", part, "0 1 2 3 2 1 3 2", "0 2 1 3 2 3 1 2", low=59, high=79, gate=1.4, force=0.75)
    for part in (one.part(4, 4), rest):
        score.comp("tremolo", part, "x---------------", low=59, high=76, voices=3, gate=1.05)
    for part in (two, end, turn):
        score.comp("strings", part, "x---------------", low=50, high=71, gate=1.05)
    score.comp("strings", one, "o---------------", low=48, high=65, voices=3, gate=1.05, force=0.8)
    for part in (intro, rest):
        score.comp("pad", part, "x---------------", low=48, high=66)
    for part in (two, end):
        score.comp("pad", part, "x---------------", low=52, high=70, force=0.9)
        score.comp("brass", part, "X-------........", "X-----x-........", low=46, high=62, voices=3, force=0.95)
    pulse = ("RrrRrrRrRrrRrrRr", "RrrRrrRrRrr8rr5r")
    score.bass("pulse", intro, "R.r.R.r.R.r.R.r.", force=0.75)
    score.bass("pulse", one, *pulse, force=0.85)
    for part in (two, end):
        score.bass("pulse", part, *pulse)
        score.bass("sub", part, "R-------r-------")
    score.bass("pulse", rest.part(2, 2), "R.r.R.r.R.r.R.rr", force=0.7)
    score.bass("pulse", turn, *pulse, force=0.9)
    score.bass("sub", one, "R---------------")
    score.bass("sub", turn, "R---------------")
    score.bass("sub", rest, "R---------------", force=0.8)


def _undertow_beat(score: Score) -> None:
    """Drums, fills and rises."""
    intro, one, two, rest, end, turn = score.sections
    for part in (intro, one, rest, turn):
        score.hits("clock", part, 76, "x...o...x...o...", "x...o...x...o.g.")
    for part in (two, end):
        score.hits("clock", part, 76, "x.g.o.g.x.g.o.gg")
    score.hits("kick", one, 36, "X.........x.....", "X.........x...o.")
    for part in (two, end):
        score.hits("kick", part, 36, "X.....x...X.....", "X.....x...X..x..")
        score.hits("snare", part, 40, "........X.......", "........X.....go", last="........X.oxx.XX")
        score.hits("hats", part, 42, "x.ogx.ogx.ogx.og", "x.ogx.ogx.ggxgog", force=0.8)
    score.hits("kick", turn, 36, "X.........x.....", "X...............")
    _taiko(score, one, "................", "............o.x.", last="........o.x.xxXX", force=0.85)
    _taiko(score, two, "X..o..x.o..x..o.", "X..o..x.o.xx.oxx", last="X..x..x.X.xxXxXX")
    _taiko(score, end, "X..o..x.o..x..o.", "X..o..x.o.xx.oxx", last="X..x..x.X.x.X.XX")
    _taiko(score, turn, "X...............", last="X.......o...oxxX", force=0.9)
    score.hits("taiko", rest.part(-1, 1), 38, "........o.o.xxXX", force=0.85)
    for part in (intro, one, two, rest, end, turn):
        score.hits("boom", part.part(0, 1), 28, "X...............")
    score.hits("boom", two.part(4, 1), 31, "X...............")
    for part in (two, end):
        score.hits("cymbal", part.part(0, 1), 49, "x...............")
    score.add("riser", one.first * 4 + 24, 8, 60, 100)
    score.add("riser", rest.first * 4 + 8, 8, 60, 100)


UNDERTOW_PARTS: Final[dict[str, Part]] = {
    "kick": Part("drums", "kick", -9, by="peak", room=-18),
    "snare": Part("drums", 16, -12, bank=128, by="peak", room=-9),
    "hats": Part("drums", 25, -26, bank=128, by="peak", low_cut=4_000, pan=0.2),
    "clock": Part("drums", 0, -24, bank=128, by="peak", pan=-0.25, room=-11, echo=-14, high_cut=9_000),
    "taiko": Part("drums", "boom", -9, by="peak", room=-11, human=3),
    "boom": Part("drums", "boom", -8, by="peak", room=-8),
    "cymbal": Part("drums", 48, -20, bank=128, by="peak", low_cut=400, room=-9),
    "riser": Part("drums", "riser", -24, by="peak", room=-8),
    "pulse": Part("bass", "buzz", -22, pump=4, high_cut=2_400, echo=-24),
    "sub": Part("bass", "sub", -26, pump=3, choke=True),
    "piano": Part("chords", 0, -23, low_cut=120, room=-9, echo=-18, human=4),
    "strings": Part("chords", 48, -25, low_cut=130, room=-9, width=1.2, bells=((2_500, -2, 1.0),)),
    "tremolo": Part("chords", 44, -29, low_cut=220, room=-8, bells=((2_500, -2, 1.0),)),
    "pad": Part("chords", "pad", -28, low_cut=120, high_cut=3_000, room=-8, pump=5, width=1.2),
    "brass": Part("chords", 57, -27, low_cut=80, high_cut=4_500, room=-9, human=3),
    "horn": Part("lead", 60, -27, room=-9, human=4, pan=-0.2),
    "violins": Part("lead", 49, -24, room=-8, human=4, bells=((3_000, -3, 1.0),)),
}
