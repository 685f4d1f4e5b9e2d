"""Nights of an area from what lies in the store: night flow, legitimate use and night-day factor put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.boundary import Boundary, zones_inside
from models.calendar import HOUR_MS, day_bounds, instant
from models.consumption import Data, keys_of_points, point_increments
from models.favad import NightDay, night_day
from models.increments import Increments
from models.legitimate_night_use import (
    Area,
    Metered,
    NightUse,
    area,
    assumptions,
    can_be_told,
    legitimate_night_use,
    logged_in_hour_m3,
)
from models.meter_error import Z95
from models.night_doubt import hour_doubt, lowest_hour_doubt
from models.night_flow import NIGHT, NightFlow, hour_use, is_large, large_user_points, night_flows
from models.night_losses import Night, ZoneFactor, area_factor, n1_sd, stated_factor
from models.reading import to_ms
from models.records import Figure
from models.registry import Operation, Region, Zone
from models.rollup import Level, Rollup
from models.zone_flow import blur_ms, centred, net_inflow_with_meters
from models.zone_flow import keys as boundary_keys

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

AROUND = timedelta(hours=1)


class Customers(NamedTuple):
    """Who is supplied inside an area, at a time.

    zones : its outermost zones; households, other_customers : how many points of each kind they have, by zone
    others : points of customers who are no household; own_use : points of metered own use
    operations : logged ones of all its zones
    """

    zones: tuple[Zone, ...]
    households: Mapping[str, int]
    others: tuple[str, ...]
    own_use: tuple[str, ...]
    operations: tuple[Operation, ...]
    other_customers: Mapping[str, int] = MappingProxyType({})

    def of_zone(self, zone: Zone) -> Area:
        """Connections and persons of one of the zones."""
        return area([zone], self.households.get(zone.zone, 0), self.other_customers.get(zone.zone, 0))

    @property
    def area(self) -> Area:
        """Connections and persons."""
        return area(self.zones, sum(self.households.values()), len(self.others))


def customers(region: Region, level: Level, subject: str, moment: datetime) -> Customers:
    """The customers of a zone, municipality or region as the registry has them at a time."""
    outermost, inside = zones_inside(region, level, subject, moment)
    here = [
        point
        for zone in sorted(inside)
        for point in region.points_of_zone.get(zone, ())
        if (point.valid_from is None or point.valid_from <= moment)
        and not (point.valid_to and point.valid_to <= moment)
    ]
    wanted = set(large_user_points(region, inside))
    households, others = {}, {}
    for zone in outermost:
        _, inner = zones_inside(region, "zone", zone.zone, moment)
        households[zone.zone] = sum(point.role == "household" and point.zone in inner for point in here)
        others[zone.zone] = sum(point.point in wanted and point.zone in inner for point in here)
    return Customers(
        tuple(outermost),
        {zone: count for zone, count in households.items() if count},
        tuple(point.point for point in here if point.point in wanted),
        tuple(point.point for point in here if point.role == "own_use"),
        tuple(item for zone in sorted(inside) for item in region.operations_of_zone.get(zone, ())),
        {zone: count for zone, count in others.items() if count},
    )


def keys(region: Region, border: Boundary, who: Customers, start: datetime, end: datetime) -> list[tuple[str, str]]:
    """(device, quantity) keys of the readings that nights in [start, end) need."""
    points = [*who.others, *who.own_use]
    return [*boundary_keys(region, border, start, end), *keys_of_points(region, points, start, end)]


class Hours(NamedTuple):
    """Hourly rollups of one quantity as columns: starts, what was measured, and the share of the hour that it was."""

    time_ms: Ints
    value: Floats
    measured: Floats

    @classmethod
    def of(cls, rows: Sequence[Rollup]) -> Hours:
        """Columns of rows in any order."""
        ordered = sorted(rows, key=lambda row: row.time)
        measured = np.array([row.coverage * (1 - row.estimated) if row.value is not None else 0.0 for row in ordered])
        value = np.array([(row.value or 0.0) * (1 - row.estimated) for row in ordered])
        return cls(np.array([to_ms(row.time) for row in ordered], np.int64), value, measured)

    def weights(self, at_ms: int) -> tuple[slice, Floats]:
        """The stored hours that an hour lies over, and how much of it lies in each."""
        low, high = np.searchsorted(self.time_ms, [at_ms - HOUR_MS + 1, at_ms + HOUR_MS])
        return slice(int(low), int(high)), 1.0 - np.abs(self.time_ms[low:high] - at_ms) / HOUR_MS


def nights(
    region: Region, border: Boundary, who: Customers, days: Sequence[date], data: Data, homes: Mapping[str, Hours]
) -> list[Night]:
    """Night flow and legitimate use of local days in order, without their factor.

    data : series of `keys` around the nights; homes : household_m3 of the zones in who.households around the nights
    """
    tz = region.tz
    start, end = instant(days[0], NIGHT[0], tz) - AROUND, instant(days[-1], NIGHT[1], tz) + AROUND
    net, meters = net_inflow_with_meters(region, border, data, start, end)
    others = _increments(region, who.others, data, start, end)
    flows = night_flows(centred(net, border), days, tz, others, blur_ms(border))
    at_ms = np.array([-1 if flow.at is None else to_ms(flow.at) for flow in flows], np.int64)
    whole = np.array([(flow.mnf_m3h or 0.0) + flow.large_users_m3h for flow in flows])
    doubt = hour_doubt(region, border, meters, whole, at_ms)
    windows = np.array([[to_ms(instant(day, clock, tz)) for clock in NIGHT] for day in days], np.int64)
    lowest = lowest_hour_doubt(net, border, windows)
    uses = _uses(region, border.subject, who, flows, at_ms, others, data, homes)
    return [
        Night(
            flow,
            float(doubt.shared[i]),
            float(doubt.alone[i]),
            uses[i] if flow.at else None,
            lowest=(float(lowest.shared[i]), float(lowest.alone[i])),
        )
        for i, flow in enumerate(flows)
    ]


def _increments(region: Region, points: Sequence[str], data: Data, start: datetime, end: datetime) -> list[Increments]:
    return [one for point in points for one in point_increments(region, point, data, start, end)]


def _uses(
    region: Region,
    subject: str,
    who: Customers,
    flows: Sequence[NightFlow],
    at_ms: Ints,
    others: Sequence[Increments],
    data: Data,
    homes: Mapping[str, Hours],
) -> list[NightUse | None]:
    """Legitimate use in the hour of each night; None where nobody says how many people are supplied."""
    supplied = who.area
    volume, coverage = hour_use(others, at_ms)
    large = is_large(volume, coverage)
    small = np.where(large, 0.0, volume).sum(axis=0)
    told = np.where(large, 0.0, coverage).sum(axis=0)
    span = (flows[0].day, flows[-1].day)
    start, end = instant(span[0], NIGHT[0], region.tz) - AROUND, instant(span[1], NIGHT[1], region.tz) + AROUND
    own = hour_use(_increments(region, who.own_use, data, start, end), at_ms)[0].sum(axis=0)
    assumed = assumptions(region, subject, start, supplied)
    areas = {zone.zone: who.of_zone(zone) for zone in who.zones}
    rates = {zone: assumptions(region, zone, start, one).homes for zone, one in areas.items()}
    result: list[NightUse | None] = []
    for i, flow in enumerate(flows):
        metered = [
            (_homes(who, homes, zone, int(at_ms[i]), one.households), rates[zone]) for zone, one in areas.items()
        ]
        if flow.at is None or not all(can_be_told(*one) for one in metered):
            result.append(None)
            continue
        rest = max(supplied.others - float(large[:, i].sum()), 0.0)
        result.append(
            legitimate_night_use(
                metered,
                Metered(float(small[i]), min(float(told[i]), rest), rest),
                float(own[i]),
                logged_in_hour_m3(who.operations, flow.at),
                assumed,
            )
        )
    return result


def _homes(who: Customers, homes: Mapping[str, Hours], zone: str, at_ms: int, connections: float) -> Metered:
    """What a zone's household meters counted in an hour, from its hourly sum."""
    if (hours := homes.get(zone)) is None:
        return Metered(0.0, 0.0, connections)
    which, share = hours.weights(at_ms)
    # A sum's coverage is the mean of its points': so many meters speak for it.
    covered = float(np.dot(share, hours.measured[which])) * who.households.get(zone, 0)
    return Metered(float(np.dot(share, hours.value[which])), min(covered, connections), connections)


