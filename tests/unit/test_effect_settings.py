import math

import pytest

from reelforge.domain.timeline import Effect
from reelforge.errors import InputError
from reelforge.render import effects, motions, transitions
from reelforge.settings.effects import presets

MISTAKES = {
    "an unknown effect": ("vignete", {}, "shots[2].effects[0].name: there is no effect", "vignette"),
    "an unknown setting": ("vignette", {"strenght": 1}, ".settings.strenght: this is no setting", "strength"),
    "too much": ("vignette", {"strength": 3}, "it must be from 0 to 1, not 3.", ""),
    "a text for a number": ("grain", {"size": "big"}, 'it must be a number from 0.5 to 6, not "big".', ""),
    "a number as a text": ("grain", {"size": "2"}, 'not "2".', ""),
    "a truth for a number": ("glow", {"strength": True}, "not true.", ""),
    "an infinite number": ("glow", {"strength": math.inf}, "it must be a number from 0 to 1", ""),
    "a misspelt choice": ("shadow", {"edge": "botom"}, '“bottom”, “top” or “both”, not "botom".', "bottom"),
    "a fraction for a seed": ("shake", {"seed": 1.5}, "it must be a whole number", ""),
    "a negative seed": ("shake", {"seed": -1}, "it must be from 0 to 4,294,967,295, not -1.", ""),
    "a misspelt table": ("grade", {"lut": "teal_ornge"}, ".settings.lut: there is no colour table", "teal_orange"),
    "a table that is not there": ("grade", {"lut": "/no/such.cube"}, "no file “/no/such.cube”", "or name one of"),
    "nothing for a name": ("grade", {"lut": None}, "it must be a text of at least one character, not null.", ""),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_an_effect_is_one_sentence_with_its_place(mistake):
    name, values, said, remedy = MISTAKES[mistake]
    with pytest.raises(InputError) as caught:
        effects.read(Effect(name=name, settings=values), "shots[2].effects[0]")
    assert caught.value.message.startswith("shots[2].effects[0].")
    assert said in caught.value.message
    assert remedy in caught.value.remedy
    assert "\n" not in str(caught.value)


def test_settings_that_are_left_out_have_their_defaults_and_whole_numbers_are_numbers():
    assert effects.read(Effect(name="vignette"), "x") == effects.find("vignette").options()
    assert effects.read(Effect(name="vignette", settings={"strength": 1}), "x").strength == 1.0


def test_the_presets_are_the_five_and_each_names_only_what_there_is():
    assert list(presets()) == ["none", "smooth", "dynamic", "cinematic", "energetic"]
    for name, preset in presets().items():
        for number, effect in enumerate(preset.effects):
            options = effects.read(effect, f"{name}.effects[{number}]")
            assert options.model_dump(include=set(effect.settings)) == effect.settings
        motions.find(preset.motion.name)
        transitions.find(preset.transition.name)
        assert preset.transition.seconds <= 0.5
    assert presets()["none"].effects == ()
