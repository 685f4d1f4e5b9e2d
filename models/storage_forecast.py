"""Storage of a reservoir in the days to come: the courses of earlier years, applied to what is stored now.

An ensemble in the manner of extended streamflow prediction (after Day, Extended streamflow forecasting using NWSRFS,
J. Water Resour. Plann. Manage. 111 (1985), not seen here): what happened to the storage from this day of the year on in
each earlier year may happen again. A course is taken from each of some neighbouring days of each year. How much of the
difference between now and then lasts is not known beforehand, so several answers are tried (`ANSWERS`) and weighted by
how well each would have foretold the earlier years from each other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.crps import ensemble_crps, weighted_quantiles

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

YEAR_D = 365.25
LEADS_D = (7, 30, 90)
"""Days ahead for which figures are quoted, and at which the answers are weighted."""
NEIGHBOURS_D = np.arange(-15, 16, 3)
"""Days around the same day of an earlier year at which a course begins: a month, in which the season is the same."""
RECENT_D = 7
"""Days over which the present change of storage is taken: a week evens out how dams are worked day by day."""
LEAST_YEARS = 2
"""Earlier years below which there are no bands: a single year says nothing about how far years differ."""
MANY_YEARS = 5
"""Earlier years from which on bands are not known to be too narrow: tried with two to four, 80 % bands held less."""
HINDCAST_STEP_D = 10
SHARPNESS = 3.0
"""How quickly an answer loses weight, per earlier year and relative loss of score."""


class Answer(NamedTuple):
    """How differences between this year and an earlier one fade.

    storage_d : e-folding time of a difference of storage [d], infinite where it lasts (pure balance of volumes)
    change_d : e-folding time of a difference of the recent change of storage [d], 0 where it is gone at once
    """

    storage_d: float
    change_d: float

    def kept(self, lead_d: Floats) -> tuple[Floats, Floats]:
        """What a difference of storage is multiplied by after so many days, and one of change [d]."""
        stays = np.exp(-lead_d / self.storage_d)
        runs = self.change_d * -np.expm1(-lead_d / self.change_d) if self.change_d else np.zeros_like(lead_d)
        return stays, runs


ANSWERS = tuple(Answer(storage_d, change_d) for storage_d in (np.inf, 30.0) for change_d in (0.0, 10.0, 30.0))


class StorageForecast(NamedTuple):
    """A storage's distribution over the days to come.

    years : earlier years that speak; courses : how many courses they give
    lead_d : (d,), 1, 2, … days ahead
    members_m3 : (courses · answers, d), bounded by bottom and full; weights : of the members, summing to 1
    spilled_m3 : (courses · answers, d), what each member has spilled until each day
    """

    years: int
    courses: int
    lead_d: Ints
    members_m3: Floats
    weights: Floats
    spilled_m3: Floats

    def quantiles_m3(self, levels: Floats) -> Floats:
        """Storages below which the members lie with these probabilities, (levels, days) [m³]."""
        return weighted_quantiles(self.members_m3, self.weights, levels)

    def chance(self, happens: npt.NDArray[np.bool_]) -> float:
        """Weight of the members of which something is true, 0–1; happens : one truth for each member."""
        return float(self.weights[happens].sum())


def earlier_years(storage_m3: Floats, origin: int, horizon_d: int) -> int:
    """How many earlier years hold a course from the origin's day of the year over the horizon."""
    return len(np.unique(_courses(storage_m3, origin, horizon_d)[1]))


def storage_forecast(
    storage_m3: Floats, origin: int, horizon_d: int, bottom_m3: float, full_m3: float
) -> StorageForecast | None:
    """Forecast from a day on; None with fewer than LEAST_YEARS earlier years, or where the origin itself is not known.

    storage_m3 : one value a day without a hole in its days, NaN where it is not known; origin : index of the last day
    that is used. Nothing after the origin is looked at; courses come from years before it only.
    bottom_m3, full_m3 : no member leaves them; what would lie above full is spilled

    member(h) = S_then(h) + e^(−h/τ) · (S_now − S_then) + T · (1 − e^(−h/T)) · (C_now − C_then), where C is the mean
    change a day over the last RECENT_D days and (τ, T) is an Answer. With τ infinite and T = 0 that is the present
    storage plus the earlier year's inflow − outflow.
    """
    past = storage_m3[: origin + 1]
    starts, back = _courses(past, origin, horizon_d)
    recent = _recent_change(past)
    years = len(np.unique(back))
    if years < LEAST_YEARS or np.isnan(recent[origin]):
        return None
    lead = np.arange(1, horizon_d + 1)
    then = past[starts[:, None] + lead]
    differs = past[origin] - past[starts], recent[origin] - recent[starts]
    kept = [one.kept(lead.astype(np.float64)) for one in ANSWERS]
    free = np.concatenate([_widened(_members(then, *differs, *one), back) for one in kept])
    members, spilled = _bounded(free, past[origin], bottom_m3, full_m3)
    weights = np.repeat(answer_weights(past, origin, horizon_d, years, (bottom_m3, full_m3)), len(starts))
    return StorageForecast(years, len(starts), lead, members, weights / weights.sum(), spilled)


