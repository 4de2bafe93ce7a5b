"""What German says for units, money, signs, abbreviations and capital letters. Data only."""

from __future__ import annotations

from typing import Final

from reelforge.engines.voice.spoken.vocabulary import Currency, Unit, listed, unit_table

MONTHS: Final = listed("januar februar märz april mai juni juli august september oktober november dezember")
MONTHS_SHORT: Final = {month[:3]: month.capitalize() for month in MONTHS} | {
    "jänner": "Jänner",
    "feber": "Feber",
    "mrz": "März",
    "sept": "September",
}
POINTS: Final = {".": "Punkt", ",": "Komma"}
SAYS: Final = {
    "minus": "minus",
    "plus": "plus",
    "plusminus": "plus minus",
    "about": "etwa",
    "less": "unter",
    "more": "über",
    "atmost": "höchstens",
    "atleast": "mindestens",
    "to": "bis",
    "ratio": "zu",
    "by": "mal",
    "times": "mal",
    "divided": "geteilt durch",
    "equals": "gleich",
    "power": "hoch",
    "squared": "Quadrat",
    "cubed": "hoch drei",
    "root": "Wurzel aus",
    "per": "pro",
    "number": "Nummer",
    "version": "Version",
    "outof": "von",
    "over": "zu",
    "and": "und",
    "hashtag": "Hashtag",
    "dot": "Punkt",
    "slash": "Schrägstrich",
    "at": "ät",
    "dash": "Bindestrich",
    "underscore": "Unterstrich",
}


UNITS: Final = unit_table("""
    km | m | Kilometer |
    m | m | Meter |
    dm | m | Dezimeter |
    cm | m | Zentimeter |
    mm | m | Millimeter |
    µm μm | m | Mikrometer |
    nm | m | Nanometer |
    mi | f | Meile | Meilen
    ft | m | Fuß |
    km² km2 qkm | m | Quadratkilometer |
    m² m2 qm | m | Quadratmeter |
    cm² cm2 | m | Quadratzentimeter |
    m³ m3 cbm | m | Kubikmeter |
    cm³ cm3 ccm | m | Kubikzentimeter |
    ha | m | Hektar |
    kg | n | Kilogramm |
    g | n | Gramm |
    mg | n | Milligramm |
    µg μg | n | Mikrogramm |
    t | f | Tonne | Tonnen
    l L | m | Liter |
    ml mL | m | Milliliter |
    cl | m | Zentiliter |
    dl | m | Deziliter |
    hl | m | Hektoliter |
    s sek sek. Sek Sek. | f | Sekunde | Sekunden
    ms | f | Millisekunde | Millisekunden
    min min. Min Min. | f | Minute | Minuten
    h std std. Std Std. | f | Stunde | Stunden
    km/h | m | Kilometer pro Stunde |
    kn | m | Knoten |
    °C ℃ | m | Grad Celsius |
    °F ℉ | m | Grad Fahrenheit |
    ° | m | Grad |
    bit Bit | n | Bit |
    kB KB | n | Kilobyte |
    MB | n | Megabyte |
    GB | n | Gigabyte |
    TB | n | Terabyte |
    Mbps Mbit/s MBit/s | n | Megabit pro Sekunde |
    Gbps Gbit/s GBit/s | n | Gigabit pro Sekunde |
    Hz | n | Hertz |
    kHz | n | Kilohertz |
    MHz | n | Megahertz |
    GHz | n | Gigahertz |
    W | n | Watt |
    kW | n | Kilowatt |
    MW | n | Megawatt |
    GW | n | Gigawatt |
    Wh | f | Wattstunde | Wattstunden
    kWh | f | Kilowattstunde | Kilowattstunden
    MWh | f | Megawattstunde | Megawattstunden
    V | n | Volt |
    kV | n | Kilovolt |
    A | n | Ampere |
    mAh | f | Milliamperestunde | Milliamperestunden
    Ω | n | Ohm |
    N | n | Newton |
    J | n | Joule |
    kJ | n | Kilojoule |
    dB | n | Dezibel |
    Pa | n | Pascal |
    hPa | n | Hektopascal |
    bar | n | Bar |
    PS | f | PS |
    kcal | f | Kilokalorie | Kilokalorien
    px | m | Pixel |
    fps | n | Bild pro Sekunde | Bilder pro Sekunde
    % | n | Prozent |
    ‰ | n | Promille |
""")
UNITS_AMBIGUOUS_ALONE: Final = frozenset({"s", "A", "V", "N", "J", "W", "min", "bar"})

