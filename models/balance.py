"""Water balance of a zone, municipality or region over local days or months.

Source: Lambert and Hirner, Losses from Water Supply Systems: Standard Terminology and Recommended Performance
Measures, IWA Blue Pages 2000 (the standard water balance): non-revenue water = system input − billed authorised
consumption; water losses = system input − authorised consumption.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import hypot
from typing import Literal, NamedTuple

from models.billing import CLASSES, CustomerClass, billed, operations_m3, rows_of
from models.boundary import valid_zones, zones_inside
from models.records import Figure
from models.registry import MeteringPoint, Region
from models.rollup import Level, Rollup

LEAST_COVERED = 0.9
"""With fewer connections covered, what is not metered nor billed is no longer a remainder: no figure, but the share."""
LEAST_INPUT_COVERAGE = 0.9
ERROR_PCT = 2.0
"""± of metered volumes where balance_inputs say nothing: maximum permissible error of class 2 meters between Q2 and Q4
in cold water. Source: ISO 4064-1:2014, 4.2.3."""
INPUT_ERROR = "system_input_error_pct"
USE_ERROR = "metered_use_error_pct"
"""Inputs of balance_inputs.csv whose ± replaces ERROR_PCT."""


class Amount(NamedTuple):
    """A volume with the share of its period (or of its parts) that data speak for."""

    volume_m3: float
    coverage: float


class Use(NamedTuple):
    """Use of a class of customers.

    volume_m3 : what meters and bills say, of `covered` of `connections`
    """

    volume_m3: float
    covered: float
    connections: float

    @property
    def whole_m3(self) -> float:
        """With the few connections that nobody metered or billed, at the mean of the others."""
        return self.volume_m3 * self.connections / self.covered if self.covered > 0 else self.volume_m3


class Balance(NamedTuple):
    """The terms of a balance in m³. None: not available, `reason` (a translation key) says why.

    household_m3, other_m3 : metered or billed use; connections not covered are in at the mean of their class
    own_use_m3, fire_m3 : unbilled authorised: the waterworks' own use, metered or logged, and fire-fighting
    nrw_lower_m3, nrw_upper_m3 : with the meters' errors (root of squares) and the uncovered use between nothing and
        twice its estimate
    covered : share of connections with a remote meter or a billing row of their class; of household connections the
        same in household_covered
    """

    level: Level
    subject: str
    start: datetime
    end: datetime
    system_input_m3: float | None
    household_m3: float | None
    other_m3: float | None
    own_use_m3: float
    fire_m3: float
    nrw_m3: float | None
    nrw_lower_m3: float | None
    nrw_upper_m3: float | None
    losses_m3: float | None
    covered: float
    household_covered: float
    input_coverage: float
    reason: str


def balance(
    region: Region,
    level: Level,
    subject: str,
    start: datetime,
    end: datetime,
    system_input: Amount,
    consumption: Mapping[str, Amount],
) -> Balance:
    """The balance of [start, end).

    system_input : net inflow of the subject's own outer boundary (models.zone_flow.net_volumes, or day rollups summed)
    consumption : volumes of the metering points inside (roles household, other, own_use) by point

    Covered are connections with a remote meter, and all of a class for which the zone (or, for the municipality, the
    municipality) has a billing row in the period.
    """
    _, inside = zones_inside(region, level, subject, start)
    use = {name: class_use(region, level, subject, name, start, end, consumption) for name in CLASSES}
    own, fire = operations_m3(region, inside, start, end)
    own += sum(
        consumption[point.point].volume_m3
        for point in _points(region, inside, "own_use", start, end)
        if point.point in consumption
    )
    connections = sum(part.connections for part in use.values())
    covered = sum(part.covered for part in use.values()) / connections if connections else 0.0
    home = use["household"]
    result = Balance(
        level,
        subject,
        start,
        end,
        system_input.volume_m3 if system_input.coverage > 0 else None,
        home.whole_m3 if _enough(home) else None,
        use["other"].whole_m3 if _enough(use["other"]) else None,
        own,
        fire,
        None,
        None,
        None,
        None,
        covered,
        home.covered / home.connections if home.connections else 0.0,
        system_input.coverage,
        _reason(system_input.coverage, connections, covered),
    )
    return result if result.reason else _with_nrw(region, result, use)


def _enough(use: Use) -> bool:
    return use.connections == 0 or use.covered >= LEAST_COVERED * use.connections


def _reason(input_coverage: float, connections: float, covered: float) -> str:
    if input_coverage <= 0:
        return "balance.no_inflow"
    if input_coverage < LEAST_INPUT_COVERAGE:
        return "balance.inflow_incomplete"
    if connections == 0:
        return "balance.no_connections"
    return "balance.too_few_covered" if covered < LEAST_COVERED else ""


def _with_nrw(region: Region, result: Balance, use: Mapping[CustomerClass, Use]) -> Balance:
    """The balance with NRW, its interval and the losses."""
    put_in = result.system_input_m3 or 0.0
    known = sum(part.volume_m3 for part in use.values())
    whole = sum(part.whole_m3 for part in use.values())
    nrw = put_in - whole
    error = hypot(
        put_in * _error_pct(region, result, INPUT_ERROR) / 100,
        known * _error_pct(region, result, USE_ERROR) / 100,
    )
    around = error + whole - known
    return result._replace(
        nrw_m3=nrw,
        nrw_lower_m3=nrw - around,
        nrw_upper_m3=nrw + around,
        losses_m3=nrw - result.own_use_m3 - result.fire_m3,
    )


def _error_pct(region: Region, result: Balance, name: str) -> float:
    """± of an input: the subject's own, else the region's, else the default."""
    for subject in (result.subject, region.name):
        for item in region.balance_inputs:
            begun = item.valid_from is None or item.valid_from <= result.start
            ended = item.valid_to is not None and item.valid_to <= result.start
            if item.subject == subject and item.input == name and begun and not ended:
                return item.plus_minus
    return ERROR_PCT


def class_use(
    region: Region,
    level: Level,
    subject: str,
    name: CustomerClass,
    start: datetime,
    end: datetime,
    consumption: Mapping[str, Amount],
) -> Use:
    """Metered or billed use of a class inside a zone (with the zones inside it), municipality or region."""
    if level == "region":
        towns = [
            class_use(region, "municipality", town.code, name, start, end, consumption)
            for town in region.municipalities
        ]
        return _summed(towns)
    _, inside = zones_inside(region, level, subject, start)
    parts = [_zone_use(region, zone, name, start, end, consumption) for zone in sorted(inside)]
    together = _summed(parts)
    if level == "municipality":
        bill = billed(rows_of(region, name, municipality=subject), start, end)
        if bill.share * together.connections > together.covered or bill.share >= 1.0 - 1e-9:
            return Use(bill.volume_m3, bill.share * together.connections, together.connections)
    return together


def _summed(parts: Sequence[Use]) -> Use:
    return Use(
        sum(part.volume_m3 for part in parts),
        sum(part.covered for part in parts),
        sum(part.connections for part in parts),
    )


def _zone_use(
    region: Region, zone: str, name: CustomerClass, start: datetime, end: datetime, consumption: Mapping[str, Amount]
) -> Use:
    """Use of a class on a zone's own ground: its bills where they cover more connections than its remote meters."""
    points = _points(region, {zone}, name, start, end)
    metered = [consumption[point.point] for point in points if point.point in consumption]
    connections = own_connections(region, zone, name, start, end)
    covered = min(sum(amount.coverage for amount in metered), connections)
    bill = billed(rows_of(region, name, zone=zone), start, end)
    if bill.share * connections > covered or bill.share >= 1.0 - 1e-9:
        return Use(bill.volume_m3, bill.share * connections, connections)
    return Use(sum(amount.volume_m3 for amount in metered), covered, connections)


