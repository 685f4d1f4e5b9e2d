"""Simulated months over and over with redrawn errors, balanced by the product each time, beside what really happened.

The water is the same in all repeats. What differs is what people would know of it: each meter's error, resolution and
gaps, the bills, what was written down of flushing. Nothing here is known to the product.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from ingest.simulator import truth
from ingest.simulator.bookkeeping import booked, registered
from ingest.simulator.gauges import Gauges
from ingest.simulator.instruments import Instrument, Pace
from ingest.simulator.meter_errors import MeterErrors
from ingest.simulator.waterworks import Span, Waterworks
from models import rollup_series
from models.account import Account
from models.balance import Balance, Ledger, balance, customer_points
from models.boundary import boundary
from models.calendar import day_edges
from models.consumption import Data
from models.metered import Asked, device_accounts, point_accounts
from models.reading import EPOCH, Series, to_ms
from models.registry import Region
from models.rollup import Level, Rollup

MARGIN = timedelta(days=3)
"""Readings before and after a month by which its edges are known."""
TERMS = ("system_input_m3", "billed_m3", "nrw_m3", "losses_m3", "real_m3")


class Outcome(NamedTuple):
    """A term of a zone-month in one repeat: what the product says of it, ± at 95 %, and the truth."""

    zone: str
    month: datetime
    term: str
    draw: int
    value_m3: float
    half_width_m3: float
    truth_m3: float


class Repeat:
    """One draw of the errors: what the meters show and what is booked."""

    def __init__(self, works: Waterworks, draw: int) -> None:
        self.draw = draw
        self.region = booked(works.region, draw)
        self.gauges = Gauges(works, MeterErrors(draw, fault_seed=draw))


class Study:
    """The region's zones over given months, in several repeats.

    zones : those that are balanced; all where not given
    """

    def __init__(self, region: Region, seed: int, draws: Sequence[int], zones: Sequence[str] | None = None) -> None:
        self.works = Waterworks(region, seed)
        self.region = region
        self.repeats = [Repeat(self.works, draw) for draw in draws]
        self.zones = list(zones) if zones is not None else [zone.zone for zone in region.zones]

    def run(self, months: Sequence[tuple[datetime, datetime]]) -> Iterator[Outcome]:
        """Every zone-month of every repeat whose losses the product can tell."""
        self._know_registers(months)
        for start, end in months:
            own = self._own_truth(start, end)
            for repeat in self.repeats:
                data = self._readings(repeat, start, end)
                for zone in self.zones:
                    yield from self._outcomes(repeat, zone, start, end, data, own)

    def _know_registers(self, months: Sequence[tuple[datetime, datetime]]) -> None:
        """Let all repeats ask for a swapped meter's index at once: the water of that day is worked out once."""
        wanted = self._wanted(*months[0])
        for places in zip(*(repeat.gauges.instruments for repeat in self.repeats), strict=True):
            if places[0].point.point in wanted and places[0].device.kind.endswith("_meter"):
                moment = np.array([max(places[0].in_place[0], _seconds(months[0][0]))])
                span = self.works.span(*_hours(float(moment[0])))
                for repeat, item in zip(self.repeats, places, strict=True):
                    repeat.gauges.register_m3(item, moment, span)

    def _wanted(self, start: datetime, end: datetime) -> set[str]:
        """Points whose readings the zones' balances are made of."""
        found: set[str] = set()
        for zone in self.zones:
            around = boundary(self.region, "zone", zone, start)
            found |= {*around.inflows, *around.outflows, *(tank.level_point for tank in around.tanks)}
            found |= set(customer_points(self.region, "zone", zone, start, end))
        return found

    def _readings(self, repeat: Repeat, start: datetime, end: datetime) -> Data:
        first, last = _seconds(start - MARGIN), _seconds(end + MARGIN)
        span = repeat.gauges.span(first, last)
        wanted = self._wanted(start, end)
        found: dict[tuple[str, str], list[Series]] = {}
        for item in repeat.gauges.instruments:
            if item.point.point not in wanted:
                continue
            is_tank = item.device.kind == "tank_station"
            pace: Pace = "often" if is_tank else "hourly"
            quantity = "level_m" if is_tank else "volume_m3"
            for series in _series(repeat.gauges, item, pace, quantity, first, last, span):
                found.setdefault((series.device, series.quantity), []).append(series)
        return {key: _joined(parts) for key, parts in found.items()}

    def _own_truth(self, start: datetime, end: datetime) -> dict[str, truth.Volumes]:
        """Where the water went of each zone's own ground, without the zones inside it."""
        whole = truth.volumes_by_zone(self.works, start, end)
        own = dict(whole)
        for zone in self.region.zones:
            if zone.parent in own:
                inner = whole[zone.zone]
                names = truth.Volumes.__slots__
                own[zone.parent] = truth.Volumes(*(getattr(own[zone.parent], n) - getattr(inner, n) for n in names))
        return own

    def _outcomes(
        self, repeat: Repeat, zone: str, start: datetime, end: datetime, data: Data, own: Mapping[str, truth.Volumes]
    ) -> Iterator[Outcome]:
        found = balanced(repeat.region, zone, start, end, data)
        if found.reason:
            return
        true = self._truth(repeat, zone, own)
        for term in TERMS:
            value = found.value(term)
            if value is not None:
                yield Outcome(zone, start, term, repeat.draw, value, found.half_width_m3(term), true[term])

    def _truth(self, repeat: Repeat, zone: str, own: Mapping[str, truth.Volumes]) -> dict[str, float]:
        """The terms as they really were.

        Billed consumption is by its definition what the meters read by hand registered: what those miss is apparent
        loss, and is in real losses as long as nobody estimates it. What leaves unlogged hydrants is lost.
        """
        inside = [zone, *(item.zone for item in self.region.zones if item.parent == zone)]
        parts = [own[name] for name in inside]
        put_in = sum(part.net_inflow for part in parts)
        use = sum(part.other + self._households(repeat, name, part) for name, part in zip(inside, parts, strict=True))
        unbilled = sum(part.own_use + part.logged for part in parts)
        return {
            "system_input_m3": put_in,
            "billed_m3": use,
            "nrw_m3": put_in - use,
            "losses_m3": put_in - use - unbilled,
            "real_m3": sum(part.leakage + part.unlogged for part in parts),
        }

    def _households(self, repeat: Repeat, zone: str, true: truth.Volumes) -> float:
        billed = (zone, "") in self.region.billing_of
        return true.household * registered(zone, repeat.draw) if billed else true.household


