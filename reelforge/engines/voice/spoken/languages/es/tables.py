"""What Spanish says for units, money, signs, abbreviations and capital letters. Data only."""

from __future__ import annotations

from typing import Final

from reelforge.engines.voice.spoken.vocabulary import Currency, Unit, listed, unit_table

MONTHS: Final = listed("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre")
POINTS: Final = {".": "punto", ",": "coma"}
SAYS: Final = {
    "minus": "menos",
    "plus": "más",
    "plusminus": "más menos",
    "about": "unos",
    "less": "menos de",
    "more": "más de",
    "atmost": "como máximo",
    "atleast": "al menos",
    "to": "a",
    "ratio": "a",
    "by": "por",
    "times": "por",
    "divided": "entre",
    "equals": "igual a",
    "power": "elevado a",
    "squared": "al cuadrado",
    "cubed": "al cubo",
    "root": "raíz de",
    "per": "por",
    "number": "número",
    "version": "versión",
    "outof": "de",
    "over": "sobre",
    "and": "y",
    "hashtag": "hashtag",
    "dot": "punto",
    "slash": "barra",
    "at": "arroba",
    "dash": "guion",
    "underscore": "guion bajo",
}


UNITS: Final = unit_table("""
    km | m | kilómetro | kilómetros
    m | m | metro | metros
    dm | m | decímetro | decímetros
    cm | m | centímetro | centímetros
    mm | m | milímetro | milímetros
    µm μm | m | micrómetro | micrómetros
    nm | m | nanómetro | nanómetros
    mi | f | milla | millas
    ft | m | pie | pies
    km² km2 | m | kilómetro cuadrado | kilómetros cuadrados
    m² m2 | m | metro cuadrado | metros cuadrados
    cm² cm2 | m | centímetro cuadrado | centímetros cuadrados
    m³ m3 | m | metro cúbico | metros cúbicos
    cm³ cm3 cc | m | centímetro cúbico | centímetros cúbicos
    ha | f | hectárea | hectáreas
    kg kgs | m | kilogramo | kilogramos
    g gr | m | gramo | gramos
    mg | m | miligramo | miligramos
    µg μg | m | microgramo | microgramos
    t | f | tonelada | toneladas
    lb lbs | f | libra | libras
    oz | f | onza | onzas
    l L | m | litro | litros
    ml mL | m | mililitro | mililitros
    cl | m | centilitro | centilitros
    s seg seg. | m | segundo | segundos
    ms | m | milisegundo | milisegundos
    min min. | m | minuto | minutos
    h hs hrs | f | hora | horas
    km/h | m | kilómetro por hora | kilómetros por hora
    °C ℃ ºC | m | grado Celsius | grados Celsius
    °F ℉ ºF | m | grado Fahrenheit | grados Fahrenheit
    ° | m | grado | grados
    bit | m | bit | bits
    kB KB | m | kilobyte | kilobytes
    MB | m | megabyte | megabytes
    GB | m | gigabyte | gigabytes
    TB | m | terabyte | terabytes
    Mbps Mbit/s | m | megabit por segundo | megabits por segundo
    Gbps Gbit/s | m | gigabit por segundo | gigabits por segundo
    Hz | m | hercio | hercios
    kHz | m | kilohercio | kilohercios
    MHz | m | megahercio | megahercios
    GHz | m | gigahercio | gigahercios
    W | m | vatio | vatios
    kW | m | kilovatio | kilovatios
    MW | m | megavatio | megavatios
    GW | m | gigavatio | gigavatios
    Wh | m | vatio hora | vatios hora
    kWh | m | kilovatio hora | kilovatios hora
    MWh | m | megavatio hora | megavatios hora
    V | m | voltio | voltios
    A | m | amperio | amperios
    mAh | m | miliamperio hora | miliamperios hora
    Ω | m | ohmio | ohmios
    N | m | newton | newtons
    J | m | julio | julios
    dB | m | decibelio | decibelios
    Pa | m | pascal | pascales
    hPa | m | hectopascal | hectopascales
    kcal | f | kilocaloría | kilocalorías
    cal | f | caloría | calorías
    CV | m | caballo | caballos
    px | m | píxel | píxeles
    fps | m | fotograma por segundo | fotogramas por segundo
    % | | por ciento | por ciento
    ‰ | | por mil | por mil
""")
UNITS_AMBIGUOUS_ALONE: Final = frozenset({"A", "V", "N", "J", "W", "cal"})

_CENT: Final = Unit("centavo", "centavos", "m")


def _currency(one: str, many: str, gender: str = "m", cent: Unit | None = None) -> Currency:
    return Currency(Unit(one, many, gender), cent)


