"""Chill, 90 BPM: a swung electric-piano tune over soft drums; nylon guitar and warm pads in slow waves."""

from __future__ import annotations

from typing import Final

from music.desk import Part
from music.harmony import MAJOR
from music.piece import Piece
from music.score import Score

F4, E4 = 65, 64


def paper_lanterns() -> Piece:
    """F major with jazz turns: vibraphone phrases that answer the electric piano, sub bass, soft swung drums."""
    score = Score(
        bpm=90,
        key=5,
        scale=MAJOR,
        seed=901,
        swing=0.58,
        form=(
            ("intro", "Gm9 | C9sus4"),
            ("A", "Fmaj9 | Em7 A7 | Dm9 | Cm7 F7 | Bbmaj9 | Am7 | Gm9 | C9sus4"),
            ("break", "Dm9 | C9sus4"),
            ("B", "Bbmaj7 | Am7 | Gm9 | C9sus4 | Bbmaj7 | A7 | Dm9 | Dbmaj7 C7"),
            ("A2", "Fmaj9 | Em7 A7 | Dm9 | Cm7 F7 | Bbmaj9 | Am7"),
            ("turn", "Gm9 | C9sus4"),
        ),
    )
    _paper_lanterns_melody(score)
    _paper_lanterns_harmony(score)
    _paper_lanterns_beat(score)
    return Piece("paper-lanterns", "Paper Lanterns", "chill", score, PAPER_LANTERNS_PARTS, room=1.5)


def _paper_lanterns_melody(score: Score) -> None:
    """The themes and who plays them."""
    _intro, one, _rest, two, again, turn = score.sections
    theme = (
        "r/1 5/.5 6/.5 8/1 9/1 | 7/2 r/2 | r/1 3/.5 5/.5 6/1 5/1 | 5/1.5 3/.5 r/2 |"
        "r/1 8/.5 9/.5 10/1 8/1 | 9/1 7/1 r/2{}"
    )
    score.tune("vibes", one, theme.format("| r/1 6/.5 8/.5 9/1 10/1 | 9/2 r/2"), tonic=F4)
    score.tune("vibes", again, theme.format(""), tonic=F4, turns=True)
    score.tune("vibes", turn, "r/1 10/.5 9/.5 8/1 6/1 | 5/2 r/2", tonic=F4)
    score.tune(
        "guitar",
        two,
        "10/1.5 8/.5 6/2 | 9/1.5 7/.5 5/2 | 8/1 9/.5 10/1.5 8/1 | 9/2 r/2 |"
        "10/1.5 8/.5 6/2 | 9/1.5 7/.5 #5/2 | 6/1 8/.5 10/1.5 12/1 | 8/1 r/1 7/1 r/1",
        tonic=F4 - 12,
        turns=True,
    )


def _paper_lanterns_harmony(score: Score) -> None:
    """Chords, figures and bass."""
    intro, one, rest, two, again, turn = score.sections
    score.arp("vibes", two, ". . . . . . 3 2", ". . . . . 1 2 3", low=72, high=86, force=0.6)
    for part in (one, again):
        score.comp("keys", part, "x-----.o--..o-..", "x---..o-x---..o-", low=53, high=72, voices=4, strum=0.02)
    score.comp("keys", two, "x-..o---..x-..o-", "x-----o-..x---..", low=53, high=72, voices=4, strum=0.02)
    score.comp("keys", intro, "x-------o-----o-", low=53, high=72, strum=0.03, force=0.9)
    score.comp("keys", rest, "x-------o-----..", low=55, high=74, strum=0.04, force=0.85)
    score.arp("keys", rest, ". . . . 2 3 4 5", low=60, high=74, force=0.55)
    score.comp("keys", turn, "x-----.o--..o-..", "x-------o-------", low=53, high=72, strum=0.03, force=0.9)
    for part in (two, again):
        score.comp("pad", part, "x---------------", low=53, high=69, force=0.9)
    for part in (one, again):
        score.bass("bass", part, "R-----.r..8-..a-", "R-----r-R---..a-")
    score.bass("bass", two, "R---..r-..5-R-..", "R---..r-8---..a-")
    score.bass("bass", intro.part(1, 1), "R-------....5-a-", force=0.9)
    score.bass("bass", rest, "R-------------..", force=0.9)
    score.bass("bass", turn, "R-----.r..8-..a-", "R-------........")


