"""Gaming, 140 BPM: a console duel over a galloping bass; half-time drums, long deep bass and bells."""

from __future__ import annotations

from typing import Final

from music.desk import Part
from music.harmony import MINOR
from music.piece import Piece
from music.score import Score

A4, F4 = 69, 65


def boss_door() -> Piece:
    """A minor: pulse-wave arpeggios, a galloping synth bass, a saw lead that climbs in sequence; E turns it round."""
    score = Score(
        bpm=140,
        key=9,
        scale=MINOR,
        seed=1401,
        form=(
            ("intro", "Am | Am | F | G"),
            ("A", "Am | F | G | Em | Am | F | G | E"),
            ("B", "F | G | Am | C/G | F | G | E | E7"),
            ("break", "Dm7 | Am/C | F | E"),
            ("A2", "Am | F | G | Em | Am | F | Dm | E"),
            ("end", "F | G | Am | C/G | F | G | Am | Am/G"),
            ("turn", "F | E7"),
        ),
    )
    _boss_door_melody(score)
    _boss_door_harmony(score)
    _boss_door_beat(score)
    return Piece("boss-door", "Boss Door", "gaming", score, BOSS_DOOR_PARTS, room=1.1)


def _boss_door_melody(score: Score) -> None:
    """The themes and who plays them."""
    _intro, one, two, rest, again, end, _turn = score.sections
    lead = (
        "8/.75 8/.75 10/.5 12/1 10/1 | 10/.75 9/.75 8/.5 6/2 | 9/.75 9/.75 11/.5 14/1 11/1 | 12/.75 11/.75 9/.5 7/2 |"
        "8/.75 8/.75 10/.5 12/1 15/1 | 13/.75 12/.75 10/.5 8/2 | {}"
    )
    score.tune("lead", one, lead.format("11/.75 11/.75 12/.5 14/1 16/1 | 12/.5 #14/.5 16/1 12/2"), tonic=A4 - 12)
    score.tune(
        "lead", again, lead.format("11/.75 13/.75 15/.5 18/1 15/1 | 16/.5 #14/.5 12/1 9/2"), tonic=A4 - 12, turns=True
    )
    song = (
        "13/1.5 12/.5 10/2 | 11/1.5 12/.5 14/2 | 15/1.5 14/.5 12/1 10/1 | 12/3 r/1 |"
        "13/1.5 12/.5 10/1 13/1 | 14/1.5 16/.5 14/2 | {}"
    )
    score.tune("square", two, song.format("12/1 #14/1 16/2 | 16/1 #14/1 12/1 r/1"), tonic=A4 - 12)
    score.tune("lead", end, song.format("15/2 12/1 10/1 | 14/3 r/1"), tonic=A4 - 12, force=0.9)
    score.tune("square", end, song.format("15/2 12/1 10/1 | 14/3 r/1"), tonic=A4, force=0.6)
    score.tune("square", rest, "r/1 11/.5 12/.5 15/1 13/1 | 12/2 10/1 r/1 | r/1 10/.5 12/.5 13/1 12/1 | #14/2 12/1 r/1",
               tonic=A4 - 12, force=0.8)  # fmt: skip


def _boss_door_harmony(score: Score) -> None:
    """Chords, figures and bass."""
    intro, one, two, rest, again, end, turn = score.sections
    runs = ("0 1 2 3 2 1 2 3 0 1 2 3 4 3 2 1", "0 2 1 3 2 4 3 5 4 2 3 1 2 0 1 2")
    score.arp("chips", intro, runs[0], low=57, high=74, gate=0.7, voices=3, force=0.9)
    score.arp("chips", one, "0 1 2 1 0 1 2 3 0 1 2 1 3 2 1 0", runs[0], low=57, high=74, gate=0.7, voices=3, force=0.75)
    score.arp("chips", two, *runs, low=60, high=77, gate=0.7, voices=3, force=0.8)
    score.arp("chips", again, *runs, low=57, high=76, gate=0.7, voices=3, force=0.75)
    score.arp("chips", end, runs[1], runs[0], low=60, high=77, gate=0.7, voices=3, force=0.75)
    score.arp("chips", rest, "0 . 1 . 2 . 3 . 2 . 1 . 2 . 1 .", low=60, high=77, voices=3, force=0.7)
    score.arp(
        "chips", turn, runs[0], "0 1 2 3 1 2 3 4 2 3 4 5 3 4 5 6", low=57, high=74, gate=0.7, voices=3, force=0.85
    )
    for part in (two, end, rest):
        score.comp("pad", part, "x---------------", low=53, high=70)
    for part in (again, end):
        score.comp(
            "stabs", part, "x..x..x.........", "x..x..x...x.x...", low=57, high=74, voices=3, gate=0.6, force=0.9
        )
    gallop = ("R.rRR.rRR.rRR.r8", "R.rRR.rRR.rRR5ra")
    for part in (one, again):
        score.bass("bass", part, *gallop)
    for part in (two, end):
        score.bass("bass", part, "R.8.R.8.R.8.R.8r", "R.8.R.8.R.8.R5a.")
    score.bass("bass", intro.part(2, 2), *gallop, force=0.85)
    score.bass("bass", rest, "R-------R-------", force=0.85)
    score.bass("bass", turn, *gallop, force=0.95)


