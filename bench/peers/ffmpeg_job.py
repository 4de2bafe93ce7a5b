"""Job A with ffmpeg alone: zoompan on a picture twice as large, xfade, subtitles by libass, side-chain compression."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path

WIDTH, HEIGHT, LARGER = 1080, 1920, 2
SLOT, DISSOLVE = 3, 0.4


def command(program: Path, inputs: Path, captions: Path, out: Path) -> list[str]:
    """The command line. ``captions`` is where its subtitle file is written first."""
    captions.write_text(_subtitles(inputs))
    line, chain = [str(program), "-hide_banner", "-loglevel", "error", "-y"], []
    for number in range(10):
        frames = 90 if number == 9 else 102
        line += ["-i", str(inputs / "photos" / f"photo_{number:02d}.jpg")]
        chain.append(
            f"[{number}:v]scale={WIDTH * LARGER}:{HEIGHT * LARGER}:flags=lanczos,setsar=1,"
            f"zoompan=z='1+0.15*on/{frames}':x='iw/2-(iw/zoom/2)':y='ih/2-(ih/zoom/2)':d={frames}"
            f":s={WIDTH}x{HEIGHT}:fps=30,format=yuv420p[v{number}]"
        )
    before = "v0"
    for number in range(1, 10):
        chain.append(
            f"[{before}][v{number}]xfade=transition=fade:duration={DISSOLVE}:offset={number * SLOT}[x{number}]"
        )
        before = f"x{number}"
    chain.append(f"[{before}]ass={captions},format=yuv420p[v]")
    chain.append(
        "[10:a]aformat=channel_layouts=stereo,asplit=2[sp][sc];"
        "[11:a][sc]sidechaincompress=threshold=0.02:ratio=8:attack=20:release=400[mu];"
        "[sp][mu]amix=inputs=2:duration=first:normalize=0[a]"
    )
    line += ["-i", str(inputs / "speech.wav"), "-i", str(inputs / "music.wav"), "-filter_complex", ";".join(chain)]
    line += ["-map", "[v]", "-map", "[a]", "-t", "30", "-c:v", "libx264", "-preset", "veryfast", "-crf", "20"]
    return [
        *line,
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "aac",
        "-b:a",
        "128k",
        "-ar",
        "48000",
        "-movflags",
        "+faststart",
        str(out),
    ]


_HEAD = """[Script Info]
ScriptType: v4.00+
PlayResX: 1080
PlayResY: 1920
WrapStyle: 2

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, Bold, BorderStyle, Outline, Shadow, Alignment
Style: C,DejaVu Sans,93,&H00FFFFFF,&H00000000,-1,1,6,0,5

[Events]
Format: Layer, Start, End, Style, Text
"""


def _subtitles(inputs: Path) -> str:
    """Each phrase of four words on two lines, the spoken one yellow."""
    lines = [_HEAD]
    words = json.loads((inputs / "words.json").read_text())
    for _, group in groupby(words, key=lambda word: word["phrase"]):
        phrase = list(group)
        for lit, word in enumerate(phrase):
            shown = [
                f"{{\\c&H00E0FF&}}{each['text']}{{\\c&HFFFFFF&}}" if place == lit else each["text"]
                for place, each in enumerate(phrase)
            ]
            text = " ".join(shown[:2]) + ("\\N" + " ".join(shown[2:]) if shown[2:] else "")
            lines.append(f"Dialogue: 0,{_clock(word['start'])},{_clock(word['end'])},C,{{\\pos(540,1248)}}{text}\n")
    return "".join(lines)


def _clock(seconds: float) -> str:
    return f"{int(seconds // 3600)}:{int(seconds // 60) % 60:02d}:{seconds % 60:05.2f}"
