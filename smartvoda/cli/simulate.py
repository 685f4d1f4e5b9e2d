"""`smartvoda simulate`: the simulated region as a client of any broker."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartvoda.cli.options import DataDir, MqttUrl, log_to_stderr
from smartvoda.supervise import leave, stop_event


def simulate(
    broker: MqttUrl = None,
    region: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the region; the sample unless told.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed simulates the same region.")] = 1,
    data_dir: DataDir = None,
    fill: Annotated[bool, typer.Option(hidden=True, help="Fill the store's history first (demo).")] = False,
) -> None:
    """Publish the simulated region to a broker, as its devices would.

    Each town in its own dialect, QoS 1, at the pace of the wall clock, until Ctrl-C. It listens on
    smartvoda/simulator/command.

    \b
    Example:
      smartvoda simulate --broker mqtt://127.0.0.1:1883
      mosquitto_pub -q 1 -t smartvoda/simulator/command \\
        -m '{"command":"burst","zone":"DEC-1","flow_m3h":20}'      and later
        -m '{"command":"repair","zone":"DEC-1"}'
    """
    from smartvoda.settings import load

    settings = load(data_dir=data_dir, mqtt_url=broker, region=region)
    log_to_stderr(settings.log_level)
    stop = stop_event()
    from smartvoda import simulation

    simulation.run(settings, seed, fill, stop)
    leave()
