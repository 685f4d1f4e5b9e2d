"""What state a dam is in: its storage against the rule curve of the day, and against the season of earlier years."""

from __future__ import annotations

from datetime import datetime, tzinfo
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.registry import Reservoir
from models.reservoir import one_storage_m3, rule_stage_m, usable_m3

Floats = npt.NDArray[np.float64]


class Drought(StrEnum):
    """States of a dam's storage."""

    NONE = "none"
    WATCH = "watch"
    DROUGHT = "drought"
    SEVERE = "severe"


STEPS = ((0.85, Drought.NONE), (0.70, Drought.WATCH), (0.50, Drought.DROUGHT))
"""Least share of the storage below the rule curve's level of the day at which each state holds; below the last SEVERE.

These steps are this program's own: a dam's operating rules (manipulační řád) set its own, and none was seen here."""


class Space(NamedTuple):
    """A space of a dam between two stages [m]: its volume and how much of it is filled [m³].

    name : dead, storage, flood (controllable) or surcharge (uncontrollable)
    """

    name: str
    low_m: float
    high_m: float
    volume_m3: float
    filled_m3: float


def spaces(reservoir: Reservoir, level_m: float, moment: datetime, tz: tzinfo) -> list[Space]:
    """The spaces of a dam on a local day, from below; those whose top nobody gives are left out.

    Stálé nadržení up to dead_m, zásobní prostor up to the rule curve's level of the day (full where there is no curve),
    ochranný ovladatelný prostor up to flood_m, neovladatelný up to crest_m. Names after ČSN 75 0120 as Czech water
    management uses them; the standard was not seen.

    >>> from datetime import UTC
    >>> dam = Reservoir("d", "D", "dam", "", "m", "p", "", "", "", 500, 540, "Bpv", ((500.0, 0.0), (550.0, 500.0)),
    ...     ((1, 530.0),), dead_m=510.0, flood_m=540.0)
    >>> [(one.name, one.volume_m3, one.filled_m3) for one in spaces(dam, 525.0, datetime(2026, 5, 1, tzinfo=UTC), UTC)]
    [('dead', 100.0, 100.0), ('storage', 200.0, 150.0), ('flood', 100.0, 0.0)]
    """
    rule = rule_stage_m(reservoir, moment, tz)
    top = reservoir.full_m if rule is None else rule
    tops = (
        ("dead", reservoir.dead_m),
        ("storage", top),
        ("flood", reservoir.flood_m),
        ("surcharge", reservoir.crest_m),
    )
    found, low = [], reservoir.bottom_m
    for name, high in tops:
        if high is None or high < low:
            continue
        below, above = one_storage_m3(reservoir, low), one_storage_m3(reservoir, high)
        stored = one_storage_m3(reservoir, level_m)
        found.append(Space(name, low, high, above - below, min(max(stored - below, 0.0), above - below)))
        low = high
    return found


def rule_share(reservoir: Reservoir, level_m: float, moment: datetime, tz: tzinfo) -> float | None:
    """Water above the dead storage over that at the rule curve's level of the day; None without a rule curve.

    >>> from datetime import UTC
    >>> dam = Reservoir("d", "D", "dam", "", "m", "p", "", "", "", 500, 540, "Bpv", ((500.0, 0.0), (540.0, 432_000.0)),
    ...     ((1, 530.0),))
    >>> rule_share(dam, 515.0, datetime(2026, 5, 1, tzinfo=UTC), UTC)
    0.5
    """
    rule = rule_stage_m(reservoir, moment, tz)
    if rule is None:
        return None
    meant = usable_m3(reservoir, rule)
    return usable_m3(reservoir, level_m) / meant if meant > 0 else None


def drought_state(share: float | None) -> Drought | None:
    """The state at a share of what the rule curve means to hold that day; None where it is not known.

    >>> [drought_state(share).value for share in (1.1, 0.8, 0.6, 0.2)], drought_state(None)
    (['none', 'watch', 'drought', 'severe'], None)
    """
    if share is None:
        return None
    return next((state for least, state in STEPS if share >= least), Drought.SEVERE)


def season_rank(storage_m3: float, same_season_m3: Floats) -> float | None:
    """Share of the storages of the same season of earlier years that lay below, 0–1; None where none is known.

    >>> season_rank(3.0, np.array([1.0, 2.0, 4.0, np.nan]))
    0.6666666666666666
    """
    known = same_season_m3[np.isfinite(same_season_m3)]
    return float((known < storage_m3).mean()) if known.size else None
