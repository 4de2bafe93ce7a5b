"""What English says for units, currencies, abbreviations, symbols and capital letters. Data only."""

from __future__ import annotations

import re
from typing import Final

from reelforge.engines.voice.spoken.numbers import listed

UNITS: Final[dict[str, tuple[str, str]]] = {
    "km": ("kilometer", "kilometers"),
    "m": ("meter", "meters"),
    "cm": ("centimeter", "centimeters"),
    "mm": ("millimeter", "millimeters"),
    "µm": ("micrometer", "micrometers"),
    "μm": ("micrometer", "micrometers"),
    "nm": ("nanometer", "nanometers"),
    "mi": ("mile", "miles"),
    "ft": ("foot", "feet"),
    "yd": ("yard", "yards"),
    "km²": ("square kilometer", "square kilometers"),
    "km2": ("square kilometer", "square kilometers"),
    "m²": ("square meter", "square meters"),
    "m2": ("square meter", "square meters"),
    "m³": ("cubic meter", "cubic meters"),
    "m3": ("cubic meter", "cubic meters"),
    "ha": ("hectare", "hectares"),
    "kg": ("kilogram", "kilograms"),
    "g": ("gram", "grams"),
    "mg": ("milligram", "milligrams"),
    "µg": ("microgram", "micrograms"),
    "t": ("ton", "tons"),
    "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"),
    "oz": ("ounce", "ounces"),
    "l": ("liter", "liters"),
    "L": ("liter", "liters"),
    "ml": ("milliliter", "milliliters"),
    "mL": ("milliliter", "milliliters"),
    "gal": ("gallon", "gallons"),
    "s": ("second", "seconds"),
    "sec": ("second", "seconds"),
    "ms": ("millisecond", "milliseconds"),
    "ns": ("nanosecond", "nanoseconds"),
    "min": ("minute", "minutes"),
    "mins": ("minute", "minutes"),
    "h": ("hour", "hours"),
    "hr": ("hour", "hours"),
    "hrs": ("hour", "hours"),
    "yr": ("year", "years"),
    "yrs": ("year", "years"),
    "km/h": ("kilometer per hour", "kilometers per hour"),
    "kph": ("kilometer per hour", "kilometers per hour"),
    "km/s": ("kilometer per second", "kilometers per second"),
    "m/s": ("meter per second", "meters per second"),
    "mph": ("mile per hour", "miles per hour"),
    "°C": ("degree Celsius", "degrees Celsius"),
    "℃": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "℉": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"),
    "kB": ("kilobyte", "kilobytes"),
    "KB": ("kilobyte", "kilobytes"),
    "MB": ("megabyte", "megabytes"),
    "GB": ("gigabyte", "gigabytes"),
    "TB": ("terabyte", "terabytes"),
    "Mbps": ("megabit per second", "megabits per second"),
    "Gbps": ("gigabit per second", "gigabits per second"),
    "Hz": ("hertz", "hertz"),
    "kHz": ("kilohertz", "kilohertz"),
    "MHz": ("megahertz", "megahertz"),
    "GHz": ("gigahertz", "gigahertz"),
    "W": ("watt", "watts"),
    "kW": ("kilowatt", "kilowatts"),
    "MW": ("megawatt", "megawatts"),
    "GW": ("gigawatt", "gigawatts"),
    "Wh": ("watt hour", "watt hours"),
    "kWh": ("kilowatt hour", "kilowatt hours"),
    "MWh": ("megawatt hour", "megawatt hours"),
    "V": ("volt", "volts"),
    "mAh": ("milliamp hour", "milliamp hours"),
    "dB": ("decibel", "decibels"),
    "Pa": ("pascal", "pascals"),
    "kPa": ("kilopascal", "kilopascals"),
    "psi": ("P S I", "P S I"),
    "cal": ("calorie", "calories"),
    "kcal": ("kilocalorie", "kilocalories"),
    "px": ("pixel", "pixels"),
    "fps": ("frame per second", "frames per second"),
    "rpm": ("R P M", "R P M"),
    "bpm": ("B P M", "B P M"),
    "ly": ("light year", "light years"),
    "AU": ("astronomical unit", "astronomical units"),
}
"""Written unit to (after one, after any other number)."""

UNITS_AMBIGUOUS_ALONE: Final = frozenset({"t", "s", "h", "V", "min", "cal", "AU"})
"""Units that, apart from their number by a space, are too often something else."""

CURRENCIES: Final[dict[str, tuple[str, str, str, str]]] = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "US$": ("U S dollar", "U S dollars", "cent", "cents"),
    "A$": ("Australian dollar", "Australian dollars", "cent", "cents"),
    "C$": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "sen", "sen"),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "₩": ("won", "won", "jeon", "jeon"),
    "₽": ("ruble", "rubles", "kopek", "kopeks"),
    "₿": ("bitcoin", "bitcoins", "satoshi", "satoshis"),
}
"""Symbol to (one, many, one hundredth, many hundredths)."""

CURRENCY_CODES: Final = {
    "USD": ("U S dollar", "U S dollars"),
    "EUR": ("euro", "euros"),
    "GBP": ("British pound", "British pounds"),
    "JPY": ("yen", "yen"),
    "INR": ("rupee", "rupees"),
    "CAD": ("Canadian dollar", "Canadian dollars"),
    "AUD": ("Australian dollar", "Australian dollars"),
    "CHF": ("Swiss franc", "Swiss francs"),
    "CNY": ("yuan", "yuan"),
}

