"""Decentlab DL devices, protocol version 2: device number, flags of the sensors that follow, words of 16 bits.

A device that measures nothing just now sends its battery alone: its sensor's flag is not set. Where a formula needs
a constant of the single sensor (range of a pressure transmitter), it is in the name of the vendor's decoder and not in
the frame: then the profile's name must have it, as "DL-PR36 (kp=8192)" or "dl-pr26 (Pmin=0.0,Pmax=1.0)".

Documentation: Decentlab, decentlab-decoders, one folder a device.
"""

from __future__ import annotations

import re
from functools import partial
from typing import NamedTuple

from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.message import Problem
from ingest.decoders.result import Result
from models.units import unit

_VERSION = 2
_HEADER_BYTES = 5
_SIGN = 32768
"""Words that may be negative are sent with this added."""

_KP = re.compile(r"(?:\bkp\s*=\s*|pr36(?:ctd)?[-_ ])(\d{3,6})\b", re.IGNORECASE)
_KEC = re.compile(r"(?:\bkec\s*=\s*|pr36ctd[-_ ]\d{3,6}[-_ ])(\d{2,6})\b", re.IGNORECASE)
_RANGE = re.compile(r"pmin\s*=\s*(-?\d+(?:\.\d+)?)\W+pmax\s*=\s*(-?\d+(?:\.\d+)?)", re.IGNORECASE)


class _Value(NamedTuple):
    """A value: (word − offset) / divisor, in a unit. Where `constant` is set it is the divisor, out of the name."""

    word: int
    quantity: str
    unit: str
    offset: float = 0
    divisor: float = 1
    constant: re.Pattern[str] | None = None


class _Sensor(NamedTuple):
    """What one flag stands for: how many words, and what of them is for us."""

    words: int
    values: tuple[_Value, ...] = ()


_BATTERY = _Sensor(1, (_Value(0, "battery_v", "mV"),))
_TRANSMITTER = _Sensor(2, (_Value(1, "temperature_c", "°C", 384 + 50 / 0.003125, 1 / 0.003125),))
"""Two-wire pressure transmitters PR21 and PR26; their pressure needs both ends of the range."""

_SENSORS: dict[str, _Sensor] = {
    "dl-ctd10": _Sensor(
        3,
        (
            _Value(0, "level_m", "mm", _SIGN),
            _Value(1, "temperature_c", "°C", _SIGN, 10),
            _Value(2, "conductivity_uscm", "µS/cm"),
        ),
    ),
    "dl-mbx": _Sensor(2),  # distance down to the water, number of samples
    "dl-lid": _Sensor(11),  # a laser's distances
    "dl-pr21": _TRANSMITTER,
    "dl-pr26": _TRANSMITTER,
    "dl-pr36": _Sensor(
        2,
        (_Value(0, "pressure_m", "bar", _SIGN, constant=_KP), _Value(1, "temperature_c", "°C", _SIGN, 256)),
    ),
    "dl-pr36ctd": _Sensor(
        4,
        (
            _Value(0, "pressure_m", "bar", _SIGN, constant=_KP),
            _Value(2, "temperature_c", "°C", _SIGN, 256),
            _Value(3, "conductivity_uscm", "mS/cm", _SIGN, constant=_KEC),
        ),
    ),
    "dl-ntu": _Sensor(5, (_Value(1, "temperature_c", "°C", _SIGN, 100), _Value(2, "turbidity_ntu", "NTU", 0, 10))),
    "dl-pheht": _Sensor(5, (_Value(1, "temperature_c", "°C", _SIGN, 100), _Value(2, "ph", "", _SIGN, 100))),
}


def _decode(sensor: _Sensor, uplink: Uplink, result: Result) -> None:
    data = uplink.data
    if len(data) < _HEADER_BYTES or data[0] != _VERSION:
        raise uplink.refuse("a frame begins with protocol version 2, device number and flags")
    flags = int.from_bytes(data[3:5], "big")
    sensors = [kind for bit, kind in enumerate((sensor, _BATTERY)) if flags >> bit & 1]
    if flags > 3 or len(data) != _HEADER_BYTES + 2 * sum(kind.words for kind in sensors):
        raise uplink.refuse(f"its length does not fit the sensors of its flags {flags:04x}")
    at = _HEADER_BYTES
    for kind in sensors:
        words = [int.from_bytes(data[at + 2 * word : at + 2 * word + 2], "big") for word in range(kind.words)]
        at += 2 * kind.words
        for value in kind.values:
            _take(value, words[value.word], uplink, result)
        if kind is _TRANSMITTER:
            _take_pressure(words[0], uplink, result)


def _take(value: _Value, word: int, uplink: Uplink, result: Result) -> None:
    divisor = value.divisor
    if value.constant is not None:
        named = value.constant.search(uplink.model)
        if named is None or int(named[1]) == 0:
            _miss(value.quantity, uplink, result)
            return
        divisor = int(named[1])
    number = (word - value.offset) / divisor
    stored = unit(value.unit).stored(number) if value.unit else number
    result.reading(uplink.device, value.quantity, round(stored, 12), uplink.moment)


def _take_pressure(word: int, uplink: Uplink, result: Result) -> None:
    """A transmitter's pressure: its range in 32768 steps from 16384 on."""
    named = _RANGE.search(uplink.model)
    if named is None:
        _miss("pressure_m", uplink, result)
        return
    low, high = float(named[1]), float(named[2])
    bar = (word - 16384) / 32768 * (high - low) + low
    result.reading(uplink.device, "pressure_m", unit("bar").stored(bar), uplink.moment)


def _miss(quantity: str, uplink: Uplink, result: Result) -> None:
    result.problem(
        Problem(
            "decode.no_unit",
            f"device {uplink.device}: {quantity} needs the sensor's own constant, which the frame has not; write it "
            'into the profile\'s name as on the sensor: "DL-PR36 (kp=8192)", "DL-PR26 (Pmin=0.0,Pmax=1.0)"',
        )
    )


CODECS = tuple(
    Codec(f"decentlab {model}", (model, model.replace("dl-", "decentlab ")), partial(_decode, kind))
    for model, kind in _SENSORS.items()
)
