"""Composing the timeline: values in, document out. Pure, so that the same material always gives the same Reel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from reelforge.domain.captions import bare, group
from reelforge.domain.cues import SAMPLE_RATE, Alignment, Narration, SceneWords
from reelforge.domain.look import Look
from reelforge.domain.music import Bed
from reelforge.domain.pacing import count_words, scene_samples, seconds_per_scene
from reelforge.domain.picture import Picture
from reelforge.domain.script import CARD_WORDS, Script
from reelforge.domain.timeline import (
    Card,
    Motion,
    Rate,
    Shot,
    Source,
    Timeline,
    Transition,
)
from reelforge.recipes.sounding import audio_plan, sound_effects

TAIL_SECONDS = 0.7
"""The last picture and the music stay this long after the last word, so that the Reel does not stop mid-breath."""
LEAD_SECONDS = 0.12
"""A scene's picture comes this long before its first word: the eye leads the ear."""
HOOK_SECONDS = 2.2
SHORTEST_HOOK_SECONDS = 1.4
CARD_SECONDS = 2.6
SHORTEST_CARD_SECONDS = 0.9
LONG_SCENE = 1.75
"""A scene longer than this many times its pace's seconds is shown as two or more shots of its picture."""
LONGEST_TRANSITION = 240
"""Frames; the document's own bound on :attr:`Transition.frames`, which two seconds at more than 30 a second exceed."""


def total_frames(narration: Narration, rate: Rate) -> int:
    """Length of the Reel in frames: the narration and a short tail, rounded up to a whole frame."""
    samples = narration.samples + round(TAIL_SECONDS * SAMPLE_RATE)
    frames = rate.frame_at(samples)
    return frames if rate.sample_at(frames) >= samples else frames + 1


def compose(
    script: Script,
    narration: Narration,
    alignment: Alignment,
    pictures: Sequence[Picture],
    bed: Bed | None,
    look: Look,
) -> Timeline:
    """The timeline of a narrated Reel. ``pictures`` holds one entry a scene, in order.

    Every scene begins just before its first word is spoken; what is on screen follows the speech, never the reverse.
    """
    rate = look.rate
    frames = total_frames(narration, rate)
    starts = scene_starts(script, alignment, rate, frames)
    words = alignment.words
    shots, shown = _shots(script, alignment, pictures, starts, frames, look), cards(script, starts, frames, rate)
    return Timeline(
        title=script.title,
        language=script.language,
        size=look.size,
        rate=rate,
        shots=shots,
        cues=group(
            words,
            rate,
            max_words=look.captions.max_words,
            max_chars=look.captions.max_chars,
            max_speed=look.captions.max_speed,
            emphasis=look.captions.emphasis,
            marked=frozenset(_marked(script, alignment)),
            language=script.language,
            frames=frames,
        ),
        caption_style=look.captions,
        cards=shown,
        card_style=look.cards,
        safe_area=look.safe_area,
        audio=audio_plan(narration, alignment, bed, look, rate.sample_at(frames), sound_effects(shots, shown, look)),
        encode=look.encode,
    )


def scene_starts(script: Script, alignment: Alignment, rate: Rate, frames: int) -> tuple[int, ...]:
    """The first frame of every scene: planned from the text (row M4), then snapped to the words.

    Scenes whose words are known start :data:`LEAD_SECONDS` before their first word, but not before the last word of
    the scene before has ended; a scene without any word keeps its planned share, as far as its own stretch of the
    narration allows. Strictly increasing, first is 0.
    """
    planned = scene_samples([scene.narration for scene in script.scenes], alignment.samples)
    starts, at = [0], 0
    for index in range(1, len(script.scenes)):
        at += planned[index - 1]
        begin = _first_sample(alignment.scenes[index - 1], alignment.scenes[index], at, rate)
        earliest = starts[-1] + 1
        latest = frames - (len(script.scenes) - index)
        starts.append(min(max(rate.frame_at(begin), earliest), latest))
    return tuple(starts)