_CENT: Final = Unit("Cent", "Cent", "m")


def _currency(one: str, many: str = "", gender: str = "m", cent: Unit | None = None) -> Currency:
    return Currency(Unit(one, many or one, gender), cent)


_EURO: Final = _currency("Euro", cent=_CENT)
_DOLLAR: Final = _currency("Dollar", cent=_CENT)
_POUND: Final = _currency("Pfund", gender="n", cent=Unit("Penny", "Pence", "m"))
_FRANC: Final = _currency("Franken", cent=Unit("Rappen", "Rappen", "m"))
CURRENCIES: Final = {
    "€": _EURO,
    "EUR": _EURO,
    "$": _DOLLAR,
    "US$": _currency("US-Dollar", cent=_CENT),
    "USD": _currency("US-Dollar", cent=_CENT),
    "A$": _currency("australischer Dollar", "australische Dollar", cent=_CENT),
    "C$": _currency("kanadischer Dollar", "kanadische Dollar", cent=_CENT),
    "£": _POUND,
    "GBP": _POUND,
    "¥": _currency("Yen"),
    "JPY": _currency("Yen"),
    "CHF": _FRANC,
    "Fr.": _FRANC,
    "₹": _currency("Rupie", "Rupien", "f"),
    "₽": _currency("Rubel"),
    "₿": _currency("Bitcoin"),
    "BTC": _currency("Bitcoin"),
    "₺": _currency("Lira", "Lira", "f"),
    "zł": _currency("Zloty"),
    "PLN": _currency("Zloty"),
    "CNY": _currency("Yuan"),
    "Euro": _EURO,
    "Dollar": _DOLLAR,
    "Franken": _FRANC,
    "DM": _currency("D-Mark", gender="f"),
    "¢": Currency(_CENT),
    "ct": Currency(_CENT),
    "Ct": Currency(_CENT),
}

_THOUSAND: Final = Unit("tausend", "tausend", "m")
_MILLION: Final = Unit("Million", "Millionen", "f")
_MILLIARD: Final = Unit("Milliarde", "Milliarden", "f")
_BILLION: Final = Unit("Billion", "Billionen", "f")
SCALES: Final = {"k": _THOUSAND, "K": _THOUSAND, "M": _MILLION, "Mio": _MILLION, "Mrd": _MILLIARD, "Bio": _BILLION}
LOOSE_SCALES: Final = frozenset({"k", "K", "M", "Mio", "Mrd"})
MAGNITUDES: Final = {
    "mio": _MILLION,
    "mio.": _MILLION,
    "million": _MILLION,
    "millionen": _MILLION,
    "mrd": _MILLIARD,
    "mrd.": _MILLIARD,
    "milliarde": _MILLIARD,
    "milliarden": _MILLIARD,
    "bio.": _BILLION,
    "billion": _BILLION,
    "billionen": _BILLION,
    "tsd.": _THOUSAND,
    "tsd": _THOUSAND,
    "tausend": _THOUSAND,
}

SYMBOLS: Final = {
    "&": "und",
    "+": "plus",
    "=": "gleich",
    "@": "ät",
    "%": "Prozent",
    "‰": "Promille",
    "×": "mal",
    "÷": "geteilt durch",
    "±": "plus minus",
    "≈": "ungefähr gleich",
    "~": "etwa",
    "<": "kleiner als",
    ">": "größer als",
    "≤": "höchstens",
    "≥": "mindestens",
    "≠": "ungleich",
    "√": "Wurzel aus",
    "²": "Quadrat",
    "³": "hoch drei",
    "∞": "unendlich",
    "→": "nach",
    "#": "Nummer",
    "°": "Grad",
    "€": "Euro",
    "$": "Dollar",
    "£": "Pfund",
    "¥": "Yen",
    "№": "Nummer",
    "§": "Paragraf",
    "§§": "Paragrafen",
    "−": "minus",
    "π": "Pi",
}

