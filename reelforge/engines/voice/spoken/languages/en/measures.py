"""What English says for units, currencies and magnitudes. Data only."""

from __future__ import annotations

from typing import Final

from reelforge.engines.voice.spoken.vocabulary import Currency, Unit, listed, unit_table

UNITS: Final = unit_table("""
    km | kilometer | kilometers
    m | meter | meters
    cm | centimeter | centimeters
    mm | millimeter | millimeters
    µm μm | micrometer | micrometers
    nm | nanometer | nanometers
    mi | mile | miles
    ft ′ | foot | feet
    in ″ | inch | inches
    yd yds | yard | yards
    nmi | nautical mile | nautical miles
    km² km2 | square kilometer | square kilometers
    m² m2 sqm | square meter | square meters
    cm² cm2 | square centimeter | square centimeters
    mi² mi2 | square mile | square miles
    ft² ft2 sqft | square foot | square feet
    km³ km3 | cubic kilometer | cubic kilometers
    m³ m3 | cubic meter | cubic meters
    cm³ cm3 cc | cubic centimeter | cubic centimeters
    ft³ ft3 | cubic foot | cubic feet
    ha | hectare | hectares
    kg | kilogram | kilograms
    g | gram | grams
    mg | milligram | milligrams
    µg μg mcg | microgram | micrograms
    t | ton | tons
    Mt | megaton | megatons
    lb lbs | pound | pounds
    oz | ounce | ounces
    l L | liter | liters
    ml mL | milliliter | milliliters
    cl cL | centiliter | centiliters
    dl dL | deciliter | deciliters
    gal | gallon | gallons
    qt | quart | quarts
    pt | pint | pints
    tbsp | tablespoon | tablespoons
    tsp | teaspoon | teaspoons
    s sec secs | second | seconds
    ms | millisecond | milliseconds
    µs μs | microsecond | microseconds
    ns | nanosecond | nanoseconds
    min mins | minute | minutes
    h hr hrs | hour | hours
    wk wks | week | weeks
    mo mos | month | months
    yr yrs | year | years
    kph kmh km/h | kilometer per hour | kilometers per hour
    mph | mile per hour | miles per hour
    mpg | mile per gallon | miles per gallon
    kn kt kts | knot | knots
    m/s² m/s2 | meter per second squared | meters per second squared
    °C ℃ | degree Celsius | degrees Celsius
    °F ℉ | degree Fahrenheit | degrees Fahrenheit
    °N | degree north | degrees north
    °S | degree south | degrees south
    °E | degree east | degrees east
    °W | degree west | degrees west
    ° º | degree | degrees
    bit bits | bit | bits
    kB KB | kilobyte | kilobytes
    MB | megabyte | megabytes
    GB | gigabyte | gigabytes
    TB | terabyte | terabytes
    PB | petabyte | petabytes
    KiB | kibibyte | kibibytes
    MiB | mebibyte | mebibytes
    GiB | gibibyte | gibibytes
    kbps kbit/s | kilobit per second | kilobits per second
    Mbps Mbit/s | megabit per second | megabits per second
    Gbps Gbit/s | gigabit per second | gigabits per second
    Hz | hertz | hertz
    kHz | kilohertz | kilohertz
    MHz | megahertz | megahertz
    GHz | gigahertz | gigahertz
    W | watt | watts
    mW | milliwatt | milliwatts
    kW | kilowatt | kilowatts
    MW | megawatt | megawatts
    GW | gigawatt | gigawatts
    Wh | watt hour | watt hours
    kWh | kilowatt hour | kilowatt hours
    MWh | megawatt hour | megawatt hours
    V | volt | volts
    mV | millivolt | millivolts
    kV | kilovolt | kilovolts
    mA | milliamp | milliamps
    mAh | milliamp hour | milliamp hours
    Ω | ohm | ohms
    N | newton | newtons
    J | joule | joules
    kJ | kilojoule | kilojoules
    dB | decibel | decibels
    Pa | pascal | pascals
    hPa | hectopascal | hectopascals
    kPa | kilopascal | kilopascals
    psi | P S I | P S I
    hp | horsepower | horsepower
    cal | calorie | calories
    kcal | kilocalorie | kilocalories
    px | pixel | pixels
    MP | megapixel | megapixels
    fps FPS | frame per second | frames per second
    dpi DPI | dot per inch | dots per inch
    rpm RPM | revolution per minute | revolutions per minute
    bpm BPM | beat per minute | beats per minute
    ppm | part per million | parts per million
    ly | light year | light years
    AU | astronomical unit | astronomical units
    pp | percentage point | percentage points
    ¢ | cent | cents
    % | percent | percent
    ‰ | per mille | per mille
""")

