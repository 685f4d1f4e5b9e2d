"""How valid each input of a balance is, from 1 (guessed) to 10 (measured, verified, complete).

After the data grading of AWWA's Free Water Audit Software, whose matrix asks for practices of a utility (seen as
reprinted on businessdocbox.com, document 114220586). A program can't see practices: the grades here come from what the
registry and the data tell, by the rules in this file, and can't be compared with AWWA's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from models.balance.inputs import (
    CONNECTIONS_ERROR,
    DATA_ERRORS,
    MAINS_ERROR,
    PRESSURE_ERROR,
    SERVICE_ERROR,
    THEFT,
    UNDER_REGISTRATION,
    Settings,
)
from models.balance.loss_indicators import Network
from models.balance.meters import meter_doubt
from models.balance.terms import Balance
from models.balance.uncertainty import Kind
from models.registry import Region

STEPS = ((0.99, 9), (0.97, 8), (0.95, 7), (0.9, 6), (0.75, 5), (0.5, 4), (0.0001, 3))
"""Least share of a volume that is measured by verified meters (or read bills), and the grade for it."""
LETTERS = {"A": 9, "B": 7, "C": 5, "D": 3, "E": 1}
"""What a letter in balance_inputs.csv means; a number from 1 to 10 means itself."""
NOTHING, LOGGED, REGISTRY, MEASURED = 1, 5, 6, 9


class Grade(NamedTuple):
    """The validity of one input.

    name : the term or setting; grade : 1–10; share : of the volume that is measured, None where it is no volume
    weight : the volume that it stands for [m³], 0 where it is none
    """

    name: str
    grade: int
    share: float | None = None
    weight: float = 0.0


def grades(region: Region, result: Balance, network: Network, pressure_measured: bool = False) -> tuple[Grade, ...]:
    """The validity of each input of a balance."""
    settings = Settings(region, result.subject, result.start)
    return (
        _measured(region, result, "system_input_m3", ("input",)),
        _measured(region, result, "household_m3", ("household",)),
        _measured(region, result, "other_m3", ("other",)),
        _unbilled(result, "own_use_m3", "own_use"),
        _unbilled(result, "fire_m3", "fire"),
        *(Grade(name, _stated(settings, name, NOTHING)) for name in (UNDER_REGISTRATION, DATA_ERRORS, THEFT)),
        Grade(MAINS_ERROR, _stated(settings, MAINS_ERROR, REGISTRY if network.mains_km else NOTHING)),
        Grade(CONNECTIONS_ERROR, _stated(settings, CONNECTIONS_ERROR, REGISTRY if network.connections else NOTHING)),
        Grade(SERVICE_ERROR, _stated(settings, SERVICE_ERROR, LOGGED if network.service_private_km else NOTHING)),
        Grade(PRESSURE_ERROR, _stated(settings, PRESSURE_ERROR, _pressure(network, pressure_measured))),
    )


def _pressure(network: Network, measured: bool) -> int:
    if network.pressure_m is None:
        return NOTHING
    return MEASURED if measured else LOGGED


def score(found: Sequence[Grade]) -> float | None:
    """Validity of the whole, 10–100: the mean of the volumes' grades, weighed by volume, times ten.

    Hand-computed: input 1000 m³ of grade 9, billed 800 m³ of grade 5: 10 · (9000 + 4000) / 1800 = 72.2.

    >>> round(score([Grade("a", 9, 1.0, 1000.0), Grade("b", 5, 1.0, 800.0), Grade("c", 1)]), 1)
    72.2
    """
    weight = sum(item.weight for item in found)
    return 10.0 * sum(item.grade * item.weight for item in found) / weight if weight > 0 else None


def _measured(region: Region, result: Balance, name: str, kinds: tuple[Kind, ...]) -> Grade:
    """By the share of the volume that verified meters or read bills measured."""
    parts = [part for part in result.parts if part.of in kinds]
    whole = sum(abs(part.volume_m3) for part in parts)
    if whole <= 0:
        return Grade(name, NOTHING)
    sure = sum(
        max(0.0, abs(part.volume_m3) - part.estimated_m3)
        for part in parts
        if part.name not in region.device or not meter_doubt(region, part.name, result.end).overdue
    )
    share = sure / whole
    return Grade(name, next((grade for least, grade in STEPS if share >= least), NOTHING), share, whole)


def _unbilled(result: Balance, name: str, kind: Kind) -> Grade:
    """Metered own use is a measurement, a log an estimate, and no entry at all is more likely forgotten than true."""
    parts = [part for part in result.parts if part.of == kind]
    whole = sum(part.volume_m3 for part in parts)
    if whole <= 0:
        return Grade(name, 2)
    share = 1.0 - sum(part.estimated_m3 for part in parts) / whole
    return Grade(name, MEASURED if share > 0.9 else LOGGED, share, whole)


def _stated(settings: Settings, name: str, otherwise: int) -> int:
    row = settings.row(name)
    if row is None:
        return otherwise
    said = row.grade.strip().upper()
    if said.isdigit() and 1 <= int(said) <= 10:
        return int(said)
    return LETTERS.get(said[:1], LOGGED)


class OverdueMeter(NamedTuple):
    """A meter of a balance past its verification; until None: nobody said until when it holds."""

    device: str
    point: str
    until: datetime | None
    volume_m3: float


def overdue_meters(region: Region, result: Balance) -> tuple[OverdueMeter, ...]:
    """Meters of the balance whose verification ended before the period did, the largest volume first."""
    found = []
    for part in result.parts:
        device = region.device.get(part.name)
        if device is not None and meter_doubt(region, part.name, result.end).overdue:
            point = region.point_of(part.name, result.start) or region.point_of(part.name, result.end)
            found.append(
                OverdueMeter(part.name, point.point if point else "", device.verified_until, abs(part.volume_m3))
            )
    return tuple(sorted(found, key=lambda item: -item.volume_m3))
