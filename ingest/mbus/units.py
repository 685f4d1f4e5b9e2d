"""What a value information block says: the quantity, its power of ten and unit (EN 13757-3, tables of VIF and VIFE).

Only what Smart voda keeps has a quantity here; every other code is known as "something else", so that its record is
stepped over and never taken for water.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

from models.units import STORED_UNIT, find_unit, unit

Role = Literal["", "value", "moment", "error_flags", "manufacturer", "battery_share"]

PLAIN_TEXT: Final = 0x7C
_FIRST_EXTENSION, _SECOND_EXTENSION = 0xFB, 0xFD
_MANUFACTURER = 0x7F

_FORWARD, _BACKWARD = 0x3B, 0x3C
_TENTHS, _TENTHS_END = 0x70, 0x77
_THOUSANDFOLD = 0x7D


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a value is.

    quantity : name in models.quantity, empty where it is something else
    power : value = raw × 10^power in the unit
    unit : a word of models.units
    is_one_way : only what flowed forward, beside which the plain register may stand
    code : the block's bytes, for what a manufacturer defines
    """

    role: Role = ""
    quantity: str = ""
    power: int = 0
    unit: str = ""
    is_one_way: bool = False
    code: bytes = b""

    def stored(self, raw: float) -> float:
        """A raw value in the quantity's stored unit."""
        power = self.power
        value = raw / _POWERS[-power] if power < 0 else float(raw * _POWERS[power])
        return value if self.unit in _STORED else _unit(self.unit).stored(value)


_STORED = frozenset(STORED_UNIT.values()) | {"m3", "m3/h"}
_POWERS = tuple(10**power for power in range(24))
_unit = lru_cache(maxsize=64)(unit)
_ELSE = Meaning()


def _range(first: int, count: int, quantity: str, power: int, unit_word: str) -> dict[int, Meaning]:
    return {first + n: Meaning("value", quantity, power + n, unit_word) for n in range(count)}


_PRIMARY: dict[int, Meaning] = {
    **_range(0x10, 8, "volume_m3", -6, "m3"),
    **_range(0x38, 8, "flow_m3h", -6, "m3/h"),
    **_range(0x40, 8, "flow_m3h", -7, "m3/min"),
    **_range(0x48, 8, "flow_m3h", -9, "m3/s"),
    **_range(0x58, 4, "temperature_c", -3, "°C"),
    **_range(0x64, 4, "ambient_temperature_c", -3, "°C"),
    **_range(0x68, 4, "pressure_m", -3, "bar"),
    0x6D: Meaning("moment"),
}
_EXTENSION_B: dict[int, Meaning] = {
    **_range(0x10, 2, "volume_m3", 2, "m3"),
    0x21: Meaning("value", "volume_m3", -1, "ft3"),
    0x22: Meaning("value", "volume_m3", -1, "gal"),
    0x23: Meaning("value", "volume_m3", 0, "gal"),
    0x24: Meaning("value", "flow_m3h", -3, "gpm"),
    0x25: Meaning("value", "flow_m3h", 0, "gpm"),
    0x26: Meaning("value", "flow_m3h", 0, "gph"),
    **_range(0x58, 4, "temperature_c", -3, "°F"),
    **_range(0x64, 4, "ambient_temperature_c", -3, "°F"),
}
_EXTENSION_D: dict[int, Meaning] = {
    **_range(0x40, 16, "battery_v", -9, "V"),
    0x17: Meaning("error_flags"),
    0x74: Meaning("battery_share"),
}


def meaning(codes: bytes, text: str = "") -> Meaning:
    """What the codes of a value information block mean; text : the unit that plain text names.

    >>> meaning(bytes([0x13])).stored(7704), meaning(bytes([0x93, 0x3C])).quantity, meaning(bytes([0x2B])).quantity
    (7.704, 'reverse_volume_m3', '')
    """
    first, rest = codes[0], codes[1:]
    if first & 0x7F == _MANUFACTURER:
        return Meaning("manufacturer", code=codes)
    if first & 0x7F == PLAIN_TEXT:
        found = _plain(text)
    elif first in (_FIRST_EXTENSION, _SECOND_EXTENSION):
        table = _EXTENSION_B if first == _FIRST_EXTENSION else _EXTENSION_D
        found = table.get(rest[0] & 0x7F, _ELSE)
        rest = rest[1:]
    else:
        found = _PRIMARY.get(first & 0x7F, _ELSE)
    for code in rest:
        found = _combined(found, code & 0x7F)
    return found


def _plain(text: str) -> Meaning:
    """A unit in plain text tells alone what is counted where it is a volume's or a flow's."""
    known = find_unit(text.strip())
    quantity = {"volume": "volume_m3", "flow": "flow_m3h"}.get(known.dimension if known else "", "")
    return Meaning("value", quantity, 0, text.strip()) if quantity else _ELSE


def _combined(found: Meaning, code: int) -> Meaning:
    """A meaning with a combinable extension: direction and factor are known, all else makes it something else."""
    if found.role != "value":
        return _ELSE
    if _TENTHS <= code <= _TENTHS_END:
        return replace(found, power=found.power + code - _TENTHS - 6)
    if code == _THOUSANDFOLD:
        return replace(found, power=found.power + 3)
    if found.quantity == "volume_m3" and code == _FORWARD:
        return replace(found, is_one_way=True)
    if found.quantity == "volume_m3" and code == _BACKWARD:
        return replace(found, quantity="reverse_volume_m3")
    return _ELSE
