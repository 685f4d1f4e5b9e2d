"""Whether the balance knows how sure it is: simulated zone-months with redrawn meter errors, where truth is known.

Two figures of each term: the share of zone-months (of all repeats) whose 95 % interval holds the truth, and the
half-width over half of what 95 % of the repeats spread over (1.96 standard deviations of value less truth), zone-month
by zone-month. Once with what meters' types permit, once with what the sample region's balance_inputs.csv states.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import numpy as np

from bench.truth_study import TERMS, Outcome, Study
from models.calendar import month_bounds
from models.registry import Region
from smartvoda import regions
from smartvoda.sample import sample_region

WATER_SEED = 1
FIRST_DRAW = 1_000
REPEATS, REPEATS_STATED = 50, 40
MONTHS = ((2026, 5), (2026, 10))
Z95 = 1.96
HELD, RATIO = (0.90, 0.99), (0.8, 1.2)

Row = dict[str, object]


class Verdict(NamedTuple):
    """What repeats say of one term's intervals.

    held : share of intervals that hold the truth; ratio : half-width over spread, one a zone-month
    """

    held: float
    ratio: np.ndarray

    @property
    def within(self) -> float:
        """Share of zone-months whose half-width is near the spread."""
        return float(np.mean((self.ratio >= RATIO[0]) & (self.ratio <= RATIO[1])))


def rows() -> Iterator[Row]:
    region = regions.load(sample_region())
    plain = replace(region, balance_inputs=())
    for name, of, months, repeats in (
        ("by types", plain, MONTHS, REPEATS),
        ("as stated", region, MONTHS[:1], REPEATS_STATED),
    ):
        found = judged(outcomes(of, months, range(FIRST_DRAW, FIRST_DRAW + repeats)))
        for term, verdict in found.items():
            low, high = np.quantile(verdict.ratio, (0.05, 0.95))
            count = f"{len(verdict.ratio)} zone-months x {repeats}"
            yield {
                "name": f"truth {name}: {term} inside",
                "ours": verdict.held,
                "unit": count,
                "goal": f"goal {HELD[0]}–{HELD[1]}",
            }
            yield {
                "name": f"truth {name}: {term} half-width / spread, median",
                "ours": float(np.median(verdict.ratio)),
                "unit": f"({low:.2f}–{high:.2f}), {verdict.within:.0%} of zone-months in goal",
                "goal": f"{RATIO[0]}–{RATIO[1]}",
            }


def outcomes(
    region: Region, months: Iterable[tuple[int, int]], draws: Sequence[int], zones: Sequence[str] | None = None
) -> Iterator[Outcome]:
    """All outcomes of a region's zones over local months."""
    spans = [month_bounds(year, month, region.tz) for year, month in months]
    return Study(region, WATER_SEED, draws, zones).run(spans)


def judged(found: Iterable[Outcome]) -> dict[str, Verdict]:
    """Verdicts by term."""
    inside: dict[str, list[bool]] = defaultdict(list)
    errors: dict[tuple[str, str, datetime], list[float]] = defaultdict(list)
    widths: dict[tuple[str, str, datetime], list[float]] = defaultdict(list)
    for one in found:
        error = one.value_m3 - one.truth_m3
        inside[one.term].append(abs(error) <= one.half_width_m3)
        errors[one.term, one.zone, one.month].append(error)
        widths[one.term, one.zone, one.month].append(one.half_width_m3)
    ratios: dict[str, list[float]] = defaultdict(list)
    for key, several in errors.items():
        ratios[key[0]].append(float(np.mean(widths[key]) / (Z95 * np.std(several, ddof=1))))
    return {term: Verdict(float(np.mean(inside[term])), np.array(ratios[term])) for term in TERMS if term in inside}