ABBREVIATIONS: Final = {
    "z.b.": "zum Beispiel",
    "d.h.": "das heißt",
    "u.a.": "unter anderem",
    "u.ä.": "und Ähnliches",
    "i.d.r.": "in der Regel",
    "z.t.": "zum Teil",
    "o.ä.": "oder Ähnliches",
    "v.a.": "vor allem",
    "s.o.": "siehe oben",
    "s.u.": "siehe unten",
    "usw.": "und so weiter",
    "usf.": "und so fort",
    "etc.": "et cetera",
    "bzw.": "beziehungsweise",
    "bspw.": "beispielsweise",
    "ca.": "circa",
    "nr.": "Nummer",
    "nrn.": "Nummern",
    "str.": "Straße",
    "dr.": "Doktor",
    "prof.": "Professor",
    "dipl.": "Diplom",
    "ing.": "Ingenieur",
    "st.": "Sankt",
    "hr.": "Herr",
    "hrn.": "Herrn",
    "fr.": "Frau",
    "inkl.": "inklusive",
    "exkl.": "exklusive",
    "evtl.": "eventuell",
    "ggf.": "gegebenenfalls",
    "jh.": "Jahrhundert",
    "jhd.": "Jahrhundert",
    "jhdt.": "Jahrhundert",
    "chr.": "Christus",
    "abs.": "Absatz",
    "abb.": "Abbildung",
    "bd.": "Band",
    "kap.": "Kapitel",
    "vgl.": "vergleiche",
    "sog.": "sogenannt",
    "max.": "maximal",
    "mind.": "mindestens",
    "tel.": "Telefon",
    "geb.": "geboren",
    "gest.": "gestorben",
    "gegr.": "gegründet",
    "allg.": "allgemein",
    "bes.": "besonders",
    "insb.": "insbesondere",
    "insbes.": "insbesondere",
    "engl.": "englisch",
    "dt.": "deutsch",
    "frz.": "französisch",
    "lat.": "lateinisch",
    "km/h": "Kilometer pro Stunde",
    "stk.": "Stück",
    "vs.": "gegen",
    "vs": "gegen",
    "zzgl.": "zuzüglich",
    "abzgl.": "abzüglich",
    "ehem.": "ehemals",
    "jun.": "junior",
    "sen.": "senior",
    "hl.": "heilige",
    "phil.": "phil",
    "med.": "med",
    "mwst.": "Mehrwertsteuer",
    "gmbh": "G M B H",
    "24/7": "vier und zwanzig sieben",
    "50/50": "fünfzig fünfzig",
    "c++": "C plus plus",
    "c#": "C sharp",
    "a.m.": "A M",
    "p.m.": "P M",
    "jan.": "Januar",
    "feb.": "Februar",
    "apr.": "April",
    "aug.": "August",
    "sept.": "September",
    "sep.": "September",
    "okt.": "Oktober",
    "nov.": "November",
    "dez.": "Dezember",
}
BEFORE_FIGURES: Final = {"s.": "Seite", "art.": "Artikel", "anm.": "Anmerkung", "fig.": "Figur", "vol.": "Volumen"}
PAIRS: Final = {
    ("z.", "b."): ("zum", "Beispiel"),
    ("d.", "h."): ("das", "heißt"),
    ("u.", "a."): ("unter", "anderem"),
    ("z.", "t."): ("zum", "Teil"),
    ("v.", "a."): ("vor", "allem"),
    ("o.", "ä."): ("oder", "Ähnliches"),
    ("u.", "ä."): ("und", "Ähnliches"),
    ("s.", "o."): ("siehe", "oben"),
    ("s.", "u."): ("siehe", "unten"),
    ("v.", "chr."): ("vor", "Christus"),
    ("n.", "chr."): ("nach", "Christus"),
}
"""Short forms written in two tokens."""

