"""What customers used: remote meters, or the bills that contain them, and the share of connections that is covered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from models.balance.amounts import Amount
from models.balance.inputs import BILLING_ERROR, USE_ERROR, Settings
from models.balance.meters import meter_doubt, metered_part, stated_part
from models.balance.uncertainty import Z95, Kind, Part
from models.billing import Billed, CustomerClass, billed, rows_of
from models.boundary import valid_zones, zones_inside
from models.registry import Billing, MeteringPoint, Region
from models.rollup import Level

LEAST_COVERED = 0.9
"""With fewer connections covered, what is not metered nor billed is no longer a remainder: no figure, but the share."""
BILLS = "billing.csv"
"""The name of parts that come from bills."""


class Use(NamedTuple):
    """Use of a class of customers.

    volume_m3 : what meters and bills say, of `covered` of `connections`
    parts : the meters and bills it is made of
    """

    volume_m3: float
    covered: float
    connections: float
    parts: tuple[Part, ...] = ()

    @property
    def whole_m3(self) -> float:
        """With the few connections that nobody metered or billed, at the mean of the others."""
        return self.volume_m3 * self.connections / self.covered if self.covered > 0 else self.volume_m3

    @property
    def enough(self) -> bool:
        """Whether enough connections are covered for the rest to be a remainder."""
        return self.connections == 0 or self.covered >= LEAST_COVERED * self.connections


def class_use(
    region: Region,
    level: Level,
    subject: str,
    name: CustomerClass,
    start: datetime,
    end: datetime,
    consumption: Mapping[str, Amount],
) -> Use:
    """Metered or billed use of a class inside a zone (with the zones inside it), municipality or region.

    A municipality's bills count where they cover more connections than its zones' bills and meters do.
    """
    if level == "region":
        return _summed(
            [
                class_use(region, "municipality", town.code, name, start, end, consumption)
                for town in region.municipalities
            ]
        )
    _, inside = zones_inside(region, level, subject, start)
    together = _summed([_zone_use(region, zone, name, start, end, consumption) for zone in sorted(inside)])
    if level == "municipality":
        bill = _bill(region, subject, rows_of(region, name, municipality=subject), start, end)
        return _billed_use(bill, name, subject, together) or together
    return together


def _summed(parts: Sequence[Use]) -> Use:
    return Use(
        sum(part.volume_m3 for part in parts),
        sum(part.covered for part in parts),
        sum(part.connections for part in parts),
        tuple(one for part in parts for one in part.parts),
    )


def _zone_use(
    region: Region, zone: str, name: CustomerClass, start: datetime, end: datetime, consumption: Mapping[str, Amount]
) -> Use:
    """Use of a class on a zone's own ground: its bills where they cover more connections than its remote meters."""
    points = points_of(region, {zone}, name, start, end)
    metered = [(point.point, consumption[point.point]) for point in points if point.point in consumption]
    connections = own_connections(region, zone, name, start, end)
    remote = Use(
        sum(amount.volume_m3 for _, amount in metered),
        min(sum(amount.coverage for _, amount in metered), connections),
        connections,
    )
    bill = _bill(region, zone, rows_of(region, name, zone=zone), start, end)
    if (use := _billed_use(bill, name, zone, remote)) is not None:
        return use
    stated = Settings(region, zone, start).stated(USE_ERROR)
    parts = (point_part(region, name, point, amount, start, end) for point, amount in metered)
    return remote._replace(parts=tuple(stated_part(part, stated, USE_ERROR) for part in parts))


def _bill(region: Region, subject: str, rows: Sequence[Billing], start: datetime, end: datetime) -> Billed:
    """What rows say of a period; rows that were estimated as surely as somebody said, else as is assumed."""
    if not rows:
        return Billed(0.0, 0.0)
    sd = Settings(region, subject, start).plus_minus(BILLING_ERROR) / 100.0 / Z95
    return billed(rows, start, end, region.tz, sd)


def _billed_use(bill: Billed, name: Kind, subject: str, otherwise: Use) -> Use | None:
    """What bills say, where they speak for all of the period or for more connections than everything else does."""
    connections = otherwise.connections
    if bill.share * connections <= otherwise.covered and bill.share < 1.0 - 1e-9:
        return None
    part = Part(
        name,
        f"{BILLS} {subject}",
        bill.volume_m3,
        spread_m3=bill.sd_m3,
        estimated_m3=bill.estimated_m3,
    )
    return Use(bill.volume_m3, bill.share * connections, connections, (part,))


def point_part(region: Region, of: Kind, point: str, amount: Amount, start: datetime, end: datetime) -> Part:
    """A metering point's volume with the doubts of the meter that hung there last in the period."""
    hung = list(region.devices_at(point, start, end))
    device = hung[-1].device if hung else ""
    return metered_part(of, device, amount, meter_doubt(region, device, end))


def own_connections(region: Region, zone: str, name: CustomerClass, start: datetime, end: datetime) -> float:
    """Connections of a class on a zone's own ground, without the zones inside it.

    Registered points with role `other` are that class; what remains of the zone's connections are households.
    """
    valid = valid_zones(region, start)
    whole = valid[zone].connections
    children = sum(item.connections for item in valid.values() if item.parent == zone)
    own = whole - children if whole >= children else whole
    others = len(points_of(region, {zone}, "other", start, end))
    if name == "other":
        return float(others)
    return float(max(own - others, len(points_of(region, {zone}, "household", start, end))))


def points_of(region: Region, zones: set[str], role: str, start: datetime, end: datetime) -> list[MeteringPoint]:
    """Metering points of a role that lie in zones and are valid at some time in [start, end)."""
    return [
        point
        for zone in sorted(zones)
        for point in region.points_of_zone.get(zone, ())
        if point.role == role
        and (point.valid_from is None or point.valid_from < end)
        and (point.valid_to is None or point.valid_to > start)
    ]


def customer_points(region: Region, level: Level, subject: str, start: datetime, end: datetime) -> list[str]:
    """Points whose consumption `balance` wants: customers and own use inside a subject."""
    _, inside = zones_inside(region, level, subject, start)
    return [
        point.point
        for role in ("household", "other", "own_use")
        for point in points_of(region, inside, role, start, end)
    ]
