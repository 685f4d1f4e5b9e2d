"""Water balance of a zone, municipality or region over local days or months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from models.records import Figure
from models.registry import Region
from models.rollup import Level, Rollup


class Amount(NamedTuple):
    """A volume with the share of its period (or of its parts) that data speak for."""

    volume_m3: float
    coverage: float


class Balance(NamedTuple):
    """The terms of a balance in m³. None: not available, `reason` (a translation key) says why.

    covered : share of connections with a remote meter or a billing row of their class
    """

    level: Level
    subject: str
    start: datetime
    end: datetime
    system_input_m3: float | None
    household_m3: float | None
    other_m3: float | None
    own_use_m3: float
    nrw_m3: float | None
    nrw_lower_m3: float | None
    nrw_upper_m3: float | None
    losses_m3: float | None
    covered: float
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
    """
    raise NotImplementedError


def amounts(rollups: Mapping[str, Sequence[Rollup]], start: datetime, end: datetime) -> dict[str, Amount]:
    """Amounts by subject from day rollups (consumption_m3 as volumes, net_inflow_m3h as means) in [start, end)."""
    raise NotImplementedError


def figures(result: Balance, period: Literal["day", "month"]) -> list[Figure]:
    """The balance as figures people quote."""
    raise NotImplementedError