def balanced(region: Region, zone: str, start: datetime, end: datetime, data: Data) -> Balance:
    """The product's balance of a zone from readings, by way of the day rollups that it would store."""
    edges = day_edges(start, end, region.tz)
    around = boundary(region, "zone", zone, start)
    no_steps = rollup_series.no_readings(zone, "net_inflow_m3h")
    inflow = rollup_series.of_net_inflow(region, around, data, no_steps, "day", edges)
    asked = Asked(region, data, {"day": edges}, to_ms(end + MARGIN))
    points = customer_points(region, "zone", zone, start, end)
    used = {point: _rows("point", point, point_accounts(asked, point)["day"]) for point in points}
    border = (*around.inflows, *around.outflows)
    devices = {item.device for point in border for item in region.devices_at(point, start, end)}
    metered = {name: _rows("device", name, device_accounts(asked, name)["day"]) for name in devices}
    put_in = Ledger({zone: list(inflow.rows())}, edges).amount(zone, start, end)
    amounts = [Ledger(rows, edges).amounts(start, end) for rows in (used, metered)]
    return balance(region, "zone", zone, start, end, put_in, *amounts)


def _rows(level: Level, subject: str, found: Account) -> list[Rollup]:
    return list(rollup_series.of_account(level, subject, "day", "consumption_m3", found).rows())


def _series(
    gauges: Gauges, item: Instrument, pace: Pace, quantity: str, first: float, last: float, span: Span
) -> Iterator[Series]:
    for found in gauges.readings(item, pace, first, last, span, thin=True):
        if found.quantity == quantity:
            yield gauges.series(item, found)


def _joined(parts: Sequence[Series]) -> Series:
    """The readings of a device that hung at several points, one after another."""
    if len(parts) == 1:
        return parts[0]
    time = np.concatenate([part.time_ms for part in parts])
    order = np.argsort(time, kind="stable")
    quality = np.concatenate([np.broadcast_to(part.quality, part.time_ms.shape) for part in parts])
    value = np.concatenate([part.value for part in parts])
    return Series(parts[0].device, parts[0].quantity, time[order], value[order], quality[order])


def _seconds(moment: datetime) -> float:
    return (moment - EPOCH).total_seconds()


def _hours(time_s: float) -> tuple[int, int]:
    """The whole days around a moment as hours, with those before that a tank needs."""
    day = int(time_s // 86_400)
    return (day - 2) * 24, (day + 1) * 24
