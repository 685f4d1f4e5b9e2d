"""What may be wrong with a meter's volume, as parts of a balance. The limits stand in models.meter_error."""

from __future__ import annotations

from datetime import datetime
from math import hypot
from typing import NamedTuple

from models.balance.amounts import Amount
from models.balance.uncertainty import Z95, Kind, Part
from models.meter_error import IN_SERVICE, UPPER, in_service, resolution_sd_m3
from models.reading import to_ms
from models.registry import Device, Region

CLASS_1_KINDS = frozenset({"flow_meter"})
"""Kinds of meters that are of accuracy class 1 (zones' inflows); all others count as class 2."""
OWN_SD = 0.003
"""Standard deviation of one meter's error among those of its kind, type and year: an assumption of this program."""
VERIFIED_SHARE = 0.5
"""A meter just verified on a test bench with its error corrected errs by half its limit at most: an assumption."""


class MeterDoubt(NamedTuple):
    """What may be wrong with a meter (see models.balance.uncertainty.Part).

    resolution_sd_m3 : of the difference of two readings of its register
    overdue : past its verification at the time asked for
    """

    bias: str
    limit: float
    own_sd: float
    resolution_sd_m3: float
    overdue: bool


def meter_doubt(region: Region, device: str, moment: datetime) -> MeterDoubt:
    """What is to be doubted of a meter at a time: meters of one kind, type and year of hanging share their error.

    Past its verification, or where nobody knows until when it holds, it may err as much as a meter in service.
    """
    item = region.device.get(device)
    hung = region.assignments_of_device.get(device, ())
    year = str(hung[0].start.year) if hung else ""
    bias = f"{item.kind}|{item.type}|{year}" if item else "unknown"
    late = in_service(item, to_ms(moment))
    limit = _limit(item) * (IN_SERVICE if late else 1.0)
    return MeterDoubt(bias, limit, OWN_SD, resolution_sd_m3(item), late)


def as_verified(region: Region, device: str) -> MeterDoubt:
    """The same meter just verified or repaired: what it errs is small and shared with no other."""
    item = region.device.get(device)
    return MeterDoubt(f"verified|{device}", VERIFIED_SHARE * _limit(item), OWN_SD, resolution_sd_m3(item), False)


def _limit(device: Device | None) -> float:
    return UPPER[1 if device is not None and device.kind in CLASS_1_KINDS else 2]


def metered_part(of: Kind, device: str, amount: Amount, doubt: MeterDoubt, sign: float = 1.0) -> Part:
    """A meter's volume with its doubts: shared and own error, resolution at both ends, what is filled in."""
    filled = abs(amount.volume_m3) * amount.estimated
    return Part(
        of,
        device,
        sign * amount.volume_m3,
        doubt.bias,
        limit=doubt.limit,
        own_sd=doubt.own_sd,
        spread_m3=hypot(doubt.resolution_sd_m3, amount.doubt_m3),
        estimated_m3=filled,
        missing=1.0 - amount.coverage,
    )


def stated_part(part: Part, plus_minus_pct: float | None, name: str) -> Part:
    """A meter's volume with a stated ± (95 %) of all meters of its kind together, instead of what types permit."""
    if plus_minus_pct is None:
        return part
    return part._replace(bias=name, limit=0.0, own_sd=0.0, shared_sd=plus_minus_pct / 100.0 / Z95)
