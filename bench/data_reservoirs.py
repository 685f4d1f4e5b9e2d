"""Reservoirs of the upper Snake River, daily, five years: how balances close, and how far a month ahead can be told.

Balance: the residual of measured storage, inflow and outflow. Forecast: storage 30 days ahead from rolling origins, by
`models.storage_forecast`, which sees only days up to the origin and learns from years before it; scored by CRPS against
persistence (the storage stays) and climatology (storages of the same season of the same earlier years). The uncertainty
of a mean difference comes from a moving-block bootstrap: origins of one season err together.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.claims import Claim
from models.crps import ensemble_crps
from models.reservoir_balance import closure, residual_m3
from models.storage_forecast import LEAST_YEARS, NEIGHBOURS_D, RECENT_D, YEAR_D, storage_forecast

Floats = npt.NDArray[np.float64]

TABLE = "snake_2009_2013.csv.gz"
ORIGIN_STEP_D = 7
LEADS_D = (7, 30, 90)
CLAIMED_D = 30
BLOCK_D = 91
"""Days of origins that are drawn together: errors of one season are alike."""
DRAWS = 4000
MILLION = 1e6


class Scores(NamedTuple):
    """CRPS [m³] at each origin; covered : whether the truth lay within the 80 % band."""

    ours: Floats
    persistence: Floats
    climatology: Floats
    covered: npt.NDArray[np.bool_]


def report(folder: Path) -> Iterator[str | Claim]:
    """Balances, then forecasts, reservoir by reservoir."""
    table = pd.read_csv(folder / TABLE)
    names = [column[2:-3] for column in table.columns if column.startswith("V_")]
    yield from _balances(table, names)
    yield from _forecasts(table, names)


def _balances(table: pd.DataFrame, names: list[str]) -> Iterator[str | Claim]:
    yield "residual = storage change − (inflow − outflow), by day; rain and evaporation are not in the table"
    yield f"{'reservoir':<16}{'days':>6}{'inflow':>12}{'residual':>12}{'residual':>11}{'worst day':>13}{'negative':>10}"
    yield f"{'':<22}{'mil. m³':>12}{'mil. m³':>12}{'% of inflow':>11}{'% of inflow':>13}{'inflows':>10}"
    found = {}
    for name in names:
        storage, inflow, outflow = (
            table[column].to_numpy(np.float64) for column in (f"V_{name}_m3", f"Qin_{name}_m3d", f"Qout_{name}_m3d")
        )
        # Storage is that of the day's end: the flows of a day explain what it has more than the day before.
        residual = residual_m3(np.diff(storage), inflow[1:], outflow[1:])
        closed = found[name] = closure(residual, inflow[1:])
        negative = int((inflow[1:] < 0).sum())
        yield (
            f"{name:<16}{closed.steps:>6}{closed.inflow_m3 / MILLION:>12.0f}{closed.residual_m3 / MILLION:>12.2f}"
            f"{closed.residual_pct or 0.0:>11.3f}{closed.worst_pct:>13.4g}{negative:>10}"
        )
    tight = found["Jackson"]
    yield Claim(
        "Jackson's residual is below 1 % of inflow on all days", tight.worst_pct < 1.0, f"{tight.worst_pct:.4f} %"
    )
    loose = found["Minidoka"]
    figure = f"{loose.residual_m3 / MILLION:.0f} mil. m³, {loose.residual_pct or 0.0:.1f} % of inflow"
    yield Claim(
        "Minidoka's balance does not close, and the misfit is told", abs(loose.residual_pct or 0.0) > 1.0, figure
    )


def _forecasts(table: pd.DataFrame, names: list[str]) -> Iterator[str | Claim]:
    yield ""
    yield (
        f"forecast of storage: mean CRPS in mil. m³, origins every {ORIGIN_STEP_D} days with {LEAST_YEARS} earlier "
        f"years or more; less: by how much ours is less, with its 95 % interval (blocks of {BLOCK_D} days)"
    )
    head = f"{'reservoir':<16}{'lead d':>7}{'origins':>9}{'ours':>9}{'persist.':>10}{'less':>26}{'climat.':>10}"
    yield head + f"{'less':>26}{'in 80 %':>9}"
    claims = []
    for name in names:
        storage = table[f"V_{name}_m3"].to_numpy(np.float64)
        for lead in LEADS_D:
            scores = rolling(storage, lead)
            ours, still, season = (float(part.mean()) / MILLION for part in scores[:3])
            gains = [interval(other - scores.ours) for other in (scores.persistence, scores.climatology)]
            told = [f"{mean / MILLION:.2f} ({low / MILLION:.2f} … {high / MILLION:.2f})" for mean, low, high in gains]
            yield (
                f"{name:<16}{lead:>7}{len(scores.ours):>9}{ours:>9.2f}{still:>10.2f}{told[0]:>26}{season:>10.2f}"
                f"{told[1]:>26}{scores.covered.mean():>9.0%}"
            )
            if lead == CLAIMED_D:
                figure = f"{ours:.2f} against {still:.2f} and {season:.2f} mil. m³"
                what = f"{name}, {lead} days ahead: mean CRPS below persistence's and climatology's"
                claims.append(Claim(what, ours < min(still, season), figure))
    yield from claims


def rolling(storage_m3: Floats, lead_d: int) -> Scores:
    """Scores from every origin that has enough earlier years and whose truth is known.

    Bottom and full are what the record up to the origin has seen: the table names neither.
    """
    rows = []
    for origin in range(0, len(storage_m3) - lead_d, ORIGIN_STEP_D):
        seen = storage_m3[: origin + 1]
        found = storage_forecast(seen, origin, lead_d, float(seen.min()), float(seen.max()))
        if found is None:
            continue
        truth = float(storage_m3[origin + lead_d])
        low, high = found.quantiles_m3(np.array([0.1, 0.9]))[:, -1]
        season = ensemble_crps(seen[same_season(origin, lead_d)], truth)
        ours = ensemble_crps(found.members_m3[:, -1], truth, found.weights)
        rows.append((float(ours), abs(float(seen[origin]) - truth), float(season), low <= truth <= high))
    columns = np.array(rows, np.float64).T
    return Scores(columns[0], columns[1], columns[2], columns[3].astype(bool))


def same_season(origin: int, lead_d: int) -> npt.NDArray[np.int64]:
    """Days of earlier years as far into their year as the target, and a fortnight around, as in the ensemble."""
    back = [round(YEAR_D * years) for years in range(1, int(origin / YEAR_D) + 2)]
    starts = (origin - np.array(back)[:, None] + NEIGHBOURS_D).ravel()
    inside = (starts >= RECENT_D) & (starts + lead_d <= origin)
    return np.asarray(starts[inside] + lead_d)


def interval(gain: Floats) -> tuple[float, float, float]:
    """Mean of a series of differences and its 95 % interval by a circular moving-block bootstrap.

    Source: Künsch, The jackknife and the bootstrap for general stationary observations, Ann. Stat. 17 (1989), and
    Politis and Romano, A circular block-resampling procedure (1992); neither seen here.
    """
    block = min(max(1, BLOCK_D // ORIGIN_STEP_D), len(gain))
    random = np.random.default_rng(1)
    starts = random.integers(0, len(gain), (DRAWS, -(-len(gain) // block)))
    drawn = (starts[..., None] + np.arange(block)).reshape(DRAWS, -1)[:, : len(gain)] % len(gain)
    low, high = np.quantile(gain[drawn].mean(axis=1), [0.025, 0.975])
    return float(gain.mean()), float(low), float(high)
