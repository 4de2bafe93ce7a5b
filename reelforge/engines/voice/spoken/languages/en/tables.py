"""What English says for signs, abbreviations and capital letters. Data only."""

from __future__ import annotations

from typing import Final

from reelforge.engines.voice.spoken.vocabulary import listed

MONTHS: Final = listed("january february march april may june july august september october november december")
MONTHS_SHORT: Final = {"sept": "September"} | {month[:3]: month.capitalize() for month in MONTHS}

POINTS: Final = {".": "point", ",": "point"}
SAYS: Final = {
    "minus": "minus",
    "plus": "plus",
    "plusminus": "plus or minus",
    "about": "about",
    "less": "less than",
    "more": "more than",
    "atmost": "at most",
    "atleast": "at least",
    "to": "to",
    "ratio": "to",
    "by": "by",
    "times": "times",
    "divided": "divided by",
    "equals": "equals",
    "power": "to the power of",
    "squared": "squared",
    "cubed": "cubed",
    "root": "square root of",
    "per": "per",
    "point": "point",
    "number": "number",
    "version": "version",
    "outof": "out of",
    "and": "and",
    "hashtag": "hashtag",
    "dot": "dot",
    "slash": "slash",
    "at": "at",
    "dash": "dash",
    "underscore": "underscore",
    "over": "over",
}
"""The words between and around numbers, in tags and in addresses."""

ABBREVIATIONS: Final = {
    "dr.": "doctor",
    "dr": "doctor",
    "drs.": "doctors",
    "mr.": "mister",
    "mr": "mister",
    "mrs.": "missus",
    "mrs": "missus",
    "ms.": "miz",
    "messrs.": "messers",
    "prof.": "professor",
    "mt.": "mount",
    "vs.": "versus",
    "vs": "versus",
    "e.g.": "for example",
    "eg.": "for example",
    "e.g": "for example",
    "i.e.": "that is",
    "ie.": "that is",
    "i.e": "that is",
    "etc.": "et cetera",
    "etc": "et cetera",
    "cf.": "compare",
    "viz.": "namely",
    "approx.": "approximately",
    "ca.": "about",
    "fig.": "figure",
    "figs.": "figures",
    "vol.": "volume",
    "vols.": "volumes",
    "gen.": "general",
    "sen.": "senator",
    "rep.": "representative",
    "gov.": "governor",
    "pres.": "president",
    "capt.": "captain",
    "cmdr.": "commander",
    "lt.": "lieutenant",
    "col.": "colonel",
    "maj.": "major",
    "sgt.": "sergeant",
    "rev.": "reverend",
    "hon.": "honorable",
    "jr.": "junior",
    "sr.": "senior",
    "jr": "junior",
    "sr": "senior",
    "inc.": "incorporated",
    "ltd.": "limited",
    "corp.": "corporation",
    "bros.": "brothers",
    "dept.": "department",
    "univ.": "university",
    "assn.": "association",
    "ave.": "avenue",
    "blvd.": "boulevard",
    "rd.": "road",
    "ln.": "lane",
    "hwy.": "highway",
    "feat.": "featuring",
    "max.": "maximum",
    "avg.": "average",
    "misc.": "miscellaneous",
    "tel.": "telephone",
    "tues.": "Tuesday",
    "weds.": "Wednesday",
    "thurs.": "Thursday",
    "ph.d.": "P H D",
    "ph.d": "P H D",
    "phd": "P H D",
    "phds": "P H D's",
    "ph": "P H",
    "aka": "also known as",
    "a.k.a.": "also known as",
    "a.k.a": "also known as",
    "diy": "D I Y",
    "w/": "with",
    "w/o": "without",
    "b/c": "because",
    "c/o": "care of",
    "n/a": "not applicable",
    "24/7": "twenty four seven",
    "9/11": "nine eleven",
    "50/50": "fifty fifty",
    "20/20": "twenty twenty",
    "y2k": "Y two K",
    "401k": "four oh one K",
    "401(k": "four oh one K",
    "c++": "C plus plus",
    "c#": "C sharp",
    "f#": "F sharp",
    ".net": "dot net",
    "wi-fi": "wifi",
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
    "→": "to",
    "#": "number",
    "°": "degrees",
    "€": "euros",
    "$": "dollars",
    "£": "pounds",
    "¥": "yen",
    "¢": "cents",
    "№": "number",
    "§": "section",
    "−": "minus",
    "∑": "sum",
    "∆": "delta",
    "π": "pi",
    "µ": "micro",
}
SAID_AS_WORDS: Final = dict.fromkeys(
    listed(
        "NASA NATO UNESCO UNICEF OPEC AIDS COVID SARS MERS LASER RADAR SONAR SCUBA GIF RAM ROM PIN SIM LAN WAN RAID "
        "FIFA UEFA ASEAN NAFTA SWAT TASER FOMO YOLO NAND CERN JAXA AWOL IKEA LEGO ZIP VAT NIMBY CAPTCHA NVIDIA POTUS "
        "SCOTUS HIPAA OSHA FEMA DARPA NASDAQ BASIC COBOL ASCII LOL BIOS LIDAR NOAA TED"
    ),
    "",
) | {"JPEG": "jay peg", "JPG": "jay peg", "MPEG": "em peg", "CMOS": "sea moss", "DOS": "doss"}
"""An empty word: as it is written, in lower case."""

