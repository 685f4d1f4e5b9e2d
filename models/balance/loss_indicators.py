"""Indicators of real losses that can be compared: per connection and day, and against what can't be avoided.

Source: Lambert, Brown, Takizawa and Weimer, A Review of Performance Indicators for Real Losses from Water Supply
Systems, Aqua 48 (6) 1999, pp. 227–237 (its abstract read here); coefficients as in the task's statement of it and, in
US units, in Thornton, Sturm and Kunkel, Water Loss Control, 2nd ed. 2008, table 7.2 (read here): 5.4 gal/(mi·d·psi) of
mains, 0.15 gal/(connection·d·psi), 7.5 gal/(mi·d·psi) of private pipe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import hypot
from typing import NamedTuple

from models.balance.inputs import CONNECTIONS_ERROR, MAINS_ERROR, PRESSURE_ERROR, SERVICE_ERROR, Settings
from models.boundary import zones_inside
from models.registry import Region
from models.rollup import Level, Rollup

MAINS_L = 18.0
CONNECTION_L = 0.8
SERVICE_L = 25.0
"""Unavoidable losses a day and metre of pressure: per km of mains, per connection, per km of private pipe [L]."""
LEAST_SIZE = 3000.0
LEAST_PRESSURE_M = 25.0
"""Below 20 · Lm + Nc of this, or this pressure, UARL stands outside the range it was made for."""
LEAST_PRESSURE_COVERAGE = 0.5
"""With less of the time measured the registry's mean pressure stands."""
LEAST_DENSITY = 20.0
"""Connections per km of mains below which losses are told per km: there the mains leak, not the connections."""


class Network(NamedTuple):
    """What losses are held against.

    mains_km : Lm; connections : Nc, service connections, not customers
    service_private_km : Lp, total length of private pipe from property line to meter
    pressure_m : P, mean pressure at the average zone point, weighed by connections; None where a zone's is not known
    pressure_measured : share of the connections whose zone's pressure was measured, 0–1; else it is the registry's
    """

    mains_km: float
    connections: int
    service_private_km: float
    pressure_m: float | None
    pressure_measured: float = 0.0

    @property
    def per_connection(self) -> bool:
        """Whether losses are told per connection (else per km of mains)."""
        return self.connections >= LEAST_DENSITY * self.mains_km and self.connections > 0


class Bounded(NamedTuple):
    """A figure with half of its 95 % interval."""

    value: float
    half_width: float


def network_of(
    region: Region, level: Level, subject: str, moment: datetime, pressure_m: Mapping[str, float] | None = None
) -> Network:
    """Mains, connections, pipe and pressure of a subject's outermost zones.

    pressure_m : measured mean pressure at the average zone point by zone; the registry's where there is none
    """
    measured = pressure_m or {}
    outermost, _ = zones_inside(region, level, subject, moment)
    connections = sum(zone.connections for zone in outermost)
    heads = [(zone.connections, measured.get(zone.zone, zone.mean_pressure_m)) for zone in outermost]
    known = [(weight, head) for weight, head in heads if head is not None]
    told = sum(zone.connections for zone in outermost if zone.zone in measured)
    complete = bool(heads) and len(known) == len(heads) and connections > 0
    return Network(
        sum(zone.mains_km for zone in outermost),
        connections,
        sum(zone.service_private_km for zone in outermost),
        sum(weight * head for weight, head in known) / connections if complete else None,
        told / connections if connections else 0.0,
    )


def pressure_devices(
    region: Region, level: Level, subject: str, start: datetime, end: datetime
) -> dict[str, list[str]]:
    """Sensors at the average zone points of a subject's outermost zones in [start, end), by zone."""
    outermost, _ = zones_inside(region, level, subject, start)
    return {
        zone.zone: [item.device for item in region.devices_at(zone.azp_point, start, end)]
        for zone in outermost
        if zone.azp_point
    }


def mean_pressures_m(
    sensors: Mapping[str, Sequence[str]], rollups: Mapping[str, Sequence[Rollup]], start: datetime, end: datetime
) -> dict[str, float]:
    """Mean pressure of each zone whose sensors told at least LEAST_PRESSURE_COVERAGE of [start, end).

    rollups : pressure_m by device and local day, already referred to the datum
    """
    days = (end - start) / timedelta(days=1)
    found = {}
    for zone, devices in sensors.items():
        rows = [row for device in devices for row in rollups.get(device, ()) if start <= row.time < end]
        told = [(row.coverage, row.value) for row in rows if row.value is not None]
        weight = sum(coverage for coverage, _ in told)
        if weight >= LEAST_PRESSURE_COVERAGE * days:
            found[zone] = sum(coverage * value for coverage, value in told) / weight
    return found


