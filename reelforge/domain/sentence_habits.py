"""What the dots of English, German and Spanish mean: abbreviations, and words that begin sentences. Data only."""

from __future__ import annotations

from typing import Final

from msgspec import Struct


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


class Habits(Struct, frozen=True):
    """What a language's dots mean. All in lower case.

    ``never_last``: short forms that something always follows, ``before_figures`` if it is a number. ``sometimes_last``:
    those that may also end a sentence, where a capital tells. ``namers``: those a name may follow, where only a
    ``starter`` tells, a word that begins sentences. ``never_last_pairs``: short forms in two tokens.
    ``before_ordinals``: words after which ``3.`` is a number with its dot, and ``after_ordinals`` before which it is
    one; empty where ordinals have no dot.
    """

    never_last: frozenset[str]
    sometimes_last: frozenset[str]
    namers: frozenset[str]
    starters: frozenset[str]
    before_figures: frozenset[str]
    never_last_pairs: frozenset[tuple[str, str]] = frozenset()
    before_ordinals: frozenset[str] = frozenset()
    after_ordinals: frozenset[str] = frozenset()


_ENGLISH: Final = Habits(
    never_last=_words(
        "dr. mr. mrs. ms. prof. st. mt. vs. e.g. i.e. cf. approx. ca. gen. sen. rep. gov. capt. lt. col. sgt. "
        "rev. hon. pres. messrs. mme. mlle. feat. maj. cmdr."
    ),
    sometimes_last=_words(
        "etc. inc. ltd. co. corp. jr. sr. bros. dept. est. a.m. p.m. b.c. a.d. u.s. u.k. u.n. e.u. d.c. u.s.a. "
        "ph.d. m.d. al. b.a. m.a. jan. feb. mar. apr. jun. jul. aug. sep. sept. oct. nov. dec. ft. in. lb. lbs. "
        "oz. ave. blvd. rd. hwy."
    ),
    namers=_words("u.s. u.k. u.n. e.u. d.c. u.s.a. inc. co. ltd. corp. jr. sr."),
    before_figures=_words("no. nos. fig. figs. vol. p. pp. ch."),
    starters=_words(
        "a an and as at but by each every for from he her here his how i if in it it's its just let many most my "
        "no not now of on one or our she so some that that's the their then there there's these they this those "
        "to today we what when where which while who why with yet you your"
    ),
)
_GERMAN: Final = Habits(
    never_last=_words(
        "dr. prof. dipl. ing. hr. hrn. fr. nr. nrn. st. ca. bzw. vgl. sog. evtl. ggf. inkl. exkl. zzgl. max. "
        "mind. abs. abb. bd. kap. tel. geb. gest. gegr. allg. insb. insbes. bspw. z.b. d.h. i.d.r. z.t. v.a. "
        "ehem. hl. jun. sen. engl. dt. frz. lat. tsd. vs."
    ),
    sometimes_last=_words(
        "usw. usf. etc. str. jh. jhd. jhdt. chr. mio. mrd. std. min. sek. u.a. u.ä. o.ä. mwst. stk. jan. feb. "
        "apr. aug. sept. sep. okt. nov. dez."
    ),
    namers=_words("mio. mrd. std. min. sek. u.a."),
    before_figures=_words("art. s."),
    starters=_words(
        "aber alle als also am an auch auf aus bei bis da dabei dafür damit danach dann darum das dass dem den "
        "denn der deshalb die dies diese dieser dieses doch dort du ein eine einen einer eines einige er es etwa "
        "für heute hier ich ihr ihre im in ist jede jeder jedes jetzt kein keine man manche mein mit nach nicht "
        "noch nun nur ob oder ohne schon sein seine seit sie so sogar soll trotzdem und uns unser unter viele vom "
        "von vor wann war warum was weil wenn wer wie wir wird wo zu zum zur"
    ),
    never_last_pairs=frozenset({("z.", "b."), ("d.", "h."), ("i.", "d."), ("d.", "r.")}),
    before_ordinals=_words(
        "der die das den dem des am im vom zum zur beim ins ans aufs ein eine einem einen einer eines ab seit bis "
        "nach vor jede jeder jedes jedem jeden dieser diese dieses diesem diesen seine seinem seinen seiner ihre "
        "ihrem ihren ihrer mein meine unser unsere sein ihr und"
    ),
    after_ordinals=_words(
        "januar jänner februar märz april mai juni juli august september oktober november dezember jan. feb. mrz. "
        "apr. aug. sept. sep. okt. nov. dez. jahrhundert jahrtausend weltkrieg"
    ),
)
_SPANISH: Final = Habits(
    never_last=_words(
        "sr. sra. srta. sres. dr. dra. prof. profa. ing. lic. arq. d. dña. pág. págs. núm. nro. av. avda. pza. "
        "tel. tfno. aprox. sto. sta. gral. ee. rr. jj. ej. p.ej. vs. máx. mín."
    ),
    sometimes_last=_words("etc. ud. uds. vd. vds. uu. hh. oo. cía. ee.uu. s.a. s.l. a.c. d.c. a.m. p.m. dpto."),
    namers=_words("uu. ee.uu. ud. uds. vd. vds. s.a. s.l. cía."),
    before_figures=_words("art. cap. vol. fig. n. s. p. pp."),
    starters=_words(
        "a al algunos ahora allí aquel aquella aquí así aunque ayer bajo cada como con cuando cuántos cómo de del "
        "desde después donde dónde durante el ella ellas ellos en entonces entre era es esa ese eso esta este "
        "esto están está fue ha hace hasta hay hoy la las le les lo los luego mañana más me mi mientras muchas "
        "muchos muy nada nadie ni no nos nosotros o otra otro para pero por porque pues que quien quién qué se "
        "según ser si siempre sin sobre solo son su sus tal también tan te ten todo todos tras tu un una unos "
        "usted y ya yo él"
    ),
    never_last_pairs=frozenset({("p.", "ej.")}),
)
HABITS: Final = {"en": _ENGLISH, "de": _GERMAN, "es": _SPANISH}
