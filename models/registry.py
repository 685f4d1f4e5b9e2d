"""The registry of a region: what hangs where, from one day to another. Immutable; a change makes a new one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

Role = Literal[
    "household",
    "other",
    "own_use",
    "inflow",
    "outflow",
    "transfer",
    "tank",
    "pressure",
    "weather",
    "reservoir",
]
RegisterKind = Literal["forward", "net"]
ReservoirKind = Literal["dam", "tank"]


@dataclass(frozen=True, slots=True)
class Municipality:
    """A town. Costs are CZK per m³ of water produced (variable) and sold (retail)."""

    code: str
    name: str
    population: int
    population_supplied: int
    lat: float
    lon: float
    variable_cost_czk_m3: float | None = None
    retail_czk_m3: float | None = None


@dataclass(frozen=True, slots=True)
class Zone:
    """A district metered area (DMA). inflows, outflows, azp_point and critical_point name metering points.

    parent : the zone it lies in, or empty
    service_private_km : total private pipe from property line to meter [km]
    n1 : FAVAD exponent of leakage against pressure
    name : what people call it; the identifier where the files give none
    """

    zone: str
    name: str
    parent: str
    municipality: str
    mains_km: float
    connections: int
    service_private_km: float
    properties: int
    population_served: int
    mean_pressure_m: float | None
    azp_point: str
    critical_point: str
    n1: float
    inflows: tuple[str, ...]
    outflows: tuple[str, ...]
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class MeteringPoint:
    """Where water is used or measured; consumption belongs to it."""

    point: str
    municipality: str
    zone: str
    role: Role
    dwellings: int = 0
    elevation_m: float | None = None
    lat: float | None = None
    lon: float | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A meter or sensor.

    multiplier : applied to every value when computing, never by a decoder
    litres_per_pulse : volume of one count of `pulses`, and the register's resolution
    register_digits : digits before the point; the register wraps at 10**register_digits m³
    mounting_height_m : added to a level or pressure to refer it to the datum
    """

    device: str
    kind: str
    type: str = ""
    dn_mm: int | None = None
    q3_m3h: float | None = None
    ratio_r: float | None = None
    register_kind: RegisterKind = "forward"
    register_digits: int | None = None
    litres_per_pulse: float | None = None
    multiplier: float = 1.0
    mounting_height_m: float | None = None
    verified_until: datetime | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """A device hangs at a point from one time to another; registers at both ends in m³ where known."""

    device: str
    point: str
    start: datetime
    end: datetime | None = None
    first_index_m3: float | None = None
    final_index_m3: float | None = None

    def covers(self, moment: datetime) -> bool:
        """Whether the device hangs at the point at that time; `end` is exclusive."""
        return self.start <= moment and (self.end is None or moment < self.end)


@dataclass(frozen=True, slots=True)
class Reservoir:
    """A dam or a tank.

    zone : a tank's zone, or empty; level_point : metering point whose level is read
    bottom_m, full_m : level or stage of empty and full, in `datum`
    curve : (stage or level [m], storage [m³]), rising
    rule_curve : (day of year, stage [m]) of the storage space's top, may be empty
    min_release_m3h : ecological minimum release (MZP)
    dead_m, flood_m, crest_m : tops of the dead storage (stálé nadržení), of the controllable flood space (ochranný
        ovladatelný prostor) and of the uncontrollable one; the storage space (zásobní prostor) lies between, its top by
        the rule curve
    """

    reservoir: str
    name: str
    kind: ReservoirKind
    zone: str
    municipality: str
    level_point: str
    inflow_point: str
    outflow_point: str
    purpose: str
    bottom_m: float
    full_m: float
    datum: str
    curve: tuple[tuple[float, float], ...]
    rule_curve: tuple[tuple[int, float], ...] = ()
    min_release_m3h: float | None = None
    lat: float | None = None
    lon: float | None = None
    dead_m: float | None = None
    flood_m: float | None = None
    crest_m: float | None = None


@dataclass(frozen=True, slots=True)
class Supply:
    """A share of a municipality's water that comes from a source (a reservoir or another source)."""

    source: str
    municipality: str
    share: float
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Billing:
    """Billed volume of a class of customers in a period; either zone or municipality is set."""

    start: datetime
    end: datetime
    zone: str
    municipality: str
    customer_class: str
    volume_m3: float
    method: str