UNITS_AMBIGUOUS_ALONE: Final = frozenset({"in", "pt", "mo", "pp", "cc", "º", "bits", "t", "AU", "Mt"})

_CENT: Final = Unit("cent", "cents")


def _dollar(of: str) -> Currency:
    return Currency(Unit(f"{of} dollar".strip(), f"{of} dollars".strip()), _CENT)


CURRENCIES: Final = {
    "$": _dollar(""),
    "US$": _dollar("U S"),
    "USD": _dollar("U S"),
    "A$": _dollar("Australian"),
    "AUD": _dollar("Australian"),
    "C$": _dollar("Canadian"),
    "CAD": _dollar("Canadian"),
    "HK$": _dollar("Hong Kong"),
    "NZ$": _dollar("New Zealand"),
    "€": Currency(Unit("euro", "euros"), _CENT),
    "EUR": Currency(Unit("euro", "euros"), _CENT),
    "£": Currency(Unit("pound", "pounds"), Unit("penny", "pence")),
    "GBP": Currency(Unit("British pound", "British pounds"), Unit("penny", "pence")),
    "¥": Currency(Unit("yen", "yen")),
    "JPY": Currency(Unit("yen", "yen")),
    "₹": Currency(Unit("rupee", "rupees"), Unit("paisa", "paise")),
    "INR": Currency(Unit("rupee", "rupees"), Unit("paisa", "paise")),
    "₩": Currency(Unit("won", "won")),
    "KRW": Currency(Unit("won", "won")),
    "₽": Currency(Unit("ruble", "rubles"), Unit("kopek", "kopeks")),
    "RUB": Currency(Unit("ruble", "rubles"), Unit("kopek", "kopeks")),
    "dollars": _dollar(""),
    "euros": Currency(Unit("euro", "euros"), _CENT),
    "₿": Currency(Unit("bitcoin", "bitcoins")),
    "BTC": Currency(Unit("bitcoin", "bitcoins")),
    "R$": Currency(Unit("real", "reais"), Unit("centavo", "centavos")),
    "BRL": Currency(Unit("real", "reais"), Unit("centavo", "centavos")),
    "₺": Currency(Unit("lira", "lira")),
    "₪": Currency(Unit("shekel", "shekels")),
    "₫": Currency(Unit("dong", "dong")),
    "₱": Currency(Unit("peso", "pesos"), Unit("centavo", "centavos")),
    "MXN": Currency(Unit("Mexican peso", "Mexican pesos"), Unit("centavo", "centavos")),
    "zł": Currency(Unit("zloty", "zlotys")),
    "PLN": Currency(Unit("zloty", "zlotys")),
    "CHF": Currency(Unit("Swiss franc", "Swiss francs"), Unit("centime", "centimes")),
    "CNY": Currency(Unit("yuan", "yuan")),
    "RMB": Currency(Unit("yuan", "yuan")),
    "SEK": Currency(Unit("Swedish krona", "Swedish kronor")),
    "NOK": Currency(Unit("Norwegian krone", "Norwegian kroner")),
    "DKK": Currency(Unit("Danish krone", "Danish kroner")),
}


def _scales(**letters: str) -> dict[str, Unit]:
    return {letter: Unit(word, word) for word, row in letters.items() for letter in row.split()}


SCALES: Final = _scales(thousand="k K", million="m M mn mm MM", billion="bn b B", trillion="tn T t")
LOOSE_SCALES: Final = frozenset({"k", "K", "M", "mn", "bn", "tn"})
MAGNITUDES: Final = {word: Unit(word, word) for word in listed("hundred thousand million billion trillion quadrillion")}