_EURO: Final = _currency("euro", "euros", cent=Unit("céntimo", "céntimos", "m"))
_DOLLAR: Final = _currency("dólar", "dólares", cent=_CENT)
_POUND: Final = _currency("libra", "libras", "f", Unit("penique", "peniques", "m"))
PESO: Final = _currency("peso", "pesos", cent=_CENT)
CURRENCIES: Final = {
    "€": _EURO,
    "EUR": _EURO,
    "$": _DOLLAR,
    "US$": _DOLLAR,
    "USD": _DOLLAR,
    "A$": _currency("dólar australiano", "dólares australianos", cent=_CENT),
    "C$": _currency("dólar canadiense", "dólares canadienses", cent=_CENT),
    "£": _POUND,
    "GBP": _POUND,
    "¥": _currency("yen", "yenes"),
    "JPY": _currency("yen", "yenes"),
    "CHF": _currency("franco suizo", "francos suizos", cent=Unit("céntimo", "céntimos", "m")),
    "MXN": PESO,
    "ARS": PESO,
    "CLP": PESO,
    "COP": PESO,
    "₱": PESO,
    "R$": _currency("real", "reales", cent=_CENT),
    "₹": _currency("rupia", "rupias", "f"),
    "₽": _currency("rublo", "rublos"),
    "₿": _currency("bitcoin", "bitcoines"),
    "BTC": _currency("bitcoin", "bitcoines"),
    "CNY": _currency("yuan", "yuanes"),
    "euro": _EURO,
    "euros": _EURO,
    "dólar": _DOLLAR,
    "dólares": _DOLLAR,
    "pesos": PESO,
    "₡": _currency("colón", "colones"),
    "¢": Currency(_CENT),
}
PESO_REGIONS: Final = frozenset(listed("mx ar cl co uy do cu"))
POINT_REGIONS: Final = frozenset(listed("mx us pr gt sv hn ni pa do 419"))

_THOUSAND: Final = Unit("mil", "mil", "m")
_MILLION: Final = Unit("millón", "millones", "m")
SCALES: Final = {"k": _THOUSAND, "K": _THOUSAND, "M": _MILLION, "MM": _MILLION, "mill.": _MILLION}
LOOSE_SCALES: Final = frozenset({"k", "K", "M"})
MAGNITUDES: Final = {
    "mil": _THOUSAND,
    "millón": _MILLION,
    "millones": _MILLION,
    "mill.": _MILLION,
    "mm": _MILLION,
    "billón": Unit("billón", "billones", "m"),
    "billones": Unit("billón", "billones", "m"),
    "trillones": Unit("trillón", "trillones", "m"),
}

SYMBOLS: Final = {
    "&": "y",
    "+": "más",
    "=": "igual a",
    "@": "arroba",
    "%": "por ciento",
    "‰": "por mil",
    "×": "por",
    "÷": "entre",
    "±": "más menos",
    "≈": "aproximadamente igual a",
    "~": "unos",
    "<": "menor que",
    ">": "mayor que",
    "≤": "como máximo",
    "≥": "al menos",
    "≠": "distinto de",
    "√": "raíz de",
    "²": "al cuadrado",
    "³": "al cubo",
    "∞": "infinito",
    "→": "a",
    "#": "número",
    "°": "grados",
    "€": "euros",
    "$": "dólares",
    "£": "libras",
    "¥": "yenes",
    "№": "número",
    "§": "sección",
    "−": "menos",
    "π": "pi",
}

ABBREVIATIONS: Final = {
    "sr.": "señor",
    "sra.": "señora",
    "srta.": "señorita",
    "sres.": "señores",
    "dr.": "doctor",
    "dra.": "doctora",
    "prof.": "profesor",
    "profa.": "profesora",
    "ing.": "ingeniero",
    "lic.": "licenciado",
    "arq.": "arquitecto",
    "dña.": "doña",
    "ud.": "usted",
    "uds.": "ustedes",
    "vd.": "usted",
    "vds.": "ustedes",
    "etc.": "etcétera",
    "etc": "etcétera",
    "p.ej.": "por ejemplo",
    "ej.": "ejemplo",
    "pág.": "página",
    "págs.": "páginas",
    "núm.": "número",
    "nro.": "número",
    "n.º": "número",
    "nº": "número",
    "n°": "número",
    "n.°": "número",
    "n.ª": "número",
    "ee.uu.": "Estados Unidos",
    "eeuu": "Estados Unidos",
    "rr.hh.": "recursos humanos",
    "jj.oo.": "Juegos Olímpicos",
    "av.": "avenida",
    "avda.": "avenida",
    "c/": "calle",
    "pza.": "plaza",
    "tel.": "teléfono",
    "tfno.": "teléfono",
    "aprox.": "aproximadamente",
    "máx.": "máximo",
    "mín.": "mínimo",
    "sto.": "santo",
    "sta.": "santa",
    "cía.": "compañía",
    "art.": "artículo",
    "cap.": "capítulo",
    "vol.": "volumen",
    "fig.": "figura",
    "dpto.": "departamento",
    "depto.": "departamento",
    "gral.": "general",
    "admón.": "administración",
    "izq.": "izquierda",
    "dcha.": "derecha",
    "ed.": "edición",
    "vs.": "contra",
    "vs": "contra",
    "a.c.": "antes de Cristo",
    "d.c.": "después de Cristo",
    "s.a.": "S A",
    "s.l.": "S L",
    "a.m.": "A M",
    "p.m.": "P M",
    "km/h": "kilómetros por hora",
    "24/7": "veinticuatro siete",
    "50/50": "cincuenta cincuenta",
    "c++": "C más más",
    "c#": "C sharp",
    "wi-fi": "wifi",
}
PAIRS: Final = {
    ("ee.", "uu."): ("Estados", "Unidos"),
    ("rr.", "hh."): ("recursos", "humanos"),
    ("jj.", "oo."): ("Juegos", "Olímpicos"),
    ("p.", "ej."): ("por", "ejemplo"),
    ("a.", "c."): ("antes", "de Cristo"),
    ("d.", "c."): ("después", "de Cristo"),
    ("a.", "m."): ("A", "M"),
    ("p.", "m."): ("P", "M"),
    ("s.", "a."): ("S", "A"),
    ("s.", "l."): ("S", "L"),
}
"""Short forms written in two tokens."""
BEFORE_FIGURES: Final = {"s.": "siglo", "p.": "página", "pp.": "páginas"}

