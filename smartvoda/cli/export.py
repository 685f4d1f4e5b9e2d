"""`smartvoda export`: readings out as a table that `smartvoda import` reads back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.errors import VodaError
from smartvoda.cli.options import DataDir

if TYPE_CHECKING:
    from smartvoda.wiring import Parts


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Table to write: .csv, .xlsx or .parquet.")],
    device: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this device; may be given again.")
    ] = None,
    quantity: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this quantity: volume_m3 …; may be given again.")
    ] = None,
    start: Annotated[str, typer.Option("--from", metavar="TIME", help="From this date or time on, inclusive.")] = "",
    end: Annotated[str, typer.Option("--to", metavar="TIME", help="Up to this date or time, exclusive.")] = "",
    data_dir: DataDir = None,
) -> None:
    """Write readings as a table: CSV, XLSX or Parquet.

    A row a reading, as it came in, in the units in which we store: device, quantity, unit, time (UTC), value, quality
    and who or what it came by. `smartvoda import` reads the table back to the same readings. Dates are those of the
    region's time zone.

    \b
    Examples:
      smartvoda export all.parquet
      smartvoda export bynov.xlsx --device 12345678 --quantity volume_m3 --from 2026-01-01 --to 2026-07-01
    """
    from contextlib import closing

    from smartvoda.settings import load
    from smartvoda.wiring import open_parts

    with closing(open_parts(load(data_dir=data_dir), "export")) as parts:
        span = _moment(start, "2000-01-01", parts), _moment(end, "", parts)
        typer.echo(f"{file}: {_write(parts, file, device or [], quantity or [], *span):,} readings")


def _write(parts: Parts, file: Path, devices: list[str], quantities: list[str], start: datetime, end: datetime) -> int:
    from rich.console import Console
    from rich.progress import Progress

    from ingest.tables.exporting import export_readings
    from models.device import canonical

    wanted = {canonical(name) for name in devices}
    keys = sorted(
        (name, quantity)
        for name, quantity in parts.store.last()
        if (not wanted or name in wanted) and (not quantities or quantity in quantities)
    )
    if not keys:
        raise VodaError("export.nothing", "there are no such readings; see the devices and quantities in the dashboard")
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"writing {file.name}", total=1.0)
        return export_readings(parts.store, file, keys, start, end, lambda share: bar.update(task, completed=share))


def _moment(text: str, otherwise: str, parts: Parts) -> datetime:
    """A date or time of the region's zone; nothing said: `otherwise`, or what is newest."""
    from zoneinfo import ZoneInfo

    if not text and not otherwise:
        return parts.clock.now() + timedelta(days=2)
    region = parts.records.region()
    zone = ZoneInfo(region.timezone if region else parts.settings.timezone)
    try:
        moment = datetime.fromisoformat(text or otherwise)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date or time; write 2026-07-01 or 2026-07-01T08:30") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