def with_factor(region: Region, zone: Zone, night: Night, pressure: Hours) -> Night:
    """A zone's night with the factor of its day, from hourly pressures at its average zone point."""
    start, end = day_bounds(night.flow.day, region.tz)
    hours = (end - start) / timedelta(hours=1)
    if night.flow.at is None:
        return night
    found = NightDay(None, 0.0, None, 0.0, "night_day_factor.no_point")
    if zone.azp_point:
        pressed = (pressure.time_ms, np.where(pressure.measured > 0, pressure.value, np.nan), pressure.measured)
        edges = (to_ms(night.flow.at), to_ms(start), to_ms(end))
        found = night_day(*pressed, *edges, zone.n1, n1_sd(region, zone.zone, start))
    return night._replace(factor=stated_factor(region, zone.zone, start, found, hours))


def with_area_factor(
    region: Region, subject: str, night: Night, zones: Sequence[Zone], known: Mapping[str, Sequence[Figure]]
) -> Night:
    """A town's or region's night with its day's factor, from the quoted figures of its outermost zones.

    known : night_day_factor_h and real_losses_night_m3 of the zones, by quantity, of that day
    """
    start, end = day_bounds(night.flow.day, region.tz)
    by_zone = {quantity: {one.subject: one for one in figures} for quantity, figures in known.items()}
    parts = []
    for zone in zones:
        factor = by_zone["night_day_factor_h"].get(zone.zone)
        losses = by_zone["real_losses_night_m3"].get(zone.zone)
        sd = 0.0
        if factor is not None and factor.upper is not None and factor.lower is not None:
            sd = (factor.upper - factor.lower) / 2 / Z95
        parts.append(ZoneFactor(losses and losses.value, factor and factor.value, sd, zone.mains_km))
    hours = (end - start) / timedelta(hours=1)
    return night._replace(factor=stated_factor(region, subject, start, area_factor(parts), hours))


def night_span(days: Sequence[date], region: Region) -> tuple[datetime, datetime]:
    """From the first night's beginning to the last one's end."""
    return instant(days[0], NIGHT[0], region.tz), instant(days[-1], NIGHT[1], region.tz)


def day_span(days: Sequence[date], region: Region) -> tuple[datetime, datetime]:
    """From the first local day's beginning to the last one's end."""
    return instant(days[0], time(), region.tz), day_bounds(days[-1], region.tz)[1]
