"""Units of measurement: one table, from how people and payloads write a unit to the unit that is stored.

Sources: BIPM, The International System of Units (9th ed.); NIST SP 811 (2008), appendix B.8, for US gallon, cubic
foot and psi. Head of water: 1 bar = 10.1972 m, the figure the trade uses (water at 4 °C, standard gravity).
"""

from __future__ import annotations

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
_FOOT_M = 0.3048
_FOOT3_M3 = _FOOT_M**3
_PSI_BAR = 0.06894757293168
_DAY_H = 24.0


class Unit(NamedTuple):
    """A unit and its way to the stored one: stored = value × factor + offset."""

    dimension: Dimension
    factor: float
    offset: float = 0.0

    def stored(self, value: float) -> float:
        """A value of this unit in the unit that is stored for its dimension.

        A decimal fraction divides and others are rounded to twelve digits, so that no litre gets a tail of binary
        digits.

        >>> unit("°F").stored(50.0), unit("L").stored(1_100_001), unit("l/min").stored(60)
        (10.0, 1100.001, 3.6)
        """
        if self.factor in _DIVISOR:
            return value / _DIVISOR[self.factor]
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
    "ML/d": Unit("flow", 1e3 / _DAY_H),
}
"""Units whose meaning hangs on the case of a letter: MPa is not mPa."""

_FOLDED: dict[str, Unit] = {}
"""Units by their normal writing in lower case."""


def _define(dimension: Dimension, factor: float, *names: str, offset: float = 0.0) -> None:
    for name in names:
        _FOLDED[_fold(name)] = Unit(dimension, factor, offset)


def _fold(word: str) -> str:
    plain = word.strip().replace("³", "3").replace("^3", "3").replace("㎥", "m3").replace("⁻¹", "-1").replace("μ", "µ")
    plain = (
        plain.replace("°", "").replace("º", "").replace("℃", "c").replace("℉", "f").replace("⋅", "").replace("·", "")
    )
    return plain.replace(" ", "").replace(".", "").casefold()


_define("volume", 1.0, "m3", "cbm", "kubik", "cubicmeter", "cubicmeters", "cubicmetre", "cubicmetres", "kl")
_define("volume", 1e-3, "l", "ltr", "liter", "liters", "litre", "litres", "litr", "litru", "litrů", "litry", "dm3")
_define("volume", 1e-1, "hl")
_define("volume", 1e-6, "ml", "cm3", "milliliter", "milliliters", "millilitre", "millilitres")
_define("volume", _GALLON_M3, "gal", "gallon", "gallons", "usgal", "gal(us)", "usgallon", "usgallons")
_define("volume", _FOOT3_M3, "ft3", "cf", "cuft", "cubicfoot", "cubicfeet")
_define("volume", 100 * _FOOT3_M3, "ccf")

_define("flow", 1.0, "m3/h", "m3h", "m3h-1", "m3/hr", "m3/hour", "m3/hod", "m3ph", "cbm/h")
_define("flow", 3600.0, "m3/s", "m3s", "m3s-1")
_define("flow", 60.0, "m3/min")
_define("flow", 1 / _DAY_H, "m3/d", "m3d", "m3/day", "m3/den", "m3d-1")
_define("flow", 3.6, "l/s", "lps", "ls-1", "l/sec", "ls")
_define("flow", 0.06, "l/min", "lpm", "lmin", "lmin-1", "ltr/min")
_define("flow", 1e-3, "l/h", "lph", "l/hr", "l/hour", "l/hod", "lh", "lh-1", "ltr/h")
_define("flow", 1e-3 / _DAY_H, "l/d", "l/day", "l/den")
_define("flow", 1e-6, "ml/h")
_define("flow", 60 * _GALLON_M3, "gpm", "gal/min", "usgpm")
_define("flow", _GALLON_M3, "gph", "gal/h")
_define("flow", 3600 * _FOOT3_M3, "ft3/s", "cfs")

_define("pressure", BAR_M, "bar", "bars", "barg", "bar(g)")
_define("pressure", 1e-3 * BAR_M, "mbar", "millibar", "hpa")
_define("pressure", 1e-2 * BAR_M, "kpa", "kilopascal")
_define("pressure", 10 * BAR_M, "mpa", "megapascal")
_define("pressure", 1e-5 * BAR_M, "pa", "pascal")
_define("pressure", _PSI_BAR * BAR_M, "psi", "psig")
_define("pressure", 1.0, "mh2o", "mwc", "mws", "mvs", "mh20", "m wc", "m h2o", "mwater", "mhead")
_define("pressure", 1e-2, "cmh2o", "cmwc")
_define("pressure", 1e-3, "mmh2o", "mmwc")

_define("length", 1.0, "m", "meter", "meters", "metre", "metres", "metr")
_define("length", 1e-1, "dm")
_define("length", 1e-2, "cm", "centimeter", "centimeters", "centimetre", "centimetres")
_define("length", 1e-3, "mm", "millimeter", "millimeters", "millimetre", "millimetres")
_define("length", _FOOT_M, "ft", "foot", "feet")
_define("length", 0.0254, "in", "inch", "inches")

_define("temperature", 1.0, "c", "degc", "celsius", "degreecelsius", "degreescelsius", "cel")
_define("temperature", 5 / 9, "f", "degf", "fahrenheit", offset=-160 / 9)
_define("temperature", 1.0, "kelvin", offset=-273.15)

_define("voltage", 1.0, "v", "volt", "volts", "vdc")
_define("voltage", 1e-3, "mv", "millivolt", "millivolts")
_define("share", 1.0, "%", "pct", "percent", "procent", "prozent", "%el")
_define("signal", 1.0, "dbm")
_define("duration", 1.0, "h", "hr", "hrs", "hour", "hours", "hod", "hodin")
_define("duration", 1 / 60, "min", "minute", "minutes")
_define("duration", 1 / 3600, "s", "sec", "second", "seconds")
_define("duration", _DAY_H, "d", "day", "days")
_define("power", 1.0, "kw")
_define("power", 1e-3, "w")
_define("energy", 1.0, "kwh")
_define("energy", 1e-3, "wh")
_define("concentration", 1.0, "mg/l", "mgl", "ppm", "mgl-1")
_define("concentration", 1e-3, "µg/l", "ug/l")
_define("turbidity", 1.0, "ntu", "fnu", "zf", "zfn")
_define("conductivity", 1.0, "µs/cm", "us/cm", "uscm", "µscm-1", "uscm-1")
_define("conductivity", 10.0, "ms/m", "msm")
_define("conductivity", 1e4, "s/m")
_define("sound", 1.0, "db")


def find_unit(word: str) -> Unit | None:
    """The unit that a payload writes, or None where the word is no unit.

    Letter case counts only where it must: MPa and mPa, mV and MV.

    >>> find_unit("L").factor, find_unit("m³/h").dimension, find_unit("parsec")
    (0.001, 'flow', None)
    """
    trimmed = word.strip()
    return _EXACT.get(trimmed) or _FOLDED.get(_fold(trimmed))


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