def own_connections(region: Region, zone: str, name: CustomerClass, start: datetime, end: datetime) -> float:
    """Connections of a class on a zone's own ground, without the zones inside it.

    Registered points with role `other` are that class; what remains of the zone's connections are households.
    """
    valid = valid_zones(region, start)
    whole = valid[zone].connections
    children = sum(item.connections for item in valid.values() if item.parent == zone)
    own = whole - children if whole >= children else whole
    others = len(_points(region, {zone}, "other", start, end))
    if name == "other":
        return float(others)
    return float(max(own - others, len(_points(region, {zone}, "household", start, end))))


def _points(region: Region, zones: set[str], role: str, start: datetime, end: datetime) -> list[MeteringPoint]:
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
        point.point for role in ("household", "other", "own_use") for point in _points(region, inside, role, start, end)
    ]


def amounts(rollups: Mapping[str, Sequence[Rollup]], start: datetime, end: datetime) -> dict[str, Amount]:
    """Amounts by subject from day or hour rollups (consumption_m3 as volumes, net_inflow_m3h as means) in [start, end).

    A mean that is known for a part of the time stands for all of it; the coverage says for how much it was known.
    Rollups that only begin before `end` count whole: start and end are edges of local days.
    """
    span_h = (end - start) / timedelta(hours=1)
    result = {}
    for subject, rows in rollups.items():
        volume, covered_h, known_h = 0.0, 0.0, 0.0
        for hours, row in _with_hours([row for row in rows if start <= row.time < end], end):
            covered_h += row.coverage * hours
            if row.value is not None:
                known_h += hours
                volume += row.value * hours if row.quantity == "net_inflow_m3h" else row.value
        if rows and rows[0].quantity == "net_inflow_m3h" and known_h > 0:
            volume *= span_h / known_h
        result[subject] = Amount(volume, min(1.0, covered_h / span_h) if span_h > 0 else 0.0)
    return result