SPELLED: Final = frozenset(
    listed(
        "ACLU ADHD AARP AI API BIPOC CEO CIA CTO CFO EU ESPN EPA ETA FAQ HDMI HTTP HTTPS HTML IEEE IMDB IOS IPO IQ IRA "
        "IRS ISO ISS IT IUCN LGBTQ MIT NAACP NCAA NIH OCD OECD PTA RIP RSVP SEO SUV TBA UAE UCLA UEA UFO UI UK UN URL "
        "USA USAF USB USC USDA USPS USSR UTC UX VIP VPN WHO YMCA IOU AMA UV UTI US OK"
    )
)
COMMON_SHORT: Final = frozenset(
    listed(
        "ALL AM AN AND ANY ARE ART AS ASK AT BAD BAN BE BIG BUT BUY BY CAN CAR CAT CUT DAD DAY DID DIE DO DOG EAT "
        "END EYE FAR FEW FLY FOR FUN GET GO GOD GOT HAD HAS HE HER HEY HIM HIS HIT HOT HOW I ICE IF IN IS ITS JOB "
        "JOY KEY LAW LET IT LIE LOT LOW MAD MAN MAY ME MEN MOM MY NEW NO NOT NOW OF OFF OH OIL OLD ON ONE OR OUR "
        "OUT OWN PAY PER PUT RED RUN SAD SAY SEA SEE SET SHE SIT SIX SKY SO SUM SUN TAX TEN THE TIP TO TOO TOP TRY "
        "TWO UP US USE VERY WAR WAS WAY WE WHO WHY WIN WON WOW YES YET YOU"
    )
)

YEAR_CUES: Final = frozenset(
    listed(
        "in since by of year from until till after before during around circa late early mid summer winter spring fall "
        "autumn and between to c c. ca. est."
    )
) | frozenset(MONTHS)
COUNTED_NOUNS: Final = frozenset(
    listed(
        "people years times miles meters metres kilometers kilometres feet dollars euros men women percent degrees "
        "points pounds calories species"
    )
)
ERAS: Final = frozenset({"AD", "BC", "BCE", "CE", "A.D", "B.C", "A.D.", "B.C.", "B.C.E."})

RULERS: Final = frozenset(
    listed(
        "louis henry charles edward george elizabeth william james richard john philip pope napoleon wilhelm friedrich "
        "frederick catherine peter ivan nicholas alexander paul pius benedict leo gregory clement innocent urban mary "
        "ramesses ramses cleopatra xerxes darius felipe harald carl gustav ferdinand isabella otto victor"
    )
)
TITLED: Final = frozenset(
    listed("war part chapter act book volume vol phase type section title stage class scene bowl rocky level mark")
)
LETTER_NAMERS: Final = frozenset(
    listed("vitamin plan hepatitis type grade group class level point option exhibit team section vitamins influenza")
)
PLANES: Final = frozenset(listed("boeing airbus"))
CALLED: Final = frozenset(listed("call dial phone text called dialed"))
RATED: Final = frozenset(listed("rated rate score scored scoring got gave give rating"))
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
COMMON_WORDS: Final = frozenset(
    listed("a an and as at but by for from if in is it of on or so that the then this to was we")
)
BEFORE_FIGURES: Final = {
    "c.": "circa",
    "no.": "number",
    "nos.": "numbers",
    "p.": "page",
    "pp.": "pages",
    "ch.": "chapter",
    "sec.": "section",
    "art.": "article",
    "est.": "established",
    "apt.": "apartment",
    "ext.": "extension",
    "ver.": "version",
    "op.": "opus",
    "sun.": "Sunday",
    "sat.": "Saturday",
    "mon.": "Monday",
    "fri.": "Friday",
    "wed.": "Wednesday",
    "rs.": "rupees",
}
K_WORDS: Final = frozenset(
    listed("run race runs races runner video videos tv tvs resolution display screen screens run's")
)