SAID_AS_WORDS: Final = dict.fromkeys(
    listed(
        "NASA NATO UNESCO UNICEF OPEC AIDS COVID DAX BAFÖG FIFA UEFA IKEA LEGO ESA GIF RAM ROM PIN SIM WLAN LAN VIP "
        "SARS TÜV PISA ARD"
    ),
    "",
) | {"WLAN": "Weh Lan", "TÜV": "Tüff", "JPEG": "Jay peg", "VIP": "Wipp", "ARD": "A R D"}
SPELLED: Final = frozenset(
    listed(
        "ADAC AEG AFD AI API AOK ASAP BRD BMW CEO CIA DDR EDV EU EZB FAQ FBI HDMI IBAN IOC ISS IT KI OK PC RTL SUV "
        "TU UFO UHD UN UNO URL USA USB UV WM EM USP USSR UKW LMU IHK GEZ NRW"
    )
) - {"UNO", "UFO", "IBAN"}
COMMON_SHORT: Final = frozenset(
    listed(
        "AB ALS AM AN AUF AUS BEI BIN BIS DA DAS DEM DEN DER DES DIE DIR DU EIN ER ES FÜR GUT HAT HER ICH IHM IHN IHR "
        "IM IN IST JA JE MAN MEHR MIR MIT NEU NIE NIX NUN NUR OB OFT ORT RAT SEI SIE SO TAG TUN TOD UM UND UNS VOM VON "
        "VOR WAR WAS WEG WER WIE WIR WO ZU ZUM ZUR UFO UNO"
    )
)
YEAR_CUES: Final = frozenset(
    listed(
        "in im seit um von bis ab jahr jahre jahres nach vor anno sommer winter frühjahr herbst anfang mitte ende und"
    )
) | frozenset(MONTHS)
COUNTED_NOUNS: Final = frozenset(
    listed(
        "menschen leute jahre jahren mal meter metern kilometer euro dollar frauen männer kinder stunden tage tagen "
        "personen einwohner prozent grad stück meilen soldaten besucher schritte kalorien"
    )
)
COMMON_WORDS: Final = frozenset(listed("der die das ein eine im in am an und oder wenn als so wie es er sie wir ich"))
TITLED: Final = frozenset(
    listed(
        "ludwig heinrich karl friedrich wilhelm otto georg eduard elisabeth katharina peter paul pius papst nikolaus "
        "alexander leo gregor clemens ferdinand franz joseph napoleon philipp felipe leopold maximilian benedikt "
        "weltkrieg kapitel band teil akt stufe phase august rudolf konrad ramses johannes"
    )
)
NUMBERED: Final = frozenset(listed("kapitel band teil akt stufe phase rocky"))

FEMININE: Final = r".*(?:ung|heit|keit|schaft|ion|tät|ik|ei|in|enz|anz|ur|e)"
MASCULINE_IN_E: Final = frozenset(listed("name junge kunde käse gedanke affe löwe hase bote erbe zeuge experte"))
FEMININE_WORDS: Final = frozenset(
    listed(
        "stadt nacht hand frau person uhr zahl welt zeit mal art bahn kraft macht wand luft tür million milliarde liga "
        "etage klasse schicht hälfte firma mutter tochter schwester nummer regel kugel insel"
    )
) - {"mal"}
NEUTER_WORDS: Final = frozenset(
    listed(
        "jahr jahrhundert jahrtausend mal kind haus buch land spiel tor bild video auto wort ende lied geschenk tier "
        "kapitel quartal semester halbjahr geschlecht gebot element weltwunder stockwerk leben gramm prozent pfund "
        "viertel drittel date foto ziel team interview album bier glas stück zimmer bett fenster"
    )
)
NOUN_STOPS: Final = frozenset(listed("uhr und oder bis von in im an am auf mit zu zum als"))
"""Words after a number that it does not count."""
