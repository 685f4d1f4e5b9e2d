"""nke Watteco sensors (port 125): reports of single attributes as in Zigbee's cluster library, and batches.

A report: frame control (its end point in bits 7–5 and 2–1), command, cluster, attribute, type, value; a report that
was caused by a threshold is command 8a and goes on with its causes. Counters have no weight; volts and milliamperes of
Press'O's inputs mean what is wired to them.

Documentation: nke Watteco support, "Frame structure", "Clusters"; codecs of TheThingsNetwork/lorawan-devices
(vendor/nke-watteco).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.devices.nke_batch import BatchError, Series, unpack
from ingest.decoders.message import Problem
from ingest.decoders.result import Result

_PORT = 125
_REPORT, _ALARM, _READ_ANSWER = 0x0A, 0x8A, 0x01
_HEAD_BYTES = 7
_LONGEST_AGE = timedelta(days=366)
_SIZES = {
    0x08: 1, 0x09: 2, 0x10: 1, 0x18: 1, 0x19: 2, 0x1B: 4, 0x20: 1, 0x21: 2, 0x22: 3, 0x23: 4, 0x28: 1, 0x29: 2,
    0x2A: 3, 0x2B: 4, 0x30: 1, 0x39: 4,
}  # fmt: skip
"""Widths of Zigbee's types; 41 and 42 begin with their length."""

_RECHARGEABLE, _DISPOSABLE = 0x02, 0x04


def _decode(
    label_bits: int, series: dict[int, Series], meaning: dict[int, str], uplink: Uplink, result: Result
) -> None:
    if uplink.port not in (_PORT, None):
        raise uplink.without_reading(f"a frame of another port than {_PORT}")
    if uplink.data[0] & 1:
        _report(uplink, result)
    elif series:
        _batch(label_bits, series, meaning, uplink, result)
    else:
        raise uplink.refuse("the series of this model's batches are not known; give its profile a codec")


def _report(uplink: Uplink, result: Result) -> None:
    data = uplink.data
    if len(data) < 4:
        raise uplink.refuse("it is cut off")
    command = data[1]
    if command not in (_REPORT, _ALARM, _READ_ANSWER):
        raise uplink.without_reading(f"command {command:02x}")
    # The answer to a question has a status between attribute and type.
    at = _HEAD_BYTES + (command == _READ_ANSWER)
    if command == _READ_ANSWER and len(data) > 6 and data[6]:
        raise uplink.without_reading("a question that could not be answered")
    if len(data) <= at:
        raise uplink.refuse("it is cut off")
    kind = data[at - 1]
    size = data[at] + 1 if kind in (0x41, 0x42) else _SIZES.get(kind)
    if size is None:
        raise uplink.refuse(f"type {kind:02x} is not documented")
    if len(data) < at + size or (len(data) > at + size and command != _ALARM):
        raise uplink.refuse(f"a value of type {kind:02x} has {size} bytes")
    _attribute(int.from_bytes(data[2:4], "big"), int.from_bytes(data[4:6], "big"), data[at : at + size], uplink, result)


def _attribute(cluster: int, attribute: int, raw: bytes, uplink: Uplink, result: Result) -> None:
    input_number = uplink.data[0] >> 5 | (uplink.data[0] & 6) << 2
    device = f"{uplink.device}#{input_number + 1}" if input_number else uplink.device
    read = _ATTRIBUTES.get((cluster, attribute))
    if read is None:
        result.problem(
            Problem(
                "decode.no_quantity",
                f"device {uplink.device}: attribute {attribute:04x} of cluster {cluster:04x} is no quantity of water",
            )
        )
    else:
        read(raw, device, uplink, result)


def _count(raw: bytes, device: str, uplink: Uplink, result: Result) -> None:
    result.reading(device, "pulses", float(int.from_bytes(raw, "big")), uplink.moment)


def _temperature(raw: bytes, device: str, uplink: Uplink, result: Result) -> None:
    result.reading(device, "temperature_c", int.from_bytes(raw, "big", signed=True) / 100, uplink.moment)


def _power(raw: bytes, _device: str, uplink: Uplink, result: Result) -> None:
    """Node power: length, mode, sources that there are (bits), a voltage [mV] for each, source in use."""
    sources = raw[2] if len(raw) > 2 else 0
    voltages: dict[int, int] = {}
    at = 3
    for bit in (1, 2, 4, 8, 16):
        if sources & bit:
            if at + 2 > len(raw):
                raise uplink.refuse("a voltage is cut off")
            voltages[bit] = int.from_bytes(raw[at : at + 2], "big")
            at += 2
    battery_mv = voltages.get(_DISPOSABLE, voltages.get(_RECHARGEABLE))
    if battery_mv is not None:
        result.reading(uplink.device, "battery_v", battery_mv / 1000, uplink.moment)


_ATTRIBUTES: dict[tuple[int, int], Callable[[bytes, str, Uplink, Result], None]] = {
    (0x000F, 0x0402): _count,
    (0x0402, 0x0000): _temperature,
    (0x0050, 0x0006): _power,
}


def _batch(label_bits: int, series: dict[int, Series], meaning: dict[int, str], uplink: Uplink, result: Result) -> None:
    try:
        samples = unpack(uplink.data, label_bits, series)
    except BatchError as error:
        raise uplink.refuse(f"no batch of this model: {error}") from None
    for sample in samples:
        age = timedelta(seconds=sample.age_s)
        if not timedelta(0) <= age <= _LONGEST_AGE:
            raise uplink.refuse("a sample of its batch is from the future or older than a year")
        then = uplink.moment._replace(time=uplink.moment.time - age)
        quantity, _, suffix = meaning.get(sample.label, "").partition("#")
        device = f"{uplink.device}#{suffix}" if suffix else uplink.device
        if quantity == "battery_v":
            result.reading(device, quantity, sample.value / 1000, then)
        elif quantity:
            result.reading(device, quantity, float(sample.value), then)
    if not meaning.keys() & {sample.label for sample in samples}:
        result.problem(
            Problem("decode.no_quantity", f"device {uplink.device}: none of the batch's series is a quantity of water")
        )


_COUNTER, _STATE, _MILLIVOLTS, _CURRENT = Series("u32"), Series("bit"), Series("u16", 100), Series("float", 0.004)

_PULSE = partial(
    _decode,
    4,
    {0: _COUNTER, 1: _COUNTER, 2: _COUNTER, 3: _STATE, 4: _STATE, 5: _STATE, 6: _MILLIVOLTS, 7: Series("u16")},
    {0: "pulses", 1: "pulses#2", 2: "pulses#3", 6: "battery_v"},
)
_ANALOG = partial(
    _decode,
    3,
    {0: _CURRENT, 1: Series("float"), 2: _MILLIVOLTS, 3: _MILLIVOLTS, 4: _COUNTER},
    {2: "battery_v", 4: "pulses"},
)

CODECS = (
    Codec("nke pulse sens'o", ("watteco pulse senso", "watteco pulse sens o", "pulse senso"), _PULSE),
    Codec("nke press'o", ("watteco presso", "watteco press o", "watteco levo", "levo-plus"), _ANALOG),
    Codec("nke watteco", ("watteco",), partial(_decode, 0, {}, {})),
)