def _first_sample(before: SceneWords, scene: SceneWords, planned: int, rate: Rate) -> int:
    if not scene.words:
        return max(scene.start, min(planned, scene.end - rate.sample_at(2)))
    first = scene.words[0].start
    floor = before.words[-1].end if before.words else scene.start
    return max(min(floor, first), first - round(LEAD_SECONDS * SAMPLE_RATE))


def _marked(script: Script, alignment: Alignment) -> Iterator[int]:
    """The indexes of the words that the script itself marks."""
    at = 0
    for scene, spoken in zip(script.scenes, alignment.scenes, strict=True):
        wanted = {bare(word) for word in scene.emphasis}
        yield from (at + number for number, word in enumerate(spoken.words) if bare(word.text) in wanted)
        at += len(spoken.words)


def cards(script: Script, starts: Sequence[int], frames: int, rate: Rate) -> tuple[Card, ...]:
    """The hook from the first frame on, and each scene's own card while there is time to read it."""
    found: list[Card] = []
    hook = hook_text(script)
    ends = [*starts[1:], frames]
    if hook:
        length = _frames(HOOK_SECONDS, rate)
        if _short(script.scenes[0].card) and not _says(hook, _short(script.scenes[0].card)):
            # The first scene has something to say besides: the hook makes room, but can still be read.
            length = min(
                length, max(_frames(SHORTEST_HOOK_SECONDS, rate), ends[0] - _frames(SHORTEST_CARD_SECONDS, rate))
            )
        found.append(Card(text=hook, first=0, last=min(length, frames), kind="hook"))
    for scene, start, end in zip(script.scenes, starts, ends, strict=True):
        text = _short(scene.card)
        if not text or (found and _says(hook, text) and start == 0):
            continue
        first = max(start + _frames(0.25, rate), found[-1].last if found else 0)
        last = min(end, first + _frames(CARD_SECONDS, rate))
        if last - first >= _frames(SHORTEST_CARD_SECONDS, rate):
            found.append(Card(text=text, first=first, last=last))
    return tuple(found)


def hook_text(script: Script) -> str:
    """At most five words for the first second: the hook, else the first scene's card, else the title, else a cut."""
    wanted = [text for text in (script.hook, script.scenes[0].card, script.title) if text.strip()]
    for text in wanted:
        if len(text.split()) <= CARD_WORDS:
            return text
    return _short(wanted[0]) if wanted else ""


def _short(text: str) -> str:
    """The text when it has at most five words, else its first five; empty when it has none."""
    words = text.split()
    if len(words) <= CARD_WORDS:
        return text.strip()
    return " ".join(words[:CARD_WORDS]).rstrip(",;:–—- ") + "…"


def _says(hook: str, card: str) -> bool:
    """Whether the hook already says what the card would."""
    plain = [word.strip(".,!?…").casefold() for word in hook.split()]
    return all(word.strip(".,!?…").casefold() in plain for word in card.split())


def _frames(seconds: float, rate: Rate) -> int:
    return round(seconds * rate.num / rate.den)


def _shots(
    script: Script,
    alignment: Alignment,
    pictures: Sequence[Picture],
    starts: Sequence[int],
    frames: int,
    look: Look,
) -> tuple[Shot, ...]:
    wanted = _frames(look.transition.seconds, look.rate) if look.transition.name != "cut" else 0
    overlap = min(wanted, LONGEST_TRANSITION)
    pace = seconds_per_scene(_words_per_minute(script, alignment))
    edges = _centred(starts, overlap, frames)
    shots: list[Shot] = []
    for index, (start, end) in enumerate(pairwise(edges)):
        parts = _parts(alignment.scenes[index], start, end, pace, look.rate)
        for part, (first, last) in enumerate(pairwise(parts)):
            joins = bool(shots) and part == 0
            room = min(overlap, last - first - 1, shots[-1].frames - 1) if joins else 0
            shots.append(
                Shot(
                    picture=Source(sha256=pictures[index].asset.sha256),
                    frames=last - first,
                    mask=_mask(pictures[index], look),
                    motion=_motion(pictures[index], len(shots), look),
                    effects=look.effects,
                    transition=_transition(look, room) if room > 0 else Transition(),
                )
            )
    return tuple(shots)


