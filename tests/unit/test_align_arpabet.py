"""espeak-ng's IPA in the phones pocketsphinx hears: English exactly, other languages by their nearest sounds."""

import pytest

from reelforge.engines.align.energy_table import SOUNDS
from reelforge.engines.align.sphinx.arpabet import arpabet


@pytest.mark.parametrize(
    ("ipa", "phones"),
    [
        ("mˈuːn", "M UW N"),
        ("t^ʃˈɪp", "CH IH P"),
        ("kˈɔːtʃɪp", "K AO CH IH P"),
        ("ˈɜːθ", "ER TH"),
        ("bˈɑːɾəl", "B AA D AH L"),
        ("fˈo^ʊɾə^ʊ", "F OW D OW"),
        ("bˈʌtn\u0329", "B AH T AH N"),
        ("t^sˌɛntiːmˈeːtɜ", "T S EH N T IY M EY T ER"),
        ("ˈaɲo", "AA N Y OW"),
        ("bɔ\u0303", "B AO N"),
        ("ɪç", "IH HH"),
    ],
)
def test_sounds_become_their_nearest_phones(ipa: str, phones: str) -> None:
    assert arpabet(ipa) == phones


def test_a_word_nobody_knows_the_sound_of_is_still_something_to_look_for() -> None:
    assert arpabet("") == arpabet("ˈ‖") == "AH"


def test_every_phone_has_its_row_in_the_table_of_sounds() -> None:
    letters = "aɐɑɒæbβcçdðeəɚɛɜfɡhiɪjklmnŋɲoøœɔpɹɾrsʃtθuʊʌvwxyzʒ"
    assert {phone for letter in letters for phone in arpabet(letter).split()} <= set(SOUNDS)
