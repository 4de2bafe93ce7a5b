"""Upbeat, 128 BPM: bright plucks over four on the floor; a disco band with octave bass and strings."""

from __future__ import annotations

from typing import Final

from music.desk import Part
from music.harmony import MAJOR
from music.piece import Piece
from music.score import Score

D4, G3 = 62, 55


def first_light() -> Piece:
    """D major, IV–V–vi: a rising pluck hook in sequence, bells in the second theme, everything together at the end."""
    score = Score(
        bpm=128,
        key=2,
        scale=MAJOR,
        seed=1281,
        form=(
            ("intro", "Gadd9 | A | Bm7 | A"),
            ("A", "Gadd9 | A | Bm7 | F#m7 | Gadd9 | A | D | A/C#"),
            ("B", "Bm7 | Gmaj7 | D | A | Bm7 | Gmaj7 | Em7 | Asus4 A"),
            ("break", "Gmaj7 | A | Bm7 | A"),
            ("A2", "Gadd9 | A | Bm7 | F#m7 | Gadd9 | A | Bm7 | D/F#"),
            ("end", "Gmaj7 | A | Bm7 | D/F# | Gmaj7 | A | Em7 | A7sus4"),
        ),
    )
    _first_light_melody(score)
    _first_light_harmony(score)
    _first_light_beat(score)
    return Piece("first-light", "First Light", "upbeat", score, FIRST_LIGHT_PARTS, room=1.6)


def _first_light_melody(score: Score) -> None:
    """The themes and who plays them."""
    intro, one, two, _rest, again, end = score.sections
    hook = (
        "6/.75 6/.75 8/.5 9/.5 8/1.5 | 7/.75 7/.75 9/.5 10/.5 9/1.5 | 8/.75 8/.75 10/.5 12/.5 10/1.5 |"
        "12/.5 10/.5 9/1 7/2 | 6/.75 6/.75 8/.5 9/.5 8/1.5 | 7/.75 9/.75 12/.5 9/.5 7/1.5 | {}"
    )
    score.tune("hook", one, hook.format("8/.75 10/.75 12/.5 13/.5 12/1.5 | 12/.5 9/.5 7/1 r/2"), tonic=D4)
    score.tune(
        "hook", again, hook.format("10/.75 8/.75 10/.5 12/.5 13/1.5 | 12/.5 10/.5 8/1 r/2"), tonic=D4, turns=True
    )
    opening = "6/.75 6/.75 8/.5 r/2 | 7/.75 7/.75 9/.5 r/2 | 8/.75 8/.75 10/.5 r/2 | 9/.75 7/.75 5/.5 r/2"
    score.tune("hook", intro, opening, tonic=D4, force=0.85)
    song = (
        "10/1.5 8/1.5 6/1 | 13/2 12/1 10/1 | 12/1.5 10/1.5 8/1 | 9/3 r/1 |"
        "10/1.5 8/1.5 6/1 | 13/2 12/1 13/1 | 11/1.5 13/1.5 11/1 | 12/2 r/2"
    )
    score.tune("bells", two, song, tonic=D4)
    score.tune(
        "bells",
        end,
        "13/1.5 12/1.5 10/1 | 12/1.5 9/1.5 7/1 | 13/2 12/1 10/1 | 12/1.5 10/1.5 8/1 |"
        "13/1.5 12/1.5 10/1 | 14/1.5 12/1.5 9/1 | 11/2 9/2 | 12/3 r/1",
        tonic=D4,
    )


