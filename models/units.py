"""Units of measurement: one table, from how people and payloads write a unit to the unit that is stored.

Sources: BIPM, The International System of Units (9th ed.); NIST SP 811 (2008), appendix B.8, for US gallon, cubic
foot and psi. Head of water: 1 bar = 10.1972 m, the figure the trade uses (water at 4 °C, standard gravity).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

Dimension = Literal[
    "volume",
    "flow",
    "pressure",
    "length",
    "temperature",
    "voltage",
    "share",
    "signal",
    "duration",
    "power",
    "energy",
    "concentration",
    "turbidity",
    "conductivity",
    "sound",
]

BAR_M = 10.1972
"""Head of water of one bar [m]."""

_GALLON_M3 = 3.785411784e-3
_IMPERIAL_GALLON_M3 = 4.54609e-3
_FOOT_M = 0.3048
_FOOT3_M3 = _FOOT_M**3
_PSI_BAR = 0.06894757293168
_DAY_H = 24.0
_LONGEST = 40


class Unit(NamedTuple):
    """A unit and its way to the stored one: stored = value × factor + offset."""

    dimension: Dimension
    factor: float
    offset: float = 0.0

    def stored(self, value: float) -> float:
        """A value of this unit in the unit that is stored for its dimension.

        A decimal fraction divides and is rounded to fifteen digits, others to twelve, so that no litre gets a tail of
        binary digits.

        >>> unit("°F").stored(50.0), unit("L").stored(1_100_001), unit("l/min").stored(60)
        (10.0, 1100.001, 3.6)
        """
        if self.factor in _DIVISOR:
            return float(f"{value / _DIVISOR[self.factor]:.15g}")
        if self.factor == 1.0 and self.offset == 0.0:
            return value
        return float(f"{value * self.factor + self.offset:.12g}")


STORED_UNIT: dict[Dimension, str] = {
    "volume": "m³",
    "flow": "m³/h",
    "pressure": "m",
    "length": "m",
    "temperature": "°C",
    "voltage": "V",
    "share": "%",
    "signal": "dBm",
    "duration": "h",
    "power": "kW",
    "energy": "kWh",
    "concentration": "mg/l",
    "turbidity": "NTU",
    "conductivity": "µS/cm",
    "sound": "dB",
}

_DIVISOR = {10.0**-power: 10.0**power for power in range(1, 10)}

_EXACT: dict[str, Unit] = {
    "MPa": Unit("pressure", 10 * BAR_M),
    "mPa": Unit("pressure", 1e-8 * BAR_M),
    "K": Unit("temperature", 1.0, -273.15),
    "mW": Unit("power", 1e-6),
    "MW": Unit("power", 1e3),
    "MWh": Unit("energy", 1e3),
    "mWh": Unit("energy", 1e-6),
    "mS/cm": Unit("conductivity", 1e3),
    "MS/cm": Unit("conductivity", 1e12),
    "mV": Unit("voltage", 1e-3),
    "MV": Unit("voltage", 1e6),
    "mL": Unit("volume", 1e-6),
    "ML": Unit("volume", 1e3),
    "MJ": Unit("energy", 1 / 3.6),
    "mJ": Unit("energy", 1e-6 / 3600),
}
"""Units whose meaning hangs on the case of a letter: MPa is not mPa."""

_FOLDED: dict[str, Unit] = {}
"""Units by their normal writing in lower case."""


def _define(dimension: Dimension, factor: float, *names: str, offset: float = 0.0) -> None:
    for name in names:
        _FOLDED[_fold(name)] = Unit(dimension, factor, offset)


def _fold(word: str) -> str:
    plain = word.translate(_SIGNS).casefold()
    return plain.replace(" per ", "/").replace("^", "").replace("**", "").replace(" ", "").replace(".", "")


_SIGNS = str.maketrans(
    {
        "³": "3",
        "²": "2",
        "₂": "2",
        "ᶟ": "3",
        "㎥": "m3",
        "ℓ": "l",
        "㎏": "kg",
        "¹": "1",
        "⁻": "-",
        "−": "-",
        "–": "-",
        "μ": "µ",
        "℃": "c",
        "℉": "f",
        "°": "",
        "º": "",
        "⋅": "",
        "·": "",
        "∙": "",
        "*": "",
        "_": "",
        "\u00a0": " ",
        "\u202f": " ",
    }
)
_PER_HOUR = {
    word: per_hour
    for per_hour, words in (
        (3600.0, "s sec second seconds sek sekunda sekundu sekunde"),
        (60.0, "min minute minutes minuta minutu"),
        (1.0, "h hr hrs hour hours hod hodina hodinu std stunde"),
        (1 / _DAY_H, "d day days den tag dy"),
    )
    for word in words.split()
}
_RATE = re.compile(r"^(?P<amount>.+?)(?:/(?P<per>[a-z]+)|(?P<to>s|min|h|d)-1)$")


_define("volume", 1.0, "m3", "cbm", "kubik", "kubiky", "kubík", "kubíky", "kbm", "metrkrychlový", "kubikmeter")
_define("volume", 1.0, "cubicmeter", "cubicmeters", "cubicmetre", "cubicmetres", "kl")
_define(
    "volume", 1e-3, "l", "ltr", "liter", "liters", "litre", "litres", "litr", "litru", "litrů", "litry", "dm3", "lit"
)
_define("volume", 1e-1, "hl")
_define("volume", 1e-6, "ml", "cm3", "milliliter", "milliliters", "millilitre", "millilitres")
_define("volume", _GALLON_M3, "gal", "gallon", "gallons", "usgal", "gal(us)", "usgallon", "usgallons")
_define("volume", _FOOT3_M3, "ft3", "cf", "cuft", "cubicfoot", "cubicfeet")
_define("volume", 100 * _FOOT3_M3, "ccf", "hcf")
_define("volume", 1e3 * _GALLON_M3, "kgal", "1000gal")
_define("volume", _IMPERIAL_GALLON_M3, "impgal", "igal", "imperialgallon", "imperialgallons", "gal(uk)", "gal(imp)")

# Amounts a time are put together of both; here stands what is written without a stroke.
_define("flow", 1.0, "m3h", "m3ph", "cmh", "cbmh", "m3hr", "m3hod")
_define("flow", 3600.0, "m3s", "cms", "cumecs", "cumec")
_define("flow", 60.0, "m3min")
_define("flow", 1 / _DAY_H, "m3d", "cmd", "m3day")
_define("flow", 3.6, "lps", "ls")
_define("flow", 0.06, "lpm", "lmin", "l/mn")
_define("flow", 1e-3, "lph", "lh", "lhr", "lhod")
_define("flow", 1e-3 / _DAY_H, "lpd")
_define("flow", 1e3 / _DAY_H, "mld")
_define("flow", 60 * _GALLON_M3, "gpm", "usgpm")
_define("flow", _GALLON_M3, "gph")
_define("flow", _GALLON_M3 / _DAY_H, "gpd")
_define("flow", 1e6 * _GALLON_M3 / _DAY_H, "mgd")
_define("flow", 60 * _IMPERIAL_GALLON_M3, "igpm", "impgpm")
_define("flow", 3600 * _FOOT3_M3, "cfs", "cusec", "cusecs")
_define("flow", 60 * _FOOT3_M3, "cfm")
_define("flow", _FOOT3_M3, "cfh")

_define("pressure", BAR_M, "bar", "bars", "barg", "bar(g)")
_define("pressure", 1e-3 * BAR_M, "mbar", "millibar", "hpa")
_define("pressure", 1e-2 * BAR_M, "kpa", "kilopascal")
_define("pressure", 10 * BAR_M, "mpa", "megapascal")
_define("pressure", 1e-5 * BAR_M, "pa", "pascal")
_define("pressure", _PSI_BAR * BAR_M, "psi", "psig")
_define("pressure", 0.980665 * BAR_M, "kg/cm2", "kgf/cm2", "kp/cm2", "kgcm2", "kgfcm2")
_define("pressure", 1e-5 * BAR_M, "n/m2")
_define("pressure", 1.33322387415e-3 * BAR_M, "mmhg", "torr")
_define("pressure", 33.86389e-3 * BAR_M, "inhg")
_define("pressure", 1.0, "mh2o", "mwc", "mws", "mvs", "mvsl", "mh20", "mwater", "mhead", "mwk", "mca", "mce")
_define("pressure", 1e-1, "dmh2o", "dmws")
_define("pressure", 1e-2, "cmh2o", "cmwc", "cmws", "cmvs")
_define("pressure", 1e-3, "mmh2o", "mmwc", "mmws", "mmvs")
_define("pressure", 0.3048, "fth2o", "ftwc", "fthead")
_define("pressure", 0.0254, "inh2o", "inwc")

_define("length", 1.0, "m", "meter", "meters", "metre", "metres", "metr")
_define("length", 1.0, "mnm", "mnmbpv", "mbpv", "masl", "mamsl", "münn", "muenn", "münhn", "mnn")
_define("length", 1e3, "km", "kilometer", "kilometre")
_define("length", 1e-1, "dm", "decimeter", "decimetre")
_define("length", 1e-2, "cm", "centimeter", "centimeters", "centimetre", "centimetres")
_define("length", 1e-3, "mm", "millimeter", "millimeters", "millimetre", "millimetres")
_define("length", _FOOT_M, "ft", "foot", "feet")
_define("length", 0.0254, "in", "inch", "inches", '"')

_define(
    "temperature",
    1.0,
    "c",
    "degc",
    "celsius",
    "degreecelsius",
    "degreescelsius",
    "cel",
    "stupeňcelsia",
    "stupněcelsia",
    "gradcelsius",
)
_define("temperature", 5 / 9, "f", "degf", "fahrenheit", offset=-160 / 9)
_define("temperature", 1.0, "kelvin", offset=-273.15)

_define("voltage", 1.0, "v", "volt", "volts", "vdc", "vac")
_define("voltage", 1e-3, "mv", "millivolt", "millivolts")
_define("share", 1.0, "%", "pct", "percent", "procent", "prozent", "procenta", "%el")
_define("signal", 1.0, "dbm")
_define("duration", 1.0, "h", "hr", "hrs", "hour", "hours", "hod", "hodin", "hodiny", "mh", "std", "stunden")
_define("duration", 1 / 60, "min", "minute", "minutes")
_define("duration", 1 / 3600, "s", "sec", "second", "seconds", "sekunda", "sekundy", "sekund")
_define("duration", 1e-3 / 3600, "ms", "millisecond", "milliseconds")
_define("duration", _DAY_H, "d", "day", "days", "den", "dny", "dní")
_define("power", 1.0, "kw")
_define("power", 1e-3, "w", "watt", "watts")
_define("energy", 1.0, "kwh")
_define("energy", 1e-3, "wh")
_define("energy", 1e3 / 3.6, "gj")
_define("energy", 1 / 3600, "kj")
_define("energy", 1e-3 / 3600, "j", "joule")
_define("concentration", 1.0, "mg/l", "mgl", "ppm", "mgl-1", "mg/dm3", "g/m3", "gm-3", "mg/liter", "mg/litre")
_define("concentration", 1e-3, "µg/l", "ug/l", "mg/m3", "ppb", "µgl-1")
_define("concentration", 1e3, "g/l")
_define("turbidity", 1.0, "ntu", "fnu", "ftu", "zf", "zfn", "zf(n)", "zft", "te/f")
_define("conductivity", 1.0, "µs/cm", "us/cm", "uscm", "µscm-1", "uscm-1")
_define("conductivity", 10.0, "ms/m", "msm", "msm-1")
_define("conductivity", 1e-2, "µs/m", "us/m")
_define("conductivity", 1e4, "s/m")
_define("sound", 1.0, "db", "db(a)", "dba")


@lru_cache(maxsize=16_384)
def find_unit(word: str) -> Unit | None:
    """The unit that a payload writes, or None where the word is no unit.

    Letter case counts only where it must: MPa and mPa, mV and MV, ML and ml.

    >>> find_unit("L").factor, find_unit("m³/h").dimension, find_unit("cubic meters per hour").factor
    (0.001, 'flow', 1.0)
    >>> find_unit("ML/d").factor > find_unit("ml/d").factor, find_unit("parsec")
    (True, None)
    """
    trimmed = word.strip()
    if not trimmed or len(trimmed) > _LONGEST:
        return None
    return _EXACT.get(trimmed) or _FOLDED.get(folded := _fold(trimmed)) or _rate(trimmed, folded)


def _rate(written: str, folded: str) -> Unit | None:
    """An amount of water a time: m³/h, gal/min, hl per day, l·s⁻¹."""
    match = _RATE.match(folded)
    per_hour = _PER_HOUR.get(match["per"] or match["to"]) if match else None
    if match is None or per_hour is None:
        return None
    amount = _EXACT.get(written.split("/")[0].strip()) or _FOLDED.get(match["amount"])
    return Unit("flow", amount.factor * per_hour) if amount is not None and amount.dimension == "volume" else None


def unit(word: str) -> Unit:
    """The unit that a payload writes.

    Raises ValueError where the word is no unit.

    >>> round(unit("bar").stored(1.02), 6)
    10.401144
    """
    found = find_unit(word)
    if found is None:
        raise ValueError(f"{word!r} is no known unit")
    return found
