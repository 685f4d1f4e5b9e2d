"""`smartvoda region`: the registry's readable form, in and out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.errors import VodaError
from models.region_diff import diff as region_diff
from models.registry import Region
from smartvoda import regions
from smartvoda.cli.options import DataDir
from smartvoda.settings import load as load_settings

if TYPE_CHECKING:
    from smartvoda.wiring import Parts

app = typer.Typer(
    help="Load, compare, apply and export the region's files. At run time the database is the only truth.",
    no_args_is_help=True,
)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder that holds region.toml and its tables.")]


def _parts(data_dir: Path | None) -> Parts:
    from smartvoda.wiring import open_parts  # databases: only where one is opened

    return open_parts(load_settings(data_dir=data_dir), "region")


def _present(parts: Parts) -> Region:
    region = parts.records.region()
    if region is None:
        raise VodaError("region.empty", "the registry is empty; fill it with: smartvoda region load DIR")
    return region


@app.command()
def load(folder: Folder, data_dir: DataDir = None) -> None:
    """Load a region's files into an empty registry."""
    region = regions.load(folder)
    parts = _parts(data_dir)
    if parts.records.region_version():
        raise VodaError("region.not_empty", "the registry already has a region; use: smartvoda region apply DIR")
    parts.records.save_region(region, "command line", f"loaded from {folder.name}", parts.clock.now())
    typer.echo(_summary(region))
    parts.close()


@app.command()
def diff(folder: Folder, data_dir: DataDir = None) -> None:
    """Show what `region apply` would change: one line a row, - before, + after."""
    region = regions.load(folder)
    parts = _parts(data_dir)
    for change in region_diff(_present(parts), region):
        typer.echo(str(change))
    parts.close()


@app.command()
def apply(
    folder: Folder,
    data_dir: DataDir = None,
    why: Annotated[str, typer.Option(help="Reason, kept in the registry's log.")] = "",
    who: Annotated[str, typer.Option(help="Your name, kept in the registry's log.")] = "command line",
) -> None:
    """Make the registry what the files say, in one transaction, logged."""
    region = regions.load(folder)
    parts = _parts(data_dir)
    changes = region_diff(_present(parts), region)
    if changes:
        parts.records.save_region(region, who, why or f"applied from {folder.name}", parts.clock.now())
    typer.echo(f"{len(changes)} rows changed")
    parts.close()


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write into; made if need be.")],
    data_dir: DataDir = None,
) -> None:
    """Write the registry as files: export, load, export gives the same bytes. Keys are never exported."""
    parts = _parts(data_dir)
    for path in regions.write(_present(parts), folder):
        typer.echo(path)
    parts.close()


def _summary(region: Region) -> str:
    return (
        f"{region.name}: {len(region.municipalities)} municipalities, {len(region.zones)} zones, "
        f"{len(region.points)} metering points, {len(region.devices)} devices, {len(region.reservoirs)} reservoirs"
    )
