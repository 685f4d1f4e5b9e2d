"""`smartvoda forecast`: what the columns of a table will be in the next hours, with intervals."""

from __future__ import annotations

import sys
from datetime import timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from models.forecast.demand import Forecast
    from models.forecast.grid import Grid

DECIMALS = 4


def forecast(
    table: Annotated[
        Path, typer.Argument(metavar="TABLE.csv", help="First column time, the rest sensors; .csv.gz too.")
    ],
    horizon: Annotated[int, typer.Option(metavar="H", min=1, max=168, help="Hours after the table's last row.")] = 24,
    weather: Annotated[
        Path | None, typer.Option(metavar="W.csv", help="Numeric columns over time; may reach past the table's end.")
    ] = None,
    site: Annotated[
        Path | None, typer.Option(metavar="SITE.toml", help="Time zone, country (holidays), units of the columns.")
    ] = None,
) -> None:
    """Forecast the columns of a table for the hours after its end.

    Standard output is CSV, long: time,column,mean,lower,upper, the interval holding 80 %. Progress stands on standard
    error. The table has a row an hour (more often: means of hours are taken); gaps are no matter, and the offset of its
    times may change within the file. The longer the past, the better: below ten weeks of it the forecast is the weeks'
    profile, below two weeks the hour's median.

    \b
    Examples:
      smartvoda forecast inflow.csv --horizon 24
        time,column,mean,lower,upper
        2026-11-24T00:00:00+01:00,zone_1_m3h,41.2,36.9,45.8
      smartvoda forecast inflow.csv.gz --horizon 168 --weather weather.csv --site site.toml > week.csv
    """
    from models.forecast.demand import forecast as forecast_demand
    from models.forecast.grid import grid_of
    from models.site import Site
    from smartvoda.tables import read_sensor_table, read_site

    place = read_site(site) if site else Site()
    grid = grid_of(
        read_sensor_table(table), place, horizon, read_sensor_table(weather) if weather else None, table.name
    )
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("learning", total=None)
        found = forecast_demand(grid, horizon, lambda done, whole: bar.update(task, completed=done, total=whole))
    _write(grid, found)


def _write(grid: Grid, found: Forecast) -> None:
    """Rows on standard output, times by the local clock."""
    import pandas as pd

    offsets = grid.offset_min[grid.known : grid.known + len(found.time)]
    times = [
        moment.astimezone(timezone(timedelta(minutes=offset))).isoformat()
        for moment, offset in zip(found.time.to_pydatetime(), offsets.tolist(), strict=True)
    ]
    rows = pd.DataFrame(
        {
            "time": [time for time in times for _ in grid.columns],
            "column": grid.columns * len(times),
            "mean": found.mean.ravel(),
            "lower": found.lower.ravel(),
            "upper": found.upper.ravel(),
        }
    )
    rows.round(DECIMALS).to_csv(sys.stdout, index=False)