def _centred(starts: Sequence[int], overlap: int, frames: int) -> list[int]:
    """Shot edges moved so that each transition's middle is where its scene starts; still strictly increasing."""
    edges = [0]
    for index, start in enumerate(starts[1:], start=1):
        latest = frames - (len(starts) - index)
        edges.append(min(max(start - overlap // 2, edges[-1] + 1), latest))
    return [*edges, frames]


def _parts(scene: SceneWords, start: int, end: int, pace: int, rate: Rate) -> list[int]:
    """Edges within one scene: a long one is cut where a word begins, so that the eye gets something new in time."""
    length = rate.seconds(end - start)
    count = max(1, round(length / pace)) if length > LONG_SCENE * pace else 1
    shortest = _frames(1.2, rate)
    edges = [start]
    for part in range(1, count):
        ideal = start + (end - start) * part // count
        candidates = [rate.frame_at(word.start) for word in scene.words]
        fitting = [frame for frame in candidates if edges[-1] + shortest <= frame <= end - shortest]
        if fitting:
            edges.append(min(fitting, key=lambda frame: abs(frame - ideal)))
    return [*edges, end]


def _words_per_minute(script: Script, alignment: Alignment) -> float:
    """As a listener counts words, so that scripts written without spaces have a pace too; at least 1."""
    words = sum(count_words(scene.narration) for scene in script.scenes)
    return max(1.0, words * 60 * SAMPLE_RATE / alignment.samples)


def _transition(look: Look, frames: int) -> Transition:
    return Transition(name=look.transition.name, frames=frames, direction=look.transition.direction)


def _mask(picture: Picture, look: Look) -> Source | None:
    """The subject's mask, where the motion has a use for it."""
    mask = picture.sight.mask if picture.sight and look.motion.name == "parallax" else None
    return Source(sha256=mask.sha256) if mask else None


def _motion(picture: Picture, number: int, look: Look) -> Motion:
    """Towards the point of interest and away from it in turn, with a drift the shape of the picture allows."""
    name, amount = look.motion.name, look.motion.amount
    if name == "parallax" and not (picture.sight and picture.sight.mask):
        name = "ken_burns"  # there is no subject to part from what is behind it
    towards = picture.focus
    if name == "still" or (amount == 0 and name not in {"pan", "tilt", "drift", "handheld"}):
        return Motion(name="still", zoom=(1.0, 1.0), start=towards, end=towards)
    if name in {"pan", "tilt", "drift"}:
        # The picture is shown at one size, a little enlarged so that there is room to move.
        back = number % 2 == 1
        ends = _across(name, towards)
        start, end = (ends[1], ends[0]) if back else ends
        zoom = 1.0 + max(amount, 0.04)
        return Motion(name=name, zoom=(zoom, zoom), start=start, end=end, easing=look.motion.easing, seed=number)
    near, far = 1.0 + amount, 1.0
    away = (0.5 + (towards[0] - 0.5) * 0.35, 0.5 + (towards[1] - 0.5) * 0.35)
    if number % 2 == 0 or name == "push_in":
        return Motion(name=name, zoom=(far, near), start=away, end=towards, easing=look.motion.easing, seed=number)
    return Motion(name=name, zoom=(near, far), start=towards, end=away, easing=look.motion.easing, seed=number)


def _across(name: str, towards: tuple[float, float]) -> tuple[tuple[float, float], tuple[float, float]]:
    """From one side of the point of interest to the other."""
    x, y = towards
    if name == "pan":
        return (max(0.0, x - 0.2), y), (min(1.0, x + 0.2), y)
    if name == "tilt":
        return (x, max(0.0, y - 0.15)), (x, min(1.0, y + 0.15))
    return towards, towards
