"""What a meter can do between two readings, by the registry's rows valid then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.reading import to_ms
from models.registry import Device

Floats = npt.NDArray[np.float64]

OVERLOAD = 1.25
"""Q4/Q3: overload over permanent flow. Source: ISO 4064-1:2014, 4.1.4."""
DIP_M3 = 0.010
"""A fall of so little is a tremble of the dial or pulse input, never a wrap or a swap."""
DIP_PULSES = 3
"""The same in steps of the register's resolution."""
RISE_SLACK_H = 1.0
"""A message may be late by so much: a rise is beyond belief only above twice Q4 over Δt and this."""
CLOCK_SLACK_H = 0.1
"""Two clocks of one meter differ by minutes: a reading may be so much older than its time says."""
FORWARD_RETURN_H = 1.0
"""A register that counts forward only may still turn back by at most so many hours of Q4 (a house draining)."""


class Limits(NamedTuple):
    """Per interval between readings, in units of the register except `factor`.

    factor : m³ per unit of the register (multiplier; for pulses times their weight)
    overload : most that can flow in the interval, 1.25·Q3·Δt; −inf where Q3 is unknown (nothing is then a wrap)
    rise : a larger rise is beyond belief; inf where Q3 is unknown
    wrap : what the register has counted when it shows zero again; −inf where its digits are unknown
    dip : a smaller fall is a tremble
    returned : most that can flow back in the interval
    below : how far the register may stand under its old maximum
    """

    factor: Floats
    overload: Floats
    rise: Floats
    wrap: Floats
    dip: Floats
    returned: Floats
    below: Floats


class _Row(NamedTuple):
    factor: float
    q4_m3h: float
    wrap: float
    dip_m3: float
    net: bool


def weight_m3(device: Device, quantity: str) -> float:
    """m³ per unit of a register of a device: its multiplier; for pulses times their weight, NaN where unknown."""
    if quantity != "pulses":
        return device.multiplier
    return device.multiplier * device.litres_per_pulse / 1000 if device.litres_per_pulse else np.nan


def _row(device: Device, quantity: str) -> _Row:
    pulse_m3 = (device.litres_per_pulse or 0.0) / 1000 * device.multiplier
    digits = device.register_digits if quantity != "pulses" else None
    return _Row(
        factor=weight_m3(device, quantity),
        q4_m3h=OVERLOAD * device.q3_m3h if device.q3_m3h else np.nan,
        wrap=10.0**digits if digits else -np.inf,
        dip_m3=max(DIP_M3, DIP_PULSES * pulse_m3),
        net=device.register_kind == "net",
    )


def at_times(devices: Sequence[Device], time_ms: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    """Index of the registry's row valid at each time: the last that began by then, else the first."""
    begins = np.array([to_ms(item.valid_from) if item.valid_from else -(2**62) for item in devices], np.int64)
    order = np.argsort(begins, kind="stable")
    return order[np.clip(np.searchsorted(begins[order], time_ms, side="right") - 1, 0, None)]


def limits_of(devices: Sequence[Device], quantity: str, time_ms: npt.NDArray[np.int64]) -> Limits:
    """Limits of the intervals between times; the row valid at an interval's end counts for it.

    Without a registry row nothing is known of the meter: factor 1, no wrap, no limit to a rise.
    """
    rows = [_row(item, quantity) for item in devices or (Device("", ""),)]
    end = time_ms[1:]
    which = at_times(devices, end) if len(rows) > 1 else np.zeros(end.size, np.intp)
    factor, q4, wrap, dip = (np.array([row[column] for row in rows], np.float64)[which] for column in range(4))
    net = np.array([row.net for row in rows])[which]
    hours = np.diff(time_ms) / 3.6e6
    known = np.isfinite(q4)
    overload = np.where(known, q4 * hours / factor, -np.inf)
    hour_back = q4 * FORWARD_RETURN_H / factor
    turned = np.minimum(q4 * (hours + CLOCK_SLACK_H) / factor, hour_back)
    dip = dip / factor
    return Limits(
        factor=factor,
        overload=overload,
        rise=np.where(known, np.maximum(2 * q4 * (hours + RISE_SLACK_H) / factor, dip), np.inf),
        wrap=wrap,
        dip=dip,
        returned=np.where(net, overload, np.where(known, turned, -np.inf)),
        below=np.where(net, np.inf, np.where(known, np.maximum(hour_back, dip), dip)),
    )