def _boss_door_beat(score: Score) -> None:
    """Drums, fills and rises."""
    intro, one, two, rest, again, end, turn = score.sections
    for part in (one, again):
        score.hits("kick", part, 36, "X.....X.X.....X.", "X.....X.X..X..X.", last="X.....X.X...X...")
        score.hits("snare", part, 40, "....X.......X...", "....X.......X..g", last="....X...o.xxXxXX")
    for part in (two, end):
        score.hits("kick", part, 36, "X...X...X...X...", last="X...X...X...X.X.")
        score.hits("snare", part, 40, "....X.......X...", "....X..g....X.g.", last="....X.oxX.xxXXXX")
    score.hits("kick", intro, 36, "X.......X.......", "X.......X...X...", force=0.9)
    score.hits("kick", turn, 36, "X...X...X...X...", "X...X...X.......")
    score.hits("snare", turn.part(1, 1), 40, "....X...x.xxXXXX", force=0.9)
    score.hits("snare", intro.part(3, 1), 40, "........x.x.xxXX", force=0.85)
    score.hits("snare", rest.part(3, 1), 40, "x...x...x.x.xxXX", force=0.75)
    for part in (one, two, again, end, turn):
        score.hits("hats", part, 42, "x.oxx.oxx.oxx.ox", "x.oxx.oxx.oxxgox", force=0.8)
        score.hits("crash", part.part(0, 1), 49, "x...............")
    score.hits("hats", intro, 42, "x...o...x...o.o.", force=0.75)
    score.hits("hats", rest, 42, "x...o...x...o...", force=0.6)
    for part in (two, end):
        score.hits("open", part, 46, "..x...x...x...x.", force=0.85)
    score.hits("toms", two.part(-1, 1), 47, "........x.x.....")
    score.hits("toms", end.part(-1, 1), 45, "........x.xx....")
    score.add("riser", rest.first * 4 + 8, 8, 60, 100)


BOSS_DOOR_PARTS: Final[dict[str, Part]] = {
    "kick": Part("drums", "kick", -6.5, by="peak"),
    "snare": Part("drums", 16, -10, bank=128, by="peak", room=-15),
    "hats": Part("drums", 25, -23, bank=128, by="peak", low_cut=5_000, pan=0.15),
    "open": Part("drums", 25, -22, bank=128, by="peak", low_cut=4_500, pan=-0.15),
    "toms": Part("drums", 24, -13, bank=128, by="peak", room=-14),
    "crash": Part("drums", 0, -20, bank=128, by="peak", low_cut=600, room=-14),
    "riser": Part("drums", "riser", -24, by="peak", room=-10),
    "bass": Part("bass", "buzz", -21, pump=3, high_cut=2_600, bells=((90, 2, 1.0),)),
    "chips": Part("chords", "square", -26, pan=-0.25, low_cut=200, high_cut=7_000, room=-18, echo=-16),
    "pad": Part("chords", "pad", -27, low_cut=160, high_cut=4_500, room=-11, pump=6),
    "stabs": Part("chords", "stab", -27, low_cut=180, high_cut=6_000, room=-13, pump=3),
    "lead": Part("lead", 81, -24, low_cut=180, high_cut=7_500, room=-13, echo=-13, pan=0.08),
    "square": Part("lead", "square", -25, low_cut=180, high_cut=7_000, room=-12, echo=-12, pan=0.2),
}