SCALES: Final = {
    "k": "thousand",
    "K": "thousand",
    "m": "million",
    "M": "million",
    "mn": "million",
    "bn": "billion",
    "b": "billion",
    "B": "billion",
    "tn": "trillion",
    "T": "trillion",
}
SCALE_WORDS: Final = frozenset({"hundred", "thousand", "million", "billion", "trillion", "quadrillion"})

ABBREVIATIONS: Final = {
    "dr.": "doctor",
    "mr.": "mister",
    "mrs.": "missus",
    "ms.": "miz",
    "prof.": "professor",
    "mt.": "mount",
    "vs.": "versus",
    "vs": "versus",
    "e.g.": "for example",
    "eg.": "for example",
    "i.e.": "that is",
    "ie.": "that is",
    "etc.": "et cetera",
    "etc": "et cetera",
    "cf.": "compare",
    "approx.": "approximately",
    "ca.": "about",
    "fig.": "figure",
    "figs.": "figures",
    "vol.": "volume",
    "gen.": "general",
    "sen.": "senator",
    "rep.": "representative",
    "gov.": "governor",
    "pres.": "president",
    "capt.": "captain",
    "lt.": "lieutenant",
    "col.": "colonel",
    "sgt.": "sergeant",
    "rev.": "reverend",
    "hon.": "honorable",
    "jr.": "junior",
    "sr.": "senior",
    "inc.": "incorporated",
    "ltd.": "limited",
    "corp.": "corporation",
    "bros.": "brothers",
    "dept.": "department",
    "est.": "established",
    "ph.d.": "P H D",
    "phd": "P H D",
    "w/": "with",
    "w/o": "without",
    "b/c": "because",
    "24/7": "twenty four seven",
    "9/11": "nine eleven",
    "c++": "C plus plus",
    "c#": "C sharp",
    "f#": "F sharp",
    "jan.": "January",
    "feb.": "February",
    "mar.": "March",
    "apr.": "April",
    "jun.": "June",
    "jul.": "July",
    "aug.": "August",
    "sep.": "September",
    "sept.": "September",
    "oct.": "October",
    "nov.": "November",
    "dec.": "December",
}
"""In lower case. ``St.`` and ``No.`` depend on their neighbours and have rules of their own."""

MONTHS: Final = listed("january february march april may june july august september october november december")

SYMBOLS: Final = {
    "&": "and",
    "+": "plus",
    "=": "equals",
    "@": "at",
    "%": "percent",
    "‰": "per mille",
    "×": "times",
    "÷": "divided by",
    "±": "plus or minus",
    "≈": "approximately equals",
    "~": "about",
    "<": "less than",
    ">": "greater than",
    "≤": "at most",
    "≥": "at least",
    "≠": "is not equal to",
    "√": "square root of",
    "²": "squared",
    "³": "cubed",
    "∞": "infinity",
    "π": "pi",
    "→": "to",
    "#": "number",
    "°": "degrees",
    "€": "euros",
    "$": "dollars",
    "£": "pounds",
    "№": "number",
    "§": "section",
}
"""What a symbol standing alone says. Anything else that is not a letter or digit is silent."""

GREEK: Final = dict(
    zip(
        "αβγδεζηθικλμνξοπρστυφχψω",
        listed(
            "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon "
            "phi chi psi omega"
        ),
        strict=True,
    )
)

SAID_AS_WORDS: Final = frozenset(
    listed(
        "NASA NATO UNESCO UNICEF OPEC AIDS COVID SARS MERS LASER RADAR SONAR SCUBA GIF JPEG RAM ROM PIN SIM LAN WAN "
        "RAID FIFA UEFA ASEAN NAFTA SWAT TASER FOMO YOLO NAND CERN JAXA AWOL IKEA LEGO"
    )
)
"""Acronyms read as words although a rule would spell them."""

SPELLED: Final = frozenset(
    listed("ACLU ADHD ESPN HTTP HTTPS HTML IEEE IMDB IUCN NAACP NCAA OECD UCLA USAF USDA USSR UEFI USPS")
)
"""Acronyms of four letters and more that are spelled although they could be read."""

COMMON_SHORT: Final = frozenset(
    listed(
        "ALL AM AN AND ANY ARE AS AT BAD BE BIG BUT BY CAN DAY DID DO END FAR FEW FOR FUN GET GO GOD GOT HAD HAS HE "
        "HER HEY HIM HIS HOT HOW I IF IN IS ITS LET LOT LOW MAN MAY ME MEN MOM MY NEW NO NOT NOW OF OFF OH OLD ON ONE "
        "OUR OUT OWN PAY RED RUN SAD SAY SEE SET SHE SIX SO SUN TEN THE TO TOO TOP TRY TWO UP USE WAR WAS WAY WE WHO "
        "WHY WIN WON YES YET YOU"
    )
)
"""Words of two and three letters which people shout in capitals."""

JOINED_PREFIXES: Final = frozenset(["re", "co", "pre", "de", "un", "e"])
"""A hyphen after one of these does not part two words: ``re-enter``, ``co-op``, ``e-mail``."""

NUMBER: Final = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
CURRENCY: Final = "(?:" + "|".join(sorted(map(re.escape, CURRENCIES), key=len, reverse=True)) + ")"
