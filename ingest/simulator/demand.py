"""What customers use, hour by hour, in whole millilitres: households and other connections of every zone.

A zone's households are metered one by one where the region has household points there; elsewhere the month's total is
what `billing.csv` says was billed, and the simulator spreads it over the hours.
"""

from __future__ import annotations

from functools import cached_property, lru_cache

import numpy as np

from ingest.simulator.almanac import Almanac, Hours
from ingest.simulator.chance import Floats, Ints, Streams, normal, normal_quantiles, red, streams, uniform
from ingest.simulator.parameters import Parameters
from ingest.simulator.profiles import profile, shifted
from ingest.simulator.releases import ML_PER_M3
from ingest.simulator.weather import rain_mm, temperature_c, thirst
from models.reading import EPOCH
from models.registry import MeteringPoint, Region

_ODDITIES_A_DAY = 0.055
_GOING_ON = 0.45
_CUSTOMERS = ("other", "own_use", "outflow")


class Demand:
    """Use of a region. Rows are in the order of `zones`, `points` (other customers) and `homes` (household points)."""

    def __init__(self, region: Region, parameters: Parameters, seed: int) -> None:
        self.seed = seed
        self.almanac = Almanac(region.timezone)
        self.zones = tuple(zone.zone for zone in region.zones)
        self.points = tuple(point for point in region.points if point.role in _CUSTOMERS)
        self.homes = tuple(point for point in region.points if point.role == "household")
        self._region = region
        self._truth = [parameters.zone(zone) for zone in region.zones]
        self._of_point = [parameters.point(point.point, point.zone) for point in self.points]
        self._persons = np.array([parameters.point(point.point).persons for point in self.homes], dtype=float)
        index = {zone: row for row, zone in enumerate(self.zones)}
        self.zone_of_point = np.array([index.get(point.zone, -1) for point in self.points], dtype=np.int64)
        self.zone_of_home = np.array([index.get(point.zone, -1) for point in self.homes], dtype=np.int64)
        self._metered = np.isin(np.arange(len(self.zones)), self.zone_of_home)
        self._month_scale = lru_cache(maxsize=64)(self._scale)

    @cached_property
    def own_population(self) -> Floats:
        """Persons of each zone who do not live in a zone inside it."""
        people = {zone.zone: zone.population_served for zone in self._region.zones}
        for zone in self._region.zones:
            if zone.parent in people:
                people[zone.parent] -= zone.population_served
        return np.array([max(people[zone], 1) for zone in self.zones], dtype=float)

    @cached_property
    def mean_m3h(self) -> Floats:
        """Expected use of each zone's own customers [m³/h]."""
        lpd = np.array([truth.litres_person_day for truth in self._truth])
        mean = self.own_population * lpd / 24_000
        for row, truth in zip(self.zone_of_point.tolist(), self._of_point, strict=True):
            mean[row] += truth.mean_m3h
        return np.asarray(mean)

    @cached_property
    def point_mean_m3h(self) -> Floats:
        """Expected use of each of `points` [m³/h]."""
        return np.array([truth.mean_m3h for truth in self._of_point], dtype=float)

    @cached_property
    def home_mean_m3h(self) -> Floats:
        """Expected use of each of `homes` [m³/h]."""
        lpd = np.array([self._truth[row].litres_person_day for row in self.zone_of_home.tolist()])
        thrift = (
            0.75 + 0.5 * uniform(streams(self.seed, "thrift", [p.point for p in self.homes]), np.zeros(1, int))[:, 0]
        )
        litres = self._persons * thrift
        for row in set(self.zone_of_home.tolist()):
            here = self.zone_of_home == row
            litres[here] *= self.own_population[row] * lpd[here] / litres[here].sum()
        return np.asarray(litres / 24_000)

    def households_ml(self, hours: Hours, homes: Ints) -> Ints:
        """Use of each zone's households; `homes` is what `homes_ml` says of the same hours."""
        raw = self._raw(hours)
        for month in np.unique(hours.month).tolist():
            raw[:, hours.month == month] *= self._month_scale(month)[:, None]
        result = np.rint(raw * ML_PER_M3).astype(np.int64)
        result[self._metered] = 0
        np.add.at(result, self.zone_of_home, homes)
        return result

    def points_ml(self, hours: Hours) -> Ints:
        """Use of each of `points`."""
        if not self.points:
            return np.zeros((0, len(hours.hour)), dtype=np.int64)
        names = [point.point for point in self.points]
        tables = np.stack([profile(truth.profile) for truth in self._of_point])
        shape = tables[:, hours.kind, hours.local]
        schools = np.array([truth.profile == "school" for truth in self._of_point])
        open_ = np.where(schools[:, None], 0.45 + 0.75 * np.maximum(hours.school, hours.kind > 0), 1.0)
        # Business runs well or badly for days: the draw changes with each third one.
        days = normal(streams(self.seed, "custom", names), np.unique(hours.day) // 3)[:, hours.day - hours.day[0]]
        hourly = normal(streams(self.seed, "turn", names), hours.hour)
        steady = np.array([truth.profile in ("own_use", "plant") for truth in self._of_point])[:, None]
        lively = np.where(steady, 0.35, 1.0)
        factor = np.clip(1.0 + lively * (0.10 * days + 0.22 * hourly), 0.05, None)
        return np.rint(self.point_mean_m3h[:, None] * shape * open_ * factor * ML_PER_M3).astype(np.int64)

    def homes_ml(self, hours: Hours) -> Ints:
        """Use of each of `homes`: some hours nothing but a drip, others a bath."""
        if not self.homes:
            return np.zeros((0, len(hours.hour)), dtype=np.int64)
        wish = self._habit[:, hours.kind, hours.local] * self._at_home(hours)
        wish *= np.exp(1.05 * self._unrest(hours))[self.zone_of_home]
        mean_l = self.home_mean_m3h[:, None] * 1000.0
        chance = np.clip(self._busy * (mean_l / 10.0) ** 0.16 * wish**0.55, 0.03, 0.94)
        draw = self._taps_turned(hours)
        table = _draughts()
        amount = table[np.minimum(draw / chance * len(table), len(table) - 1).astype(np.intp)]
        drip = uniform(self._drips, hours.hour) * 0.55
        litres = np.where(draw < chance, mean_l * wish / chance * amount, drip)
        return np.rint(litres * 1000.0).astype(np.int64)

    def _taps_turned(self, hours: Hours) -> Floats:
        """A draw for each home and hour; now and then an hour goes on as the one before it."""
        hour = np.arange(int(hours.hour[0]) - 1, int(hours.hour[-1]) + 1)
        draw = uniform(self._taps, hour)
        going_on = uniform(self._going_on, hours.hour) < _GOING_ON
        return np.where(going_on, draw[:, :-1], draw[:, 1:])

    @cached_property
    def _going_on(self) -> Streams:
        return streams(self.seed, "going on", [point.point for point in self.homes])

    @cached_property
    def _taps(self) -> Streams:
        return streams(self.seed, "tap", [point.point for point in self.homes])

    @cached_property
    def _drips(self) -> Streams:
        return streams(self.seed, "drip", [point.point for point in self.homes])

    @cached_property
    def _busy(self) -> Floats:
        """Share of hours in which each home uses water, at ten litres an hour."""
        names = [point.point for point in self.homes]
        return 0.40 + 0.16 * uniform(streams(self.seed, "busy", names), np.zeros(1, int))

    @cached_property
    def _habit(self) -> Floats:
        """Each household's own day: (homes, 3, 24), early and late risers."""
        late = uniform(streams(self.seed, "late", [point.point for point in self.homes]), np.zeros(1, int))[:, 0]
        table = 1.0 + 1.1 * (profile("home") - 1.0)
        return shifted(table, late * 0.8)

    def _at_home(self, hours: Hours) -> Floats:
        """1 on most days, little when the household is away, more with guests."""
        names = [point.point for point in self.homes]
        # Absences last for days: the draw changes with each third of a week.
        day = np.unique(hours.day)
        spell = uniform(streams(self.seed, "away", names), day // 3)
        guests = uniform(streams(self.seed, "guests", names), day)
        factor = np.where(spell < 0.06, 0.06, 1.0) * (0.8 + 0.52 * guests)
        return np.asarray(factor[:, hours.day - hours.day[0]])

    def _scale(self, month: int) -> Floats:
        """What the raw use of a month is multiplied by, so that its sum is what was billed."""
        first, last = self.almanac.month_hours(month)
        wanted = np.array([self._month_m3(zone, month, first, last) for zone in range(len(self.zones))])
        return np.asarray(wanted / self._raw(self.almanac.hours(first, last)).sum(axis=1))

    def _month_m3(self, row: int, month: int, first: int, last: int) -> float:
        """Billed household volume of a zone in a month, or what its people use where nothing was billed."""
        billed = self._billed.get((self.zones[row], first, last))
        if billed is not None:
            return billed
        season = 0.025 * np.cos(2 * np.pi * ((month % 12) - 5.5) / 12)
        people = self.own_population[row] * self._truth[row].litres_person_day
        return float(people / 1000.0 * (last - first) / 24 * (1.0 + season))

    @cached_property
    def _billed(self) -> dict[tuple[str, int, int], float]:
        result: dict[tuple[str, int, int], float] = {}
        for row in self._region.billing:
            if row.zone and row.customer_class == "household":
                ends = [int((moment - EPOCH).total_seconds()) // 3600 for moment in (row.start, row.end)]
                key = (row.zone, ends[0], ends[1])
                result[key] = result.get(key, 0.0) + row.volume_m3
        return result

    def _raw(self, hours: Hours) -> Floats:
        """Use of each zone's households before a month's bill is known [m³/h]."""
        late = uniform(streams(self.seed, "zone late", self.zones), np.zeros(1, int))[:, 0]
        tables = shifted(profile("home"), late * 0.6)
        shape = tables[:, hours.kind, hours.local]
        weather = thirst(temperature_c(self.seed, hours), rain_mm(self.seed, hours))
        level = self.own_population * np.array([truth.litres_person_day for truth in self._truth]) / 24_000
        return np.asarray(level[:, None] * shape * (1.0 + weather) * np.exp(self._unrest(hours)))

    def _unrest(self, hours: Hours) -> Floats:
        """How each zone deviates from its pattern: slow moods, hours that follow each other, chance, odd days."""
        first, last = int(hours.hour[0]), int(hours.hour[-1]) + 1
        size = np.array([truth.noise for truth in self._truth])[:, None]
        slow = red(streams(self.seed, "slow", self.zones), first, last, 60.0)
        quick = red(streams(self.seed, "quick", self.zones), first, last, 3.0)
        white = normal(streams(self.seed, "white", self.zones), hours.hour)
        calm = np.where(hours.local < 6, 0.6, 1.05)
        return np.asarray(size * (1.2 * slow + calm * (0.45 * quick + 0.38 * white + self._odd(hours))))

    def _odd(self, hours: Hours) -> Floats:
        """Days on which something happens that nobody tells: pools, a fair, a closed factory gate."""
        day = np.unique(hours.day)
        of = streams(self.seed, "odd", self.zones)
        chance, start, length, size = (uniform(of, day * 4 + k) for k in range(4))
        at = hours.day - hours.day[0]
        begin, span = 4.0 + 14.0 * start, 4.0 + 8.0 * length
        since = (hours.local[None, :] + 0.5 - begin[:, at]) / span[:, at]
        inside = (since > 0) & (since < 1) & (chance[:, at] < _ODDITIES_A_DAY)
        # Rather less use than more, and never all at once: it is no burst, which comes in a minute and stays.
        strength = np.where(size < 0.35, 3.0 + 9.0 * size, -(3.4 + 6.5 * (size - 0.35)))
        return np.where(inside, strength[:, at] * np.sin(np.pi * np.clip(since, 0.0, 1.0)), 0.0)


def is_metered_use(point: MeteringPoint) -> bool:
    """Whether a point measures what customers or the waterworks use."""
    return point.role in ("household", "other", "own_use")


@lru_cache(maxsize=1)
def _draughts() -> Floats:
    """Quantiles of how much an hour with use takes, relative to its mean: log-normal."""
    sigma = 0.8
    return np.asarray(np.exp(sigma * normal_quantiles() - sigma * sigma / 2))