def _paper_lanterns_beat(score: Score) -> None:
    """Drums, fills and rises."""
    intro, one, rest, two, again, turn = score.sections
    for part in (one, again):
        score.hits("kick", part, 36, "X.....o...X.....", "X..o......X..o..", last="X.....o...X...o.")
    score.hits("kick", two, 36, "X.....o..oX.....", "X..o...o..X.....")
    score.hits("kick", intro, 36, "X.........o.....", "X.........X..o..", force=0.9)
    score.hits("kick", turn, 36, "X.....o...X.....", "X...............")
    for part in (one, two, again, turn.part(0, 1)):
        score.hits("snare", part, 38, "....x..g....x...", "....x....g..x..g", last="....x..g.g..x.go", force=0.85)
        score.hits("rim", part, 37, "....o.......o...", force=0.8)
    score.hits("snare", intro, 38, "............x...", "....x.......x.gg", force=0.8)
    score.hits("snare", turn.part(1, 1), 38, "....x.....g.o.gg", force=0.75)
    for part in (intro, one, two, again, turn):
        score.hits("hats", part, 42, "x.o.x.ogx.o.x.o.", "x.o.xgo.x.o.x.og", "x.o.x.o.x.ogx.o.", force=0.75)
    for part in (one, two, again):
        score.hits("hats", part, 46, "................", "..............o.", force=0.7)
    score.hits("hats", rest, 44, "..o...o...o...o.", force=0.7)
    for part in (two, again):
        score.hits("shaker", part, 82, "g.o.g.o.g.o.g.o.", force=0.9)


PAPER_LANTERNS_PARTS: Final[dict[str, Part]] = {
    "kick": Part("drums", "soft_kick", -6, by="peak"),
    "snare": Part("drums", 40, -11, bank=128, by="peak", room=-14, high_cut=8_000),
    "rim": Part("drums", 0, -18, bank=128, by="peak", room=-12, pan=-0.1, high_cut=7_000),
    "hats": Part("drums", 8, -24, bank=128, by="peak", low_cut=3_000, high_cut=9_000, pan=0.2, choke=True),
    "shaker": Part("drums", 0, -29, bank=128, by="peak", low_cut=3_000, high_cut=9_000, pan=-0.35),
    "bass": Part("bass", "sub", -22, pump=3, choke=True),
    "keys": Part("chords", 4, -23, low_cut=130, high_cut=7_000, room=-13, human=6, pump=2, bells=((300, -2, 1.2),)),
    "pad": Part("chords", 89, -30, low_cut=200, high_cut=5_000, room=-9, pump=3),
    "vibes": Part("lead", 11, -26, room=-9, echo=-14, human=6, pan=0.2, high_cut=8_000),
    "guitar": Part("lead", 26, -25, room=-11, echo=-18, human=6, pan=-0.15, high_cut=6_000),
}


def slow_tide() -> Piece:
    """E major with a borrowed minor fourth: finger-picked guitar in waves, warm pads, brushes, a kalimba song."""
    score = Score(
        bpm=90,
        key=4,
        scale=MAJOR,
        seed=902,
        form=(
            ("intro", "Emaj9 | Amaj9"),
            ("A", "Emaj9 | C#m9 | Amaj9 | B7sus4 | Emaj9 | G#m7 | Amaj9 | Am6"),
            ("B", "F#m9 | B7sus4 | G#m7 | C#m9 | F#m9 | G#m7 | Amaj9 | B7sus4"),
            ("break", "C#m9 | Amaj9"),
            ("A2", "Emaj9 | C#m9 | Amaj9 | B7sus4 | Emaj9 | Am6"),
            ("turn", "F#m9 | B9sus4"),
        ),
    )
    _slow_tide_melody(score)
    _slow_tide_harmony(score)
    _slow_tide_beat(score)
    return Piece("slow-tide", "Slow Tide", "chill", score, SLOW_TIDE_PARTS, room=2.0)


def _slow_tide_melody(score: Score) -> None:
    """The themes and who plays them."""
    _intro, one, two, _rest, again, turn = score.sections
    score.tune(
        "kalimba",
        one,
        "r/2 5/1 3/1 | 2/1.5 3/.5 r/2 | r/2 6/1 5/1 | 4/1.5 5/.5 r/2 |"
        "r/2 7/1 9/1 | 7/1.5 5/.5 r/2 | r/1 8/1 7/1 5/1 | b6/2 r/2",
        tonic=E4,
    )
    score.tune(
        "kalimba",
        again,
        "r/1 5/.5 7/.5 5/1 3/1 | 2/1.5 3/.5 6/1 r/1 | r/1 6/.5 8/.5 6/1 5/1 | 4/1.5 5/.5 8/1 r/1 |"
        "r/1 9/.5 10/.5 9/1 7/1 | b6/1.5 8/.5 r/2",
        tonic=E4,
        turns=True,
    )
    score.tune(
        "flute",
        two,
        "6/2 4/1 9/1 | 8/3 r/1 | 7/2 5/1 9/1 | 10/3 r/1 | 9/1.5 8/.5 6/2 | 7/1.5 9/.5 7/2 | 8/2 7/1 6/1 | 5/3 r/1",
        tonic=E4,
    )
    score.tune("kalimba", turn, "r/1 6/.5 9/.5 8/1 6/1 | 5/2 r/2", tonic=E4)


