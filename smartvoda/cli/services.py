"""The services: all in one (demo, serve) or each alone. Each ends within five seconds on Ctrl-C or SIGTERM.

Signals, and the death of a supervising parent, are listened for before the libraries are loaded: on a busy machine
that takes seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from smartvoda.cli.options import DataDir, Host, MqttUrl, Port, log_to_stderr
from smartvoda.supervise import leave, stop_event

if TYPE_CHECKING:
    from smartvoda.settings import Settings


def demo(
    port: Port = None,
    mqtt_port: Annotated[
        int, typer.Option("--mqtt-port", metavar="PORT", min=1, max=65535, help="The embedded broker's port.")
    ] = 1883,
    data_dir: DataDir = None,
    speed: Annotated[
        float, typer.Option(metavar="N", min=0.1, max=3600, help="Times as fast as the wall clock.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed gives the same region.")] = 1,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Don't open a browser.")] = False,
) -> None:
    """Everything on this machine, simulated, no internet needed.

    Broker, simulated region, ingest, analysis and dashboard. Prints `ready: http://127.0.0.1:8050` on standard output
    once the first page answers with data. Only this machine can reach it. The data folder is kept; a later start goes
    on where it was. Ctrl-C ends it.

    \b
    Examples:
      smartvoda demo
      smartvoda demo --speed 60 --data-dir /tmp/voda     an hour passes in a minute
      smartvoda demo --port 9050 --mqtt-port 2883        where the usual ports are taken
    """
    from smartvoda import demo as demonstration

    given = _settings(data_dir=data_dir, port=port)
    settings = (
        given
        if data_dir or "data_dir" in given.model_fields_set
        else given.model_copy(update={"data_dir": given.data_dir / "demo"})
    )
    log_to_stderr("warning" if settings.log_level == "info" else settings.log_level)

    def say(line: str) -> None:
        typer.echo(line)

    demonstration.run(settings, mqtt_port, speed, seed, not no_browser, say)
    leave()


def serve(data_dir: DataDir = None, broker: MqttUrl = None, host: Host = None, port: Port = None) -> None:
    """Ingest, analysis and dashboard with your broker and store.

    Analysis runs in a process of its own, started again when it dies. A broker or an InfluxDB that is away is waited
    for: readings wait on disk. Says on standard error what goes wrong; /healthz and /metrics stand beside the
    dashboard. Where a service of its own is wanted for each part: ingest, analyse, dashboard.

    \b
    Example:
      export SMARTVODA_STORE_URL=influxdb://TOKEN@influx.example:8086/org/bucket
      smartvoda serve --broker mqtts://user:password@broker.example:8883
      smartvoda check      says what is wrong with settings and connections
    """
    settings = _logged(_settings(data_dir=data_dir, mqtt_url=broker, host=host, port=port))
    stop = stop_event()
    from smartvoda.services.together import run_all

    run_all(settings, stop)
    leave()


def ingest(data_dir: DataDir = None, broker: MqttUrl = None) -> None:
    """Only ingest: from messages to durable readings.

    A message is acknowledged to the broker when its readings are on disk. A broker or an InfluxDB that is away is
    waited for. Several ingests need a SMARTVODA_INSTANCE each. With SMARTVODA_HEALTH_PORT it answers GET /healthz:
    200, or 503 and the `problem`.

    \b
    Example:
      SMARTVODA_MQTT_TOPICS='bilina/#,teplice/#' smartvoda ingest --broker mqtt://broker.example
    """
    settings = _logged(_settings(data_dir=data_dir, mqtt_url=broker))
    stop = stop_event()
    from smartvoda.services.ingest import run_ingest

    run_ingest(settings, stop)
    leave()


def analyse(
    data_dir: DataDir = None,
    after_history: Annotated[
        bool, typer.Option("--after-history", hidden=True, help="Wait for demo's history.")
    ] = False,
) -> None:
    """Only analysis: rollups, balances, night flow and events.

    Follows what ingest stores and catches up after a downtime, the present first. With SMARTVODA_HEALTH_PORT it answers
    GET /healthz: 200, or 503 and the `problem`.

    \b
    Example:
      SMARTVODA_HEALTH_PORT=8051 smartvoda analyse & curl -s localhost:8051/healthz
        {"status": "ok", "at": "2026-11-24T08:00:00Z", "lag_s": 0.0, "dirty": 0, "problem": ""}
    """
    settings = _logged(_settings(data_dir=data_dir))
    stop = stop_event()
    from smartvoda.services.analysis import run_analysis

    run_analysis(settings, stop, after_history)
    leave()


def dashboard(data_dir: DataDir = None, host: Host = None, port: Port = None) -> None:
    """Only the dashboard and the HTTP interface.

    Pages at /, REST at /api/v1/ (described by /api/v1/openapi.json), /healthz, /metrics. It has no login: let only
    this machine or a proxy reach it.

    \b
    Example:
      smartvoda dashboard --host 127.0.0.1 --port 8050
    """
    settings = _logged(_settings(data_dir=data_dir, host=host, port=port))
    stop = stop_event()
    from smartvoda.services.dashboard import run_dashboard

    run_dashboard(settings, stop)
    leave()


def _settings(**given: object) -> Settings:
    from smartvoda.settings import load

    return load(**given)


def _logged(settings: Settings) -> Settings:
    log_to_stderr(settings.log_level)
    return settings