def unavoidable_annual_real_losses_m3d(
    mains_km: float, connections: float, service_private_km: float, pressure_m: float
) -> float:
    """UARL [m³/d]: (18 · Lm + 0.8 · Nc + 25 · Lp) · P litres a day.

    Hand-computed: 100 km, 5 000 connections, 20 km of private pipe, 50 m: (1 800 + 4 000 + 500) · 50 = 315 000 L.

    >>> unavoidable_annual_real_losses_m3d(100.0, 5000, 20.0, 50.0)
    315.0
    """
    litres = MAINS_L * mains_km + CONNECTION_L * connections + SERVICE_L * service_private_km
    return litres * pressure_m / 1000.0


def infrastructure_leakage_index(carl_m3d: float, uarl_m3d: float) -> float:
    """Current annual real losses over the unavoidable (ILI), dimensionless; of twelve months only.

    Raises ValueError if uarl_m3d is not positive.

    >>> infrastructure_leakage_index(600.0, 200.0)
    3.0
    """
    if uarl_m3d <= 0:
        raise ValueError(f"unavoidable losses of {uarl_m3d} m³/d are no divisor")
    return carl_m3d / uarl_m3d


def within_range(network: Network) -> bool:
    """Whether UARL may be used without a warning: 20 · Lm + Nc ≥ 3 000 and P ≥ 25 m.

    >>> within_range(Network(100.0, 1000, 0.0, 25.0)), within_range(Network(99.0, 1000, 0.0, 25.0))
    (True, False)
    """
    large = 20.0 * network.mains_km + network.connections >= LEAST_SIZE
    return large and network.pressure_m is not None and network.pressure_m >= LEAST_PRESSURE_M


def uarl(region: Region, level: Level, subject: str, moment: datetime, network: Network) -> Bounded | None:
    """UARL [m³/d] with its interval, from the stated or assumed ± of each length, count and of the pressure."""
    if network.pressure_m is None or network.connections <= 0:
        return None
    settings = Settings(region, subject, moment)
    head = network.pressure_m / 1000.0
    terms = (
        (MAINS_L * network.mains_km * head, MAINS_ERROR),
        (CONNECTION_L * network.connections * head, CONNECTIONS_ERROR),
        (SERVICE_L * network.service_private_km * head, SERVICE_ERROR),
    )
    whole = sum(term for term, _ in terms)
    errors = [term * settings.plus_minus(name) / 100.0 for term, name in terms]
    return Bounded(whole, hypot(*errors, whole * settings.plus_minus(PRESSURE_ERROR) / 100.0))


def ratio(over: Bounded, under: Bounded) -> Bounded:
    """A quotient of two independent figures; relative errors add as squares (first order).

    Hand-computed: 100 ± 6 over 50 ± 4: 2 ± 2 · √(0.06² + 0.08²) = 2 ± 0.2.

    >>> round(ratio(Bounded(100.0, 6.0), Bounded(50.0, 4.0)).half_width, 6)
    0.2
    """
    value = over.value / under.value
    return Bounded(value, hypot(over.half_width / under.value, value * under.half_width / under.value))


def per_connection_day(real: Bounded, network: Network, days: float) -> Bounded:
    """Real losses in L per connection and day, or below 20 connections per km in m³ per km of mains and day.

    Hand-computed: 310 m³ in 31 days from 200 connections on 5 km: 50 L; from 50 connections: 2 m³/(km·d).

    >>> per_connection_day(Bounded(310.0, 31.0), Network(5.0, 200, 0.0, None), 31.0)
    Bounded(value=50.0, half_width=5.0)
    >>> per_connection_day(Bounded(310.0, 31.0), Network(5.0, 50, 0.0, None), 31.0).value
    2.0
    """
    factor = 1000.0 / network.connections if network.per_connection else 1.0 / network.mains_km
    return Bounded(real.value * factor / days, real.half_width * factor / days)