def _slow_tide_harmony(score: Score) -> None:
    """Chords, figures and bass."""
    intro, one, two, rest, again, turn = score.sections
    wave = ("0 2 1 3 2 1 3 2", "0 2 3 1 2 4 3 1")
    for part, force in ((intro, 0.85), (one, 0.9), (rest, 0.75), (turn, 0.85)):
        score.arp("guitar", part, *wave, low=52, high=71, gate=1.6, force=force)
    score.arp("guitar", two, "0 . 2 1 . 3 2 1", "0 2 . 3 1 . 2 4", low=52, high=72, gate=1.6, force=0.85)
    score.arp("guitar", again, "0 2 1 3 2 4 3 2", "0 3 2 4 1 3 5 2", low=52, high=71, gate=1.6, force=0.9)
    for part in (one, two, rest, again, turn):
        score.comp("pad", part, "x---------------", low=52, high=70)
    for part in (two, again):
        score.comp(
            "keys", part, "..o-----..o-..o-", "..o---..o-----..", low=59, high=76, voices=3, strum=0.02, force=0.8
        )
    score.bass("bass", one, "R-----..r-5-....", "R-----....r-a---")
    score.bass("bass", two, "R-----8-..5-....", "R---..r-5---a---")
    score.bass("bass", again, "R-----..r-5-8-..", "R-----8-..r-a---")
    score.bass("bass", intro, "R-------........", force=0.8)
    score.bass("bass", rest, "R-------------..", force=0.8)
    score.bass("bass", turn, "R-----..r-5-....", "R-------........")


def _slow_tide_beat(score: Score) -> None:
    """Drums, fills and rises."""
    _intro, one, two, _rest, again, turn = score.sections
    score.hits("kick", one, 36, "X.......o.x.....", "X.....o...x.....")
    for part in (two, again):
        score.hits("kick", part, 36, "X.....o...x.....", "X..o......x...o.")
    score.hits("kick", turn, 36, "X.......o.x.....", "X...............")
    score.hits("rim", one, 37, "....x.......x...", "....x.......x..g", last="....x.......x.oo")
    for part in (two, again, turn):
        score.hits("brush", part, 38, "....x..g....x...", "....x.g..g..x..g", force=0.85)
    for part in (one, two, again, turn):
        score.hits("shaker", part, 82, "o.g.x.g.o.g.x.g.", "o.ggx.g.o.g.x.gg", force=0.85)
    for part in (two, again):
        score.hits("ride", part, 51, "x...o...x...o...", "x...o...x...o.o.", force=0.6)
    score.hits("toms", two.part(-1, 1), 45, "..........o.x...", force=0.8)
    score.hits("toms", two.part(-1, 1), 41, "............o.x.", force=0.8)


SLOW_TIDE_PARTS: Final[dict[str, Part]] = {
    "kick": Part("drums", "soft_kick", -7, by="peak"),
    "rim": Part("drums", 40, -16, bank=128, by="peak", room=-10, high_cut=8_000),
    "brush": Part("drums", 40, -14, bank=128, by="peak", room=-12, high_cut=8_000),
    "shaker": Part("drums", 0, -27, bank=128, by="peak", low_cut=3_000, pan=0.35, high_cut=10_000),
    "ride": Part("drums", 40, -27, bank=128, by="peak", low_cut=1_500, pan=-0.3, high_cut=10_000),
    "toms": Part("drums", 40, -17, bank=128, by="peak", room=-12),
    "bass": Part("bass", 35, -22, human=3, high_cut=3_000, bells=((80, 2, 1.0),), choke=True),
    "guitar": Part("chords", 24, -23, room=-13, human=5, pan=-0.25, low_cut=110, bells=((220, -2, 1.2),)),
    "pad": Part("chords", "pad", -28, low_cut=180, high_cut=3_500, room=-8, pump=3, width=1.2),
    "keys": Part("chords", 4, -28, room=-12, human=5, pan=0.3, low_cut=200, echo=-18),
    "kalimba": Part("lead", 108, -23.5, room=-9, echo=-13, human=5, pan=0.15),
    "flute": Part("lead", 73, -25.5, room=-8, echo=-16, human=6, high_cut=7_000),
}