def _first_light_harmony(score: Score) -> None:
    """Chords, figures and bass."""
    intro, one, two, rest, again, end = score.sections
    score.arp("answer", again, ". . . . 3 2 1 2", ". . . . 2 1 3 .", low=66, high=81, force=0.7)
    score.arp("answer", end, "0 1 2 3 2 1 2 3", "0 2 1 3 2 3 1 2", low=66, high=81, force=0.62)
    for part in (one, again):
        score.comp("plucks", part, "x..x..x...x..x..", "x..x..x...x.x.x.", low=55, high=76, force=0.85)
    for part in (two, end):
        score.comp("plucks", part, "..x...x...x...x.", "..x...x...x..xx.", low=55, high=76, force=0.9)
    score.comp("plucks", intro, "x..x..x.........", low=55, high=74, force=0.7)
    for part in (intro, two, rest, end):
        score.comp("pad", part, "x---------------", low=54, high=72)
    score.comp("piano", rest, "x-------x-------", low=52, high=74, force=0.75, strum=0.02)
    score.arp("piano", rest, ". . 1 2 . 3 2 1", low=62, high=80, force=0.7)
    for part in (two, end):
        score.comp("piano", part, "..x-..x-..x-..x-", low=57, high=76, force=0.7)
    score.bass("bass", one, "R..R..R...R.R.8.", "R..R..R...R.5.a.")
    score.bass("bass", again, "R..R..R...R.R.8.", "R..R..R.8.R.5.a.")
    for part in (two, end):
        score.bass("bass", part, "..R.R.R...R.R.8.", "..R.R.R...8.R.a.")
    score.bass("bass", intro.part(0, 4), "R---------------", force=0.8)
    score.bass("bass", rest, "R---------------", force=0.75)


def _first_light_beat(score: Score) -> None:
    """Drums, fills and rises."""
    intro, one, two, rest, again, end = score.sections
    for part in (one, again, two):
        score.hits("kick", part, 36, "X...X...X...X...", last="X...X...X...X.o.")
    score.hits("kick", intro, 36, "X...X...X...X...", last="X...X...........", force=0.92)
    score.hits("kick", end, 36, "X...X...X...X...", last="X...X...X.......")
    for part in (one, two, again, end):
        score.hits("clap", part, 39, "....x.......x...", "....x.......x..g", last="....x.......x.ox")
        score.hits("hats", part, 42, "x.g.o.g.x.g.o.gg", "x.g.o.g.x.ggo.g.", force=0.8)
    for part in (two, again, end):
        score.hits("open", part, 46, "..x...x...x...x.", force=0.9)
        score.hits("shaker", part, 82, "xgogxgogxgogxgog", force=0.8)
    score.hits("hats", intro.part(2, 2), 42, "..o...o...o...o.", force=0.75)
    score.hits("snare", one.part(-1, 1), 38, "........o.o.xxxX", force=0.8)
    score.hits("snare", two.part(-1, 1), 38, "....o...x.o.xoXX", force=0.8)
    score.hits("snare", rest.part(-1, 1), 38, "o.o.o.o.xxxxXXXX", force=0.75)
    score.hits("snare", rest.part(-2, 1), 38, "o...o...o...o...", force=0.6)
    score.hits("snare", end.part(-1, 1), 38, "....o.....oxx.xX", force=0.8)
    for part in (one, two, again, end):
        score.hits("crash", part.part(0, 1), 49, "x...............")
    score.add("riser", rest.first * 4 + 8, 8, 60, 100)
    score.add("riser", intro.first * 4 + 12, 4, 60, 80)


FIRST_LIGHT_PARTS: Final[dict[str, Part]] = {
    "kick": Part("drums", "kick", -6, by="peak"),
    "clap": Part("drums", "clap", -11, by="peak", room=-16),
    "snare": Part("drums", 25, -13, bank=128, by="peak", room=-14),
    "hats": Part("drums", 25, -23, bank=128, by="peak", low_cut=5_000, pan=0.15),
    "open": Part("drums", 25, -21, bank=128, by="peak", low_cut=4_000, pan=-0.1, pump=3),
    "shaker": Part("drums", 0, -25, bank=128, by="peak", low_cut=4_000, pan=-0.35),
    "crash": Part("drums", 0, -20, bank=128, by="peak", low_cut=600, room=-14),
    "riser": Part("drums", "riser", -24, by="peak", room=-10),
    "bass": Part("bass", "buzz", -22, pump=6, high_cut=2_200, bells=((80, 2, 1.0),)),
    "plucks": Part("chords", "pluck", -24, room=-13, echo=-18, pump=4, low_cut=180),
    "pad": Part("chords", "pad", -27, room=-10, pump=8, low_cut=160, high_cut=6_000),
    "piano": Part("chords", 0, -26, room=-13, low_cut=160, pump=2, human=3),
    "hook": Part("lead", "pluck", -23, room=-12, echo=-13, low_cut=200, pan=0.05),
    "bells": Part("lead", 11, -25, room=-10, echo=-15, human=2, pan=-0.1),
    "answer": Part("lead", 12, -29, room=-11, echo=-14, pan=0.35, human=2),
}


