"""What stands around Kokoro's model: its symbols, the cutting of long sentences, the added output, its voices."""

from pathlib import Path

import numpy as np
import pytest

from reelforge.engines.voice import kokoro, takes
from reelforge.engines.voice.kokoro_model import RATE, Sounds, Speech, _durations_output, _joined, pieces, read_style
from reelforge.engines.voice.kokoro_symbols import kokoro_symbols
from reelforge.errors import InputError, NeedsPersonError, NeverWorksError, TryLaterError

VOCABULARY = kokoro.read_vocabulary(kokoro.voices()["af_heart"].parent / "vocab.json")


@pytest.mark.parametrize(
    ("ipa", "american"),
    [
        ("mˈuːn", "mˈun"),
        ("t^ʃˈɜːt^ʃ", "ʧˈɜɹʧ"),
        ("d^ʒˈʌd^ʒ", "ʤˈʌʤ"),
        ("hˈa^ʊs", "hˈWs"),
        ("ɡˈo^ʊ", "ɡˈO"),
        ("wˈɔːɾɚ", "wˈɔTəɹ"),
        ("bˈʌʔn̩", "bˈʌtᵊn"),
        ("lˈɪɾə^l", "lˈɪTᵊl"),
        ("fˈɔː^ɹ", "fˈɔɹ"),
    ],
)
def test_espeaks_sounds_become_kokoros(ipa: str, american: str) -> None:
    assert kokoro_symbols(ipa, VOCABULARY) == american


def test_british_keeps_its_long_vowels_and_its_own_o() -> None:
    assert kokoro_symbols("ɡˈə^ʊ", VOCABULARY, british=True) == "ɡˈQ"
    assert kokoro_symbols("bˈɜːd", VOCABULARY, british=True) == "bˈɜːd"


def test_unknown_signs_never_reach_the_model() -> None:
    assert kokoro_symbols("(en)m†ˈuːn ", VOCABULARY).strip("()") == "An)mˈun"


def test_a_sentence_that_fits_stays_whole() -> None:
    words = [Sounds("abc")] * 10
    assert pieces(words, 400) == [words]


def test_a_long_sentence_is_cut_at_the_pause_nearest_its_middle() -> None:
    words = [Sounds("abcdefghi", "," if index in {3, 11} else "") for index in range(20)]
    cut = pieces(words, 130)
    assert [len(piece) for piece in cut] == [12, 8]
    assert [word for piece in cut for word in piece] == words


def test_without_a_pause_it_is_cut_between_words_and_every_piece_fits() -> None:
    words = [Sounds("abcdefghi")] * 100
    cut = pieces(words, 120)
    assert sum(map(len, cut)) == 100
    assert all(sum(len(word.symbols) + 1 for word in piece) <= 120 for piece in cut)


def test_pieces_are_joined_by_a_short_pause_and_their_words_move_along() -> None:
    tone = np.pad(np.sin(np.arange(RATE) / 20).astype(np.float32), RATE // 2)
    speech = Speech(tone, ((RATE // 2, RATE), (RATE, RATE * 3 // 2)))
    joined = _joined([speech, speech], 1920)
    length = round(RATE * 1.12) + 1920
    assert len(joined.samples) == 2 * length
    assert joined.spans[2][0] - joined.spans[0][0] == length
    assert np.abs(joined.samples[joined.spans[2][0] - 400 : joined.spans[2][0] - 200]).max() == 0
    assert np.abs(joined.samples[joined.spans[2][0] : joined.spans[2][1]]).max() > 0.9


def test_the_added_output_is_the_protobuf_onnx_reads() -> None:
    fragment = _durations_output()
    assert fragment[:1] == b"\x3a"  # ModelProto.graph, length-delimited
    assert fragment[1] == len(fragment) - 2
    assert fragment[2:3] == b"\x0a"  # GraphProto.node
    assert b"\x22\x04Cast" in fragment  # NodeProto.op_type
    assert fragment.endswith(b"\x62\x10\x0a\x08duration\x12\x04\x0a\x02\x08\x07")  # GraphProto.output, int64


def test_a_damaged_voice_file_is_refused(tmp_path: Path) -> None:
    damaged = tmp_path / "af_broken.bin"
    damaged.write_bytes(b"\0" * 1000)
    with pytest.raises(NeedsPersonError, match=r"is damaged"):
        read_style(damaged)


def test_every_shipped_voice_can_be_read() -> None:
    assert {"af_heart", "am_michael", "bm_george"} <= set(kokoro.voices())
    assert all(np.isfinite(read_style(path)).all() for path in kokoro.voices().values())


def test_an_unknown_voice_names_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'af_heart'"):
        kokoro.Engine(kokoro.Options(voice="af_hart"))


def test_a_flawed_take_is_tried_again_once_and_then_never() -> None:
    doubts = takes.Doubts("Kokoro")
    doubts.settle("Fine.", "")
    with pytest.raises(TryLaterError, match=r"Kokoro's recording of “Bad.” is silent"):
        doubts.settle("Bad.", "is silent")
    with pytest.raises(NeverWorksError, match="Put the sentence another way"):
        doubts.settle("Bad.", "is silent")
