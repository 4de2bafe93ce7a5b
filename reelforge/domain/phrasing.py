"""Where written text may be parted: sentences and phrases, what belongs together, scripts written without spaces.

For captions, for lines and for subtitles alike. Rules are those of subtitlers (BBC Subtitle Guidelines 2022, section
"line breaks"; Netflix Timed Text Style Guide, "line treatment"): break after punctuation, before conjunctions and
prepositions; keep articles with nouns, numbers with units, titles with names. East Asian lines follow kinsoku
(JIS X 4051): what closes never begins a line, what opens never ends one.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from reelforge.domain.sentence_ends import ends_after, habits_of

_SPACELESS: Final = (
    (0x0E01, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x30FF),  # CJK radicals, punctuation, kana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF01, 0xFF9F),  # full-width forms, half-width kana
    (0x20000, 0x3FFFF),
)
_CLOSING: Final = "\"'’”»›)]}」』）】》〉"
_PHRASE_END: Final = (",", ";", ":", "—", "–", "，", "、", "；", "：", "،", "؛")
_NUMBER: Final = re.compile(r"[^\w]*[\d٠-٩۰-۹०-९][\d٠-٩۰-۹०-९.,:'’/–-]*[^\w,;:!?.]*")


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MAGNITUDE: Final = _listed(
    "hundred thousand million billion trillion dozen percent hundert tausend millionen milliarde milliarden prozent "
    "mille millions milliard milliards cent mil millón millones"
)
_PREFIX: Final = _listed("$ € £ ¥ US$ No. Nr. § # ~ ± + - − < > ≈")
_ARTICLES: Final = {
    "en": _listed("a an the my your our their his her its this that these those every each no"),
    "de": _listed(
        "der die das den dem des ein eine einen einem einer eines kein keine mein dein sein ihr unser jede jeder jedes "
        "dieser diese dieses zum zur im am vom beim ins"
    ),
    "fr": _listed("le la les un une des du au aux mon ton son ma ta sa mes tes ses notre votre leur ce cet cette ces"),
    "es": _listed("el la los las un una unos unas al del mi tu su mis tus sus este esta estos estas ese esa cada"),
    "it": _listed("il lo la i gli le un uno una del della al alla nel nella questo questa mio mia suo sua ogni"),
    "pt": _listed("o a os as um uma do da no na ao pelo pela este esta esse essa meu minha seu sua cada"),
}
"""Words that a noun has to follow: nothing is parted after them where it can be helped."""
_LEANING: Final = {
    "en": _listed(
        "of to in on at by for from with and or but so as is are was were be it into than if we you they he she i not "
        "will would can could should must may has have had do does did very too just more most about under over"
    ),
    "de": _listed(
        "und oder aber in an auf aus bei mit nach von zu für ist sind war waren nicht so als wie wir sie er es ich du "
        "man wird werden hat haben kann muss sehr zu um über unter"
    ),
    "fr": _listed(
        "de et ou mais à en dans par pour sur avec est sont était ne se je tu il elle on nous vous ils a ont"
    ),
    "es": _listed("de y e o u pero a en por para con sin sobre es son era no se que ha han muy más"),
    "it": _listed("di e ed o ma a da in con su per tra è sono era non si che ha hanno più molto"),
    "pt": _listed("de e ou mas a em por para com sem sobre é são era não se que foi tem muito mais"),
}
"""Words that lean on the next one, so that a cue had better not end with them."""
_JOINING: Final = {
    "en": _listed(
        "and but or so because that which who whose where when while until if unless than though although since "
        "before after as then yet nor whether"
    ),
    "de": _listed(
        "und aber oder denn weil dass der die wenn als während bis ob obwohl sondern bevor nachdem damit wo wer doch"
    ),
    "fr": _listed("et mais ou donc car que qui où quand parce puisque si lorsque pendant alors comme"),
    "es": _listed("y e pero o u porque que quien donde cuando mientras si aunque como pues sino"),
    "it": _listed("e ed ma o perché che chi dove quando mentre se anche come quindi"),
    "pt": _listed("e mas ou porque que quem onde quando enquanto se embora como pois"),
}
"""Words with which a clause begins: a good place to part before them."""
_LEADING: Final = {
    "en": _listed("of to in on at by for from with into onto over under about between through during without against"),
    "de": _listed("in an auf aus bei mit nach von vor zu für um über unter durch gegen ohne zwischen im am zum zur"),
    "fr": _listed("de à en dans par pour sur sous avec sans entre contre chez vers"),
    "es": _listed("de a en por para con sin sobre entre contra hacia hasta desde"),
    "it": _listed("di a da in con su per tra fra verso senza sotto"),
    "pt": _listed("de a em por para com sem sobre entre contra até desde"),
}
"""Words with which a phrase begins: likewise, a little less."""
_TRAILING: Final = {
    "en": _listed("ago old later earlier long wide high deep tall away o’clock o'clock"),
    "de": _listed("alt lang breit hoch tief später früher uhr weit"),
    "fr": _listed("plus ans tard tôt"),
    "es": _listed("después antes más"),
}
"""Words that belong to what stands before them: ``million years ago``."""
_COUNTING: Final = {
    "en": _listed(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety several few many half"
    ),
    "de": _listed("zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig vierzig fünfzig viele"),
    "fr": _listed("deux trois quatre cinq six sept huit neuf dix onze douze vingt trente quarante cinquante"),
    "es": _listed("dos tres cuatro cinco seis siete ocho nueve diez once doce veinte treinta cuarenta cincuenta"),
}
"""Number words: they keep their hundreds, and what they count."""
_TITLE: Final = re.compile(
    r"(?:mr|mrs|ms|dr|prof|st|sr|sra|sig|mme|mlle|hr|fr|frl|rev|gen|col|sgt|lt|capt|[A-Z])\.", re.IGNORECASE
)
_DAY: Final = re.compile(r"\d{1,2}(?:st|nd|rd|th)?,")
_YEAR: Final = re.compile(r"\d{4}\b")
_LABEL: Final = re.compile(r"[^\W\d_][\w’'-]*")
_HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々]")
_HIRAGANA: Final = re.compile(r"[\u3041-\u309f]")
_KATAKANA: Final = re.compile(r"[\u30a1-\u30ff\uff66-\uff9f]")
_NEVER_FIRST: Final = frozenset(
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ々〻〱〲〳〴〵ー〜～‥…・：；％‰℃°ๆฯ"
)
"""What kinsoku lets begin no line, besides what closes: small kana, marks of repetition and length, signs of units."""
_NEVER_LAST: Final = frozenset("＄￥￡＃№")
_SUFFIX: Final = frozenset("的了着过過们們吗嗎呢吧啊呀は을를이가은는も가へやねよか")
"""Particles that belong to what stands before them."""


def spaceless(character: str) -> bool:
    """Whether the character belongs to a script written without spaces (Chinese, Japanese, Thai, Khmer …)."""
    point = ord(character)
    return any(low <= point <= high for low, high in _SPACELESS)


def joiner(left: str, right: str) -> str:
    """What stands between two neighbouring words: nothing inside scripts written without spaces, else a space."""
    return "" if left and right and (spaceless(left[-1]) and spaceless(right[0])) else " "


def sentence_ends(text: str, following: str = "", language: str = "en") -> bool:
    """Whether a sentence ends with the written word ``text``, when ``following`` comes next (empty: nothing does)."""
    return ends_after(text, ("", text), following, habits_of(language))


def phrase_ends(text: str) -> bool:
    """Whether a comma or its like ends the word."""
    return text.rstrip(_CLOSING).endswith(_PHRASE_END)


def is_number(text: str) -> bool:
    """Whether a written word is a number, with its sign of currency or per cent: ``$2,500``, ``3.8``, ``40%``."""
    return bool(_NUMBER.fullmatch(text.strip("()[]\"'“”")) and len(text) < 24)


def is_magnitude(text: str) -> bool:
    """Whether a word makes the number before it larger: ``million``, ``percent``."""
    return text.strip(".,;:!?…").lower() in _MAGNITUDE


def clings(text: str, following: str, language: str) -> bool:
    """Whether nothing may part ``text`` from ``following``: a number and its unit, a sign and its number."""
    if phrase_ends(text) or sentence_ends(text, following, language):
        return False
    if text in _PREFIX and _NUMBER.fullmatch(following):
        return True
    first = following.strip(".,;:!?…\"'”’)")
    if _titled(text, following):
        return True
    if _NUMBER.fullmatch(text) or text.lower() in _MAGNITUDE:
        tongue = language[:2].lower()
        known = _of(_LEANING, tongue) | _of(_JOINING, tongue) | _of(_ARTICLES, tongue)
        return (
            bool(first)
            and first.lower() not in known
            and (first[0].islower() or not first[0].isalnum() or len(first) <= 3)
        )
    return False


def _of(lists: dict[str, frozenset[str]], tongue: str) -> frozenset[str]:
    return lists.get(tongue, frozenset())


def _titled(text: str, following: str) -> bool:
    """A title or an initial before a name: ``Dr. Ride``, ``J. Doe``."""
    return bool(_TITLE.fullmatch(text.lstrip("\"'“‘«("))) and following[:1].isupper()


def parting(text: str, following: str, language: str) -> float:
    """What it costs to part two neighbouring words: from −7 (a comma stands between them) over 0 (nobody minds) to 40
    (a number and its unit).
    """
    if clings(text, following, language):
        return 40.0 if not is_magnitude(text) or is_magnitude(following) else 25.0
    if following[0] in "—–" or text in {"(", "“", "«"}:
        return 30.0
    if phrase_ends(text) or sentence_ends(text, following, language):
        return 6.0 if _DAY.fullmatch(text) and _YEAR.match(following) else -7.0
    if spaceless(text[-1]) or spaceless(following[0]):
        return _unspaced(text[-1], following[0])
    return _spaced(text, following, language[:2].lower())


def _spaced(text: str, following: str, tongue: str) -> float:
    word, after = text.lower(), following.lower().rstrip(".,;:!?…")
    article = word in _of(_ARTICLES, tongue)
    leaning = any(word in _of(lists, tongue) for lists in (_LEANING, _JOINING, _LEADING))
    cost = 6.0 if article else 3.0 if leaning else 0.0
    if _labelled(text, following):
        return cost + 12.0
    if _counted(word, tongue) and not _counted(after, tongue):
        return 40.0 if is_magnitude(after) else 7.0
    if after in _of(_TRAILING, tongue):
        return cost + 7.0
    if after in _of(_JOINING, tongue):
        cost -= 3.0
    elif after in _of(_LEADING, tongue):
        cost -= 2.0
    names = text[0].isupper() and following[0].isupper()
    return cost + (4.0 if names and not article and not leaning else 0.0)


def _counted(word: str, tongue: str) -> bool:
    return re.split("[-‐]", word)[0] in _of(_COUNTING, tongue)


def _labelled(text: str, following: str) -> bool:
    """A name or a month before its number: ``Apollo 11``, ``Chapter 3``, ``July 20``."""
    return text[0].isupper() and bool(_LABEL.fullmatch(text)) and following[0].isdigit() and not following[0].isalpha()


def _unspaced(before: str, after: str) -> float:
    """Between two characters of scripts without spaces. Only kinds of letters tell words apart there: a new word begins
    with a Han character or katakana rather than within a run of either.
    """
    if after in _SUFFIX:
        return 6.0
    if _KATAKANA.match(before) and _KATAKANA.match(after):
        return 14.0
    if _HIRAGANA.match(before) and not _HIRAGANA.match(after):
        return -1.5
    if _HAN.match(before) and _HIRAGANA.match(after):
        return 5.0
    if _HIRAGANA.match(before) and _HIRAGANA.match(after):
        return 1.5
    return -1.0 if before in "的了，は" else 2.0


def parts_of(text: str) -> list[str]:
    """The word itself, or one piece for each spaceless character, with the marks and punctuation that cling to it."""
    if not any(spaceless(c) for c in text):
        return [text]
    parts: list[str] = []
    opened = False
    for character in text:
        category = unicodedata.category(character)
        alone = spaceless(character)
        if not parts:
            parts.append(character)
        elif opened or character in _NEVER_FIRST or category in ("Mn", "Mc", "Me", "Pe", "Pf", "Po", "Cf", "Lm"):
            parts[-1] += character
        elif category in ("Ps", "Pi") or alone or spaceless(parts[-1][0]):
            parts.append(character)
        else:
            parts[-1] += character
        opened = category in ("Ps", "Pi") or character in _NEVER_LAST or character in "\u200dเแโใไ"
    return parts
