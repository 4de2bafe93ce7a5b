"""Pictures of text, compared with ones a person has looked at. ``REELFORGE_WRITE_GOLDEN=1`` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from reelforge.domain.phrasing import parts_of
from reelforge.domain.timeline import Card, Cue, CueWord, Shot, Source, Timeline
from reelforge.render.text.layers import text_layers
from reelforge.settings.shipped import caption_styles

HERE = Path(__file__).parent / "text"
CASES = {
    "latin": ("en", "modern", "AVATAR To Wave", 0, None),
    "highlight": ("en", "modern", "Our oceans tug the", 1, None),
    "emoji": ("en", "modern", "Fly 👩‍🚀 🇩🇪 👍🏽 1️⃣", 0, None),
    "arabic": ("ar", "modern", "الأرض تدفع ثمن ذلك", 1, None),
    "hebrew_digits": ("he", "modern", "בשנת 1969 נחתו (NASA)", 1, None),
    "devanagari": ("hi", "modern", "क्षेत्र में चंद्रमा", 1, None),
    "chinese": ("zh", "modern", "月球 正在 离开 骨直 3.8厘米", 1, None),
    "chinese_traditional": ("zh-TW", "modern", "月球 正在 離開 骨直 3.8公分", 1, None),
    "japanese": ("ja", "modern", "月は コンピューター 骨直 へ。", 1, None),
    "korean": ("ko", "modern", "달은 매년 3.8센티미터씩", 1, None),
    "mixed": ("en", "modern", "NASA の 月球 هلال 🌙", 2, None),
    "line_number_and_unit": ("en", "modern", "it slipped 3.8 centimetres", 1, None),
    "line_article_and_noun": ("en", "modern", "orbiting around the planetarium", 1, None),
    "line_title_and_name": ("en", "modern", "yesterday evening Dr. Hawking", 1, None),
    "line_after_a_comma": ("en", "modern", "afterwards, we understood", 1, None),
    "line_before_a_conjunction": ("en", "modern", "mountains and oceans", 1, None),
    "line_balanced": ("en", "modern", "tremendously complicated arithmetic", 1, None),
    "line_kinsoku": ("ja", "modern", "月はゆっくりと「コーヒー」を。", 1, None),
    "line_long_word": ("de", "modern", "Donaudampfschifffahrtsgesellschaft", 0, None),
    "classic": ("en", "classic", "Every single year it slips 3.8 centimetres", 0, None),
    "hook": ("en", "modern", "", 0, Card(text="The Moon is leaving us.", first=0, last=60, kind="hook")),
    "card_arabic": ("ar", "modern", "", 0, Card(text="القمر يرحل 2024", first=0, last=60)),
}


def drawn(name: str) -> np.ndarray:
    language, style, text, state, card = CASES[name]
    parts = [part for word in text.split() for part in parts_of(word)]
    words = tuple(CueWord(text=word, first=10 * n, last=10 * n + 10) for n, word in enumerate(parts))
    made = Timeline(
        language=language,
        shots=(Shot(picture=Source(path="moon.png"), frames=100),),
        cues=(Cue(first=0, last=10 * len(words), words=words),) if words else (),
        caption_style=caption_styles()[style],
        cards=(card,) if card else (),
    )
    return text_layers(made)[state].draw()


@pytest.mark.parametrize("name", CASES)
def test_text_looks_as_it_did_when_a_person_looked(name: str) -> None:
    path = HERE / f"{name}.png"
    found = drawn(name)
    if os.environ.get("REELFORGE_WRITE_GOLDEN"):
        assert cv2.imwrite(str(path), cv2.cvtColor(found, cv2.COLOR_RGBA2BGRA), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    wanted = cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)
    assert found.shape == wanted.shape
    premultiplied = [image[..., :3] * (image[..., 3:] / 255.0) for image in (found, wanted)]
    difference = np.maximum(
        np.abs(premultiplied[0] - premultiplied[1]).max(axis=2), np.abs(found[..., 3].astype(int) - wanted[..., 3])
    )
    assert difference.mean() < 0.25
    assert (difference > 32).mean() < 0.0002