def neon_alley() -> Piece:
    """F minor at half time: bells over long deep bass, snare on three, hats that roll; a brass theme in the middle."""
    score = Score(
        bpm=140,
        key=5,
        scale=MINOR,
        seed=1402,
        form=(
            ("intro", "Fm | Db | Bbm | C"),
            ("A", "Fm | Fm | Db | Db | Bbm | Bbm | C | C7"),
            ("B", "Db | Eb | Fm | Ab/Eb | Db | Eb | C | C"),
            ("break", "Bbm7 | Fm/Ab | Db | C"),
            ("A2", "Fm | Fm | Db | Db | Bbm | Eb | C | C7"),
            ("end", "Db | Eb | Fm | Ab/Eb | Db | Eb | Fm | Fm/Eb"),
            ("turn", "Db | C7"),
        ),
    )
    _neon_alley_melody(score)
    _neon_alley_harmony(score)
    _neon_alley_beat(score)
    return Piece("neon-alley", "Neon Alley", "gaming", score, NEON_ALLEY_PARTS, room=1.6)


def _neon_alley_melody(score: Score) -> None:
    """The themes and who plays them."""
    intro, one, two, rest, again, end, turn = score.sections
    bells = (
        "8/1 12/.5 10/1 9/.5 8/1 | 12/1 11/.5 10/1 r/1.5 | 8/1 13/.5 12/1 10/.5 8/1 | 10/1 8/.5 6/1 r/1.5 |"
        "11/1 13/.5 11/1 10/.5 8/1 | {}"
    )
    score.tune("bells", one, bells.format("11/1 10/.5 8/1 r/1.5 | 9/1 12/.5 11/1 9/.5 #7/1 | 9/2 r/2"), tonic=F4)
    score.tune(
        "bells",
        again,
        bells.format("11/1 14/.5 16/1 r/1.5 | 12/1 #14/.5 16/1 12/.5 9/1 | 11/2 r/2"),
        tonic=F4,
        turns=True,
    )
    score.tune("bells", intro, "8/1 12/.5 10/1 9/.5 8/1 | 10/1 8/.5 6/1 r/1.5 | 11/1 13/.5 11/1 10/.5 8/1 | 9/2 #7/2",
               tonic=F4, force=0.9)  # fmt: skip
    theme = "6/2 8/1 6/1 | 7/2 9/1 7/1 | 8/2 10/1 8/1 | 10/3 r/1 | 13/2 10/1 8/1 | 14/2 11/1 9/1 | {}"
    score.tune("brass", two, theme.format("12/2 9/2 | #7/3 r/1"), tonic=F4 - 12, gate=0.9)
    score.tune("brass", end, theme.format("15/2 12/1 10/1 | 14/3 r/1"), tonic=F4 - 12, gate=0.9)
    score.tune("bells", turn, "13/1 12/.5 10/1 8/.5 10/1 | 9/1 #7/.5 9/1 r/1.5", tonic=F4)
    score.tune("flute", rest, "11/2 10/1 8/1 | 12/3 r/1 | 13/2 12/1 10/1 | 9/3 r/1", tonic=F4 - 12)


def _neon_alley_harmony(score: Score) -> None:
    """Chords, figures and bass."""
    intro, one, two, rest, again, end, turn = score.sections
    score.arp("chips", two, ". 2 1 2 . 3 1 2", ". 2 1 3 . 2 1 0", low=65, high=82, voices=3, force=0.7)
    score.arp("chips", end, "0 1 2 3 2 1 2 3 0 1 2 3 4 3 2 1", low=65, high=82, voices=3, gate=0.7, force=0.7)
    score.comp("choir", one.part(4, 4), "x---------------", low=53, high=70, voices=3, gate=1.02)
    for part in (rest, again):
        score.comp("choir", part, "x---------------", low=53, high=70, voices=3, gate=1.02)
    for part in (two, end):
        score.comp("pad", part, "x---------------", low=53, high=70)
        score.comp("stabs", part, "x.....x.........", "x.....x...x.....", low=56, high=72, voices=3, gate=0.5)
    score.arp("harp", rest, "0 1 2 3 4 3 2 1", low=53, high=70, voices=3, gate=1.3, force=0.75)
    deep = ("R-----..R--..r-.", "R-----..R-..r-8.", "R-----..R--..r-.", "R----.R-..R-8-a.")
    for part in (one, again):
        score.bass("deep", part, *deep, low=29)
    for part in (two, end):
        score.bass("deep", part, "R-----R-..R-----", "R-----R-..R-8-a.", low=29)
    score.bass("deep", intro.part(2, 2), "R---------------", low=29, force=0.85)
    score.bass("deep", rest, "R---------------", low=29, force=0.7)
    score.bass("deep", turn, *deep, low=29)


