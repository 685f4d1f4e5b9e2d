"""`smartvoda region`: the registry's readable form, in and out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.errors import VodaError
from smartvoda.cli.options import DataDir

if TYPE_CHECKING:
    from models.registry import Region
    from smartvoda.wiring import Parts

app = typer.Typer(
    help="A region's files in and out of the registry.\n\n"
    "At run time the database is the only truth; the files are its readable form, for people and version control. "
    "docs/region-files.md describes them.",
    no_args_is_help=True,
)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder that holds region.toml and its tables.")]


@app.command()
def load(folder: Folder, data_dir: DataDir = None) -> None:
    """Load a region's files into an empty registry.

    The files are checked first (as `smartvoda check DIR` does); with a fault nothing is loaded and it exits 1. A
    registry that has a region already is left alone: see `smartvoda region apply`. Keys of keys.csv go into a table
    that only ingest reads.

    \b
    Example:
      smartvoda region load my-region/
        Ústecký kraj: 30 municipalities, 45 zones, 1210 metering points, …
    """
    from smartvoda import keys, regions

    region = regions.load(folder)
    with _registry(data_dir) as parts:
        if parts.records.region_version():
            raise VodaError("region.not_empty", "the registry already has a region; use: smartvoda region apply DIR")
        who, why = "command line", f"loaded from {folder.name}"
        parts.records.save_region(region, who, why, parts.clock.now())
        with_keys = keys.load(parts, folder, who, why)
    typer.echo(_summary(region))
    if with_keys:
        typer.echo(with_keys)


@app.command()
def diff(folder: Folder, data_dir: DataDir = None) -> None:
    """Show what `region apply` would change.

    One line a difference: + a new row, − a row that is gone, old → new cell. Prints nothing where the registry is what
    the files say. Of keys it only says how many differ. Changes nothing.

    \b
    Example:
      smartvoda region export now/      then edit now/zones.csv
      smartvoda region diff now/
        zones.csv: bynov: mains_km 12 → 12.5
    """
    from models.region_diff import diff as changes_of
    from smartvoda import keys, regions

    region = regions.load(folder)
    with _registry(data_dir) as parts:
        for change in changes_of(_present(parts), region):
            typer.echo(str(change))
        if with_keys := keys.difference(parts, folder):
            typer.echo(with_keys)


@app.command()
def apply(
    folder: Folder,
    data_dir: DataDir = None,
    why: Annotated[str, typer.Option(metavar="TEXT", help="Reason, kept in the registry's log.")] = "",
    who: Annotated[str, typer.Option(metavar="NAME", help="Your name, kept in the registry's log.")] = "command line",
) -> None:
    """Make the registry what the files say.

    In one transaction, logged with who and why; a row that the files lack is gone. Look at `smartvoda region diff DIR`
    first. Running services take it over within seconds. Prints how many rows changed. keys.csv, where there is one,
    replaces the keys; without it they stay as they are.

    \b
    Example:
      smartvoda region apply my-region/ --who "J. Novak" --why "meter swapped in Bynov"
        2 rows changed
    """
    from models.region_diff import diff as changes_of
    from smartvoda import keys, regions

    region = regions.load(folder)
    why = why or f"applied from {folder.name}"
    with _registry(data_dir) as parts:
        changes = changes_of(_present(parts), region)
        if changes:
            parts.records.save_region(region, who, why, parts.clock.now())
        with_keys = keys.load(parts, folder, who, why)
    typer.echo(f"{len(changes)} rows changed")
    if with_keys:
        typer.echo(with_keys)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write into; made if need be.")],
    data_dir: DataDir = None,
) -> None:
    """Write the registry as files; prints their paths.

    Export, load and export again give the same bytes. A region file of an earlier export that the registry has nothing
    for is removed; all other files of DIR are left alone. Keys are never exported.

    \b
    Example:
      smartvoda region export my-region/ && git -C my-region diff
    """
    from smartvoda import regions

    with _registry(data_dir) as parts:
        for path in regions.write(_present(parts), folder):
            typer.echo(path)


@contextmanager
def _registry(data_dir: Path | None) -> Iterator[Parts]:
    from smartvoda.settings import load as load_settings
    from smartvoda.wiring import open_parts

    with closing(open_parts(load_settings(data_dir=data_dir), "region")) as parts:
        yield parts


def _present(parts: Parts) -> Region:
    region = parts.records.region()
    if region is None:
        raise VodaError("region.empty", "the registry is empty; fill it with: smartvoda region load DIR")
    return region


def _summary(region: Region) -> str:
    return (
        f"{region.name}: {len(region.municipalities)} municipalities, {len(region.zones)} zones, "
        f"{len(region.points)} metering points, {len(region.devices)} devices, {len(region.reservoirs)} reservoirs"
    )
