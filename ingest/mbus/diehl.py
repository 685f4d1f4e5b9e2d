"""Diehl (Hydrometer, Sappel): addresses in another order, and data scrambled by a shift register.

Facts of the format: wmbusmeters, manufacturer_specificities (V. Privat, J. Tomasiak), where the two keys that Diehl's
meters leave the factory with are published.
"""

from __future__ import annotations

from ingest.mbus.identity import Identity, identity

_MAKERS = frozenset(["DME", "EWT", "HYD", "SAP", "SPL"])
_SAPPEL = "SAP"
PRIOS = range(0xA0, 0xA8)
_SCRAMBLED = range(0xB1, 0xB4)
_ALARM, _SHORT_HEADER = 0x71, 0x7A
_REAL_DATA = 0x1000
"""Bit of the configuration word: the address is in Diehl's order and the data are scrambled."""

_FACTORY_KEYS = tuple(bytes.fromhex(key) for key in ("39BC8A10E66D83F8", "51728910E66D83F8"))
_TAPS = 0x80000806
_WORD = 0xFFFFFFFF
_SUM_MASK = 0xEF
PRIOS_MARK = 0x4B


def is_diehl(meter: Identity) -> bool:
    """Whether a meter is one of Diehl's makes."""
    return meter.manufacturer in _MAKERS


def has_real_data(meter: Identity, ci: int, configuration: int) -> bool:
    """Whether the data behind a short header are in Diehl's own order and scrambling."""
    return is_diehl(meter) and ci == _SHORT_HEADER and bool(configuration & _REAL_DATA)


def in_standard_order(meter: Identity, ci: int, configuration: int) -> Identity:
    """The identity with number, version and medium where the standard has them.

    Sappel's five bytes of number leave no room for version and medium: they are water meters.
    """
    if not is_diehl(meter):
        return meter
    address = meter.address
    if ci in PRIOS and meter.manufacturer == _SAPPEL:
        return identity(address[:6] + b"\x00\x07")
    if ci in PRIOS or ci in _SCRAMBLED or ci == _ALARM or has_real_data(meter, ci, configuration):
        return identity(address[:2] + address[4:8] + address[2:4])
    return meter


def factory_key() -> bytes:
    """The AES key that Diehl's meters leave the factory with."""
    return _FACTORY_KEYS[1] * 2


def unscrambled(data: bytes, header: bytes, opening: bytes, own_key: bytes = b"") -> list[bytes]:
    """Data as each key gives them: the meter's own where there is one, and the two of the factory.

    header : the radio frame's first ten bytes; opening : the first four of its content; both seed the register
    """
    keys = (own_key, *_FACTORY_KEYS) if own_key else _FACTORY_KEYS
    seed = _word(header[2:6]) ^ _word(header[6:10]) ^ _word(opening[:4])
    return [_run(data, seed ^ _word(key[:4]) ^ _word(key[4:8])) for key in keys]


def has_right_sum(data: bytes, expected: int) -> bool:
    """Whether unscrambled real data have the sum that their frame says."""
    return sum(data) & _SUM_MASK == expected & _SUM_MASK


def _word(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _eight_steps(register: int) -> int:
    for _ in range(8):
        register = (register << 1 & _WORD) | (register & _TAPS).bit_count() & 1
    return register


_FED_BACK = tuple(tuple(_eight_steps(byte << 8 * at) & 0xFF for byte in range(256)) for at in range(4))
"""What eight steps shift in, by the register's four bytes: the register is linear, their shares add up."""


def _run(data: bytes, register: int) -> bytes:
    """Each byte is masked by the register's low byte after eight steps; taps are bits 1, 2, 11 and 31."""
    lowest, low, high, highest = _FED_BACK
    plain = bytearray()
    for byte in data:
        fed = (
            lowest[register & 0xFF] ^ low[register >> 8 & 0xFF] ^ high[register >> 16 & 0xFF] ^ highest[register >> 24]
        )
        register = (register << 8 & _WORD) | fed
        plain.append(byte ^ fed)
    return bytes(plain)
