"""`smartvoda check`: what is wrong with files and connections, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from models.errors import VodaError
from smartvoda import regions
from smartvoda.cli.options import DataDir, MqttUrl
from smartvoda.settings import Settings
from smartvoda.settings import load as load_settings


def check(
    region: Annotated[
        Path | None, typer.Argument(metavar="[REGION]", help="Folder of a region; only its files are checked then.")
    ] = None,
    data_dir: DataDir = None,
    broker: MqttUrl = None,
) -> None:
    """Check a region's files, or without one the settings, the store, the database and the broker.

    Prints a line for each fault with file, row, column and cure; exits 1 if there is one.
    """
    if region is not None:
        found, problems = regions.read(region)
        faults = [str(problem) for problem in problems]
        good = f"{found.name}: files are in order" if found else ""
    else:
        faults = list(_connections(load_settings(data_dir=data_dir, mqtt_url=broker)))
        good = "settings, database, store and broker are in order"
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(1)
    typer.echo(good)


def _connections(settings: Settings) -> Iterator[str]:
    from ingest.one_shot import probe
    from smartvoda.wiring import open_parts  # databases: only where one is opened

    try:
        parts = open_parts(settings, "check")
    except VodaError as error:
        yield str(error)
    else:
        if problem := parts.store.healthy():
            yield problem
        parts.close()
    try:
        probe(settings.mqtt_url.get_secret_value(), settings.mqtt_ca)
    except VodaError as error:
        yield str(error)
