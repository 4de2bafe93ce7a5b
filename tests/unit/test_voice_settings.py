"""The voices' tables in ``reelforge.toml``: found by file name, and wrong values told in their own words."""

from pathlib import Path

import pytest

from reelforge.errors import InputError
from reelforge.settings import load

GOOD = """
[engines.voice.elevenlabs]
model = "eleven_flash_v2_5"
price_per_million_characters = 50
[engines.voice.openai]
base_url = "http://127.0.0.1:8880/v1/"
model = "kokoro"
[engines.voice.piper]
python_path = "piper/bin/python"
voices_folder = "voices"
[channels.hosted]
voice = { engine = "elevenlabs", voice = "JBFqnCBsd6RMkjVDRZzb", stability = 0.4 }
[channels.near]
voice = { engine = "openai", voice = "af_sky", speed = 1.1 }
[channels.own]
voice = { engine = "piper", voice = "en_US-ryan-medium" }
[channels.shipped]
voice = { engine = "kokoro", voice = "bm_george", backend = "onnx" }
"""


def test_a_channel_takes_the_engines_table_and_lays_its_own_keys_over_it(tmp_path: Path) -> None:
    path = tmp_path / "reelforge.toml"
    path.write_text(GOOD)
    voices = {channel.name: channel.voice for channel in load(path, {}).channels}
    assert voices["hosted"].options.model_dump(include={"voice", "model", "stability"}) == {
        "voice": "JBFqnCBsd6RMkjVDRZzb",
        "model": "eleven_flash_v2_5",
        "stability": 0.4,
    }
    assert voices["near"].options.base_url == "http://127.0.0.1:8880/v1"
    assert voices["own"].options.voices_folder == str(tmp_path / "voices")
    assert voices["own"].options.python_path == str(tmp_path / "piper/bin/python")
    assert voices["shipped"].options.backend == "onnx"


@pytest.mark.parametrize(
    ("voice", "told"),
    [
        ('engine = "elevenlabs"', "`channels.a.voice.voice` is missing; it must be the id of one of your voices"),
        ('engine = "elevenlab", voice = "x"', "did you mean `elevenlabs`?"),
        ('engine = "elevenlabs", voice = "x", speed = 3', "must be a number from 0.7 to 1.2, not 3"),
        ('engine = "elevenlabs", voice = "x", modle = "y"', "did you mean `model`?"),
        ('engine = "openai", voice = "x", base_url = "ftp://h"', "must be an address such as"),
        ('engine = "openai", voice = "x", key = "sk-secret-123"', "did you mean `key_env`?"),
        ('engine = "piper", voice = "../x"', "must be the name of a voice's file without its ending"),
        ('engine = "kokoro", backend = "cuda"', '"auto", "onnx" or "mlx", not "cuda"'),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_is_allowed(tmp_path: Path, voice: str, told: str) -> None:
    path = tmp_path / "reelforge.toml"
    path.write_text(f"[channels.a]\nvoice = {{ {voice} }}\n")
    with pytest.raises(InputError) as caught:
        load(path, {})
    assert told in str(caught.value)
    assert "line " in str(caught.value)
    assert "sk-secret-123" not in str(caught.value)
