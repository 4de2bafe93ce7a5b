"""Rules for tokens of letters: addresses, tags, abbreviations, acronyms, Roman numerals, words.

Whether four and more capitals are a word or spelled follows English phonotactics: a word has vowels, an onset and a
coda that words have, and no long run of consonants. Longer ones are nearly always words that are shouted.
"""

from __future__ import annotations

import re
from typing import Final

from reelforge.engines.voice.spoken.language import Language, Rule
from reelforge.engines.voice.spoken.vocabulary import LETTER, Around, Words, listed

_TOP_LEVEL: Final = (
    "com|org|net|io|dev|ai|gov|edu|co|uk|de|fr|eu|us|app|tv|me|info|fm|ly|gg|news|blog|es|mx|ar|at|ch|it|nl|pl|jp|cn|in|"
    "br|ca|au|xyz|shop|store|online|tech|link|pdf|jpe?g|png|gif|svg|txt|docx?|xlsx?|pptx?|mp[34]|wav|zip|html?|css|py|js|"
    "json|csv|exe"
)
_ONSETS: Final = frozenset(
    listed(
        "b bl br c ch chl chr cl cr d dr dw dsch f fl fr g gh gl gn gr gw h j k kh kl kn kr kw l ll m n p pf pfl ph "
        "phr pl pr ps q r rh s sc sch schl schm schn schr schw scl scr sh shr sk skr sl sm sn sp sph spl spr st str "
        "sv sw t th thr tr ts tsch tw v w wh wr x y z zw ñ"
    )
)
_CODAS: Final = frozenset(
    listed(
        "b c d f g h k l m n p r s t v w x z bs cht chs ck cks ch chts cs ct cts cy ds dth ff ffs fft fs ft fts gg "
        "gh ght ghts gs ks kt ld lds lf lfs lk lks ll lls lm lms ln lp lps ls lt lts lth lz mb mm mmt mp mps mpt ms "
        "mt nc nch nd nds ng ngs ngst nk nks nn nns nnt ns nst nt nth nts nz ph phs pp ps pt pts rb rbs rch rd rds "
        "rf rfs rg rgs rk rks rl rls rm rms rn rns rp rps rr rs rsch rst rt rth rts rz sch sh sk sks sm sms sp ss "
        "st sts tch th ths ts tt tts tz wk wl wls wn wns ws wt xt zz lch"
    )
)
_ROMAN: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_ROMAN_FORM: Final = re.compile("(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_CAPITAL: Final = "[A-ZÄÖÜÁÉÍÓÚÑ]"
_SIZES: Final = frozenset({"XL", "XXL", "XXXL"})


def _abbreviation(match: re.Match[str], _around: Around, language: Language) -> Words | None:
    meaning = language.abbreviations.get(match[0].lower())
    return tuple(meaning.split()) if meaning else None


def _address(match: re.Match[str], _around: Around, language: Language) -> Words:
    """A link, a file's name or an e-mail address, part by part, without ``https``, ``www`` and what follows ``?``."""
    text = re.sub(r"^(?:[a-z]+://)?(?:www\.)?", "", match[0], flags=re.IGNORECASE).rstrip("/")
    marks = {".": "dot", "/": "slash", "@": "at", "_": "underscore", "-": "dash"}
    words: list[str] = []
    for part in re.findall(rf"{LETTER}+|\d+|[./@_-]", re.split(r"[?#]", text)[0]):
        if part in marks:
            words += language.says[marks[part]].split()
        elif part.isdecimal():
            words += language.whole(part)
        else:
            words += language.spell(part) if _is_spelled(part) else (part.lower(),)
    return tuple(words)


def _is_spelled(part: str) -> bool:
    return len(part) <= 2 or (len(part) <= 4 and not re.search("[aeiouy]", part.lower())) or part.lower() == "html"


def split_camel(text: str) -> list[str]:
    """``MoonLanding2024`` in its words; underscores part them too."""
    return re.findall(rf"{_CAPITAL}+(?![a-zäöüßáéíóúñ])|{_CAPITAL}?(?:(?!{_CAPITAL}){LETTER})+|\d+", text)


def can_be_read(text: str) -> bool:
    """Whether capitals could be a word by their letters."""
    lowered = text.lower()
    runs = re.split("[aeiouyäöüáéíóúàèêç]+", lowered if not lowered.startswith("y") else "j" + lowered[1:])
    if len(runs) < 2:
        return False
    if len(text) > 5:
        return all(len(run) <= 5 for run in runs)
    if re.search(r"aa|ii|uu|[aeiou]{4}", lowered):
        return False
    onset, coda = runs[0], runs[-1]
    return (not onset or onset in _ONSETS) and (not coda or coda in _CODAS) and all(len(run) <= 3 for run in runs)


def acronym(text: str, ending: str, around: Around, language: Language) -> Words:
    """Capitals: spelled, said as a word, or a word that is shouted. ``ending`` is a plural or genitive s."""
    if text in language.said_as_words:
        *front, last = (language.said_as_words[text] or text.lower()).split()
        return (*front, last + ending)
    common = text in language.common_short
    if text in language.spelled and not (around.shouted and common):
        return language.spelled_with(text, ending)
    if common or ((len(text) >= 4 or around.shouted) and can_be_read(text)):
        return (text.lower() + ending,)
    return language.spelled_with(text, ending)


def _capitals(match: re.Match[str], around: Around, language: Language) -> Words:
    return acronym(match[1], match[2].replace("’", "'").lower(), around, language)


def _dotted(match: re.Match[str], _around: Around, language: Language) -> Words:
    """``U.S.`` and ``J.K.``: letters."""
    letters, apostrophe, _ = match[0].replace("’", "'").partition("'")
    return language.spelled_with(letters, "'s" if apostrophe else "")


def _mixed_case(match: re.Match[str], around: Around, language: Language) -> Words:
    """``ChatGPT``, ``mRNA``, ``iOS``: the word, then the letters."""
    front = language.spell(match[1]) if len(match[1]) == 1 else (match[1],)
    return (*front, *acronym(match[2], match[3], Around(shouted=around.shouted), language))


def _roman(match: re.Match[str], around: Around, language: Language) -> Words | None:
    numeral, before = match[1], around.before
    if not _ROMAN_FORM.fullmatch(numeral) or numeral in _SIZES or around.parted or around.shouted:
        return None
    titled = before.lower() in language.titled
    named = before[:1].isupper() and not before.isupper() and before.lower() not in language.common_words
    if not (titled or named) or (len(numeral) == 1 and (not titled or numeral not in "IVX")):
        return None
    value = 0
    for sign, following in zip(numeral, numeral[1:] + "I", strict=True):
        value += -_ROMAN[sign] if _ROMAN[sign] < _ROMAN[following] else _ROMAN[sign]
    words = language.regnal(value, around)
    return (*words[:-1], words[-1] + match[2].replace("’", "'")) if words else None


def word(text: str, around: Around, language: Language) -> Words:
    """A word of letters and apostrophes; shouted ones in lower case."""
    text = text.replace("’", "'")
    if len(text) == 1:
        return language.letter(text, around)
    return (text.lower() if text.isupper() else text,)


def _ampersand(match: re.Match[str], _around: Around, language: Language) -> Words:
    parts = match[0].split("&")
    return tuple(each for part in parts for each in (language.says["and"], *language.spell(part)))[1:]


FIRST_RULES: Final[tuple[Rule, ...]] = (
    (re.compile(r"\S{1,40}"), _abbreviation),
    (
        re.compile(r"[a-z]{2,10}://\S+|www\.\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE),
        _address,
    ),
    (re.compile(rf"\w[\w-]*(?:\.[\w-]+)*\.(?:{_TOP_LEVEL})(?:[/?#]\S*)?"), _address),
    (re.compile(rf"(?:{LETTER}\.)+{LETTER}?(?:['’]s)?"), _dotted),
)
RULES: Final[tuple[Rule, ...]] = (
    (re.compile(r"([IVXLC]{1,8})\.?((?:['’]s)?)"), _roman),
    (re.compile(r"([A-ZÄÖÜÁÉÍÓÚÑ]{2,})((?:['’]?s)?)"), _capitals),
    (re.compile(r"[A-Z]+(?:&[A-Z]+)+"), _ampersand),
    (re.compile(r"[A-Z][a-z][A-Z]"), lambda match, _around, language: language.spell(match[0])),
    (re.compile(r"([A-Z]?[a-zäöüáéíóúñ]{1,20})([A-Z]{2,})(s?)"), _mixed_case),
    (
        re.compile(rf"{LETTER}+(?:['’]{LETTER}+)*['’]?"),
        lambda match, around, language: word(match[0].rstrip("'’"), around, language),
    ),
)