def _neon_alley_beat(score: Score) -> None:
    """Drums, fills and rises."""
    intro, one, two, rest, again, end, turn = score.sections
    for part in (one, again, turn):
        score.hits("kick", part, 36, "X.......x....o..", "X.....o.x...o...", last="X.....o.x.......")
        score.hits("snare", part, 40, "........X.......", "........X......g", last="........X...oxXX")
    for part in (two, end):
        score.hits("kick", part, 36, "X.....X...x.....", "X.....X...x.o...")
        score.hits("snare", part, 40, "........X.......", "........X.....g.", last="........X.x.xXXX")
        score.hits("open", part, 46, "..............x.", "......x.........")
    score.hits("snare", intro.part(3, 1), 40, "........x.o.xxXX", force=0.85)
    score.hits("snare", rest.part(3, 1), 40, "........x.o.xxXX", force=0.8)
    for part in (one, two, again, end):
        score.hits("clap", part, 39, "........x.......")
        score.hits("hats", part, 42, "x.x.x.x.x.x.x.x.x.x.x.x.xgxgx.x.", "x.x.x.x.x.x.xgxgx.x.x.x.x.x.x.x.",
                   "x.x.x.x.x.xxxxxxx.x.x.x.x.x.x.x.", "x.x.x.x.x.x.x.x.x.x.xgxgxgxgxxxx", force=0.8)  # fmt: skip
        score.hits("crash", part.part(0, 1), 49, "x...............")
    score.hits("hats", intro, 42, "x...o...x...o...", "x...o...x...o.oo", force=0.75)
    score.hits("hats", turn, 42, "x.x.x.x.x.xgx.x.", "x.x.x.x.x.xgxxxx", force=0.8)
    score.hits("snaps", rest, 39, "........x.......")
    for part in (two, end, again):
        score.hits("boom", part.part(0, 1), 29, "X...............")
    score.add("riser", rest.first * 4 + 8, 8, 60, 100)
    score.add("riser", one.first * 4 + 28, 4, 60, 90)


NEON_ALLEY_PARTS: Final[dict[str, Part]] = {
    "kick": Part("drums", "kick", -7, by="peak"),
    "snare": Part("drums", 25, -11, bank=128, by="peak", room=-13),
    "clap": Part("drums", "clap", -13, by="peak", room=-13),
    "snaps": Part("drums", "clap", -17, by="peak", room=-8),
    "hats": Part("drums", 25, -22, bank=128, by="peak", low_cut=5_000, pan=0.12, choke=True),
    "open": Part("drums", 25, -22, bank=128, by="peak", low_cut=4_500, pan=-0.15),
    "crash": Part("drums", 0, -20, bank=128, by="peak", low_cut=600, room=-13),
    "boom": Part("drums", "boom", -11, by="peak", room=-9),
    "riser": Part("drums", "riser", -25, by="peak", room=-9),
    "deep": Part("bass", "deep", -21, pump=4, high_cut=2_000, choke=True),
    "harp": Part("chords", 46, -25, room=-10, echo=-15, human=3),
    "choir": Part("chords", 91, -28, low_cut=160, high_cut=5_000, room=-9, width=1.2, pump=3),
    "pad": Part("chords", "pad", -27, low_cut=150, high_cut=4_000, room=-10, pump=4),
    "stabs": Part("chords", "stab", -27, low_cut=180, high_cut=5_500, room=-12, pump=3),
    "chips": Part("chords", "square", -28, low_cut=220, high_cut=6_500, room=-14, echo=-14, pan=-0.3),
    "bells": Part("lead", 10, -24, room=-9, echo=-13, pan=0.1, human=2),
    "brass": Part("lead", 62, -25, room=-11, echo=-18, high_cut=6_500, low_cut=120),
    "flute": Part("lead", 75, -26, room=-8, echo=-13, human=4),
}
