"""Codes of units of measure: UN/CEFACT Recommendation 20's common codes, as FIWARE, OPC UA and EDI write them.

Source: UN/CEFACT Recommendation No. 20, Codes for Units of Measure Used in International Trade, annex I.
"""

from __future__ import annotations

from models.units import find_unit

_CODES: dict[str, str] = {
    "MTQ": "m3",
    "LTR": "l",
    "HLT": "hl",
    "DMQ": "dm3",
    "CMQ": "cm3",
    "MLT": "ml",
    "K6": "kl",
    "GLL": "gal",
    "FTQ": "ft3",
    "MQH": "m3/h",
    "MQS": "m3/s",
    "G52": "m3/d",
    "G53": "m3/min",
    "G51": "l/s",
    "2J": "cm3/s",
    "L2": "l/min",
    "E32": "l/h",
    "LD": "l/d",
    "G2": "gal/min",
    "G50": "gal/h",
    "2K": "ft3/h",
    "2L": "ft3/min",
    "MTR": "m",
    "DMT": "dm",
    "CMT": "cm",
    "MMT": "mm",
    "FOT": "ft",
    "INH": "in",
    "BAR": "bar",
    "MBR": "mbar",
    "PAL": "Pa",
    "A97": "hPa",
    "KPA": "kPa",
    "MPA": "MPa",
    "PS": "psi",
    "CEL": "°C",
    "FAH": "°F",
    "KEL": "K",
    "VLT": "V",
    "2Z": "mV",
    "P1": "%",
    "2N": "dB",
    "DBM": "dBm",
    "HUR": "h",
    "MIN": "min",
    "SEC": "s",
    "DAY": "d",
    "KWT": "kW",
    "WTT": "W",
    "KWH": "kWh",
    "WHR": "Wh",
    "M1": "mg/l",
    "GL": "g/l",
    "D10": "S/m",
    "H61": "mS/cm",
    "G42": "µS/cm",
    "59": "ppm",
}


def unit_of_code(code: str) -> str:
    """The unit's word for a common code; the word itself where it is a unit already; else empty.

    A word that is both (a code and a unit) is taken as the code: who writes codes writes them in capitals.

    >>> unit_of_code("MTQ"), unit_of_code("m3/h"), unit_of_code("C62")
    ('m3', 'm3/h', '')
    """
    trimmed = code.strip()
    return _CODES.get(trimmed) or (trimmed if find_unit(trimmed) else "")
