"""Timelines as files people may edit: read, and checked so that each mistake is one sentence with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.timeline import DRAFT, Shot, Span, Timeline, Transition
from reelforge.errors import InputError
from reelforge.render import animations, easing, effects, motions, transitions
from reelforge.render.motion import LARGEST_ZOOM
from reelforge.render.naming import unknown
from reelforge.render.reading import read_object
from reelforge.render.refusals import Loc, refusal, shown, wrong_type
from reelforge.render.text.shelf import shelf

VERSION: Final = 1

USUAL_TRANSITION_SECONDS: Final = 0.4
MOST_FRAMES: Final = 1_500_000
MOST_HOURS: Final = 12
MOST_PIXELS: Final = 5_000_000_000_000
"""Of all frames together: more than a day's rendering."""
MOST_BLOCKS: Final = 139_264
MOST_BLOCKS_A_SECOND: Final = 16_711_680
"""Of 16 × 16 pixels: what a frame and a second hold at most at level 6.2 (ITU-T H.264, table A-1, and H.265)."""
MOST_BITS: Final = 800_000_000
"""A second, likewise."""
MOST_WORDS: Final = 100
"""In one cue: far more than a frame can show."""
MOST_OF_WORD: Final = 200
MOST_OF_CARD: Final = 300
"""Characters."""
LONGEST_DUCKING_MS: Final = 60_000
PRESETS: Final = (
    DRAFT, "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo",
)  # fmt: skip
"""Our own, and those of x264, the quickest first."""


def load(path: Path) -> Timeline:
    """Read a timeline. Raises InputError naming the file and the place in it (``shots[3].motion.zoom``) when it is not
    there, no JSON, of an unknown version, breaks the format, or contradicts itself (:func:`check`). Files that effects
    name count from its folder.
    """
    try:
        timeline = _located(_timed(_validated(read_object(path))), path.parent)
        check(timeline)
    except InputError as error:
        raise InputError(f"{path}: {error.message}", remedy=error.remedy) from error
    return timeline