def good_company() -> Piece:
    """G major round the circle of fifths: octave bass, muted guitar, electric piano, a string hook, brass answers."""
    score = Score(
        bpm=128,
        key=7,
        scale=MAJOR,
        seed=1282,
        form=(
            ("intro", "Am9 | D9 | Gmaj9 | Em7"),
            ("A", "Am9 | D9 | Gmaj9 | Em7 | Am9 | D9 | Gmaj9 | Em7 E7"),
            ("B", "Cmaj7 | Bm7 | Am7 | D9sus4 | Cmaj7 | Bm7 | Am7 G/B | C D"),
            ("break", "Em7 | Cmaj7 | Am9 | D9sus4"),
            ("A2", "Am9 | D9 | Gmaj9 | Em7 | Am9 | D9 | Bm7 | E7"),
            ("end", "Cmaj7 | Bm7 | Am7 | D9sus4 | Cmaj7 | Bm7 | Am9 | D9sus4"),
        ),
    )
    _good_company_melody(score)
    _good_company_harmony(score)
    _good_company_beat(score)
    return Piece("good-company", "Good Company", "upbeat", score, GOOD_COMPANY_PARTS, room=1.3)


def _good_company_melody(score: Score) -> None:
    """The themes and who plays them."""
    _intro, one, two, _rest, again, end = score.sections
    strings = (
        "r/.5 10/.5 9/.5 8/.5 9/2 | 9/.5 7/.5 9/.5 11/1.5 r/1 |"
        "r/.5 12/.5 10/.5 9/.5 10/2 | 8/.5 6/.5 8/.5 10/1.5 r/1 |"
        "r/.5 10/.5 9/.5 8/.5 9/2 | 9/.5 11/.5 12/.5 13/1.5 r/1 | {}"
    )
    score.tune("strings", one, strings.format("14/1 12/1 10/1 12/1 | 13/2 10/1 r/1"), tonic=G3)
    score.tune("strings", again, strings.format("12/1 14/1 12/1 10/1 | 13/2 #15/1 r/1"), tonic=G3, turns=True)
    song = (
        "13/1.5 11/.5 10/1 11/1 | 12/1.5 10/.5 9/1 7/1 | 9/1.5 11/.5 13/2 | 15/1 12/1 r/2 |"
        "13/1.5 11/.5 10/1 11/1 | 12/1.5 14/.5 12/1 10/1 | 9/1 11/1 10/1 12/1 | 11/2 12/1 r/1"
    )
    score.tune("flute", two, song, tonic=G3)
    score.tune("flute", end, song.replace("9/1 11/1 10/1 12/1 | 11/2 12/1 r/1", "9/1 11/1 13/2 | 12/3 r/1"),
               tonic=G3 + 12, force=0.85, turns=True)  # fmt: skip


def _good_company_harmony(score: Score) -> None:
    """Chords, figures and bass."""
    intro, one, two, rest, again, end = score.sections
    score.comp("pad", two, "x---------------", low=55, high=74)
    score.comp("pad", end, "x---------------", low=55, high=76)
    score.comp("pad", rest, "x---------------", low=52, high=72)
    for part in (two, end):
        score.comp("brass", part, "................", "..........x.x...", low=60, high=77, voices=3, gate=0.6)
    for part in (again, end):
        score.comp(
            "brass", part, "......x.........", "................", low=60, high=77, voices=3, gate=0.6, force=0.85
        )
    for part in (intro, one, two, again, end):
        score.comp("guitar", part, "x.ggx.gx.gx.g.xg", "x.ggx.gx.xg.x.g.", low=58, high=74, voices=3, gate=0.45)
    for part in (one, again):
        score.comp("keys", part, "..x-..x...x-....", "..x-..x..x.x-...", low=53, high=72, force=0.85)
    for part in (two, end):
        score.comp("keys", part, "x--x--x---x-x---", low=53, high=72, force=0.85)
    score.comp("keys", rest, "x-----o---x-----", low=52, high=72, force=0.8, strum=0.015)
    score.arp("keys", rest, ". . . . 3 2 1 3", low=64, high=82, force=0.6)
    disco = ("R.8.R.8.R.8.R.8.", "R.8.R.8.R.8.5.a.")
    for part in (one, again):
        score.bass("bass", part, *disco)
    for part in (two, end):
        score.bass("bass", part, "R.8rR.8.R.8.r.8.", "R.8.r.8.R.5.8.a.")
    score.bass("bass", intro.part(2, 2), "R..........R.5a.", "R..........8.5a.", force=0.9)
    score.bass("bass", rest, "R-----..r-......", "R-----..5-..a-..", force=0.85)


