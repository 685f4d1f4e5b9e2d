"""Water balance of a zone, municipality or region over any period: the IWA's standard terms with their intervals.

Source: Lambert and Hirner, Losses from Water Supply Systems: Standard Terminology and Recommended Performance
Measures, IWA Blue Pages 2000 (the standard water balance), as shown in Thornton, Sturm and Kunkel, Water Loss Control,
2nd ed. 2008, figure 7.1: non-revenue water = system input − billed authorised consumption; water losses = system input
− authorised consumption; real losses = water losses − apparent losses. All terms are net of what is exported.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from models.balance.amounts import Amount
from models.balance.customers import LEAST_COVERED, Use, class_use, point_part, points_of
from models.balance.input_parts import input_parts
from models.balance.inputs import DATA_ERRORS, OPERATIONS_ERROR, THEFT, UNDER_REGISTRATION, Settings
from models.balance.uncertainty import SIGNS, Z95, Kind, Part, spread
from models.billing import CLASSES, CustomerClass, operations
from models.boundary import boundary, zones_inside
from models.registry import Region
from models.rollup import Level

LEAST_INPUT_COVERAGE = 0.9
UNKNOWN_REGISTRATION_PCT = 1.0
"""± of what meters read by hand register, where nobody said: an assumption of this program."""
OPERATIONS = "operations.csv"
UNCOVERED = "uncovered"

APPARENT: dict[str, Kind] = {
    UNDER_REGISTRATION: "under_registration",
    DATA_ERRORS: "data_errors",
    THEFT: "theft",
}
"""Inputs that estimate apparent losses, and the kind of part that each makes."""


class Balance(NamedTuple):
    """The terms of a balance in m³. None: not available, `reason` (a translation key) says why.

    household_m3, other_m3, billed_m3 : metered or billed use, and both together; connections not covered are in at the
        mean of their class
    own_use_m3, fire_m3 : unbilled authorised: the waterworks' own use, metered or logged, and fire-fighting
    nrw_m3, losses_m3 : non-revenue water; water losses, apparent and real together
    apparent_m3 : under-registration, data errors and theft, each as it is set; 0 where nothing is set
    real_m3 : what is left; where nothing is set for apparent losses they are in it
    covered : share of connections with a remote meter or a billing row of their class; of household connections the
        same in household_covered
    parts : every volume that the terms are made of, with what may be wrong with it
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
    losses_m3: float | None
    covered: float
    household_covered: float
    input_coverage: float
    reason: str
    billed_m3: float | None = None
    under_registration_m3: float | None = None
    data_errors_m3: float | None = None
    theft_m3: float | None = None
    apparent_m3: float | None = None
    real_m3: float | None = None
    parts: tuple[Part, ...] = ()

    @property
    def unbilled_m3(self) -> float:
        """Unbilled authorised consumption."""
        return self.own_use_m3 + self.fire_m3

    def value(self, term: str) -> float | None:
        """A term by its name (see models.balance.uncertainty.SIGNS)."""
        found = getattr(self, term)
        return None if found is None else float(found)

    def half_width_m3(self, term: str) -> float:
        """Half of a term's 95 % interval."""
        return spread(self.parts, SIGNS[term]).half_width_m3

    def estimated_m3(self, term: str) -> float:
        """How much of what a term is made of was estimated, not measured: the parts' volumes, without signs."""
        return sum(part.estimated_m3 for part in self.parts if part.of in SIGNS[term])


def balance(
    region: Region,
    level: Level,
    subject: str,
    start: datetime,
    end: datetime,
    system_input: Amount,
    consumption: Mapping[str, Amount],
    meters: Mapping[str, Amount] | None = None,
) -> Balance:
    """The balance of [start, end), an hour or a year.

    system_input : net inflow of the subject's own outer boundary (models.zone_flow.net_volumes, or rollups summed)
    consumption : volumes of the metering points inside (roles household, other, own_use) by point
    meters : volumes that passed the meters of the boundary, by device: what the input's interval is made of

    Covered are connections with a remote meter, and all of a class for which the zone (or, for the municipality, the
    municipality) has a billing row in the period.
    """
    _, inside = zones_inside(region, level, subject, start)
    use = {name: class_use(region, level, subject, name, start, end, consumption) for name in CLASSES}
    unbilled = _unbilled(region, subject, inside, start, end, consumption)
    connections = sum(part.connections for part in use.values())
    covered = sum(part.covered for part in use.values()) / connections if connections else 0.0
    home = use["household"]
    around = boundary(region, level, subject, start)
    put_in = input_parts(region, around, start, end, system_input, meters or {}) if system_input.coverage > 0 else ()
    result = Balance(
        level=level,
        subject=subject,
        start=start,
        end=end,
        system_input_m3=system_input.volume_m3 if system_input.coverage > 0 else None,
        household_m3=home.whole_m3 if home.enough else None,
        other_m3=use["other"].whole_m3 if use["other"].enough else None,
        own_use_m3=sum(part.volume_m3 for part in unbilled if part.of == "own_use"),
        fire_m3=sum(part.volume_m3 for part in unbilled if part.of == "fire"),
        nrw_m3=None,
        losses_m3=None,
        covered=covered,
        household_covered=home.covered / home.connections if home.connections else 0.0,
        input_coverage=system_input.coverage,
        reason=_reason(system_input.coverage, connections, covered),
        parts=(*put_in, *_billed_parts(use), *unbilled),
    )
    return result if result.reason else _with_losses(region, result, use)