@dataclass(frozen=True, slots=True)
class BalanceInput:
    """A settable term of the balance (for example meter under-registration) with its ± and grade."""

    subject: str
    input: str
    value: float
    plus_minus: float
    grade: str
    source: str
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """An entry of the operations log: flushing, hydrant, tank_cleaning, fire, shutdown, repair."""

    start: datetime
    end: datetime | None
    kind: str
    zone: str
    place: str
    volume_m3: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A rule of sources.toml: which dialect, zone of time and mapping apply to topics of this filter.

    rate_kind : whether rates are instantaneous or means; stamped at interval start or end; step in seconds
    mapping : dotted field of the payload → quantity, for plain JSON and plain numbers
    """

    topic_filter: str
    dialect: str = "auto"
    municipality: str = ""
    timezone: str = ""
    rate_kind: Literal["instantaneous", "mean"] = "instantaneous"
    rate_stamp: Literal["start", "end"] = "end"
    rate_step_s: int | None = None
    mapping: tuple[tuple[str, str], ...] = ()
    device: str = ""
    quantity: str = ""
    unit: str = ""
    may_request_rebirth: bool = False


@dataclass(frozen=True)
class Region:
    """Everything the files of a region say. Lookups are built once and kept."""

    name: str
    languages: tuple[str, ...]
    timezone: str
    simulated: bool
    currency: str
    municipalities: tuple[Municipality, ...] = ()
    zones: tuple[Zone, ...] = ()
    points: tuple[MeteringPoint, ...] = ()
    devices: tuple[Device, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    reservoirs: tuple[Reservoir, ...] = ()
    supplies: tuple[Supply, ...] = ()
    billing: tuple[Billing, ...] = ()
    balance_inputs: tuple[BalanceInput, ...] = ()
    operations: tuple[Operation, ...] = ()
    sources: tuple[Source, ...] = ()
    boundaries: str = field(default="", repr=False)

    @cached_property
    def tz(self) -> ZoneInfo:
        """The region's time zone: night windows, calendar days and display."""
        return ZoneInfo(self.timezone)

    @cached_property
    def municipality(self) -> dict[str, Municipality]:
        """Municipalities by code."""
        return {item.code: item for item in self.municipalities}

    @cached_property
    def zone(self) -> dict[str, Zone]:
        """Zones by identifier."""
        return {item.zone: item for item in self.zones}

    @cached_property
    def point(self) -> dict[str, MeteringPoint]:
        """Metering points by identifier."""
        return {item.point: item for item in self.points}

    @cached_property
    def device(self) -> dict[str, Device]:
        """Devices by canonical name."""
        return {item.device: item for item in self.devices}

    @cached_property
    def rows_of_device(self) -> dict[str, tuple[Device, ...]]:
        """Every row of a device, in order of validity: several where its multiplier or digits change with time."""
        result: dict[str, list[Device]] = {}
        for item in self.devices:
            result.setdefault(item.device, []).append(item)
        return {
            name: tuple(sorted(items, key=lambda d: d.valid_from.timestamp() if d.valid_from else float("-inf")))
            for name, items in result.items()
        }

    @cached_property
    def reservoir(self) -> dict[str, Reservoir]:
        """Dams and tanks by identifier."""
        return {item.reservoir: item for item in self.reservoirs}

    @cached_property
    def assignments_of_device(self) -> dict[str, tuple[Assignment, ...]]:
        """Assignments by device, in order of their start."""
        return _grouped(self.assignments, "device")

    @cached_property
    def assignments_of_point(self) -> dict[str, tuple[Assignment, ...]]:
        """Assignments by point, in order of their start."""
        return _grouped(self.assignments, "point")

    @cached_property
    def points_of_zone(self) -> dict[str, tuple[MeteringPoint, ...]]:
        """Metering points by the zone they lie in."""
        result: dict[str, list[MeteringPoint]] = {}
        for item in self.points:
            result.setdefault(item.zone, []).append(item)
        return {zone: tuple(items) for zone, items in result.items()}

    @cached_property
    def zones_of_municipality(self) -> dict[str, tuple[Zone, ...]]:
        """Zones by municipality, in the files' order."""
        result: dict[str, list[Zone]] = {}
        for item in self.zones:
            result.setdefault(item.municipality, []).append(item)
        return {code: tuple(items) for code, items in result.items()}

    @cached_property
    def billing_of(self) -> dict[tuple[str, str], tuple[Billing, ...]]:
        """Billing rows by (zone, municipality), one of the two empty, in the files' order."""
        result: dict[tuple[str, str], list[Billing]] = {}
        for item in self.billing:
            result.setdefault((item.zone, item.municipality), []).append(item)
        return {key: tuple(items) for key, items in result.items()}

    @cached_property
    def operations_of_zone(self) -> dict[str, tuple[Operation, ...]]:
        """Logged operations by zone, in order of their start."""
        result: dict[str, list[Operation]] = {}
        for item in sorted(self.operations, key=lambda operation: operation.start):
            result.setdefault(item.zone, []).append(item)
        return {zone: tuple(items) for zone, items in result.items()}

    def point_of(self, device: str, moment: datetime) -> MeteringPoint | None:
        """The point at which a device hangs at a time, or None."""
        for item in self.assignments_of_device.get(device, ()):
            if item.covers(moment):
                return self.point.get(item.point)
        return None

    def devices_at(self, point: str, start: datetime, end: datetime) -> Iterator[Assignment]:
        """Assignments of a point that overlap [start, end)."""
        for item in self.assignments_of_point.get(point, ()):
            if item.start < end and (item.end is None or item.end > start):
                yield item


def _grouped(assignments: tuple[Assignment, ...], attribute: str) -> dict[str, tuple[Assignment, ...]]:
    result: dict[str, list[Assignment]] = {}
    for item in sorted(assignments, key=lambda a: a.start):
        result.setdefault(getattr(item, attribute), []).append(item)
    return {key: tuple(items) for key, items in result.items()}
