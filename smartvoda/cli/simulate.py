"""`smartvoda simulate`: the simulated region as a client of any broker."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartvoda.cli.options import DataDir, MqttUrl, log_to_stderr
from smartvoda.settings import load as load_settings
from smartvoda.supervise import stop_event


def simulate(
    broker: MqttUrl = None,
    region: Annotated[Path | None, typer.Option(help="Folder of the region; the sample unless told.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed simulates the same region.")] = 1,
    data_dir: DataDir = None,
    fill: Annotated[bool, typer.Option(hidden=True, help="Fill the store's history first (demo).")] = False,
) -> None:
    """Publish the simulated region to a broker, as its devices would, until Ctrl-C.

    It listens on smartvoda/simulator/command: {"command":"burst","zone":"…","flow_m3h":20} and
    {"command":"repair","zone":"…"}.
    """
    from smartvoda import simulation  # numpy and all: only where it is run

    settings = load_settings(data_dir=data_dir, mqtt_url=broker, region=region)
    log_to_stderr(settings.log_level)
    simulation.run(settings, seed, fill, stop_event())
