"""Composing keeps its promises for any script, any speech and any pictures."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from reelforge.domain.asset import AssetRef
from reelforge.domain.cues import Alignment, Narration, SceneWords, SpokenScene, Utterance, Word
from reelforge.domain.look import Look, SoundEffectsLook, TransitionLook
from reelforge.domain.music import Bed, Track
from reelforge.domain.picture import Picture
from reelforge.domain.script import Scene, Script
from reelforge.domain.timeline import Rate, Timeline
from reelforge.engines.music.cutting import spans_for
from reelforge.recipes.compose import cards, compose, hook_text, scene_starts, total_frames
from reelforge.render.document import check

RATES = (Rate(), Rate(num=30000, den=1001), Rate(num=60), Rate(num=24))
ASSET = AssetRef(sha256="a" * 64, media_type="audio/flac", size=1)


def picture(number: int, focus: tuple[float, float]) -> Picture:
    asset = AssetRef(sha256=f"{number:064x}", media_type="image/jpeg", size=1)
    return Picture(asset=asset, width=1620, height=2880, focus=focus, engine="test")


@st.composite
def material(draw: st.DrawFn) -> tuple[Script, Narration, Alignment, list[Picture]]:
    scenes, spoken, at = [], [], draw(st.integers(0, 9_600))
    begun = 0
    for _number in range(draw(st.integers(1, 6))):
        words = []
        for index in range(draw(st.integers(1, 24))):
            length = draw(st.integers(2_400, 38_400))
            text = f"word{index}" + draw(st.sampled_from(["", "", "", ",", "."]))
            words.append(Word(text=text, start=at, end=at + length, confidence=1.0, source="native"))
            at += length + draw(st.sampled_from([0, 0, 2_400, 24_000]))
        card = draw(st.sampled_from(["", "", "A card", "Five words are on it"]))
        scenes.append(Scene(narration=" ".join(word.text for word in words), card=card))
        spoken.append(SceneWords(start=begun, end=at, words=tuple(words)))
        begun = at
    script = Script(
        title="A title",
        hook=draw(st.sampled_from(["", "Short hook", "A hook of more than five words"])),
        scenes=tuple(scenes),
    )
    takes = tuple(
        SpokenScene(
            start=one.start,
            end=one.end,
            utterances=((one.start, Utterance(text="x", audio=ASSET, samples=max(1, one.end - one.start))),),
        )
        for one in spoken
    )
    narration = Narration(audio=ASSET, samples=at, scenes=takes, engine="test", voice="test")
    focus = draw(st.tuples(st.floats(0, 1), st.floats(0, 1)))
    return (
        script,
        narration,
        Alignment(samples=at, scenes=tuple(spoken)),
        [picture(n, focus) for n in range(len(scenes))],
    )


looks = st.builds(
    lambda rate, name, seconds: Look(rate=rate, transition=TransitionLook(name=name, seconds=seconds)),
    st.sampled_from(RATES),
    st.sampled_from(["cut", "dissolve"]),
    st.sampled_from([0.0, 0.2, 0.4, 1.0]),
)


@settings(max_examples=30, deadline=None)
@given(material(), looks)
def test_the_document_is_whole_and_the_renderer_takes_it(given_material: tuple, look: Look) -> None:
    script, narration, alignment, pictures = given_material
    timeline = compose(script, narration, alignment, pictures, None, look)
    check(timeline)
    assert timeline == compose(script, narration, alignment, pictures, None, look)
    assert timeline == Timeline.model_validate_json(timeline.model_dump_json())
    assert timeline.frames == total_frames(narration, look.rate)
    assert timeline.samples >= narration.samples
    assert [shot.picture.sha256 for shot in timeline.shots] == sorted(shot.picture.sha256 for shot in timeline.shots)
    assert {shot.picture.sha256 for shot in timeline.shots} == {one.asset.sha256 for one in pictures}
    for before, shot in zip(timeline.shots, timeline.shots[1:], strict=False):
        assert shot.transition.frames < min(shot.frames, before.frames) or shot.transition.frames == 0


@settings(max_examples=30, deadline=None)
@given(material(), st.sampled_from(RATES))
def test_a_scene_starts_with_its_first_word_and_not_before_the_last_one_has_ended(
    given_material: tuple, rate: Rate
) -> None:
    script, narration, alignment, _ = given_material
    starts = scene_starts(script, alignment, rate, total_frames(narration, rate))
    assert starts[0] == 0
    assert list(starts) == sorted(set(starts))
    for before, scene, start in zip(alignment.scenes, alignment.scenes[1:], starts[1:], strict=False):
        assert rate.frame_at(before.words[-1].end) <= start <= rate.frame_at(scene.words[0].start)


@settings(max_examples=30, deadline=None)
@given(material(), st.sampled_from(RATES))
def test_cards_are_short_and_never_overlap_and_the_hook_is_there_at_once(given_material: tuple, rate: Rate) -> None:
    script, narration, alignment, _ = given_material
    frames = total_frames(narration, rate)
    found = cards(script, scene_starts(script, alignment, rate, frames), frames, rate)
    assert found[0].text == hook_text(script)
    assert found[0].first == 0
    assert all(len(card.text.split()) <= 5 for card in found)
    assert all(before.last <= after.first for before, after in itertools.pairwise(found))
    assert found[-1].last <= frames


@settings(max_examples=25, deadline=None)
@given(material(), looks)
def test_every_word_is_shown_once_and_in_order(given_material: tuple, look: Look) -> None:
    script, narration, alignment, pictures = given_material
    timeline = compose(script, narration, alignment, pictures, None, look)
    assert [word.text for cue in timeline.cues for word in cue.words] == [word.text for word in alignment.words]
    assert all(cue.last <= timeline.frames for cue in timeline.cues)


@settings(max_examples=25)
@given(material(), looks, st.sampled_from([90.0, 128.0, 140.0]), st.floats(0, 0.4))
def test_effects_that_follow_the_music_find_its_beats_and_strength_where_they_are_heard(
    given_material: tuple, look: Look, bpm: float, first_beat: float
) -> None:
    track = Track(
        title="T",
        file="t.ogg",
        mood="m",
        bpm=bpm,
        first_beat=round(first_beat, 3),
        bars=8,
        loop_start_bar=2,
        loop_end_bar=6,
        seconds=60,
        loudness=-14,
    )
    script, narration, alignment, pictures = given_material
    samples = look.rate.sample_at(total_frames(narration, look.rate))
    strength = tuple(number / 2_000 for number in range(60 * 30))
    asset = AssetRef(sha256="a" * 64, media_type="audio/ogg", size=1)
    bed = Bed(track=track, asset=asset, spans=spans_for(track, samples, 60 * 48_000), strength=strength)
    sound = compose(script, narration, alignment, pictures, bed, look).audio
    step = 60 * 48_000 / bpm
    assert all(abs(beat - number * step) <= 1.5 for number, beat in enumerate(sound.beats))
    assert samples - step - 1 <= sound.beats[-1] < samples
    assert len(sound.energy.values) >= samples // sound.energy.step
    for moment in range(samples // sound.energy.step):
        at, heard = 0, None
        for span in bed.spans:
            if at <= moment * sound.energy.step < at + span.end - span.start:
                heard = strength[(span.start + moment * sound.energy.step - at) // 1_600]
            at += span.end - span.start
        assert sound.energy.values[moment] == heard


@settings(max_examples=30)
@given(material(), looks)
def test_sound_effects_stand_in_the_middle_of_transitions_and_where_cards_come(
    given_material: tuple, look: Look
) -> None:
    script, narration, alignment, pictures = given_material
    silent = compose(script, narration, alignment, pictures, None, look)
    assert silent.audio.effects == ()
    wanted = SoundEffectsLook(transitions="whoosh", cards="pop", hook="thud", gain_db=-10)
    timeline = compose(script, narration, alignment, pictures, None, look.model_copy(update={"sound_effects": wanted}))
    check(timeline)
    places = {(effect.name, look.rate.frame_at(effect.at)) for effect in timeline.audio.effects}
    starts = [sum(shot.frames for shot in timeline.shots[:number]) for number in range(len(timeline.shots))]
    expected = {
        ("whoosh", start + shot.transition.frames // 2)
        for start, shot in zip(starts, timeline.shots, strict=True)
        if shot.transition.name != "cut" and shot.transition.frames
    }
    expected |= {("thud" if card.kind == "hook" else "pop", card.first) for card in timeline.cards}
    assert places == expected
