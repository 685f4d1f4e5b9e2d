"""The services: all in one (demo, serve) or each alone.

Each is imported where it is started: a small command like `decode` must not wait for Dash.
"""

from __future__ import annotations

from typing import Annotated

import typer

from smartvoda.cli.options import DataDir, Host, MqttUrl, Port, log_to_stderr
from smartvoda.settings import Settings
from smartvoda.settings import load as load_settings
from smartvoda.supervise import stop_event


def demo(
    port: Port = 8050,
    mqtt_port: Annotated[int, typer.Option("--mqtt-port", min=1, max=65535, help="The embedded broker's port.")] = 1883,
    data_dir: DataDir = None,
    speed: Annotated[float, typer.Option(min=0.1, max=3600, help="Times as fast as the wall clock.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same region.")] = 1,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Don't open a browser.")] = False,
) -> None:
    """Everything on this machine, no internet: a simulated region, live.

    Prints `ready: http://127.0.0.1:8050` once the first page answers with data. Ctrl-C ends it. The data folder is
    kept; a later start goes on where it was.
    """
    from smartvoda import demo as demonstration

    given = load_settings(data_dir=data_dir, port=port)
    settings = (
        given
        if data_dir or "data_dir" in given.model_fields_set
        else given.model_copy(update={"data_dir": given.data_dir / "demo"})
    )
    log_to_stderr("warning" if settings.log_level == "info" else settings.log_level)

    def say(line: str) -> None:
        typer.echo(line)

    demonstration.run(settings, mqtt_port, speed, seed, not no_browser, say)


def serve(data_dir: DataDir = None, broker: MqttUrl = None, host: Host = None, port: Port = None) -> None:
    """Ingest, analysis and dashboard against the configured broker and store."""
    from smartvoda import services

    services.run_all(_logging(load_settings(data_dir=data_dir, mqtt_url=broker, host=host, port=port)))


def ingest(data_dir: DataDir = None, broker: MqttUrl = None) -> None:
    """Only ingest: from the broker's messages to durable readings in the store."""
    from smartvoda import services

    settings = _logging(load_settings(data_dir=data_dir, mqtt_url=broker))
    services.run_ingest(settings, stop_event())


def analyse(data_dir: DataDir = None) -> None:
    """Only analysis: rollups, balances, night flow, bands and events."""
    from smartvoda import services

    services.run_analysis(_logging(load_settings(data_dir=data_dir)), stop_event())


def dashboard(data_dir: DataDir = None, host: Host = None, port: Port = None) -> None:
    """Only the dashboard and the HTTP interface."""
    from smartvoda import services

    services.run_dashboard(_logging(load_settings(data_dir=data_dir, host=host, port=port)))


def _logging(settings: Settings) -> Settings:
    log_to_stderr(settings.log_level)
    return settings