def _timed(timeline: Timeline) -> Timeline:
    """The timeline with the usual length for transitions that leave theirs out: nobody names one to have a cut. The
    first shot has none unasked, which would open the video in black.
    """
    usual = round(USUAL_TRANSITION_SECONDS * timeline.rate.num / timeline.rate.den)
    shots: list[Shot] = []
    for index, shot in enumerate(timeline.shots):
        wanted = shot.transition
        transitions.find(wanted.name, f"shots[{index}].transition.name")
        if wanted.name != "cut" and "frames" not in wanted.model_fields_set:
            frames = min(usual, shot.frames // 2, shots[-1].frames // 2) if shots else 0
            wanted = wanted.model_copy(update={"frames": frames})
        if not wanted.frames:
            wanted = Transition()
        shots.append(shot.model_copy(update={"transition": wanted}))
    return timeline.model_copy(update={"shots": tuple(shots)})


def _located(timeline: Timeline, base: Path) -> Timeline:
    if not any(shot.effects for shot in timeline.shots):
        return timeline
    base = base.absolute()
    shots = (
        shot.model_copy(update={"effects": tuple(effects.located(effect, base) for effect in shot.effects)})
        for shot in timeline.shots
    )
    return timeline.model_copy(update={"shots": tuple(shots)})


def _validated(document: dict[str, Any]) -> Timeline:
    version = document.get("version", VERSION)
    if version != VERSION or isinstance(version, bool):
        raise InputError(
            f"version: {shown(version)} is not a version of the format known here; it knows {VERSION}.",
            remedy="A newer ReelForge may know it." if isinstance(version, int) and version > VERSION else "",
        )
    try:
        timeline = Timeline.model_validate(document)
    except ValidationError as error:
        raise refusal(error, Timeline, document) from error
    if (loc := _changed(document, timeline, ())) is not None:
        raise wrong_type(loc, Timeline, document)
    return timeline


def _changed(given: Any, made: Any, loc: Loc) -> Loc | None:
    """Where a document's value was read as one of another type (a text as a number, true as 1); None for nowhere."""
    if isinstance(given, Mapping) and isinstance(made, BaseModel | Mapping):
        parts = (
            (key, value, made[key] if isinstance(made, Mapping) else getattr(made, key)) for key, value in given.items()
        )
        return next((found for key, a, b in parts if (found := _changed(a, b, (*loc, key))) is not None), None)
    if isinstance(given, list):
        pairs = enumerate(zip(given, made, strict=True))
        return next((found for at, (a, b) in pairs if (found := _changed(a, b, (*loc, at))) is not None), None)
    same = type(given) is type(made) or {type(given), type(made)} == {int, float}
    return None if same else loc


def check(timeline: Timeline) -> None:
    """Raise InputError, beginning with the place, for the first thing in a timeline that cannot be shown or heard."""
    _check_extent(timeline)
    _check_margins(timeline)
    _check_shots(timeline)
    _check_cues(timeline)
    _check_layers(timeline)
    _check_sound(timeline)
    _check_encode(timeline)


def _check_extent(timeline: Timeline) -> None:
    """How large, how fast and how long it is."""
    size, rate, frames = timeline.size, timeline.rate, timeline.frames
    if not rate.den <= rate.num <= 240 * rate.den:
        raise InputError(
            f"rate: {rate.num}/{rate.den} is {rate.num / rate.den:,g} frames a second; it must be from 1 to 240."
        )
    blocks = -(-size.width // 16) * -(-size.height // 16)
    pixels = f"{size.width} × {size.height} pixels"
    if blocks > MOST_BLOCKS:
        raise InputError(
            f"size: {pixels} are more than H.264 and HEVC can hold, {MOST_BLOCKS * 256:,} in all.",
            remedy="Make it smaller.",
        )
    if blocks * rate.num > MOST_BLOCKS_A_SECOND * rate.den:
        raise InputError(
            f"rate: {pixels} {rate.num / rate.den:g} times a second are more than H.264 and HEVC can hold; of that "
            f"size {MOST_BLOCKS_A_SECOND // blocks} frames a second are the most.",
            remedy="Make it smaller, or slower.",
        )
    hours = rate.seconds(frames) / 3600
    if frames > MOST_FRAMES or hours > MOST_HOURS:
        raise InputError(
            f"shots: all of them together have {frames:,} frames, which is {hours:,.1f} hours; the most is "
            f"{MOST_FRAMES:,} frames and {MOST_HOURS} hours.",
            remedy="Make several videos of it.",
        )
    most = MOST_PIXELS // (size.width * size.height)
    if frames > most:
        raise InputError(
            f"shots: {frames:,} frames of {pixels} are more than can be rendered; of that size {most:,} are the most.",
            remedy="Make it smaller, or several videos of it.",
        )


def _check_margins(timeline: Timeline) -> None:
    size, margins = timeline.size, timeline.safe_area
    share = min(size.width, size.height) / 1080
    for one, other, side, whole in (("top", "bottom", "height", size.height), ("left", "right", "width", size.width)):
        if share * (getattr(margins, one) + getattr(margins, other)) >= whole:
            raise InputError(
                f"safe_area: {one} and {other} together leave nothing of the frame’s {side}, {whole / share:,.0f} px "
                "where its shorter side counts 1080.",
                remedy="Make them smaller.",
            )


def _check_shots(timeline: Timeline) -> None:
    for index, shot in enumerate(timeline.shots):
        place = f"shots[{index}]"
        _check_motion(shot, f"{place}.motion")
        easing.find(shot.transition.easing or "linear", f"{place}.transition.easing")
        transitions.find(shot.transition.name, f"{place}.transition.name")
        for number, effect in enumerate(shot.effects):
            effects.read(effect, f"{place}.effects[{number}]")
        before = timeline.shots[index - 1].frames if index else shot.frames
        for frames, what in ((shot.frames, "into a shot"), (before, "to the end of the shot before it, one")):
            if shot.transition.frames > frames:
                raise InputError(
                    f"{place}.transition.frames: a transition of {shot.transition.frames} frames does not fit {what} "
                    f"of {frames}.",
                    remedy="Shorten the transition or lengthen the shot.",
                )


def _check_motion(shot: Shot, place: str) -> None:
    motion = shot.motion
    motions.find(motion.name, f"{place}.name")
    easing.find(motion.easing, f"{place}.easing")
    for which, zoom in enumerate(motion.zoom):
        if not 1.0 <= zoom <= LARGEST_ZOOM:
            raise InputError(
                f"{place}.zoom[{which}]: it must be from 1 (the picture just covers the frame) to {LARGEST_ZOOM:g}, "
                f"not {zoom:g}."
            )
    for name, point in (("start", motion.start), ("end", motion.end)):
        for axis, value in enumerate(point):
            if not 0.0 <= value <= 1.0:
                edges = ("left", "right") if axis == 0 else ("top", "bottom")
                raise InputError(
                    f"{place}.{name}[{axis}]: it must be from 0 (the picture’s {edges[0]} edge) to 1 ({edges[1]}), "
                    f"not {value:g}."
                )


def _check_cues(timeline: Timeline) -> None:
    frames = timeline.frames
    for index, cue in enumerate(timeline.cues):
        place = f"cues[{index}]"
        _check_frames(place, cue.first, cue.last, frames)
        if len(cue.words) > MOST_WORDS:
            raise InputError(
                f"{place}.words: {len(cue.words):,} words cannot be shown at once; {MOST_WORDS} are the most.",
                remedy="Make several cues of it.",
            )
        for number, word in enumerate(cue.words):
            where = f"{place}.words[{number}]"
            if not word.text.strip():
                raise InputError(f"{where}.text: there is nothing to read.", remedy="Leave the word out.")
            _check_length(f"{where}.text", word.text, MOST_OF_WORD)
            if word.last < word.first:
                raise InputError(f"{where}: it ends at frame {word.last}, before {word.first}.")
            for frame in (word.first, word.last):
                if not cue.first <= frame <= cue.last:
                    raise InputError(f"{where}: frame {frame} is outside its cue, from {cue.first} to {cue.last}.")
            if number and word.first < cue.words[number - 1].first:
                raise InputError(
                    f"{where}: it starts at frame {word.first}, earlier than the word before it.",
                    remedy="Words stand in the order in which they are spoken.",
                )
    for index, (before, after) in enumerate(pairwise(timeline.cues)):
        if after.first < before.last:
            raise InputError(
                f"cues[{index + 1}]: it starts at frame {after.first}, before the cue before it ends at {before.last}.",
                remedy="Cues stand in order and do not overlap.",
            )


def _check_layers(timeline: Timeline) -> None:
    frames, style = timeline.frames, timeline.card_style
    for index, card in enumerate(timeline.cards):
        _check_frames(f"cards[{index}]", card.first, card.last, frames)
        _check_length(f"cards[{index}].text", card.text, MOST_OF_CARD)
    if timeline.cues:
        _check_font("caption_style.font", timeline.caption_style.font)
        easing.find(timeline.caption_style.enter.easing or "linear", "caption_style.enter.easing")
    if timeline.cards:
        _check_font("card_style.font", style.font)
    animations.find(style.enter, "card_style.enter")
    animations.find(style.leave, "card_style.leave")
    for index, overlay in enumerate(timeline.overlays):
        last = frames if overlay.last is None else overlay.last
        _check_frames(f"overlays[{index}]", overlay.first, last, frames)


def _check_sound(timeline: Timeline) -> None:
    sound = timeline.audio
    _check_spans("audio.spoken", sound.spoken)
    said = [("audio.speech_start", sound.speech_start)] if sound.speech else []
    for place, start in (*said, *((f"audio.spoken[{at}].start", span.start) for at, span in enumerate(sound.spoken))):
        if start >= timeline.samples:
            raise InputError(
                f"{place}: at sample {start:,} the video is over; it has {timeline.samples:,} ({SAMPLE_RATE:,} a "
                "second).",
                remedy="Lengthen the last shot, or let it begin earlier.",
            )
    if sound.music:
        _check_spans("audio.music.spans", sound.music.spans)
    for index, (before, after) in enumerate(pairwise(sound.beats)):
        if after < before:
            raise InputError(
                f"audio.beats[{index + 1}]: sample {after} comes before that of the beat before it, {before}.",
                remedy="Beats stand in order.",
            )
    if sound.effects:
        from reelforge.render import sound_effects  # noqa: PLC0415  # to make sounds takes more than to know a frame

        sound_effects.refuse_unusable(sound.effects, timeline.samples)
    for name in type(sound.ducking).model_fields:
        value = getattr(sound.ducking, name)
        if name.endswith("_ms") and value > LONGEST_DUCKING_MS:
            raise InputError(f"audio.ducking.{name}: it must be at most {LONGEST_DUCKING_MS:,}, not {value:,}.")


def _check_spans(place: str, spans: Sequence[Span]) -> None:
    for index, span in enumerate(spans):
        if span.start >= span.end:
            raise InputError(f"{place}[{index}]: it ends at sample {span.end}, not after its start {span.start}.")


def _check_encode(timeline: Timeline) -> None:
    ask = timeline.encode
    if ask.preset not in PRESETS:
        raise unknown("preset", ask.preset, PRESETS, "encode.preset")
    for name, bits in (("bitrate", ask.bitrate), ("max_bitrate", ask.max_bitrate)):
        if bits > MOST_BITS:
            raise InputError(f"encode.{name}: it must be at most {MOST_BITS:,} bits a second, not {bits:,}.")
    if ask.max_bitrate < ask.bitrate:
        raise InputError(
            f"encode.max_bitrate: it must be at least encode.bitrate, {ask.bitrate:,}, not {ask.max_bitrate:,}."
        )


def _check_length(place: str, text: str, most: int) -> None:
    if len(text) > most:
        raise InputError(f"{place}: {len(text):,} characters cannot be read; {most} are the most.")


def _check_font(place: str, family: str) -> None:
    try:
        shelf().face(family)
    except InputError as error:
        said = error.message
        raise InputError(f"{place}: {said[:1].lower()}{said[1:]}", remedy=error.remedy) from error


def _check_frames(place: str, first: int, last: int, frames: int) -> None:
    if first >= last:
        raise InputError(f"{place}: it ends at frame {last}, not after its first frame {first}.")
    if last > frames:
        raise InputError(
            f"{place}: it ends at frame {last}, beyond the timeline’s {frames} frames.",
            remedy="Shorten it or lengthen a shot.",
        )