def answer_weights(past_m3: Floats, origin: int, horizon_d: int, years: int, bounds_m3: tuple[float, float]) -> Floats:
    """Weight of each of ANSWERS, summing to 1: e^(−SHARPNESS · years · relative loss) of its mean score in hindcast.

    Each earlier year is foretold from the other earlier ones, every HINDCAST_STEP_D days, at those of LEADS_D that lie
    within the horizon. The relative loss is score over the best answer's score, less 1, averaged over the leads. With
    few years the weights stay close to each other: they are then learnt from little.
    """
    recent = _recent_change(past_m3)
    newest = origin - round(YEAR_D) + int(NEIGHBOURS_D.max())
    losses = []
    for lead in [day for day in LEADS_D if day <= horizon_d] or [horizon_d]:
        scores = _hindcast_scores(past_m3, recent, newest, lead, bounds_m3)
        if scores is not None:
            losses.append(scores / max(float(scores.min()), 1e-9) - 1.0)
    if not losses:
        return np.full(len(ANSWERS), 1.0 / len(ANSWERS))
    weights = np.exp(-SHARPNESS * years * np.mean(losses, axis=0))
    return np.asarray(weights / weights.sum())


def _hindcast_scores(
    past_m3: Floats, recent: Floats, newest: int, lead_d: int, bounds_m3: tuple[float, float]
) -> Floats | None:
    """Mean CRPS of each answer at a lead over hindcasts inside the earlier years; None where there are none.

    newest : no course that is used begins after it
    """
    kept = [one.kept(np.array([float(lead_d)])) for one in ANSWERS]
    found = []
    for start in range(newest, RECENT_D - 1, -HINDCAST_STEP_D):
        truth = past_m3[start + lead_d]
        if np.isnan(truth + recent[start]):
            continue
        others = _like_days(start, newest)
        others = others[~np.isnan(past_m3[others + lead_d] + recent[others])]
        if len(others) == 0:
            continue
        then = past_m3[others + lead_d][:, None]
        differs = past_m3[start] - past_m3[others], recent[start] - recent[others]
        members = np.stack([_members(then, *differs, *one)[:, 0] for one in kept])
        found.append(ensemble_crps(np.clip(members, *bounds_m3), np.full(len(ANSWERS), truth)))
    return np.mean(found, axis=0) if found else None


def _members(then_m3: Floats, storage_m3: Floats, change_m3d: Floats, stays: Floats, runs: Floats) -> Floats:
    """Courses of earlier years, moved by what of the differences is left on each day."""
    return np.asarray(then_m3 + storage_m3[:, None] * stays + change_m3d[:, None] * runs)


def _widened(members_m3: Floats, of_year: Ints) -> Floats:
    """Courses with the means of their n years drawn apart by √((n + 1) / (n − 1)) around the mean of all.

    So far apart a new year is expected to lie from the mean of n seen ones, by their spread: variance s² · (1 + 1/n),
    s² = n / (n − 1) times the mean square (elementary; the prediction interval of a normal sample). What differs inside
    a year stays as it is.
    """
    years, place = np.unique(of_year, return_inverse=True)
    means = np.stack([members_m3[place == row].mean(axis=0) for row in range(len(years))])
    factor = np.sqrt((len(years) + 1) / (len(years) - 1))
    return np.asarray(members_m3 + (factor - 1.0) * (means - means.mean(axis=0))[place])


def _like_days(start: int, newest: int) -> Ints:
    """Days of the same season of all other years, none after `newest`."""
    years = int(max(start, newest - start) / YEAR_D) + 1
    away = np.array([round(YEAR_D * back) for back in range(-years, years + 1) if back])
    days = (start + away[:, None] + NEIGHBOURS_D).ravel()
    return np.asarray(days[(days >= RECENT_D) & (days <= newest)])


def _courses(past_m3: Floats, origin: int, horizon_d: int) -> tuple[Ints, Ints]:
    """Starts of the courses of earlier years that are known over the horizon and end by the origin; years back."""
    back = np.arange(1, int(origin / YEAR_D) + 2)
    away = np.array([round(YEAR_D * years) for years in back.tolist()])
    starts = (origin - away[:, None] + NEIGHBOURS_D).ravel()
    of_year = np.repeat(back, len(NEIGHBOURS_D))
    inside = (starts >= RECENT_D) & (starts + horizon_d <= origin)
    starts, of_year = starts[inside], of_year[inside]
    known = ~np.isnan(past_m3[starts[:, None] + np.arange(-RECENT_D, horizon_d + 1)]).any(axis=1)
    return starts[known], of_year[known]


def _recent_change(past_m3: Floats) -> Floats:
    """Mean change a day over the last RECENT_D days at each day [m³/d]; NaN where it is not known."""
    change = np.full(past_m3.shape, np.nan)
    change[RECENT_D:] = (past_m3[RECENT_D:] - past_m3[:-RECENT_D]) / RECENT_D
    return change


def _bounded(free_m3: Floats, start_m3: float, bottom_m3: float, full_m3: float) -> tuple[Floats, Floats]:
    """Courses that spill what would lie above full and never fall below the bottom; and what they have spilled.

    What was spilled is gone for the rest of the course: S = F − max(0, max(F − full) up to now), F the free course.
    """
    # What lies above full already is on its way out and does not count as spilled by the forecast at once.
    brim = max(full_m3, start_m3)
    spilled = np.maximum.accumulate(np.maximum(free_m3 - brim, 0.0), axis=1)
    return np.clip(free_m3 - spilled, min(bottom_m3, start_m3), brim), spilled