LETTER_NAMES: Final = {"Y": "i griega", "W": "uve doble"}
"""A voice takes a lone Y for the word."""
SAID_AS_WORDS: Final = dict.fromkeys(
    listed(
        "NASA OTAN ONU UNESCO UNICEF OPEP COVID OVNI SIDA IVA RENFE FIFA UEFA IKEA LEGO GIF RAM ROM PIN SIM LAN ESO "
        "AVE TAC PYME IMSS PEMEX INAH SARS NATO CERN"
    ),
    "",
) | {"JPEG": "jota peg", "IMSS": "ims"}
SPELLED: Final = frozenset(
    listed("CEO CIA FBI EEUU UE EU UK USA URL USB API IBM PSOE IA AI TV DNI ADN ISO UCI INE UHD BBVA OEA OK")
)
COMMON_SHORT: Final = frozenset(
    listed(
        "AL AQUÍ ASÍ CON DE DEL DÍA DOS EL EN ES ESA ESE ESO FIN GOL HA HAY HOY IR LA LAS LE LES LO LOS LUZ MAL MÁS ME "
        "MES MI MIL MUY NI NO NOS PAN PAZ POR QUE QUÉ RÍO SE SER SI SÍ SIN SOL SON SOY SU SUS TAN TE TODO TU TÚ UN "
        "UNA UNO VA VER VEZ VOY VOZ YA YO ÉL"
    )
)
YEAR_CUES: Final = frozenset(listed("en de del desde hasta año años y a entre hacia circa")) | frozenset(MONTHS)
COUNTED_NOUNS: Final = frozenset(listed("personas años veces metros kilómetros euros dólares mujeres hombres"))
COMMON_WORDS: Final = frozenset(listed("el la los las un una en y o a de que si no es"))
TITLED: Final = frozenset(
    listed(
        "luis felipe carlos alfonso fernando isabel enrique jorge eduardo juan pablo pío benedicto francisco pedro "
        "nicolás alejandro napoleón catalina gregorio león clemente amadeo sancho ramiro jaime rey papa guerra mundial "
        "siglo siglos s. capítulo tomo volumen parte acto fase tipo título rocky"
    )
)
NUMBERED: Final = frozenset(listed("capítulo tomo volumen parte acto fase tipo título rocky"))
QUEENS: Final = frozenset(listed("isabel catalina guerra"))
FEMININE_ENDINGS: Final = r".*(?:as?|ción|ciones|sión|siones|dad|dades|tad|tades|tud|tudes|umbres?|eces|ez)"
MASCULINE: Final = frozenset(
    listed(
        "día días mapa mapas problema problemas sistema sistemas tema temas programa programas planeta planetas "
        "poema poemas idioma idiomas kilogramas clima climas cometa cometas drama dramas fantasma fantasmas atleta "
        "futbolista futbolistas turista turistas policía policías diploma diplomas síntoma síntomas dilema dilemas "
        "jueces peces meses paras"
    )
)
FEMININE: Final = frozenset(
    listed(
        "mano manos foto fotos moto motos mujer mujeres noche noches clase clases calle calles vez gente nave naves "
        "torre torres sede sedes base bases serie series imagen imágenes flor flores razón razones red redes"
    )
)
FUNCTION_WORDS: Final = frozenset(
    listed(
        "de del y o u a al en por para con sin es son era fue que como más menos entre hasta desde si no pero se su la "
        "las el los una un ya va está cada contra según sobre e ni"
    )
)