def _good_company_beat(score: Score) -> None:
    """Drums, fills and rises."""
    intro, one, two, rest, again, end = score.sections
    for part in (intro, one, two, again, end):
        score.hits("kick", part, 36, "X...X...X...X...", last="X...X...X...X..o")
    score.hits("kick", rest, 36, "X.......o.......", last="X.......X...X...", force=0.85)
    for part in (one, two, again, end):
        score.hits("snare", part, 40, "....X.......X...", "....X..g....X..g", last="....X..g.xx.XxXX")
        score.hits("clap", part, 39, "....x.......x...")
        score.hits("hats", part, 42, "x.o.x.o.x.o.x.o.", "x.o.x.o.x.ogx.o.", force=0.7)
        score.hits("hats", part, 46, "..x...x...x...x.", force=0.75)
    for part in (intro, two, again, end):
        score.hits("shaker", part, 70, "ogxgogxgogxgogxg", force=0.85)
    for part in (one, again, rest):
        score.hits("congas", part, 63, "...o..x....o..x.", "...o..x..o.o..x.", force=0.9)
        score.hits("congas", part, 64, "x.......x.x.....", "x.......x.....x.", force=0.85)
    for part in (two, end):
        score.hits("tambourine", part, 54, "....x.......x...", "....x..o....x.oo")
    score.hits("toms", intro.part(-1, 1), 47, "........x.xx....")
    score.hits("toms", intro.part(-1, 1), 43, "............x.xX")
    score.hits("snare", rest.part(-1, 1), 40, "........o.oxx.XX")
    score.hits("toms", end.part(-1, 1), 45, "........x.x.xx..")
    for part in (one, two, again, end):
        score.hits("crash", part.part(0, 1), 49, "x...............")


GOOD_COMPANY_PARTS: Final[dict[str, Part]] = {
    "kick": Part("drums", "kick", -7, by="peak"),
    "snare": Part("drums", 8, -11, bank=128, by="peak", room=-16),
    "clap": Part("drums", "clap", -15, by="peak", room=-15),
    "hats": Part("drums", 0, -22, bank=128, by="peak", low_cut=3_500, pan=0.2, choke=True),
    "shaker": Part("drums", 0, -27, bank=128, by="peak", low_cut=3_500, pan=-0.4),
    "congas": Part("drums", 0, -19, bank=128, by="peak", pan=-0.3, room=-14, human=3),
    "tambourine": Part("drums", 0, -24, bank=128, by="peak", low_cut=3_000, pan=0.4),
    "toms": Part("drums", 8, -13, bank=128, by="peak", room=-14),
    "crash": Part("drums", 0, -20, bank=128, by="peak", low_cut=600, room=-14),
    "bass": Part("bass", 33, -21, pump=3, high_cut=2_800, bells=((75, 2, 1.0), (900, 2, 1.2)), choke=True),
    "guitar": Part(
        "chords", 27, -28, pan=0.45, low_cut=280, high_cut=4_500, room=-18, human=3, bells=((2_500, -3, 1.0),)
    ),
    "keys": Part("chords", 4, -25, pan=-0.25, low_cut=150, room=-15, human=4),
    "pad": Part("chords", 50, -29, low_cut=220, high_cut=7_000, room=-10, pump=4, width=1.2),
    "strings": Part("lead", 48, -25, low_cut=220, room=-9, echo=-20),
    "flute": Part("lead", 73, -26, room=-9, echo=-14, human=5),
    "brass": Part("lead", 61, -28, low_cut=200, room=-10, human=2, pan=-0.15),
}