def _reason(input_coverage: float, connections: float, covered: float) -> str:
    if input_coverage <= 0:
        return "balance.no_inflow"
    if input_coverage < LEAST_INPUT_COVERAGE:
        return "balance.inflow_incomplete"
    if connections == 0:
        return "balance.no_connections"
    return "balance.too_few_covered" if covered < LEAST_COVERED else ""


def _billed_parts(use: Mapping[CustomerClass, Use]) -> list[Part]:
    """Meters and bills, and the few connections without either: between nothing and twice their estimate."""
    found = [part for one in use.values() for part in one.parts]
    for name, one in use.items():
        rest = one.whole_m3 - one.volume_m3
        if rest:
            missing = one.connections - one.covered
            sd, size = abs(rest) / Z95, abs(rest)
            found.append(Part(name, UNCOVERED, rest, spread_m3=sd, estimated_m3=size, missing=missing))
    return found


def _unbilled(
    region: Region, subject: str, inside: set[str], start: datetime, end: datetime, consumption: Mapping[str, Amount]
) -> list[Part]:
    """The waterworks' own use, metered and logged, and fire-fighting; each log entry errs for itself."""
    found = [
        point_part(region, "own_use", point.point, consumption[point.point], start, end)
        for point in points_of(region, inside, "own_use", start, end)
        if point.point in consumption
    ]
    entries = operations(region, inside, start, end)
    sd = Settings(region, subject, start).plus_minus(OPERATIONS_ERROR) / 100.0 / Z95 if entries else 0.0
    for entry in entries:
        kind: Kind = "fire" if entry.fire else "own_use"
        found.append(
            Part(kind, OPERATIONS, entry.volume_m3, spread_m3=sd * entry.volume_m3, estimated_m3=entry.volume_m3)
        )
    return found


def _with_losses(region: Region, result: Balance, use: Mapping[CustomerClass, Use]) -> Balance:
    """The balance with NRW, losses, and what of them is apparent and what real."""
    whole = sum(one.whole_m3 for one in use.values())
    apparent = _apparent_parts(region, result, whole)
    set_m3 = {part.of: part.volume_m3 for part in apparent if part.name}
    nrw = (result.system_input_m3 or 0.0) - whole
    losses = nrw - result.unbilled_m3
    sum_m3 = sum(part.volume_m3 for part in apparent)
    return result._replace(
        billed_m3=whole,
        nrw_m3=nrw,
        losses_m3=losses,
        under_registration_m3=set_m3.get("under_registration"),
        data_errors_m3=set_m3.get("data_errors"),
        theft_m3=set_m3.get("theft"),
        apparent_m3=sum_m3,
        real_m3=losses - sum_m3,
        parts=(*result.parts, *apparent),
    )


def _apparent_parts(region: Region, result: Balance, billed_m3: float) -> list[Part]:
    """Apparent losses as they are set, in % of what is billed.

    Where nobody said how much the meters behind bills miss, that still makes real losses less sure: by
    UNKNOWN_REGISTRATION_PCT of the billed rows (remote meters carry their own doubts).
    """
    settings = Settings(region, result.subject, result.start)
    found = []
    for name, kind in APPARENT.items():
        row = settings.row(name)
        if row is not None:
            volume = billed_m3 * row.value / 100.0
            sd = billed_m3 * row.plus_minus / 100.0 / Z95
            found.append(Part(kind, name, volume, spread_m3=sd, estimated_m3=volume))
        elif kind == "under_registration":
            from_bills = sum(part.volume_m3 for part in result.parts if part.name.startswith("billing.csv"))
            sd = from_bills * UNKNOWN_REGISTRATION_PCT / 100.0 / Z95
            found.append(Part(kind, "", 0.0, spread_m3=sd))
    return found
