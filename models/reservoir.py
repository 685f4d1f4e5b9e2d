"""Dams and tanks: stage and storage both ways, how full, for how long, how far from the minimum release."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.registry import Region, Reservoir

Floats = npt.NDArray[np.float64]

HOURS_A_DAY = 24.0


def storage_m3(reservoir: Reservoir, level_m: Floats) -> Floats:
    """Water stored at stages or levels [m³], straight between the curve's points, held at its ends.

    >>> tank = Reservoir("t", "T", "tank", "z", "", "p", "", "", "", 0, 4, "", ((0.0, 0.0), (4.0, 600.0)))
    >>> storage_m3(tank, np.array([1.0, 5.0])).tolist()
    [150.0, 600.0]
    """
    levels, storages = _curve(reservoir)
    return np.interp(level_m, levels, storages)


def stage_m(reservoir: Reservoir, stored_m3: Floats) -> Floats:
    """Stages or levels at which so much water is stored [m]: storage_m3 turned round.

    >>> tank = Reservoir("t", "T", "tank", "z", "", "p", "", "", "", 0, 4, "", ((0.0, 0.0), (4.0, 600.0)))
    >>> stage_m(tank, np.array([150.0])).tolist()
    [1.0]
    """
    levels, storages = _curve(reservoir)
    return np.interp(stored_m3, storages, levels)


def _curve(reservoir: Reservoir) -> tuple[Floats, Floats]:
    points = np.array(reservoir.curve or ((reservoir.bottom_m, 0.0), (reservoir.full_m, 0.0)), np.float64)
    return points[:, 0], points[:, 1]


def one_storage_m3(reservoir: Reservoir, level_m: float) -> float:
    """storage_m3 of one level."""
    return float(storage_m3(reservoir, np.array([level_m]))[0])


def full_pct(reservoir: Reservoir, level_m: float) -> float:
    """Storage above the bottom over the storage between bottom and full [%]; above 100 where it spills.

    >>> tank = Reservoir("t", "T", "tank", "z", "", "p", "", "", "", 0, 4, "", ((0.0, 0.0), (5.0, 750.0)))
    >>> full_pct(tank, 3.0)
    75.0
    """
    bottom, full = one_storage_m3(reservoir, reservoir.bottom_m), one_storage_m3(reservoir, reservoir.full_m)
    if full <= bottom:
        return 0.0
    return max(0.0, 100.0 * (one_storage_m3(reservoir, level_m) - bottom) / (full - bottom))


def usable_m3(reservoir: Reservoir, level_m: float) -> float:
    """Water above the bottom of the storage space [m³]: above the dead storage, where its top is known."""
    return max(0.0, one_storage_m3(reservoir, level_m) - one_storage_m3(reservoir, storage_bottom_m(reservoir)))


def storage_bottom_m(reservoir: Reservoir) -> float:
    """Stage below which nothing supplies anybody [m]: the top of the dead storage, else the bottom."""
    return reservoir.bottom_m if reservoir.dead_m is None else max(reservoir.bottom_m, reservoir.dead_m)


class Draw(NamedTuple):
    """What is drawn from a source for supply.

    draw_m3h : through supplies only (releases into the river are not part of it)
    coverage : share of the supplied towns (by their shares) whose net inflow is known
    """

    draw_m3h: float | None
    coverage: float


def supply_draw(region: Region, source: str, net_inflow_m3h: dict[str, float | None], moment: datetime) -> Draw:
    """Present draw from a source: Σ share · net inflow of the municipalities that it supplies [m³/h].

    net_inflow_m3h : by municipality, None or absent where it is not known
    """
    total, known, whole = 0.0, 0.0, 0.0
    for supply in region.supplies:
        begun = supply.valid_from is None or supply.valid_from <= moment
        ended = supply.valid_to is not None and supply.valid_to <= moment
        if supply.source != source or not begun or ended:
            continue
        whole += supply.share
        inflow = net_inflow_m3h.get(supply.municipality)
        if inflow is not None:
            known += supply.share
            total += supply.share * inflow
    if whole == 0.0 or known == 0.0:
        return Draw(None, 0.0)
    return Draw(total, known / whole)


def days_of_supply(reservoir: Reservoir, level_m: float, draw_m3h: float | None) -> float | None:
    """Days for which the water above the bottom lasts at a draw, with no inflow [d]; None without a draw.

    Hand-computed: 216 000 m³ above the bottom at 450 m³/h last 216 000 / (450 · 24) = 20 d.

    >>> dam = Reservoir("d", "D", "dam", "", "m", "p", "", "", "", 500, 540, "Bpv", ((500.0, 0.0), (540.0, 432_000.0)))
    >>> days_of_supply(dam, 520.0, 450.0)
    20.0
    """
    if draw_m3h is None or draw_m3h <= 0:
        return None
    return usable_m3(reservoir, level_m) / (draw_m3h * HOURS_A_DAY)


def hours_to_empty(reservoir: Reservoir, level_m: float, net_outflow_m3h: float | None) -> float | None:
    """Hours until a tank is empty at its present net outflow (outflow − inflow) [h]; None where it does not fall.

    >>> tank = Reservoir("t", "T", "tank", "z", "", "p", "", "", "", 0, 4, "", ((0.0, 0.0), (4.0, 600.0)))
    >>> hours_to_empty(tank, 2.0, 60.0)
    5.0
    """
    if net_outflow_m3h is None or net_outflow_m3h <= 0:
        return None
    return usable_m3(reservoir, level_m) / net_outflow_m3h


def release_margin_m3h(reservoir: Reservoir, release_m3h: float | None) -> float | None:
    """How far a dam's release lies above its ecological minimum (MZP) [m³/h]; negative: below it.

    None where either is not known. Source: Act 254/2001 Coll. (Water Act), section 36: minimum residual flow.
    """
    if release_m3h is None or reservoir.min_release_m3h is None:
        return None
    return release_m3h - reservoir.min_release_m3h


def rule_stage_m(reservoir: Reservoir, moment: datetime, tz: tzinfo) -> float | None:
    """Top of the storage space by the rule curve on a local day [m]; straight between its days, round the year."""
    if not reservoir.rule_curve:
        return None
    days = [day for day, _ in reservoir.rule_curve]
    stages = [stage for _, stage in reservoir.rule_curve]
    return float(np.interp(moment.astimezone(tz).timetuple().tm_yday, days, stages, period=365.25))
