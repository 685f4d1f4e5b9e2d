"""The chain of a Czech waterworks' return, kept apart from the IWA's terms and never mapped one to one to them.

Voda vyrobená určená k realizaci (VVR) = vyrobená + převzatá − předaná; voda fakturovaná (domácnosti, ostatní); voda
nefakturovaná = VVR − fakturovaná = ztráty v trubní síti + vlastní spotřeba + ostatní. Ztráty v trubní síti also hold
what meters do not register and what is stolen: "ztráty vody způsobené únikem v důsledku netěsnosti … ztráty vzniklé
nepřesností vodoměrů … a ztráty způsobené odcizením" (after the Czech Statistical Office's indicator 5743, seen): they
are neither the IWA's real losses nor its water losses. Jednotkový únik is told per km of mains; after ČSN 75 5020:2023,
which was not seen here: lengths are as they are, not converted to a diameter.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from models.balance.customers import LEAST_COVERED
from models.balance.loss_indicators import Bounded, Network
from models.balance.quoted import Quoter
from models.balance.terms import UNCOVERED, Balance
from models.balance.uncertainty import Kind, Part, spread
from models.boundary import boundary
from models.records import Figure, FigurePeriod
from models.registry import Region

NO_METERS = "balance.no_boundary_meters"


class CzechReturn(NamedTuple):
    """Volumes of a return [m³]; None: not available, `reason` says why.

    produced_m3, taken_m3, handed_m3 : vyrobená, převzatá, předaná
    vvr_m3 : voda vyrobená určená k realizaci; a change of tanks is no part of it
    household_m3, other_m3, billed_m3 : fakturovaná domácnostem, ostatním, together: what bills and remote meters say;
        nothing is added for connections without either
    unbilled_m3 : nefakturovaná; losses_m3 : ztráty v trubní síti; own_use_m3 : vlastní spotřeba; rest_m3 : ostatní
    unit_leakage_m3kmd : jednotkový únik [m³ per km of mains and day]
    """

    produced_m3: float
    taken_m3: float
    handed_m3: float
    vvr_m3: float | None
    household_m3: float | None
    other_m3: float | None
    billed_m3: float | None
    unbilled_m3: float | None
    losses_m3: float | None
    own_use_m3: float
    rest_m3: float
    unit_leakage_m3kmd: float | None
    reason: str = ""


def czech_return(region: Region, result: Balance, network: Network) -> CzechReturn:
    """The return's chain from the volumes that a balance is made of.

    Water that another zone of the registry hands over is převzatá, all other inflow counts as vyrobená: that it was
    bought from someone outside the registry can't be seen there.
    """
    sources = list(_sources(region, result))
    produced = sum(part.volume_m3 for kind, part in sources if kind == "produced")
    taken = sum(part.volume_m3 for kind, part in sources if kind == "taken")
    handed = -sum(part.volume_m3 for kind, part in sources if kind == "handed")
    own = result.own_use_m3
    nothing = CzechReturn(produced, taken, handed, None, None, None, None, None, None, own, result.fire_m3, None)
    if not sources:
        return nothing._replace(reason=result.reason or NO_METERS)
    vvr = produced + taken - handed
    if result.reason or result.covered < LEAST_COVERED:
        return nothing._replace(vvr_m3=vvr, reason=result.reason or "balance.too_few_covered")
    home, other = _billed(result, "household"), _billed(result, "other")
    unbilled = vvr - home - other
    losses = unbilled - own - result.fire_m3
    days = (result.end - result.start) / timedelta(days=1)
    return nothing._replace(
        vvr_m3=vvr,
        household_m3=home,
        other_m3=other,
        billed_m3=home + other,
        unbilled_m3=unbilled,
        losses_m3=losses,
        unit_leakage_m3kmd=losses / network.mains_km / days if network.mains_km > 0 else None,
    )


def _billed(result: Balance, kind: Kind) -> float:
    return sum(part.volume_m3 for part in result.parts if part.of == kind and part.name != UNCOVERED)


def _sources(region: Region, result: Balance) -> Iterator[tuple[str, Part]]:
    """Each boundary meter's part, as produced, taken over or handed over."""
    around = boundary(region, result.level, result.subject, result.start)
    handed_over = {point for zone in region.zones for point in zone.outflows}
    for part in result.parts:
        if part.of != "input" or part.name not in region.device:
            continue
        points = {item.point for item in region.assignments_of_device.get(part.name, ())}
        if points & set(around.outflows):
            yield "handed", part
        else:
            yield ("taken" if points & handed_over else "produced"), part


def return_figures(region: Region, result: Balance, period: FigurePeriod, network: Network) -> list[Figure]:
    """The return as figures people quote, each with the interval of the volumes that it is made of."""
    found = czech_return(region, result, network)
    quote = Quoter(result, period)
    parts = list(_sources(region, result))
    put_in = spread((part for _, part in parts), {"input": 1.0}).half_width_m3
    billed = [part for part in result.parts if part.of in ("household", "other") and part.name != UNCOVERED]
    chain = [part for _, part in parts] + billed
    unbilled = spread(chain, {"input": 1.0, "household": -1.0, "other": -1.0}).half_width_m3
    unbilled_parts = [part for part in result.parts if part.of in ("own_use", "fire")]
    signs: dict[Kind, float] = {"input": 1.0, "household": -1.0, "other": -1.0, "own_use": -1.0, "fire": -1.0}
    losses = spread([*chain, *unbilled_parts], signs).half_width_m3
    days = (result.end - result.start) / timedelta(days=1)
    per_km = losses / network.mains_km / days if network.mains_km > 0 else 0.0
    values: dict[str, tuple[float | None, float]] = {
        "cz_produced_m3": (found.produced_m3 if parts else None, 0.0),
        "cz_taken_m3": (found.taken_m3 if parts else None, 0.0),
        "cz_handed_m3": (found.handed_m3 if parts else None, 0.0),
        "cz_vvr_m3": (found.vvr_m3, put_in),
        "cz_household_m3": (found.household_m3, 0.0),
        "cz_other_m3": (found.other_m3, 0.0),
        "cz_billed_m3": (found.billed_m3, 0.0),
        "cz_unbilled_m3": (found.unbilled_m3, unbilled),
        "cz_losses_m3": (found.losses_m3, losses),
        "cz_own_use_m3": (found.own_use_m3, 0.0),
        "cz_rest_m3": (found.rest_m3, 0.0),
        "cz_unit_leakage_m3kmd": (found.unit_leakage_m3kmd, per_km),
    }
    return [
        quote.figure(name, None if value is None else Bounded(value, half), found.reason)
        for name, (value, half) in values.items()
    ]


RETURN = (
    "cz_produced_m3",
    "cz_taken_m3",
    "cz_handed_m3",
    "cz_vvr_m3",
    "cz_household_m3",
    "cz_other_m3",
    "cz_billed_m3",
    "cz_unbilled_m3",
    "cz_losses_m3",
    "cz_own_use_m3",
    "cz_rest_m3",
    "cz_unit_leakage_m3kmd",
)
"""Everything that the return is quoted by, in the order of its chain."""
