"""`smartvoda check`: what is wrong with files and connections, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.errors import VodaError
from smartvoda.cli.options import DataDir, MqttUrl

if TYPE_CHECKING:
    from smartvoda.settings import Settings


def check(
    region: Annotated[
        Path | None, typer.Argument(metavar="REGION", help="Folder of a region; only its files are checked then.")
    ] = None,
    data_dir: DataDir = None,
    broker: MqttUrl = None,
) -> None:
    """Say what is wrong with files or connections, and the cure.

    With REGION its files are checked, nothing else is touched. Without it the settings, the database (made, or brought
    up to date, as a start does), the store and the broker. Prints a line for each fault on standard error, of files
    with file, row and column, and exits 1 if there is one.

    \b
    Examples:
      smartvoda check my-region/
        zones.csv, row 3, mains_km: '12 km' is no number; write digits … [region.bad_number]
      SMARTVODA_STORE_URL=influxdb://TOKEN@host:8086/org/bucket smartvoda check
        settings, database, store and broker are in order
    """
    faults, good = _files(region) if region is not None else _connections(data_dir, broker)
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(1)
    typer.echo(good)


def _files(folder: Path) -> tuple[list[str], str]:
    from smartvoda import regions

    found, problems = regions.read(folder)
    return [str(problem) for problem in problems], f"{found.name}: files are in order" if found else ""


def _connections(data_dir: Path | None, broker: str | None) -> tuple[list[str], str]:
    from smartvoda.settings import load

    settings = load(data_dir=data_dir, mqtt_url=broker)
    faults = [*_store_faults(settings), *_broker_faults(settings)]
    return faults, "settings, database, store and broker are in order"


def _store_faults(settings: Settings) -> Iterator[str]:
    from smartvoda.wiring import open_parts

    try:
        parts = open_parts(settings, "check")
    except VodaError as error:
        yield str(error)
        return
    if problem := parts.store.healthy():
        yield problem
    parts.close()


def _broker_faults(settings: Settings) -> Iterator[str]:
    from ingest.one_shot import probe

    try:
        probe(settings.mqtt_url.get_secret_value(), settings.mqtt_ca, settings.mqtt_cert, settings.mqtt_key)
    except VodaError as error:
        yield str(error)
