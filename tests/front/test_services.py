"""Each service as a process: waits for what is away, says how it is, ends when asked."""

from __future__ import annotations

import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.e2e import town
from tests.e2e.running import Command, get_json, running, wait_for
from tests.front.commands import call
from tests.servers.broker import Mosquitto
from tests.servers.process import free_port

START_S = 60.0
END_S = 5.0
QUICK_S = 0.2
TERM, INT = signal.SIGTERM, signal.SIGINT


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder whose registry has a small town."""
    call("region", "load", town.write_region(tmp_path / "region"), data_dir=tmp_path / "data")
    return tmp_path / "data"


def settings(data: Path, **more: object) -> dict[str, str]:
    given = {"data_dir": data, "mqtt_url": f"mqtt://127.0.0.1:{free_port()}", "port": free_port(), **more}
    return {f"SMARTVODA_{name.upper()}": str(value) for name, value in given.items()}


def url_of(given: dict[str, str]) -> str:
    return f"http://127.0.0.1:{given.get('SMARTVODA_HEALTH_PORT') or given['SMARTVODA_PORT']}/healthz"


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return int(error.code)
    except OSError:
        return 0


def healthy(url: str) -> Callable[[], Any]:
    return lambda: get_json(url) if status(url) == 200 else None


def end(command: Command, how: signal.Signals) -> None:
    """It ends in time, in order, and nothing that it started outlives it."""
    family = [psutil.Process(command.process.pid), *psutil.Process(command.process.pid).children(recursive=True)]
    begin = time.monotonic()
    command.process.send_signal(how)
    assert command.process.wait(30) == 0, command.errors[-20:]
    assert time.monotonic() - begin < END_S
    _, alive = psutil.wait_procs(family, 1.0)
    assert not alive, f"{alive} outlived it"
    assert not any("Traceback" in line for line in command.errors), command.errors[-20:]


def test_ingest_waits_for_a_broker_that_is_away_and_says_so(data: Path, mosquitto: Mosquitto) -> None:
    mosquitto.stop()
    given = settings(data, mqtt_url=mosquitto.url, health_port=free_port())
    with running(["ingest"], given) as ingest:
        said = wait_for(
            lambda: "mqtt.unreachable" in str(get_json(url_of(given))) and get_json(url_of(given)), 60, "it"
        )
        assert (status(url_of(given)), said["status"]) == (503, "failing")
        assert said["problem"].startswith(f"mqtt.unreachable: no MQTT broker at 127.0.0.1:{mosquitto.port}")
        mosquitto.start()
        said = wait_for(healthy(url_of(given)), 60, "ingest is healthy once the broker is there")
        assert (said["status"], said["mqtt"], said["problem"]) == ("ok", "connected", "")
        assert mosquitto.passwords["ingest"] not in str(said)
        mosquitto.kill9()
        wait_for(lambda: status(url_of(given)) == 503, 20, "ingest is not healthy without its broker")
        begin = time.monotonic()
        get_json(url_of(given))
        assert time.monotonic() - begin < QUICK_S
        end(ingest, TERM)
    assert sum("mqtt.unreachable" in line for line in ingest.errors) >= 1


def test_ingest_waits_for_an_influxdb_that_is_away_and_says_so(data: Path, mosquitto: Mosquitto) -> None:
    store = f"influxdb://a-token@127.0.0.1:{free_port()}/org/bucket"
    given = settings(data, mqtt_url=mosquitto.url, store_url=store, health_port=free_port())
    with running(["ingest"], given) as ingest:
        wait_for(lambda: (get_json(url_of(given)) or {}).get("mqtt") == "connected", START_S, "ingest is connected")
        assert any("store.unreachable" in line and "wait in the spool" in line for line in ingest.errors)
        with mosquitto.client() as client:
            client.publish("lhota/a", b'{"device":"A","volume_m3":1}', qos=1).wait_for_publish(10)
        said = wait_for(lambda: (get_json(url_of(given)) or {}).get("waiting") and get_json(url_of(given)), 20, "waits")
        assert "store.unreachable" in said["problem"]
        assert status(url_of(given)) == 503
        assert "a-token" not in str(said)
        end(ingest, INT)


def test_analyse_is_healthy_when_it_looks_and_never_when_it_hangs(data: Path) -> None:
    given = settings(data, health_port=free_port())
    with running(["analyse"], given) as analyse:
        said = wait_for(healthy(url_of(given)), START_S, "analyse is healthy")
        assert {"status", "at", "lag_s", "dirty", "problem"} <= said.keys()
        assert status(url_of(given).replace("healthz", "other")) == 404
        os.kill(analyse.process.pid, signal.SIGSTOP)
        assert status(url_of(given)) == 0
        os.kill(analyse.process.pid, signal.SIGCONT)
        end(analyse, TERM)


def test_analyse_waits_for_an_influxdb_that_is_away_and_says_so(data: Path) -> None:
    store = f"influxdb://a-token@127.0.0.1:{free_port()}/org/bucket"
    given = settings(data, store_url=store, health_port=free_port())
    with running(["analyse"], given) as analyse:
        said = wait_for(
            lambda: "store.unreachable" in str(get_json(url_of(given))) and get_json(url_of(given)), 60, "it"
        )
        assert (status(url_of(given)), said["status"]) == (503, "failing")
        assert any("store.unreachable" in line for line in analyse.errors)
        end(analyse, INT)


@pytest.mark.parametrize("how", [TERM, INT])
def test_the_dashboard_serves_while_its_store_is_away_and_ends(how: signal.Signals, data: Path) -> None:
    store = f"influxdb://a-token@127.0.0.1:{free_port()}/org/bucket"
    given = settings(data, store_url=store)
    with running(["dashboard"], given) as dashboard:
        said = wait_for(lambda: get_json(url_of(given)), START_S, "the dashboard answers")
        assert status(url_of(given)) == 503
        assert said["store"].startswith("store.unreachable") or said["status"] == "starting"
        end(dashboard, how)


@pytest.mark.parametrize("how", [TERM, INT])
def test_serve_restarts_analysis_and_leaves_no_orphan(how: signal.Signals, data: Path, mosquitto: Mosquitto) -> None:
    given = settings(data, mqtt_url=mosquitto.url)
    with running(["serve"], given) as serve:
        wait_for(healthy(url_of(given)), START_S, "serve is healthy")
        first = analysis_of(serve)
        first.kill()
        second = wait_for(lambda: analysis_of(serve, but=first.pid), 20, "analysis is started again")
        assert any("analyse ended with code -9; starting it again" in line for line in serve.errors)
        assert second.pid != first.pid
        end(serve, how)


def analysis_of(serve: Command, but: int = 0) -> Any:
    children = psutil.Process(serve.process.pid).children()
    return next((child for child in children if child.pid != but and "analyse" in child.cmdline()), None)


def test_serve_waits_for_its_broker(data: Path) -> None:
    given = settings(data)
    with running(["serve"], given) as serve:
        said = wait_for(
            lambda: (get_json(url_of(given)) or {}).get("mqtt") == "off" and get_json(url_of(given)), 60, ""
        )
        assert (said["status"], status(url_of(given))) == ("failing", 503)
        assert any("mqtt.unreachable" in line for line in serve.errors)
        end(serve, TERM)


def test_simulate_ends_when_asked(data: Path, mosquitto: Mosquitto, tmp_path: Path) -> None:
    heard: list[str] = []
    with mosquitto.client("ingest", on_message=lambda topic, _payload: heard.append(topic)) as client:
        client.subscribe("#", qos=0)
        with running(["simulate"], settings(data, mqtt_url=mosquitto.publisher_url)) as simulate:
            wait_for(lambda: heard, START_S, "the simulated region publishes")
            end(simulate, INT)
