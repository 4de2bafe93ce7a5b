"""Job A with MoviePy 2.2.1, the way its documentation does it.

    python moviepy_job.py INPUTS FONT.ttf OUT.mp4

Run by ``bench/render.py`` in the environment that ``make bench-peers`` sets up. MoviePy has no ducking: the music is
simply low.
"""

import json
import sys
from itertools import groupby
from pathlib import Path

from moviepy import AudioFileClip, CompositeAudioClip, CompositeVideoClip, ImageClip, TextClip, afx, vfx

WIDTH, HEIGHT, RATE, SLOT, DISSOLVE, TOTAL = 1080, 1920, 30, 3.0, 0.4, 30.0


def photo(inputs: Path, number: int) -> CompositeVideoClip:
    """A photo that grows, cropped to the frame before it is faded in: a growing clip keeps its first mask."""
    seconds = SLOT + (DISSOLVE if number < 9 else 0)
    clip = ImageClip(str(inputs / "photos" / f"photo_{number:02d}.jpg"), duration=seconds)
    clip = clip.resized(lambda t: (WIDTH / 1620) * (1 + 0.15 * t / seconds)).with_position("center")
    clip = CompositeVideoClip([clip], size=(WIDTH, HEIGHT), bg_color=(0, 0, 0))
    clip = clip.with_duration(seconds).with_start(number * SLOT)
    return clip.with_effects([vfx.CrossFadeIn(DISSOLVE)]) if number else clip


def captions(inputs: Path, font: str) -> list[TextClip]:
    found = []
    words = json.loads((inputs / "words.json").read_text())
    for _, group in groupby(words, key=lambda word: word["phrase"]):
        phrase = list(group)
        for line in (phrase[:2], phrase[2:]):
            plain = [_text(word["text"], "white", font) for word in line]
            x = (WIDTH - sum(clip.w for clip in plain)) / 2
            y = int(HEIGHT * 0.65 - 117 + 93 * (line is not phrase and line[:1] == phrase[2:3]))
            for clip, word in zip(plain, line, strict=True):
                place, shown = (int(x), y), phrase[-1]["end"] - phrase[0]["start"]
                found.append(clip.with_start(phrase[0]["start"]).with_duration(shown).with_position(place))
                lit = _text(word["text"], "#FFE000", font).with_start(word["start"])
                found.append(lit.with_duration(word["end"] - word["start"]).with_position(place))
                x += clip.w
    return found


def _text(text: str, colour: str, font: str) -> TextClip:
    return TextClip(
        font=font,
        text=text,
        font_size=80,
        color=colour,
        stroke_color="black",
        stroke_width=6,
        margin=(10, 24),
        duration=1,
    )


def main(inputs: Path, font: str, out: str) -> None:
    clips = [*(photo(inputs, number) for number in range(10)), *captions(inputs, font)]
    music = AudioFileClip(str(inputs / "music.wav")).with_effects([afx.MultiplyVolume(0.2)])
    sound = CompositeAudioClip([AudioFileClip(str(inputs / "speech.wav")), music]).with_duration(TOTAL)
    video = CompositeVideoClip(clips, size=(WIDTH, HEIGHT)).with_duration(TOTAL).with_audio(sound)
    video.write_videofile(
        out,
        fps=RATE,
        codec="libx264",
        preset="veryfast",
        threads=2,
        audio_codec="aac",
        audio_bitrate="128k",
        audio_fps=48_000,
        ffmpeg_params=["-crf", "20", "-movflags", "+faststart"],
        logger=None,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