def _with_hours(rows: Sequence[Rollup], end: datetime) -> list[tuple[float, Rollup]]:
    """Each rollup with its length: an hour, or to the next day's start (23, 24 or 25 h)."""
    result = []
    for i, row in enumerate(rows):
        following = rows[i + 1].time if i + 1 < len(rows) else end
        hours = (following - row.time) / timedelta(hours=1)
        # After a missing day the distance is no day's length.
        result.append((1.0 if row.period == "hour" else hours if hours <= 25 else 24.0, row))
    return result


def figures(result: Balance, period: Literal["day", "month"]) -> list[Figure]:
    """The balance as figures people quote, in m³ and nrw_pct in %."""
    whole = result.system_input_m3

    def pct(value: float | None) -> float | None:
        return 100 * value / whole if value is not None and whole else None

    def figure(
        quantity: str,
        value: float | None,
        lower: float | None = None,
        upper: float | None = None,
        coverage: float = result.covered,
        reason: str = result.reason,
    ) -> Figure:
        said = "" if value is not None else reason
        return Figure(
            result.level, result.subject, period, quantity, result.start, value, lower, upper, round(coverage, 6), said
        )

    few = "balance.too_few_covered"
    billed_m3 = None
    if result.household_m3 is not None and result.other_m3 is not None:
        billed_m3 = result.household_m3 + result.other_m3
    return [
        figure("system_input_m3", whole, coverage=result.input_coverage, reason="balance.no_inflow"),
        figure("household_m3", result.household_m3, coverage=result.household_covered, reason=few),
        figure("billed_m3", billed_m3, reason=few),
        figure("own_use_m3", result.own_use_m3 + result.fire_m3, coverage=1.0),
        figure("nrw_m3", result.nrw_m3, result.nrw_lower_m3, result.nrw_upper_m3),
        figure("nrw_pct", pct(result.nrw_m3), pct(result.nrw_lower_m3), pct(result.nrw_upper_m3)),
        figure("losses_m3", result.losses_m3),
    ]
