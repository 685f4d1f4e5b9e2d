"""What a zone's or town's page shows of its nights: their course, and what the newest day and month lost by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from dashboard.views.chart import TimeChart
from dashboard.views.flow_check import FlowCheck, flow_checks
from dashboard.views.inflow import Line
from dashboard.visit import Rooms
from models.boundary import boundary
from models.calendar import day_bounds, local_day
from models.legitimate_night_use import assumptions
from models.night_account import customers
from models.night_flow import NIGHT_FIGURES
from models.night_steps import Step
from models.night_trend import Course, course
from models.reading import to_ms
from models.records import Figure, FigurePeriod
from models.registry import Region, Zone
from models.rollup import Level, Rollup

DAY = timedelta(days=1)
WINDOW = 730 * DAY
"""Two years, where there are so many: a season is told from a trend by the second."""
RECENT = 10 * DAY
RECENT_MONTHS = 130 * DAY
NOON_MS = 43_200_000
TOP_DOWN = "real_m3"
"""Real losses of the water balance among the quoted figures."""


@dataclass(frozen=True)
class NightsView:
    """The nights of a zone or town.

    chart : measured nights; removed, level : of `course`, as lines; course : None where nights are too few
    first, last : days of the window that is shown; None without a night
    middle, large : mean of 02–04 and large users taken off [m³/h], of the night of `day`
    day, month : quoted figures (NIGHT_FIGURES) of the newest day and month that have them, by quantity
    zone : whose pressure and N1 make the factor; None of a town, whose zones do
    checks : integrated flow of the border against registers
    top_down : real losses of that month by the water balance
    sources : where assumed night use comes from, as the region's people wrote; empty: the program's own assumption
    """

    chart: TimeChart
    removed: Line
    level: Line
    course: Course | None
    first: date | None
    last: date | None
    middle: float | None
    large: float | None
    day: Mapping[str, Figure]
    month: Mapping[str, Figure]
    top_down: Figure | None
    sources: tuple[str, ...]
    zone: Zone | None
    checks: tuple[FlowCheck, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """Steps of the course, in order of time."""
        return self.course.steps if self.course else ()


def nights_view(rooms: Rooms, region: Region, level: Level, subject: str, now: datetime) -> NightsView:
    """The nights of a zone, municipality or region up to now."""
    span = (now - WINDOW, now)
    rows = rooms.store.rollups(level, [subject], "day", "night_flow_m3h", *span).get(subject, [])
    known = [row for row in rows if row.value is not None]
    found = course([local_day(row.time, region.tz).toordinal() for row in known], [row.value or 0.0 for row in known])
    line = Line(
        np.array([to_ms(row.time) + NOON_MS for row in known], np.int64),
        np.array([row.value for row in known], np.float64),
    )
    who = customers(region, level, subject, now)
    border = boundary(region, level, subject, now)
    day = _newest(rooms, level, subject, "day", now - RECENT, now)
    month = _newest(rooms, level, subject, "month", now - RECENT_MONTHS, now)
    quoted = next((row for row in known if day and row.time == next(iter(day.values())).time), None)
    return NightsView(
        chart=_chart(line, now),
        removed=Line(line.time_ms, found.removed_m3h) if found else Line(line.time_ms[:0], line.value[:0]),
        level=_level(line, found),
        course=found,
        first=local_day(known[0].time, region.tz) if known else None,
        last=local_day(known[-1].time, region.tz) if known else None,
        middle=_middle(rooms, level, subject, quoted),
        large=None if quoted is None or quoted.maximum is None else quoted.maximum - (quoted.value or 0.0),
        day=day,
        month=month,
        top_down=_top_down(rooms, level, subject, month),
        sources=assumptions(region, subject, now, who.area).sources,
        zone=region.zone.get(subject) if level == "zone" else None,
        checks=flow_checks(rooms, region, [*border.inflows, *border.outflows], now),
    )


def _chart(line: Line, now: datetime) -> TimeChart:
    start = now - 90 * DAY
    if len(line.time_ms):
        start = min(start, now - timedelta(milliseconds=to_ms(now) - int(line.time_ms[0])))
    return TimeChart(
        line=line,
        start=start,
        end=now + (now - start) * 0.04,
        now=now,
        unit="m³/h",
        digits=1,
        gap_s=2.5 * 86400,
        daily=True,
        say_now=False,
    )


def _level(line: Line, found: Course | None) -> Line:
    """The level, broken where it steps."""
    if found is None:
        return Line(line.time_ms[:0], line.value[:0])
    cuts = np.searchsorted(found.day, [step.day for step in found.steps])
    times = np.insert(line.time_ms, cuts, line.time_ms[cuts] - 1)
    return Line(times, np.insert(found.level_m3h, cuts, np.nan))


def _middle(rooms: Rooms, level: Level, subject: str, night: Rollup | None) -> float | None:
    if night is None:
        return None
    day = night.time
    rows = rooms.store.rollups(level, [subject], "day", "night_flow_02_04_m3h", day, day + DAY).get(subject, [])
    return rows[0].value if rows else None


def _newest(
    rooms: Rooms, level: Level, subject: str, period: FigurePeriod, start: datetime, end: datetime
) -> dict[str, Figure]:
    """Figures of the newest day or month whose losses are told, else of the newest that has any."""
    found = {
        name: {one.time: one for one in rooms.records.figures(level, [subject], period, name, start, end)}
        for name in NIGHT_FIGURES
    }
    told = [time for time, one in found["real_losses_night_m3"].items() if one.value is not None]
    times = told or list(found["real_losses_night_m3"]) or list(found["night_flow_m3h"])
    if not times:
        return {}
    return {name: figures[max(times)] for name, figures in found.items() if max(times) in figures}


def _top_down(rooms: Rooms, level: Level, subject: str, month: Mapping[str, Figure]) -> Figure | None:
    if not month:
        return None
    start = next(iter(month.values())).time
    found = rooms.records.figures(level, [subject], "month", TOP_DOWN, start, start + DAY)
    return found[0] if found and found[0].value is not None else None


def step_moment(step: Step, region: Region) -> datetime:
    """When the first night after a step began."""
    return day_bounds(date.fromordinal(step.day), region.tz)[0]
