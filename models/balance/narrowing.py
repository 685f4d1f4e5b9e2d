"""Which single meter would narrow the real losses most if it were verified or repaired."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from models.balance.meters import as_verified, meter_doubt
from models.balance.terms import UNCOVERED, Balance
from models.balance.uncertainty import SIGNS, Part, half_width
from models.registry import Region

TERM = "real_m3"


class Narrowing(NamedTuple):
    """A meter, and what its verification or repair would make of the interval.

    point : where it hangs; half_width_m3, then_m3 : half of the interval of real losses now, and then
    why : `silent` where it is its gaps that count most, `overdue` where its verification is over, else `uncertain`
    """

    device: str
    point: str
    half_width_m3: float
    then_m3: float
    why: Literal["silent", "overdue", "uncertain"]


def most_narrowing(region: Region, result: Balance) -> Narrowing | None:
    """The meter whose verification (its error becomes small and its own) or repair (its gaps close) helps most.

    None where the balance has no real losses or no meter would narrow them by a thousandth.
    """
    if result.real_m3 is None:
        return None
    sums = _Sums(result.parts)
    now = sums.half_width_m3()
    best: tuple[float, Part] | None = None
    for part in result.parts:
        if SIGNS[TERM].get(part.of) and part.name in region.device:
            then = sums.without_doubts_of(part, _verified(region, part))
            if best is None or then < best[0]:
                best = (then, part)
    if best is None or best[0] > 0.999 * now:
        return None
    then, part = best
    point = region.point_of(part.name, result.end) or region.point_of(part.name, result.start)
    return Narrowing(part.name, point.point if point else "", now, then, _why(region, part, result.end))


def _why(region: Region, part: Part, moment: datetime) -> Literal["silent", "overdue", "uncertain"]:
    if part.missing > 0.02:
        return "silent"
    return "overdue" if meter_doubt(region, part.name, moment).overdue else "uncertain"


def _verified(region: Region, part: Part) -> Part:
    """The same volume by a meter that was just verified and has no gaps."""
    doubt = as_verified(region, part.name)
    return part._replace(
        bias=doubt.bias,
        limit=doubt.limit,
        shared_sd=0.0,
        own_sd=doubt.own_sd,
        spread_m3=doubt.resolution_sd_m3,
        missing=0.0,
    )


class _Sums:
    """Errors of all parts of real losses, from which one can be taken out at the cost of one."""

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self.limits: dict[str, float] = {}
        self.shared: dict[str, float] = {}
        self.variance = 0.0
        self.uncovered = {part.of: part for part in parts if part.name == UNCOVERED}
        for part in parts:
            sign = SIGNS[TERM].get(part.of, 0.0)
            if sign:
                self.limits[part.bias] = self.limits.get(part.bias, 0.0) + sign * part.volume_m3 * part.limit
                self.shared[part.bias] = self.shared.get(part.bias, 0.0) + sign * part.volume_m3 * part.shared_sd
                self.variance += _alone(part)

    def half_width_m3(self) -> float:
        return half_width(self.limits.values(), self.variance + sum(one * one for one in self.shared.values()))

    def without_doubts_of(self, old: Part, new: Part) -> float:
        """Half of the interval with one part exchanged; a silent customer also leaves the uncovered rest."""
        sign = SIGNS[TERM][old.of]
        limits, shared = dict(self.limits), dict(self.shared)
        limits[old.bias] -= sign * old.volume_m3 * old.limit
        shared[old.bias] -= sign * old.volume_m3 * old.shared_sd
        limits[new.bias] = limits.get(new.bias, 0.0) + sign * new.volume_m3 * new.limit
        variance = self.variance - _alone(old) + _alone(new)
        rest = self.uncovered.get(old.of)
        if rest is not None and old.missing > 0.0 and rest.missing > 0.0:
            left = max(0.0, 1.0 - old.missing / rest.missing)
            variance += _alone(rest) * (left * left - 1.0)
        return half_width(limits.values(), max(0.0, variance) + sum(one * one for one in shared.values()))


def _alone(part: Part) -> float:
    return (part.volume_m3 * part.own_sd) ** 2 + part.spread_m3**2
