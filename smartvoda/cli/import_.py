"""`smartvoda import`: history in tables (CSV, workbooks, Parquet) or in another InfluxDB, into the store."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.errors import VodaError
from smartvoda.cli.options import DataDir

if TYPE_CHECKING:
    from models.tables import Hints


def import_(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE…", help="CSV, XLSX, XLS, ODS or Parquet; .csv.gz too.")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Say how it is understood, import nothing.")] = False,
    mapping: Annotated[
        Path | None, typer.Option(metavar="M.toml", help="What the columns are, for all files of a kind.")
    ] = None,
    timezone: Annotated[
        str, typer.Option(metavar="ZONE", help="Of times without one: Europe/Prague, or +01:00 all year.")
    ] = "",
    device: Annotated[str, typer.Option(metavar="NAME", help="Device of a table that names none.")] = "",
    point: Annotated[str, typer.Option(metavar="NAME", help="Metering point of a table that names none.")] = "",
    quantity: Annotated[str, typer.Option(metavar="NAME", help="Of columns that name none: flow_m3h …")] = "",
    unit: Annotated[str, typer.Option(metavar="UNIT", help="Of columns that name none: m3, l/s, bar …")] = "",
    decimal: Annotated[str, typer.Option(metavar="MARK", help="Decimal mark: , or .")] = "",
    date_order: Annotated[str, typer.Option(metavar="ORDER", help="Of dates with slashes: dmy or mdy.")] = "",
    stamp: Annotated[str, typer.Option(metavar="END", help="An interval's volume stands at its start or end.")] = "",
    step: Annotated[str, typer.Option(metavar="TIME", help="Length of that interval: 15min, 1h, 1d.")] = "",
    encoding: Annotated[str, typer.Option(metavar="NAME", help="Of a text file: utf-8, cp1250 …")] = "",
    sheet: Annotated[str, typer.Option(metavar="NAME", help="Of a workbook; else the first with rows.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Read a file that was imported already.")] = False,
    who: Annotated[str, typer.Option(metavar="NAME", help="Your name, for changes of the registry.")] = "command line",
    why: Annotated[str, typer.Option(metavar="TEXT", help="Reason, for changes of the registry.")] = "",
    influx1: Annotated[str, typer.Option(metavar="URL", help="Instead of files: an InfluxDB 1.x; only read.")] = "",
    database: Annotated[str, typer.Option(metavar="NAME", help="Its database.")] = "",
    user: Annotated[str, typer.Option(metavar="NAME", help="Its user, where it asks for one.")] = "",
    password_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File that holds the user's password.")
    ] = None,
    influx2: Annotated[str, typer.Option(metavar="URL", help="Instead of files: an InfluxDB 2.x; only read.")] = "",
    org: Annotated[str, typer.Option(metavar="NAME", help="Its organisation.")] = "",
    bucket: Annotated[str, typer.Option(metavar="NAME", help="Its bucket.")] = "",
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File that holds a token that may read it.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Import history: tables as portals and people make them.

    Says first how each column is understood and why; what is not understood is named and left out, never guessed.
    Readings (by device, or by metering point and date), billed volumes and lists of devices. Rows that can't be taken
    go to FILE.bad.csv with line and reason, the rest goes in. Interrupted and repeated it goes on where it was and
    doubles nothing. Asks before it imports where someone sits at the terminal. docs/import.md tells all.

    \b
    Examples:
      smartvoda import --preview export.csv
      smartvoda import odecty.xlsx --timezone +01:00
      smartvoda import vdj.csv --device 12345678 --quantity level_m --unit cm --yes
      smartvoda import --influx1 http://old:8086 --database voda --mapping old.toml
    """
    from smartvoda import importing

    said = {"timezone": timezone, "device": device, "point": point, "quantity": quantity, "unit": unit}
    said |= {"decimal": decimal, "date_order": date_order, "stamp": stamp, "encoding": encoding, "sheet": sheet}
    if influx1 or influx2:
        if files or mapping is None or (influx1 and influx2):
            raise typer.BadParameter("an InfluxDB is imported by itself, with --mapping M.toml, see docs/import.md")
        server = importing.Server(influx1, database, user, password_file, influx2, org, bucket, token_file)
        with importing.desk(data_dir) as desk:
            desk.influx(server, mapping, again)
        return
    if not files:
        raise typer.BadParameter("give at least one FILE, or --influx1 or --influx2")
    hints = _hints(mapping, said, step)
    with importing.desk(data_dir) as desk:
        failed = 0
        for file in files:
            try:
                failed += not desk.table(file, hints, preview, again, yes or not sys.stdin.isatty(), who, why)
            except VodaError as error:
                typer.echo(f"smartvoda: {error}", err=True)
                failed += 1
    if failed:
        raise typer.Exit(1)


def _hints(mapping: Path | None, said: dict[str, str], step: str) -> Hints:
    """Hints of options and a mapping file; options count first. What they name wrongly is wrong usage."""
    from ingest.tables.mapping import checked, hints_of, joined, read_mapping, step_s
    from models.tables import Hints

    try:
        options = checked(Hints(**_given(said), step_s=step_s(step) if step else 0))
    except VodaError as error:
        raise typer.BadParameter(error.message) from error
    if mapping is None:
        return options
    return replace(joined(hints_of(read_mapping(mapping), mapping), options))


def _given(said: dict[str, str]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value}
