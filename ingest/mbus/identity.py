"""Who a telegram is from: manufacturer, number, version and medium, and which media are water."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from models.device import canonical

ADDRESS_BYTES = 8
"""Manufacturer (2), number (4), version, medium: as a radio frame sends them, and as AES starts from them."""

_WATER = frozenset([0x06, 0x07, 0x15, 0x16, 0x17, 0x28])
"""Warm, (cold or unspecified), hot, cold, dual register, waste water: EN 13757-7, table of device types."""

_PRESSURE = 0x18
_MEDIA = {
    0x01: "oil",
    0x02: "electricity",
    0x03: "gas",
    0x04: "heat",
    0x05: "steam",
    0x08: "heat cost allocation",
    0x09: "compressed air",
    0x0A: "cooling",
    0x0B: "cooling",
    0x0C: "heat",
    0x0D: "heat and cooling",
    0x14: "calorific value",
    0x1A: "smoke",
    0x1B: "a room's climate",
    0x1C: "gas in air",
    0x1D: "alarms",
    0x19: "an analogue signal",
    0x20: "a breaker",
    0x21: "a valve",
    0x29: "waste",
    0x2A: "carbon dioxide",
}

_WATER_MODELS = frozenset(
    [
        ("APT", 0x03, 0x03),  # Apator E.I.T.N. 08 says gas and counts water
        ("APT", 0x0F, 0x0F),
        ("ELR", 0x11, 0x37),  # Elster Emerlin 868, the radio on a water meter
        ("GWF", 0x01, 0x0E),  # GWF water meters' radio
        *(("TCH", version, medium) for version in (0x50, 0x70, 0x74, 0x95) for medium in (0x62, 0x72)),
    ]
)
"""Water meters whose medium byte says something else, as their published drivers know them."""


class Identity(NamedTuple):
    """A meter's address.

    manufacturer : three letters of the FLAG association
    device : the number as the frame writes it, canonical
    address : the eight bytes, see ADDRESS_BYTES
    """

    manufacturer: str
    device: str
    version: int
    medium: int
    address: bytes

    @property
    def is_water(self) -> bool:
        """Whether it measures water, or a pressure, which in a water utility is water's."""
        return self.medium in _WATER or self.medium == _PRESSURE or self.is_water_model

    @property
    def is_water_model(self) -> bool:
        """Whether the model is known as a water meter whatever its medium byte says."""
        return (self.manufacturer, self.version, self.medium) in _WATER_MODELS

    @property
    def is_untold(self) -> bool:
        """Whether the medium byte leaves open what is measured: other, unknown, a bus component, a radio, reserved."""
        return self.medium not in _MEDIA

    @property
    def medium_name(self) -> str:
        """The medium for people."""
        return _MEDIA.get(self.medium, f"medium {self.medium:#04x}")


@lru_cache(maxsize=65_536)
def identity(address: bytes) -> Identity:
    """The identity that eight address bytes mean.

    >>> found = identity(bytes.fromhex("2D2C998734761B16"))
    >>> found.manufacturer, found.device, found.version, found.is_water
    ('KAM', '76348799', 27, True)
    """
    number = canonical(address[5:1:-1].hex())
    return Identity(letters(address[0] | address[1] << 8), number, address[6], address[7], address)


@lru_cache(maxsize=65_536)
def letters(code: int) -> str:
    """A manufacturer's letters; "?" where the code has none.

    >>> letters(0x2C2D), letters(0x8614)
    ('KAM', 'APT')
    """
    parts = (code >> 10 & 0x1F, code >> 5 & 0x1F, code & 0x1F)
    return "".join(chr(64 + part) if 0 < part <= 26 else "?" for part in parts)
